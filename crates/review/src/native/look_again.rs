//! The owner asks for a platform's campaign to be read back at once, and not when it comes round by itself.

use super::Followed;
use crate::{
    Actor, Context, Error, Result, attempt,
    jobs::{self, JobKind},
};
use domain::{Action, AttemptId, CampaignId, Object};
use serde::{Deserialize, Serialize};

const KIND: &str = "look_again";

/// A request to read a platform's campaign back.
#[derive(Debug, Clone, Copy)]
pub struct LookAgainForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The campaign.
    pub campaign: CampaignId,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookAgain {
    /// True where this very form was answered before: nothing was done again.
    #[serde(skip)]
    pub repeated: bool,
    /// What was done, as a sentence.
    pub sentence: String,
}

/// Has a platform's campaign read back now, by the campaign's owner. A second look is not added while one waits or is under way.
///
/// # Errors
/// [`Error::NotFound`] where it is not the person's own campaign; [`Error::Refused`] where no platform runs it.
pub async fn look_again(ctx: &Context, actor: &Actor, form: &LookAgainForm) -> Result<LookAgain> {
    crate::retry_busy(ctx, || once(ctx, actor, form)).await
}

async fn once(ctx: &Context, actor: &Actor, form: &LookAgainForm) -> Result<LookAgain> {
    let mut tx = ctx.store.begin().await?;
    let campaign = tx.campaign(form.campaign).await?.ok_or(Error::NotFound)?;
    actor.require(Action::Sync, Object::Campaign, campaign.owner == actor.user)?;
    if let Some(done) = attempt::earlier::<LookAgain>(&mut tx, actor, form.attempt, KIND, form.campaign.0).await? {
        return Ok(LookAgain { repeated: true, ..done });
    }
    let Some(followed) = Followed::load(&mut tx, form.campaign).await? else {
        return Err(Error::Refused("No platform runs this campaign, so there is nothing to read back. Nothing was changed.".to_owned()));
    };
    let platform = followed.platform();
    let sentence = if jobs::enqueue(ctx, &mut tx, JobKind::ReadBack(form.campaign), ctx.env.now()).await? {
        format!("{platform} is read back now. This page shows what it says as soon as it has answered.")
    } else {
        format!("{platform} is being read back already. This page shows what it says as soon as it has answered.")
    };
    let done = LookAgain { repeated: false, sentence };
    attempt::keep(ctx, &mut tx, actor, form.attempt, KIND, form.campaign.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}
