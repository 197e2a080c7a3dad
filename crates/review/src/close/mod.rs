//! Closing a campaign, after a look at what that does.
//!
//! [`preview`] is a dry run with a digest; [`close`] wants that digest back, so
//! that nobody closes over something they have not seen. Closing is confirmed
//! in one transaction and carried out in small ones by [`finish`], which may be
//! killed at any point: what remains to be done is what is still staged or open.

mod finish;
mod preview;

pub(crate) use finish::exception;
pub use finish::{finish, finish_due};
pub use preview::{ClosePreview, OpenOf, Removed};

use crate::{Actor, Context, Error, Result, attempt, case::at_one_moment};
use domain::{Action, AttemptId, CampaignId, CampaignState, Object};
use serde::{Deserialize, Serialize};

const KIND: &str = "close";

/// A confirmation that a campaign is to close.
#[derive(Debug, Clone)]
pub struct CloseForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The campaign's version as it was shown.
    pub expected_version: i64,
    /// The digest of the preview that was shown ([`ClosePreview::digest`]).
    pub preview_digest: [u8; 32],
    /// True where the box was ticked. Needed where the preview has [`ClosePreview::acknowledgements`].
    pub acknowledge: bool,
}

/// What came of confirming.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// The campaign.
    pub campaign: CampaignId,
    /// Where it stands: closed, or still closing where much had to be done.
    pub state: CampaignState,
    /// What was done, as a sentence.
    pub sentence: String,
}

/// What closing would do now. Nothing is changed.
///
/// For the campaign's owner only.
pub async fn preview(ctx: &Context, actor: &Actor, campaign: CampaignId) -> Result<ClosePreview> {
    let mut tx = ctx.store.read().await?;
    let found = tx.closing_campaign(campaign).await?.ok_or(Error::NotFound)?;
    actor.require(Action::Close, Object::Campaign, found.owner == actor.user)?;
    must_be_open(found.state)?;
    let preview = preview::look(ctx, &mut tx, &found).await?;
    tx.rollback().await?;
    Ok(preview)
}

/// Closes a campaign: sends what is staged (rule 2), applies the default to what nobody answered (rule 5).
///
/// For the campaign's owner only. Errors: `Stale` where what would happen is no longer what was shown; `Invalid` where
/// the box was not ticked; `Refused` where the campaign is not open.
pub async fn close(ctx: &Context, actor: &Actor, form: &CloseForm) -> Result<Closed> {
    let done = crate::retry_busy(ctx, || confirm(ctx, actor, form)).await?;
    // Confirmed and durable. Finishing goes on by itself should it stop here.
    let state = finish(ctx, form.campaign).await?;
    let sentence = match state {
        CampaignState::Closed => "The campaign is closed. Its items never change again; removals go on until they are proven.".to_owned(),
        _ => done.sentence,
    };
    Ok(Closed { repeated: done.repeated, campaign: form.campaign, state, sentence })
}

async fn confirm(ctx: &Context, actor: &Actor, form: &CloseForm) -> Result<Closed> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    tx.hold_campaign_still(form.campaign).await?;
    if let Some(done) = attempt::earlier::<Closed>(&mut tx, actor, form.attempt, KIND, form.campaign.0).await? {
        return Ok(Closed { repeated: true, ..done });
    }
    let found = tx.closing_campaign(form.campaign).await?.ok_or(Error::NotFound)?;
    actor.require(Action::Close, Object::Campaign, found.owner == actor.user)?;
    must_be_open(found.state)?;
    let preview = preview::look(ctx, &mut tx, &found).await?;
    if found.version != form.expected_version || preview.digest != form.preview_digest {
        return Err(Error::Stale(
            "What closing would do changed since it was shown. Nothing was closed. Look at it again, and confirm what it says now."
                .to_owned(),
        ));
    }
    if !preview.acknowledgements.is_empty() && !form.acknowledge {
        return Err(Error::field("acknowledge", "Tick the box once you have read what closing does. Nothing was closed."));
    }
    if !tx.set_campaign_closing(found.id, found.version, ctx.env.now(), actor.user).await? {
        return Err(Error::Stale("The campaign changed at this very moment. Nothing was closed. Look at it again.".to_owned()));
    }
    let done = Closed {
        repeated: false,
        campaign: found.id,
        state: CampaignState::Closing,
        sentence: "Closing was confirmed and is under way. It goes on by itself; nobody can answer any more.".to_owned(),
    };
    attempt::keep(ctx, &mut tx, actor, form.attempt, KIND, form.campaign.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}

fn must_be_open(state: CampaignState) -> Result<()> {
    let why = match state {
        CampaignState::Open => return Ok(()),
        CampaignState::Preparing => "This campaign is still being prepared, and nobody was asked yet.",
        CampaignState::Closing => "This campaign is closing already.",
        CampaignState::Closed => "This campaign is closed already.",
    };
    Err(Error::Refused(format!("{why} Nothing was changed.")))
}
