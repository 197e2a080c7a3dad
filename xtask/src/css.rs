//! Small tools on style sheets: the class names that one defines, the ladders of per cents, and
//! a careful shortening.

use crate::classes::LADDERS;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The class names that a style sheet's selectors mention, unescaped.
pub fn defined_classes(sheet: &str) -> BTreeSet<String> {
    let plain = without_comments(sheet);
    let mut names = BTreeSet::new();
    // A selector is what stands between a `{`, `}` or `;` and the next `{`.
    for part in plain.split_inclusive('{') {
        let Some(selector) = part.strip_suffix('{') else {
            continue;
        };
        let selector = selector.rsplit(['}', ';', '{']).next().unwrap_or_default().trim();
        if selector.starts_with('@') {
            continue;
        }
        let mut rest = selector;
        while let Some(dot) = rest.find('.') {
            rest = &rest[dot + 1..];
            let mut name = String::new();
            let mut chars = rest.chars();
            while let Some(c) = chars.next() {
                match c {
                    '\\' => name.extend(chars.next()),
                    c if c.is_alphanumeric() || c == '-' || c == '_' => name.push(c),
                    _ => break,
                }
            }
            if name.starts_with(|c: char| c.is_alphabetic() || c == '-' || c == '_') {
                names.insert(name);
            }
        }
    }
    names
}

/// One rule per whole per cent for each ladder. With them no bar needs an inline style, which
/// the Content-Security-Policy forbids.
pub fn ladders() -> String {
    let mut sheet = String::from("@layer components {\n");
    for (ladder, property) in LADDERS.iter().zip(["inline-size", "block-size"]) {
        for n in 0..=100 {
            let _ = writeln!(sheet, ".{ladder}{n} {{ {property}: {n}%; }}");
        }
    }
    sheet.push_str("}\n");
    sheet
}

/// Leaves out comments, empty lines and the white space that no CSS grammar needs. Spaces
/// inside selectors and values stay single, and strings stay as they are.
pub fn shorten(sheet: &str) -> String {
    let plain = without_comments(sheet);
    let mut out = String::with_capacity(plain.len());
    let mut quote = None;
    let mut blank = false;
    for c in plain.chars() {
        if let Some(open) = quote {
            out.push(c);
            if c == open && !out.ends_with("\\\"") {
                quote = None;
            }
            continue;
        }
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        let tight = |c: char| matches!(c, '{' | '}' | ';' | ',');
        if blank && !tight(c) && !out.is_empty() && !out.ends_with(tight) {
            out.push(' ');
        }
        blank = false;
        if c == '}' && out.ends_with(';') {
            out.pop();
        }
        if c == '"' || c == '\'' {
            quote = Some(c);
        }
        out.push(c);
    }
    out.push('\n');
    out
}

/// The sheet without its comments.
fn without_comments(sheet: &str) -> String {
    let mut out = String::with_capacity(sheet.len());
    let mut rest = sheet;
    while let Some(open) = rest.find("/*") {
        out.push_str(&rest[..open]);
        rest = rest[open..].find("*/").map_or("", |close| &rest[open + close + 2..]);
    }
    out.push_str(rest);
    out
}
