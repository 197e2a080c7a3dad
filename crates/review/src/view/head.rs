//! What several pages say about a campaign and its sources.

use super::types::{CampaignHead, Progress, SourceRead, UsageView};
use crate::Result;
use domain::{Answer, ReviewState, Timestamp, Usage};
use store::{Tx, campaigns::Campaign, sources::Source};

/// A campaign, as every page about it names it.
pub(crate) async fn campaign_head(tx: &mut Tx, campaign: &Campaign) -> Result<CampaignHead> {
    let owner = tx.user(campaign.owner).await?.map_or_else(String::new, |user| user.name);
    Ok(CampaignHead {
        id: campaign.id,
        name: campaign.name.clone(),
        kind: campaign.kind,
        state: campaign.state,
        version: campaign.version,
        due_at: campaign.due_at,
        zone: campaign.time_zone.clone(),
        owner,
        showing: campaign.showing,
    })
}

/// A source, and how fresh what we know of it is.
pub(crate) async fn source_read(tx: &mut Tx, source: &Source, now: Timestamp) -> Result<SourceRead> {
    let grants = match source.last_seq {
        Some(seq) => tx.snapshot(source.id, seq).await?.map(|snapshot| snapshot.grants),
        None => None,
    };
    Ok(SourceRead {
        id: source.id,
        name: source.name.clone(),
        kind: source.kind,
        read_at: source.last_read_at,
        max_age: source.max_age,
        read_every: source.read_every,
        old: source.last_read_at.is_none_or(|at| now.since(at) > source.max_age),
        grants,
        unread: false,
    })
}

/// The sources of a campaign.
pub(crate) async fn campaign_sources(tx: &mut Tx, campaign: &Campaign, now: Timestamp) -> Result<Vec<SourceRead>> {
    let mut read = Vec::new();
    for of in tx.campaign_sources(campaign.id).await? {
        if let Some(source) = tx.source(of.source).await? {
            read.push(source_read(tx, &source, now).await?);
        }
    }
    Ok(read)
}

/// Adds items in one state with one answer to a count of progress.
pub(crate) fn add_progress(progress: &mut Progress, state: ReviewState, answer: Option<Answer>, items: i64) {
    progress.items += items;
    *match state {
        ReviewState::Undecided | ReviewState::HandedOver | ReviewState::SecondReview => &mut progress.open,
        ReviewState::Escalated => &mut progress.escalated,
        ReviewState::NoLongerHeld => &mut progress.no_longer_held,
        ReviewState::Unanswered | ReviewState::Excepted => &mut progress.unanswered,
        ReviewState::Staged | ReviewState::Decided | ReviewState::SignedOff => match answer {
            Some(Answer::Revoke) => &mut progress.revoked,
            _ => &mut progress.approved,
        },
    } += items;
}

/// What is known of use, read at `read_at`.
pub(crate) fn usage_view(usage: Option<Usage>, read_at: Timestamp) -> UsageView {
    usage.map_or(UsageView::Unknown, |u| UsageView::Watched {
        last_used: u.last_used,
        days_used: u.days_used,
        window_days: u.window_days,
        grain: u.grain,
        read_at,
    })
}

/// Cuts a list that was read one longer than a page; true where there was more.
pub(crate) fn cut<T>(list: &mut Vec<T>, page: i64) -> bool {
    let page = usize::try_from(page).unwrap_or(usize::MAX);
    let more = list.len() > page;
    list.truncate(page);
    more
}
