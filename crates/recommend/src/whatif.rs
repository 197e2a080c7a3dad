//! What would change a recommendation: counterfactuals, and unknown facts that would matter.
//!
//! Nothing here is guessed from weights: each claim is tried, by changing the facts and making the recommendation again.
//! Rule 31 says where none may be made: none where a named rule decided, and none that use by the holder alone would meet,
//! so only what people alike hold is varied. Of unknown use it is said that it would matter, never which use would.

use crate::decide::decide_with;
use crate::fact::{Fact, FactId, FactValue, Facts, Share};
use crate::learned::Learned;
use crate::reason::PeerLevel;
use crate::recommendation::{CanonicalError, Recommendation};
use crate::rules::{self, HardRule};
use crate::sentence::{Names, group_words};
use crate::weights::Weights;
use domain::{AccountStatus, Grain, Sensitivity, Timestamp, Verdict, time::DAY};
use serde::{Deserialize, Serialize};

/// The most people that a counterfactual speaks of: more is no help to anybody.
const MOST_PEOPLE: u32 = 25;

/// How many more, or fewer, of the people alike would hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerChange {
    /// Of which people alike.
    pub level: PeerLevel,
    /// How many more; below 0, how many fewer. Never 0.
    pub more: i32,
    /// Of how many.
    pub of: u32,
}

/// A change that would give another verdict, everything else staying as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counterfactual {
    /// What would be different.
    pub change: PeerChange,
    /// What would be recommended then.
    pub verdict: Verdict,
}

/// Something that nobody knows and that would matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unknown {
    /// What is not known.
    pub fact: FactId,
    /// What could be recommended if it were known, besides what is, in the order Approve, Revoke, Escalate.
    pub verdicts: Vec<Verdict>,
}

/// The nearest changes among the people alike that would give another verdict: at most one with more holders and one with
/// fewer. Empty where a named rule decided (rule 31).
pub fn counterfactuals(made: &Recommendation, weights: &Weights) -> Result<Vec<Counterfactual>, CanonicalError> {
    counterfactuals_with(made, weights, &|_| None)
}

/// As [`counterfactuals`], where `model` tells what the model that the recommendation was made with says of other facts.
pub fn counterfactuals_with(
    made: &Recommendation,
    weights: &Weights,
    model: &dyn Fn(&Facts) -> Option<Learned>,
) -> Result<Vec<Counterfactual>, CanonicalError> {
    let mut found = Vec::new();
    if made.rule.is_some() {
        return Ok(found);
    }
    for sign in [1, -1] {
        'nearest: for people in 1..=MOST_PEOPLE {
            for level in [PeerLevel::Title, PeerLevel::Department, PeerLevel::Manager] {
                let Some((facts, of)) = varied(&made.facts, level, sign, people) else { continue };
                let learned = model(&facts);
                let then = decide_with(made.grant, made.as_of, facts, weights, learned)?;
                // What a model learned may turn the other way by accident: that fewer people should argue for keeping is no advice.
                if (keeping(then.verdict) - keeping(made.verdict)) * sign > 0 {
                    let more = i32::try_from(people).unwrap_or(i32::MAX) * sign;
                    found.push(Counterfactual { change: PeerChange { level, more, of }, verdict: then.verdict });
                    break 'nearest;
                }
            }
        }
    }
    Ok(found)
}

/// How far a verdict argues for keeping.
const fn keeping(verdict: Verdict) -> i32 {
    match verdict {
        Verdict::Approve => 1,
        Verdict::Escalate => 0,
        Verdict::Revoke => -1,
    }
}

/// The facts if so many more (or fewer) of the people alike held it, and how many these people are. `None` where there are
/// not that many.
fn varied(facts: &Facts, level: PeerLevel, sign: i32, people: u32) -> Option<(Facts, u32)> {
    // People with the title are people of the department, and all are people of the source; a team may be of any title.
    let (within, around): (FactId, &[FactId]) = match level {
        PeerLevel::Title => (FactId::PeersTitle, &[FactId::PeersTitle, FactId::PeersDepartment, FactId::PeersAll]),
        PeerLevel::Department => (FactId::PeersDepartment, &[FactId::PeersDepartment, FactId::PeersAll]),
        PeerLevel::Manager => (FactId::PeersManager, &[FactId::PeersManager, FactId::PeersAll]),
        PeerLevel::All => return None,
    };
    let group = facts.share(within);
    // Those of the department who have the title were varied with the title.
    let apart = if level == PeerLevel::Department { facts.share(FactId::PeersTitle) } else { Share { held: 0, of: 0 } };
    let (held, of) = (group.held.saturating_sub(apart.held), group.of.saturating_sub(apart.of));
    let room = if sign > 0 { of.saturating_sub(held) } else { held };
    if room < people {
        return None;
    }
    let moved = |held: u32| if sign > 0 { held.saturating_add(people) } else { held.saturating_sub(people) };
    let mut changed: Vec<Fact> = Vec::new();
    for id in around {
        if let Some(fact) = facts.get(*id)
            && let FactValue::Share(share) = fact.value
        {
            let value = FactValue::Share(Share { held: moved(share.held), of: share.of });
            changed.push(Fact { value, ..fact.clone() });
        }
    }
    if let Some(fact) = facts.get(FactId::Holders)
        && let FactValue::Number(holders) = fact.value
    {
        let holders = holders + i64::from(sign) * i64::from(people);
        changed.push(Fact { value: FactValue::Number(holders), ..fact.clone() });
        if let Some(last) = facts.get(FactId::LastHolder) {
            changed.push(Fact { value: FactValue::Flag(holders == 1), ..last.clone() });
        }
    }
    Some((facts.clone().with(changed), group.of))
}

/// What is unknown and would matter: known, it could give another verdict. In the order of [`FactId::ALL`].
pub fn unknowns(made: &Recommendation, weights: &Weights) -> Result<Vec<Unknown>, CanonicalError> {
    unknowns_with(made, weights, &|_| None)
}

/// As [`unknowns`], where `model` tells what the model that the recommendation was made with says of other facts.
pub fn unknowns_with(
    made: &Recommendation,
    weights: &Weights,
    model: &dyn Fn(&Facts) -> Option<Learned>,
) -> Result<Vec<Unknown>, CanonicalError> {
    let mut found = Vec::new();
    for (fact, could_be) in possible(made) {
        let mut verdicts = Vec::new();
        for facts in could_be {
            let learned = model(&facts);
            let then = decide_with(made.grant, made.as_of, facts, weights, learned)?.verdict;
            if then != made.verdict {
                verdicts.push(then);
            }
        }
        verdicts.sort_unstable();
        verdicts.dedup();
        if !verdicts.is_empty() {
            found.push(Unknown { fact, verdicts });
        }
    }
    found.sort_by_key(|unknown| unknown.fact);
    Ok(found)
}

/// For each unknown fact, the facts as they could be if it were known: the ends of what is possible.
fn possible(made: &Recommendation) -> Vec<(FactId, Vec<Facts>)> {
    let (facts, as_of) = (&made.facts, made.as_of);
    let status = rules::status(facts);
    let unknown = |id: FactId| matches!(facts.value(id), Some(FactValue::Unknown));
    // What is filled in stands where the status of the account stands: read from the same source at the same time.
    let set = |id: FactId, value: FactValue| facts.get(FactId::AccountStatus).map(|like| Fact { id, value, ..like.clone() });
    let one = |id: FactId, values: Vec<FactValue>| -> Vec<Facts> {
        values.into_iter().filter_map(|value| Some(facts.clone().with([set(id, value)?]))).collect()
    };
    let mut possible = Vec::new();
    let judged_by_use = !status.is_non_human() && status != AccountStatus::Leave && !facts.flag(FactId::Emergency);
    if judged_by_use && rules::use_unknown(facts) {
        possible.push((FactId::LastUsed, [used(facts, as_of), unused(facts, as_of)].into_iter().flatten().collect()));
    }
    if unknown(FactId::Sensitivity) {
        let values = [Sensitivity::Low, Sensitivity::Privileged].map(FactValue::Sensitivity);
        possible.push((FactId::Sensitivity, one(FactId::Sensitivity, values.into())));
    }
    if unknown(FactId::GrantedOn) {
        let values = [10, 1_500].map(|days| FactValue::At(as_of.plus(-days * DAY)));
        possible.push((FactId::GrantedOn, one(FactId::GrantedOn, values.into())));
    }
    if facts.flag(FactId::ManagerMissing) && matches!(made.rule, Some(HardRule::ManagerMissing | HardRule::MachineWithoutOwner)) {
        possible.push((FactId::ManagerMissing, one(FactId::ManagerMissing, vec![FactValue::Flag(false)])));
    }
    if matches!(made.rule, Some(HardRule::LeftWithoutDate | HardRule::DisabledWithoutDate)) {
        possible.push((FactId::LeftOn, one(FactId::LeftOn, vec![FactValue::At(as_of.plus(-30 * DAY))])));
    }
    possible
}

/// The facts if a use of this very access five days ago were known.
fn used(facts: &Facts, as_of: Timestamp) -> Option<Facts> {
    let last = as_of.plus(-5 * DAY);
    let since_change = facts.at(FactId::ChangedJobOn).is_some_and(|changed| changed < last);
    known_use(facts, FactValue::At(last), 15, 90, None, since_change)
}

/// The facts if it were known that it was never used for 200 days, or for as long as it is held.
fn unused(facts: &Facts, as_of: Timestamp) -> Option<Facts> {
    let held = facts.at(FactId::GrantedOn).map_or(200, |granted| as_of.days_since(granted).clamp(0, 200));
    known_use(facts, FactValue::NoneSeen, 0, 200, Some(held), false)
}

fn known_use(facts: &Facts, last: FactValue, days_used: i64, window: i64, unused_days: Option<i64>, since_change: bool) -> Option<Facts> {
    let like = facts.get(FactId::LastUsed).or_else(|| facts.get(FactId::AccountStatus))?.clone();
    let fact = |id: FactId, value: FactValue| Fact { id, value, ..like.clone() };
    let mut changed = vec![
        fact(FactId::UsageWindow, FactValue::Number(window)),
        fact(FactId::UsageGrain, FactValue::Grain(Grain::Entitlement)),
        fact(FactId::LastUsed, last),
        fact(FactId::DaysUsed, FactValue::Number(days_used)),
    ];
    changed.extend(unused_days.map(|days| fact(FactId::UnusedDays, FactValue::Number(days))));
    if facts.at(FactId::ChangedJobOn).is_some() {
        changed.push(fact(FactId::UsedSinceJobChange, FactValue::Flag(since_change)));
    }
    Some(facts.clone().without(FactId::UnusedDays).without(FactId::Rhythm).with(changed))
}

/// A verdict in the middle of a sentence: "this would be …".
const fn would_be(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "Approve",
        Verdict::Revoke => "Revoke",
        Verdict::Escalate => "left to your judgement",
    }
}

/// The counterfactual in words.
pub fn say_counterfactual(counterfactual: &Counterfactual, names: &dyn Names) -> String {
    let Counterfactual { change: PeerChange { level, more, of }, verdict } = counterfactual;
    let people = more.unsigned_abs();
    let word = if *more > 0 { "more" } else { "fewer" };
    let others = if *of == 1 { "the 1 other".to_owned() } else { format!("the {of} others") };
    format!("If {people} {word} of {others} {} held it, this would be {}.", group_words(*level, names), would_be(*verdict))
}

/// What is unknown, in words. Of use it is not said which would give what (rule 31).
pub fn say_unknown(unknown: &Unknown) -> String {
    let could: Vec<&str> = unknown.verdicts.iter().map(|verdict| would_be(*verdict)).collect();
    let could = could.join(" or ");
    match unknown.fact {
        FactId::LastUsed => "Whether they use it is not known. Knowing it would change this recommendation.".to_owned(),
        FactId::Sensitivity => {
            format!("How much harm it could do is not stated, so it counts as high. Once its owner states it, this could be {could}.")
        }
        FactId::GrantedOn => format!("Since when they hold it is not known. With the date, this could be {could}."),
        FactId::ManagerMissing => {
            format!("Who answers for the holder is not known. With somebody who does, this could be {could}.")
        }
        FactId::LeftOn => format!("HR gives no last day. With one that has passed, this could be {could}."),
        other => format!("One fact is not known ({other}). With it, this could be {could}."),
    }
}
