//! What trees look at where rows are judged together, in bins: one column of them for each feature, with a bin for each row.

use crate::{
    bins::{bin, bin_of_count, borders, share},
    levels::Levels,
    rates::Dealt,
};

/// What is known of all rows, answered ones before open ones.
pub(crate) struct Known<'a> {
    pub(crate) levels: &'a Levels,
    /// The group of each row, level by level.
    pub(crate) ids: &'a [Vec<u32>],
    /// Answers of the first rows.
    pub(crate) approved: &'a [bool],
    /// Share of approved rows.
    pub(crate) prior: f64,
}

/// Bins of one feature, row by row.
pub(crate) type Column = Vec<u8>;

/// A feature of the boosted trees.
pub(crate) enum Feature {
    /// One that does not depend on how rows are dealt.
    Fixed(Column),
    /// Smoothed share of approved rows in the row's group of a level.
    Rate(usize),
    /// That share in the second level, as the mean over the other rows in the row's group of the first.
    Neighbours(usize, usize),
}

/// Bins that hold about as many rows each.
fn column(values: &[f32]) -> Column {
    let borders = borders(values);
    values.iter().map(|value| bin(&borders, *value)).collect()
}

/// What another view says, its log-odds.
pub(crate) fn of_view(scores: &[f64]) -> Feature {
    Feature::Fixed(column(&scores.iter().map(|score| *score as f32).collect::<Vec<f32>>()))
}

impl Feature {
    /// Its bins, as rows are dealt.
    pub(crate) fn column(&self, dealt: &Dealt<'_>) -> Column {
        match self {
            Self::Fixed(column) => column.clone(),
            Self::Rate(level) => column(&dealt.rates(*level)),
            Self::Neighbours(level, by) => column(&dealt.of_neighbours(*level, *by)),
        }
    }
}

impl Known<'_> {
    /// How many rows there are, answered or open.
    pub(crate) fn rows(&self) -> usize {
        self.ids.first().map_or(0, Vec::len)
    }

    /// Levels of single columns, pairs and the whole profile.
    fn looked_at(&self) -> impl Iterator<Item = usize> {
        let all = &self.levels.all;
        let whole = all.iter().map(|level| level.mask & !1).fold(0, |whole, mask| whole | mask);
        (0..all.len()).filter(move |place| all[*place].width() <= 2 || all[*place].mask == whole)
    }

    /// Levels of single columns.
    fn singles(&self) -> impl Iterator<Item = usize> {
        (0..self.levels.all.len()).filter(|place| self.levels.all[*place].width() == 1)
    }

    /// Pairs with the entitlement or with the attribute of most values, each with either of its columns.
    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        let all = &self.levels.all;
        let pairs = (0..all.len()).filter(|place| all[*place].width() == 2 && all[*place].mask & 3 != 0);
        pairs.flat_map(move |pair| {
            self.singles().filter(move |single| all[pair].mask & all[*single].mask != 0).map(move |single| (pair, single))
        })
    }

    /// How many other rows are in each row's group.
    fn others(&self, level: usize) -> impl Iterator<Item = u32> {
        self.ids[level].iter().map(move |group| self.levels.all[level].counts[*group as usize] - 1)
    }

    fn count(&self, level: usize) -> Column {
        self.others(level).map(bin_of_count).collect()
    }

    /// What share of the other rows with the single value has the pair's other value too.
    fn share(&self, (pair, single): (usize, usize)) -> Column {
        column(&self.others(pair).zip(self.others(single)).map(|(pair, single)| share(pair, single)).collect::<Vec<f32>>())
    }

    /// With how many different values of the pair's other column the single value occurs.
    fn different(&self, (pair, single): (usize, usize)) -> Column {
        let mut different = vec![0_u32; self.levels.all[single].keys.len()];
        let mut seen = vec![false; self.levels.all[pair].keys.len()];
        for (of_pair, of_single) in self.ids[pair].iter().zip(&self.ids[single]) {
            if !std::mem::replace(&mut seen[*of_pair as usize], true) {
                different[*of_single as usize] += 1;
            }
        }
        self.ids[single].iter().map(|group| bin_of_count(different[*group as usize])).collect()
    }

    /// What needs no answers: how often every group occurs, the shares, and how many different values there are.
    pub(crate) fn of_forest(&self) -> Vec<Column> {
        let counts = self.looked_at().map(|level| self.count(level));
        let shares = self.pairs().map(|pair| self.share(pair));
        counts.chain(shares).chain(self.pairs().map(|pair| self.different(pair))).collect()
    }

    /// Rates of every group; of neighbours by way of the entitlement and of the attribute of most values; counts of single
    /// values and the profile; the shares. How often pairs occur is left to the forest.
    pub(crate) fn of_trees(&self) -> Vec<Feature> {
        let rates = self.looked_at().map(Feature::Rate);
        let neighbours = self
            .singles()
            .take(2)
            .flat_map(|level| self.singles().filter(move |by| *by != level).map(move |by| Feature::Neighbours(level, by)));
        let counts = self.looked_at().filter(|level| self.levels.all[*level].width() != 2).map(|level| Feature::Fixed(self.count(level)));
        let shares = self.pairs().map(|pair| Feature::Fixed(self.share(pair)));
        rates.chain(neighbours).chain(counts).chain(shares).collect()
    }
}
