//! A promise about recommendations: of those that are made, at most a chosen share would be overturned by a careful reviewer.
//! What cannot be recommended within the promise is Escalate.
//!
//! Thresholds come from decisions that the model did not learn from. They are tried from the strictest on, each with an exact
//! binomial bound, until one fails: testing in a fixed order costs no confidence (learn then test; Angelopoulos et al. 2021),
//! so that with the stated confidence both thresholds keep the promise on data not used here, if it arises the same way.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Thresholds that are tried lie this far apart, in millionths.
const STEP: u32 = 1_000;
/// One, in millionths.
const ONE: u32 = 1_000_000;
/// Fewest cases that a threshold rests on: people are told their share, and no figure is told of fewer.
const FEWEST: u32 = 50;

/// What is suggested for one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suggestion {
    /// Keep the access.
    Approve,
    /// End it.
    Revoke,
    /// A person must judge without a recommendation.
    Escalate,
}

/// Why one side of the rule recommends nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// Too few decisions to show that the promise holds, even if all had agreed.
    TooFew,
    /// Even the surest cases are overturned too often.
    TooOften,
}

/// The most permissive threshold that was shown to keep the promise, with what it was seen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Probability of Approve in millionths, from which (Approve) or up to which (Revoke) is recommended.
    pub threshold: u32,
    /// Decisions on that side.
    pub cases: u32,
    /// Those that were answered otherwise.
    pub overturned: u32,
    /// What the share overturned is at most, with the promise's confidence, in millionths, rounded up.
    pub at_most: u32,
}

/// The rule for one kind of item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Decisions that it was set on.
    pub cases: u32,
    /// When Approve is recommended.
    pub approve: Result<Side, Why>,
    /// When Revoke is recommended.
    pub revoke: Result<Side, Why>,
}

/// The promise with its rules, by kind of item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// Share of recommendations that may be overturned, in millionths.
    pub rate: u32,
    /// Chance that the rules break the promise, in millionths, for each kind.
    pub doubt: u32,
    /// The rule of each kind. A kind that is not here is Escalate.
    pub rules: BTreeMap<String, Rule>,
}

/// What became of a promise on other decisions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Items looked at.
    pub items: u32,
    /// Recommended to approve, and of these answered otherwise.
    pub approve: u32,
    /// Refused although Approve was recommended.
    pub approve_overturned: u32,
    /// Recommended to revoke.
    pub revoke: u32,
    /// Approved although Revoke was recommended.
    pub revoke_overturned: u32,
    /// Left to a person.
    pub escalated: u32,
}

impl Kept {
    /// Share of recommendations overturned, from 0 to 1; none where nothing was recommended.
    pub fn overturned(&self) -> Option<f64> {
        let made = self.approve + self.revoke;
        (made > 0).then(|| f64::from(self.approve_overturned + self.revoke_overturned) / f64::from(made))
    }
}

/// A probability in millionths, as it is stored and compared with thresholds.
pub fn millionths(approve: f64) -> u32 {
    libm::round(approve.clamp(0.0, 1.0) * f64::from(ONE)) as u32
}

impl Promise {
    /// Sets the rules on `cases`: kind, probability of Approve, and how a careful reviewer answered. `rate` and `doubt` are
    /// shares in millionths, such as 50,000 for 5 %.
    pub fn set<'a>(rate: u32, doubt: u32, cases: impl IntoIterator<Item = (&'a str, f64, bool)>) -> Self {
        let mut kinds: BTreeMap<String, Vec<(u32, bool)>> = BTreeMap::new();
        for (kind, approve, approved) in cases {
            kinds.entry(kind.to_owned()).or_default().push((millionths(approve), approved));
        }
        let rules = kinds
            .into_iter()
            .map(|(kind, cases)| {
                // Two sides share the doubt.
                let approve = side(rate, doubt / 2, cases.iter().map(|(p, a)| (ONE - p, !a)).collect());
                let revoke = side(rate, doubt / 2, cases.iter().map(|(p, a)| (*p, *a)).collect());
                let approve = approve.map(|side| Side { threshold: ONE - side.threshold, ..side });
                (kind, Rule { cases: cases.len() as u32, approve, revoke })
            })
            .collect();
        Self { rate, doubt, rules }
    }

    /// What is suggested for an item of this kind.
    pub fn suggest(&self, kind: &str, approve: f64) -> Suggestion {
        let p = millionths(approve);
        match self.rules.get(kind) {
            Some(Rule { approve: Ok(side), .. }) if p >= side.threshold => Suggestion::Approve,
            Some(Rule { revoke: Ok(side), .. }) if p <= side.threshold => Suggestion::Revoke,
            _ => Suggestion::Escalate,
        }
    }

    /// Counts what the promise came to on other decisions, by kind.
    pub fn look<'a>(&self, cases: impl IntoIterator<Item = (&'a str, f64, bool)>) -> BTreeMap<String, Kept> {
        let mut kinds: BTreeMap<String, Kept> = BTreeMap::new();
        for (kind, approve, approved) in cases {
            let kept = kinds.entry(kind.to_owned()).or_default();
            kept.items += 1;
            match self.suggest(kind, approve) {
                Suggestion::Approve => {
                    kept.approve += 1;
                    kept.approve_overturned += u32::from(!approved);
                }
                Suggestion::Revoke => {
                    kept.revoke += 1;
                    kept.revoke_overturned += u32::from(approved);
                }
                Suggestion::Escalate => kept.escalated += 1,
            }
        }
        kinds
    }
}

/// One side: cases with their distance from the sure end, and whether the answer was the other one.
///
/// The order of testing may begin at the fewest cases that could show it, or at the surest hundredth or tenth of them: a single disagreement among the very
/// surest must not end it. Each beginning has a third of the doubt. The number of cases at a threshold says nothing of their
/// answers, so that choosing where to begin by it costs no confidence.
fn side(rate: u32, doubt: u32, mut cases: Vec<(u32, bool)>) -> Result<Side, Why> {
    cases.sort_unstable();
    let doubt = f64::from(doubt) / f64::from(ONE) / 3.0;
    let all = cases.len() as u32;
    let sides = [0, all / 100, all / 10].map(|least| from(rate, doubt, least, &cases));
    let most = sides.iter().filter_map(|side| side.ok()).max_by_key(|side| side.threshold);
    most.ok_or(if sides.contains(&Err(Why::TooOften)) { Why::TooOften } else { Why::TooFew })
}

/// The last threshold that keeps the promise before the first that does not, among those with `least` cases or more.
fn from(rate: u32, doubt: f64, least: u32, cases: &[(u32, bool)]) -> Result<Side, Why> {
    let (mut best, mut seen, mut overturned, mut tried) = (None, 0_u32, 0_u32, false);
    let mut rest = cases;
    for threshold in (0..=ONE / 2).step_by(STEP as usize) {
        let inside = rest.partition_point(|(distance, _)| *distance <= threshold);
        let (now, later) = rest.split_at(inside);
        rest = later;
        seen += now.len() as u32;
        overturned += now.iter().filter(|(_, wrong)| *wrong).count() as u32;
        // With fewer cases than the bound needs not even none overturned would do; with fewer than 50 no figure is told of it.
        if seen < least.max(FEWEST) || fixed_up(upper_bound(0, seen, doubt)) > rate {
            continue;
        }
        tried = true;
        let at_most = fixed_up(upper_bound(overturned, seen, doubt));
        if at_most > rate {
            break;
        }
        best = Some(Side { threshold, cases: seen, overturned, at_most });
    }
    best.ok_or(if tried { Why::TooOften } else { Why::TooFew })
}

fn fixed_up(share: f64) -> u32 {
    libm::ceil(share * f64::from(ONE)) as u32
}

/// The largest share that still makes `wrong` or fewer out of `cases` as likely as `doubt` (Clopper and Pearson 1934, one
/// side). 1 where there are no cases.
pub fn upper_bound(wrong: u32, cases: u32, doubt: f64) -> f64 {
    if wrong >= cases {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..50 {
        let middle = f64::midpoint(low, high);
        if at_most(wrong, cases, middle) > doubt {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The chance of `wrong` or fewer out of `cases`, each with chance `p`, between 0 and 1.
fn at_most(wrong: u32, cases: u32, p: f64) -> f64 {
    let (log_p, log_q) = (libm::log(p), libm::log1p(-p));
    let n = f64::from(cases);
    let whole = libm::lgamma(n + 1.0);
    let mut sum = 0.0;
    // From the largest term down; the rest is nothing once it is small.
    for k in (0..=wrong).rev() {
        let k = f64::from(k);
        let term = libm::exp(whole - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0) + k * log_p + (n - k) * log_q);
        sum += term;
        if k < n * p && term < sum * 1e-12 {
            break;
        }
    }
    sum
}
