//! Campaigns that the platforms run, and people's own accounts there.

use super::types::{
    GroupLine, LinkLine, NativeLine, OpenPlatformCampaign, PlatformCampaignLine, PlatformCampaigns, PlatformEnds, RefusedAnswer, RetryView,
    SendingLine,
};
use crate::{
    Actor, Context, FieldError, Result,
    case::Case,
    native::{self, AskedGroup, Followed, NativeOpenForm, NativePlan, UnmatchedReason, link, platform_name},
    privacy::{Quotes, Veil},
    say,
};
use connect::native::{NativeCampaign, NativeId, NativeReviewer, NativeState, OnRevoke};
use domain::{Action, AttemptId, CampaignId, DecisionOrigin, Object, OrderState, Policy, SendingState};
use store::{Tx, decisions::Decision};

/// Answers that the platform did not take, at most, that a campaign's page lists.
const REFUSED: i64 = 50;

/// `/campaigns/platforms`.
///
/// # Errors
/// [`crate::Error::NotFound`] where the person may not open campaigns.
pub async fn platform_campaigns(ctx: &Context, actor: &Actor) -> Result<PlatformCampaigns> {
    let listing = native::list(ctx, actor).await?;
    let campaigns = listing
        .campaigns
        .into_iter()
        .map(|one| PlatformCampaignLine {
            href: href(one.source, &one.campaign.id),
            reviewers: reviewers(&one.campaign),
            happens: native::what_happens(one.kind, &one.campaign),
            may_approve: one.campaign.on_silence.may_approve() || one.campaign.on_revoke == OnRevoke::RemovesMore,
            name: native::title(&one.campaign.name, one.about.as_deref()),
            source: one.source_name,
            platform: platform_name(one.kind).to_owned(),
            ends: one.campaign.ends,
            takes_answers: one.campaign.state == NativeState::Open,
            opened: one.opened,
        })
        .collect();
    Ok(PlatformCampaigns { campaigns, unread: listing.unread, nowhere: listing.nowhere })
}

fn group_line(group: &AskedGroup) -> GroupLine {
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    GroupLine { name: group.name.clone(), people: signed(group.people), unknown: signed(group.unknown), others: group.others.clone() }
}

/// Who answers a platform's campaign, where it says that for all items at once.
fn reviewers(campaign: &NativeCampaign) -> String {
    let mut said: Vec<&str> = Vec::new();
    for reviewer in &campaign.reviewers {
        let word = match reviewer {
            NativeReviewer::Account(_) => "people it names",
            NativeReviewer::Manager => "the holder's manager",
            NativeReviewer::Owner => "the access's owner",
            NativeReviewer::Holder => "the holders themselves",
            NativeReviewer::Group(_) => "anybody in a group",
            NativeReviewer::Unknown(_) => "somebody who cannot be told from here",
        };
        if !said.contains(&word) {
            said.push(word);
        }
    }
    said.join(", else ")
}

/// Where a platform's campaign can be looked at and followed.
fn href(source: domain::SourceId, id: &NativeId) -> String {
    let encode = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
                other => format!("%{other:02X}"),
            })
            .collect()
    };
    format!("/campaigns/platforms/open?source={source}&campaign={}&run={}", encode(&id.campaign), encode(&id.run))
}

/// `/campaigns/platforms/open`.
pub fn open_platform_campaign(
    plan: &NativePlan,
    form: &NativeOpenForm,
    policy: &Policy,
    attempt: AttemptId,
    errors: Vec<FieldError>,
) -> OpenPlatformCampaign {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut reviewers: Vec<(String, i64)> = plan.reviewers.values().map(|(name, items)| (name.clone(), signed(*items))).collect();
    reviewers.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    OpenPlatformCampaign {
        attempt,
        source: plan.source,
        campaign: form.id.campaign.clone(),
        run: form.id.run.clone(),
        name: native::title(&plan.campaign.name, plan.about.as_deref()),
        source_name: plan.source_name.clone(),
        platform: platform_name(plan.kind).to_owned(),
        ends: plan.campaign.ends,
        old: plan.old,
        what_happens: native::what_happens(plan.kind, &plan.campaign),
        acknowledgements: plan.acknowledgements(),
        acknowledged: form.acknowledge,
        items: count(plan.items()),
        wide: count(plan.wide()),
        answered: signed(plan.answered),
        unmatched: plan.unmatched_counts().into_iter().map(|(reason, many)| (reason.sentence().to_owned(), signed(many))).collect(),
        groups: plan.groups.iter().map(group_line).collect(),
        judged_first: super::opening::judged_first(plan.judged_first(form.showing, policy)),
        reviewers,
        service_possible: plan.campaign.service_may_answer,
        by_service: form.by_service,
        hidden: form.showing.is_hidden(),
        errors,
    }
}

/// The platforms at which this person can link their own account.
pub(super) async fn link_lines(ctx: &Context, actor: &Actor) -> Result<Vec<LinkLine>> {
    let views = link::links(ctx, actor).await?;
    Ok(views
        .into_iter()
        .map(|view| LinkLine {
            source: view.source,
            name: view.name,
            platform: platform_name(view.kind).to_owned(),
            since: view.since,
            until: view.until,
            waiting: view.waiting,
            unlink: view.since.map(|_| ctx.env.id()),
        })
        .collect())
}

/// The platform at which a reviewer has to sign in before answers of a campaign can go there (rules 11 and 16).
pub(super) async fn sign_in_line(ctx: &Context, actor: &Actor, campaign: CampaignId) -> Result<Option<LinkLine>> {
    let mut tx = ctx.store.read().await?;
    let Some(followed) = Followed::load(&mut tx, campaign).await? else { return Ok(None) };
    tx.rollback().await?;
    if followed.row.by_service || !followed.takes_answers(ctx.env.now()) {
        return Ok(None);
    }
    let lines = link_lines(ctx, actor).await?;
    Ok(lines.into_iter().find(|line| line.source == followed.row.source && line.since.is_none()))
}

/// The platform's own campaign that one of ours follows.
pub(super) async fn native_line(ctx: &Context, tx: &mut Tx, actor: &Actor, campaign: CampaignId, own: bool) -> Result<Option<NativeLine>> {
    let Some(followed) = Followed::load(tx, campaign).await? else { return Ok(None) };
    let now = ctx.env.now();
    let takes_answers = followed.takes_answers(now);
    let source = tx.source(followed.row.source).await?.map(|source| source.name).unwrap_or_default();
    let unmatched = tx.native_unmatched_counts(campaign).await?;
    let may_retry = takes_answers && actor.may(Action::Retry, Object::Order, own);
    Ok(Some(NativeLine {
        platform: followed.platform().to_owned(),
        source,
        ends: followed.row.ends_at,
        takes_answers,
        happens: native::what_happens(followed.kind, &followed.settings),
        by_service: followed.row.by_service,
        sendings: tx.sending_counts(campaign).await?.into_iter().collect(),
        made_there: tx.answers_of_origin(campaign, DecisionOrigin::Platform).await?,
        waiting_for: tx.sendings_waiting_for(campaign).await?,
        refused: refused(ctx, tx, actor, campaign, may_retry).await?,
        overruled: super::overruled::of_campaign(tx, actor, campaign).await?,
        unmatched: unmatched
            .into_iter()
            .map(|(word, many)| (UnmatchedReason::from_word(&word).map_or(word, |reason| reason.sentence().to_owned()), many))
            .collect(),
        read_at: followed.row.read_at,
        look_again: actor.may(Action::Sync, Object::Campaign, own).then(|| ctx.env.id()),
    }))
}

/// Answers that the platform did not take; those whose removal was refused with them are listed as removals.
async fn refused(ctx: &Context, tx: &mut Tx, actor: &Actor, campaign: CampaignId, may_retry: bool) -> Result<Vec<RefusedAnswer>> {
    let veil = Veil::before(tx, actor).await?;
    let quotes = Quotes::behind(tx, &veil).await?;
    let mut lines = Vec::new();
    for sending in tx.sendings_in_state(campaign, SendingState::Refused, None, REFUSED).await? {
        let order = tx.living_order_of_decision(sending.decision).await?;
        let (Some(decision), Some(item), Some(line)) =
            (tx.decision(sending.decision).await?, tx.review_item(sending.item).await?, tx.item_line(sending.item).await?)
        else {
            continue;
        };
        if order.is_some_and(|order| order.state == OrderState::Refused) || item.decision != Some(decision.id) {
            continue;
        }
        lines.push(RefusedAnswer {
            item: item.id,
            person: veil.name(item.holder, line.person),
            access: line.access,
            answer: decision.answer,
            why: quotes.masked(&sending.remark.unwrap_or_default()),
            since: sending.changed_at,
            retry: (may_retry && actor.identity != Some(item.holder))
                .then(|| RetryView { attempt: ctx.env.id(), expected_version: sending.version }),
        });
    }
    Ok(lines)
}

/// What the platform does with an answer to an item; `None` in a campaign of ours.
pub(super) fn platform_ends(case: &Case) -> Option<PlatformEnds> {
    let followed = case.native.as_deref()?;
    let platform = followed.platform();
    let (then, brief) = native::before_answer(followed, &case.item.time_zone);
    Some(PlatformEnds {
        platform: platform.to_owned(),
        then,
        brief,
        on_revoke: native::on_revoke(platform, &followed.settings),
        silence: native::on_silence(platform, &followed.settings),
    })
}

/// Where an item's newest answer stands on its way to the platform.
pub(super) async fn sending_line(tx: &mut Tx, actor: &Actor, case: &Case, decision: Option<&Decision>) -> Result<Option<SendingLine>> {
    let Some(followed) = case.native.as_deref() else { return Ok(None) };
    let platform = followed.platform();
    let newest = tx.sendings_of_item(case.item.id).await?.into_iter().rfind(|one| one.state != SendingState::Withdrawn);
    let there = decision.is_some_and(|decision| decision.origin == DecisionOrigin::Platform);
    let Some(sending) = newest else {
        let by = match decision.filter(|_| there) {
            Some(decision) => super::overruled::by_whom(tx, actor, decision.reviewer).await?,
            None => String::new(),
        };
        return Ok(there.then(|| SendingLine {
            state: None,
            sentence: format!("This was answered in {platform} itself and was read back. That answer stands.{by}"),
            link: None,
        }));
    };
    // In the platform's own words, which may name people.
    let remark = Quotes::before(tx, actor).await?.masked(&sending.remark.unwrap_or_default());
    let zone = &case.item.time_zone;
    // A removal whose reviewer has not signed in holds its answer back with it.
    let order = tx.living_order_of_decision(sending.decision).await?;
    let waits = sending.state == SendingState::Staged && order.is_some_and(|order| order.state == OrderState::WaitingForSignIn);
    let state = if waits { SendingState::WaitingForSignIn } else { sending.state };
    let sentence = match state {
        SendingState::Staged => match decision.filter(|decision| decision.finalised_at.is_none()) {
            Some(decision) => {
                format!("It goes to {platform} on {}, once it can no longer be undone.", say::moment(decision.final_at, zone))
            }
            None => format!("It is final here and goes to {platform} as soon as nothing holds its removal."),
        },
        SendingState::WaitingForSignIn if sending.user == Some(actor.user) => {
            format!("It waits for your sign-in at {platform}. Nothing is lost: it is sent once your account there is linked.")
        }
        SendingState::WaitingForSignIn => {
            format!("It waits for the reviewer's sign-in at {platform}. Nothing is lost: it is sent once their account there is linked.")
        }
        SendingState::Sent => {
            let at = sending.sent_at.map_or_else(String::new, |at| format!(" on {}", say::moment(at, zone)));
            format!("{platform} accepted it{at}. It is read back soon.")
        }
        SendingState::Stands => format!("{platform} has it: it was read again there, and it stands."),
        SendingState::AnotherStands => {
            let by = match decision.filter(|_| there) {
                Some(decision) => super::overruled::by_whom(tx, actor, decision.reviewer).await?,
                None => String::new(),
            };
            let what = if remark.is_empty() { format!("Another answer stands in {platform}, and counts.") } else { remark };
            format!("{what}{by}")
        }
        SendingState::Refused => format!("{platform} did not take it: {remark}"),
        SendingState::Unknown => format!("{platform}'s reply was lost. It is looked for there before anything is sent again."),
        SendingState::Withdrawn => return Ok(None),
    };
    let link = (state == SendingState::WaitingForSignIn && sending.user == Some(actor.user)).then_some(case.item.source);
    Ok(Some(SendingLine { state: Some(state), sentence, link }))
}
