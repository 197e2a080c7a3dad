//! From Graph's rows to records and facts.

use super::{administration, names, risks};
use crate::{
    facts::{Carried, Facts, GroupFact, Membership, Sight, Use},
    records::{EntitlementRecord, GrantRecord, PersonRecord},
    source::Records,
    warning::WarningKind,
};
use domain::{AccountStatus, Employment, GrantPath, Sensitivity, Timestamp, time::DAY};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is made of the rows of one page.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) records: Records,
    /// The row that is read, counted from 1 over the whole page.
    pub(super) line: u64,
    /// Why the row is left out, where it is.
    pub(super) dropped: Option<WarningKind>,
}

fn text(row: &Value, field: &str) -> Option<String> {
    row[field].as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn time(row: &Value, field: &str) -> Option<Timestamp> {
    row[field].as_str().and_then(|text| Timestamp::parse_rfc3339(text).ok())
}

impl Sheet {
    const fn facts(&mut self) -> &mut Facts {
        &mut self.records.facts
    }

    /// The row's id; where there is none, the page is broken and the caller says so.
    fn id(row: &Value) -> Option<String> {
        text(row, "id").filter(|id| names::is_guid(id))
    }

    /// A user. False where the row has no id.
    pub(super) fn user(&mut self, row: &Value) -> bool {
        let Some(id) = Self::id(row) else { return false };
        let status = match (row["userType"].as_str(), row["accountEnabled"].as_bool()) {
            (_, Some(false)) => Some(AccountStatus::Disabled),
            (Some(kind), _) if kind.eq_ignore_ascii_case("guest") => Some(AccountStatus::Guest),
            (_, Some(true)) => Some(AccountStatus::Active),
            _ => None,
        };
        let record = PersonRecord {
            external_id: id.clone(),
            employee_id: text(row, "employeeId"),
            name: text(row, "displayName"),
            email: text(row, "mail").or_else(|| text(row, "userPrincipalName").filter(|upn| !upn.contains("#EXT#"))),
            title: text(row, "jobTitle"),
            department: text(row, "department"),
            manager_id: text(&row["manager"], "id"),
            status,
            start: time(row, "employeeHireDate"),
            end: time(row, "employeeLeaveDateTime"),
            changed_job_on: None,
            // Graph v1.0 knows no working time.
            employment: Employment { kind: text(row, "employeeType"), site: text(row, "officeLocation"), working_time: None },
            // Another list tells it.
            risk: None,
        };
        // The other two dates count attempts that failed as well; only this one says that somebody got in.
        if let Some(last) = time(&row["signInActivity"], "lastSuccessfulSignInDateTime") {
            self.facts().uses.push(Use { person: id.clone(), of: Sight::Tenant, last, days: None });
        }
        self.facts().watched.push(id);
        self.records.people.push((self.line, record));
        true
    }

    /// An account of which Identity Protection says something. False where the row has no id.
    pub(super) fn risk(&mut self, row: &Value) -> bool {
        let Some(id) = Self::id(row) else { return false };
        if row["isDeleted"].as_bool() == Some(true) {
            self.dropped = Some(WarningKind::GoneMeanwhile);
        } else {
            self.facts().risks.push((id, risks::risk_of(row)));
        }
        true
    }

    /// An application with its roles.
    pub(super) fn application(&mut self, row: &Value) -> bool {
        let Some(id) = Self::id(row) else { return false };
        let name = text(row, "displayName");
        let seen_at = text(row, "appId").map(Sight::Application);
        let mut record = |role: &str, title: Option<String>, description: Option<String>| {
            let external_id = names::app_role(&id, role);
            if let Some(sight) = &seen_at {
                self.records.facts.scopes.push((external_id.clone(), sight.clone()));
            }
            EntitlementRecord { external_id, name: title, application: name.clone(), description, sensitivity: None, owner_id: None }
        };
        for role in row["appRoles"].as_array().into_iter().flatten() {
            if let Some(role_id) = text(role, "id").filter(|id| names::is_guid(id)) {
                let title = text(role, "displayName").or_else(|| text(role, "value"));
                let made = record(&role_id, title, text(role, "description"));
                self.records.entitlements.push((self.line, made));
            }
        }
        let bare = record(names::NO_ROLE, Some(format!("{}: access without a role", name.as_deref().unwrap_or(&id))), None);
        self.facts().spare.push(bare);
        true
    }

    /// Somebody holding a role of an application.
    pub(super) fn assignment(&mut self, row: &Value) -> bool {
        let (Some(principal), Some(resource)) = (text(row, "principalId"), text(row, "resourceId")) else { return false };
        let role = text(row, "appRoleId").unwrap_or_else(|| names::NO_ROLE.to_owned());
        let entitlement = names::app_role(&resource, &role);
        let line = self.line;
        // A role that the application no longer declares is still held.
        let title = text(row, "resourceDisplayName");
        let left_over = EntitlementRecord {
            external_id: entitlement.clone(),
            name: Some(format!("{}: role {role}", title.as_deref().unwrap_or(&resource))),
            application: title,
            description: None,
            sensitivity: None,
            owner_id: None,
        };
        if role != names::NO_ROLE {
            self.facts().spare.push(left_over);
        }
        match row["principalType"].as_str() {
            Some("Group") => self.facts().carried.push((line, Carried { group: principal, entitlement })),
            kind => {
                if kind == Some("ServicePrincipal") {
                    self.machine(&principal, text(row, "principalDisplayName"));
                }
                let grant = GrantRecord {
                    person_id: principal,
                    entitlement_id: entitlement,
                    path: GrantPath::Direct,
                    granted_on: time(row, "createdDateTime"),
                    held_by: None,
                    granted_by: None,
                };
                self.records.grants.push((line, grant));
            }
        }
        true
    }

    fn machine(&mut self, id: &str, name: Option<String>) {
        let record = PersonRecord {
            external_id: id.to_owned(),
            employee_id: None,
            name,
            email: None,
            title: None,
            department: None,
            manager_id: None,
            status: Some(AccountStatus::Service),
            start: None,
            end: None,
            changed_job_on: None,
            employment: Employment::default(),
            risk: None,
        };
        self.facts().machines.push(record);
    }

    /// A group.
    pub(super) fn group(&mut self, row: &Value) -> bool {
        let Some(id) = Self::id(row) else { return false };
        let kinds: Vec<&str> = row["groupTypes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let owners: BTreeSet<&str> = row["owners"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|owner| owner["@odata.type"].as_str().is_none_or(|kind| kind == "#microsoft.graph.user"))
            .filter_map(|owner| owner["id"].as_str())
            .collect();
        let entitlement = names::group(&id);
        let record = EntitlementRecord {
            external_id: entitlement.clone(),
            name: text(row, "displayName"),
            application: Some("Microsoft Entra groups".to_owned()),
            description: text(row, "description"),
            sensitivity: None,
            owner_id: owners.first().map(|owner| (*owner).to_owned()),
        };
        self.records.entitlements.push((self.line, record));
        let facts = self.facts();
        facts.scopes.push((entitlement.clone(), Sight::Tenant));
        facts.groups.push(GroupFact { id, entitlement, ruled: kinds.contains(&"DynamicMembership"), own: kinds.contains(&"Unified") });
        true
    }

    /// A member of a group.
    pub(super) fn member(&mut self, group: &str, row: &Value) -> bool {
        let Some(member) = Self::id(row) else { return false };
        let kind = row["@odata.type"].as_str().unwrap_or_default().rsplit('.').next().unwrap_or_default();
        match kind {
            "user" | "group" => {}
            "servicePrincipal" => self.machine(&member, text(row, "displayName")),
            _ => {
                self.dropped = Some(WarningKind::OtherMember);
                return true;
            }
        }
        let line = self.line;
        self.facts().memberships.push((line, Membership { group: group.to_owned(), member }));
        true
    }

    /// A directory role.
    pub(super) fn role(&mut self, row: &Value) -> bool {
        let Some(id) = Self::id(row) else { return false };
        let external_id = names::role(&id, "/");
        let record = role_record(external_id.clone(), text(row, "displayName"), text(row, "description"));
        self.facts().scopes.push((external_id, administration::sight(&id)));
        self.records.entitlements.push((self.line, record));
        true
    }

    /// Somebody holding a directory role.
    pub(super) fn role_assignment(&mut self, row: &Value) -> bool {
        let (Some(principal), Some(role)) = (text(row, "principalId"), text(row, "roleDefinitionId")) else { return false };
        let scope = text(row, "directoryScopeId").unwrap_or_else(|| "/".to_owned());
        let entitlement = names::role(&role, &scope);
        let line = self.line;
        if scope != "/" {
            let name = text(&row["roleDefinition"], "displayName").unwrap_or_else(|| format!("Role {role}"));
            self.facts().spare.push(role_record(entitlement.clone(), Some(format!("{name} over {scope}")), None));
            self.facts().scopes.push((entitlement.clone(), administration::sight(&role)));
        }
        match row["principal"]["@odata.type"].as_str().unwrap_or_default().rsplit('.').next() {
            Some("group") => self.facts().carried.push((line, Carried { group: principal, entitlement })),
            kind => {
                if kind == Some("servicePrincipal") {
                    self.machine(&principal, text(&row["principal"], "displayName"));
                }
                let grant = GrantRecord {
                    person_id: principal,
                    entitlement_id: entitlement,
                    path: GrantPath::Direct,
                    granted_on: None,
                    held_by: None,
                    granted_by: None,
                };
                self.records.grants.push((line, grant));
            }
        }
        true
    }
}

fn role_record(external_id: String, name: Option<String>, description: Option<String>) -> EntitlementRecord {
    // A directory role is power over the tenant, whoever owns it.
    let sensitivity = Some(Sensitivity::Privileged);
    EntitlementRecord { external_id, name, application: Some("Microsoft Entra roles".to_owned()), description, sensitivity, owner_id: None }
}

/// Uses of one page of sign-ins, added up by person and application.
#[derive(Debug, Default)]
pub(super) struct SignIns {
    pub(super) seen: BTreeMap<(String, String), (Timestamp, BTreeSet<i64>)>,
    pub(super) oldest: Option<Timestamp>,
}

impl SignIns {
    /// One line of the log. False where it lacks what every line has.
    pub(super) fn add(&mut self, sheet: &mut Sheet, row: &Value) -> bool {
        let (Some(at), Some(user)) = (time(row, "createdDateTime"), text(row, "userId")) else { return false };
        self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
        if row["status"]["errorCode"].as_i64() != Some(0) {
            sheet.dropped = Some(WarningKind::SignInFailed);
            return true;
        }
        let applications: BTreeSet<String> = ["appId", "resourceId"].iter().filter_map(|field| text(row, field)).collect();
        if applications.is_empty() {
            sheet.dropped = Some(WarningKind::NotUse);
        }
        for application in applications {
            let (last, days) = self.seen.entry((user.clone(), application)).or_insert((at, BTreeSet::new()));
            *last = (*last).max(at);
            days.insert(at.micros().div_euclid(DAY));
        }
        true
    }

    pub(super) fn into_uses(self) -> Vec<Use> {
        self.seen
            .into_iter()
            .map(|((person, application), (last, days))| Use { person, of: Sight::Application(application), last, days: Some(days) })
            .collect()
    }
}
