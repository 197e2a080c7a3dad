//! Groups of rows that share values: one level for each set of columns that is looked at.
//!
//! A group of a level is named by the group of its parent level (the same columns without the last) and the value of the last,
//! so that names are exact, and what was never seen is not found.

use std::collections::BTreeMap;

/// No such group.
pub(crate) const NONE: u32 = u32::MAX;
/// Crosses of more columns than this add little and cost much.
const WIDEST: u32 = 4;
/// Levels beyond this cost more than they add: wide tables get narrower crosses.
const MOST: usize = 512;

/// The groups of one set of columns.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Level {
    /// The columns as bits; bit 0 is the entitlement.
    pub(crate) mask: u64,
    /// The level without the last column; none for single columns.
    pub(crate) parent: Option<usize>,
    /// The last column.
    pub(crate) column: usize,
    /// Whether groups of one row are kept, which only rates and counts need.
    pub(crate) keep: bool,
    /// Parent group and code, ascending; the place is the group.
    pub(crate) keys: Vec<u64>,
    /// Rows in each group, answered or open.
    pub(crate) counts: Vec<u32>,
    /// Approved rows in each group.
    pub(crate) positives: Vec<u32>,
    /// What each group adds to the linear view's log-odds.
    pub(crate) weights: Vec<f32>,
}

impl Level {
    pub(crate) const fn width(&self) -> u32 {
        self.mask.count_ones()
    }

    pub(crate) fn find(&self, key: u64) -> u32 {
        self.keys.binary_search(&key).map_or(NONE, |place| place as u32)
    }

    /// Rows in a group.
    pub(crate) fn count(&self, id: u32) -> u32 {
        if id == NONE { 0 } else { self.counts[id as usize] }
    }

    /// Approved rows in a group.
    pub(crate) fn positive(&self, id: u32) -> u32 {
        if id == NONE { 0 } else { self.positives[id as usize] }
    }
}

pub(crate) const fn key(parent: u32, code: u32) -> u64 {
    ((parent as u64) << 32) | code as u64
}

/// All levels, narrow before wide.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Levels {
    pub(crate) all: Vec<Level>,
    /// How many columns a cross of the linear view has at most.
    pub(crate) widest: u32,
}

/// How many sets of at most `width` out of `columns` there are.
fn sets(columns: usize, width: u32) -> usize {
    let mut total = 0_usize;
    let mut of_width = 1_usize;
    for k in 1..=width as usize {
        of_width = of_width.saturating_mul(columns.saturating_sub(k - 1)) / k;
        total = total.saturating_add(of_width);
    }
    total
}

/// The sets of columns to look at: all up to a width, and all attributes together (a person's profile) with what leads there.
fn masks(columns: usize) -> (Vec<u64>, u32) {
    let widest = (1..=WIDEST.min(columns as u32)).rev().find(|width| sets(columns, *width) <= MOST).unwrap_or(1);
    let mut masks: Vec<u64> = vec![];
    let mut edge: Vec<u64> = vec![0];
    for _ in 0..widest {
        edge = edge.iter().flat_map(|mask| ((64 - mask.leading_zeros()) as usize..columns).map(move |column| mask | 1 << column)).collect();
        masks.extend(&edge);
    }
    let mut profile = 0_u64;
    for column in 1..columns {
        profile |= 1 << column;
        masks.push(profile);
    }
    if widest == 1 {
        masks.extend((1..columns).map(|column| 1 | 1 << column));
    }
    masks.sort_by_key(|mask| (mask.count_ones(), *mask));
    masks.dedup();
    (masks, widest)
}

impl Levels {
    /// Groups the rows. `codes` is column by column; the second result is the group of each row, level by level. `approved` has
    /// an answer for each row, or for the first ones: the rest is open.
    pub(crate) fn build(codes: &[Vec<u32>], approved: &[bool]) -> (Self, Vec<Vec<u32>>) {
        let columns = codes.len();
        let rows = codes.first().map_or(0, Vec::len);
        let (masks, widest) = masks(columns);
        let mut all: Vec<Level> = Vec::with_capacity(masks.len());
        let mut place: BTreeMap<u64, usize> = BTreeMap::new();
        let mut ids: Vec<Vec<u32>> = Vec::with_capacity(masks.len());
        let mut pairs: Vec<(u64, u32)> = Vec::with_capacity(rows);
        for mask in masks {
            let column = mask.ilog2() as usize;
            let parent = place.get(&(mask & !(1 << column))).copied();
            let keep = mask.count_ones() <= 2 || mask & 1 == 0 && (mask >> 1) & ((mask >> 1) + 1) == 0;
            pairs.clear();
            for (row, code) in (0_u32..).zip(&codes[column]) {
                let above = parent.map_or(0, |parent| ids[parent][row as usize]);
                if above != NONE {
                    pairs.push((key(above, *code), row));
                }
            }
            pairs.sort_unstable();
            let mut level = Level { mask, parent, column, keep, keys: vec![], counts: vec![], positives: vec![], weights: vec![] };
            let mut of_row = vec![NONE; rows];
            for group in pairs.chunk_by(|a, b| a.0 == b.0) {
                if group.len() < 2 && !keep {
                    continue;
                }
                let id = level.keys.len() as u32;
                level.keys.push(group[0].0);
                level.counts.push(group.len() as u32);
                level.positives.push(group.iter().filter(|(_, row)| approved.get(*row as usize) == Some(&true)).count() as u32);
                for (_, row) in group {
                    of_row[*row as usize] = id;
                }
            }
            level.weights = vec![0.0; level.keys.len()];
            place.insert(mask, all.len());
            all.push(level);
            ids.push(of_row);
        }
        (Self { all, widest }, ids)
    }

    /// The group of one row in each level. A code of [`NONE`] was never seen.
    pub(crate) fn find(&self, codes: &[u32], found: &mut Vec<u32>) {
        found.clear();
        for level in &self.all {
            let code = codes[level.column];
            let above = level.parent.map_or(0, |parent| found[parent]);
            found.push(if code == NONE || above == NONE { NONE } else { level.find(key(above, code)) });
        }
    }
}
