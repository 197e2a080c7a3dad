//! A simulated ticket desk: it reads removal tickets and takes exactly those grants out of `grants.csv`.
//!
//! Every accepted change stands in the journal, on disk, before it counts: the journal is written first and
//! flushed, then the file is replaced, then the journal notes that the file holds everything so far. After a
//! crash anywhere in between, the next run finishes what the journal says and starts nothing a second time.

mod journal;
mod tickets;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use journal::{Entry, Event, read as read_journal};

use crate::calendar::parse_rfc3339;
use crate::files::{self, FileError};
use crate::journal::JournalError;
use journal::Journal;
use tickets::Ticket;

/// Why the desk could not work. What the journal had accepted stays accepted.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The file system refused, or a table could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The journal could not be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The grants have other columns than the desk knows.
    #[error("{} has the columns {found}; expected person_id, entitlement_id, path, granted_on, granted_by", path.display())]
    Columns {
        /// The grants file.
        path: PathBuf,
        /// Its header.
        found: String,
    },
    /// A request to grant again that cannot be carried out.
    #[error("{0}")]
    Regrant(String),
}

/// One grant instance: the same access granted at another moment is another one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Instance {
    /// Who holds it.
    pub person_id: String,
    /// What is held.
    pub entitlement_id: String,
    /// By which path.
    pub path: String,
    /// Since when, RFC 3339; empty when the file does not say.
    pub granted_on: String,
}

impl Instance {
    fn same_access(&self, other: &Self) -> bool {
        (&self.person_id, &self.entitlement_id, &self.path) == (&other.person_id, &other.entitlement_id, &other.path)
    }

    /// The same moment in another spelling is the same instance.
    fn same(&self, other: &Self) -> bool {
        let moment = |text: &str| parse_rfc3339(text).ok_or_else(|| text.to_owned());
        self.same_access(other) && moment(&self.granted_on) == moment(&other.granted_on)
    }
}

/// A row of `grants.csv`, kept as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    instance: Instance,
    granted_by: String,
}

/// What a run of the desk did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Grants taken away by this run.
    pub removed: usize,
    /// Tickets whose grant was gone already.
    pub already_gone: usize,
    /// Tickets whose access has been granted anew since: the newer grant is left alone.
    pub newer_left_alone: usize,
    /// Tickets done in an earlier run or earlier in this one.
    pub repeated: usize,
    /// Changes that an interrupted run had accepted and this one finished.
    pub finished: usize,
    /// Rows and files that could not be followed; nothing was done for them.
    pub refused: Vec<Refusal>,
}

/// Something the desk did not follow, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Name of the ticket file.
    pub file: String,
    /// Line in it, from 1; 0 for the whole file.
    pub line: usize,
    /// What is wrong, and what would do.
    pub reason: String,
}

/// Reads every ticket file in `tickets_dir` and takes the grants that they name out of `dir/grants.csv`.
///
/// A ticket applied is never applied twice; a run after a crash finishes the interrupted one. One run at a
/// time: others wait for the journal.
pub fn apply(dir: &Path, tickets_dir: &Path, journal: &Path) -> Result<Applied, DeskError> {
    let mut journal = Journal::open(journal)?;
    let path = dir.join("grants.csv");
    let mut rows = read_rows(&path)?;
    let mut applied = Applied { finished: catch_up(&journal, &mut rows), ..Applied::default() };
    let mut known: BTreeMap<String, Instance> = journal
        .entries()
        .iter()
        .filter(|entry| entry.event.answers_ticket())
        .map(|entry| (entry.id.clone(), entry.instance.clone()))
        .collect();
    let read = tickets::read_all(tickets_dir)?;
    applied.refused = read.refused;
    let mut accepted = Vec::new();
    for ticket in read.tickets {
        if let Some(earlier) = known.get(&ticket.id) {
            if earlier.same(&ticket.instance) {
                applied.repeated += 1;
            } else {
                applied.refused.push(ticket.refuse("this ticket id was used for another grant; give each removal its own"));
            }
            continue;
        }
        let event = take_away(&mut rows, &ticket);
        match event {
            Event::Removed => applied.removed += 1,
            Event::NewerLeftAlone => applied.newer_left_alone += 1,
            _ => applied.already_gone += 1,
        }
        known.insert(ticket.id.clone(), ticket.instance.clone());
        accepted.push(Entry { event, id: ticket.id, order_id: ticket.order_id, instance: ticket.instance, granted_by: String::new() });
    }
    let changed = applied.finished > 0 || applied.removed > 0;
    journal.accept(&accepted)?;
    if changed {
        files::replace(&path, &table(&rows)?)?;
    }
    journal.settle()?;
    Ok(applied)
}

/// A request to give access again after it was taken away: the "access returns" story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regrant {
    /// Id of the request; the same one is carried out once.
    pub request_id: String,
    /// What to give, with the new moment of granting in `granted_on`.
    pub instance: Instance,
    /// Who provisions it, a `person_id` or empty.
    pub granted_by: String,
}

/// Gives access again. Says whether this call did it: a request known already is not carried out twice.
pub fn regrant(dir: &Path, journal: &Path, request: &Regrant) -> Result<bool, DeskError> {
    let mut journal = Journal::open(journal)?;
    let path = dir.join("grants.csv");
    let mut rows = read_rows(&path)?;
    let finished = catch_up(&journal, &mut rows);
    let known = journal.entries().iter().any(|entry| entry.event == Event::Granted && entry.id == request.request_id);
    if !known {
        let wanted = &request.instance;
        if parse_rfc3339(&wanted.granted_on).is_none() {
            return Err(DeskError::Regrant(format!(
                "\"{}\" is not a moment such as 2026-11-21T08:10:44Z; say when the access is granted again",
                wanted.granted_on
            )));
        }
        if rows.iter().any(|row| row.instance.same_access(wanted)) {
            return Err(DeskError::Regrant(format!(
                "{} holds {} by {} already; nothing was granted",
                wanted.person_id, wanted.entitlement_id, wanted.path
            )));
        }
        if journal.entries().iter().any(|entry| entry.instance.same(wanted)) {
            return Err(DeskError::Regrant("this very grant was removed; access given again has a later moment of granting".to_owned()));
        }
        rows.push(Row { instance: wanted.clone(), granted_by: request.granted_by.clone() });
        journal.accept(&[Entry {
            event: Event::Granted,
            id: request.request_id.clone(),
            order_id: String::new(),
            instance: wanted.clone(),
            granted_by: request.granted_by.clone(),
        }])?;
    }
    if !known || finished > 0 {
        files::replace(&path, &table(&rows)?)?;
    }
    journal.settle()?;
    Ok(!known)
}

/// Finishes what the journal accepted and the file may not hold yet; says how much was missing.
fn catch_up(journal: &Journal, rows: &mut Vec<Row>) -> usize {
    let mut finished = 0;
    for entry in journal.unsettled() {
        let before = rows.len();
        match entry.event {
            Event::Removed => rows.retain(|row| !row.instance.same(&entry.instance)),
            Event::Granted if !rows.iter().any(|row| row.instance.same(&entry.instance)) => {
                rows.push(Row { instance: entry.instance.clone(), granted_by: entry.granted_by.clone() });
            }
            _ => {}
        }
        finished += usize::from(rows.len() != before);
    }
    finished
}

fn take_away(rows: &mut Vec<Row>, ticket: &Ticket) -> Event {
    let before = rows.len();
    rows.retain(|row| !row.instance.same(&ticket.instance));
    if rows.len() < before {
        Event::Removed
    } else if rows.iter().any(|row| row.instance.same_access(&ticket.instance)) {
        Event::NewerLeftAlone
    } else {
        Event::AlreadyGone
    }
}

const COLUMNS: [&str; 5] = ["person_id", "entitlement_id", "path", "granted_on", "granted_by"];

fn read_rows(path: &Path) -> Result<Vec<Row>, DeskError> {
    let bytes = std::fs::read(path).map_err(FileError::io(path, "read"))?;
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let header = reader.headers().map_err(FileError::from)?.clone();
    let found: Vec<&str> = header.iter().map(|name| name.trim_start_matches('\u{feff}')).collect();
    if found != COLUMNS {
        return Err(DeskError::Columns { path: path.to_owned(), found: found.join(", ") });
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(FileError::from)?;
        let cell = |index: usize| record.get(index).unwrap_or_default().to_owned();
        rows.push(Row {
            instance: Instance { person_id: cell(0), entitlement_id: cell(1), path: cell(2), granted_on: cell(3) },
            granted_by: cell(4),
        });
    }
    Ok(rows)
}

fn table(rows: &[Row]) -> Result<Vec<u8>, FileError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for Row { instance, granted_by } in rows {
        writer.write_record([&instance.person_id, &instance.entitlement_id, &instance.path, &instance.granted_on, granted_by])?;
    }
    writer.into_inner().map_err(|error| FileError::Csv(error.into_error().into()))
}
