//! What an Okta org holds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Somebody with an account.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) id: String,
    /// The id in the company's own files.
    pub(super) person_id: String,
    /// ACTIVE, SUSPENDED, DEPROVISIONED and so on.
    pub(super) status: &'static str,
    /// Second since 1970.
    pub(super) created: i64,
    pub(super) last_login: Option<i64>,
    pub(super) profile: Value,
    pub(super) name: String,
    pub(super) email: String,
}

/// Why somebody is in a group.
#[derive(Debug, Clone)]
pub(super) struct Membership {
    /// Second since 1970.
    pub(super) since: i64,
    /// The rule that put them there.
    pub(super) rule: Option<String>,
}

/// A group.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) description: String,
    /// `OKTA_GROUP`, `APP_GROUP` or `BUILT_IN`.
    pub(super) kind: &'static str,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) members: BTreeMap<String, Membership>,
    pub(super) owners: Vec<String>,
}

/// A group rule.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) expression: String,
    pub(super) group: String,
    pub(super) excluded: BTreeSet<String>,
    pub(super) created: i64,
}

/// An application.
#[derive(Debug, Clone)]
pub(super) struct App {
    pub(super) id: String,
    /// The key name, such as `payables`.
    pub(super) name: String,
    pub(super) label: String,
    pub(super) sign_on_mode: &'static str,
    pub(super) created: i64,
    /// Assigned by hand, and since when.
    pub(super) direct: BTreeMap<String, i64>,
    /// Groups that it is assigned to, and since when.
    pub(super) groups: BTreeMap<String, i64>,
}

/// An administrator role that somebody holds, or a group for all of its members.
#[derive(Debug, Clone)]
pub(super) struct RoleAssignment {
    pub(super) id: String,
    /// A user's or a group's id.
    pub(super) holder: String,
    pub(super) kind: String,
    pub(super) label: String,
    pub(super) since: i64,
}

/// An event of the System Log.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// Microsecond since 1970.
    pub(super) at: i64,
    pub(super) uuid: String,
    pub(super) kind: &'static str,
    pub(super) result: &'static str,
    pub(super) actor: String,
    pub(super) targets: Vec<(&'static str, String)>,
    pub(super) detail: Value,
}

/// A campaign of Identity Governance.
#[derive(Debug, Clone)]
pub(super) struct Campaign {
    pub(super) id: String,
    /// The body it was made from.
    pub(super) body: Value,
    pub(super) status: &'static str,
    pub(super) created: i64,
    pub(super) created_by: String,
    pub(super) updated: i64,
    pub(super) reviews: Vec<String>,
}

/// One item of a campaign.
#[derive(Debug, Clone)]
pub(super) struct Review {
    pub(super) id: String,
    pub(super) campaign: String,
    pub(super) resource: String,
    pub(super) principal: String,
    pub(super) reviewer: String,
    pub(super) decision: &'static str,
    pub(super) decided: Option<i64>,
    pub(super) decided_by: Option<String>,
    pub(super) remediation: &'static str,
    pub(super) note: Option<String>,
    pub(super) created: i64,
    pub(super) updated: i64,
    pub(super) reassigned: bool,
}

/// Everything.
#[derive(Debug, Clone, Default)]
pub(super) struct Org {
    pub(super) created: i64,
    pub(super) users: BTreeMap<String, User>,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) rules: BTreeMap<String, Rule>,
    pub(super) apps: BTreeMap<String, App>,
    pub(super) roles: BTreeMap<String, RoleAssignment>,
    /// Oldest first.
    pub(super) log: Vec<Event>,
    pub(super) campaigns: BTreeMap<String, Campaign>,
    pub(super) reviews: BTreeMap<String, Review>,
}

impl Org {
    /// Everybody who has an application, with the group that gives it or none for an assignment by hand, and since when.
    pub(super) fn app_users(&self, app: &App) -> BTreeMap<String, (Option<String>, i64)> {
        let mut users: BTreeMap<String, (Option<String>, i64)> = BTreeMap::new();
        for (group, assigned) in &app.groups {
            for (user, membership) in self.groups.get(group).into_iter().flat_map(|group| &group.members) {
                users.entry(user.clone()).or_insert_with(|| (Some(group.clone()), membership.since.max(*assigned)));
            }
        }
        // An assignment by hand goes before the groups, as Okta shows it.
        for (user, since) in &app.direct {
            users.insert(user.clone(), (None, *since));
        }
        users
    }

    /// The roles that somebody holds, by hand or through a group: the assignment and how it came about.
    pub(super) fn roles_of(&self, user: &str) -> Vec<(&RoleAssignment, &'static str)> {
        self.roles
            .values()
            .filter_map(|role| {
                if role.holder == user {
                    return Some((role, "USER"));
                }
                self.groups.get(&role.holder).is_some_and(|group| group.members.contains_key(user)).then_some((role, "GROUP"))
            })
            .collect()
    }
}

impl Org {
    /// The fewest calls that read everything, list by list, at the largest page that Okta documents or recommends.
    pub(super) fn fewest_calls(&self) -> BTreeMap<&'static str, u64> {
        let pages = |rows: usize, size: usize| u64::try_from(rows.div_ceil(size).max(1)).unwrap_or(u64::MAX);
        let listed: Vec<&Group> = self.groups.values().filter(|group| group.kind != "BUILT_IN" && !group.members.is_empty()).collect();
        let holders = self.users.keys().filter(|user| !self.roles_of(user).is_empty()).count();
        let users = self.users.values().filter(|user| user.status != "DEPROVISIONED").count();
        let gone = self.users.len() - users;
        // Sign-ins that worked, who was put into a group, and what was done by administrators: as the log was filled.
        let events = self.log.iter().filter(|event| event.kind == "group.user_membership.add" || event.result == "SUCCESS");
        BTreeMap::from([
            // One list of everybody; those who left are only in a list that asks for them.
            ("users", pages(users + gone, 200)),
            ("groups", pages(self.groups.len(), 200)),
            ("rules", pages(self.rules.len(), 200)),
            // Owners are told group by group.
            ("owners", self.groups.values().filter(|group| group.kind != "BUILT_IN").fold(0, |sum, _| sum + 1)),
            ("members", listed.iter().map(|group| pages(group.members.len(), 1_000)).sum()),
            ("apps", pages(self.apps.len(), 200)),
            ("app users", self.apps.values().map(|app| pages(self.app_users(app).len(), 500)).sum()),
            ("app groups", self.apps.values().map(|app| pages(app.groups.len(), 200)).sum()),
            ("role holders", pages(holders, 100)),
            ("roles", u64::try_from(holders).unwrap_or(u64::MAX)),
            ("log", pages(events.count(), 1_000)),
        ])
    }
}
