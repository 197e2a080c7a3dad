//! The tables of a pack that the verifier understands.

use serde_json::Value;

/// A table with rows that are tied to entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// One row per item: `item`, `state`, `item_version`, `entry` (its `item.created`).
    Items,
    /// One row per recommendation: `entry` (its `recommendation.made`), `item`, the entry's data.
    Recommendations,
    /// One row per decision, a default's among them: `entry`, `item`, `item_version`, `at`, `actor`, the entry's data.
    Decisions,
    /// One row per order: `order`, `state`, `order_version`, `entry` (its first `order.held`).
    Orders,
    /// One row per removal that was seen gone: `entry` (its `order.proven`), `order`, `at`, the entry's data.
    Proofs,
    /// One row per commitment: `entry`, `field`, `text`, `salt` (64 hexadecimal digits); both null when erased.
    Texts,
}

impl Table {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 6] = [Self::Decisions, Self::Items, Self::Orders, Self::Proofs, Self::Recommendations, Self::Texts];

    /// The table's name: its member is `tables/NAME.jsonl.gz`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Recommendations => "recommendations",
            Self::Decisions => "decisions",
            Self::Orders => "orders",
            Self::Proofs => "proofs-of-removal",
            Self::Texts => "texts",
        }
    }

    /// The table of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == name)
    }

    /// The columns that order the rows: each row's key is greater than the one before.
    pub const fn key(self) -> &'static [&'static str] {
        match self {
            Self::Items => &["item"],
            Self::Orders => &["order"],
            Self::Recommendations | Self::Decisions | Self::Proofs => &["entry"],
            Self::Texts => &["entry", "field"],
        }
    }

    /// The key of a row, or the name of the column that it lacks.
    pub fn key_of(self, row: &Value) -> Result<Vec<String>, &'static str> {
        self.key().iter().map(|column| row.get(column).and_then(Value::as_str).map(str::to_owned).ok_or(*column)).collect()
    }
}

/// The member that holds a table.
pub fn member_name(table: &str) -> String {
    format!("tables/{table}.jsonl.gz")
}

/// The table that a member holds.
pub fn table_name(member: &str) -> Option<&str> {
    member.strip_prefix("tables/")?.strip_suffix(".jsonl.gz")
}

/// Whether `name` can name a table: 1 to 40 characters out of a-z 0-9 - with a letter first.
pub fn is_table_name(name: &str) -> bool {
    (1..=40).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && name.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
}
