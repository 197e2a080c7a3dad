//! What a tenant holds: people, groups, applications, roles, assignments, logs and reviews; and how a change moves it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::guid::NOBODY;
use super::review::Reviews;
use crate::calendar::rfc3339;

/// A moment as Graph writes it, from microseconds since 1970.
pub(crate) fn graph_time(micros: i64) -> String {
    let whole = rfc3339(micros.div_euclid(1_000_000));
    let fraction = micros.rem_euclid(1_000_000);
    if fraction == 0 { whole } else { format!("{}.{fraction:06}0Z", whole.trim_end_matches('Z')) }
}

/// A person's account. Guests and shared accounts are users too.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) id: String,
    /// The company's own id of the person; Graph shows it as `employeeId`.
    pub(crate) employee_id: String,
    pub(crate) upn: String,
    pub(crate) name: String,
    pub(crate) mail: Option<String>,
    pub(crate) enabled: bool,
    pub(crate) guest: bool,
    pub(crate) title: String,
    pub(crate) department: String,
    pub(crate) employee_type: String,
    /// `officeLocation`.
    pub(crate) office: Option<String>,
    pub(crate) hired: Option<String>,
    pub(crate) leaves: Option<String>,
    pub(crate) created: String,
    pub(crate) manager: Option<String>,
    /// Seconds of the last sign-in that worked, of the last attempt by hand, and of the last one by a machine for the person.
    pub(crate) last_success: Option<i64>,
    pub(crate) last_attempt: Option<i64>,
    pub(crate) last_silent: Option<i64>,
}

impl User {
    pub(crate) fn json(&self) -> Value {
        let mut user = json!({
            "id": self.id, "employeeId": self.employee_id, "userPrincipalName": self.upn, "displayName": self.name, "mail": self.mail,
            "accountEnabled": self.enabled, "userType": if self.guest { "Guest" } else { "Member" }, "jobTitle": self.title,
            "department": self.department, "employeeType": self.employee_type, "officeLocation": self.office, "employeeHireDate": self.hired,
            "employeeLeaveDateTime": self.leaves, "createdDateTime": self.created, "companyName": "Meridian",
            "externalUserState": self.guest.then_some("Accepted"), "onPremisesSyncEnabled": null,
        });
        // Nothing at all for somebody who never signed in.
        if self.last_attempt.or(self.last_silent).is_some() {
            let time = |seconds: Option<i64>| seconds.map(rfc3339);
            user["signInActivity"] = json!({
                "lastSignInDateTime": time(self.last_attempt), "lastNonInteractiveSignInDateTime": time(self.last_silent),
                "lastSuccessfulSignInDateTime": time(self.last_success),
            });
        }
        user
    }

    /// How a decision or a log names the person.
    pub(crate) fn identity(&self) -> Value {
        json!({ "@odata.type": "#microsoft.graph.userIdentity", "id": self.id, "displayName": self.name, "userPrincipalName": self.upn, "ipAddress": null })
    }
}

/// A group: members are users or groups.
#[derive(Debug, Clone, Default)]
pub(crate) struct Group {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: String,
    /// The membership rule of a dynamic group.
    pub(crate) rule: Option<String>,
    /// A Microsoft 365 group, with a mailbox and a site of its own.
    pub(crate) unified: bool,
    pub(crate) role_assignable: bool,
    pub(crate) synced: bool,
    pub(crate) members: BTreeSet<String>,
    pub(crate) owners: BTreeSet<String>,
}

impl Group {
    pub(crate) fn json(&self) -> Value {
        let mut kinds = Vec::new();
        kinds.extend(self.unified.then_some("Unified"));
        kinds.extend(self.rule.is_some().then_some("DynamicMembership"));
        json!({
            "id": self.id, "displayName": self.name, "description": self.description, "createdDateTime": self.created, "groupTypes": kinds,
            "securityEnabled": !self.unified, "mailEnabled": self.unified, "membershipRule": self.rule,
            "membershipRuleProcessingState": self.rule.as_ref().map(|_| "On"), "isAssignableToRole": self.role_assignable.then_some(true),
            "onPremisesSyncEnabled": self.synced.then_some(true), "visibility": self.unified.then_some("Private"),
        })
    }
}

/// A role that an application declares.
#[derive(Debug, Clone)]
pub(crate) struct AppRole {
    pub(crate) id: String,
    pub(crate) value: String,
    pub(crate) name: String,
    pub(crate) description: String,
}

/// An application in the tenant, or a machine's own identity.
#[derive(Debug, Clone)]
pub(crate) struct ServicePrincipal {
    pub(crate) id: String,
    pub(crate) app_id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) roles: Vec<AppRole>,
}

impl ServicePrincipal {
    pub(crate) fn json(&self) -> Value {
        let roles: Vec<Value> = self
            .roles
            .iter()
            .map(|role| {
                json!({ "id": role.id, "value": role.value, "displayName": role.name, "description": role.description, "isEnabled": true,
                    "allowedMemberTypes": ["User", "Application"], "origin": "Application" })
            })
            .collect();
        json!({
            "id": self.id, "appId": self.app_id, "displayName": self.name, "appDisplayName": self.name, "description": self.description,
            "servicePrincipalType": "Application", "accountEnabled": true, "appRoleAssignmentRequired": true, "appRoles": roles,
            "tags": ["WindowsAzureActiveDirectoryIntegratedApp"],
        })
    }
}

/// Somebody, a group or a machine holding a role of an application.
#[derive(Debug, Clone)]
pub(crate) struct AppAssignment {
    pub(crate) id: String,
    pub(crate) principal: String,
    pub(crate) kind: &'static str,
    pub(crate) resource: String,
    pub(crate) role: String,
    pub(crate) created: String,
}

/// A directory role.
#[derive(Debug, Clone)]
pub(crate) struct RoleDefinition {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
}

impl RoleDefinition {
    pub(crate) fn json(&self) -> Value {
        json!({ "id": self.id, "templateId": self.id, "displayName": self.name, "description": self.description, "isBuiltIn": true, "isEnabled": true })
    }
}

/// Somebody or a group holding a directory role.
#[derive(Debug, Clone)]
pub(crate) struct RoleAssignment {
    pub(crate) id: String,
    pub(crate) principal: String,
    pub(crate) role: String,
}

/// One line of the sign-in log: interactive sign-ins of people, as v1.0 shows them.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    pub(crate) id: String,
    /// Seconds since 1970.
    pub(crate) at: i64,
    pub(crate) user: String,
    /// Id of the application's service principal.
    pub(crate) resource: String,
    /// 0 is a sign-in; anything else is an attempt that failed.
    pub(crate) error: i64,
}

/// A machine that somebody works at. It is known to be a member of groups, and for nothing else.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) id: String,
    pub(crate) name: String,
}

impl Device {
    pub(crate) fn json(&self) -> Value {
        json!({ "id": self.id, "displayName": self.name, "accountEnabled": true, "operatingSystem": "Windows", "trustType": "AzureAd" })
    }
}

/// Everything in the tenant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directory {
    pub(crate) tenant: String,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) devices: BTreeMap<String, Device>,
    pub(crate) applications: BTreeMap<String, ServicePrincipal>,
    pub(crate) app_assignments: BTreeMap<String, AppAssignment>,
    pub(crate) role_definitions: BTreeMap<String, RoleDefinition>,
    pub(crate) role_assignments: BTreeMap<String, RoleAssignment>,
    /// Newest first.
    pub(crate) sign_ins: Vec<SignIn>,
    pub(crate) reviews: Reviews,
    /// What the tenant's own audit log says, oldest first.
    pub(crate) audits: Vec<Value>,
    /// Users of whom Identity Protection noticed something, by id.
    pub(crate) risks: Vec<Value>,
}

impl Directory {
    /// A principal's display name, whatever it is.
    pub(crate) fn name_of(&self, id: &str) -> Option<&str> {
        let user = self.users.get(id).map(|user| user.name.as_str());
        user.or_else(|| self.groups.get(id).map(|group| group.name.as_str()))
            .or_else(|| self.applications.get(id).map(|application| application.name.as_str()))
    }

    /// An object of the directory with its type, as a list of members shows it.
    pub(crate) fn object(&self, id: &str) -> Option<Value> {
        let typed = |mut value: Value, kind: &str| {
            value["@odata.type"] = json!(format!("#microsoft.graph.{kind}"));
            value
        };
        if let Some(user) = self.users.get(id) {
            return Some(typed(without_activity(user.json()), "user"));
        }
        if let Some(group) = self.groups.get(id) {
            return Some(typed(group.json(), "group"));
        }
        if let Some(device) = self.devices.get(id) {
            return Some(typed(device.json(), "device"));
        }
        self.applications.get(id).map(|application| typed(application.json(), "servicePrincipal"))
    }

    /// An assignment as Graph shows it.
    pub(crate) fn assignment_json(&self, assignment: &AppAssignment) -> Value {
        json!({
            "id": assignment.id, "appRoleId": assignment.role, "createdDateTime": assignment.created, "principalId": assignment.principal,
            "principalType": assignment.kind, "principalDisplayName": self.name_of(&assignment.principal), "resourceId": assignment.resource,
            "resourceDisplayName": self.applications.get(&assignment.resource).map(|application| &application.name), "deletedDateTime": null,
        })
    }

    /// Groups that hold `id` as a member, directly.
    pub(crate) fn groups_of<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Group> {
        self.groups.values().filter(move |group| group.members.contains(id))
    }

    /// Every group that holds `id` directly or through groups.
    pub(crate) fn all_groups_of(&self, id: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut ahead = vec![id.to_owned()];
        while let Some(next) = ahead.pop() {
            for group in self.groups_of(&next) {
                if found.insert(group.id.clone()) {
                    ahead.push(group.id.clone());
                }
            }
        }
        found
    }

    /// Every object within a group, directly or through groups.
    pub(crate) fn all_members_of(&self, group: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut ahead = vec![group.to_owned()];
        while let Some(next) = ahead.pop() {
            for member in self.groups.get(&next).into_iter().flat_map(|group| &group.members) {
                if found.insert(member.clone()) && self.groups.contains_key(member) {
                    ahead.push(member.clone());
                }
            }
        }
        found
    }

    /// Directory roles that a user holds, directly or by a group.
    pub(crate) fn roles_of(&self, user: &str) -> BTreeSet<&str> {
        let groups = self.all_groups_of(user);
        self.role_assignments
            .values()
            .filter(|assignment| assignment.principal == user || groups.contains(&assignment.principal))
            .map(|assignment| assignment.role.as_str())
            .collect()
    }

    /// One line of the sign-in log as v1.0 shows it.
    pub(crate) fn sign_in_json(&self, line: &SignIn) -> Value {
        let user = self.users.get(&line.user);
        let application = self.applications.get(&line.resource);
        json!({
            "id": line.id, "createdDateTime": rfc3339(line.at), "userId": line.user, "userDisplayName": user.map(|user| &user.name),
            "userPrincipalName": user.map(|user| &user.upn), "appId": application.map(|application| &application.app_id),
            "appDisplayName": application.map(|application| &application.name), "resourceId": application.map(|application| &application.app_id),
            "resourceDisplayName": application.map(|application| &application.name), "ipAddress": "192.0.2.7", "clientAppUsed": "Browser",
            "isInteractive": true, "conditionalAccessStatus": "notApplied",
            "status": { "errorCode": line.error, "failureReason": if line.error == 0 { "Other." } else { "Error validating credentials." } },
        })
    }

    /// Whose the last second of success is, told anew from the log's line; used while the directory is filled.
    pub(crate) fn note_sign_in(&mut self, line: &SignIn) {
        if let Some(user) = self.users.get_mut(&line.user) {
            user.last_attempt = user.last_attempt.max(Some(line.at));
            if line.error == 0 {
                user.last_success = user.last_success.max(Some(line.at));
            }
        }
    }

    /// Takes a user out of the directory, with everything held.
    pub(crate) fn delete_user(&mut self, id: &str) {
        self.users.remove(id);
        for group in self.groups.values_mut() {
            group.members.remove(id);
            group.owners.remove(id);
        }
        self.app_assignments.retain(|_, assignment| assignment.principal != id);
        self.role_assignments.retain(|_, assignment| assignment.principal != id);
    }
}

/// A user without what is shown only to who selects it.
pub(crate) fn without_activity(mut user: Value) -> Value {
    if let Some(fields) = user.as_object_mut() {
        for hidden in ["signInActivity", "employeeLeaveDateTime"] {
            fields.remove(hidden);
        }
    }
    user
}

/// Nobody, as Graph writes it: zeros and empty strings, not null.
pub(crate) fn nobody() -> Value {
    json!({ "id": NOBODY, "displayName": "", "userPrincipalName": "", "ipAddress": null })
}

/// The fields of a value that were asked for; control information (`@…`) stays.
pub(crate) fn select(value: &Value, fields: &[String]) -> Value {
    let Some(object) = value.as_object() else { return value.clone() };
    let kept: Map<String, Value> = object
        .iter()
        .filter(|(name, _)| name.starts_with('@') || fields.iter().any(|field| field.eq_ignore_ascii_case(name)))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Value::Object(kept)
}
