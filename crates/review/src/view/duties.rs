//! Duties that must be apart: the rules, what entitlements give, and controls.

use super::{
    head::{campaign_head, cut},
    types::{
        Choice, ControlLine, ControlView, Controls, Duties, DutyChange, DutyCoverage, DutyMapPage, DutyRule, DutyRules, MapChange, MapLine,
    },
};
use crate::{Actor, Context, Error, FieldError, Result, privacy::Veil, sod};
use domain::{Action, AttemptId, EntitlementId, IdentityId, MitigationId, Object, Timestamp};
use recommend::sod::{Rule, RuleSet, STARTER_PACKS};
use store::{Tx, duties::Mitigation};

/// Entitlements on one page.
const PAGE: i64 = 50;

/// The longest text that can be searched for, in characters.
const LONGEST_SEARCH: usize = 100;

/// A form of `/duties` that could not be taken, to be shown again with what was typed.
#[derive(Debug, Clone)]
pub struct DutiesEntered {
    /// The form's attempt.
    pub attempt: AttemptId,
    /// The file as it was entered; `None` where another form was sent.
    pub rules: Option<String>,
    /// Id and name of one more duty as they were entered; `None` where another form was sent.
    pub duty: Option<(String, String)>,
    /// What could not be taken.
    pub errors: Vec<FieldError>,
}

/// `/duties`.
///
/// # Errors
/// [`Error::NotFound`] where the reader may not see them.
pub async fn duties(ctx: &Context, actor: &Actor, again: Option<DutiesEntered>) -> Result<Duties> {
    actor.require(Action::View, Object::Duty, false)?;
    let mut tx = ctx.store.read().await?;
    let stored = tx.duty_rules().await?;
    let rules = match &stored {
        Some(stored) => {
            let set = sod::parsed(&stored.body)?;
            let by = match stored.by {
                Some(by) => tx.user(by).await?.map(|user| user.name),
                None => None,
            };
            Some(DutyRules {
                name: set.name.clone(),
                version: stored.version,
                at: stored.at,
                by,
                duties: count(set.duties.len()),
                rules: lines(&set),
            })
        }
        None => None,
    };
    let change = actor.may(Action::Change, Object::Duty, false).then(|| {
        let body = stored.as_ref().map(|stored| stored.body.clone()).unwrap_or_default();
        let none = || DutiesEntered { attempt: ctx.env.id(), rules: None, duty: None, errors: Vec::new() };
        let DutiesEntered { attempt, rules, duty, errors } = again.unwrap_or_else(none);
        let rules = rules.unwrap_or(body);
        let (duty, duty_name) = duty.unwrap_or_default();
        DutyChange {
            attempt,
            packs_attempt: ctx.env.id(),
            duty_attempt: ctx.env.id(),
            duty,
            duty_name,
            expected_version: stored.as_ref().map_or(0, |stored| stored.version),
            rules,
            packs: STARTER_PACKS.iter().filter_map(|pack| Some((pack.id, RuleSet::parse(pack.text).ok()?))).map(choice).collect(),
            errors,
        }
    });
    Ok(Duties { rules, coverage: coverage(&mut tx).await?, change })
}

fn choice((id, set): (&'static str, RuleSet)) -> Choice {
    Choice { value: id.to_owned(), label: set.name, count: Some(count(set.rules.len())) }
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

fn lines(set: &RuleSet) -> Vec<DutyRule> {
    let mut rules: Vec<_> = set.rules.iter().collect();
    rules.sort_by(|a, b| (b.severity, &a.id).cmp(&(a.severity, &b.id)));
    rules.into_iter().map(|rule| rule_line(set, rule)).collect()
}

/// A rule as lists show it.
pub(super) fn rule_line(set: &RuleSet, rule: &Rule) -> DutyRule {
    DutyRule {
        id: rule.id.clone(),
        title: set.title(rule),
        severity: rule.severity.as_str().to_owned(),
        risk: rule.risk.clone(),
        controls: count(rule.controls.len()),
    }
}

/// Every duty of a set, to choose from.
pub(super) fn duty_choices(set: &RuleSet) -> Vec<Choice> {
    set.duties.iter().map(|duty| Choice { value: duty.id.clone(), label: duty.name.clone(), count: None }).collect()
}

async fn coverage(tx: &mut Tx) -> Result<DutyCoverage> {
    let found = tx.duty_coverage().await?;
    Ok(DutyCoverage {
        entitlements: found.entitlements,
        entitlements_held: found.entitlements_held,
        grants: found.grants,
        grants_held: found.grants_held,
    })
}

/// What `/duties/map` is asked for.
#[derive(Debug, Clone, Default)]
pub struct MapArgs {
    /// What is searched for.
    pub q: Option<String>,
    /// Whether only what nobody has mapped is listed.
    pub unmapped: bool,
    /// The page begins after this entitlement.
    pub after: Option<EntitlementId>,
}

/// `/duties/map`. `again` is a file that could not be taken.
///
/// # Errors
/// [`Error::NotFound`] where the reader may not see it.
pub async fn duty_map(
    ctx: &Context,
    actor: &Actor,
    args: &MapArgs,
    again: Option<(AttemptId, String, Vec<FieldError>)>,
) -> Result<DutyMapPage> {
    actor.require(Action::View, Object::Duty, false)?;
    let mut tx = ctx.store.read().await?;
    let q: String = args.q.as_deref().unwrap_or_default().trim().chars().take(LONGEST_SEARCH).collect();
    let mut rows = tx.entitlements_to_map(Some(q.as_str()).filter(|q| !q.is_empty()), args.unmapped, args.after, PAGE + 1).await?;
    let more = cut(&mut rows, PAGE);
    let duties = match tx.duty_rules().await? {
        Some(stored) => {
            let set = sod::parsed(&stored.body)?;
            duty_choices(&set)
        }
        None => Vec::new(),
    };
    let change = actor.may(Action::Change, Object::Duty, false).then(|| {
        let (attempt, map, errors) = again.unwrap_or_else(|| (ctx.env.id(), String::new(), Vec::new()));
        MapChange { attempt, map, errors }
    });
    Ok(DutyMapPage {
        coverage: coverage(&mut tx).await?,
        q,
        unmapped: args.unmapped,
        next: rows.last().filter(|_| more).map(|last| EntitlementId(last.entitlement_id)),
        entitlements: rows
            .into_iter()
            .map(|row| MapLine {
                id: row.entitlement_id.into(),
                access: row.name.unwrap_or_else(|| row.external_id.clone()),
                application: row.application,
                source: row.source,
                external_id: row.external_id,
                grants: row.grants,
                duties: row.duties.map(|ids| ids.split_whitespace().map(str::to_owned).collect()),
                attempt: ctx.env.id(),
            })
            .collect(),
        duties,
        change,
    })
}

/// `/controls`: those that name the reader as owner; everybody's for those who may see them.
///
/// # Errors
/// [`Error::NotFound`] where the reader may not see any.
pub async fn controls(ctx: &Context, actor: &Actor, before: Option<MitigationId>) -> Result<Controls> {
    actor.require(Action::View, Object::Control, true)?;
    let all = actor.may(Action::View, Object::Control, false);
    let mut tx = ctx.store.read().await?;
    let mut rows = match (all, actor.identity) {
        (true, _) => tx.mitigations(None, before, PAGE + 1).await?,
        (false, Some(identity)) => tx.mitigations(Some(identity), before, PAGE + 1).await?,
        (false, None) => Vec::new(),
    };
    let more = cut(&mut rows, PAGE);
    let next = rows.last().filter(|_| more).map(|last| last.id);
    let veil = Veil::before(&mut tx, actor).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        lines.push(line(ctx, &mut tx, actor, &veil, row).await?);
    }
    Ok(Controls { lines, next, all })
}

async fn line(ctx: &Context, tx: &mut Tx, actor: &Actor, veil: &Veil, control: Mitigation) -> Result<ControlLine> {
    let missing = |what: &str| Error::Inconsistent(format!("control {} names a {what} that is not there", control.id));
    let conflict = tx.conflict(control.conflict).await?.ok_or_else(|| missing("conflict"))?;
    let campaign = tx.campaign(conflict.campaign).await?.ok_or_else(|| missing("campaign"))?;
    let alone = sod::parsed(&conflict.body)?;
    let rule = alone.rules.first().ok_or_else(|| missing("rule"))?;
    let mut held = Vec::new();
    for one in tx.conflict_grants(conflict.id).await? {
        if let Some((name, ..)) = tx.entitlement_label(one.entitlement).await?
            && !held.contains(&name)
        {
            held.push(name);
        }
    }
    // Who must say whether a control is done must know over whom; nobody else of those who may not see it does.
    let mine = actor.identity == Some(control.owner);
    let holder = name_of(tx, conflict.identity).await?;
    let view = view_of(tx, rule, &control, ctx.env.now()).await?;
    let open = mine && view.state == "proposed" && actor.may(Action::Settle, Object::Control, true);
    Ok(ControlLine {
        id: control.id,
        title: alone.title(rule),
        risk: rule.risk.clone(),
        holder: if mine { holder } else { veil.name(conflict.identity, holder) },
        held,
        control: view,
        proposed_by: tx.user(control.proposed_by).await?.map(|user| user.name).unwrap_or_default(),
        proposed_at: control.proposed_at,
        campaign: campaign_head(tx, &campaign).await?,
        attempt: open.then(|| ctx.env.id()),
    })
}

async fn name_of(tx: &mut Tx, identity: IdentityId) -> Result<String> {
    Ok(tx.identity_name(identity).await?.unwrap_or_else(|| "somebody who is no longer listed".to_owned()))
}

/// A control as pages show it.
pub(super) async fn view_of(tx: &mut Tx, rule: &recommend::sod::Rule, control: &Mitigation, now: Timestamp) -> Result<ControlView> {
    let does = rule.controls.iter().find(|known| known.id == control.control).map(|known| known.does.clone());
    let ended = control.until <= now && control.state != "refused";
    Ok(ControlView {
        does: does.unwrap_or_else(|| control.control.clone()),
        owner: name_of(tx, control.owner).await?,
        until: control.until,
        state: if ended { "ended".to_owned() } else { control.state.clone() },
    })
}
