//! Answers on their way to the platform: one step at a time, each with its ledger entry.

use super::{
    Followed,
    note::{self, Seen},
    open::BEFORE_END,
};
use crate::{Context, Error, Result, case::Case, say};
use connect::native::TakesEffect;
use domain::{Answer, DecisionId, DecisionOrigin, ItemId, SendingEvent, SendingState, Timestamp};
use ledger::EventKind;
use store::{Tx, decisions::Decision, native::Sending, orders::Order};

/// Takes one step: state machine, row and ledger entry. `None` where it has moved on since it was read.
pub(super) async fn step(
    ctx: &Context,
    tx: &mut Tx,
    sending: &Sending,
    event: SendingEvent,
    remark: Option<String>,
) -> Result<Option<Sending>> {
    let state =
        sending.state.after(event).map_err(|why| Error::Inconsistent(format!("sending of decision {}: {why}", sending.decision)))?;
    let now = ctx.env.now();
    let after = Sending {
        state,
        remark,
        sent_at: if event == SendingEvent::Accept { Some(now) } else { sending.sent_at },
        changed_at: now,
        version: sending.version + 1,
        ..sending.clone()
    };
    if !tx.step_sending(sending, &after).await? {
        return Ok(None);
    }
    let entry = ctx
        .event(EventKind::DecisionSent, None)
        .campaign(sending.campaign)
        .item(sending.item)
        .subject("decision", sending.decision)
        .code("sending", state)
        .code("because", event)
        .code("sent_by", if sending.user.is_some() { "reviewer" } else { "service" });
    ctx.record(tx, entry).await?;
    Ok(Some(after))
}

/// Puts an answer on its way, to be sent once it is final. Does nothing for campaigns of our own, and for Escalate.
pub(crate) async fn begin(ctx: &Context, tx: &mut Tx, case: &Case, decision: &Decision) -> Result<()> {
    let Some(followed) = case.native.as_deref().filter(|_| decision.answer != Answer::Escalate) else { return Ok(()) };
    let earlier = tx.sendings_of_item(case.item.id).await?;
    let replaces = earlier.into_iter().rfind(|one| matches!(one.state, SendingState::Sent | SendingState::Stands)).map(|one| one.note);
    let seen = if case.item.showing.is_hidden() { Seen::Hidden } else { Seen::Shown(case.item.verdict, decision.agreed) };
    let note = note::of(&followed.settings, decision.id, decision.answer, decision.why, seen);
    let sending = Sending {
        decision: decision.id,
        campaign: decision.campaign,
        item: decision.item,
        user: decision.user.filter(|_| !followed.row.by_service),
        state: SendingState::Staged,
        note,
        replaces,
        remark: None,
        sent_at: None,
        changed_at: ctx.env.now(),
        version: 1,
    };
    tx.insert_sending(&sending).await?;
    Ok(())
}

/// A decision was taken back or replaced before it was final: nothing of it is sent.
pub(crate) async fn taken_back(ctx: &Context, tx: &mut Tx, decision: DecisionId) -> Result<()> {
    if let Some(sending) = tx.sending(decision).await?
        && sending.state.after(SendingEvent::Withdraw).is_ok()
    {
        step(ctx, tx, &sending, SendingEvent::Withdraw, None).await?;
    }
    Ok(())
}

/// A decision became final: what an earlier final answer of the same item has not sent yet is never sent.
pub(crate) async fn replaced_before_sending(ctx: &Context, tx: &mut Tx, item: ItemId, decision: DecisionId) -> Result<()> {
    for older in tx.sendings_of_item(item).await?.into_iter().filter(|one| one.decision != decision) {
        if older.state.after(SendingEvent::Withdraw).is_ok() {
            step(ctx, tx, &older, SendingEvent::Withdraw, None).await?;
        }
    }
    Ok(())
}

/// Why an item of a platform's campaign takes no other answer from here; `None` where it does.
pub(crate) async fn unchangeable(tx: &mut Tx, case: &Case, now: Timestamp) -> Result<Option<String>> {
    let Some(followed) = case.native.as_deref() else { return Ok(None) };
    let platform = followed.platform();
    if !followed.takes_answers(now) {
        let ended =
            followed.row.ends_at.map_or_else(String::new, |ends| format!(" It ended on {}.", say::moment(ends, &case.item.time_zone)));
        return Ok(Some(format!("{platform} takes no answers to this campaign any more.{ended} Nothing was recorded.")));
    }
    if let Some(id) = case.item.decision
        && !case.item.state.is_open()
        && tx.decision(id).await?.is_some_and(|decision| decision.origin == DecisionOrigin::Platform)
    {
        return Ok(Some(format!(
            "This was answered in {platform} itself, and that answer stands. Change it there; it is read back here. Nothing was recorded."
        )));
    }
    let Some(there) = tx.sendings_of_item(case.item.id).await?.into_iter().rfind(|one| one.state.may_have_arrived()) else {
        return Ok(None);
    };
    Ok(match (there.state, followed.settings.takes_effect) {
        (SendingState::Unknown, _) => Some(format!(
            "Whether {platform} has the earlier answer is not known: its reply was lost. It is read back soon; until then no other answer can be given. Nothing was recorded."
        )),
        (_, TakesEffect::WhenSent) => {
            Some(format!("{platform} has this answer, and an answer is final there. It can no longer be changed. Nothing was recorded."))
        }
        (_, TakesEffect::AtEnd | TakesEffect::WhenApplied) => tx
            .decision(there.decision)
            .await?
            .filter(|decision| decision.answer == Answer::Revoke)
            .map(|_| format!("{platform} has recorded this Revoke. Until the review ends you can change it in {platform}; it is read back here. Nothing was recorded.")),
    })
}

/// When an answer given now becomes final here: after its window, and in time before the platform's end (rule 2).
pub(crate) fn final_by(followed: Option<&Followed>, now: Timestamp, window: i64) -> Timestamp {
    let usual = now.plus(window);
    match followed.and_then(|followed| followed.row.ends_at) {
        Some(ends) => usual.min(ends.plus(-BEFORE_END)).max(now),
        None => usual,
    }
}

/// Whether an order of a platform's campaign takes a reviewer's sign-in that is not there (rule 11).
pub(crate) async fn sign_in_missing(tx: &mut Tx, order: &Order, now: Timestamp) -> Result<bool> {
    let Some(sending) = tx.sending(order.decision).await? else { return Ok(false) };
    let Some(user) = sending.user else { return Ok(false) };
    let link = tx.reviewer_link(user, order.source).await?;
    Ok(!link.is_some_and(|link| super::link::is_usable(&link, now)))
}

/// What follows once an answer can no longer be undone, for who is about to give one: in full, and in few words (rule 2).
pub(crate) fn before_answer(followed: &Followed, zone: &str) -> (String, String) {
    let platform = followed.platform();
    let ends = followed.row.ends_at.map_or_else(String::new, |ends| format!(" ({})", say::moment(ends, zone)));
    let who = if followed.row.by_service { "by the service app, as the campaign's owner chose" } else { "with your own sign-in there" };
    match followed.settings.takes_effect {
        TakesEffect::WhenSent => (
            format!("Then it is sent to {platform} {who}, and is final there at once."),
            format!("Then it goes to {platform}, and is final there."),
        ),
        TakesEffect::AtEnd => (
            format!("Then it is sent to {platform} {who}, which records it and carries it out at the end of the review{ends}."),
            format!("Then {platform} records it, and carries it out at the end of the review."),
        ),
        TakesEffect::WhenApplied => (
            format!(
                "Then it is sent to {platform} {who}, which records it. It is carried out once an administrator applies the results there after the end{ends}."
            ),
            format!("Then {platform} records it; an administrator applies it after the end."),
        ),
    }
}

/// When an answer becomes final on the platform and when the access ends there, as a sentence for who gave it (rule 2).
pub(crate) fn way_on(case: &Case, answer: Answer, final_at: &str) -> String {
    let Some(followed) = case.native.as_deref() else { return String::new() };
    let (platform, zone) = (followed.platform(), &case.item.time_zone);
    let ends = followed.row.ends_at.map_or_else(|| "its end".to_owned(), |ends| say::moment(ends, zone));
    let who = if followed.row.by_service { "by the service app, as the campaign's owner chose" } else { "with your own sign-in there" };
    let sent = format!("You can take this back until {final_at}. Then it is sent to {platform} {who}");
    let then = match (followed.settings.takes_effect, answer) {
        (TakesEffect::WhenSent, Answer::Revoke) if case.right_way().is_none() => {
            format!(", where it is final at once and {platform} takes the access away; the next reading shows whether it is gone.")
        }
        (TakesEffect::WhenSent, _) => ", where it is final at once.".to_owned(),
        (TakesEffect::AtEnd, Answer::Revoke) => format!(", which records it and takes the access away at the end of the review ({ends})."),
        (TakesEffect::WhenApplied, Answer::Revoke) => {
            format!(", which records it. The access goes when an administrator applies the results there after the end ({ends}).")
        }
        (_, _) => format!(", which records it; it is final at the end of the review ({ends})."),
    };
    let way = match (answer, case.right_way()) {
        (Answer::Revoke, Some(way)) => format!(" {way}"),
        _ => String::new(),
    };
    format!("{sent}{then}{way}")
}
