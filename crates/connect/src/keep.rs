//! What an earlier reading knew of the parts that this one could not read.

use crate::{
    entra,
    facts::Covers,
    reading::Reading,
    records::{EntitlementRecord, GrantRecord, PersonRecord},
};
use domain::{AccountStatus, GrantPath};
use std::collections::{BTreeMap, BTreeSet};

/// What an earlier reading of the same source knew.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Its people and machines.
    pub people: Vec<PersonRecord>,
    /// Its entitlements.
    pub entitlements: Vec<EntitlementRecord>,
    /// Its grants.
    pub grants: Vec<GrantRecord>,
}

/// What tells grants of one reading apart: person, entitlement and path.
pub(crate) type GrantPlace = (String, String, GrantPath);

impl Reading {
    /// Whether the platform did not let it be read who holds this entitlement by this path.
    pub fn is_unread(&self, entitlement_id: &str, path: &GrantPath) -> bool {
        self.unread.iter().any(|part| part.covers.grants_of(entitlement_id, path))
    }

    /// Keeps what an earlier reading knew of the parts that this one could not read: nothing follows from their absence.
    ///
    /// Unread grants stay, as long as this reading still has the person, or could not list the machine; where paths could
    /// not be read, access that was made by a rule stays so; where owners could not be read, they stay. Membership that was
    /// not asked by itself, because something is held by way of it, is not asked by itself now that this something is
    /// unread. Use is not kept: it is unknown. Returns how many grants stand here on the earlier reading's word alone.
    pub fn keep_known(&mut self, known: Known) -> u64 {
        let Known { people, entitlements, grants } = known;
        let covers = |wanted: &Covers| self.unread.iter().any(|part| part.covers == *wanted);
        let (paths, owners, unlisted) = (covers(&Covers::Paths), covers(&Covers::Owners), covers(&Covers::Machines));
        let is_machine = |person: &PersonRecord| person.status == Some(AccountStatus::Service);
        let machines: BTreeMap<String, PersonRecord> = people
            .into_iter()
            .filter(|person| unlisted && is_machine(person) && self.person(&person.external_id).is_none())
            .map(|person| (person.external_id.clone(), person))
            .collect();
        let things = self.keep_entitlements(entitlements, owners);
        let mut held: BTreeMap<GrantPlace, GrantRecord> = std::mem::take(&mut self.grants).into_iter().map(|g| (place(&g), g)).collect();
        self.leave_to_what_is_held_by_it(&mut held, &grants);
        let (mut kept, mut here, mut named) = (0, BTreeSet::new(), BTreeSet::new());
        for known in grants {
            let unread = self.is_unread(&known.entitlement_id, &known.path);
            let has_person = self.person(&known.person_id).is_some() || machines.contains_key(&known.person_id);
            let has_thing = self.entitlement(&known.entitlement_id).is_some() || (unread && things.contains_key(&known.entitlement_id));
            if !has_person || !has_thing || held.contains_key(&place(&known)) {
                continue;
            }
            let counts = if unread {
                true
            } else if paths && known.path.is_made_by_others() {
                // Said to be held directly or through a group only because the rules could not be read.
                stand_in(&held, &known).is_some_and(|plainer| held.remove(&plainer).is_some())
            } else {
                false
            };
            if counts {
                here.insert(known.person_id.clone());
                named.insert(known.entitlement_id.clone());
                held.insert(place(&known), known);
                kept += 1;
            }
        }
        self.people.extend(machines.into_values().filter(|machine| here.contains(&machine.external_id)));
        self.people.sort_by(|a, b| a.external_id.cmp(&b.external_id));
        for id in named {
            if let (None, Some(thing)) = (self.entitlement(&id), things.get(&id)) {
                self.insert_entitlement(thing.clone());
            }
        }
        self.grants = held.into_values().collect();
        kept
    }

    /// Keeps the entitlements of unread parts, and owners where those are unread. Returns the known ones that this reading
    /// does not have, which are kept only if somebody still holds them.
    fn keep_entitlements(&mut self, known: Vec<EntitlementRecord>, owners: bool) -> BTreeMap<String, EntitlementRecord> {
        let mut missing = BTreeMap::new();
        for known in known {
            match self.entitlements.binary_search_by(|e| e.external_id.cmp(&known.external_id)) {
                Ok(at) if owners => {
                    let owner = known.owner_id.filter(|owner| self.person(owner).is_some());
                    if let Some(entitlement) = self.entitlements.get_mut(at) {
                        entitlement.owner_id = entitlement.owner_id.take().or(owner);
                    }
                }
                Ok(_) => {}
                Err(_) if self.is_unread(&known.external_id, &GrantPath::Direct) => self.insert_entitlement(known),
                Err(_) => {
                    missing.insert(known.external_id.clone(), known);
                }
            }
        }
        missing
    }

    fn insert_entitlement(&mut self, known: EntitlementRecord) {
        if let Err(at) = self.entitlements.binary_search_by(|e| e.external_id.cmp(&known.external_id)) {
            let owner_id = known.owner_id.clone().filter(|owner| self.person(owner).is_some());
            self.entitlements.insert(at, EntitlementRecord { owner_id, ..known });
        }
    }

    /// Takes out memberships that stand by themselves only because what is held by way of them is unread: by what was known,
    /// they are asked by that.
    fn leave_to_what_is_held_by_it(&mut self, held: &mut BTreeMap<GrantPlace, GrantRecord>, known: &[GrantRecord]) {
        let unread = known.iter().filter(|grant| self.is_unread(&grant.entitlement_id, &grant.path));
        let by_way: BTreeSet<&str> = unread.flat_map(|grant| grant.path.steps()).collect();
        let places: BTreeSet<(&str, &str)> = known.iter().map(|grant| (grant.person_id.as_str(), grant.entitlement_id.as_str())).collect();
        // Membership of a group is asked by itself where whoever holds something by way of it was asked about it too, and not
        // only somebody whose removal is still to be proven.
        let mut asked: BTreeSet<&str> = known.iter().map(|grant| grant.entitlement_id.as_str()).collect();
        for grant in known {
            for step in grant.path.steps() {
                if !places.contains(&(grant.person_id.as_str(), step)) {
                    asked.remove(step);
                }
            }
        }
        let before = held.len();
        held.retain(|(person, entitlement, _), _| {
            // Okta asks about every membership by itself.
            !entitlement.starts_with(entra::MEMBERSHIP)
                || !by_way.contains(entitlement.as_str())
                || asked.contains(entitlement.as_str())
                || places.contains(&(person.as_str(), entitlement.as_str()))
        });
        if held.len() < before {
            let pairs: BTreeSet<(&str, &str)> =
                held.keys().map(|(person, entitlement, _)| (person.as_str(), entitlement.as_str())).collect();
            self.usage.retain(|used| pairs.contains(&(used.person_id.as_str(), used.entitlement_id.as_str())));
        }
    }
}

pub(crate) fn place(grant: &GrantRecord) -> GrantPlace {
    (grant.person_id.clone(), grant.entitlement_id.clone(), grant.path.clone())
}

/// The same access by a plainer path than the one that was known.
fn stand_in(held: &BTreeMap<GrantPlace, GrantRecord>, known: &GrantRecord) -> Option<GrantPlace> {
    let from = (known.person_id.clone(), known.entitlement_id.clone(), GrantPath::Direct);
    held.range(from..)
        .map(|(place, _)| place)
        .take_while(|(person, entitlement, _)| *person == known.person_id && *entitlement == known.entitlement_id)
        .find(|(.., path)| matches!(path, GrantPath::Direct | GrantPath::Group(_)))
        .cloned()
}
