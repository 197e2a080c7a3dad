//! Making answers final once their undo window ended.

use super::let_go;
use crate::{
    Context, Error, Result,
    case::{Cases, at_one_moment},
    native,
};
use domain::{Answer, DecisionId, ItemId, ReviewEvent, ReviewState};
use ledger::EventKind;
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Tx,
    decisions::{Decision, ReviewItem},
};

/// Answers made final in one transaction.
const AT_ONCE: i64 = 200;

/// Makes every answer final whose window ended; returns how many.
pub(super) async fn due(ctx: &Context) -> Result<u64> {
    let mut done = 0;
    loop {
        let batch = crate::retry_busy(ctx, || some_due(ctx)).await?;
        done += batch;
        if batch < AT_ONCE.unsigned_abs() {
            return Ok(done);
        }
    }
}

async fn some_due(ctx: &Context) -> Result<u64> {
    let ctx = &at_one_moment(ctx);
    // Looked at without a lock first: nearly always there is nothing to do, and nobody should wait for that.
    let mut reading = ctx.store.read().await?;
    let none = reading.decisions_to_finalise(ctx.env.now(), 1).await?.is_empty();
    reading.rollback().await?;
    if none {
        return Ok(0);
    }
    let mut tx = ctx.store.begin().await?;
    let decisions = tx.decisions_to_finalise(ctx.env.now(), AT_ONCE).await?;
    let done = finalise(ctx, &mut tx, &decisions).await?;
    tx.commit().await?;
    Ok(done.len() as u64)
}

/// Makes answers final, with few statements for all of them, and lets their orders go. Returns those that became final: an
/// item may have moved on since its decision was read.
pub(crate) async fn finalise(ctx: &Context, tx: &mut Tx, decisions: &[Decision]) -> Result<BTreeSet<DecisionId>> {
    let by_item: BTreeMap<ItemId, &Decision> = decisions.iter().map(|decision| (decision.item, decision)).collect();
    let mut due: BTreeMap<ReviewState, Vec<ReviewItem>> = BTreeMap::new();
    for item in tx.review_items(&by_item.keys().copied().collect::<Vec<_>>()).await? {
        let counts = by_item.get(&item.id).is_some_and(|decision| item.decision == Some(decision.id));
        if counts && let Ok(state) = item.state.after(ReviewEvent::WindowEnds) {
            due.entry(state).or_default().push(item);
        }
    }
    let mut done = BTreeSet::new();
    for (state, mut items) in due {
        let versions: Vec<_> = items.iter().map(|item| (item.id, item.version)).collect();
        let moved = tx.step_items(&versions, state, ctx.env.now()).await?;
        items.retain(|item| moved.contains(&item.id));
        let ids: Vec<DecisionId> = items.iter().filter_map(|item| item.decision).collect();
        if tx.set_decisions_finalised(&ids, ctx.env.now()).await? != ids.len() as u64 {
            let items: Vec<_> = items.iter().map(|item| item.id.to_string()).collect();
            return Err(Error::Inconsistent(format!(
                "a decision that counts is not open, of one of the staged items {}",
                items.join(", ")
            )));
        }
        let entry = |item: &ReviewItem| {
            let event = ctx.event(EventKind::DecisionFinalised, None).campaign(item.campaign).item_at(item.id, item.version + 1);
            let event = item.decision.into_iter().fold(event, |event, id| event.subject("decision", id));
            event.code("step", ReviewEvent::WindowEnds).code("state", state)
        };
        ctx.record_many(tx, items.iter().map(entry).collect()).await?;
        done.extend(ids);
        let mut cases = Cases::default();
        for item in &items {
            let Some(decision) = by_item.get(&item.id) else { continue };
            if cases.followed(tx, item.campaign).await?.is_some() {
                native::replaced_before_sending(ctx, tx, item.id, decision.id).await?;
            }
            if decision.answer == Answer::Revoke {
                match tx.living_order_of_decision(decision.id).await? {
                    Some(order) => let_go(ctx, tx, &order).await?,
                    // It stood back for another campaign's order, which may be gone by now.
                    None => super::stand_in(ctx, tx, item.grant).await?,
                }
            }
        }
    }
    Ok(done)
}
