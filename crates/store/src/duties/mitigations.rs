//! Mitigating controls: proposed for a conflict, and accepted or refused by their owner.

use crate::{
    Result, Tx,
    macros::{exec, fetch_all, fetch_one, fetch_optional},
};
use domain::{ConflictId, IdentityId, ItemId, MitigationId, Timestamp, UserId};
use uuid::Uuid;

/// A mitigating control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mitigation {
    /// Its id.
    pub id: MitigationId,
    /// Who holds both sides.
    pub identity: IdentityId,
    /// The rule's id.
    pub rule: String,
    /// The control's id among those of the rule.
    pub control: String,
    /// For which conflict it was proposed.
    pub conflict: ConflictId,
    /// At which item.
    pub item: ItemId,
    /// Who does it, and accepts it.
    pub owner: IdentityId,
    /// Until when.
    pub until: Timestamp,
    /// Who proposed it.
    pub proposed_by: UserId,
    /// When.
    pub proposed_at: Timestamp,
    /// `proposed`, `accepted` or `refused`.
    pub state: String,
    /// Who accepted or refused it.
    pub settled_by: Option<UserId>,
    /// When.
    pub settled_at: Option<Timestamp>,
}

#[derive(sqlx_macros::FromRow)]
struct MitigationRow {
    id: Uuid,
    identity_id: Uuid,
    rule: String,
    control: String,
    conflict_id: Uuid,
    item_id: Uuid,
    owner_id: Uuid,
    until: i64,
    proposed_by: Uuid,
    proposed_at: i64,
    state: String,
    settled_by: Option<Uuid>,
    settled_at: Option<i64>,
}

impl From<MitigationRow> for Mitigation {
    fn from(row: MitigationRow) -> Self {
        Self {
            id: row.id.into(),
            identity: row.identity_id.into(),
            rule: row.rule,
            control: row.control,
            conflict: row.conflict_id.into(),
            item: row.item_id.into(),
            owner: row.owner_id.into(),
            until: Timestamp(row.until),
            proposed_by: row.proposed_by.into(),
            proposed_at: Timestamp(row.proposed_at),
            state: row.state,
            settled_by: row.settled_by.map(Into::into),
            settled_at: row.settled_at.map(Timestamp),
        }
    }
}

macro_rules! mitigations {
    ($rest:literal) => {
        concat!(
            "SELECT id, identity_id, rule, control, conflict_id, item_id, owner_id, until, proposed_by, proposed_at, state, settled_by, settled_at FROM mitigations ",
            $rest
        )
    };
}

impl Tx {
    /// Adds a mitigating control.
    pub async fn insert_mitigation(&mut self, new: &Mitigation) -> Result<()> {
        exec!(
            self,
            "INSERT INTO mitigations (id, identity_id, rule, control, conflict_id, item_id, owner_id, until, proposed_by, proposed_at, state, settled_by, settled_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            new.id.0,
            new.identity.0,
            &new.rule,
            &new.control,
            new.conflict.0,
            new.item.0,
            new.owner.0,
            new.until.0,
            new.proposed_by.0,
            new.proposed_at.0,
            &new.state,
            new.settled_by.map(|id| id.0),
            new.settled_at.map(Timestamp::micros),
        )?;
        Ok(())
    }

    /// One control.
    pub async fn mitigation(&mut self, id: MitigationId) -> Result<Option<Mitigation>> {
        Ok(fetch_optional!(self, MitigationRow, mitigations!("WHERE id = $1"), id.0)?.map(Into::into))
    }

    /// The controls for a person and a rule, the newest first.
    pub async fn mitigations_of(&mut self, identity: IdentityId, rule: &str) -> Result<Vec<Mitigation>> {
        let rows = fetch_all!(
            self,
            MitigationRow,
            mitigations!("WHERE identity_id = $1 AND rule = $2 ORDER BY id DESC LIMIT 50"),
            identity.0,
            rule
        )?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// A page of controls, the newest first, those made before `before`; of one owner, or of all.
    pub async fn mitigations(&mut self, owner: Option<IdentityId>, before: Option<MitigationId>, limit: i64) -> Result<Vec<Mitigation>> {
        let before = before.map_or(Uuid::max(), |id| id.0);
        let rows = match owner {
            Some(owner) => fetch_all!(
                self,
                MitigationRow,
                mitigations!("WHERE owner_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3"),
                owner.0,
                before,
                limit
            ),
            None => fetch_all!(self, MitigationRow, mitigations!("WHERE id < $1 ORDER BY id DESC LIMIT $2"), before, limit),
        }?;
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// How many controls wait for a person to accept them.
    pub async fn count_mitigations_waiting(&mut self, owner: IdentityId) -> Result<i64> {
        let (count,): (i64,) =
            fetch_one!(self, (i64,), "SELECT COUNT(*) FROM mitigations WHERE owner_id = $1 AND state = 'proposed'", owner.0)?;
        Ok(count)
    }

    /// Accepts or refuses a control. False where somebody did before.
    pub async fn settle_mitigation(&mut self, id: MitigationId, state: &str, by: UserId, at: Timestamp) -> Result<bool> {
        let rows = exec!(
            self,
            "UPDATE mitigations SET state = $2, settled_by = $3, settled_at = $4 WHERE id = $1 AND state = 'proposed'",
            id.0,
            state,
            by.0,
            at.0,
        )?;
        Ok(rows == 1)
    }
}
