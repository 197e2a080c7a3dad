//! Rows of categorical attributes, one of which is the entitlement.

use std::collections::BTreeMap;

/// Values of one row, in the order of the table's columns.
pub type Row<'a> = &'a [&'a str];

/// Why rows are no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// There is nothing to learn from.
    #[error("there are no rows")]
    Empty,
    /// A row has more or fewer values than there are columns.
    #[error("row {row} has {found} values, and there are {wanted} columns")]
    Ragged {
        /// The row, from 0.
        row: usize,
        /// How many values it has.
        found: usize,
        /// How many columns there are.
        wanted: usize,
    },
    /// Columns beyond what the model holds.
    #[error("{0} columns are too many: 64 is the most")]
    TooWide(usize),
    /// Rows beyond what the model holds.
    #[error("{0} rows are too many: 2^31 is the most")]
    TooLong(usize),
    /// The entitlement's column does not exist.
    #[error("there is no column {0} to be the entitlement")]
    NoEntitlement(usize),
}

/// Categorical rows with coded values. Codes follow the values' byte order, so they do not depend on the order of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    pub(crate) names: Vec<String>,
    /// Values of each column, ascending; the place is the code.
    pub(crate) values: Vec<Vec<String>>,
    /// Codes, column by column.
    pub(crate) codes: Vec<Vec<u32>>,
    pub(crate) entitlement: usize,
    pub(crate) rows: usize,
}

/// The code of a value that was learned.
pub(crate) fn code(known: &[String], value: &str) -> Option<u32> {
    known.binary_search_by(|known| known.as_str().cmp(value)).ok().map(|code| code as u32)
}

impl Table {
    /// A table of `rows`, whose column `entitlement` (from 0) names what is asked for.
    pub fn new(names: &[&str], entitlement: usize, rows: &[Vec<String>]) -> Result<Self, TableError> {
        let wanted = names.len();
        if wanted > 64 {
            return Err(TableError::TooWide(wanted));
        }
        if entitlement >= wanted {
            return Err(TableError::NoEntitlement(entitlement));
        }
        if rows.is_empty() {
            return Err(TableError::Empty);
        }
        if rows.len() > 1 << 31 {
            return Err(TableError::TooLong(rows.len()));
        }
        if let Some((row, values)) = rows.iter().enumerate().find(|(_, values)| values.len() != wanted) {
            return Err(TableError::Ragged { row, found: values.len(), wanted });
        }
        let mut values = Vec::with_capacity(wanted);
        let mut codes = Vec::with_capacity(wanted);
        for column in 0..wanted {
            let mut dictionary: BTreeMap<&str, u32> = rows.iter().map(|row| (row[column].as_str(), 0)).collect();
            for (code, place) in (0_u32..).zip(dictionary.values_mut()) {
                *place = code;
            }
            codes.push(rows.iter().map(|row| dictionary[row[column].as_str()]).collect());
            values.push(dictionary.keys().map(|value| (*value).to_owned()).collect());
        }
        Ok(Self { names: names.iter().map(|name| (*name).to_owned()).collect(), values, codes, entitlement, rows: rows.len() })
    }

    /// How many rows there are.
    pub const fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none; a table always has some.
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The columns that teach, entitlement first: those with one value only say nothing, and of columns that repeat each other
    /// under other names one is enough. The others by number of values, most first, so that neither names nor places matter;
    /// ties by place.
    pub(crate) fn columns(&self) -> Vec<usize> {
        let mut rest: Vec<usize> = (0..self.names.len()).filter(|c| *c != self.entitlement && self.values[*c].len() > 1).collect();
        rest.sort_by_key(|c| std::cmp::Reverse(self.values[*c].len()));
        let mut kept = vec![self.entitlement];
        for column in rest {
            if !kept.iter().any(|other| self.same(*other, column)) {
                kept.push(column);
            }
        }
        kept
    }

    /// Whether two columns differ in spelling only.
    fn same(&self, one: usize, other: usize) -> bool {
        if self.values[one].len() != self.values[other].len() {
            return false;
        }
        let mut partner: Vec<Option<u32>> = vec![None; self.values[one].len()];
        self.codes[one].iter().zip(&self.codes[other]).all(|(a, b)| *partner[*a as usize].get_or_insert(*b) == *b)
    }

    /// Rows in an order that depends on their content and label only.
    pub(crate) fn canonical(&self, columns: &[usize], approved: &[bool]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.rows).collect();
        order.sort_by_cached_key(|row| (columns.iter().map(|c| self.codes[*c][*row]).collect::<Vec<_>>(), approved[*row]));
        order
    }
}
