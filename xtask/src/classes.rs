//! Finds the class names in use, where they stand, and the ways of writing them that cannot be
//! checked.
//!
//! A class name counts as in use when it stands
//!
//! * in `class="…"`, or as a string in the value of `class=…` (an `if`, a `match`, a block);
//! * in a function, constant or static whose name ends with `class` or `classes`: that is where
//!   a name that depends on data is chosen;
//! * in `class="…"` of a template.
//!
//! Refused, because no check could follow it: `class:name=…`, and names put together by
//! `format!`. The one exception is the ladder `w-pct-{…}` and `h-pct-{…}`, whose every rung the
//! style sheet has.

use crate::lexer::{Kind, Token, tokens};
use std::collections::BTreeMap;

/// The ladders of whole per cents that may be written with a number filled in.
pub const LADDERS: [&str; 2] = ["w-pct-", "h-pct-"];

/// What one or more files use.
#[derive(Debug, Default)]
pub struct Classes {
    /// Each class with the first place it was seen at, as `file:line`.
    pub used: BTreeMap<String, String>,
    /// What is written in a way that is refused, with its place, one sentence each.
    pub refused: Vec<String>,
}

impl Classes {
    fn take(&mut self, text: &str, file: &str, line: usize) {
        for word in text.split_whitespace() {
            if word.contains('{') || word.contains('}') {
                if !LADDERS.iter().any(|ladder| word.starts_with(&format!("{ladder}{{"))) {
                    self.refused.push(format!(
                        "{file}:{line}: `{word}` is put together at run time, so that nothing can check it. Choose between whole names in a function whose name ends with `class`."
                    ));
                }
            } else {
                self.used.entry(word.to_owned()).or_insert_with(|| format!("{file}:{line}"));
            }
        }
    }

    /// Reads one Rust file.
    pub fn read_rust(&mut self, file: &str, source: &str) {
        let tokens = tokens(source);
        let mut at = 0;
        while at < tokens.len() {
            let token = &tokens[at];
            if token.is_word("class") && !before(&tokens, at, '.') {
                if is_directive(&tokens, at) {
                    self.refused.push(format!(
                        "{file}:{}: `class:` cannot be checked. Write the whole attribute, `class=move || if … {{ \"…\" }} else {{ \"…\" }}`.",
                        token.line
                    ));
                } else if is_assignment(&tokens, at) {
                    at = self.read_value(file, &tokens, at + 2);
                    continue;
                }
            } else if token.is_word("fn") || token.is_word("const") || token.is_word("static") {
                at = self.read_item(file, &tokens, at);
                continue;
            }
            at += 1;
        }
    }

    /// Reads the value of `class=`, from its first token, and returns where it ends.
    fn read_value(&mut self, file: &str, tokens: &[Token], from: usize) -> usize {
        if let Some(Token { kind: Kind::Text(text), line, .. }) = tokens.get(from) {
            self.take(text, file, *line);
            return from + 1;
        }
        let mut depth = 0_i32;
        let mut at = from;
        while let Some(token) = tokens.get(at) {
            match &token.kind {
                Kind::Sign('(' | '[' | '{') => depth += 1,
                Kind::Sign(')' | ']' | '}') => {
                    depth -= 1;
                    if depth < 0 {
                        return at;
                    }
                    // `class={…}` ends with its brace; after `if …{…}` an `else` may follow.
                    if depth == 0 && token.is_sign('}') && !tokens.get(at + 1).is_some_and(|next| next.is_word("else")) {
                        return at + 1;
                    }
                }
                Kind::Sign('>') if depth == 0 && !before(tokens, at, '=') && !before(tokens, at, '-') => {
                    return at;
                }
                Kind::Sign(';' | ',') if depth == 0 => return at,
                Kind::Word(_) if depth == 0 && at > from && starts_attribute(tokens, at) => {
                    return at;
                }
                Kind::Text(text) if !is_compared(tokens, at) => self.take(text, file, token.line),
                _ => {}
            }
            at += 1;
        }
        at
    }

    /// Reads an item whose name says that it gives class names; returns where to go on.
    fn read_item(&mut self, file: &str, tokens: &[Token], from: usize) -> usize {
        let Some(Token { kind: Kind::Word(name), .. }) = tokens.get(from + 1) else {
            return from + 1;
        };
        let name = name.to_lowercase();
        if !(name.ends_with("class") || name.ends_with("classes")) {
            return from + 2;
        }
        let is_function = tokens[from].is_word("fn");
        let mut depth = 0_i32;
        let mut at = from + 2;
        while let Some(token) = tokens.get(at) {
            match &token.kind {
                Kind::Sign('(' | '[' | '{') => depth += 1,
                Kind::Sign(')' | ']' | '}') => {
                    depth -= 1;
                    if depth == 0 && is_function && token.is_sign('}') {
                        return at + 1;
                    }
                }
                Kind::Sign(';') if depth == 0 => return at + 1,
                Kind::Text(text) if !is_compared(tokens, at) => self.take(text, file, token.line),
                _ => {}
            }
            at += 1;
        }
        at
    }

    /// Reads one HTML template: the words of every `class="…"` outside template tags.
    pub fn read_template(&mut self, file: &str, source: &str) {
        let mut rest = source;
        while let Some(found) = rest.find("class=\"") {
            let line = source[..source.len() - rest.len() + found].matches('\n').count() + 1;
            rest = &rest[found + "class=\"".len()..];
            let Some(end) = rest.find('"') else { return };
            self.take(&without_tags(&rest[..end]), file, line);
            rest = &rest[end..];
        }
    }
}

/// Whether the sign before this token, white space aside, is `sign`.
fn before(tokens: &[Token], at: usize, sign: char) -> bool {
    at.checked_sub(1).and_then(|index| tokens.get(index)).is_some_and(|token| token.is_sign(sign))
}

/// `class:name`, without a space behind the colon, as Leptos writes a directive.
fn is_directive(tokens: &[Token], at: usize) -> bool {
    let (Some(colon), Some(next)) = (tokens.get(at + 1), tokens.get(at + 2)) else {
        return false;
    };
    colon.is_sign(':') && !next.is_sign(':') && colon.start == tokens[at].end && next.start == colon.end
}

/// `class=` and not `class==` or `class=>`.
fn is_assignment(tokens: &[Token], at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|token| token.is_sign('='))
        && !tokens.get(at + 2).is_some_and(|token| token.is_sign('=') || token.is_sign('>'))
}

/// Whether a new attribute begins here: `name=`, `name-more=` or `name:more=`.
fn starts_attribute(tokens: &[Token], at: usize) -> bool {
    let mut next = at + 1;
    while tokens.get(next).is_some_and(|token| token.is_sign('-') || token.is_sign(':'))
        && matches!(tokens.get(next + 1), Some(Token { kind: Kind::Word(_), .. }))
    {
        next += 2;
    }
    tokens.get(next).is_some_and(|token| token.is_sign('='))
        && !tokens.get(next + 1).is_some_and(|token| token.is_sign('=') || token.is_sign('>'))
        && !before(tokens, at, '.')
}

/// A string that is compared or matched is not a class: `== "x"`, `"x" =>`, `"x" | "y"`.
fn is_compared(tokens: &[Token], at: usize) -> bool {
    let after = |step: usize, sign: char| tokens.get(at + step).is_some_and(|t| t.is_sign(sign));
    (before(tokens, at, '=') && at > 1 && (before(tokens, at - 1, '=') || before(tokens, at - 1, '!')))
        || (after(1, '=') && (after(2, '>') || after(2, '=')))
        || (after(1, '!') && after(2, '='))
        || after(1, '|')
        || (before(tokens, at, '|') && after(1, ')'))
}

/// A template attribute's value without `{% … %}`; `{{ … }}` becomes `{…}`, which is refused.
fn without_tags(value: &str) -> String {
    let mut plain = String::new();
    let mut rest = value;
    while let Some(open) = rest.find("{%") {
        plain.push_str(&rest[..open]);
        plain.push(' ');
        rest = rest[open..].find("%}").map_or("", |close| &rest[open + close + 2..]);
    }
    plain.push_str(rest);
    let mut out = String::new();
    let mut rest = plain.as_str();
    while let Some(open) = rest.find("{{") {
        out.push_str(&rest[..open]);
        out.push_str("{…}");
        rest = rest[open..].find("}}").map_or("", |close| &rest[open + close + 2..]);
    }
    out.push_str(rest);
    out
}
