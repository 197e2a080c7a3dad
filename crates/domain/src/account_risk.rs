//! How likely an account is in somebody else's hands, as its platform sees it.

use crate::{Timestamp, words};
use serde::{Deserialize, Serialize};

words! {
    /// How likely an account is used by somebody other than its holder, in the platform's own judgement.
    RiskLevel, "risk level" {
        /// The platform looks for it and finds nothing, or what it found was settled.
        None => "none",
        /// Signs that are seldom telling.
        Low => "low",
        /// Signs that should be looked into.
        Medium => "medium",
        /// Probably taken over, or known to be.
        High => "high",
    }
}

/// What a platform says of an account's risk. That it says nothing is no such value but `None` where one may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRisk {
    /// How likely.
    pub level: RiskLevel,
    /// When the platform last changed its mind; `None` where it does not say.
    pub since: Option<Timestamp>,
}

impl AccountRisk {
    /// The platform looked, and found nothing.
    pub const NONE_FOUND: Self = Self { level: RiskLevel::None, since: None };
}
