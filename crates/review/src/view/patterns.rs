//! Candidate roles and grants that look out of place, with names.

use super::{
    head::source_read,
    types::{ExceptionLine, OutlierLine, Patterns, PatternsFound, RoleLine, Words},
};
use crate::{
    Actor, Context, Error, Result,
    jobs::JobKind,
    patterns::{Found, FoundException, FoundOutlier, FoundRole},
    privacy::Veil,
};
use domain::{AccountId, Action, EntitlementId, GrantId, Object, SourceId, Timestamp};
use std::collections::BTreeMap;
use store::access::{Account, Entitlement, Grant};

/// Roles on one page.
const ROLES: usize = 40;
/// People of a role that are named.
const NAMED: usize = 8;
/// Entitlements of a role or exception that are named.
const GIVEN: usize = 30;

/// `/sources/{id}/patterns`.
///
/// # Errors
/// [`Error::NotFound`] where there is no such source, or not for this person.
pub async fn patterns(ctx: &Context, actor: &Actor, id: SourceId) -> Result<Patterns> {
    actor.require(Action::View, Object::Pattern, false)?;
    let mut tx = ctx.store.read().await?;
    let source = tx.source(id).await?.ok_or(Error::NotFound)?;
    let under_way = tx.living_job(&JobKind::FindPatterns(id).dedupe()).await?.is_some();
    let mut found = None;
    if let Some(kept) = tx.patterns(id).await? {
        let body: Found =
            serde_json::from_str(&kept.body).map_err(|why| Error::Inconsistent(format!("what was found in source {id}: {why}")))?;
        let names = Names {
            accounts: tx.accounts_at(id, kept.seq).await?.into_iter().map(|account| (account.id, account)).collect(),
            entitlements: tx.entitlements_at(id, kept.seq).await?.into_iter().map(|entitlement| (entitlement.id, entitlement)).collect(),
            veil: Veil::before(&mut tx, actor).await?,
            history: actor.may(Action::View, Object::History, false),
        };
        let mut grants: BTreeMap<GrantId, Grant> = BTreeMap::new();
        for outlier in &body.outliers {
            grants.extend(tx.grant(outlier.grant).await?.map(|(_, grant)| (grant.id, grant)));
        }
        found = Some(names.shown(&body, &grants, (kept.made_at, source.last_seq != Some(kept.seq))));
    }
    Ok(Patterns {
        source: source_read(&mut tx, &source, ctx.env.now()).await?,
        attempt: actor.may(Action::Make, Object::Pattern, false).then(|| ctx.env.id()),
        under_way,
        found,
    })
}

/// What ids are called, for one reader.
struct Names {
    accounts: BTreeMap<AccountId, Account>,
    entitlements: BTreeMap<EntitlementId, Entitlement>,
    veil: Veil,
    history: bool,
}

impl Names {
    fn shown(&self, body: &Found, grants: &BTreeMap<GrantId, Grant>, (made_at, older): (Timestamp, bool)) -> PatternsFound {
        let mut together = 0;
        let covered = body.roles.iter().map(|role| {
            together += count(role.adds);
            together
        });
        let instead: usize = body.roles.iter().map(|role| role.accounts.len() + role.entitlements.len()).sum();
        PatternsFound {
            made_at,
            older,
            people: count(body.people),
            entitlements: count(body.entitlements),
            grants: count(body.grants),
            roles_total: length(body.roles.len()),
            instead: length(instead),
            covered: covered.collect(),
            roles: (1..).zip(body.roles.iter().take(ROLES)).map(|(number, role)| self.role(number, role)).collect(),
            single: count(body.single),
            excepted: count(body.excepted),
            exceptions: body.exceptions.iter().filter_map(|one| self.exception(one)).collect(),
            strange: count(body.strange),
            outliers: body.outliers.iter().filter_map(|one| self.outlier(one, grants.get(&one.grant)?)).collect(),
        }
    }

    fn person(&self, account: &Account) -> Words {
        self.veil.name(account.identity, account.display_name().to_owned())
    }

    /// Application and name, where the name does not say the application already.
    fn access(&self, id: EntitlementId) -> Words {
        let Some(entitlement) = self.entitlements.get(&id) else {
            return id.to_string();
        };
        match &entitlement.application {
            Some(application) if !entitlement.display_name().contains(application.as_str()) => {
                format!("{application}: {}", entitlement.display_name())
            }
            _ => entitlement.display_name().to_owned(),
        }
    }

    fn role(&self, number: i64, role: &FoundRole) -> RoleLine {
        let members: Vec<&Account> = role.accounts.iter().filter_map(|id| self.accounts.get(id)).collect();
        let mut departments: BTreeMap<&str, i64> = BTreeMap::new();
        for department in members.iter().filter_map(|account| account.department.as_deref()) {
            *departments.entry(department).or_default() += 1;
        }
        let mostly = departments.into_iter().max_by_key(|(name, members)| (*members, std::cmp::Reverse(*name)));
        let mut people: Vec<Words> = members.iter().map(|account| self.person(account)).collect();
        people.sort();
        people.truncate(NAMED);
        RoleLine {
            number,
            members: length(role.accounts.len()),
            mostly: mostly.map(|(name, members)| (name.to_owned(), members)),
            people,
            entitlements: role.entitlements.iter().take(GIVEN).map(|id| self.access(*id)).collect(),
            gives: length(role.entitlements.len()),
            adds: count(role.adds),
        }
    }

    fn exception(&self, one: &FoundException) -> Option<ExceptionLine> {
        let account = self.accounts.get(&one.account)?;
        let entitlements = one.entitlements.iter().take(GIVEN).map(|id| self.access(*id)).collect();
        Some(ExceptionLine { person: self.person(account), entitlements, total: length(one.entitlements.len()) })
    }

    fn outlier(&self, one: &FoundOutlier, grant: &Grant) -> Option<OutlierLine> {
        let account = self.accounts.get(&grant.account)?;
        let entitlement = self.entitlements.get(&grant.entitlement)?;
        Some(OutlierLine {
            grant: one.grant,
            history: self.history,
            person: self.person(account),
            department: account.department.clone().filter(|_| !self.veil.hides_name(account.identity)),
            access: entitlement.display_name().to_owned(),
            application: entitlement.application.clone(),
            sensitivity: entitlement.sensitivity,
            other_holders: i64::from(one.other_holders),
            other_grants: i64::from(one.other_grants),
        })
    }
}

fn length(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

fn count(of: u64) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
