//! Sources, their readings and what went wrong.

use super::{
    head::source_read,
    types::{Counts, DeclaredLine, Import, NotJoinedLine, Problem, ReadingLine, ReadingOutcome, SourceLine, SourcePage, Sources},
};
use crate::{
    Actor, Context, Error, FieldError, Result,
    privacy::Quotes,
    sources::{place_of, settings_of},
    sync::{Changes, ImportPreview, Moved, ProblemRow, ReadingReport},
};
use connect::SourceSettings;
use domain::{Action, Object, SourceId, SourceKind, Timestamp};
use store::{
    Tx,
    sources::{Reading, Source},
};

/// Accounts that were not joined, as a source's page shows them.
const NOT_JOINED: i64 = 200;
/// Readings that a source's page shows.
const READINGS: i64 = 20;

/// Rows with problems that a page shows.
const PROBLEMS: usize = 200;

/// `/sources`: every source, by name.
pub async fn sources(ctx: &Context, actor: &Actor) -> Result<Sources> {
    actor.require(Action::View, Object::Source, false)?;
    let mut tx = ctx.store.read().await?;
    let quotes = Quotes::before(&mut tx, actor).await?;
    let mut lines = Vec::new();
    for source in tx.sources().await? {
        lines.push(source_line(ctx, &mut tx, &quotes, &source).await?);
    }
    Ok(Sources { sources: lines, may_sync: actor.may(Action::Sync, Object::Source, false) })
}

/// `/sources/{id}`, with what a reading would bring where that was asked for, and what could not be taken.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or not for this person.
pub async fn source(ctx: &Context, actor: &Actor, id: SourceId, preview: Option<Import>, errors: Vec<FieldError>) -> Result<SourcePage> {
    actor.require(Action::View, Object::Source, false)?;
    let mut tx = ctx.store.read().await?;
    let source = tx.source(id).await?.ok_or(Error::NotFound)?;
    let settings = settings_of(&source)?;
    let quotes = Quotes::before(&mut tx, actor).await?;
    let mut readings = Vec::new();
    for reading in tx.readings(id, None, READINGS).await? {
        readings.push(reading_line(&mut tx, &quotes, &source, reading).await?);
    }
    let (not_joined_total, not_joined) = tx.not_joined(id, NOT_JOINED).await?;
    let not_joined = not_joined.into_iter().map(|of| NotJoinedLine {
        person: quotes.masked(of.name.as_deref().unwrap_or(&of.external_id)),
        external: quotes.masked(&of.external_id),
        why: of.why,
    });
    Ok(SourcePage {
        line: source_line(ctx, &mut tx, &quotes, &source).await?,
        place: place_of(&source)?,
        whole: source.kind == SourceKind::Files,
        version: source.version,
        attempt: actor.may(Action::Sync, Object::Source, false).then(|| ctx.env.id()),
        declared: declared(&settings),
        readings,
        not_joined: not_joined.collect(),
        not_joined_total,
        preview: preview.map(|import| Import { problems: masked(&quotes, import.problems), ..import }),
        errors,
    })
}

/// What a reading would bring, as a page shows it; what [`crate::sync::preview`] gave.
pub fn import(looked: std::result::Result<ImportPreview, ReadingReport>) -> Import {
    match looked {
        Ok(ImportPreview { preview, changes }) => Import {
            good: true,
            counts: counts(&changes),
            problems: Vec::new(),
            problems_total: 0,
            warnings: preview.warnings.counts.iter().map(|(kind, count)| warning(kind.sentence(), *count)).collect(),
        },
        Err(report) => {
            let (problems, problems_total) = problems(&report);
            Import { good: false, counts: Vec::new(), problems, problems_total, warnings: warnings(&report) }
        }
    }
}

/// Problems without what restricted people are called (rule 44). File, row and column say where to look.
fn masked(quotes: &Quotes, problems: Vec<Problem>) -> Vec<Problem> {
    problems.into_iter().map(|problem| Problem { message: quotes.masked(&problem.message), ..problem }).collect()
}

async fn source_line(ctx: &Context, tx: &mut Tx, quotes: &Quotes, source: &Source) -> Result<SourceLine> {
    let snapshot = match source.last_seq {
        Some(seq) => tx.snapshot(source.id, seq).await?,
        None => None,
    };
    let newest = match tx.readings(source.id, None, 1).await?.pop() {
        Some(reading) => Some(reading_line(tx, quotes, source, reading).await?),
        None => None,
    };
    Ok(SourceLine {
        source: source_read(tx, source, ctx.env.now()).await?,
        accounts: snapshot.as_ref().map(|s| s.accounts),
        entitlements: snapshot.as_ref().map(|s| s.entitlements),
        newest,
    })
}

async fn reading_line(tx: &mut Tx, quotes: &Quotes, source: &Source, reading: Reading) -> Result<ReadingLine> {
    let report: ReadingReport =
        serde_json::from_str(&reading.report).map_err(|why| Error::Inconsistent(format!("reading {}: {why}", reading.id)))?;
    let outcome = match reading.outcome.as_str() {
        "running" => ReadingOutcome::Running,
        "sealed" if nothing_moved(&report.changes) => ReadingOutcome::Unchanged,
        "sealed" => ReadingOutcome::Sealed,
        "failed" => ReadingOutcome::Failed,
        other => return Err(Error::Inconsistent(format!("reading {} has the outcome {other}, which is not known", reading.id))),
    };
    let population_hash = match reading.seq {
        Some(seq) => tx.snapshot(source.id, seq).await?.map(|snapshot| hex::encode(snapshot.population_hash)),
        None => None,
    };
    let by = match reading.by_user {
        Some(user) => tx.user(user.into()).await?.map(|user| user.name),
        None => None,
    };
    let (problems, problems_total) = problems(&report);
    Ok(ReadingLine {
        started_at: Timestamp(reading.started_at),
        ended_at: reading.ended_at.map(Timestamp),
        outcome,
        seq: reading.seq,
        by,
        counts: if reading.seq.is_some() { counts(&report.changes) } else { Vec::new() },
        problems: masked(quotes, problems),
        problems_total,
        warnings: warnings(&report),
        unread: unread(&report),
        population_hash,
    })
}

/// Every kind of record by the name that pages give it.
const fn kinds(changes: &Changes) -> [(&'static str, Moved); 6] {
    [
        ("accounts", changes.accounts),
        ("entitlements", changes.entitlements),
        ("grants", changes.grants),
        ("usages", changes.usage),
        ("past decisions", changes.decisions),
        ("requirements", changes.requirements),
    ]
}

fn nothing_moved(changes: &Changes) -> bool {
    kinds(changes).iter().all(|(_, moved)| moved.new + moved.changed + moved.gone == 0)
}

fn counts(changes: &Changes) -> Vec<Counts> {
    kinds(changes)
        .into_iter()
        .map(|(what, moved)| Counts {
            what: what.to_owned(),
            read: signed(moved.total),
            new: signed(moved.new),
            changed: signed(moved.changed),
            gone: signed(moved.gone),
        })
        .collect()
}

/// The problems that a page shows, and how many there are. What failed as a whole is a problem without a place.
fn problems(report: &ReadingReport) -> (Vec<Problem>, i64) {
    if report.problems.is_empty() && !report.failure.is_empty() {
        let whole = Problem { file: "the source".to_owned(), row: None, column: None, message: report.failure.clone() };
        return (vec![whole], 1);
    }
    let total = signed(report.more_problems) + i64::try_from(report.problems.len()).unwrap_or(i64::MAX);
    (report.problems.iter().take(PROBLEMS).map(problem).collect(), total)
}

fn problem(row: &ProblemRow) -> Problem {
    let said = |label: &str, text: &str| if text.is_empty() { String::new() } else { format!("{label}: {text}. ") };
    let message = format!("{}{}{}", said("Found", &row.found), said("Expected", &row.expected), row.remedy);
    Problem { file: row.file.clone(), row: row.line.map(signed), column: row.column.clone(), message: message.trim().to_owned() }
}

/// What could not be read, as sentences, and what follows from that.
fn unread(report: &ReadingReport) -> Vec<String> {
    let mut lines: Vec<String> = report.unread.iter().map(|part| format!("{}: {}", part.part, part.why)).collect();
    if report.kept_known > 0 {
        lines.push(format!("{} grants stand as the reading before knew them, because this one could not read them.", report.kept_known));
    }
    lines
}

fn warnings(report: &ReadingReport) -> Vec<String> {
    report.warnings.iter().map(|(sentence, count)| warning(sentence, *count)).collect()
}

fn warning(sentence: &str, count: u64) -> String {
    if count == 1 { format!("{sentence} (once)") } else { format!("{sentence} ({count} times)") }
}

fn declared(settings: &SourceSettings) -> Vec<DeclaredLine> {
    let mut lines = Vec::new();
    let mut add = |what: &str, names: Vec<String>| {
        if !names.is_empty() {
            lines.push(DeclaredLine { what: what.to_owned(), names });
        }
    };
    add("Emergency accounts", settings.emergency_accounts.iter().cloned().collect());
    add("Emergency access", settings.emergency_entitlements.iter().cloned().collect());
    add("Who answers for emergency access", settings.emergency_reviewers.iter().cloned().collect());
    add("Duties that must be apart", settings.separated_duties.iter().map(|rule| rule.name.clone()).collect());
    add(
        "Access that cannot be removed here",
        settings.grants_without_removal.iter().map(|way| format!("{}: {}", way.entitlement, way.instead)).collect(),
    );
    lines
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
