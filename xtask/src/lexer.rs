//! Just enough of Rust's lexical grammar to find string literals and the words around them.
//!
//! Comments are skipped, so that a class named in a comment is not a class in use. Inside
//! `view!` the same grammar holds, because the macro's input is Rust tokens too.

/// One token with the line (from 1) it starts on and the byte it starts at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Line, counted from 1.
    pub line: usize,
    /// Byte offset of its first character.
    pub start: usize,
    /// Byte offset behind its last character.
    pub end: usize,
}

/// The kinds of token that finding class names needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or a keyword.
    Word(String),
    /// A string literal's content, simple escapes resolved.
    Text(String),
    /// Any other single character that is not white space. Numbers come one digit at a time.
    Sign(char),
}

impl Token {
    /// Whether it is this identifier or keyword.
    pub fn is_word(&self, word: &str) -> bool {
        matches!(&self.kind, Kind::Word(found) if found == word)
    }

    /// Whether it is this single character.
    pub fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }
}

/// Splits Rust source into tokens.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut reader = Reader { rest: source, offset: 0, line: 1 };
    let mut found = Vec::new();
    while let Some(token) = reader.next_token() {
        found.push(token);
    }
    found
}

struct Reader<'a> {
    rest: &'a str,
    offset: usize,
    line: usize,
}

impl Reader<'_> {
    /// Moves on by `count` bytes, counting lines.
    fn skip(&mut self, count: usize) {
        let (gone, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.line += gone.matches('\n').count();
        self.offset += gone.len();
        self.rest = rest;
    }

    fn next_token(&mut self) -> Option<Token> {
        self.skip_blank();
        let first = self.rest.chars().next()?;
        let (start, line) = (self.offset, self.line);
        let kind = if let Some((open, hashes)) = self.raw_string() {
            self.raw_text(open, hashes)
        } else if first == '"' || self.rest.starts_with("b\"") || self.rest.starts_with("c\"") {
            self.skip(if first == '"' { 1 } else { 2 });
            self.text()
        } else if first == '\'' {
            self.quote();
            return self.next_token();
        } else if first.is_alphabetic() || first == '_' {
            let length = self.rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(self.rest.len());
            let word = self.rest[..length].to_owned();
            self.skip(length);
            Kind::Word(word)
        } else {
            self.skip(first.len_utf8());
            Kind::Sign(first)
        };
        Some(Token { kind, line, start, end: self.offset })
    }

    /// Skips white space and comments. Block comments nest.
    fn skip_blank(&mut self) {
        loop {
            let blank = self.rest.len() - self.rest.trim_start().len();
            self.skip(blank);
            if self.rest.starts_with("//") {
                self.skip(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if self.rest.starts_with("/*") {
                let mut depth = 0_usize;
                loop {
                    if self.rest.starts_with("/*") {
                        depth += 1;
                        self.skip(2);
                    } else if self.rest.starts_with("*/") {
                        depth -= 1;
                        self.skip(2);
                    } else if let Some(c) = self.rest.chars().next() {
                        self.skip(c.len_utf8());
                    }
                    if depth == 0 || self.rest.is_empty() {
                        break;
                    }
                }
            } else {
                return;
            }
        }
    }

    /// The length of a raw string's opening (`r#"`, `br"`) and its number of hashes.
    fn raw_string(&self) -> Option<(usize, usize)> {
        let prefix = ["r", "br", "cr"].into_iter().find(|p| self.rest.starts_with(p))?;
        let after = &self.rest[prefix.len()..];
        let hashes = after.len() - after.trim_start_matches('#').len();
        after[hashes..].starts_with('"').then_some((prefix.len() + hashes + 1, hashes))
    }

    fn raw_text(&mut self, open: usize, hashes: usize) -> Kind {
        self.skip(open);
        let close = format!("\"{}", "#".repeat(hashes));
        let length = self.rest.find(&close).unwrap_or(self.rest.len());
        let text = self.rest[..length].to_owned();
        self.skip(length + close.len());
        Kind::Text(text)
    }

    /// A string's content up to its closing quote, which is skipped.
    fn text(&mut self) -> Kind {
        let mut text = String::new();
        while let Some(c) = self.rest.chars().next() {
            self.skip(c.len_utf8());
            match c {
                '"' => break,
                '\\' => {
                    let Some(escaped) = self.rest.chars().next() else {
                        break;
                    };
                    self.skip(escaped.len_utf8());
                    match escaped {
                        'n' | 't' | 'r' => text.push(' '),
                        // A line continuation: the next line's indentation is no content.
                        '\n' => {
                            let indent = self.rest.len() - self.rest.trim_start().len();
                            self.skip(indent);
                        }
                        other => text.push(other),
                    }
                }
                other => text.push(other),
            }
        }
        Kind::Text(text)
    }

    /// Skips a character literal, or the quote of a lifetime.
    fn quote(&mut self) {
        let mut chars = self.rest.char_indices().skip(1);
        match (chars.next(), chars.next()) {
            (Some((_, '\\')), Some((at, escaped))) => {
                let behind = at + escaped.len_utf8();
                let close = self.rest[behind..].find('\'').map_or(0, |i| i + 1);
                self.skip(behind + close);
            }
            (Some(_), Some((at, '\''))) => self.skip(at + 1),
            _ => self.skip(1),
        }
    }
}
