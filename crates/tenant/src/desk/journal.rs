//! The desk's journal: one JSON object a line, appended and flushed before anything counts.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{DeskError, Instance};
use crate::files::{self, FileError};

/// What was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A grant was taken away.
    Removed,
    /// The grant of the ticket was not there any more.
    AlreadyGone,
    /// A newer grant of the same access stands in its place and was left alone.
    NewerLeftAlone,
    /// Access was given again on request.
    Granted,
    /// The file holds everything accepted so far.
    Settled,
}

impl Event {
    /// Whether it answers a ticket, so that the ticket is never followed again.
    pub const fn answers_ticket(self) -> bool {
        matches!(self, Self::Removed | Self::AlreadyGone | Self::NewerLeftAlone)
    }
}

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What was accepted.
    pub event: Event,
    /// Ticket id, or id of the request to grant again.
    pub id: String,
    /// The order of the ticket; empty otherwise.
    pub order_id: String,
    /// Which grant.
    pub instance: Instance,
    /// Who provisioned it, for grants.
    pub granted_by: String,
}

/// The journal, open and locked for this run.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    entries: Vec<Entry>,
}

/// All entries of a journal in order, for counting; empty when there is none. A line that a crash tore off
/// is not an entry.
pub fn read(path: &Path) -> Result<Vec<Entry>, DeskError> {
    match std::fs::read(path) {
        Ok(bytes) => parse(path, &bytes).map(|(entries, _)| entries),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(FileError::io(path, "read")(error).into()),
    }
}

/// The entries and the length of the whole lines.
fn parse(path: &Path, bytes: &[u8]) -> Result<(Vec<Entry>, u64), DeskError> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut entries = Vec::new();
    for (number, line) in bytes[..whole].split(|byte| *byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let entry = serde_json::from_slice(line).map_err(|error| DeskError::Journal {
            path: path.to_owned(),
            line: number + 1,
            reason: error.to_string(),
        })?;
        entries.push(entry);
    }
    Ok((entries, whole as u64))
}

impl Journal {
    /// Opens or begins it, waits for other runs, and drops a line that a crash tore off: it never counted.
    pub(super) fn open(path: &Path) -> Result<Self, DeskError> {
        if let Some(dir) = path.parent() {
            files::make_dir(dir)?;
        }
        let failed = || FileError::io(path, "opened");
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed())?;
        file.lock().map_err(failed())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed())?;
        let (entries, whole) = parse(path, &bytes)?;
        if whole < bytes.len() as u64 {
            file.set_len(whole).map_err(failed())?;
        }
        file.seek(SeekFrom::End(0)).map_err(failed())?;
        // What is read here is acted on: it must not be in memory only.
        file.sync_all().map_err(failed())?;
        Ok(Self { path: path.to_owned(), file, entries })
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What was accepted since the file last held everything.
    pub(super) fn unsettled(&self) -> &[Entry] {
        let from = self.entries.iter().rposition(|entry| entry.event == Event::Settled).map_or(0, |at| at + 1);
        &self.entries[from..]
    }

    /// Appends and flushes; when this returns, the changes are accepted.
    pub(super) fn accept(&mut self, entries: &[Entry]) -> Result<(), DeskError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for entry in entries {
            bytes.extend(serde_json::to_vec(entry).map_err(FileError::from)?);
            bytes.push(b'\n');
        }
        let failed = || FileError::io(&self.path, "written");
        self.file.write_all(&bytes).map_err(failed())?;
        self.file.sync_all().map_err(failed())?;
        self.entries.extend_from_slice(entries);
        Ok(())
    }

    /// Notes that the file holds everything accepted so far.
    pub(super) fn settle(&mut self) -> Result<(), DeskError> {
        if self.unsettled().is_empty() {
            return Ok(());
        }
        let nothing = Instance { person_id: String::new(), entitlement_id: String::new(), path: String::new(), granted_on: String::new() };
        self.accept(&[Entry {
            event: Event::Settled,
            id: String::new(),
            order_id: String::new(),
            instance: nothing,
            granted_by: String::new(),
        }])
    }
}
