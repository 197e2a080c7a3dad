//! Carrying removals out at a platform, and looking again.
//!
//! An order is taken in the transaction that looked at conflicts, brake and
//! switch; a job per source then carries out what was taken, a few at a time,
//! and looks at each grant again: only what was read again and is gone is
//! proven (rule 20). Whoever is killed between leaves taken orders behind; the
//! job is begun again by another worker, which takes them over (a higher
//! fence). Connectors look before they send, and a platform removes what is
//! there once, so that nothing is removed twice. A worker whose orders were
//! taken over may not mark.

use super::{Step, conflict, prove, step, switch};
use crate::{Context, Error, Result, case::at_one_moment, connectors::Connector, jobs, say};
use connect::{GrantKey, Outcome, Removal, Reread, Seen, Source as _};
use domain::{OrderEvent, OrderState, SourceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::{
    Tx,
    orders::{Order, OrderLine},
};

/// Removals that are carried out before their outcomes are written down.
const AT_ONCE: i64 = 10;
/// Grants that are looked at again in one go.
const LOOKED_AT: i64 = 100;

/// What one run did at one source.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Orders whose removal the platform accepted, or that were not there any more.
    pub accepted: u64,
    /// Orders that the platform refused, or has no removal for.
    pub refused: u64,
    /// Orders whose outcome only a look can tell.
    pub unknown: u64,
    /// Orders that a look proved.
    pub proven: u64,
}

/// Takes an order that may leave for a platform. False where it moved on meanwhile.
pub(super) async fn claim(ctx: &Context, tx: &mut Tx, order: &Order) -> Result<bool> {
    let taken = step(ctx, tx, order, Step::new(OrderEvent::Claim, None).int("fence", order.fence + 1), |o| {
        o.fence += 1;
        // From here on it may be carried out, whatever becomes of us.
        o.left_at = Some(ctx.env.now());
    });
    Ok(taken.await?.is_some())
}

/// Sees to it that every source with taken orders has its job.
pub(super) async fn wake(ctx: &Context) -> Result<()> {
    let waiting = {
        let mut tx = ctx.store.read().await?;
        if switch::stopped(&mut tx).await? { Vec::new() } else { tx.sources_with_claimed().await? }
    };
    for source in waiting {
        jobs::enqueue_now(ctx, jobs::JobKind::SendRemovals(source)).await?;
    }
    Ok(())
}

/// Carries out what was taken for one source, and looks again at everything that left and is not proven.
///
/// `last` says that nobody will try again: what could not be sent for a passing reason is then refused with that reason,
/// for a person to see.
///
/// # Errors
/// [`Error::Source`] where the platform could not be reached; whatever was not sent stays taken, and the job is tried again.
pub async fn send(ctx: &Context, source: SourceId, last: bool) -> Result<Sent> {
    let row = {
        let mut tx = ctx.store.read().await?;
        tx.source(source).await?.ok_or(Error::NotFound)?
    };
    let mut done = Sent::default();
    let connector = match ctx.connectors.open(ctx, &row).await {
        Ok(connector) => connector,
        Err(Error::Source(why)) if last => {
            give_up(ctx, source, &why, &mut done).await?;
            return Ok(done);
        }
        Err(error) => return Err(error),
    };
    let mut put_off = None;
    loop {
        let batch = take_over(ctx, source).await?;
        if batch.is_empty() {
            break;
        }
        let removals: Vec<Removal> = batch.iter().map(|taken| taken.removal.clone()).collect();
        let outcomes = carry_out(&connector, source, &removals).await;
        let outcomes = match outcomes {
            Ok(outcomes) => outcomes,
            Err(error) => removals.iter().map(|_| Outcome::NotSent(error.to_string())).collect(),
        };
        let reason = crate::retry_busy(ctx, || mark(ctx, &batch, &outcomes, last)).await?;
        done.add(&outcomes, last);
        if let Some(reason) = reason {
            put_off = Some(reason);
            break;
        }
    }
    done.proven = look(ctx, source, &connector).await?;
    match put_off {
        Some(reason) => Err(Error::Source(reason)),
        None => Ok(done),
    }
}

impl Sent {
    fn add(&mut self, outcomes: &[Outcome], last: bool) {
        for outcome in outcomes {
            match outcome {
                Outcome::Sent | Outcome::AlreadyGone | Outcome::Ticketed { .. } => self.accepted += 1,
                Outcome::Unknown => self.unknown += 1,
                Outcome::NotSent(_) if !last => {}
                _ => self.refused += 1,
            }
        }
    }
}

/// An order that was taken, as its source calls it.
struct Taken {
    order: Order,
    removal: Removal,
}

async fn take_over(ctx: &Context, source: SourceId) -> Result<Vec<Taken>> {
    let mut tx = ctx.store.begin().await?;
    if switch::stopped(&mut tx).await? {
        return Ok(Vec::new());
    }
    let mut taken = Vec::new();
    for order in tx.take_over_claimed(source, AT_ONCE).await? {
        let line = line(&mut tx, &order).await?;
        let mut also_ends = BTreeSet::new();
        for other in conflict::others(&mut tx, &order).await? {
            if let Some((_, grant)) = tx.grant(other.grant).await?
                && let Some(external) = tx.external_entitlement(grant.entitlement).await?
            {
                also_ends.insert(external);
            }
        }
        let removal = Removal { order_id: order.id, grant: key(&line), decided_on: line.decided_at, also_ends };
        taken.push(Taken { order, removal });
    }
    tx.commit().await?;
    Ok(taken)
}

async fn line(tx: &mut Tx, order: &Order) -> Result<OrderLine> {
    tx.order_line(order.id).await?.ok_or_else(|| Error::Inconsistent(format!("order {} has no grant", order.id)))
}

fn key(line: &OrderLine) -> GrantKey {
    GrantKey {
        person_id: line.person_id.clone(),
        entitlement_id: line.entitlement_id.clone(),
        path: line.path.clone(),
        granted_on: line.granted_on,
    }
}

async fn carry_out(connector: &Connector, source: SourceId, removals: &[Removal]) -> std::result::Result<Vec<Outcome>, connect::Error> {
    let batch = source.to_string();
    match connector {
        Connector::Okta(source) => source.carry_out(&batch, removals).await,
        Connector::Entra(source) => source.carry_out(&batch, removals).await,
        Connector::Files(_) => Err(connect::Error::Settings("removals from files leave as tickets".to_owned())),
    }
}

async fn reread(connector: &Connector, grants: &[GrantKey]) -> std::result::Result<Reread, connect::Error> {
    match connector {
        Connector::Okta(source) => source.reread(grants).await,
        Connector::Entra(source) => source.reread(grants).await,
        Connector::Files(_) => Err(connect::Error::Settings("files are read as a whole".to_owned())),
    }
}

/// Writes down what came of a batch. Returns why some could not be sent yet, where that may pass.
async fn mark(ctx: &Context, batch: &[Taken], outcomes: &[Outcome], last: bool) -> Result<Option<String>> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    let mut put_off = None;
    for (taken, outcome) in batch.iter().zip(outcomes) {
        let mut next = Step::new(OrderEvent::Refuse, None);
        let mut remark = None;
        match outcome {
            Outcome::Sent | Outcome::Ticketed { .. } => next = Step::new(OrderEvent::Accept, None).code("outcome", "accepted"),
            Outcome::AlreadyGone => next = Step::new(OrderEvent::Accept, None).code("outcome", "already_gone"),
            Outcome::Unknown => next = Step::new(OrderEvent::LoseAnswer, None),
            Outcome::CannotBeRemovedHere(way) => {
                next = Step::new(OrderEvent::FindNoWay, None);
                remark = Some(way.clone());
            }
            Outcome::Refused(why) => remark = Some(why.clone()),
            Outcome::NewerLeftAlone { granted_on } => {
                next = next.code("outcome", "newer_left_alone");
                remark = Some(format!(
                    "The access was granted anew on {}, after it was decided. The newer grant was left alone; the next reading reports it.",
                    say::day(*granted_on, "UTC")
                ));
            }
            Outcome::WouldEndMore(ends) => {
                next = next.code("outcome", "would_end_more").int("also_ends", i64::try_from(ends.len()).unwrap_or(i64::MAX));
                remark = Some(would_end_more(&mut tx, &taken.order, ends).await?);
            }
            Outcome::NotSent(why) if last => {
                next = next.code("outcome", "not_sent");
                remark = Some(why.clone());
            }
            Outcome::NotSent(why) => {
                put_off = Some(why.clone());
                continue;
            }
        }
        let stays = matches!(outcome, Outcome::Sent | Outcome::AlreadyGone | Outcome::Unknown | Outcome::Ticketed { .. });
        let after = step(ctx, &mut tx, &taken.order, next, |o| {
            o.remark = remark;
            if !stays {
                // Nothing left.
                o.left_at = None;
            }
        });
        if after.await?.is_none() {
            // Another worker has taken them over: what it finds counts.
            tx.rollback().await?;
            return Ok(None);
        }
    }
    tx.commit().await?;
    Ok(put_off)
}

/// Everything that is taken for a source is refused with the reason why it cannot be reached.
async fn give_up(ctx: &Context, source: SourceId, why: &str, done: &mut Sent) -> Result<()> {
    loop {
        let batch = take_over(ctx, source).await?;
        if batch.is_empty() {
            return Ok(());
        }
        let outcomes: Vec<Outcome> = batch.iter().map(|_| Outcome::NotSent(why.to_owned())).collect();
        crate::retry_busy(ctx, || mark(ctx, &batch, &outcomes, true)).await?;
        done.refused += batch.len() as u64;
    }
}

/// What the platform would end beside what was decided, by the names that people know.
async fn would_end_more(tx: &mut Tx, order: &Order, ends: &[GrantKey]) -> Result<String> {
    let seq = tx.source(order.source).await?.and_then(|source| source.last_seq).unwrap_or_default();
    let mut names = BTreeSet::new();
    for key in ends {
        names.insert(tx.name_of_external(order.source, &key.entitlement_id, seq).await?.unwrap_or_else(|| key.entitlement_id.clone()));
    }
    let names: Vec<String> = names.into_iter().collect();
    Ok(format!(
        "It would also end {}, which nobody decided about. Nothing was removed. Read the source again, so that the item shows what else ends.",
        names.join(", ")
    ))
}

/// Looks again at everything of a source that left and is not proven yet. Returns how many orders it proved.
async fn look(ctx: &Context, source: SourceId, connector: &Connector) -> Result<u64> {
    let mut proven = 0;
    let mut after = None;
    loop {
        let (orders, keys) = {
            let mut tx = ctx.store.read().await?;
            let orders = tx.orders_to_look_at(source, after, LOOKED_AT).await?;
            let mut keys = Vec::with_capacity(orders.len());
            for order in &orders {
                keys.push(key(&line(&mut tx, order).await?));
            }
            (orders, keys)
        };
        let Some(last) = orders.last() else { return Ok(proven) };
        after = Some(last.id);
        let seen = reread(connector, &keys).await.map_err(|error| Error::Source(error.to_string()))?;
        proven += crate::retry_busy(ctx, || write_down(ctx, source, &orders, &seen)).await?;
    }
}

async fn write_down(ctx: &Context, source: SourceId, orders: &[Order], seen: &Reread) -> Result<u64> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    let mut proven = 0;
    for (order, seen_now) in orders.iter().zip(&seen.seen) {
        let gone = match (seen_now, order.state) {
            (Seen::Gone | Seen::Newer { .. }, _) => true,
            (Seen::Still, OrderState::OutcomeUnknown) => false,
            // Accepted, and not carried out by the platform yet: the next look or reading tells.
            (Seen::Still, _) => continue,
        };
        proven += u64::from(prove::by_a_look(ctx, &mut tx, source, order, &seen.pages, gone).await?);
    }
    tx.commit().await?;
    Ok(proven)
}
