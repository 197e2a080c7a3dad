//! What a new reading shows: orders proven, items no longer held, access that came back, leavers, emergency use.

use super::{Step, step};
use crate::{
    Actor, Context, Error, Result,
    case::{Cases, at_one_moment},
    findings::{self, New},
    native,
    open::anew::{self, Returned},
    orders::withdraw,
    say,
};
use connect::SourceSettings;
use domain::{CampaignId, OrderEvent, OrderId, OrderState, ReviewEvent, ReviewState, SourceId, Timestamp};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::{
    Tx,
    decisions::ReviewItem,
    findings::{Explanation, FindingKind},
    orders::{Comeback, Order, Proof},
    sources::Snapshot,
};

/// What a reading showed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofCounts {
    /// Orders proven: the grant is gone.
    pub proven: u64,
    /// Orders that left and whose grant is still there.
    pub still_there: u64,
    /// Items closed because the access was gone before they were settled.
    pub no_longer_held: u64,
    /// Findings: access that was proven gone is there again (rule 21).
    pub returned: u64,
    /// Items that ask anew about what came back, in open campaigns that cover it (rule 21).
    pub asked_anew: u64,
    /// Findings: a newer grant of access that was ordered away (rule 18).
    pub regranted: u64,
    /// Alarms: somebody has left and still has access (rule 28).
    pub leavers: u64,
    /// Findings: emergency access was used (rule 27).
    pub emergency_uses: u64,
}

/// Items closed between two looks at what is left.
const AT_ONCE: i64 = 500;

/// Looks at a sealed snapshot, in the transaction that sealed it.
///
/// The snapshot's row and its accounts, grants and usage must be there. Orders move only by what the reading shows:
/// nothing here assumes that a removal worked.
pub async fn after_snapshot(ctx: &Context, tx: &mut Tx, source: SourceId, seq: i64) -> Result<ProofCounts> {
    let ctx = &at_one_moment(ctx);
    let missing = || Error::Inconsistent(format!("source {source} has no snapshot {seq}"));
    let snapshot = tx.snapshot(source, seq).await?.ok_or_else(missing)?;
    tx.hold_orders().await?;
    let (_, settings) = Cases::default().source(tx, source).await?;
    let mut counts = ProofCounts { no_longer_held: close_items(ctx, tx, source, seq).await?, ..ProofCounts::default() };
    let proven = prove_gone(ctx, tx, source, &snapshot).await?;
    counts.proven = proven.len() as u64;
    counts.still_there = see_still(ctx, tx, source, &snapshot).await?;
    let mut returned = Vec::new();
    for back in tx.comebacks(source, seq).await? {
        // Proven by an earlier reading: it had gone, and returned. Otherwise a newer grant stands beside or in place of
        // the one that was ordered away.
        let kind = if back.proven_at.is_some() && !proven.contains(&back.order) { FindingKind::Returned } else { FindingKind::Regranted };
        let Some(finding) = findings::raise(ctx, tx, came_back(kind, source, seq, &back)).await? else { continue };
        match kind {
            FindingKind::Returned => returned.push(Returned { finding, grant: back.grant, order: back.order }),
            _ => counts.regranted += 1,
        }
    }
    for order in tx.orders_proven_yet_held(source, Timestamp(snapshot.taken_at)).await? {
        // A look had shown it gone; the very same grant is there again.
        let raised = findings::raise(ctx, tx, held_again(source, seq, &order)).await?;
        returned.extend(raised.map(|finding| Returned { finding, grant: order.grant, order: order.id }));
    }
    counts.returned = returned.len() as u64;
    counts.asked_anew = anew::ask(ctx, tx, (source, seq), &settings, &returned).await?;
    counts.leavers = leavers(ctx, tx).await?;
    counts.emergency_uses = emergency_uses(ctx, tx, source, seq, &settings).await?;
    Ok(counts)
}

/// Closes every item of an open campaign that is not settled and whose grant is gone.
async fn close_items(ctx: &Context, tx: &mut Tx, source: SourceId, seq: i64) -> Result<u64> {
    let mut closed = 0;
    let mut held: BTreeSet<CampaignId> = BTreeSet::new();
    loop {
        let items = tx.unsettled_items_without_grant(source, AT_ONCE).await?;
        let mut newly_held = false;
        for campaign in items.iter().map(|item| item.campaign).collect::<BTreeSet<_>>() {
            if held.insert(campaign) {
                tx.hold_campaign_open(campaign).await?;
                newly_held = true;
            }
        }
        if newly_held {
            // Read again now that nobody can close the campaigns.
            continue;
        }
        if items.is_empty() {
            return Ok(closed);
        }
        for item in &items {
            no_longer_held(ctx, tx, None, item, GoneBy::Reading(seq)).await?;
            closed += 1;
        }
    }
}

/// What shows that access is gone (rule 4).
#[derive(Debug, Clone, Copy)]
pub(crate) enum GoneBy<'a> {
    /// This reading of the source.
    Reading(i64),
    /// A look at the grant alone: these pages. No reading has shown it yet.
    Look(&'a [connect::Page]),
}

/// Closes an item as "no longer held", with the reading or the pages that show it (rule 4). A staged answer falls with its
/// order.
///
/// Returns the item's new version. Errors with `Stale` where the item moved on.
pub(crate) async fn no_longer_held(ctx: &Context, tx: &mut Tx, by: Option<&Actor>, item: &ReviewItem, gone: GoneBy<'_>) -> Result<i64> {
    let now = ctx.env.now();
    let state = item.state.after(ReviewEvent::SeenGone).map_err(|e| Error::Inconsistent(format!("item {}: {e}", item.id)))?;
    if let (ReviewState::Staged, Some(decision)) = (item.state, item.decision) {
        if let Some(order) = tx.living_order_of_decision(decision).await? {
            withdraw(ctx, tx, by, &order, "gone").await?;
        }
        tx.set_decision_undone(decision, now).await?;
        native::taken_back(ctx, tx, decision).await?;
    }
    if !tx.step_item(&item.step(state, now)).await? {
        return Err(Error::Stale(say::moved_on(item.state)));
    }
    let version = item.version + 1;
    let entry = ctx
        .event(EventKind::ItemNoLongerHeld, by)
        .campaign(item.campaign)
        .item_at(item.id, version)
        .subject("source", item.source)
        .code("step", ReviewEvent::SeenGone)
        .code("state", state);
    let entry = match gone {
        GoneBy::Reading(seq) => entry.int("seq", seq),
        GoneBy::Look(pages) => {
            let json = serde_json::to_string(pages).map_err(|e| Error::Inconsistent(format!("item {}: {e}", item.id)))?;
            // Their addresses name the holder: a text beside the entry, which can be erased.
            entry.text("pages", json, item.holder.0)
        }
    };
    ctx.record(tx, entry).await?;
    Ok(version)
}

/// Proves the orders whose grant is gone. What has no final decision, or is being carried out this moment, waits.
async fn prove_gone(ctx: &Context, tx: &mut Tx, source: SourceId, snapshot: &Snapshot) -> Result<BTreeSet<OrderId>> {
    let mut proven = BTreeSet::new();
    let mut proofs = Vec::new();
    for order in tx.orders_seen_gone(source).await? {
        let is_final = tx.decision(order.decision).await?.is_some_and(|d| d.finalised_at.is_some());
        if !is_final || order.state == OrderState::Claimed {
            continue;
        }
        let order = match order.state {
            // Nothing is left to hold back.
            OrderState::Held => match step(ctx, tx, &order, Step::new(OrderEvent::Release, None).code("cause", "gone"), |_| {}).await? {
                Some(order) => order,
                None => continue,
            },
            _ => order,
        };
        let seen = looked(Step::new(OrderEvent::SeeGone, None), snapshot, true);
        let now = ctx.env.now();
        if step(ctx, tx, &order, seen, |o| o.proven_at = Some(now)).await?.is_some() {
            proofs.push(proof(ctx, &order, source, snapshot, true));
            proven.insert(order.id);
        }
    }
    tx.insert_proofs(&proofs).await?;
    Ok(proven)
}

/// Records for each order that left before the reading that its grant is still there.
async fn see_still(ctx: &Context, tx: &mut Tx, source: SourceId, snapshot: &Snapshot) -> Result<u64> {
    let mut proofs = Vec::new();
    for order in tx.orders_seen_still(source, Timestamp(snapshot.taken_at)).await? {
        let seen = looked(Step::new(OrderEvent::SeeStill, None), snapshot, false);
        let again = order.state == OrderState::OutcomeUnknown;
        let stays = |o: &mut Order| {
            if again {
                // It did not happen, and may be sent again.
                (o.left_at, o.ticket) = (None, None);
            }
        };
        if step(ctx, tx, &order, seen, stays).await?.is_some() {
            proofs.push(proof(ctx, &order, source, snapshot, false));
        }
    }
    tx.insert_proofs(&proofs).await?;
    Ok(proofs.len() as u64)
}

/// What a look at one grant shows of its order, proven where it is gone. False where the order moved on meanwhile, or where
/// it is still there.
pub(super) async fn by_a_look(
    ctx: &Context,
    tx: &mut Tx,
    source: SourceId,
    order: &Order,
    pages: &[connect::Page],
    gone: bool,
) -> Result<bool> {
    let seq = tx.source(source).await?.and_then(|row| row.last_seq).unwrap_or_default();
    let json = serde_json::to_string(pages).map_err(|e| Error::Inconsistent(format!("order {}: {e}", order.id)))?;
    let hash = ledger::sha256(json.as_bytes());
    let event = if gone { OrderEvent::SeeGone } else { OrderEvent::SeeStill };
    let seen = Step::new(event, None).int("seq", seq).int("gone", i64::from(gone)).code("pages_sha256", hex::encode(hash));
    let now = ctx.env.now();
    let moved = step(ctx, tx, order, seen, |o| {
        if gone {
            o.proven_at = Some(now);
        } else {
            // It did not happen, and may be sent again.
            (o.left_at, o.ticket) = (None, None);
        }
    });
    if moved.await?.is_none() {
        return Ok(false);
    }
    let proof = Proof { id: ctx.env.id(), order: order.id, source, seq, population_hash: hash.to_vec(), pages: Some(json), gone, at: now };
    tx.insert_proofs(&[proof]).await?;
    Ok(gone)
}

fn looked<'a>(step: Step<'a>, snapshot: &Snapshot, gone: bool) -> Step<'a> {
    step.int("seq", snapshot.seq).int("gone", i64::from(gone)).code("population_hash", hex::encode(&snapshot.population_hash))
}

fn proof(ctx: &Context, order: &Order, source: SourceId, snapshot: &Snapshot, gone: bool) -> Proof {
    Proof {
        id: ctx.env.id(),
        order: order.id,
        source,
        seq: snapshot.seq,
        population_hash: snapshot.population_hash.clone(),
        pages: None,
        gone,
        at: ctx.env.now(),
    }
}

fn came_back(kind: FindingKind, source: SourceId, seq: i64, back: &Comeback) -> New {
    New {
        entitlement: Some(back.entitlement),
        grant: Some(back.grant),
        item: Some(back.item),
        order: Some(back.order),
        explanation: Some(explain(back)),
        ..New::of_account(kind, source, seq, back.account)
    }
}

fn held_again(source: SourceId, seq: i64, order: &Order) -> New {
    New {
        entitlement: Some(order.entitlement),
        grant: Some(order.grant),
        item: Some(order.item),
        order: Some(order.id),
        explanation: Some(Explanation::Unexplained),
        ..New::of_account(FindingKind::Returned, source, seq, order.account)
    }
}

/// How access came back, as far as the source's data tells (rule 21).
fn explain(back: &Comeback) -> Explanation {
    if back.path.is_made_by_others() {
        return Explanation::Rule;
    }
    let Some(since) = back.granted_on else {
        return Explanation::Unexplained;
    };
    // Days without a time of day are midnights, so a grant of the removal's own day counts as after it.
    let after_removal = back.left_at.is_none_or(|left| since.plus(domain::time::DAY) > left);
    match (Some(since) == back.earlier_granted_on || !after_removal, &back.granted_by) {
        (true, _) => Explanation::Sync,
        (false, Some(_)) => Explanation::ApprovedRequest,
        (false, None) => Explanation::Unexplained,
    }
}

/// Raises the alarm for everybody who has left and still has access (rule 28), in every source: what one of them says of a
/// person holds of their accounts in the others. Returns how many alarms.
async fn leavers(ctx: &Context, tx: &mut Tx) -> Result<u64> {
    let mut raised = 0;
    for source in tx.sources().await? {
        let Some(seq) = source.last_seq else { continue };
        for account in tx.leavers_with_access(source.id, seq, ctx.env.now()).await? {
            let finding = findings::raise(ctx, tx, New::of_account(FindingKind::LeaverActive, source.id, seq, account)).await?;
            raised += u64::from(finding.is_some());
        }
    }
    Ok(raised)
}

/// Looks for those whose last day passed between two readings (rule 28). Returns how many alarms were raised.
pub async fn find_leavers(ctx: &Context) -> Result<u64> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    // One at a time with readings, so that nobody is alarmed about twice.
    tx.hold_orders().await?;
    let raised = leavers(ctx, &mut tx).await?;
    tx.commit().await?;
    Ok(raised)
}

async fn emergency_uses(ctx: &Context, tx: &mut Tx, source: SourceId, seq: i64, settings: &SourceSettings) -> Result<u64> {
    if settings.emergency_accounts.is_empty() && settings.emergency_entitlements.is_empty() {
        return Ok(0);
    }
    let mut raised = 0;
    for (account, person, entitlement, what) in tx.new_uses(source, seq).await? {
        if settings.emergency_accounts.contains(&person) || settings.emergency_entitlements.contains(&what) {
            let finding = New { entitlement: Some(entitlement), ..New::of_account(FindingKind::EmergencyUsed, source, seq, account) };
            raised += u64::from(findings::raise(ctx, tx, finding).await?.is_some());
        }
    }
    Ok(raised)
}
