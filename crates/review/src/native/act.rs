//! What was decided on the platform itself, and what the platform did by itself (rules 5 and 14).

use super::sending;
use crate::{
    Context, Error, Result,
    case::Case,
    close::exception,
    orders::{self, Ordered, Step},
};
use connect::native::{NativeAnswer, NativeItem, OnSilence};
use domain::{Answer, DecisionOrigin, IdentityId, OrderEvent, OrderState, ReviewEvent, ReviewState, SendingEvent, Timestamp};
use ledger::EventKind;
use std::slice;
use store::{
    Tx,
    decisions::{Decision, ItemStep},
    orders::Order,
};

/// The answer that stands there, where it is one of ours.
pub(super) const fn answer_of(answer: &NativeAnswer) -> Option<Answer> {
    match answer {
        NativeAnswer::Approve => Some(Answer::Approve),
        NativeAnswer::Revoke => Some(Answer::Revoke),
        NativeAnswer::Unanswered | NativeAnswer::DoNotKnow | NativeAnswer::Other(_) => None,
    }
}

/// How an answer that stands there is said.
pub(super) const fn said(answer: &NativeAnswer) -> &'static str {
    match answer {
        NativeAnswer::Approve => "Approve",
        NativeAnswer::Revoke => "Revoke",
        NativeAnswer::DoNotKnow => "\u{201c}Do not know\u{201d}",
        NativeAnswer::Unanswered => "no answer",
        NativeAnswer::Other(_) => "another answer",
    }
}

fn decision(ctx: &Context, case: &Case, version: i64, answer: Answer, by: Option<IdentityId>, at: Timestamp) -> Decision {
    Decision {
        id: ctx.env.id(),
        campaign: case.item.campaign,
        item: case.item.id,
        stage: 1,
        reviewer: by,
        user: None,
        version,
        answer,
        // The platform does not ask why in our words.
        why: None,
        origin: DecisionOrigin::Platform,
        recommendation: case.item.recommendation,
        // Neither agreement nor override: nobody here saw the recommendation (rules 30 and 32).
        agreed: None,
        shown: None,
        on_old_data: false,
        decided_at: at,
        final_at: at,
        finalised_at: None,
        undone_at: None,
        attempt: ctx.env.id(),
        sign_in: "{}".to_owned(),
    }
}

/// Records the answer that stands on the platform as the one that counts. False where the item does not take it any more.
pub(super) async fn record(ctx: &Context, tx: &mut Tx, case: &Case, there: &NativeItem) -> Result<bool> {
    let Some(answer) = answer_of(&there.answer) else { return Ok(false) };
    let item = &case.item;
    let now = ctx.env.now();
    let event = if item.state == ReviewState::Decided { ReviewEvent::Change } else { ReviewEvent::Answer };
    let Ok(state) = item.state.after(event) else { return Ok(false) };
    tx.hold_orders().await?;
    if let (ReviewState::Staged | ReviewState::Decided, Some(before)) = (item.state, item.decision) {
        if let Some(order) = tx.living_order_of_decision(before).await?
            && !withdraw(ctx, tx, &order).await?
        {
            // What has left cannot be called back; the reading says what came of it.
            return Ok(false);
        }
        if item.state == ReviewState::Staged {
            tx.set_decision_undone(before, now).await?;
            sending::taken_back(ctx, tx, before).await?;
        }
    }
    let by = match &there.by {
        Some(by) => tx.identity_of_external_id(item.source, &by.id).await?,
        None => None,
    };
    let version = tx.last_decision_version(item.id, 1).await? + 1;
    let made = decision(ctx, case, version, answer, by, now);
    tx.insert_decision(&made).await?;
    if !tx.step_item(&ItemStep { decision: Some(made.id), ..item.step(state, now) }).await? {
        return Err(Error::Stale(crate::say::moved_on(item.state)));
    }
    let mut entry = ctx
        .event(EventKind::DecisionMade, None)
        .campaign(item.campaign)
        .item_at(item.id, item.version + 1)
        .subject("decision", made.id)
        .code("answer", answer)
        .code("step", event)
        .code("state", state)
        .code("origin", made.origin)
        .int("stage", made.stage)
        .int("version", made.version)
        .int("on_old_data", 0)
        .int("final_at", made.final_at.micros());
    if let Some(recommendation) = made.recommendation {
        entry = entry.subject("recommendation", recommendation);
    }
    if let Some(by) = by {
        entry = entry.subject("by", ctx.keys.pseudonyms.pseudonym("identity", &by.to_string()));
    }
    if let Some(at) = there.at {
        entry = entry.int("answered_at", at.micros());
    }
    ctx.record(tx, entry).await?;
    let ordered = match answer {
        Answer::Revoke => Some(orders::create(ctx, tx, None, case, &made).await?),
        _ => None,
    };
    if orders::finalise::finalise(ctx, tx, slice::from_ref(&made)).await?.is_empty() {
        return Err(Error::Inconsistent(format!("decision {} was made on the platform and cannot become final", made.id)));
    }
    if let Some(Ordered::New(order)) = ordered {
        left_there(ctx, tx, &order).await?;
    }
    Ok(true)
}

/// Takes an order back that has not left; one that a worker has taken, first from the worker.
async fn withdraw(ctx: &Context, tx: &mut Tx, order: &Order) -> Result<bool> {
    let mut order = order.clone();
    if order.state == OrderState::Claimed {
        let refused = orders::step(ctx, tx, &order, Step::new(OrderEvent::Refuse, None).code("cause", "another_stands"), |o| {
            o.left_at = None;
        });
        match refused.await? {
            Some(after) => order = after,
            None => return Ok(false),
        }
    }
    if order.state.after(OrderEvent::Withdraw).is_err() {
        return Ok(false);
    }
    Ok(orders::step(ctx, tx, &order, Step::new(OrderEvent::Withdraw, None).code("cause", "another_stands"), |o| o.remark = None)
        .await?
        .is_some())
}

/// The order of a Revoke that the platform has already: it left there.
async fn left_there(ctx: &Context, tx: &mut Tx, order: &Order) -> Result<()> {
    let Some(order) = tx.order(order.id).await? else { return Ok(()) };
    if order.state != OrderState::Ready {
        return Ok(());
    }
    let claim = Step::new(OrderEvent::Claim, None).int("fence", order.fence + 1);
    let claimed = orders::step(ctx, tx, &order, claim, |o| {
        o.fence += 1;
        o.left_at = Some(ctx.env.now());
    });
    let Some(claimed) = claimed.await? else { return Ok(()) };
    orders::step(ctx, tx, &claimed, Step::new(OrderEvent::Accept, None).code("outcome", "made_on_platform"), |_| {}).await?;
    Ok(())
}

/// What the platform's end did to an item that nobody had answered: its own act, recorded as such (rules 5 and 13). Never a
/// decision of anybody.
///
/// `there` is the answer that the platform shows afterwards; some show what their default did, others nothing.
pub(super) async fn defaulted(ctx: &Context, tx: &mut Tx, case: &Case, default: &OnSilence, there: &NativeAnswer) -> Result<()> {
    let item = &case.item;
    let answer = match (answer_of(there), default) {
        (Some(answer), _) => Some(answer),
        (None, OnSilence::Approves) => Some(Answer::Approve),
        (None, OnSilence::Removes) => Some(Answer::Revoke),
        (None, OnSilence::Nothing | OnSilence::FollowsRecommendation | OnSilence::Unknown(_)) => None,
    };
    let now = ctx.env.now();
    let wrong = |e: domain::item::NoSuchStep| Error::Inconsistent(format!("item {}: {e}", item.id));
    let unanswered = item.state.after(ReviewEvent::CloseUnanswered).map_err(wrong)?;
    let Some(answer) = answer else {
        let excepted = unanswered.after(ReviewEvent::LeaveAsException).map_err(wrong)?;
        let moved = tx.step_item(&item.step(unanswered, now)).await?
            && tx.step_item(&ItemStep { from_version: item.version + 1, ..item.step(excepted, now) }).await?;
        if !moved {
            return Err(Error::Stale(crate::say::moved_on(item.state)));
        }
        for event in exception(ctx, item)? {
            ctx.record(tx, event.code("by", "platform")).await?;
        }
        return Ok(());
    };
    tx.hold_orders().await?;
    let version = tx.last_decision_version(item.id, 1).await? + 1;
    let made = Decision { finalised_at: Some(now), ..decision(ctx, case, version, answer, None, now) };
    tx.insert_decision(&made).await?;
    if !tx.step_item(&ItemStep { decision: Some(made.id), ..item.step(unanswered, now) }).await? {
        return Err(Error::Stale(crate::say::moved_on(item.state)));
    }
    let closed = ctx
        .event(EventKind::ItemUnanswered, None)
        .campaign(item.campaign)
        .item_at(item.id, item.version + 1)
        .code("step", ReviewEvent::CloseUnanswered)
        .code("state", unanswered)
        .code("was", item.state);
    ctx.record(tx, closed).await?;
    let entry = ctx
        .event(EventKind::DecisionDefaulted, None)
        .campaign(item.campaign)
        .item(item.id)
        .subject("decision", made.id)
        .code("action", if answer == Answer::Revoke { "remove" } else { "approve" })
        .code("answer", answer)
        .code("origin", made.origin)
        .code("by", "platform");
    ctx.record(tx, entry).await?;
    if answer == Answer::Revoke
        && let Ordered::New(order) = orders::create(ctx, tx, None, case, &made).await?
    {
        orders::let_go(ctx, tx, &order).await?;
        left_there(ctx, tx, &order).await?;
    }
    Ok(())
}

/// Notes that another answer than ours stands there: ours is not sent, or was replaced (rule 14).
pub(super) async fn another_stands(
    ctx: &Context,
    tx: &mut Tx,
    sending: &store::native::Sending,
    there: &NativeItem,
    platform: &str,
) -> Result<()> {
    if sending.state.after(SendingEvent::SeeAnother).is_err() {
        return Ok(());
    }
    let remark = match &there.answer {
        NativeAnswer::Unanswered => format!("The answer was taken back in {platform}."),
        other => format!("{} was answered in {platform} itself, and stands. Your answer was not sent.", said(other)),
    };
    let remark = if sending.state.may_have_arrived() && there.answer != NativeAnswer::Unanswered {
        format!("Your answer was replaced in {platform}: {} stands there now.", said(&there.answer))
    } else {
        remark
    };
    sending::step(ctx, tx, sending, SendingEvent::SeeAnother, Some(remark)).await?;
    Ok(())
}
