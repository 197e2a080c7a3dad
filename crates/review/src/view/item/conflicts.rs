//! The conflicts of duties that an item shows: the rule, both sides, the way out that costs less, and the control.

use crate::{
    Actor, Context, Result,
    case::Case,
    sod::{self, Stands, Way, Ways, stand},
    view::{
        duties::view_of,
        types::{Candidate, Choice, ConflictGrantView, ConflictView, ProposeView},
    },
};
use domain::{Action, CampaignState, Object, time::DAY};
use std::collections::BTreeMap;
use store::{
    Tx,
    duties::{Conflict, ConflictGrant, GrantStanding},
};

/// What the page shows of the conflicts of an item.
pub(super) async fn conflicts(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    yours: bool,
    candidates: &[Candidate],
) -> Result<Vec<ConflictView>> {
    let mut views = Vec::new();
    for conflict in tx.conflicts_of_grant(case.item.campaign, case.item.grant).await? {
        views.push(view(ctx, tx, actor, case, yours, candidates, &conflict).await?);
    }
    Ok(views)
}

async fn view(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    case: &Case,
    yours: bool,
    candidates: &[Candidate],
    conflict: &Conflict,
) -> Result<ConflictView> {
    let now = ctx.env.now();
    let alone = sod::parsed(&conflict.body)?;
    let missing = || crate::Error::Inconsistent(format!("conflict {} has a file without a rule", conflict.id));
    let rule = alone.rules.first().ok_or_else(missing)?;
    let grants = tx.conflict_grants(conflict.id).await?;
    let standings = tx.standings(conflict.id).await?;
    let on_left = grants.iter().any(|one| one.grant == case.item.grant && one.side == "left");
    let mine = if on_left { "left" } else { "right" };
    let (mut this_side, mut other_side) = (Vec::new(), Vec::new());
    for one in &grants {
        if one.side != mine {
            other_side.push(held(tx, actor, one, &standings).await?);
        } else if one.grant != case.item.grant {
            this_side.push(held(tx, actor, one, &standings).await?);
        }
    }
    let ways: Ways =
        serde_json::from_str(&conflict.ways).map_err(|why| crate::Error::Inconsistent(format!("conflict {}: {why}", conflict.id)))?;
    let controls = tx.mitigations_of(conflict.identity, &conflict.rule).await?;
    let counts = controls.iter().find(|one| one.state != "refused" && one.until > now);
    let control = match counts.or_else(|| controls.first()) {
        Some(control) => Some(view_of(tx, rule, control, now).await?),
        None => None,
    };
    let may = counts.is_none()
        && !rule.controls.is_empty()
        && case.item.campaign_state == CampaignState::Open
        && !case.item.state.is_final()
        && actor.may(Action::Make, Object::Control, yours);
    let propose = may.then(|| ProposeView {
        attempt: ctx.env.id(),
        controls: rule.controls.iter().map(|known| Choice { value: known.id.clone(), label: known.does.clone(), count: None }).collect(),
        control: rule.controls.first().map(|known| known.id.clone()).unwrap_or_default(),
        owner: String::new(),
        until: now.plus(180 * DAY).in_zone(&case.item.time_zone).map(|day| day.date().to_string()).unwrap_or_default(),
        candidates: candidates.to_vec(),
        errors: Vec::new(),
    });
    // Which side to give up is a recommendation too.
    let advice = if case.item.showing.is_hidden() { Vec::new() } else { advice(tx, conflict, &ways, &grants, on_left).await? };
    Ok(ConflictView {
        id: conflict.id,
        title: alone.title(rule),
        severity: conflict.severity.clone(),
        risk: rule.risk.clone(),
        this_side,
        other_side,
        advice,
        control,
        propose,
    })
}

async fn held(
    tx: &mut Tx,
    actor: &Actor,
    one: &ConflictGrant,
    standings: &BTreeMap<domain::GrantId, GrantStanding>,
) -> Result<ConflictGrantView> {
    let label = tx.entitlement_label(one.entitlement).await?;
    let (access, application, source) = label.unwrap_or_else(|| ("an access that is no longer listed".to_owned(), None, String::new()));
    let standing = standings.get(&one.grant);
    // Of an item that is somebody else's to answer, only what is held and how it stands is shown.
    let item = match standing.and_then(|standing| standing.item) {
        Some(id) => match tx.review_item(id).await? {
            Some(item) => crate::case::require_view(actor, &item, None).is_ok().then_some(id),
            None => None,
        },
        None => None,
    };
    let stands = match stand(standing) {
        Stands::Gone => "no longer held",
        Stands::Open => "not answered",
        Stands::Goes => "revoked",
        Stands::Stays => "approved",
        Stands::NotAsked => "not asked about",
    };
    Ok(ConflictGrantView { access, application, source, item, stands: stands.to_owned() })
}

/// Which side costs less to give up, and why, as sentences.
async fn advice(tx: &mut Tx, conflict: &Conflict, ways: &Ways, grants: &[ConflictGrant], on_left: bool) -> Result<Vec<String>> {
    let Some(cheaper) = &conflict.cheaper else {
        return Ok(vec!["Neither side costs clearly less to give up.".to_owned()]);
    };
    let left = cheaper == "left";
    let way: &Way = if left { &ways.left } else { &ways.right };
    let mut names = Vec::new();
    for grant in &way.grants {
        let Some(one) = grants.iter().find(|one| one.grant == *grant) else { continue };
        if let Some((name, ..)) = tx.entitlement_label(one.entitlement).await?
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    let what = if names.is_empty() { "that side".to_owned() } else { names.join(" and ") };
    let which = if left == on_left { "This side" } else { "The other side" };
    let mut why = Vec::new();
    match way.unused_days {
        Some(days @ 14..) => why.push(format!("not used for {days} days")),
        Some(_) => why.push("used lately".to_owned()),
        None => why.push("its use is not known".to_owned()),
    }
    if let Some((held, of)) = way.peers {
        why.push(format!("held by {held} of {of} others with the same title"));
    }
    let mut lines = vec![format!("{which} costs less to give up, {what}: {}.", why.join(", "))];
    if !way.also_lost.is_empty() {
        let instead = match way.instead {
            Some(entitlement) => tx.entitlement_label(entitlement).await?.map(|(name, ..)| name),
            None => None,
        };
        let lost = way.also_lost.join(", ");
        lines.push(match instead {
            Some(name) => format!("They would also lose: {lost}. {name} would give that back without a conflict."),
            None => format!("They would also lose: {lost}."),
        });
    }
    Ok(lines)
}
