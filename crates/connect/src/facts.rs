//! What a platform says in pieces, and the grants and usage that follow once every page is read.
//!
//! A platform lists groups, members of groups, and what a group carries on different pages, in any order. Each page gives
//! its pieces as they stand; what follows from them is worked out here, once, for the reading as a whole. So any page can
//! be read again by itself, and a reading can be resumed anywhere.

use crate::records::{EntitlementRecord, GrantRecord, PersonRecord, UsageRecord};
use domain::{AccountRisk, Grain, GrantPath, Timestamp, Usage, time::DAY};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// How many days ago at most an action must have been to tell of a role of which only some actions are seen: after that its
/// holder may have done what is not seen.
pub(crate) const LATELY_DAYS: i64 = 30;
/// How many groups may stand within each other.
const DEEPEST: usize = 32;

/// What one page says besides records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Groups.
    pub groups: Vec<GroupFact>,
    /// Who or what is in which group, each with the line it stood at.
    pub memberships: Vec<(u64, Membership)>,
    /// What groups carry, each with the line it stood at.
    pub carried: Vec<(u64, Carried)>,
    /// Entitlements that are kept only where somebody holds them and no page lists them by themselves.
    pub spare: Vec<EntitlementRecord>,
    /// Accounts that are kept only where they hold something and no page lists them by themselves.
    pub machines: Vec<PersonRecord>,
    /// Where the use of an entitlement can be seen.
    pub scopes: Vec<(String, Sight)>,
    /// Uses that were seen, added up per page.
    pub uses: Vec<Use>,
    /// Accounts whose use can be seen at all.
    pub watched: Vec<String>,
    /// For how long uses were really observed, in days, by sight; said once, at the end of what shows them.
    pub windows: Vec<(Grain, u32)>,
    /// Accounts about whose risk the platform says something; `None` where it does not tell how much.
    pub risks: Vec<(String, Option<AccountRisk>)>,
    /// Every account at risk was listed: of the others it is known that nothing was found.
    pub risks_listed: bool,
    /// Parts that the platform did not let be read.
    pub unread: Vec<Unread>,
}

/// A part of a source that the platform did not let be read. What it would say is unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Unread {
    /// Which part, in the connector's own words: `sign-ins`.
    pub part: String,
    /// Why, and what to do, as a sentence.
    pub why: String,
    /// What does not follow from its absence.
    pub covers: Covers,
}

/// What an unread part would have said: nothing follows from its absence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Covers {
    /// Use: it is unknown everywhere, never "unused".
    Usage,
    /// Use of any entitlement whose id begins like this, beyond what else shows it.
    UsageOf {
        /// What their ids begin with.
        prefix: String,
    },
    /// Who holds one entitlement: grants of it that were known before are neither there nor gone.
    GrantsOf {
        /// The entitlement.
        entitlement_id: String,
    },
    /// Who holds any entitlement whose id begins like this.
    GrantsLike {
        /// What their ids begin with.
        prefix: String,
    },
    /// Who is in any group whose id begins like this: membership of it, and whatever is held by way of it.
    Groups {
        /// What the ids of their memberships begin with, as entitlements and as steps of a path.
        prefix: String,
    },
    /// Accounts that no list names and that are known by what they hold: machines.
    Machines,
    /// By which path access is held: what is said to be held directly may be made by a rule.
    Paths,
    /// Who owns what.
    Owners,
    /// Which accounts are at risk.
    Risk,
}

impl Covers {
    /// Whether it is said here who holds this entitlement by this path.
    pub fn grants_of(&self, entitlement_id: &str, path: &GrantPath) -> bool {
        match self {
            Self::GrantsOf { entitlement_id: one } => one == entitlement_id,
            Self::GrantsLike { prefix } => entitlement_id.starts_with(prefix.as_str()),
            Self::Groups { prefix } => {
                entitlement_id.starts_with(prefix.as_str()) || path.steps().iter().any(|step| step.starts_with(prefix.as_str()))
            }
            Self::Usage | Self::UsageOf { .. } | Self::Machines | Self::Paths | Self::Owners | Self::Risk => false,
        }
    }

    /// Whether it is said here whether this entitlement was used.
    pub fn use_of(&self, entitlement_id: &str) -> bool {
        match self {
            Self::Usage => true,
            Self::UsageOf { prefix } => entitlement_id.starts_with(prefix.as_str()),
            _ => false,
        }
    }

    /// Whether no grant can be said by both.
    pub fn is_apart_from(&self, other: &Self) -> bool {
        let of_grants = |covers: &Self| matches!(covers, Self::GrantsOf { .. } | Self::GrantsLike { .. } | Self::Groups { .. });
        if self.is_within(other) || other.is_within(self) {
            return false;
        }
        // What is held by way of a group may be in any other part, and in another group.
        !(of_grants(self) && of_grants(other)) || !(matches!(self, Self::Groups { .. }) || matches!(other, Self::Groups { .. }))
    }

    /// Whether all of it is said by `wider` too.
    pub fn is_within(&self, wider: &Self) -> bool {
        match (self, wider) {
            (Self::GrantsOf { entitlement_id: text } | Self::GrantsLike { prefix: text }, Self::GrantsLike { prefix }) => {
                text.starts_with(prefix.as_str())
            }
            (Self::Groups { prefix: text }, Self::Groups { prefix }) | (Self::UsageOf { prefix: text }, Self::UsageOf { prefix }) => {
                text.starts_with(prefix.as_str())
            }
            (Self::UsageOf { .. }, Self::Usage) => true,
            _ => self == wider,
        }
    }
}

/// A group of accounts and groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupFact {
    /// The source's own id.
    pub id: String,
    /// The entitlement that membership of this group is.
    pub entitlement: String,
    /// Its members follow from a rule.
    pub ruled: bool,
    /// Membership gives something of its own, whatever else the group carries.
    pub own: bool,
}

/// Somebody, or a group, in a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Membership {
    /// The group.
    pub group: String,
    /// The account or group in it.
    pub member: String,
}

/// Something that all direct members of a group hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Carried {
    /// The group.
    pub group: String,
    /// What they hold.
    pub entitlement: String,
}

/// Where a use is seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sight {
    /// At the application of this key.
    Application(String),
    /// In the audited actions that this administrative role allows, all of which are seen.
    Role(String),
    /// The same where some of what it allows is seen: a use tells of it, and none tells nothing.
    RoleInPart(String),
    /// Somewhere in the tenant.
    Tenant,
}

impl Sight {
    const fn grain(&self) -> Grain {
        match self {
            Self::Application(_) => Grain::Application,
            Self::Role(_) | Self::RoleInPart(_) => Grain::Action,
            Self::Tenant => Grain::Tenant,
        }
    }
}

/// Uses of one thing by one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// Whose.
    pub person: String,
    /// Of what.
    pub of: Sight,
    /// The last one.
    pub last: Timestamp,
    /// Days with use, counted from 1970; `None` where the source does not count days.
    pub days: Option<BTreeSet<i64>>,
}

/// What follows from the facts of all pages.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    /// Grants, each with the page and line of the membership that makes it.
    pub(crate) grants: Vec<(usize, u64, GrantRecord)>,
    pub(crate) usage: Vec<UsageRecord>,
    /// Memberships that are not asked by themselves, because what follows from them is.
    pub(crate) unasked: Vec<GrantRecord>,
    /// What was seen of their use.
    pub(crate) unasked_usage: Vec<UsageRecord>,
    pub(crate) entitlements: Vec<EntitlementRecord>,
    pub(crate) people: Vec<PersonRecord>,
    /// Memberships and carried access that stood there before, by page and line.
    pub(crate) repeated: Vec<(usize, u64)>,
}

/// The facts of all pages.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    groups: BTreeMap<String, GroupFact>,
    /// Group to its members, with the place of each.
    members: BTreeMap<String, BTreeMap<String, (usize, u64)>>,
    carried: BTreeMap<String, BTreeSet<String>>,
    spare: BTreeMap<String, EntitlementRecord>,
    machines: BTreeMap<String, PersonRecord>,
    scopes: HashMap<String, Sight>,
    uses: HashMap<(String, Sight), (Timestamp, Option<BTreeSet<i64>>)>,
    watched: HashSet<String>,
    windows: BTreeMap<Grain, u32>,
    risks: HashMap<String, Option<AccountRisk>>,
    risks_listed: bool,
    repeated: Vec<(usize, u64)>,
    pub(crate) unread: Vec<Unread>,
}

impl Gathered {
    pub(crate) fn add(&mut self, page: usize, facts: Facts) {
        self.groups.extend(facts.groups.into_iter().map(|group| (group.id.clone(), group)));
        for (line, membership) in facts.memberships {
            let members = self.members.entry(membership.group).or_default();
            if members.insert(membership.member, (page, line)).is_some() {
                self.repeated.push((page, line));
            }
        }
        for (line, carried) in facts.carried {
            if !self.carried.entry(carried.group).or_default().insert(carried.entitlement) {
                self.repeated.push((page, line));
            }
        }
        self.spare.extend(facts.spare.into_iter().map(|one| (one.external_id.clone(), one)));
        self.machines.extend(facts.machines.into_iter().map(|one| (one.external_id.clone(), one)));
        self.scopes.extend(facts.scopes);
        for seen in facts.uses {
            let (last, days) = self.uses.entry((seen.person, seen.of)).or_insert((seen.last, seen.days.as_ref().map(|_| BTreeSet::new())));
            *last = (*last).max(seen.last);
            if let (Some(days), Some(more)) = (days, seen.days) {
                days.extend(more);
            }
        }
        self.watched.extend(facts.watched);
        self.windows.extend(facts.windows);
        self.risks.extend(facts.risks);
        self.risks_listed |= facts.risks_listed;
        self.unread.extend(facts.unread);
        self.unread.sort();
        self.unread.dedup();
    }

    /// How likely an account that the pages list by itself is in somebody else's hands.
    pub(crate) fn risk_of(&self, person: &str) -> Option<AccountRisk> {
        match self.risks.get(person) {
            Some(told) => *told,
            None => self.risks_listed.then_some(AccountRisk::NONE_FOUND),
        }
    }

    /// The groups within a group, each with the way to it: the innermost first, the one within `group` itself last.
    /// Of several ways the shortest counts, and of those the first in order.
    fn within(&self, group: &str) -> BTreeMap<String, Vec<String>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut ahead: Vec<(String, Vec<String>)> = vec![(group.to_owned(), Vec::new())];
        for _ in 0..DEEPEST {
            let mut next = Vec::new();
            for (outer, way) in ahead {
                for inner in self.members.get(&outer).into_iter().flat_map(BTreeMap::keys) {
                    if inner != group && self.groups.contains_key(inner) && !found.contains_key(inner) {
                        let mut longer = vec![inner.clone()];
                        longer.extend(way.iter().cloned());
                        found.insert(inner.clone(), longer.clone());
                        next.push((inner.clone(), longer));
                    }
                }
            }
            if next.is_empty() {
                break;
            }
            ahead = next;
        }
        found
    }

    /// What follows. `people`, `entitlements` and `direct` are the accounts, entitlements and grants that the pages list.
    pub(crate) fn derive(
        mut self,
        taken_at: Timestamp,
        people: &HashSet<String>,
        entitlements: &HashSet<String>,
        direct: &[GrantRecord],
    ) -> Derived {
        let mut derived = Derived { repeated: std::mem::take(&mut self.repeated), ..Derived::default() };
        let is_inner: HashSet<&String> =
            self.members.values().flat_map(BTreeMap::keys).filter(|member| self.groups.contains_key(*member)).collect();
        let known = |member: &str| people.contains(member) || !self.groups.contains_key(member);
        for (id, group) in &self.groups {
            let path = |way: &[String]| match way {
                [only] => self.by(only),
                several => GrantPath::Nested(several.iter().map(|one| self.named(one)).collect()),
            };
            let own_members = self.members.get(id);
            let carried = self.carried.get(id);
            let record = |person: &String, entitlement: &String, path: GrantPath| GrantRecord {
                person_id: person.clone(),
                entitlement_id: entitlement.clone(),
                path,
                granted_on: None,
                held_by: None,
                granted_by: None,
            };
            for (member, place) in own_members.into_iter().flatten().filter(|(member, _)| known(member)) {
                for entitlement in carried.into_iter().flatten() {
                    derived.grants.push((place.0, place.1, record(member, entitlement, self.by(id))));
                }
            }
            // Membership is reviewed by itself where it gives something by itself, or nothing else says what it gives.
            let asked = group.own || (carried.is_none() && !is_inner.contains(id));
            let mut membership = |place: &(usize, u64), member: &String, path: GrantPath| {
                let record = record(member, &group.entitlement, path);
                if asked { derived.grants.push((place.0, place.1, record)) } else { derived.unasked.push(record) }
            };
            let by_rule = if group.ruled { GrantPath::Rule(group.entitlement.clone()) } else { GrantPath::Direct };
            for (member, place) in own_members.into_iter().flatten().filter(|(member, _)| known(member)) {
                membership(place, member, by_rule.clone());
            }
            for (inner, way) in self.within(id) {
                for (member, place) in self.members.get(&inner).into_iter().flatten().filter(|(member, _)| known(member)) {
                    membership(place, member, path(&way));
                }
            }
        }
        self.follow(taken_at, people, entitlements, direct, &mut derived);
        derived
    }

    /// How the direct members of a group hold what it carries.
    fn by(&self, group: &str) -> GrantPath {
        let ruled = self.groups.get(group).is_some_and(|group| group.ruled);
        if ruled { GrantPath::Rule(self.named(group)) } else { GrantPath::Group(self.named(group)) }
    }

    /// What a path calls a group: the entitlement that its membership is, so that the path can be shown by its name.
    fn named(&self, group: &str) -> String {
        self.groups.get(group).map_or_else(|| group.to_owned(), |known| known.entitlement.clone())
    }

    /// Accounts, entitlements and usage that follow from who holds what.
    fn follow(
        &self,
        taken_at: Timestamp,
        people: &HashSet<String>,
        entitlements: &HashSet<String>,
        direct: &[GrantRecord],
        derived: &mut Derived,
    ) {
        let held: BTreeSet<(&str, &str)> = direct
            .iter()
            .chain(derived.grants.iter().map(|(.., grant)| grant))
            .map(|grant| (grant.person_id.as_str(), grant.entitlement_id.as_str()))
            .collect();
        let used = |(person, entitlement): (&str, &str)| {
            let sight = self.scopes.get(entitlement).filter(|_| self.watched.contains(person))?;
            let usage = self.seen(person, sight, taken_at)?;
            Some(UsageRecord { person_id: person.to_owned(), entitlement_id: entitlement.to_owned(), usage })
        };
        let pairs = derived.unasked.iter().map(|grant| (grant.person_id.as_str(), grant.entitlement_id.as_str()));
        let unasked: BTreeSet<(&str, &str)> = pairs.filter(|pair| !held.contains(pair)).collect();
        let unasked_usage = unasked.into_iter().filter_map(used).collect();
        let mut usage = Vec::new();
        let (mut holders, mut things) = (BTreeSet::new(), BTreeSet::new());
        for pair in held {
            holders.insert(pair.0);
            things.insert(pair.1);
            usage.extend(used(pair));
        }
        let kept = |id: &&String| things.contains(id.as_str()) && !entitlements.contains(id.as_str());
        derived.entitlements = self.spare.iter().filter(|(id, _)| kept(id)).map(|(_, one)| one.clone()).collect();
        let unlisted = |id: &&String| holders.contains(id.as_str()) && !people.contains(id.as_str());
        derived.people = self.machines.iter().filter(|(id, _)| unlisted(id)).map(|(_, one)| one.clone()).collect();
        (derived.usage, derived.unasked_usage) = (usage, unasked_usage);
    }

    /// What was seen of somebody's use in a place. Who got in nowhere got into no application either: where the last sign-in
    /// anywhere lies before all that the application's log reaches back to, it is what is known.
    /// The same holds where an administrative role's actions say nothing.
    fn seen(&self, person: &str, at: &Sight, taken_at: Timestamp) -> Option<Usage> {
        let here = match at {
            Sight::RoleInPart(role) => self.acted_lately(person, role, taken_at),
            at => self.seen_at(person, at),
        };
        let Some(here) = here else {
            let role = matches!(at, Sight::Role(_) | Sight::RoleInPart(_));
            return if role { self.seen_at(person, &Sight::Tenant) } else { None };
        };
        let anywhere = self.seen_at(person, &Sight::Tenant).filter(|_| here.last_used.is_none());
        let earlier = |seen: &Usage| {
            let before_the_log = seen.last_used.is_none_or(|last| taken_at.days_since(last) > i64::from(here.window_days));
            seen.window_days > here.window_days && before_the_log
        };
        anywhere.filter(earlier).or(Some(here))
    }

    /// A late use of a role of which only some actions are seen. How often it was used is not known then.
    fn acted_lately(&self, person: &str, role: &str, taken_at: Timestamp) -> Option<Usage> {
        let seen = self.seen_at(person, &Sight::Role(role.to_owned()))?;
        let lately = seen.last_used.is_some_and(|last| taken_at.since(last) <= LATELY_DAYS * DAY);
        lately.then_some(Usage { days_used: None, ..seen })
    }

    /// What a place shows of somebody's use; `None` where nothing was watched there.
    fn seen_at(&self, person: &str, at: &Sight) -> Option<Usage> {
        let window_days = self.windows.get(&at.grain()).copied().filter(|days| *days > 0)?;
        let seen = self.uses.get(&(person.to_owned(), at.clone()));
        let days_used = match seen {
            Some((_, days)) => days.as_ref().map(|days| u32::try_from(days.len()).unwrap_or(u32::MAX).min(window_days)),
            None => Some(0),
        };
        Some(Usage { last_used: seen.map(|(last, _)| *last), days_used, window_days, grain: at.grain() })
    }
}
