//! Sources, their readings and what went wrong.

use super::{SourceRead, Words};
use crate::FieldError;
use domain::{AttemptId, NotJoined, Timestamp};
use serde::{Deserialize, Serialize};

/// `/sources`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    /// Every source, by name.
    pub sources: Vec<SourceLine>,
    /// Whether the reader may have them read.
    pub may_sync: bool,
}

/// A source in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceLine {
    /// The source.
    pub source: SourceRead,
    /// How many accounts were there at the last reading.
    pub accounts: Option<i64>,
    /// How many entitlements were there at the last reading.
    pub entitlements: Option<i64>,
    /// The newest reading, whether it succeeded or not.
    pub newest: Option<ReadingLine>,
}

/// `/sources/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourcePage {
    /// The source.
    pub line: SourceLine,
    /// Where it is read from, for people: a folder or an address, without secrets.
    pub place: String,
    /// Whether it is read whole in a moment, so that a reading can be looked at before it is taken; a platform is read in the
    /// background.
    pub whole: bool,
    /// The source's version, which its forms repeat.
    pub version: i64,
    /// For the forms that read it or look ahead; `None` where the reader may not.
    pub attempt: Option<AttemptId>,
    /// What the organisation declares about it: emergency access, separated duties.
    pub declared: Vec<DeclaredLine>,
    /// Readings, newest first, at most 20.
    pub readings: Vec<ReadingLine>,
    /// Accounts that may be somebody's whom another source knows, and were not joined; at most 200.
    pub not_joined: Vec<NotJoinedLine>,
    /// How many they are in all.
    pub not_joined_total: i64,
    /// What a reading would bring; `None` before it was asked for.
    pub preview: Option<Import>,
    /// What could not be taken, by field name.
    pub errors: Vec<FieldError>,
}

/// Something declared about a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredLine {
    /// What, for example "Emergency access" or "Duties that must be apart".
    pub what: String,
    /// Its names.
    pub names: Vec<Words>,
}

/// An account that stands by itself, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotJoinedLine {
    /// The account's name, or its id in the source where it has none.
    pub person: Words,
    /// Its id in the source.
    pub external: Words,
    /// Why it was not joined.
    pub why: NotJoined,
}

/// How a reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReadingOutcome {
    /// It is under way.
    Running,
    /// It was read whole and sealed.
    Sealed,
    /// It was read whole, and nothing had changed.
    Unchanged,
    /// It was stopped; what was there before was kept.
    Failed,
}

/// A reading of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingLine {
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How it ended.
    pub outcome: ReadingOutcome,
    /// The number of the snapshot it sealed.
    pub seq: Option<i64>,
    /// Who asked for it; `None` for the schedule.
    pub by: Option<Words>,
    /// What it brought, in the order of the files: new, changed and gone.
    pub counts: Vec<Counts>,
    /// What went wrong, at most 200 rows; `problems_total` counts all.
    pub problems: Vec<Problem>,
    /// How many problems there were.
    pub problems_total: i64,
    /// Things worth knowing that stopped nothing, as sentences.
    pub warnings: Vec<String>,
    /// What the platform did not let be read, as sentences; what was known of it stays.
    pub unread: Vec<String>,
    /// The snapshot's population hash, in hexadecimal.
    pub population_hash: Option<String>,
}

/// What a reading brought of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Of what: accounts, entitlements, grants, usages, past decisions.
    pub what: String,
    /// Rows that the source said it had, or that were read.
    pub read: i64,
    /// New.
    pub new: i64,
    /// Changed.
    pub changed: i64,
    /// Gone.
    pub gone: i64,
}

/// A row that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The file or page.
    pub file: String,
    /// The row, counted from 1 with the header as row 1; `None` for the whole file.
    pub row: Option<i64>,
    /// The column; `None` for the whole row.
    pub column: Option<String>,
    /// What is wrong and what to do, as a sentence.
    pub message: String,
}

/// What a reading would bring, without storing anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Whether it could be taken.
    pub good: bool,
    /// New, changed and gone, of each thing.
    pub counts: Vec<Counts>,
    /// What is wrong, at most 200 rows.
    pub problems: Vec<Problem>,
    /// How many problems there are.
    pub problems_total: i64,
    /// Things worth knowing that stop nothing, as sentences.
    pub warnings: Vec<String>,
}
