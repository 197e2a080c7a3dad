//! The weekly reconciliation: what was recommended, what was finally decided, and what the sources then show.
//!
//! When a week has ended a job holds every recommendation against the decision on its item and against the newest readings, and
//! keeps a report: counts of all, and a line for each that somebody should look at, with access that nothing explains. The report
//! is never changed; its SHA-256 stands in the ledger. Compliance officers and auditors read the whole, a campaign's owner the
//! part about their campaigns. What is recommended in a campaign that hides it (shadow mode) is left out of its rows.
//!
//! What it costs: the database goes once over the items of campaigns that are open or were closed within a year; lines are read
//! for what was revoked, and for grants that began or ended within the week.

mod document;
mod outcome;

pub use document::{CampaignRows, Document, ReadingOf, Row, SCHEMA};
pub use outcome::{Decided, Kind, Source};

use crate::{
    Actor, Context, Error, Result, attempt,
    jobs::{self, JobKind},
    quality::{week_of, week_start},
};
use domain::{Action, AttemptId, CampaignId, Object, Timestamp, UserId, Verdict, time::DAY};
use ledger::EventKind;
use std::collections::BTreeMap;
use store::{
    Tx,
    reconciliation::{Line, ReconciledItem, Reconciliation},
};
use uuid::Uuid;

/// The kind under which the attempt is kept.
const ATTEMPT: &str = "reconcile";
/// How long after its closing a campaign is still reconciled, in microseconds.
const CLOSED_FOR: i64 = 52 * 7 * DAY;
/// Lines read at once.
const AT_ONCE: i64 = 500;
/// What one reading may bring of access that was kept and is gone, at most: more is a change of the source, not of people.
const MOST_GONE: i64 = 10_000;

/// What came of making a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The report.
    pub id: Uuid,
    /// What it says.
    pub document: Document,
}

/// Asks for a report of the days since the last one. A job takes it up.
pub async fn ask(ctx: &Context, actor: &Actor, attempt: AttemptId) -> Result<()> {
    crate::retry_busy(ctx, || ask_once(ctx, actor, attempt)).await
}

async fn ask_once(ctx: &Context, actor: &Actor, attempt: AttemptId) -> Result<()> {
    actor.require(Action::Make, Object::Reconciliation, false)?;
    let mut tx = ctx.store.begin().await?;
    if attempt::earlier::<()>(&mut tx, actor, attempt, ATTEMPT, actor.user.0).await?.is_some() {
        return Ok(());
    }
    jobs::enqueue(ctx, &mut tx, JobKind::Reconcile { by: Some(actor.user) }, ctx.env.now()).await?;
    attempt::keep(ctx, &mut tx, actor, attempt, ATTEMPT, actor.user.0, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether the report of the week that ended last is still to be made. Weeks before the first campaign have none.
pub(crate) async fn is_due(ctx: &Context) -> Result<bool> {
    let until = week_start(week_of(ctx.env.now()));
    let mut tx = ctx.store.read().await?;
    Ok(tx.was_campaign_open_before(until).await? && tx.last_weekly_reconciliation(until).await? != Some(until))
}

/// Makes a report: of the week that ended last, with the weeks before it that have none because nothing ran then; or, where
/// somebody asked, of the days since the last report, at most a week.
///
/// `None` where there is one for that week already.
pub async fn reconcile(ctx: &Context, by: Option<UserId>) -> Result<Option<Made>> {
    let now = ctx.env.now();
    let mut tx = ctx.store.read().await?;
    let week = week_start(week_of(now));
    let (from, until) = if by.is_none() {
        let last = tx.last_weekly_reconciliation(week).await?;
        if last == Some(week) {
            return Ok(None);
        }
        (last.map_or(week.plus(-7 * DAY), |last| last.max(week.plus(-CLOSED_FOR))), week)
    } else {
        let last = tx.reconciliations(1).await?.first().map(|last| last.until);
        (last.map_or(now.plus(-7 * DAY), |last| last.max(now.plus(-7 * DAY))), now)
    };
    let (lines, mut document) = gather(&mut tx, now, from, until).await?;
    drop(tx);
    document.lines_sha256 = lines_sha256(&lines);
    let bytes = document.to_canonical()?;
    let sha256 = ledger::sha256(&bytes);
    let body = String::from_utf8(bytes).map_err(|why| Error::Inconsistent(format!("a reconciliation: {why}")))?;
    let made = Reconciliation { id: ctx.env.id(), from, until, made_at: now, by, sha256, body };
    let kept = crate::retry_busy(ctx, || keep(ctx, &made, &lines, &document)).await?;
    Ok(kept.then_some(Made { id: made.id, document }))
}

/// Everything that a report says, but for the SHA-256 of its lines.
async fn gather(tx: &mut Tx, now: Timestamp, from: Timestamp, until: Timestamp) -> Result<(Vec<Line>, Document)> {
    let mut lines = Vec::new();
    let mut campaigns = Vec::new();
    let mut gone: BTreeMap<CampaignId, Vec<ReconciledItem>> = BTreeMap::new();
    let readings = tx.readings_within(from, until).await?;
    for of in &readings {
        for (campaign, item) in tx.reconciled_kept_and_gone(*of, MOST_GONE).await? {
            gone.entry(campaign).or_default().push(item);
        }
    }
    for id in tx.campaigns_to_reconcile(now.plus(-CLOSED_FOR)).await? {
        let Some(campaign) = tx.campaign(id).await? else { continue };
        let mut rows: BTreeMap<(Option<Verdict>, Decided, Source), u64> = BTreeMap::new();
        for count in tx.reconciled_counts(id).await? {
            let (decided, source) = (Decided::of(count.state, count.answer), Source::of(count.shows));
            *rows.entry((count.recommended, decided, source)).or_default() += u64::try_from(count.items).unwrap_or(0);
        }
        let mut after = 0;
        loop {
            let page = tx.reconciled_revokes(id, after, AT_ONCE).await?;
            let Some((last, _)) = page.last() else { break };
            after = *last;
            for (_, item) in page {
                let Some(kind) = Kind::of_revoked(item.shows) else { continue };
                lines.push(line(kind, id, &item, Decided::revoked(item.origin)));
            }
        }
        for item in gone.remove(&id).unwrap_or_default() {
            lines.push(line(Kind::KeptAndGone, id, &item, Decided::Approve));
        }
        campaigns.push(CampaignRows::new(&campaign, rows));
    }
    for of in &readings {
        let mut after = None;
        loop {
            let page = tx.unexplained_grants(*of, after, AT_ONCE).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            lines.extend(page.into_iter().map(|(grant, since)| Line {
                number: 0,
                kind: Kind::Unexplained.as_str().to_owned(),
                campaign: None,
                item: None,
                grant,
                recommended: None,
                decided: None,
                since,
            }));
        }
    }
    // What is worst stands first; within a kind, campaign by campaign and item by item, as it was read.
    let order = |line: &Line| Kind::ALL.iter().position(|kind| kind.as_str() == line.kind);
    lines.sort_by_key(order);
    for (number, line) in (1..).zip(&mut lines) {
        line.number = number;
    }
    let mut kinds: BTreeMap<String, u64> = Kind::ALL.iter().map(|kind| (kind.as_str().to_owned(), 0)).collect();
    for line in &lines {
        *kinds.entry(line.kind.clone()).or_default() += 1;
    }
    let mut sources = Vec::new();
    for source in tx.sources().await? {
        if let (Some(seq), Some(at)) = (source.last_seq, source.last_read_at) {
            sources.push(ReadingOf { id: source.id, name: source.name, read_at: at.to_rfc3339(), seq });
        }
    }
    Ok((lines, Document::new((from, until, now), campaigns, kinds, sources)))
}

fn line(kind: Kind, campaign: CampaignId, item: &ReconciledItem, decided: Decided) -> Line {
    Line {
        number: 0,
        kind: kind.as_str().to_owned(),
        campaign: Some(campaign),
        item: Some(item.item),
        grant: item.grant,
        recommended: item.recommended,
        decided: Some(decided.as_str().to_owned()),
        since: item.since,
    }
}

/// SHA-256 over the lines in their order: for each its number, kind, campaign, item, grant, recommendation, decision and time in
/// microseconds, separated by spaces, a hyphen for what is not there, ended by a line feed.
pub fn lines_sha256(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let or = |part: Option<String>| part.unwrap_or_else(|| "-".to_owned());
        let parts = [
            line.number.to_string(),
            line.kind.clone(),
            or(line.campaign.map(|id| id.to_string())),
            or(line.item.map(|id| id.to_string())),
            line.grant.to_string(),
            or(line.recommended.map(|verdict| verdict.to_string())),
            or(line.decided.clone()),
            line.since.micros().to_string(),
        ];
        text.push_str(&parts.join(" "));
        text.push('\n');
    }
    ledger::sha256_hex(text.as_bytes())
}

async fn keep(ctx: &Context, made: &Reconciliation, lines: &[Line], document: &Document) -> Result<bool> {
    let mut tx = ctx.store.begin().await?;
    if !tx.insert_reconciliation(made, lines).await? {
        return Ok(false);
    }
    let int = |of: u64| i64::try_from(of).unwrap_or(i64::MAX);
    let mut entry = ctx
        .event(EventKind::ReconciliationMade, None)
        .subject("report", made.id)
        .code("report_sha256", hex::encode(made.sha256))
        .code("lines_sha256", &document.lines_sha256)
        .int("items", int(document.items()));
    for (kind, count) in &document.lines {
        entry = entry.int(kind, int(*count));
    }
    ctx.record(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(true)
}

/// A report as it was made, and the bytes over which its SHA-256 is made.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or the whole is not for this person.
pub async fn whole(ctx: &Context, actor: &Actor, id: Uuid) -> Result<(Document, Vec<u8>)> {
    actor.require(Action::Take, Object::Reconciliation, false)?;
    let mut tx = ctx.store.read().await?;
    let kept = tx.reconciliation(id).await?.ok_or(Error::NotFound)?;
    Ok((read(&kept)?, kept.body.into_bytes()))
}

pub(crate) fn read(kept: &Reconciliation) -> Result<Document> {
    let broken = |why: &dyn std::fmt::Display| Error::Inconsistent(format!("reconciliation {}: {why}", kept.id));
    if ledger::sha256(kept.body.as_bytes()) != kept.sha256 {
        return Err(broken(&"its SHA-256 is another"));
    }
    serde_json::from_str(&kept.body).map_err(|why| broken(&why))
}

/// Keeps that somebody has opened a report, which they may read.
pub async fn opened(ctx: &Context, actor: &Actor, id: Uuid) -> Result<()> {
    if ctx.store.read().await?.has_read_reconciliation(id, actor.user).await? {
        return Ok(());
    }
    crate::retry_busy(ctx, || async {
        let mut tx = ctx.store.begin().await?;
        tx.keep_reconciliation_reader(id, actor.user, ctx.env.now()).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}
