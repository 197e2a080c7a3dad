//! The forest: trees over counts alone, how often groups occur, what share of one lies in another, and with how many different
//! values.
//!
//! No answer is among its features, so none has to be kept out of them. Each tree sees half of the answered rows and tries cuts
//! at random (Geurts, Ernst, Wehenkel 2006, "Extremely randomized trees"). A row's score is the mean of the trees that did not
//! see it: about half of them, and all for an open row.

use crate::{
    chance::{Chance, logit},
    features::{Column, Known},
};

/// Trees.
const TREES: usize = 150;
/// Cuts that a node tries.
const TRIED: usize = 12;
/// Fewest rows on either side of a cut.
const LEAST: usize = 2;
/// Weight of the overall rate in a leaf's rate, in rows.
const PRIOR_ROWS: f64 = 1.0;

/// One place of a tree, whose root is the first.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Node {
    /// Share of approved rows, smoothed.
    Leaf(f64),
    /// Rows whose bin of the feature is at most `cut` go on to the node `low`, the others to the one after it.
    Cut { feature: usize, cut: u8, low: usize },
}

/// The log-odds of each row, answered or open, from trees that did not see its answer.
pub(crate) fn scores(known: &Known<'_>, chance: &mut Chance) -> Vec<f64> {
    let bins = known.of_forest();
    let answered = known.approved.len();
    let mut sums = vec![(0.0, 0_u32); known.rows()];
    for _ in 0..TREES {
        let (seen, mut others): (Vec<usize>, Vec<usize>) = (0..answered).partition(|_| chance.next() >> 63 == 0);
        others.extend(answered..known.rows());
        let tree = grow(&bins, known, seen, chance);
        for row in others {
            let (sum, trees) = &mut sums[row];
            *sum += rate(&tree, &bins, row);
            *trees += 1;
        }
    }
    // The overall rate counts as one more tree: a row may have none that did not see it.
    sums.into_iter().map(|(sum, trees)| logit((sum + known.prior) / (f64::from(trees) + 1.0))).collect()
}

/// The rate of the leaf that a row comes to.
fn rate(tree: &[Node], bins: &[Column], row: usize) -> f64 {
    let mut at = 0;
    loop {
        match tree[at] {
            Node::Leaf(rate) => return rate,
            Node::Cut { feature, cut, low } => at = low + usize::from(bins[feature][row] > cut),
        }
    }
}

/// Rows, times the variance of their answers.
fn spread(approved: usize, rows: usize) -> f64 {
    approved as f64 * (rows - approved) as f64 / rows as f64
}

fn grow(bins: &[Column], known: &Known<'_>, rows: Vec<usize>, chance: &mut Chance) -> Vec<Node> {
    let mut nodes = vec![Node::Leaf(known.prior)];
    let mut open = vec![(0, rows)];
    while let Some((at, rows)) = open.pop() {
        let positives = rows.iter().filter(|row| known.approved[**row]).count();
        nodes[at] = Node::Leaf((positives as f64 + PRIOR_ROWS * known.prior) / (rows.len() as f64 + PRIOR_ROWS));
        let Some((feature, cut)) = cut(bins, known.approved, &rows, positives, chance) else { continue };
        let low = nodes.len();
        nodes[at] = Node::Cut { feature, cut, low };
        nodes.extend([Node::Leaf(0.0); 2]);
        let (below, above) = rows.into_iter().partition(|row| bins[feature][*row] <= cut);
        open.push((low, below));
        open.push((low + 1, above));
    }
    nodes
}

/// Of some cuts at random, the one after which answers vary least. None where rows agree, are few, or no cut parts them.
fn cut(bins: &[Column], approved: &[bool], rows: &[usize], positives: usize, chance: &mut Chance) -> Option<(usize, u8)> {
    if positives == 0 || positives == rows.len() || rows.len() < 2 * LEAST {
        return None;
    }
    let whole = spread(positives, rows.len());
    let (mut best, mut most) = (None, 1e-9);
    for _ in 0..TRIED {
        let feature = chance.below(bins.len());
        let column = &bins[feature];
        let (lowest, highest) = rows.iter().map(|row| column[*row]).fold((u8::MAX, 0), |(l, h), bin| (l.min(bin), h.max(bin)));
        if lowest >= highest {
            continue;
        }
        let cut = lowest + chance.below(usize::from(highest - lowest)) as u8;
        let (mut below, mut positives_below) = (0, 0);
        for row in rows {
            let is_below = usize::from(column[*row] <= cut);
            below += is_below;
            positives_below += is_below & usize::from(approved[*row]);
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
