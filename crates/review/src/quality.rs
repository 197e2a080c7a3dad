//! How well recommendations hold: figures of every version with the bands they should stay in, and an alert when one leaves.
//!
//! Once a day, and when somebody asks, a job adds up what was recommended, what people decided, what was removed and what came
//! back, and keeps the figures as a document. A figure that is outside its band, and not by chance, raises an alert with a ledger
//! entry: once, until it is back. Recommendations that are hidden (shadow mode) are counted in nothing until they are shown.
//!
//! What it costs: answers, removals and escalations are added up by the database, one pass over those of the last 65 weeks.
//! Facts stand only in the recommendations themselves, which never change: each is read once, when its campaign is first
//! measured, and its counts are kept.

mod document;

pub use document::{Document, SCHEMA};
pub use recommend::{
    drift::{Input, Shift},
    quality::{Bound, Bucket, Figure, Figures, Measured, Part, Reading, Spread, Standing, Version, Week},
};

use crate::{
    Actor, Context, Error, Result, attempt,
    jobs::{self, JobKind},
    recommendations,
};
use domain::{Action, Answer, AttemptId, CampaignId, Object, Timestamp, UserId, time::DAY};
use ledger::EventKind;
use recommend::{
    quality::{Answered, BEFORE, Counts, Escalated, Made, MadeOf, REVERSAL_DAYS, Removed, WINDOW},
    shadow::Decided,
};
use std::collections::BTreeMap;
use store::{
    Tx,
    quality::{Alert, FIRST_WEEK, InputCount, Measurement, WEEK},
};
use uuid::Uuid;

/// The kind under which the attempt is kept.
const ATTEMPT: &str = "measure_quality";
/// How long a measurement is the newest before the next is due, in microseconds.
const EVERY: i64 = DAY;
/// Recommendations read at once.
const AT_ONCE: i64 = 500;
/// Under which the verdict is counted beside the facts.
const RECOMMENDED: &str = "recommended";
/// Under which those are counted that cannot be read.
const UNREADABLE: &str = "unreadable";

/// What a measurement brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// The figures.
    pub document: Document,
    /// Alerts that it raised.
    pub raised: u64,
    /// Alerts that it ended.
    pub ended: u64,
}

/// The week of a moment, counted from the one that began on Monday 5 January 1970, UTC.
pub(crate) const fn week_of(at: Timestamp) -> i64 {
    at.since(FIRST_WEEK).div_euclid(WEEK)
}

/// When a week began.
pub(crate) const fn week_start(week: i64) -> Timestamp {
    FIRST_WEEK.plus(week.saturating_mul(WEEK))
}

/// Asks for a measurement now. A job takes it up; the page shows when it is done.
pub async fn ask(ctx: &Context, actor: &Actor, attempt: AttemptId) -> Result<()> {
    crate::retry_busy(ctx, || once(ctx, actor, attempt)).await
}

async fn once(ctx: &Context, actor: &Actor, attempt: AttemptId) -> Result<()> {
    actor.require(Action::Make, Object::Quality, false)?;
    let mut tx = ctx.store.begin().await?;
    if attempt::earlier::<()>(&mut tx, actor, attempt, ATTEMPT, actor.user.0).await?.is_some() {
        return Ok(());
    }
    jobs::enqueue(ctx, &mut tx, JobKind::MeasureQuality { by: Some(actor.user) }, ctx.env.now()).await?;
    attempt::keep(ctx, &mut tx, actor, attempt, ATTEMPT, actor.user.0, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether the next measurement is due.
pub(crate) async fn is_due(ctx: &Context) -> Result<bool> {
    let last = ctx.store.read().await?.last_measured_at().await?;
    Ok(last.is_none_or(|last| ctx.env.now().since(last) >= EVERY))
}

/// Measures, keeps the figures, raises alerts for figures that left their band and ends those of figures that are back.
pub async fn measure(ctx: &Context, by: Option<UserId>) -> Result<Done> {
    let now = ctx.env.now();
    let week = week_of(now);
    let from = week_start(week - WINDOW - BEFORE + 1);
    let uncounted = ctx.store.read().await?.quality_uncounted(from).await?;
    for (campaign, items) in uncounted {
        count(ctx, campaign, items).await?;
    }
    let mut tx = ctx.store.read().await?;
    let (counts, unreadable) = counts(&mut tx, now, week).await?;
    drop(tx);
    let document = Document::new(recommend::quality::measure(&counts, week), unreadable, now, week);
    let bytes = document.to_canonical()?;
    let sha256 = ledger::sha256(&bytes);
    let body = String::from_utf8(bytes).map_err(|why| Error::Inconsistent(format!("figures of quality: {why}")))?;
    let kept = Measurement { id: ctx.env.id(), measured_at: now, by, sha256, body };
    let (raised, ended) = crate::retry_busy(ctx, || keep(ctx, &kept, &document)).await?;
    Ok(Done { document, raised, ended })
}

/// The newest measurement, and the bytes over which its SHA-256 is made.
///
/// # Errors
/// [`Error::NotFound`] where there is none yet, or not for this person.
pub async fn newest(ctx: &Context, actor: &Actor) -> Result<(Document, Vec<u8>)> {
    actor.require(Action::View, Object::Quality, false)?;
    let mut tx = ctx.store.read().await?;
    read(&mut tx).await?.map(|(document, kept)| (document, kept.body.into_bytes())).ok_or(Error::NotFound)
}

pub(crate) async fn read(tx: &mut Tx) -> Result<Option<(Document, Measurement)>> {
    let Some(kept) = tx.newest_measurement().await? else { return Ok(None) };
    let broken = |why: &dyn std::fmt::Display| Error::Inconsistent(format!("measurement {}: {why}", kept.id));
    if ledger::sha256(kept.body.as_bytes()) != kept.sha256 {
        return Err(broken(&"its SHA-256 is another"));
    }
    let document = serde_json::from_str(&kept.body).map_err(|why| broken(&why))?;
    Ok(Some((document, kept)))
}

/// Counts what was recommended on which facts in a campaign, once for all measurements. What cannot be read now is tried again with
/// the next one: a later version may read it.
async fn count(ctx: &Context, campaign: CampaignId, items: i64) -> Result<()> {
    let mut counted: BTreeMap<(String, i64, &'static str, &'static str), i64> = BTreeMap::new();
    let mut after = 0;
    let mut tx = ctx.store.read().await?;
    loop {
        let page = tx.quality_recommendations(campaign, after, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = last.0;
        // Reading a page takes some milliseconds of one core; the threads that answer people stay free.
        let found = tokio::task::spawn_blocking(move || count_page(campaign, &page))
            .await
            .map_err(|why| Error::Inconsistent(format!("counting recommendations ended before it was complete: {why}")))?;
        for (key, cases) in found {
            *counted.entry(key).or_default() += cases;
        }
    }
    drop(tx);
    let unreadable: i64 = counted.iter().filter(|((_, _, input, _), _)| *input == UNREADABLE).map(|(_, cases)| cases).sum();
    let rows: Vec<InputCount> = counted
        .into_iter()
        .map(|((version, week, input, bucket), cases)| InputCount {
            version,
            week,
            input: input.to_owned(),
            bucket: bucket.to_owned(),
            cases,
        })
        .collect();
    crate::retry_busy(ctx, || async {
        let mut tx = ctx.store.begin().await?;
        tx.keep_quality_inputs(campaign, items - unreadable, &rows).await?;
        tx.commit().await?;
        Ok(())
    })
    .await
}

type PageCount = BTreeMap<(String, i64, &'static str, &'static str), i64>;

fn count_page(campaign: CampaignId, page: &[(i64, Timestamp, Vec<u8>)]) -> PageCount {
    let mut counted = PageCount::new();
    for (number, at, body) in page {
        let Some(made) = recommendations::readable(body, &format_args!("{number} of campaign {campaign}")) else {
            *counted.entry((String::new(), week_of(*at), UNREADABLE, "")).or_default() += 1;
            continue;
        };
        let version = recommend::version(&made.engine, made.learned.as_ref().map(|learned| &learned.model));
        let mut add = |input, bucket| *counted.entry((version.clone(), week_of(*at), input, bucket)).or_default() += 1;
        add(RECOMMENDED, made.verdict.as_str());
        for input in Input::ALL {
            add(input.as_str(), input.bucket(&made.facts));
        }
    }
    counted
}

/// What the database added up for the window that ends with this week, and for the weeks before it; and how many recommendations of
/// them cannot be read.
async fn counts(tx: &mut Tx, now: Timestamp, week: i64) -> Result<(Counts, u64)> {
    let broken = |what: &str, why: &dyn std::fmt::Display| Error::Inconsistent(format!("{what}: {why}"));
    let number = |of: i64| u64::try_from(of).unwrap_or(0);
    let first = week - WINDOW - BEFORE + 1;
    // Answers given after the measurement began belong to the next one.
    let until = now.plus(1);
    let mut counts = Counts::default();
    for row in tx.quality_answers(week_start(first), until).await? {
        counts.answered.push(Answered {
            version: recommend::version(&row.engine, row.model.as_ref()),
            cause: row.cause.parse().map_err(|why| broken("an answered item's cause", &why))?,
            verdict: row.verdict,
            bin: number(row.bin),
            decided: if row.answer == Answer::Approve { Decided::Kept } else { Decided::Removed },
            blind: row.blind,
            week: row.week,
            cases: number(row.cases),
            stated: number(row.stated),
        });
    }
    for (week, cases) in tx.quality_escalations(week_start(first), until).await? {
        counts.escalated.push(Escalated { week, cases: number(cases) });
    }
    let (from, until) = reversal_window(now, week);
    for row in tx.quality_removals(from, until, REVERSAL_DAYS * DAY).await? {
        counts.removed.push(Removed {
            version: recommend::version(&row.engine, row.model.as_ref()),
            cause: row.cause.parse().map_err(|why| broken("a removed item's cause", &why))?,
            verdict: row.verdict,
            cases: number(row.cases),
            returned: number(row.returned),
        });
    }
    let mut unreadable = 0;
    for row in tx.quality_inputs(first, week).await? {
        if row.input == UNREADABLE {
            unreadable += number(row.cases);
            continue;
        }
        let of = if row.input == RECOMMENDED {
            MadeOf::Verdict(row.bucket.parse().map_err(|why| broken("a verdict that was counted", &why))?)
        } else {
            // What an earlier program watched and this one does not is left out.
            let Ok(input) = row.input.parse() else { continue };
            MadeOf::Input(input, row.bucket)
        };
        counts.made.push(Made { version: row.version, week: row.week, of, cases: number(row.cases) });
    }
    Ok((counts, unreadable))
}

/// Removals proven from here until there had as long to come back as a reversal may take.
pub(crate) fn reversal_window(now: Timestamp, week: i64) -> (Timestamp, Timestamp) {
    (week_start(week - WINDOW + 1).plus(-REVERSAL_DAYS * DAY), now.plus(-REVERSAL_DAYS * DAY))
}

/// Keeps a measurement, and says what left its band and what is back. How many alerts were raised, and how many ended.
async fn keep(ctx: &Context, kept: &Measurement, document: &Document) -> Result<(u64, u64)> {
    let (mut raised, mut ended) = (0, 0);
    let mut tx = ctx.store.begin().await?;
    tx.insert_measurement(kept).await?;
    let mut open: BTreeMap<(String, String, String), Alert> = BTreeMap::new();
    for alert in tx.open_alerts().await? {
        open.insert((alert.version.clone(), alert.figure.clone(), alert.part.clone()), alert);
    }
    let sha256 = hex::encode(kept.sha256);
    for reading in &document.measured.readings {
        let key =
            (reading.version.clone().unwrap_or_default(), reading.figure.as_str().to_owned(), reading.part.clone().unwrap_or_default());
        let known = open.remove(&key);
        match (reading.standing, reading.value) {
            (Standing::Outside, Some(value)) if known.is_none() => {
                let int = |of: u64| i64::try_from(of).unwrap_or(i64::MAX);
                let (version, figure, part) = key;
                let alert = Alert {
                    id: ctx.env.id::<Uuid>(),
                    version,
                    figure,
                    part,
                    value: int(value),
                    band: int(reading.band),
                    cases: int(reading.cases),
                    raised_at: kept.measured_at,
                    ended_at: None,
                    ended_because: None,
                };
                if tx.insert_alert(&alert).await? {
                    raised += 1;
                    let entry = told(ctx, EventKind::QualityLeftBand, &alert, &sha256)
                        .int("value", alert.value)
                        .int("band", alert.band)
                        .int("cases", alert.cases);
                    ctx.record(&mut tx, entry).await?;
                }
            }
            // Beyond the bound, as far as can be seen, is not back; and too few cases end nothing.
            (Standing::Within, _) => {
                if let Some(alert) = known {
                    ended += u64::from(end(ctx, &mut tx, &alert, kept.measured_at, &sha256, "within").await?);
                }
            }
            _ => {}
        }
    }
    for alert in open.into_values() {
        ended += u64::from(end(ctx, &mut tx, &alert, kept.measured_at, &sha256, "not_measured").await?);
    }
    tx.commit().await?;
    Ok((raised, ended))
}

async fn end(ctx: &Context, tx: &mut Tx, alert: &Alert, at: Timestamp, sha256: &str, because: &str) -> Result<bool> {
    if !tx.end_alert(alert.id, at, because).await? {
        return Ok(false);
    }
    ctx.record(tx, told(ctx, EventKind::QualityBackInBand, alert, sha256).code("because", because)).await?;
    Ok(true)
}

fn told(ctx: &Context, kind: EventKind, alert: &Alert, sha256: &str) -> crate::Event {
    let mut entry =
        ctx.event(kind, None).subject("alert", alert.id).code("figure", &alert.figure).code("measurement_sha256", sha256.to_owned());
    if !alert.version.is_empty() {
        entry = entry.code("version", as_code(&alert.version));
    }
    if !alert.part.is_empty() {
        entry = entry.code("part", as_code(&alert.part));
    }
    entry
}

/// A version's name as the ledger spells it: `countersign-rules/4 with model 0a1b` is `countersign-rules:4-with-model-0a1b`.
fn as_code(name: &str) -> String {
    name.to_ascii_lowercase().replace('/', ":").replace(' ', "-")
}
