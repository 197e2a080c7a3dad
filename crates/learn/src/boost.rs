//! The boosted view: bagged, boosted symmetric trees over approval rates and frequencies of the groups a row belongs to.
//!
//! A row's own answer must not be in the rates it learns from. So each bag deals the rows into parts anew, and a row sees the
//! rates of the other parts only. Frequencies count all rows, also those that nobody answered yet: they say nothing of the
//! answer. When the model is used, rates are of all rows.

use crate::{
    chance::{Chance, logit, sigmoid},
    features::{BINS, Binned, Feature, bin, bin_of_count, of_trees, rate, share},
    levels::{Answered, Levels},
    model::Settings,
    together::Sizes,
};

/// Parts that a bag deals its rows into.
const PARTS: usize = 10;
/// Pull of a leaf's value to 0, in units of the loss's second derivative.
const RIDGE: f64 = 5.0;
/// Least second derivative on either side of a cut.
const LEAST: f64 = 1.0;
/// Share of the rows that a tree sees.
const SAMPLED: f64 = 0.6;
/// Share of the features that a tree chooses from, and how many at most.
const CHOSEN: f64 = 0.35;
const CHOSEN_AT_MOST: usize = 40;

/// One tree: the same cut on all nodes of a depth.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    /// Feature and bin; a row goes to the upper half where its bin is above.
    pub(crate) cuts: Vec<(u16, u8)>,
    /// Log-odds to add, by the bits of the cuts.
    pub(crate) leaves: Vec<f32>,
}

/// Trees grown on one way of dealing the rows.
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

/// What the other views say of each row learned from, without having seen its answer: their log-odds.
pub(crate) struct Views<'a> {
    pub(crate) linear: &'a [f64],
    /// None where there is no forest.
    pub(crate) forest: Option<&'a [f64]>,
}

/// Each row's rate in its group, of the parts that the row is not in. `order` is dealt out in turn; rows that are not in it see
/// the rate of all that are.
fn held_out_rates(of_row: &[u32], groups: usize, order: &[usize], approved: &[bool], prior: f64) -> Vec<f32> {
    let mut all = vec![(0_u32, 0_u32); groups];
    let mut parts = vec![(0_u32, 0_u32); groups * PARTS];
    let places = || order.iter().enumerate().map(|(place, row)| (*row, of_row[*row] as usize * PARTS + place % PARTS));
    for (row, part) in places() {
        for (positives, count) in [&mut all[part / PARTS], &mut parts[part]] {
            *positives += u32::from(approved[row]);
            *count += 1;
        }
    }
    let mut values: Vec<f32> = of_row.iter().map(|group| all[*group as usize]).map(|(p, count)| rate(p, count, prior)).collect();
    for (row, part) in places() {
        let ((positives, count), (own, rows)) = (all[part / PARTS], parts[part]);
        values[row] = rate(positives - own, count - rows, prior);
    }
    values
}

impl Boosted {
    /// Grows the bags. The first holds out a part of the rows; the second result is these rows with their log-odds.
    pub(crate) fn fit(
        levels: &Levels,
        sizes: &Sizes,
        answered: &Answered<'_>,
        views: &Views<'_>,
        settings: &Settings,
        chance: &mut Chance,
    ) -> (Self, Vec<(usize, f64)>) {
        let Answered { ids, approved, prior } = *answered;
        let rows = approved.len();
        let features = of_trees(levels, views.forest.is_some());
        let view = |scores: &[f64]| Binned::of(&scores.iter().map(|score| *score as f32).collect::<Vec<f32>>());
        // What does not depend on how rows are dealt.
        let fixed: Vec<Binned> = features
            .iter()
            .map(|feature| match feature {
                Feature::Linear => view(views.linear),
                Feature::Forest => views.forest.map(view).unwrap_or_default(),
                Feature::Rate(_) | Feature::Count(_) | Feature::Share(..) => Binned::counted(*feature, sizes, ids),
            })
            .collect();
        let mut held_out = vec![];
        let mut bags = vec![];
        for number in 0..settings.bags {
            let mut order: Vec<usize> = (0..rows).collect();
            chance.shuffle(&mut order);
            let kept_out = if number == 0 { rows / settings.held_out.max(2) } else { 0 };
            let outside = order.split_off(rows - kept_out);
            let (borders, bins): (Vec<_>, Vec<_>) = features
                .iter()
                .zip(&fixed)
                .map(|(feature, fixed)| {
                    let Binned { borders, bins } = match feature {
                        Feature::Rate(level) => {
                            Binned::of(&held_out_rates(&ids[*level], levels.all[*level].keys.len(), &order, approved, prior))
                        }
                        _ => fixed.clone(),
                    };
                    (borders, bins)
                })
                .unzip();
            let mut scores = vec![logit(prior); rows];
            let trees = (0..settings.trees).filter_map(|_| grow(&bins, &order, approved, &mut scores, settings, chance)).collect();
            bags.push(Bag { borders, trees });
            held_out.extend(outside.iter().map(|row| (*row, scores[*row])));
        }
        (Self { features, prior, bags }, held_out)
    }

    /// Log-odds of one row, given its groups, how many other rows are in each, and the other views' log-odds.
    pub(crate) fn score(&self, levels: &Levels, found: &[u32], others: &[u32], linear: f64, forest: f64) -> f64 {
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
                Feature::Forest => forest as f32,
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
                let mut leaf = 0;
                for (bit, (feature, cut)) in tree.cuts.iter().enumerate() {
                    leaf |= usize::from(bins[*feature as usize] > *cut) << bit;
                }
                sum += f64::from(tree.leaves[leaf]);
            }
        }
        logit(self.prior) + sum / self.bags.len().max(1) as f64
    }
}

/// Sums of the loss's first and second derivative.
type Sums = (f64, f64);

/// One tree on a sample of `order`, added to all scores. None where no cut helps.
fn grow(
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
    for (row, score) in scores.iter_mut().enumerate() {
        let mut leaf = 0;
        for (bit, (feature, cut)) in cuts.iter().enumerate() {
            leaf |= usize::from(bins[*feature as usize][row] > *cut) << bit;
        }
        *score += f64::from(leaves[leaf]);
    }
    Some(Tree { cuts, leaves })
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
