//! Boosted trees for two classes, small and repeatable: gradient boosting of the logistic loss on binned features.
//!
//! Sums are made in a fixed order and the one transcendental function comes from `libm`: the same bits on every machine.

/// One example: its features.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Example<const N: usize>(pub [f64; N]);

/// Trees, one after another.
const TREES: usize = 60;
/// Questions from the root of a tree to a leaf.
const DEPTH: u32 = 3;
/// How far each tree goes.
const RATE: f64 = 0.1;
/// Fewest examples in a leaf.
const LEAST: f64 = 20.0;
/// How strongly leaves are drawn to nothing.
const DRAWN: f64 = 1.0;
/// Most bins of a feature.
const BINS: usize = 64;

/// Goes right where the feature is above the bound.
#[derive(Debug, Clone, Copy)]
struct Question {
    feature: usize,
    bound: f64,
    bin: usize,
}

/// A full tree: node k asks and goes on to 2k + 1 or 2k + 2; a node without a question goes left.
#[derive(Debug)]
struct Tree {
    questions: Vec<Option<Question>>,
    leaves: Vec<f64>,
}

/// The learned trees.
#[derive(Debug)]
pub struct Boosted {
    trees: Vec<Tree>,
    base: f64,
}

/// Gradient, curvature and number of some examples.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    gradient: f64,
    curvature: f64,
    count: f64,
}

impl Sum {
    fn plus(self, other: Self) -> Self {
        Self { gradient: self.gradient + other.gradient, curvature: self.curvature + other.curvature, count: self.count + other.count }
    }

    fn minus(self, other: Self) -> Self {
        Self { gradient: self.gradient - other.gradient, curvature: self.curvature - other.curvature, count: self.count - other.count }
    }

    fn gain(self) -> f64 {
        self.gradient * self.gradient / (self.curvature + DRAWN)
    }
}

/// Examples in bins, with what is known of each so far.
struct Learning<const N: usize> {
    bins: Vec<[u8; N]>,
    labels: Vec<f64>,
    odds: Vec<f64>,
    bounds: [Vec<f64>; N],
}

fn get<T: Copy + Default>(list: &[T], at: usize) -> T {
    list.get(at).copied().unwrap_or_default()
}

impl Boosted {
    /// Learns to tell the ones from the others.
    pub fn learn<const N: usize>(ones: &[Example<N>], others: &[Example<N>]) -> Self {
        let count = |list: &[Example<N>]| f64::from(u32::try_from(list.len()).unwrap_or(u32::MAX));
        if ones.is_empty() || others.is_empty() {
            // Nothing to tell apart.
            return Self { trees: Vec::new(), base: 0.0 };
        }
        let base = libm::log(count(ones) / count(others));
        let examples: Vec<Example<N>> = ones.iter().chain(others).copied().collect();
        let bounds: [Vec<f64>; N] = std::array::from_fn(|feature| bounds(&examples, feature));
        let bin = |example: &Example<N>| {
            std::array::from_fn(|feature| {
                let value = get(&example.0, feature);
                let above = bounds.get(feature).map_or(0, |bounds| bounds.partition_point(|bound| *bound < value));
                u8::try_from(above).unwrap_or(u8::MAX)
            })
        };
        let bins = examples.iter().map(bin).collect();
        let labels = ones.iter().map(|_| 1.0).chain(others.iter().map(|_| 0.0)).collect();
        let mut learning = Learning { bins, labels, odds: vec![base; examples.len()], bounds };
        Self { trees: (0..TREES).map(|_| learning.tree()).collect(), base }
    }

    /// The logarithm of the odds that the example is one of the ones.
    pub fn log_odds<const N: usize>(&self, example: &Example<N>) -> f64 {
        let leaf = |tree: &Tree| {
            let mut node = 0;
            for _ in 0..DEPTH {
                let right = get(&tree.questions, node).is_some_and(|question| get(&example.0, question.feature) > question.bound);
                node = 2 * node + 1 + usize::from(right);
            }
            get(&tree.leaves, node - tree.questions.len())
        };
        self.trees.iter().fold(self.base, |sum, tree| sum + leaf(tree))
    }
}

/// Bounds between bins: about as many examples in each, equal values never apart.
fn bounds<const N: usize>(examples: &[Example<N>], feature: usize) -> Vec<f64> {
    let mut values: Vec<f64> = examples.iter().map(|example| get(&example.0, feature)).collect();
    values.sort_by(f64::total_cmp);
    let mut bounds: Vec<f64> = (1..BINS).map(|part| get(&values, part * values.len() / BINS)).collect();
    bounds.dedup();
    // A bound at the largest value would leave nothing above it.
    bounds.retain(|bound| values.last().is_some_and(|last| bound < last));
    bounds
}

impl<const N: usize> Learning<N> {
    /// One more tree; every example's odds move by what its leaf says.
    fn tree(&mut self) -> Tree {
        let slopes: Vec<Sum> = self.odds.iter().zip(&self.labels).map(|(odds, label)| slope(*odds, *label)).collect();
        let inner = (1_usize << DEPTH) - 1;
        let mut questions: Vec<Option<Question>> = vec![None; inner];
        let mut nodes = vec![0_usize; self.bins.len()];
        for level in 0..DEPTH {
            let (first, wide) = ((1_usize << level) - 1, 1_usize << level);
            let mut sums = vec![[[Sum::default(); BINS]; N]; wide];
            for ((node, bins), slope) in nodes.iter().zip(&self.bins).zip(&slopes) {
                let Some(of_node) = sums.get_mut(node - first) else { continue };
                for (of_feature, bin) in of_node.iter_mut().zip(bins) {
                    if let Some(sum) = of_feature.get_mut(usize::from(*bin)) {
                        *sum = sum.plus(*slope);
                    }
                }
            }
            for (question, of_node) in questions.iter_mut().skip(first).zip(&sums) {
                *question = self.best(of_node);
            }
            for (node, bins) in nodes.iter_mut().zip(&self.bins) {
                let right = get(&questions, *node).is_some_and(|question| usize::from(get(bins, question.feature)) > question.bin);
                *node = 2 * *node + 1 + usize::from(right);
            }
        }
        let mut leaves = vec![Sum::default(); inner + 1];
        for (node, slope) in nodes.iter().zip(&slopes) {
            if let Some(sum) = leaves.get_mut(node - inner) {
                *sum = sum.plus(*slope);
            }
        }
        let leaves: Vec<f64> = leaves.into_iter().map(|sum| RATE * sum.gradient / (sum.curvature + DRAWN)).collect();
        for (odds, node) in self.odds.iter_mut().zip(&nodes) {
            *odds += get(&leaves, node - inner);
        }
        Tree { questions, leaves }
    }

    /// The question that tells the classes apart best; of equal ones the first.
    fn best(&self, of_node: &[[Sum; BINS]; N]) -> Option<Question> {
        let mut best: Option<(f64, Question)> = None;
        for ((feature, sums), bounds) in of_node.iter().enumerate().zip(&self.bounds) {
            let all = sums.iter().fold(Sum::default(), |sum, bin| sum.plus(*bin));
            let mut left = Sum::default();
            for ((bin, sum), bound) in sums.iter().enumerate().zip(bounds) {
                left = left.plus(*sum);
                let right = all.minus(left);
                let gain = left.gain() + right.gain() - all.gain();
                if left.count >= LEAST && right.count >= LEAST && gain > 1e-6 && best.is_none_or(|(most, _)| gain > most) {
                    best = Some((gain, Question { feature, bound: *bound, bin }));
                }
            }
        }
        best.map(|(_, question)| question)
    }
}

fn slope(odds: f64, label: f64) -> Sum {
    let probability = 1.0 / (1.0 + libm::exp(-odds));
    Sum { gradient: label - probability, curvature: probability * (1.0 - probability), count: 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Neither feature alone tells the classes apart; two questions together do.
    #[test]
    fn two_questions_find_what_one_cannot() {
        let place = |number: u32| [f64::from(number % 20), f64::from(number / 20)];
        let (ones, others): (Vec<[f64; 2]>, Vec<[f64; 2]>) =
            (0..400).map(place).partition(|[a, b]| (*a < 9.5) == (*b < 5.5) || *a > 15.5 && *b > 3.5);
        let (ones, others): (Vec<_>, Vec<_>) = (ones.into_iter().map(Example).collect(), others.into_iter().map(Example).collect());
        let trees = Boosted::learn(&ones, &others);
        let right =
            ones.iter().filter(|one| trees.log_odds(one) > 0.0).count() + others.iter().filter(|one| trees.log_odds(one) < 0.0).count();
        assert!(right > 380, "{right} of 400");
    }

    #[test]
    fn where_nothing_can_be_told_apart_nothing_is_said() {
        let one = [Example([1.0])];
        assert!(Boosted::learn(&one, &[]).log_odds(&one.map(|e| e)[0]).abs() < f64::EPSILON);
    }
}
