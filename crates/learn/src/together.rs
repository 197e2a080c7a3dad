//! Rows that are judged together, beside decisions.
//!
//! Who asks for the same, how many hold it and where else, is known before anybody answers. Where a whole list is judged at
//! once, all of that is counted over both, decisions and open rows, and says more than where items come one by one: sizes of
//! groups are then the same for the rows learned from and for those judged. Answers come from the decisions alone.

use crate::{
    boost::{self, Tree},
    calibrate::Line,
    chance::{Chance, logit},
    features::{Column, Known, of_view},
    forest,
    levels::Levels,
    linear,
    model::{Settings, TrainError, learnable},
    rates::Dealt,
    rows::Rows,
    table::Table,
};

/// What was learned for one list of open rows. It is never stored: for another list it is learned anew.
///
/// Views build on one another: a forest over counts; a linear view of what the forest leaves unsaid; boosted trees over rates,
/// rates of neighbours, counts, shares and both other views; and a calibration on rows that the first bag held out.
#[derive(Debug, Clone, PartialEq)]
pub struct Together {
    columns: Vec<String>,
    prior: f64,
    bags: Vec<Bag>,
    line: Line,
    /// Where each open row stands in the list.
    places: Vec<usize>,
}

/// Trees grown on one way of dealing the rows.
#[derive(Debug, Clone, PartialEq)]
struct Bag {
    trees: Vec<Tree>,
    /// Bins of the open rows, feature by feature.
    open: Vec<Column>,
}

impl Together {
    /// Trains on decisions beside rows that nobody answered: `approved` says how each row of `table` was answered; the values of
    /// `open` stand in the order of the table's columns, those missing at the end count as one value of their own. The
    /// settings mean the same as for a [`crate::Model`], and the errors are those of [`crate::train`].
    pub fn train(table: &Table, approved: &[bool], open: &[Vec<&str>], settings: Settings) -> Result<Self, TrainError> {
        let positives = learnable(table, approved, &settings)?;
        let used = table.columns();
        let Rows { codes, approved, places } = Rows::of(table, &used, approved, open);
        let (levels, ids) = Levels::build(&codes, &approved);
        let known = Known { levels: &levels, ids: &ids, approved: &approved, prior: positives as f64 / table.len() as f64 };
        let mut chance = Chance::new(settings.seed);
        let counted = forest::scores(&known, &mut chance);
        let linear = linear::fit_onto(&counted, &levels, &ids, &approved, &mut chance);
        let mut features = known.of_trees();
        features.extend([of_view(&counted), of_view(&linear)]);

        let answered = approved.len();
        let mut bags = Vec::with_capacity(settings.bags);
        let mut held_out = vec![];
        for number in 0..settings.bags {
            let mut order: Vec<usize> = (0..answered).collect();
            chance.shuffle(&mut order);
            let outside = order.split_off(answered - boost::kept_out(answered, number, &settings));
            let dealt = Dealt::new(&known, &order);
            let mut bins: Vec<Column> = features.iter().map(|feature| feature.column(&dealt)).collect();
            let mut scores = vec![logit(known.prior); answered];
            let trees =
                (0..settings.trees).filter_map(|_| boost::grow(&bins, &order, &approved, &mut scores, &settings, &mut chance)).collect();
            held_out.extend(outside.into_iter().map(|row| (scores[row], approved[row])));
            bags.push(Bag { trees, open: bins.iter_mut().map(|column| column.split_off(answered)).collect() });
        }
        let columns = used.iter().map(|column| table.names[*column].clone()).collect();
        Ok(Self { columns, prior: known.prior, bags, line: Line::fit(&held_out, logit(known.prior)), places })
    }

    /// The columns that it uses, entitlement first. Others were constant or repeated one of these.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(String::as_str)
    }

    /// The probability, from 0 to 1, that a careful reviewer approves, for each open row in the order of the list. It depends on
    /// which rows are in the list, and not on their order.
    pub fn probabilities(&self) -> Vec<f64> {
        let mut all = vec![0.0; self.places.len()];
        for (row, place) in self.places.iter().enumerate() {
            let sum: f64 =
                self.bags.iter().flat_map(|Bag { trees, open }| trees.iter().map(|tree| tree.value(|feature| open[feature][row]))).sum();
            all[*place] = self.line.probability(logit(self.prior) + sum / self.bags.len() as f64);
        }
        all
    }
}
