//! Users, groups, rules, applications and administrator roles.

use serde_json::{Map, Value, json};

use super::change::Change;
use super::org::{App, Group, Org, Rule, User};
use super::page;
use super::reply::Reply;
use super::serving::{Call, State, Tenant};
use crate::calendar::rfc3339;

/// A time as Okta writes it, with milliseconds.
pub(super) fn time(second: i64) -> String {
    rfc3339(second).replace('Z', ".000Z")
}

fn user_json(base: &str, user: &User) -> Value {
    json!({
        "id": user.id, "status": user.status, "created": time(user.created), "activated": time(user.created),
        "statusChanged": time(user.created), "lastLogin": user.last_login.map(time), "lastUpdated": time(user.created),
        "passwordChanged": null, "type": { "id": "oty1meridian00000000" }, "profile": user.profile,
        "_links": { "self": { "href": format!("{base}/api/v1/users/{}", user.id) } },
    })
}

fn group_json(base: &str, org: &Org, group: &Group, stats: bool) -> Value {
    let mut json = json!({
        "id": group.id, "created": time(group.created), "lastUpdated": time(group.created),
        "lastMembershipUpdated": time(group.updated), "objectClass": ["okta:user_group"], "type": group.kind,
        "profile": { "name": group.name, "description": group.description },
        "_links": { "users": { "href": format!("{base}/api/v1/groups/{}/users", group.id) } },
    });
    if stats && let Some(json) = json.as_object_mut() {
        let apps = org.apps.values().filter(|app| app.groups.contains_key(&group.id)).count();
        let admin = org.roles.values().any(|role| role.holder == group.id);
        let stats = json!({ "usersCount": group.members.len(), "appsCount": apps, "groupPushMappingsCount": 0, "hasAdminPrivlege": admin });
        json.insert("_embedded".to_owned(), json!({ "stats": stats }));
    }
    json
}

fn rule_json(rule: &Rule) -> Value {
    json!({
        "type": "group_rule", "id": rule.id, "status": "ACTIVE", "name": rule.name, "created": time(rule.created),
        "lastUpdated": time(rule.created),
        "conditions": {
            "people": { "users": { "exclude": rule.excluded }, "groups": { "exclude": [] } },
            "expression": { "value": rule.expression, "type": "urn:okta:expression:1.0" },
        },
        "actions": { "assignUserToGroups": { "groupIds": [rule.group] } },
    })
}

fn app_json(base: &str, app: &App) -> Value {
    json!({
        "id": app.id, "name": app.name, "label": app.label, "status": "ACTIVE", "created": time(app.created),
        "lastUpdated": time(app.created), "signOnMode": app.sign_on_mode, "features": [],
        "visibility": { "autoSubmitToolbar": false, "hide": { "iOS": false, "web": false }, "appLinks": {} },
        "orn": format!("orn:okta:idp:00o1meridian00000000:apps:{}:{}", app.name, app.id),
        "_links": { "users": { "href": format!("{base}/api/v1/apps/{}/users", app.id) } },
    })
}

fn app_user_json(base: &str, app: &App, user: &User, group: Option<&str>, since: i64) -> Value {
    let scope = if group.is_some() { "GROUP" } else { "USER" };
    let mut links = json!({
        "app": { "href": format!("{base}/api/v1/apps/{}", app.id) }, "user": { "href": format!("{base}/api/v1/users/{}", user.id) },
    });
    if let (Some(links), Some(group)) = (links.as_object_mut(), group) {
        links.insert("group".to_owned(), json!({ "href": format!("{base}/api/v1/groups/{group}") }));
    }
    json!({
        "id": user.id, "externalId": user.person_id, "created": time(since), "lastUpdated": time(since), "scope": scope, "status": "ACTIVE",
        "statusChanged": time(since), "syncState": "DISABLED", "credentials": { "userName": user.email }, "profile": {}, "_links": links,
    })
}

impl Tenant {
    /// The management interface below `/api/v1`; none where there is no such call.
    pub(super) fn directory(&self, call: &Call, by: &str, state: &mut State) -> Result<Reply, Reply> {
        let path: Vec<&str> = call.segments();
        match (call.method.as_str(), path.get(2..).unwrap_or_default()) {
            ("GET", ["users"]) => {
                // Whoever has left is listed only where a search or filter asks.
                let asked = format!("{} {}", call.parameter("search").unwrap_or_default(), call.parameter("filter").unwrap_or_default());
                let all_of_them = asked.contains("status pr") || asked.contains("DEPROVISIONED");
                let users: Vec<&User> = state.org.users.values().filter(|user| all_of_them || user.status != "DEPROVISIONED").collect();
                let limit = page::limit(call, 200, 1..=200)?;
                let page = self.cut(call, &users, limit, |user| user_json(&self.base, user))?;
                Ok(self.listed(call, page))
            }
            ("GET", ["users", id]) => Ok(Reply::json(200, user_json(&self.base, find_user(&state.org, id)?))),
            ("GET", ["users", id, "groups"]) => {
                let user = find_user(&state.org, id)?;
                let of = state.org.groups.values().filter(|group| group.members.contains_key(&user.id));
                Ok(Reply::json(200, of.map(|group| group_json(&self.base, &state.org, group, false)).collect()))
            }
            ("GET", ["users", id, "roles"]) => {
                let user = find_user(&state.org, id)?.id.clone();
                Ok(Reply::json(200, state.org.roles_of(&user).into_iter().map(|(role, how)| self.role_json(role, how)).collect()))
            }
            ("DELETE", ["users", id, "roles", assignment]) => {
                let user = find_user(&state.org, id)?.id.clone();
                let role = state.org.roles.get(*assignment).filter(|role| role.holder == user);
                let assignment = role.map(|role| role.id.clone()).ok_or_else(|| Reply::not_found(assignment, "RoleAssignment"))?;
                self.accept(state, by, Change::RoleRemoved { assignment, user })?;
                Ok(Reply::empty(204))
            }
            ("GET", ["groups"]) => {
                let counted = call.parameter("expand").is_some_and(|expand| expand.contains("stats"));
                let groups: Vec<&Group> = state.org.groups.values().collect();
                let limit = page::limit(call, 10_000, 1..=10_000)?;
                let page = self.cut(call, &groups, limit, |group| group_json(&self.base, &state.org, group, counted))?;
                Ok(self.listed(call, page))
            }
            ("GET", ["groups", "rules"]) => {
                let rules: Vec<&Rule> = state.org.rules.values().collect();
                let limit = page::limit(call, 50, 1..=200)?;
                let page = self.cut(call, &rules, limit, |rule| rule_json(rule))?;
                Ok(self.listed(call, page))
            }
            ("GET", ["groups", id]) => Ok(Reply::json(200, group_json(&self.base, &state.org, find_group(&state.org, id)?, false))),
            ("GET", ["groups", id, "users"]) => {
                let org = &state.org;
                let members: Vec<&User> = find_group(org, id)?.members.keys().filter_map(|user| org.users.get(user)).collect();
                let limit = page::limit(call, 1_000, 1..=1_000)?;
                let page = self.cut(call, &members, limit, |user| user_json(&self.base, user))?;
                Ok(self.listed(call, page))
            }
            ("PUT", ["groups", id, "users", user]) => {
                let (group, user) = Self::membership(state, id, user)?;
                if !state.org.groups.get(&group).is_some_and(|group| group.members.contains_key(&user)) {
                    self.accept(state, by, Change::MemberAdded { group, user })?;
                }
                Ok(Reply::empty(204))
            }
            ("DELETE", ["groups", id, "users", user]) => {
                let (group, user) = Self::membership(state, id, user)?;
                if !state.org.groups.get(&group).is_some_and(|group| group.members.contains_key(&user)) {
                    return Err(Reply::not_found(&user, "GroupUser"));
                }
                self.accept(state, by, Change::MemberRemoved { group, user })?;
                Ok(Reply::empty(204))
            }
            ("GET", ["groups", id, "apps"]) => {
                let group = find_group(&state.org, id)?.id.clone();
                let apps: Vec<&App> = state.org.apps.values().filter(|app| app.groups.contains_key(&group)).collect();
                let limit = page::limit(call, 20, 1..=200)?;
                let page = self.cut(call, &apps, limit, |app| app_json(&self.base, app))?;
                Ok(self.listed(call, page))
            }
            ("GET", ["groups", id, "owners"]) => {
                let owners = find_group(&state.org, id)?.owners.clone();
                let name = |id: &String| state.org.users.get(id).map(|user| user.name.clone()).unwrap_or_default();
                let row = |id: &String| json!({ "id": id, "type": "USER", "resolved": true, "originType": "OKTA_DIRECTORY", "displayName": name(id) });
                Ok(Reply::json(200, owners.iter().map(row).collect()))
            }
            ("GET", ["groups", id, "roles"]) => {
                let group = find_group(&state.org, id)?.id.clone();
                let roles = state.org.roles.values().filter(|role| role.holder == group);
                Ok(Reply::json(200, roles.map(|role| self.role_json(role, "GROUP")).collect()))
            }
            ("GET", ["apps"]) => {
                let apps: Vec<&App> = state.org.apps.values().collect();
                let limit = page::limit(call, 200, 1..=200)?;
                let page = self.cut(call, &apps, limit, |app| app_json(&self.base, app))?;
                Ok(self.listed(call, page))
            }
            ("GET", ["apps", id]) => Ok(Reply::json(200, app_json(&self.base, find_app(&state.org, id)?))),
            ("GET", ["apps", id, "users"]) => {
                let app = find_app(&state.org, id)?.clone();
                let users: Vec<Value> = state
                    .org
                    .app_users(&app)
                    .iter()
                    .filter_map(|(user, (group, since))| {
                        Some(app_user_json(&self.base, &app, state.org.users.get(user)?, group.as_deref(), *since))
                    })
                    .collect();
                let limit = page::limit(call, 50, 1..=500)?;
                let page = self.cut(call, &users, limit, Clone::clone)?;
                Ok(self.listed(call, page))
            }
            ("GET", ["apps", id, "users", user]) => {
                let app = find_app(&state.org, id)?;
                let user = find_user(&state.org, user)?;
                let held = state.org.app_users(app).remove(&user.id).ok_or_else(|| Reply::not_found(&user.id, "AppUser"))?;
                Ok(Reply::json(200, app_user_json(&self.base, app, user, held.0.as_deref(), held.1)))
            }
            ("DELETE", ["apps", id, "users", user]) => {
                let (app, user) = (find_app(&state.org, id)?.clone(), find_user(&state.org, user)?.id.clone());
                if !state.org.app_users(&app).contains_key(&user) {
                    return Err(Reply::not_found(&user, "AppUser"));
                }
                // What comes through a group is not ended by this: the group gives it again.
                if app.direct.contains_key(&user) {
                    self.accept(state, by, Change::AppUserRemoved { app: app.id, user })?;
                }
                Ok(Reply::empty(204))
            }
            ("GET", ["apps", id, "groups"]) => {
                let app = find_app(&state.org, id)?;
                let groups: Vec<Value> = app
                    .groups
                    .iter()
                    .enumerate()
                    .map(|(place, (group, since))| json!({ "id": group, "lastUpdated": time(*since), "priority": place, "profile": {} }))
                    .collect();
                let limit = page::limit(call, 20, 20..=200)?;
                let page = self.cut(call, &groups, limit, Clone::clone)?;
                Ok(self.listed(call, page))
            }
            ("GET", ["iam", "assignees", "users"]) => {
                let holders: Vec<Value> = state
                    .org
                    .users
                    .keys()
                    .filter(|user| !state.org.roles_of(user).is_empty())
                    .map(|user| json!({ "id": user, "_links": { "self": { "href": format!("{}/api/v1/users/{user}", self.base) } } }))
                    .collect();
                let limit = page::limit(call, 100, 1..=100)?;
                let page = self.cut(call, &holders, limit, Clone::clone)?;
                let mut links = Map::new();
                let listed = self.listed(call, super::page::Page { rows: Vec::new(), next: page.next });
                let next = listed
                    .headers
                    .iter()
                    .filter_map(|(_, link)| link.strip_suffix(">; rel=\"next\""))
                    .find_map(|link| link.strip_prefix('<'));
                if let Some(next) = next {
                    links.insert("next".to_owned(), json!({ "href": next }));
                }
                Ok(Reply::json(200, json!({ "value": page.rows, "_links": links })))
            }
            _ => Err(Reply::error(405, "E0000022", "The endpoint does not support the provided HTTP method", &[])),
        }
    }

    fn role_json(&self, role: &super::org::RoleAssignment, how: &str) -> Value {
        json!({
            "id": role.id, "label": role.label, "type": role.kind, "status": "ACTIVE", "created": time(role.since),
            "lastUpdated": time(role.since), "assignmentType": how,
            "_links": { "assignee": { "href": format!("{}/api/v1/users/{}", self.base, role.holder) } },
        })
    }

    /// A group whose members may be changed here, and a user.
    fn membership(state: &State, group: &str, user: &str) -> Result<(String, String), Reply> {
        let group = find_group(&state.org, group)?;
        if group.kind != "OKTA_GROUP" {
            return Err(Reply::error(403, "E0000072", "Modifying memberships of this group is not supported", &[]));
        }
        Ok((group.id.clone(), find_user(&state.org, user)?.id.clone()))
    }
}

fn find_user<'a>(org: &'a Org, id: &str) -> Result<&'a User, Reply> {
    org.users.get(id).ok_or_else(|| Reply::not_found(id, "User"))
}

fn find_group<'a>(org: &'a Org, id: &str) -> Result<&'a Group, Reply> {
    org.groups.get(id).ok_or_else(|| Reply::not_found(id, "UserGroup"))
}

fn find_app<'a>(org: &'a Org, id: &str) -> Result<&'a App, Reply> {
    org.apps.get(id).ok_or_else(|| Reply::not_found(id, "AppInstance"))
}
