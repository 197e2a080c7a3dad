//! Background work that survives a crash.
//!
//! A job is enqueued in the transaction of what caused it, claimed with a lease
//! and a fence, and ended by the holder of the current fence only. A worker that
//! dies leaves a job whose lease runs out; another claims it with a higher
//! fence, and what the first one still tries to write is turned away. A job that
//! used up its attempts is dead: kept, shown, and never run again by itself.

use crate::{
    Error, Result, Tx,
    macros::{exec, fetch_all, fetch_one, fetch_optional},
};
use domain::{JobId, Timestamp};
use std::fmt;
use uuid::Uuid;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobState {
    /// To be run at its time.
    Waiting,
    /// A worker has it.
    Running,
    /// Done.
    Done,
    /// Failed as often as it may.
    Dead,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Running, Self::Done, Self::Dead];

    /// The spelling in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A job to be enqueued.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    /// Its id.
    pub id: JobId,
    /// What to do.
    pub kind: &'a str,
    /// With what: JSON.
    pub payload: &'a str,
    /// Not before.
    pub run_at: Timestamp,
    /// How often it may be tried, 1 to 100.
    pub max_attempts: u32,
    /// While a job with this key waits or runs, no second one is added.
    pub dedupe: Option<&'a str>,
}

/// A job as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What to do.
    pub kind: String,
    /// With what: JSON.
    pub payload: String,
    /// Where it stands.
    pub state: JobState,
    /// Not before.
    pub run_at: Timestamp,
    /// How often it was begun.
    pub attempts: u32,
    /// How often it may be begun.
    pub max_attempts: u32,
    /// The worker that has it.
    pub holder: Option<String>,
    /// Until when it has it.
    pub lease_until: Option<Timestamp>,
    /// Grows with each claim.
    pub fence: i64,
    /// How much is done, in units of its kind.
    pub progress_done: i64,
    /// Of how much, where that is known.
    pub progress_total: Option<i64>,
    /// Why it last failed.
    pub last_error: Option<String>,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it was done or given up.
    pub ended_at: Option<Timestamp>,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    payload: String,
    state: String,
    run_at: i64,
    attempts: i64,
    max_attempts: i64,
    holder: Option<String>,
    lease_until: Option<i64>,
    fence: i64,
    progress_done: i64,
    progress_total: Option<i64>,
    last_error: Option<String>,
    created_at: i64,
    ended_at: Option<i64>,
}

impl TryFrom<Row> for Job {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let count = |column, value: i64| u32::try_from(value).map_err(|e| Error::inconsistent("jobs", column, row.id, e));
        let state = JobState::ALL.into_iter().find(|state| state.as_str() == row.state);
        Ok(Self {
            id: JobId(row.id),
            state: state.ok_or_else(|| Error::inconsistent("jobs", "state", row.id, &row.state))?,
            attempts: count("attempts", row.attempts)?,
            max_attempts: count("max_attempts", row.max_attempts)?,
            kind: row.kind,
            payload: row.payload,
            run_at: Timestamp(row.run_at),
            holder: row.holder,
            lease_until: row.lease_until.map(Timestamp),
            fence: row.fence,
            progress_done: row.progress_done,
            progress_total: row.progress_total,
            last_error: row.last_error,
            created_at: Timestamp(row.created_at),
            ended_at: row.ended_at.map(Timestamp),
        })
    }
}

macro_rules! columns {
    () => {
        "id, kind, payload, state, run_at, attempts, max_attempts, holder, lease_until, fence, progress_done, progress_total, last_error, created_at, ended_at"
    };
}

/// Claims one job. The inner query differs only in how it passes over rows that others are claiming.
macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "UPDATE jobs SET state = 'running', holder = $1, lease_until = $2, fence = fence + 1, attempts = attempts + 1 WHERE id = (",
            "SELECT id FROM jobs WHERE state IN ('waiting', 'running') AND run_at <= $3 AND (state = 'waiting' OR lease_until <= $3) ",
            "ORDER BY run_at, id LIMIT 1",
            $lock,
            ") RETURNING ",
            columns!()
        )
    };
}

/// How long to wait after the `attempts`-th failure, in microseconds: 2 seconds, doubled each time up to
/// 10 minutes, of which the upper half is left to chance so that many failures do not come back together.
pub fn backoff(attempts: u32, chance: u32) -> i64 {
    const FIRST: i64 = 2_000_000;
    const MOST: i64 = 600_000_000;
    let whole = FIRST.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(MOST);
    let half = whole / 2;
    half + half * i64::from(chance) / i64::from(u32::MAX)
}

impl Tx {
    /// Adds a job; returns false where one with its dedupe key waits or runs already.
    ///
    /// A job that runs already may have read the world before this transaction
    /// changed it: what must see the change needs a dedupe key of its own.
    pub async fn enqueue(&mut self, job: &NewJob<'_>, now: Timestamp) -> Result<bool> {
        let added = exec!(
            self,
            "INSERT INTO jobs (id, kind, payload, state, run_at, attempts, max_attempts, fence, dedupe, progress_done, created_at) \
             VALUES ($1, $2, $3, 'waiting', $4, 0, $5, 0, $6, 0, $7) ON CONFLICT DO NOTHING",
            job.id.0,
            job.kind,
            job.payload,
            job.run_at.0,
            i64::from(job.max_attempts),
            job.dedupe,
            now.0,
        )?;
        Ok(added == 1)
    }

    /// Whether a job could be claimed now, or a worker's lease ran out.
    pub async fn job_is_due(&mut self, now: Timestamp) -> Result<bool> {
        let found: Option<(i64,)> = fetch_optional!(
            self,
            (i64,),
            "SELECT CAST(1 AS BIGINT) FROM jobs WHERE state IN ('waiting', 'running') AND run_at <= $1 AND (state = 'waiting' OR lease_until <= $1) LIMIT 1",
            now.0
        )?;
        Ok(found.is_some())
    }

    /// Takes the job that has waited longest, or one whose worker's lease ran out.
    pub async fn claim_job(&mut self, holder: &str, now: Timestamp, lease_until: Timestamp) -> Result<Option<Job>> {
        // A job that ended its worker's process each time must not do so for ever.
        exec!(
            self,
            "UPDATE jobs SET state = 'dead', ended_at = $1, last_error = COALESCE(last_error, 'the worker stopped in the middle of it') \
             WHERE state = 'running' AND lease_until <= $1 AND attempts >= max_attempts",
            now.0
        )?;
        let row = if self.is_postgres() {
            fetch_optional!(self, Row, claim!(" FOR UPDATE SKIP LOCKED"), holder, lease_until.0, now.0)?
        } else {
            fetch_optional!(self, Row, claim!(""), holder, lease_until.0, now.0)?
        };
        row.map(Job::try_from).transpose()
    }

    /// Ends the lease of every job that a worker has, so that it is claimed anew at once. For who knows that no worker lives.
    /// Returns how many there were.
    pub async fn end_job_leases(&mut self, now: Timestamp) -> Result<u64> {
        exec!(self, "UPDATE jobs SET lease_until = $1 WHERE state = 'running' AND lease_until > $1", now.0)
    }

    /// Keeps a job for longer. False means that it is another's by now: stop.
    pub async fn extend_job(&mut self, id: JobId, fence: i64, lease_until: Timestamp) -> Result<bool> {
        Ok(exec!(self, "UPDATE jobs SET lease_until = $1 WHERE id = $2 AND fence = $3 AND state = 'running'", lease_until.0, id.0, fence)?
            == 1)
    }

    /// Says how much is done. False means that the job is another's by now: stop.
    pub async fn progress_job(&mut self, id: JobId, fence: i64, done: i64, total: Option<i64>) -> Result<bool> {
        let changed = exec!(
            self,
            "UPDATE jobs SET progress_done = $1, progress_total = $2 WHERE id = $3 AND fence = $4 AND state = 'running'",
            done,
            total,
            id.0,
            fence
        )?;
        Ok(changed == 1)
    }

    /// Ends a job well. In the transaction of its last effect, it makes the effect happen once. False means that the job is another's by now.
    pub async fn complete_job(&mut self, id: JobId, fence: i64, now: Timestamp) -> Result<bool> {
        let changed = exec!(
            self,
            "UPDATE jobs SET state = 'done', holder = NULL, lease_until = NULL, ended_at = $1 WHERE id = $2 AND fence = $3 AND state = 'running'",
            now.0,
            id.0,
            fence
        )?;
        Ok(changed == 1)
    }

    /// Notes that a job failed: it waits until `again_at`, or is dead where it has no attempt left. Returns the state it is in;
    /// `None` means that the job is another's by now.
    pub async fn fail_job(&mut self, id: JobId, fence: i64, now: Timestamp, again_at: Timestamp, error: &str) -> Result<Option<JobState>> {
        let row: Option<(String,)> = fetch_optional!(
            self,
            (String,),
            "UPDATE jobs SET state = CASE WHEN attempts >= max_attempts THEN 'dead' ELSE 'waiting' END, \
             ended_at = CASE WHEN attempts >= max_attempts THEN $1 ELSE NULL END, run_at = $2, holder = NULL, lease_until = NULL, last_error = $3 \
             WHERE id = $4 AND fence = $5 AND state = 'running' RETURNING state",
            now.0,
            again_at.0,
            error,
            id.0,
            fence,
        )?;
        Ok(row.map(|(state,)| if state == JobState::Dead.as_str() { JobState::Dead } else { JobState::Waiting }))
    }

    /// Lets a dead job run again, with all its attempts. False where it is not dead, or one with its dedupe key waits already.
    pub async fn revive_job(&mut self, id: JobId, now: Timestamp) -> Result<bool> {
        let revived = exec!(
            self,
            "UPDATE jobs SET state = 'waiting', run_at = $1, attempts = 0, ended_at = NULL WHERE id = $2 AND state = 'dead' AND NOT EXISTS \
             (SELECT 1 FROM jobs other WHERE other.dedupe = jobs.dedupe AND other.state IN ('waiting', 'running'))",
            now.0,
            id.0
        )?;
        Ok(revived == 1)
    }

    /// A job.
    pub async fn job(&mut self, id: JobId) -> Result<Option<Job>> {
        fetch_optional!(self, Row, concat!("SELECT ", columns!(), " FROM jobs WHERE id = $1"), id.0)?.map(Job::try_from).transpose()
    }

    /// The job with this dedupe key that waits or runs.
    pub async fn living_job(&mut self, dedupe: &str) -> Result<Option<Job>> {
        fetch_optional!(
            self,
            Row,
            concat!("SELECT ", columns!(), " FROM jobs WHERE dedupe = $1 AND state IN ('waiting', 'running')"),
            dedupe
        )?
        .map(Job::try_from)
        .transpose()
    }

    /// When a job of this kind last ended, well or not; `None` where none did, or it is long ago.
    pub async fn last_job_ended_at(&mut self, kind: &str) -> Result<Option<Timestamp>> {
        let (at,) = fetch_one!(self, (Option<i64>,), "SELECT MAX(ended_at) FROM jobs WHERE kind = $1", kind)?;
        Ok(at.map(Timestamp))
    }

    /// A page of the jobs in a state, newest first, before `before`.
    pub async fn jobs(&mut self, state: JobState, before: Option<JobId>, limit: i64) -> Result<Vec<Job>> {
        let before = before.map_or(Uuid::max(), |id| id.0);
        let rows = fetch_all!(
            self,
            Row,
            concat!("SELECT ", columns!(), " FROM jobs WHERE state = $1 AND id < $2 ORDER BY id DESC LIMIT $3"),
            state.as_str(),
            before,
            limit
        )?;
        rows.into_iter().map(Job::try_from).collect()
    }

    /// How many jobs are in each state, by kind, for metrics.
    pub async fn count_jobs(&mut self) -> Result<Vec<(String, String, i64)>> {
        fetch_all!(self, (String, String, i64), "SELECT kind, state, COUNT(*) FROM jobs GROUP BY kind, state ORDER BY kind, state")
    }

    /// Removes jobs that were done before `before`; the dead are kept. Returns how many.
    pub async fn delete_jobs_done(&mut self, before: Timestamp) -> Result<u64> {
        exec!(self, "DELETE FROM jobs WHERE state = 'done' AND ended_at < $1", before.0)
    }
}
