//! Whether facts, recommendations or decisions are distributed otherwise than before.
//!
//! The measure is the population stability index over the counts of a few stated buckets. What is compared with what is the
//! caller's: a window of time against an earlier one. A shift is not a fault: the company may have changed, or a source may
//! read otherwise than it did. It says that figures measured before need not hold now.

use crate::{
    fact::{Fact, FactId, FactValue, Facts, PathKind},
    shadow::FEWEST,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Above this many parts of 10,000 a shift counts as large: 0.25, the usual rule of thumb (N. Siddiqi, Credit Risk Scorecards,
/// Wiley, 2006).
pub const LARGE: u64 = 2_500;

/// Up to this many parts of 10,000 nothing has shifted that matters: 0.10, from the same rule of thumb.
pub const SMALL: u64 = 1_000;

/// The 99 % quantile of the standard normal distribution.
const Z99: f64 = 2.326_347_874;

/// How far two distributions over the same buckets lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// Above this, in parts of 10,000, it is neither small nor chance: [`LARGE`], or more where there are few cases.
    pub limit: u64,
    /// The index, in parts of 10,000, rounded; 0 where both are the same.
    pub parts: u64,
}

/// The population stability index of `pairs` of counts, bucket by bucket: before, and now. `None` where either side has fewer
/// than [`FEWEST`] cases, or there is no second bucket.
///
/// The sum of (p - q) ln(p / q) over the buckets, where q is the share before and p the share now, each with half a case added to
/// every bucket, so that an empty one has a logarithm. Symmetric in both sides.
///
/// Where nothing changed, the index of n and m cases in B buckets is distributed about like (1/n + 1/m) times chi-square with
/// B - 1 degrees of freedom (B. Yurdakul and J. Naranjo, Statistical properties of the population stability index, Journal of
/// Risk Model Validation 14(4), 2020). The limit is never below the 99 % quantile of that, taken from the approximation of E. B.
/// Wilson and M. M. Hilferty (Proceedings of the National Academy of Sciences 17, 1931, 684-688).
pub fn stability(pairs: &[(u64, u64)]) -> Option<Shift> {
    let before: u64 = pairs.iter().map(|pair| pair.0).sum();
    let now: u64 = pairs.iter().map(|pair| pair.1).sum();
    if before < FEWEST || now < FEWEST || pairs.len() < 2 {
        return None;
    }
    let buckets = real(pairs.len() as u64);
    let share = |count: u64, of: u64| (real(count) + 0.5) / (real(of) + 0.5 * buckets);
    let index: f64 = pairs
        .iter()
        .map(|pair| {
            let (q, p) = (share(pair.0, before), share(pair.1, now));
            (p - q) * libm::log(p / q)
        })
        .sum();
    let freedom = buckets - 1.0;
    let spread = 2.0 / (9.0 * freedom);
    let root = 1.0 - spread + Z99 * libm::sqrt(spread);
    let chance = (1.0 / real(before) + 1.0 / real(now)) * freedom * root * root * root;
    Some(Shift { limit: LARGE.max(parts(chance)), parts: parts(index) })
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
const fn real(count: u64) -> f64 {
    count as f64
}

/// In parts of 10,000, rounded.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to a few hundred thousand")]
fn parts(of: f64) -> u64 {
    libm::round(of.max(0.0) * 10_000.0) as u64
}

macro_rules! inputs {
    ($($(#[$meta:meta])* $variant:ident => $word:literal { $($bucket:literal),+ }),+ $(,)?) => {
        /// A fact, cut into buckets, whose distribution is watched.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Input { $($(#[$meta])* #[serde(rename = $word)] $variant),+ }

        impl Input {
            /// Every one, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name used in storage and in files.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Its buckets, in the order in which they are listed. Every fact falls into exactly one.
            pub const fn buckets(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($bucket),+]),+ }
            }
        }

        impl FromStr for Input {
            type Err = UnknownInput;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word { $($word => Ok(Self::$variant),)+ other => Err(UnknownInput(other.to_owned())) }
            }
        }
    };
}

/// A word that names no input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an input whose distribution is watched")]
pub struct UnknownInput(pub String);

inputs! {
    /// How long ago it was last used, counted to the reading.
    LastUsed => "last-used" { "unknown", "none-seen", "under-30-days", "30-to-89-days", "90-days-or-more" },
    /// How many days back use was observed.
    UsageWindow => "usage-window" { "unknown", "under-30-days", "30-to-89-days", "90-days-or-more" },
    /// For how long it was held, counted to the reading.
    HeldFor => "held-for" { "unknown", "under-30-days", "under-a-year", "under-3-years", "3-years-or-more" },
    /// How many of the others of the same department and title hold it.
    PeopleAlike => "people-alike" { "nobody-alike", "none", "under-a-quarter", "under-3-quarters", "3-quarters-or-more" },
    /// How much harm it could do.
    Sensitivity => "sensitivity" { "unknown", "low", "medium", "high", "privileged" },
    /// What the source says of the account.
    AccountStatus => "account-status" { "unknown", "active", "disabled", "leave", "left", "service", "shared", "guest" },
    /// How it is held.
    Path => "path" { "unknown", "direct", "group", "rule", "nested", "role", "package" },
    /// Whether it is part of a conflict of duties.
    Duties => "duties" { "none", "conflict" },
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Input {
    /// The bucket that these facts fall into: one of [`Self::buckets`].
    pub fn bucket(self, facts: &Facts) -> &'static str {
        match self {
            Self::LastUsed => match facts.get(FactId::LastUsed) {
                Some(Fact { value: FactValue::NoneSeen, .. }) => "none-seen",
                Some(Fact { value: FactValue::At(at), read_at, .. }) => days(read_at.days_since(*at)),
                _ => "unknown",
            },
            Self::UsageWindow => facts.number(FactId::UsageWindow).map_or("unknown", days),
            Self::HeldFor => match facts.get(FactId::GrantedOn) {
                Some(Fact { value: FactValue::At(at), read_at, .. }) => match read_at.days_since(*at) {
                    ..30 => "under-30-days",
                    30..365 => "under-a-year",
                    365..1_095 => "under-3-years",
                    _ => "3-years-or-more",
                },
                _ => "unknown",
            },
            Self::PeopleAlike => match facts.share(FactId::PeersTitle).parts() {
                None => "nobody-alike",
                Some(0) => "none",
                Some(..2_500) => "under-a-quarter",
                Some(..7_500) => "under-3-quarters",
                Some(_) => "3-quarters-or-more",
            },
            Self::Sensitivity => match facts.value(FactId::Sensitivity) {
                Some(FactValue::Sensitivity(level)) => level.as_str(),
                _ => "unknown",
            },
            Self::AccountStatus => match facts.value(FactId::AccountStatus) {
                Some(FactValue::Status(status)) => status.as_str(),
                _ => "unknown",
            },
            Self::Path => match facts.value(FactId::GrantPath) {
                Some(FactValue::Path(kind)) => match kind {
                    PathKind::Direct => "direct",
                    PathKind::Group => "group",
                    PathKind::Rule => "rule",
                    PathKind::Nested => "nested",
                    PathKind::Role => "role",
                    PathKind::Package => "package",
                },
                _ => "unknown",
            },
            Self::Duties => match facts.value(FactId::SeparatedDuties) {
                Some(FactValue::Duties(found)) if !found.is_empty() => "conflict",
                _ => "none",
            },
        }
    }
}

const fn days(count: i64) -> &'static str {
    match count {
        ..30 => "under-30-days",
        30..90 => "30-to-89-days",
        _ => "90-days-or-more",
    }
}
