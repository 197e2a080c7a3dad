//! Candidate roles and grants that look out of place.

use super::{SourceRead, Words};
use domain::{AttemptId, GrantId, Sensitivity, Timestamp};
use serde::{Deserialize, Serialize};

/// `/sources/{id}/patterns`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patterns {
    /// The source.
    pub source: SourceRead,
    /// The form to look anew; `None` where the reader may not.
    pub attempt: Option<AttemptId>,
    /// True while a look is under way.
    pub under_way: bool,
    /// What was found last; `None` where nobody looked yet.
    pub found: Option<PatternsFound>,
}

/// What was found in a reading of the source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatternsFound {
    /// When the look was made.
    pub made_at: Timestamp,
    /// True where the source was read again since.
    pub older: bool,
    /// People who hold something.
    pub people: i64,
    /// Entitlements that are held.
    pub entitlements: i64,
    /// Grants; the same held twice by one person counts once.
    pub grants: i64,
    /// Candidate roles, over all.
    pub roles_total: i64,
    /// What would be looked after instead of the grants that they cover: memberships, and what each role gives.
    pub instead: i64,
    /// The roles, the one that saves most first; at most 40.
    pub roles: Vec<RoleLine>,
    /// Grants that no role covers.
    pub single: i64,
    /// How many people have such grants.
    pub excepted: i64,
    /// Those with most of them; at most 100.
    pub exceptions: Vec<ExceptionLine>,
    /// How many grants the first roles cover together: after the first, after the first two, and so on.
    pub covered: Vec<i64>,
    /// Grants that look out of place, over all.
    pub strange: i64,
    /// The strangest of them, the strangest first; at most 200.
    pub outliers: Vec<OutlierLine>,
}

/// A candidate role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleLine {
    /// Its place, from 1.
    pub number: i64,
    /// How many people would have it.
    pub members: i64,
    /// The department that most of them are in, and how many; `None` where departments are unknown.
    pub mostly: Option<(Words, i64)>,
    /// Some of the people, by name.
    pub people: Vec<Words>,
    /// What it would give: application and name.
    pub entitlements: Vec<Words>,
    /// How many entitlements it would give.
    pub gives: i64,
    /// Grants that it covers and no role before it does.
    pub adds: i64,
}

/// What one person holds beyond the roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionLine {
    /// The person.
    pub person: Words,
    /// Some of what they hold beyond.
    pub entitlements: Vec<Words>,
    /// How much that is.
    pub total: i64,
}

/// A grant that looks out of place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlierLine {
    /// The grant.
    pub grant: GrantId,
    /// Whether the reader may see the grant's history.
    pub history: bool,
    /// Who holds it.
    pub person: Words,
    /// The holder's department.
    pub department: Option<Words>,
    /// What is held.
    pub access: Words,
    /// Its application.
    pub application: Option<Words>,
    /// Its sensitivity.
    pub sensitivity: Option<Sensitivity>,
    /// How many others hold the same.
    pub other_holders: i64,
    /// How much else the holder has.
    pub other_grants: i64,
}
