//! Making answers final once their undo window ended.

use super::let_go;
use crate::{Context, Result, case::at_one_moment, native};
use domain::{Answer, DecisionId, ReviewEvent};
use ledger::EventKind;
use store::{Tx, decisions::Decision};

/// Answers made final in one transaction.
const AT_ONCE: i64 = 100;

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
    let mut done = 0;
    for decision in tx.decisions_to_finalise(ctx.env.now(), AT_ONCE).await? {
        done += u64::from(finalise(ctx, &mut tx, &decision).await?);
    }
    tx.commit().await?;
    Ok(done)
}

/// Makes one answer final and lets its order go. False where the item moved on since the decision was read.
pub(crate) async fn finalise(ctx: &Context, tx: &mut Tx, decision: &Decision) -> Result<bool> {
    let Some(item) = tx.review_item(decision.item).await? else {
        return Ok(false);
    };
    let Ok(state) = item.state.after(ReviewEvent::WindowEnds) else {
        return Ok(false);
    };
    if item.decision != Some(decision.id) || !tx.step_item(&item.step(state, ctx.env.now())).await? {
        return Ok(false);
    }
    finalised(ctx, tx, decision.id).await?;
    native::replaced_before_sending(ctx, tx, item.id, decision.id).await?;
    let entry = ctx
        .event(EventKind::DecisionFinalised, None)
        .campaign(item.campaign)
        .item_at(item.id, item.version + 1)
        .subject("decision", decision.id)
        .code("step", ReviewEvent::WindowEnds)
        .code("state", state);
    ctx.record(tx, entry).await?;
    if decision.answer == Answer::Revoke {
        match tx.living_order_of_decision(decision.id).await? {
            Some(order) => let_go(ctx, tx, &order).await?,
            // It stood back for another campaign's order, which may be gone by now.
            None => super::stand_in(ctx, tx, item.grant).await?,
        }
    }
    Ok(true)
}

async fn finalised(ctx: &Context, tx: &mut Tx, id: DecisionId) -> Result<()> {
    if tx.set_decision_finalised(id, ctx.env.now()).await? {
        return Ok(());
    }
    Err(crate::Error::Inconsistent(format!("decision {id} counts for a staged item and is not open")))
}
