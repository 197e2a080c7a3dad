//! The report as a document (`docs/schemas/shadow-report-1.json`).

use crate::Result;
use domain::CampaignId;
use recommend::shadow::Comparison;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The name of the form.
pub const SCHEMA: &str = "countersign/shadow-report/1";

/// Hidden recommendations beside people's answers. Fields stand in the order of their names, as the canonical form has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Items that are not compared, by why.
    pub apart: Apart,
    /// The campaign.
    pub campaign: CampaignId,
    /// The comparison.
    pub compared: Comparison,
    /// The versions of the engine that made what is compared.
    pub engines: BTreeSet<String>,
    /// No share is stated for fewer cases.
    pub fewest: u64,
    /// Items of the campaign: those that are compared, and those counted apart.
    pub items: u64,
    /// When the campaign was opened, as RFC 3339, UTC.
    pub opened_at: Option<String>,
    /// The form of this document: [`SCHEMA`].
    pub schema: String,
    /// The names of the sources.
    pub sources: Vec<Named>,
}

/// Items that are not compared, counted (rule 32).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apart {
    /// Answered by somebody who had read the report by then.
    pub after_reading: u64,
    /// Answered on the platform that runs the campaign, by whom and after what is not known here.
    pub answered_on_platform: u64,
    /// With a person whom an escalation named.
    pub escalated: u64,
    /// The access was gone before it was settled.
    pub no_longer_held: u64,
    /// Somebody owes an answer.
    pub open: u64,
    /// Answered in a way that cannot judge a recommendation, for example together with others.
    pub otherwise: u64,
    /// Nobody answered by closing.
    pub unanswered: u64,
    /// Answered, and what was recommended cannot be read: another version wrote it, or it was changed in the database.
    #[serde(default)]
    pub unreadable: u64,
    /// Answered, with nothing to compare with.
    pub without_recommendation: u64,
}

/// A name for an id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// The id.
    pub id: String,
    /// The name.
    pub name: String,
}

impl Report {
    /// The canonical bytes (RFC 8785, whole numbers only), over which the report's SHA-256 is made.
    pub fn to_canonical(&self) -> Result<Vec<u8>> {
        crate::canonical(self, &format!("the report of campaign {}", self.campaign))
    }
}
