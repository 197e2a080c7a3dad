//! Group rules: which members does a rule make? Okta does not say of a member whether a rule or a person put them into a
//! group, so the rule's expression is evaluated here, with three answers: yes, no, and cannot tell.
//!
//! Understood of Okta's expression language: `user.attribute` against texts and truth values with `==` and `!=`;
//! `and`, `or`, `not`, `&&`, `||`, `!`; brackets; `Arrays.contains(user.attribute, "x")`; `String.startsWith` and
//! `String.stringContains`; and membership of groups by id or name. Anything else cannot be told.

use serde_json::Value;
use std::collections::BTreeSet;

/// Somebody, as far as rules see them.
pub(super) struct Subject<'a> {
    /// The profile's attributes.
    pub profile: &'a Value,
    /// Ids of the groups they are in.
    pub groups: &'a BTreeSet<&'a str>,
    /// Names of the groups they are in.
    pub group_names: &'a BTreeSet<&'a str>,
}

/// Whether an expression fits somebody; `None` where that cannot be told.
pub(super) fn fits(expression: &str, subject: &Subject<'_>) -> Option<bool> {
    let tokens = tokens(expression)?;
    let mut parser = Parser { tokens: &tokens, at: 0, subject };
    let result = parser.either();
    if parser.at == tokens.len() { result.ok()? } else { None }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Sign(&'static str),
}

const SIGNS: [&str; 8] = ["==", "!=", "&&", "||", "!", "(", ")", ","];

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            rest = rest.get(sign.len()..)?;
        } else if first == '"' || first == '\'' {
            let (value, after) = rest.get(1..)?.split_once(first)?;
            if value.contains('\\') {
                return None;
            }
            tokens.push(Token::Text(value.to_owned()));
            rest = after;
        } else {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '.' || c == '_' || c == '$')).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            tokens.push(Token::Word(rest.get(..end)?.to_owned()));
            rest = rest.get(end..)?;
        }
        rest = rest.trim_start();
    }
    Some(tokens)
}

/// The expression is not one that is understood.
struct Beyond;

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    subject: &'a Subject<'a>,
}

/// A value of an expression.
enum Operand<'a> {
    Text(&'a str),
    Truth(bool),
    /// An attribute that is absent or null.
    Null,
    List(Vec<&'a str>),
}

impl<'a> Parser<'a> {
    fn takes(&mut self, words: &[&str], signs: &[&str]) -> bool {
        let found = match self.tokens.get(self.at) {
            Some(Token::Word(word)) => words.iter().any(|one| word.eq_ignore_ascii_case(one)),
            Some(Token::Sign(sign)) => signs.contains(sign),
            _ => false,
        };
        self.at += usize::from(found);
        found
    }

    fn either(&mut self) -> Result<Option<bool>, Beyond> {
        let mut left = self.both()?;
        while self.takes(&["or"], &["||"]) {
            let right = self.both()?;
            left = match (left, right) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            };
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Option<bool>, Beyond> {
        let mut left = self.one()?;
        while self.takes(&["and"], &["&&"]) {
            let right = self.one()?;
            left = match (left, right) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            };
        }
        Ok(left)
    }

    fn one(&mut self) -> Result<Option<bool>, Beyond> {
        if self.takes(&["not"], &["!"]) {
            return Ok(self.one()?.map(|truth| !truth));
        }
        if self.takes(&[], &["("]) {
            let inner = self.either()?;
            return if self.takes(&[], &[")"]) { Ok(inner) } else { Err(Beyond) };
        }
        if let (Some(Token::Word(name)), Some(Token::Sign("("))) = (self.tokens.get(self.at), self.tokens.get(self.at + 1)) {
            let name = name.clone();
            self.at += 2;
            return self.function(&name);
        }
        let left = self.operand()?;
        if self.takes(&[], &["=="]) {
            return Ok(same(&left, &self.operand()?));
        }
        if self.takes(&[], &["!="]) {
            return Ok(same(&left, &self.operand()?).map(|truth| !truth));
        }
        match left {
            Operand::Truth(truth) => Ok(Some(truth)),
            _ => Err(Beyond),
        }
    }

    fn operand(&mut self) -> Result<Operand<'a>, Beyond> {
        let token = self.tokens.get(self.at).ok_or(Beyond)?;
        self.at += 1;
        match token {
            Token::Text(text) => Ok(Operand::Text(text)),
            Token::Word(word) => match word.as_str() {
                "true" => Ok(Operand::Truth(true)),
                "false" => Ok(Operand::Truth(false)),
                "null" => Ok(Operand::Null),
                _ => match word.strip_prefix("user.").map(|name| self.subject.profile.get(name)) {
                    None => Err(Beyond),
                    Some(None | Some(Value::Null)) => Ok(Operand::Null),
                    Some(Some(Value::String(text))) => Ok(Operand::Text(text)),
                    Some(Some(Value::Bool(truth))) => Ok(Operand::Truth(*truth)),
                    Some(Some(Value::Array(list))) => Ok(Operand::List(list.iter().filter_map(Value::as_str).collect())),
                    Some(Some(_)) => Err(Beyond),
                },
            },
            Token::Sign(_) => Err(Beyond),
        }
    }

    fn function(&mut self, name: &str) -> Result<Option<bool>, Beyond> {
        let mut operands = Vec::new();
        while !self.takes(&[], &[")"]) {
            operands.push(self.operand()?);
            if !self.takes(&[], &[","]) && !matches!(self.tokens.get(self.at), Some(Token::Sign(")"))) {
                return Err(Beyond);
            }
        }
        let texts = || operands.iter().filter_map(|operand| if let Operand::Text(text) = operand { Some(*text) } else { None });
        let answer = match (name, operands.as_slice()) {
            ("Arrays.contains", [Operand::List(list), Operand::Text(text)]) => list.contains(text),
            ("Arrays.contains" | "String.startsWith" | "String.stringContains", [Operand::Null, _]) => false,
            ("String.startsWith", [Operand::Text(whole), Operand::Text(part)]) => whole.starts_with(part),
            ("String.stringContains", [Operand::Text(whole), Operand::Text(part)]) => whole.contains(part),
            ("isMemberOfGroup" | "isMemberOfAnyGroup", _) => texts().any(|id| self.subject.groups.contains(id)),
            ("isMemberOfGroupName", _) => texts().any(|name| self.subject.group_names.contains(name)),
            ("isMemberOfGroupNameStartsWith", [Operand::Text(start)]) => {
                self.subject.group_names.iter().any(|name| name.starts_with(start))
            }
            _ => return Err(Beyond),
        };
        Ok(Some(answer))
    }
}

fn same(left: &Operand<'_>, right: &Operand<'_>) -> Option<bool> {
    match (left, right) {
        (Operand::Text(left), Operand::Text(right)) => Some(left == right),
        (Operand::Truth(left), Operand::Truth(right)) => Some(left == right),
        (Operand::Null, Operand::Null) => Some(true),
        (Operand::Null, _) | (_, Operand::Null) => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn expressions_have_three_answers() {
        let profile = json!({ "department": "Sales", "codes": ["a", "b"], "onLeave": false, "site": null, "number": 3 });
        let (groups, group_names) = (BTreeSet::from(["00g1"]), BTreeSet::from(["All staff"]));
        let subject = Subject { profile: &profile, groups: &groups, group_names: &group_names };
        for (expression, expected) in [
            (r#"user.department=="Sales""#, Some(true)),
            (r#"user.department != "Sales" or user.onLeave == false"#, Some(true)),
            (r#"user.department=="Sales" AND !(user.site == "North")"#, Some(true)),
            (r#"Arrays.contains(user.codes, "b") && user.department == "Legal""#, Some(false)),
            (r#"Arrays.contains(user.absent, "b")"#, Some(false)),
            (r#"String.startsWith(user.department, "Sa")"#, Some(true)),
            (r#"isMemberOfAnyGroup("00g9", "00g1")"#, Some(true)),
            (r#"isMemberOfGroupName("Nobody")"#, Some(false)),
            // What is not understood cannot be told, whatever stands beside it.
            (r#"user.department=="Sales" or String.len(user.department) > 3"#, None),
            (r"user.number == 3", None),
            (r#"user.department=="Sales" and"#, None),
            (r#"user.department=="Sa"#, None),
            ("", None),
        ] {
            assert_eq!(fits(expression, &subject), expected, "{expression}");
        }
    }
}
