//! The population, looked at once: small numbers in the place of ids, and counts that every grant needs.

mod answers;
mod level;
mod similar;
mod ways;

pub use level::Level;
use similar::Similar;
use ways::Ways;

use crate::fact::{Needed, Share};
use crate::population::{PastDecision, Population, Requirement, UsageRecord};
use crate::sorted::{Sorted, range};
use domain::{AccountId, AccountStatus, EntitlementId, Grain, RequirementKind, Timestamp};
use std::collections::BTreeMap;

/// Position of an account among all accounts in the order of their ids.
pub type PersonIx = u32;
/// Position of an entitlement among all entitlements in the order of their ids.
pub type EntitlementIx = u32;

/// Why a population cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// One account stands twice.
    #[error("account {0} stands twice in the population; each account must stand once")]
    PersonTwice(AccountId),
    /// One entitlement stands twice.
    #[error("entitlement {0} stands twice in the population; each entitlement must stand once")]
    EntitlementTwice(EntitlementId),
    /// An account's source is missing.
    #[error("account {0} belongs to a source that is not in the population; add the source")]
    NoSource(AccountId),
    /// A grant names an account that is missing.
    #[error("a grant names the account {0}, which is not in the population; add the account")]
    NoPerson(AccountId),
    /// A grant names an entitlement that is missing.
    #[error("a grant names the entitlement {0}, which is not in the population; add the entitlement")]
    NoEntitlement(EntitlementId),
    /// More rows than can be counted.
    #[error("the population has more than 4,294,967,295 rows of one kind; judge its sources apart")]
    TooLarge,
}

/// How often one account used an entitlement: days used of days observed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Habit {
    used: u32,
    observed: u32,
    person: PersonIx,
}

impl Habit {
    /// The seldomer habit first; of equal ones the one of the smaller id.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        let (mine, theirs) = (u64::from(self.used) * u64::from(other.observed), u64::from(other.used) * u64::from(self.observed));
        mine.cmp(&theirs).then(self.observed.cmp(&other.observed)).then(self.person.cmp(&other.person))
    }
}

/// The population, looked at once.
#[derive(Debug)]
pub struct Index<'a> {
    /// What was looked at.
    pub population: &'a Population,
    people: Vec<(AccountId, u32)>,
    entitlements: Vec<(EntitlementId, u32)>,
    /// For each grant, who and what.
    pub grants: Vec<(PersonIx, EntitlementIx)>,
    by_pair: Sorted<(PersonIx, EntitlementIx, u32)>,
    usage: Sorted<(PersonIx, EntitlementIx, u32)>,
    decisions: Sorted<(PersonIx, EntitlementIx, u32)>,
    last_used: Sorted<(EntitlementIx, Timestamp)>,
    /// The last use of anything by each account, at whatever grain.
    pub activity: Vec<Option<Timestamp>>,
    /// The last time that anything was granted to each account.
    pub last_grant: Vec<Option<Timestamp>>,
    habits: BTreeMap<(EntitlementIx, Grain), Vec<Habit>>,
    /// Of those whose use is watched and who never used it: how many, and on how many days they were watched in all.
    silent: BTreeMap<(EntitlementIx, Grain), (u32, u64)>,
    holders: Sorted<(EntitlementIx, PersonIx)>,
    duties: Sorted<(EntitlementIx, EntitlementIx, u32)>,
    requirements: Sorted<(PersonIx, EntitlementIx, Timestamp, RequirementKind)>,
    /// The same department and title.
    pub title: Level,
    /// The same department.
    pub department: Level,
    /// The same manager.
    pub manager: Level,
    /// The same source.
    pub all: Level,
    /// Whose access is most alike.
    pub similar: Similar,
    /// What memberships give.
    pub ways: Ways,
    answers: BTreeMap<EntitlementIx, Share>,
    /// Where each entitlement is held by most.
    pub homes: BTreeMap<EntitlementIx, (u32, u32, PersonIx)>,
}

fn number(of: usize) -> Result<u32, IndexError> {
    u32::try_from(of).map_err(|_| IndexError::TooLarge)
}

impl<'a> Index<'a> {
    /// Looks at the population; ages are counted to `as_of`.
    pub fn new(population: &'a Population, as_of: Timestamp) -> Result<Self, IndexError> {
        let mut people = Vec::with_capacity(population.people.len());
        for (at, person) in population.people.iter().enumerate() {
            if !population.sources.iter().any(|source| source.id == person.source) {
                return Err(IndexError::NoSource(person.id));
            }
            people.push((person.id, number(at)?));
        }
        people.sort_unstable();
        if let Some([first, ..]) = people.windows(2).find(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
            return Err(IndexError::PersonTwice(first.0));
        }
        let mut entitlements = Vec::with_capacity(population.entitlements.len());
        for (at, entitlement) in population.entitlements.iter().enumerate() {
            entitlements.push((entitlement.id, number(at)?));
        }
        entitlements.sort_unstable();
        if let Some([first, ..]) = entitlements.windows(2).find(|pair| matches!(pair, [a, b] if a.0 == b.0)) {
            return Err(IndexError::EntitlementTwice(first.0));
        }
        let mut index = Self {
            population,
            people,
            entitlements,
            grants: Vec::new(),
            by_pair: Sorted::default(),
            usage: Sorted::default(),
            decisions: Sorted::default(),
            last_used: Sorted::default(),
            activity: vec![None; population.people.len()],
            last_grant: vec![None; population.people.len()],
            habits: BTreeMap::new(),
            silent: BTreeMap::new(),
            holders: Sorted::default(),
            duties: Sorted::default(),
            requirements: Sorted::default(),
            title: Level::default(),
            department: Level::default(),
            manager: Level::default(),
            all: Level::default(),
            similar: Similar::default(),
            ways: Ways::default(),
            answers: BTreeMap::new(),
            homes: BTreeMap::new(),
        };
        index.read_grants()?;
        index.read_usage()?;
        index.read_decisions()?;
        index.answers = index.read_answers(as_of);
        index.read_duties();
        index.read_requirements();
        index.read_levels(as_of)?;
        index.similar = Similar::new(&index, as_of);
        index.ways = Ways::new(&index);
        Ok(index)
    }

    fn read_grants(&mut self) -> Result<(), IndexError> {
        let mut by_pair = Vec::with_capacity(self.population.grants.len());
        for (at, grant) in self.population.grants.iter().enumerate() {
            let person = self.person_ix(grant.person).ok_or(IndexError::NoPerson(grant.person))?;
            let entitlement = self.entitlement_ix(grant.entitlement).ok_or(IndexError::NoEntitlement(grant.entitlement))?;
            self.grants.push((person, entitlement));
            by_pair.push((person, entitlement, number(at)?));
            if let Some(slot) = self.last_grant.get_mut(person as usize) {
                *slot = (*slot).max(grant.granted_on);
            }
        }
        let grants = &self.population.grants;
        by_pair.sort_unstable_by_key(|(p, e, at)| (*p, *e, grants.get(*at as usize).map(|grant| grant.id)));
        let mut holders: Vec<(EntitlementIx, PersonIx)> = by_pair.iter().map(|(p, e, _)| (*e, *p)).collect();
        holders.sort_unstable();
        holders.dedup();
        self.by_pair = Sorted::new(by_pair, |(person, ..)| *person);
        self.holders = Sorted::new(holders, |(entitlement, _)| *entitlement);
        Ok(())
    }

    fn read_usage(&mut self) -> Result<(), IndexError> {
        let (mut usage, mut last_used) = (Vec::with_capacity(self.population.usage.len()), Vec::new());
        for (at, record) in self.population.usage.iter().enumerate() {
            // Usage of people or access that are not in the population says nothing about anybody in it.
            let (Some(person), Some(entitlement)) = (self.person_ix(record.person), self.entitlement_ix(record.entitlement)) else {
                continue;
            };
            usage.push((person, entitlement, number(at)?));
            if let Some(used) = record.usage.last_used {
                if let Some(slot) = self.activity.get_mut(person as usize) {
                    *slot = (*slot).max(Some(used));
                }
                if record.usage.grain.is_of_itself() {
                    last_used.push((entitlement, used));
                }
            }
        }
        usage.sort_unstable();
        let mut pairs: Vec<(PersonIx, EntitlementIx)> = usage.iter().map(|(p, e, _)| (*p, *e)).collect();
        self.usage = Sorted::new(usage, |(person, ..)| *person);
        pairs.dedup();
        for (person, entitlement) in pairs {
            let Some(record) = self.usage_of(person, entitlement) else {
                continue;
            };
            let Some(habit) = self.habit(person, entitlement, record) else {
                continue;
            };
            let of = (entitlement, record.usage.grain);
            if habit.used > 0 {
                self.habits.entry(of).or_default().push(habit);
            } else {
                let (silent, days) = self.silent.entry(of).or_default();
                (*silent, *days) = (silent.saturating_add(1), days.saturating_add(u64::from(habit.observed)));
            }
        }
        self.habits.values_mut().for_each(|habits| habits.sort_unstable_by(Habit::order));
        last_used.sort_unstable();
        self.last_used = Sorted::new(last_used, |(entitlement, _)| *entitlement);
        Ok(())
    }

    fn read_decisions(&mut self) -> Result<(), IndexError> {
        let mut decisions = Vec::with_capacity(self.population.decisions.len());
        for (at, decision) in self.population.decisions.iter().enumerate() {
            if let (Some(person), Some(entitlement)) = (self.person_ix(decision.person), self.entitlement_ix(decision.entitlement)) {
                decisions.push((person, entitlement, number(at)?));
            }
        }
        decisions.sort_unstable();
        self.decisions = Sorted::new(decisions, |(person, ..)| *person);
        Ok(())
    }

    fn read_duties(&mut self) {
        let mut duties = Vec::new();
        for rule in &self.population.separated_duties {
            let side = |ids: &[EntitlementId]| -> Vec<EntitlementIx> { ids.iter().filter_map(|id| self.entitlement_ix(*id)).collect() };
            let (left, right) = (side(&rule.left), side(&rule.right));
            for l in &left {
                for r in right.iter().filter(|r| *r != l) {
                    duties.push((*l, *r, rule.number));
                    duties.push((*r, *l, rule.number));
                }
            }
        }
        duties.sort_unstable();
        duties.dedup();
        self.duties = Sorted::new(duties, |(entitlement, ..)| *entitlement);
    }

    fn read_requirements(&mut self) {
        let placed = |r: &Requirement| Some((self.person_ix(r.person)?, self.entitlement_ix(r.entitlement)?, r.expires, r.kind));
        let mut requirements: Vec<_> = self.population.requirements.iter().filter_map(placed).collect();
        requirements.sort_unstable();
        self.requirements = Sorted::new(requirements, |(person, ..)| *person);
    }

    fn read_levels(&mut self, as_of: Timestamp) -> Result<(), IndexError> {
        let order: Vec<PersonIx> = (0..number(self.people.len())?).collect();
        let mut holding: Vec<(PersonIx, EntitlementIx)> = self.holders.rows.iter().map(|(e, p)| (*p, *e)).collect();
        holding.sort_unstable();
        // Guests are compared with guests only.
        let class = |p: PersonIx| self.person(p).map(|person| (person.source, person.status == Some(AccountStatus::Guest)));
        let peer = |p: PersonIx| self.is_peer(p, as_of);
        let department = |p: PersonIx| Some((class(p)?, self.person(p)?.department_code.as_deref()?));
        let title = |p: PersonIx| Some((class(p)?, self.person(p)?.department_code.as_deref(), self.person(p)?.title_code.as_deref()?));
        let manager = |p: PersonIx| Some((class(p)?, self.person(p)?.manager?));
        let title = Level::new(&order, title, peer, &holding);
        let department = Level::new(&order, department, peer, &holding);
        let manager = Level::new(&order, manager, peer, &holding);
        let all = Level::new(&order, class, peer, &holding);
        self.homes = department.homes(3);
        (self.title, self.department, self.manager, self.all) = (title, department, manager, all);
        Ok(())
    }

    /// Whether an account counts among the people alike: a person, still here, not disabled, not for emergencies.
    pub fn is_peer(&self, person: PersonIx, as_of: Timestamp) -> bool {
        self.person(person).is_some_and(|p| {
            matches!(p.status, Some(AccountStatus::Active | AccountStatus::Leave | AccountStatus::Guest))
                && !p.emergency
                && p.end.is_none_or(|end| end > as_of || p.start.is_some_and(|start| start >= end))
        })
    }

    /// The position of an account.
    pub fn person_ix(&self, id: AccountId) -> Option<PersonIx> {
        let at = self.people.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        u32::try_from(at).ok()
    }

    /// The position of an entitlement.
    pub fn entitlement_ix(&self, id: EntitlementId) -> Option<EntitlementIx> {
        let at = self.entitlements.binary_search_by_key(&id, |(id, _)| *id).ok()?;
        u32::try_from(at).ok()
    }

    /// The account at a position.
    pub fn person(&self, person: PersonIx) -> Option<&'a crate::population::Person> {
        let (_, at) = self.people.get(person as usize)?;
        self.population.people.get(*at as usize)
    }

    /// The entitlement at a position.
    pub fn entitlement(&self, entitlement: EntitlementIx) -> Option<&'a crate::population::Entitlement> {
        let (_, at) = self.entitlements.get(entitlement as usize)?;
        self.population.entitlements.get(*at as usize)
    }

    /// The grants of one entitlement to one account, in the order of their ids.
    pub fn grants_of(&self, person: PersonIx, entitlement: EntitlementIx) -> impl Iterator<Item = &'a crate::population::Grant> {
        let population = self.population;
        range(self.by_pair.of(person), &entitlement, |(_, e, _)| *e).filter_map(move |(_, _, at)| population.grants.get(*at as usize))
    }

    /// What was seen of the use of one entitlement by one account: of several records the finest, then the newest.
    pub fn usage_of(&self, person: PersonIx, entitlement: EntitlementIx) -> Option<&'a UsageRecord> {
        let population = self.population;
        let records =
            range(self.usage.of(person), &entitlement, |(_, e, _)| *e).filter_map(|(_, _, at)| population.usage.get(*at as usize));
        records.max_by_key(|record| {
            let usage = record.usage;
            (std::cmp::Reverse(usage.grain), record.read_at, usage.window_days, usage.last_used, usage.days_used, record.source)
        })
    }

    /// Earlier answers about one entitlement held by one account.
    pub fn decisions_of(&self, person: PersonIx, entitlement: EntitlementIx) -> impl Iterator<Item = &'a PastDecision> {
        let population = self.population;
        range(self.decisions.of(person), &entitlement, |(_, e, _)| *e).filter_map(move |(_, _, at)| population.decisions.get(*at as usize))
    }

    /// What one account's holder must have to hold one entitlement.
    pub fn requirements_of(&self, person: PersonIx, entitlement: EntitlementIx) -> impl Iterator<Item = Needed> {
        let found = range(self.requirements.of(person), &entitlement, |(_, e, ..)| *e);
        found.map(|(.., until, kind)| Needed { kind: *kind, until: *until })
    }

    /// How many uses of the entitlement lie between two moments, and how many are known at all.
    pub fn used_between(&self, entitlement: EntitlementIx, from: Timestamp, to: Timestamp) -> (usize, usize) {
        let uses = self.last_used.of(entitlement);
        let at = |bound: Timestamp| uses.partition_point(|(_, used)| *used < bound);
        (at(to.plus(1)) - at(from), uses.len())
    }

    /// The habit of an account whose days of use are counted.
    fn habit(&self, person: PersonIx, entitlement: EntitlementIx, record: &UsageRecord) -> Option<Habit> {
        let used = record.usage.days_used?;
        let since = self.grants_of(person, entitlement).map(|grant| grant.granted_on).min().flatten();
        let held = since.map_or(i64::MAX, |granted| record.read_at.days_since(granted).max(1));
        let held = u32::try_from(held).unwrap_or(u32::MAX);
        Some(Habit { used, observed: held.min(record.usage.window_days).max(used), person })
    }

    /// The middle habit of the others who were seen using it at all, at the same grain: days used of days observed. Where
    /// fewer than two of them use it, what all who are watched do together. `None` for fewer than two who are watched.
    pub fn others_habit(&self, person: PersonIx, entitlement: EntitlementIx, own: &UsageRecord) -> Option<Share> {
        let of = (entitlement, own.usage.grain);
        let habits = self.habits.get(&of).map(Vec::as_slice).unwrap_or_default();
        let own = self.habit(person, entitlement, own);
        let at = own.and_then(|own| habits.binary_search_by(|habit| habit.order(&own)).ok());
        let others = habits.len() - usize::from(at.is_some());
        if others < 2 {
            let (mut silent, mut days) = self.silent.get(&of).copied().unwrap_or_default();
            if let Some(own) = own.filter(|own| own.used == 0) {
                (silent, days) = (silent.saturating_sub(1), days.saturating_sub(u64::from(own.observed)));
            }
            let user = habits.iter().enumerate().find(|(place, _)| Some(*place) != at).map(|(_, habit)| habit);
            if others.saturating_add(silent as usize) < 2 {
                return None;
            }
            let of = days.saturating_add(user.map_or(0, |user| u64::from(user.observed)));
            return Some(Share { held: user.map_or(0, |user| user.used), of: u32::try_from(of).unwrap_or(u32::MAX) });
        }
        let middle = (others - 1) / 2;
        let habit = habits.get(if at.is_some_and(|at| at <= middle) { middle + 1 } else { middle })?;
        Some(Share { held: habit.used, of: habit.observed })
    }

    /// What an account holds, in order, each once.
    fn held_by(&self, person: PersonIx) -> impl Iterator<Item = EntitlementIx> + '_ {
        let rows = self.by_pair.of(person);
        let first = move |at: &usize| *at == 0 || rows.get(*at - 1).map(|row| row.1) != rows.get(*at).map(|row| row.1);
        (0..rows.len()).filter(first).filter_map(move |at| rows.get(at).map(|row| row.1))
    }

    /// Whether an account holds it, by whatever way.
    pub fn holds(&self, person: PersonIx, entitlement: EntitlementIx) -> bool {
        self.holders.of(entitlement).binary_search_by_key(&person, |(_, holder)| *holder).is_ok()
    }

    /// How many accounts hold it.
    pub fn holders(&self, entitlement: EntitlementIx) -> usize {
        self.holders.of(entitlement).len()
    }

    /// What must be apart from an entitlement and is held by the account: rule and other side, by rule.
    pub fn conflicts(&self, person: PersonIx, entitlement: EntitlementIx) -> Vec<(u32, EntitlementIx)> {
        let held = self.duties.of(entitlement).iter().filter(|(_, other, _)| self.holds(person, *other));
        let mut conflicts: Vec<(u32, EntitlementIx)> = held.map(|(_, other, rule)| (*rule, *other)).collect();
        conflicts.sort_unstable();
        conflicts
    }
}
