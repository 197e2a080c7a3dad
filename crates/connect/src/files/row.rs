//! One row, and what its fields are read as.

use super::{Limits, columns::Table, time};
use crate::{
    cell::{self, quoted},
    problem::{ErrorReport, Problem},
    warning::{Warning, WarningKind, Warnings},
};
use csv::StringRecord;
use domain::{Timestamp, UnknownWord};
use std::str::FromStr;

/// Most characters of an id.
const ID_CHARACTERS: usize = 256;

/// A row being read. Whatever is wrong with it goes to the report, and makes it broken.
pub(super) struct Row<'a> {
    pub(super) table: &'static Table,
    /// Where each known column stands in the file; `None` where it is absent.
    pub(super) places: &'a [Option<usize>],
    pub(super) fields: &'a StringRecord,
    pub(super) line: u64,
    pub(super) limits: &'a Limits,
    /// When the data was taken.
    pub(super) taken_at: Timestamp,
    pub(super) problems: &'a mut ErrorReport,
    pub(super) warnings: &'a mut Warnings,
    pub(super) broken: bool,
}

impl Row<'_> {
    fn name(&self, column: usize) -> String {
        self.table.columns.get(column).map(|c| c.name.to_owned()).unwrap_or_default()
    }

    /// The field as it stands in the file; empty where the column is absent.
    pub(super) fn raw(&self, column: usize) -> &str {
        self.places.get(column).copied().flatten().and_then(|at| self.fields.get(at)).unwrap_or("")
    }

    pub(super) fn problem(&mut self, column: usize, found: String, expected: &str, remedy: &str) {
        self.broken = true;
        let problem = Problem {
            file: self.table.file.to_owned(),
            line: Some(self.line),
            column: Some(self.name(column)),
            found,
            expected: expected.to_owned(),
            remedy: remedy.to_owned(),
        };
        self.problems.push(self.limits.problems, problem);
    }

    pub(super) fn warn(&mut self, kind: WarningKind, column: usize) {
        let found = quoted(self.raw(column));
        self.warnings.push(Warning {
            kind,
            file: self.table.file.to_owned(),
            line: Some(self.line),
            column: Some(self.name(column)),
            found,
        });
    }

    /// The field where it is neither too long nor holds what cannot be text; `None` where it is empty or wrong.
    fn sound(&mut self, column: usize, line_breaks: bool) -> Option<String> {
        let text = self.raw(column);
        if text.is_empty() {
            return None;
        }
        if text.len() > self.limits.field_bytes {
            let (found, expected) = (format!("{} bytes", text.len()), format!("at most {} bytes", self.limits.field_bytes));
            self.problem(column, found, &expected, "Shorten the field.");
            return None;
        }
        let controls = |c: char| c.is_control() && !(line_breaks && matches!(c, '\n' | '\r' | '\t'));
        if text.contains(controls) {
            let found = quoted(text);
            self.problem(column, found, "text without control characters", "Remove the control characters.");
            return None;
        }
        Some(text.to_owned())
    }

    fn missing(&mut self, column: usize, expected: &str) {
        self.problem(column, "an empty field".to_owned(), expected, "Fill the field in, or remove the row.");
    }

    /// Free text; spaces around it are left out.
    pub(super) fn text(&mut self, column: usize) -> Option<String> {
        self.free(column, false)
    }

    /// Free text that may hold line breaks.
    pub(super) fn paragraph(&mut self, column: usize) -> Option<String> {
        self.free(column, true)
    }

    fn free(&mut self, column: usize, line_breaks: bool) -> Option<String> {
        let text = self.sound(column, line_breaks)?;
        if text.contains(cell::turns_direction) {
            self.warn(WarningKind::DirectionMarks, column);
        }
        let trimmed = text.trim();
        match trimmed.len() {
            0 => None,
            same if same == text.len() => Some(text),
            _ => Some(trimmed.to_owned()),
        }
    }

    /// An address: something on both sides of one `@`, no spaces.
    pub(super) fn email(&mut self, column: usize) -> Option<String> {
        let text = self.sound(column, false)?;
        let fits = text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
        if !fits || text.contains(char::is_whitespace) {
            self.problem(
                column,
                quoted(&text),
                "an address such as name@example.org, or nothing",
                "Correct the address, or leave the field empty.",
            );
            return None;
        }
        Some(text)
    }

    /// An id that may be unknown.
    pub(super) fn id(&mut self, column: usize) -> Option<String> {
        let text = self.sound(column, false)?;
        let (expected, remedy) = if cell::looks_like_formula(&text) {
            (
                "an id that does not begin with =, +, - or @",
                "Ids go into ticket files, where a spreadsheet would take this one for a formula; give it another first character in every file.",
            )
        } else if text.trim() != text {
            ("an id without spaces around it", "Remove the spaces, in every file that names this id.")
        } else if text.contains(cell::is_unseen) {
            ("an id without invisible characters", "Remove the invisible characters, in every file that names this id.")
        } else if text.chars().count() > ID_CHARACTERS {
            ("an id of at most 256 characters", "Use a shorter id, in every file that names it.")
        } else {
            return Some(text);
        };
        self.problem(column, quoted(&text), expected, remedy);
        None
    }

    /// An id that must be there.
    pub(super) fn needed_id(&mut self, column: usize) -> Option<String> {
        if self.raw(column).is_empty() {
            self.missing(column, "an id");
            return None;
        }
        self.id(column)
    }

    /// A word of a closed list, which may be unknown.
    pub(super) fn word<T: FromStr<Err = UnknownWord>>(&mut self, column: usize) -> Option<T> {
        let text = self.sound(column, false)?;
        text.parse().map_err(|e: UnknownWord| self.unknown_word(column, &e)).ok()
    }

    /// A word of a closed list that must be there.
    pub(super) fn needed_word<T: FromStr<Err = UnknownWord>>(&mut self, column: usize) -> Option<T> {
        if self.raw(column).is_empty() {
            // Asking for the empty word is how the list of known ones is had.
            let known = "".parse::<T>().err().map(|e| e.known).unwrap_or_default();
            self.missing(column, &format!("one of {known}"));
            return None;
        }
        self.word(column)
    }

    fn unknown_word(&mut self, column: usize, unknown: &UnknownWord) {
        self.problem(column, quoted(&unknown.found), &format!("one of {}", unknown.known), "Use one of these words.");
    }

    /// A date or time, which may be unknown.
    pub(super) fn time(&mut self, column: usize) -> Option<Timestamp> {
        let text = self.sound(column, false)?;
        let time = time::parse(&text);
        if time.is_none() {
            self.problem(
                column,
                quoted(&text),
                time::EXPECTED,
                "Write the date in this form, or leave the field empty where it is unknown.",
            );
        }
        time
    }

    /// A date that must be there.
    pub(super) fn needed_time(&mut self, column: usize) -> Option<Timestamp> {
        if self.raw(column).is_empty() {
            self.missing(column, time::EXPECTED);
            return None;
        }
        self.time(column)
    }

    /// A date of something past; one after the data was taken is told.
    pub(super) fn past_time(&mut self, column: usize) -> Option<Timestamp> {
        let time = self.time(column)?;
        if time > self.taken_at {
            self.warn(WarningKind::DatedAhead, column);
        }
        Some(time)
    }

    /// A whole number from `least` to `most`, which may be unknown.
    pub(super) fn number(&mut self, column: usize, least: u32, most: u32) -> Option<u32> {
        let text = self.sound(column, false)?;
        let number = text.parse().ok().filter(|n| text.bytes().all(|b| b.is_ascii_digit()) && (least..=most).contains(n));
        if number.is_none() {
            self.problem(column, quoted(&text), &format!("a whole number from {least} to {most}"), "Correct the number.");
        }
        number
    }

    /// A whole number that must be there.
    pub(super) fn needed_number(&mut self, column: usize, least: u32, most: u32) -> Option<u32> {
        if self.raw(column).is_empty() {
            self.missing(column, &format!("a whole number from {least} to {most}"));
            return None;
        }
        self.number(column, least, most)
    }

    /// A grant's path, which must be there.
    pub(super) fn path(&mut self, column: usize) -> Option<domain::GrantPath> {
        const EXPECTED: &str = "direct, group:NAME, rule:NAME, nested:INNER>OUTER, role:NAME or package:NAME";
        if self.raw(column).is_empty() {
            self.missing(column, EXPECTED);
            return None;
        }
        let text = self.sound(column, false)?;
        let path = text.parse().ok().filter(|_| text.trim() == text && !text.contains(cell::is_unseen));
        if path.is_none() {
            self.problem(column, quoted(&text), EXPECTED, "Write the path in one of these forms.");
        }
        path
    }
}
