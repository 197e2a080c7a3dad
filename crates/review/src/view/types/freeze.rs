//! Freeze windows.

use super::{Choice, Words};
use crate::FieldError;
use domain::{AttemptId, Timestamp};
use serde::{Deserialize, Serialize};

/// `/freezes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freezes {
    /// The windows that are set, the soonest first.
    pub windows: Vec<FreezeLine>,
    /// For the form that adds one.
    pub attempt: AttemptId,
    /// What was typed.
    pub entered: FreezeEntered,
    /// Sources to choose from.
    pub sources: Vec<Choice>,
    /// Time zones to choose from.
    pub zones: Vec<String>,
    /// What could not be taken.
    pub errors: Vec<FieldError>,
}

/// A freeze window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeLine {
    /// Under which the form names it.
    pub key: String,
    /// What it is for.
    pub name: Words,
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment at which removals leave again.
    pub until: Timestamp,
    /// The source it is for; all where there is none.
    pub source: Option<Words>,
    /// The application it is for; all where there is none.
    pub application: Option<Words>,
    /// Where it stands: `ahead`, `on` or `over`.
    pub stands: FreezeStands,
    /// For the form that takes it off the list.
    pub attempt: AttemptId,
}

/// Where a freeze window stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FreezeStands {
    /// It has not begun.
    Ahead,
    /// Removals wait now.
    On,
    /// It is over.
    Over,
}

/// The form to add one, as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeEntered {
    /// What it is for.
    pub name: String,
    /// The first day.
    pub from_on: String,
    /// The time on that day.
    pub from_time: String,
    /// The last day.
    pub until_on: String,
    /// The time on that day.
    pub until_time: String,
    /// The IANA time zone of both.
    pub zone: String,
    /// The source's id; empty for all.
    pub source: String,
    /// The application; empty for all.
    pub application: String,
}
