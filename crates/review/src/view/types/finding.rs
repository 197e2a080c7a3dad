//! Findings: what somebody must look at.

use super::Words;
use crate::FieldError;
use domain::{AttemptId, FindingId, GrantId, ItemId, Timestamp};
use serde::{Deserialize, Serialize};

/// `/findings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Open ones, the newest first.
    pub open: Vec<FindingLine>,
    /// How many are open.
    pub open_total: i64,
    /// Settled ones, the newest first, at most 50.
    pub settled: Vec<FindingLine>,
    /// The key under which the next page of open ones begins.
    pub next: Option<String>,
    /// Whether the reader may open a campaign.
    pub may_open: bool,
}

/// The item that asks anew about access that came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedAnew {
    /// The campaign's name.
    pub campaign: Words,
    /// The item's number within it.
    pub number: i64,
    /// The item; `None` where the reader may not look at it.
    pub item: Option<ItemId>,
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingLine {
    /// The finding.
    pub id: FindingId,
    /// Its kind: `returned`, `regranted`, `emergency_used`, `leaver_active`.
    pub kind: String,
    /// Whom it is about.
    pub person: Words,
    /// Title or department.
    pub person_line: Option<Words>,
    /// The access, where it is about one.
    pub access: Option<Words>,
    /// The application it belongs to.
    pub application: Option<Words>,
    /// The source.
    pub source: Words,
    /// The grant, where there is one.
    pub grant: Option<GrantId>,
    /// Where a campaign asks about it anew (rule 21).
    pub asked: Option<AskedAnew>,
    /// True where it came back, is held, and no campaign asks about it yet: the next that covers it does.
    pub not_asked: bool,
    /// How it came, as far as the data tells: `approved_request`, `rule`, `sync`, `unexplained`.
    pub explanation: Option<String>,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// Who settled it.
    pub settled_by: Option<Words>,
    /// What came of it.
    pub outcome: Option<Words>,
    /// For the form that settles it (fields `attempt` and `outcome`); `None` where the reader may not.
    pub attempt: Option<AttemptId>,
    /// The outcome as it was entered, when it could not be taken.
    pub entered: String,
    /// What could not be taken.
    pub errors: Vec<FieldError>,
}
