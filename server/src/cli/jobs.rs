//! `countersign jobs`: background work that failed for good, why, and letting it run again.

use super::{Common, End, Failure, print, print_json};
use crate::installation::{Installation, sentence};
use clap::Args;
use domain::JobId;
use review::{Context, Error};
use serde::Serialize;
use std::{fmt::Write as _, path::PathBuf};
use store::{Job, JobState};

/// Jobs that are read at once.
const PAGE: i64 = 500;

/// What `jobs` takes.
#[derive(Debug, Args)]
pub struct Options {
    /// The installation's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Let this job run again, with all its attempts; several times for several
    #[arg(long = "again", value_name = "ID")]
    again: Vec<JobId>,
    /// Let every job run again that failed for good
    #[arg(long, conflicts_with = "again")]
    again_all: bool,
}

#[derive(Serialize)]
struct GivenUp {
    id: JobId,
    kind: String,
    payload: serde_json::Value,
    attempts: u32,
    ended_at: Option<String>,
    why: Option<String>,
}

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    failed: Vec<GivenUp>,
    /// Of those asked for: which run again.
    again: Vec<JobId>,
    /// Of those asked for: which are not there, did not fail for good, or wait already under another id.
    left: Vec<JobId>,
}

pub async fn run(common: Common, options: &Options) -> Result<End, Failure> {
    let installation = Installation::open(&options.config, common.now).await?;
    let ctx = &installation.ctx;
    let report = report(options, ctx).await;
    ctx.store.close().await;
    let report = report.map_err(|why| Failure::environment("the jobs", sentence(&why)))?;
    if common.json {
        print_json(&report)?;
    } else {
        print(&text(&report))?;
    }
    Ok(if report.failed.is_empty() && report.left.is_empty() { End::Good } else { End::Finding })
}

async fn report(options: &Options, ctx: &Context) -> Result<Report, Error> {
    let mut tx = ctx.store.begin().await?;
    let asked = if options.again_all { dead(&mut tx).await?.into_iter().map(|job| job.id).collect() } else { options.again.clone() };
    let (mut again, mut left) = (Vec::new(), Vec::new());
    for id in asked {
        if tx.revive_job(id, ctx.env.now()).await? { again.push(id) } else { left.push(id) }
    }
    let failed = dead(&mut tx).await?.into_iter().map(given_up).collect();
    tx.commit().await?;
    Ok(Report { schema: "countersign/jobs/1", failed, again, left })
}

/// Every job that failed for good, newest first.
async fn dead(tx: &mut store::Tx) -> Result<Vec<Job>, Error> {
    let mut all: Vec<Job> = Vec::new();
    loop {
        let page = tx.jobs(JobState::Dead, all.last().map(|job| job.id), PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

fn given_up(job: Job) -> GivenUp {
    GivenUp {
        id: job.id,
        kind: job.kind,
        payload: serde_json::from_str(&job.payload).unwrap_or_default(),
        attempts: job.attempts,
        ended_at: job.ended_at.map(domain::Timestamp::to_rfc3339),
        why: job.last_error,
    }
}

fn text(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    for id in &report.again {
        let _ = writeln!(out, "{id} runs again.");
    }
    for id in &report.left {
        let _ = writeln!(out, "{id} was left: it is not there, did not fail for good, or the same work waits already.");
    }
    if report.failed.is_empty() {
        let _ = writeln!(out, "No job has failed for good.");
    }
    for job in &report.failed {
        let when = job.ended_at.as_deref().unwrap_or("at an unknown time");
        let why = job.why.as_deref().unwrap_or("no reason was kept");
        let _ = writeln!(out, "{} {}, given up {when} after {} attempts: {why}", job.id, job.kind, job.attempts);
    }
    if let Some(job) = report.failed.first() {
        let _ = writeln!(out, "Mend the cause, then: countersign jobs --config FILE --again {}", job.id);
    }
    out
}
