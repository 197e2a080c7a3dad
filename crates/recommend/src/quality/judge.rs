//! Where a figure should stay, and whether it does.
//!
//! The bands of shares come from one promise: of what is recommended, a careful reviewer overturns at most five in a hundred.
//! Overriding a recommendation overturns it, and so does asking for access again soon after it was removed as recommended. A
//! figure is outside its band only where chance does not explain it: the whole 95 % interval lies beyond. Bands of distributions
//! come from [`crate::drift`].

use super::{Figures, Spread, Version};
use crate::{
    drift::SMALL,
    shadow::{Rate, WHOLE},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The share of recommendations that a careful reviewer may overturn, in parts of 10,000.
const OVERTURNED: u64 = 500;

macro_rules! figures {
    ($($(#[$meta:meta])* $variant:ident => $word:literal),+ $(,)?) => {
        /// A figure that has a band.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Figure { $($(#[$meta])* #[serde(rename = $word)] $variant),+ }

        impl Figure {
            /// Every one, in the order in which they are listed.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable name used in storage, in files and in the ledger.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for Figure {
            type Err = UnknownFigure;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word { $($word => Ok(Self::$variant),)+ other => Err(UnknownFigure(other.to_owned())) }
            }
        }
    };
}

/// A word that names no figure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a figure that has a band")]
pub struct UnknownFigure(pub String);

figures! {
    /// Agreement of answers given without the recommendation in view.
    AgreementBlind => "agreement_blind",
    /// Agreement of answers given with it in view.
    AgreementShown => "agreement_shown",
    /// Kept although Revoke was recommended.
    KeptAgainst => "kept_against",
    /// Removed although Approve was recommended.
    RemovedAgainst => "removed_against",
    /// Removed as recommended, and there again within 30 days.
    Reversals => "reversals",
    /// The largest distance between what is stated and how often people agree.
    Calibration => "calibration",
    /// The distribution of a fact.
    Inputs => "inputs",
    /// The distribution of what is recommended.
    Recommended => "recommended",
    /// The distribution of what people decide.
    Decided => "decided",
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// On which side of the bound the band lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bound {
    /// The figure should not be less.
    AtLeast,
    /// The figure should not be more.
    AtMost,
}

/// Where a figure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Outside its band, and not by chance.
    Outside,
    /// Beyond the bound, as far as can be seen, but chance may explain it.
    Unsure,
    /// Within its band.
    Within,
    /// Fewer cases than a share is stated for.
    TooFew,
}

/// A figure with its band.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The end of the band, in parts of 10,000.
    pub band: u64,
    /// On which side of it the band lies.
    pub bound: Bound,
    /// Cases.
    pub cases: u64,
    /// Which figure.
    pub figure: Figure,
    /// Of which cause, or which fact; `None` of all.
    pub part: Option<String>,
    /// Where it stands.
    pub standing: Standing,
    /// The figure, in parts of 10,000; `None` of too few cases.
    pub value: Option<u64>,
    /// Of which version; `None` of all.
    pub version: Option<String>,
}

pub(super) fn readings(versions: &[Version], decided: &Spread) -> Vec<Reading> {
    let mut all = Vec::new();
    for version in versions {
        let named = |reading: Reading| Reading { version: Some(version.version.clone()), ..reading };
        all.extend(of_figures(&version.overall).map(named));
        all.push(named(calibration(version)));
        all.push(named(shift(Figure::Recommended, &version.recommended)));
        all.extend(version.inputs.iter().map(|of| named(Reading { part: Some(of.of.clone()), ..shift(Figure::Inputs, of) })));
        for part in &version.parts {
            let of_part = |reading: Reading| named(Reading { part: Some(part.cause.clone()), ..reading });
            // What has no case of a cause has no band there: a cause that recommends Revoke approves nothing.
            all.extend(of_figures(&part.figures).filter(|reading| reading.cases > 0).map(of_part));
        }
    }
    all.push(shift(Figure::Decided, decided));
    all
}

fn of_figures(figures: &Figures) -> impl Iterator<Item = Reading> {
    let at_least = WHOLE - OVERTURNED;
    [
        share(Figure::AgreementBlind, Bound::AtLeast, at_least, figures.agreement_blind),
        share(Figure::AgreementShown, Bound::AtLeast, at_least, figures.agreement_shown),
        share(Figure::KeptAgainst, Bound::AtMost, OVERTURNED, figures.kept_against),
        share(Figure::RemovedAgainst, Bound::AtMost, OVERTURNED, figures.removed_against),
        share(Figure::Reversals, Bound::AtMost, OVERTURNED, figures.reversals),
    ]
    .into_iter()
}

fn share(figure: Figure, bound: Bound, band: u64, rate: Rate) -> Reading {
    let standing = match (rate.share, bound) {
        (None, _) => Standing::TooFew,
        (Some(share), Bound::AtLeast) if share.high < band => Standing::Outside,
        (Some(share), Bound::AtLeast) if share.parts < band => Standing::Unsure,
        (Some(share), Bound::AtMost) if share.low > band => Standing::Outside,
        (Some(share), Bound::AtMost) if share.parts > band => Standing::Unsure,
        (Some(_), _) => Standing::Within,
    };
    Reading { band, bound, cases: rate.of, figure, part: None, standing, value: rate.share.map(|share| share.parts), version: None }
}

/// The bin in which stated confidence and agreement lie furthest apart. Beyond chance is what lies outside the bin's interval.
fn calibration(version: &Version) -> Reading {
    let known = || version.calibration.iter().filter_map(|bin| Some((bin.stated?, bin.agreement.share?)));
    let value = known().map(|(stated, share)| stated.abs_diff(share.parts)).max();
    let sure = known().map(|(stated, share)| share.low.saturating_sub(stated).max(stated.saturating_sub(share.high))).max();
    let standing = match (value, sure) {
        (Some(_), Some(sure)) if sure > OVERTURNED => Standing::Outside,
        (Some(value), _) if value > OVERTURNED => Standing::Unsure,
        (Some(_), _) => Standing::Within,
        (None, _) => Standing::TooFew,
    };
    let cases = version.calibration.iter().map(|bin| bin.agreement.of).sum();
    Reading { band: OVERTURNED, bound: Bound::AtMost, cases, figure: Figure::Calibration, part: None, standing, value, version: None }
}

fn shift(figure: Figure, spread: &Spread) -> Reading {
    let standing = match spread.shift {
        None => Standing::TooFew,
        Some(shift) if shift.parts > shift.limit => Standing::Outside,
        Some(shift) if shift.parts > SMALL => Standing::Unsure,
        Some(_) => Standing::Within,
    };
    Reading {
        band: spread.shift.map_or(crate::drift::LARGE, |shift| shift.limit),
        bound: Bound::AtMost,
        cases: spread.cases(),
        figure,
        part: None,
        standing,
        value: spread.shift.map(|shift| shift.parts),
        version: None,
    }
}
