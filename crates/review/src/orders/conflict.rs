//! What else a removal would end (rule 17).
//!
//! Taking somebody out of a group, a role or an access package ends every
//! grant that they hold through it. Where any of those was approved, is not
//! decided or belongs to another reviewer, the order is held as a conflict.

use crate::{Error, Result};
use domain::{Answer, DefaultAction, EntitlementId, GrantId, GrantPath, IdentityId, ItemId, ReviewState};
use serde::{Deserialize, Serialize};
use store::{
    Tx,
    orders::{Order, SamePath},
};

/// Why a grant that the removal would end stands in its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Somebody approved it.
    Approved,
    /// Nobody decided about it.
    Undecided,
    /// Another reviewer answers for it.
    AnotherReviewer,
    /// Nobody answered by closing, and the campaign's default left it in place.
    Kept,
}

/// A grant that the removal would end besides its own, as `orders.also_ends` keeps it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlsoEnds {
    /// The grant.
    pub grant: GrantId,
    /// What is held.
    pub entitlement: EntitlementId,
    /// Its item in the campaign, if there is one.
    pub item: Option<ItemId>,
    /// Why it stands in the way.
    pub why: Why,
}

/// What looking at an order's path shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Look {
    /// Nothing that was not decided would end.
    Clear,
    /// The same reviewer revoked the rest too, and could still undo that.
    Wait,
    /// These stand in the way.
    Conflict(Vec<AlsoEnds>),
}

/// True where one removal ends everything that is held through the path.
pub(crate) const fn is_shared(path: &GrantPath) -> bool {
    matches!(path, GrantPath::Group(_) | GrantPath::Role(_) | GrantPath::Package(_))
}

/// Looks at an order as things are now.
pub(crate) async fn look(tx: &mut Tx, order: &Order) -> Result<Look> {
    let (_, grant) = tx.grant(order.grant).await?.ok_or_else(|| Error::Inconsistent(format!("order {} has no grant", order.id)))?;
    if !is_shared(&grant.path) {
        return Ok(Look::Clear);
    }
    let decision = tx.decision(order.decision).await?.ok_or_else(|| Error::Inconsistent(format!("order {} has no decision", order.id)))?;
    let others = tx.same_path(order.source, order.account, &grant.path, order.grant, order.campaign).await?;
    Ok(judge(decision.reviewer, &others, None))
}

/// Judges the other grants of a path for a removal that `reviewer` decided; `None` is the campaign's default.
///
/// `closing` looks ahead: what is staged counts as final, and what is open as the default will leave it.
pub(crate) fn judge(reviewer: Option<IdentityId>, others: &[SamePath], closing: Option<DefaultAction>) -> Look {
    let mut wait = false;
    let mut conflicts = Vec::new();
    for other in others {
        let why = match (other.state, other.answer) {
            (Some(ReviewState::Staged | ReviewState::Decided | ReviewState::SignedOff), Some(Answer::Approve)) => Some(Why::Approved),
            (Some(ReviewState::Staged | ReviewState::Decided | ReviewState::SignedOff | ReviewState::Unanswered), Some(Answer::Revoke)) => {
                wait |= other.reviewer == reviewer && other.state == Some(ReviewState::Staged) && closing.is_none();
                (other.reviewer != reviewer).then_some(Why::AnotherReviewer)
            }
            (Some(ReviewState::Excepted), _) => Some(Why::Kept),
            (Some(ReviewState::NoLongerHeld), _) => None,
            (Some(state), _) if state.is_open() => match closing {
                Some(DefaultAction::Remove) => reviewer.is_some().then_some(Why::AnotherReviewer),
                Some(DefaultAction::LeaveAsException) => Some(Why::Kept),
                None => Some(Why::Undecided),
            },
            _ => Some(Why::Undecided),
        };
        if let Some(why) = why {
            conflicts.push(AlsoEnds { grant: other.grant, entitlement: other.entitlement, item: other.item, why });
        }
    }
    match (conflicts.is_empty(), wait) {
        (false, _) => Look::Conflict(conflicts),
        (true, true) => Look::Wait,
        (true, false) => Look::Clear,
    }
}

/// The list that an order keeps while in conflict, and afterwards where somebody accepted it.
pub fn also_ends(order: &Order) -> Result<Vec<AlsoEnds>> {
    serde_json::from_str(&order.also_ends).map_err(|e| Error::Inconsistent(format!("order {}, also_ends: {e}", order.id)))
}
