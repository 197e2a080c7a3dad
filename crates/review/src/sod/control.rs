//! Mitigating controls: proposed by the reviewer, accepted by the control's owner.

use super::both::{rule_of, standing_of};
use crate::{
    Actor, Context, Error, Result, attempt,
    case::{at_one_moment, held_item, is_reviewer, must_be_open},
    named, say,
};
use domain::{Action, AttemptId, ConflictId, ItemId, MitigationId, Object, Timestamp};
use ledger::EventKind;
use recommend::sod::{Blocked, BothSides};
use serde::{Deserialize, Serialize};
use store::duties::Mitigation;

const PROPOSE: &str = "propose_control";
const SETTLE: &str = "settle_control";

/// A control, proposed at an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposeForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The item.
    pub item: ItemId,
    /// The conflict that the item shows.
    pub conflict: ConflictId,
    /// The control's id among those of the rule.
    pub control: String,
    /// Who does it: an e-mail address, an identity's id or a person's id in the source.
    pub owner: String,
    /// Until when, as a day: 2027-06-30. It is agreed until the end of that day.
    pub until: String,
}

/// What came of proposing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// The control.
    pub control: MitigationId,
    /// What was done and what happens next, in a sentence.
    pub sentence: String,
}

/// Proposes a control for keeping both sides. The item's reviewer may, while the campaign is open.
///
/// # Errors
/// `Invalid` beside `control`, `owner` or `until`; `Refused` where one waits or is agreed already.
pub async fn propose(ctx: &Context, actor: &Actor, form: &ProposeForm) -> Result<Proposed> {
    crate::retry_busy(ctx, || propose_once(ctx, actor, form)).await
}

async fn propose_once(ctx: &Context, actor: &Actor, form: &ProposeForm) -> Result<Proposed> {
    let ctx = &at_one_moment(ctx);
    let now = ctx.env.now();
    let mut tx = ctx.store.begin().await?;
    let item = held_item(&mut tx, form.item).await?;
    if let Some(before) = attempt::earlier::<Proposed>(&mut tx, actor, form.attempt, PROPOSE, form.item.0).await? {
        return Ok(before);
    }
    actor.require(Action::Make, Object::Control, is_reviewer(actor, &item))?;
    must_be_open(item.campaign_state)?;
    tx.hold_conflicts(item.campaign, item.grant).await?;
    let conflicts = tx.conflicts_of_grant(item.campaign, item.grant).await?;
    let conflict = conflicts.into_iter().find(|conflict| conflict.id == form.conflict).ok_or(Error::NotFound)?;
    let (alone, rule) = rule_of(&conflict)?;
    for earlier in tx.mitigations_of(conflict.identity, &conflict.rule).await?.iter().filter(|one| one.state != "refused") {
        match standing_of(&rule, earlier, now) {
            BothSides::Allowed { until } => {
                let until = say::day(until.plus(-1), &item.time_zone);
                return Err(Error::Refused(format!("A control is agreed for this until {until}. Nothing was recorded.")));
            }
            BothSides::WaitsFor { .. } => {
                return Err(Error::Refused("A control for this waits for its owner already. Nothing was recorded.".to_owned()));
            }
            BothSides::Blocked(_) => {}
        }
    }
    let owner = named::anybody(&mut tx, actor, item.source, &form.owner, "owner").await?;
    if Some(owner.identity) == actor.identity {
        return Err(Error::field("owner", "Whoever proposes a control does not accept it. Name somebody else who does it."));
    }
    let until = end_of(&form.until, &item.time_zone)?;
    let new = Mitigation {
        id: ctx.env.id(),
        identity: conflict.identity,
        rule: conflict.rule.clone(),
        control: form.control.clone(),
        conflict: conflict.id,
        item: item.id,
        owner: owner.identity,
        until,
        proposed_by: actor.user,
        proposed_at: now,
        state: "proposed".to_owned(),
        settled_by: None,
        settled_at: None,
    };
    if let BothSides::Blocked(why) = standing_of(&rule, &new, now) {
        return Err(Error::field(field_of(&why), said(&why)));
    }
    tx.insert_mitigation(&new).await?;
    let event = ctx
        .event(EventKind::ControlProposed, Some(actor))
        .campaign(item.campaign)
        .item(item.id)
        .subject("control", new.id)
        .subject("conflict", conflict.id)
        .subject("holder", ctx.keys.pseudonyms.pseudonym("identity", &conflict.identity.to_string()))
        .subject("owner", ctx.keys.pseudonyms.pseudonym("identity", &owner.identity.to_string()))
        .code("rule", &conflict.rule)
        .code("control", &new.control)
        .int("until", until.micros());
    ctx.record(&mut tx, event).await?;
    let done = Proposed {
        control: new.id,
        sentence: format!(
            "{} is asked to accept the control for \u{201c}{}\u{201d} until {}. Until then not both sides can be approved.",
            owner.name,
            alone.title(&rule),
            say::day(until.plus(-1), &item.time_zone)
        ),
    };
    attempt::keep(ctx, &mut tx, actor, form.attempt, PROPOSE, form.item.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}

/// Beside which field a reason belongs.
const fn field_of(why: &Blocked) -> &'static str {
    match why {
        Blocked::NoControl | Blocked::UnknownControl(_) => "control",
        Blocked::NoOwner(_) | Blocked::OwnerIsHolder(_) => "owner",
        Blocked::NoEnd(_) | Blocked::Ended(_) | Blocked::TooLong(_) => "until",
    }
}

/// The reason as a sentence of its own.
fn said(why: &Blocked) -> String {
    let text = why.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    format!("{}{}. Nothing was recorded.", first.map(String::from_iter).unwrap_or_default(), letters.as_str())
}

/// The end of a day, as it was typed.
fn end_of(day: &str, zone: &str) -> Result<Timestamp> {
    let wrong = || Error::field("until", "The last day is written year, month, day: for example 2027-06-30. Nothing was recorded.");
    let date: jiff::civil::Date = day.trim().parse().map_err(|_| wrong())?;
    let next = date.tomorrow().map_err(|_| wrong())?.in_tz(zone).map_err(|_| wrong())?;
    Ok(Timestamp(next.timestamp().as_microsecond()))
}

/// An answer to a proposed control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettleForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The control.
    pub control: MitigationId,
    /// True to accept it, false to refuse.
    pub accept: bool,
}

/// What came of answering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// What was done, in a sentence.
    pub sentence: String,
}

/// Accepts or refuses a control. Only the person who was named as its owner may.
///
/// # Errors
/// `Refused` where it was answered before, or where its end has passed meanwhile.
pub async fn settle(ctx: &Context, actor: &Actor, form: &SettleForm) -> Result<Settled> {
    crate::retry_busy(ctx, || settle_once(ctx, actor, form)).await
}

async fn settle_once(ctx: &Context, actor: &Actor, form: &SettleForm) -> Result<Settled> {
    let ctx = &at_one_moment(ctx);
    let now = ctx.env.now();
    let mut tx = ctx.store.begin().await?;
    let control = tx.mitigation(form.control).await?.ok_or(Error::NotFound)?;
    actor.require(Action::Settle, Object::Control, actor.identity == Some(control.owner))?;
    if let Some(before) = attempt::earlier::<Settled>(&mut tx, actor, form.attempt, SETTLE, form.control.0).await? {
        return Ok(before);
    }
    if form.accept && control.until <= now {
        return Err(Error::Refused("The last day of this control has passed. Nothing was recorded; it can be proposed anew.".to_owned()));
    }
    let state = if form.accept { "accepted" } else { "refused" };
    if !tx.settle_mitigation(control.id, state, actor.user, now).await? {
        return Err(Error::Refused("This control was answered before. Nothing was recorded.".to_owned()));
    }
    let kind = if form.accept { EventKind::ControlAccepted } else { EventKind::ControlRefused };
    let item = tx.review_item(control.item).await?.ok_or_else(|| Error::Inconsistent(format!("control {} names no item", control.id)))?;
    let event = ctx
        .event(kind, Some(actor))
        .campaign(item.campaign)
        .item(item.id)
        .subject("control", control.id)
        .subject("conflict", control.conflict)
        .code("rule", &control.rule)
        .code("control", &control.control)
        .int("until", control.until.micros());
    ctx.record(&mut tx, event).await?;
    let sentence = if form.accept {
        let until = say::day(control.until.plus(-1), &item.time_zone);
        format!("You accepted the control. Both sides can be approved until {until}; after that the conflict is open again.")
    } else {
        "You refused the control. One of the two sides has to go, or another control is proposed.".to_owned()
    };
    let done = Settled { sentence };
    attempt::keep(ctx, &mut tx, actor, form.attempt, SETTLE, form.control.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}
