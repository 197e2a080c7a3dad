//! Removals in conflict that wait for who answers for the access.

use super::{CampaignHead, ReleaseView, Words};
use crate::orders::conflict::Why;
use domain::{DecisionOrigin, GrantPath, OrderId, RevokeWhy, Timestamp};
use serde::{Deserialize, Serialize};

/// `/removals`: removals in conflict of access that the reader answers for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removals {
    /// The oldest first, at most 50.
    pub lines: Vec<RemovalLine>,
    /// Whether others wait behind these.
    pub more: bool,
}

/// A removal that waits for the reader's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalLine {
    /// The order.
    pub id: OrderId,
    /// The campaign in which it was decided.
    pub campaign: CampaignHead,
    /// Who holds the access.
    pub person: Words,
    /// Title and department.
    pub person_line: Option<Words>,
    /// What is held.
    pub access: Words,
    /// The application it belongs to.
    pub application: Option<Words>,
    /// The source.
    pub source: Words,
    /// How it is held.
    pub path: GrantPath,
    /// How the Revoke came about.
    pub origin: DecisionOrigin,
    /// Why it was revoked, where somebody said.
    pub why: Option<RevokeWhy>,
    /// Who decided, or confirmed the closing whose default did.
    pub decided_by: Option<Words>,
    /// When.
    pub decided_at: Timestamp,
    /// What else the removal would end.
    pub also_ends: Vec<InTheWay>,
    /// Since when it waits.
    pub since: Timestamp,
    /// The form to answer.
    pub answer: ReleaseView,
    /// Why the access cannot be kept from here; `None` where it can.
    pub cannot_keep: Option<String>,
}

/// Access that a removal would end, and why that stands in its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InTheWay {
    /// What is held.
    pub access: Words,
    /// The application it belongs to.
    pub application: Option<Words>,
    /// Why it stands in the way.
    pub why: Why,
    /// Who approved it, is asked about it, or answers for it; `None` where nobody does.
    pub who: Option<Words>,
}
