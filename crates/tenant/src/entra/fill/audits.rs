//! What the tenant's audit log says of the time before it was started: what administrators did with their directory roles, and
//! what machines did every night.

use serde_json::{Value, json};

use super::{Fill, KEPT_DAYS, role_of};
use crate::calendar::{DAY, rfc3339};

/// What is done with a directory role: its id, the activity, its category and the service that logs it.
const DONE: [(&str, &str, &str, &str); 6] = [
    ("158c047a-c907-4556-b7ef-446551a6b5f7", "Update service principal", "ApplicationManagement", "Core Directory"),
    ("62e90394-69f5-4237-9190-012177145e10", "Update policy", "Policy", "Core Directory"),
    ("fdd7a751-b60b-444a-984c-02652fe8fa1c", "Update group", "GroupManagement", "Core Directory"),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "Update user", "UserManagement", "Core Directory"),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Update role", "RoleManagement", "Core Directory"),
    ("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Admin deleted security info", "UserManagement", "Authentication Methods"),
];

/// One line before it is written.
struct Line<'a> {
    at: i64,
    activity: &'a str,
    category: &'a str,
    service: &'a str,
    by: Value,
    target: Value,
}

impl Fill<'_> {
    /// The log as far back as it is kept, oldest first.
    pub(super) fn audits(&mut self) {
        let since = self.now - KEPT_DAYS * DAY;
        let mut lines = Vec::new();
        for act in self.company.acts() {
            let actor = self.principal(&act.person_id);
            let Some(user) = self.directory.users.get(&actor) else { continue };
            let by = json!({ "user": { "id": user.id, "displayName": user.name, "userPrincipalName": user.upn, "ipAddress": "192.0.2.7" }, "app": null });
            let role = role_of(&act.entitlement_id);
            if let Some((_, activity, category, service)) = DONE.iter().find(|(known, ..)| *known == role) {
                for at in act.at.iter().filter(|at| **at >= since) {
                    let target = json!({ "id": self.id("target", &format!("{activity} {at}")), "displayName": null, "type": "Other" });
                    lines.push(Line { at: *at, activity, category, service, by: by.clone(), target });
                }
            }
            if act.at.is_empty() {
                // Whoever did nothing with a role chose a new password for themselves, which takes none.
                let (activity, service) = ("Reset password (self-service)", "Self-service Password Management");
                let target = json!({ "id": user.id, "userPrincipalName": user.upn, "displayName": user.name, "type": "User" });
                lines.push(Line { at: self.now - 9 * DAY, activity, category: "UserManagement", service, by, target });
            }
        }
        // A machine copies every account once within the month.
        let number = i64::try_from(self.directory.users.len()).unwrap_or(1).max(1);
        for (place, user) in (0..).zip(self.directory.users.values()) {
            let by = json!({ "user": null, "app": { "appId": null, "displayName": "Personnel records", "servicePrincipalId": self.id("machine", "copy") } });
            let target = json!({ "id": user.id, "userPrincipalName": user.upn, "displayName": user.name, "type": "User" });
            let at = since + 60 + (KEPT_DAYS * DAY - 120) * place / number;
            lines.push(Line { at, activity: "Update user", category: "UserManagement", service: "Core Directory", by, target });
        }
        lines.sort_by_key(|line| line.at);
        let written = lines.iter().enumerate().map(|(place, line)| self.written(place, line)).collect();
        self.directory.audits = written;
    }

    fn written(&self, place: usize, line: &Line<'_>) -> Value {
        let id = self.id("audit before", &format!("{place} {} {}", line.activity, line.at));
        json!({
            "id": id, "activityDateTime": rfc3339(line.at), "activityDisplayName": line.activity, "category": line.category,
            "loggedByService": line.service, "operationType": line.activity.split(' ').next(), "result": "success", "resultReason": "",
            "correlationId": id, "initiatedBy": line.by, "targetResources": [line.target], "additionalDetails": [],
        })
    }
}
