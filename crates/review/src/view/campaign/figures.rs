//! What moves on a campaign's page, for those who wait for it to move.

use crate::{Actor, Context, Error, Result, view::types::CampaignFigures};
use domain::{Action, CampaignId, Object};

/// The figures of `/campaigns/{id}` that change while people answer, at the cost of a few counts.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or not for this person.
pub async fn campaign_figures(ctx: &Context, actor: &Actor, id: CampaignId) -> Result<CampaignFigures> {
    let mut tx = ctx.store.read().await?;
    let campaign = tx.campaign(id).await?.ok_or(Error::NotFound)?;
    let own = campaign.owner == actor.user;
    actor.require(Action::View, Object::Campaign, own)?;
    let mut items = tx.campaign_counts(id).await?;
    let mut orders = tx.order_totals(id).await?;
    // The databases give groups in any order; the same figures compare equal.
    items.sort_unstable();
    orders.sort_unstable();
    let findings = if actor.may(Action::View, Object::Finding, own) { tx.findings_of_campaign(id).await? } else { 0 };
    let sendings = tx.sending_counts(id).await?.into_iter().collect();
    Ok(CampaignFigures { state: campaign.state, items, orders, findings, sendings })
}
