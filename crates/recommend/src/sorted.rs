//! Sorted rows, and looking things up in them.

/// Rows sorted by a position and then by more, with where each position's rows begin: looking something up stays within
/// the few rows of one account or entitlement, however many there are in all.
#[derive(Debug)]
pub(crate) struct Sorted<T> {
    /// All rows, in order.
    pub rows: Vec<T>,
    starts: Vec<usize>,
}

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), starts: Vec::new() }
    }
}

impl<T> Sorted<T> {
    /// Takes rows that are sorted by `first`.
    pub fn new(rows: Vec<T>, first: impl Fn(&T) -> u32) -> Self {
        let last = rows.last().map_or(0, |row| first(row) as usize + 1);
        let mut starts = Vec::with_capacity(last + 1);
        for (at, row) in rows.iter().enumerate() {
            while starts.len() <= first(row) as usize {
                starts.push(at);
            }
        }
        starts.push(rows.len());
        Self { rows, starts }
    }

    /// The rows of one position.
    pub fn of(&self, first: u32) -> &[T] {
        let at = first as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(start), Some(end)) => self.rows.get(*start..*end).unwrap_or_default(),
            _ => &[],
        }
    }
}

/// The rows of a sorted list whose key is `key`.
pub(crate) fn range<'r, T, K: Ord>(sorted: &'r [T], key: &K, of: impl Fn(&T) -> K) -> std::slice::Iter<'r, T> {
    let start = sorted.partition_point(|row| of(row) < *key);
    let end = sorted.partition_point(|row| of(row) <= *key);
    sorted.get(start..end).unwrap_or_default().iter()
}
