//! What somebody sees of a reading before it counts.

use crate::{
    reading::Reading,
    records::{EntitlementRecord, GrantRecord, PersonRecord},
    source::Page,
    warning::Warnings,
};
use domain::{GrantPath, Timestamp};
use serde::Serialize;
use std::collections::BTreeMap;

/// Rows shown of each kind.
const FIRST: usize = 10;

/// A summary of a reading. What is new, changed or gone against what is stored is for the caller to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// When the data was taken.
    pub taken_at: Timestamp,
    /// The files, with size, rows and hash.
    pub pages: Vec<Page>,
    /// The first ten people by id.
    pub people: Vec<PersonRecord>,
    /// The first ten entitlements by id.
    pub entitlements: Vec<EntitlementRecord>,
    /// The first ten grants by person, entitlement and path.
    pub grants: Vec<GrantRecord>,
    /// How many people, entitlements, grants, usage records, past decisions and requirements there are.
    pub totals: Totals,
    /// People by status; "unknown" where none is stated.
    pub by_status: BTreeMap<String, u64>,
    /// Entitlements by sensitivity; "unknown" where none is stated.
    pub by_sensitivity: BTreeMap<String, u64>,
    /// Grants by kind of path.
    pub by_path: BTreeMap<String, u64>,
    /// People without a known manager.
    pub without_manager: u64,
    /// Entitlements without a known owner.
    pub without_owner: u64,
    /// Grants whose use is unknown.
    pub use_unknown: u64,
    /// Grants of which it is unknown since when.
    pub granted_on_unknown: u64,
    /// What is to be told about it.
    pub warnings: Warnings,
}

/// How many records of each kind there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// People and machines.
    pub people: u64,
    /// Entitlements.
    pub entitlements: u64,
    /// Grants.
    pub grants: u64,
    /// Usage records.
    pub usage: u64,
    /// Past decisions.
    pub decisions: u64,
    /// Requirements.
    pub requirements: u64,
}

impl Preview {
    /// Summarises a reading.
    pub fn of(reading: &Reading) -> Self {
        let has_use = |g: &&GrantRecord| {
            let sought = (g.person_id.as_str(), g.entitlement_id.as_str());
            reading.usage.binary_search_by(|u| (u.person_id.as_str(), u.entitlement_id.as_str()).cmp(&sought)).is_ok()
        };
        Self {
            taken_at: reading.taken_at,
            pages: reading.pages.clone(),
            people: reading.people.iter().take(FIRST).cloned().collect(),
            entitlements: reading.entitlements.iter().take(FIRST).cloned().collect(),
            grants: reading.grants.iter().take(FIRST).cloned().collect(),
            totals: Totals {
                people: reading.people.len() as u64,
                entitlements: reading.entitlements.len() as u64,
                grants: reading.grants.len() as u64,
                usage: reading.usage.len() as u64,
                decisions: reading.decisions.len() as u64,
                requirements: reading.requirements.len() as u64,
            },
            by_status: tally(reading.people.iter().map(|p| p.status.map_or("unknown", domain::AccountStatus::as_str))),
            by_sensitivity: tally(reading.entitlements.iter().map(|e| e.sensitivity.map_or("unknown", domain::Sensitivity::as_str))),
            by_path: tally(reading.grants.iter().map(|g| kind_of(&g.path))),
            without_manager: reading.people.iter().filter(|p| p.manager_id.is_none()).count() as u64,
            without_owner: reading.entitlements.iter().filter(|e| e.owner_id.is_none()).count() as u64,
            use_unknown: reading.grants.iter().filter(|g| !has_use(g)).count() as u64,
            granted_on_unknown: reading.grants.iter().filter(|g| g.granted_on.is_none()).count() as u64,
            warnings: reading.warnings.clone(),
        }
    }
}

fn tally<'a>(words: impl Iterator<Item = &'a str>) -> BTreeMap<String, u64> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts.into_iter().map(|(word, count)| (word.to_owned(), count)).collect()
}

const fn kind_of(path: &GrantPath) -> &'static str {
    match path {
        GrantPath::Direct => "direct",
        GrantPath::Group(_) => "group",
        GrantPath::Rule(_) => "rule",
        GrantPath::Nested(_) => "nested",
        GrantPath::Role(_) => "role",
        GrantPath::Package(_) => "package",
    }
}
