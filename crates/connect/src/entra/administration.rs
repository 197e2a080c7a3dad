//! Which audited activities need which directory role of Entra (rule 29), and what a page of the audit log shows of their use.
//!
//! Activities are those of Microsoft's reference (learn.microsoft.com, "Microsoft Entra audit log categories and activities"),
//! roles and what they may do those of "Microsoft Entra built-in roles", by the ids of their templates, which are their ids in
//! every tenant. Where a role may do something to some only, it stands there too: an activity that is counted for a role too
//! many can make it look used, and never unused.

use super::{names, rows::Sheet};
use crate::{
    facts::{Sight, Use},
    warning::WarningKind,
};
use domain::{Timestamp, time::DAY};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const GLOBAL: &str = "62e90394-69f5-4237-9190-012177145e10";
const PRIVILEGED_ROLE: &str = "e8611ab8-c189-46e8-94e1-60213ab1f814";
const USER: &str = "fe930be7-5e62-47db-91af-98c3a49a38b1";
const GROUPS: &str = "fdd7a751-b60b-444a-984c-02652fe8fa1c";
const APPLICATION: &str = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3";
const CLOUD_APPLICATION: &str = "158c047a-c907-4556-b7ef-446551a6b5f7";
const AUTHENTICATION: &str = "c4e39bd9-1100-46d3-8c65-fb160da0071f";
const PRIVILEGED_AUTHENTICATION: &str = "7be44c8a-adaf-4e2a-84d6-ab2649e08a13";
const HELPDESK: &str = "729827e3-9c14-49f7-bb1b-9608f156bbb8";
const PASSWORD: &str = "966707d0-3269-4727-9be2-8c3a10f19b9d";
const CONDITIONAL_ACCESS: &str = "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9";
const LICENSE: &str = "4d6ac14f-3453-41d0-bef9-a3e0c569773a";
const SECURITY: &str = "194ae4cb-b126-40b2-bd5b-6091b380977d";
const GUEST_INVITER: &str = "95e79109-95c0-4d8e-aee3-d01accf2d47b";

/// Roles whose work in the directory is all in the table: that none of it was seen says that they were not used. A Global
/// Administrator also works in services that have logs of their own, and is not among them; neither is who mainly reads.
const WHOLE: [&str; 11] = [
    PRIVILEGED_ROLE,
    USER,
    GROUPS,
    APPLICATION,
    CLOUD_APPLICATION,
    AUTHENTICATION,
    PRIVILEGED_AUTHENTICATION,
    HELPDESK,
    PASSWORD,
    CONDITIONAL_ACCESS,
    LICENSE,
];

/// Activities, and the roles beside Global Administrator that allow them.
const ACTIVITIES: &[(&[&str], &[&str])] = &[
    (
        &[
            "Add user",
            "Delete user",
            "Hard Delete user",
            "Restore user",
            "Update user",
            "Set user manager",
            "Disable account",
            "Enable account",
            "Delete external user",
            "Convert federated user to managed",
        ],
        &[USER, AUTHENTICATION, PRIVILEGED_AUTHENTICATION],
    ),
    (&["Invite external user"], &[USER, GUEST_INVITER]),
    (
        &[
            "Reset password",
            "Reset password (by admin)",
            "Admin started password reset",
            "Set force change user password",
            "Update StsRefreshTokenValidFrom Timestamp",
        ],
        &[USER, HELPDESK, PASSWORD, AUTHENTICATION, PRIVILEGED_AUTHENTICATION],
    ),
    (
        &[
            "Admin deleted security info",
            "Admin registered security info",
            "Admin updated security info",
            "Disable Strong Authentication",
            "Enable Strong Authentication",
        ],
        &[AUTHENTICATION, PRIVILEGED_AUTHENTICATION],
    ),
    (&["Change user license", "Set group license"], &[USER, GROUPS, LICENSE]),
    (
        &[
            "Add group",
            "Delete group",
            "Hard Delete group",
            "Restore group",
            "Update group",
            "Add member to group",
            "Remove member from group",
            "Add owner to group",
            "Remove owner from group",
            "Create group settings",
            "Update group settings",
            "Delete group settings",
        ],
        &[GROUPS, USER, PRIVILEGED_ROLE],
    ),
    (
        &[
            "Add application",
            "Delete application",
            "Hard Delete application",
            "Restore application",
            "Update application",
            "Update application - Certificates and secrets management",
            "Add owner to application",
            "Remove owner from application",
            "Add policy to application",
            "Remove policy from application",
            "Add service principal",
            "Remove service principal",
            "Hard delete service principal",
            "Restore service principal",
            "Update service principal",
            "Add service principal credentials",
            "Remove service principal credentials",
            "Add owner to service principal",
            "Remove owner from service principal",
            "Add policy to service principal",
            "Remove policy from service principal",
        ],
        &[APPLICATION, CLOUD_APPLICATION],
    ),
    (
        &[
            "Add app role assignment to service principal",
            "Remove app role assignment from service principal",
            "Add app role assignment to group",
            "Remove app role assignment from group",
            "Remove app role assignment from user",
            "Add delegated permission grant",
            "Remove delegated permission grant",
            "Consent to application",
        ],
        &[APPLICATION, CLOUD_APPLICATION, USER, PRIVILEGED_ROLE],
    ),
    (
        &[
            "Add Conditional Access policy",
            "Update Conditional Access policy",
            "Delete Conditional Access policy",
            "Add named location",
            "Update named location",
            "Delete named location",
            "Add policy",
            "Update policy",
            "Delete policy",
            "Update security defaults",
        ],
        &[CONDITIONAL_ACCESS, SECURITY],
    ),
    (
        &[
            "Add administrative unit",
            "Update administrative unit",
            "Delete administrative unit",
            "Add member to administrative unit",
            "Remove member from administrative unit",
        ],
        &[PRIVILEGED_ROLE],
    ),
];

/// Somebody turned on a role that waits for them in Privileged Identity Management.
const ACTIVATED: &str = "Add member to role completed (PIM activation)";

/// Where the use of a directory role, by the id of its definition, is seen.
pub(super) fn sight(role: &str) -> Sight {
    let role = role.to_ascii_lowercase();
    if WHOLE.contains(&role.as_str()) { Sight::Role(role) } else { Sight::RoleInPart(role) }
}

/// The roles that allow an activity; none where it takes none that is known.
fn roles_for(category: &str, activity: &str) -> Vec<&'static str> {
    let plain = activity.trim().replace('\u{2013}', "-");
    let listed = ACTIVITIES.iter().filter(|(activities, _)| activities.contains(&plain.as_str())).flat_map(|(_, roles)| *roles);
    // Whoever gives roles to others; what people ask Privileged Identity Management for themselves takes no role.
    let gives = category == "RoleManagement" && !plain.contains("(PIM ");
    let mut roles: Vec<&str> = listed.copied().chain(gives.then_some(PRIVILEGED_ROLE)).collect();
    roles.extend((!roles.is_empty()).then_some(GLOBAL));
    roles
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value[field].as_str().filter(|text| !text.is_empty())
}

fn targets(row: &Value) -> impl Iterator<Item = &Value> {
    row["targetResources"].as_array().into_iter().flatten()
}

/// Who turned on which role; the role is named among what was changed, and among the details.
fn activated(row: &Value) -> Option<(String, BTreeSet<String>)> {
    let of = |kind: &str| targets(row).find(|target| text(target, "type") == Some(kind)).and_then(|target| text(target, "id"));
    let user = of("User").or_else(|| text(&row["initiatedBy"]["user"], "id"))?;
    let details = row["additionalDetails"].as_array().into_iter().flatten();
    let named = details.filter(|detail| matches!(text(detail, "key"), Some("TemplateId" | "RoleDefinitionOriginId")));
    let ids = named.filter_map(|detail| text(detail, "value")).chain(of("Role")).filter(|id| names::is_guid(id));
    Some((user.to_owned(), ids.map(str::to_ascii_lowercase).collect()))
}

/// Acts of one page of the audit log, added up by person and role.
#[derive(Debug)]
pub(super) struct Acts {
    seen: BTreeMap<(String, String), (Timestamp, BTreeSet<i64>)>,
    pub(super) oldest: Option<Timestamp>,
}

impl Acts {
    /// No acts yet; `oldest` is the oldest line of the pages before.
    pub(super) fn after(oldest: Option<Timestamp>) -> Self {
        Self { seen: BTreeMap::new(), oldest }
    }

    /// One line of the log. A line that is no administrator's act is left out: most are machines' work, or people's own.
    pub(super) fn add(&mut self, sheet: &mut Sheet, row: &Value) {
        let Some(at) = text(row, "activityDateTime").and_then(|text| Timestamp::parse_rfc3339(text).ok()) else {
            sheet.dropped = Some(WarningKind::NotUse);
            return;
        };
        self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
        match Self::act(row) {
            Some((user, roles)) if !roles.is_empty() => {
                for role in roles {
                    let (last, days) = self.seen.entry((user.clone(), role)).or_insert((at, BTreeSet::new()));
                    *last = (*last).max(at);
                    days.insert(at.micros().div_euclid(DAY));
                }
            }
            _ => sheet.dropped = Some(WarningKind::NotUse),
        }
    }

    /// Who did something, and the roles that allow it.
    fn act(row: &Value) -> Option<(String, BTreeSet<String>)> {
        text(row, "result").filter(|result| result.eq_ignore_ascii_case("success"))?;
        let (category, activity) = (text(row, "category").unwrap_or_default(), text(row, "activityDisplayName")?);
        if activity == ACTIVATED && category == "RoleManagement" {
            return activated(row);
        }
        // Machines act by applications of their own; what people do to themselves takes no role.
        let user = text(&row["initiatedBy"]["user"], "id")?;
        let itself = targets(row).next().is_some_and(|target| text(target, "id") == Some(user));
        let roles = roles_for(category, activity).into_iter().filter(|_| !itself).map(str::to_owned);
        Some((user.to_owned(), roles.collect()))
    }

    pub(super) fn into_uses(self) -> Vec<Use> {
        let uses = self.seen.into_iter();
        uses.map(|((person, role), (last, days))| Use { person, of: Sight::Role(role), last, days: Some(days) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(category: &str, activity: &str, by: &Value, target: &Value) -> Value {
        json!({ "activityDateTime": "2026-11-20T10:00:00Z", "activityDisplayName": activity, "category": category, "result": "success",
            "initiatedBy": by, "targetResources": [target], "additionalDetails": [{ "key": "TemplateId", "value": GLOBAL }] })
    }

    fn roles_of(row: &Value) -> BTreeSet<String> {
        Acts::act(row).map(|(_, roles)| roles).unwrap_or_default()
    }

    #[test]
    fn an_activity_speaks_of_every_role_that_allows_it_and_of_no_other() {
        let (admin, other) = (json!({ "user": { "id": "a" } }), json!({ "id": "b", "type": "User" }));
        let reset = roles_of(&row("UserManagement", "Reset password (by admin)", &admin, &other));
        for (role, allowed) in [(HELPDESK, true), (PASSWORD, true), (USER, true), (GLOBAL, true), (GROUPS, false), (APPLICATION, false)] {
            assert_eq!(reset.contains(role), allowed, "{role}");
        }
        let secret = row("ApplicationManagement", "Update application \u{2013} Certificates and secrets management ", &admin, &other);
        assert!(roles_of(&secret).contains(CLOUD_APPLICATION));
        assert!(roles_of(&row("RoleManagement", "Add member to role", &admin, &other)).contains(PRIVILEGED_ROLE));
        // What takes no role, what failed, what a machine did, and what people do to themselves.
        let mut failed = row("UserManagement", "Add user", &admin, &other);
        failed["result"] = json!("failure");
        for none in [
            row("GroupManagement", "GroupsODataV4_Get", &admin, &other),
            row("RoleManagement", "Add member to role requested (PIM activation)", &admin, &other),
            row("UserManagement", "Update user", &json!({ "app": { "displayName": "sync" }, "user": null }), &other),
            row("UserManagement", "Reset password (by admin)", &admin, &json!({ "id": "a" })),
            failed,
        ] {
            assert!(roles_of(&none).is_empty(), "{none}");
        }
    }

    #[test]
    fn turning_a_role_on_is_a_use_of_it() {
        let row = row("RoleManagement", ACTIVATED, &json!({ "user": { "id": "a" } }), &json!({ "id": PASSWORD, "type": "Role" }));
        assert_eq!(Acts::act(&row), Some(("a".to_owned(), BTreeSet::from([GLOBAL.to_owned(), PASSWORD.to_owned()]))));
    }

    #[test]
    fn what_is_judged_is_in_the_table() {
        for role in WHOLE {
            let listed = ACTIVITIES.iter().any(|(_, roles)| roles.contains(&role));
            assert!(listed && names::is_guid(role), "{role}");
            assert_eq!(sight(&role.to_uppercase()), Sight::Role(role.to_owned()));
        }
        assert_eq!(sight(GLOBAL), Sight::RoleInPart(GLOBAL.to_owned()));
    }
}
