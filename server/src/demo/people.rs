//! Saying where everything is, and who can sign in as what.

use super::{house::House, running::Running};
use crate::cli::{Failure, print};
use std::fmt::Write as _;
use tenant::company::{Platform, Role};

/// Prints the address, the sources and the named people.
pub fn introduce(house: &House, running: &Running) -> Result<(), Failure> {
    let mut text = format!("\nCountersign is ready: {}\n\nIt reads three sources of one invented company:\n", running.base());
    let (okta, entra) = running.platforms();
    let places =
        [(Platform::Okta, okta.to_owned()), (Platform::Entra, entra.to_owned()), (Platform::Files, house.source().display().to_string())];
    for (platform, place) in places {
        let what = match platform {
            Platform::Okta => "Okta, a simulated org",
            Platform::Entra => "Microsoft Entra, simulated",
            Platform::Files => "Badges, shop floor: files",
        };
        let part = house.tenants.part(platform);
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {what:<28}  {place}, {} accounts, {} grants", part.people().len(), part.grants().len());
    }
    text.push_str("Okta and Entra run a campaign each that asks the first of these people: the campaign owner opens it under Campaigns at platforms.\n");
    text.push_str("\nSign in as one of these; the sign-in page lists them all:\n");
    for member in &house.company().cast().members {
        let what = match member.role {
            Role::Reviewer => "manager, with access to review",
            Role::Owner => "campaign owner: opens, watches and closes campaigns",
            Role::Administrator => "administrator: sources and their readings",
            Role::Compliance => "compliance officer: makes evidence packs",
            Role::Auditor => "internal auditor: reads the whole history, changes nothing",
        };
        let _ = writeln!(text, "  {:<28}  {what}", member.name);
    }
    text.push_str("\nEverything is invented and stays on this machine. Stop with Ctrl+C; start again to go on where you were.\n");
    print(&text)
}
