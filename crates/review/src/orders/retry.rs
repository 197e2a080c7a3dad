//! A person asks to try again what was refused.
//!
//! What stood in the way may be over: a role that the application lacked, a platform that was not there, access that has
//! been read again since. Everything is looked at anew: switch, freezes, conflicts, the brake, and the access itself.

use super::{Step, must, release::moved_on, step};
use crate::{
    Actor, Context, Error, Result, attempt,
    case::{Case, Cases, at_one_moment},
    native,
};
use domain::{Action, AttemptId, Object, OrderEvent, OrderId, OrderState};
use serde::{Deserialize, Serialize};
use store::{Tx, orders::Order};

const KIND: &str = "retry_order";

/// A request to try a refused removal again.
#[derive(Debug, Clone, Copy)]
pub struct RetryForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The order.
    pub order: OrderId,
    /// The order's version as it was shown.
    pub expected_version: i64,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retried {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// The order's version now.
    pub version: i64,
    /// Where it stands now.
    pub state: OrderState,
    /// What was done, as a sentence.
    pub sentence: String,
}

/// Lets a refused removal try again, by the campaign's owner; one that had no way, where there is one now.
///
/// # Errors
/// [`Error::NotFound`] where it is not the person's own campaign; [`Error::Stale`] where the removal moved on;
/// [`Error::Refused`] where there is nothing to try.
pub async fn retry(ctx: &Context, actor: &Actor, form: &RetryForm) -> Result<Retried> {
    crate::retry_busy(ctx, || once(ctx, actor, form)).await
}

/// Why there is nothing to try again; `None` where there is. `left` says that the platform has it.
pub(crate) fn in_the_way(case: &Case, state: OrderState, left: bool, now: domain::Timestamp) -> Option<String> {
    if !matches!(state, OrderState::Refused | OrderState::CannotBeRemovedHere) {
        return Some(format!("This removal is {state}, so there is nothing to try again."));
    }
    if let Some(way) = case.right_way() {
        return Some(format!("This still cannot be removed from here. {way}"));
    }
    let followed = case.native.as_deref()?;
    if left {
        return Some(format!("{0} has the answer already, and sending it again would change nothing there.", followed.platform()));
    }
    (!followed.takes_answers(now)).then(|| format!("{} takes no answers to this campaign any more.", followed.platform()))
}

async fn once(ctx: &Context, actor: &Actor, form: &RetryForm) -> Result<Retried> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    tx.hold_orders().await?;
    let order = tx.order(form.order).await?.ok_or(Error::NotFound)?;
    let case = Cases::default().load(&mut tx, order.item).await?.ok_or(Error::NotFound)?;
    actor.require(Action::Retry, Object::Order, case.item.campaign_owner == actor.user)?;
    if let Some(done) = attempt::earlier::<Retried>(&mut tx, actor, form.attempt, KIND, form.order.0).await? {
        return Ok(Retried { repeated: true, ..done });
    }
    if order.version != form.expected_version {
        return Err(moved_on(&order));
    }
    if actor.identity == Some(case.item.holder) {
        return Err(Error::Refused(
            "This removal is about your own access. Somebody else must try it again. Nothing was changed.".to_owned(),
        ));
    }
    if let Some(why) = in_the_way(&case, order.state, order.left_at.is_some(), ctx.env.now()) {
        return Err(Error::Refused(format!("{why} Nothing was changed.")));
    }
    let after = again(ctx, &mut tx, Some(actor), &order).await?;
    native::again(ctx, &mut tx, order.decision).await?;
    let sentence = "The removal is tried again. Whatever could stand in its way is looked at anew first.".to_owned();
    let done = Retried { repeated: false, version: after.version, state: after.state, sentence };
    attempt::keep(ctx, &mut tx, actor, form.attempt, KIND, form.order.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}

/// A refused order is ready to leave again.
pub(crate) async fn again(ctx: &Context, tx: &mut Tx, by: Option<&Actor>, order: &Order) -> Result<Order> {
    let after = step(ctx, tx, order, Step::new(OrderEvent::Retry, by).code("cause", "asked"), |o| {
        o.remark = None;
    });
    must(after.await?, order.id)
}
