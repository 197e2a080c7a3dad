//! The named rules that come before any weighing.

use crate::cause::Cause;
use crate::fact::{FactId, FactValue, Facts};
use crate::reason::{Reason, Says};
use crate::weights::Weights;
use domain::{AccountRisk, AccountStatus, EscalateMeaning, Grain, RiskLevel, Sensitivity, Timestamp, Verdict};
use serde::{Deserialize, Serialize};

/// Days for which an approved exception counts.
const EXCEPTION_DAYS: i64 = 365;
/// Days for which a use of emergency access is put before people.
const EMERGENCY_USE_DAYS: i64 = 90;

/// A named rule that decides on its own. A change in what one of them does changes the engine's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HardRule {
    /// Emergency access of somebody who has left: two named people take it over (rules 27 and 28).
    LeftEmergencyAccess,
    /// Emergency access that was used within 90 days (rule 27).
    EmergencyAccessUsed,
    /// Emergency access, never judged by non-use (rule 27).
    EmergencyAccess,
    /// A machine's or shared account without an owner (rule 29).
    MachineWithoutOwner,
    /// The last day has passed, yet something happened since (rule 28).
    LeftYetSomethingHappened,
    /// The last day has passed (rule 28).
    LeftWithAccess,
    /// Marked as left without a last day that has passed (rule 28).
    LeftWithoutDate,
    /// Disabled without a last day that has passed (rule 28).
    DisabledWithoutDate,
    /// The platform sees a high risk that the account is in somebody else's hands: what was used says nothing of its holder.
    AccountAtRisk,
    /// Something that is required to hold the access has run out.
    RequirementLapsed,
    /// An exception approved within a year and since the last change of job.
    ApprovedException,
    /// Held together with what must be apart (rule 33).
    SeparatedDuties,
    /// The holder granted it to themselves: somebody else looks (rule 37).
    SelfGranted,
    /// Privileged, and use is unknown (rule 26).
    PrivilegedUseUnknown,
    /// No manager who is still here.
    ManagerMissing,
}

impl HardRule {
    /// Every rule, in the order in which they are tried. The first that applies decides.
    pub const ALL: &'static [Self] = &[
        Self::LeftEmergencyAccess,
        Self::EmergencyAccessUsed,
        Self::EmergencyAccess,
        Self::MachineWithoutOwner,
        Self::LeftYetSomethingHappened,
        Self::LeftWithAccess,
        Self::LeftWithoutDate,
        Self::DisabledWithoutDate,
        Self::AccountAtRisk,
        Self::RequirementLapsed,
        Self::ApprovedException,
        Self::SeparatedDuties,
        Self::SelfGranted,
        Self::PrivilegedUseUnknown,
        Self::ManagerMissing,
    ];

    /// The stable name used in storage and in evidence.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeftEmergencyAccess => "left-emergency-access",
            Self::EmergencyAccessUsed => "emergency-access-used",
            Self::EmergencyAccess => "emergency-access",
            Self::MachineWithoutOwner => "machine-without-owner",
            Self::LeftYetSomethingHappened => "left-yet-something-happened",
            Self::LeftWithAccess => "left-with-access",
            Self::LeftWithoutDate => "left-without-date",
            Self::DisabledWithoutDate => "disabled-without-date",
            Self::AccountAtRisk => "account-at-risk",
            Self::RequirementLapsed => "requirement-lapsed",
            Self::ApprovedException => "approved-exception",
            Self::SeparatedDuties => "separated-duties",
            Self::SelfGranted => "self-granted",
            Self::PrivilegedUseUnknown => "privileged-use-unknown",
            Self::ManagerMissing => "manager-missing",
        }
    }

    /// When it applies and what it decides, in a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::LeftEmergencyAccess => "Emergency access of somebody whose last day has passed: Escalate, two named people take it over.",
            Self::EmergencyAccessUsed => "Emergency access that was used within 90 days: Escalate.",
            Self::EmergencyAccess => "Emergency access that was not used: Approve, it is meant to lie unused.",
            Self::MachineWithoutOwner => "A machine's or shared account without an owner who is still here: Escalate.",
            Self::LeftYetSomethingHappened => "The last day has passed, yet something happened since: Escalate.",
            Self::LeftWithAccess => "The last day has passed, and nothing happened since: Revoke.",
            Self::LeftWithoutDate => "Marked as left, without a last day that has passed: Escalate.",
            Self::DisabledWithoutDate => "Disabled, without a last day that has passed: Escalate.",
            Self::AccountAtRisk => "A high risk that the account is in somebody else's hands, as its platform sees it: Escalate.",
            Self::RequirementLapsed => "A training, licence, clearance or contract that the access requires has run out: Escalate.",
            Self::ApprovedException => "An exception approved within a year and since the last change of job: Approve.",
            Self::SeparatedDuties => "Held together with what must be apart: Escalate.",
            Self::SelfGranted => "Granted by the holder to themselves: Escalate.",
            Self::PrivilegedUseUnknown => "Privileged, and use is unknown: Escalate.",
            Self::ManagerMissing => "Nobody who manages the holder is known or still here: Escalate.",
        }
    }

    /// The facts that it looks at, in the order of [`FactId::ALL`].
    pub const fn looks_at(self) -> &'static [FactId] {
        match self {
            Self::LeftEmergencyAccess => &[FactId::LeftOn, FactId::Emergency],
            Self::EmergencyAccessUsed => &[FactId::Emergency, FactId::LastUsed],
            Self::EmergencyAccess => &[FactId::AccountAtRisk, FactId::Emergency],
            Self::MachineWithoutOwner => &[FactId::AccountStatus, FactId::ManagerMissing],
            Self::LeftYetSomethingHappened => &[
                FactId::StartedOn,
                FactId::LeftOn,
                FactId::StartedAfterEnd,
                FactId::ChangedJobAfterEnd,
                FactId::ActivityAfterEnd,
                FactId::GrantedAfterEnd,
                FactId::ChangedJobOn,
            ],
            Self::LeftWithAccess => &[FactId::AccountStatus, FactId::LeftOn],
            Self::LeftWithoutDate | Self::DisabledWithoutDate => &[FactId::AccountStatus],
            Self::AccountAtRisk => &[FactId::AccountAtRisk],
            Self::RequirementLapsed => &[FactId::RequirementLapsed],
            Self::ApprovedException => &[FactId::ChangedJobOn, FactId::PastRevoked, FactId::PastException],
            Self::SeparatedDuties => &[FactId::SeparatedDuties, FactId::CheaperSide],
            Self::SelfGranted => &[FactId::HolderOwns, FactId::SelfGranted],
            Self::PrivilegedUseUnknown => &[FactId::Sensitivity, FactId::UsageGrain, FactId::LastUsed, FactId::UnusedDays],
            Self::ManagerMissing => &[FactId::ManagerMissing, FactId::EntitlementOwner],
        }
    }
}

impl std::fmt::Display for HardRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a rule decides.
#[derive(Debug)]
pub struct Ruling {
    pub rule: HardRule,
    pub verdict: Verdict,
    pub meaning: Option<EscalateMeaning>,
    pub cause: Cause,
    pub alarm: bool,
    pub reasons: Vec<Reason>,
}

impl Ruling {
    fn escalate(rule: HardRule, meaning: EscalateMeaning, cause: Cause, reasons: Vec<Reason>) -> Self {
        Self { rule, verdict: Verdict::Escalate, meaning: Some(meaning), cause, alarm: false, reasons }
    }

    fn alarming(self, alarm: bool) -> Self {
        Self { alarm, ..self }
    }
}

fn told(says: Says, facts: &[FactId]) -> Reason {
    Reason { facts: facts.to_vec(), says, weight: 0 }
}

/// What the source says of the account.
pub fn status(facts: &Facts) -> AccountStatus {
    match facts.value(FactId::AccountStatus) {
        Some(FactValue::Status(status)) => *status,
        // Unknown: no rule about machines or leave applies, and non-use is never stated (`gather`).
        _ => AccountStatus::Active,
    }
}

/// How much harm the entitlement could do; `None` when nobody has said.
pub fn sensitivity(facts: &Facts) -> Option<Sensitivity> {
    match facts.value(FactId::Sensitivity) {
        Some(FactValue::Sensitivity(sensitivity)) => Some(*sensitivity),
        _ => None,
    }
}

/// The grain of what was seen; `None` where nothing was watched.
pub fn grain(facts: &Facts) -> Option<Grain> {
    match facts.value(FactId::UsageGrain) {
        Some(FactValue::Grain(grain)) => Some(*grain),
        _ => None,
    }
}

/// Fewest days of non-use that say anything; CIS control 5.3 calls an account dormant after 45 days.
pub const LEAST_IDLE_DAYS: i64 = 45;

/// Whether neither use nor non-use of the entitlement itself is known (rule 26).
pub fn use_unknown(facts: &Facts) -> bool {
    let seen_in_use = grain(facts).is_some_and(Grain::is_of_itself) && facts.at(FactId::LastUsed).is_some();
    !seen_in_use && facts.number(FactId::UnusedDays).is_none_or(|days| days < LEAST_IDLE_DAYS)
}

/// The first rule that applies.
pub fn rule(facts: &Facts, as_of: Timestamp, weights: &Weights) -> Option<Ruling> {
    emergency(facts, as_of, weights)
        .or_else(|| machine(facts))
        .or_else(|| left(facts, as_of, weights))
        .or_else(|| unclear_status(facts))
        .or_else(|| at_high_risk(facts))
        .or_else(|| requirement_lapsed(facts, as_of))
        .or_else(|| exception(facts, as_of, weights))
        .or_else(|| duties(facts))
        .or_else(|| self_granted(facts))
        .or_else(|| privileged(facts))
        .or_else(|| no_manager(facts))
}

fn emergency(facts: &Facts, as_of: Timestamp, weights: &Weights) -> Option<Ruling> {
    if !facts.flag(FactId::Emergency) {
        return None;
    }
    let mut reasons = vec![told(Says::Emergency {}, &[FactId::Emergency])];
    if let Some(left) = facts.at(FactId::LeftOn) {
        reasons.push(told(Says::Left { days: as_of.days_since(left), on: left }, &[FactId::LeftOn]));
        let rule = HardRule::LeftEmergencyAccess;
        let ruling = Ruling::escalate(rule, EscalateMeaning::AboveThisReviewer, Cause::LeftEmergencyAccess, reasons);
        return Some(ruling.alarming(true));
    }
    if let Some(used) = facts.at(FactId::LastUsed) {
        let days = as_of.days_since(used);
        if days <= EMERGENCY_USE_DAYS {
            reasons.push(told(Says::EmergencyUsed { days, used }, &[FactId::Emergency, FactId::LastUsed]));
            let rule = HardRule::EmergencyAccessUsed;
            return Some(Ruling::escalate(rule, EscalateMeaning::NeedsYourJudgement, Cause::EmergencyAccessUsed, reasons));
        }
    }
    // Nobody approves unseen what somebody else may hold in their hands.
    if at_high_risk(facts).is_some() {
        return None;
    }
    let reasons = vec![Reason { facts: vec![FactId::Emergency], says: Says::Emergency {}, weight: weights.rule_keeps }];
    let rule = HardRule::EmergencyAccess;
    Some(Ruling { rule, verdict: Verdict::Approve, meaning: None, cause: Cause::EmergencyAccess, alarm: false, reasons })
}

fn machine(facts: &Facts) -> Option<Ruling> {
    if !status(facts).is_non_human() || !facts.flag(FactId::ManagerMissing) {
        return None;
    }
    let reasons = vec![told(Says::MachineWithoutOwner {}, &[FactId::AccountStatus, FactId::ManagerMissing])];
    let (rule, above) = (HardRule::MachineWithoutOwner, EscalateMeaning::AboveThisReviewer);
    let past_its_end = facts.at(FactId::LeftOn).is_some();
    Some(Ruling::escalate(rule, above, Cause::MachineWithoutOwner, reasons).alarming(past_its_end))
}

fn left(facts: &Facts, as_of: Timestamp, weights: &Weights) -> Option<Ruling> {
    let end = facts.at(FactId::LeftOn)?;
    let mut reasons = vec![];
    if let Some(used) = facts.at(FactId::ActivityAfterEnd) {
        reasons.push(told(Says::ActiveAfterEnd { end, used }, &[FactId::LeftOn, FactId::ActivityAfterEnd]));
    }
    if let Some(granted) = facts.at(FactId::GrantedAfterEnd) {
        reasons.push(told(Says::GrantedAfterEnd { end, granted }, &[FactId::LeftOn, FactId::GrantedAfterEnd]));
    }
    if let (true, Some(start)) = (facts.flag(FactId::StartedAfterEnd), facts.at(FactId::StartedOn)) {
        reasons.push(told(Says::CameBack { end, start }, &[FactId::LeftOn, FactId::StartedOn, FactId::StartedAfterEnd]));
    }
    if let (true, Some(changed)) = (facts.flag(FactId::ChangedJobAfterEnd), facts.at(FactId::ChangedJobOn)) {
        reasons.push(told(Says::Converted { changed, end }, &[FactId::LeftOn, FactId::ChangedJobOn, FactId::ChangedJobAfterEnd]));
    }
    if !reasons.is_empty() {
        let rule = HardRule::LeftYetSomethingHappened;
        return Some(Ruling::escalate(rule, EscalateMeaning::NeedsYourJudgement, Cause::LeftYetSomethingHappened, reasons));
    }
    let says = Says::Left { days: as_of.days_since(end), on: end };
    Some(Ruling {
        rule: HardRule::LeftWithAccess,
        verdict: Verdict::Revoke,
        meaning: None,
        cause: Cause::LeftWithAccess,
        alarm: status(facts) != AccountStatus::Disabled,
        reasons: vec![Reason { facts: vec![FactId::LeftOn, FactId::AccountStatus], says, weight: weights.rule_certain }],
    })
}

fn unclear_status(facts: &Facts) -> Option<Ruling> {
    let (rule, says) = match status(facts) {
        AccountStatus::Left => (HardRule::LeftWithoutDate, Says::LeftWithoutDate {}),
        AccountStatus::Disabled => (HardRule::DisabledWithoutDate, Says::DisabledWithoutDate {}),
        _ => return None,
    };
    let reasons = vec![told(says, &[FactId::AccountStatus])];
    Some(Ruling::escalate(rule, EscalateMeaning::NeedsYourJudgement, Cause::StatusUnclear, reasons))
}

/// How likely the account is in somebody else's hands, where anything is known that is worth a word.
pub fn account_risk(facts: &Facts) -> Option<AccountRisk> {
    match facts.value(FactId::AccountAtRisk) {
        Some(FactValue::Risk(risk)) => Some(*risk).filter(|risk| risk.level != RiskLevel::None),
        _ => None,
    }
}

fn at_high_risk(facts: &Facts) -> Option<Ruling> {
    let AccountRisk { level, since } = account_risk(facts).filter(|risk| risk.level == RiskLevel::High)?;
    let reasons = vec![told(Says::AccountAtRisk { level, since }, &[FactId::AccountAtRisk])];
    Some(Ruling::escalate(HardRule::AccountAtRisk, EscalateMeaning::NeedsYourJudgement, Cause::AccountAtRisk, reasons))
}

/// Whether the access may be held at all is nothing that use or people alike could answer. That a renewal is on its way, or
/// was never entered, only a person can know.
fn requirement_lapsed(facts: &Facts, as_of: Timestamp) -> Option<Ruling> {
    let needed = facts.needed(FactId::RequirementLapsed)?;
    let says = Says::RequirementLapsed { days: as_of.days_since(needed.until), kind: needed.kind, on: needed.until };
    let reasons = vec![told(says, &[FactId::RequirementLapsed])];
    Some(Ruling::escalate(HardRule::RequirementLapsed, EscalateMeaning::NeedsYourJudgement, Cause::RequirementLapsed, reasons))
}

/// The exception that still covers the grant: within a year, since the last change of job, not revoked since.
fn exception(facts: &Facts, as_of: Timestamp, weights: &Weights) -> Option<Ruling> {
    let past = facts.past(FactId::PastException)?;
    let days = as_of.days_since(past.on);
    let moved = facts.at(FactId::ChangedJobOn).is_some_and(|changed| changed > past.on);
    let revoked = facts.past(FactId::PastRevoked).is_some_and(|revoked| revoked.on >= past.on);
    if days > EXCEPTION_DAYS || moved || revoked {
        return None;
    }
    let says = Says::Exception { days, on: past.on };
    Some(Ruling {
        rule: HardRule::ApprovedException,
        verdict: Verdict::Approve,
        meaning: None,
        cause: Cause::ApprovedException,
        alarm: false,
        reasons: vec![Reason { facts: vec![FactId::PastException], says, weight: weights.rule_keeps }],
    })
}

/// The reasons that name a conflict of duties; none where there is no conflict.
pub fn conflict(facts: &Facts) -> Vec<Reason> {
    let Some(FactValue::Duties(duties)) = facts.value(FactId::SeparatedDuties) else {
        return vec![];
    };
    let Some(first) = duties.first() else {
        return vec![];
    };
    let more = u32::try_from(duties.len() - 1).unwrap_or(u32::MAX);
    let mut reasons = vec![told(Says::Duties { more, other: first.other, rule: first.rule }, &[FactId::SeparatedDuties])];
    if let Some(FactValue::Side(side)) = facts.value(FactId::CheaperSide) {
        let this = side.give_up != first.other;
        let says = Says::CheaperSide { give_up: side.give_up, peers: side.peers, this, unused_days: side.unused_days };
        reasons.push(told(says, &[FactId::SeparatedDuties, FactId::CheaperSide]));
    }
    reasons
}

fn duties(facts: &Facts) -> Option<Ruling> {
    let reasons = conflict(facts);
    let judgement = EscalateMeaning::NeedsYourJudgement;
    (!reasons.is_empty()).then(|| Ruling::escalate(HardRule::SeparatedDuties, judgement, Cause::DutiesThatMustBeApart, reasons))
}

fn self_granted(facts: &Facts) -> Option<Ruling> {
    if !facts.flag(FactId::SelfGranted) {
        return None;
    }
    let owns = facts.flag(FactId::HolderOwns);
    let meaning = if owns { EscalateMeaning::AboveThisReviewer } else { EscalateMeaning::NeedsYourJudgement };
    // Told and weighed beside the rule.
    Some(Ruling::escalate(HardRule::SelfGranted, meaning, Cause::GrantedToThemselves, vec![]))
}

fn privileged(facts: &Facts) -> Option<Ruling> {
    if sensitivity(facts) != Some(Sensitivity::Privileged) || !use_unknown(facts) {
        return None;
    }
    let reasons = vec![told(Says::PrivilegedUseUnknown {}, &[FactId::Sensitivity, FactId::LastUsed])];
    let rule = HardRule::PrivilegedUseUnknown;
    Some(Ruling::escalate(rule, EscalateMeaning::NeedsYourJudgement, Cause::PrivilegedUseUnknown, reasons))
}

fn no_manager(facts: &Facts) -> Option<Ruling> {
    if !facts.flag(FactId::ManagerMissing) {
        return None;
    }
    let owner = match facts.value(FactId::EntitlementOwner) {
        Some(FactValue::Account(owner)) => Some(*owner),
        _ => None,
    };
    let reasons = vec![told(Says::ManagerMissing { owner }, &[FactId::ManagerMissing, FactId::EntitlementOwner])];
    Some(Ruling::escalate(HardRule::ManagerMissing, EscalateMeaning::AboveThisReviewer, Cause::NobodyToAsk, reasons))
}
