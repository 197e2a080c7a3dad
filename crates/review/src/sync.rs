//! Reading a source: what it says now becomes the next sealed snapshot.
//!
//! A reading that has a problem changes nothing but its own record: what was
//! there is kept. A reading without one is stored as the difference to the
//! snapshot before, in one transaction that also seals the new snapshot, looks
//! at every order that waits for a proof, and writes the ledger.

mod diff;
mod join;
pub(crate) mod unread;

pub use unread::LastRead;

use crate::{Actor, Context, Error, Event, Result, connectors::Connector, jobs, orders, privacy::Quotes, sod, sources};
use connect::{Preview, Reading, RuleRead, Unread, files};
use diff::Difference;
use domain::{AccountId, Action, IdentityId, Object, SourceId, SourceKind, Timestamp};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use store::sources::{Snapshot, Source};
use uuid::Uuid;

/// How many records of one kind are new, changed or gone since the snapshot before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Not there before.
    pub new: u64,
    /// There before, and different.
    pub changed: u64,
    /// There before, and no longer.
    pub gone: u64,
    /// In the source now.
    pub total: u64,
}

/// What is new, changed and gone, kind by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Accounts.
    pub accounts: Moved,
    /// Entitlements.
    pub entitlements: Moved,
    /// Grants.
    pub grants: Moved,
    /// Usage records.
    pub usage: Moved,
    /// Past decisions.
    pub decisions: Moved,
    /// Requirements; zero in reports from before they were read.
    #[serde(default)]
    pub requirements: Moved,
}

/// What is kept of a reading, whatever came of it. Stored with the reading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadingReport {
    /// What changed; all zero where the reading failed.
    pub changes: Changes,
    /// What is to be told: kind of warning, sentence, how often.
    pub warnings: Vec<(String, u64)>,
    /// Why it failed, in one sentence; empty where it did not.
    pub failure: String,
    /// What is wrong, row by row.
    pub problems: Vec<ProblemRow>,
    /// Problems that were only counted.
    pub more_problems: u64,
    /// Parts that the platform did not let be read: what was known of them stays, and use is unknown.
    pub unread: Vec<Unread>,
    /// Grants that stand on an earlier reading's word, because this one could not read them.
    pub kept_known: u64,
}

/// One thing that is wrong in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemRow {
    /// The file's name.
    pub file: String,
    /// The line, counting the header as 1; `None` where the whole file is meant.
    pub line: Option<u64>,
    /// The column's name.
    pub column: Option<String>,
    /// What stands there.
    pub found: String,
    /// What should stand there.
    pub expected: String,
    /// What to do.
    pub remedy: String,
}

/// What came of reading a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncReport {
    /// The number of the new snapshot.
    pub seq: i64,
    /// What changed since the snapshot before.
    pub changes: Changes,
    /// What is to be told about it: sentence and count.
    pub warnings: Vec<(String, u64)>,
    /// Orders proven, still there, items no longer held, and findings raised by this reading.
    pub proofs: orders::prove::ProofCounts,
}

/// What a source would bring, before it counts.
#[derive(Debug, Clone)]
pub struct ImportPreview {
    /// A summary with the first rows.
    pub preview: Preview,
    /// What would be new, changed and gone.
    pub changes: Changes,
}

/// Reads a source without storing anything but the attempt's absence of effect: nothing changes.
///
/// # Errors
/// [`Error::Source`] with a sentence where the source cannot be read or has problems.
pub async fn preview(ctx: &Context, actor: &Actor, id: SourceId) -> Result<std::result::Result<ImportPreview, ReadingReport>> {
    actor.require(Action::Sync, Object::Source, false)?;
    let mut tx = ctx.store.read().await?;
    let source = tx.source(id).await?.ok_or(Error::NotFound)?;
    Ok(match read(ctx, &source, ctx.env.now()).await? {
        Err(failed) => Err(failed),
        Ok(mut reading) => {
            unread::keep_known(&mut tx, &source, &mut reading).await?;
            let difference = Difference::of(ctx, &mut tx, &source, &reading).await?;
            Ok(ImportPreview { preview: Preview::of(&reading), changes: difference.changes })
        }
    })
}

/// How a reading that somebody asked for began.
#[derive(Debug)]
pub enum Begun {
    /// It is done: files are read in a moment.
    Read(Box<SyncReport>),
    /// It runs in the background: a platform takes minutes, at the pace that its limits allow.
    UnderWay,
}

/// Has a source read because somebody asks for it.
///
/// # Errors
/// As [`sync`] for files. Of a platform, only [`Error::NotFound`]: what goes wrong stands on the source's page.
pub async fn begin(ctx: &Context, actor: &Actor, id: SourceId) -> Result<Begun> {
    actor.require(Action::Sync, Object::Source, false)?;
    let kind = {
        let mut tx = ctx.store.read().await?;
        tx.source(id).await?.ok_or(Error::NotFound)?.kind
    };
    if kind == SourceKind::Files {
        return match sync(ctx, Some(actor), id).await {
            Ok(done) => Ok(Begun::Read(Box::new(done))),
            // The sentence quotes rows, and with them whoever stands in them (rule 44).
            Err(Error::Source(why)) => Err(Error::Source(Quotes::before(&mut ctx.store.read().await?, actor).await?.masked(&why))),
            Err(error) => Err(error),
        };
    }
    jobs::enqueue_now(ctx, jobs::JobKind::SyncSource { source: id, by: Some(actor.user) }).await?;
    Ok(Begun::UnderWay)
}

/// Reads a source and seals what it says as the next snapshot.
///
/// # Errors
/// [`Error::Source`] with a sentence where the source cannot be read or has problems; the attempt and its problems
/// are stored, and everything else is as it was.
pub async fn sync(ctx: &Context, by: Option<&Actor>, id: SourceId) -> Result<SyncReport> {
    if let Some(actor) = by {
        actor.require(Action::Sync, Object::Source, false)?;
    }
    let reading_id: Uuid = ctx.env.id();
    let started_at = ctx.env.now();
    let mut tx = ctx.store.begin().await?;
    let source = tx.source(id).await?.ok_or(Error::NotFound)?;
    tx.insert_reading(reading_id, id, started_at, by.map(|actor| actor.user)).await?;
    tx.commit().await?;

    let outcome = match read(ctx, &source, started_at).await? {
        Ok(reading) => seal(ctx, by, &source, reading, reading_id).await,
        Err(report) => Err((Error::Source(report.failure.clone()), report)),
    };
    match outcome {
        Ok(done) => Ok(done),
        Err((error, mut report)) => {
            if report.failure.is_empty() {
                report.failure = error.to_string();
            }
            let mut tx = ctx.store.begin().await?;
            tx.end_reading(reading_id, ctx.env.now(), "failed", None, &to_json(&report)?).await?;
            let event = ctx
                .event(EventKind::SourceSynced, by)
                .subject("source", id)
                .code("outcome", "failed")
                .int("problems", i64::try_from(report.problems.len()).unwrap_or(i64::MAX));
            ctx.record(&mut tx, event).await?;
            tx.commit().await?;
            Err(error)
        }
    }
}

async fn seal(
    ctx: &Context,
    by: Option<&Actor>,
    source: &Source,
    mut reading: Reading,
    reading_id: Uuid,
) -> Result<SyncReport, (Error, ReadingReport)> {
    let plain = |error: Error| (error, ReadingReport::default());
    let stored = |error: store::Error| plain(error.into());
    let mut tx = ctx.store.begin().await.map_err(stored)?;
    // Read again within the transaction: the difference must be to the snapshot that this one follows.
    let now_source = tx.source(source.id).await.map_err(stored)?.ok_or_else(|| plain(Error::NotFound))?;
    let kept_known = unread::keep_known(&mut tx, &now_source, &mut reading).await.map_err(plain)?;
    let reading = &reading;
    let last_read = unread::last_read(&mut tx, &now_source, reading).await.map_err(plain)?;
    let difference = Difference::of(ctx, &mut tx, &now_source, reading).await.map_err(plain)?;
    let changes = difference.changes;
    if changes.grants.total == 0 && changes.grants.gone > 0 {
        // An empty file is far more often a broken extraction than a company without access, and it would prove every removal.
        return Err(plain(Error::Source(format!(
            "The source now lists no grants at all, where the reading before had {}. What was read before is kept. Check that the files were extracted whole, and read again.",
            changes.grants.gone
        ))));
    }
    let seq = now_source.last_seq.unwrap_or(0) + 1;
    let (joined, not_joined) = (difference.joined.clone(), difference.unsure);
    difference.apply(ctx, &mut tx, now_source.id, seq).await.map_err(plain)?;
    let sealed_at = ctx.env.now();
    let population_hash = reading.population_hash();
    let snapshot = Snapshot {
        id: ctx.env.id(),
        source_id: source.id.0,
        seq,
        taken_at: reading.taken_at.0,
        sealed_at: sealed_at.0,
        population_hash: population_hash.to_vec(),
        manifest: to_json(&manifest(reading, last_read)).map_err(plain)?,
        accounts: count(reading.people.len()),
        entitlements: count(reading.entitlements.len()),
        grants: count(reading.grants.len()),
        usages: count(reading.usage.len()),
    };
    tx.insert_snapshot(&snapshot).await.map_err(stored)?;
    if !tx.advance_source(source.id, now_source.last_seq, seq, reading.taken_at).await.map_err(stored)? {
        return Err(plain(Error::Stale("Another reading of this source was sealed meanwhile. Read it again.".to_owned())));
    }
    let event = ctx
        .event(EventKind::SnapshotSealed, by)
        .subject("snapshot", snapshot.snapshot_id())
        .subject("source", source.id)
        .int("seq", seq)
        .int("accounts", snapshot.accounts)
        .int("entitlements", snapshot.entitlements)
        .int("grants", snapshot.grants)
        .int("usage", snapshot.usages)
        .int("unread_parts", count(reading.unread.len()))
        .code("population_hash", hex::encode(population_hash))
        .code("manifest_sha256", ledger::sha256_hex(snapshot.manifest.as_bytes()));
    ctx.record(&mut tx, event).await.map_err(plain)?;
    if !joined.is_empty() || not_joined > 0 {
        ctx.record(&mut tx, joining(ctx, by, source, seq, &joined, not_joined)).await.map_err(plain)?;
    }
    let proofs = orders::prove::after_snapshot(ctx, &mut tx, source.id, seq).await.map_err(plain)?;
    if !joined.is_empty() {
        let people = joined.iter().map(|(_, identity)| *identity).collect();
        sod::after_joining(ctx, &mut tx, by, (source.id, seq), &people).await.map_err(plain)?;
    }
    let mut warnings = warnings(&reading.warnings);
    if not_joined > 0 {
        warnings.push((NOT_JOINED.to_owned(), not_joined));
    }
    let settings = sources::settings_of(&now_source).map_err(plain)?;
    warnings.extend(self::warnings(&settings.check_against(reading)));
    let report =
        ReadingReport { changes, warnings: warnings.clone(), unread: reading.unread.clone(), kept_known, ..ReadingReport::default() };
    tx.end_reading(reading_id, sealed_at, "sealed", Some(seq), &to_json(&report).map_err(plain)?).await.map_err(stored)?;
    tx.commit().await.map_err(stored)?;
    Ok(SyncReport { seq, changes, warnings, proofs })
}

/// What is told of accounts that were not joined.
const NOT_JOINED: &str = "The account may be somebody's whom another source knows, and it is not sure: their employee number or address names several people, or the two disagree. It stands by itself.";

/// The event that says which new accounts were joined with people whom other sources know (rule 34).
fn joining(ctx: &Context, by: Option<&Actor>, source: &Source, seq: i64, joined: &[(AccountId, IdentityId)], not_joined: u64) -> Event {
    let list: Vec<String> = joined.iter().map(|(account, identity)| format!("{account} {identity}")).collect();
    ctx.event(EventKind::PeopleJoined, by)
        .subject("source", source.id)
        .int("seq", seq)
        .int("joined", count(joined.len()))
        .int("not_joined", i64::try_from(not_joined).unwrap_or(i64::MAX))
        .code("list_sha256", ledger::sha256_hex(list.join("\n").as_bytes()))
}

/// What a snapshot's manifest says: the pages, and the hash of what was said beside who has what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The pages that were read.
    pub pages: Vec<connect::Page>,
    /// Hash over usage and past decisions, in hexadecimal.
    pub history_hash: String,
    /// Parts that the platform did not let be read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// When each of them was last read: what was known of it is as old as that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub last_read: Vec<LastRead>,
    /// Rules that put people into groups, with how many people are excepted from each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleRead>,
}

fn manifest(reading: &Reading, last_read: Vec<LastRead>) -> Manifest {
    let (pages, unread, rules) = (reading.pages.clone(), reading.unread.clone(), reading.rules.clone());
    Manifest { pages, history_hash: hex::encode(reading.history_hash()), unread, last_read, rules }
}

/// Most problems that are listed of one page of a platform.
const PROBLEMS: usize = 200;

/// Reads what the source says, with what is declared about it.
async fn read(ctx: &Context, source: &Source, taken_at: Timestamp) -> Result<std::result::Result<Reading, ReadingReport>> {
    let read = match ctx.connectors.open(ctx, source).await {
        Ok(Connector::Files(folder)) => {
            // Away from the threads that answer people.
            let clock = ctx.env.clock.clone();
            let read = tokio::task::spawn_blocking(move || files::read(&folder, taken_at, &*clock, &files::Limits::default()));
            read.await.unwrap_or(Err(connect::Error::Interrupted))
        }
        Ok(Connector::Okta(source)) => pages(&*source, taken_at).await,
        Ok(Connector::Entra(source)) => pages(&*source, taken_at).await,
        // A credential that is missing or cannot be used is the source's problem, and its page tells of it.
        Err(Error::Source(failure)) => return Ok(Err(ReadingReport { failure, ..ReadingReport::default() })),
        Err(error) => return Err(error),
    };
    Ok(match read {
        Ok(mut reading) => {
            reading.declare(&sources::settings_of(source)?);
            Ok(reading)
        }
        Err(error) => Err(failed(error)),
    })
}

/// Reads a platform page by page to its end.
async fn pages<S: connect::Source>(source: &S, taken_at: Timestamp) -> std::result::Result<Reading, connect::Error> {
    let mut pages = Vec::new();
    let mut cursor = None;
    loop {
        let mut page = source.read_page(cursor.as_ref()).await?;
        cursor = page.next.take();
        pages.push(page);
        if cursor.is_none() {
            return source.assemble(taken_at, pages, PROBLEMS);
        }
    }
}

fn failed(error: connect::Error) -> ReadingReport {
    let failure = error.to_string();
    let connect::Error::Broken(report) = error else { return ReadingReport { failure, ..ReadingReport::default() } };
    let more_problems = report.not_listed.values().sum();
    let problems = report
        .problems
        .into_iter()
        .map(|p| ProblemRow { file: p.file, line: p.line, column: p.column, found: p.found, expected: p.expected, remedy: p.remedy })
        .collect();
    ReadingReport { failure, problems, more_problems, ..ReadingReport::default() }
}

fn warnings(all: &connect::Warnings) -> Vec<(String, u64)> {
    all.counts.iter().map(|(kind, count)| (kind.sentence().to_owned(), *count)).collect()
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|why| Error::Inconsistent(why.to_string()))
}
