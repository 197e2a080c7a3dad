//! The weekly reconciliation.

use super::Words;
use crate::reconcile::{CampaignRows, Decided, Kind, ReadingOf};
use domain::{AttemptId, GrantId, ItemId, Timestamp, Verdict};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// `/reconciliation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciliations {
    /// The newest first; at most 60.
    pub reports: Vec<ReportLine>,
    /// True where the reader sees the part about the campaigns they opened, and not the whole.
    pub part: bool,
    /// The form to make one now; `None` where the reader may not.
    pub attempt: Option<AttemptId>,
    /// True while one is being made.
    pub under_way: bool,
}

/// A report in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLine {
    /// The report.
    pub id: Uuid,
    /// The period: from here.
    pub from: Timestamp,
    /// Until before here.
    pub until: Timestamp,
    /// When it was made.
    pub made_at: Timestamp,
    /// True where the reader has not opened it yet.
    pub unread: bool,
    /// How many lines there are of each kind, of those the reader sees; every kind, also with 0.
    pub lines: Vec<(Kind, i64)>,
}

/// `/reconciliation/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconciliationPage {
    /// The report.
    pub report: ReportLine,
    /// True where the reader sees the part about the campaigns they opened, and not the whole.
    pub part: bool,
    /// The campaigns with their rows.
    pub campaigns: Vec<CampaignRows>,
    /// The newest reading of each source, which it shows.
    pub sources: Vec<ReadingOf>,
    /// The kind that the list is cut to.
    pub kind: Option<Kind>,
    /// Lines of the list.
    pub list: Vec<ReconciledLine>,
    /// The key under which the next page of the list begins.
    pub next: Option<i64>,
    /// SHA-256 of the file, in hexadecimal; `None` where the reader does not get the whole.
    pub sha256: Option<String>,
}

/// Something that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReconciledLine {
    /// What it is.
    pub kind: Kind,
    /// Who holds or held the access.
    pub person: Words,
    /// The source's own id of them; `None` where the person is not shown.
    pub person_id: Option<Words>,
    /// The access.
    pub access: Words,
    /// The source's own id of it.
    pub access_id: Words,
    /// Its application.
    pub application: Option<Words>,
    /// The source's name.
    pub source: Words,
    /// The campaign; `None` of access that no campaign asked about.
    pub campaign: Option<Words>,
    /// The item: its number, and its address where the reader may look at it.
    pub item: Option<(i64, Option<ItemId>)>,
    /// The grant, where the reader may look at its history.
    pub history: Option<GrantId>,
    /// What was recommended; `None` where nothing was, or it was hidden when the report was made.
    pub recommended: Option<Verdict>,
    /// What was decided.
    pub decided: Option<Decided>,
    /// When it was decided, or since when the access is there or gone.
    pub since: Timestamp,
}

/// That a report is there which the reader has not opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewReport {
    /// The report.
    pub id: Uuid,
    /// The period: from here.
    pub from: Timestamp,
    /// Lines that the reader sees.
    pub lines: i64,
}
