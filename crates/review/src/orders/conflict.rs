//! What else a removal would end (rule 17).
//!
//! Taking somebody out of a group, a role or an access package ends every
//! grant that they hold through it. Where any of those was approved, is not
//! decided or belongs to another reviewer, the order is held as a conflict.

use crate::{Error, Result};
use domain::{
    AccountId, Answer, CampaignId, DefaultAction, EntitlementId, GrantId, GrantPath, IdentityId, ItemId, ReviewState, SourceId, SourceKind,
};
use serde::{Deserialize, Serialize};
use store::{
    Tx,
    access::Grant,
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
const fn is_shared(path: &GrantPath) -> bool {
    matches!(path, GrantPath::Group(_) | GrantPath::Role(_) | GrantPath::Package(_))
}

/// A grant that is to end.
pub(crate) struct Ending<'a> {
    /// Its source.
    pub source: SourceId,
    /// The kind of its source.
    pub kind: SourceKind,
    /// Who holds it.
    pub account: AccountId,
    /// What its source calls the entitlement.
    pub entitlement: &'a str,
    /// The grant.
    pub grant: GrantId,
    /// How it is held.
    pub path: &'a GrantPath,
    /// The campaign that decides.
    pub campaign: CampaignId,
}

impl Ending<'_> {
    /// Every other grant that the removal would end, as the newest reading shows them.
    ///
    /// In files a path names a group, and everything held by that path ends with it. On a platform a group is an
    /// entitlement of its own: leaving it ends the membership and whatever follows from it.
    pub async fn others(&self, tx: &mut Tx) -> Result<Vec<SamePath>> {
        let mut others = Vec::new();
        if is_shared(self.path) {
            others = tx.same_path(self.source, self.account, self.path, self.grant, self.campaign).await?;
        }
        match self.path {
            _ if self.kind == SourceKind::Files => {}
            GrantPath::Group(group) => {
                others.extend(tx.membership(self.source, self.account, group, self.campaign).await?);
                // Groups that this one is within are left with it.
                let mut within = tx.follows_from(self.source, self.account, group, self.campaign).await?;
                within.retain(|other| other.grant != self.grant && !others.iter().any(|known| known.grant == other.grant));
                others.append(&mut within);
            }
            GrantPath::Direct => others = tx.follows_from(self.source, self.account, self.entitlement, self.campaign).await?,
            _ => {}
        }
        Ok(others)
    }

    /// Those of them that somebody has to have decided about. What follows from a membership alone is decided with it,
    /// unless somebody is asked about it by itself.
    pub async fn asked(&self, tx: &mut Tx) -> Result<Vec<SamePath>> {
        let mut others = self.others(tx).await?;
        others.retain(|other| *self.path != GrantPath::Direct || other.item.is_some());
        Ok(others)
    }
}

/// Every other grant that an order would end.
pub(crate) async fn others(tx: &mut Tx, order: &Order) -> Result<Vec<SamePath>> {
    let known = Known::of(tx, order).await?;
    known.ending(order).others(tx).await
}

/// Looks at an order as things are now.
pub(crate) async fn look(tx: &mut Tx, order: &Order) -> Result<Look> {
    let known = Known::of(tx, order).await?;
    let asked = known.ending(order).asked(tx).await?;
    if asked.is_empty() {
        return Ok(Look::Clear);
    }
    let decision = tx.decision(order.decision).await?.ok_or_else(|| Error::Inconsistent(format!("order {} has no decision", order.id)))?;
    Ok(judge(decision.reviewer, &asked, None))
}

/// What is known of the grant that an order is to end.
struct Known {
    kind: SourceKind,
    grant: Grant,
    entitlement: String,
}

impl Known {
    async fn of(tx: &mut Tx, order: &Order) -> Result<Self> {
        let missing = |what: &str| Error::Inconsistent(format!("order {} has no {what}", order.id));
        let (source, grant) = tx.grant(order.grant).await?.ok_or_else(|| missing("grant"))?;
        let kind = tx.source(source).await?.ok_or_else(|| missing("source"))?.kind;
        let entitlement = tx.external_entitlement(order.entitlement).await?.ok_or_else(|| missing("entitlement"))?;
        Ok(Self { kind, grant, entitlement })
    }

    fn ending(&self, order: &Order) -> Ending<'_> {
        Ending {
            source: order.source,
            kind: self.kind,
            account: order.account,
            entitlement: &self.entitlement,
            grant: order.grant,
            path: &self.grant.path,
            campaign: order.campaign,
        }
    }
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
