//! What was known of the parts that a reading could not read stays known.

use crate::Result;
use connect::{EntitlementRecord, GrantRecord, Reading};
use std::collections::BTreeMap;
use store::{Tx, sources::Source};

/// Completes a reading with what the snapshot before it knew of its unread parts: a refused page is no proof that access is
/// gone. Returns how many grants stand on the earlier reading's word alone.
pub(super) async fn keep_known(tx: &mut Tx, source: &Source, reading: &mut Reading) -> Result<u64> {
    let Some(seq) = source.last_seq.filter(|_| !reading.unread.is_empty()) else { return Ok(0) };
    let people: BTreeMap<_, _> = tx.accounts_at(source.id, seq).await?.into_iter().map(|a| (a.id, a.external_id)).collect();
    let known = tx.entitlements_at(source.id, seq).await?;
    let things: BTreeMap<_, _> = known.iter().map(|e| (e.id, e.external_id.clone())).collect();
    let entitlements = known
        .into_iter()
        .map(|e| EntitlementRecord {
            external_id: e.external_id,
            name: e.name,
            application: e.application,
            description: e.description,
            sensitivity: e.sensitivity,
            owner_id: e.owner_external,
        })
        .collect();
    let grants = tx.grants_at(source.id, seq).await?.into_iter().filter_map(|g| {
        Some(GrantRecord {
            person_id: people.get(&g.account)?.clone(),
            entitlement_id: things.get(&g.entitlement)?.clone(),
            path: g.path,
            granted_on: g.granted_on,
            held_by: g.held_by,
            granted_by: g.granted_by,
        })
    });
    Ok(reading.keep_known(entitlements, grants.collect()))
}
