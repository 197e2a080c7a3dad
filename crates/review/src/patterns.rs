//! What the grants of a source have in common: candidate roles, and grants that look out of place.
//!
//! A job looks at the newest snapshot and keeps what it found, by ids; names are looked up when somebody reads it. Nothing
//! here is a verdict and nothing follows from it by itself: a strange grant may be right, and a role is a candidate until
//! somebody names it and answers for it ([`mine`]).

use crate::{
    Actor, Context, Error, Result, attempt,
    jobs::{self, JobKind},
};
use domain::{AccountId, Action, AttemptId, EntitlementId, GrantId, Object, SourceId};
use mine::{Grants, outliers, roles};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The kind under which the attempt is kept.
const ATTEMPT: &str = "find_patterns";
/// The grants of a source that are looked at at most: more takes longer than somebody waits. `countersign roles` and
/// `countersign outliers` take any number.
const MOST: i64 = 200_000;
/// Grants that are kept as out of place at most, the strangest.
const STRANGE: usize = 200;
/// People whose exceptions are kept at most, those with most of them.
const EXCEPTIONS: usize = 100;
/// The seed of what is drawn by chance, so that the same grants give the same findings.
const SEED: u64 = 1;

/// What was found in a snapshot, by ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Different people who hold something.
    pub people: u64,
    /// Different entitlements that are held.
    pub entitlements: u64,
    /// Grants: a person who holds the same twice counts once.
    pub grants: u64,
    /// Roles of several people, the one that saves most first; nobody in a role gets anything new ([`roles::shared`]).
    pub roles: Vec<FoundRole>,
    /// Grants that no role covers.
    pub single: u64,
    /// How many people have such grants.
    pub excepted: u64,
    /// Those with most of them, most first.
    pub exceptions: Vec<FoundException>,
    /// Grants that look more like a place where nobody holds anything than like those that exist.
    pub strange: u64,
    /// The strangest of them, the strangest first.
    pub outliers: Vec<FoundOutlier>,
}

/// A candidate role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundRole {
    /// Who would have it.
    pub accounts: Vec<AccountId>,
    /// What it would give.
    pub entitlements: Vec<EntitlementId>,
    /// Grants that this role covers and none before it does.
    pub adds: u64,
}

/// What one person holds beyond the roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundException {
    /// The person.
    pub account: AccountId,
    /// What they hold beyond.
    pub entitlements: Vec<EntitlementId>,
}

/// A grant that looks out of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundOutlier {
    /// The grant.
    pub grant: GrantId,
    /// How many others hold the same.
    pub other_holders: u32,
    /// How much else the holder has.
    pub other_grants: u32,
}

/// Asks for a look at the newest snapshot of a source. A job takes it up; the page shows when it is done.
///
/// # Errors
/// [`Error::Refused`] where nothing was read yet, or more than can be looked at.
pub async fn ask(ctx: &Context, actor: &Actor, attempt: AttemptId, source: SourceId) -> Result<()> {
    actor.require(Action::Make, Object::Pattern, false)?;
    let mut tx = ctx.store.begin().await?;
    if attempt::earlier::<()>(&mut tx, actor, attempt, ATTEMPT, source.0).await?.is_some() {
        return Ok(());
    }
    let row = tx.source(source).await?.ok_or(Error::NotFound)?;
    let snapshot = match row.last_seq {
        Some(seq) => tx.snapshot(source, seq).await?,
        None => None,
    };
    let Some(snapshot) = snapshot else {
        return Err(Error::Refused(format!("{} has never been read. Read it first, then look for roles and outliers.", row.name)));
    };
    if snapshot.grants > MOST {
        return Err(Error::Refused(format!(
            "{} has {} grants, and roles and outliers are looked for in at most {MOST} here. The commands countersign roles and countersign outliers take a file of any size.",
            row.name, snapshot.grants
        )));
    }
    jobs::enqueue(ctx, &mut tx, JobKind::FindPatterns(source), ctx.env.now()).await?;
    attempt::keep(ctx, &mut tx, actor, attempt, ATTEMPT, source.0, &()).await?;
    tx.commit().await?;
    Ok(())
}

/// Looks at the newest snapshot of a source and keeps what was found.
pub(crate) async fn find(ctx: &Context, source: SourceId) -> Result<()> {
    let mut tx = ctx.store.read().await?;
    let Some(seq) = tx.source(source).await?.and_then(|row| row.last_seq) else {
        return Ok(());
    };
    let held: Vec<(GrantId, AccountId, EntitlementId)> =
        tx.grants_at(source, seq).await?.into_iter().map(|grant| (grant.id, grant.account, grant.entitlement)).collect();
    drop(tx);
    if held.is_empty() {
        return Ok(());
    }
    // Some seconds of one core; the threads that answer people stay free.
    let found = tokio::task::spawn_blocking(move || look(&held))
        .await
        .map_err(|why| Error::Inconsistent(format!("looking for roles and outliers ended before it was complete: {why}")))??;
    let body = serde_json::to_string(&found).map_err(|why| Error::Inconsistent(why.to_string()))?;
    let mut tx = ctx.store.begin().await?;
    tx.keep_patterns(&store::patterns::Patterns { source, seq, made_at: ctx.env.now(), body }).await?;
    tx.commit().await?;
    Ok(())
}

/// What the grants have in common. Ids are numbered by [`Grants`] in the order of their text.
fn look(held: &[(GrantId, AccountId, EntitlementId)]) -> Result<Found> {
    let pairs: Vec<(String, String)> =
        held.iter().map(|(_, account, entitlement)| (account.to_string(), entitlement.to_string())).collect();
    let grants = Grants::of(&pairs);
    let account = |at: u32| parsed::<AccountId>(grants.user(at));
    let entitlement = |at: u32| parsed::<EntitlementId>(grants.permission(at));
    // Held twice, by two paths: the first by id stands for both.
    let mut by_pair: BTreeMap<(AccountId, EntitlementId), GrantId> = BTreeMap::new();
    for (grant, account, entitlement) in held {
        by_pair.entry((*account, *entitlement)).and_modify(|first| *first = (*first).min(*grant)).or_insert(*grant);
    }

    let mut covered: BTreeSet<(u32, u32)> = BTreeSet::new();
    let mut found_roles = Vec::new();
    for role in roles::shared(&grants) {
        let before = covered.len();
        covered.extend(role.users.iter().flat_map(|user| role.permissions.iter().map(move |permission| (*user, *permission))));
        found_roles.push(FoundRole {
            accounts: role.users.iter().map(|user| account(*user)).collect::<Result<_>>()?,
            entitlements: role.permissions.iter().map(|permission| entitlement(*permission)).collect::<Result<_>>()?,
            adds: (covered.len() - before) as u64,
        });
    }
    let mut beyond: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (user, permission) in grants.pairs().iter().filter(|pair| !covered.contains(*pair)) {
        beyond.entry(*user).or_default().push(*permission);
    }
    let single: u64 = beyond.values().map(|permissions| permissions.len() as u64).sum();
    let excepted = beyond.len() as u64;
    let mut most: Vec<(u32, Vec<u32>)> = beyond.into_iter().collect();
    most.sort_by_key(|(user, permissions)| (std::cmp::Reverse(permissions.len()), *user));
    most.truncate(EXCEPTIONS);
    let mut exceptions = Vec::with_capacity(most.len());
    for (user, permissions) in most {
        let entitlements = permissions.iter().map(|permission| entitlement(*permission)).collect::<Result<_>>()?;
        exceptions.push(FoundException { account: account(user)?, entitlements });
    }

    let mut scores = outliers::score(&grants, SEED);
    scores.retain(|one| one.outlier > outliers::SCALE / 2);
    let strange = scores.len() as u64;
    scores.sort_by_key(|one| (std::cmp::Reverse(one.outlier), one.user, one.permission));
    scores.truncate(STRANGE);
    let mut strangest = Vec::with_capacity(scores.len());
    for one in scores {
        let pair = (account(one.user)?, entitlement(one.permission)?);
        let grant = *by_pair.get(&pair).ok_or_else(|| Error::Inconsistent("an outlier is no grant of the snapshot".to_owned()))?;
        strangest.push(FoundOutlier { grant, other_holders: one.other_holders, other_grants: one.other_grants });
    }
    Ok(Found {
        people: grants.users().len() as u64,
        entitlements: grants.permissions().len() as u64,
        grants: grants.pairs().len() as u64,
        roles: found_roles,
        single,
        excepted,
        exceptions,
        strange,
        outliers: strangest,
    })
}

fn parsed<T: std::str::FromStr>(id: &str) -> Result<T> {
    id.parse().map_err(|_| Error::Inconsistent(format!("{id} is no id")))
}
