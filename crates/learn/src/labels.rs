//! Which decisions may teach (rule 30): those that a person made without having seen a recommendation, and those that somebody
//! checked.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a decision arose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelOrigin {
    /// A person, one item, before any recommendation was shown.
    BlindFirst,
    /// A second person who reviewed the item anew.
    SecondReview,
    /// A decision that was taken back: the later answer is the label.
    Reversal,
    /// A record from before there were recommendations, from a file that its owner vouches for.
    Record,
    /// A person who had seen the recommendation.
    RecommendationSeen,
    /// A person, together with other items.
    Bulk,
    /// A default, because nobody answered.
    Default,
    /// A seeded check in the practice set.
    Practice,
    /// Accepted on the platform, by its own recommendation or default.
    PlatformAccepted,
}

impl LabelOrigin {
    /// Whether such decisions train and calibrate.
    pub const fn teaches(self) -> bool {
        match self {
            Self::BlindFirst | Self::SecondReview | Self::Reversal | Self::Record => true,
            Self::RecommendationSeen | Self::Bulk | Self::Default | Self::Practice | Self::PlatformAccepted => false,
        }
    }
}

/// What was kept and what was dropped, by origin.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Taught {
    /// Decisions that teach.
    pub kept: BTreeMap<LabelOrigin, u64>,
    /// Decisions that were dropped because of how they arose.
    pub dropped: BTreeMap<LabelOrigin, u64>,
}

/// Drops the decisions that may not teach, and counts both.
pub fn that_teach<T>(decisions: impl IntoIterator<Item = (T, LabelOrigin)>) -> (Vec<T>, Taught) {
    let mut counts = Taught::default();
    let kept = decisions
        .into_iter()
        .filter_map(|(decision, origin)| {
            let of = if origin.teaches() { &mut counts.kept } else { &mut counts.dropped };
            *of.entry(origin).or_default() += 1;
            origin.teaches().then_some(decision)
        })
        .collect();
    (kept, counts)
}
