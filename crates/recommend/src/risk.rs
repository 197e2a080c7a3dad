//! How much could go wrong with a grant, or with a person's access, and what makes it so.
//!
//! A risk score says where to look first, not what to answer: common and rightly
//! used access can be a high risk. It is a plain sum of stated points, so that the
//! parts explain the whole. Unknown is not harmless: an entitlement of unknown
//! sensitivity counts as a sensitive one, and unknown use of it counts for
//! something. The points were set by judgement, not measured.

use crate::fact::{FactId, FactValue, Facts};
use crate::rules;
use domain::{AccountStatus, GrantId, RiskLevel, Sensitivity, Timestamp};
use serde::{Deserialize, Serialize};

/// Points for keeping several duties that must be apart: the first conflict, and each further one.
const CONFLICT: u32 = 250;
const FURTHER_CONFLICT: u32 = 50;
const MOST_CONFLICTS: u32 = 400;

/// What makes a risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RiskKind {
    /// What the entitlement could do: low 20, medium 100, high or unknown 250, privileged 400.
    Sensitivity,
    /// Duties that must be apart: 250, and 50 for each further conflict up to 400.
    Conflict,
    /// The holder has left (400) or the account is disabled (200), and the grant is still there.
    HolderGone,
    /// The platform sees a risk that the account is in somebody else's hands: low 40, medium 100, high 200.
    AccountAtRisk,
    /// Something that is required to hold it has run out: 150.
    RequirementLapsed,
    /// Not used for 90 days (80) or 180 days (150), all of them observed.
    Unused,
    /// Use is unknown: 40, and 80 where sensitivity is high, privileged or unknown.
    UseUnknown,
    /// Granted before the last change of job: 100.
    OlderThanJob,
    /// Fewer than one in twenty people of the same title (or department, or source) hold it: 80.
    Rare,
    /// The holder granted it: 150.
    SelfGranted,
    /// Nobody is known, or still here, who answers for the holder: 80; for a machine's account 150.
    NobodyAnswers,
    /// Revoked earlier and granted again: 100.
    CameBack,
}

impl RiskKind {
    /// What makes it, in a few words.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Sensitivity => "What the access could do",
            Self::Conflict => "Duties that must be apart",
            Self::HolderGone => "The holder has left, or the account is disabled",
            Self::AccountAtRisk => "The account may be in somebody else's hands",
            Self::RequirementLapsed => "What the access requires has run out",
            Self::Unused => "No use for a long time",
            Self::UseUnknown => "Use is unknown",
            Self::OlderThanJob => "Older than the holder's last change of job",
            Self::Rare => "Few people alike hold it",
            Self::SelfGranted => "Granted by the holder",
            Self::NobodyAnswers => "Nobody answers for the holder",
            Self::CameBack => "Revoked once, and granted again",
        }
    }
}

/// A part of a risk score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskPart {
    /// What makes it.
    pub kind: RiskKind,
    /// How much of the score, 1 to 400.
    pub points: u32,
    /// The fact that it rests on.
    pub fact: FactId,
}

/// The risk of one grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRisk {
    /// The sum of the parts, 20 to 2,280.
    pub score: u32,
    /// What makes it, the largest part first.
    pub parts: Vec<RiskPart>,
}

/// The risk of all that one person holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityRisk {
    /// The riskiest grant whole, the next by half, the next by a quarter, and so on, each rounded down: much that is harmless
    /// does not outweigh one thing that is not.
    pub score: u32,
    /// What each grant adds, the most first; grants that add nothing are left out.
    pub parts: Vec<(GrantId, u32)>,
}

/// The risk of a grant, from its facts alone. `as_of` is the time of judging.
pub fn grant_risk(facts: &Facts, as_of: Timestamp) -> GrantRisk {
    let sensitivity = rules::sensitivity(facts);
    let sensitive = sensitivity.is_none_or(Sensitivity::is_high_risk);
    let mut parts: Vec<RiskPart> = Vec::new();
    let mut put = |kind, points, fact| parts.push(RiskPart { kind, points, fact });
    let by_sensitivity = match sensitivity {
        Some(Sensitivity::Low) => 20,
        Some(Sensitivity::Medium) => 100,
        Some(Sensitivity::High) | None => 250,
        Some(Sensitivity::Privileged) => 400,
    };
    put(RiskKind::Sensitivity, by_sensitivity, FactId::Sensitivity);
    if let Some(FactValue::Duties(duties)) = facts.value(FactId::SeparatedDuties) {
        let further = u32::try_from(duties.len().saturating_sub(1)).unwrap_or(u32::MAX);
        put(
            RiskKind::Conflict,
            CONFLICT.saturating_add(further.saturating_mul(FURTHER_CONFLICT)).min(MOST_CONFLICTS),
            FactId::SeparatedDuties,
        );
    }
    let status = rules::status(facts);
    if facts.at(FactId::LeftOn).is_some_and(|left| left <= as_of) && facts.get(FactId::StartedAfterEnd).is_none() {
        put(RiskKind::HolderGone, 400, FactId::LeftOn);
    } else if matches!(status, AccountStatus::Left) {
        put(RiskKind::HolderGone, 400, FactId::AccountStatus);
    } else if matches!(status, AccountStatus::Disabled) {
        put(RiskKind::HolderGone, 200, FactId::AccountStatus);
    }
    if let Some(risk) = rules::account_risk(facts) {
        let points = match risk.level {
            RiskLevel::None | RiskLevel::Low => 40,
            RiskLevel::Medium => 100,
            RiskLevel::High => 200,
        };
        put(RiskKind::AccountAtRisk, points, FactId::AccountAtRisk);
    }
    if facts.get(FactId::RequirementLapsed).is_some() {
        put(RiskKind::RequirementLapsed, 150, FactId::RequirementLapsed);
    }
    match facts.number(FactId::UnusedDays) {
        Some(180..) => put(RiskKind::Unused, 150, FactId::UnusedDays),
        Some(90..180) => put(RiskKind::Unused, 80, FactId::UnusedDays),
        None if rules::use_unknown(facts) => put(RiskKind::UseUnknown, if sensitive { 80 } else { 40 }, FactId::LastUsed),
        Some(..90) | None => {}
    }
    if let (Some(granted), Some(changed)) = (facts.at(FactId::GrantedOn), facts.at(FactId::ChangedJobOn))
        && granted < changed
    {
        put(RiskKind::OlderThanJob, 100, FactId::ChangedJobOn);
    }
    // The nearest group that is large enough to say anything.
    let near = [FactId::PeersTitle, FactId::PeersDepartment, FactId::PeersAll].into_iter().find(|id| facts.share(*id).of >= 4);
    if let Some(level) = near
        && facts.share(level).parts().is_some_and(|parts| parts < 500)
    {
        put(RiskKind::Rare, 80, level);
    }
    if facts.flag(FactId::SelfGranted) {
        put(RiskKind::SelfGranted, 150, FactId::SelfGranted);
    }
    if facts.flag(FactId::ManagerMissing) {
        put(RiskKind::NobodyAnswers, if status.is_non_human() { 150 } else { 80 }, FactId::ManagerMissing);
    }
    if facts.flag(FactId::Regranted) {
        put(RiskKind::CameBack, 100, FactId::Regranted);
    }
    parts.sort_by_key(|part| (std::cmp::Reverse(part.points), part.kind));
    GrantRisk { score: parts.iter().map(|part| part.points).sum(), parts }
}

/// The risk of a person, from the risks of the grants. Their order leaves no trace.
pub fn identity_risk(grants: &[(GrantId, u32)]) -> IdentityRisk {
    let mut order = grants.to_vec();
    order.sort_by_key(|(grant, score)| (std::cmp::Reverse(*score), *grant));
    let halved = (0_u32..).zip(order).map(|(place, (grant, score))| (grant, score.checked_shr(place).unwrap_or(0)));
    let parts: Vec<(GrantId, u32)> = halved.take_while(|(_, adds)| *adds > 0).collect();
    IdentityRisk { score: parts.iter().fold(0, |sum, (_, adds)| sum.saturating_add(*adds)), parts }
}
