//! Opening a campaign.

use super::{Choice, LeftOut, SourceRead};
use crate::FieldError;
use domain::AttemptId;
use serde::{Deserialize, Serialize};

/// `/campaigns/open`: the form, what was typed, what is wrong with it, and what would come of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCampaign {
    /// Unique to this form.
    pub attempt: AttemptId,
    /// What was typed, or the defaults.
    pub entered: OpenEntered,
    /// What can be chosen.
    pub choices: OpenChoices,
    /// What could not be taken, by field name.
    pub errors: Vec<FieldError>,
    /// What opening would make of it; `None` before it was asked for.
    pub preview: Option<OpenPreview>,
}

/// Which grants of the chosen sources are in scope.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScopeKind {
    /// Every grant.
    #[default]
    All,
    /// Access of the chosen sensitivities.
    Sensitivities,
    /// People of the chosen departments.
    Departments,
    /// Access of the chosen applications.
    Applications,
    /// Grants with one of the chosen causes.
    Causes,
    /// So many grants with the most points of risk.
    Riskiest,
    /// Grants that were not used for so many days, all of them observed.
    Unused,
    /// What people hold whose job changed since a day.
    ChangedJob,
}

/// The fields of the form, as text: what was typed stays, also where it is wrong. The page's field names are those of
/// this struct.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenEntered {
    /// The campaign's name.
    pub name: String,
    /// Ids of the chosen sources.
    pub sources: Vec<String>,
    /// What is in scope.
    pub scope: ScopeKind,
    /// Chosen sensitivities, by their words; `unknown` for access without one.
    pub sensitivities: Vec<String>,
    /// Chosen departments.
    pub departments: Vec<String>,
    /// Chosen applications.
    pub applications: Vec<String>,
    /// Chosen causes, by their keys.
    pub causes: Vec<String>,
    /// How many of the riskiest grants.
    pub riskiest: String,
    /// For how many days they were not used.
    pub unused_days: String,
    /// The day from which changes of job count, as YYYY-MM-DD.
    pub changed_since: String,
    /// The last day, as YYYY-MM-DD.
    pub due_on: String,
    /// The time on that day, as HH:MM.
    pub due_time: String,
    /// The IANA time zone.
    pub zone: String,
    /// What closing does with items that nobody answered, by its word.
    pub default_action: String,
    /// How long an answer can be taken back, in minutes.
    pub undo_minutes: String,
    /// The recommendations are kept hidden (shadow mode).
    pub hidden: bool,
}

/// What the form offers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenChoices {
    /// Sources that have been read.
    pub sources: Vec<SourceRead>,
    /// Sensitivities, with grants.
    pub sensitivities: Vec<Choice>,
    /// Departments, with grants.
    pub departments: Vec<Choice>,
    /// Applications, with grants.
    pub applications: Vec<Choice>,
    /// Causes, with their sentences.
    pub causes: Vec<Choice>,
    /// Time zones, the usual ones first.
    pub zones: Vec<String>,
}

/// What opening would make. Nothing is stored and nobody is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPreview {
    /// Items.
    pub items: i64,
    /// Different people who hold the access.
    pub people: i64,
    /// Different reviewers.
    pub reviewers: i64,
    /// The reviewers with the most items, most first, at most 10.
    pub busiest: Vec<Choice>,
    /// Items by how the reviewer was found, for example "the holder's manager".
    pub routes: Vec<Choice>,
    /// Items by sensitivity.
    pub sensitivities: Vec<Choice>,
    /// The most and the fewest points of risk among the grants, where the scope is by risk.
    pub risk: Option<(u32, u32)>,
    /// How many items would be judged before what is recommended shows, or why none, as a sentence.
    pub judged_first: String,
    /// Grants in scope that would get no item, by reason.
    pub left_out: Vec<LeftOut>,
    /// What deserves a second look before opening, as sentences.
    pub warnings: Vec<String>,
}
