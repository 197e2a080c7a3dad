//! The forest: trees over counts alone, how often groups occur and what share of one lies in another.
//!
//! No answer is among its features, so none has to be kept out of them. Each tree sees half of the rows and tries cuts at random
//! (Geurts, Ernst, Wehenkel 2006, "Extremely randomized trees"); a row's held-out score is the mean of the trees that did not
//! see it.

use crate::{
    chance::{Chance, logit},
    features::{Binned, Feature, bin, bin_of_count, of_forest, share},
    levels::{Answered, Levels},
    together::Sizes,
};

/// Cuts that a node tries.
const TRIED: usize = 12;
/// Fewest rows on either side of a cut.
const LEAST: usize = 2;
/// Weight of the overall rate in a leaf's rate, in rows.
const PRIOR_ROWS: f64 = 1.0;

/// One place of a tree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Node {
    /// Share of approved rows, smoothed.
    Leaf(f32),
    /// Rows whose bin of the feature is at most `cut` go on to the node `low`, the others to the one after it.
    Cut { feature: u16, cut: u8, low: u32 },
}

/// A tree's nodes, its root first; both that follow a cut stand behind it.
pub(crate) type Nodes = Vec<Node>;

/// All trees, and what they look at.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Forest {
    /// Counts and shares only.
    pub(crate) features: Vec<Feature>,
    /// Where bins of a feature end; empty for counts, whose bins are fixed.
    pub(crate) borders: Vec<Vec<f32>>,
    pub(crate) trees: Vec<Nodes>,
}

/// The log-odds of a mean over trees. The overall rate counts as one more tree: a row may have none that did not see it.
fn log_odds(sum: f64, trees: u32, prior: f64) -> f64 {
    logit((sum + prior) / (f64::from(trees) + 1.0))
}

impl Forest {
    /// Grows `trees` trees; the second result is each row's held-out log-odds.
    pub(crate) fn fit(levels: &Levels, sizes: &Sizes, answered: &Answered<'_>, trees: usize, chance: &mut Chance) -> (Self, Vec<f64>) {
        let Answered { ids, approved, prior } = *answered;
        let features = of_forest(levels);
        let (borders, bins): (Vec<_>, Vec<_>) = features
            .iter()
            .map(|feature| {
                let Binned { borders, bins } = Binned::counted(*feature, sizes, ids);
                (borders, bins)
            })
            .unzip();
        let mut sums = vec![(0.0, 0_u32); approved.len()];
        let trees = (0..trees)
            .map(|_| {
                let (seen, others): (Vec<u32>, Vec<u32>) = (0..approved.len() as u32).partition(|_| chance.next() >> 63 == 0);
                let tree = grow(&bins, approved, seen, prior, chance);
                for row in others {
                    let (sum, trees) = &mut sums[row as usize];
                    *sum += f64::from(rate(&tree, |feature| bins[feature][row as usize]));
                    *trees += 1;
                }
                tree
            })
            .collect();
        let held_out = sums.into_iter().map(|(sum, trees)| log_odds(sum, trees, prior)).collect();
        (Self { features, borders, trees }, held_out)
    }

    /// Log-odds of one row, given how many other rows are in each of its groups.
    pub(crate) fn score(&self, others: &[u32], prior: f64) -> f64 {
        let bins: Vec<u8> = self
            .features
            .iter()
            .zip(&self.borders)
            .map(|(feature, borders)| match feature {
                Feature::Count(level) => bin_of_count(others[*level]),
                Feature::Share(pair, single) => bin(borders, share(others[*pair], others[*single])),
                Feature::Rate(_) | Feature::Linear | Feature::Forest => 0,
            })
            .collect();
        let sum = self.trees.iter().map(|tree| f64::from(rate(tree, |feature| bins[feature]))).sum();
        log_odds(sum, self.trees.len() as u32, prior)
    }
}

/// The rate of the leaf that a row's bins lead to.
fn rate(tree: &[Node], bin: impl Fn(usize) -> u8) -> f32 {
    let mut at = 0;
    loop {
        match tree[at] {
            Node::Leaf(rate) => return rate,
            Node::Cut { feature, cut, low } => at = low as usize + usize::from(bin(feature as usize) > cut),
        }
    }
}

/// Rows, times the variance of their answers.
fn spread(approved: usize, rows: usize) -> f64 {
    approved as f64 * (rows - approved) as f64 / rows as f64
}

fn grow(bins: &[Vec<u8>], approved: &[bool], rows: Vec<u32>, prior: f64, chance: &mut Chance) -> Nodes {
    let mut nodes = vec![Node::Leaf(prior as f32)];
    let mut open = vec![(0, rows)];
    while let Some((at, rows)) = open.pop() {
        let positives = rows.iter().filter(|row| approved[**row as usize]).count();
        nodes[at] = Node::Leaf(((positives as f64 + PRIOR_ROWS * prior) / (rows.len() as f64 + PRIOR_ROWS)) as f32);
        let Some((feature, cut)) = cut(bins, approved, &rows, positives, chance) else { continue };
        let low = nodes.len();
        nodes[at] = Node::Cut { feature: feature as u16, cut, low: low as u32 };
        nodes.extend([Node::Leaf(0.0); 2]);
        let (below, above) = rows.into_iter().partition(|row| bins[feature][*row as usize] <= cut);
        open.push((low, below));
        open.push((low + 1, above));
    }
    nodes
}

/// Of some cuts at random, the one after which answers vary least. None where rows agree, are few, or no cut parts them.
fn cut(bins: &[Vec<u8>], approved: &[bool], rows: &[u32], positives: usize, chance: &mut Chance) -> Option<(usize, u8)> {
    if positives == 0 || positives == rows.len() || rows.len() < 2 * LEAST {
        return None;
    }
    let whole = spread(positives, rows.len());
    let (mut best, mut most) = (None, 1e-9);
    for _ in 0..TRIED {
        let feature = chance.below(bins.len());
        let column = &bins[feature];
        let (lowest, highest) = rows.iter().map(|row| column[*row as usize]).fold((u8::MAX, 0), |(l, h), bin| (l.min(bin), h.max(bin)));
        if lowest >= highest {
            continue;
        }
        let cut = lowest + chance.below(usize::from(highest - lowest)) as u8;
        let (mut below, mut positives_below) = (0, 0);
        for row in rows {
            let is_below = usize::from(column[*row as usize] <= cut);
            below += is_below;
            positives_below += is_below & usize::from(approved[*row as usize]);
        }
        let above = rows.len() - below;
        if below < LEAST || above < LEAST {
            continue;
        }
        let gain = whole - spread(positives_below, below) - spread(positives - positives_below, above);
        if gain > most {
            most = gain;
            best = Some((feature, cut));
        }
    }
    best
}
