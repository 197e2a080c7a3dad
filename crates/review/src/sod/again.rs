//! Evaluating the rules anew once accounts turned out to be one person's (rule 34).
//!
//! Open campaigns froze the conflicts of their opening. Where an account joins a person whom other sources know, that person
//! may hold both sides since: the conflict is added to the campaigns that ask about either, their items say so, and both sides
//! are not approved without a control. Recommendations stay as they were made; who was not shown the conflict is asked again.

use super::evaluate::{evaluate, keep};
use crate::{Actor, Context, Result};
use domain::{CampaignId, GrantId, IdentityId, SourceId};
use ledger::EventKind;
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;

/// Evaluates the rules for these people over everything that they hold in any source, and adds what it finds to the open
/// campaigns that ask about it. Each of these campaigns gets an entry, whatever was found. Returns how many conflicts are new.
pub(crate) async fn after_joining(
    ctx: &Context,
    tx: &mut Tx,
    by: Option<&Actor>,
    (source, seq): (SourceId, i64),
    people: &BTreeSet<IdentityId>,
) -> Result<i64> {
    let mut asked: BTreeMap<CampaignId, (BTreeSet<IdentityId>, BTreeSet<GrantId>)> = BTreeMap::new();
    for (campaign, holder, grant) in tx.grants_asked_openly().await? {
        if people.contains(&holder) {
            let (holders, grants) = asked.entry(campaign).or_default();
            holders.insert(holder);
            grants.insert(grant);
        }
    }
    if asked.is_empty() {
        return Ok(0);
    }
    let concerned: BTreeSet<IdentityId> = asked.values().flat_map(|(holders, _)| holders).copied().collect();
    let found = evaluate(tx, &[], Some(&concerned), ctx.env.now()).await?;
    let mut new = 0;
    for (campaign, (holders, grants)) in asked {
        tx.hold_campaign_open(campaign).await?;
        let before = tx.count_conflicts(campaign).await?;
        if let Some(found) = &found {
            keep(ctx, tx, campaign, found, &grants).await?;
        }
        let more = tx.count_conflicts(campaign).await? - before;
        let mut entry = ctx
            .event(EventKind::PeopleJoined, by)
            .campaign(campaign)
            .subject("source", source)
            .int("seq", seq)
            .int("people", i64::try_from(holders.len()).unwrap_or(i64::MAX))
            .int("conflicts", more);
        if let Some(found) = &found {
            entry = entry.int("rules_version", found.version);
        }
        ctx.record(tx, entry).await?;
        new += more;
    }
    Ok(new)
}
