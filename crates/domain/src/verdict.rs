//! What the engine recommends.

use crate::words;
use serde::{Deserialize, Serialize};

words! {
    /// What is recommended for an item. The machine recommends; a person decides.
    Verdict, "verdict" {
        /// The access should stay.
        Approve => "approve",
        /// The access should go.
        Revoke => "revoke",
        /// The engine cannot say well enough; a person must look.
        Escalate => "escalate",
    }
}

words! {
    /// What a recommended Escalate means (rule 1). It is not the reviewer's own escalating.
    EscalateMeaning, "meaning of Escalate" {
        /// The question stays with this reviewer, who must judge without a recommendation.
        NeedsYourJudgement => "needs_your_judgement",
        /// The question belongs above this reviewer; the reasons name whom and why.
        AboveThisReviewer => "above_this_reviewer",
    }
}

/// How sure the engine is: parts in 10,000, from 0 to 10,000. An integer, so that it is the same on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confidence(u16);

impl Confidence {
    /// The largest value, 10,000 parts in 10,000.
    pub const MAX: u16 = 10_000;

    /// `parts` in 10,000; more than 10,000 counts as 10,000.
    pub const fn new(parts: u16) -> Self {
        if parts > Self::MAX { Self(Self::MAX) } else { Self(parts) }
    }

    /// Parts in 10,000.
    pub const fn parts(self) -> u16 {
        self.0
    }

    /// Whole percent, rounded down, so that it never says more than is meant.
    pub const fn percent(self) -> u16 {
        self.0 / 100
    }
}
