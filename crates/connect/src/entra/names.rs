//! How Entra's things are named in our ids.
//!
//! Object ids are GUIDs, unique in a tenant; a prefix says what kind of thing is meant. A group's id as an entitlement is
//! the same text as the path that leads through it, so that a path can be shown by the entitlement's name.

/// The id of no role: an assignment to an application as such (Graph v1.0, `appRoleAssignment`, `appRoleId`).
pub(super) const NO_ROLE: &str = "00000000-0000-0000-0000-000000000000";

/// Memberships of groups begin so, as entitlements and as steps of a path.
pub(crate) const GROUP: &str = "group:";
/// Roles of applications begin so.
pub(super) const APPLICATION: &str = "app:";
/// Directory roles begin so.
pub(super) const ROLE: &str = "role:";

/// An entitlement of Entra, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Thing<'a> {
    /// Membership of a group.
    Group(&'a str),
    /// A role of an application.
    AppRole { application: &'a str, role: &'a str },
    /// A directory role over a scope; `/` is the whole tenant.
    Role { role: &'a str, scope: &'a str },
}

pub(super) fn group(id: &str) -> String {
    format!("{GROUP}{id}")
}

/// The group that a path leads through; none where it does not name one of Entra's.
pub(super) fn group_of_path(step: &str) -> Option<&str> {
    step.strip_prefix(GROUP).filter(|id| is_guid(id))
}

/// All roles of an application begin so.
pub(super) fn application(id: &str) -> String {
    format!("{APPLICATION}{id}:")
}

pub(super) fn app_role(application_id: &str, role: &str) -> String {
    format!("{}{role}", application(application_id))
}

pub(super) fn role(id: &str, scope: &str) -> String {
    if scope == "/" { format!("{ROLE}{id}") } else { format!("{ROLE}{id}@{scope}") }
}

/// Takes an entitlement's id apart; none where it is not one of Entra's.
pub(super) fn thing(entitlement: &str) -> Option<Thing<'_>> {
    let (kind, rest) = entitlement.split_once(':')?;
    match kind {
        "group" => Some(Thing::Group(rest)),
        "app" => rest.split_once(':').map(|(application, role)| Thing::AppRole { application, role }),
        "role" => Some(match rest.split_once('@') {
            Some((role, scope)) => Thing::Role { role, scope },
            None => Thing::Role { role: rest, scope: "/" },
        }),
        _ => None,
    }
}

/// Whether a text has the form of a GUID, so that it can stand in an address by itself.
pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}
