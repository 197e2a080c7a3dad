//! Which items are judged first: drawn by chance when a campaign opens, so that there are always answers that nothing influenced
//! (rule 30).
//!
//! What is recommended for such an item shows once it was answered. The draw looks at the campaign's seed and the item's id alone
//! ([`ledger::draw`]), and the entries hold what it was made from, so that anybody can draw again. Nothing is drawn where a named
//! rule decides: what decides there is a fact or a warning that must be seen whatever else is hidden (somebody has left, duties
//! that must be apart, emergency access, a licence that ran out), and no answer there teaches. In shadow mode nothing is drawn
//! either, because everything is hidden; nor where a scope was chosen by what is recommended, which tells it.

use super::{form::Scope, plan::PlannedItem};
use crate::{Context, Error, Event, Result};
use domain::{AccountId, EntitlementId, GrantId, ItemId, Policy, Showing};
use ledger::draw::{BY_A_RULE, DRAWN, NOT_DRAWN, is_drawn};
use recommend::Cause;
use store::campaigns::Campaign;

/// What a campaign's items to be judged first are drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Draw {
    /// Made when the campaign opens, and never again.
    pub seed: [u8; 32],
    /// How many of 100.
    pub share: u32,
}

/// The id of an item to be, and what the draw says of it; `None` where nothing is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lot {
    pub id: ItemId,
    pub draw: Option<&'static str>,
}

impl Lot {
    /// Whether the item is to be judged first.
    pub fn is_drawn(self) -> bool {
        self.draw == Some(DRAWN)
    }
}

/// How many items are judged first, before anything is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// That many of 100 of those that can be drawn, and how many cannot, because a named rule decides.
    Share { share: u32, from: u64, by_a_rule: u64 },
    /// None: everything is hidden (shadow mode).
    AllHidden,
    /// None: the scope tells what is recommended.
    ToldByScope,
    /// None: the policy says so.
    ByPolicy,
}

impl Draw {
    /// What a campaign with this form draws from; `None` where nothing is drawn.
    pub fn new(ctx: &Context, showing: Showing, scope: &Scope, policy: &Policy) -> Option<Self> {
        let share = share(showing, scope, policy).ok()?;
        Some(Self { seed: ctx.env.bytes(), share })
    }

    /// What an open campaign draws from, for an item that it gets later.
    pub fn of(campaign: &Campaign) -> Result<Option<Self>> {
        let Some(seed) = campaign.draw_seed else { return Ok(None) };
        let policy: Policy = serde_json::from_str(&campaign.policy)
            .map_err(|why| Error::Inconsistent(format!("campaign {}, policy: {why}", campaign.id)))?;
        Ok(Some(Self { seed, share: policy.blind_share }))
    }

    fn says(self, id: ItemId, cause: Cause) -> &'static str {
        if cause.is_of_a_rule() {
            BY_A_RULE
        } else if is_drawn(&self.seed, self.share, id) {
            DRAWN
        } else {
            NOT_DRAWN
        }
    }
}

/// The share that holds, or why nothing is drawn.
const fn share(showing: Showing, scope: &Scope, policy: &Policy) -> std::result::Result<u32, Expected> {
    if showing.is_hidden() {
        Err(Expected::AllHidden)
    } else if matches!(scope, Scope::Causes(_)) {
        Err(Expected::ToldByScope)
    } else if policy.blind_share == 0 {
        Err(Expected::ByPolicy)
    } else {
        Ok(policy.blind_share)
    }
}

/// How many of these items would be judged first.
pub(crate) fn expected<'a>(items: impl Iterator<Item = &'a PlannedItem>, showing: Showing, scope: &Scope, policy: &Policy) -> Expected {
    let share = match share(showing, scope, policy) {
        Ok(share) => share,
        Err(none) => return none,
    };
    let (mut from, mut by_a_rule) = (0, 0);
    for item in items {
        *if item.recommendation.cause.is_of_a_rule() { &mut by_a_rule } else { &mut from } += 1;
    }
    Expected::Share { share, from, by_a_rule }
}

/// What a campaign's opening says of its draw.
pub(crate) fn stated(opened: Event, draw: Option<&Draw>) -> Event {
    match draw {
        Some(draw) => opened.int("blind_share", i64::from(draw.share)).code("blind_seed", hex::encode(draw.seed)),
        None => opened.int("blind_share", 0),
    }
}

/// Gives items their ids and draws. Those to be judged first come before all others.
///
/// Ids are given, and drawn items stand, in an order that tells nothing of what is recommended: the others' places follow it, and
/// an id tells when it was given.
pub(crate) fn drawn<T>(ctx: &Context, draw: Option<&Draw>, items: Vec<T>, planned: impl Fn(&T) -> &PlannedItem) -> Vec<(Lot, T)> {
    let mut placed: Vec<(usize, T)> = items.into_iter().enumerate().collect();
    placed.sort_by_key(|(_, item)| neutral(planned(item)));
    let mut lots: Vec<(usize, Lot, T)> = placed
        .into_iter()
        .enumerate()
        .map(|(first, (place, item))| {
            let id = ctx.env.id();
            let lot = Lot { id, draw: draw.map(|draw| draw.says(id, planned(&item).recommendation.cause)) };
            (if lot.is_drawn() { first } else { place }, lot, item)
        })
        .collect();
    lots.sort_by_key(|(place, lot, _)| (!lot.is_drawn(), *place));
    lots.into_iter().map(|(_, lot, item)| (lot, item)).collect()
}

/// The place of an item among others that tells nothing of what is recommended: what one person holds stands together.
///
/// The numbers that people see follow this order, so it must not follow the recommendations.
pub(crate) const fn neutral(item: &PlannedItem) -> (AccountId, EntitlementId, GrantId, i64) {
    (item.account, item.entitlement, item.grant, item.seat)
}
