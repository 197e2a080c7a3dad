//! The steps from facts to a recommendation, for whoever takes one apart.

use crate::learned::Settled;
use crate::rules::HardRule;
use serde::{Deserialize, Serialize};

/// A named rule that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTried {
    /// Which.
    pub rule: HardRule,
    /// Whether it applied. The first that does decides, and none is tried after it.
    pub applied: bool,
}

/// How a score came out of the comparison with the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weighed {
    /// It reaches the bound for Approve.
    Approve,
    /// It lies at or below the bound for Revoke, and nothing forbids one.
    Revoke,
    /// It lies between the two: abstained.
    Between,
    /// It lies at or below the bound for Revoke, but there is no observed non-use to rest a Revoke on, or something
    /// explains it: abstained.
    UnfitForRevoke,
    /// It reaches the bound for Approve, but nobody saw it used for 90 days and nothing explains that: abstained.
    IdleThoughCommon,
}

impl Weighed {
    /// What it means, in a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Approve => "The score reaches the bound for Approve.",
            Self::Revoke => "The score lies at or below the bound for Revoke, and nothing forbids one.",
            Self::Between => "The score lies between the two bounds, so the engine abstains.",
            Self::UnfitForRevoke => {
                "The score lies at or below the bound for Revoke, but no observed non-use supports one, or something explains it; the engine abstains."
            }
            Self::IdleThoughCommon => {
                "The score reaches the bound for Approve, but it was not seen in use for 90 days and nothing explains that; the engine abstains."
            }
        }
    }

    /// Whether the engine abstained: what it cannot decide well enough is Escalate.
    pub const fn abstained(self) -> bool {
        matches!(self, Self::Between | Self::UnfitForRevoke | Self::IdleThoughCommon)
    }
}

/// The comparison of a score with the bounds. All in thousandths of log-odds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighing {
    /// The score from which Approve is recommended.
    pub approve_at: i32,
    /// How it came out.
    pub came_out: Weighed,
    /// The score up to which Revoke is recommended.
    pub revoke_at: i32,
    /// The score of the stated weights: the sum of the weights of the reasons, without what was learned.
    pub score: i32,
}

/// The steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Steps {
    /// The named rules that were tried, in their order.
    pub tried: Vec<RuleTried>,
    /// The comparison; `None` where a named rule decided.
    pub weighing: Option<Weighing>,
    /// How a model's word came out after it; `None` where none was asked.
    pub settled: Option<Settled>,
}
