//! The pieces of one reading by what they are about, before they are put together.

use super::piece::{Piece, Uses};
use crate::{error::Error, source::PageRead};
use domain::Timestamp;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Where a piece stood.
pub(super) type Spot = (usize, u64);

pub(super) struct Person {
    pub(super) spot: Spot,
    pub(super) profile: Map<String, Value>,
    pub(super) created: Option<Timestamp>,
    pub(super) last_login: Option<Timestamp>,
}

pub(super) struct Group {
    pub(super) spot: Spot,
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) admin: bool,
    pub(super) counted: Option<u64>,
    pub(super) owner: Option<String>,
    /// Members, with the page that listed each.
    pub(super) members: BTreeMap<String, Spot>,
    /// Ids of the applications that it gives.
    pub(super) apps: BTreeSet<String>,
}

pub(super) struct App {
    pub(super) spot: Spot,
    pub(super) label: String,
    pub(super) seen: bool,
    pub(super) groups: BTreeSet<String>,
    pub(super) users: Vec<AppUser>,
}

pub(super) struct AppUser {
    pub(super) spot: Spot,
    pub(super) user: String,
    pub(super) by_hand: bool,
    pub(super) group: Option<String>,
    pub(super) since: Option<Timestamp>,
}

pub(super) struct Rule {
    pub(super) spot: Spot,
    pub(super) name: String,
    pub(super) groups: Vec<String>,
    pub(super) expression: String,
    pub(super) excluded: BTreeSet<String>,
}

pub(super) struct Role {
    pub(super) spot: Spot,
    pub(super) user: String,
    pub(super) what: String,
    pub(super) label: String,
    pub(super) by_hand: bool,
    pub(super) group: Option<String>,
    pub(super) since: Option<Timestamp>,
}

/// All pieces, by what they are about.
#[derive(Default)]
pub(super) struct Whole {
    pub(super) people: BTreeMap<String, Person>,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) apps: BTreeMap<String, App>,
    pub(super) rules: Vec<Rule>,
    pub(super) roles: Vec<Role>,
    pub(super) used: BTreeMap<String, BTreeMap<String, Uses>>,
    pub(super) joined: BTreeMap<(String, String), Timestamp>,
    /// What people did as administrators, by person and action.
    pub(super) acted: BTreeMap<String, BTreeMap<String, Uses>>,
    pub(super) observed: Option<(Timestamp, Timestamp)>,
    /// Administrators' acts were asked for over the whole of it.
    pub(super) acts_observed: bool,
    /// The last page of the log.
    pub(super) log_page: usize,
}

impl Whole {
    pub(super) fn gather(pages: &[PageRead]) -> Result<Self, Error> {
        let mut whole = Self::default();
        let mut later = Vec::new();
        for (at, page) in pages.iter().enumerate() {
            for value in &page.records.pieces {
                let piece: Piece = serde_json::from_value(value.clone())
                    .map_err(|error| Error::Answer { request: page.page.request.clone(), why: error.to_string() })?;
                if matches!(piece, Piece::Members { .. } | Piece::Owner { .. } | Piece::AppUser { .. } | Piece::AppGroups { .. }) {
                    later.push((at, piece));
                } else {
                    whole.add(at, piece);
                }
            }
        }
        for (at, piece) in later {
            whole.attach(at, piece);
        }
        Ok(whole)
    }

    fn add(&mut self, at: usize, piece: Piece) {
        match piece {
            Piece::Profile { user, profile, created, last_login } => {
                let line = u64::try_from(self.people.len()).unwrap_or(u64::MAX);
                self.people.entry(user).or_insert(Person { spot: (at, line + 1), profile, created, last_login });
            }
            Piece::Rule { name, groups, expression, excluded } => {
                let line = u64::try_from(self.rules.len()).unwrap_or(u64::MAX);
                self.rules.push(Rule { spot: (at, line + 1), name, groups, expression, excluded: excluded.into_iter().collect() });
            }
            Piece::Group { line, id, name, description, admin, counted } => {
                let (owner, members, apps) = (None, BTreeMap::new(), BTreeSet::new());
                self.groups.entry(id).or_insert(Group { spot: (at, line), name, description, admin, counted, owner, members, apps });
            }
            Piece::App { line, id, label, seen } => {
                let (groups, users) = (BTreeSet::new(), Vec::new());
                self.apps.entry(id).or_insert(App { spot: (at, line), label, seen, groups, users });
            }
            Piece::Role { line, user, role, label, by_hand, group, since } => {
                self.roles.push(Role { spot: (at, line), user, what: role, label, by_hand, group, since });
            }
            Piece::Log { used, joined, acted } => {
                self.log_page = at;
                for (all, page) in [(&mut self.used, used), (&mut self.acted, acted)] {
                    for (user, of) in page {
                        let known = all.entry(user).or_default();
                        for (what, uses) in of {
                            known.entry(what).or_default().join(uses);
                        }
                    }
                }
                for (user, group, moment) in joined {
                    let last = self.joined.entry((user, group)).or_insert(moment);
                    *last = (*last).max(moment);
                }
            }
            Piece::Observed { from, until, acts } => (self.observed, self.acts_observed) = (Some((from, until)), acts),
            Piece::Members { .. } | Piece::Owner { .. } | Piece::AppUser { .. } | Piece::AppGroups { .. } => {}
        }
    }

    fn attach(&mut self, at: usize, piece: Piece) {
        match piece {
            Piece::Members { group, users } => {
                if let Some(group) = self.groups.get_mut(&group) {
                    for (line, user) in (1..).zip(users) {
                        group.members.entry(user).or_insert((at, line));
                    }
                }
            }
            Piece::Owner { group, owner } => {
                if let Some(group) = self.groups.get_mut(&group) {
                    group.owner = Some(owner);
                }
            }
            Piece::AppUser { line, app, user, by_hand, group, since } => {
                if let Some(app) = self.apps.get_mut(&app) {
                    app.users.push(AppUser { spot: (at, line), user, by_hand, group, since });
                }
            }
            Piece::AppGroups { app: id, groups } => {
                if let Some(app) = self.apps.get_mut(&id) {
                    for group in groups {
                        if let Some(known) = self.groups.get_mut(&group) {
                            known.apps.insert(id.clone());
                        }
                        app.groups.insert(group);
                    }
                }
            }
            _ => {}
        }
    }
}
