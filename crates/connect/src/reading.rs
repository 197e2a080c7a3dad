//! Everything that a source said at one moment.

use crate::{
    error::Error,
    facts::Unread,
    hash::{Digest, population_hash_of},
    join,
    records::{EntitlementRecord, GrantKey, GrantRecord, PastDecisionRecord, PersonRecord, RequirementRecord, UsageRecord},
    source::{Page, PageRead, Seen},
    warning::Warnings,
};
use domain::{GrantPath, Timestamp};
use serde::{Deserialize, Serialize};

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
    /// Memberships that the source shows and that are not asked by themselves, because what follows from them is: by person,
    /// entitlement and path. They are no access of their own here, and they are not gone.
    pub unasked: Vec<GrantRecord>,
    /// What was seen of the use of these.
    pub unasked_usage: Vec<UsageRecord>,
    /// Rules that put people into groups, where the source keeps a list of exceptions with each.
    pub rules: Vec<RuleRead>,
}

/// A rule that puts people into groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRead {
    /// Its name, as paths have it.
    pub name: String,
    /// How many people are excepted from it.
    pub exceptions: u64,
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
