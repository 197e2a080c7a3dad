//! How well verdicts match the truth, where somebody knows it.
//!
//! The labels come from the caller: the engine never reads them. Revoke is
//! counted as precise where the access should really go; Escalate is counted
//! apart, as neither right nor wrong (rule 32).

use domain::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What should become of a grant, by the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// It should stay.
    Keep,
    /// It should go.
    Remove,
    /// A person has to look.
    Look,
}

/// One judged grant.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The kind of problem or look-alike, or "ordinary".
    pub kind: &'a str,
    /// True for something that only looks like a problem.
    pub look_alike: bool,
    /// What should become of it.
    pub truth: Truth,
    /// What was recommended.
    pub verdict: Verdict,
    /// Whether use or non-use of the entitlement itself is known: [`crate::Recommendation::use_known`].
    pub use_known: bool,
}

/// What was recommended, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// How many there are.
    pub planted: u64,
    /// How many of them were to be revoked.
    pub revoked: u64,
    /// How many of them were put before a person.
    pub escalated: u64,
    /// How many of them were to be approved.
    pub approved: u64,
}

impl Tally {
    fn count(&mut self, verdict: Verdict) {
        self.planted += 1;
        match verdict {
            Verdict::Approve => self.approved += 1,
            Verdict::Revoke => self.revoked += 1,
            Verdict::Escalate => self.escalated += 1,
        }
    }
}

/// One kind, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kind {
    /// True for look-alikes.
    pub look_alike: bool,
    /// By what should become of them.
    pub by_truth: BTreeMap<Truth, Tally>,
    /// All of them.
    pub all: Tally,
}

/// Everything, counted. Shares are in parts of 10,000, rounded down; `None` of nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Measured {
    /// By kind, in the order of their names.
    pub kinds: BTreeMap<String, Kind>,
    /// What should go.
    pub removable: Tally,
    /// What should go and of which use or non-use is known. The rest may not be called unused (rule 26).
    pub removable_use_known: Tally,
    /// What should stay.
    pub keepable: Tally,
    /// What a person has to look at.
    pub to_look_at: Tally,
    /// What only looks like a problem.
    pub look_alikes: Tally,
    /// All grants.
    pub all: Tally,
    /// Of what was to be revoked, the share that should go.
    pub revoke_precision: Option<u64>,
    /// Of what should go, the share that was to be revoked.
    pub revoke_recall: Option<u64>,
    /// The same, of what should go and of which use or non-use is known.
    pub revoke_recall_use_known: Option<u64>,
    /// Of what should go, the share that was to be revoked or put before a person.
    pub found: Option<u64>,
    /// Of what only looks like a problem, the share that was to be revoked.
    pub look_alikes_revoked: Option<u64>,
    /// Of what was to be approved, the share that should stay.
    pub approve_precision: Option<u64>,
    /// Of everything, the share that was put before a person.
    pub abstained: Option<u64>,
}

/// Counts verdicts against the truth.
pub fn measure<'a>(judged: impl IntoIterator<Item = Judged<'a>>) -> Measured {
    let mut measured = Measured::default();
    for one in judged {
        let new = || Kind { look_alike: one.look_alike, by_truth: BTreeMap::new(), all: Tally::default() };
        let kind = measured.kinds.entry(one.kind.to_owned()).or_insert_with(new);
        kind.all.count(one.verdict);
        kind.by_truth.entry(one.truth).or_default().count(one.verdict);
        match one.truth {
            Truth::Keep => measured.keepable.count(one.verdict),
            Truth::Remove => {
                measured.removable.count(one.verdict);
                if one.use_known {
                    measured.removable_use_known.count(one.verdict);
                }
            }
            Truth::Look => measured.to_look_at.count(one.verdict),
        }
        if one.look_alike {
            measured.look_alikes.count(one.verdict);
        }
        measured.all.count(one.verdict);
    }
    let (removable, all) = (measured.removable, measured.all);
    measured.revoke_precision = parts(removable.revoked, all.revoked);
    measured.revoke_recall = parts(removable.revoked, removable.planted);
    measured.revoke_recall_use_known = parts(measured.removable_use_known.revoked, measured.removable_use_known.planted);
    measured.found = parts(removable.revoked + removable.escalated, removable.planted);
    measured.look_alikes_revoked = parts(measured.look_alikes.revoked, measured.look_alikes.planted);
    measured.approve_precision = parts(measured.keepable.approved, all.approved);
    measured.abstained = parts(all.escalated, all.planted);
    measured
}

fn parts(some: u64, all: u64) -> Option<u64> {
    (all > 0).then(|| some * 10_000 / all)
}
