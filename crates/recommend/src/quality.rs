//! How well recommendations hold over time: figures of every version, each with the band it should stay in.
//!
//! What is counted comes from the caller, already added up, so that it does not matter how many cases there are. Answers that
//! were given without the recommendation in view are kept apart from those given with it: only the former measure it, the latter
//! may have followed it (rule 30). An abstention is neither agreement nor override (rule 32), and nothing here says who answered
//! (rule 40). Everything is whole numbers: shares are parts of 10,000. The same counts in any order give the same.

mod judge;

pub use judge::{Bound, Figure, Reading, Standing};

use crate::{
    cause::Cause,
    drift::{Input, Shift, stability},
    shadow::{BINS, Bin, Decided, Rate, Tally, WHOLE, bins},
};
use domain::Verdict;
use serde::{Deserialize, Serialize};
use std::{cmp::Reverse, collections::BTreeMap};

/// Weeks that figures speak about, the running one among them: a quarter, because most reviews come quarterly.
pub const WINDOW: i64 = 13;

/// Weeks before them that distributions are compared with: a year, so that every season is among them.
pub const BEFORE: i64 = 52;

/// Days within which access that comes back after its removal counts as a reversal.
pub const REVERSAL_DAYS: i64 = 30;

/// Answers that are final, of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// What made the recommendation ([`crate::version`]).
    pub version: String,
    /// The cause it was sorted under.
    pub cause: Cause,
    /// What was recommended.
    pub verdict: Verdict,
    /// The bin of the stated confidence, 0 to 9.
    pub bin: u64,
    /// What was decided.
    pub decided: Decided,
    /// True where the recommendation was not in view.
    pub blind: bool,
    /// The week in which it was decided.
    pub week: i64,
    /// How many.
    pub cases: u64,
    /// The sum of their stated confidences, in parts of 10,000.
    pub stated: u64,
}

/// Decisions to escalate, which stand apart (rule 32).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escalated {
    /// The week.
    pub week: i64,
    /// How many.
    pub cases: u64,
}

/// Removals that were proven long enough ago for a reversal to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// What had made the recommendation.
    pub version: String,
    /// The cause it was sorted under.
    pub cause: Cause,
    /// What had been recommended.
    pub verdict: Verdict,
    /// How many were removed.
    pub cases: u64,
    /// How many of them were there again within [`REVERSAL_DAYS`].
    pub returned: u64,
}

/// Recommendations that were made, of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// What made them.
    pub version: String,
    /// The week.
    pub week: i64,
    /// What is counted.
    pub of: MadeOf,
    /// How many.
    pub cases: u64,
}

/// What a count of recommendations speaks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MadeOf {
    /// Those that recommend this.
    Verdict(Verdict),
    /// Those whose fact falls into this bucket.
    Input(Input, String),
}

/// Everything that figures are made of.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Final answers.
    pub answered: Vec<Answered>,
    /// Decisions to escalate.
    pub escalated: Vec<Escalated>,
    /// Proven removals.
    pub removed: Vec<Removed>,
    /// Recommendations made.
    pub made: Vec<Made>,
}

/// Agreement, overrides both ways, and reversals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// Of the answers given without the recommendation in view, where Approve or Revoke was recommended, those given so.
    pub agreement_blind: Rate,
    /// The same of the answers given with the recommendation in view.
    pub agreement_shown: Rate,
    /// Answers given without it in view.
    pub blind: Tally,
    /// Of what Revoke was recommended for, what people kept.
    pub kept_against: Rate,
    /// Of what Approve was recommended for, what people removed.
    pub removed_against: Rate,
    /// Of what was removed as recommended, what was there again within 30 days.
    pub reversals: Rate,
    /// Of what was removed otherwise, the same: what reversals are without us.
    pub reversals_otherwise: Rate,
    /// Answers given with it in view.
    pub shown: Tally,
}

/// One cause's figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The cause's stable name.
    pub cause: String,
    /// Its figures.
    pub figures: Figures,
}

/// One bucket, then and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Cases in the weeks before.
    pub before: u64,
    /// Which.
    pub bucket: String,
    /// Cases in the window.
    pub now: u64,
}

/// A distribution, then and now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Its buckets, in their order.
    pub buckets: Vec<Bucket>,
    /// Of what: the name of an [`Input`], `recommended` or `decided`.
    pub of: String,
    /// How far both lie apart; `None` of too few cases.
    pub shift: Option<Shift>,
}

impl Spread {
    fn new(of: &str, buckets: impl IntoIterator<Item = (&'static str, (u64, u64))>) -> Self {
        let pairs: Vec<_> = buckets.into_iter().collect();
        let counts: Vec<(u64, u64)> = pairs.iter().map(|(_, pair)| *pair).collect();
        let bucket = |(bucket, (before, now)): (&'static str, (u64, u64))| Bucket { before, bucket: bucket.to_owned(), now };
        Self { shift: stability(&counts), of: of.to_owned(), buckets: pairs.into_iter().map(bucket).collect() }
    }

    /// Cases of the smaller side.
    pub fn cases(&self) -> u64 {
        let of = |count: fn(&Bucket) -> u64| self.buckets.iter().map(count).sum::<u64>();
        of(|bucket| bucket.before).min(of(|bucket| bucket.now))
    }
}

/// One version's figures over the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// Agreement by stated confidence, of answers given without the recommendation in view: every bin.
    pub calibration: Vec<Bin>,
    /// Facts of this version's recommendations in the window beside those of all versions in the weeks before.
    pub inputs: Vec<Spread>,
    /// Over all causes.
    pub overall: Figures,
    /// By cause, most answers first.
    pub parts: Vec<Part>,
    /// What was recommended, beside what all versions recommended in the weeks before.
    pub recommended: Spread,
    /// The version.
    pub version: String,
}

/// One week, over all versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Week {
    /// Where Approve or Revoke was recommended, the answers given so, with or without it in view.
    pub agreement: Rate,
    /// Approve was recommended.
    pub approve: u64,
    /// Escalated by a person.
    pub escalated: u64,
    /// Nothing was recommended.
    pub escalate: u64,
    /// Kept by a person.
    pub kept: u64,
    /// Removed by a person.
    pub removed: u64,
    /// Revoke was recommended.
    pub revoke: u64,
    /// Which, counted from the one that began on Monday 5 January 1970.
    pub week: i64,
}

/// All figures at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// What people decided in the window, beside the weeks before.
    pub decided: Spread,
    /// Every figure that has a band, with where it stands.
    pub readings: Vec<Reading>,
    /// By version, in their order.
    pub versions: Vec<Version>,
    /// The weeks in which anything happened, the earliest first.
    pub weeks: Vec<Week>,
}

/// Adds up one version's cases of the window.
#[derive(Default)]
struct Adding {
    bins: BTreeMap<u64, (u64, u64, u64)>,
    parts: BTreeMap<Cause, Sums>,
    inputs: BTreeMap<(Input, String), u64>,
    recommended: BTreeMap<Verdict, u64>,
}

#[derive(Default, Clone, Copy)]
struct Sums {
    blind: Tally,
    shown: Tally,
    reversals: (u64, u64),
    otherwise: (u64, u64),
}

impl Sums {
    fn and(self, other: Self) -> Self {
        let add = |a: (u64, u64), b: (u64, u64)| (a.0 + b.0, a.1 + b.1);
        Self {
            blind: self.blind.and(other.blind),
            shown: self.shown.and(other.shown),
            reversals: add(self.reversals, other.reversals),
            otherwise: add(self.otherwise, other.otherwise),
        }
    }

    fn figures(self) -> Figures {
        let both = self.blind.and(self.shown);
        let rate = |of: (u64, u64)| Rate::new(of.0, of.1);
        Figures {
            agreement_blind: Rate::new(self.blind.agreed(), self.blind.compared()),
            agreement_shown: Rate::new(self.shown.agreed(), self.shown.compared()),
            blind: self.blind,
            kept_against: Rate::new(both.kept_against, both.kept_against + both.agreed_removed),
            removed_against: Rate::new(both.removed_against, both.removed_against + both.agreed_kept),
            reversals: rate(self.reversals),
            reversals_otherwise: rate(self.otherwise),
            shown: self.shown,
        }
    }

    const fn answers(&self) -> u64 {
        self.blind.decided() + self.shown.decided()
    }
}

const VERDICTS: [(&str, Verdict); 3] = [("approve", Verdict::Approve), ("revoke", Verdict::Revoke), ("escalate", Verdict::Escalate)];

/// Makes the figures of the window that ends with the week `now`, which is still running. Weeks outside the window and those
/// before it are left out.
pub fn measure(counts: &Counts, now: i64) -> Measured {
    let from = now - WINDOW + 1;
    let in_window = |week: i64| (from..=now).contains(&week);
    let earlier = |week: i64| (from - BEFORE..from).contains(&week);
    let mut versions: BTreeMap<&str, Adding> = BTreeMap::new();
    let mut weeks: BTreeMap<i64, (Week, Tally)> = BTreeMap::new();
    let mut inputs_before: BTreeMap<(Input, &str), u64> = BTreeMap::new();
    let mut recommended_before: BTreeMap<Verdict, u64> = BTreeMap::new();
    // Kept, removed, escalated: before, and now.
    let mut decided = [(0, 0); 3];
    let [kept, removed, escalated] = &mut decided;
    let add = |pair: &mut (u64, u64), week: i64, cases: u64| {
        if in_window(week) {
            pair.1 += cases;
        } else if earlier(week) {
            pair.0 += cases;
        }
    };
    let known = |week: i64| in_window(week) || earlier(week);

    for of in counts.answered.iter().filter(|of| known(of.week)) {
        let (week, tally) = weeks.entry(of.week).or_insert_with(|| (empty(of.week), Tally::default()));
        tally.count_many(Some(of.verdict), of.decided, of.cases);
        match of.decided {
            Decided::Kept => week.kept += of.cases,
            Decided::Removed => week.removed += of.cases,
        }
        add(if of.decided == Decided::Kept { &mut *kept } else { &mut *removed }, of.week, of.cases);
        if !in_window(of.week) {
            continue;
        }
        let version = versions.entry(&of.version).or_default();
        let sums = version.parts.entry(of.cause).or_default();
        let tally = if of.blind { &mut sums.blind } else { &mut sums.shown };
        tally.count_many(Some(of.verdict), of.decided, of.cases);
        if of.blind && of.verdict != Verdict::Escalate {
            let agreed = matches!((of.verdict, of.decided), (Verdict::Approve, Decided::Kept) | (Verdict::Revoke, Decided::Removed));
            let bin = version.bins.entry(of.bin.min(BINS - 1)).or_default();
            *bin = (bin.0 + of.cases, bin.1 + of.stated, bin.2 + if agreed { of.cases } else { 0 });
        }
    }
    for of in counts.escalated.iter().filter(|of| known(of.week)) {
        weeks.entry(of.week).or_insert_with(|| (empty(of.week), Tally::default())).0.escalated += of.cases;
        add(escalated, of.week, of.cases);
    }
    for of in &counts.removed {
        let sums = versions.entry(&of.version).or_default().parts.entry(of.cause).or_default();
        let pair = if of.verdict == Verdict::Revoke { &mut sums.reversals } else { &mut sums.otherwise };
        *pair = (pair.0 + of.returned.min(of.cases), pair.1 + of.cases);
    }
    for of in counts.made.iter().filter(|of| known(of.week)) {
        match &of.of {
            MadeOf::Verdict(verdict) => {
                let week = &mut weeks.entry(of.week).or_insert_with(|| (empty(of.week), Tally::default())).0;
                *match verdict {
                    Verdict::Approve => &mut week.approve,
                    Verdict::Revoke => &mut week.revoke,
                    Verdict::Escalate => &mut week.escalate,
                } += of.cases;
                if in_window(of.week) {
                    *versions.entry(&of.version).or_default().recommended.entry(*verdict).or_default() += of.cases;
                } else {
                    *recommended_before.entry(*verdict).or_default() += of.cases;
                }
            }
            MadeOf::Input(input, bucket) if in_window(of.week) => {
                *versions.entry(&of.version).or_default().inputs.entry((*input, bucket.clone())).or_default() += of.cases;
            }
            MadeOf::Input(input, bucket) => *inputs_before.entry((*input, bucket)).or_default() += of.cases,
        }
    }

    let versions: Vec<Version> = versions
        .into_iter()
        .map(|(name, adding)| {
            let spread = |input: &Input| {
                let count = |bucket: &&'static str| {
                    let before = inputs_before.get(&(*input, *bucket)).copied().unwrap_or(0);
                    (*bucket, (before, adding.inputs.get(&(*input, (*bucket).to_owned())).copied().unwrap_or(0)))
                };
                Spread::new(input.as_str(), input.buckets().iter().map(count))
            };
            let recommended = VERDICTS.map(|(word, verdict)| {
                let of = |counted: &BTreeMap<Verdict, u64>| counted.get(&verdict).copied().unwrap_or(0);
                (word, (of(&recommended_before), of(&adding.recommended)))
            });
            let overall = adding.parts.values().fold(Sums::default(), |sum, part| sum.and(*part));
            let mut parts: Vec<(Cause, Sums)> = adding.parts.into_iter().collect();
            // Stable: of as many, the cause that a queue shows first comes first.
            parts.sort_by_key(|(_, sums)| Reverse(sums.answers()));
            Version {
                calibration: bins(&adding.bins),
                inputs: Input::ALL.iter().map(spread).collect(),
                overall: overall.figures(),
                parts: parts.into_iter().map(|(cause, sums)| Part { cause: cause.as_str().to_owned(), figures: sums.figures() }).collect(),
                recommended: Spread::new("recommended", recommended),
                version: name.to_owned(),
            }
        })
        .collect();
    let [kept, removed, escalated] = decided;
    let decided = Spread::new("decided", [("kept", kept), ("removed", removed), ("escalated", escalated)]);
    Measured {
        readings: judge::readings(&versions, &decided),
        decided,
        versions,
        weeks: weeks.into_values().map(|(week, tally)| Week { agreement: Rate::new(tally.agreed(), tally.compared()), ..week }).collect(),
    }
}

fn empty(week: i64) -> Week {
    Week { agreement: Rate::default(), approve: 0, escalated: 0, escalate: 0, kept: 0, removed: 0, revoke: 0, week }
}

/// The bin of the calibration that a stated confidence, in parts of 10,000, falls into.
pub fn bin_of(stated: u64) -> u64 {
    (stated * BINS / WHOLE).min(BINS - 1)
}
