//! The platform asks somebody else: the item follows (rules 12 and 38).

use super::{Followed, sending};
use crate::{
    Context, Error, Result,
    case::{Case, Cases},
    escalate::next_moment,
    orders,
};
use connect::native::NativeItem;
use domain::{IdentityId, ReviewEvent, SendingEvent, Timestamp};
use ledger::EventKind;
use store::{
    Tx,
    decisions::{Handover, HandoverKind, ItemStep},
};

/// Whom the platform asks, where that is not whom we ask and may be: nobody reviews their own access here, whatever the
/// platform says (rule 37). Whoever was asked here after `begun` may not be in the platform's answer yet.
async fn whom(tx: &mut Tx, case: &Case, there: &NativeItem, begun: Timestamp) -> Result<Option<IdentityId>> {
    let item = &case.item;
    let Some(account) = there.reviewer() else { return Ok(None) };
    let Some(to) = tx.identity_of_external_id(item.source, account).await?.filter(|to| *to != item.reviewer) else { return Ok(None) };
    let since = |handover: &Handover| handover.at > begun || handover.undone_at.is_some_and(|at| at > begun);
    if tx.handovers_of(item.id).await?.iter().any(since) || case.barred(tx, to).await?.is_some() {
        return Ok(None);
    }
    Ok(Some(to))
}

/// The platform asks somebody else now: the item moves with notice, and the ledger says so. Also where we gave it away there
/// and were killed before we could write that down.
pub(super) async fn to_whom_it_asks(ctx: &Context, tx: &mut Tx, case: &Case, there: &NativeItem, begun: Timestamp) -> Result<bool> {
    let item = &case.item;
    let Some(to) = whom(tx, case, there, begun).await? else { return Ok(false) };
    let Ok(state) = item.state.after(ReviewEvent::HandOver) else { return Ok(false) };
    let now = ctx.env.now();
    let handovers = tx.handovers_of(item.id).await?;
    tx.insert_handover(&Handover {
        id: ctx.env.id(),
        item: item.id,
        kind: HandoverKind::HandOver,
        from: item.reviewer,
        to,
        from_by: item.reviewer_by.clone(),
        by: None,
        at: next_moment(now, &handovers),
        due_at: None,
        undone_at: None,
    })
    .await?;
    let step = ItemStep { reviewer: to, reviewer_by: HandoverKind::HandOver.reviewer_by(), due_at: None, ..item.step(state, now) };
    if !tx.step_item(&step).await? {
        return Err(Error::Stale(crate::say::moved_on(item.state)));
    }
    let pseudonym = |id: IdentityId| ctx.keys.pseudonyms.pseudonym("identity", &id.to_string());
    let entry = ctx
        .event(EventKind::ItemHandedOver, None)
        .campaign(item.campaign)
        .item_at(item.id, item.version + 1)
        .subject("from", pseudonym(item.reviewer))
        .subject("to", pseudonym(to))
        .code("step", ReviewEvent::HandOver)
        .code("state", state)
        .code("as", "platform");
    ctx.record(tx, entry).await?;
    Ok(true)
}

/// The same of an item with an answer that is not final here: the platform would not take it from who gave it, so it is taken
/// back unsent, and who gave it is told.
pub(super) async fn from_under_an_answer(
    ctx: &Context,
    tx: &mut Tx,
    followed: &Followed,
    case: &Case,
    there: &NativeItem,
    begun: Timestamp,
) -> Result<bool> {
    let item = &case.item;
    if !there.is_open() || !followed.names_one_reviewer() || whom(tx, case, there, begun).await?.is_none() {
        return Ok(false);
    }
    let Some(decision) = item.decision else { return Ok(false) };
    if tx.decisions_of_item(item.id).await?.iter().any(|one| one.finalised_at.is_some() && one.undone_at.is_none()) {
        // An earlier answer is final here, and what came of it decides.
        return Ok(false);
    }
    let now = ctx.env.now();
    let wrong = |e: domain::item::NoSuchStep| Error::Inconsistent(format!("item {}: {e}", item.id));
    let state = item.state.after(ReviewEvent::Undo).map_err(wrong)?;
    if let Some(order) = tx.living_order_of_decision(decision).await? {
        orders::withdraw(ctx, tx, None, &order, "asked_elsewhere").await?;
    }
    if !tx.set_decision_undone(decision, now).await? {
        return Ok(false);
    }
    if let Some(ours) = tx.sending(decision).await?.filter(|ours| ours.state.after(SendingEvent::Withdraw).is_ok()) {
        let remark = format!("{} asks somebody else about this now. Your answer was taken back and not sent.", followed.platform());
        sending::step(ctx, tx, &ours, SendingEvent::Withdraw, Some(remark)).await?;
    }
    if !tx.step_item(&ItemStep { decision: None, ..item.step(state, now) }).await? {
        return Err(Error::Stale(crate::say::moved_on(item.state)));
    }
    let entry = ctx
        .event(EventKind::DecisionUndone, None)
        .campaign(item.campaign)
        .item_at(item.id, item.version + 1)
        .subject("decision", decision)
        .code("step", ReviewEvent::Undo)
        .code("state", state)
        .code("as", "platform");
    ctx.record(tx, entry).await?;
    orders::stand_in(ctx, tx, item.grant).await?;
    let Some(case) = Cases::default().load(tx, item.id).await? else { return Ok(false) };
    to_whom_it_asks(ctx, tx, &case, there, begun).await
}
