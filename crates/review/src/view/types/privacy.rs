//! Requests about somebody's own data.

use super::Words;
use crate::FieldError;
use domain::{AttemptId, IdentityId, Timestamp};
use serde::{Deserialize, Serialize};

/// `/privacy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Privacy {
    /// What was typed to find somebody.
    pub person: String,
    /// Who was found.
    pub found: Option<PrivacyPerson>,
    /// Everybody who is restricted now.
    pub restricted: Vec<RestrictedPerson>,
    /// Whether the installation retains records.
    pub retained: bool,
    /// Since when that is so; `None` where it was never said.
    pub retained_since: Option<Timestamp>,
    /// For the form that changes it.
    pub attempt: AttemptId,
    /// Copies of packs that were handed out, the newest first, at most 100.
    pub copies: Vec<HandedOutLine>,
    /// What could not be looked up.
    pub errors: Vec<FieldError>,
}

/// Somebody, and what is stored about them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivacyPerson {
    /// The identity.
    pub id: IdentityId,
    /// The name.
    pub name: Words,
    /// Title or department.
    pub line: Option<Words>,
    /// Texts about them that are not erased.
    pub texts: i64,
    /// Whether sources say something of their employment (type, site, working time).
    pub employment: bool,
    /// Whether they are restricted.
    pub restricted: bool,
    /// Copies of packs that may hold texts about them.
    pub copies: Vec<HandedOutLine>,
    /// For the form.
    pub attempt: AttemptId,
    /// `erase` or `restrict`, as it was chosen.
    pub how: String,
    /// Whether the box was ticked.
    pub acknowledge: bool,
    /// What could not be taken.
    pub errors: Vec<FieldError>,
}

/// Somebody who is restricted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestrictedPerson {
    /// The identity.
    pub id: IdentityId,
    /// The name.
    pub name: Words,
    /// Since when.
    pub since: Timestamp,
    /// Who answered the request.
    pub by: Option<Words>,
    /// For the form that lifts it.
    pub attempt: AttemptId,
}

/// A copy of a pack that somebody took away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOutLine {
    /// The name of the campaign, or of several.
    pub campaign: Words,
    /// The pack's file.
    pub file: String,
    /// Who took it.
    pub by: Words,
    /// When.
    pub at: Timestamp,
}
