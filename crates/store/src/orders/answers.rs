//! Who answers for what a removal takes away (rule 17).

use super::{Order, Row, all, select};
use crate::{
    Result, Tx,
    macros::{fetch_all, fetch_optional},
};
use domain::{EntitlementId, IdentityId, OrderId};
use uuid::Uuid;

impl Tx {
    /// The owner of an entitlement and their name, as the newest reading that shows it names them; `None` where none is named
    /// whom its source knows.
    pub async fn owner_of(&mut self, entitlement: EntitlementId) -> Result<Option<(IdentityId, String)>> {
        let row = fetch_optional!(
            self,
            (Uuid, Option<String>, String),
            "SELECT a.identity_id, n.name, a.external_id FROM entitlements e JOIN entitlement_versions v ON v.entitlement_id = e.id JOIN accounts a ON a.source_id = e.source_id AND a.external_id = v.owner_external LEFT JOIN account_versions n ON n.account_id = a.id WHERE e.id = $1 AND NOT EXISTS (SELECT 1 FROM entitlement_versions l WHERE l.entitlement_id = e.id AND l.valid_from > v.valid_from) ORDER BY n.valid_from DESC LIMIT 1",
            entitlement.0,
        )?;
        Ok(row.map(|(identity, name, external)| (identity.into(), name.unwrap_or(external))))
    }

    /// Orders in conflict of entitlements whose owner this person is, as [`Self::owner_of`] names them, by id.
    pub async fn conflicts_of_owner(&mut self, owner: IdentityId, after: Option<OrderId>, limit: i64) -> Result<Vec<Order>> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        all(fetch_all!(
            self,
            Row,
            select!(
                "JOIN entitlement_versions v ON v.entitlement_id = o.entitlement_id JOIN accounts a ON a.source_id = o.source_id AND a.external_id = v.owner_external WHERE o.state = 'conflict' AND a.identity_id = $1 AND o.id > $2 AND NOT EXISTS (SELECT 1 FROM entitlement_versions l WHERE l.entitlement_id = o.entitlement_id AND l.valid_from > v.valid_from) ORDER BY o.id LIMIT $3"
            ),
            owner.0,
            after,
            limit,
        )?)
    }
}
