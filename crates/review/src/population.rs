//! What the engine is given: a source's snapshot as the engine's own plain structs.

use crate::{Error, Result, sources};
use domain::{AccountId, Answer, EntitlementId, SourceId, Timestamp};
use recommend::{HowDecided, Population};
use std::collections::BTreeMap;
use store::{
    Tx,
    access::{Account, Entitlement, Grant},
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

/// Loads snapshot `seq` of a source.
///
/// # Errors
/// [`Error::NotFound`] where there is no such snapshot.
pub async fn load(tx: &mut Tx, source: SourceId, seq: i64) -> Result<Loaded> {
    let row = tx.source(source).await?.ok_or(Error::NotFound)?;
    let snapshot = tx.snapshot(source, seq).await?.ok_or(Error::NotFound)?;
    let settings = sources::settings_of(&row)?;
    let read_at = Timestamp(snapshot.taken_at);
    let accounts: BTreeMap<AccountId, Account> = tx.accounts_at(source, seq).await?.into_iter().map(|a| (a.id, a)).collect();
    let entitlements: BTreeMap<EntitlementId, Entitlement> =
        tx.entitlements_at(source, seq).await?.into_iter().map(|e| (e.id, e)).collect();
    let grants = tx.grants_at(source, seq).await?;
    let account_of: BTreeMap<&str, AccountId> = accounts.values().map(|a| (a.external_id.as_str(), a.id)).collect();
    let entitlement_of: BTreeMap<&str, EntitlementId> = entitlements.values().map(|e| (e.external_id.as_str(), e.id)).collect();
    let account = |external: Option<&str>| external.and_then(|id| account_of.get(id).copied());

    let people = accounts
        .values()
        .map(|a| recommend::Person {
            id: a.id,
            source,
            status: a.status,
            title_code: a.title.clone(),
            department_code: a.department.clone(),
            manager: account(a.manager_external.as_deref()),
            start: a.start,
            end: a.end,
            changed_job_on: a.changed_job_on,
            emergency: settings.emergency_accounts.contains(&a.external_id),
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
            granted_by: account(g.granted_by.as_deref()),
        })
        .collect();
    let usage = tx
        .usages_at(source, seq)
        .await?
        .into_iter()
        .map(|u| recommend::UsageRecord { person: u.account, entitlement: u.entitlement, usage: u.usage, source, read_at })
        .collect();
    let decisions = tx.past_decisions_at(source, seq).await?.into_iter().filter_map(past_decision).collect();

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
        separated_duties,
    };
    drop((account_of, entitlement_of));
    Ok(Loaded { population, accounts, entitlements, grants, duties, read_at })
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
    Some(recommend::PastDecision { person: past.account, entitlement: past.entitlement, answer, decided_on: past.decided_on?, how })
}
