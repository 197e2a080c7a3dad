//! What the page of one item reads besides the item itself.

use crate::{
    Result, Tx,
    macros::{fetch_all, fetch_optional},
};
use domain::{IdentityId, ItemId, RecommendationId, SourceId, UserId};
use uuid::Uuid;

impl Tx {
    /// The name of a person, from the newest version of any account of theirs.
    pub async fn identity_name(&mut self, identity: IdentityId) -> Result<Option<String>> {
        let row = fetch_optional!(
            self,
            (Option<String>, String),
            "SELECT v.name, a.external_id FROM accounts a LEFT JOIN account_versions v ON v.account_id = a.id WHERE a.identity_id = $1 ORDER BY v.valid_from DESC LIMIT 1",
            identity.0,
        )?;
        Ok(row.map(|(name, external)| name.unwrap_or(external)))
    }

    /// The account of a person in a source, as snapshot `seq` shows it.
    pub async fn account_of_identity(
        &mut self,
        source: SourceId,
        identity: IdentityId,
        seq: i64,
    ) -> Result<Option<crate::access::Account>> {
        let row = fetch_optional!(
            self,
            (Uuid,),
            "SELECT id FROM accounts WHERE source_id = $1 AND identity_id = $2 ORDER BY id LIMIT 1",
            source.0,
            identity.0,
        )?;
        match row {
            Some((id,)) => self.account_at(id.into(), seq).await,
            None => Ok(None),
        }
    }

    /// The name that a source's own id of a person stands for now.
    pub async fn external_name(&mut self, source: SourceId, external_id: &str) -> Result<Option<(IdentityId, String)>> {
        let row = fetch_optional!(
            self,
            (Uuid, Option<String>, String),
            "SELECT a.identity_id, v.name, a.external_id FROM accounts a LEFT JOIN account_versions v ON v.account_id = a.id WHERE a.source_id = $1 AND a.external_id = $2 ORDER BY v.valid_from DESC LIMIT 1",
            source.0,
            external_id,
        )?;
        Ok(row.map(|(identity, name, external)| (identity.into(), name.unwrap_or(external))))
    }

    /// People who did something to an item, as they sign in: deciders, who handed over, who released, who looked.
    pub async fn people_of_item(&mut self, item: ItemId) -> Result<Vec<(UserId, String)>> {
        let rows = fetch_all!(
            self,
            (Uuid, String),
            "SELECT id, name FROM users WHERE id IN (SELECT user_id FROM decisions WHERE item_id = $1 AND user_id IS NOT NULL UNION SELECT by_user FROM handovers WHERE item_id = $1 AND by_user IS NOT NULL UNION SELECT s.by_user FROM order_steps s JOIN orders o ON o.id = s.order_id WHERE o.item_id = $1 AND s.by_user IS NOT NULL UNION SELECT user_id FROM item_views WHERE item_id = $1) ORDER BY id",
            item.0,
        )?;
        Ok(rows.into_iter().map(|(id, name)| (id.into(), name)).collect())
    }

    /// The recommendation of an item: its id and canonical bytes.
    pub async fn recommendation_of_item(&mut self, item: ItemId) -> Result<Option<(RecommendationId, Vec<u8>)>> {
        let row = fetch_optional!(
            self,
            (Uuid, Vec<u8>),
            "SELECT r.id, r.body FROM items i JOIN recommendations r ON r.id = i.recommendation_id WHERE i.id = $1",
            item.0,
        )?;
        Ok(row.map(|(id, body)| (id.into(), body)))
    }
}
