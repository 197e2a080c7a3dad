//! People alike on one level, and how many of them hold what.

use super::{EntitlementIx, PersonIx};
use crate::sorted::Sorted;
use std::collections::BTreeMap;

/// How many of a group's members hold an entitlement.
#[derive(Debug, Default)]
struct Counts(Sorted<(EntitlementIx, u32, u32)>);

impl Counts {
    fn new(mut pairs: Vec<(EntitlementIx, u32)>) -> Self {
        pairs.sort_unstable();
        let mut counts: Vec<(EntitlementIx, u32, u32)> = Vec::new();
        for (entitlement, group) in pairs {
            match counts.last_mut() {
                Some((e, g, count)) if *e == entitlement && *g == group => *count += 1,
                _ => counts.push((entitlement, group, 1)),
            }
        }
        Self(Sorted::new(counts, |(entitlement, ..)| *entitlement))
    }

    fn of(&self, entitlement: EntitlementIx, group: u32) -> u32 {
        let counts = self.0.of(entitlement);
        let found = counts.binary_search_by_key(&group, |(_, g, _)| *g);
        found.ok().and_then(|at| counts.get(at)).map_or(0, |(_, _, count)| *count)
    }
}

/// People alike on one level: which group each belongs to, how large groups are, how many of each hold what.
#[derive(Debug, Default)]
pub struct Level {
    group_of: Vec<Option<u32>>,
    sizes: Vec<u32>,
    first: Vec<PersonIx>,
    counts: Counts,
}

impl Level {
    pub(super) fn new<K: Ord>(
        people: &[PersonIx],
        key: impl Fn(PersonIx) -> Option<K>,
        peer: impl Fn(PersonIx) -> bool,
        holding: &[(PersonIx, EntitlementIx)],
    ) -> Self {
        let mut numbers: BTreeMap<K, u32> = BTreeMap::new();
        let mut level = Self { group_of: vec![None; people.len()], ..Self::default() };
        for person in people {
            let Some(key) = key(*person) else { continue };
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let group = *numbers.entry(key).or_insert(next);
            if group as usize == level.sizes.len() {
                level.sizes.push(0);
                level.first.push(*person);
            }
            if let Some(slot) = level.group_of.get_mut(*person as usize) {
                *slot = Some(group);
            }
            if peer(*person)
                && let Some(size) = level.sizes.get_mut(group as usize)
            {
                *size += 1;
            }
        }
        let held = holding.iter().filter(|(person, _)| peer(*person));
        level.counts = Counts::new(held.filter_map(|(person, e)| level.group(*person).map(|group| (*e, group))).collect());
        level
    }

    /// The group that an account belongs to.
    pub fn group(&self, person: PersonIx) -> Option<u32> {
        self.group_of.get(person as usize).copied().flatten()
    }

    /// How many members of the group hold it, and how many members there are.
    pub fn held(&self, entitlement: EntitlementIx, group: u32) -> (u32, u32) {
        (self.counts.of(entitlement, group), self.sizes.get(group as usize).copied().unwrap_or(0))
    }

    /// For each entitlement, the group with the largest share of holders among groups of at least `least`.
    pub(super) fn homes(&self, least: u32) -> BTreeMap<EntitlementIx, (u32, u32, PersonIx)> {
        let mut homes: BTreeMap<EntitlementIx, (u32, u32, PersonIx)> = BTreeMap::new();
        for (entitlement, group, held) in &self.counts.0.rows {
            let of = self.sizes.get(*group as usize).copied().unwrap_or(0);
            let Some(first) = self.first.get(*group as usize) else {
                continue;
            };
            if of < least {
                continue;
            }
            let new = (*held, of, *first);
            // The larger share wins, then the larger group, then the smaller id of its first member.
            let rank =
                |(held, of, first): (u32, u32, PersonIx), other: u32| (u64::from(held) * u64::from(other), of, std::cmp::Reverse(first));
            match homes.get(entitlement) {
                Some(old) if rank(*old, of) >= rank(new, old.1) => {}
                _ => {
                    homes.insert(*entitlement, new);
                }
            }
        }
        homes
    }
}
