//! The signed periodic review: somebody reads the figures, writes what they concluded, and confirms it.

use super::read;
use crate::{Actor, Context, Error, FieldError, Result, attempt, decide::note_problem};
use domain::{Action, AttemptId, Object, Timestamp, time::DAY};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use store::fairness::Review;
use uuid::Uuid;

/// The kind under which the attempt is kept.
const ATTEMPT: &str = "review_fairness";

/// How long a review stands before the next is due, in microseconds: a quarter.
pub const REVIEW_EVERY: i64 = 92 * DAY;

/// The same in whole days, for sentences.
pub const REVIEW_EVERY_DAYS: i64 = REVIEW_EVERY / DAY;

/// What somebody concluded.
#[derive(Debug, Clone)]
pub struct ReviewForm {
    /// Unique to this submission.
    pub attempt: AttemptId,
    /// SHA-256 of the figures as they were shown.
    pub figures_sha256: [u8; 32],
    /// The conclusion, in the person's own words.
    pub conclusion: String,
    /// True where the box was ticked.
    pub acknowledge: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// What was done, as a sentence.
    pub sentence: String,
}

/// Whether a review is due, with the newest one's time.
pub(crate) fn is_due(newest: Option<Timestamp>, now: Timestamp) -> bool {
    newest.is_none_or(|at| now.since(at) >= REVIEW_EVERY)
}

/// Signs what somebody concluded from the figures as they were shown.
///
/// Errors: `NotFound` where there are no figures, or not for this person; `Stale` where newer ones were made since; `Invalid`
/// where nothing was concluded, it is too long, or the box was not ticked.
pub async fn sign(ctx: &Context, actor: &Actor, form: &ReviewForm) -> Result<Reviewed> {
    crate::retry_busy(ctx, || once(ctx, actor, form)).await
}

async fn once(ctx: &Context, actor: &Actor, form: &ReviewForm) -> Result<Reviewed> {
    actor.require(Action::Settle, Object::Quality, false)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(done) = attempt::earlier::<Reviewed>(&mut tx, actor, form.attempt, ATTEMPT, actor.user.0).await? {
        return Ok(Reviewed { repeated: true, ..done });
    }
    let (document, kept) = read(&mut tx).await?.ok_or(Error::NotFound)?;
    if kept.sha256 != form.figures_sha256 {
        return Err(Error::Stale(
            "The figures were measured again since they were shown. Nothing was signed. Read what they say now; your words are kept."
                .to_owned(),
        ));
    }
    let conclusion = form.conclusion.trim();
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: String| errors.push(FieldError { field: field.to_owned(), message });
    if conclusion.is_empty() {
        wrong(
            "conclusion",
            "Write what you concluded: what stands out, what explains it, and what is to be done. Nothing was signed.".to_owned(),
        );
    } else if let Some(problem) = note_problem(conclusion) {
        wrong("conclusion", problem);
    }
    if !form.acknowledge {
        wrong("acknowledge", "Tick the box once you have read the figures. Nothing was signed.".to_owned());
    }
    if !errors.is_empty() {
        return Err(Error::Invalid(errors));
    }
    let id: Uuid = ctx.env.id();
    let event = ctx
        .event(EventKind::FairnessReviewed, Some(actor))
        .subject("review", id)
        .code("figures_sha256", hex::encode(kept.sha256))
        .text("conclusion", conclusion, id);
    // Where nothing could be compared, none stands apart and none stands together: the entry says neither.
    let event = match document.apart() {
        Some(apart) => event.int("figures_apart", i64::try_from(apart).unwrap_or(i64::MAX)),
        None => event,
    };
    let entry = ctx.record(&mut tx, event).await?;
    let review =
        Review { id, reviewed_at: ctx.env.now(), by: actor.user, figures_sha256: kept.sha256, measured_at: kept.measured_at, entry };
    tx.insert_fairness_review(&review).await?;
    let done = Reviewed {
        repeated: false,
        sentence: format!(
            "Your review is signed: it stands in the ledger with the SHA-256 of the figures. The next is due in {REVIEW_EVERY_DAYS} days."
        ),
    };
    attempt::keep(ctx, &mut tx, actor, form.attempt, ATTEMPT, actor.user.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}
