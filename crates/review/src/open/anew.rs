//! Asking anew about access that came back after a proven removal (rule 21).
//!
//! The closed item never changes. Where an open campaign covers the grant that came back, it gets a new item there,
//! with a recommendation and a reviewer as at an opening, frozen alike, and it speaks of the reading that showed the
//! access. One campaign asks: the one whose removal it was, while it is open, or else the newest that covers it.
//! Where none does, the finding stands by itself, and the next campaign that covers the grant asks about it.

use super::{
    draw::{self, Draw},
    form::Scope,
    item_of,
    plan::{self, Covering},
};
use crate::{Context, Error, Result, explain::KeptWeights, learning, population, sod};
use connect::SourceSettings;
use domain::{CampaignId, CampaignState, FindingId, GrantId, OrderId, SourceId};
use std::{collections::BTreeMap, sync::Arc};
use store::Tx;

/// A grant that came back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Returned {
    /// The finding that says so.
    pub finding: FindingId,
    /// The newer grant.
    pub grant: GrantId,
    /// The order that removed the earlier one.
    pub order: OrderId,
}

/// Gives each grant that came back its item; returns how many items that made.
///
/// Within the transaction that seals snapshot `seq`, after [`Tx::hold_orders`], which keeps two readings from numbering at once.
pub(crate) async fn ask(
    ctx: &Context,
    tx: &mut Tx,
    (source, seq): (SourceId, i64),
    settings: &Arc<SourceSettings>,
    returned: &[Returned],
) -> Result<u64> {
    if returned.is_empty() {
        return Ok(0);
    }
    let mut covering = Vec::new();
    let mut draws: BTreeMap<CampaignId, Draw> = BTreeMap::new();
    for campaign in tx.open_campaigns_of(source).await? {
        tx.hold_campaign_open(campaign.id).await?;
        // Read again now that nobody can close it.
        let Some(campaign) = tx.campaign(campaign.id).await?.filter(|c| c.state == CampaignState::Open) else { continue };
        let scope: Scope =
            serde_json::from_str(&campaign.scope).map_err(|why| Error::Inconsistent(format!("campaign {}, scope: {why}", campaign.id)))?;
        let owner = tx.user(campaign.owner).await?.and_then(|user| user.identity);
        draws.extend(Draw::of(&campaign)?.map(|draw| (campaign.id, draw)));
        covering.push(Covering { campaign: campaign.id, scope, owner });
    }
    if covering.is_empty() {
        return Ok(0);
    }
    let mut grants = Vec::with_capacity(returned.len());
    for back in returned {
        let removed_by = tx.order(back.order).await?.map(|order| order.campaign);
        let mut places: Vec<usize> = (0..covering.len()).collect();
        // The campaign whose removal it was comes first; the others stay newest first.
        places.sort_by_key(|place| covering.get(*place).map(|of| Some(of.campaign) != removed_by));
        grants.push((back.grant, places));
    }
    let (now, settings) = (ctx.env.now(), settings.clone());
    let loaded = Arc::new(population::load(tx, source, seq, now).await?);
    let duties = sod::evaluate(tx, &[(source, seq, loaded.clone())], None, now).await?;
    let facts = duties.as_ref().map(|found| found.facts.clone()).unwrap_or_default();
    // A model that cannot be used must not keep a source from being read: what came back is asked about all the same.
    let adviser = match learning::in_force(ctx, tx).await {
        Err(Error::Refused(why)) => {
            tracing::error!(why, "access that came back is recommended with the stated weights alone");
            None
        }
        other => other?,
    };
    let planned = tokio::task::spawn_blocking(move || {
        plan::anew((source, seq), &loaded, &settings, &covering, &grants, (&facts, adviser.as_deref()), now)
    })
    .await
    .map_err(|why| Error::Inconsistent(format!("judging ended before it was complete: {why}")))??;
    let findings: BTreeMap<GrantId, FindingId> = returned.iter().map(|back| (back.grant, back.finding)).collect();
    let weights = KeptWeights::present()?;
    weights.keep(tx, now).await?;
    let mut made = 0;
    for (grant, campaign, planned) in planned {
        let finding = findings.get(&grant).copied();
        let last = tx.last_item_number(campaign).await?;
        let mut items = Vec::with_capacity(planned.len());
        let mut events = Vec::with_capacity(planned.len() * 2);
        let planned = draw::drawn(ctx, draws.get(&campaign), planned, |planned| planned);
        for (number, (lot, planned)) in (last + 1..).zip(&planned) {
            let (item, told) = item_of(ctx, campaign, (number, *lot), planned, &weights, finding)?;
            items.push(item);
            events.extend(told);
        }
        tx.insert_items(campaign, &items, now).await?;
        if let Some(found) = &duties {
            sod::keep(ctx, tx, campaign, found, &[grant].into()).await?;
        }
        ctx.record_many(tx, events).await?;
        if let (Some(finding), Some(first)) = (finding, items.first()) {
            tx.set_finding_asked(finding, first.id).await?;
        }
        made += items.len() as u64;
    }
    Ok(made)
}
