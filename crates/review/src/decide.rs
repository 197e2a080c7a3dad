//! Deciding: one person, one item, one transaction.

use crate::{
    Actor, Context, Error, FieldError, Result, attempt,
    case::{Case, Cases, at_one_moment, held_item, is_reviewer, must_be_open},
    escalate, native,
    orders::{self, prove::GoneBy},
    say, shadow, shown, sod,
};
use domain::{
    Action, Answer, AttemptId, DecisionId, DecisionOrigin, ItemId, MitigationId, Object, OrderId, OrderState, Policy, ReviewEvent,
    ReviewState, RevokeWhy, Timestamp, Verdict,
};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use store::{
    Tx,
    decisions::{Decision, ItemStep},
};

mod fresh;

const KIND: &str = "decide";

/// The longest note, in characters.
pub const LONGEST_NOTE: usize = 2_000;

/// An answer to an item, as it is submitted.
#[derive(Debug, Clone)]
pub struct DecideForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The item.
    pub item: ItemId,
    /// The item's version as it was shown.
    pub expected_version: i64,
    /// The answer.
    pub answer: Answer,
    /// Why, of a Revoke; needed there, ignored elsewhere.
    pub why: Option<RevokeWhy>,
    /// The reviewer's own words, at most [`LONGEST_NOTE`] characters.
    pub note: Option<String>,
    /// To whom, of an Escalate: an e-mail address, an identity's id or a person's id in the source.
    pub to: Option<String>,
    /// The digest of what was shown ([`shown::Shown::digest`]). An answer is taken where it is that of what is true now, and
    /// without one where nothing changed since the recommendation was made (rule 4).
    pub shown: Option<[u8; 32]>,
}

/// What came of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// The item.
    pub item: ItemId,
    /// Its version now.
    pub version: i64,
    /// Where it stands now. `NoLongerHeld` where the access was gone already, and nothing was decided.
    pub state: ReviewState,
    /// The decision; `None` where nothing was decided.
    pub decision: Option<DecisionId>,
    /// When it becomes final, unless it is undone before.
    pub final_at: Option<Timestamp>,
    /// The removal that follows; of another campaign where that one's is under way already.
    pub order: Option<OrderId>,
    /// Where that removal stands.
    pub order_state: Option<OrderState>,
    /// True where the source could not be read afresh (rule 4).
    pub on_old_data: bool,
    /// Whether it agrees with the recommendation; `None` where neither can be said (rule 32).
    pub agreed: Option<bool>,
    /// Until when the person named by an Escalate owes the answer.
    pub due_at: Option<Timestamp>,
    /// What was done, when it becomes final and when the access ends (rule 2), as sentences.
    pub sentence: String,
}

/// Answers an item.
///
/// The item's reviewer only, in an open campaign, never on access of their own or that they provisioned (rule 37).
/// Errors: `Stale` where the item moved on or a fact that weighed changed; `Invalid` with the fields; `Refused` with the
/// rule that forbids it.
pub async fn decide(ctx: &Context, actor: &Actor, form: &DecideForm) -> Result<Decided> {
    if form.answer == Answer::Escalate {
        let to = form.to.as_deref().unwrap_or_default();
        let wanted = native::hand_over::Wanted {
            item: form.item,
            attempt: form.attempt,
            expected_version: form.expected_version,
            to,
            escalates: true,
        };
        native::hand_over::on_platform_first(ctx, actor, &wanted).await?;
    }
    let look = fresh::look(ctx, actor, form).await?;
    crate::retry_busy(ctx, || once(ctx, actor, form, look.as_ref())).await
}

async fn once(ctx: &Context, actor: &Actor, form: &DecideForm, look: Option<&fresh::Look>) -> Result<Decided> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    let item = held_item(&mut tx, form.item).await?;
    if let Some(done) = attempt::earlier::<Decided>(&mut tx, actor, form.attempt, KIND, form.item.0).await? {
        return Ok(Decided { repeated: true, ..done });
    }
    actor.require(Action::Decide, Object::Item, is_reviewer(actor, &item))?;
    must_be_open(item.campaign_state)?;
    let case = Cases::default().of(&mut tx, item).await?;
    may_answer(&mut tx, actor, &case).await?;
    if case.item.version != form.expected_version {
        return Err(Error::Stale(say::moved_on(case.item.state)));
    }
    if let Some(why) = native::unchangeable(&mut tx, &case, ctx.env.now()).await? {
        return Err(Error::Refused(why));
    }
    let shown_gone = case.item.gone_at.map(GoneBy::Reading).or_else(|| match look {
        Some(fresh::Look::Gone(pages)) => Some(GoneBy::Look(pages)),
        Some(fresh::Look::Held) | None => None,
    });
    let done = if let Some(by) = shown_gone {
        gone(ctx, &mut tx, actor, &case, by).await?
    } else {
        check_fields(form, &case)?;
        let on_old_data = fresh_enough(ctx, &mut tx, &case, form, look.is_some()).await?;
        answer(ctx, &mut tx, actor, &case, form, on_old_data).await?
    };
    attempt::keep(ctx, &mut tx, actor, form.attempt, KIND, form.item.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}

async fn may_answer(tx: &mut Tx, actor: &Actor, case: &Case) -> Result<()> {
    let Some(identity) = actor.identity else {
        return Err(Error::NotFound);
    };
    let Some(barred) = case.barred(tx, identity).await? else {
        return Ok(());
    };
    let why = barred.yourself();
    Err(Error::Refused(format!("{why} Nothing was recorded. Hand the item over, or ask the campaign's owner to.")))
}

fn check_fields(form: &DecideForm, case: &Case) -> Result<()> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: String| {
        errors.push(FieldError { field: field.to_owned(), message });
    };
    if form.answer == Answer::Revoke && form.why.is_none() {
        wrong(
            "why",
            "Say why: it is no longer needed, or it should never have been granted. An auditor reads the two differently.".to_owned(),
        );
    }
    if form.answer == Answer::Escalate && form.to.as_deref().is_none_or(|to| to.trim().is_empty()) {
        wrong("to", "Name the person who is to answer: an e-mail address, or the person's id in the source.".to_owned());
    }
    if let Some(message) = form.note.as_deref().and_then(note_problem) {
        wrong("note", message);
    } else if let Some(followed) = case.native.as_deref()
        && form.answer != Answer::Escalate
        && followed.settings.justification.is_asked()
        && form.note.as_deref().is_none_or(|note| note.trim().is_empty())
    {
        wrong(
            "note",
            format!(
                "The campaign in {} asks for a reason. Give yours, for both answers alike; it stays here, and {} gets our reference.",
                followed.platform(),
                followed.platform()
            ),
        );
    }
    if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
}

/// What is wrong with a note.
pub(crate) fn note_problem(note: &str) -> Option<String> {
    let length = note.chars().count();
    if length > LONGEST_NOTE {
        return Some(format!("The note has {length} characters; {LONGEST_NOTE} fit. Shorten it."));
    }
    note.chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        .then(|| "The note has characters that cannot be shown. Enter it again without them.".to_owned())
}

/// Rule 4: whether the data is old, or an error where nothing may be decided on it, or where it changed since it was shown.
async fn fresh_enough(ctx: &Context, tx: &mut Tx, case: &Case, form: &DecideForm, looked: bool) -> Result<bool> {
    // Where the grant itself was looked at this moment, the age of the last whole reading does not matter.
    let old = !looked && case.stale_by(ctx.env.now()).is_some();
    if form.answer == Answer::Escalate {
        // Passing the question on judges nothing.
        return Ok(old);
    }
    if old && Policy::needs_fresh_reading(case.entitlement.sensitivity) {
        let (read, remedy) = case.last_read();
        return Err(Error::Refused(format!(
            "{read} Access of this sensitivity can be decided only on a fresh reading. Nothing was recorded, and the item stays with you. {remedy}"
        )));
    }
    let shown = shown::of_case(tx, case).await?;
    // What a page showed is what its digest says. Whoever names none was shown what the recommendation speaks of.
    if form.shown.map_or(!shown.changes.is_empty(), |digest| !shown.is_what(digest)) {
        let changes =
            if shown.changes.is_empty() { "It is again as it was when this was prepared.".to_owned() } else { shown.changes.join(" ") };
        return Err(Error::Stale(format!(
            "Something that weighed changed since this was shown. {changes} Nothing was recorded. Look again and answer."
        )));
    }
    Ok(old)
}

/// The access is gone already: the item closes as "no longer held" (rule 4).
async fn gone(ctx: &Context, tx: &mut Tx, actor: &Actor, case: &Case, by: GoneBy<'_>) -> Result<Decided> {
    if case.item.state.after(ReviewEvent::SeenGone).is_err() {
        return Err(Error::Refused(
            "The access is gone since this was decided, so there is nothing left to answer. Nothing was recorded.".to_owned(),
        ));
    }
    let version = orders::prove::no_longer_held(ctx, tx, Some(actor), &case.item, by).await?;
    Ok(Decided {
        repeated: false,
        item: case.item.id,
        version,
        state: ReviewState::NoLongerHeld,
        decision: None,
        final_at: None,
        order: None,
        order_state: None,
        on_old_data: false,
        agreed: None,
        due_at: None,
        sentence: match by {
            GoneBy::Reading(seq) => format!(
                "Reading {seq} of {} no longer shows this access. The item is closed as \u{201c}no longer held\u{201d}; no answer was recorded.",
                case.source.name
            ),
            GoneBy::Look(_) => format!(
                "{} was asked this moment and no longer shows this access. The item is closed as \u{201c}no longer held\u{201d}; no answer was recorded.",
                case.source.name
            ),
        },
    })
}

/// Whether an answer agrees with a recommendation (rule 32): abstentions and escalations are neither.
pub(crate) const fn agrees(answer: Answer, verdict: Option<Verdict>) -> Option<bool> {
    match (answer, verdict) {
        (Answer::Approve, Some(Verdict::Approve)) | (Answer::Revoke, Some(Verdict::Revoke)) => Some(true),
        (Answer::Approve, Some(Verdict::Revoke)) | (Answer::Revoke, Some(Verdict::Approve)) => Some(false),
        _ => None,
    }
}

async fn answer(ctx: &Context, tx: &mut Tx, actor: &Actor, case: &Case, form: &DecideForm, on_old_data: bool) -> Result<Decided> {
    let item = &case.item;
    let now = ctx.env.now();
    if form.answer == Answer::Revoke && case.is_emergency() {
        return Err(Error::Refused(emergency(case)));
    }
    // Rule 33: both sides of a conflict stay only under a control that its owner has accepted.
    let controls = if form.answer == Answer::Approve { sod::may_keep_both(tx, case, now).await? } else { Vec::new() };
    let event = match (form.answer, item.state) {
        (Answer::Escalate, _) => ReviewEvent::Escalate,
        (_, ReviewState::Decided) => ReviewEvent::Change,
        _ => ReviewEvent::Answer,
    };
    let final_before = tx.last_final_decision(item.id).await?;
    if form.answer == Answer::Escalate && final_before.is_some() {
        return Err(Error::Refused(
            "This item has a final answer. It can be changed to Approve or Revoke, and not be escalated any more. Nothing was recorded."
                .to_owned(),
        ));
    }
    let state = item.state.after(event).map_err(|_| {
        Error::Refused(format!("This item is {}, so this answer is not possible. Nothing was recorded.", say::stands(item.state)))
    })?;

    if item.state == ReviewState::Decided {
        // A worker may be sending a removal that this very answer allows: it was looked at before, or is from now on.
        tx.hold_orders().await?;
    }
    // What counted before gives way first, so that a removal which has left stops everything else.
    if let (ReviewState::Staged | ReviewState::Decided, Some(before)) = (item.state, item.decision) {
        if let Some(order) = tx.living_order_of_decision(before).await? {
            orders::withdraw(ctx, tx, Some(actor), &order, "replaced").await?;
        }
        if item.state == ReviewState::Staged {
            tx.set_decision_undone(before, now).await?;
            native::taken_back(ctx, tx, before).await?;
        }
    }

    let agreed = agrees(form.answer, item.verdict);
    // Who was told nothing can teach (rule 30).
    let blind = shadow::saw_nothing(tx, actor, item).await?;
    let origin = if blind { DecisionOrigin::PersonBlind } else { DecisionOrigin::Person };
    let shown = match form.shown {
        Some(digest) if tx.item_was_shown(item.id, actor.user, digest).await? => Some(digest),
        // A digest that is true now can only come from a page that showed it.
        Some(digest) if shown::of_case(tx, case).await?.digest == digest => {
            shown::record(ctx, tx, actor, item, digest).await?;
            Some(digest)
        }
        _ => None,
    };
    let decision = Decision {
        id: ctx.env.id(),
        campaign: item.campaign,
        item: item.id,
        stage: 1,
        reviewer: actor.identity,
        user: Some(actor.user),
        version: tx.last_decision_version(item.id, 1).await? + 1,
        answer: form.answer,
        why: form.why.filter(|_| form.answer == Answer::Revoke),
        origin,
        recommendation: item.recommendation,
        agreed,
        shown,
        on_old_data,
        decided_at: now,
        final_at: native::final_by(case.native.as_deref(), now, case.policy.undo_window),
        finalised_at: None,
        undone_at: None,
        attempt: form.attempt,
        sign_in: serde_json::to_string(&actor.sign_in).map_err(|e| Error::Inconsistent(format!("sign-in: {e}")))?,
    };
    tx.insert_decision(&decision).await?;
    native::begin(ctx, tx, case, &decision).await?;

    let named = match form.answer {
        Answer::Escalate => Some(escalate::name(ctx, tx, actor, case, form.to.as_deref().unwrap_or_default()).await?),
        _ => None,
    };
    let moved = tx
        .step_item(&ItemStep {
            reviewer: named.as_ref().map_or(item.reviewer, |n| n.to),
            reviewer_by: named.as_ref().map_or(&item.reviewer_by, |n| n.reviewer_by),
            decision: Some(decision.id),
            due_at: named.as_ref().map_or(item.due_at, |n| Some(n.due_at)),
            ..item.step(state, now)
        })
        .await?;
    if !moved {
        return Err(Error::Stale(say::moved_on(item.state)));
    }
    record(ctx, tx, actor, case, &decision, event, state, form, named.as_ref(), &controls).await?;

    let ordered = match form.answer {
        Answer::Revoke => Some(orders::create(ctx, tx, Some(actor), case, &decision).await?),
        Answer::Approve | Answer::Escalate => {
            orders::stand_in(ctx, tx, item.grant).await?;
            None
        }
    };
    let final_at = say::moment(decision.final_at, &item.time_zone);
    let sentence = match (form.answer, &ordered, &named) {
        (Answer::Approve | Answer::Revoke, _, _) if case.native.is_some() => native::way_on(case, form.answer, &final_at),
        (Answer::Revoke, Some(orders::Ordered::New(order)), _) => orders::way_on(order, &case.source, &final_at),
        (Answer::Revoke, Some(orders::Ordered::UnderWay(_)), _) => format!(
            "This becomes final on {final_at}. A removal of this access is under way already, ordered in another campaign; should that one be withdrawn, this answer orders its own."
        ),
        (Answer::Escalate, _, Some(named)) => format!(
            "{} is asked now and has until {}. If nobody answers by closing, the item counts as unanswered. You can take this back until {final_at}.",
            named.name,
            say::moment(named.due_at, &item.time_zone)
        ),
        _ => format!("The access stays. This becomes final on {final_at}; until the campaign closes you can still change it."),
    };
    Ok(Decided {
        repeated: false,
        item: item.id,
        version: item.version + 1,
        state,
        decision: Some(decision.id),
        final_at: Some(decision.final_at),
        order: ordered.as_ref().map(|o| o.order().id),
        order_state: ordered.as_ref().map(|o| o.order().state),
        on_old_data,
        agreed,
        due_at: named.as_ref().map(|n| n.due_at),
        sentence: if on_old_data {
            format!("{sentence} It is marked as decided on old data: {} could not be read afresh.", case.source.name)
        } else {
            sentence
        },
    })
}

#[expect(clippy::too_many_arguments, reason = "an entry draws on everything that was decided")]
async fn record(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    decision: &Decision,
    event: ReviewEvent,
    state: ReviewState,
    form: &DecideForm,
    named: Option<&escalate::Named>,
    controls: &[MitigationId],
) -> Result<()> {
    let mut entry = ctx
        .event(EventKind::DecisionMade, Some(actor))
        .campaign(decision.campaign)
        .item_at(decision.item, case.item.version + 1)
        .subject("decision", decision.id)
        .code("answer", decision.answer)
        .code("step", event)
        .code("state", state)
        .code("origin", decision.origin)
        .int("stage", decision.stage)
        .int("version", decision.version)
        .int("on_old_data", i64::from(decision.on_old_data))
        .int("final_at", decision.final_at.micros());
    if let Some(why) = decision.why {
        entry = entry.code("why", why);
    }
    if let Some(agreed) = decision.agreed {
        entry = entry.int("agreed", i64::from(agreed));
    }
    if let Some(recommendation) = decision.recommendation {
        entry = entry.subject("recommendation", recommendation);
    }
    for (number, control) in (1..).zip(controls) {
        // One conflict is the rule; of several each names its own control.
        let role = if number == 1 { "control".to_owned() } else { format!("control_{number}") };
        entry = entry.subject(&role, control);
    }
    if let Some(digest) = decision.shown {
        entry = entry.code("shown", hex::encode(digest));
    }
    if let Some(named) = named {
        entry = entry.subject("to", ctx.keys.pseudonyms.pseudonym("identity", &named.to.to_string())).int("due_at", named.due_at.micros());
    }
    if let Some(note) = form.note.as_deref().map(str::trim).filter(|note| !note.is_empty()) {
        // What is written in a review of somebody's access is about that person.
        entry = entry.text("note", note, case.item.holder.0);
    }
    ctx.record(tx, entry).await?;
    Ok(())
}

/// What to do about emergency access that a reviewer wants gone (rule 27).
fn emergency(case: &Case) -> String {
    format!(
        "This is emergency access, and no order of Countersign may disable or empty it. If it should not exist, escalate the item to the person who answers for it: they end it in {} and have it taken off the list of emergency access. Nothing was recorded.",
        case.source.name
    )
}
