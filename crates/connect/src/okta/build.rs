//! Puts the pieces of one reading together: who holds what by which path, and what was seen of its use.

use super::{
    Attributes, administration,
    rules::{self, Subject},
    whole::{Spot, Whole},
};
use crate::{
    error::Error,
    facts::Covers,
    reading::{Reading, RuleRead},
    records::{EntitlementRecord, GrantRecord, PersonRecord, UsageRecord},
    source::PageRead,
    warning::{Warning, WarningKind, Warnings},
};
use domain::{AccountStatus, Employment, Grain, GrantPath, Sensitivity, Timestamp, Usage, WorkingTime};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Records that are being put onto their pages.
struct Builder<'a> {
    whole: &'a Whole,
    pages: Vec<PageRead>,
    /// How memberships come about: group, person, and the rule that makes it.
    made_by: BTreeMap<(String, String), String>,
    /// People and the applications that they were given otherwise than through a group that was read.
    apart: BTreeSet<(&'a str, &'a str)>,
    /// Everything that says who gets into which application was read.
    all_read: bool,
    window_days: Option<u32>,
}

pub(super) fn assemble(attributes: &Attributes, taken_at: Timestamp, pages: Vec<PageRead>, limit: usize) -> Result<Reading, Error> {
    let whole = Whole::gather(&pages)?;
    let usage_unread = pages.iter().any(|page| page.records.facts.unread.iter().any(|unread| unread.covers == Covers::Usage));
    let window_days = whole.observed.filter(|_| !usage_unread).map(|(from, until)| {
        // The org's oldest account is as old as the org: before that, nothing was observed.
        let born = whole.people.values().filter_map(|person| person.created).min().unwrap_or(from);
        u32::try_from(until.days_since(from.max(born)).max(1)).unwrap_or(1)
    });
    let opens = |covers: &Covers| match covers {
        Covers::GrantsOf { .. } | Covers::Groups { .. } | Covers::Paths => true,
        Covers::GrantsLike { prefix } => !prefix.starts_with("role:"),
        Covers::Usage | Covers::UsageOf { .. } | Covers::Machines | Covers::Owners | Covers::Risk => false,
    };
    let all_read = !pages.iter().any(|page| page.records.facts.unread.iter().any(|unread| opens(&unread.covers)));
    let mut builder = Builder { whole: &whole, pages, made_by: BTreeMap::new(), apart: given_apart(&whole), all_read, window_days };
    builder.people(attributes, taken_at);
    builder.entitlements();
    builder.rules();
    builder.memberships();
    builder.assignments();
    builder.roles();
    for page in &mut builder.pages {
        page.records.pieces.clear();
    }
    let rules = whole.rules.iter().map(|rule| RuleRead { name: rule.name.clone(), exceptions: rule.excluded.len() as u64 }).collect();
    Ok(Reading { rules, ..Reading::assemble(taken_at, builder.pages, limit)? })
}

/// People and applications that they were given by hand, or through a group that was not read.
fn given_apart(whole: &Whole) -> BTreeSet<(&str, &str)> {
    let mut apart = BTreeSet::new();
    for (id, app) in &whole.apps {
        let unread = |group: &String| whole.groups.get(group).is_none_or(|group| !group.apps.contains(id));
        let given = app.users.iter().filter(|given| given.by_hand || given.group.as_ref().is_some_and(unread));
        apart.extend(given.map(|given| (given.user.as_str(), id.as_str())));
    }
    apart
}

fn attribute<'a>(profile: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    profile.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// A day or a moment of a profile.
fn day(profile: &Map<String, Value>, name: &str) -> Option<Timestamp> {
    let text = attribute(profile, name)?;
    Timestamp::parse_rfc3339(text).or_else(|_| Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z"))).ok()
}

impl Builder<'_> {
    fn page(&mut self, spot: Spot) -> Option<&mut PageRead> {
        self.pages.get_mut(spot.0)
    }

    fn warn(&mut self, kind: WarningKind, spot: Spot, column: &str, found: String) {
        if let Some(page) = self.page(spot) {
            let file = page.page.request.clone();
            let mut warnings = Warnings::default();
            warnings.push(Warning { kind, file, line: Some(spot.1), column: Some(column.to_owned()), found });
            page.warnings.append(warnings);
        }
    }

    fn people(&mut self, attributes: &Attributes, taken_at: Timestamp) {
        // Managers are named by id, login, address or employee number, as each org chose.
        let mut known: BTreeMap<String, Option<&str>> = BTreeMap::new();
        for (id, person) in &self.whole.people {
            for name in ["login", "email", "employeeNumber"] {
                if let Some(text) = attribute(&person.profile, name) {
                    // Two people of one name: it names nobody.
                    known.entry(text.to_lowercase()).and_modify(|other| *other = other.filter(|other| other == id)).or_insert(Some(id));
                }
            }
        }
        for (id, person) in &self.whole.people {
            let profile = &person.profile;
            let text = |name: &str| attribute(profile, name).map(str::to_owned);
            let full = match (attribute(profile, "firstName"), attribute(profile, "lastName")) {
                (Some(first), Some(last)) => Some(format!("{first} {last}")),
                (one, other) => one.or(other).map(str::to_owned),
            };
            let manager = attribute(profile, &attributes.manager).map(|manager| {
                let by_name = known.get(&manager.to_lowercase()).copied().flatten();
                if self.whole.people.contains_key(manager) { manager.to_owned() } else { by_name.unwrap_or(manager).to_owned() }
            });
            let end = day(profile, &attributes.end);
            let sort = attribute(profile, &attributes.sort).and_then(|sort| attributes.sorts.get(sort)).copied();
            let disabled = matches!(attribute(profile, "$status"), Some("SUSPENDED" | "DEPROVISIONED"));
            let status = match (sort, end) {
                // Only HR's end date says that somebody left.
                (None, Some(end)) if end < taken_at && disabled => AccountStatus::Left,
                _ if disabled => AccountStatus::Disabled,
                (Some(sort), _) => sort,
                _ if profile.get(&attributes.on_leave) == Some(&Value::Bool(true)) => AccountStatus::Leave,
                _ => AccountStatus::Active,
            };
            let record = PersonRecord {
                external_id: id.clone(),
                employee_id: text("employeeNumber"),
                name: text("displayName").or(full),
                email: text("email"),
                title: text("title"),
                department: text("department"),
                manager_id: manager,
                status: Some(status),
                start: day(profile, &attributes.start),
                end,
                changed_job_on: day(profile, &attributes.changed_job),
                // The System Log tells of risk, and no list that is read does.
                risk: None,
                employment: Employment {
                    kind: text(&attributes.employment),
                    site: text(&attributes.site),
                    working_time: match profile.get(&attributes.part_time) {
                        Some(Value::Bool(true)) => Some(WorkingTime::PartTime),
                        Some(Value::Bool(false)) => Some(WorkingTime::FullTime),
                        _ => None,
                    },
                },
            };
            let spot = person.spot;
            if let Some(page) = self.pages.get_mut(spot.0) {
                page.records.people.push((spot.1, record));
            }
        }
    }

    fn entitlements(&mut self) {
        let whole = self.whole;
        for (id, group) in &whole.groups {
            let mut apps = group.apps.iter().filter_map(|app| whole.apps.get(app));
            let application = match (apps.next(), apps.next()) {
                (Some(app), None) => app.label.clone(),
                _ => "Okta groups".to_owned(),
            };
            let record = EntitlementRecord {
                external_id: id.clone(),
                name: Some(group.name.clone()),
                application: Some(application),
                description: group.description.clone(),
                sensitivity: group.admin.then_some(Sensitivity::Privileged),
                owner_id: group.owner.clone(),
            };
            self.entitlement(group.spot, record);
            let listed = u64::try_from(group.members.len()).unwrap_or(u64::MAX);
            if let Some(counted) = group.counted.filter(|counted| *counted != listed) {
                let read = !self.pages.iter().any(|page| {
                    page.records.facts.unread.iter().any(|unread| unread.covers == Covers::GrantsOf { entitlement_id: id.clone() })
                });
                if read {
                    self.warn(WarningKind::CountDiffers, group.spot, "usersCount", format!("{counted}, {listed} listed"));
                }
            }
        }
        for (id, app) in &whole.apps {
            let record = EntitlementRecord {
                external_id: id.clone(),
                name: Some(app.label.clone()),
                application: Some(app.label.clone()),
                description: None,
                sensitivity: None,
                owner_id: None,
            };
            self.entitlement(app.spot, record);
        }
        let mut roles: BTreeSet<&str> = BTreeSet::new();
        for role in &whole.roles {
            if roles.insert(&role.what) {
                let record = EntitlementRecord {
                    external_id: role.what.clone(),
                    name: Some(role.label.clone()),
                    application: Some("Okta administration".to_owned()),
                    description: None,
                    sensitivity: Some(Sensitivity::Privileged),
                    owner_id: None,
                };
                self.entitlement(role.spot, record);
            }
        }
    }

    fn entitlement(&mut self, spot: Spot, record: EntitlementRecord) {
        if let Some(page) = self.page(spot) {
            page.records.entitlements.push((spot.1, record));
        }
    }

    /// Which memberships a rule makes.
    fn rules(&mut self) {
        let whole = self.whole;
        let mut ids: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (id, group) in &whole.groups {
            for user in group.members.keys() {
                ids.entry(user).or_default().insert(id);
            }
        }
        for rule in &whole.rules {
            let mut unclear = 0_u64;
            for group_id in &rule.groups {
                let Some(group) = whole.groups.get(group_id) else { continue };
                for user in group.members.keys().filter(|user| !rule.excluded.contains(*user)) {
                    let Some(person) = whole.people.get(user) else { continue };
                    let groups = ids.get(user.as_str()).cloned().unwrap_or_default();
                    // Names are needed by few rules.
                    let group_names = if rule.expression.contains("GroupName") {
                        groups.iter().filter_map(|id| whole.groups.get(*id)).map(|group| group.name.as_str()).collect()
                    } else {
                        BTreeSet::new()
                    };
                    let profile = Value::Object(person.profile.clone());
                    let subject = Subject { profile: &profile, groups: &groups, group_names: &group_names };
                    let fits = rules::fits(&rule.expression, &subject);
                    unclear += u64::from(fits.is_none());
                    if fits != Some(false) {
                        self.made_by.entry((group_id.clone(), user.clone())).or_insert_with(|| rule.name.clone());
                    }
                }
            }
            if unclear > 0 {
                self.warn(WarningKind::RuleUnclear, rule.spot, "expression", format!("{} ({unclear} members)", rule.name));
            }
        }
    }

    /// The path of what a membership gives: the membership's own where it is asked for itself.
    fn through(&self, group: &str, user: &str, itself: bool) -> GrantPath {
        match self.made_by.get(&(group.to_owned(), user.to_owned())) {
            Some(rule) => GrantPath::Rule(rule.clone()),
            None if itself => GrantPath::Direct,
            None => GrantPath::Group(group.to_owned()),
        }
    }

    fn grant(&mut self, spot: Spot, record: GrantRecord) {
        let known = self.whole.people.contains_key(&record.person_id);
        let Some(page) = self.page(spot) else { return };
        if known {
            page.records.grants.push((spot.1, record));
        } else {
            *page.page.dropped.entry("person not in this reading".to_owned()).or_default() += 1;
            page.page.kept = page.page.kept.saturating_sub(1);
        }
    }

    fn usage(&mut self, person_id: &str, entitlement_id: &str, usage: Usage) {
        let at = self.whole.log_page;
        if let Some(page) = self.pages.get_mut(at)
            && self.whole.people.contains_key(person_id)
        {
            let record = UsageRecord { person_id: person_id.to_owned(), entitlement_id: entitlement_id.to_owned(), usage };
            page.records.usage.push((1, record));
        }
    }

    /// What the log shows of somebody's use of these applications; `None` where Okta cannot see one of them and saw no
    /// use of the others.
    fn seen_use(&self, user: &str, apps: &BTreeSet<String>, grain: Grain) -> Option<Usage> {
        let window_days = self.window_days?;
        let (mut last, mut days) = (None, BTreeSet::new());
        let mut all_seen = !apps.is_empty();
        for id in apps {
            all_seen &= self.whole.apps.get(id).is_some_and(|app| app.seen);
            if let Some(uses) = self.whole.used.get(user).and_then(|apps| apps.get(id)) {
                last = last.max(Some(uses.last));
                days.extend(uses.days.iter().copied());
            }
        }
        let days_used = u32::try_from(days.len()).ok();
        (all_seen || last.is_some()).then_some(Usage { last_used: last, days_used, window_days, grain })
    }

    /// What uses of a group's applications speak of: of the membership itself, where it is the person's only way into them.
    fn grain(&self, user: &str, group: &str, apps: &BTreeSet<String>) -> Grain {
        let member = |other: &String| self.whole.groups.get(other).is_some_and(|other| other.members.contains_key(user));
        let only_way = |app: &String| {
            !self.apart.contains(&(user, app.as_str()))
                && self.whole.apps.get(app).is_some_and(|known| known.groups.iter().all(|other| other == group || !member(other)))
        };
        if self.all_read && apps.iter().all(only_way) { Grain::Entitlement } else { Grain::Application }
    }

    /// What is known where no application tells: whether the person signed in to the org at all.
    fn signed_in(&self, user: &str) -> Option<Usage> {
        let (window_days, (from, _)) = (self.window_days?, self.whole.observed?);
        let last_used = self.whole.people.get(user)?.last_login.filter(|last| *last >= from);
        Some(Usage { last_used, days_used: None, window_days, grain: Grain::Tenant })
    }

    /// What audited actions show of the use of an administrator role (rule 29).
    fn administered(&self, user: &str, role: &str) -> Option<Usage> {
        let (window_days, (_, until)) = (self.window_days?, self.whole.observed?);
        let acts = self.whole.acted.get(user);
        if self.whole.acts_observed { administration::use_of(role, acts, window_days, until) } else { None }
    }

    /// The beginning of the log, where it was read whole. Every membership that began later stands in it, so that any other
    /// is as old as the log at least.
    fn before_the_log(&self) -> Option<Timestamp> {
        self.whole.observed.filter(|_| self.window_days.is_some()).map(|(from, _)| from)
    }

    fn memberships(&mut self) {
        let whole = self.whole;
        for (id, group) in &whole.groups {
            for (user, spot) in &group.members {
                let granted_on = whole.joined.get(&(user.clone(), id.clone())).copied();
                let held_by = self.before_the_log().filter(|_| granted_on.is_none());
                let path = self.through(id, user, true);
                let record =
                    GrantRecord { person_id: user.clone(), entitlement_id: id.clone(), path, granted_on, held_by, granted_by: None };
                self.grant(*spot, record);
                let usage = if group.apps.is_empty() {
                    self.signed_in(user)
                } else {
                    self.seen_use(user, &group.apps, self.grain(user, id, &group.apps))
                };
                if let Some(usage) = usage {
                    self.usage(user, id, usage);
                }
            }
        }
    }

    fn assignments(&mut self) {
        let whole = self.whole;
        for (id, app) in &whole.apps {
            let itself = BTreeSet::from([id.clone()]);
            let mut told: BTreeSet<&str> = BTreeSet::new();
            for assigned in &app.users {
                if !told.insert(&assigned.user) {
                    continue;
                }
                let user = &assigned.user;
                // An assignment by hand hides those through groups; they are there all the same.
                let mut paths: BTreeMap<GrantPath, Option<Timestamp>> = BTreeMap::new();
                if assigned.by_hand {
                    paths.insert(GrantPath::Direct, assigned.since);
                }
                for group in app.groups.iter().filter(|group| whole.groups.get(*group).is_some_and(|g| g.members.contains_key(user))) {
                    let since = whole.joined.get(&(user.clone(), group.clone())).copied();
                    let held = paths.entry(self.through(group, user, false)).or_insert(since);
                    *held = (*held).min(since);
                }
                if paths.is_empty() {
                    // Through a group that was not read, perhaps one that is not ours to read.
                    let group = assigned.group.clone().unwrap_or_else(|| super::UNTOLD.to_owned());
                    paths.insert(GrantPath::Group(group), assigned.since);
                }
                for (path, granted_on) in paths {
                    // By whatever path: the application was theirs from then on.
                    let held_by = assigned.since.filter(|_| granted_on.is_none());
                    let record =
                        GrantRecord { person_id: user.clone(), entitlement_id: id.clone(), path, granted_on, held_by, granted_by: None };
                    self.grant(assigned.spot, record);
                }
                if let Some(usage) = self.seen_use(user, &itself, Grain::Entitlement) {
                    self.usage(user, id, usage);
                }
            }
        }
    }

    fn roles(&mut self) {
        let whole = self.whole;
        let mut told: BTreeSet<(&str, &str)> = BTreeSet::new();
        let mut held: BTreeSet<(&str, &str, GrantPath)> = BTreeSet::new();
        for role in &whole.roles {
            let path = if role.by_hand {
                GrantPath::Direct
            } else {
                match &role.group {
                    Some(group) => self.through(group, &role.user, false),
                    None => GrantPath::Group(super::UNTOLD.to_owned()),
                }
            };
            // One role may be held several times by one path, over different resources: it is one grant here.
            if held.insert((&role.user, &role.what, path.clone())) {
                let granted_on = role.since.filter(|_| role.by_hand);
                let record = GrantRecord {
                    person_id: role.user.clone(),
                    entitlement_id: role.what.clone(),
                    path,
                    granted_on,
                    held_by: None,
                    granted_by: None,
                };
                self.grant(role.spot, record);
            }
            if told.insert((&role.user, &role.what))
                && let Some(usage) = self.administered(&role.user, &role.what).or_else(|| self.signed_in(&role.user))
            {
                self.usage(&role.user, &role.what, usage);
            }
        }
    }
}
