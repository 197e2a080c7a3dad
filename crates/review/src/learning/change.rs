//! What people do with models: have one trained, put one in force, and take it back.

use super::{
    adviser::{note_text, of_this_installation},
    compare, lesson,
    train::{RATES, too_few, train},
};
use crate::{
    Actor, Context, Error, Result, SignIn, attempt,
    case::at_one_moment,
    jobs::{self, JobKind},
    users,
};
use domain::{Action, AttemptId, Object, UserId};
use ledger::{EventKind, SignedNote};
use serde::{Deserialize, Serialize};
use store::{
    Tx,
    models::{Known, NewTerm, StoredModel},
};

const TRAIN: &str = "train_model";
const PROMOTE: &str = "promote_model";
const ROLL_BACK: &str = "roll_back_model";

/// What came of it, as a sentence. It is kept for a repeated form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// What was done.
    pub sentence: String,
}

/// A person's word that a model is in force from now on.
#[derive(Debug, Clone)]
pub struct PromoteForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// SHA-256 of the model's artifact.
    pub model: [u8; 32],
    /// The number of the term that was in force when the form was shown; 0 where nothing was ever promoted.
    pub expected_term: i64,
    /// SHA-256 of the comparison as it was read ([`super::Standing::sha256`]).
    pub report_sha256: [u8; 32],
    /// True where the box was ticked: the comparison was read.
    pub acknowledge: bool,
}

/// A person's word that an earlier model, or none, is in force again.
#[derive(Debug, Clone)]
pub struct RollBackForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The number of the term that was in force when the form was shown.
    pub expected_term: i64,
    /// The model that was in force before; `None` for the stated weights alone.
    pub to: Option<[u8; 32]>,
}

/// Has a model trained in the background, on the answers that may teach by then, with a promise of one of [`RATES`].
///
/// # Errors
/// [`Error::NotFound`] where the person may not; [`Error::Refused`] where there are too few answers, or the rate is none that
/// can be promised.
pub async fn ask(ctx: &Context, actor: &Actor, attempt: AttemptId, rate: u32) -> Result<()> {
    actor.require(Action::Make, Object::Model, false)?;
    if !RATES.contains(&rate) {
        return Err(Error::Refused("Choose one of the promises that the form offers.".to_owned()));
    }
    let mut tx = ctx.store.begin().await?;
    if attempt::earlier::<()>(&mut tx, actor, attempt, TRAIN, actor.user.0).await?.is_some() {
        return Ok(());
    }
    let teaching = lesson::counted(&mut tx, None).await?;
    if let Some(why) = too_few(teaching.approved, teaching.revoked) {
        return Err(Error::Refused(why));
    }
    jobs::enqueue(ctx, &mut tx, JobKind::TrainModel { by: Some(actor.user), rate }, ctx.env.now()).await?;
    attempt::keep(ctx, &mut tx, actor, attempt, TRAIN, actor.user.0, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Trains a model and keeps it, signed. Nothing is recommended with it yet. Where the answers give a model that is kept
/// already, nothing is done.
///
/// `by` is who asked for it; `None` where enough new answers had come ([`super::again`]). Then the model stands under the name of
/// who chose its promise: it is that of the newest model.
pub(crate) async fn run(ctx: &Context, by: Option<UserId>, rate: u32) -> Result<()> {
    let actor = match by {
        None => None,
        Some(user) => match users::actor(ctx, user, SignIn::default()).await? {
            Some(actor) => Some(actor),
            None => return Ok(()),
        },
    };
    let mut tx = ctx.store.read().await?;
    let trained_by = match &actor {
        Some(actor) => actor.user,
        None => match tx.models(None, 1).await?.pop() {
            Some(newest) => newest.trained_by,
            None => return Ok(()),
        },
    };
    let (lessons, labels, left_out) = lesson::all(&mut tx).await?;
    tx.rollback().await?;
    // Seconds to minutes of one core; the threads that answer people stay free.
    let trained = tokio::task::spawn_blocking(move || train(lessons, labels, left_out, rate))
        .await
        .map_err(|why| Error::Inconsistent(format!("training ended before it was complete: {why}")))?;
    let trained = match trained {
        Ok(trained) => trained,
        // Some answers were taken back meanwhile: trying again would come to the same.
        Err(Error::Refused(why)) => {
            tracing::warn!(why, "no model was trained");
            return Ok(());
        }
        Err(other) => return Err(other),
    };
    let ctx = &at_one_moment(ctx);
    let sha256 = ledger::sha256(&trained.artifact.bytes);
    let note = SignedNote::sign(note_text(&ctx.origin, &sha256), &ctx.origin, &ctx.keys.signing)
        .map_err(|why| Error::Inconsistent(format!("the model cannot be signed: {why}")))?;
    let known = |as_what: Known| i64::try_from(trained.knows.iter().filter(|(_, known)| *known == as_what).count()).unwrap_or(i64::MAX);
    let mut entry = ctx
        .event(EventKind::ModelTrained, actor.as_ref())
        .code("model_sha256", hex::encode(sha256))
        .int("decisions", known(Known::Learned))
        .int("promised_on", known(Known::Promised))
        .int("promised_millionths", i64::from(rate));
    if actor.is_none() {
        entry = entry.code("by", "itself");
    }
    let model = StoredModel {
        sha256,
        artifact: trained.artifact.bytes,
        note: note.to_string(),
        trained_at: ctx.env.now(),
        trained_by,
        by_itself: actor.is_none(),
    };
    let mut tx = ctx.store.begin().await?;
    if tx.keep_model(&model, &trained.knows).await? {
        ctx.record(&mut tx, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Puts a model in force, because a person with the right to accepts its comparison with people's answers as it was seen.
///
/// # Errors
/// `Stale` where the comparison is no longer what was seen, or another model was put in force meanwhile; `Invalid` where the
/// box was not ticked; `Refused` where there are too few decisions to compare, the model is in force already, or it is not what
/// was signed.
pub async fn promote(ctx: &Context, actor: &Actor, form: &PromoteForm) -> Result<Done> {
    crate::retry_busy(ctx, || promote_once(ctx, actor, form)).await
}

async fn promote_once(ctx: &Context, actor: &Actor, form: &PromoteForm) -> Result<Done> {
    let ctx = &at_one_moment(ctx);
    actor.require(Action::Accept, Object::Model, false)?;
    // Comparing takes seconds where there are many answers: it reads one unchanging state, and holds nobody up.
    let mut tx = ctx.store.read().await?;
    if let Some(done) = attempt::earlier::<Done>(&mut tx, actor, form.attempt, PROMOTE, actor.user.0).await? {
        return Ok(done);
    }
    let kept = tx.model(&form.model).await?.ok_or(Error::NotFound)?;
    let adviser = of_this_installation(ctx, &kept).map_err(|problem| Error::Refused(problem.sentence(&form.model)))?;
    let term = tx.term().await?;
    if term.as_ref().and_then(|term| term.model) == Some(form.model) {
        return Err(Error::Refused("This model is in force already. Nothing was changed.".to_owned()));
    }
    let now = compare(&mut tx, adviser).await?;
    tx.rollback().await?;
    if now.sha256 != form.report_sha256 {
        return Err(Error::Stale(
            "The comparison changed since it was shown: answers became final, or the engine is another. No model was put in force. Read what it says now, and accept that."
                .to_owned(),
        ));
    }
    if term.as_ref().map_or(0, |term| term.number) != form.expected_term {
        return Err(moved_on());
    }
    if now.report.decisions < now.report.fewest {
        return Err(Error::Refused(format!(
            "{} decisions that the model does not know can be compared with it, and it takes {}. Collect more answers in shadow mode. Nothing was changed.",
            now.report.decisions, now.report.fewest
        )));
    }
    if !form.acknowledge {
        return Err(Error::field("acknowledge", "Tick the box once you have read the comparison. No model was put in force."));
    }
    let body = String::from_utf8(now.bytes).map_err(|why| Error::Inconsistent(format!("the comparison: {why}")))?;
    let new = NewTerm {
        after: form.expected_term,
        model: Some(form.model),
        since: ctx.env.now(),
        begun_by: actor.user,
        report: Some((now.sha256, &body)),
    };
    let mut tx = ctx.store.begin().await?;
    begin(&mut tx, &new).await?;
    let entry = ctx
        .event(EventKind::ModelPromoted, Some(actor))
        .code("model_sha256", hex::encode(form.model))
        .code("report_sha256", hex::encode(now.sha256))
        .int("term", form.expected_term + 1)
        .int("decisions", i64::try_from(now.report.decisions).unwrap_or(i64::MAX));
    ctx.record(&mut tx, entry).await?;
    let done = Done {
        sentence:
            "The model is in force: campaigns that open from now on are recommended with it. What was recommended before stays as it is."
                .to_owned(),
    };
    attempt::keep(ctx, &mut tx, actor, form.attempt, PROMOTE, actor.user.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}

fn moved_on() -> Error {
    Error::Stale(
        "Somebody put another model in force, or took one back, since the page was shown. Nothing was changed. Look again.".to_owned(),
    )
}

async fn begin(tx: &mut Tx, term: &NewTerm<'_>) -> Result<()> {
    match tx.begin_term(term).await {
        // Somebody else began one at this very moment.
        Err(store::Error::Duplicate { .. }) => Err(moved_on()),
        other => Ok(other?),
    }
}

/// Puts an earlier model, or the stated weights alone, in force again.
///
/// # Errors
/// `Stale` where something else is in force than was shown; `Refused` where the model was never in force, or is not what was
/// signed.
pub async fn roll_back(ctx: &Context, actor: &Actor, form: &RollBackForm) -> Result<Done> {
    crate::retry_busy(ctx, || roll_back_once(ctx, actor, form)).await
}

async fn roll_back_once(ctx: &Context, actor: &Actor, form: &RollBackForm) -> Result<Done> {
    let ctx = &at_one_moment(ctx);
    actor.require(Action::End, Object::Model, false)?;
    let mut tx = ctx.store.begin().await?;
    if let Some(done) = attempt::earlier::<Done>(&mut tx, actor, form.attempt, ROLL_BACK, actor.user.0).await? {
        return Ok(done);
    }
    let term = tx.term().await?;
    let (number, in_force) = term.as_ref().map_or((0, None), |term| (term.number, term.model));
    if number != form.expected_term {
        return Err(moved_on());
    }
    if in_force == form.to {
        return Err(Error::Refused("That is in force already. Nothing was changed.".to_owned()));
    }
    if let Some(to) = form.to {
        if !tx.was_in_force(&to).await? {
            return Err(Error::Refused(
                "Only a model that was in force before can be put back. Another is put in force on its own page, after its comparison is read."
                    .to_owned(),
            ));
        }
        let kept = tx.model(&to).await?.ok_or(Error::NotFound)?;
        of_this_installation(ctx, &kept).map_err(|problem| Error::Refused(problem.sentence(&to)))?;
    }
    let new = NewTerm { after: number, model: form.to, since: ctx.env.now(), begun_by: actor.user, report: None };
    begin(&mut tx, &new).await?;
    let word = |model: Option<[u8; 32]>| model.map_or_else(|| "none".to_owned(), hex::encode);
    let entry = ctx
        .event(EventKind::ModelRolledBack, Some(actor))
        .code("model_sha256", word(form.to))
        .code("from_sha256", word(in_force))
        .int("term", number + 1);
    ctx.record(&mut tx, entry).await?;
    let sentence = if form.to.is_some() {
        "The model that was in force before is in force again, for campaigns that open from now on."
    } else {
        "No model is in force: campaigns that open from now on are recommended with the stated weights alone."
    };
    let done = Done { sentence: sentence.to_owned() };
    attempt::keep(ctx, &mut tx, actor, form.attempt, ROLL_BACK, actor.user.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}
