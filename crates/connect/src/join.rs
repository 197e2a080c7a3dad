//! Joins the pages of one reading and checks them against each other.

use crate::{
    cell::quoted,
    error::Error,
    facts,
    problem::{ErrorReport, Problem},
    reading::Reading,
    records::{EntitlementRecord, GrantRecord, PastDecisionRecord, PersonRecord, RequirementRecord, UsageRecord},
    source::{Page, PageRead},
    warning::{Warning, WarningKind, Warnings},
};
use domain::Timestamp;
use std::{
    cmp::Ordering,
    collections::{BTreeMap, HashMap, HashSet},
};

/// A record and where it stood.
struct Placed<T> {
    page: usize,
    line: u64,
    record: T,
}

/// The records of all pages.
#[derive(Default)]
struct Gathered {
    people: Vec<Placed<PersonRecord>>,
    entitlements: Vec<Placed<EntitlementRecord>>,
    grants: Vec<Placed<GrantRecord>>,
    usage: Vec<Placed<UsageRecord>>,
    decisions: Vec<Placed<PastDecisionRecord>>,
    requirements: Vec<Placed<RequirementRecord>>,
    facts: facts::Gathered,
    unasked: Vec<GrantRecord>,
    unasked_usage: Vec<UsageRecord>,
    unread_people: HashSet<String>,
    unread_entitlements: HashSet<String>,
    unreadable: bool,
}

/// What is told while joining.
struct Joiner {
    pages: Vec<Page>,
    problems: ErrorReport,
    warnings: Warnings,
    limit: usize,
}

/// See [`Reading::assemble`].
pub(crate) fn join(taken_at: Timestamp, pages: Vec<PageRead>, limit: usize) -> Result<Reading, Error> {
    let mut join = Joiner { pages: Vec::new(), problems: ErrorReport::default(), warnings: Warnings::default(), limit };
    let mut all = Gathered::default();
    for (page, read) in pages.into_iter().enumerate() {
        join.pages.push(read.page);
        join.problems.append(read.problems);
        join.warnings.append(read.warnings);
        all.add(page, read.records);
    }
    let mut unread = std::mem::take(&mut all.facts.unread);
    join.derive(taken_at, &mut all);
    join.sort(&mut all);
    // Where a page could not be told into rows, references to it would only repeat that.
    if !all.unreadable {
        join.people(&mut all);
        join.owners(&mut all);
        join.grants(&all);
        join.history(&mut all);
    }
    join.order();
    unread.sort();
    unread.dedup();
    if !join.problems.is_empty() {
        return Err(Error::Broken(Box::new(join.problems)));
    }
    Ok(Reading {
        taken_at,
        pages: join.pages,
        people: records(all.people),
        entitlements: records(all.entitlements),
        grants: records(all.grants),
        usage: records(all.usage),
        decisions: records(all.decisions),
        requirements: records(all.requirements),
        warnings: join.warnings,
        unread,
        unasked: all.unasked,
        unasked_usage: all.unasked_usage,
        rules: Vec::new(),
    })
}

fn place<T>(all: &mut Vec<Placed<T>>, page: usize, records: Vec<(u64, T)>) {
    all.extend(records.into_iter().map(|(line, record)| Placed { page, line, record }));
}

/// A record that stands on no line of its own.
const fn placed<T>(page: usize, record: T) -> Placed<T> {
    Placed { page, line: 0, record }
}

/// Whether a page is a file: files are corrected, platforms are read again.
fn is_file(name: &str) -> bool {
    name.strip_suffix(".csv").is_some()
}

fn records<T>(placed: Vec<Placed<T>>) -> Vec<T> {
    placed.into_iter().map(|p| p.record).collect()
}

impl Gathered {
    fn add(&mut self, page: usize, read: crate::source::Records) {
        self.unreadable |= read.unreadable;
        self.unread_people.extend(read.unread_people);
        self.unread_entitlements.extend(read.unread_entitlements);
        place(&mut self.people, page, read.people);
        place(&mut self.entitlements, page, read.entitlements);
        place(&mut self.grants, page, read.grants);
        place(&mut self.usage, page, read.usage);
        place(&mut self.decisions, page, read.decisions);
        place(&mut self.requirements, page, read.requirements);
        self.facts.add(page, read.facts);
    }

    fn people_ids(&self) -> HashSet<&str> {
        self.people.iter().map(|p| p.record.external_id.as_str()).collect()
    }

    fn entitlement_ids(&self) -> HashSet<&str> {
        self.entitlements.iter().map(|e| e.record.external_id.as_str()).collect()
    }
}

impl Joiner {
    /// Brings what is told into the order of pages and lines, whichever check found it.
    fn order(&mut self) {
        let requests: Vec<&str> = self.pages.iter().map(|p| p.request.as_str()).collect();
        let page = |file: &str| requests.iter().position(|request| *request == file);
        self.problems.problems.sort_by_key(|p| (page(&p.file), p.line));
        self.warnings.examples.sort_by_key(|w| (page(&w.file), w.line));
    }

    fn file(&self, page: usize) -> String {
        self.pages.get(page).map(|p| p.request.clone()).unwrap_or_default()
    }

    fn problem(&mut self, page: usize, line: u64, column: &str, found: String, expected: &str, remedy: &str) {
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
        self.warnings.push(Warning { kind, file, line: Some(line), column: Some(column.to_owned()), found });
        if kind.drops_the_row()
            && let Some(page) = self.pages.get_mut(page)
        {
            page.drop_row(kind);
        }
    }

    fn warn_of_pair(&mut self, kind: WarningKind, page: usize, line: u64, person: &str, entitlement: &str) {
        self.warn(kind, page, line, "person_id, entitlement_id", format!("{}, {}", quoted(person), quoted(entitlement)));
    }

    /// Sorts by key. Rows of one key that say the same count once; rows of one key that differ are a problem.
    fn distinct<T: PartialEq>(&mut self, mut all: Vec<Placed<T>>, by: impl Fn(&T, &T) -> Ordering, columns: &str) -> Vec<Placed<T>> {
        // Stable, so that of two rows of one key the earlier comes first.
        all.sort_by(|a, b| by(&a.record, &b.record));
        let mut distinct: Vec<Placed<T>> = Vec::with_capacity(all.len());
        for next in all {
            match distinct.last() {
                Some(first) if by(&first.record, &next.record).is_eq() => {
                    let earlier = format!("a repeat of line {} of {}", first.line, self.file(first.page));
                    if first.record == next.record {
                        self.warn(WarningKind::RepeatedRow, next.page, next.line, columns, earlier);
                    } else {
                        let remedy = if is_file(&self.file(next.page)) {
                            "The two rows differ in their other columns; keep the one that is right."
                        } else {
                            "The source changed while it was being read. Read it again."
                        };
                        self.problem(next.page, next.line, columns, earlier, "one row for each", remedy);
                    }
                }
                _ => distinct.push(next),
            }
        }
        distinct
    }

    /// Adds what follows from the facts of all pages.
    fn derive(&mut self, taken_at: Timestamp, all: &mut Gathered) {
        let people = all.people.iter().map(|p| p.record.external_id.clone()).collect();
        for person in &mut all.people {
            person.record.risk = person.record.risk.or_else(|| all.facts.risk_of(&person.record.external_id));
        }
        let direct: Vec<GrantRecord> = all.grants.iter().map(|g| g.record.clone()).collect();
        let entitlements = all.entitlements.iter().map(|e| e.record.external_id.clone()).collect();
        let derived = std::mem::take(&mut all.facts).derive(taken_at, &people, &entitlements, &direct);
        all.grants.extend(derived.grants.into_iter().map(|(page, line, record)| Placed { page, line, record }));
        // They stand on no line of their own; the last page is where they became certain.
        let page = self.pages.len().saturating_sub(1);
        all.usage.extend(derived.usage.into_iter().map(|record| placed(page, record)));
        all.entitlements.extend(derived.entitlements.into_iter().map(|record| placed(page, record)));
        all.people.extend(derived.people.into_iter().map(|record| placed(page, record)));
        all.unasked = derived.unasked;
        all.unasked.sort_by(|a, b| (&a.person_id, &a.entitlement_id, &a.path).cmp(&(&b.person_id, &b.entitlement_id, &b.path)));
        all.unasked_usage = derived.unasked_usage;
        for (page, line) in derived.repeated {
            self.warn(WarningKind::RepeatedRow, page, line, "id", String::new());
        }
    }

    /// Brings every list into the order of its keys, each key once.
    fn sort(&mut self, all: &mut Gathered) {
        all.people = self.distinct(std::mem::take(&mut all.people), |a, b| a.external_id.cmp(&b.external_id), "person_id");
        all.entitlements = self.distinct(std::mem::take(&mut all.entitlements), |a, b| a.external_id.cmp(&b.external_id), "entitlement_id");
        all.grants = self.distinct(
            std::mem::take(&mut all.grants),
            |a, b| (&a.person_id, &a.entitlement_id, &a.path).cmp(&(&b.person_id, &b.entitlement_id, &b.path)),
            "person_id, entitlement_id, path",
        );
        all.usage = self.distinct(
            std::mem::take(&mut all.usage),
            |a, b| (&a.person_id, &a.entitlement_id).cmp(&(&b.person_id, &b.entitlement_id)),
            "person_id, entitlement_id",
        );
        all.decisions = self.distinct(
            std::mem::take(&mut all.decisions),
            |a, b| {
                (&a.person_id, &a.entitlement_id, a.decided_on, &a.reviewer_id).cmp(&(
                    &b.person_id,
                    &b.entitlement_id,
                    b.decided_on,
                    &b.reviewer_id,
                ))
            },
            "person_id, entitlement_id, decided_on, reviewer_id",
        );
        all.requirements = self.distinct(
            std::mem::take(&mut all.requirements),
            |a, b| (&a.person_id, &a.entitlement_id, a.kind).cmp(&(&b.person_id, &b.entitlement_id, b.kind)),
            "person_id, entitlement_id, requirement",
        );
    }

    /// Owners that are nobody count as missing.
    fn owners(&mut self, all: &mut Gathered) {
        let mut entitlements = std::mem::take(&mut all.entitlements);
        let known = all.people_ids();
        for entitlement in &mut entitlements {
            let unknown = |owner: &mut String| !known.contains(owner.as_str()) && !all.unread_people.contains(owner);
            if let Some(owner) = entitlement.record.owner_id.take_if(unknown) {
                self.warn(WarningKind::OwnerUnknown, entitlement.page, entitlement.line, "owner_id", quoted(&owner));
            }
        }
        all.entitlements = entitlements;
    }

    /// Grants of people or entitlements that are not there are problems.
    fn grants(&mut self, all: &Gathered) {
        let (people, entitlements) = (all.people_ids(), all.entitlement_ids());
        // Files are corrected; a platform whose lists do not fit each other was changed while it was read.
        let remedy = |page: usize, of_file: &'static str| {
            if is_file(&self.file(page)) { of_file } else { "The source changed while it was being read. Read it again." }
        };
        let mut found = Vec::new();
        for grant in &all.grants {
            let (person, entitlement) = (&grant.record.person_id, &grant.record.entitlement_id);
            if !people.contains(person.as_str()) && !all.unread_people.contains(person) {
                let remedy = remedy(grant.page, "Add the person to people.csv, or remove the grant.");
                found.push((grant, "person_id", quoted(person), "a person_id of people.csv", remedy));
            }
            if !entitlements.contains(entitlement.as_str()) && !all.unread_entitlements.contains(entitlement) {
                let remedy = remedy(grant.page, "Add the entitlement to entitlements.csv, or remove the grant.");
                found.push((grant, "entitlement_id", quoted(entitlement), "an entitlement_id of entitlements.csv", remedy));
            }
        }
        for (grant, column, found, expected, remedy) in found {
            self.problem(grant.page, grant.line, column, found, expected, remedy);
        }
    }

    /// Use of what nobody holds is left out, as are requirements for it; so are decisions about what is not known, while those
    /// about past grants stay.
    fn history(&mut self, all: &mut Gathered) {
        let (mut usage, mut decisions) = (std::mem::take(&mut all.usage), std::mem::take(&mut all.decisions));
        let mut requirements = std::mem::take(&mut all.requirements);
        let (people, entitlements) = (all.people_ids(), all.entitlement_ids());
        let held: HashSet<(&str, &str)> =
            all.grants.iter().map(|g| (g.record.person_id.as_str(), g.record.entitlement_id.as_str())).collect();
        usage.retain(|u| {
            let (person, entitlement) = (u.record.person_id.as_str(), u.record.entitlement_id.as_str());
            let kept = held.contains(&(person, entitlement));
            if !kept {
                self.warn_of_pair(WarningKind::UseWithoutGrant, u.page, u.line, person, entitlement);
            }
            kept
        });
        decisions.retain(|d| {
            let (person, entitlement) = (d.record.person_id.as_str(), d.record.entitlement_id.as_str());
            let kept = people.contains(person) && entitlements.contains(entitlement);
            if !kept {
                self.warn_of_pair(WarningKind::DecisionOfUnknown, d.page, d.line, person, entitlement);
            } else if !held.contains(&(person, entitlement)) {
                self.warn_of_pair(WarningKind::DecisionWithoutGrant, d.page, d.line, person, entitlement);
            }
            kept
        });
        requirements.retain(|r| {
            let (person, entitlement) = (r.record.person_id.as_str(), r.record.entitlement_id.as_str());
            let kept = held.contains(&(person, entitlement));
            if !kept {
                self.warn_of_pair(WarningKind::RequirementWithoutGrant, r.page, r.line, person, entitlement);
            }
            kept
        });
        (all.usage, all.decisions, all.requirements) = (usage, decisions, requirements);
    }

    /// Managers that are nobody, oneself or a loop; addresses that two people share.
    fn people(&mut self, all: &mut Gathered) {
        let (people, unread) = (&mut all.people, &all.unread_people);
        let known: HashSet<String> = people.iter().map(|p| p.record.external_id.clone()).collect();
        for person in people.iter_mut() {
            let id = &person.record.external_id;
            let kind = match &person.record.manager_id {
                Some(manager) if manager == id => WarningKind::ManagerSelf,
                Some(manager) if !known.contains(manager) && !unread.contains(manager) => WarningKind::ManagerUnknown,
                _ => continue,
            };
            if let Some(manager) = person.record.manager_id.take() {
                self.warn(kind, person.page, person.line, "manager_id", quoted(&manager));
            }
        }
        for at in loops(people) {
            if let Some(person) = people.get(at) {
                let found = quoted(person.record.manager_id.as_deref().unwrap_or_default());
                self.warn(WarningKind::ManagerLoop, person.page, person.line, "manager_id", found);
            }
        }
        let mut addresses: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, person) in people.iter().enumerate() {
            if let Some(email) = &person.record.email {
                addresses.entry(email.to_lowercase()).or_default().push(at);
            }
        }
        for person in addresses.values().filter(|same| same.len() > 1).flatten().filter_map(|at| people.get(*at)) {
            let found = quoted(person.record.email.as_deref().unwrap_or_default());
            self.warn(WarningKind::EmailShared, person.page, person.line, "email", found);
        }
    }
}

/// One person of each loop of managers: the first by id.
fn loops(people: &[Placed<PersonRecord>]) -> Vec<usize> {
    let index: HashMap<&str, usize> = people.iter().enumerate().map(|(at, p)| (p.record.external_id.as_str(), at)).collect();
    let up = |at: usize| people.get(at).and_then(|p| p.record.manager_id.as_deref()).and_then(|m| index.get(m).copied());
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
