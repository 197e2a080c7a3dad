//! What the engine is given: a source's snapshot as the engine's own plain structs.
//!
//! What holds of a person holds of every account of theirs: the last day, the first, the change of job, leave, and use after
//! the last day. Where the source itself does not say it, another source may, by its newest reading at the time of judging,
//! for accounts that the employee number joins. An account that only an address joins takes nothing over: an uncertain join
//! never yields Revoke (rule 34).

mod decided;

use crate::{Error, Result, sources};
use domain::{AccountId, AccountStatus, Answer, EntitlementId, GrantPath, IdentityId, SourceId, SourceKind, Timestamp};
use recommend::{About, Attribute, Elsewhere, HowDecided, Population};
use std::collections::BTreeMap;
use store::{
    Tx,
    access::{Account, Entitlement, Grant, OfPerson},
};

/// A snapshot, for the engine and for the sentences that people read.
#[derive(Debug)]
pub struct Loaded {
    /// What the engine looks at: no names, no descriptions.
    pub population: Population,
    /// Accounts by id.
    pub accounts: BTreeMap<AccountId, Account>,
    /// Entitlements by id.
    pub entitlements: BTreeMap<EntitlementId, Entitlement>,
    /// Grants, in the order of [`Population::grants`].
    pub grants: Vec<Grant>,
    /// The names of the rules of separated duties, by their number in the population.
    pub duties: BTreeMap<u32, String>,
    /// When the data was taken.
    pub read_at: Timestamp,
}

/// Loads snapshot `seq` of a source, with what other sources had said by `known_at` and what was declared about it then:
/// the same moment gives the same population, whatever is read or declared later.
///
/// # Errors
/// [`Error::NotFound`] where there is no such snapshot.
pub async fn load(tx: &mut Tx, source: SourceId, seq: i64, known_at: Timestamp) -> Result<Loaded> {
    let row = tx.source(source).await?.ok_or(Error::NotFound)?;
    let snapshot = tx.snapshot(source, seq).await?.ok_or(Error::NotFound)?;
    let settings = sources::settings_at(tx, &row, known_at).await?;
    let read_at = Timestamp(snapshot.taken_at);
    let accounts: BTreeMap<AccountId, Account> = tx.accounts_at(source, seq).await?.into_iter().map(|a| (a.id, a)).collect();
    let entitlements: BTreeMap<EntitlementId, Entitlement> =
        tx.entitlements_at(source, seq).await?.into_iter().map(|e| (e.id, e)).collect();
    let grants = tx.grants_at(source, seq).await?;
    let account_of: BTreeMap<&str, AccountId> = accounts.values().map(|a| (a.external_id.as_str(), a.id)).collect();
    let entitlement_of: BTreeMap<&str, EntitlementId> = entitlements.values().map(|e| (e.external_id.as_str(), e.id)).collect();
    let account = |external: Option<&str>| external.and_then(|id| account_of.get(id).copied());

    let mut told: BTreeMap<IdentityId, Vec<OfPerson>> = BTreeMap::new();
    for row in tx.told_elsewhere(source, known_at).await? {
        told.entry(row.identity).or_default().push(row);
    }
    let taken: BTreeMap<i64, Timestamp> = tx.snapshots_taken(source, seq).await?.into_iter().collect();
    let people = accounts
        .values()
        .map(|a| {
            completed(
                a,
                told.get(&a.identity).map(Vec::as_slice).unwrap_or_default(),
                recommend::Person {
                    id: a.id,
                    source,
                    status: a.status,
                    title_code: a.title.clone(),
                    department_code: a.department.clone(),
                    manager: account(a.manager_external.as_deref()),
                    start: a.start,
                    end: a.end,
                    changed_job_on: a.changed_job_on,
                    risk: a.risk,
                    emergency: settings.emergency_accounts.contains(&a.external_id),
                    active_elsewhere: None,
                    elsewhere: Vec::new(),
                },
            )
        })
        .collect();
    let things = entitlements
        .values()
        .map(|e| recommend::Entitlement {
            id: e.id,
            sensitivity: e.sensitivity,
            owner: account(e.owner_external.as_deref()),
            emergency: settings.emergency_entitlements.contains(&e.external_id),
        })
        .collect();
    let held = grants
        .iter()
        .map(|g| recommend::Grant {
            id: g.id,
            person: g.account,
            entitlement: g.entitlement,
            path: g.path.clone(),
            granted_on: g.granted_on,
            // Whatever the source knows, the reading that first showed it did show it.
            held_by: g.held_by.into_iter().chain(taken.get(&g.valid_from).copied().filter(|_| g.valid_from < seq)).min(),
            granted_by: account(g.granted_by.as_deref()),
            through: membership(row.kind, &g.path).and_then(|id| entitlement_of.get(id).copied()),
        })
        .collect();
    let usage = tx
        .usages_at(source, seq)
        .await?
        .into_iter()
        .map(|u| recommend::UsageRecord { person: u.account, entitlement: u.entitlement, usage: u.usage, source, read_at })
        .collect();
    let mut decisions: Vec<recommend::PastDecision> =
        tx.past_decisions_at(source, seq).await?.into_iter().filter_map(past_decision).collect();
    decisions.extend(decided::here(&tx.decided_before(source, known_at).await?, &grants, &taken));

    let requirements = tx
        .requirements_at(source, seq)
        .await?
        .into_iter()
        .map(|r| recommend::Requirement { person: r.account, entitlement: r.entitlement, kind: r.kind, expires: r.expires })
        .collect();

    let mut duties = BTreeMap::new();
    let mut separated_duties = Vec::new();
    for (number, rule) in (1..).zip(&settings.separated_duties) {
        let side =
            |ids: &std::collections::BTreeSet<String>| ids.iter().filter_map(|id| entitlement_of.get(id.as_str()).copied()).collect();
        duties.insert(number, rule.name.clone());
        separated_duties.push(recommend::SeparatedDuties { number, left: side(&rule.left), right: side(&rule.right) });
    }
    let population = Population {
        sources: vec![recommend::Source { id: source, read_at }],
        people,
        entitlements: things,
        grants: held,
        usage,
        decisions,
        requirements,
        separated_duties,
    };
    drop((account_of, entitlement_of));
    Ok(Loaded { population, accounts, entitlements, grants, duties, read_at })
}

/// The id in its source of the membership that a path leads through. Files name their groups freely, and none is an entitlement
/// because it is called like one.
fn membership(kind: SourceKind, path: &GrantPath) -> Option<&str> {
    match path {
        _ if kind == SourceKind::Files => None,
        GrantPath::Group(group) => Some(group),
        GrantPath::Nested(groups) => groups.first().map(String::as_str),
        _ => None,
    }
}

/// What holds of a person, by their account and by what other sources say of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OfHolder {
    /// Whether they are there.
    pub status: Option<AccountStatus>,
    /// First day of employment.
    pub start: Option<Timestamp>,
    /// Last day of employment.
    pub end: Option<Timestamp>,
    /// When they last changed jobs.
    pub changed_job_on: Option<Timestamp>,
    /// After a last day: the latest use that another source saw.
    pub active_elsewhere: Option<Timestamp>,
}

/// The same of one account as [`load`] finds it for all: with `told`, what other sources say of the person.
pub(crate) fn of_holder(source: SourceId, account: &Account, told: &[OfPerson]) -> OfHolder {
    let alone = recommend::Person {
        id: account.id,
        source,
        status: account.status,
        title_code: None,
        department_code: None,
        manager: None,
        start: account.start,
        end: account.end,
        changed_job_on: account.changed_job_on,
        risk: None,
        emergency: false,
        active_elsewhere: None,
        elsewhere: Vec::new(),
    };
    let recommend::Person { status, start, end, changed_job_on, active_elsewhere, .. } = completed(account, told, alone);
    OfHolder { status, start, end, changed_job_on, active_elsewhere }
}

/// The account with what other sources say of the same person and its own source does not.
fn completed(account: &Account, told: &[OfPerson], mut person: recommend::Person) -> recommend::Person {
    let number = account.employee_id.as_deref().map(str::trim).filter(|number| !number.is_empty());
    let told: Vec<&OfPerson> = told.iter().filter(|row| number.is_some() && row.employee_id.as_deref().map(str::trim) == number).collect();
    let newest = |says: &dyn Fn(&OfPerson) -> Option<Timestamp>| {
        told.iter().filter_map(|row| Some((says(row)?, *row))).max_by_key(|(at, row)| (*at, row.read_at, row.source))
    };
    // Several that say something else say nothing certain.
    let agreed = |says: &dyn Fn(&OfPerson) -> Option<Timestamp>| {
        newest(says).filter(|(at, _)| told.iter().filter_map(|row| says(row)).all(|other| other == *at))
    };
    let mut elsewhere = Vec::new();
    let mut take = |attribute: Attribute, found: Option<(Timestamp, &OfPerson)>| {
        let (at, row) = found?;
        elsewhere.push(Elsewhere { attribute, source: row.source, read_at: row.read_at });
        Some(at)
    };
    // A change of job that anybody knows of is one.
    if person.changed_job_on.is_none() {
        person.changed_job_on = take(Attribute::ChangedJobOn, newest(&|row: &OfPerson| row.changed_job_on));
    }
    // The last day says something only beside the first: both from one mouth, or neither.
    if person.end.is_none()
        && let Some((end, row)) = agreed(&|row: &OfPerson| row.end)
        && agreed(&|row: &OfPerson| row.start).is_some() == row.start.is_some()
    {
        person.end = take(Attribute::End, Some((end, row)));
        if let Some(start) = row.start {
            person.start = take(Attribute::Start, Some((start, row)));
        }
    } else if person.start.is_none() {
        person.start = take(Attribute::Start, agreed(&|row: &OfPerson| row.start));
    }
    // Only after a last day does it say anything; then any use anywhere does (rule 28).
    if person.end.is_some() {
        person.active_elsewhere = take(Attribute::Activity, newest(&|row: &OfPerson| row.last_used));
    }
    if matches!(person.status, Some(AccountStatus::Active) | None)
        && let Some(row) = told.iter().find(|row| row.status == Some(AccountStatus::Leave))
    {
        person.status = row.status;
        elsewhere.push(Elsewhere { attribute: Attribute::Status, source: row.source, read_at: row.read_at });
    }
    person.elsewhere = elsewhere;
    person
}

/// A past decision as the engine takes it; one without a time or a way of deciding supports nothing and is left out.
fn past_decision(past: store::access::PastDecision) -> Option<recommend::PastDecision> {
    let how = match past.how.as_str() {
        "reviewed" => HowDecided::Reviewed,
        "bulk" => HowDecided::Bulk,
        "default" => HowDecided::Default,
        "exception" => HowDecided::Exception,
        "platform" => HowDecided::Platform,
        _ => return None,
    };
    let answer: Answer = past.answer;
    Some(recommend::PastDecision {
        person: past.account,
        entitlement: past.entitlement,
        answer,
        decided_on: past.decided_on?,
        how,
        about: About::Access,
    })
}
