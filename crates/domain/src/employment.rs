//! How somebody is employed, where, and for how much of the week.
//!
//! Sources say it so that figures of fairness can be made of it (rule 35), and for nothing else: no fact, score, verdict, group
//! of people alike or model knows it. The part that recommends has no place for it.

use crate::words;
use serde::{Deserialize, Serialize};

words! {
    /// How much of the week somebody works.
    WorkingTime, "working time" {
        /// All of it.
        FullTime => "full_time",
        /// Part of it.
        PartTime => "part_time",
    }
}

/// What a source says of somebody's employment. `None` is not stated.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Employment {
    /// The type, as the source writes it: "Employee", "Contractor". Compared as an opaque code.
    #[serde(default)]
    pub kind: Option<String>,
    /// The place of work, as the source writes it. Compared as an opaque code.
    #[serde(default)]
    pub site: Option<String>,
    /// How much of the week.
    #[serde(default)]
    pub working_time: Option<WorkingTime>,
}

impl Employment {
    /// True where nothing is stated.
    pub const fn is_unstated(&self) -> bool {
        self.kind.is_none() && self.site.is_none() && self.working_time.is_none()
    }
}
