//! Where a reading of Entra goes on. A cursor carries everything that the next page needs, so that a reading can be
//! resumed in another process.

use crate::{error::Error, http::LoopGuard, source::Cursor};
use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// The parts of a reading, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Part {
    Users,
    Risks,
    Applications,
    Assignments,
    Groups,
    Members,
    RoleDefinitions,
    RoleAssignments,
    SignIns,
    Audits,
}

/// The place of the next page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Which part.
    #[serde(rename = "p")]
    pub(super) part: Part,
    /// Path and query of the page, where a page before it named one.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<String>,
    /// What is still to be asked one by one: ids, or paths with queries where a page of one named its next.
    #[serde(rename = "i", default, skip_serializing_if = "Vec::is_empty")]
    pub(super) ids: Vec<String>,
    /// Where the list goes on that the ids came from.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<String>,
    /// Notices pages that lead back.
    #[serde(rename = "g", default)]
    pub(super) guard: LoopGuard,
    /// From when on sign-ins, or lines of the audit log, are asked for.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(super) since: Option<Timestamp>,
    /// The oldest line of the log so far.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub(super) oldest: Option<Timestamp>,
    /// Sign-in activity is not asked for, because the platform refused it.
    #[serde(rename = "q", default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) quiet: bool,
    /// Batches in a row in which nothing was answered.
    #[serde(rename = "t", default)]
    pub(super) tries: u32,
}

impl Place {
    /// The beginning of a part.
    pub(super) fn begin(part: Part) -> Self {
        Self {
            part,
            next: None,
            ids: Vec::new(),
            after: None,
            guard: LoopGuard::default(),
            since: None,
            oldest: None,
            quiet: false,
            tries: 0,
        }
    }

    pub(super) fn of(cursor: Option<&Cursor>) -> Result<Self, Error> {
        match cursor {
            None => Ok(Self::begin(Part::Users)),
            Some(Cursor(text)) => serde_json::from_str(text).map_err(|_| Error::Cursor(text.clone())),
        }
    }

    pub(super) fn cursor(&self) -> Cursor {
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }

    /// The same part at the page that an answer names.
    pub(super) fn at(&self, next: String) -> Result<Self, Error> {
        let mut guard = self.guard.clone();
        guard.pass(&next).map_err(|_| Error::Loop { page: next.clone() })?;
        Ok(Self { next: Some(next), guard, ..self.clone() })
    }
}
