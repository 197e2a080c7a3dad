//! Taking the last answer back within its window.

use crate::{
    Actor, Context, Error, Result, attempt,
    case::{Case, Cases, at_one_moment, held_item, is_reviewer, must_be_open},
    native, orders, say,
};
use domain::{Action, Answer, AttemptId, DecisionId, ItemId, Object, OrderId, ReviewEvent, ReviewState};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use store::{
    Tx,
    decisions::{Decision, Handover, HandoverKind, ItemStep},
};

const KIND: &str = "undo";

/// A request to take the last answer back.
#[derive(Debug, Clone)]
pub struct UndoForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The item.
    pub item: ItemId,
    /// The item's version as it was shown.
    pub expected_version: i64,
}

/// What came of taking an answer back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// The item.
    pub item: ItemId,
    /// Its version now.
    pub version: i64,
    /// Where it stands now.
    pub state: ReviewState,
    /// The answer that was taken back.
    pub undone: DecisionId,
    /// The earlier answer that counts again, if there is one.
    pub decision: Option<DecisionId>,
    /// The removal that was ordered again because the earlier answer was Revoke.
    pub order: Option<OrderId>,
    /// What was done, as a sentence.
    pub sentence: String,
}

/// Takes the last answer to an item back.
///
/// Whoever gave it only, while its undo window is open and the campaign too. What stood before stands again; an item that was
/// escalated on its platform comes back there first (rule 12).
pub async fn undo(ctx: &Context, actor: &Actor, form: &UndoForm) -> Result<Undone> {
    native::hand_over::back_on_platform_first(ctx, actor, form).await?;
    crate::retry_busy(ctx, || once(ctx, actor, form)).await
}

async fn once(ctx: &Context, actor: &Actor, form: &UndoForm) -> Result<Undone> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    let item = held_item(&mut tx, form.item).await?;
    if let Some(done) = attempt::earlier::<Undone>(&mut tx, actor, form.attempt, KIND, form.item.0).await? {
        return Ok(Undone { repeated: true, ..done });
    }
    let decision = match item.decision {
        Some(id) => tx.decision(id).await?,
        None => None,
    };
    let mine = actor.identity.is_some() && decision.as_ref().is_some_and(|d| d.reviewer == actor.identity);
    actor.require(Action::Undo, Object::Item, mine || is_reviewer(actor, &item))?;
    must_be_open(item.campaign_state)?;
    if item.version != form.expected_version {
        return Err(Error::Stale(say::moved_on(item.state)));
    }
    let decision = decision.filter(|_| mine).ok_or_else(|| refused("You gave no answer to this item that could be undone."))?;
    check_window(ctx, &item.time_zone, item.state, &decision)?;
    let case = Cases::default().of(&mut tx, item).await?;
    let done = take_back(ctx, &mut tx, actor, &case, &decision).await?;
    attempt::keep(ctx, &mut tx, actor, form.attempt, KIND, form.item.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}

fn refused(why: &str) -> Error {
    Error::Refused(format!("{why} Nothing was changed."))
}

fn check_window(ctx: &Context, zone: &str, state: ReviewState, decision: &Decision) -> Result<()> {
    let over = decision.finalised_at.is_some() || ctx.env.now() >= decision.final_at;
    match state {
        ReviewState::Staged | ReviewState::Escalated if !over => Ok(()),
        ReviewState::Staged | ReviewState::Decided => Err(refused(&format!(
            "The time to undo this answer ended on {}. While the campaign is open and the removal has not left, you can still give another answer.",
            say::moment(decision.final_at, zone)
        ))),
        ReviewState::Escalated => Err(refused(&format!(
            "The time to take this escalation back ended on {}. The person you named can answer, or the campaign's owner can hand the item over.",
            say::moment(decision.final_at, zone)
        ))),
        _ => Err(refused(&format!("This item is {} now, so there is no answer to undo.", say::stands(state)))),
    }
}

/// What stands again once an answer is taken back.
struct Before {
    event: ReviewEvent,
    decision: Option<Decision>,
    /// The escalation that is taken back with it.
    handover: Option<Handover>,
    /// The last change of who must answer that still stands.
    last: Option<Handover>,
}

async fn before(tx: &mut Tx, case: &Case, decision: &Decision) -> Result<Before> {
    let mut standing: Vec<Handover> = tx.handovers_of(case.item.id).await?.into_iter().filter(|h| h.undone_at.is_none()).collect();
    let handover = match (decision.answer, standing.last()) {
        (Answer::Escalate, Some(last)) if last.kind == HandoverKind::Escalate && last.to == case.item.reviewer => standing.pop(),
        (Answer::Escalate, _) => {
            return Err(Error::Inconsistent(format!("item {} is escalated, and no hand-over says to whom", case.item.id)));
        }
        _ => None,
    };
    let earlier = tx
        .decisions_of_item(case.item.id)
        .await?
        .into_iter()
        .rfind(|d| d.stage == decision.stage && d.version < decision.version && d.undone_at.is_none());
    let last = standing.pop();
    let event = match (&earlier, last.as_ref().map(|h| h.kind)) {
        (Some(earlier), _) if earlier.finalised_at.is_some() => ReviewEvent::UndoToDecided,
        (_, Some(HandoverKind::Escalate)) => ReviewEvent::UndoToEscalated,
        (_, Some(HandoverKind::HandOver)) => ReviewEvent::UndoToHandedOver,
        (_, None) => ReviewEvent::Undo,
    };
    let decision = earlier.filter(|d| d.finalised_at.is_some() || event == ReviewEvent::UndoToEscalated);
    Ok(Before { event, decision, handover, last })
}

async fn take_back(ctx: &Context, tx: &mut Tx, actor: &Actor, case: &Case, decision: &Decision) -> Result<Undone> {
    let item = &case.item;
    let now = ctx.env.now();
    let before = before(tx, case, decision).await?;
    let state = item.state.after(before.event).map_err(|e| Error::Inconsistent(format!("item {}: {e}", item.id)))?;
    if let Some(order) = tx.living_order_of_decision(decision.id).await? {
        orders::withdraw(ctx, tx, Some(actor), &order, "undone").await?;
    }
    if !tx.set_decision_undone(decision.id, now).await? {
        return Err(Error::Stale(say::moved_on(ReviewState::Decided)));
    }
    native::taken_back(ctx, tx, decision.id).await?;
    let (mut reviewer, mut reviewer_by) = (item.reviewer, item.reviewer_by.clone());
    if let Some(handover) = &before.handover {
        tx.set_handover_undone(handover.id, now).await?;
        (reviewer, reviewer_by) = (handover.from, handover.from_by.clone());
    }
    let moved = tx
        .step_item(&ItemStep {
            reviewer,
            reviewer_by: &reviewer_by,
            decision: before.decision.as_ref().map(|d| d.id),
            due_at: before.last.as_ref().and_then(|h| h.due_at),
            ..item.step(state, now)
        })
        .await?;
    if !moved {
        return Err(Error::Stale(say::moved_on(item.state)));
    }
    let version = item.version + 1;
    let entry = ctx
        .event(EventKind::DecisionUndone, Some(actor))
        .campaign(item.campaign)
        .item_at(item.id, version)
        .subject("decision", decision.id)
        .code("step", before.event)
        .code("state", state);
    ctx.record(tx, entry).await?;

    let mut order = None;
    if let Some(earlier) = before.decision.as_ref().filter(|d| d.answer == Answer::Revoke && d.finalised_at.is_some()) {
        let ordered = orders::create(ctx, tx, Some(actor), case, earlier).await?;
        orders::let_go(ctx, tx, ordered.order()).await?;
        order = Some(ordered.order().id);
    } else {
        orders::stand_in(ctx, tx, item.grant).await?;
    }
    let sentence = match (&before.decision, state) {
        (Some(earlier), ReviewState::Decided) if earlier.answer == Answer::Revoke => {
            "Taken back. The earlier answer, Revoke, counts again, and its removal was ordered again."
        }
        (Some(_), ReviewState::Decided) => "Taken back. The earlier answer, Approve, counts again.",
        _ => "Taken back. The item waits for an answer again.",
    };
    Ok(Undone {
        repeated: false,
        item: item.id,
        version,
        state,
        undone: decision.id,
        decision: before.decision.map(|d| d.id),
        order,
        sentence: sentence.to_owned(),
    })
}
