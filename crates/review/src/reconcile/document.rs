//! A report as a document (`docs/schemas/reconciliation-1.json`).

use super::{Decided, Source};
use crate::Result;
use domain::{CampaignId, SourceId, Timestamp, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::campaigns::Campaign;

/// The name of the form.
pub const SCHEMA: &str = "countersign/reconciliation/1";

/// What was recommended, what was decided, and what the sources show. Fields stand in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// By campaign: those that are open, or were closed within a year.
    pub campaigns: Vec<CampaignRows>,
    /// The period, from here: RFC 3339, UTC.
    pub from: String,
    /// How many lines there are of each kind; every kind stands here, also with 0.
    pub lines: BTreeMap<String, u64>,
    /// SHA-256 over the lines ([`super::lines_sha256`]).
    pub lines_sha256: String,
    /// When the report was made.
    pub made_at: String,
    /// The form of this document: [`SCHEMA`].
    pub schema: String,
    /// The newest reading of each source, which it shows.
    pub sources: Vec<ReadingOf>,
    /// The period, until before here.
    pub until: String,
}

/// A campaign's items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignRows {
    /// True where what is recommended was hidden when the report was made.
    pub hidden: bool,
    /// The campaign.
    pub id: CampaignId,
    /// Its name.
    pub name: String,
    /// Its items, by recommendation, decision and source; together they are all items.
    pub rows: Vec<Row>,
}

/// Items of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// What was decided.
    pub decided: Decided,
    /// How many.
    pub items: u64,
    /// What was recommended; `None` where nothing was, or it is hidden.
    pub recommended: Option<Verdict>,
    /// What the source shows.
    pub source: Source,
}

/// The newest reading of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingOf {
    /// The source.
    pub id: SourceId,
    /// Its name.
    pub name: String,
    /// When it was read.
    pub read_at: String,
    /// The reading's number.
    pub seq: i64,
}

impl CampaignRows {
    pub(super) fn new(campaign: &Campaign, rows: BTreeMap<(Option<Verdict>, Decided, Source), u64>) -> Self {
        let row = |((recommended, decided, source), items)| Row { decided, items, recommended, source };
        Self {
            hidden: campaign.showing.is_hidden(),
            id: campaign.id,
            name: campaign.name.clone(),
            rows: rows.into_iter().map(row).collect(),
        }
    }
}

impl Document {
    pub(super) fn new(
        (from, until, made_at): (Timestamp, Timestamp, Timestamp),
        campaigns: Vec<CampaignRows>,
        lines: BTreeMap<String, u64>,
        sources: Vec<ReadingOf>,
    ) -> Self {
        Self {
            campaigns,
            from: from.to_rfc3339(),
            lines,
            lines_sha256: String::new(),
            made_at: made_at.to_rfc3339(),
            schema: SCHEMA.to_owned(),
            sources,
            until: until.to_rfc3339(),
        }
    }

    /// Items that the report speaks of.
    pub fn items(&self) -> u64 {
        self.campaigns.iter().flat_map(|campaign| &campaign.rows).map(|row| row.items).sum()
    }

    /// The canonical bytes (RFC 8785, whole numbers only), over which the report's SHA-256 is made.
    pub fn to_canonical(&self) -> Result<Vec<u8>> {
        crate::canonical(self, "a reconciliation")
    }
}
