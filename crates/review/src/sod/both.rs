//! Whether somebody may keep both sides: approving the second is refused without an accepted control.

use super::parsed;
use crate::{Error, Result, case::Case, say};
use domain::{Answer, GrantId, MitigationId, ReviewState, Timestamp};
use recommend::sod::{BothSides, Checker, Chosen, DutyMap, Held, Rule, RuleSet, keeping_both};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Tx,
    duties::{Conflict, ConflictGrant, GrantStanding, Mitigation},
};

/// How a grant of a conflict stands in its campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stands {
    /// No longer held.
    Gone,
    /// Asked about, and without an answer that keeps or ends it.
    Open,
    /// Somebody decided that it goes.
    Goes,
    /// Somebody approved it, or nobody answered and it was left.
    Stays,
    /// The campaign does not ask about it, so it stays.
    NotAsked,
}

/// How a grant stands.
pub(crate) fn stand(standing: Option<&GrantStanding>) -> Stands {
    let Some(standing) = standing else { return Stands::NotAsked };
    if standing.gone {
        return Stands::Gone;
    }
    match (standing.state, standing.answer) {
        (None, _) => Stands::NotAsked,
        (Some(ReviewState::NoLongerHeld), _) => Stands::Gone,
        (Some(ReviewState::Excepted | ReviewState::Unanswered), _) => Stands::Stays,
        (Some(ReviewState::Staged | ReviewState::Decided | ReviewState::SignedOff), Some(Answer::Approve)) => Stands::Stays,
        (Some(ReviewState::Staged | ReviewState::Decided | ReviewState::SignedOff), Some(Answer::Revoke)) => Stands::Goes,
        (Some(_), _) => Stands::Open,
    }
}

/// The rule of a conflict, in a set of its own.
pub(super) fn rule_of(conflict: &Conflict) -> Result<(RuleSet, Rule)> {
    let alone = parsed(&conflict.body)?;
    let rule = alone.rules.first().cloned();
    let rule = rule.ok_or_else(|| Error::Inconsistent(format!("conflict {} has a file without a rule", conflict.id)))?;
    Ok((alone, rule))
}

/// Whether approving `this` would leave both sides where they are: each side met by grants that stay.
fn leaves_both(alone: &RuleSet, grants: &[ConflictGrant], standings: &BTreeMap<GrantId, GrantStanding>, this: GrantId) -> bool {
    let mut map = DutyMap::default();
    for one in grants {
        map.set(one.entitlement, one.duties.split_whitespace().filter_map(|id| alone.duty(id)).chain(duties_elsewhere(alone, grants, one)));
    }
    let stays = |one: &&ConflictGrant| one.grant == this || matches!(stand(standings.get(&one.grant)), Stands::Stays | Stands::NotAsked);
    let kept: BTreeSet<Held> = grants.iter().filter(stays).map(|one| Held { entitlement: one.entitlement, grant: one.grant }).collect();
    !Checker::new(alone, &map).check(&kept.into_iter().collect::<Vec<_>>()).is_empty()
}

/// What the same entitlement gives on the other side of the rule.
fn duties_elsewhere<'a>(alone: &'a RuleSet, grants: &'a [ConflictGrant], one: &'a ConflictGrant) -> impl Iterator<Item = u32> + 'a {
    let same = grants.iter().filter(|other| other.entitlement == one.entitlement);
    same.flat_map(|other| other.duties.split_whitespace()).filter_map(|id| alone.duty(id))
}

/// What a control that was chosen makes of a conflict.
pub(super) fn standing_of(rule: &Rule, control: &Mitigation, now: Timestamp) -> BothSides {
    let chosen = Chosen {
        control: control.control.clone(),
        owner: Some(control.owner.to_string()),
        until: Some(control.until),
        accepted: control.state == "accepted",
    };
    keeping_both(rule, Some(&chosen), &control.identity.to_string(), now)
}

/// Whether approving an item may leave both sides of a conflict with one person. Returns the controls that allow it; empty
/// where it leaves no conflict.
///
/// # Errors
/// [`Error::Refused`] with the conflict and the ways out of it.
pub(crate) async fn may_keep_both(tx: &mut Tx, case: &Case, now: Timestamp) -> Result<Vec<MitigationId>> {
    let (campaign, grant) = (case.item.campaign, case.item.grant);
    let mut relied_on = Vec::new();
    // Whoever answers for the other side at this moment waits, or is seen.
    tx.hold_conflicts(campaign, grant).await?;
    for conflict in tx.conflicts_of_grant(campaign, grant).await? {
        let (alone, rule) = rule_of(&conflict)?;
        let grants = tx.conflict_grants(conflict.id).await?;
        let standings = tx.standings(conflict.id).await?;
        if !leaves_both(&alone, &grants, &standings, grant) {
            continue;
        }
        let controls = tx.mitigations_of(conflict.identity, &conflict.rule).await?;
        let mut waits = None;
        let mut allowed = None;
        for control in controls.iter().filter(|control| control.state != "refused") {
            match standing_of(&rule, control, now) {
                BothSides::Allowed { .. } => allowed = Some(control.id),
                BothSides::WaitsFor { .. } => waits = Some(control),
                BothSides::Blocked(_) => {}
            }
        }
        if let Some(control) = allowed {
            relied_on.push(control);
            continue;
        }
        return Err(Error::Refused(refusal(tx, case, &alone, &rule, &grants, waits).await?));
    }
    Ok(relied_on)
}

async fn refusal(
    tx: &mut Tx,
    case: &Case,
    alone: &RuleSet,
    rule: &Rule,
    grants: &[ConflictGrant],
    waits: Option<&Mitigation>,
) -> Result<String> {
    let mut others = Vec::new();
    for one in grants.iter().filter(|one| one.grant != case.item.grant) {
        let name =
            tx.entitlement_label(one.entitlement).await?.map_or_else(|| "an access that is no longer listed".to_owned(), |(name, ..)| name);
        if !others.contains(&name) {
            others.push(name);
        }
    }
    let beside = if others.is_empty() { String::new() } else { format!(" ({} stays too)", others.join(", ")) };
    let way = match waits {
        Some(control) => {
            let owner = tx.identity_name(control.owner).await?.unwrap_or_else(|| "its owner".to_owned());
            let until = say::day(control.until.plus(-1), &case.item.time_zone);
            format!(
                "The control {} until {until} waits for {owner} to accept it. Answer again afterwards, or revoke one of the two.",
                control.control
            )
        }
        None if rule.controls.is_empty() => "The rule names no control, so one side has to go: revoke this or the other.".to_owned(),
        None => {
            "Revoke this or the other, or propose a control with an owner and an end date on this page; its owner has to accept it first."
                .to_owned()
        }
    };
    Ok(format!(
        "Approving this would leave both sides of \u{201c}{}\u{201d} with one person{beside}. {way} Nothing was recorded.",
        alone.title(rule)
    ))
}
