//! The headless story's report. `docs/schemas/demo-report-1.json` is its schema.

use super::measure::OfSource;
use crate::cli::{Failure, write_whole};
use domain::{Env, Timestamp};
use recommend::measure::Measured;
use serde::Serialize;
use std::{collections::BTreeMap, path::Path};

/// What the headless story did and found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// `countersign/demo-report/1`.
    pub schema: &'static str,
    /// True when every promise of the story was kept.
    pub ok: bool,
    /// What was not, as sentences.
    pub problems: Vec<String>,
    /// Which database: "SQLite" or "PostgreSQL".
    pub database: String,
    /// How many there are.
    pub counts: Counts,
    /// Milliseconds per phase of this run; names end with `_ms`.
    pub timings: BTreeMap<String, i64>,
    /// Requests made to each source, or pages read from it.
    pub calls_per_source: BTreeMap<String, u64>,
    /// Requests that the scripted people made to the program.
    pub requests: u64,
    /// How well the recommendations fit the truth; shares in parts of 10,000.
    pub recommendations: Measured,
    /// The same of each source by itself, with what it abstains from and why.
    pub sources: BTreeMap<String, OfSource>,
    /// The evidence pack.
    pub pack: Option<Pack>,
}

/// How many there are.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counts {
    /// People and machines, each counted once however many accounts they have, at the first readings.
    pub people: i64,
    /// Accounts in all sources, at the first readings.
    pub accounts: i64,
    /// Entitlements at the first readings.
    pub entitlements: i64,
    /// Grants at the first readings.
    pub grants: i64,
    /// The same by source.
    pub grants_per_source: BTreeMap<String, i64>,
    /// Items of the campaign.
    pub items: i64,
    /// Items by where they ended.
    pub items_by_state: BTreeMap<String, i64>,
    /// Answers that people gave, undone ones included.
    pub decisions: i64,
    /// Answers by word.
    pub decisions_by_answer: BTreeMap<String, i64>,
    /// Answers that were taken back or replaced within their window.
    pub undone: i64,
    /// Removals.
    pub orders: i64,
    /// Removals by where they ended.
    pub orders_by_state: BTreeMap<String, i64>,
    /// Answers that the scripted reviewers saw acknowledged, over all runs on this folder.
    pub acknowledged: u64,
    /// Grants that the ticket desk took away, over all runs on this folder.
    pub removed_at_desk: u64,
}

/// The evidence pack.
#[derive(Debug, Clone, Serialize)]
pub struct Pack {
    /// The file.
    pub path: String,
    /// SHA-256 of the public key that signed it.
    pub fingerprint: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// What verifying it against that fingerprint said.
    pub verified: String,
}

impl Report {
    /// Writes the report to a file, whole.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_vec_pretty(self).map_err(|why| Failure::environment("the report cannot be written", why))?;
        write_whole(path, &text).map_err(|why| Failure::environment(format!("{} cannot be written", path.display()), why))
    }
}

/// Milliseconds per phase.
#[derive(Debug)]
pub struct Timings {
    env: Env,
    last: Timestamp,
    phases: BTreeMap<String, i64>,
}

impl Timings {
    /// Begins to measure.
    pub fn new(env: &Env) -> Self {
        Self { env: env.clone(), last: env.now(), phases: BTreeMap::new() }
    }

    /// The phase that ends now had this name.
    pub fn phase(&mut self, name: &str) {
        let now = self.env.now();
        *self.phases.entry(format!("{name}_ms")).or_default() += now.since(self.last) / 1_000;
        self.last = now;
    }

    /// What was measured.
    pub fn finish(self) -> BTreeMap<String, i64> {
        self.phases
    }
}
