//! What was known of the parts that a reading could not read stays known.

use crate::{Error, Result};
use connect::{Covers, EntitlementRecord, GrantRecord, Known, PersonRecord, Reading, Unread};
use domain::{GrantPath, SourceId, SourceKind, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Tx, sources::Source};

/// A part that a reading could not read, and when one could last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LastRead {
    /// What the part says.
    pub covers: Covers,
    /// When it was last read; `None` where it never was, or where nobody noted it.
    pub at: Option<Timestamp>,
}

/// What a manifest says of parts that were not read; its pages are left where they are.
#[derive(Default, Deserialize)]
struct Parts {
    #[serde(default)]
    unread: Vec<Unread>,
    #[serde(default)]
    last_read: Vec<LastRead>,
}

impl Parts {
    async fn of(tx: &mut Tx, source: SourceId, seq: i64) -> Result<Option<(Timestamp, Vec<LastRead>)>> {
        let Some(snapshot) = tx.snapshot(source, seq).await? else { return Ok(None) };
        let wrong = |e: serde_json::Error| Error::Inconsistent(format!("manifest of snapshot {seq} of source {source}: {e}"));
        let Self { unread, mut last_read } = serde_json::from_str(&snapshot.manifest).map_err(wrong)?;
        for Unread { covers, .. } in unread {
            if !last_read.iter().any(|part| part.covers == covers) {
                last_read.push(LastRead { covers, at: None });
            }
        }
        Ok(Some((Timestamp(snapshot.taken_at), last_read)))
    }
}

/// When each part that this reading could not read was last read.
pub(super) async fn last_read(tx: &mut Tx, source: &Source, reading: &Reading) -> Result<Vec<LastRead>> {
    if reading.unread.is_empty() {
        return Ok(Vec::new());
    }
    let before = match source.last_seq {
        Some(seq) => Parts::of(tx, source.id, seq).await?,
        None => None,
    };
    let now = || reading.unread.iter().map(|part| &part.covers);
    let mut parts: Vec<LastRead> = now()
        .map(|covers| {
            let at = before.as_ref().and_then(|(taken_at, parts)| {
                let wider = parts.iter().filter(|part| covers.is_within(&part.covers));
                wider.map(|part| part.at).min().unwrap_or(Some(*taken_at))
            });
            LastRead { covers: covers.clone(), at }
        })
        .collect();
    // A narrower part that was not read even longer keeps its own moment.
    let narrower = before.into_iter().flat_map(|(_, parts)| parts).filter(|part| now().any(|covers| part.covers.is_within(covers)));
    parts.extend(narrower);
    parts.sort();
    parts.dedup_by(|later, first| later.covers == first.covers);
    Ok(parts)
}

/// Parts of a source that its newest snapshot has from earlier readings alone, and when each was last read.
pub(crate) async fn parts(tx: &mut Tx, source: &Source) -> Result<Vec<LastRead>> {
    let Some(seq) = source.last_seq else { return Ok(Vec::new()) };
    Ok(Parts::of(tx, source.id, seq).await?.map(|(_, parts)| parts).unwrap_or_default())
}

/// Whether a reading could not read use, so that none of it says nothing of what the source keeps: all of the source's use,
/// or that of a grant in a part that it could not read.
pub(crate) async fn is_use_unread(tx: &mut Tx, source: &Source, seq: i64, entitlement: &str, path: &GrantPath) -> Result<bool> {
    if source.kind == SourceKind::Files {
        return Ok(false);
    }
    let unread = |part: &LastRead| part.covers.use_of(entitlement) || part.covers.grants_of(entitlement, path);
    Ok(Parts::of(tx, source.id, seq).await?.is_some_and(|(_, parts)| parts.iter().any(unread)))
}

/// When a grant of an entitlement by a path was last read; `None` where it never was.
pub(crate) fn read_at(source: &Source, parts: &[LastRead], entitlement: &str, path: &GrantPath) -> Option<Timestamp> {
    let unread = parts.iter().filter(|part| part.covers.grants_of(entitlement, path));
    unread.map(|part| part.at).min().unwrap_or(source.last_read_at)
}

/// Completes a reading with what the snapshot before it knew of its unread parts: a refused page is no proof that access is
/// gone. Returns how many grants stand on the earlier reading's word alone.
pub(super) async fn keep_known(tx: &mut Tx, source: &Source, reading: &mut Reading) -> Result<u64> {
    let Some(seq) = source.last_seq.filter(|_| !reading.unread.is_empty()) else { return Ok(0) };
    let accounts = tx.accounts_at(source.id, seq).await?;
    let ids: BTreeMap<_, _> = accounts.iter().map(|a| (a.id, a.external_id.clone())).collect();
    let people = accounts
        .into_iter()
        .map(|a| PersonRecord {
            external_id: a.external_id,
            employee_id: a.employee_id,
            name: a.name,
            email: a.email,
            title: a.title,
            department: a.department,
            manager_id: a.manager_external,
            status: a.status,
            start: a.start,
            end: a.end,
            changed_job_on: a.changed_job_on,
            employment: a.employment,
            risk: a.risk,
        })
        .collect();
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
            person_id: ids.get(&g.account)?.clone(),
            entitlement_id: things.get(&g.entitlement)?.clone(),
            path: g.path,
            granted_on: g.granted_on,
            held_by: g.held_by,
            granted_by: g.granted_by,
        })
    });
    Ok(reading.keep_known(Known { people, entitlements, grants: grants.collect() }))
}
