//! Work in the background.
//!
//! Two kinds stand: giving places in the ledger, and moving answers, closings
//! and orders on. They look every half second whether there is something to do,
//! and write nothing where there is not. The other kinds are rows in the queue,
//! enqueued in the transaction of what caused them.
//!
//! # Once in effect
//!
//! A worker may die at any point, and its job is then begun again. Reading a
//! source twice seals what the second reading saw and nothing twice; a closing
//! goes on where it stood; cleaning twice cleans once. A removal that may have
//! been sent is looked for before it is sent. A pack is kept in the
//! transaction that ends its job, so that a second worker keeps none.

use crate::{
    Context, Error, Result, SignIn, close, export, fairness, learning, native, orders, patterns, quality, reconcile, sequence, sync, users,
};
use domain::{
    CampaignId, JobId, SourceId, Timestamp, UserId,
    time::{DAY, HOUR, MINUTE, SECOND},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::{Job, JobState, NewJob, Tx};
use tokio::sync::watch;

/// How long a worker may be silent before its job is another's, in microseconds.
const LEASE: i64 = 60 * SECOND;
/// How often a worker says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often the standing work and the queue are looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How often a job is tried.
const ATTEMPTS: u32 = 6;
/// How long jobs that are done are kept, in microseconds.
const KEEP: i64 = 30 * DAY;

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", content = "of", rename_all = "snake_case")]
pub enum JobKind {
    /// Makes answers final whose window ended, and moves orders on.
    FinaliseAndSend,
    /// Gives ledger entries their places and signs a checkpoint.
    Sequence,
    /// Reads a source.
    SyncSource {
        /// Which.
        source: SourceId,
        /// Who asked for it; `None` for the schedule.
        by: Option<UserId>,
    },
    /// Carries removals out at a platform, and looks again whether they took effect.
    SendRemovals(SourceId),
    /// Takes final answers to the platform that runs the campaign.
    SendAnswers(CampaignId),
    /// Reads a platform's campaign back.
    ReadBack(CampaignId),
    /// Makes an evidence pack.
    MakePack(CampaignId),
    /// Looks for candidate roles and for grants that look out of place.
    FindPatterns(SourceId),
    /// Measures how well recommendations hold, and whether they fall on everybody alike.
    MeasureQuality {
        /// Who asked for it; `None` where it was due.
        by: Option<UserId>,
    },
    /// Holds recommendations against decisions and against what the sources show.
    Reconcile {
        /// Who asked for it; `None` where a week had ended.
        by: Option<UserId>,
    },
    /// Trains a model on the answers that may teach.
    TrainModel {
        /// Who asked for it; `None` where enough new answers had come.
        by: Option<UserId>,
        /// What it promises: the most that is overturned, in millionths.
        rate: u32,
    },
    /// Carries a confirmed closing out.
    CloseFinish(CampaignId),
    /// Looks for people who left since the last reading and still have access.
    FindLeavers,
    /// Removes sessions that are over and jobs that were done long ago.
    CleanSessions,
}

impl JobKind {
    /// The kind's word, for metrics and pages.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::FinaliseAndSend => "finalise_and_send",
            Self::Sequence => "sequence",
            Self::SyncSource { .. } => "sync_source",
            Self::SendRemovals(_) => "send_removals",
            Self::SendAnswers(_) => "send_answers",
            Self::ReadBack(_) => "read_back",
            Self::MakePack(_) => "make_pack",
            Self::FindPatterns(_) => "find_patterns",
            Self::MeasureQuality { .. } => "measure_quality",
            Self::Reconcile { .. } => "reconcile",
            Self::TrainModel { .. } => "train_model",
            Self::CloseFinish(_) => "close_finish",
            Self::FindLeavers => "find_leavers",
            Self::CleanSessions => "clean_sessions",
        }
    }

    /// While a job with this key waits or runs, no second one is added.
    pub(crate) fn dedupe(&self) -> String {
        match self {
            Self::SyncSource { source: id, .. } | Self::SendRemovals(id) | Self::FindPatterns(id) => format!("{}:{id}", self.as_str()),
            Self::MakePack(id) | Self::CloseFinish(id) | Self::SendAnswers(id) | Self::ReadBack(id) => format!("{}:{id}", self.as_str()),
            Self::FinaliseAndSend
            | Self::Sequence
            | Self::MeasureQuality { .. }
            | Self::Reconcile { .. }
            | Self::FindLeavers
            | Self::CleanSessions
            | Self::TrainModel { .. } => self.as_str().to_owned(),
        }
    }
}

/// What became of a job that was run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// It is done.
    Done(JobKind),
    /// It failed and is tried again later.
    Again(JobKind),
    /// It failed for the last time.
    Dead(JobKind),
    /// Another worker has it.
    Lost(JobKind),
}

/// Adds a job to a transaction; returns false where the same one waits or runs already.
pub async fn enqueue(ctx: &Context, tx: &mut Tx, kind: JobKind, run_at: Timestamp) -> Result<bool> {
    let payload = serde_json::to_string(&kind).map_err(|e| Error::Inconsistent(e.to_string()))?;
    let dedupe = kind.dedupe();
    let job = NewJob { id: ctx.env.id(), kind: kind.as_str(), payload: &payload, run_at, max_attempts: ATTEMPTS, dedupe: Some(&dedupe) };
    Ok(tx.enqueue(&job, ctx.env.now()).await?)
}

/// Adds a job that is to run now; returns false where the same one waits or runs already.
pub async fn enqueue_now(ctx: &Context, kind: JobKind) -> Result<bool> {
    let mut tx = ctx.store.begin().await?;
    let added = enqueue(ctx, &mut tx, kind, ctx.env.now()).await?;
    tx.commit().await?;
    Ok(added)
}

/// Adds the jobs that come round by themselves, where one of them is due and none waits or runs.
pub async fn enqueue_due(ctx: &Context) -> Result<()> {
    enqueue_now(ctx, JobKind::CleanSessions).await?;
    enqueue_now(ctx, JobKind::FindLeavers).await?;
    if quality::is_due(ctx).await? {
        enqueue_now(ctx, JobKind::MeasureQuality { by: None }).await?;
    }
    if reconcile::is_due(ctx).await? {
        enqueue_now(ctx, JobKind::Reconcile { by: None }).await?;
    }
    if let Some(rate) = learning::due(ctx).await? {
        enqueue_now(ctx, JobKind::TrainModel { by: None, rate }).await?;
    }
    Ok(())
}

/// Ends the leases that an earlier run of this installation's only server left behind when it was killed, so that its work goes
/// on at once and not when they run out. Returns how many jobs it had begun.
///
/// Only for who holds the claim of [`store::Store::only_server`]. A worker that lived all the same would find its fences gone
/// and write nothing.
pub async fn take_over(ctx: &Context) -> Result<u64> {
    let now = ctx.env.now();
    let mut tx = ctx.store.begin().await?;
    let jobs = tx.end_job_leases(now).await?;
    tx.end_leases(now).await?;
    tx.commit().await?;
    Ok(jobs)
}

/// Takes the next job that is due and runs it. `None` where none is due.
pub async fn run_one(ctx: &Context, worker: &str) -> Result<Option<Ran>> {
    if !is_due(ctx).await? {
        return Ok(None);
    }
    let now = ctx.env.now();
    let mut tx = ctx.store.begin().await?;
    let claimed = tx.claim_job(worker, now, now.plus(LEASE)).await?;
    tx.commit().await?;
    let Some(job) = claimed else { return Ok(None) };
    let kind: JobKind = match serde_json::from_str(&job.payload) {
        Ok(kind) => kind,
        Err(why) => {
            let error = Error::Inconsistent(format!("job {} of kind {}: {why}", job.id, job.kind));
            failed(ctx, &job, &error).await?;
            return Err(error);
        }
    };
    let outcome = {
        let work = perform(ctx, kind, &job);
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => break Some(done),
                () = tokio::time::sleep(HEARTBEAT) => if !alive(ctx, &job).await? { break None },
            }
        }
    };
    // Dropping the work took back whatever transaction it was in.
    let Some(outcome) = outcome else {
        return Ok(Some(Ran::Lost(kind)));
    };
    match outcome {
        Ok(true) => Ok(Some(Ran::Done(kind))),
        Ok(false) => {
            let mut tx = ctx.store.begin().await?;
            let ours = tx.complete_job(job.id, job.fence, ctx.env.now()).await?;
            tx.commit().await?;
            Ok(Some(if ours { Ran::Done(kind) } else { Ran::Lost(kind) }))
        }
        Err(error) => {
            tracing::warn!(job = kind.as_str(), id = %job.id, attempt = job.attempts, error = %error, "a job failed");
            Ok(Some(match failed(ctx, &job, &error).await? {
                None => Ran::Lost(kind),
                Some(JobState::Dead) => Ran::Dead(kind),
                Some(_) => Ran::Again(kind),
            }))
        }
    }
}

/// Does a job; true where it ended the job itself, in the transaction of its effect.
async fn perform(ctx: &Context, kind: JobKind, job: &Job) -> Result<bool> {
    match kind {
        JobKind::FinaliseAndSend => {
            orders::run(ctx).await?;
        }
        JobKind::Sequence => {
            sequence::run(ctx, &format!("job-{}", job.id)).await?;
        }
        JobKind::SyncSource { source, by } => {
            let by = match by {
                Some(user) => users::actor(ctx, user, SignIn::default()).await?,
                None => None,
            };
            sync::sync(ctx, by.as_ref(), source).await?;
        }
        JobKind::SendRemovals(source) => {
            orders::send(ctx, source, job.attempts >= job.max_attempts).await?;
        }
        JobKind::SendAnswers(campaign) => {
            Box::pin(native::send(ctx, campaign, job.attempts >= job.max_attempts)).await?;
        }
        JobKind::ReadBack(campaign) => {
            Box::pin(native::read_back(ctx, campaign)).await?;
        }
        JobKind::MakePack(campaign) => {
            export::make_for_job(ctx, None, campaign, None, Some((job.id, job.fence))).await?;
            return Ok(true);
        }
        JobKind::FindPatterns(source) => {
            patterns::find(ctx, source).await?;
        }
        JobKind::MeasureQuality { by } => {
            quality::measure(ctx, by).await?;
            fairness::measure(ctx).await?;
        }
        JobKind::Reconcile { by } => {
            reconcile::reconcile(ctx, by).await?;
        }
        JobKind::TrainModel { by, rate } => {
            learning::run(ctx, by, rate).await?;
        }
        JobKind::CloseFinish(campaign) => {
            close::finish(ctx, campaign).await?;
        }
        JobKind::FindLeavers => {
            orders::prove::find_leavers(ctx).await?;
        }
        JobKind::CleanSessions => {
            let now = ctx.env.now();
            let mut tx = ctx.store.begin().await?;
            tx.delete_sessions_over(now).await?;
            tx.delete_reviewer_links_over(now).await?;
            tx.delete_jobs_done(now.plus(-KEEP)).await?;
            tx.commit().await?;
        }
    }
    Ok(false)
}

/// Looked at without a lock, because nearly always no job is due.
async fn is_due(ctx: &Context) -> Result<bool> {
    let mut tx = ctx.store.read().await?;
    Ok(tx.job_is_due(ctx.env.now()).await?)
}

async fn alive(ctx: &Context, job: &Job) -> Result<bool> {
    let mut tx = ctx.store.begin().await?;
    let ours = tx.extend_job(job.id, job.fence, ctx.env.now().plus(LEASE)).await?;
    tx.commit().await?;
    Ok(ours)
}

/// When a job is to run that looks at what came of another: in a second or two, as after a job's first failure.
pub(crate) fn soon(ctx: &Context) -> Timestamp {
    let chance = u32::from_be_bytes(ctx.env.bytes::<4>());
    ctx.env.now().plus(store::jobs::backoff(1, chance))
}

async fn failed(ctx: &Context, job: &Job, error: &Error) -> Result<Option<JobState>> {
    let now = ctx.env.now();
    let chance = u32::from_be_bytes(ctx.env.bytes::<4>());
    let mut tx = ctx.store.begin().await?;
    let state = tx.fail_job(job.id, job.fence, now, now.plus(store::jobs::backoff(job.attempts, chance)), &error.to_string()).await?;
    tx.commit().await?;
    Ok(state)
}

/// How far a job is, for a page that waits for it.
pub async fn job(ctx: &Context, id: JobId) -> Result<Option<Job>> {
    let mut tx = ctx.store.read().await?;
    Ok(tx.job(id).await?)
}

/// Does the background work of one server until `stop` is over. What is under way then is brought to its end.
///
/// `worker` must be unique to this run of this process. Any number of servers may do this on one database.
pub async fn run_until(ctx: &Context, worker: &str, stop: impl Future<Output = ()>) {
    let (stopped, stopping) = watch::channel(false);
    let second = format!("{worker}-2");
    let ends = async {
        stop.await;
        // Nobody listens any more only where both loops are over.
        let _ = stopped.send(true);
    };
    // Boxed, so that who waits for this does not carry four loops on its stack.
    tokio::join!(
        Box::pin(places(ctx, worker, stopping.clone())),
        Box::pin(moves(ctx, stopping.clone())),
        // Two, so that the reading of a large platform does not keep removals and packs waiting.
        Box::pin(queue(ctx, worker, stopping.clone())),
        Box::pin(queue(ctx, &second, stopping)),
        ends
    );
}

/// Waits; false when it is time to stop.
async fn wait(stopping: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        changed = stopping.changed() => changed.is_ok() && !*stopping.borrow(),
        () = tokio::time::sleep(LOOK) => !*stopping.borrow(),
    }
}

async fn places(ctx: &Context, worker: &str, mut stopping: watch::Receiver<bool>) {
    while wait(&mut stopping).await {
        report("sequence", sequence::run(ctx, worker).await);
    }
    // What was acknowledged last is covered before the process ends.
    report("sequence", sequence::run(ctx, worker).await);
}

async fn moves(ctx: &Context, mut stopping: watch::Receiver<bool>) {
    while wait(&mut stopping).await {
        report("finalise_and_send", orders::run(ctx).await);
        report("close_finish", close::finish_due(ctx).await);
    }
}

/// Asks for the readings that are due by schedule; returns how many were added.
pub async fn ask_for_readings(ctx: &Context) -> Result<u64> {
    let due = ctx.store.read().await?.sources_to_read(ctx.env.now()).await?;
    let mut added = 0;
    for source in due {
        added += u64::from(enqueue_now(ctx, JobKind::SyncSource { source, by: None }).await?);
    }
    Ok(added)
}

async fn queue(ctx: &Context, worker: &str, mut stopping: watch::Receiver<bool>) {
    let mut due_at = ctx.env.now();
    let mut read_at = ctx.env.now();
    while wait(&mut stopping).await {
        if ctx.env.now() >= read_at {
            read_at = ctx.env.now().plus(MINUTE);
            report("ask_for_readings", ask_for_readings(ctx).await);
        }
        if ctx.env.now() >= due_at {
            due_at = ctx.env.now().plus(HOUR);
            report("enqueue_due", enqueue_due(ctx).await);
        }
        while !*stopping.borrow() {
            match run_one(ctx, worker).await {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    report::<()>("queue", Err(error));
                    break;
                }
            }
        }
    }
}

/// A standing work that failed is tried again at the next look; what it was about is unchanged.
fn report<T>(work: &'static str, result: Result<T>) {
    match result {
        Ok(_) => {}
        Err(Error::Store(error)) if error.is_busy() => {
            tracing::debug!(work, "the database was busy");
        }
        Err(error) => {
            tracing::error!(work, error = %error, "standing work failed and is tried again");
        }
    }
}
