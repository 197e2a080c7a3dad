//! What each page says, row by row.

use super::{
    administration,
    events::{EventSays, read_event},
    piece::{Piece, Uses},
    pull::{List, ListPlace, Plan, after_of},
    wire::{self, App, AppUser, Group, Role, RoleHolders, Rule, User, WithId, body, linked_id, refused, time},
};
use crate::{
    error::Error,
    facts::{Covers, Unread},
    http::{Answer, Url, next_link},
    source::{Page, Records},
};
use serde_json::Value;
use std::collections::BTreeMap;

/// What one page is made of before it becomes one.
pub(super) struct Sheet {
    pub(super) page: Page,
    pub(super) records: Records,
    pub(super) next: Option<String>,
}

impl Sheet {
    fn new(answer: &Answer, rows: usize) -> Self {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        let page = Page {
            request: answer.request.clone(),
            read_at: answer.read_at,
            bytes: answer.body.len() as u64,
            sha256: answer.sha256,
            rows,
            kept: rows,
            dropped: BTreeMap::new(),
        };
        let next = next_link(answer).and_then(|url| after_of(&url));
        Self { page, records: Records::default(), next }
    }

    fn drop_row(&mut self, why: &str) {
        *self.page.dropped.entry(why.to_owned()).or_default() += 1;
        self.page.kept = self.page.kept.saturating_sub(1);
    }

    pub(super) fn piece(&mut self, piece: &Piece) -> Result<(), Error> {
        self.records.pieces.push(piece.to_value()?);
        Ok(())
    }
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

fn texts(value: &Value, pointer: &str) -> Vec<String> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

pub(super) fn read(place: &ListPlace, answer: &Answer, plan: &mut Plan) -> Result<Sheet, Error> {
    match place.list {
        List::Rules => rules(answer),
        List::Users => users(answer),
        List::Groups => groups(answer, plan),
        List::Members => {
            let users: Vec<WithId> = body(answer)?;
            let mut sheet = Sheet::new(answer, users.len());
            sheet.piece(&Piece::Members { group: place.of.clone(), users: users.into_iter().map(|user| user.id).collect() })?;
            Ok(sheet)
        }
        List::Owners => {
            let owners: Vec<Value> = body(answer)?;
            let mut sheet = Sheet::new(answer, owners.len());
            let is_person = |owner: &&Value| owner.get("type").and_then(Value::as_str) == Some("USER");
            if let Some(owner) = owners.iter().find(is_person).and_then(|owner| text(owner, "/id")) {
                sheet.piece(&Piece::Owner { group: place.of.clone(), owner })?;
            }
            Ok(sheet)
        }
        List::Apps => apps(answer, plan),
        List::AppUsers => app_users(answer, &place.of),
        List::AppGroups => {
            let groups: Vec<WithId> = body(answer)?;
            let mut sheet = Sheet::new(answer, groups.len());
            sheet.piece(&Piece::AppGroups { app: place.of.clone(), groups: groups.into_iter().map(|group| group.id).collect() })?;
            Ok(sheet)
        }
        List::Holders => {
            let holders: RoleHolders = body(answer)?;
            let mut sheet = Sheet::new(answer, holders.value.len());
            // This list has its link in the body.
            let link = holders.links.pointer("/next/href").and_then(Value::as_str).and_then(|href| Url::parse(href).ok());
            sheet.next = sheet.next.or_else(|| link.as_ref().and_then(after_of));
            plan.holders.extend(holders.value.into_iter().map(|holder| holder.id));
            plan.holders.sort_unstable();
            plan.holders.dedup();
            Ok(sheet)
        }
        List::Roles => roles(answer, &place.of),
    }
}

/// A page of a list that was refused: what it would have said is marked as unread, or the reading stops where nothing can be
/// reviewed without it.
pub(super) fn not_read(place: &ListPlace, answer: &Answer) -> Result<Sheet, Error> {
    let of = &place.of;
    if answer.status == 404 && !of.is_empty() {
        // It was there when the list was read: it went away meanwhile.
        let mut sheet = Sheet::new(answer, 0);
        sheet.page.dropped.insert("gone while it was read".to_owned(), 1);
        return Ok(sheet);
    }
    let (scope, part, covers) = match place.list {
        List::Rules => ("okta.groups.read", "paths", Some(Covers::Paths)),
        List::Users => ("okta.users.read", "users", None),
        List::Groups => ("okta.groups.read", "groups", Some(Covers::GrantsLike { prefix: "00g".to_owned() })),
        List::Members => ("okta.groups.read", "groups", Some(Covers::GrantsOf { entitlement_id: of.clone() })),
        List::Owners => ("okta.groups.read", "owners", Some(Covers::Owners)),
        List::Apps => ("okta.apps.read", "applications", Some(Covers::GrantsLike { prefix: "0oa".to_owned() })),
        List::AppUsers => ("okta.apps.read", "applications", Some(Covers::GrantsOf { entitlement_id: of.clone() })),
        List::AppGroups => ("okta.apps.read", "paths", Some(Covers::Paths)),
        List::Holders | List::Roles => ("okta.roles.read", "administrator roles", Some(Covers::GrantsLike { prefix: "role:".to_owned() })),
    };
    unread(answer, scope, part, covers)
}

/// A page of the log that was refused: use is marked as unread.
pub(super) fn log_not_read(answer: &Answer) -> Result<Sheet, Error> {
    unread(answer, "okta.logs.read", "System Log", Some(Covers::Usage))
}

/// A filter of the log that was refused: use of administrator roles is marked as unread, and the rest is asked for alone.
pub(super) fn acts_not_read(answer: &Answer) -> Sheet {
    let (code, summary) = wire::refusal(answer);
    let why = format!(
        "{} was refused with 400 {code}: {summary} The log is read without what administrators did, so use of their roles is unknown. Tell whoever maintains Countersign.",
        answer.request
    );
    let mut sheet = Sheet::new(answer, 0);
    let covers = Covers::UsageOf { prefix: "role:".to_owned() };
    sheet.records.facts.unread = vec![Unread { part: "administrators' acts".to_owned(), why, covers }];
    sheet
}

/// A part that Okta does not let be read, and what of the reading is unread with it; nothing can be read without what covers
/// nothing by itself.
fn unread(answer: &Answer, scope: &str, part: &str, covers: Option<Covers>) -> Result<Sheet, Error> {
    let remedy = format!("Grant the scope {scope} to the app, give it the Read-Only Administrator role, and read again.");
    let Some(covers) = covers.filter(|_| answer.status == 403) else { return Err(refused(answer, &remedy)) };
    let (code, summary) = wire::refusal(answer);
    let why = format!("{} was refused with 403 {code}: {summary} {remedy}", answer.request);
    let mut sheet = Sheet::new(answer, 0);
    sheet.records.facts.unread = vec![Unread { part: part.to_owned(), why, covers }];
    Ok(sheet)
}

fn rules(answer: &Answer) -> Result<Sheet, Error> {
    let rules: Vec<Rule> = body(answer)?;
    let mut sheet = Sheet::new(answer, rules.len());
    for rule in rules {
        if rule.status.as_deref() != Some("ACTIVE") {
            sheet.drop_row("rule not active");
            continue;
        }
        sheet.piece(&Piece::Rule {
            name: rule.name.unwrap_or(rule.id),
            groups: texts(&rule.actions, "/assignUserToGroups/groupIds"),
            expression: text(&rule.conditions, "/expression/value").unwrap_or_default(),
            excluded: texts(&rule.conditions, "/people/users/exclude"),
        })?;
    }
    Ok(sheet)
}

fn users(answer: &Answer) -> Result<Sheet, Error> {
    let users: Vec<User> = body(answer)?;
    let mut sheet = Sheet::new(answer, users.len());
    for user in users {
        let (created, last_login) = (time(user.created.as_deref()), time(user.last_login.as_deref()));
        let mut profile = user.profile;
        if let Some(status) = user.status {
            // Under a name that no profile has.
            profile.insert("$status".to_owned(), Value::String(status));
        }
        sheet.piece(&Piece::Profile { user: user.id, profile, created, last_login })?;
    }
    Ok(sheet)
}

fn groups(answer: &Answer, plan: &mut Plan) -> Result<Sheet, Error> {
    let groups: Vec<Group> = body(answer)?;
    let mut sheet = Sheet::new(answer, groups.len());
    for (line, group) in (1..).zip(groups) {
        if group.kind.as_deref() == Some("BUILT_IN") {
            sheet.drop_row("Okta's own group of everybody");
            continue;
        }
        let stats = group.embedded.and_then(|embedded| embedded.stats);
        let counted = stats.as_ref().and_then(|stats| stats.users);
        plan.groups.insert(group.id.clone(), counted);
        sheet.piece(&Piece::Group {
            line,
            name: group.profile.name.unwrap_or_else(|| group.id.clone()),
            id: group.id,
            description: group.profile.description.filter(|text| !text.is_empty()),
            admin: stats.and_then(|stats| stats.admin).unwrap_or(false),
            counted,
        })?;
    }
    Ok(sheet)
}

fn apps(answer: &Answer, plan: &mut Plan) -> Result<Sheet, Error> {
    let apps: Vec<App> = body(answer)?;
    let mut sheet = Sheet::new(answer, apps.len());
    for (line, app) in (1..).zip(apps) {
        if app.status.as_deref().is_some_and(|status| status != "ACTIVE") {
            sheet.drop_row("application not active");
            continue;
        }
        plan.apps.push(app.id.clone());
        // A bookmark is a link: Okta signs nobody in, so it sees no use.
        let seen = !matches!(app.sign_on_mode.as_deref(), Some("BOOKMARK") | None);
        sheet.piece(&Piece::App { line, label: app.label.unwrap_or_else(|| app.id.clone()), id: app.id, seen })?;
    }
    plan.apps.sort_unstable();
    plan.apps.dedup();
    Ok(sheet)
}

fn app_users(answer: &Answer, app: &str) -> Result<Sheet, Error> {
    let users: Vec<AppUser> = body(answer)?;
    let mut sheet = Sheet::new(answer, users.len());
    for (line, user) in (1..).zip(users) {
        let by_hand = user.scope.as_deref() != Some("GROUP");
        sheet.piece(&Piece::AppUser {
            line,
            app: app.to_owned(),
            by_hand,
            group: linked_id(&user.links, "group").map(str::to_owned),
            since: time(user.created.as_deref()),
            user: user.id,
        })?;
    }
    Ok(sheet)
}

fn roles(answer: &Answer, user: &str) -> Result<Sheet, Error> {
    let roles: Vec<Role> = body(answer)?;
    let mut sheet = Sheet::new(answer, roles.len());
    for (line, role) in (1..).zip(roles) {
        if role.status.as_deref() == Some("INACTIVE") {
            sheet.drop_row("role not active");
            continue;
        }
        let by_hand = role.assignment.as_deref() != Some("GROUP");
        let group = linked_id(&role.links, "assignee").filter(|id| id.starts_with("00g")).map(str::to_owned);
        sheet.piece(&Piece::Role {
            line,
            user: user.to_owned(),
            role: role.entitlement_id(),
            label: role.label.clone().unwrap_or_else(|| role.entitlement_id()),
            by_hand,
            group,
            since: time(role.created.as_deref()),
        })?;
    }
    Ok(sheet)
}

pub(super) fn log(answer: &Answer) -> Result<Sheet, Error> {
    let events: Vec<Value> = body(answer)?;
    let mut sheet = Sheet::new(answer, events.len());
    let (mut used, mut acted) = (BTreeMap::<String, BTreeMap<String, Uses>>::new(), BTreeMap::<String, BTreeMap<String, Uses>>::new());
    let mut joined = Vec::new();
    for event in &events {
        // Who puts somebody into a group is an administrator, and the other joins it: one event may say both.
        let act = administration::act(event);
        if let Ok(Some(act)) = &act {
            acted.entry(act.user.clone()).or_default().entry(act.action.to_owned()).or_default().add(act.at);
        }
        match (read_event(event), act) {
            (Ok(EventSays::Used { user, app, at }), _) => used.entry(user).or_default().entry(app).or_default().add(at),
            (Ok(EventSays::Joined { user, group, at }), _) => joined.push((user, group, at)),
            (Ok(EventSays::Other(_)), Ok(Some(_))) => {}
            (Ok(EventSays::Other(kind)), Ok(None)) => sheet.drop_row(&format!("not usage: {kind}")),
            (Err(reason), _) | (_, Err(reason)) => sheet.drop_row(&format!("not readable: {reason}")),
        }
    }
    sheet.piece(&Piece::Log { used, joined, acted })?;
    Ok(sheet)
}
