//! A person asks to send again what the platform did not take.

use super::{Followed, sending::step};
use crate::{
    Actor, Context, Error, Result, attempt,
    case::{Cases, at_one_moment},
    orders,
};
use domain::{Action, AttemptId, DecisionId, ItemId, Object, OrderState, SendingEvent, SendingState};
use serde::{Deserialize, Serialize};
use store::Tx;

const KIND: &str = "send_again";

/// A request to send an item's answer again.
#[derive(Debug, Clone, Copy)]
pub struct SendAgainForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The item.
    pub item: ItemId,
    /// The version of the answer's way to the platform, as it was shown.
    pub expected_version: i64,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SentAgain {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// What was done, as a sentence.
    pub sentence: String,
}

/// Sends an answer again that the platform did not take, by the campaign's owner. A removal that was refused with it goes again too.
///
/// # Errors
/// [`Error::NotFound`] where it is not the person's own campaign; [`Error::Stale`] where it moved on; [`Error::Refused`] where
/// nothing of the item goes to a platform, the platform takes no answers any more, or the access is the person's own.
pub async fn send_again(ctx: &Context, actor: &Actor, form: &SendAgainForm) -> Result<SentAgain> {
    crate::retry_busy(ctx, || once(ctx, actor, form)).await
}

async fn once(ctx: &Context, actor: &Actor, form: &SendAgainForm) -> Result<SentAgain> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    tx.hold_orders().await?;
    let case = Cases::default().load(&mut tx, form.item).await?.ok_or(Error::NotFound)?;
    actor.require(Action::Retry, Object::Order, case.item.campaign_owner == actor.user)?;
    if let Some(done) = attempt::earlier::<SentAgain>(&mut tx, actor, form.attempt, KIND, form.item.0).await? {
        return Ok(SentAgain { repeated: true, ..done });
    }
    let sending = match case.item.decision {
        Some(decision) => tx.sending(decision).await?,
        None => None,
    };
    let (Some(followed), Some(sending)): (Option<&Followed>, _) = (case.native.as_deref(), sending) else {
        return Err(Error::Refused("No answer to this item goes to a platform. Nothing was changed.".to_owned()));
    };
    if actor.identity == Some(case.item.holder) {
        return Err(Error::Refused(
            "This answer is about your own access. Somebody else must send it again. Nothing was changed.".to_owned(),
        ));
    }
    let platform = followed.platform();
    if sending.version != form.expected_version || sending.state != SendingState::Refused {
        return Err(Error::Stale("This answer moved on since the page was opened. Nothing was changed.".to_owned()));
    }
    if !followed.takes_answers(ctx.env.now()) {
        return Err(Error::Refused(format!("{platform} takes no answers to this campaign any more. Nothing was changed.")));
    }
    let refused = tx.living_order_of_decision(sending.decision).await?.filter(|order| order.state == OrderState::Refused);
    if let Some(order) = refused {
        orders::retry::again(ctx, &mut tx, Some(actor), &order).await?;
    }
    again(ctx, &mut tx, sending.decision).await?;
    let done = SentAgain { repeated: false, sentence: format!("The answer is sent to {platform} again.") };
    attempt::keep(ctx, &mut tx, actor, form.attempt, KIND, form.item.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}

/// A refused answer is to be sent again. Does nothing where it was not refused, and in campaigns of our own.
pub(crate) async fn again(ctx: &Context, tx: &mut Tx, decision: DecisionId) -> Result<()> {
    if let Some(sending) = tx.sending(decision).await?
        && sending.state == SendingState::Refused
    {
        step(ctx, tx, &sending, SendingEvent::Retry, None).await?;
    }
    Ok(())
}
