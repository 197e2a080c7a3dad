//! Approval rates of groups that keep a row's own answer out: rows are dealt into parts, and a row sees what the other parts
//! were answered. Open rows, and rows that are held out, see all parts.

use crate::{bins::rate, features::Known};

/// Parts that rows are dealt into.
const PARTS: usize = 10;

/// Answered rows, dealt.
pub(crate) struct Dealt<'a> {
    known: &'a Known<'a>,
    /// The part of each row, answered or open; [`PARTS`] for those that are in none.
    part: Vec<usize>,
}

impl<'a> Dealt<'a> {
    /// Deals `order` out in turn; all other rows are in no part.
    pub(crate) fn new(known: &'a Known<'a>, order: &[usize]) -> Self {
        let mut part = vec![PARTS; known.rows()];
        for (place, row) in order.iter().enumerate() {
            part[*row] = place % PARTS;
        }
        Self { known, part }
    }

    /// For each group of a level, the rate without each of the parts, and that of all parts behind them.
    fn without(&self, level: usize) -> Vec<[f32; PARTS + 1]> {
        let mut parts = vec![[(0_u32, 0_u32); PARTS]; self.known.levels.all[level].keys.len()];
        for ((group, part), approved) in self.known.ids[level].iter().zip(&self.part).zip(self.known.approved) {
            if let Some((positives, count)) = parts[*group as usize].get_mut(*part) {
                *positives += u32::from(*approved);
                *count += 1;
            }
        }
        let rates = |parts: [(u32, u32); PARTS]| {
            let (positives, count) = parts.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
            let mut rates = [rate(positives, count, self.known.prior); PARTS + 1];
            for (rate_without, part) in rates.iter_mut().zip(parts) {
                *rate_without = rate(positives - part.0, count - part.1, self.known.prior);
            }
            rates
        };
        parts.into_iter().map(rates).collect()
    }

    /// Each row's rate in its group of a level.
    pub(crate) fn rates(&self, level: usize) -> Vec<f32> {
        let without = self.without(level);
        self.known.ids[level].iter().zip(&self.part).map(|(group, part)| without[*group as usize][*part]).collect()
    }

    /// The mean, over the other rows in a row's group of one level, answered or open, of their rates in a second level: how
    /// the managers are answered who ask for the same. The overall rate counts as one more row.
    pub(crate) fn of_neighbours(&self, level: usize, by: usize) -> Vec<f32> {
        let without = self.without(by);
        let (groups, theirs) = (&self.known.ids[level], &self.known.ids[by]);
        let mut sums = vec![[0.0_f64; PARTS + 1]; self.known.levels.all[level].keys.len()];
        for (group, other) in groups.iter().zip(theirs) {
            for (sum, rate) in sums[*group as usize].iter_mut().zip(without[*other as usize]) {
                *sum += f64::from(rate);
            }
        }
        let counts = &self.known.levels.all[level].counts;
        let rows = groups.iter().zip(theirs).zip(&self.part);
        rows.map(|((group, other), part)| {
            let (sum, own) = (sums[*group as usize][*part], f64::from(without[*other as usize][*part]));
            ((sum - own + self.known.prior) / f64::from(counts[*group as usize])) as f32
        })
        .collect()
    }
}
