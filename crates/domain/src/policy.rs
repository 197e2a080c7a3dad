//! What an organisation sets: windows, ages, brakes.

use crate::{
    access::Sensitivity,
    campaign::DefaultAction,
    time::{DAY, HOUR, MINUTE},
};
use serde::{Deserialize, Serialize};

/// The rules that an organisation sets for its campaigns. Times are in microseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// How long an answer can be undone before its order may leave. From 0 to 7 days.
    pub undo_window: i64,
    /// How old a source's last reading may be before its data counts as stale (rule 4).
    pub source_max_age: i64,
    /// How long the person named by an escalation has to answer.
    pub escalation_due: i64,
    /// What closing does with items that nobody answered (rule 5).
    pub default_action: DefaultAction,
    /// In how many of 100 items, drawn by chance, what is recommended shows only after the answer, so that there are always answers
    /// that nothing influenced (rule 30). From 0 to 100; with 0 nothing is drawn, and only shadow mode gives such answers.
    pub blind_share: u32,
    /// When removals stop and ask a second person (rule 19).
    pub brake: Brake,
    /// Whether who approved the request may also review the grant (rule 37). Always true: no source tells who approved one, so
    /// nobody can be barred by it.
    pub approver_may_review: bool,
}

/// Limits above which removals stop and ask a second person (rule 19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Brake {
    /// Orders that may leave for one source within an hour.
    pub per_source_hour: u32,
    /// Orders that may leave for one application within an hour.
    pub per_application_hour: u32,
    /// Orders that may leave for people of one department within an hour.
    pub per_department_hour: u32,
    /// Largest share, in percent, of a source's grants that may leave within an hour; 100 is no limit. Not applied below
    /// `source_share_from` grants.
    pub source_share_percent: u32,
    /// Fewest grants of a source for which its share is looked at.
    pub source_share_from: u32,
    /// Largest share, in percent, of an application's grants that may leave within an hour; 100 is no limit. Not applied below
    /// `application_share_from` grants.
    pub application_share_percent: u32,
    /// Fewest grants of an application for which its share is looked at.
    pub application_share_from: u32,
    /// Largest share, in percent, of what the people of a department hold that may leave within an hour; 100 is no limit. Not
    /// applied below `department_share_from` grants.
    pub department_share_percent: u32,
    /// Fewest grants of a department's people for which its share is looked at.
    pub department_share_from: u32,
    /// Largest share, in percent, of an entitlement's holders that may lose it within an hour; 100 is no limit. Not applied below
    /// `share_from` holders.
    pub share_percent: u32,
    /// Fewest holders for which the share is looked at.
    pub share_from: u32,
}

impl Brake {
    /// The limits that are shares: name, value in percent.
    pub const fn shares(&self) -> [(&'static str, u32); 4] {
        [
            ("brake.source_share_percent", self.source_share_percent),
            ("brake.application_share_percent", self.application_share_percent),
            ("brake.department_share_percent", self.department_share_percent),
            ("brake.share_percent", self.share_percent),
        ]
    }
}

impl Default for Brake {
    // The smallest sizes let some 15 removals of an application or a department leave, and 40 of a source, before a share asks.
    fn default() -> Self {
        Self {
            per_source_hour: 500,
            per_application_hour: 100,
            per_department_hour: 100,
            source_share_percent: 20,
            source_share_from: 200,
            application_share_percent: 30,
            application_share_from: 50,
            department_share_percent: 30,
            department_share_from: 50,
            share_percent: 30,
            share_from: 10,
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            undo_window: 5 * MINUTE,
            source_max_age: 7 * DAY,
            escalation_due: 3 * DAY,
            default_action: DefaultAction::LeaveAsException,
            blind_share: 5,
            brake: Brake::default(),
            approver_may_review: true,
        }
    }
}

/// A setting that is out of its range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting} must be {range}; it is {found}")]
pub struct BadPolicy {
    /// The setting's name.
    pub setting: &'static str,
    /// The range it must be in.
    pub range: &'static str,
    /// What it is.
    pub found: String,
}

impl Policy {
    /// Checks every range; errors with the first setting that is outside.
    pub fn check(&self) -> Result<(), BadPolicy> {
        let within = |setting, range, value: i64, least: i64, most: i64| {
            if (least..=most).contains(&value) { Ok(()) } else { Err(BadPolicy { setting, range, found: value.to_string() }) }
        };
        within("undo_window", "from 0 to 7 days, in microseconds", self.undo_window, 0, 7 * DAY)?;
        within("source_max_age", "from 1 hour to 400 days, in microseconds", self.source_max_age, HOUR, 400 * DAY)?;
        within("escalation_due", "from 1 hour to 90 days, in microseconds", self.escalation_due, HOUR, 90 * DAY)?;
        within("blind_share", "from 0 to 100, in percent", i64::from(self.blind_share), 0, 100)?;
        for (setting, percent) in self.brake.shares() {
            within(setting, "from 1 to 100", i64::from(percent), 1, 100)?;
        }
        if self.approver_may_review {
            return Ok(());
        }
        Err(BadPolicy {
            setting: "approver_may_review",
            range: "true: no source tells who approved the request for an access, so nobody can be kept from reviewing it for that",
            found: "false".to_owned(),
        })
    }

    /// Whether a decision on access of this sensitivity needs a fresh reading of its source (rule 4). Unknown counts as high.
    pub fn needs_fresh_reading(sensitivity: Option<Sensitivity>) -> bool {
        sensitivity.is_none_or(Sensitivity::is_high_risk)
    }
}
