//! What stops an import: row by row, with where and why and what to do.

use crate::cell;
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// One thing that is wrong with what a source gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The file's name (or the request of a page).
    pub file: String,
    /// The line the row begins on, counted from 1 with the header; `None` where the file as a whole is meant.
    pub line: Option<u64>,
    /// The column, where one is meant.
    pub column: Option<String>,
    /// What was found, ready to be shown.
    pub found: String,
    /// What was expected instead.
    pub expected: String,
    /// What to do about it, as a sentence.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": found {}; expected {}. {}", self.found, self.expected, self.remedy)
    }
}

/// Every problem of one reading, up to a limit per file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ErrorReport {
    /// The problems, file by file in the order they were met.
    pub problems: Vec<Problem>,
    /// How many more problems each file has beyond the limit.
    pub not_listed: BTreeMap<String, u64>,
}

impl ErrorReport {
    /// Adds a problem; beyond `limit` problems of one file they are only counted.
    pub(crate) fn push(&mut self, limit: usize, problem: Problem) {
        if let Some(more) = self.not_listed.get_mut(&problem.file) {
            *more += 1;
        } else if self.problems.iter().filter(|p| p.file == problem.file).count() < limit {
            self.problems.push(problem);
        } else {
            self.not_listed.insert(problem.file, 1);
        }
    }

    /// Adds what another report lists; the limit was applied where it was made.
    pub(crate) fn append(&mut self, other: Self) {
        self.problems.extend(other.problems);
        for (file, more) in other.not_listed {
            *self.not_listed.entry(file).or_default() += more;
        }
    }

    /// True where nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// How many problems there are, listed or not.
    pub fn total(&self) -> u64 {
        self.problems.len() as u64 + self.not_listed.values().sum::<u64>()
    }

    /// The report as CSV (file, line, column, found, expected, what to do), safe to open in a spreadsheet.
    pub fn to_csv(&self) -> String {
        let mut csv = String::new();
        cell::push_row(&mut csv, &["file", "line", "column", "found", "expected", "what_to_do"]);
        for p in &self.problems {
            let line = p.line.map(|line| line.to_string()).unwrap_or_default();
            let column = p.column.as_deref().map(cell::neutral).unwrap_or_default();
            let cells =
                [cell::neutral(&p.file), line, column, cell::neutral(&p.found), cell::neutral(&p.expected), cell::neutral(&p.remedy)];
            cell::push_row(&mut csv, &cells.each_ref().map(String::as_str));
        }
        for (file, more) in &self.not_listed {
            let rest = format!("{more} more problems that are not listed");
            cell::push_row(&mut csv, &[&cell::neutral(file), "", "", &rest, "", "Correct the listed problems and read the files again."]);
        }
        csv
    }
}

impl fmt::Display for ErrorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        let what = if total == 1 { "problem" } else { "problems" };
        write!(f, "{total} {what} stopped the import. What was read before is kept.")?;
        for problem in &self.problems {
            write!(f, "\n{problem}")?;
        }
        for (file, more) in &self.not_listed {
            write!(f, "\n{file}: and {more} more")?;
        }
        Ok(())
    }
}
