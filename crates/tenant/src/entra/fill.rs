//! Fills a tenant from the invented company: the same people, what they hold, and what the logs saw.
//!
//! An entitlement becomes a directory role where [`ROLES`] says so, a security group where somebody holds it through
//! groups within groups (an application's roles do not reach those), and a role of its application otherwise. The ways
//! in which people hold it become groups: one for each set of people who came by the same way, so that taking somebody
//! out of a group ends what the file source would have ended.

mod audits;
mod reviews;
mod risks;

use std::collections::{BTreeMap, BTreeSet};

use super::directory::{AppAssignment, AppRole, Directory, Group, RoleAssignment, RoleDefinition, ServicePrincipal, SignIn, User};
use super::guid::guid;
use crate::calendar::{DAY, parse_rfc3339, rfc3339};
use crate::company::{Company, Grant, Person, Platform, Role};
use crate::placed::Placed;

/// How long Entra keeps sign-ins with a premium licence, in days
/// ([retention](https://learn.microsoft.com/entra/identity/monitoring-health/reference-reports-data-retention)).
pub(crate) const KEPT_DAYS: i64 = 30;

/// Entitlements that are directory roles, with the built-in role's name and template id.
const ROLES: &[(&str, &str, &str)] = &[
    ("cloud-console.administer", "Cloud Application Administrator", "158c047a-c907-4556-b7ef-446551a6b5f7"),
    ("cloud-console.emergency", "Global Administrator", "62e90394-69f5-4237-9190-012177145e10"),
    ("directory.read", "Directory Readers", "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"),
    ("directory.change", "Groups Administrator", "fdd7a751-b60b-444a-984c-02652fe8fa1c"),
    ("directory.operate", "User Administrator", "fe930be7-5e62-47db-91af-98c3a49a38b1"),
    ("directory.administer", "Privileged Role Administrator", "e8611ab8-c189-46e8-94e1-60213ab1f814"),
    ("directory.keys", "Authentication Administrator", "c4e39bd9-1100-46d3-8c65-fb160da0071f"),
];

/// Roles that let a person read or steer access reviews, held by the demo's administrators.
pub(crate) const GOVERNANCE: (&str, &str) = ("Identity Governance Administrator", "45d8d3c5-c802-45c6-b32a-1d70b5e1e86e");

/// What an entitlement has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Role,
    Group,
    AppRole,
}

/// The tenant of a company, before any change; with one more review that a group answers, where that is asked for.
pub(crate) fn directory(tenant: &str, company: &Company, reviewed_by_group: bool) -> Directory {
    let mut fill = Fill::new(tenant, company);
    fill.people();
    fill.things();
    fill.holdings();
    fill.sign_ins();
    fill.audits();
    fill.risks();
    fill.governance();
    fill.reviews();
    if reviewed_by_group {
        fill.review_by_group();
    }
    fill.directory
}

/// The company in the tenant's ids.
pub(crate) fn place(tenant: &str, company: &Company) -> Placed {
    let mut fill = Fill::new(tenant, company);
    fill.things();
    let mut placed = Placed::new(Platform::Entra);
    for person in company.people() {
        placed.accounts.insert(person.person_id.clone(), fill.principal(&person.person_id));
    }
    for thing in company.entitlements() {
        let ids = BTreeSet::from([fill.held(&thing.entitlement_id)]);
        placed.entitlements.insert(thing.entitlement_id.clone(), ids);
    }
    placed.grants = company.grants().iter().map(|grant| (fill.principal(&grant.person_id), fill.held(&grant.entitlement_id))).collect();
    placed
}

struct Fill<'a> {
    company: &'a Company,
    /// Seconds since 1970.
    now: i64,
    directory: Directory,
    forms: BTreeMap<&'a str, Form>,
    /// Application of each entitlement.
    applications: BTreeMap<&'a str, &'a str>,
}

/// Seconds since 1970 of an RFC 3339 text; none where it is empty.
fn seconds(text: &str) -> Option<i64> {
    parse_rfc3339(text).map(|micros| micros.div_euclid(1_000_000))
}

fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// The directory role that an entitlement has become; empty where it is none.
fn role_of(thing: &str) -> &'static str {
    ROLES.iter().find(|(of, ..)| *of == thing).map(|(.., id)| *id).unwrap_or_default()
}

fn is_machine(person_id: &str) -> bool {
    person_id.starts_with("svc-")
}

impl<'a> Fill<'a> {
    fn new(tenant: &str, company: &'a Company) -> Self {
        Self {
            company,
            now: company.config().now.div_euclid(1_000_000),
            directory: Directory { tenant: tenant.to_owned(), ..Directory::default() },
            forms: BTreeMap::new(),
            applications: BTreeMap::new(),
        }
    }

    /// What an entitlement has become: a group, an application's role, or a directory role.
    fn held(&self, thing: &str) -> String {
        match self.forms.get(thing) {
            Some(Form::Role) => format!("role:{}", role_of(thing)),
            Some(Form::Group) => format!("group:{}", self.id("group", thing)),
            _ => {
                let application = self.applications.get(thing).copied().unwrap_or_default();
                format!("app:{}:{}", self.id("application", application), self.id("app-role", thing))
            }
        }
    }

    fn id(&self, kind: &str, key: &str) -> String {
        guid(&self.directory.tenant, kind, key)
    }

    /// The object id of a person or machine.
    fn principal(&self, person_id: &str) -> String {
        self.id(if is_machine(person_id) { "machine" } else { "user" }, person_id)
    }

    fn people(&mut self) {
        let holders: BTreeSet<&str> = self.company.grants().iter().map(|grant| grant.person_id.as_str()).collect();
        for person in self.company.people() {
            if is_machine(&person.person_id) {
                let id = self.principal(&person.person_id);
                let machine = ServicePrincipal {
                    id: id.clone(),
                    app_id: self.id("app-id", &person.person_id),
                    name: person.name.clone(),
                    description: person.title.clone(),
                    roles: Vec::new(),
                };
                self.directory.applications.insert(id, machine);
            } else {
                let user = self.user(person, holders.contains(person.person_id.as_str()));
                self.directory.users.insert(user.id.clone(), user);
            }
        }
    }

    fn user(&self, person: &Person, holds: bool) -> User {
        let guest = person.status == "guest";
        let upn = match (guest, person.email.is_empty()) {
            (_, true) => format!("{}@meridian.example", person.person_id),
            (true, false) => format!("{}#EXT#@meridian.example", person.email.replace('@', "_")),
            (false, false) => person.email.clone(),
        };
        let employee_type = match person.status.as_str() {
            "shared" => "Shared",
            "service" => "Emergency",
            "guest" => "Guest",
            _ if person.employment_type.is_empty() => "Employee",
            _ => &person.employment_type,
        };
        User {
            id: self.principal(&person.person_id),
            employee_id: person.person_id.clone(),
            upn,
            name: person.name.clone(),
            mail: filled(&person.email),
            // Whoever left in good order was switched off; whoever still holds something was forgotten.
            enabled: person.status != "disabled" && (person.status != "left" || holds),
            guest,
            title: person.title.clone(),
            department: person.department.clone(),
            employee_type: employee_type.to_owned(),
            office: filled(&person.site),
            hired: filled(&person.start),
            leaves: filled(&person.end),
            created: filled(&person.start).unwrap_or_else(|| rfc3339(self.now - 2_000 * DAY)),
            manager: (!person.manager_id.is_empty() && !is_machine(&person.manager_id)).then(|| self.principal(&person.manager_id)),
            last_success: None,
            last_attempt: None,
            last_silent: None,
        }
    }

    /// Applications with their roles, groups that are entitlements, directory roles.
    fn things(&mut self) {
        let nested: BTreeSet<&str> = self
            .company
            .grants()
            .iter()
            .filter(|grant| grant.path.starts_with("nested:"))
            .map(|grant| grant.entitlement_id.as_str())
            .collect();
        for thing in self.company.entitlements() {
            let id = thing.entitlement_id.as_str();
            self.applications.insert(id, &thing.application);
            let form = if let Some((_, name, role)) = ROLES.iter().find(|(of, ..)| *of == id) {
                let made = RoleDefinition { id: (*role).to_owned(), name: (*name).to_owned(), description: thing.description.clone() };
                self.directory.role_definitions.insert(made.id.clone(), made);
                Form::Role
            } else if nested.contains(id) {
                let made = Group {
                    id: self.id("group", id),
                    name: thing.name.clone(),
                    description: thing.description.clone(),
                    created: rfc3339(self.now - 1_500 * DAY),
                    owners: filled(&thing.owner_id).map(|owner| self.principal(&owner)).into_iter().collect(),
                    ..Group::default()
                };
                self.directory.groups.insert(made.id.clone(), made);
                Form::Group
            } else {
                let role = AppRole {
                    id: self.id("app-role", id),
                    value: id.rsplit('.').next().unwrap_or(id).to_owned(),
                    name: thing.name.clone(),
                    description: thing.description.clone(),
                };
                let application = self.application(&thing.application);
                if let Some(found) = self.directory.applications.get_mut(&application) {
                    found.roles.push(role);
                }
                Form::AppRole
            };
            self.forms.insert(id, form);
        }
    }

    /// The service principal of an application, made where it is not there yet.
    fn application(&mut self, name: &str) -> String {
        let id = self.id("application", name);
        let app_id = self.id("app-id", name);
        self.directory.applications.entry(id.clone()).or_insert_with(|| ServicePrincipal {
            id: id.clone(),
            app_id,
            name: name.to_owned(),
            description: String::new(),
            roles: Vec::new(),
        });
        id
    }

    fn holdings(&mut self) {
        // Way of holding -> entitlement -> who came by it.
        let mut ways: BTreeMap<&'a str, BTreeMap<&'a str, BTreeSet<&'a str>>> = BTreeMap::new();
        for grant in self.company.grants() {
            if grant.path == "direct" {
                self.hold_directly(grant);
            } else {
                ways.entry(&grant.path).or_default().entry(&grant.entitlement_id).or_default().insert(&grant.person_id);
            }
        }
        for (way, things) in ways {
            // Entitlements that exactly the same people came by are carried by one group.
            let mut alike: BTreeMap<(BTreeSet<&str>, bool, bool), Vec<&str>> = BTreeMap::new();
            for (thing, people) in things {
                let form = self.forms.get(thing).copied().unwrap_or(Form::AppRole);
                alike.entry((people, form == Form::Role, form == Form::Group)).or_default().push(thing);
            }
            let single = alike.len() == 1;
            for ((people, role_assignable, _), things) in alike {
                self.carry(way, single, &people, role_assignable, &things);
            }
        }
    }

    fn hold_directly(&mut self, grant: &Grant) {
        let principal = self.principal(&grant.person_id);
        match self.forms.get(grant.entitlement_id.as_str()) {
            Some(Form::Role) => self.give_role(principal, &grant.entitlement_id),
            Some(Form::Group) => {
                let group = self.id("group", &grant.entitlement_id);
                if let Some(group) = self.directory.groups.get_mut(&group) {
                    group.members.insert(principal);
                }
            }
            _ => {
                let kind = if is_machine(&grant.person_id) { "ServicePrincipal" } else { "User" };
                self.assign(principal, kind, &grant.entitlement_id, grant.granted_on.clone());
            }
        }
    }

    fn give_role(&mut self, principal: String, thing: &str) {
        let role = role_of(thing).to_owned();
        let id = format!("{}-1", self.id("role-assignment", &format!("{principal} {role}")).replace('-', ""));
        self.directory.role_assignments.insert(id.clone(), RoleAssignment { id, principal, role });
    }

    fn assign(&mut self, principal: String, kind: &'static str, thing: &str, created: String) {
        let application = self.applications.get(thing).copied().unwrap_or_default();
        let id = self.id("app-assignment", &format!("{principal} {thing}")).replace('-', "");
        let assignment = AppAssignment {
            id: id.clone(),
            principal,
            kind,
            resource: self.id("application", application),
            role: self.id("app-role", thing),
            created,
        };
        self.directory.app_assignments.insert(id, assignment);
    }

    /// One way of holding for one set of people: a group, or a group within a group.
    fn carry(&mut self, way: &str, single: bool, people: &BTreeSet<&str>, role_assignable: bool, things: &[&str]) {
        let (sort, names) = way.split_once(':').unwrap_or(("group", way));
        // A group that can carry a directory role takes no groups as members: everybody is in the outermost one.
        let names = if role_assignable { names.rsplit('>').next().unwrap_or(names) } else { names };
        let first = things.first().copied().unwrap_or_default();
        let members: BTreeSet<String> = people.iter().map(|person| self.principal(person)).collect();
        let mut inner: Option<String> = None;
        for (place, name) in names.split('>').enumerate() {
            let id = self.id("group", &format!("{way} {place} {first}"));
            let group = Group {
                id: id.clone(),
                name: if single { name.to_owned() } else { format!("{name} ({first})") },
                description: format!("Made for the {sort} {name}."),
                created: rfc3339(self.now - 1_200 * DAY),
                rule: (sort == "rule" && !role_assignable).then(|| format!("(user.extensionAttribute1 -eq \"{name}\")")),
                role_assignable,
                members: inner.map_or_else(|| members.clone(), |inner| BTreeSet::from([inner])),
                ..Group::default()
            };
            self.directory.groups.insert(id.clone(), group);
            inner = Some(id);
        }
        let Some(outermost) = inner else { return };
        for thing in things {
            match self.forms.get(thing) {
                Some(Form::Role) => self.give_role(outermost.clone(), thing),
                Some(Form::Group) => {
                    let group = self.id("group", thing);
                    if let Some(group) = self.directory.groups.get_mut(&group) {
                        group.members.insert(outermost.clone());
                    }
                }
                _ => self.assign(outermost.clone(), "Group", thing, rfc3339(self.now - 1_200 * DAY)),
            }
        }
    }

    /// What the sign-in log still keeps, and each person's last sign-in, from what the company's own logs saw.
    fn sign_ins(&mut self) {
        // Person and application -> last use and the busiest of its entitlements, as days used and days watched.
        let mut visits: BTreeMap<(&str, &str), (i64, u16, u16)> = BTreeMap::new();
        for usage in self.company.usage() {
            let (Some(last), Some(application)) = (seconds(&usage.last_used), self.applications.get(usage.entitlement_id.as_str())) else {
                continue;
            };
            let user = self.principal(&usage.person_id);
            if let Some(user) = self.directory.users.get_mut(&user) {
                user.last_success = user.last_success.max(Some(last));
                user.last_attempt = user.last_success;
                user.last_silent = user.last_success;
                let own_log = self.forms.get(usage.entitlement_id.as_str()) == Some(&Form::AppRole) && usage.grain != "tenant";
                if own_log {
                    let seen = visits.entry((&usage.person_id, application)).or_insert((last, usage.days_used, usage.window_days));
                    let busier = u32::from(usage.days_used) * u32::from(seen.2) > u32::from(seen.1) * u32::from(usage.window_days);
                    let (days, window) = if busier { (usage.days_used, usage.window_days) } else { (seen.1, seen.2) };
                    *seen = (seen.0.max(last), days, window);
                }
            }
        }
        let mut lines = Vec::new();
        let since = self.now - KEPT_DAYS * DAY;
        for ((person, application), (last, days, window)) in visits {
            // As often as the log saw over its own window, spread evenly over what Entra keeps.
            let times = (i64::from(days) * KEPT_DAYS / i64::from(window.max(1))).clamp(1, KEPT_DAYS);
            let step = KEPT_DAYS * DAY / times;
            let mut at = last;
            while at >= since {
                lines.push(self.line(person, application, at, 0));
                at -= step;
            }
        }
        // Every now and then a wrong password, later than any sign-in: an attempt is no use.
        let regulars: Vec<String> =
            self.directory.users.values().filter(|user| user.last_success.is_some()).map(|user| user.employee_id.clone()).collect();
        let application = self.company.entitlements().first().map(|thing| thing.application.as_str()).unwrap_or_default();
        for (number, person) in regulars.iter().enumerate().filter(|(number, _)| number % 23 == 0) {
            let at = self.now - 3_600 - i64::try_from(number).unwrap_or(0);
            lines.push(self.line(person, application, at, 50_126));
        }
        lines.sort_by(|a, b| (b.at, &b.id).cmp(&(a.at, &a.id)));
        for line in &lines {
            self.directory.note_sign_in(line);
        }
        self.directory.sign_ins = lines;
    }

    fn line(&self, person: &str, application: &str, at: i64, error: i64) -> SignIn {
        SignIn {
            id: self.id("sign-in", &format!("{person} {application} {at} {error}")),
            at,
            user: self.principal(person),
            resource: self.id("application", application),
            error,
        }
    }

    /// The roles that let people steer reviews.
    fn governance(&mut self) {
        let (name, role) = GOVERNANCE;
        let made = RoleDefinition {
            id: role.to_owned(),
            name: name.to_owned(),
            description: "Manages access reviews and entitlement management.".to_owned(),
        };
        self.directory.role_definitions.insert(made.id.clone(), made);
        let holders: Vec<String> =
            self.cast(&[Role::Owner, Role::Administrator]).into_iter().map(|person| self.principal(&person)).collect();
        for principal in holders {
            let id = format!("{}-1", self.id("role-assignment", &format!("{principal} {role}")).replace('-', ""));
            self.directory.role_assignments.insert(id.clone(), RoleAssignment { id, principal, role: role.to_owned() });
        }
    }

    fn cast(&self, roles: &[Role]) -> Vec<String> {
        self.company.cast().members.iter().filter(|member| roles.contains(&member.role)).map(|member| member.person_id.clone()).collect()
    }
}
