//! Who holds together what should be apart.

use super::map::DutyMap;
use super::rule::{Match, Rule, RuleSet, WhichSide};
use crate::population::SeparatedDuties;
use domain::{EntitlementId, GrantId};
use std::collections::{BTreeMap, BTreeSet};

/// A grant as the rules see it. All grants of one person count together, from whatever sources they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// What is held.
    pub entitlement: EntitlementId,
    /// By which grant.
    pub grant: GrantId,
}

/// A grant with the person who holds it: an identity, not an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holding<P> {
    /// Who holds it.
    pub person: P,
    /// What, by which grant.
    pub held: Held,
}

/// One side of a conflict as somebody holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideHeld {
    /// The duties of the side that are held, by position in [`RuleSet::duties`], in order.
    pub duties: Vec<u32>,
    /// The grants that give them, in order.
    pub grants: Vec<Held>,
}

/// Both sides of a rule in one person's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// Position of the rule in [`RuleSet::rules`].
    pub rule: u32,
    /// What makes the first side.
    pub left: SideHeld,
    /// What makes the second. One grant may stand on both sides: then its entitlement conflicts with itself.
    pub right: SideHeld,
}

/// What was found among many people, and what was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation<P> {
    /// Every conflict, by person, then by rule.
    pub conflicts: Vec<(P, Conflict)>,
    /// Grants of entitlements that somebody has mapped.
    pub evaluated: u64,
    /// Grants of entitlements that nobody has mapped: not evaluated, and not found harmless.
    pub not_evaluated: u64,
    /// The entitlements that nobody has mapped, with how many grants each has.
    pub unmapped: BTreeMap<EntitlementId, u64>,
}

/// What a proposed grant would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// Conflicts that it would make or add to, by rule. Conflicts that are there already and stay as they are do not count.
    pub conflicts: Vec<Conflict>,
    /// False where nobody has mapped the proposed entitlement: then no conflict is not an all-clear.
    pub evaluated: bool,
    /// How many of the person's other grants nobody has mapped.
    pub others_not_evaluated: u64,
}

/// A set of duties, a bit each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Duties(Vec<u64>);

impl Duties {
    fn has(&self, duty: u32) -> bool {
        self.0.get(duty as usize / 64).is_some_and(|word| word & (1 << (duty % 64)) != 0)
    }

    fn add(&mut self, duties: &[u32]) {
        for duty in duties {
            let word = *duty as usize / 64;
            if self.0.len() <= word {
                self.0.resize(word + 1, 0);
            }
            if let Some(word) = self.0.get_mut(word) {
                *word |= 1 << (duty % 64);
            }
        }
    }
}

/// Rules and what entitlements give, ready to be asked.
#[derive(Debug, Clone, Copy)]
pub struct Checker<'a> {
    pub(super) rules: &'a RuleSet,
    pub(super) map: &'a DutyMap,
}

impl<'a> Checker<'a> {
    /// Puts rules and map together.
    pub fn new(rules: &'a RuleSet, map: &'a DutyMap) -> Self {
        Self { rules, map }
    }

    fn duties_of(&self, held: &[Held]) -> Duties {
        let mut duties = Duties::default();
        for given in held.iter().filter_map(|held| self.map.duties(held.entitlement)) {
            duties.add(given);
        }
        duties
    }

    /// The conflicts in what one person holds, by rule. The order of `held` leaves no trace.
    pub fn check(&self, held: &[Held]) -> Vec<Conflict> {
        let duties = self.duties_of(held);
        if duties.0.is_empty() {
            return Vec::new();
        }
        let found = (0_u32..).zip(&self.rules.rules).filter(|(_, rule)| rule.finds(|duty| duties.has(duty)));
        found.map(|(number, rule)| self.conflict(number, rule, held)).collect()
    }

    fn conflict(&self, number: u32, rule: &Rule, held: &[Held]) -> Conflict {
        Conflict { rule: number, left: self.side(&rule.left, held), right: self.side(&rule.right, held) }
    }

    fn side(&self, side: &Match, held: &[Held]) -> SideHeld {
        let given =
            |one: &Held| self.map.duties(one.entitlement).unwrap_or_default().iter().filter(|duty| side.duties.contains(duty)).copied();
        let duties: BTreeSet<u32> = held.iter().flat_map(given).collect();
        let grants: BTreeSet<Held> = held.iter().filter(|one| given(one).next().is_some()).copied().collect();
        SideHeld { duties: duties.into_iter().collect(), grants: grants.into_iter().collect() }
    }

    /// What a grant that is only proposed would do to somebody who holds `held`.
    pub fn would_conflict(&self, held: &[Held], proposed: Held) -> Proposed {
        let before = self.check(held);
        let after: Vec<Held> = held.iter().copied().chain([proposed]).collect();
        let conflicts = self.check(&after).into_iter().filter(|conflict| !before.contains(conflict)).collect();
        let unmapped = held.iter().filter(|one| self.map.duties(one.entitlement).is_none()).count() as u64;
        Proposed { conflicts, evaluated: self.map.duties(proposed.entitlement).is_some(), others_not_evaluated: unmapped }
    }

    /// Looks at everybody. Takes the holdings to put them in order; the order they come in leaves no trace.
    pub fn evaluate<P: Ord + Copy>(&self, mut holdings: Vec<Holding<P>>) -> Evaluation<P> {
        holdings.sort_unstable();
        let mut evaluation = Evaluation { conflicts: Vec::new(), evaluated: 0, not_evaluated: 0, unmapped: BTreeMap::new() };
        let mut held: Vec<Held> = Vec::new();
        for person in holdings.chunk_by(|a, b| a.person == b.person) {
            held.clear();
            for holding in person {
                if self.map.duties(holding.held.entitlement).is_some() {
                    evaluation.evaluated += 1;
                    held.push(holding.held);
                } else {
                    evaluation.not_evaluated += 1;
                    *evaluation.unmapped.entry(holding.held.entitlement).or_default() += 1;
                }
            }
            if let Some(first) = person.first() {
                evaluation.conflicts.extend(self.check(&held).into_iter().map(|conflict| (first.person, conflict)));
            }
        }
        evaluation
    }

    /// The rules as the engine of recommendations takes them: pairs of entitlements that must be apart, numbered from
    /// `first` in the order of [`RuleSet::rules`]. Beside it the rules that cannot be said in pairs, because a side needs
    /// several duties that no single entitlement gives together: their conflicts are found by [`Self::check`] alone.
    pub fn separated_duties(&self, first: u32) -> (Vec<SeparatedDuties>, Vec<u32>) {
        let (mut separated, mut beyond) = (Vec::new(), Vec::new());
        for (number, rule) in (0_u32..).zip(&self.rules.rules) {
            // An entitlement that meets the side on its own.
            let alone = |side: WhichSide| {
                let meets = |(_, duties): &(EntitlementId, &[u32])| rule.side(side).is_met(|duty| duties.contains(&duty));
                self.map.iter().filter(meets).map(|(entitlement, _)| entitlement).collect::<Vec<_>>()
            };
            let pairs = [WhichSide::Left, WhichSide::Right].into_iter().all(|side| {
                let side = rule.side(side);
                side.duties.len() == 1 || side.need == super::Need::Any
            });
            if !pairs {
                beyond.push(number);
            }
            let (left, right) = (alone(WhichSide::Left), alone(WhichSide::Right));
            if !left.is_empty() && !right.is_empty() {
                separated.push(SeparatedDuties { number: first.saturating_add(number), left, right });
            }
        }
        (separated, beyond)
    }
}
