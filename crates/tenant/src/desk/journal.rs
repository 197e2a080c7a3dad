//! The desk's journal: one JSON object a line, appended and flushed before anything counts.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{DeskError, Instance};
use crate::journal;

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
    journal: journal::Journal<Entry>,
    entries: Vec<Entry>,
}

/// All entries of a journal in order, for counting; empty when there is none. A line that a crash tore off
/// is not an entry.
pub fn read(path: &Path) -> Result<Vec<Entry>, DeskError> {
    Ok(journal::read(path)?)
}

impl Journal {
    /// Opens or begins it, waits for other runs, and drops a line that a crash tore off: it never counted.
    pub(super) fn open(path: &Path) -> Result<Self, DeskError> {
        let (journal, entries) = journal::Journal::open(path)?;
        Ok(Self { journal, entries })
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
        self.journal.append(entries)?;
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
