//! Evidence packs and checkpoints.

use super::{
    head::{campaign_head, cut},
    types::{CheckpointView, Evidence, EvidenceCampaign, PackCopy, PackLine, Several},
};
use crate::{Actor, Context, Error, Result};
use domain::{Action, CampaignId, CampaignState, Object, UserId};
use std::collections::{BTreeMap, BTreeSet};
use store::Tx;

/// Campaigns on one page.
const PAGE: i64 = 25;

/// Packs of one campaign that are listed, the newest.
const PACKS: i64 = 50;

/// Copies that are listed for one campaign.
const COPIES: i64 = 1_000;

/// Whether somebody outside keeps copies of checkpoints (rule 45): no installation of this version sends them anywhere.
pub(super) const WITNESSED: bool = false;

/// `/evidence`; `after` is the key under which the page of campaigns begins, `again` the form for one pack of several campaigns that
/// could not be taken.
pub async fn evidence(ctx: &Context, actor: &Actor, after: Option<&str>, again: Option<Several>) -> Result<Evidence> {
    actor.require(Action::View, Object::Evidence, false)?;
    let before: Option<CampaignId> = match after {
        None | Some("") => None,
        Some(key) => Some(key.parse().map_err(|_| Error::NotFound)?),
    };
    let may_make = actor.may(Action::Make, Object::Evidence, false);
    let mut tx = ctx.store.read().await?;
    let mut found = tx.campaigns(before, PAGE + 1).await?;
    let more = cut(&mut found, PAGE);
    let next = found.last().filter(|_| more).map(|campaign| campaign.id.to_string());
    let mut names = Names::default();
    let mut campaigns = Vec::new();
    for campaign in found {
        // Before it is open there is nothing to show.
        let attempt = (may_make && campaign.state != CampaignState::Preparing).then(|| ctx.env.id());
        let packs = packs(&mut tx, &mut names, campaign.id).await?;
        campaigns.push(EvidenceCampaign { head: campaign_head(&mut tx, &campaign).await?, attempt, packs });
    }
    let open = campaigns.iter().filter(|campaign| campaign.attempt.is_some()).count();
    let fresh = || Several { attempt: ctx.env.id(), ticked: BTreeSet::new(), errors: Vec::new() };
    let several = again.filter(|_| may_make).or_else(|| (open > 1).then(fresh));
    Ok(Evidence {
        several,
        origin: ctx.origin.to_string(),
        fingerprint: crate::sequence::verifier_key(ctx)?.fingerprint(),
        checkpoint: tx.newest_checkpoint().await?.map(|checkpoint| CheckpointView {
            size: signed(checkpoint.size),
            root: hex::encode(checkpoint.root),
            at: checkpoint.created_at,
            note: checkpoint.note,
        }),
        waiting: tx.count_unsequenced().await?,
        witnessed: WITNESSED,
        campaigns,
        next,
        may_take: actor.may(Action::Take, Object::Evidence, false),
        may_answer_requests: may_make,
    })
}

async fn packs(tx: &mut Tx, names: &mut Names, campaign: CampaignId) -> Result<Vec<PackLine>> {
    let packs = tx.packs_of(campaign, None, PACKS).await?;
    if packs.is_empty() {
        return Ok(Vec::new());
    }
    let copies = tx.pack_copies_of(campaign, None, COPIES).await?;
    let mut lines = Vec::new();
    for pack in packs {
        let others: Vec<CampaignId> = pack.campaigns.iter().copied().filter(|id| *id != campaign).collect();
        let mut taken = Vec::new();
        for copy in copies.iter().filter(|copy| copy.pack == pack.id) {
            taken.push(PackCopy { by: names.of(tx, copy.user).await?, at: copy.at });
        }
        lines.push(PackLine {
            id: pack.id,
            file: pack.file,
            bytes: signed(pack.bytes),
            sha256: hex::encode(pack.sha256),
            checkpoint_size: signed(pack.checkpoint_size),
            signer: pack.signer,
            made_at: pack.made_at,
            made_by: match pack.made_by {
                Some(user) => Some(names.of(tx, user).await?),
                None => None,
            },
            with: campaign_names(tx, &others).await?,
            copies: taken,
        });
    }
    Ok(lines)
}

/// The names of campaigns, in the order given.
pub(super) async fn campaign_names(tx: &mut Tx, campaigns: &[CampaignId]) -> Result<Vec<String>> {
    let mut names = Vec::with_capacity(campaigns.len());
    for campaign in campaigns {
        names.extend(tx.campaign(*campaign).await?.map(|campaign| campaign.name));
    }
    Ok(names)
}

/// Names of people who sign in, each read once.
#[derive(Default)]
struct Names(BTreeMap<UserId, String>);

impl Names {
    async fn of(&mut self, tx: &mut Tx, user: UserId) -> Result<String> {
        if let Some(name) = self.0.get(&user) {
            return Ok(name.clone());
        }
        let name = tx.user(user).await?.map_or_else(|| user.to_string(), |user| user.name);
        self.0.insert(user, name.clone());
        Ok(name)
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
