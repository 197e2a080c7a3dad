//! Accounts, entitlements, grants, usage and past decisions, each valid from one snapshot until another.
//!
//! `records` holds what the rest of the program sees, `rows` how it lies in the tables,
//! `change` what a reading writes, `look` what a snapshot shows.

mod change;
mod look;
mod records;
mod rows;

pub use records::{
    Account, Digest, Entitlement, Grant, Joinable, KnownAccount, KnownEntitlement, OfPerson, PastDecision, Requirement, StandsAlone,
    UsageOf,
};

/// Names and addresses as they are searched and joined on: trimmed, in lower case.
pub fn search_key(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
