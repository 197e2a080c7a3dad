//! Shadow mode: recommendations are made and shown to nobody, and a report compares them with what people decided.
//!
//! A campaign is opened hidden or shown. While it is hidden, every page, file and address leaves its recommendations out, and
//! answers are kept as given without having seen one (rule 30). [`report`] compares both; [`accept`] lets the campaign's owner,
//! who has read the report, show the recommendations from then on. There is no way back.

mod document;

pub use document::{Apart, Named, Report, SCHEMA};
pub use recommend::shadow::{Baseline, Beside, Bin, Comparison, FEWEST, Fit, Part, Rate, Share, Tally};

use crate::{Actor, Context, Error, Result, attempt, case::at_one_moment, recommendations};
use domain::{Action, Answer, AttemptId, CampaignId, DecisionOrigin, InView, Object, ReviewState, SourceId, Timestamp};
use ledger::EventKind;
use recommend::shadow::{Case, Comparing, Decided};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use store::{
    Tx,
    campaigns::Campaign,
    decisions::ReviewItem,
    shadow::{AcceptedReport, ShadowItem},
};

const KIND: &str = "accept_shadow";

/// Items read at once.
const AT_ONCE: i64 = 500;

/// The name under which a queue lists all its items while what is recommended is hidden: there are no causes then.
pub(crate) const ALL_ITEMS: &str = "all";

/// A report as it stands, or as it was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The report.
    pub report: Report,
    /// Its canonical bytes, which are what an owner accepts.
    pub bytes: Vec<u8>,
    /// SHA-256 of those bytes.
    pub sha256: [u8; 32],
    /// When it was accepted; `None` while the recommendations are hidden.
    pub accepted_at: Option<Timestamp>,
    /// The campaign's version.
    pub version: i64,
}

/// An owner's word that a campaign's recommendations are shown from now on.
#[derive(Debug, Clone)]
pub struct AcceptForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The campaign's version as it was shown.
    pub expected_version: i64,
    /// SHA-256 of the report as the owner saw it ([`Standing::sha256`]).
    pub report_sha256: [u8; 32],
    /// True where the box was ticked: this cannot be undone.
    pub acknowledge: bool,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// The campaign.
    pub campaign: CampaignId,
    /// What was done, as a sentence.
    pub sentence: String,
}

/// The report of a campaign that was opened in shadow mode: as it stands now, or as it was accepted.
///
/// That somebody reads it while something is hidden is kept: what they answer in the campaign afterwards is not given blind
/// ([`saw_nothing`]).
///
/// # Errors
/// [`Error::NotFound`] where there is no such campaign, or it never hid anything, or not for this person.
pub async fn report(ctx: &Context, actor: &Actor, campaign: CampaignId) -> Result<Standing> {
    let mut tx = ctx.store.read().await?;
    let found = tx.campaign(campaign).await?.ok_or(Error::NotFound)?;
    actor.require(Action::View, Object::Shadow, found.owner == actor.user)?;
    let standing = standing(&mut tx, &found).await?;
    let known = !found.showing.is_hidden() || tx.shadow_reader(campaign, actor.user).await?.is_some();
    // Most reports are opened again, and then there is nothing to write and nobody to wait for.
    tx.rollback().await?;
    if !known {
        crate::retry_busy(ctx, || read_by(ctx, actor, campaign)).await?;
    }
    Ok(standing)
}

async fn read_by(ctx: &Context, actor: &Actor, campaign: CampaignId) -> Result<()> {
    let mut tx = ctx.store.begin().await?;
    tx.keep_shadow_reader(campaign, actor.user, ctx.env.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether somebody who answers an item now has been told nothing of what is recommended for it: neither beside the item, nor by
/// the report, from which it could be read off one answer after the other, nor by a pack, nor by another open campaign that asks
/// them about the same grant and shows it.
pub(crate) async fn saw_nothing(tx: &mut Tx, actor: &Actor, item: &ReviewItem) -> Result<bool> {
    Ok(item.showing.is_hidden()
        && tx.shadow_reader(item.campaign, actor.user).await?.is_none()
        && !tx.is_shown_elsewhere(item, actor.user, actor.identity).await?)
}

pub(crate) async fn standing(tx: &mut Tx, campaign: &Campaign) -> Result<Standing> {
    if campaign.showing.is_hidden() {
        let report = made(tx, campaign).await?;
        let bytes = report.to_canonical()?;
        return Ok(Standing { report, sha256: ledger::sha256(&bytes), bytes, accepted_at: None, version: campaign.version });
    }
    let kept = tx.accepted_report(campaign.id).await?.ok_or(Error::NotFound)?;
    let broken = |why: &dyn std::fmt::Display| Error::Inconsistent(format!("the report of campaign {}: {why}", campaign.id));
    let report = serde_json::from_str(&kept.body).map_err(|why| broken(&why))?;
    let bytes = kept.body.into_bytes();
    if ledger::sha256(&bytes) != kept.sha256 {
        return Err(broken(&"its SHA-256 is another"));
    }
    Ok(Standing { report, bytes, sha256: kept.sha256, accepted_at: Some(kept.accepted_at), version: campaign.version })
}

/// Shows the recommendations of a campaign from now on, because its owner accepts the report as it was seen.
///
/// For the campaign's owner only, and never undone. Errors: `Stale` where the report is no longer what was seen; `Invalid` where
/// the box was not ticked; `Refused` where the recommendations are shown already.
pub async fn accept(ctx: &Context, actor: &Actor, form: &AcceptForm) -> Result<Accepted> {
    crate::retry_busy(ctx, || once(ctx, actor, form)).await
}

async fn once(ctx: &Context, actor: &Actor, form: &AcceptForm) -> Result<Accepted> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    // Nobody answers in this campaign between the report and its acceptance.
    tx.hold_campaign_still(form.campaign).await?;
    if let Some(done) = attempt::earlier::<Accepted>(&mut tx, actor, form.attempt, KIND, form.campaign.0).await? {
        return Ok(Accepted { repeated: true, ..done });
    }
    let campaign = tx.campaign(form.campaign).await?.ok_or(Error::NotFound)?;
    actor.require(Action::Accept, Object::Shadow, campaign.owner == actor.user)?;
    let now = standing(&mut tx, &campaign).await?;
    if now.accepted_at.is_some() {
        return Err(Error::Refused("The recommendations of this campaign are shown already. Nothing was changed.".to_owned()));
    }
    if campaign.version != form.expected_version || now.sha256 != form.report_sha256 {
        return Err(Error::Stale(
            "The report changed since it was shown: somebody answered, or took an answer back. The recommendations stay hidden. Read what it says now, and accept that."
                .to_owned(),
        ));
    }
    if !form.acknowledge {
        return Err(Error::field("acknowledge", "Tick the box once you have read the report. The recommendations stay hidden."));
    }
    let body = String::from_utf8(now.bytes).map_err(|why| Error::Inconsistent(format!("the report: {why}")))?;
    let kept = AcceptedReport { campaign: campaign.id, accepted_at: ctx.env.now(), accepted_by: actor.user, sha256: now.sha256, body };
    if !tx.show_recommendations(campaign.version, &kept).await? {
        return Err(Error::Stale(
            "The campaign changed at this very moment. The recommendations stay hidden. Look at it again.".to_owned(),
        ));
    }
    let tally = now.report.compared.overall.tally;
    let count = |of: u64| i64::try_from(of).unwrap_or(i64::MAX);
    let entry = ctx
        .event(EventKind::RecommendationsShown, Some(actor))
        .campaign(campaign.id)
        .code("report_sha256", hex::encode(now.sha256))
        .int("campaign_version", campaign.version + 1)
        .int("items", count(now.report.items))
        .int("decided", count(tally.decided()))
        .int("agreed", count(tally.agreed()))
        .int("overridden", count(tally.overridden()));
    ctx.record(&mut tx, entry).await?;
    let done = Accepted {
        repeated: false,
        campaign: campaign.id,
        sentence: "The recommendations are shown from now on, also for what is still open. The report is kept as you accepted it."
            .to_owned(),
    };
    attempt::keep(ctx, &mut tx, actor, form.attempt, KIND, form.campaign.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}

/// Compares what was recommended with the answers that count now.
async fn made(tx: &mut Tx, campaign: &Campaign) -> Result<Report> {
    let mut comparing = Comparing::default();
    let (mut apart, mut items) = (Apart::default(), 0);
    let mut engines = BTreeSet::new();
    let mut sources = BTreeSet::new();
    let mut after = 0;
    loop {
        let page = tx.shadow_items(campaign.id, after, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = last.number;
        for item in page {
            items += 1;
            let Some((decided, body)) = answered(&item, &mut apart) else { continue };
            let Some(made) = recommendations::readable(&body, &item.item) else {
                apart.unreadable += 1;
                continue;
            };
            let source = item.source.to_string();
            comparing.add(&Case { made: &made, decided, source: &source, department: item.department.as_deref() });
            engines.insert(made.engine.into_owned());
            sources.insert(item.source);
        }
    }
    Ok(Report {
        apart,
        campaign: campaign.id,
        compared: comparing.finish(),
        engines,
        fewest: FEWEST,
        items,
        opened_at: campaign.opened_at.map(Timestamp::to_rfc3339),
        schema: SCHEMA.to_owned(),
        sources: names(tx, sources).await?,
    })
}

/// What a person decided without having seen what was recommended, with the bytes of that; or the item is counted apart.
fn answered(item: &ShadowItem, apart: &mut Apart) -> Option<(Decided, Vec<u8>)> {
    let counted = match (item.state, item.answer) {
        (ReviewState::Undecided | ReviewState::HandedOver | ReviewState::SecondReview, _) => &mut apart.open,
        (ReviewState::Escalated, _) => &mut apart.escalated,
        (ReviewState::NoLongerHeld, _) => &mut apart.no_longer_held,
        (ReviewState::Unanswered | ReviewState::Excepted, _) => &mut apart.unanswered,
        (ReviewState::Staged | ReviewState::Decided | ReviewState::SignedOff, answer) => match answer {
            Some((what @ (Answer::Approve | Answer::Revoke), DecisionOrigin::PersonBlind)) => match &item.body {
                Some(body) => {
                    let decided = if what == Answer::Approve { Decided::Kept } else { Decided::Removed };
                    return Some((decided, body.clone()));
                }
                None => &mut apart.without_recommendation,
            },
            Some((_, DecisionOrigin::Platform)) => &mut apart.answered_on_platform,
            Some((_, DecisionOrigin::Person)) => &mut apart.after_reading,
            _ => &mut apart.otherwise,
        },
    };
    *counted += 1;
    None
}

async fn names(tx: &mut Tx, sources: BTreeSet<SourceId>) -> Result<Vec<Named>> {
    let known: BTreeMap<SourceId, String> = tx.sources().await?.into_iter().map(|source| (source.id, source.name)).collect();
    Ok(sources.into_iter().map(|id| Named { id: id.to_string(), name: known.get(&id).cloned().unwrap_or_default() }).collect())
}

/// What somebody is told who asks for a recommendation that is not in view.
pub(crate) fn not_in_view(view: InView) -> Error {
    let why = match view {
        InView::AfterAnswer => {
            "This item is to be judged first: it was drawn by chance, and what is recommended for it shows once its reviewer has answered."
        }
        InView::Hidden | InView::Shown => {
            "The recommendations of this campaign are hidden (shadow mode) until its owner has read the report that compares them with people's answers, and accepts it."
        }
    };
    Error::Refused(why.to_owned())
}
