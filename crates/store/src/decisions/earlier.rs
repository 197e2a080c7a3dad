//! What was decided here before, as facts for what is recommended next.

use super::word;
use crate::{Error, Result, Tx, macros::fetch_all};
use domain::{AccountId, Answer, DecisionOrigin, EntitlementId, GrantId, GrantPath, SourceId, Timestamp};
use uuid::Uuid;

/// A final answer, Approve or Revoke, with the grant that it was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// Who held it.
    pub account: AccountId,
    /// What was held.
    pub entitlement: EntitlementId,
    /// The grant that was asked about.
    pub grant: GrantId,
    /// How it was held.
    pub path: GrantPath,
    /// The first reading that no longer showed the grant; `None` while it is held.
    pub gone: Option<i64>,
    /// The answer.
    pub answer: Answer,
    /// How it came about.
    pub origin: DecisionOrigin,
    /// When it was given.
    pub decided_at: Timestamp,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    account_id: Uuid,
    entitlement_id: Uuid,
    grant_id: Uuid,
    path: String,
    valid_until: Option<i64>,
    answer: String,
    origin: String,
    decided_at: i64,
}

impl TryFrom<Row> for Earlier {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            account: row.account_id.into(),
            entitlement: row.entitlement_id.into(),
            grant: row.grant_id.into(),
            path: word("grants", "path", row.grant_id, &row.path)?,
            gone: row.valid_until,
            answer: word("decisions", "answer", row.id, &row.answer)?,
            origin: word("decisions", "origin", row.id, &row.origin)?,
            decided_at: Timestamp(row.decided_at),
        })
    }
}

impl Tx {
    /// Answers about what a source shows that were final before `before`, in the order of their ids: of each item the last one
    /// of each stage. What becomes final later changes nothing of it.
    ///
    /// One pass over all answers, each with its item and grant by key.
    pub async fn decided_before(&mut self, source: SourceId, before: Timestamp) -> Result<Vec<Earlier>> {
        fetch_all!(
            self,
            Row,
            "SELECT d.id, i.account_id, i.entitlement_id, i.grant_id, g.path, g.valid_until, d.answer, d.origin, d.decided_at \
             FROM decisions d JOIN items i ON i.id = d.item_id JOIN grants g ON g.id = i.grant_id \
             WHERE i.source_id = $1 AND d.finalised_at < $2 AND d.undone_at IS NULL AND d.answer IN ('approve', 'revoke') \
             AND NOT EXISTS (SELECT 1 FROM decisions l WHERE l.item_id = d.item_id AND l.stage = d.stage AND l.version > d.version AND l.finalised_at < $2 AND l.undone_at IS NULL) \
             ORDER BY d.id",
            source.0,
            before.0,
        )?
        .into_iter()
        .map(Earlier::try_from)
        .collect()
    }
}
