//! The linear view: logistic regression over crosses of attributes, each group with a normal prior around 0.
//!
//! Solved in the dual, one row at a time (Yu, Huang, Lin 2011, "Dual coordinate descent methods for logistic regression and
//! maximum entropy models"). The held-out scores start from the whole solution with the fold's rows taken out, so that a few
//! passes are enough. Each row has log-odds that it starts from: the overall ones, or what another view says of it.

use crate::{
    chance::{Chance, logit},
    levels::{Levels, NONE},
};

/// How much the weight of a single attribute may vary; a cross of k attributes by this divided by the root of k.
const VARIANCE: f64 = 0.1;
/// Passes over all rows.
const PASSES: usize = 10;
/// Folds of the held-out scores, and passes for each.
const FOLDS: usize = 5;
const FOLD_PASSES: usize = 3;

struct Problem<'a> {
    starts: Vec<usize>,
    groups: Vec<u32>,
    variance: Vec<f32>,
    /// Where the groups of each level begin.
    offsets: Vec<usize>,
    /// 1 for approved, -1 for refused.
    side: Vec<f32>,
    /// Sum of the variances of a row's groups.
    norm: Vec<f32>,
    /// The log-odds that each row starts from.
    base: &'a [f64],
    approved: &'a [bool],
}

#[derive(Clone)]
struct Solution {
    alpha: Vec<f64>,
    weights: Vec<f32>,
}

impl<'a> Problem<'a> {
    /// Groups of more than one row, up to the widest cross, for each row that has a base.
    fn new(levels: &Levels, ids: &[Vec<u32>], approved: &'a [bool], base: &'a [f64]) -> Self {
        let mut offsets = Vec::with_capacity(levels.all.len());
        let mut variance: Vec<f32> = vec![];
        for level in &levels.all {
            offsets.push(variance.len());
            if level.width() <= levels.widest {
                let of_each = (VARIANCE / libm::sqrt(f64::from(level.width()))) as f32;
                variance.extend(std::iter::repeat_n(of_each, level.keys.len()));
            }
        }
        let mut starts = vec![0];
        let mut groups = vec![];
        for row in 0..base.len() {
            for ((place, level), of_row) in levels.all.iter().enumerate().zip(ids).filter(|((_, level), _)| level.width() <= levels.widest)
            {
                let id = of_row[row];
                if id != NONE && level.counts[id as usize] > 1 {
                    groups.push(offsets[place] as u32 + id);
                }
            }
            starts.push(groups.len());
        }
        let side = approved.iter().map(|a| if *a { 1.0 } else { -1.0 }).collect();
        let mut problem = Self { starts, groups, variance, offsets, side, norm: vec![], base, approved };
        problem.norm =
            (0..approved.len()).map(|row| problem.groups(row).iter().map(|group| problem.variance[*group as usize]).sum()).collect();
        problem
    }

    /// All weights, and each answered row's score from a fit without it.
    fn solve(&self, chance: &mut Chance) -> (Vec<f32>, Vec<f64>) {
        let rows = self.approved.len();
        let mut whole = self.start();
        let mut order: Vec<usize> = (0..rows).collect();
        for _ in 0..PASSES {
            chance.shuffle(&mut order);
            self.pass(&order, &mut whole);
        }
        let mut folds: Vec<usize> = (0..rows).map(|row| row % FOLDS).collect();
        chance.shuffle(&mut folds);
        let mut held_out = vec![0.0; rows];
        for fold in 0..FOLDS {
            let mut without = whole.clone();
            let (inside, outside): (Vec<usize>, Vec<usize>) = (0..rows).partition(|row| folds[*row] == fold);
            for row in &inside {
                let by = -without.alpha[*row];
                self.shift(*row, by, &mut without.weights);
            }
            let mut order = outside;
            for _ in 0..FOLD_PASSES {
                chance.shuffle(&mut order);
                self.pass(&order, &mut without);
            }
            for row in inside {
                held_out[row] = self.score(row, &without.weights);
            }
        }
        (whole.weights, held_out)
    }

    fn groups(&self, row: usize) -> &[u32] {
        &self.groups[self.starts[row]..self.starts[row + 1]]
    }

    fn score(&self, row: usize, weights: &[f32]) -> f64 {
        self.base[row] + f64::from(self.groups(row).iter().map(|group| weights[*group as usize]).sum::<f32>())
    }

    fn shift(&self, row: usize, by: f64, weights: &mut [f32]) {
        let by = by as f32 * self.side[row];
        for group in self.groups(row) {
            weights[*group as usize] += by * self.variance[*group as usize];
        }
    }

    fn start(&self) -> Solution {
        let alpha: Vec<f64> = self.approved.iter().map(|approved| if *approved { 0.02 } else { 0.5 }).collect();
        let mut weights = vec![0.0; self.variance.len()];
        for (row, alpha) in alpha.iter().enumerate() {
            self.shift(row, *alpha, &mut weights);
        }
        Solution { alpha, weights }
    }

    /// Each row's multiplier to its best place, given the others.
    fn pass(&self, order: &[usize], at: &mut Solution) {
        for row in order {
            let margin = self.score(*row, &at.weights) * f64::from(self.side[*row]);
            let norm = f64::from(self.norm[*row]);
            let before = at.alpha[*row].clamp(1e-6, 1.0 - 1e-6);
            let mut alpha = before;
            for _ in 0..4 {
                let slope = margin + norm * (alpha - at.alpha[*row]) + libm::log(alpha / (1.0 - alpha));
                if slope.abs() < 1e-3 {
                    break;
                }
                let next = alpha - slope / (norm + 1.0 / (alpha * (1.0 - alpha)));
                // Newton's step may leave (0, 1): go nine tenths of the way to the edge instead.
                alpha = if next <= 0.0 {
                    alpha * 0.1
                } else if next >= 1.0 {
                    1.0 - (1.0 - alpha) * 0.1
                } else {
                    next
                }
                .clamp(1e-6, 1.0 - 1e-6);
            }
            let by = alpha - at.alpha[*row];
            if by.abs() > 1e-7 {
                at.alpha[*row] = alpha;
                self.shift(*row, by, &mut at.weights);
            }
        }
    }
}

/// Fits the weights into `levels`, and returns the overall log-odds, and each row's score from a fit without it, as log-odds.
pub(crate) fn fit(levels: &mut Levels, ids: &[Vec<u32>], approved: &[bool], chance: &mut Chance) -> (f64, Vec<f64>) {
    let rows = approved.len();
    let bias = logit(approved.iter().filter(|a| **a).count() as f64 / rows as f64);
    let base = vec![bias; rows];
    let problem = Problem::new(levels, ids, approved, &base);
    let (whole, held_out) = problem.solve(chance);
    let Problem { offsets, .. } = problem;
    for (from, level) in offsets.into_iter().zip(&mut levels.all).filter(|(_, level)| level.width() <= levels.widest) {
        level.weights.copy_from_slice(&whole[from..from + level.keys.len()]);
    }
    (bias, held_out)
}

/// Fits what `base` leaves unsaid, the log-odds that another view gives each row, answered or open. An answered row's score is
/// from a fit without it, an open row's from the whole.
pub(crate) fn fit_onto(base: &[f64], levels: &Levels, ids: &[Vec<u32>], approved: &[bool], chance: &mut Chance) -> Vec<f64> {
    let problem = Problem::new(levels, ids, approved, base);
    let (whole, mut scores) = problem.solve(chance);
    scores.extend((approved.len()..base.len()).map(|row| problem.score(row, &whole)));
    scores
}

/// The linear view's log-odds of one row, given its groups.
pub(crate) fn score(levels: &Levels, bias: f64, found: &[u32]) -> f64 {
    let mut sum = 0.0_f32;
    for (level, id) in levels.all.iter().zip(found) {
        if *id != NONE {
            sum += level.weights[*id as usize];
        }
    }
    bias + f64::from(sum)
}
