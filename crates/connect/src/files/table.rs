//! From a file's text to its rows.

use super::{
    Limits,
    columns::Table,
    row::Row,
    rows,
    text::{self, line_feeds},
};
use crate::{
    cell::quoted,
    problem::Problem,
    source::PageRead,
    warning::{Warning, WarningKind},
};
use csv::{Position, ReaderBuilder, StringRecord};
use domain::Timestamp;

/// Reads a file's bytes into `read`.
pub(super) fn read(table: &'static Table, bytes: &[u8], taken_at: Timestamp, limits: &Limits, read: &mut PageRead) {
    if rows_of(table, bytes, taken_at, limits, read).is_none() {
        read.records.unreadable = true;
    }
}

/// `None` where the file could not be read to its end.
fn rows_of(table: &'static Table, bytes: &[u8], taken_at: Timestamp, limits: &Limits, read: &mut PageRead) -> Option<()> {
    let text = text::decode(table, bytes, limits, &mut read.problems, &mut read.warnings)?;
    // Rows of another length are told below, where their id is known; the csv reader would only refuse them.
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut lines = Lines { text: text.as_bytes(), at: 0, line: 1 };
    let mut fields = StringRecord::new();
    let mut report = Report { table, limits };

    // The text is in memory and UTF-8, so there is no other failure than a file of line breaks.
    if !reader.read_record(&mut fields).unwrap_or(false) {
        let expected = format!("a header with the columns {}", table.columns_in_words());
        report.problem(read, 1, None, "no header".to_owned(), &expected, "Write the file again.");
        return None;
    }
    let line = lines.line_of(&fields);
    let places = report.header(read, &fields, line)?;
    let width = fields.len();

    while reader.read_record(&mut fields).unwrap_or(false) {
        let line = lines.line_of(&fields);
        if read.page.rows == limits.rows {
            let expected = format!("at most {} rows", limits.rows);
            report.problem(read, line, None, "more rows".to_owned(), &expected, "Split the source, or raise the limit.");
            return None;
        }
        read.page.rows += 1;
        read.page.kept += 1;
        let PageRead { page, records, problems, warnings, .. } = read;
        let mut row = Row { table, places: &places, fields: &fields, line, limits, taken_at, problems, warnings, broken: false };
        if fields.len() == width {
            rows::read(&mut row, records, page);
        } else {
            rows::leave_unread(&row, records);
            let found = if fields.len() == 1 { "1 field".to_owned() } else { format!("{} fields", fields.len()) };
            let remedy = "Add what is missing, or put a field that holds a comma into quotes.";
            report.problem(read, line, None, found, &format!("{width} fields, as the header has"), remedy);
        }
    }
    if read.page.rows == 0 {
        read.warnings.push(Warning {
            kind: WarningKind::NoRows,
            file: table.file.to_owned(),
            line: None,
            column: None,
            found: String::new(),
        });
    }
    Some(())
}

struct Report<'a> {
    table: &'static Table,
    limits: &'a Limits,
}

impl Report<'_> {
    fn problem(&mut self, read: &mut PageRead, line: u64, column: Option<&str>, found: String, expected: &str, remedy: &str) {
        let problem = Problem {
            file: self.table.file.to_owned(),
            line: Some(line),
            column: column.map(str::to_owned),
            found,
            expected: expected.to_owned(),
            remedy: remedy.to_owned(),
        };
        read.problems.push(self.limits.problems, problem);
    }

    /// Where each known column stands; `None` (with problems) where the header is not one of this table.
    fn header(&mut self, read: &mut PageRead, names: &StringRecord, line: u64) -> Option<Vec<Option<usize>>> {
        let table = self.table;
        let known = table.columns_in_words();
        if names.len() == 1
            && let Some(separator) =
                [(';', "semicolons"), ('\t', "tabs"), ('|', "bars")].into_iter().find(|(s, _)| names.get(0).is_some_and(|n| n.contains(*s)))
        {
            let found = format!("a header separated by {}", separator.1);
            self.problem(read, line, None, found, "commas", "Save the file with commas between the fields and read it again.");
            return None;
        }
        let before = read.problems.total();
        let mut places = vec![None; table.columns.len()];
        for (at, name) in names.iter().enumerate() {
            match table.columns.iter().position(|c| c.name == name) {
                Some(column) if places.get(column).copied().flatten().is_none() => {
                    if let Some(place) = places.get_mut(column) {
                        *place = Some(at);
                    }
                }
                Some(_) => self.problem(
                    read,
                    line,
                    Some(name),
                    "the column a second time".to_owned(),
                    "each column once",
                    "Remove one of the two.",
                ),
                None => {
                    let meant = name.trim().to_lowercase().replace([' ', '-'], "_");
                    let remedy = table.columns.iter().find(|c| c.name == meant).map_or_else(
                        || "Remove the column; columns that are not listed are refused unread.".to_owned(),
                        |c| format!("Write it as {}.", c.name),
                    );
                    self.problem(read, line, None, format!("the column {}", quoted(name)), &format!("one of {known}"), &remedy);
                }
            }
        }
        for (column, _) in table.columns.iter().zip(&places).filter(|(_, place)| place.is_none()) {
            if column.needed {
                let remedy = "Add the column, with a value in every row.";
                self.problem(read, line, Some(column.name), "no such column".to_owned(), &format!("the columns {known}"), remedy);
            } else if column.missed {
                let (file, column) = (table.file.to_owned(), Some(column.name.to_owned()));
                read.warnings.push(Warning { kind: WarningKind::ColumnAbsent, file, line: Some(line), column, found: String::new() });
            }
        }
        (read.problems.total() == before).then_some(places)
    }
}

/// Counts lines alongside the csv reader, whose own count is one short after CRLF and before blank lines.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line, from 1, that the record begins on. Records must be asked for in order.
    fn line_of(&mut self, record: &StringRecord) -> u64 {
        let mut start = usize::try_from(record.position().map_or(0, Position::byte)).unwrap_or(usize::MAX);
        while self.text.get(start).is_some_and(|b| matches!(b, b'\r' | b'\n')) {
            start += 1;
        }
        let passed = self.text.get(self.at..start).unwrap_or_default();
        self.line += line_feeds(passed);
        self.at = start.max(self.at);
        self.line
    }
}
