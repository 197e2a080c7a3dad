//! A second person lets an order go that the brake or a conflict held (rules 17 and 19).

use super::{Step, must, step};
use crate::{Actor, Context, Error, Result, attempt, case::at_one_moment};
use domain::{Action, AttemptId, DecisionOrigin, HoldReason, Object, OrderEvent, OrderId, OrderState};
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

/// What came of letting an order go.
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
        return Err(Error::Stale(format!(
            "This removal moved on since the page was opened: it is {} now. Nothing was changed.",
            order.state
        )));
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

fn refused(why: &str) -> Error {
    Error::Refused(format!("{why} Nothing was changed."))
}

/// Errors where this person is the one who decided, or whose access it is.
async fn second_person(tx: &mut Tx, actor: &Actor, order: &Order) -> Result<()> {
    let missing = |what: &str| Error::Inconsistent(format!("order {} has no {what}", order.id));
    let decision = tx.decision(order.decision).await?.ok_or_else(|| missing("decision"))?;
    let item = tx.review_item(order.item).await?.ok_or_else(|| missing("item"))?;
    if actor.identity == Some(item.holder) {
        return Err(refused("This removal is about your own access. Somebody else must let it go."));
    }
    let decided = if decision.origin == DecisionOrigin::Default {
        // A default acts because somebody confirmed the closing.
        let campaign = tx.closing_campaign(order.campaign).await?.ok_or_else(|| missing("campaign"))?;
        campaign.closing_by == Some(actor.user)
    } else {
        decision.user == Some(actor.user) || (actor.identity.is_some() && decision.reviewer == actor.identity)
    };
    if decided {
        return Err(refused("You decided this removal yourself, and a second person must let it go."));
    }
    Ok(())
}
