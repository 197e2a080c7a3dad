//! Parts of a tenant that may not be read: what follows from their absence is nothing, and everybody is told.

use super::{cursor::Part, graph, names};
use crate::{
    facts::{Covers, Unread},
    source::PageRead,
    warning::{Warning, WarningKind},
};
use serde_json::Value;

/// A part, and what is unknown without it.
pub(super) struct Refused {
    part: &'static str,
    covers: Covers,
    /// Machines hold what the part says, and nothing else names them.
    machines: bool,
    permission: &'static str,
    unknown: &'static str,
}

const MEMBERS: &str = "who is in it, and who holds anything by way of it, is unknown";
const HOLDERS: &str = "who holds it is unknown";

/// What a list says that was refused as a whole.
pub(super) fn of_list(list: Part) -> Refused {
    match list {
        Part::Groups | Part::Members => Refused {
            part: "groups",
            covers: Covers::Groups { prefix: names::GROUP.to_owned() },
            machines: false,
            permission: "GroupMember.Read.All",
            unknown: "who is in which group, and who holds anything by way of one, is unknown",
        },
        Part::RoleDefinitions | Part::RoleAssignments => Refused {
            part: "directory roles",
            covers: Covers::GrantsLike { prefix: names::ROLE.to_owned() },
            machines: true,
            permission: "RoleManagement.Read.Directory",
            unknown: "who administers the tenant is unknown",
        },
        Part::Applications | Part::Assignments | Part::Users | Part::Risks | Part::SignIns | Part::Audits => Refused {
            part: "applications",
            covers: Covers::GrantsLike { prefix: names::APPLICATION.to_owned() },
            machines: true,
            permission: "Application.Read.All",
            unknown: "who holds which application is unknown",
        },
    }
}

/// The members of one group.
pub(super) fn of_group(id: &str) -> Refused {
    // Graph v1.0, "List group members": hidden memberships need a permission of their own.
    let permission = "GroupMember.Read.All, and Member.Read.Hidden where membership of the group is hidden,";
    Refused { covers: Covers::Groups { prefix: names::group(id) }, permission, unknown: MEMBERS, ..of_list(Part::Groups) }
}

/// Who holds the roles of one application.
pub(super) fn of_application(id: &str) -> Refused {
    Refused { covers: Covers::GrantsLike { prefix: names::application(id) }, unknown: HOLDERS, ..of_list(Part::Applications) }
}

/// Marks a part as unread that a request for it was refused for.
pub(super) fn forbidden(read: &mut PageRead, refused: Refused, request: &str, body: &Value) {
    let Refused { part, covers, machines, permission, unknown } = refused;
    let code = graph::code(body);
    let code = if code.is_empty() { String::new() } else { format!(" {code}") };
    let why = format!(
        "{request} was refused with 403{code}: {unknown}. Give the reading application {permission} with an administrator's consent, and read again."
    );
    unread(read, part, covers, &why);
    if machines {
        let why = "Service principals are known by what they hold. Those that hold only what could not be read stay as they were.";
        read.records.facts.unread.push(Unread { part: "service principals".to_owned(), why: why.to_owned(), covers: Covers::Machines });
    }
}

/// Marks a part as unread: what it would say is unknown.
pub(super) fn unread(read: &mut PageRead, part: &str, covers: Covers, why: &str) {
    read.records.facts.unread.push(Unread { part: part.to_owned(), why: why.to_owned(), covers });
    let file = read.page.request.clone();
    read.warnings.push(Warning { kind: WarningKind::PartUnread, file, line: None, column: None, found: part.to_owned() });
}
