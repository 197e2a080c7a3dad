//! Which side to give up with least loss, and what would serve instead.

use super::check::{Checker, Conflict, Held};
use super::rule::{Need, Rule, WhichSide};
use domain::EntitlementId;
use std::collections::BTreeSet;

/// How far apart two losses have to be before one side is called the cheaper: a tenth of what one grant can cost.
pub const APART: u32 = 2_000;
/// What one grant can cost by its use, and again by how common it is.
const WHOLE: u32 = 10_000;
/// What every duty costs that is lost besides and that no other grant gives.
const DUTY: u32 = 2_500;

/// What is known of a grant's worth to its holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Worth {
    /// For how many days non-use was observed; 0 for a use within a day; `None` where it is unknown (rule 26).
    pub unused_days: Option<u32>,
    /// How many of how many people alike hold it; `None` where too few are alike.
    pub peers: Option<(u32, u32)>,
}

impl Worth {
    /// From 0 to 20,000: 10,000 less 100 for every unused day up to a hundred, and the share of people alike who hold it
    /// in parts of 10,000. What is unknown counts half.
    pub fn cost(self) -> u32 {
        let by_use = self.unused_days.map_or(WHOLE / 2, |days| WHOLE - days.min(100) * 100);
        let by_peers = match self.peers {
            Some((held, of)) if of > 0 => u32::try_from(u64::from(held.min(of)) * u64::from(WHOLE) / u64::from(of)).unwrap_or(WHOLE),
            _ => WHOLE / 2,
        };
        by_use + by_peers
    }
}

/// What giving up one side means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Which side.
    pub side: WhichSide,
    /// The grants that would go, in order: as few as end the side. Where all of several duties make the side, the one is
    /// given up that costs least.
    pub grants: Vec<Held>,
    /// Duties that would be lost besides, because no other grant of the person gives them, by position, in order.
    pub also_lost: Vec<u32>,
    /// Other entitlement of the map that would give back what is lost besides without any conflict; `None` where nothing is
    /// lost besides, or where there is none.
    pub instead: Option<EntitlementId>,
    /// The sum of [`Worth::cost`] of the grants, and 2,500 for each duty that is also lost.
    pub cost: u32,
}

/// Both ways out of a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaysOut {
    /// Giving up the first side.
    pub left: Loss,
    /// Giving up the second.
    pub right: Loss,
    /// The side that costs less; `None` where they are nearer than [`APART`], so that neither is said to be cheaper.
    pub cheaper: Option<WhichSide>,
}

impl Checker<'_> {
    /// What giving up either side of a conflict would mean for somebody who holds `held`. `None` where the conflict names
    /// a rule that is not in the set.
    pub fn ways_out(&self, conflict: &Conflict, held: &[Held], worth: impl Fn(Held) -> Worth) -> Option<WaysOut> {
        let rule = self.rules.rules.get(conflict.rule as usize)?;
        let left = self.loss(rule, WhichSide::Left, held, &worth);
        let right = self.loss(rule, WhichSide::Right, held, &worth);
        let cheaper =
            (left.cost.abs_diff(right.cost) >= APART).then_some(if left.cost < right.cost { WhichSide::Left } else { WhichSide::Right });
        Some(WaysOut { left, right, cheaper })
    }

    fn gives(&self, held: Held, duty: u32) -> bool {
        self.map.duties(held.entitlement).is_some_and(|duties| duties.contains(&duty))
    }

    fn loss(&self, rule: &Rule, side: WhichSide, held: &[Held], worth: &impl Fn(Held) -> Worth) -> Loss {
        let wanted = rule.side(side);
        let giving = |duties: &[u32]| {
            held.iter().copied().filter(|one| duties.iter().any(|duty| self.gives(*one, *duty))).collect::<BTreeSet<Held>>()
        };
        let ways: Vec<&[u32]> = match wanted.need {
            Need::Any => vec![&wanted.duties],
            Need::All => wanted.duties.chunks(1).collect(),
        };
        let losses = ways.into_iter().map(|ended| self.losing(side, ended, giving(ended), held, worth));
        let nothing = || Loss { side, grants: Vec::new(), also_lost: Vec::new(), instead: None, cost: 0 };
        let mut least = losses.min_by_key(|loss| (loss.cost, loss.grants.clone())).unwrap_or_else(nothing);
        least.instead = self.instead(&least, held);
        least
    }

    fn losing(&self, side: WhichSide, ended: &[u32], grants: BTreeSet<Held>, held: &[Held], worth: &impl Fn(Held) -> Worth) -> Loss {
        let kept = || held.iter().copied().filter(|one| !grants.contains(one));
        let given: BTreeSet<u32> = grants.iter().flat_map(|one| self.map.duties(one.entitlement).unwrap_or_default()).copied().collect();
        let lost = |duty: &u32| !ended.contains(duty) && !kept().any(|one| self.gives(one, *duty));
        let also_lost: Vec<u32> = given.into_iter().filter(lost).collect();
        let duties = u32::try_from(also_lost.len()).unwrap_or(u32::MAX);
        let cost = grants.iter().fold(0_u32, |sum, one| sum.saturating_add(worth(*one).cost())).saturating_add(DUTY.saturating_mul(duties));
        Loss { side, grants: grants.into_iter().collect(), also_lost, instead: None, cost }
    }

    /// The entitlement with the fewest duties that gives all that is lost besides and, held instead of what is given up,
    /// makes no conflict that was not there before.
    fn instead(&self, loss: &Loss, held: &[Held]) -> Option<EntitlementId> {
        if loss.also_lost.is_empty() {
            return None;
        }
        let kept: Vec<Held> = held.iter().copied().filter(|one| !loss.grants.contains(one)).collect();
        let before: BTreeSet<u32> = self.check(&kept).into_iter().map(|conflict| conflict.rule).collect();
        let serves = |(entitlement, duties): &(EntitlementId, &[u32])| {
            let proposed = Held {
                entitlement: *entitlement,
                grant: loss.grants.first().map_or_else(|| domain::GrantId(entitlement.0), |one| one.grant),
            };
            loss.also_lost.iter().all(|duty| duties.contains(duty))
                && !loss.grants.iter().any(|one| one.entitlement == *entitlement)
                && self.would_conflict(&kept, proposed).conflicts.iter().all(|conflict| before.contains(&conflict.rule))
        };
        self.map.iter().filter(serves).min_by_key(|(entitlement, duties)| (duties.len(), *entitlement)).map(|(entitlement, _)| entitlement)
    }
}
