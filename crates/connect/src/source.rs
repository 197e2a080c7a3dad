//! The contract that every source answers.

use crate::{
    error::Error,
    facts::Facts,
    hash::Digest,
    problem::ErrorReport,
    reading::Reading,
    records::{EntitlementRecord, GrantKey, GrantRecord, PastDecisionRecord, PersonRecord, RequirementRecord, UsageRecord},
    warning::{WarningKind, Warnings},
};
use domain::{OrderId, SourceKind, Timestamp};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

/// Where a reading goes on. Opaque to everyone but the source that gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// What is kept of one page for the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// What was asked for: a file's name, or a request's method and address without secrets.
    pub request: String,
    /// When the answer was read.
    pub read_at: Timestamp,
    /// Size of the answer in bytes.
    pub bytes: u64,
    /// SHA-256 of the answer, byte for byte.
    pub sha256: Digest,
    /// Rows in it, the header not counted.
    pub rows: u64,
    /// Rows that were kept.
    pub kept: u64,
    /// Rows that were left out, by reason.
    pub dropped: BTreeMap<String, u64>,
}

impl Page {
    pub(crate) fn drop_row(&mut self, why: WarningKind) {
        let reason = serde_json::to_value(why).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
        *self.dropped.entry(reason).or_default() += 1;
        self.kept = self.kept.saturating_sub(1);
    }
}

/// The records of one page, each with the line (or ordinal) it stood at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// People and machines.
    pub people: Vec<(u64, PersonRecord)>,
    /// Entitlements.
    pub entitlements: Vec<(u64, EntitlementRecord)>,
    /// Grants.
    pub grants: Vec<(u64, GrantRecord)>,
    /// Usage.
    pub usage: Vec<(u64, UsageRecord)>,
    /// Past decisions.
    pub decisions: Vec<(u64, PastDecisionRecord)>,
    /// Requirements.
    pub requirements: Vec<(u64, RequirementRecord)>,
    /// What grants and usage follow from once every page is read.
    pub facts: Facts,
    /// Ids of people whose own row has a problem: references to them are not a second problem.
    pub unread_people: Vec<String>,
    /// Ids of entitlements whose own row has a problem.
    pub unread_entitlements: Vec<String>,
    /// True where the page as a whole could not be told into rows, so that nothing can be said of references to it.
    pub unreadable: bool,
    /// What means something only together with other pages, in the source's own words, for [`Source::assemble`].
    pub pieces: Vec<serde_json::Value>,
}

/// One page as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRead {
    /// What is kept for the evidence.
    pub page: Page,
    /// What it holds.
    pub records: Records,
    /// What is wrong with it.
    pub problems: ErrorReport,
    /// What is to be told about it.
    pub warnings: Warnings,
    /// Where the next page is; `None` after the last.
    pub next: Option<Cursor>,
}

/// One grant to remove, by order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The order.
    pub order_id: OrderId,
    /// The instance that was decided, and no other (rule 18).
    pub grant: GrantKey,
    /// When it was decided.
    pub decided_on: Timestamp,
    /// Other entitlements of the same person that this removal ends too, as they were shown when it was decided. A removal
    /// that would end more is not carried out (rule 17).
    pub also_ends: BTreeSet<String>,
}

/// What came of carrying one removal out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The platform accepted it. Not yet proven (rule 20).
    Sent,
    /// The platform says that it was not there any more. Not yet proven (rule 20).
    AlreadyGone,
    /// Written to a ticket for people to carry out. Not yet proven.
    Ticketed {
        /// The ticket file's name.
        file: String,
        /// SHA-256 of the file.
        sha256: Digest,
    },
    /// The platform refused it, with its reason.
    Refused(String),
    /// The platform has no removal for this grant; the right way is given.
    CannotBeRemovedHere(String),
    /// It may have been carried out: the answer was lost, and the source still shows the grant.
    Unknown,
    /// The instance that was decided is gone; a newer one stands in its place and was left alone (rule 18).
    NewerLeftAlone {
        /// Since when the newer one is held.
        granted_on: Timestamp,
    },
    /// It would end more than was decided; nothing was sent (rule 17).
    WouldEndMore(Vec<GrantKey>),
    /// Nothing was sent, for a reason that may pass; it can be ordered again.
    NotSent(String),
}

/// What a re-reading shows of one grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is not there any more.
    Gone,
    /// It is still there, or cannot be told from one that is.
    Still,
    /// The instance that was decided is gone; a newer one of the same access stands in its place and is left alone (rule 18).
    Newer {
        /// Since when the newer one is held.
        granted_on: Timestamp,
    },
}

/// A re-reading: what was seen, and the pages that show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reread {
    /// When the data was taken, by the source's own account.
    pub taken_at: Timestamp,
    /// The pages that were read.
    pub pages: Vec<Page>,
    /// One answer per grant asked for, in the same order.
    pub seen: Vec<Seen>,
}

/// A source of access.
pub trait Source: Send + Sync {
    /// What kind of platform it is.
    fn kind(&self) -> SourceKind;

    /// Reads one page: the first without a cursor, the next with the cursor of the page before.
    ///
    /// A page with problems is an answer, not an error, so that all problems of
    /// a reading can be told at once; [`crate::Reading::assemble`] refuses it.
    fn read_page(&self, cursor: Option<&Cursor>) -> impl Future<Output = Result<PageRead, Error>> + Send;

    /// Puts the pages of one reading together, at most `limit` problems listed per page. A source whose pages mean something
    /// only together does it in its own way.
    ///
    /// # Errors
    /// As [`Reading::assemble`].
    fn assemble(&self, taken_at: Timestamp, pages: Vec<PageRead>, limit: usize) -> Result<Reading, Error> {
        Reading::assemble(taken_at, pages, limit)
    }

    /// Carries removals out; one outcome per removal, in the same order.
    ///
    /// The same batch id with the same removals has the same effect once, however often it is asked.
    fn carry_out(&self, batch_id: &str, removals: &[Removal]) -> impl Future<Output = Result<Vec<Outcome>, Error>> + Send;

    /// Looks again at single grants.
    fn reread(&self, grants: &[GrantKey]) -> impl Future<Output = Result<Reread, Error>> + Send;
}
