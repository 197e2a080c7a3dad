//! A reviewer's own reviews, and the queue of one campaign.

use super::{
    head::{add_progress, campaign_head, campaign_sources, usage_view},
    item::item_page,
    types::{CauseItems, CauseLine, CauseSort, ItemLine, JustDone, ListedVerdict, MyCampaign, MyReviews, Progress, Queue},
};
use crate::{Actor, Context, Error, Result, case::is_reviewer, orders::settle, privacy::Veil, say, shadow};
use domain::{Action, Answer, CampaignId, CampaignState, IdentityId, InView, ItemId, Object, Sensitivity, Timestamp};
use recommend::{Cause, Sort};
use std::collections::BTreeMap;
use store::{
    Tx,
    views::queue::{CauseCount, JUDGED_FIRST, Which},
};

/// Items on one page of a list.
const PAGE: i64 = 50;

/// Removals in conflict that are counted at most.
const MOST_REMOVALS: usize = 50;

/// The longest text that can be searched for, in characters.
const LONGEST_SEARCH: usize = 100;

/// Which part of a queue somebody looks at.
#[derive(Debug, Clone, Default)]
pub struct QueueArgs {
    /// The cause whose items are listed.
    pub cause: Option<String>,
    /// The item shown in full.
    pub item: Option<ItemId>,
    /// The key under which the page of items begins.
    pub after: Option<String>,
    /// What is searched for.
    pub q: Option<String>,
}

/// `/reviews`: the campaigns that ask something of the reader.
pub async fn my_reviews(ctx: &Context, actor: &Actor) -> Result<MyReviews> {
    actor.require(Action::View, Object::Queue, true)?;
    let mut reviews = MyReviews { open: Vec::new(), past: Vec::new(), controls: 0, removals: 0, overruled: Vec::new() };
    let Some(identity) = actor.identity else { return Ok(reviews) };
    let mut tx = ctx.store.read().await?;
    reviews.controls = tx.count_mitigations_waiting(identity).await?;
    let waiting = settle::waiting_for(&mut tx, actor, MOST_REMOVALS).await?;
    reviews.removals = i64::try_from(waiting.len()).unwrap_or(i64::MAX);
    let mut by_campaign: BTreeMap<CampaignId, Progress> = BTreeMap::new();
    for count in tx.reviewer_counts(identity).await? {
        add_progress(by_campaign.entry(count.campaign).or_default(), count.state, count.answer, count.items);
    }
    for (id, progress) in by_campaign {
        let Some(campaign) = tx.campaign(id).await? else { continue };
        let asked = tx.reviewer_asked(identity, id).await?;
        let mine = MyCampaign {
            head: campaign_head(&mut tx, &campaign).await?,
            progress,
            people: asked.people,
            asked_by_escalation: asked.by_escalation,
            escalation_due_at: asked.escalation_due_at,
            sources: campaign_sources(&mut tx, &campaign, ctx.env.now()).await?,
        };
        if campaign.state == CampaignState::Open { &mut reviews.open } else { &mut reviews.past }.push(mine);
    }
    reviews.overruled = super::overruled::of_reader(&mut tx, actor).await?;
    reviews.open.sort_by_key(|mine| (mine.head.due_at, mine.head.id));
    reviews.past.sort_by_key(|mine| std::cmp::Reverse(mine.head.id));
    Ok(reviews)
}

/// `/reviews/{campaign}`: causes, the items of one cause, and one item.
///
/// # Errors
/// [`Error::NotFound`] where the campaign asks nothing of the reader.
pub async fn queue(ctx: &Context, actor: &Actor, id: CampaignId, args: &QueueArgs) -> Result<Queue> {
    actor.require(Action::View, Object::Queue, true)?;
    let identity = actor.identity.ok_or(Error::NotFound)?;
    let sign_in = super::native::sign_in_line(ctx, actor, id).await?;
    let mut tx = ctx.store.read().await?;
    let campaign = tx.campaign(id).await?.ok_or(Error::NotFound)?;
    let mut progress = Progress::default();
    for count in tx.reviewer_counts(identity).await?.into_iter().filter(|count| count.campaign == id) {
        add_progress(&mut progress, count.state, count.answer, count.items);
    }
    let just_done = just_done(ctx, &mut tx, actor, id).await?;
    // Somebody who escalated their last item still sees what they just did, and can take it back.
    if progress.items == 0 && just_done.is_none() {
        return Err(Error::NotFound);
    }
    let hidden = campaign.showing.is_hidden();
    let counts = tx.reviewer_causes(identity, id).await?;
    let causes: Vec<CauseLine> =
        if hidden { all_items(&counts).into_iter().collect() } else { counts.into_iter().map(cause_line).collect() };
    let q = args.q.as_deref().map(str::trim).filter(|q| !q.is_empty()).map(|q| q.chars().take(LONGEST_SEARCH).collect::<String>());
    // A page of before the recommendations were shown leads to a list that is no longer there.
    let asked_for = args.cause.as_deref().filter(|key| hidden || *key != shadow::ALL_ITEMS);
    let chosen_cause = match (asked_for, &q) {
        (_, Some(_)) => None,
        (Some(key), None) => Some(causes.iter().find(|c| c.key == key).cloned().ok_or(Error::NotFound)?),
        // Where nothing is chosen, the first cause with something open is.
        (None, None) => causes.iter().find(|c| c.open > 0).or_else(|| causes.first()).cloned(),
    };
    let after = match args.after.as_deref() {
        None | Some("") => 0,
        Some(text) => text.parse::<i64>().map_err(|_| Error::NotFound)?,
    };
    let chosen = match (&q, &chosen_cause) {
        (Some(text), _) => Some(items(&mut tx, identity, id, Which::Search(text), None, after).await?),
        (None, Some(cause)) => {
            let which = match cause.sort {
                CauseSort::Hidden => Which::All,
                CauseSort::First => Which::JudgedFirst,
                CauseSort::Judge | CauseSort::Doubt | CauseSort::Right => Which::Cause(&cause.key),
            };
            Some(items(&mut tx, identity, id, which, Some(cause.clone()), after).await?)
        }
        (None, None) => None,
    };
    let item = match args.item {
        Some(item) => Some(Box::new(item_page(ctx, &mut tx, actor, item).await?)),
        None => None,
    };
    if item.as_ref().is_some_and(|page| page.campaign.id != id) {
        return Err(Error::NotFound);
    }
    let asked = tx.reviewer_asked(identity, id).await?;
    let overruled = super::overruled::given_by(&mut tx, actor, Some(id)).await?;
    Ok(Queue {
        head: campaign_head(&mut tx, &campaign).await?,
        progress,
        people: asked.people,
        sources: campaign_sources(&mut tx, &campaign, ctx.env.now()).await?,
        causes,
        chosen,
        q,
        item,
        sign_in,
        overruled,
        just_done,
    })
}

async fn items(
    tx: &mut Tx,
    reviewer: IdentityId,
    campaign: CampaignId,
    which: Which<'_>,
    cause: Option<CauseLine>,
    after: i64,
) -> Result<CauseItems> {
    let mut lines = tx.reviewer_items(reviewer, campaign, which, after, PAGE + 1).await?;
    let more = lines.len() > usize::try_from(PAGE).unwrap_or(usize::MAX);
    lines.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = if more { lines.last().map(|line| line.number.to_string()) } else { None };
    let zone = match tx.campaign(campaign).await? {
        Some(campaign) => campaign.time_zone,
        None => "UTC".to_owned(),
    };
    Ok(CauseItems { cause, items: lines.into_iter().map(|line| item_line(line, &zone)).collect(), next, later: after > 0 })
}

/// An item in a list, from what the store has of it.
pub(crate) fn item_line(line: store::views::queue::ItemLine, zone: &str) -> ItemLine {
    let since = line.changed_job_on.map(|at| format!("since {}", say::day(at, zone)));
    let job = line.title.or(line.department);
    let hidden = line.showing.is_hidden();
    ItemLine {
        id: line.id,
        number: line.number,
        person: line.person,
        person_line: match (job, since) {
            (Some(job), Some(since)) => Some(format!("{job}, {since}")),
            (job, since) => job.or(since),
        },
        access: line.access,
        access_line: Some(match line.application {
            Some(application) => format!("{application} · {}", line.source_name),
            None => line.source_name,
        }),
        usage: usage_view(line.usage, line.read_at),
        recommended: match (line.showing, line.verdict) {
            (InView::Hidden, _) => ListedVerdict::Hidden,
            (InView::AfterAnswer, _) => ListedVerdict::AfterAnswer,
            (InView::Shown, Some(verdict)) => ListedVerdict::Shown { verdict, meaning: line.meaning },
            (InView::Shown, None) => ListedVerdict::None,
        },
        judged_first: line.blind,
        high_risk: line.sensitivity.is_none_or(Sensitivity::is_high_risk),
        alarm: line.alarm && !hidden,
        state: line.state,
        answer: line.answer,
        order: line.order,
    }
}

/// All items in one list, where causes would tell what is recommended (shadow mode); `None` of nothing.
fn all_items(counts: &[CauseCount]) -> Option<CauseLine> {
    (!counts.is_empty()).then(|| CauseLine {
        key: shadow::ALL_ITEMS.to_owned(),
        sort: CauseSort::Hidden,
        title: "Everything you are asked".to_owned(),
        note: "What one person holds stands together. No recommendation is shown here, and none has put this into its order.".to_owned(),
        open: counts.iter().map(|count| count.open).sum(),
        items: counts.iter().map(|count| count.items).sum(),
    })
}

fn cause_line(count: CauseCount) -> CauseLine {
    if count.cause == JUDGED_FIRST {
        return CauseLine {
            key: count.cause,
            sort: CauseSort::First,
            title: "Yours to judge first".to_owned(),
            note: "Drawn by chance. What we recommend shows after your answer.".to_owned(),
            open: count.open,
            items: count.items,
        };
    }
    let known: Option<Cause> = count.cause.parse().ok();
    let sort = match known.map(Cause::sort) {
        Some(Sort::ProbablyNotNeeded) => CauseSort::Doubt,
        Some(Sort::LooksRight) => CauseSort::Right,
        // A cause of another version of the engine is for a person to judge.
        Some(Sort::NeedsYourJudgement) | None => CauseSort::Judge,
    };
    CauseLine {
        title: known.map_or_else(|| count.cause.clone(), |cause| cause.sentence().to_owned()),
        note: known.map_or_else(String::new, |cause| cause.explanation().to_owned()),
        key: count.cause,
        sort,
        open: count.open,
        items: count.items,
    }
}

async fn just_done(ctx: &Context, tx: &mut Tx, actor: &Actor, campaign: CampaignId) -> Result<Option<JustDone>> {
    let now: Timestamp = ctx.env.now();
    let Some((item, decision)) = tx.newest_undoable(actor.user, campaign, now).await? else { return Ok(None) };
    let (Some(review), Some(decision), Some(line)) = (tx.review_item(item).await?, tx.decision(decision).await?, tx.item_line(item).await?)
    else {
        return Ok(None);
    };
    if review.campaign_state != CampaignState::Open {
        return Ok(None);
    }
    let to = if decision.answer == Answer::Escalate { tx.identity_name(review.reviewer).await? } else { None };
    Ok(Some(JustDone {
        item,
        answer: decision.answer,
        access: line.access,
        person: if is_reviewer(actor, &review) { line.person } else { Veil::before(tx, actor).await?.name(review.holder, line.person) },
        to,
        final_at: decision.final_at,
        attempt: ctx.env.id(),
        expected_version: review.version,
    }))
}
