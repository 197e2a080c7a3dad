//! Decisions and open rows as one: their codes, in an order that depends on neither files nor spelling.
//!
//! What tells values apart here is where they occur, found in rounds: a value is known by the rows that have it, and a row by
//! its values and its answer (the refinement of Weisfeiler and Leman 1968). Where that does not tell two rows apart, their
//! values' spelling orders them.

use crate::{
    chance::scrambled,
    table::{Table, code},
};
use std::collections::BTreeMap;

/// Rounds of telling values apart by their rows.
const ROUNDS: usize = 3;

/// The rows, with answers first.
pub(crate) struct Rows {
    /// Codes, column by column.
    pub(crate) codes: Vec<Vec<u32>>,
    /// Answers of the first rows; the rest is open.
    pub(crate) approved: Vec<bool>,
    /// Where each open row stood in the list of them.
    pub(crate) places: Vec<usize>,
}

impl Rows {
    /// The `columns` of a table's rows and of open ones, whose values stand in the order of the table's columns. Missing values
    /// at the end of an open row are alike.
    pub(crate) fn of(table: &Table, columns: &[usize], approved: &[bool], open: &[Vec<&str>]) -> Self {
        let codes: Vec<Vec<u32>> =
            columns.iter().map(|column| [table.codes[*column].clone(), open_codes(table, *column, open)].concat()).collect();
        // Refused, approved, open.
        let kinds: Vec<u64> = approved.iter().map(|approved| u64::from(*approved)).chain(open.iter().map(|_| 2)).collect();
        let known = marks(&codes, &kinds);
        let mut order: Vec<usize> = (0..kinds.len()).collect();
        order.sort_by_cached_key(|row| (kinds[*row] == 2, known[*row], codes.iter().map(|column| column[*row]).collect::<Vec<_>>()));
        Self {
            codes: codes.iter().map(|column| order.iter().map(|row| column[*row]).collect()).collect(),
            approved: order.iter().filter_map(|row| approved.get(*row)).copied().collect(),
            places: order[approved.len()..].iter().map(|row| row - approved.len()).collect(),
        }
    }
}

/// Codes of open rows. Values that are not in the table get codes above those that are.
fn open_codes(table: &Table, column: usize, open: &[Vec<&str>]) -> Vec<u32> {
    let known = &table.values[column];
    let values = || open.iter().map(|row| row.get(column).copied());
    let of_known = |value: Option<&str>| value.and_then(|value| code(known, value));
    let mut new: BTreeMap<Option<&str>, u32> = values().filter(|value| of_known(*value).is_none()).map(|value| (value, 0)).collect();
    for (next, place) in (known.len() as u32..).zip(new.values_mut()) {
        *place = next;
    }
    values().map(|value| of_known(value).unwrap_or_else(|| new[&value])).collect()
}

/// A number for each row that rows of the same place among the others share, whatever their values are called.
fn marks(codes: &[Vec<u32>], kinds: &[u64]) -> Vec<u64> {
    let mut of_rows: Vec<u64> = kinds.iter().map(|kind| scrambled(*kind)).collect();
    for _ in 0..ROUNDS {
        let mut next: Vec<u64> = kinds.to_vec();
        for column in codes {
            let mut of_values = vec![0_u64; column.iter().max().map_or(0, |most| *most as usize + 1)];
            for (code, row) in column.iter().zip(&of_rows) {
                // A sum, so that the order of the rows does not matter.
                let value = &mut of_values[*code as usize];
                *value = value.wrapping_add(scrambled(*row));
            }
            for (code, row) in column.iter().zip(&mut next) {
                *row = scrambled(*row ^ of_values[*code as usize]);
            }
        }
        of_rows = next;
    }
    of_rows
}
