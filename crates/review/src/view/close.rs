//! Closing a campaign, after a look at what that removes.

use super::{
    head::campaign_head,
    types::{CloseCampaign, CloseReviewer, RemovalGroup},
};
use crate::{
    Actor, Context, Error, FieldError, Result,
    close::{self, CloseForm, Removed},
};
use domain::CampaignId;

/// Lines of a list by person.
const MOST: usize = 50;

/// `/campaigns/{id}/close`: what closing would do now. `form` is what somebody confirmed and could not be taken.
///
/// The form's attempt stays the same when it is shown again, so that a repeat of it is still answered once.
///
/// # Errors
/// As [`close::preview`]: not for anybody but the owner, and refused where the campaign is not open.
pub async fn close(
    ctx: &Context,
    actor: &Actor,
    id: CampaignId,
    form: Option<&CloseForm>,
    errors: Vec<FieldError>,
) -> Result<CloseCampaign> {
    let preview = close::preview(ctx, actor, id).await?;
    let mut tx = ctx.store.read().await?;
    let campaign = tx.campaign(id).await?.ok_or(Error::NotFound)?;
    let head = campaign_head(&mut tx, &campaign).await?;
    let changed = form.is_some_and(|form| form.preview_digest != preview.digest || form.expected_version != preview.version);
    Ok(CloseCampaign {
        head,
        attempt: form.map_or_else(|| ctx.env.id(), |form| form.attempt),
        expected_version: preview.version,
        digest: hex::encode(preview.digest),
        // A tick was for what was shown then.
        acknowledge: form.is_some_and(|form| form.acknowledge) && !changed,
        errors,
        changed: changed
            .then(|| "What closing would do changed since it was shown. Nothing was closed. This is what it would do now.".to_owned()),
        staged_approvals: preview.staged_approvals,
        staged_removals: preview.staged_removals,
        waiting_removals: preview.waiting_removals,
        open: preview.open,
        open_escalated: preview.open_escalated,
        default_action: preview.default_action,
        default_removals: preview.default_removals,
        conflicts: preview.conflicts,
        braked: preview.braked,
        cannot: preview.cannot,
        by_application: preview.by_application.into_iter().map(group).collect(),
        by_person: preview.by_person.into_iter().take(MOST).map(group).collect(),
        open_by_reviewer: preview
            .open_by_reviewer
            .into_iter()
            .take(MOST)
            .map(|of| CloseReviewer { name: of.name, open: of.open })
            .collect(),
        acknowledgements: preview.acknowledgements,
    })
}

fn group(removed: Removed) -> RemovalGroup {
    RemovalGroup { name: removed.name, decided: removed.decided, by_default: removed.by_default }
}
