//! What rows have in common that were not answered yet, with each other and with the rows learned from.
//!
//! How many others hold or ask for the same, and what share of them have the same manager or department, is known before
//! anybody answers. So groups are counted over both, the rows learned from and the open ones; answers come from the former
//! alone.

use crate::levels::{Levels, NONE, key};
use std::collections::BTreeMap;

/// The code of a value that was learned.
pub(crate) fn code(known: &[String], value: &str) -> Option<u32> {
    known.binary_search_by(|known| known.as_str().cmp(value)).ok().map(|code| code as u32)
}

/// Codes of open rows, whose values stand in the order of `columns`. A value that was never learned gets a code above those
/// that were; a missing one is [`NONE`].
pub(crate) fn codes(columns: &[(String, Vec<String>)], rows: &[Vec<&str>]) -> Vec<Vec<u32>> {
    let mut new: Vec<BTreeMap<&str, u32>> = vec![BTreeMap::new(); columns.len()];
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let mut codes = vec![NONE; columns.len()];
        for (place, value) in row.iter().enumerate().take(columns.len()) {
            let known = &columns[place].1;
            codes[place] = code(known, value).unwrap_or_else(|| {
                let next = (known.len() + new[place].len()) as u32;
                *new[place].entry(value).or_insert(next)
            });
        }
        all.push(codes);
    }
    all
}

/// How many rows there are in each group.
pub(crate) struct Sizes {
    /// Level by level, the groups that were learned before the new ones. Empty for levels that only the linear view uses.
    pub(crate) of: Vec<Vec<u32>>,
    /// Level by level, the group of each open row.
    groups: Vec<Vec<u32>>,
}

impl Sizes {
    /// Counts open rows, given by their codes, in addition to those that were learned from.
    pub(crate) fn count(levels: &Levels, open: &[Vec<u32>]) -> Self {
        let mut sizes = Self { of: Vec::with_capacity(levels.all.len()), groups: Vec::with_capacity(levels.all.len()) };
        for level in &levels.all {
            let (mut size, mut groups) = (vec![], vec![]);
            if level.keep {
                size.clone_from(&level.counts);
                let mut new: BTreeMap<u64, u32> = BTreeMap::new();
                for (row, codes) in open.iter().enumerate() {
                    let key = key(level.parent.map_or(0, |parent| sizes.groups[parent][row]), codes[level.column]);
                    let mut group = level.find(key);
                    if group == NONE {
                        group = *new.entry(key).or_insert(size.len() as u32);
                        size.resize(size.len().max(group as usize + 1), 0);
                    }
                    size[group as usize] += 1;
                    groups.push(group);
                }
            }
            sizes.of.push(size);
            sizes.groups.push(groups);
        }
        sizes
    }

    /// How many other rows are in each group of an open row, level by level.
    pub(crate) fn others(&self, row: usize) -> Vec<u32> {
        self.of.iter().zip(&self.groups).map(|(size, groups)| groups.get(row).map_or(0, |group| size[*group as usize] - 1)).collect()
    }
}
