//! What a model that learned from earlier decisions says of a grant, and what it may change.
//!
//! This crate knows no model: whoever composes asks one and hands over its word ([`Learned`]), which is stored with the
//! recommendation, so that facts, time, weights and this word give the same bytes again.
//!
//! The named rules come first, and no model is asked where one decides. So do the engine's own abstentions: a Revoke needs
//! observed non-use that nothing explains, or a job left more than a quarter ago with which the access came along; and an
//! Approve must not meet a long gap in use that nothing explains. What is left, the stated weights judge first, and the model
//! second. It may settle what they leave open, confirm what they say, and silence what it was not shown to be right about. It
//! never turns their word round: where one says Approve and the other Revoke, the engine abstains ([`Open`]).

use crate::{
    cause::Cause,
    evidence::Evidence,
    fact::{FactId, Facts},
    part::{self, Part},
    recommendation::hex_hash,
    steps::Weighed,
};
use domain::{EntitlementId, SourceId};
use serde::{Deserialize, Serialize};

/// The whole, in millionths.
const WHOLE: u32 = 1_000_000;

/// The facts that a model looks at, beside the ids and codes of [`Profile`] and what the stated weights make of all facts.
pub const LOOKED_AT: &[FactId] = &[
    FactId::AccountStatus,
    FactId::ChangedJobOn,
    FactId::Sensitivity,
    FactId::GrantPath,
    FactId::GrantedOn,
    FactId::UsageGrain,
    FactId::LastUsed,
    FactId::UnusedDays,
    FactId::PeersTitle,
    FactId::PeersDepartment,
    FactId::PeersManager,
    FactId::PastApproved,
    FactId::PastRevoked,
];

/// Who holds what where, as a model is told: ids and opaque codes that are compared and never read. Fields stand in the order
/// of their names, as the canonical form needs them; so everywhere here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The holder's department, as lower-case hexadecimal digits; `None` when unknown.
    pub department: Option<String>,
    /// What is held.
    pub entitlement: EntitlementId,
    /// The holder's manager, as lower-case hexadecimal digits; `None` when unknown.
    pub manager: Option<String>,
    /// Where it is held.
    pub source: SourceId,
    /// The holder's title, as lower-case hexadecimal digits; `None` when unknown.
    pub title: Option<String>,
}

/// What a model says within its promise: at most a chosen share of what it recommends would be overturned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Promised {
    /// Sure enough to approve.
    Approve {
        /// Of the decisions that it was tried on and that were as sure, those that approved.
        agreed: u32,
        /// How many these are.
        cases: u32,
    },
    /// Sure enough to revoke.
    Revoke {
        /// Of the decisions that it was tried on and that were as sure, those that revoked.
        agreed: u32,
        /// How many these are.
        cases: u32,
    },
    /// Not sure enough.
    Between {},
    /// There were too few decisions of this kind to show that the promise holds.
    TooFew {
        /// How many there were.
        cases: u32,
    },
    /// Even where it was surest, it was overturned too often.
    TooOften {
        /// How many decisions of this kind it was tried on.
        cases: u32,
    },
}

/// What a model says of one grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Learned {
    /// The calibrated probability that a careful reviewer approves, in millionths.
    pub approve: u32,
    /// SHA-256 of the model's artifact.
    #[serde(with = "hex_hash")]
    pub model: [u8; 32],
    /// What each thing that it was shown adds to its log-odds, in the order of [`PartOf`]; `None` where it was not taken apart,
    /// as before there were parts. Then its whole word is one reason.
    #[serde(default, deserialize_with = "part::read", skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<Part>>,
    /// What it was told besides facts.
    pub profile: Profile,
    /// What it says within its promise.
    pub promise: Promised,
}

impl Learned {
    /// The probability as log-odds in thousandths, rounded; from -13,816 to 13,816.
    pub(crate) fn log_odds(&self) -> i32 {
        // Within a millionth of 0 and 1.
        let p = f64::from(self.approve.clamp(1, WHOLE - 1)) / f64::from(WHOLE);
        let thousandths = libm::rint(1_000.0 * (libm::log(p) - libm::log1p(-p)));
        #[expect(clippy::cast_possible_truncation, reason = "within 14,000 by the clamp")]
        let whole = thousandths as i32;
        whole
    }
}

/// What a model may recommend for a grant. Where it may recommend nothing, the engine's own abstention stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Open {
    /// It may say Approve.
    pub approve: bool,
    /// It may say Revoke.
    pub revoke: bool,
}

impl Open {
    /// What is open after the stated weights came out like this.
    pub(crate) fn after(came_out: Weighed, evidence: &Evidence, unfit_for_revoke: bool) -> Self {
        let unexplained_gap = evidence.idle.is_some_and(|days| days >= 90) && !evidence.seasonal;
        match came_out {
            Weighed::Approve => Self { approve: true, revoke: false },
            Weighed::Revoke => Self { approve: false, revoke: true },
            Weighed::Between => Self { approve: !unexplained_gap, revoke: !unfit_for_revoke },
            Weighed::UnfitForRevoke | Weighed::IdleThoughCommon => Self::default(),
        }
    }
}

/// How the model's word came out beside that of the stated weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Settled {
    /// The model is sure enough to approve, and nothing forbids it.
    Approve,
    /// The model is sure enough to revoke, and nothing forbids it.
    Revoke,
    /// The engine's own abstention stands.
    HeldBack,
    /// The model and the stated weights say opposite things.
    Contradicts,
    /// The model is not sure enough.
    Between,
    /// The model was not shown to keep its promise on this kind.
    NotShown,
}

impl Settled {
    pub(crate) fn of(promise: Promised, open: Open, came_out: Weighed) -> Self {
        match promise {
            Promised::Approve { .. } if open.approve => Self::Approve,
            Promised::Revoke { .. } if open.revoke => Self::Revoke,
            Promised::Approve { .. } | Promised::Revoke { .. } if came_out.abstained() => Self::HeldBack,
            Promised::Approve { .. } | Promised::Revoke { .. } => Self::Contradicts,
            Promised::Between {} => Self::Between,
            Promised::TooFew { .. } | Promised::TooOften { .. } => Self::NotShown,
        }
    }

    /// The cause under which an item stands that the model changed; `None` where that of the stated weights stays.
    pub(crate) fn cause(self, came_out: Weighed) -> Option<Cause> {
        match self {
            Self::Approve => (came_out != Weighed::Approve).then_some(Cause::KeptElsewhere),
            Self::Revoke => (came_out != Weighed::Revoke).then_some(Cause::GivenUpElsewhere),
            // What the weights abstain from has its cause in the facts.
            _ if came_out.abstained() => None,
            Self::NotShown => Some(Cause::NotReliableYet),
            Self::HeldBack | Self::Contradicts | Self::Between => Some(Cause::EvidenceDivided),
        }
    }

    /// What it means, in a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Approve => "The learned model is sure enough to approve, and nothing forbids it.",
            Self::Revoke => "The learned model is sure enough to revoke, and nothing forbids it.",
            Self::HeldBack => {
                "The learned model is sure, but the engine's own reason to abstain stands: no model overrules it. The engine abstains."
            }
            Self::Contradicts => {
                "The learned model and the stated weights say opposite things. A model settles what they leave open and never turns them round; the engine abstains."
            }
            Self::Between => "The learned model is not sure enough either way, so the engine abstains.",
            Self::NotShown => "The learned model was not shown to keep its promise on access of this kind, so the engine abstains.",
        }
    }

    /// Whether the engine abstained.
    pub const fn abstained(self) -> bool {
        !matches!(self, Self::Approve | Self::Revoke)
    }
}

/// The facts among these that a model looks at.
pub(crate) fn looked_at(facts: &Facts) -> Vec<FactId> {
    LOOKED_AT.iter().copied().filter(|id| facts.get(*id).is_some()).collect()
}
