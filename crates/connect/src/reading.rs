//! Everything that a source said at one moment.

use crate::{
    error::Error,
    facts::{Covers, Unread},
    hash::{Digest, population_hash_of},
    join,
    records::{EntitlementRecord, GrantKey, GrantRecord, PastDecisionRecord, PersonRecord, RequirementRecord, UsageRecord},
    source::{Page, PageRead, Seen},
    warning::Warnings,
};
use domain::{GrantPath, Timestamp};
use std::collections::BTreeMap;

/// Everything a source said at one moment, whole and consistent.
///
/// Each list is sorted by its key and holds each key once. Every grant, usage
/// and decision is of a person and an entitlement of this reading, and every
/// manager and owner named is a person of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// When the data was taken, as whoever brings it says.
    pub taken_at: Timestamp,
    /// The pages that were read, in order.
    pub pages: Vec<Page>,
    /// People and machines, by id.
    pub people: Vec<PersonRecord>,
    /// Entitlements, by id.
    pub entitlements: Vec<EntitlementRecord>,
    /// Grants, by person, entitlement and path.
    pub grants: Vec<GrantRecord>,
    /// Usage, by person and entitlement, once for each.
    pub usage: Vec<UsageRecord>,
    /// Past decisions, by person, entitlement, time and reviewer.
    pub decisions: Vec<PastDecisionRecord>,
    /// What people must have to hold what they hold, by person, entitlement and kind, once for each.
    pub requirements: Vec<RequirementRecord>,
    /// What is to be told about it.
    pub warnings: Warnings,
    /// Parts that the platform did not let be read: what they would say is unknown.
    pub unread: Vec<Unread>,
}

impl Reading {
    /// Joins the pages of one reading.
    ///
    /// # Errors
    /// [`Error::Broken`] where a page has problems or the pages contradict each other; at most `limit` problems are
    /// listed per page, the rest counted.
    pub fn assemble(taken_at: Timestamp, pages: Vec<PageRead>, limit: usize) -> Result<Self, Error> {
        join::join(taken_at, pages, limit)
    }

    /// Whether the platform did not let it be read who holds this entitlement, or not wholly.
    pub fn is_unread(&self, entitlement_id: &str) -> bool {
        self.unread.iter().any(|part| part.covers.grants_of(entitlement_id))
    }

    /// Keeps what an earlier reading knew of the parts that this one could not read: nothing follows from their absence.
    ///
    /// `entitlements` and `grants` are those of the earlier reading. Grants of unread entitlements stay, as long as this
    /// reading still has the person; where paths could not be read, access that was made by a rule stays so; where owners
    /// could not be read, they stay. Use is not kept: it is unknown. Returns how many grants stand here on the earlier
    /// reading's word alone.
    pub fn keep_known(&mut self, entitlements: Vec<EntitlementRecord>, grants: Vec<GrantRecord>) -> u64 {
        let covers = |wanted: &Covers| self.unread.iter().any(|part| part.covers == *wanted);
        let (paths, owners) = (covers(&Covers::Paths), covers(&Covers::Owners));
        let mut kept = 0;
        for known in entitlements {
            match self.entitlements.binary_search_by(|e| e.external_id.cmp(&known.external_id)) {
                Ok(at) if owners => {
                    let owner = known.owner_id.filter(|owner| self.person(owner).is_some());
                    if let Some(entitlement) = self.entitlements.get_mut(at) {
                        entitlement.owner_id = entitlement.owner_id.take().or(owner);
                    }
                }
                Ok(_) => {}
                Err(at) if self.is_unread(&known.external_id) => {
                    let owner_id = known.owner_id.clone().filter(|owner| self.person(owner).is_some());
                    self.entitlements.insert(at, EntitlementRecord { owner_id, ..known });
                }
                Err(_) => {}
            }
        }
        let mut held: BTreeMap<GrantPlace, GrantRecord> = std::mem::take(&mut self.grants).into_iter().map(|g| (place(&g), g)).collect();
        for known in grants {
            if self.person(&known.person_id).is_none()
                || self.entitlement(&known.entitlement_id).is_none()
                || held.contains_key(&place(&known))
            {
                continue;
            }
            let counts = if self.is_unread(&known.entitlement_id) {
                true
            } else if paths && known.path.is_made_by_others() {
                // Said to be held directly or through a group only because the rules could not be read.
                stand_in(&held, &known).is_some_and(|plainer| held.remove(&plainer).is_some())
            } else {
                false
            };
            if counts {
                held.insert(place(&known), known);
                kept += 1;
            }
        }
        self.grants = held.into_values().collect();
        kept
    }

    /// Completes what the source says with what is declared about it: sensitivities, and that ids are employee numbers. What
    /// the source says itself stands.
    pub fn declare(&mut self, settings: &crate::SourceSettings) {
        for person in self.people.iter_mut().filter(|_| settings.person_ids_are_employee_numbers) {
            if person.employee_id.is_none() {
                person.employee_id = Some(person.external_id.clone());
            }
        }
        for entitlement in &mut self.entitlements {
            if entitlement.sensitivity.is_none() {
                entitlement.sensitivity = settings.sensitivities.get(&entitlement.external_id).copied();
            }
        }
    }

    /// The person of this id.
    pub fn person(&self, external_id: &str) -> Option<&PersonRecord> {
        self.people.binary_search_by(|p| p.external_id.as_str().cmp(external_id)).ok().and_then(|at| self.people.get(at))
    }

    /// The entitlement of this id.
    pub fn entitlement(&self, external_id: &str) -> Option<&EntitlementRecord> {
        self.entitlements.binary_search_by(|e| e.external_id.as_str().cmp(external_id)).ok().and_then(|at| self.entitlements.get(at))
    }

    /// The grant of this person, entitlement and path, whichever instance it is.
    pub fn grant(&self, person_id: &str, entitlement_id: &str, path: &GrantPath) -> Option<&GrantRecord> {
        let sought = (person_id, entitlement_id, path);
        let found = self.grants.binary_search_by(|g| (g.person_id.as_str(), g.entitlement_id.as_str(), &g.path).cmp(&sought));
        found.ok().and_then(|at| self.grants.get(at))
    }

    /// What this reading shows of one instance of a grant.
    ///
    /// Only a later `granted_on` tells a newer instance; where either is unknown, or the source now gives an earlier
    /// date, it counts as the same, so that nothing is called gone that may still be there.
    pub fn seen(&self, key: &GrantKey) -> Seen {
        match self.grant(&key.person_id, &key.entitlement_id, &key.path) {
            None => Seen::Gone,
            Some(grant) => match (grant.granted_on, key.granted_on) {
                (Some(granted_on), Some(decided)) if granted_on > decided => Seen::Newer { granted_on },
                _ => Seen::Still,
            },
        }
    }

    /// The hash of who has what: people, entitlements and grants, whatever order they came in.
    pub fn population_hash(&self) -> Digest {
        let people = self.people.iter().map(PersonRecord::digest);
        let entitlements = self.entitlements.iter().map(EntitlementRecord::digest);
        population_hash_of(people.chain(entitlements).chain(self.grants.iter().map(GrantRecord::digest)))
    }

    /// The hash of what was said beside it: usage, past decisions and requirements.
    pub fn history_hash(&self) -> Digest {
        let decisions = self.decisions.iter().map(PastDecisionRecord::digest);
        let requirements = self.requirements.iter().map(RequirementRecord::digest);
        population_hash_of(self.usage.iter().map(UsageRecord::digest).chain(decisions).chain(requirements))
    }
}

/// What tells grants of one reading apart: person, entitlement and path.
type GrantPlace = (String, String, GrantPath);

fn place(grant: &GrantRecord) -> GrantPlace {
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
