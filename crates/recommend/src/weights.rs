//! The stated weights: how much each kind of evidence counts.
//!
//! A weight is in thousandths of log-odds that the access should stay: positive
//! argues for keeping, negative for removing. The score is the sum of the
//! weights of the reasons and of nothing else, so that a learned set of weights
//! can take this one's place without any other change. They were set by
//! judgement and tried on invented companies; nobody's decisions went into them.

use crate::recommendation::CanonicalError;
use serde::{Deserialize, Serialize};

/// One line of the table of weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightRow {
    /// The weight's name.
    pub name: &'static str,
    /// Its value in this version of the engine.
    pub value: i32,
    /// What it counts.
    pub meaning: &'static str,
}

macro_rules! weights {
    ($($name:ident = $value:literal, $meaning:literal;)+) => {
        /// The weights and thresholds of one version of the engine.
        ///
        /// | Name | Value | What it counts |
        /// | --- | ---: | --- |
        $(#[doc = concat!("| `", stringify!($name), "` | ", stringify!($value), " | ", $meaning, " |")])+
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct Weights { $(#[doc = $meaning] pub $name: i32,)+ }

        impl Default for Weights {
            fn default() -> Self {
                Self { $($name: $value,)+ }
            }
        }

        /// The table of the default weights, for documents and pages.
        pub const TABLE: &[WeightRow] = &[$(WeightRow { name: stringify!($name), value: $value, meaning: $meaning },)+];
    };
}

// In the order of their names: the canonical form needs it.
weights! {
    approve_at = 1000, "Score from which Approve is recommended.";
    approve_at_high = 1400, "The same where sensitivity is high, privileged or unknown.";
    approved_before = 700, "Approved by a person who looked at this item, within 400 days and since the last change of job.";
    approved_in_bulk = 150, "Approved together with other items, or on the platform, within 400 days and since the last change of job.";
    came_with_old_job = -1300, "Granted before the change of job, and fewer than one in five in the new position hold it.";
    exception_past = 300, "An approved exception that is older than a year or older than the change of job.";
    gap_long = -3500, "Like `gap_telling`, with at least sixteen uses missing, or with six (eight from 90 days on) where by the holder's own habit at least eight are missing as well.";
    gap_short = -4500, "Not used for 28 to 44 days, in which by the habit of the others who use it at least sixteen uses are missing (twelve where no use was ever seen, eight where it came with an old job), or for 14 to 44 days in which four or five are missing from what came along with an old job and at most three of twenty similar people hold, while the holder used other access in the later half of them.";
    gap_telling = -2000, "Not used for 45 days or longer, in which by the habit of the others who use it, or else the holder's own, at least eight uses are missing (five where it came with a group, a rule or a package and is rare among people alike; one to five where none of the people whose other access is most alike holds it), while the holder used other access.";
    guest_away = -4000, "A guest's account with which nothing at all was used for 45 days or longer.";
    idle_180 = -2600, "Not used for 180 days or longer, all of them observed.";
    idle_45 = -400, "Not used for 45 to 89 days, all of them observed.";
    idle_90 = -1800, "Not used for 90 to 179 days, all of them observed.";
    in_step = 900, "At least half of the other holders (three or more) last used it within three weeks of this one: the gap is the work's.";
    just_moved = 900, "The job changed within the last 45 days: a hand-over may still be running.";
    machine_in_use = 1600, "A machine's or shared account with a known owner was seen using it within 90 days.";
    not_used_since_change = -900, "Granted before the change of job and not used since, with the new position rarely holding it.";
    path_by_policy = 300, "Held through a rule, a role or an access package: somebody decided it for everyone alike.";
    peers_few = -600, "From 5 % to under 20 % of people alike hold it, after shrinking towards the wider group.";
    peers_half = 900, "From half to under 80 % of people alike hold it.";
    peers_most = 1600, "At least 80 % of people alike hold it.";
    peers_nobody = -1300, "Fewer than 5 % of people alike hold it.";
    peers_some = 200, "From 20 % to under half of people alike hold it.";
    redundant = -300, "The same entitlement is also held by another path.";
    revoke_at = -1500, "Score up to which Revoke is recommended.";
    revoked_before = -1500, "Revoked earlier, and this very grant is older than that answer.";
    rhythm_quarter_end = 1700, "Few days of use, the last of them around the latest quarter end.";
    rhythm_seldom = 900, "Used so seldom, before the gap or by the others who use it, that fewer than six uses can be missing.";
    rhythm_year = 1300, "Few days of use, the last of them around the latest year end or about a year ago.";
    rule_certain = -8000, "A named rule that makes Revoke on its own (rule 28: left).";
    rule_keeps = 8000, "A named rule that makes Approve on its own (rule 27: emergency access; an approved exception).";
    self_granted = -700, "The holder granted it.";
    team_holds = 400, "At least half of the others with the same manager hold it (three or more).";
    too_new = 1300, "Granted within the last 30 days: too new to judge by use.";
    unshared_never = -1400, "Granted 45 to 89 days ago, watched since then and never used, and none of the people whose other access is most alike holds it.";
    used_application = 500, "The application, though not necessarily this entitlement, was used within 30 days.";
    used_lately = 1600, "Used within 30 days.";
    used_often = 500, "Used within 30 days, and on at least ten days of the window.";
    used_within_45 = 700, "Used from 31 to 44 days ago.";
}

impl Weights {
    /// The canonical bytes (RFC 8785, integers only).
    pub fn to_canonical(&self) -> Result<Vec<u8>, CanonicalError> {
        // INVARIANT: the weights are declared in the order of their names, so that compact JSON is the canonical form.
        Ok(serde_json::to_vec(self)?)
    }

    /// Reads canonical bytes, and refuses any other spelling of the same weights.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, CanonicalError> {
        let read: Self = serde_json::from_slice(bytes)?;
        if read.to_canonical()? == bytes { Ok(read) } else { Err(CanonicalError::NotCanonical) }
    }

    /// The weights by name, for a document that lists them.
    pub fn table() -> &'static [WeightRow] {
        TABLE
    }
}
