//! Saying who can sign in as what.

use super::{house::House, running::Running};
use crate::cli::{Failure, print};
use std::fmt::Write as _;
use tenant::company::Role;

/// Prints the address and the named people.
pub fn introduce(house: &House, running: &Running) -> Result<(), Failure> {
    let mut text = format!("\nCountersign is ready: {}\n\nSign in as one of these; the sign-in page lists them all:\n", running.base());
    for member in &house.company.cast().members {
        let what = match member.role {
            Role::Reviewer => "manager, with access to review",
            Role::Owner => "campaign owner: opens, watches and closes campaigns",
            Role::Administrator => "administrator: sources and their readings",
            Role::Compliance => "compliance officer: makes evidence packs",
            Role::Auditor => "internal auditor: reads the whole history, changes nothing",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {:<28}  {what}", member.name);
    }
    text.push_str("\nEverything is invented and stays on this machine. Stop with Ctrl+C; start again to go on where you were.\n");
    print(&text)
}
