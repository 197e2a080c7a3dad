//! Carrying a confirmed closing out.

use crate::{
    Actor, Context, Error, Event, Result, SignIn,
    case::{Case, Cases, at_one_moment},
    orders::{self, prove::GoneBy},
};
use domain::{Answer, CampaignId, CampaignState, DecisionOrigin, DefaultAction, ReviewEvent, ReviewState, UserId};
use ledger::EventKind;
use std::collections::BTreeSet;
use store::{
    Tx,
    decisions::{Decision, ItemStep, ReviewItem},
};

/// Staged answers made final in one transaction.
const AT_ONCE: i64 = 100;
/// Open items settled in one transaction.
const OPEN_AT_ONCE: i64 = 500;

/// The states in which somebody still owes an answer.
const OPEN: [ReviewState; 4] = [ReviewState::Undecided, ReviewState::HandedOver, ReviewState::Escalated, ReviewState::SecondReview];

/// Finishes every campaign whose closing was confirmed; returns how many are closed now. A job, and what a restart begins with.
pub async fn finish_due(ctx: &Context) -> Result<u64> {
    let mut reading = ctx.store.read().await?;
    let campaigns = reading.campaigns_in_closing().await?;
    reading.rollback().await?;
    let mut closed = 0;
    for campaign in campaigns {
        closed += u64::from(finish(ctx, campaign).await? == CampaignState::Closed);
    }
    Ok(closed)
}

/// Carries a confirmed closing out, in small transactions. Returns where the campaign stands afterwards.
///
/// Does nothing to a campaign whose closing was not confirmed, or that is closed.
pub async fn finish(ctx: &Context, campaign: CampaignId) -> Result<CampaignState> {
    loop {
        let moment = at_one_moment(ctx);
        if let Some(state) = crate::retry_busy(&moment, || some(&moment, campaign)).await? {
            return Ok(state);
        }
    }
}

/// Does a part of what remains; `None` while there may be more.
async fn some(ctx: &Context, id: CampaignId) -> Result<Option<CampaignState>> {
    let mut tx = ctx.store.begin().await?;
    tx.hold_campaign_still(id).await?;
    let campaign = tx.closing_campaign(id).await?.ok_or(Error::NotFound)?;
    if campaign.state != CampaignState::Closing {
        return Ok(Some(campaign.state));
    }
    let staged = tx.staged_decisions(id, 0, AT_ONCE).await?;
    if !staged.is_empty() {
        let done = orders::finalise::finalise(ctx, &mut tx, &staged).await?;
        if let Some(other) = staged.iter().find(|decision| !done.contains(&decision.id)) {
            return Err(Error::Inconsistent(format!("decision {} is staged and cannot become final", other.id)));
        }
        tx.commit().await?;
        return Ok(None);
    }
    let mut cases = Cases::default();
    let policy = cases.policy(id, &campaign.policy)?;
    for state in OPEN {
        let items = tx.review_items_in_state(id, state, 0, OPEN_AT_ONCE).await?;
        if items.is_empty() {
            continue;
        }
        if policy.default_action == DefaultAction::LeaveAsException {
            except(ctx, &mut tx, state, items).await?;
        } else {
            for item in items {
                let case = cases.of(&mut tx, item).await?;
                unanswered(ctx, &mut tx, &case).await?;
            }
        }
        tx.commit().await?;
        return Ok(None);
    }
    if !tx.set_campaign_closed(id, ctx.env.now()).await? {
        return Err(Error::Inconsistent(format!("campaign {id} is closing and cannot be closed")));
    }
    let counts = tx.closing_counts(id).await?;
    let by = campaign.closing_by.map(who_confirmed);
    let mut entry = ctx
        .event(EventKind::CampaignClosed, by.as_ref())
        .campaign(id)
        .int("items", counts.values().sum())
        .code("default", policy.default_action);
    for (state, count) in &counts {
        entry = entry.int(state.as_str(), *count);
    }
    ctx.record(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(Some(CampaignState::Closed))
}

/// The person who confirmed, as far as a ledger entry needs to know them.
fn who_confirmed(user: UserId) -> Actor {
    Actor { user, identity: None, roles: BTreeSet::new(), name: String::new(), sign_in: SignIn::default() }
}

/// Leaves items of one state as exceptions, with few statements: two steps and two entries each. What is gone closes as that.
async fn except(ctx: &Context, tx: &mut Tx, state: ReviewState, items: Vec<ReviewItem>) -> Result<()> {
    let (Some(id), Some(last)) = (items.first().map(|i| i.campaign), items.last().map(|i| i.number)) else {
        return Ok(());
    };
    let mut events = Vec::with_capacity(items.len() * 2);
    let mut left = 0;
    for item in items {
        if let Some(seq) = item.gone_at {
            orders::prove::no_longer_held(ctx, tx, None, &item, GoneBy::Reading(seq)).await?;
            continue;
        }
        events.extend(exception(ctx, &item)?);
        left += 1;
    }
    if tx.except_items(id, state, last, ctx.env.now()).await? != left {
        return Err(Error::Inconsistent(format!("items of campaign {id} moved on while it was held")));
    }
    ctx.record_many(tx, events).await
}

/// The two entries of an item that nobody answered and the default leaves (rule 5).
pub(crate) fn exception(ctx: &Context, item: &ReviewItem) -> Result<[Event; 2]> {
    let wrong = |e: domain::item::NoSuchStep| Error::Inconsistent(format!("item {}: {e}", item.id));
    let unanswered = item.state.after(ReviewEvent::CloseUnanswered).map_err(wrong)?;
    let excepted = unanswered.after(ReviewEvent::LeaveAsException).map_err(wrong)?;
    let left = ctx
        .event(EventKind::DecisionDefaulted, None)
        .campaign(item.campaign)
        .item_at(item.id, item.version + 2)
        .code("step", ReviewEvent::LeaveAsException)
        .code("state", excepted)
        .code("action", DefaultAction::LeaveAsException);
    Ok([closed_unanswered(ctx, item, unanswered), left])
}

/// The entry of an item that nobody answered. An escalation that nobody answered is one (rule 1), and stays visible as such.
fn closed_unanswered(ctx: &Context, item: &ReviewItem, state: ReviewState) -> Event {
    ctx.event(EventKind::ItemUnanswered, None)
        .campaign(item.campaign)
        .item_at(item.id, item.version + 1)
        .code("step", ReviewEvent::CloseUnanswered)
        .code("state", state)
        .code("was", item.state)
}

/// Settles an item that nobody answered where the default removes: the system's act, marked as such (rule 5).
async fn unanswered(ctx: &Context, tx: &mut Tx, case: &Case) -> Result<()> {
    let item = &case.item;
    if item.gone_at.is_some() || case.is_emergency() {
        return except(ctx, tx, item.state, vec![item.clone()]).await;
    }
    let decision = default_decision(ctx, tx, case).await?;
    let state = item.state.after(ReviewEvent::CloseUnanswered).map_err(|e| Error::Inconsistent(format!("item {}: {e}", item.id)))?;
    if !tx.step_item(&ItemStep { decision: Some(decision.id), ..item.step(state, ctx.env.now()) }).await? {
        return Err(Error::Inconsistent(format!("item {} moved on while its campaign was held", item.id)));
    }
    ctx.record(tx, closed_unanswered(ctx, item, state)).await?;
    let entry = ctx
        .event(EventKind::DecisionDefaulted, None)
        .campaign(item.campaign)
        .item(item.id)
        .subject("decision", decision.id)
        .code("action", DefaultAction::Remove)
        .code("answer", decision.answer)
        .code("origin", decision.origin);
    ctx.record(tx, entry).await?;
    if let orders::Ordered::New(order) = orders::create(ctx, tx, None, case, &decision).await? {
        orders::let_go(ctx, tx, &order).await?;
    }
    Ok(())
}

/// The default's own decision: Revoke, final at once.
async fn default_decision(ctx: &Context, tx: &mut Tx, case: &Case) -> Result<Decision> {
    let now = ctx.env.now();
    let decision = Decision {
        id: ctx.env.id(),
        campaign: case.item.campaign,
        item: case.item.id,
        stage: 1,
        reviewer: None,
        user: None,
        version: tx.last_decision_version(case.item.id, 1).await? + 1,
        answer: Answer::Revoke,
        why: None,
        origin: DecisionOrigin::Default,
        recommendation: case.item.recommendation,
        agreed: None,
        shown: None,
        on_old_data: case.stale_by(now).is_some(),
        decided_at: now,
        final_at: now,
        finalised_at: Some(now),
        undone_at: None,
        attempt: ctx.env.id(),
        sign_in: "{}".to_owned(),
    };
    tx.insert_decision(&decision).await?;
    Ok(decision)
}
