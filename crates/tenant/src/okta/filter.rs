//! The part of SCIM filters that a tenant understands: comparisons joined by `and` and `or`, with brackets.

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Filter {
    /// `attribute eq "value"` and the like.
    Compare {
        attribute: String,
        operator: String,
        value: String,
    },
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
}

impl Filter {
    /// Reads a filter; none where it is not one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let tokens = tokens(text)?;
        let mut at = 0;
        let filter = either(&tokens, &mut at)?;
        (at == tokens.len()).then_some(filter)
    }

    /// Whether something passes: `test` says so of one comparison.
    pub(super) fn passes(&self, test: &dyn Fn(&str, &str, &str) -> bool) -> bool {
        match self {
            Self::Compare { attribute, operator, value } => test(attribute, operator, value),
            Self::And(left, right) => left.passes(test) && right.passes(test),
            Self::Or(left, right) => left.passes(test) || right.passes(test),
        }
    }

    /// Every attribute that is named.
    pub(super) fn attributes(&self) -> Vec<&str> {
        match self {
            Self::Compare { attribute, .. } => vec![attribute],
            Self::And(left, right) | Self::Or(left, right) => left.attributes().into_iter().chain(right.attributes()).collect(),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let after = match first {
            '(' => {
                tokens.push(Token::Open);
                rest.get(1..)?
            }
            ')' => {
                tokens.push(Token::Close);
                rest.get(1..)?
            }
            '"' => {
                let (value, after) = rest.get(1..)?.split_once('"')?;
                tokens.push(Token::Text(value.to_owned()));
                after
            }
            _ => {
                let end = rest.find([' ', '(', ')', '"']).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                tokens.push(Token::Word(word.to_owned()));
                after
            }
        };
        rest = after.trim_start();
    }
    Some(tokens)
}

fn is_word(token: Option<&Token>, word: &str) -> bool {
    matches!(token, Some(Token::Word(found)) if found.eq_ignore_ascii_case(word))
}

fn either(tokens: &[Token], at: &mut usize) -> Option<Filter> {
    let mut left = both(tokens, at)?;
    while is_word(tokens.get(*at), "or") {
        *at += 1;
        left = Filter::Or(Box::new(left), Box::new(both(tokens, at)?));
    }
    Some(left)
}

fn both(tokens: &[Token], at: &mut usize) -> Option<Filter> {
    let mut left = one(tokens, at)?;
    while is_word(tokens.get(*at), "and") {
        *at += 1;
        left = Filter::And(Box::new(left), Box::new(one(tokens, at)?));
    }
    Some(left)
}

fn one(tokens: &[Token], at: &mut usize) -> Option<Filter> {
    match tokens.get(*at)? {
        Token::Open => {
            *at += 1;
            let inner = either(tokens, at)?;
            (tokens.get(*at) == Some(&Token::Close)).then(|| *at += 1)?;
            Some(inner)
        }
        Token::Word(attribute) => {
            let (Token::Word(operator), Token::Text(value)) = (tokens.get(*at + 1)?, tokens.get(*at + 2)?) else { return None };
            *at += 3;
            let operator = operator.to_ascii_lowercase();
            ["eq", "ne", "gt", "ge", "lt", "le", "sw", "co"].contains(&operator.as_str()).then(|| Filter::Compare {
                attribute: attribute.clone(),
                operator,
                value: value.clone(),
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_are_joined_as_scim_joins_them() {
        let filter = Filter::parse(r#"a eq "1" and (b eq "2" or c.d ne "3 and 4")"#).unwrap_or_else(|| unreachable!());
        let with = |a: &'static str, b: &'static str| {
            move |attribute: &str, _: &str, value: &str| match attribute {
                "a" => value == a,
                "b" => value == b,
                _ => false,
            }
        };
        assert!(filter.passes(&with("1", "2")));
        assert!(!filter.passes(&with("1", "3")));
        assert!(!filter.passes(&with("2", "2")));
        assert_eq!(filter.attributes(), ["a", "b", "c.d"]);
        for wrong in ["", "a", "a eq", "a eq 1", "a is \"1\"", "(a eq \"1\"", "a eq \"1\" or"] {
            assert_eq!(Filter::parse(wrong), None, "{wrong}");
        }
    }
}
