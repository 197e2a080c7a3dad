//! The model: both views and the calibration, trained and used.

use crate::{
    boost::Boosted,
    calibrate::Line,
    chance::{Chance, logit},
    levels::{Levels, NONE},
    linear,
    table::{Table, code},
};
use serde::{Deserialize, Serialize};

/// What training may be told. The defaults were chosen on folds that no reported figure uses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where chance begins.
    pub seed: u64,
    /// Orders of the rows, each with its trees.
    pub bags: usize,
    /// Trees of each.
    pub trees: usize,
    /// Cuts of a tree, at most 7.
    pub depth: usize,
    /// How far each tree goes.
    pub rate: f64,
    /// One in so many rows is kept from the first bag, for calibration.
    pub held_out: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { seed: 1, bags: 5, trees: 130, depth: 4, rate: 0.08, held_out: 8 }
    }
}

/// Why no model could be trained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// Labels and rows differ in number.
    #[error("there are {labels} answers for {rows} rows")]
    Labels {
        /// How many answers.
        labels: usize,
        /// How many rows.
        rows: usize,
    },
    /// One side is missing or nearly so.
    #[error("of {rows} decisions {refused} are refusals; at least 10 of each kind are needed to learn anything")]
    OneSided {
        /// All decisions.
        rows: usize,
        /// Those that refused.
        refused: usize,
    },
    /// A setting out of its range.
    #[error("bags must be at least 1 and depth from 1 to 7")]
    Settings,
}

/// Fewest decisions of either kind.
const FEWEST: usize = 10;

/// A trained model. It keeps the codes and counts it learned from, and no row.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) settings: Settings,
    /// Names of the columns that it uses, entitlement first, with their values.
    pub(crate) columns: Vec<(String, Vec<String>)>,
    pub(crate) levels: Levels,
    pub(crate) bias: f64,
    pub(crate) boosted: Boosted,
    pub(crate) line: Line,
    pub(crate) rows: usize,
}

/// Whether anything can be learned from these answers in this way; how many of them approve.
pub(crate) fn learnable(table: &Table, approved: &[bool], settings: &Settings) -> Result<usize, TrainError> {
    let rows = table.len();
    if approved.len() != rows {
        return Err(TrainError::Labels { labels: approved.len(), rows });
    }
    let refused = approved.iter().filter(|a| !**a).count();
    if refused < FEWEST || rows - refused < FEWEST {
        return Err(TrainError::OneSided { rows, refused });
    }
    if settings.bags == 0 || !(1..=7).contains(&settings.depth) {
        return Err(TrainError::Settings);
    }
    Ok(rows - refused)
}

/// Trains on decisions: `approved` says how each row of `table` was answered.
pub fn train(table: &Table, approved: &[bool], settings: Settings) -> Result<Model, TrainError> {
    learnable(table, approved, &settings)?;
    let used = table.columns();
    let order = table.canonical(&used, approved);
    let codes: Vec<Vec<u32>> = used.iter().map(|column| order.iter().map(|row| table.codes[*column][*row]).collect()).collect();
    let approved: Vec<bool> = order.iter().map(|row| approved[*row]).collect();
    let mut chance = Chance::new(settings.seed);
    let (mut levels, ids) = Levels::build(&codes, &approved);
    let (bias, held_out) = linear::fit(&mut levels, &ids, &approved, &mut chance);
    let columns: Vec<_> = used.iter().map(|column| (table.names[*column].clone(), table.values[*column].clone())).collect();
    let (boosted, unseen) = Boosted::fit(&levels, &ids, &approved, &held_out, &settings, &mut chance);
    let unseen: Vec<(f64, bool)> = unseen.into_iter().map(|(row, score)| (score, approved[row])).collect();
    let line = Line::fit(&unseen, logit(boosted.prior));
    Ok(Model { settings, columns, levels, bias, boosted, line, rows: table.len() })
}

impl Model {
    /// The columns that it uses, entitlement first. Others were constant or repeated one of these.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// How many decisions it learned from.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// How it was trained.
    pub const fn settings(&self) -> Settings {
        self.settings
    }

    /// The probability that a careful reviewer approves, for values in the order of [`Model::columns`]. Values never seen are
    /// fine. Missing values at the end count as never seen.
    pub fn probability(&self, values: &[&str]) -> f64 {
        let codes: Vec<u32> = self
            .columns
            .iter()
            .enumerate()
            .map(|(place, (_, known))| values.get(place).and_then(|value| code(known, value)).unwrap_or(NONE))
            .collect();
        let mut found = Vec::with_capacity(self.levels.all.len());
        self.levels.find(&codes, &mut found);
        let others: Vec<u32> = self.levels.all.iter().zip(&found).map(|(level, group)| level.count(*group)).collect();
        self.score(&found, &others)
    }

    fn score(&self, found: &[u32], others: &[u32]) -> f64 {
        let linear = linear::score(&self.levels, self.bias, found);
        self.line.probability(self.boosted.score(&self.levels, found, others, linear))
    }
}
