//! An org filled with the invented company's people and what they hold.
//!
//! - Each application is an Okta application. Whoever may merely use or read it is assigned by hand or through its group of
//!   users; every other entitlement is a group that is assigned to its application.
//! - What a rule grants in the company is made by a group rule here: the people's own system writes codes into the profile
//!   (`birthright`), and a rule per code puts them into the group. So a rule's expression fits exactly its members.
//! - A few administrators' entitlements are Okta's administrator roles.
//! - Use becomes sign-ins in the System Log, as far back as Okta keeps them. Applications whose use nobody sees are
//!   bookmarks: Okta knows of no sign-in to them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::administration;
use super::ids::id;
use super::org::{App, Event, Group, Membership, Org, RoleAssignment, Rule, User};
use crate::calendar::{DAY, parse_rfc3339};
use crate::company::{Company, Grant, Person, Platform};
use crate::placed::Placed;

/// How many days back Okta's log goes.
pub(super) const LOG_DAYS: i64 = 90;

/// Entitlements that are administrator roles of the org: the entitlement, Okta's type, Okta's label.
pub(super) const ROLES: [(&str, &str, &str); 5] = [
    ("cloud-console.administer", "SUPER_ADMIN", "Super Organization Administrator"),
    ("source-code.administer", "APP_ADMIN", "Application Administrator"),
    ("service-desk.administer", "HELP_DESK_ADMIN", "Help Desk Administrator"),
    ("people-hub.administer", "USER_ADMIN", "Group Administrator"),
    ("audit-room.administer", "REPORT_ADMIN", "Report Administrator"),
];

fn second(text: &str) -> Option<i64> {
    parse_rfc3339(text).map(|micros| micros.div_euclid(1_000_000))
}

/// First and last name; everything but the first word is the last name.
fn names(name: &str) -> (String, String) {
    let clip = |text: &str| text.chars().take(50).collect::<String>();
    match name.split_once(' ') {
        Some((first, last)) => (clip(first), clip(last)),
        None => (clip(name), "-".to_owned()),
    }
}

/// What to do with an entitlement in Okta's terms.
enum As {
    /// Assignment of the application.
    App,
    /// Membership of a group that gives the application.
    Group,
    /// An administrator role: type and label.
    Role(&'static str, &'static str),
}

fn shape(entitlement_id: &str) -> As {
    if let Some((_, kind, label)) = ROLES.iter().find(|(known, _, _)| *known == entitlement_id) {
        return As::Role(kind, label);
    }
    // The least that can be held in an application is the application itself.
    let least = entitlement_id.rsplit_once('.').is_some_and(|(_, duty)| ["use", "view", "read", "work"].contains(&duty));
    if least { As::App } else { As::Group }
}

/// What a grant is in the org: the application, a group, or an administrator role as `role:TYPE`.
fn held(grant: &Grant, application: &str) -> String {
    match (shape(&grant.entitlement_id), grant.path.as_str()) {
        (As::App, "direct") => id("0oa", application),
        (As::Role(kind, _), "direct") => format!("role:{kind}"),
        _ => id("00g", &grant.entitlement_id),
    }
}

/// The company in the org's ids.
pub(super) fn place(company: &Company) -> Placed {
    let mut placed = Placed::new(Platform::Okta);
    for person in company.people() {
        placed.accounts.insert(person.person_id.clone(), id("00u", &person.person_id));
    }
    let mut applications: BTreeMap<&str, &str> = BTreeMap::new();
    for entitlement in company.entitlements() {
        applications.insert(&entitlement.entitlement_id, &entitlement.application);
        let mut ids = BTreeSet::from([id("00g", &entitlement.entitlement_id)]);
        match shape(&entitlement.entitlement_id) {
            As::App => ids.extend([id("0oa", &entitlement.application)]),
            As::Role(kind, _) => ids.extend([format!("role:{kind}")]),
            As::Group => {}
        }
        placed.entitlements.insert(entitlement.entitlement_id.clone(), ids);
    }
    for grant in company.grants() {
        let application = applications.get(grant.entitlement_id.as_str()).copied().unwrap_or_default();
        placed.grants.push((id("00u", &grant.person_id), held(grant, application)));
    }
    placed
}

/// The org of a company. `events_per_app` bounds the sign-ins kept per person and application.
pub(super) fn fill(company: &Company, events_per_app: usize) -> Org {
    let now = company.config().now.div_euclid(1_000_000);
    let beginning = now - 6 * 365 * DAY;
    let mut org = Org { created: beginning, ..Org::default() };
    let user_ids: BTreeMap<&str, String> =
        company.people().iter().map(|person| (person.person_id.as_str(), id("00u", &person.person_id))).collect();
    let mut birthright: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();

    for entitlement in company.entitlements() {
        let app_id = id("0oa", &entitlement.application);
        org.apps.entry(app_id.clone()).or_insert_with(|| App {
            id: app_id.clone(),
            name: entitlement.application.to_lowercase().replace(' ', "_"),
            label: entitlement.application.clone(),
            sign_on_mode: "SAML_2_0",
            created: beginning,
            direct: BTreeMap::new(),
            groups: BTreeMap::new(),
        });
        let name = match shape(&entitlement.entitlement_id) {
            As::App => format!("{}: users", entitlement.application),
            As::Group => entitlement.name.clone(),
            As::Role(_, label) => format!("{label}s"),
        };
        let group_id = id("00g", &entitlement.entitlement_id);
        let owners = user_ids.get(entitlement.owner_id.as_str()).cloned().into_iter().collect();
        let group = Group {
            id: group_id.clone(),
            name,
            description: entitlement.description.chars().take(1_000).collect(),
            kind: "OKTA_GROUP",
            created: beginning,
            updated: beginning,
            members: BTreeMap::new(),
            owners,
        };
        if let As::Role(kind, label) = shape(&entitlement.entitlement_id) {
            let role = RoleAssignment {
                id: id("gra", &entitlement.entitlement_id),
                holder: group_id.clone(),
                kind: kind.to_owned(),
                label: label.to_owned(),
                since: beginning,
            };
            org.roles.insert(role.id.clone(), role);
        } else if let Some(app) = org.apps.get_mut(&app_id) {
            app.groups.insert(group_id.clone(), beginning);
        }
        org.groups.insert(group_id, group);
    }
    unseen_apps(company, &mut org);
    hand_out(company, &user_ids, &mut org, &mut birthright);

    for person in company.people() {
        let Some(user_id) = user_ids.get(person.person_id.as_str()) else { continue };
        let codes = birthright.remove(person.person_id.as_str()).unwrap_or_default();
        org.users.insert(user_id.clone(), user(person, user_id, &user_ids, codes, now));
    }
    everyone(&mut org, beginning);
    write_log(company, &user_ids, &mut org, now, events_per_app);
    org
}

/// Applications of which nobody sees the use are bookmarks.
fn unseen_apps(company: &Company, org: &mut Org) {
    let seen: BTreeSet<&str> =
        company.usage().iter().filter(|usage| usage.grain != "tenant").map(|usage| usage.entitlement_id.as_str()).collect();
    let mut watched: BTreeSet<String> = BTreeSet::new();
    for entitlement in company.entitlements() {
        if seen.contains(entitlement.entitlement_id.as_str()) {
            watched.insert(id("0oa", &entitlement.application));
        }
    }
    for app in org.apps.values_mut().filter(|app| !watched.contains(&app.id)) {
        app.sign_on_mode = "BOOKMARK";
    }
}

fn hand_out(company: &Company, user_ids: &BTreeMap<&str, String>, org: &mut Org, birthright: &mut BTreeMap<String, BTreeSet<String>>) {
    let applications: BTreeMap<&str, &str> =
        company.entitlements().iter().map(|entitlement| (entitlement.entitlement_id.as_str(), entitlement.application.as_str())).collect();
    for grant in company.grants() {
        let Some(user_id) = user_ids.get(grant.person_id.as_str()) else { continue };
        let since = second(&grant.granted_on).unwrap_or(org.created);
        let group_id = id("00g", &grant.entitlement_id);
        match (shape(&grant.entitlement_id), grant.path.as_str()) {
            (As::App, "direct") => {
                let app = applications.get(grant.entitlement_id.as_str()).map(|application| id("0oa", application));
                if let Some(app) = app.and_then(|app| org.apps.get_mut(&app)) {
                    app.direct.insert(user_id.clone(), since);
                }
                continue;
            }
            (As::Role(kind, label), "direct") => {
                let role_id = id("ra1", &format!("{} {}", grant.person_id, grant.entitlement_id));
                let (kind, label) = (kind.to_owned(), label.to_owned());
                org.roles.insert(role_id.clone(), RoleAssignment { id: role_id, holder: user_id.clone(), kind, label, since });
                continue;
            }
            _ => {}
        }
        let rule = grant.path.strip_prefix("rule:").map(|name| {
            let code = format!("{name}/{}", grant.entitlement_id);
            birthright.entry(grant.person_id.clone()).or_default().insert(code.clone());
            let rule_id = id("0pr", &code);
            org.rules.entry(rule_id.clone()).or_insert_with(|| Rule {
                id: rule_id.clone(),
                // Okta allows 50 characters.
                name: code.chars().take(50).collect(),
                expression: format!("Arrays.contains(user.birthright, \"{code}\")"),
                group: group_id.clone(),
                excluded: BTreeSet::new(),
                created: org.created,
            });
            rule_id
        });
        if let Some(group) = org.groups.get_mut(&group_id) {
            let membership = group.members.entry(user_id.clone()).or_insert_with(|| Membership { since, rule: rule.clone() });
            membership.since = membership.since.min(since);
            if rule.is_some() {
                membership.rule = rule;
            }
            group.updated = group.updated.max(since);
        }
    }
}

fn user(person: &Person, user_id: &str, user_ids: &BTreeMap<&str, String>, codes: BTreeSet<String>, now: i64) -> User {
    let (first, last) = names(&person.name);
    let login = if person.email.is_empty() { format!("{}@machines.example", person.person_id) } else { person.email.clone() };
    let status = match person.status.as_str() {
        "disabled" => "SUSPENDED",
        "left" => "DEPROVISIONED",
        _ => "ACTIVE",
    };
    let user_type = match person.status.as_str() {
        "service" => "Service",
        "shared" => "Shared",
        "guest" => "Guest",
        _ if person.person_id.starts_with("emergency") => "Service",
        _ if person.employment_type.is_empty() => "Employee",
        _ => &person.employment_type,
    };
    let mut profile = json!({
        "login": login, "email": login, "firstName": first, "lastName": last, "displayName": person.name,
        "userType": user_type, "employeeNumber": person.person_id, "secondEmail": null, "mobilePhone": null,
    });
    if let Some(profile) = profile.as_object_mut() {
        let manager = user_ids.get(person.manager_id.as_str());
        for (key, value) in [("title", &person.title), ("department", &person.department)] {
            if !value.is_empty() {
                profile.insert(key.to_owned(), json!(value));
            }
        }
        for (key, value) in [("hireDate", &person.start), ("terminationDate", &person.end), ("jobChangeDate", &person.changed_job_on)] {
            if !value.is_empty() {
                profile.insert(key.to_owned(), json!(value));
            }
        }
        if let Some(manager) = manager {
            profile.insert("managerId".to_owned(), json!(manager));
        }
        if !person.site.is_empty() {
            profile.insert("city".to_owned(), json!(person.site));
        }
        if !person.working_time.is_empty() {
            profile.insert("partTime".to_owned(), json!(person.working_time == "part_time"));
        }
        if person.status == "leave" {
            profile.insert("onLeave".to_owned(), json!(true));
        }
        if !codes.is_empty() {
            profile.insert("birthright".to_owned(), json!(codes));
        }
    }
    User {
        id: user_id.to_owned(),
        person_id: person.person_id.clone(),
        status,
        created: second(&person.start).unwrap_or(now - 2 * 365 * DAY).min(now - 60),
        last_login: None,
        profile,
        name: person.name.clone(),
        email: login,
    }
}

/// Okta's own group of everybody.
fn everyone(org: &mut Org, created: i64) {
    let group_id = id("00g", "Everyone");
    let members = org.users.values().map(|user| (user.id.clone(), Membership { since: user.created, rule: None })).collect();
    let group = Group {
        id: group_id.clone(),
        name: "Everyone".to_owned(),
        description: "All users in your organization".to_owned(),
        kind: "BUILT_IN",
        created,
        updated: created,
        members,
        owners: Vec::new(),
    };
    org.groups.insert(group_id, group);
}

/// The last sign-ins of each person to each application, the newest where the company's logs have it, the others spread
/// over the days that these logs count.
fn write_log(company: &Company, user_ids: &BTreeMap<&str, String>, org: &mut Org, now: i64, events_per_app: usize) {
    let applications: BTreeMap<&str, &str> =
        company.entitlements().iter().map(|entitlement| (entitlement.entitlement_id.as_str(), entitlement.application.as_str())).collect();
    let mut seen: BTreeMap<(String, String), (i64, u64)> = BTreeMap::new();
    for usage in company.usage() {
        let Some(last) = second(&usage.last_used) else { continue };
        let Some(user) = user_ids.get(usage.person_id.as_str()) else { continue };
        if usage.grain == "tenant" {
            if let Some(user) = org.users.get_mut(user) {
                user.last_login = user.last_login.max(Some(last));
            }
            continue;
        }
        let Some(application) = applications.get(usage.entitlement_id.as_str()) else { continue };
        let days = u64::from(usage.days_used) * LOG_DAYS.unsigned_abs() / u64::from(usage.window_days.max(1));
        let entry = seen.entry((user.clone(), id("0oa", application))).or_insert((last, days));
        *entry = (entry.0.max(last), entry.1.max(days));
    }
    for ((user, app), (last, days)) in seen {
        let count = usize::try_from(days.max(1)).unwrap_or(1).min(events_per_app.max(1));
        let room = (last - (now - LOG_DAYS * DAY) - DAY).max(0);
        for number in 0..count {
            let step = i64::try_from(number).unwrap_or(0) * room / i64::try_from(count).unwrap_or(1);
            // Whole days apart, at the same time of day.
            let at = last - step.div_euclid(DAY) * DAY;
            if at <= now - LOG_DAYS * DAY {
                continue;
            }
            if let Some(user) = org.users.get_mut(&user) {
                user.last_login = user.last_login.max(Some(at));
            }
            let uuid = id("evt", &format!("{user} {app} {number}"));
            org.log.push(Event {
                at: at * 1_000_000,
                uuid,
                kind: "user.authentication.sso",
                result: "SUCCESS",
                actor: user.clone(),
                targets: vec![("AppInstance", app.clone())],
                detail: Value::Object(Map::new()),
            });
        }
    }
    joined(org, now);
    administration::write(company, user_ids, org, now, events_per_app);
    org.log.sort_by(|a, b| (a.at, &a.uuid).cmp(&(b.at, &b.uuid)));
    org.log.dedup_by(|a, b| a.uuid == b.uuid);
}

/// Who was put into a group lately; and sign-ins that failed, which are no use.
fn joined(org: &mut Org, now: i64) {
    let oldest = now - LOG_DAYS * DAY;
    let mut events = Vec::new();
    for group in org.groups.values().filter(|group| group.kind == "OKTA_GROUP") {
        for (user, membership) in group.members.iter().filter(|(_, membership)| membership.since > oldest) {
            events.push(Event {
                at: membership.since * 1_000_000,
                uuid: id("evt", &format!("joined {user} {}", group.id)),
                kind: "group.user_membership.add",
                result: "SUCCESS",
                actor: "system".to_owned(),
                targets: vec![("User", user.clone()), ("UserGroup", group.id.clone())],
                detail: Value::Object(Map::new()),
            });
        }
    }
    let failed: Vec<Event> = org
        .log
        .iter()
        .step_by(50)
        .map(|event| Event {
            at: event.at - 30_000_000,
            uuid: id("evt", &format!("failed {}", event.uuid)),
            result: "FAILURE",
            ..event.clone()
        })
        .collect();
    org.log.extend(events);
    org.log.extend(failed.into_iter().filter(|event| event.at > oldest * 1_000_000));
}
