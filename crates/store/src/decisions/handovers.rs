//! Every change of who must answer.

use crate::{
    Error, Result, Tx,
    macros::{exec, fetch_all},
};
use domain::{IdentityId, ItemId, Timestamp, UserId};
use uuid::Uuid;

/// How an item came to another person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandoverKind {
    /// Given to another reviewer.
    HandOver,
    /// Escalated by its reviewer, with a due date.
    Escalate,
}

impl HandoverKind {
    /// The spelling in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HandOver => "hand_over",
            Self::Escalate => "escalate",
        }
    }

    /// How the item then came to its reviewer, as `items.reviewer_by` spells it.
    pub const fn reviewer_by(self) -> &'static str {
        match self {
            Self::HandOver => "handed_over",
            Self::Escalate => "escalated",
        }
    }
}

/// One change of who must answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// Its id.
    pub id: Uuid,
    /// The item.
    pub item: ItemId,
    /// How.
    pub kind: HandoverKind,
    /// From whom.
    pub from: IdentityId,
    /// To whom.
    pub to: IdentityId,
    /// How the item had come to the person it was taken from.
    pub from_by: String,
    /// Who did it.
    pub by: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// Until when the person named by an escalation owes the answer.
    pub due_at: Option<Timestamp>,
    /// When it was taken back.
    pub undone_at: Option<Timestamp>,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    item_id: Uuid,
    kind: String,
    from_identity: Uuid,
    to_identity: Uuid,
    from_by: String,
    by_user: Option<Uuid>,
    at: i64,
    due_at: Option<i64>,
    undone_at: Option<i64>,
}

impl TryFrom<Row> for Handover {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let kind = match row.kind.as_str() {
            "hand_over" => HandoverKind::HandOver,
            "escalate" => HandoverKind::Escalate,
            other => {
                return Err(Error::inconsistent("handovers", "kind", row.id, format!("\"{other}\" is neither hand_over nor escalate")));
            }
        };
        Ok(Self {
            id: row.id,
            item: row.item_id.into(),
            kind,
            from: row.from_identity.into(),
            to: row.to_identity.into(),
            from_by: row.from_by,
            by: row.by_user.map(Into::into),
            at: Timestamp(row.at),
            due_at: row.due_at.map(Timestamp),
            undone_at: row.undone_at.map(Timestamp),
        })
    }
}

impl Tx {
    /// Adds a change of who must answer.
    pub async fn insert_handover(&mut self, handover: &Handover) -> Result<()> {
        exec!(
            self,
            "INSERT INTO handovers (id, item_id, kind, from_identity, to_identity, from_by, by_user, at, due_at, undone_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            handover.id,
            handover.item.0,
            handover.kind.as_str(),
            handover.from.0,
            handover.to.0,
            handover.from_by.as_str(),
            handover.by.map(|id| id.0),
            handover.at.0,
            handover.due_at.map(|t| t.0),
            handover.undone_at.map(|t| t.0),
        )?;
        Ok(())
    }

    /// Every change of who must answer an item, the first first, those taken back included.
    pub async fn handovers_of(&mut self, item: ItemId) -> Result<Vec<Handover>> {
        fetch_all!(
            self,
            Row,
            "SELECT id, item_id, kind, from_identity, to_identity, from_by, by_user, at, due_at, undone_at FROM handovers WHERE item_id = $1 ORDER BY at, id",
            item.0,
        )?
        .into_iter()
        .map(Handover::try_from)
        .collect()
    }

    /// Records that a change of who must answer was taken back.
    pub async fn set_handover_undone(&mut self, id: Uuid, at: Timestamp) -> Result<bool> {
        let rows = exec!(self, "UPDATE handovers SET undone_at = $2 WHERE id = $1 AND undone_at IS NULL", id, at.0)?;
        Ok(rows == 1)
    }
}
