//! What each attribute adds to a probability's log-odds.
//!
//! The model is taken as it answers and not as it is built: values are replaced by ones that were never seen, group of columns
//! by group, until nothing is known. Each step moves the log-odds, and the steps add up to the whole way. What a step moves
//! depends on what was replaced before it; so the way is gone twice, in the groups' order and in the reverse order, and a
//! group's part is the mean of its two steps. The mean over all orders is the value of Shapley (1953), to which this mean over
//! two opposite ones is an approximation: exact where at most two groups work together, and elsewhere between the extremes of
//! the orders that were gone. It says what the model makes of a value; it does not say that the value is the cause.

use crate::{chance::logit, model::Model, promise::millionths};
use std::collections::BTreeMap;

/// Stands in the place of a value that is not known. Values are ids, words and digits: none is a lone control character.
const NEVER_SEEN: &str = "\u{0}";

/// One, in millionths.
const ONE: u32 = 1_000_000;

/// A probability's log-odds taken apart. All in thousandths of log-odds, above 0 for Approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts<G> {
    /// What the model says where nothing is known of any group.
    pub nothing_known: i32,
    /// What each group adds, in the groups' order. With `nothing_known` they add up to `whole`, to the last thousandth.
    pub of: BTreeMap<G, i32>,
    /// What the model says of the values.
    pub whole: i32,
}

/// The log-odds of a probability in thousandths, rounded; from -13,816 to 13,816. The probability is taken in whole millionths,
/// as it is told, within a millionth of 0 and 1.
fn log_odds(probability: f64) -> i32 {
    let p = f64::from(millionths(probability).clamp(1, ONE - 1)) / f64::from(ONE);
    libm::rint(1_000.0 * logit(p)) as i32
}

impl Model {
    /// What each group of columns adds to the log-odds of [`Model::probability`].
    ///
    /// `groups` names the group of each column, in the order of [`Model::columns`]; a column beyond its end is in no group and
    /// stays as it is throughout. The same model, values and groups give the same parts on every machine. For `n` groups the
    /// model is asked `2 n` times.
    pub fn parts<G: Copy + Ord>(&self, values: &[&str], groups: &[G]) -> Parts<G> {
        let mut order: Vec<G> = groups.to_vec();
        order.sort_unstable();
        order.dedup();
        let whole = log_odds(self.probability(values));
        // Twice the parts: the sum of both steps of each group.
        let mut twice: BTreeMap<G, i32> = order.iter().map(|group| (*group, 0)).collect();
        let mut nothing_known = whole;
        for backwards in [false, true] {
            let mut left = values.to_vec();
            left.resize(values.len().max(groups.len()), NEVER_SEEN);
            let mut before = whole;
            for step in 0..order.len() {
                let group = order[if backwards { order.len() - 1 - step } else { step }];
                for (value, of) in left.iter_mut().zip(groups) {
                    if *of == group {
                        *value = NEVER_SEEN;
                    }
                }
                // Both ways end in the same place.
                let after = if backwards && step + 1 == order.len() { nothing_known } else { log_odds(self.probability(&left)) };
                *twice.entry(group).or_default() += before - after;
                before = after;
            }
            nothing_known = before;
        }
        // Half a thousandth that is left over goes on to the next group; the sum of all is even, so that none is left at the end.
        let mut over = 0;
        let of = twice
            .into_iter()
            .map(|(group, both)| {
                let all = both + over;
                over = all.rem_euclid(2);
                (group, all.div_euclid(2))
            })
            .collect();
        Parts { nothing_known, of, whole }
    }
}
