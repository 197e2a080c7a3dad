//! Cells of the CSV files that people open in a spreadsheet.

use std::fmt::Write as _;

/// Characters that make a spreadsheet take a cell for a formula when they come first,
/// with the full-width forms that some spreadsheets fold to them (OWASP, "CSV Injection").
pub(crate) const FORMULA_STARTS: &[char] = &['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// True where a spreadsheet could take the text for a formula.
pub(crate) fn looks_like_formula(text: &str) -> bool {
    text.starts_with(FORMULA_STARTS)
}

/// The text as a cell that a spreadsheet shows and never computes: an apostrophe goes before what looks like a formula.
pub fn neutral(text: &str) -> String {
    if looks_like_formula(text) { format!("'{text}") } else { text.to_owned() }
}

/// Appends one CSV row (RFC 4180, ending with LF); a cell is quoted where it must be.
pub fn push_row(csv: &mut String, cells: &[&str]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            csv.push(',');
        }
        if cell.contains([',', '"', '\r', '\n']) {
            csv.push('"');
            csv.push_str(&cell.replace('"', "\"\""));
            csv.push('"');
        } else {
            csv.push_str(cell);
        }
    }
    csv.push('\n');
}

/// Most characters of a found text that a message repeats.
const EXCERPT: usize = 80;

/// A found text in quotes, for a message: cut to 80 characters, with characters that cannot be seen written as `\u{…}`.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut characters = text.chars();
    for c in characters.by_ref().take(EXCERPT) {
        if c.is_control() || is_unseen(c) {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:04x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    if characters.next().is_some() {
        out.push('…');
    }
    out.push('"');
    out
}

/// True for characters that turn the direction of what follows (Unicode bidi embeddings, overrides and isolates).
pub(crate) const fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// True for characters that take no room on the page, so that two texts can look alike and differ.
pub(crate) const fn is_unseen(c: char) -> bool {
    turns_direction(c) || matches!(c, '\u{00ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_look_like_formulas_are_made_text() {
        for text in ["=1+1", "+49", "-2", "@SUM(A1)", "\t=1", "＝1"] {
            assert_eq!(neutral(text), format!("'{text}"));
        }
        assert_eq!(neutral("plain = text"), "plain = text");
    }

    #[test]
    fn rows_quote_what_must_be_quoted() {
        let mut csv = String::new();
        push_row(&mut csv, &["a", "b,c", "d\"e", "", "f\ng"]);
        assert_eq!(csv, "a,\"b,c\",\"d\"\"e\",,\"f\ng\"\n");
    }

    #[test]
    fn excerpts_are_cut_and_show_what_cannot_be_seen() {
        assert_eq!(quoted("a\0b\u{202e}"), "\"a\\u{0000}b\\u{202e}\"");
        assert_eq!(quoted(&"x".repeat(81)), format!("\"{}…\"", "x".repeat(80)));
    }
}
