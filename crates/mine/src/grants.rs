//! Who holds what: pairs of a user and a permission, read from text.

use std::collections::BTreeMap;

/// Who holds what. Users and permissions are numbered in the order of their ids, so the order of the lines leaves no trace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grants {
    users: Vec<String>,
    permissions: Vec<String>,
    pairs: Vec<(u32, u32)>,
}

/// Why a list of grants cannot be read. The sentences begin with the line, so that a file's name can stand before them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantsError {
    /// The bytes are not text.
    #[error("line {line}: this is not UTF-8 text; save the file as UTF-8 and run the command again")]
    NotText {
        /// Counted from 1.
        line: usize,
    },
    /// A line has another number of words than two.
    #[error(
        "line {line}: found {found}; expected a user and a permission with white space between them; ids must not hold white space themselves"
    )]
    Words {
        /// Counted from 1.
        line: usize,
        /// What was found instead.
        found: String,
    },
    /// There is no grant at all.
    #[error("line 1: found no grants; write a user and a permission per line, with white space between them")]
    Empty,
    /// More users or permissions than can be numbered.
    #[error("line {line}: more than 4,294,967,295 users or permissions; mine the sources apart")]
    TooMany {
        /// Counted from 1.
        line: usize,
    },
}

impl Grants {
    /// Reads a user and a permission per line, split on any white space. Empty lines are passed over; a pair that stands
    /// twice counts once; a byte order mark at the start is no part of the first id.
    pub fn read(bytes: &[u8]) -> Result<Self, GrantsError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            GrantsError::NotText { line: 1 + before.split(|byte| *byte == b'\n').count().max(1) - 1 }
        })?;
        let mut named: Vec<(&str, &str)> = Vec::new();
        for (at, line) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().enumerate() {
            let line_number = at + 1;
            let mut words = line.split_whitespace();
            match (words.next(), words.next(), words.count()) {
                (None, _, _) => {}
                (Some(user), Some(permission), 0) => named.push((user, permission)),
                (Some(_), None, _) => return Err(GrantsError::Words { line: line_number, found: "one word".to_owned() }),
                (Some(_), Some(_), more) => return Err(GrantsError::Words { line: line_number, found: format!("{} words", more + 2) }),
            }
            if u32::try_from(named.len()).is_err() {
                return Err(GrantsError::TooMany { line: line_number });
            }
        }
        if named.is_empty() { Err(GrantsError::Empty) } else { Ok(Self::of(&named)) }
    }

    /// Takes pairs of a user and a permission by their ids; a pair that stands twice counts once.
    pub fn of<S: AsRef<str>>(named: &[(S, S)]) -> Self {
        let users = number(named.iter().map(|(user, _)| user.as_ref()));
        let permissions = number(named.iter().map(|(_, permission)| permission.as_ref()));
        let pair = |(user, permission): &(S, S)| Some((*users.get(user.as_ref())?, *permissions.get(permission.as_ref())?));
        let mut pairs: Vec<(u32, u32)> = named.iter().filter_map(pair).collect();
        pairs.sort_unstable();
        pairs.dedup();
        let ids = |numbers: BTreeMap<&str, u32>| numbers.into_keys().map(str::to_owned).collect();
        Self { pairs, users: ids(users), permissions: ids(permissions) }
    }

    /// The ids of the users, in their order.
    pub fn users(&self) -> &[String] {
        &self.users
    }

    /// The ids of the permissions, in their order.
    pub fn permissions(&self) -> &[String] {
        &self.permissions
    }

    /// Positions of user and permission, each pair once, in order.
    pub fn pairs(&self) -> &[(u32, u32)] {
        &self.pairs
    }

    /// The id of a user; empty where there is none.
    pub fn user(&self, user: u32) -> &str {
        self.users.get(user as usize).map_or("", String::as_str)
    }

    /// The id of a permission; empty where there is none.
    pub fn permission(&self, permission: u32) -> &str {
        self.permissions.get(permission as usize).map_or("", String::as_str)
    }
}

fn number<'t>(ids: impl Iterator<Item = &'t str>) -> BTreeMap<&'t str, u32> {
    let mut numbers: BTreeMap<&str, u32> = ids.map(|id| (id, 0)).collect();
    for (at, number) in (0_u32..).zip(numbers.values_mut()) {
        *number = at;
    }
    numbers
}
