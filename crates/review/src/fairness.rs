//! Whether what is recommended and decided falls on everybody alike (rule 35): rates by employment type, site, working time and
//! leave, pooled over all campaigns.
//!
//! The job that measures quality measures this too, and keeps the figures as a document. Nothing here says who: what is counted
//! by person is added up before it is kept, and groups of few people are not kept at all. Whoever is restricted (rule 44) is
//! counted in nothing. What sources say of the employment is read here and nowhere else.

mod document;
mod figures;
mod people;
mod sign;

pub use document::{Attribute, AttributeFigures, Difference, Document, Group, Measure, MeasureFigure, SCHEMA, Standing, Unshown};
pub use figures::{BAND, FEWEST_PEOPLE};
pub(crate) use sign::is_due;
pub use sign::{REVIEW_EVERY, REVIEW_EVERY_DAYS, ReviewForm, Reviewed, sign};

use crate::{
    Actor, Context, Error, Result, erase,
    quality::{week_of, week_start},
};
use document::Moments;
use domain::{Action, Answer, Object, Timestamp, Verdict, time::DAY};
use figures::{Count, Split};
use people::Sayings;
use recommend::quality::REVERSAL_DAYS;
use std::collections::BTreeSet;
use store::{
    Tx,
    fairness::{Counted, Measurement},
};
use uuid::Uuid;

/// Weeks that figures speak about, the running one among them: a year, because groups are smaller than the whole.
pub const WEEKS: i64 = 52;

/// How long before the window a reading may have been made that a campaign of the window speaks of, in microseconds.
const READ_BEFORE: i64 = 92 * DAY;

/// Measures, and keeps the figures.
pub async fn measure(ctx: &Context) -> Result<Document> {
    let now = ctx.env.now();
    let mut tx = ctx.store.read().await?;
    let document = made(&mut tx, now).await?;
    tx.rollback().await?;
    let bytes = document.to_canonical()?;
    let sha256 = ledger::sha256(&bytes);
    let body = String::from_utf8(bytes).map_err(|why| Error::Inconsistent(format!("figures of fairness: {why}")))?;
    let kept = Measurement { id: ctx.env.id(), measured_at: now, sha256, body };
    crate::retry_busy(ctx, || async {
        let mut tx = ctx.store.begin().await?;
        tx.insert_fairness(&kept).await?;
        tx.commit().await?;
        Ok(())
    })
    .await?;
    Ok(document)
}

/// The newest figures, and the bytes over which their SHA-256 is made.
///
/// # Errors
/// [`Error::NotFound`] where there are none yet, or not for this person.
pub async fn newest(ctx: &Context, actor: &Actor) -> Result<(Document, Vec<u8>)> {
    actor.require(Action::View, Object::Quality, false)?;
    let mut tx = ctx.store.read().await?;
    read(&mut tx).await?.map(|(document, kept)| (document, kept.body.into_bytes())).ok_or(Error::NotFound)
}

pub(crate) async fn read(tx: &mut Tx) -> Result<Option<(Document, Measurement)>> {
    let Some(kept) = tx.newest_fairness().await? else { return Ok(None) };
    let broken = |why: &dyn std::fmt::Display| Error::Inconsistent(format!("figures of fairness {}: {why}", kept.id));
    if ledger::sha256(kept.body.as_bytes()) != kept.sha256 {
        return Err(broken(&"their SHA-256 is another"));
    }
    let document = serde_json::from_str(&kept.body).map_err(|why| broken(&why))?;
    Ok(Some((document, kept)))
}

async fn made(tx: &mut Tx, now: Timestamp) -> Result<Document> {
    let from = week_start(week_of(now) - WEEKS + 1);
    // What happened after the measurement began belongs to the next one.
    let until = now.plus(1);
    let reversals = (from.plus(-REVERSAL_DAYS * DAY), now.plus(-REVERSAL_DAYS * DAY));
    let restricted = erase::restricted(tx).await?;
    let sayings = Sayings::new(tx.fairness_said(from.plus(-READ_BEFORE)).await?);
    let mut pool = Pool { sayings: &sayings, restricted: &restricted, splits: Attribute::ALL.map(|_| Split::default()) };
    for (counted, verdict) in tx.fairness_recommended(from, until).await? {
        pool.add(counted, Measure::RecommendedRevoke, if verdict == Verdict::Revoke { counted.cases } else { 0 });
        pool.add(counted, Measure::RecommendedEscalate, if verdict == Verdict::Escalate { counted.cases } else { 0 });
    }
    for (counted, answer) in tx.fairness_decided(from, until).await? {
        pool.add(counted, Measure::DecidedRevoke, if answer == Answer::Revoke { counted.cases } else { 0 });
    }
    for (counted, returned) in tx.fairness_removed(reversals.0, reversals.1, REVERSAL_DAYS * DAY).await? {
        pool.add(counted, Measure::Reversed, returned);
    }
    let attributes = Attribute::ALL.into_iter().zip(&pool.splits).map(|(attribute, split)| figures::figures(attribute, split)).collect();
    let moments = Moments {
        measured_at: now.to_rfc3339(),
        reversals_from: reversals.0.to_rfc3339(),
        reversals_until: reversals.1.to_rfc3339(),
        window_from: from.to_rfc3339(),
    };
    Ok(Document::new(attributes, moments))
}

/// Everybody's counts, by what sources say of them.
struct Pool<'a> {
    sayings: &'a Sayings,
    restricted: &'a BTreeSet<Uuid>,
    splits: [Split<'a>; Attribute::ALL.len()],
}

impl Pool<'_> {
    fn add(&mut self, counted: Counted, measure: Measure, hits: i64) {
        let Some(somebody) = self.sayings.of(counted).filter(|of| !self.restricted.contains(&of.identity.0)) else { return };
        if self.restricted.contains(&counted.account.0) {
            return;
        }
        let number = |of: i64| u64::try_from(of).unwrap_or(0);
        for (split, group) in self.splits.iter_mut().zip(somebody.groups) {
            let people = match group {
                Some(group) => split.groups.entry(group).or_default(),
                None => &mut split.not_stated,
            };
            let counts = people.entry(somebody.identity).or_default();
            if let Some(Count { hits: hit, of }) = counts.get_mut(measure as usize) {
                *hit += number(hits);
                *of += number(counted.cases);
            }
        }
    }
}
