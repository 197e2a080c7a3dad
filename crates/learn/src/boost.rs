//! The boosted view: bagged, boosted symmetric trees over approval rates and frequencies of the groups a row belongs to.
//!
//! A row's own label must not be in the rates it learns from. So each bag puts the rows in an order of its own, and a row sees
//! the rates of the rows before it only (ordered statistics; Prokhorenkova et al. 2018, "`CatBoost`: unbiased boosting with
//! categorical features"). Frequencies count all rows: they say nothing of the label. When the model is used, rates are of all
//! rows.

use crate::{
    bins::{BINS, bin, bin_of_count, borders, rate, share},
    chance::{Chance, logit, sigmoid},
    levels::Levels,
    model::Settings,
};
use serde::{Deserialize, Serialize};

/// Pull of a leaf's value to 0, in units of the loss's second derivative.
const RIDGE: f64 = 5.0;
/// Least second derivative on either side of a cut.
const LEAST: f64 = 1.0;
/// Share of the rows that a tree sees.
const SAMPLED: f64 = 0.6;
/// Share of the features that a tree chooses from, and how many at most.
const CHOSEN: f64 = 0.35;
const CHOSEN_AT_MOST: usize = 40;

/// What a tree may look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Feature {
    /// Smoothed share of approved rows in the row's group of a level.
    Rate(usize),
    /// Other rows in the row's group of a level.
    Count(usize),
    /// Of the rows in the group of the second level, the share that is in the group of the first.
    Share(usize, usize),
    /// The linear view's log-odds.
    Linear,
}

/// One tree: the same cut on all nodes of a depth.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    /// Feature and bin; a row goes to the upper half where its bin is above.
    pub(crate) cuts: Vec<(u16, u8)>,
    /// Log-odds to add, by the bits of the cuts.
    pub(crate) leaves: Vec<f32>,
}

impl Tree {
    /// What it adds to the log-odds of a row, given the row's bin of a feature.
    pub(crate) fn value(&self, bin: impl Fn(usize) -> u8) -> f64 {
        let leaf =
            self.cuts.iter().enumerate().fold(0, |leaf, (bit, (feature, cut))| leaf | usize::from(bin(*feature as usize) > *cut) << bit);
        f64::from(self.leaves[leaf])
    }
}

/// Trees grown on one order of the rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bag {
    /// Where bins of a feature end; empty for counts, whose bins are fixed.
    pub(crate) borders: Vec<Vec<f32>>,
    pub(crate) trees: Vec<Tree>,
}

/// All bags, and what their trees look at.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Boosted {
    pub(crate) features: Vec<Feature>,
    /// Share of approved rows.
    pub(crate) prior: f64,
    pub(crate) bags: Vec<Bag>,
}

/// Features that the levels allow: rate and count of single columns, pairs and the whole profile; shares within pairs with the
/// entitlement or with the attribute of most values.
fn features(levels: &Levels) -> Vec<Feature> {
    let whole = levels.all.iter().map(|level| level.mask & !1).fold(0, |all, mask| all | mask);
    let mut features = vec![];
    for (place, level) in levels.all.iter().enumerate() {
        if level.width() <= 2 || level.mask == whole {
            features.push(Feature::Rate(place));
            features.push(Feature::Count(place));
        }
        if level.width() == 2 && level.mask & 3 != 0 {
            for (single, _) in levels.all.iter().enumerate().filter(|(_, s)| s.width() == 1 && level.mask & s.mask != 0) {
                features.push(Feature::Share(place, single));
            }
        }
    }
    features.push(Feature::Linear);
    features
}

impl Boosted {
    /// Grows the bags. The first holds out a part of the rows; the second result is these rows with their log-odds.
    pub(crate) fn fit(
        levels: &Levels,
        ids: &[Vec<u32>],
        approved: &[bool],
        linear: &[f64],
        settings: &Settings,
        chance: &mut Chance,
    ) -> (Self, Vec<(usize, f64)>) {
        let rows = approved.len();
        let features = features(levels);
        let others = |level: usize, row: usize| levels.all[level].counts[ids[level][row] as usize] - 1;
        let prior = approved.iter().filter(|a| **a).count() as f64 / rows as f64;
        // What does not depend on the bag's order.
        let fixed: Vec<Vec<f32>> = features
            .iter()
            .map(|feature| match feature {
                Feature::Share(pair, single) => (0..rows).map(|row| share(others(*pair, row), others(*single, row))).collect(),
                Feature::Linear => linear.iter().map(|score| *score as f32).collect(),
                Feature::Rate(_) | Feature::Count(_) => vec![],
            })
            .collect();
        let fixed_borders: Vec<Vec<f32>> = fixed.iter().map(|values| if values.is_empty() { vec![] } else { borders(values) }).collect();
        let fixed_bins: Vec<Vec<u8>> = features
            .iter()
            .enumerate()
            .map(|(place, feature)| match feature {
                Feature::Rate(_) => vec![],
                Feature::Count(level) => (0..rows).map(|row| bin_of_count(others(*level, row))).collect(),
                Feature::Share(..) | Feature::Linear => fixed[place].iter().map(|value| bin(&fixed_borders[place], *value)).collect(),
            })
            .collect();
        let mut held_out = vec![];
        let mut bags = vec![];
        for number in 0..settings.bags {
            let mut order: Vec<usize> = (0..rows).collect();
            chance.shuffle(&mut order);
            let outside = order.split_off(rows - kept_out(rows, number, settings));
            let mut bag_borders = fixed_borders.clone();
            let mut bins = fixed_bins.clone();
            for (place, feature) in features.iter().enumerate() {
                let Feature::Rate(level) = feature else { continue };
                let of_row = &ids[*level];
                let mut seen = vec![(0_u32, 0_u32); levels.all[*level].keys.len()];
                let mut values = vec![0.0; rows];
                for row in &order {
                    let (positives, count) = &mut seen[of_row[*row] as usize];
                    values[*row] = rate(*positives, *count, prior);
                    *count += 1;
                    *positives += u32::from(approved[*row]);
                }
                for row in &outside {
                    let (positives, count) = seen[of_row[*row] as usize];
                    values[*row] = rate(positives, count, prior);
                }
                let ends = borders(&values);
                bins[place] = values.iter().map(|value| bin(&ends, *value)).collect();
                bag_borders[place] = ends;
            }
            let mut scores = vec![logit(prior); rows];
            let trees = (0..settings.trees).filter_map(|_| grow(&bins, &order, approved, &mut scores, settings, chance)).collect();
            bags.push(Bag { borders: bag_borders, trees });
            held_out.extend(outside.iter().map(|row| (*row, scores[*row])));
        }
        (Self { features, prior, bags }, held_out)
    }

    /// Log-odds of one row, given its groups, how many other rows are in each, and the linear view's log-odds.
    pub(crate) fn score(&self, levels: &Levels, found: &[u32], others: &[u32], linear: f64) -> f64 {
        let values: Vec<f32> = self
            .features
            .iter()
            .map(|feature| match feature {
                Feature::Rate(level) => {
                    let at = &levels.all[*level];
                    rate(at.positive(found[*level]), at.count(found[*level]), self.prior)
                }
                Feature::Count(_) => 0.0,
                Feature::Share(pair, single) => share(others[*pair], others[*single]),
                Feature::Linear => linear as f32,
            })
            .collect();
        let mut sum = 0.0;
        let mut bins = vec![0_u8; values.len()];
        for bag in &self.bags {
            for (place, feature) in self.features.iter().enumerate() {
                bins[place] = match feature {
                    Feature::Count(level) => bin_of_count(others[*level]),
                    _ => bin(&bag.borders[place], values[place]),
                };
            }
            for tree in &bag.trees {
                sum += tree.value(|feature| bins[feature]);
            }
        }
        logit(self.prior) + sum / self.bags.len().max(1) as f64
    }
}

/// Sums of the loss's first and second derivative.
type Sums = (f64, f64);

/// How many rows a bag keeps out, for calibration: some of the first, none of the others.
pub(crate) fn kept_out(rows: usize, bag: usize, settings: &Settings) -> usize {
    if bag == 0 { rows / settings.held_out.max(2) } else { 0 }
}

/// One tree on a sample of `order`, added to all scores. None where no cut helps.
pub(crate) fn grow(
    bins: &[Vec<u8>],
    order: &[usize],
    approved: &[bool],
    scores: &mut [f64],
    settings: &Settings,
    chance: &mut Chance,
) -> Option<Tree> {
    let limit = (SAMPLED * 4_294_967_296.0) as u64;
    let sample: Vec<usize> = order.iter().filter(|_| (chance.next() >> 32) < limit).copied().collect();
    let sums: Vec<Sums> = sample
        .iter()
        .map(|row| {
            let p = sigmoid(scores[*row]);
            (p - f64::from(u8::from(approved[*row])), p * (1.0 - p))
        })
        .collect();
    let mut chosen: Vec<usize> = (0..bins.len()).collect();
    let wanted = ((bins.len() as f64 * CHOSEN) as usize).clamp(1, CHOSEN_AT_MOST);
    for place in 0..wanted {
        let other = place + chance.below(chosen.len() - place);
        chosen.swap(place, other);
    }
    chosen.truncate(wanted);
    let columns: Vec<Vec<u8>> = chosen.iter().map(|feature| sample.iter().map(|row| bins[*feature][*row]).collect()).collect();

    let mut leaf = vec![0_u8; sample.len()];
    let mut cuts = vec![];
    for depth in 0..settings.depth {
        let (column, cut) = best(&columns, &leaf, &sums, 1 << depth)?;
        for (leaf, bin) in leaf.iter_mut().zip(&columns[column]) {
            *leaf |= u8::from(*bin > cut) << depth;
        }
        cuts.push((chosen[column] as u16, cut));
    }
    let mut totals = vec![(0.0, 0.0); 1 << cuts.len()];
    for (leaf, (first, second)) in leaf.iter().zip(&sums) {
        let total: &mut Sums = &mut totals[*leaf as usize];
        total.0 += first;
        total.1 += second;
    }
    let leaves: Vec<f32> = totals.iter().map(|(first, second)| (-settings.rate * first / (second + RIDGE)) as f32).collect();
    let tree = Tree { cuts, leaves };
    for (row, score) in scores.iter_mut().enumerate() {
        *score += tree.value(|feature| bins[feature][row]);
    }
    Some(tree)
}

/// The cut that lowers the loss most, over all leaves at once.
fn best(columns: &[Vec<u8>], leaf: &[u8], sums: &[Sums], leaves: usize) -> Option<(usize, u8)> {
    let mut best = None;
    let mut most = 1e-9;
    let mut cells: Vec<Sums> = vec![(0.0, 0.0); leaves * BINS];
    for (column, bins) in columns.iter().enumerate() {
        cells.fill((0.0, 0.0));
        for ((bin, leaf), (first, second)) in bins.iter().zip(leaf).zip(sums) {
            let cell = &mut cells[usize::from(*leaf) * BINS + usize::from(*bin)];
            cell.0 += first;
            cell.1 += second;
        }
        let mut gains = [0.0; BINS];
        for cells in cells.chunks_exact(BINS) {
            let (first, second) = cells.iter().fold((0.0, 0.0), |sum, cell| (sum.0 + cell.0, sum.1 + cell.1));
            let whole = first * first / (second + RIDGE);
            let (mut low_first, mut low_second) = (0.0, 0.0);
            for (gain, cell) in gains.iter_mut().zip(cells).take(BINS - 1) {
                low_first += cell.0;
                low_second += cell.1;
                let (high_first, high_second) = (first - low_first, second - low_second);
                if low_second >= LEAST && high_second >= LEAST {
                    *gain += low_first * low_first / (low_second + RIDGE) + high_first * high_first / (high_second + RIDGE) - whole;
                }
            }
        }
        for (cut, gain) in gains.iter().enumerate() {
            if *gain > most {
                most = *gain;
                best = Some((column, cut as u8));
            }
        }
    }
    best
}
