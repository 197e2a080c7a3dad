//! What trees look at, in bins: approval rates of groups, how often groups occur, and what the other views say.

use crate::{levels::Levels, together::Sizes};
use serde::{Deserialize, Serialize};

/// Bins of a feature.
pub(crate) const BINS: usize = 64;
/// Weight of the overall rate in the rate of a group, in rows.
const PRIOR_ROWS: f64 = 2.0;

/// What a tree may look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Feature {
    /// Smoothed share of approved rows in the row's group of a level.
    Rate(usize),
    /// Other rows, answered or open, in the row's group of a level.
    Count(usize),
    /// Of the rows in the group of the second level, the share that is in the group of the first.
    Share(usize, usize),
    /// The linear view's log-odds.
    Linear,
    /// The forest's log-odds.
    Forest,
}

/// Levels of single columns, pairs and the whole profile.
fn looked_at(levels: &Levels) -> impl Iterator<Item = usize> {
    let whole = levels.all.iter().map(|level| level.mask & !1).fold(0, |all, mask| all | mask);
    levels.all.iter().enumerate().filter(move |(_, level)| level.width() <= 2 || level.mask == whole).map(|(place, _)| place)
}

/// Shares within pairs with the entitlement or with the attribute of most values.
fn shares(levels: &Levels) -> Vec<Feature> {
    let mut shares = vec![];
    for (place, level) in levels.all.iter().enumerate().filter(|(_, level)| level.width() == 2 && level.mask & 3 != 0) {
        for (single, _) in levels.all.iter().enumerate().filter(|(_, s)| s.width() == 1 && level.mask & s.mask != 0) {
            shares.push(Feature::Share(place, single));
        }
    }
    shares
}

/// What needs no answers: how often every group occurs, and the shares.
pub(crate) fn of_forest(levels: &Levels) -> Vec<Feature> {
    looked_at(levels).map(Feature::Count).chain(shares(levels)).collect()
}

/// Rates and counts of every group, the shares, and the other views. Where there is a forest, how often pairs occur is left to
/// it: beside it trees are none the better for them, and slower.
pub(crate) fn of_trees(levels: &Levels, forest: bool) -> Vec<Feature> {
    let counts = looked_at(levels).filter(|place| !forest || levels.all[*place].width() != 2).map(Feature::Count);
    let mut features: Vec<Feature> = looked_at(levels).map(Feature::Rate).chain(counts).chain(shares(levels)).collect();
    features.push(Feature::Linear);
    if forest {
        features.push(Feature::Forest);
    }
    features
}

pub(crate) fn rate(positives: u32, count: u32, prior: f64) -> f32 {
    ((f64::from(positives) + PRIOR_ROWS * prior) / (f64::from(count) + PRIOR_ROWS)) as f32
}

pub(crate) fn share(pair: u32, single: u32) -> f32 {
    pair as f32 / (single as f32 + 1.0)
}

/// Exact below 16, then four bins to each doubling.
pub(crate) fn bin_of_count(count: u32) -> u8 {
    if count < 16 {
        count as u8
    } else {
        let top = count.ilog2();
        (16 + (top - 4) * 4 + ((count >> (top - 2)) & 3)).min(BINS as u32 - 1) as u8
    }
}

pub(crate) fn bin(borders: &[f32], value: f32) -> u8 {
    borders.partition_point(|border| *border < value) as u8
}

/// The values of all rows learned from, in bins, with where bins end. Counts have fixed bins and no borders.
#[derive(Debug, Clone, Default)]
pub(crate) struct Binned {
    pub(crate) borders: Vec<f32>,
    pub(crate) bins: Vec<u8>,
}

impl Binned {
    /// Bins that hold about as many rows each.
    pub(crate) fn of(values: &[f32]) -> Self {
        let mut some: Vec<f32> = values.iter().step_by(values.len() / 8192 + 1).copied().collect();
        some.sort_by(f32::total_cmp);
        let mut borders: Vec<f32> = (1..BINS).map(|k| some[k * some.len() / BINS]).collect();
        borders.dedup();
        let bins = values.iter().map(|value| bin(&borders, *value)).collect();
        Self { borders, bins }
    }

    /// A count or a share; nothing of what rests on answers.
    pub(crate) fn counted(feature: Feature, sizes: &Sizes, ids: &[Vec<u32>]) -> Self {
        let others = |level: usize| ids[level].iter().map(move |group| sizes.of[level][*group as usize] - 1);
        match feature {
            Feature::Count(level) => Self { borders: vec![], bins: others(level).map(bin_of_count).collect() },
            Feature::Share(pair, single) => {
                Self::of(&others(pair).zip(others(single)).map(|(pair, single)| share(pair, single)).collect::<Vec<f32>>())
            }
            Feature::Rate(_) | Feature::Linear | Feature::Forest => Self::default(),
        }
    }
}
