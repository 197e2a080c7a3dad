//! Evaluating the rules over everything that is held, when a campaign is opened or asks anew.

use super::{FIRST_NUMBER, InForce, in_force};
use crate::{Context, Error, Result, population, population::Loaded};
use domain::{CampaignId, EntitlementId, GrantId, IdentityId, SourceId, Timestamp};
use recommend::{
    Fact, FactId, FactValue, Facts, Judge, Origin, Share, Side, Weights,
    sod::{Checker, Conflict, Evaluation, Held, Holding, Loss, SideHeld, WaysOut, WhichSide, Worth},
};
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use store::{Tx, duties::ConflictGrant};

/// What giving up either side of a conflict would mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ways {
    /// Giving up the first side.
    pub left: Way,
    /// Giving up the second.
    pub right: Way,
}

/// What giving up one side would mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// The grants that would go.
    pub grants: Vec<GrantId>,
    /// What it would cost; docs/separation-of-duties.md says how that is counted.
    pub cost: u32,
    /// For how many days the first of them was not used; `None` where that is unknown.
    pub unused_days: Option<u32>,
    /// How many of how many people alike hold the first of them.
    pub peers: Option<(u32, u32)>,
    /// The names of duties that would be lost besides.
    pub also_lost: Vec<String>,
    /// What would give these back without a conflict.
    pub instead: Option<EntitlementId>,
}

/// A conflict, to be stored.
#[derive(Debug, Clone)]
pub(crate) struct FoundConflict {
    /// Who holds both sides.
    pub identity: IdentityId,
    /// Under which facts name the rule.
    pub number: u32,
    /// The rule's id.
    pub rule: String,
    /// Its severity.
    pub severity: &'static str,
    /// The rule as a file of its own.
    pub body: String,
    /// The side that costs less to give up.
    pub cheaper: Option<&'static str>,
    /// What giving up either side would mean.
    pub ways: Ways,
    /// The grants of both sides.
    pub grants: Vec<ConflictGrant>,
}

/// What evaluating showed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// The version of the rules.
    pub version: i64,
    /// Grants of entitlements that somebody has mapped.
    pub evaluated: u64,
    /// Grants of entitlements that nobody has mapped.
    pub not_evaluated: u64,
    /// What the conflicts add to the facts of a grant.
    pub facts: BTreeMap<GrantId, Vec<Fact>>,
    /// The conflicts, by person and rule.
    pub conflicts: Vec<FoundConflict>,
}

/// A source's snapshot that is at hand.
pub(crate) type AtHand = (SourceId, i64, Arc<Loaded>);

/// Evaluates the rules in force over all sources: those at hand by their snapshot, the others by their newest. `None` where
/// no rules are in force. `of` leaves everybody else out.
pub(crate) async fn evaluate(
    tx: &mut Tx,
    at_hand: &[AtHand],
    of: Option<&BTreeSet<IdentityId>>,
    as_of: Timestamp,
) -> Result<Option<Found>> {
    let Some(rules) = in_force(tx).await? else { return Ok(None) };
    let mut holdings: Vec<Holding<IdentityId>> = Vec::new();
    let mut source_of: BTreeMap<GrantId, SourceId> = BTreeMap::new();
    let mut others: BTreeMap<SourceId, i64> = BTreeMap::new();
    for source in tx.sources().await? {
        let held = match (at_hand.iter().find(|(id, ..)| *id == source.id), source.last_seq) {
            (Some((_, _, loaded)), _) => of_loaded(loaded),
            (None, Some(seq)) => {
                others.insert(source.id, seq);
                tx.holdings_at(source.id, seq).await?
            }
            (None, None) => continue,
        };
        for (person, entitlement, grant) in held.into_iter().filter(|(person, ..)| of.is_none_or(|of| of.contains(person))) {
            // Only what is mapped can stand in a conflict; the rest is counted.
            if rules.map.duties(entitlement).is_some() {
                source_of.insert(grant, source.id);
            }
            holdings.push(Holding { person, held: Held { entitlement, grant } });
        }
    }
    let rules = Arc::new(rules);
    let (evaluation, held) = {
        let rules = rules.clone();
        aside(move || {
            let conflicts = Checker::new(&rules.rules, &rules.map).evaluate(holdings.clone());
            let people: BTreeSet<IdentityId> = conflicts.conflicts.iter().map(|(person, _)| *person).collect();
            let mut held: BTreeMap<IdentityId, Vec<Held>> = BTreeMap::new();
            for holding in holdings.into_iter().filter(|holding| people.contains(&holding.person)) {
                held.entry(holding.person).or_default().push(holding.held);
            }
            (conflicts, held)
        })
        .await?
    };
    // What grants in conflicts are worth is known to their own sources.
    let concerned: BTreeSet<GrantId> =
        held.values().flatten().map(|held| held.grant).filter(|grant| source_of.contains_key(grant)).collect();
    let wanted: BTreeSet<SourceId> = concerned.iter().filter_map(|grant| source_of.get(grant).copied()).collect();
    let mut worth: BTreeMap<GrantId, Worth> = BTreeMap::new();
    for source in wanted {
        let loaded = match (at_hand.iter().find(|(id, ..)| *id == source), others.get(&source)) {
            (Some((_, _, loaded)), _) => loaded.clone(),
            (None, Some(seq)) => Arc::new(population::load(tx, source, *seq, as_of).await?),
            (None, None) => continue,
        };
        let of: BTreeSet<GrantId> = concerned.iter().copied().filter(|grant| source_of.get(grant) == Some(&source)).collect();
        worth.extend(aside(move || worth_of(&loaded, &of, as_of)).await??);
    }
    Ok(Some(aside(move || found(&rules, &evaluation, &held, &worth, as_of)).await?))
}

/// Work that would keep the threads that answer people.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|why| Error::Inconsistent(format!("evaluating duties ended before it was complete: {why}")))
}

fn of_loaded(loaded: &Loaded) -> Vec<(IdentityId, EntitlementId, GrantId)> {
    let of = |grant: &store::access::Grant| Some((loaded.accounts.get(&grant.account)?.identity, grant.entitlement, grant.id));
    loaded.grants.iter().filter_map(of).collect()
}

/// What the facts say of the worth of these grants to their holders.
fn worth_of(loaded: &Loaded, grants: &BTreeSet<GrantId>, as_of: Timestamp) -> Result<BTreeMap<GrantId, Worth>> {
    let wrong = |why: recommend::JudgeError| Error::Inconsistent(why.to_string());
    let judge = Judge::new(&loaded.population, as_of, Weights::default()).map_err(wrong)?;
    let mut worth = BTreeMap::new();
    for (at, grant) in loaded.grants.iter().enumerate().filter(|(_, grant)| grants.contains(&grant.id)) {
        worth.insert(grant.id, worth_by(&judge.facts(at).map_err(wrong)?, as_of));
    }
    Ok(worth)
}

/// What the facts about a grant, judged at `as_of`, say of its worth to its holder.
pub(crate) fn worth_by(facts: &Facts, as_of: Timestamp) -> Worth {
    let in_use = facts.at(FactId::LastUsed).map(|used| as_of.days_since(used).max(0));
    // The last use that is seen counts where it is one of this very access (rule 26).
    let of_itself = matches!(facts.value(FactId::UsageGrain), Some(FactValue::Grain(grain)) if grain.is_of_itself());
    let idle = facts.number(FactId::UnusedDays).or_else(|| in_use.filter(|_| of_itself));
    let Share { held, of } = facts.share(FactId::PeersTitle);
    Worth { unused_days: idle.and_then(|days| u32::try_from(days).ok()), peers: (of > 0).then_some((held, of)) }
}

fn found(
    rules: &InForce,
    evaluation: &Evaluation<IdentityId>,
    held: &BTreeMap<IdentityId, Vec<Held>>,
    worth: &BTreeMap<GrantId, Worth>,
    as_of: Timestamp,
) -> Found {
    let checker = Checker::new(&rules.rules, &rules.map);
    let worth_of = |one: Held| worth.get(&one.grant).copied().unwrap_or_default();
    let mut out =
        Found { version: rules.version, evaluated: evaluation.evaluated, not_evaluated: evaluation.not_evaluated, ..Found::default() };
    // Of every grant the conflicts it stands in, by rule.
    let mut of_grant: BTreeMap<GrantId, Vec<(Held, &Conflict, WaysOut)>> = BTreeMap::new();
    for (person, conflict) in &evaluation.conflicts {
        let holds = held.get(person).map(Vec::as_slice).unwrap_or_default();
        let (Some(rule), Some(ways)) = (rules.rules.rules.get(conflict.rule as usize), checker.ways_out(conflict, holds, worth_of)) else {
            continue;
        };
        let Some(alone) = rules.rules.only(&rule.id) else { continue };
        let names = |duties: &[u32]| {
            let named = duties.iter().filter_map(|duty| rules.rules.duties.get(*duty as usize)).map(|duty| duty.name.clone());
            named.collect::<Vec<_>>()
        };
        let way = |loss: &Loss| {
            let first = loss.grants.first().map(|one| worth_of(*one)).unwrap_or_default();
            Way {
                grants: loss.grants.iter().map(|one| one.grant).collect(),
                cost: loss.cost,
                unused_days: first.unused_days,
                peers: first.peers,
                also_lost: names(&loss.also_lost),
                instead: loss.instead,
            }
        };
        let side = |which: &'static str, side: &SideHeld| {
            let gives = |one: &Held| {
                let given = rules.map.duties(one.entitlement).unwrap_or_default().iter().filter(|duty| side.duties.contains(duty));
                let ids = given.filter_map(|duty| rules.rules.duties.get(*duty as usize)).map(|duty| duty.id.as_str());
                ids.collect::<Vec<_>>().join(" ")
            };
            let grant =
                |one: &Held| ConflictGrant { side: which.to_owned(), grant: one.grant, entitlement: one.entitlement, duties: gives(one) };
            side.grants.iter().map(grant).collect::<Vec<_>>()
        };
        out.conflicts.push(FoundConflict {
            identity: *person,
            number: FIRST_NUMBER.saturating_add(conflict.rule),
            rule: rule.id.clone(),
            severity: rule.severity.as_str(),
            body: alone.to_toml(),
            cheaper: ways.cheaper.map(word),
            ways: Ways { left: way(&ways.left), right: way(&ways.right) },
            grants: [side("left", &conflict.left), side("right", &conflict.right)].concat(),
        });
        let both: BTreeSet<Held> = conflict.left.grants.iter().chain(&conflict.right.grants).copied().collect();
        for one in both {
            of_grant.entry(one.grant).or_default().push((one, conflict, ways.clone()));
        }
    }
    for (grant, conflicts) in of_grant {
        out.facts.insert(grant, facts_of(&conflicts, worth_of, as_of));
    }
    out
}

const fn word(side: WhichSide) -> &'static str {
    match side {
        WhichSide::Left => "left",
        WhichSide::Right => "right",
    }
}

/// The facts about a grant that stands in conflicts: what is on the other side, and which side of the first would cost less.
fn facts_of(conflicts: &[(Held, &Conflict, WaysOut)], worth: impl Fn(Held) -> Worth, as_of: Timestamp) -> Vec<Fact> {
    let fact = |id: FactId, value: FactValue| Fact { id, origin: Origin::Settings, read_at: as_of, value };
    let mut duties = Vec::new();
    let mut cheaper = None;
    for (place, (this, conflict, ways)) in conflicts.iter().enumerate() {
        let on_left = conflict.left.grants.contains(this);
        let (others, loss) = if on_left { (&conflict.right, &ways.right) } else { (&conflict.left, &ways.left) };
        // What would go with the other side stands first: the reason names it.
        let named = loss.grants.iter().chain(&others.grants).map(|one| one.entitlement);
        let mut told = BTreeSet::new();
        let rule = FIRST_NUMBER.saturating_add(conflict.rule);
        for other in named.filter(|entitlement| told.insert(*entitlement)) {
            duties.push(recommend::Duty { other, rule });
        }
        if place == 0 {
            cheaper = side_of(*this, on_left, ways, &worth);
        }
    }
    let mut facts = vec![fact(FactId::SeparatedDuties, FactValue::Duties(duties))];
    facts.extend(cheaper.map(|side| fact(FactId::CheaperSide, FactValue::Side(side))));
    facts
}

/// The side that costs less, as a fact about one of its grants tells it.
fn side_of(this: Held, on_left: bool, ways: &WaysOut, worth: &impl Fn(Held) -> Worth) -> Option<Side> {
    let cheaper = ways.cheaper?;
    let loss = if cheaper == WhichSide::Left { &ways.left } else { &ways.right };
    let mine = (cheaper == WhichSide::Left) == on_left;
    // Of several grants on this grant's own side another may be the one to give up: then nothing is said of this one.
    let goes = if mine { loss.grants.iter().find(|one| one.grant == this.grant) } else { loss.grants.first() }?;
    let Worth { unused_days, peers } = worth(*goes);
    let (held, of) = peers.unwrap_or_default();
    Some(Side { give_up: goes.entitlement, peers: Share { held, of }, unused_days: unused_days.map(i64::from) })
}

/// The facts of a grant with what the conflicts add. What a source's own settings declare goes before it.
pub(crate) fn with_conflicts(facts: Facts, more: Option<&Vec<Fact>>) -> Facts {
    let Some(more) = more else { return facts };
    match facts.value(FactId::SeparatedDuties) {
        None => facts.with(more.iter().cloned()),
        Some(FactValue::Duties(declared)) => {
            let added = more.iter().filter_map(|fact| match &fact.value {
                FactValue::Duties(duties) => {
                    Some(Fact { value: FactValue::Duties([declared.clone(), duties.clone()].concat()), ..fact.clone() })
                }
                _ => None,
            });
            let added: Vec<Fact> = added.collect();
            facts.with(added)
        }
        Some(_) => facts,
    }
}

/// Keeps what was found with a campaign: the counts, and the conflicts that touch a grant that it asks about. Returns how
/// many these are.
pub(crate) async fn keep(ctx: &Context, tx: &mut Tx, campaign: CampaignId, found: &Found, asked: &BTreeSet<GrantId>) -> Result<i64> {
    let mut kept = 0;
    for conflict in &found.conflicts {
        if !conflict.grants.iter().any(|one| asked.contains(&one.grant)) {
            continue;
        }
        let row = store::duties::Conflict {
            id: ctx.env.id(),
            campaign,
            identity: conflict.identity,
            rule: conflict.rule.clone(),
            number: i64::from(conflict.number),
            severity: conflict.severity.to_owned(),
            body: conflict.body.clone(),
            cheaper: conflict.cheaper.map(str::to_owned),
            ways: serde_json::to_string(&conflict.ways).map_err(|why| Error::Inconsistent(why.to_string()))?,
            found_at: ctx.env.now(),
        };
        tx.insert_conflict(&row, &conflict.grants).await?;
        kept += 1;
    }
    Ok(kept)
}
