//! The history of any grant, for those who audit.

use super::{Choice, Record, SourceRead, Words};
use crate::explain::Outcome;
use domain::{
    AccountStatus, Answer, CampaignId, GrantId, GrantPath, ItemId, OrderState, RecommendationId, ReviewState, Sensitivity, Timestamp,
};
use serde::{Deserialize, Serialize};

/// `/history`: grants, with filters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// What was asked for.
    pub filters: HistoryFilters,
    /// Sources to choose from.
    pub sources: Vec<Choice>,
    /// Campaigns to choose from, newest first.
    pub campaigns: Vec<Choice>,
    /// This page of grants, in order of id.
    pub rows: Vec<HistoryLine>,
    /// The key under which the next page begins; `None` when this is the last.
    pub next: Option<String>,
    /// A filter that could not be understood, as a sentence.
    pub error: Option<String>,
}

/// Filters, as they were entered. The page's field names are those of this struct.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryFilters {
    /// Part of a person's name or e-mail address.
    pub person: String,
    /// Part of an access's or application's name.
    pub access: String,
    /// A source's id.
    pub source: String,
    /// A campaign's id.
    pub campaign: String,
    /// A review state or an order state, by its word, as `item:decided` or `order:proven`.
    pub state: String,
    /// The key of the page.
    pub after: String,
}

impl HistoryFilters {
    /// True when nothing was asked for.
    pub fn is_empty(&self) -> bool {
        [&self.person, &self.access, &self.source, &self.campaign, &self.state].iter().all(|text| text.trim().is_empty())
    }
}

/// A grant in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// The grant.
    pub grant: GrantId,
    /// Who holds or held it.
    pub person: Words,
    /// Title or department.
    pub person_line: Option<Words>,
    /// What is or was held.
    pub access: Words,
    /// The application it belongs to.
    pub application: Option<Words>,
    /// The source.
    pub source: Words,
    /// The path.
    pub path: GrantPath,
    /// When a reading first showed it.
    pub seen_from: Timestamp,
    /// When a reading no longer showed it; `None` while it is held.
    pub gone_at: Option<Timestamp>,
    /// The newest item about it, with its campaign's name.
    pub campaign: Option<Words>,
    /// That item's state.
    pub state: Option<ReviewState>,
    /// That item's answer.
    pub answer: Option<Answer>,
    /// The state of the removal that followed.
    pub order: Option<OrderState>,
}

/// `/history/{grant}`: from the source's page to the proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantHistory {
    /// The grant.
    pub grant: GrantId,
    /// Who holds or held it, by the name known now.
    pub person: Words,
    /// Title and department.
    pub person_line: Option<Words>,
    /// What the source says of the account now.
    pub status: Option<AccountStatus>,
    /// What is or was held.
    pub access: Words,
    /// The application it belongs to.
    pub application: Option<Words>,
    /// What it lets its holder do.
    pub description: Option<Words>,
    /// How much harm it could do.
    pub sensitivity: Option<Sensitivity>,
    /// The source.
    pub source: SourceRead,
    /// The path.
    pub path: GrantPath,
    /// When it was granted.
    pub granted_on: Option<Timestamp>,
    /// Who granted it.
    pub granted_by: Option<Words>,
    /// When a reading first showed it.
    pub seen_from: Timestamp,
    /// When a reading no longer showed it; `None` while it is held.
    pub gone_at: Option<Timestamp>,
    /// What happened, oldest first.
    pub records: Vec<Record>,
    /// The items about it, newest first.
    pub reviews: Vec<GrantReview>,
    /// Size of the newest checkpoint that covers all of these records; `None` while one of them waits for its place.
    pub covered_by: Option<i64>,
    /// When that checkpoint was signed.
    pub covered_at: Option<Timestamp>,
    /// True when somebody outside keeps copies of checkpoints (rule 45).
    pub witnessed: bool,
}

/// An item about a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantReview {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its name.
    pub name: Words,
    /// The item.
    pub item: ItemId,
    /// Its number.
    pub number: i64,
    /// Where it stands.
    pub state: ReviewState,
    /// The answer that counts.
    pub answer: Option<Answer>,
    /// The recommendation, for recomputing it.
    pub recommendation: Option<RecommendationId>,
    /// What came of recomputing it; `None` when it was not asked for.
    pub recomputed: Option<Outcome>,
}
