//! Calls that read the directory and its logs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Deviation;
use super::directory::{Directory, User, select, without_activity};
use super::guid::is_guid;
use super::odata::{Answer, Paging, Query, page, with_expanded};
use super::routes::Op;
use super::serving::{Call, Caller, State};
use crate::calendar::{parse_rfc3339, rfc3339};

/// Most rows of a page that shows sign-in activity ([list users](https://learn.microsoft.com/graph/api/user-list)).
const MOST_WITH_ACTIVITY: usize = 500;
/// Rows of a page of a log, asked or not.
const LOG_ROWS: usize = 1_000;
/// Most rows of a page of risky users, and what the service itself gives at a time is less.
const RISK_ROWS: usize = 500;

impl State {
    /// Answers a call that changes nothing; none where the call is of another kind.
    pub(super) fn read(&self, call: &Call<'_>) -> Option<Result<Answer, Answer>> {
        let directory = &self.directory;
        let arg = |place: usize| call.args.get(place).copied().unwrap_or_default();
        Some(match call.route.op {
            Op::Users => self.users(call),
            Op::User => self.user(call, arg(0)),
            Op::Manager => manager(directory, call, arg(0)),
            Op::DirectReports => directory.user_by(arg(0)).and_then(|user| {
                let ids: Vec<&String> =
                    directory.users.values().filter(|one| one.manager.as_ref() == Some(&user.id)).map(|one| &one.id).collect();
                objects(directory, call, &ids)
            }),
            Op::MemberOf | Op::TransitiveMemberOf => directory.user_by(arg(0)).and_then(|user| {
                let ids: BTreeSet<String> = if call.route.op == Op::MemberOf {
                    directory.groups_of(&user.id).map(|group| group.id.clone()).collect()
                } else {
                    directory.all_groups_of(&user.id)
                };
                objects(directory, call, &ids.iter().collect::<Vec<_>>())
            }),
            Op::UserAssignments => directory.user_by(arg(0)).and_then(|user| {
                // Also the roles of groups that the user is a direct member of.
                let mut holders: BTreeSet<&str> = directory.groups_of(&user.id).map(|group| group.id.as_str()).collect();
                holders.insert(&user.id);
                assignments(directory, call, |one| holders.contains(one.principal.as_str()))
            }),
            Op::UserAssignment | Op::AssignedToOne => assignment(directory, call, arg(1)),
            Op::Groups => {
                let all: Vec<_> = directory.groups.values().collect();
                listed(call, "groups", &all, |group| {
                    let mut shown = group.json();
                    if call.query.expands("owners").is_some() {
                        // At most twenty come along with an object.
                        let owners: Vec<Value> =
                            group.owners.iter().take(20).map(|id| json!({ "@odata.type": "#microsoft.graph.user", "id": id })).collect();
                        shown["owners"] = json!(owners);
                    }
                    shown
                })
            }
            Op::Group => directory.groups.get(arg(0)).map(|group| one(&group.json(), &call.query)).ok_or_else(|| Answer::not_found(arg(0))),
            Op::Members | Op::UserMembers | Op::TransitiveMembers | Op::TransitiveUserMembers => self.members(call, arg(0)),
            Op::Owners => directory.groups.get(arg(0)).ok_or_else(|| Answer::not_found(arg(0))).and_then(|group| {
                let owners: Vec<&String> = group.owners.iter().collect();
                objects(directory, call, &owners)
            }),
            Op::GroupAssignments => assignments(directory, call, |one| one.principal == arg(0)),
            Op::Applications => {
                let all: Vec<_> = directory.applications.values().collect();
                listed(call, "servicePrincipals", &all, |application| application.json())
            }
            Op::Application => {
                directory.applications.get(arg(0)).map(|found| one(&found.json(), &call.query)).ok_or_else(|| Answer::not_found(arg(0)))
            }
            Op::AssignedTo => {
                if directory.applications.contains_key(arg(0)) {
                    assignments(directory, call, |one| one.resource == arg(0))
                } else {
                    Err(Answer::not_found(arg(0)))
                }
            }
            Op::ApplicationAssignments => assignments(directory, call, |one| one.principal == arg(0)),
            Op::RoleDefinitions => {
                let all: Vec<_> = directory.role_definitions.values().collect();
                listed(call, "roleManagement/directory/roleDefinitions", &all, |role| role.json())
            }
            Op::RoleDefinition => {
                directory.role_definitions.get(arg(0)).map(|role| one(&role.json(), &call.query)).ok_or_else(|| Answer::not_found(arg(0)))
            }
            Op::RoleAssignments => role_assignments(directory, call),
            Op::RoleAssignment => directory
                .role_assignments
                .get(arg(0))
                .map(|found| one(&role_assignment(directory, found, &call.query), &call.query))
                .ok_or_else(|| Answer::not_found(arg(0))),
            // Nobody here is eligible for a role and waits to activate it; what is held is held for good.
            Op::RoleEligibilityInstances => {
                listed::<&User>(call, "roleManagement/directory/roleEligibilityScheduleInstances", &[], |_| Value::Null)
            }
            Op::RoleAssignmentInstances => {
                let all: Vec<_> = directory.role_assignments.values().collect();
                listed(call, "roleManagement/directory/roleAssignmentScheduleInstances", &all, |found| {
                    json!({ "id": found.id, "principalId": found.principal, "roleDefinitionId": found.role, "directoryScopeId": "/",
                        "assignmentType": "Assigned", "memberType": "Direct", "roleAssignmentOriginId": found.id, "startDateTime": null, "endDateTime": null })
                })
            }
            Op::SignIns => sign_ins(directory, call),
            Op::DirectoryAudits => {
                let fields: &[(&str, &[&str])] = &[
                    ("activityDateTime", &["ge", "le", "eq"]),
                    ("loggedByService", &["eq"]),
                    ("category", &["eq"]),
                    ("activityDisplayName", &["eq"]),
                ];
                let conditions = match call.query.conditions(fields) {
                    Ok(conditions) => conditions,
                    Err(refused) => return Some(Err(refused)),
                };
                // The log forgets; what was there when the tenant began stays in memory, unseen.
                let forgotten = rfc3339(call.now.div_euclid(1_000_000) - super::fill::KEPT_DAYS * crate::calendar::DAY);
                let kept = |row: &&Value| row["activityDateTime"].as_str().is_some_and(|at| *at >= *forgotten);
                let passes = |row: &&Value| conditions.iter().all(|one| one.holds(row));
                let all: Vec<&Value> = directory.audits.iter().rev().filter(kept).filter(passes).collect();
                let paging = Paging { usual: LOG_ROWS, most: LOG_ROWS, by_skip: false };
                page(&call.address, "auditLogs/directoryAudits", &call.query, paging, &all, |row| (*row).clone())
            }
            Op::RiskyUsers => {
                if call.query.filter.is_some() {
                    return Some(Err(Answer::error(400, "Request_UnsupportedQuery", "This filter is not supported here.")));
                }
                let paging = Paging { usual: 100, most: RISK_ROWS, by_skip: false };
                page(&call.address, "identityProtection/riskyUsers", &call.query, paging, &directory.risks, Value::clone)
            }
            Op::Skus => Ok(Answer::ok(json!({
                "@odata.context": format!("{}/$metadata#subscribedSkus", call.root),
                "value": [{ "id": "1_2", "skuId": "84a661c4-e949-4bd2-a560-ed7766fcaf2b", "skuPartNumber": "AAD_PREMIUM_P2", "capabilityStatus": "Enabled",
                    "appliesTo": "User", "consumedUnits": directory.users.len(), "servicePlans": [] }],
            }))),
            Op::Organization => Ok(Answer::ok(json!({
                "@odata.context": format!("{}/$metadata#organization", call.root),
                "value": [{ "id": directory.tenant, "displayName": "Meridian", "verifiedDomains": [{ "name": "meridian.example", "isDefault": true, "isInitial": false, "type": "Managed", "capabilities": "Email" }] }],
            }))),
            _ => return None,
        })
    }

    fn users(&self, call: &Call<'_>) -> Result<Answer, Answer> {
        may_select(call)?;
        if call.query.selects("signInActivity") && call.query.top.is_some_and(|top| top > MOST_WITH_ACTIVITY) {
            return Err(Answer::bad("The page size must not be more than 500 where signInActivity is selected."));
        }
        if call.query.filter.is_some() {
            return Err(Answer::error(400, "Request_UnsupportedQuery", "This filter is not supported here."));
        }
        let all: Vec<&User> = self.directory.users.values().collect();
        let usual = Paging { usual: 100, most: 999, by_skip: false };
        page(&call.address, "users", &call.query, usual, &all, |user| self.shown(user, &call.query))
    }

    fn shown(&self, user: &User, query: &Query) -> Value {
        let mut shown = if query.select.is_empty() { without_activity(user.json()) } else { user.json() };
        if let Some(fields) = query.expands("manager") {
            let manager = user.manager.as_ref().and_then(|id| self.directory.users.get(id));
            if let Some(manager) = manager {
                let mut value = without_activity(manager.json());
                if !fields.is_empty() {
                    value = select(&value, &fields);
                }
                value["@odata.type"] = json!("#microsoft.graph.user");
                shown["manager"] = value;
            }
        }
        shown
    }

    fn user(&self, call: &Call<'_>, key: &str) -> Result<Answer, Answer> {
        may_select(call)?;
        if call.query.selects("signInActivity") && !is_guid(key) {
            return Err(Answer::bad("Get By Key only supports UserId and the key has to be a valid Guid"));
        }
        let user = self.directory.user_by(key)?;
        Ok(one(&self.shown(user, &call.query), &call.query))
    }

    fn members(&self, call: &Call<'_>, group: &str) -> Result<Answer, Answer> {
        let directory = &self.directory;
        let found = directory.groups.get(group).ok_or_else(|| Answer::not_found(group))?;
        let transitive = matches!(call.route.op, Op::TransitiveMembers | Op::TransitiveUserMembers);
        let cast = matches!(call.route.op, Op::UserMembers | Op::TransitiveUserMembers);
        if cast && !(call.eventual && call.query.count) {
            return Err(Answer::error(
                400,
                "Request_UnsupportedQuery",
                "A cast needs the header ConsistencyLevel: eventual and $count=true.",
            ));
        }
        let ids: BTreeSet<String> = if transitive { directory.all_members_of(group) } else { found.members.clone() };
        // v1.0 leaves service principals out of members.
        let other = |id: &String| directory.groups.contains_key(id) || directory.devices.contains_key(id);
        let shown: Vec<&String> = ids.iter().filter(|id| directory.users.contains_key(*id) || (!cast && other(id))).collect();
        if self.deviations.contains(&Deviation::EmptyPages) && call.query.token.is_none() {
            // A page may be empty although more come.
            return Ok(Answer::ok(json!({
                "@odata.context": format!("{}/$metadata#directoryObjects", call.root), "value": [], "@odata.nextLink": call.query.restarted(&call.address),
            })));
        }
        objects(directory, call, &shown)
    }
}

impl Directory {
    /// A user by id or by user principal name.
    pub(super) fn user_by(&self, key: &str) -> Result<&User, Answer> {
        let by_name = || self.users.values().find(|user| user.upn.eq_ignore_ascii_case(key));
        self.users.get(key).or_else(by_name).ok_or_else(|| Answer::not_found(key))
    }
}

fn one(value: &Value, query: &Query) -> Answer {
    Answer::ok(if query.select.is_empty() { value.clone() } else { with_expanded(value, query) })
}

fn listed<T>(call: &Call<'_>, context: &str, rows: &[T], show: impl Fn(&T) -> Value) -> Result<Answer, Answer> {
    if call.query.filter.is_some() {
        return Err(Answer::error(400, "Request_UnsupportedQuery", "This filter is not supported here."));
    }
    page(&call.address, context, &call.query, Paging::DIRECTORY, rows, show)
}

fn objects(directory: &Directory, call: &Call<'_>, ids: &[&String]) -> Result<Answer, Answer> {
    listed(call, "directoryObjects", ids, |id| directory.object(id).unwrap_or_default())
}

fn manager(directory: &Directory, call: &Call<'_>, key: &str) -> Result<Answer, Answer> {
    let user = directory.user_by(key)?;
    let missing = || {
        Answer::error(
            404,
            "Request_ResourceNotFound",
            "Resource 'manager' does not exist or one of its queried reference-property objects are not present.",
        )
    };
    let manager = user.manager.as_deref().and_then(|id| directory.object(id)).ok_or_else(missing)?;
    Ok(one(&manager, &call.query))
}

fn assignments(
    directory: &Directory,
    call: &Call<'_>,
    wanted: impl Fn(&super::directory::AppAssignment) -> bool,
) -> Result<Answer, Answer> {
    let conditions = call.query.conditions(&[("resourceId", &["eq"]), ("principalId", &["eq"])])?;
    let rows: Vec<Value> = directory
        .app_assignments
        .values()
        .filter(|one| wanted(one))
        .map(|one| directory.assignment_json(one))
        .filter(|row| conditions.iter().all(|condition| condition.holds(row)))
        .collect();
    page(&call.address, "appRoleAssignments", &call.query, Paging::DIRECTORY, &rows, Value::clone)
}

fn assignment(directory: &Directory, call: &Call<'_>, id: &str) -> Result<Answer, Answer> {
    let found = directory.app_assignments.get(id).ok_or_else(|| Answer::not_found(id))?;
    Ok(one(&directory.assignment_json(found), &call.query))
}

fn role_assignment(directory: &Directory, found: &super::directory::RoleAssignment, query: &Query) -> Value {
    let mut row = json!({ "id": found.id, "principalId": found.principal, "roleDefinitionId": found.role, "directoryScopeId": "/" });
    if let Some(fields) = query.expands("principal") {
        let principal = directory.object(&found.principal).unwrap_or_default();
        row["principal"] = if fields.is_empty() { principal } else { select(&principal, &fields) };
    }
    row
}

fn role_assignments(directory: &Directory, call: &Call<'_>) -> Result<Answer, Answer> {
    let conditions = call.query.conditions(&[("principalId", &["eq"]), ("roleDefinitionId", &["eq"])])?;
    let rows: Vec<Value> = directory
        .role_assignments
        .values()
        .map(|one| role_assignment(directory, one, &call.query))
        .filter(|row| conditions.iter().all(|condition| condition.holds(row)))
        .collect();
    page(&call.address, "roleManagement/directory/roleAssignments", &call.query, Paging::DIRECTORY, &rows, Value::clone)
}

fn sign_ins(directory: &Directory, call: &Call<'_>) -> Result<Answer, Answer> {
    let fields: &[(&str, &[&str])] = &[("createdDateTime", &["ge", "le", "eq"]), ("appId", &["eq"]), ("userId", &["eq"])];
    let conditions = call.query.conditions(fields)?;
    let mut since = i64::MIN;
    let mut until = i64::MAX;
    let (mut user, mut app) = (None, None);
    for condition in &conditions {
        let time = || {
            let moment = parse_rfc3339(&condition.value).map(|micros| micros.div_euclid(1_000_000));
            moment.ok_or_else(|| Answer::bad(&format!("Invalid date time in the filter: {}", condition.value)))
        };
        match (condition.field.as_str(), condition.operator.as_str()) {
            ("createdDateTime", "ge") => since = since.max(time()?),
            ("createdDateTime", "le") => until = until.min(time()?),
            ("createdDateTime", _) => (since, until) = (time()?, time()?),
            ("userId", _) => user = Some(condition.value.clone()),
            _ => app = Some(condition.value.clone()),
        }
    }
    // The log forgets; what was there when the tenant began stays in memory, unseen.
    let forgotten = call.now.div_euclid(1_000_000) - super::fill::KEPT_DAYS * crate::calendar::DAY;
    let since = since.max(forgotten);
    let wanted = |line: &super::directory::SignIn| {
        line.at >= since
            && line.at <= until
            && user.as_ref().is_none_or(|user| line.user == *user)
            && app.as_ref().is_none_or(|app| directory.applications.get(&line.resource).is_some_and(|one| one.app_id == *app))
    };
    let rows: Vec<_> = directory.sign_ins.iter().filter(|line| wanted(line)).collect();
    let paging = Paging { usual: LOG_ROWS, most: LOG_ROWS, by_skip: false };
    page(&call.address, "auditLogs/signIns", &call.query, paging, &rows, |line| directory.sign_in_json(line))
}

/// Whether somebody may call something by a role of the directory, where a person's client asks.
pub(super) fn governs(directory: &Directory, caller: &Caller) -> bool {
    match caller {
        Caller::Application { .. } => true,
        Caller::Person { user, .. } => {
            let (_, governance) = super::fill::GOVERNANCE;
            directory.roles_of(user).into_iter().any(|role| role == governance || role == "62e90394-69f5-4237-9190-012177145e10")
        }
    }
}

/// What is shown only to who may see it.
fn may_select(call: &Call<'_>) -> Result<(), Answer> {
    for (field, permission) in [("signInActivity", "AuditLog.Read.All"), ("employeeLeaveDateTime", "User-LifeCycleInfo.Read.All")] {
        if call.query.selects(field) && !call.caller.may(permission) {
            return Err(Answer::denied("Insufficient privileges to complete the operation."));
        }
    }
    Ok(())
}
