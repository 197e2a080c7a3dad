//! What pages say that means something only together.

use crate::http::HttpError;
use domain::{Timestamp, time::DAY};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A piece of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Piece {
    /// Somebody's profile, for managers and rules, and their last sign-in.
    Profile { user: String, profile: Map<String, Value>, created: Option<Timestamp>, last_login: Option<Timestamp> },
    /// A group rule that is at work.
    Rule { name: String, groups: Vec<String>, expression: String, excluded: Vec<String> },
    /// A group that may be held.
    Group { line: u64, id: String, name: String, description: Option<String>, admin: bool, counted: Option<u64> },
    /// Its members, of one page.
    Members { group: String, users: Vec<String> },
    /// Its first owner who is a person.
    Owner { group: String, owner: String },
    /// An application; `seen` where Okta sees sign-ins to it.
    App { line: u64, id: String, label: String, seen: bool },
    /// Somebody's assignment of an application: by hand, or through a group where it is told which.
    AppUser { line: u64, app: String, user: String, by_hand: bool, group: Option<String>, since: Option<Timestamp> },
    /// Groups that an application is assigned to.
    AppGroups { app: String, groups: Vec<String> },
    /// A role that somebody holds; through a group where it is told which.
    Role { line: u64, user: String, role: String, label: String, by_hand: bool, group: Option<String>, since: Option<Timestamp> },
    /// What a page of the log says: uses by person and application, with the days and the last moment; who joined what when;
    /// what people did as administrators, by person and action.
    Log {
        used: BTreeMap<String, BTreeMap<String, Uses>>,
        joined: Vec<(String, String, Timestamp)>,
        #[serde(default)]
        acted: BTreeMap<String, BTreeMap<String, Uses>>,
    },
    /// The log was read to its end: from this moment to this one; `acts` where it was asked for administrators' acts too.
    Observed {
        from: Timestamp,
        until: Timestamp,
        #[serde(default)]
        acts: bool,
    },
}

/// Uses of one application by one person, or one kind of act.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Uses {
    /// The last one.
    pub last: Timestamp,
    /// Days since 1970 with a use.
    pub days: std::collections::BTreeSet<i64>,
}

impl Uses {
    /// One more use.
    pub(super) fn add(&mut self, at: Timestamp) {
        self.last = self.last.max(at);
        self.days.insert(at.micros().div_euclid(DAY));
    }

    /// Those of another page.
    pub(super) fn join(&mut self, other: Self) {
        self.last = self.last.max(other.last);
        self.days.extend(other.days);
    }
}

impl Piece {
    pub(super) fn to_value(&self) -> Result<Value, HttpError> {
        serde_json::to_value(self).map_err(|error| HttpError::Client(error.to_string()))
    }
}
