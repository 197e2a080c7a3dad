//! A second person lets an order go that the brake or a conflict held (rules 17 and 19).

use super::{Step, must, step};
use crate::{Actor, Context, Error, Result, attempt, case::at_one_moment};
use domain::{Action, AttemptId, DecisionOrigin, HoldReason, IdentityId, Object, OrderEvent, OrderId, OrderState, UserId};
use serde::{Deserialize, Serialize};
use store::{Tx, orders::Order};

const KIND: &str = "release_order";

/// A request to let an order go.
#[derive(Debug, Clone, Copy)]
pub struct ReleaseForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The order.
    pub order: OrderId,
    /// The order's version as it was shown.
    pub expected_version: i64,
}

/// What came of a person's word about an order that was held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// The order.
    pub order: OrderId,
    /// Its version now.
    pub version: i64,
    /// Where it stands now.
    pub state: OrderState,
    /// What was done, as a sentence.
    pub sentence: String,
}

/// Lets an order go that the brake or a conflict held.
///
/// By somebody other than who decided it, and never by the holder.
pub async fn release(ctx: &Context, actor: &Actor, form: &ReleaseForm) -> Result<Released> {
    crate::retry_busy(ctx, || once(ctx, actor, form)).await
}

async fn once(ctx: &Context, actor: &Actor, form: &ReleaseForm) -> Result<Released> {
    let ctx = &at_one_moment(ctx);
    actor.require(Action::Release, Object::Order, false)?;
    let mut tx = ctx.store.begin().await?;
    tx.hold_orders().await?;
    if let Some(done) = attempt::earlier::<Released>(&mut tx, actor, form.attempt, KIND, form.order.0).await? {
        return Ok(Released { repeated: true, ..done });
    }
    let order = tx.order(form.order).await?.ok_or(Error::NotFound)?;
    if order.version != form.expected_version {
        return Err(moved_on(&order));
    }
    let event = match (order.state, order.hold_reason) {
        (OrderState::Held, Some(HoldReason::Brake)) => OrderEvent::Release,
        (OrderState::Conflict, _) => OrderEvent::ResolveConflict,
        (OrderState::Held, Some(HoldReason::UndoWindow)) => {
            return Err(refused("The answer behind this removal can still be undone. It leaves by itself once that time is over."));
        }
        (OrderState::Held, Some(HoldReason::Stopped)) => {
            return Err(refused("All removals are stopped. Reset the switch to let them go."));
        }
        (OrderState::Held, Some(HoldReason::Freeze)) => {
            return Err(refused("A freeze window holds this removal. It leaves by itself once that is over."));
        }
        (state, _) => {
            return Err(refused(&format!("This removal is {state}, so nothing holds it that a person could let go.")));
        }
    };
    second_person(&mut tx, actor, &order).await?;
    let also_ends = order.also_ends.clone();
    let after = step(ctx, &mut tx, &order, Step::new(event, Some(actor)).code("cause", "second_person"), |o| {
        o.released_by = Some(actor.user);
        // What was accepted stays on record, and is not asked again.
        o.also_ends = also_ends;
    })
    .await?;
    let after = must(after, order.id)?;
    let sentence = match event {
        OrderEvent::ResolveConflict => "The removal leaves, together with what else it ends.",
        _ => "The removal leaves.",
    };
    let done = Released { repeated: false, order: order.id, version: after.version, state: after.state, sentence: sentence.to_owned() };
    attempt::keep(ctx, &mut tx, actor, form.attempt, KIND, form.order.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}

/// An order that is not as the page showed it, with what is true now.
pub(super) fn moved_on(order: &Order) -> Error {
    let now = match order.state {
        OrderState::Conflict => "what else it would end is not what it was".to_owned(),
        OrderState::Withdrawn => "it was withdrawn, and is not carried out".to_owned(),
        OrderState::Proven => "it was carried out, and the access is gone".to_owned(),
        state if state.has_not_left() => format!("it is {state} now, and has not left"),
        state => format!("it is {state} now"),
    };
    Error::Stale(format!("This removal moved on since the page was opened: {now}. Nothing was changed."))
}

pub(super) fn refused(why: &str) -> Error {
    Error::Refused(format!("{why} Nothing was changed."))
}

/// Who stands behind a removal: the people who are not the second person that may let it go (rules 17 and 19).
///
/// The one definition of it, for releasing and for the page that offers it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behind {
    /// Whose access it ends.
    pub holder: IdentityId,
    /// How the decision came about.
    pub origin: DecisionOrigin,
    /// Who decided, as they sign in.
    pub decided_by: Option<UserId>,
    /// Who decided, as the sources know them.
    pub reviewer: Option<IdentityId>,
    /// Who confirmed the closing of the campaign: a default acts because somebody did.
    pub closing_by: Option<UserId>,
}

/// Why somebody is not the second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotSecond {
    /// The removal is about their own access.
    Holder,
    /// They decided it, or confirmed the closing whose default did.
    Decided,
}

impl Behind {
    /// Why this person may not let the removal go; `None` where they are a second person.
    pub fn bars(&self, actor: &Actor) -> Option<NotSecond> {
        if actor.identity == Some(self.holder) {
            return Some(NotSecond::Holder);
        }
        let decided = match self.origin {
            DecisionOrigin::Default => self.closing_by == Some(actor.user),
            _ => self.decided_by == Some(actor.user) || (actor.identity.is_some() && self.reviewer == actor.identity),
        };
        decided.then_some(NotSecond::Decided)
    }

    /// The same of whoever answers for the access, as far as the sources know them.
    pub async fn bars_owner(&self, tx: &mut Tx, owner: IdentityId) -> Result<Option<NotSecond>> {
        if owner == self.holder {
            return Ok(Some(NotSecond::Holder));
        }
        let decided = match self.origin {
            DecisionOrigin::Default => match self.closing_by {
                Some(user) => tx.user(user).await?.and_then(|user| user.identity) == Some(owner),
                None => false,
            },
            _ => self.reviewer == Some(owner),
        };
        Ok(decided.then_some(NotSecond::Decided))
    }

    /// Who stands behind an order.
    pub async fn of(tx: &mut Tx, order: &Order) -> Result<Self> {
        let missing = |what: &str| Error::Inconsistent(format!("order {} has no {what}", order.id));
        let decision = tx.decision(order.decision).await?.ok_or_else(|| missing("decision"))?;
        let item = tx.review_item(order.item).await?.ok_or_else(|| missing("item"))?;
        let campaign = tx.closing_campaign(order.campaign).await?.ok_or_else(|| missing("campaign"))?;
        Ok(Self {
            holder: item.holder,
            origin: decision.origin,
            decided_by: decision.user,
            reviewer: decision.reviewer,
            closing_by: campaign.closing_by,
        })
    }
}

/// Errors where this person is the one who decided, or whose access it is.
pub(super) async fn second_person(tx: &mut Tx, actor: &Actor, order: &Order) -> Result<()> {
    match Behind::of(tx, order).await?.bars(actor) {
        None => Ok(()),
        Some(NotSecond::Holder) => Err(refused("This removal is about your own access. Somebody else must let it go.")),
        Some(NotSecond::Decided) => Err(refused("You decided this removal yourself, and a second person must let it go.")),
    }
}
