//! Recommendations that nobody was shown, beside what people then decided, and beside what simpler rules would have said of
//! the same items.
//!
//! Only answers that were given without having seen the recommendation can judge it (rule 30); the caller passes no others. An
//! abstention (Escalate) is neither agreement nor override and is counted apart (rule 32). No share is stated for fewer than
//! [`FEWEST`] cases. Everything is whole numbers: shares are parts of 10,000.

use crate::{
    cause::Cause,
    fact::{Fact, FactId, FactValue, Facts},
    recommendation::Recommendation,
};
use domain::{Grain, Verdict};
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, collections::BTreeMap};

/// No share is stated for fewer cases (rule 32).
pub const FEWEST: u64 = 50;

/// Bins of the calibration, each as wide as the others.
pub(crate) const BINS: u64 = 10;

/// Parts of the whole.
pub(crate) const WHOLE: u64 = 10_000;

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decided {
    /// The access stays.
    Kept,
    /// The access goes.
    Removed,
}

/// One item that a person decided without having seen what was recommended.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What was recommended, with its facts.
    pub made: &'a Recommendation,
    /// What the person decided.
    pub decided: Decided,
    /// Where the access is held, by an id.
    pub source: &'a str,
    /// The holder's department; `None` where the source does not say.
    pub department: Option<&'a str>,
}

/// A share with its interval, in parts of 10,000. Fields stand in the order of their names, as everywhere here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The upper end of the interval, rounded up.
    pub high: u64,
    /// The lower end of the interval, rounded down.
    pub low: u64,
    /// The share itself, rounded down.
    pub parts: u64,
}

/// So many of so many, and the share where there are enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// How many.
    pub hits: u64,
    /// Of how many.
    pub of: u64,
    /// The share with its 95 % interval (Wilson); `None` for fewer than [`FEWEST`].
    pub share: Option<Share>,
}

impl Rate {
    /// `hits` of `of`.
    pub fn new(hits: u64, of: u64) -> Self {
        Self::with_design(hits, of, INDEPENDENT)
    }

    /// `hits` of `of`, where cases hang together: the interval is that of fewer cases, by the design effect in thousandths (1,000
    /// for cases that do not hang together, 4,000 where four say no more than one).
    pub fn with_design(hits: u64, of: u64, design: u64) -> Self {
        let share = (of >= FEWEST).then(|| {
            let (low, high) = wilson(hits, of, design);
            Share { high, low, parts: hits.min(of) * WHOLE / of }
        });
        Self { hits, of, share }
    }
}

/// The design effect of cases that do not hang together, in thousandths.
pub const INDEPENDENT: u64 = 1_000;

/// The 95 % score interval of a share (E. B. Wilson, Journal of the American Statistical Association 22, 1927, 209-212), in
/// parts of 10,000: the lower end rounded down, the upper end rounded up. Whole of nothing.
///
/// With z = 1.959964: (2k + z² ∓ z·√(z² + 4k(n - k)/n)) / (2(n + z²)). Both k and n divided by a design effect d give what k and
/// n give with z²·d in the place of z² (E. L. Korn and B. I. Graubard, Survey Methodology 24, 1998, 193-201).
fn wilson(hits: u64, of: u64, design: u64) -> (u64, u64) {
    const SCALE: u128 = 1_000_000;
    // z² in millionths. A design effect above a million would leave nothing to say anyway.
    let z2: u128 = 3_841_459 * u128::from(design.clamp(INDEPENDENT, 1_000_000_000)) / u128::from(INDEPENDENT);
    if of == 0 {
        return (0, WHOLE);
    }
    let (k, n) = (u128::from(hits.min(of)), u128::from(of));
    let centre = 2 * k * SCALE + z2;
    let root = ((z2 * z2 * n + 4 * z2 * SCALE * k * (n - k)) / n).isqrt();
    let below = 2 * (n * SCALE + z2);
    let whole = u128::from(WHOLE);
    let low = centre.saturating_sub(root) * whole / below;
    let high = ((centre + root) * whole).div_ceil(below);
    (u64::try_from(low).unwrap_or(0), u64::try_from(high).unwrap_or(WHOLE).min(WHOLE))
}

/// Verdicts beside decisions, counted. The six together are all cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Approve was recommended, and the access stays.
    pub agreed_kept: u64,
    /// Revoke was recommended, and the access goes.
    pub agreed_removed: u64,
    /// Revoke was recommended, and the access stays.
    pub kept_against: u64,
    /// Approve was recommended, and the access goes.
    pub removed_against: u64,
    /// Nothing was said, and the access stays.
    pub silent_kept: u64,
    /// Nothing was said, and the access goes.
    pub silent_removed: u64,
}

impl Tally {
    fn count(&mut self, verdict: Option<Verdict>, decided: Decided) {
        self.count_many(verdict, decided, 1);
    }

    /// Counts as many cases of one kind.
    pub(crate) fn count_many(&mut self, verdict: Option<Verdict>, decided: Decided, cases: u64) {
        *match (verdict, decided) {
            (Some(Verdict::Approve), Decided::Kept) => &mut self.agreed_kept,
            (Some(Verdict::Approve), Decided::Removed) => &mut self.removed_against,
            (Some(Verdict::Revoke), Decided::Kept) => &mut self.kept_against,
            (Some(Verdict::Revoke), Decided::Removed) => &mut self.agreed_removed,
            (Some(Verdict::Escalate) | None, Decided::Kept) => &mut self.silent_kept,
            (Some(Verdict::Escalate) | None, Decided::Removed) => &mut self.silent_removed,
        } += cases;
    }

    /// The cases of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            agreed_kept: self.agreed_kept + other.agreed_kept,
            agreed_removed: self.agreed_removed + other.agreed_removed,
            kept_against: self.kept_against + other.kept_against,
            removed_against: self.removed_against + other.removed_against,
            silent_kept: self.silent_kept + other.silent_kept,
            silent_removed: self.silent_removed + other.silent_removed,
        }
    }

    /// Cases in which Approve or Revoke was recommended.
    pub const fn compared(&self) -> u64 {
        self.agreed() + self.overridden()
    }

    /// Cases in which the person decided as recommended.
    pub const fn agreed(&self) -> u64 {
        self.agreed_kept + self.agreed_removed
    }

    /// Cases in which the person decided otherwise.
    pub const fn overridden(&self) -> u64 {
        self.kept_against + self.removed_against
    }

    /// Cases in which nothing was said.
    pub const fn silent(&self) -> u64 {
        self.silent_kept + self.silent_removed
    }

    /// Cases in which people removed the access, whatever was said.
    pub const fn removed(&self) -> u64 {
        self.agreed_removed + self.removed_against + self.silent_removed
    }

    /// All cases.
    pub const fn decided(&self) -> u64 {
        self.compared() + self.silent()
    }
}

/// How well what was said fits what people decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fit {
    /// Of the cases in which Approve or Revoke was said, those decided so.
    pub agreement: Rate,
    /// Of the cases in which Revoke was said, those decided so.
    pub revoke_precision: Rate,
    /// Of all that people removed, also where nothing was said, what Revoke was said of.
    pub revoke_recall: Rate,
    /// The counts behind it.
    pub tally: Tally,
}

impl Fit {
    fn of(tally: Tally) -> Self {
        Self {
            agreement: Rate::new(tally.agreed(), tally.compared()),
            revoke_precision: Rate::new(tally.agreed_removed, tally.agreed_removed + tally.kept_against),
            revoke_recall: Rate::new(tally.agreed_removed, tally.removed()),
            tally,
        }
    }
}

/// The cases of one source, department or kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// How well they fit.
    pub fit: Fit,
    /// Which; `None` where it is not known.
    pub key: Option<String>,
}

/// Cases whose stated confidence lies between two bounds: at least `from`, below `to`; the last bin takes 10,000 too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// How many of them were decided as recommended.
    pub agreement: Rate,
    /// The lower bound, in parts of 10,000.
    pub from: u64,
    /// The mean of the stated confidences, in parts of 10,000, rounded down; `None` of nothing.
    pub stated: Option<u64>,
    /// The upper bound.
    pub to: u64,
}

/// A rule that is simpler than the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Baseline {
    /// Everything stays.
    #[serde(rename = "approve-all")]
    ApproveAll,
    /// What fewer than 70 % of the people alike hold goes: `SailPoint`'s peer group recommendation, with the nearest group in
    /// which it is most common.
    #[serde(rename = "peers-below-70")]
    PeersBelow70,
    /// What is held by somebody who has not signed in for 30 days goes: Microsoft Entra's recommendation.
    #[serde(rename = "no-sign-in-30-days")]
    NoSignIn30,
    /// What was not used for 90 days goes: Okta's recommendation.
    #[serde(rename = "unused-90-days")]
    Unused90,
}

impl Baseline {
    /// Every rule, in the order in which they are listed.
    pub const ALL: &'static [Self] = &[Self::ApproveAll, Self::PeersBelow70, Self::NoSignIn30, Self::Unused90];

    /// What the rule says of a grant with these facts; `None` where it cannot judge. Unknown use never counts as unused (rule 26).
    pub fn says(self, facts: &Facts) -> Option<Verdict> {
        let gone = match self {
            Self::ApproveAll => false,
            Self::PeersBelow70 => !most_common(facts)?,
            Self::NoSignIn30 => !signed_in_within(facts, 30)?,
            Self::Unused90 => !used_within(facts, 90)?,
        };
        Some(if gone { Verdict::Revoke } else { Verdict::Approve })
    }
}

/// Whether at least 70 % of the others alike hold it, in the group in which it is most common; `None` where nobody is alike.
fn most_common(facts: &Facts) -> Option<bool> {
    let groups = [FactId::PeersTitle, FactId::PeersDepartment, FactId::PeersManager];
    let known = groups.map(|group| facts.share(group)).into_iter().filter(|share| share.of > 0);
    // Any group in which it is common enough makes the highest share common enough.
    known.map(|share| u64::from(share.held) * 10 >= u64::from(share.of) * 7).max()
}

/// Whether it was used within so many days before the reading; `None` where the source does not see that far, or sees a
/// coarser thing used.
fn used_within(facts: &Facts, days: i64) -> Option<bool> {
    match facts.value(FactId::LastUsed)? {
        FactValue::At(_) if idle(facts, FactId::LastUsed)? >= days => Some(false),
        FactValue::At(_) => crate::rules::grain(facts).is_some_and(Grain::is_of_itself).then_some(true),
        FactValue::NoneSeen => facts.number(FactId::UsageWindow).is_some_and(|window| window >= days).then_some(false),
        _ => None,
    }
}

/// Whether the holder used anything within so many days before the reading, which takes a sign-in; `None` where that cannot be
/// seen.
fn signed_in_within(facts: &Facts, days: i64) -> Option<bool> {
    let seen = [FactId::LastUsed, FactId::HolderActive].into_iter().filter_map(|fact| idle(facts, fact)).min();
    if seen.is_some_and(|idle| idle < days) {
        return Some(true);
    }
    // Only where non-use of this may be said is it known what else the holder used.
    (facts.number(FactId::UnusedDays)? >= days).then_some(false)
}

/// Whole days from the moment that a fact states until it was read.
fn idle(facts: &Facts, id: FactId) -> Option<i64> {
    match facts.get(id)? {
        Fact { value: FactValue::At(at), read_at, .. } => Some(read_at.days_since(*at)),
        _ => None,
    }
}

/// A baseline beside the same decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// How well it fits; what it could not judge is counted as said nothing.
    pub fit: Fit,
    /// Which rule.
    pub rule: Baseline,
}

/// Everything that can be said from the cases. The same cases in any order give the same.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// Simpler rules beside the same decisions.
    pub baselines: Vec<Beside>,
    /// By holder's department, most cases first.
    pub by_department: Vec<Part>,
    /// By kind (the cause's stable name), most cases first.
    pub by_kind: Vec<Part>,
    /// By source (its id), most cases first.
    pub by_source: Vec<Part>,
    /// Agreement by stated confidence: every bin, also empty ones.
    pub calibration: Vec<Bin>,
    /// All cases.
    pub overall: Fit,
}

/// Adds cases up one by one, so that no two of them need to be held at once.
#[derive(Debug, Default)]
pub struct Comparing {
    overall: Tally,
    sources: BTreeMap<Option<String>, Tally>,
    departments: BTreeMap<Option<String>, Tally>,
    kinds: BTreeMap<Cause, Tally>,
    /// Cases, sum of stated confidences, and how many agreed, by bin.
    bins: BTreeMap<u64, (u64, u64, u64)>,
    baselines: BTreeMap<Baseline, Tally>,
}

impl Comparing {
    /// Adds a case.
    pub fn add(&mut self, case: &Case<'_>) {
        let (made, decided) = (case.made, case.decided);
        let verdict = Some(made.verdict);
        self.overall.count(verdict, decided);
        self.sources.entry(Some(case.source.to_owned())).or_default().count(verdict, decided);
        self.departments.entry(case.department.map(str::to_owned)).or_default().count(verdict, decided);
        self.kinds.entry(made.cause).or_default().count(verdict, decided);
        if made.verdict != Verdict::Escalate {
            let stated = u64::from(made.confidence.parts());
            let bin = self.bins.entry((stated * BINS / WHOLE).min(BINS - 1)).or_default();
            let agreed = matches!((made.verdict, decided), (Verdict::Approve, Decided::Kept) | (Verdict::Revoke, Decided::Removed));
            *bin = (bin.0 + 1, bin.1 + stated, bin.2 + u64::from(agreed));
        }
        for rule in Baseline::ALL {
            self.baselines.entry(*rule).or_default().count(rule.says(&made.facts), decided);
        }
    }

    /// What can be said from the cases added.
    pub fn finish(self) -> Comparison {
        let kinds = self.kinds.into_iter().map(|(cause, tally)| (Some(cause.as_str().to_owned()), tally)).collect();
        let beside = |rule: &Baseline| Beside { fit: Fit::of(self.baselines.get(rule).copied().unwrap_or_default()), rule: *rule };
        Comparison {
            baselines: Baseline::ALL.iter().map(beside).collect(),
            calibration: bins(&self.bins),
            by_department: parts(self.departments),
            by_kind: parts(kinds),
            by_source: parts(self.sources),
            overall: Fit::of(self.overall),
        }
    }
}

/// Every bin of the calibration, out of its cases, the sum of their stated confidences, and how many agreed.
pub(crate) fn bins(counted: &BTreeMap<u64, (u64, u64, u64)>) -> Vec<Bin> {
    let bin = |at: u64| {
        let (cases, stated, agreed) = counted.get(&at).copied().unwrap_or_default();
        Bin { agreement: Rate::new(agreed, cases), from: at * WHOLE / BINS, stated: stated.checked_div(cases), to: (at + 1) * WHOLE / BINS }
    };
    (0..BINS).map(bin).collect()
}

/// Compares all at once.
pub fn compare<'a>(cases: impl IntoIterator<Item = Case<'a>>) -> Comparison {
    let mut comparing = Comparing::default();
    for case in cases {
        comparing.add(&case);
    }
    comparing.finish()
}

fn parts(tallies: BTreeMap<Option<String>, Tally>) -> Vec<Part> {
    let mut parts: Vec<Part> = tallies.into_iter().map(|(key, tally)| Part { fit: Fit::of(tally), key }).collect();
    // Stable: of as many, the smaller key comes first.
    parts.sort_by_key(|part| Reverse(part.fit.tally.decided()));
    parts
}
