//! Access, the paths by which it is held, and the people who hold it.

use domain::{AccountStatus, GrantPath, NotJoined, Role, Sensitivity, SourceKind};

/// A kind of source.
pub const fn kind_of_source(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Files => "files",
        SourceKind::Okta => "Okta",
        SourceKind::Entra => "Microsoft Entra",
        SourceKind::Ping => "PingOne",
        SourceKind::Scim => "SCIM",
    }
}

/// Why an account stands by itself.
pub const fn not_joined(why: NotJoined) -> &'static str {
    match why {
        NotJoined::SeveralPeople => "Its employee number or address names several people elsewhere.",
        NotJoined::SeveralAccounts => "Several accounts of this source have its employee number or address.",
        NotJoined::KeysDisagree => "Its employee number names one person elsewhere, its address another.",
        NotJoined::HasAccount => "The person whom its employee number or address names has another account in this source.",
        NotJoined::KnownBefore => "Somebody elsewhere has its employee number or address now, and nobody had when it was first read.",
    }
}

/// How much harm the access could do.
pub const fn sensitivity(sensitivity: Option<Sensitivity>) -> &'static str {
    match sensitivity {
        Some(Sensitivity::Low) => "low",
        Some(Sensitivity::Medium) => "medium",
        Some(Sensitivity::High) => "high",
        Some(Sensitivity::Privileged) => "privileged",
        None => "not stated; treated as high",
    }
}

/// What the source says of an account.
pub const fn status(status: AccountStatus) -> &'static str {
    match status {
        AccountStatus::Active => "active",
        AccountStatus::Disabled => "disabled",
        AccountStatus::Leave => "on leave",
        AccountStatus::Left => "has left",
        AccountStatus::Service => "service account",
        AccountStatus::Shared => "shared account",
        AccountStatus::Guest => "guest",
    }
}

/// A role in Countersign, with what it may do.
pub const fn role(role: Role) -> (&'static str, &'static str) {
    match role {
        Role::Reviewer => ("Reviewer", "decides own items"),
        Role::Owner => ("Campaign owner", "opens, watches and closes campaigns"),
        Role::Administrator => ("Administrator", "connects sources; cannot decide"),
        Role::Compliance => ("Compliance officer", "makes evidence packs"),
        Role::Auditor => ("Auditor", "reads everything, changes nothing"),
    }
}

/// How somebody came to be the reviewer.
pub fn reviewer_by(word: &str) -> &'static str {
    match word {
        "emergency" => "one of two people named for emergency access",
        "manager" => "the holder's manager",
        "owner" => "the access's owner",
        "campaign_owner" => "the campaign's owner",
        "platform" => "whom the platform asks",
        "handed_over" => "by hand-over",
        "escalated" => "by escalation",
        _ => "by the campaign",
    }
}

/// The way from the person to the access: what kind of thing, and its name.
pub fn path_steps(path: &GrantPath) -> Vec<(&'static str, String)> {
    match path {
        GrantPath::Direct => Vec::new(),
        GrantPath::Group(name) => vec![("group", name.clone())],
        GrantPath::Rule(name) => vec![("rule", name.clone())],
        GrantPath::Nested(names) => names.iter().map(|name| ("group", name.clone())).collect(),
        GrantPath::Role(name) => vec![("role", name.clone())],
        GrantPath::Package(name) => vec![("access package", name.clone())],
    }
}

/// The path in few words: "direct", "group ap-team", "group a within b".
pub fn path(path: &GrantPath) -> String {
    match path {
        GrantPath::Direct => "assigned directly".to_owned(),
        GrantPath::Group(name) => format!("through group {name}"),
        GrantPath::Rule(name) => format!("through rule {name}"),
        GrantPath::Nested(names) => format!("through group {}", names.join(" within ")),
        GrantPath::Role(name) => format!("through role {name}"),
        GrantPath::Package(name) => format!("through access package {name}"),
    }
}

/// Which removal ends it.
pub fn what_ends(path: &GrantPath) -> String {
    match path {
        GrantPath::Direct => "Removing this one assignment ends it.".to_owned(),
        GrantPath::Group(name) => format!("Leaving group {name} ends it."),
        GrantPath::Role(name) => format!("Taking away role {name} ends it."),
        GrantPath::Package(name) => {
            format!("Ending the assignment of access package {name} ends it.")
        }
        GrantPath::Rule(name) => {
            format!("Rule {name} gives it to everyone the rule fits, and would give it again: only the rule's owner can end it.")
        }
        GrantPath::Nested(names) => {
            format!(
                "It comes through groups within groups ({}): only the owner of the inner or outer group can end it.",
                names.join(" within ")
            )
        }
    }
}
