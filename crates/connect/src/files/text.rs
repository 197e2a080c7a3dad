//! From a file's bytes to text whose rows cannot be mistaken.

use super::{Limits, columns::Table};
use crate::{
    cell::quoted,
    problem::{ErrorReport, Problem},
    warning::{Warning, WarningKind, Warnings},
};

/// The text of a file, or `None` (with problems) where its rows cannot be told.
pub(super) fn decode<'a>(
    table: &Table,
    bytes: &'a [u8],
    limits: &Limits,
    problems: &mut ErrorReport,
    warnings: &mut Warnings,
) -> Option<&'a str> {
    let mut report = |line: Option<u64>, found: String, expected: &str, remedy: &str| {
        let problem =
            Problem { file: table.file.to_owned(), line, column: None, found, expected: expected.to_owned(), remedy: remedy.to_owned() };
        problems.push(limits.problems, problem);
    };
    if bytes.is_empty() {
        report(
            None,
            "an empty file".to_owned(),
            &format!("a header with the columns {}", table.columns_in_words()),
            "Write the file again.",
        );
        return None;
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        report(None, "UTF-16".to_owned(), "UTF-8", "Save the file as UTF-8 and read it again.");
        return None;
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        for (line, offset, byte) in not_utf8(bytes) {
            let remedy = "Save the file as UTF-8 (it may be in a Windows code page) and read it again.";
            report(Some(line), format!("byte 0x{byte:02X} at byte {offset} of the file, counted from 0"), "UTF-8", remedy);
        }
        return None;
    };
    let place = |kind| Warning { kind, file: table.file.to_owned(), line: None, column: None, found: String::new() };
    let text = text.strip_prefix('\u{feff}').map_or(text, |rest| {
        warnings.push(place(WarningKind::ByteOrderMark));
        rest
    });
    if text.contains('\r') && !text.contains('\n') {
        report(
            None,
            "lines that end with CR alone".to_owned(),
            "lines that end with LF or CRLF",
            "Save the file with LF or CRLF and read it again.",
        );
        return None;
    }
    let mut whole = true;
    scan_quotes(text.as_bytes(), table.multiline, |flaw, line, rest| {
        whole = false;
        let (expected, remedy) = match flaw {
            Flaw::Stray => ("quotes around the whole field only", "Put the field into quotes and double the quotes inside it."),
            Flaw::AfterClosing => ("a comma or the end of the line after a closing quote", "Double the quotes that belong to the text."),
            Flaw::Unclosed if table.multiline => ("a closing quote before the end of the file", "Close the quote that opens on this line."),
            Flaw::Unclosed => ("a closing quote on the same line", "Close the quote, and write the field without line breaks."),
        };
        report(Some(line), quoted(rest), expected, remedy);
    });
    if !text.ends_with(['\n', '\r']) {
        warnings.push(place(WarningKind::NoFinalLineBreak));
    }
    whole.then_some(text)
}

/// How many line breaks the bytes hold.
pub(super) fn line_feeds(bytes: &[u8]) -> u64 {
    bytes.iter().map(|b| u64::from(*b == b'\n')).sum()
}

/// Each place that is not UTF-8: line from 1, offset from 0, first byte.
fn not_utf8(bytes: &[u8]) -> impl Iterator<Item = (u64, usize, u8)> {
    let (mut line, mut offset) = (1_u64, 0_usize);
    bytes.utf8_chunks().filter_map(move |chunk| {
        line += line_feeds(chunk.valid().as_bytes());
        let at = offset + chunk.valid().len();
        offset = at + chunk.invalid().len();
        chunk.invalid().first().map(|byte| (line, at, *byte))
    })
}

/// What is wrong with a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    /// A quote inside a field that does not begin with one.
    Stray,
    /// Text between a closing quote and the next comma.
    AfterClosing,
    /// A quote that is never closed, or not on its line where lines stand for themselves.
    Unclosed,
}

/// Checks that quotes are used as RFC 4180 (section 2, rules 5 to 7) says, so that every reader sees the same rows.
///
/// `tell` hears of each flaw, with the line and the text from there to the line's end.
fn scan_quotes(bytes: &[u8], multiline: bool, mut tell: impl FnMut(Flaw, u64, &str)) {
    #[derive(Clone, Copy)]
    enum In {
        FieldStart,
        Bare,
        Quoted,
        Closed,
        Spoilt,
    }
    let mut rest = |flaw, line, at: usize| {
        let tail = bytes.get(at..).unwrap_or_default();
        let end = tail.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(tail.len());
        // The places told are ASCII quotes, or bytes after one; cutting there never splits a character.
        tell(flaw, line, std::str::from_utf8(tail.get(..end).unwrap_or_default()).unwrap_or_default());
    };
    let (mut state, mut line, mut opened) = (In::FieldStart, 1_u64, (1_u64, 0_usize));
    for (at, byte) in bytes.iter().copied().enumerate() {
        state = match (state, byte) {
            (In::FieldStart, b'"') => {
                opened = (line, at);
                In::Quoted
            }
            (In::FieldStart | In::Bare | In::Closed, b',' | b'\n' | b'\r') | (In::Spoilt, b'\n' | b'\r') => In::FieldStart,
            (In::Bare, b'"') => {
                rest(Flaw::Stray, line, at);
                In::Spoilt
            }
            (In::FieldStart | In::Bare, _) => In::Bare,
            (In::Quoted, b'"') => In::Closed,
            (In::Quoted, b'\n') if !multiline => {
                rest(Flaw::Unclosed, opened.0, opened.1);
                In::FieldStart
            }
            (In::Quoted, _) | (In::Closed, b'"') => In::Quoted,
            (In::Closed, _) => {
                rest(Flaw::AfterClosing, line, at);
                In::Spoilt
            }
            (In::Spoilt, _) => In::Spoilt,
        };
        if byte == b'\n' {
            line += 1;
        }
    }
    if matches!(state, In::Quoted) {
        rest(Flaw::Unclosed, opened.0, opened.1);
    }
}
