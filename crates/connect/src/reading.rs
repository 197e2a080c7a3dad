//! The pages of one reading, joined and checked against each other.

use crate::{
    cell::quoted,
    error::Error,
    hash::{Digest, population_hash_of},
    problem::{ErrorReport, Problem},
    records::{
        EntitlementRecord, GrantKey, GrantRecord, PastDecisionRecord, PersonRecord, UsageRecord,
    },
    source::{Page, PageRead, Seen},
    warning::{Warning, WarningKind, Warnings},
};
use domain::{GrantPath, Timestamp};
use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap, HashSet},
};

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
    /// What is to be told about it.
    pub warnings: Warnings,
}

/// A record and where it stood.
struct Placed<T> {
    page: usize,
    line: u64,
    record: T,
}

struct Joiner {
    pages: Vec<Page>,
    problems: ErrorReport,
    warnings: Warnings,
    limit: usize,
}

impl Reading {
    /// Joins the pages of one reading.
    ///
    /// # Errors
    /// [`Error::Broken`] where a page has problems or the pages contradict each other; at most `limit` problems are
    /// listed per page, the rest counted.
    pub fn assemble(
        taken_at: Timestamp,
        pages: Vec<PageRead>,
        limit: usize,
    ) -> Result<Self, Error> {
        let mut join = Joiner {
            pages: Vec::new(),
            problems: ErrorReport::default(),
            warnings: Warnings::default(),
            limit,
        };
        let (mut people, mut entitlements, mut grants, mut usage, mut decisions) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut unread_people, mut unread_entitlements) = (HashSet::new(), HashSet::new());
        let mut unreadable = false;
        for (page, read) in pages.into_iter().enumerate() {
            join.pages.push(read.page);
            join.problems.append(read.problems);
            join.warnings.append(read.warnings);
            unreadable |= read.records.unreadable;
            unread_people.extend(read.records.unread_people);
            unread_entitlements.extend(read.records.unread_entitlements);
            place(&mut people, page, read.records.people);
            place(&mut entitlements, page, read.records.entitlements);
            place(&mut grants, page, read.records.grants);
            place(&mut usage, page, read.records.usage);
            place(&mut decisions, page, read.records.decisions);
        }

        let mut people = join.distinct(
            people,
            |a: &PersonRecord, b| a.external_id.cmp(&b.external_id),
            "person_id",
        );
        let mut entitlements = join.distinct(
            entitlements,
            |a: &EntitlementRecord, b| a.external_id.cmp(&b.external_id),
            "entitlement_id",
        );
        let grants = join.distinct(
            grants,
            |a: &GrantRecord, b| {
                (&a.person_id, &a.entitlement_id, &a.path).cmp(&(
                    &b.person_id,
                    &b.entitlement_id,
                    &b.path,
                ))
            },
            "person_id, entitlement_id, path",
        );
        let mut usage = join.distinct(
            usage,
            |a: &UsageRecord, b| {
                (&a.person_id, &a.entitlement_id).cmp(&(&b.person_id, &b.entitlement_id))
            },
            "person_id, entitlement_id",
        );
        let mut decisions = join.distinct(
            decisions,
            |a: &PastDecisionRecord, b| {
                (
                    &a.person_id,
                    &a.entitlement_id,
                    a.decided_on,
                    &a.reviewer_id,
                )
                    .cmp(&(
                        &b.person_id,
                        &b.entitlement_id,
                        b.decided_on,
                        &b.reviewer_id,
                    ))
            },
            "person_id, entitlement_id, decided_on, reviewer_id",
        );

        // Where a page could not be told into rows, or a row is broken, references to it would only repeat that.
        if !unreadable {
            join.people(&mut people, &unread_people);
            let known_people: HashSet<&str> = people
                .iter()
                .map(|p| p.record.external_id.as_str())
                .collect();
            for entitlement in &mut entitlements {
                if let Some(owner) = entitlement.record.owner_id.take_if(|o| {
                    !known_people.contains(o.as_str()) && !unread_people.contains(o.as_str())
                }) {
                    join.warn(
                        WarningKind::OwnerUnknown,
                        entitlement.page,
                        entitlement.line,
                        "owner_id",
                        quoted(&owner),
                    );
                }
            }
            let known_entitlements: HashSet<&str> = entitlements
                .iter()
                .map(|e| e.record.external_id.as_str())
                .collect();
            let is_person = |id: &str| known_people.contains(id) || unread_people.contains(id);
            let is_entitlement =
                |id: &str| known_entitlements.contains(id) || unread_entitlements.contains(id);
            for grant in &grants {
                if !is_person(&grant.record.person_id) {
                    let remedy = "Add the person to people.csv, or remove the grant.";
                    join.problem(
                        grant.page,
                        grant.line,
                        "person_id",
                        quoted(&grant.record.person_id),
                        "a person_id of people.csv",
                        remedy,
                    );
                }
                if !is_entitlement(&grant.record.entitlement_id) {
                    let remedy = "Add the entitlement to entitlements.csv, or remove the grant.";
                    join.problem(
                        grant.page,
                        grant.line,
                        "entitlement_id",
                        quoted(&grant.record.entitlement_id),
                        "an entitlement_id of entitlements.csv",
                        remedy,
                    );
                }
            }
            let held: HashSet<(&str, &str)> = grants
                .iter()
                .map(|g| {
                    (
                        g.record.person_id.as_str(),
                        g.record.entitlement_id.as_str(),
                    )
                })
                .collect();
            usage.retain(|u| {
                let kept = held.contains(&(
                    u.record.person_id.as_str(),
                    u.record.entitlement_id.as_str(),
                ));
                if !kept {
                    join.leave_out(
                        WarningKind::UseWithoutGrant,
                        u.page,
                        u.line,
                        &u.record.person_id,
                        &u.record.entitlement_id,
                    );
                }
                kept
            });
            decisions.retain(|d| {
                let (person, entitlement) = (
                    d.record.person_id.as_str(),
                    d.record.entitlement_id.as_str(),
                );
                let kept =
                    known_people.contains(person) && known_entitlements.contains(entitlement);
                if !kept {
                    join.leave_out(
                        WarningKind::DecisionOfUnknown,
                        d.page,
                        d.line,
                        person,
                        entitlement,
                    );
                } else if !held.contains(&(person, entitlement)) {
                    join.warn(
                        WarningKind::DecisionWithoutGrant,
                        d.page,
                        d.line,
                        "entitlement_id",
                        quoted(entitlement),
                    );
                }
                kept
            });
        }

        if !join.problems.is_empty() {
            return Err(Error::Broken(Box::new(join.problems)));
        }
        Ok(Self {
            taken_at,
            pages: join.pages,
            people: records(people),
            entitlements: records(entitlements),
            grants: records(grants),
            usage: records(usage),
            decisions: records(decisions),
            warnings: join.warnings,
        })
    }

    /// The person of this id.
    pub fn person(&self, external_id: &str) -> Option<&PersonRecord> {
        self.people
            .binary_search_by(|p| p.external_id.as_str().cmp(external_id))
            .ok()
            .and_then(|at| self.people.get(at))
    }

    /// The entitlement of this id.
    pub fn entitlement(&self, external_id: &str) -> Option<&EntitlementRecord> {
        self.entitlements
            .binary_search_by(|e| e.external_id.as_str().cmp(external_id))
            .ok()
            .and_then(|at| self.entitlements.get(at))
    }

    /// The grant of this person, entitlement and path, whichever instance it is.
    pub fn grant(
        &self,
        person_id: &str,
        entitlement_id: &str,
        path: &GrantPath,
    ) -> Option<&GrantRecord> {
        let sought = (person_id, entitlement_id, path);
        let found = self.grants.binary_search_by(|g| {
            (g.person_id.as_str(), g.entitlement_id.as_str(), &g.path).cmp(&sought)
        });
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
                (Some(granted_on), Some(decided)) if granted_on > decided => {
                    Seen::Newer { granted_on }
                }
                _ => Seen::Still,
            },
        }
    }

    /// The hash of who has what: people, entitlements and grants, whatever order they came in.
    pub fn population_hash(&self) -> Digest {
        let people = self.people.iter().map(PersonRecord::digest);
        let entitlements = self.entitlements.iter().map(EntitlementRecord::digest);
        population_hash_of(
            people
                .chain(entitlements)
                .chain(self.grants.iter().map(GrantRecord::digest)),
        )
    }

    /// The hash of what was said beside it: usage and past decisions.
    pub fn history_hash(&self) -> Digest {
        population_hash_of(
            self.usage
                .iter()
                .map(UsageRecord::digest)
                .chain(self.decisions.iter().map(PastDecisionRecord::digest)),
        )
    }
}

fn place<T>(all: &mut Vec<Placed<T>>, page: usize, records: Vec<(u64, T)>) {
    all.extend(
        records
            .into_iter()
            .map(|(line, record)| Placed { page, line, record }),
    );
}

fn records<T>(placed: Vec<Placed<T>>) -> Vec<T> {
    placed.into_iter().map(|p| p.record).collect()
}

impl Joiner {
    fn file(&self, page: usize) -> String {
        self.pages
            .get(page)
            .map(|p| p.request.clone())
            .unwrap_or_default()
    }

    fn problem(
        &mut self,
        page: usize,
        line: u64,
        column: &str,
        found: String,
        expected: &str,
        remedy: &str,
    ) {
        let problem = Problem {
            file: self.file(page),
            line: Some(line),
            column: Some(column.to_owned()),
            found,
            expected: expected.to_owned(),
            remedy: remedy.to_owned(),
        };
        self.problems.push(self.limit, problem);
    }

    fn warn(&mut self, kind: WarningKind, page: usize, line: u64, column: &str, found: String) {
        let file = self.file(page);
        self.warnings.push(Warning {
            kind,
            file,
            line: Some(line),
            column: Some(column.to_owned()),
            found,
        });
        if kind.drops_the_row()
            && let Some(page) = self.pages.get_mut(page)
        {
            page.drop_row(kind);
        }
    }

    fn leave_out(
        &mut self,
        kind: WarningKind,
        page: usize,
        line: u64,
        person: &str,
        entitlement: &str,
    ) {
        self.warn(
            kind,
            page,
            line,
            "person_id, entitlement_id",
            format!("{}, {}", quoted(person), quoted(entitlement)),
        );
    }

    /// Sorts by key. Rows of one key that say the same count once; rows of one key that differ are a problem.
    fn distinct<T: PartialEq>(
        &mut self,
        mut all: Vec<Placed<T>>,
        by: impl Fn(&T, &T) -> Ordering,
        columns: &str,
    ) -> Vec<Placed<T>> {
        // Stable, so that of two rows of one key the earlier comes first.
        all.sort_by(|a, b| by(&a.record, &b.record));
        let mut distinct: Vec<Placed<T>> = Vec::with_capacity(all.len());
        for next in all {
            match distinct.last() {
                Some(first) if by(&first.record, &next.record).is_eq() => {
                    let earlier = format!(
                        "the same as line {} of {}",
                        first.line,
                        self.file(first.page)
                    );
                    if first.record == next.record {
                        self.warn(
                            WarningKind::RepeatedRow,
                            next.page,
                            next.line,
                            columns,
                            earlier,
                        );
                    } else {
                        let remedy = "The two rows differ in their other columns; keep the one that is right.";
                        self.problem(
                            next.page,
                            next.line,
                            columns,
                            earlier,
                            "each of them once",
                            remedy,
                        );
                    }
                }
                _ => distinct.push(next),
            }
        }
        distinct
    }

    /// Managers that are nobody, oneself or a loop; addresses that two people share.
    fn people(&mut self, people: &mut [Placed<PersonRecord>], unread: &HashSet<String>) {
        let known: HashSet<String> = people
            .iter()
            .map(|p| p.record.external_id.clone())
            .collect();
        for person in people.iter_mut() {
            let id = &person.record.external_id;
            let kind = match &person.record.manager_id {
                Some(manager) if manager == id => WarningKind::ManagerSelf,
                Some(manager) if !known.contains(manager) && !unread.contains(manager) => {
                    WarningKind::ManagerUnknown
                }
                _ => continue,
            };
            if let Some(manager) = person.record.manager_id.take() {
                self.warn(
                    kind,
                    person.page,
                    person.line,
                    "manager_id",
                    quoted(&manager),
                );
            }
        }
        for at in loops(people) {
            if let Some(person) = people.get(at) {
                let found = quoted(person.record.manager_id.as_deref().unwrap_or_default());
                self.warn(
                    WarningKind::ManagerLoop,
                    person.page,
                    person.line,
                    "manager_id",
                    found,
                );
            }
        }
        let mut addresses: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, person) in people.iter().enumerate() {
            if let Some(email) = &person.record.email {
                addresses.entry(email.to_lowercase()).or_default().push(at);
            }
        }
        for person in addresses
            .values()
            .filter(|same| same.len() > 1)
            .flatten()
            .filter_map(|at| people.get(*at))
        {
            let found = quoted(person.record.email.as_deref().unwrap_or_default());
            self.warn(
                WarningKind::EmailShared,
                person.page,
                person.line,
                "email",
                found,
            );
        }
    }
}

/// One person of each loop of managers: the first by id.
fn loops(people: &[Placed<PersonRecord>]) -> Vec<usize> {
    let index: HashMap<&str, usize> = people
        .iter()
        .enumerate()
        .map(|(at, p)| (p.record.external_id.as_str(), at))
        .collect();
    let up = |at: usize| {
        people
            .get(at)
            .and_then(|p| p.record.manager_id.as_deref())
            .and_then(|m| index.get(m).copied())
    };
    // 0: not yet walked; otherwise the number of the walk that came by.
    let mut walked = vec![0_usize; people.len()];
    let mut found = Vec::new();
    for start in 0..people.len() {
        let mut at = Some(start);
        while let Some(here) = at {
            match walked.get_mut(here) {
                Some(walk @ 0) => *walk = start + 1,
                Some(walk) if *walk == start + 1 => {
                    let mut least = here;
                    let mut next = up(here);
                    while let Some(member) = next.filter(|member| *member != here) {
                        least = least.min(member);
                        next = up(member);
                    }
                    found.push(least);
                    break;
                }
                _ => break,
            }
            at = up(here);
        }
    }
    found
}
