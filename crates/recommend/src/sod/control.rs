//! Whether one person may keep both sides.

use super::rule::Rule;
use domain::{Timestamp, time::DAY};

/// The longest that a control may be agreed for: after a yearly review and its delays it is looked at again.
const LONGEST_DAYS: i64 = 400;

/// A mitigating control that somebody chose for keeping both sides. What the rule's control states already need not be
/// chosen again; what is chosen here goes before it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chosen {
    /// The control's id among those of the rule.
    pub control: String,
    /// Who does it, by the organisation's id of the person.
    pub owner: Option<String>,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Whether that owner has accepted it (rule 33).
    pub accepted: bool,
}

/// Whether both sides may be approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BothSides {
    /// Yes, until then; after it the conflict is open again.
    Allowed {
        /// The end that was agreed.
        until: Timestamp,
    },
    /// Proposed, and waiting for the owner of the control to accept. Until then both sides are not approved.
    WaitsFor {
        /// The owner.
        owner: String,
    },
    /// No.
    Blocked(Blocked),
}

/// Why both sides may not be approved. The sentences say what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// None was chosen.
    #[error("these two duties must be apart: give up one of them, or choose a control that has an owner and an end date")]
    NoControl,
    /// The rule has no such control.
    #[error("the rule has no control {0}; choose one that the rule names")]
    UnknownControl(String),
    /// Nobody does it.
    #[error("the control {0} has no owner; name who does it")]
    NoOwner(String),
    /// The holder would watch over themself.
    #[error("the owner of the control {0} is the person who holds both sides; name somebody else")]
    OwnerIsHolder(String),
    /// It never ends.
    #[error("the control {0} has no end date; say until when it is agreed")]
    NoEnd(String),
    /// It has ended.
    #[error("the control {0} has ended; agree on it anew, or give up one side")]
    Ended(String),
    /// It ends too late.
    #[error("the control {0} is agreed for more than {LONGEST_DAYS} days; choose an earlier end, so that it is looked at again")]
    TooLong(String),
}

/// Decides whether somebody may keep both sides of a rule. `holder` is the organisation's id of who holds them.
pub fn keeping_both(rule: &Rule, chosen: Option<&Chosen>, holder: &str, as_of: Timestamp) -> BothSides {
    let Some(chosen) = chosen else {
        return BothSides::Blocked(Blocked::NoControl);
    };
    let id = chosen.control.clone();
    let Some(control) = rule.controls.iter().find(|control| control.id == id) else {
        return BothSides::Blocked(Blocked::UnknownControl(id));
    };
    let owner = chosen.owner.as_ref().or(control.owner.as_ref()).filter(|owner| !owner.trim().is_empty());
    let Some(owner) = owner else {
        return BothSides::Blocked(Blocked::NoOwner(id));
    };
    if owner.trim() == holder.trim() {
        return BothSides::Blocked(Blocked::OwnerIsHolder(id));
    }
    match chosen.until.or(control.until) {
        None => BothSides::Blocked(Blocked::NoEnd(id)),
        Some(until) if until <= as_of => BothSides::Blocked(Blocked::Ended(id)),
        Some(until) if until > as_of.plus(LONGEST_DAYS * DAY) => BothSides::Blocked(Blocked::TooLong(id)),
        Some(_) if !chosen.accepted => BothSides::WaitsFor { owner: owner.clone() },
        Some(until) => BothSides::Allowed { until },
    }
}
