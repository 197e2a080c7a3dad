//! Campaigns, and how one of them goes.

mod figures;
mod orders;
mod people;

pub use figures::campaign_figures;

use super::{
    head::{add_progress, campaign_head, campaign_sources},
    types::{
        CampaignDuties, CampaignLine, CampaignPage, Campaigns, DayCount, JudgedFirst, LeftOut, MatrixRow, OrderCount, Progress, ShadowLine,
        StateCount,
    },
};
use crate::{
    Actor, Context, Error, Result,
    open::{LeftOutReason, Scope},
    privacy::Veil,
    say,
};
use domain::{
    Action, Answer, CampaignId, CampaignState, HoldReason, Object, OrderState, Policy, ReviewState, Sensitivity, Timestamp, Verdict,
    rights, time::MINUTE,
};
use std::collections::BTreeMap;
use store::{
    Tx,
    campaigns::Campaign,
    views::campaign::{AfterCampaign, MatrixCount, Waiting},
};

/// Campaigns on one page of the list.
const PAGE: i64 = 25;

/// The stretch in which answers are counted, in microseconds: every time zone's midnight is at a multiple of it from another midnight.
const STRETCH: i64 = 15 * MINUTE;

/// The most days that a chart tells apart.
const DAYS: usize = 400;

/// `/campaigns`: those that the reader may see, open ones first, then the newest.
///
/// # Errors
/// [`Error::NotFound`] where the reader may see none, or the key is not one.
pub async fn campaigns(ctx: &Context, actor: &Actor, after: Option<&str>) -> Result<Campaigns> {
    actor.require(Action::View, Object::Campaign, true)?;
    let own = rights::scope(&actor.roles, Action::View, Object::Campaign) == rights::Scope::Own;
    let after = match after {
        None | Some("") => None,
        Some(key) => Some(campaign_key(key).ok_or(Error::NotFound)?),
    };
    let mut tx = ctx.store.read().await?;
    let mut ids = tx.campaigns_in_order(own.then_some(actor.user), after, PAGE + 1).await?;
    let more = super::head::cut(&mut ids, PAGE);
    let mut lines = Vec::new();
    for id in ids {
        let Some(campaign) = tx.campaign(id).await? else { continue };
        lines.push(CampaignLine {
            head: campaign_head(&mut tx, &campaign).await?,
            progress: progress(tx.campaign_counts(id).await?),
            opened_at: campaign.opened_at,
            closed_at: campaign.closed_at,
        });
    }
    let next =
        lines.last().filter(|_| more).map(|line| format!("{}.{}", i64::from(line.head.state == CampaignState::Closed), line.head.id));
    let quality_alerts = if actor.may(Action::View, Object::Quality, false) {
        tx.count_open_alerts().await?.into_iter().map(|(_, alerts)| alerts).sum()
    } else {
        0
    };
    let report = super::reconcile::new_report(&mut tx, actor).await?;
    Ok(Campaigns { campaigns: lines, next, may_open: actor.may(Action::Open, Object::Campaign, true), quality_alerts, report })
}

fn campaign_key(key: &str) -> Option<AfterCampaign> {
    let (group, id) = key.split_once('.')?;
    Some(AfterCampaign { group: group.parse().ok()?, id: id.parse().ok()? })
}

/// Adds counts up.
pub(super) fn progress(counts: Vec<(ReviewState, Option<Answer>, i64)>) -> Progress {
    let mut progress = Progress::default();
    for (state, answer, items) in counts {
        add_progress(&mut progress, state, answer, items);
    }
    progress
}

/// `/campaigns/{id}`; `after` is the key under which the page of reviewers begins.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or not for this person.
pub async fn campaign(ctx: &Context, actor: &Actor, id: CampaignId, after: Option<&str>) -> Result<CampaignPage> {
    let mut tx = ctx.store.read().await?;
    let campaign = tx.campaign(id).await?.ok_or(Error::NotFound)?;
    let own = campaign.owner == actor.user;
    actor.require(Action::View, Object::Campaign, own)?;
    let policy: Policy =
        serde_json::from_str(&campaign.policy).map_err(|why| Error::Inconsistent(format!("campaign {id}, policy: {why}")))?;
    let counts = tx.campaign_counts(id).await?;
    let mut states: BTreeMap<ReviewState, i64> = BTreeMap::new();
    for (state, _, items) in &counts {
        *states.entry(*state).or_default() += items;
    }
    let progress = progress(counts);
    let (people, reviewers_total) = tx.campaign_people(id).await?;
    let veil = Veil::before(&mut tx, actor).await?;
    let (reviewers, reviewers_next) = people::reviewers(&mut tx, &veil, id, after).await?;
    let totals = tx.order_totals(id).await?;
    let may_view_orders = actor.may(Action::View, Object::Order, own);
    let (held, stuck) = if may_view_orders {
        (
            orders::waiting(ctx, &mut tx, actor, &campaign, Waiting::Held).await?,
            orders::waiting(ctx, &mut tx, actor, &campaign, Waiting::Stuck).await?,
        )
    } else {
        (Vec::new(), Vec::new())
    };
    let needs_person = |state: OrderState, why: Option<HoldReason>| {
        state == OrderState::Conflict || (state == OrderState::Held && matches!(why, Some(HoldReason::Brake | HoldReason::Freeze)))
    };
    Ok(CampaignPage {
        head: campaign_head(&mut tx, &campaign).await?,
        native: super::native::native_line(ctx, &mut tx, actor, id, own).await?,
        opened_at: campaign.opened_at,
        closing_at: campaign.closing_at,
        closed_at: campaign.closed_at,
        default_action: policy.default_action,
        undo_window: policy.undo_window,
        people,
        reviewers_total,
        scope: scope(&campaign)?,
        progress,
        states: ReviewState::ALL.iter().map(|s| StateCount { state: *s, items: states.get(s).copied().unwrap_or(0) }).collect(),
        days: days(&mut tx, &campaign, ctx.env.now()).await?,
        matrix: if campaign.showing.is_hidden() { Vec::new() } else { matrix(tx.campaign_matrix(id).await?) },
        judged_first: match campaign.draw_seed {
            Some(_) => {
                let (items, open) = tx.judged_first(id).await?;
                Some(JudgedFirst { share: policy.blind_share, items, open })
            }
            None => None,
        },
        shadow: shadow_line(&mut tx, actor, &campaign, own).await?,
        held_total: totals.iter().filter(|(state, why, _)| needs_person(*state, *why)).map(|(_, _, orders)| orders).sum(),
        orders: order_counts(&totals),
        median_to_proof: median_seconds(&tx.middle_times_to_proof(id).await?),
        held,
        stuck,
        switch: if may_view_orders { Some(orders::switch(ctx, &mut tx, actor).await?) } else { None },
        reviewers,
        reviewers_next,
        sources: campaign_sources(&mut tx, &campaign, ctx.env.now()).await?,
        left_out: left_out(&campaign)?,
        duties: match tx.campaign_duties(id).await? {
            Some((rules_version, evaluated, not_evaluated)) => {
                Some(CampaignDuties { rules_version, conflicts: tx.count_conflicts(id).await?, evaluated, not_evaluated })
            }
            None => None,
        },
        findings: if actor.may(Action::View, Object::Finding, own) { tx.findings_of_campaign(id).await? } else { 0 },
        may_close: campaign.state == CampaignState::Open && actor.may(Action::Close, Object::Campaign, own),
        may_make_evidence: actor.may(Action::Make, Object::Evidence, own),
    })
}

/// Whether what is recommended is, or was, hidden; `None` where it was shown from the start.
async fn shadow_line(tx: &mut Tx, actor: &Actor, campaign: &Campaign, own: bool) -> Result<Option<ShadowLine>> {
    let accepted_at = tx.accepted_report(campaign.id).await?.map(|report| report.accepted_at);
    let was_hidden = campaign.showing.is_hidden() || accepted_at.is_some();
    Ok(was_hidden.then(|| ShadowLine { accepted_at, may_view: actor.may(Action::View, Object::Shadow, own) }))
}

/// Every state, also with 0; held ones by reason, one line for each that occurs.
fn order_counts(totals: &[(OrderState, Option<HoldReason>, i64)]) -> Vec<OrderCount> {
    let mut counts = Vec::new();
    for state in OrderState::ALL.iter().copied() {
        let mut reasons: BTreeMap<Option<HoldReason>, i64> = BTreeMap::new();
        for (_, reason, orders) in totals.iter().filter(|(of, _, _)| *of == state) {
            *reasons.entry(reason.filter(|_| state == OrderState::Held)).or_default() += orders;
        }
        if reasons.is_empty() {
            reasons.insert(None, 0);
        }
        counts.extend(reasons.into_iter().map(|(hold_reason, orders)| OrderCount { state, hold_reason, orders }));
    }
    counts
}

/// Recommended against decided. The rows together hold every item that has a recommendation.
fn matrix(counts: Vec<MatrixCount>) -> Vec<MatrixRow> {
    let mut rows: Vec<MatrixRow> = Verdict::ALL
        .iter()
        .map(|verdict| MatrixRow { recommended: *verdict, approved: 0, revoked: 0, escalated: 0, open: 0, otherwise: 0 })
        .collect();
    for count in counts {
        let Some(row) = rows.iter_mut().find(|row| row.recommended == count.recommended) else { continue };
        let mut progress = Progress::default();
        add_progress(&mut progress, count.state, count.answer, count.items);
        row.approved += progress.approved;
        row.revoked += progress.revoked;
        row.escalated += progress.escalated;
        row.open += progress.open;
        row.otherwise += progress.no_longer_held + progress.unanswered;
    }
    rows
}

/// The middle of one or two times in microseconds, in whole seconds.
fn median_seconds(middle: &[i64]) -> Option<i64> {
    let count = i64::try_from(middle.len()).ok().filter(|count| *count > 0)?;
    Some(middle.iter().sum::<i64>() / count / domain::time::SECOND)
}

/// Answers that counted at the end of each day since opening, in the campaign's zone; the last is now, or when it was closed.
async fn days(tx: &mut Tx, campaign: &Campaign, now: Timestamp) -> Result<Vec<DayCount>> {
    let Some(opened) = campaign.opened_at else { return Ok(Vec::new()) };
    let end = campaign.closed_at.unwrap_or(now);
    let Some(first) = next_midnight(opened, &campaign.time_zone) else { return Ok(Vec::new()) };
    // Whole stretches before the first midnight, so that every later midnight ends one.
    let start = first.plus(-(first.since(opened) / STRETCH + 1) * STRETCH);
    let mut changes = tx.answers_over_time(campaign.id, start, STRETCH).await?.into_iter().peekable();
    let mut days = Vec::new();
    let mut answered = 0;
    let mut midnight = first;
    loop {
        let last = midnight >= end || days.len() + 1 >= DAYS;
        // The last point holds all that there is, up to now.
        let until = if last { i64::MAX } else { midnight.since(start) / STRETCH };
        while let Some((_, change)) = changes.next_if(|(stretch, _)| *stretch < until) {
            answered += change;
        }
        days.push(DayCount { at: if last { end } else { midnight }, answered });
        if last {
            return Ok(days);
        }
        midnight = next_midnight(midnight, &campaign.time_zone).unwrap_or(end);
    }
}

/// The first midnight after a moment in a zone; in UTC where the zone is not known.
fn next_midnight(at: Timestamp, zone: &str) -> Option<Timestamp> {
    let zoned = at.in_zone(zone).or_else(|_| at.in_zone("UTC")).ok()?;
    let midnight = zoned.tomorrow().ok()?.start_of_day().ok()?;
    Some(Timestamp(midnight.timestamp().as_microsecond()))
}

/// What is in scope, as sentences.
fn scope(campaign: &Campaign) -> Result<Vec<String>> {
    let scope: Scope =
        serde_json::from_str(&campaign.scope).map_err(|why| Error::Inconsistent(format!("campaign {}, scope: {why}", campaign.id)))?;
    let each = |before: &str, names: Vec<String>| names.into_iter().map(|name| format!("{before}{name}")).collect();
    Ok(match scope {
        Scope::All => vec!["Every grant of the chosen sources".to_owned()],
        Scope::Platform => vec!["What the platform's own campaign asks about".to_owned()],
        Scope::Sensitivities(of) => of
            .into_iter()
            .rev()
            .map(|level| {
                level.map_or_else(
                    || "Access whose sensitivity nobody has stated".to_owned(),
                    |level: Sensitivity| format!("Access of {level} sensitivity"),
                )
            })
            .collect(),
        Scope::Departments(of) => each("People of ", of.into_iter().collect()),
        Scope::Applications(of) => each("Access to ", of.into_iter().collect()),
        Scope::Riskiest(1) => vec!["The one riskiest grant of the chosen sources, by points of risk at opening".to_owned()],
        Scope::Riskiest(most) => vec![format!("The {most} riskiest grants of the chosen sources, by points of risk at opening")],
        Scope::Unused(1) => vec!["Access not used for a day, which was observed".to_owned()],
        Scope::Unused(days) => vec![format!("Access not used for {days} days, all of them observed")],
        Scope::ChangedJob(since) => {
            vec![format!("Access of people whose job changed on {} or later", say::day(since, &campaign.time_zone))]
        }
        Scope::Causes(of) => each("Grants with the cause: ", of.into_iter().map(|cause| cause.sentence().to_owned()).collect()),
    })
}

/// Grants in scope that got no item.
fn left_out(campaign: &Campaign) -> Result<Vec<LeftOut>> {
    let counts: BTreeMap<String, i64> = serde_json::from_str(&campaign.left_out)
        .map_err(|why| Error::Inconsistent(format!("campaign {}, left_out: {why}", campaign.id)))?;
    Ok(counts
        .into_iter()
        .map(|(word, grants)| LeftOut {
            reason: LeftOutReason::from_word(&word).map_or(word, |reason| reason.sentence().to_owned()),
            grants,
        })
        .collect())
}
