//! Findings: raising them, and saying what came of them.

use crate::{Actor, Context, Error, Result, attempt, case::at_one_moment, decide::note_problem};
use domain::{AccountId, Action, AttemptId, EntitlementId, FindingId, GrantId, ItemId, Object, OrderId, SourceId};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use store::{
    Tx,
    findings::{Explanation, Finding, FindingKind, Outcome},
};

const KIND: &str = "settle_finding";

/// A finding on its way to being raised.
#[derive(Debug, Clone)]
pub(crate) struct New {
    pub kind: FindingKind,
    pub source: SourceId,
    pub seq: i64,
    pub account: AccountId,
    pub entitlement: Option<EntitlementId>,
    pub grant: Option<GrantId>,
    pub item: Option<ItemId>,
    pub order: Option<OrderId>,
    pub explanation: Option<Explanation>,
}

impl New {
    /// A finding about an account.
    pub const fn of_account(kind: FindingKind, source: SourceId, seq: i64, account: AccountId) -> Self {
        Self { kind, source, seq, account, entitlement: None, grant: None, item: None, order: None, explanation: None }
    }
}

/// Raises a finding with its ledger entry; somebody who left and still has access also raises the alarm (rule 28).
///
/// `None` where the same stands there already.
pub(crate) async fn raise(ctx: &Context, tx: &mut Tx, new: New) -> Result<Option<FindingId>> {
    let finding = Finding {
        id: ctx.env.id(),
        kind: new.kind,
        source: new.source,
        seq: new.seq,
        account: new.account,
        entitlement: new.entitlement,
        grant: new.grant,
        item: new.item,
        order: new.order,
        asked_item: None,
        explanation: new.explanation,
        raised_at: ctx.env.now(),
        settled_at: None,
        settled_by: None,
        outcome: None,
    };
    if !tx.insert_finding(&finding).await? {
        return Ok(None);
    }
    let account = ctx.keys.pseudonyms.pseudonym("account", &finding.account.to_string());
    let mut entry = ctx
        .event(EventKind::FindingRaised, None)
        .subject("finding", finding.id)
        .subject("source", finding.source)
        .subject("account", &account)
        .code("finding", finding.kind)
        .int("seq", finding.seq);
    if let Some(order) = finding.order {
        entry = entry.subject("earlier_order", order);
    }
    if let Some(explanation) = finding.explanation {
        entry = entry.code("explanation", explanation);
    }
    ctx.record(tx, entry).await?;
    if finding.kind == FindingKind::LeaverActive {
        let alarm = ctx
            .event(EventKind::AlarmLeaver, None)
            .subject("finding", finding.id)
            .subject("source", finding.source)
            .subject("account", &account)
            .int("seq", finding.seq);
        ctx.record(tx, alarm).await?;
    }
    Ok(Some(finding.id))
}

/// What came of a finding, as it is submitted.
#[derive(Debug, Clone)]
pub struct SettleForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The finding.
    pub finding: FindingId,
    /// What came of it.
    pub outcome: Outcome,
    /// A note for the ledger.
    pub note: Option<String>,
}

/// What came of settling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// The finding.
    pub finding: FindingId,
    /// What was done, as a sentence.
    pub sentence: String,
}

/// Says what came of a finding. Once; what was said stays.
pub async fn settle(ctx: &Context, actor: &Actor, form: &SettleForm) -> Result<Settled> {
    crate::retry_busy(ctx, || once(ctx, actor, form)).await
}

async fn once(ctx: &Context, actor: &Actor, form: &SettleForm) -> Result<Settled> {
    let ctx = &at_one_moment(ctx);
    actor.require(Action::Settle, Object::Finding, false)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(done) = attempt::earlier::<Settled>(&mut tx, actor, form.attempt, KIND, form.finding.0).await? {
        return Ok(Settled { repeated: true, ..done });
    }
    let finding = tx.finding(form.finding).await?.ok_or(Error::NotFound)?;
    if let Some(message) = form.note.as_deref().and_then(note_problem) {
        return Err(Error::field("note", message));
    }
    if !tx.settle_finding(finding.id, form.outcome, ctx.env.now(), actor.user).await? {
        // This very form may have been sent twice at once.
        let twin = attempt::earlier::<Settled>(&mut tx, actor, form.attempt, KIND, form.finding.0);
        if let Some(done) = twin.await? {
            return Ok(Settled { repeated: true, ..done });
        }
        return Err(Error::Stale("Somebody settled this finding before. Nothing was changed.".to_owned()));
    }
    let mut entry = ctx
        .event(EventKind::FindingClosed, Some(actor))
        .subject("finding", finding.id)
        .subject("source", finding.source)
        .code("finding", finding.kind)
        .code("outcome", form.outcome);
    if let Some(note) = form.note.as_deref().map(str::trim).filter(|note| !note.is_empty()) {
        entry = entry.text("note", note, finding.account.0);
    }
    ctx.record(&mut tx, entry).await?;
    let sentence = match form.outcome {
        Outcome::Accepted => "Recorded: this is as it should be, and you answer for that.",
        Outcome::Corrected => "Recorded: this was put right at the source. The next reading shows whether it was.",
        Outcome::DataMistake => "Recorded: the data was wrong, not the access.",
    };
    let done = Settled { repeated: false, finding: finding.id, sentence: sentence.to_owned() };
    attempt::keep(ctx, &mut tx, actor, form.attempt, KIND, form.finding.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}
