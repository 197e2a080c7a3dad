//! Lists of lists, one after another in memory: rows of numbers of any length.

/// Rows of values; a row that is not there is empty.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows<T> {
    starts: Vec<usize>,
    cells: Vec<T>,
}

impl<T: Copy + Ord> Rows<T> {
    /// The values of each of `rows` rows, in order, each once.
    pub fn new(rows: usize, pairs: impl Iterator<Item = (u32, T)>) -> Self {
        let mut sorted: Vec<(u32, T)> = pairs.collect();
        sorted.sort_unstable();
        sorted.dedup();
        let mut starts = Vec::with_capacity(rows + 1);
        let mut at = 0;
        for row in 0..rows {
            starts.push(at);
            at += sorted.get(at..).unwrap_or_default().iter().take_while(|(of, _)| *of as usize == row).count();
        }
        starts.push(at);
        Self { starts, cells: sorted.into_iter().map(|(_, value)| value).collect() }
    }

    /// One row.
    pub fn row(&self, row: u32) -> &[T] {
        let row = row as usize;
        match (self.starts.get(row), self.starts.get(row + 1)) {
            (Some(start), Some(end)) => self.cells.get(*start..*end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// All rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[T]> {
        self.starts.windows(2).map(|pair| match pair {
            [start, end] => self.cells.get(*start..*end).unwrap_or_default(),
            _ => &[],
        })
    }
}
