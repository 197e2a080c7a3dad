//! Opening a campaign: scope to items, a reviewer for each, a recommendation for each.

pub(crate) mod anew;
pub(crate) mod draw;
mod form;
mod plan;
mod reviewer;

pub(crate) use draw::neutral;
pub use form::{OpenForm, Scope, defaults};
pub use plan::{LeftOutReason, Plan, PlannedItem};
pub(crate) use plan::{recommended, sort_number};
pub use reviewer::ReviewerBy;

use draw::{Draw, Lot};

use crate::{Actor, Context, Error, Event, Result, attempt, explain::KeptWeights, sod};
use domain::{Action, AttemptId, CampaignId, CampaignKind, CampaignState, FindingId, GrantId, ItemId, Object};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::campaigns::{Campaign, CampaignSource, NewItem, NewRecommendation};

/// The kind under which the attempt is kept.
const ATTEMPT: &str = "open";

/// The answer to an opening, kept for a repeated form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Opened {
    campaign: CampaignId,
}

/// What opening would make. Nothing is stored and nobody is asked.
///
/// # Errors
/// [`Error::Invalid`] names the field that cannot be taken.
pub async fn preview(ctx: &Context, actor: &Actor, form: &OpenForm) -> Result<Plan> {
    actor.require(Action::Open, Object::Campaign, false)?;
    form.check(ctx.env.now())?;
    plan::plan(ctx, actor, form).await
}

/// Opens a campaign: from this moment reviewers are asked.
///
/// # Errors
/// [`Error::Invalid`] names the field that cannot be taken; [`Error::Refused`] where nothing is in scope.
pub async fn open(ctx: &Context, actor: &Actor, attempt: AttemptId, form: &OpenForm) -> Result<CampaignId> {
    actor.require(Action::Open, Object::Campaign, false)?;
    let mut tx = ctx.store.read().await?;
    if let Some(before) = attempt::earlier::<Opened>(&mut tx, actor, attempt, ATTEMPT, actor.user.0).await? {
        return Ok(before.campaign);
    }
    drop(tx);
    form.check(ctx.env.now())?;
    let plan = plan::plan(ctx, actor, form).await?;
    if plan.items.is_empty() {
        return Err(Error::Refused(
            "Nothing is in scope: no grant of the chosen sources fits what was chosen. Widen the scope and look again.".to_owned(),
        ));
    }
    let now = ctx.env.now();
    let id: CampaignId = ctx.env.id();
    let draw = Draw::new(ctx, form.showing, &form.scope, &form.policy);
    let left_out: BTreeMap<&str, u64> = plan.left_out_counts().into_iter().map(|(reason, grants)| (reason.as_str(), grants)).collect();
    let without_item: Vec<(GrantId, &'static str)> = plan.left_out.iter().map(|(grant, reason)| (*grant, reason.as_str())).collect();
    let campaign = Campaign {
        id,
        name: form.name.trim().to_owned(),
        kind: CampaignKind::Own,
        state: CampaignState::Open,
        owner: actor.user,
        scope: to_json(&form.scope)?,
        policy: to_json(&form.policy)?,
        time_zone: form.time_zone.clone(),
        due_at: form.due_at,
        created_at: now,
        opened_at: Some(now),
        closing_at: None,
        closed_at: None,
        items: i64::try_from(plan.items.len()).unwrap_or(i64::MAX),
        left_out: to_json(&left_out)?,
        showing: form.showing,
        draw_seed: draw.map(|draw| draw.seed),
        version: 1,
    };
    let sources: Vec<CampaignSource> = plan.sources.iter().map(|(source, seq)| CampaignSource { source: *source, seq: *seq }).collect();
    let mut events = vec![
        ctx.event(EventKind::CampaignOpened, Some(actor))
            .campaign(id)
            .int("items", campaign.items)
            .int("left_out", i64::try_from(without_item.len()).unwrap_or(i64::MAX))
            .code("left_out_sha256", left_out_sha256(without_item.iter().copied()))
            .code("default", form.policy.default_action)
            .code("recommendations", form.showing)
            .code("scope_sha256", ledger::sha256_hex(campaign.scope.as_bytes()))
            .code("policy_sha256", ledger::sha256_hex(campaign.policy.as_bytes())),
    ];
    events = events.into_iter().map(|opened| draw::stated(opened, draw.as_ref())).collect();
    let duties = plan.duties;
    let grants: BTreeSet<GrantId> = plan.items.iter().map(|item| item.grant).collect();
    if let Some(found) = &duties {
        let touching = found.conflicts.iter().filter(|conflict| conflict.grants.iter().any(|one| grants.contains(&one.grant))).count();
        let count = |of: u64| i64::try_from(of).unwrap_or(i64::MAX);
        let told = |opened: Event| {
            let opened = opened.int("duty_rules_version", found.version).int("conflicts", count(touching as u64));
            opened.int("duties_not_evaluated", count(found.not_evaluated))
        };
        // So far there is only the entry that says that the campaign was opened.
        events = events.into_iter().map(told).collect();
    }
    let weights = KeptWeights::present()?;
    let mut items = Vec::with_capacity(plan.items.len());
    let mut asked = Vec::new();
    for (number, (lot, planned)) in (1..).zip(draw::drawn(ctx, draw.as_ref(), plan.items, |planned| planned)) {
        let finding = plan.returned.get(&planned.grant).copied();
        let (item, told) = item_of(ctx, id, (number, lot), &planned, &weights, finding)?;
        events.extend(told);
        asked.extend(finding.map(|finding| (finding, item.id)));
        items.push(item);
    }
    let mut tx = ctx.store.begin().await?;
    if let Some(before) = attempt::earlier::<Opened>(&mut tx, actor, attempt, ATTEMPT, actor.user.0).await? {
        return Ok(before.campaign);
    }
    tx.insert_campaign(&campaign, &sources).await?;
    tx.insert_left_out(id, &without_item).await?;
    weights.keep(&mut tx, now).await?;
    tx.insert_items(id, &items, now).await?;
    if let Some(found) = &duties {
        let count = |of: u64| i64::try_from(of).unwrap_or(i64::MAX);
        tx.insert_campaign_duties(id, found.version, count(found.evaluated), count(found.not_evaluated)).await?;
        sod::keep(ctx, &mut tx, id, found, &grants).await?;
    }
    for (finding, item) in asked {
        // Where another campaign asked meanwhile, that one stays named.
        tx.set_finding_asked(finding, item).await?;
    }
    ctx.record_many(&mut tx, events).await?;
    attempt::keep(ctx, &mut tx, actor, attempt, ATTEMPT, actor.user.0, &Opened { campaign: id }).await?;
    tx.commit().await?;
    Ok(id)
}

/// SHA-256 over a line for each grant in scope that got no item, by grant: id, a space, the reason, a line feed. The
/// opening's entry states it, so that the rows can be held to it.
pub(crate) fn left_out_sha256<'a>(by_grant: impl Iterator<Item = (GrantId, &'a str)>) -> String {
    let mut lines = String::new();
    for (grant, reason) in by_grant {
        lines.push_str(&grant.to_string());
        lines.push(' ');
        lines.push_str(reason);
        lines.push('\n');
    }
    ledger::sha256_hex(lines.as_bytes())
}

/// An item to be stored, and the entries that say that it came to be and what was recommended.
pub(crate) fn item_of(
    ctx: &Context,
    campaign: CampaignId,
    (number, lot): (i64, Lot),
    planned: &PlannedItem,
    weights: &KeptWeights,
    finding: Option<FindingId>,
) -> Result<(NewItem, [Event; 2])> {
    let id = lot.id;
    let made = &planned.recommendation;
    let recommendation = NewRecommendation {
        id: ctx.env.id(),
        verdict: made.verdict,
        meaning: made.meaning,
        confidence: i64::from(made.confidence.parts()),
        score: i64::from(made.score),
        alarm: made.alarm,
        bulk_allowed: made.bulk_allowed,
        engine: made.engine.to_string(),
        input_hash: made.input_hash,
        weights_sha256: weights.sha256,
        model_sha256: made.learned.as_ref().map(|learned| learned.model),
        body: made.to_canonical().map_err(|why| Error::Inconsistent(why.to_string()))?,
    };
    let mut created = ctx
        .event(EventKind::ItemCreated, None)
        .campaign(campaign)
        .item_at(id, 1)
        .code("state", "undecided")
        .code("reviewer_by", planned.by.as_str())
        .int("seat", planned.seat)
        .int("seq", planned.seq)
        .subject("grant", planned.grant)
        .subject("source", planned.source)
        .subject("reviewer", ctx.keys.pseudonyms.pseudonym("identity", &planned.reviewer.to_string()));
    if let Some(draw) = lot.draw {
        created = created.code("draw", draw);
    }
    if let Some(finding) = finding {
        created = created.subject("finding", finding);
    }
    let told = [created, said(ctx, campaign, id, &recommendation)];
    let item = NewItem {
        id,
        number,
        seat: planned.seat,
        source: planned.source,
        seq: planned.seq,
        grant: planned.grant,
        account: planned.account,
        entitlement: planned.entitlement,
        reviewer: planned.reviewer,
        reviewer_by: planned.by.as_str(),
        cause: made.cause.as_str(),
        sort: sort_number(made.cause.sort()),
        risk: i64::from(made.risk),
        blind: lot.is_drawn(),
        recommendation,
    };
    Ok((item, told))
}

fn said(ctx: &Context, campaign: CampaignId, item: ItemId, made: &NewRecommendation) -> Event {
    let event = ctx
        .event(EventKind::RecommendationMade, None)
        .campaign(campaign)
        .item(item)
        .subject("recommendation", made.id)
        .code("verdict", made.verdict)
        .int("confidence", made.confidence)
        .code("input_hash", hex::encode(made.input_hash))
        .code("body_sha256", ledger::sha256_hex(&made.body));
    match made.model_sha256 {
        Some(model) => event.code("model_sha256", hex::encode(model)),
        None => event,
    }
}

pub(crate) fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|why| Error::Inconsistent(why.to_string()))
}
