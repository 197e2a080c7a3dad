//! Handing an item over to another reviewer.

use crate::{
    Actor, Context, Error, Result, attempt,
    case::{Barred, Cases, at_one_moment, held_item, is_reviewer, must_be_open},
    decide::note_problem,
    escalate::next_moment,
    named, native,
    privacy::Veil,
    say,
};
use domain::{Action, AttemptId, IdentityId, ItemId, Object, ReviewEvent, ReviewState, Role, rights};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use store::decisions::{Handover, HandoverKind, ItemStep, ReviewItem};

const KIND: &str = "hand_over";

/// A request to give an item to another reviewer.
#[derive(Debug, Clone)]
pub struct HandOverForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The item.
    pub item: ItemId,
    /// The item's version as it was shown.
    pub expected_version: i64,
    /// To whom: an e-mail address, an identity's id or a person's id in the source.
    pub to: String,
    /// A note for the ledger and the next reviewer.
    pub note: Option<String>,
}

/// What came of handing over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOver {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// The item.
    pub item: ItemId,
    /// Its version now.
    pub version: i64,
    /// Where it stands now.
    pub state: ReviewState,
    /// Who must answer now.
    pub to: IdentityId,
    /// What was done, as a sentence.
    pub sentence: String,
}

/// Gives an open item to another reviewer. The reviewer of record stays (rule 38).
///
/// The item's reviewer, or the campaign's owner; an owner may not take it themselves. Never to the holder or to who
/// provisioned the access (rule 37), nor, of emergency access, to the other of its two reviewers (rule 27).
pub async fn hand_over(ctx: &Context, actor: &Actor, form: &HandOverForm) -> Result<HandedOver> {
    let wanted = native::hand_over::Wanted {
        item: form.item,
        attempt: form.attempt,
        expected_version: form.expected_version,
        to: &form.to,
        escalates: false,
    };
    native::hand_over::on_platform_first(ctx, actor, &wanted).await?;
    crate::retry_busy(ctx, || once(ctx, actor, form)).await
}

/// As what this person may hand the item over; `None` where they may not.
fn acts_as(actor: &Actor, item: &ReviewItem) -> Option<Role> {
    let may = |role: Role, own: bool| actor.roles.contains(&role) && rights::allows(&[role].into(), Action::HandOver, Object::Item, own);
    if may(Role::Reviewer, is_reviewer(actor, item)) {
        return Some(Role::Reviewer);
    }
    may(Role::Owner, item.campaign_owner == actor.user).then_some(Role::Owner)
}

async fn once(ctx: &Context, actor: &Actor, form: &HandOverForm) -> Result<HandedOver> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    let item = held_item(&mut tx, form.item).await?;
    if let Some(done) = attempt::earlier::<HandedOver>(&mut tx, actor, form.attempt, KIND, form.item.0).await? {
        return Ok(HandedOver { repeated: true, ..done });
    }
    let role = acts_as(actor, &item).ok_or(Error::NotFound)?;
    must_be_open(item.campaign_state)?;
    if item.version != form.expected_version {
        return Err(Error::Stale(say::moved_on(item.state)));
    }
    let state = item.state.after(ReviewEvent::HandOver).map_err(|_| {
        Error::Refused(format!("This item is {}, and only an open one can be handed over. Nothing was changed.", say::stands(item.state)))
    })?;
    if let Some(message) = form.note.as_deref().and_then(note_problem) {
        return Err(Error::field("note", message));
    }
    let found = named::person(&mut tx, actor, item.source, &form.to).await?;
    let case = Cases::default().of(&mut tx, item).await?;
    let item = &case.item;
    let who = &found.name;
    let wrong = |message: String| Err(Error::field("to", message));
    if found.identity == item.reviewer {
        return wrong(format!("{who} must answer this item already. Name somebody else."));
    }
    if role == Role::Owner && actor.identity == Some(found.identity) {
        return wrong("An owner does not assign items to themselves. Name somebody else.".to_owned());
    }
    if let Some(barred) = case.barred(&mut tx, found.identity).await? {
        // Whoever is not shown whose access it is is not told either that it is this person's (rule 44).
        let hidden = !is_reviewer(actor, item) && Veil::before(&mut tx, actor).await?.hides_name(item.holder);
        return wrong(if hidden { Barred::unsaid(who) } else { barred.named(who) });
    }
    let now = ctx.env.now();
    let handovers = tx.handovers_of(item.id).await?;
    tx.insert_handover(&Handover {
        id: ctx.env.id(),
        item: item.id,
        kind: HandoverKind::HandOver,
        from: item.reviewer,
        to: found.identity,
        from_by: item.reviewer_by.clone(),
        by: Some(actor.user),
        at: next_moment(now, &handovers),
        due_at: None,
        undone_at: None,
    })
    .await?;
    let step =
        ItemStep { reviewer: found.identity, reviewer_by: HandoverKind::HandOver.reviewer_by(), due_at: None, ..item.step(state, now) };
    if !tx.step_item(&step).await? {
        return Err(Error::Stale(say::moved_on(item.state)));
    }
    let version = item.version + 1;
    let pseudonym = |id: IdentityId| ctx.keys.pseudonyms.pseudonym("identity", &id.to_string());
    let mut entry = ctx
        .event(EventKind::ItemHandedOver, Some(actor))
        .campaign(item.campaign)
        .item_at(item.id, version)
        .subject("from", pseudonym(item.reviewer))
        .subject("to", pseudonym(found.identity))
        .code("step", ReviewEvent::HandOver)
        .code("state", state)
        .code("as", role);
    if let Some(note) = form.note.as_deref().map(str::trim).filter(|note| !note.is_empty()) {
        entry = entry.text("note", note, item.holder.0);
    }
    ctx.record(&mut tx, entry).await?;
    let done = HandedOver {
        repeated: false,
        item: item.id,
        version,
        state,
        to: found.identity,
        sentence: format!("{who} is asked now. The reviewer named at the opening stays on record."),
    };
    attempt::keep(ctx, &mut tx, actor, form.attempt, KIND, form.item.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}
