//! What making a recommendation again needs beside its own row.

use crate::{
    Result, Tx,
    ledger::StoredEntry,
    macros::{exec, fetch_optional},
};
use domain::{EntryId, GrantId, ItemId, RecommendationId, Timestamp};
use uuid::Uuid;

/// The weights of an engine, as they were when a recommendation was made with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredWeights {
    /// The engine's version.
    pub engine: String,
    /// Their canonical bytes.
    pub body: Vec<u8>,
}

/// What an item's row repeats of its recommendation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The grant that it asks about.
    pub grant: GrantId,
    /// The recommendation that counts now.
    pub recommendation: Option<RecommendationId>,
    /// The cause's stable name.
    pub cause: String,
    /// 0 needs your judgement, 1 probably not needed, 2 looks right.
    pub sort: i64,
    /// For putting items into an order.
    pub risk: i64,
}

impl Tx {
    /// Keeps weights under the SHA-256 of their canonical bytes. Does nothing where they are kept already.
    pub async fn keep_weights(&mut self, sha256: [u8; 32], engine: &str, body: &[u8], now: Timestamp) -> Result<()> {
        exec!(
            self,
            "INSERT INTO recommendation_weights (sha256, engine, body, first_used_at) VALUES ($1, $2, $3, $4) ON CONFLICT (sha256) DO NOTHING",
            sha256.to_vec(),
            engine,
            body.to_vec(),
            now.0,
        )?;
        Ok(())
    }

    /// The weights with this SHA-256, as they are stored; whether they have it is for the caller to see.
    pub async fn weights(&mut self, sha256: &[u8]) -> Result<Option<StoredWeights>> {
        let row =
            fetch_optional!(self, (String, Vec<u8>), "SELECT engine, body FROM recommendation_weights WHERE sha256 = $1", sha256.to_vec())?;
        Ok(row.map(|(engine, body)| StoredWeights { engine, body }))
    }

    /// What an item's row repeats of its recommendation.
    pub async fn placement(&mut self, item: ItemId) -> Result<Option<Placement>> {
        let row = fetch_optional!(
            self,
            (Uuid, Option<Uuid>, String, i64, i64),
            "SELECT grant_id, recommendation_id, cause, sort, risk FROM items WHERE id = $1",
            item.0,
        )?;
        Ok(row.map(|(grant, recommendation, cause, sort, risk)| Placement {
            grant: grant.into(),
            recommendation: recommendation.map(Into::into),
            cause,
            sort,
            risk,
        }))
    }

    /// The entries that say that something was recommended for an item, in the order of their ids.
    pub async fn entries_of_recommendations(&mut self, item: ItemId) -> Result<Vec<StoredEntry>> {
        let mut found = Vec::new();
        let mut after: Option<EntryId> = None;
        loop {
            let page = self.entries_of_item(item, after, 200).await?;
            let Some(last) = page.last() else { return Ok(found) };
            after = Some(last.id);
            found.extend(page.into_iter().filter(|entry| entry.kind == "recommendation.made"));
        }
    }
}
