//! Closing a campaign, after a look at what that removes.

use super::{CampaignHead, Words};
use crate::FieldError;
use domain::{AttemptId, DefaultAction};
use serde::{Deserialize, Serialize};

/// `/campaigns/{id}/close`: a dry run. Nothing is stored before it is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseCampaign {
    /// The campaign.
    pub head: CampaignHead,
    /// Unique to this form.
    pub attempt: AttemptId,
    /// The campaign's version as shown.
    pub expected_version: i64,
    /// The digest of this preview, 64 hexadecimal digits: closing repeats it (`preview_digest`).
    pub digest: String,
    /// True when the box was ticked.
    pub acknowledge: bool,
    /// What could not be taken, by field name.
    pub errors: Vec<FieldError>,
    /// Set when the preview changed since it was last shown: a sentence.
    pub changed: Option<String>,
    /// Approvals that can still be undone and become final by closing.
    pub staged_approvals: i64,
    /// Removals that can still be undone and are sent by closing.
    pub staged_removals: i64,
    /// Removals that were decided before and have not left.
    pub waiting_removals: i64,
    /// Items that nobody has answered; escalated ones are among them (rule 1).
    pub open: i64,
    /// How many of those are with a person whom an escalation named.
    pub open_escalated: i64,
    /// What the default does with them.
    pub default_action: DefaultAction,
    /// Removals that the default would order.
    pub default_removals: i64,
    /// Removals that would be held as conflicts (rule 17).
    pub conflicts: i64,
    /// Removals that the brake would hold (rule 19).
    pub braked: i64,
    /// Removals that cannot be made here (rule 20).
    pub cannot: i64,
    /// All that closing would remove, by application, most first.
    pub by_application: Vec<RemovalGroup>,
    /// All that closing would remove, by person, most first, at most 50.
    pub by_person: Vec<RemovalGroup>,
    /// Reviewers with open items, most first, at most 50.
    pub open_by_reviewer: Vec<CloseReviewer>,
    /// Sentences that the owner must have read before closing. Not empty: the box must be ticked.
    pub acknowledgements: Vec<String>,
}

/// Removals of one application or one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalGroup {
    /// Its name.
    pub name: Words,
    /// Decided by people.
    pub decided: i64,
    /// Ordered by the default.
    pub by_default: i64,
}

/// A reviewer with open items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseReviewer {
    /// The name.
    pub name: Words,
    /// How many.
    pub open: i64,
}
