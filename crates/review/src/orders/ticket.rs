//! Taking orders and writing them to tickets.
//!
//! A batch of orders is taken in one transaction that also fixes its ticket's
//! name, derived from the orders in it. The file is written after that, and
//! the orders are marked in a second transaction. Whoever is killed between
//! leaves claimed orders with a ticket's name behind; the next worker takes
//! them over (a higher fence), writes the very same file, which is no second
//! ticket, and marks them. A worker whose orders were taken over may not mark.

use super::{Step, step};
use crate::{Context, Error, Result, case::at_one_moment};
use connect::tickets::{self, TicketLine};
use domain::{OrderEvent, SourceId};
use ledger::sha256_hex;
use std::collections::BTreeMap;
use store::{
    Tx,
    orders::{Order, OrderLine},
};

/// Takes orders that may leave, one batch per source. Returns how many.
pub(super) async fn claim(ctx: &Context, tx: &mut Tx, orders: &[Order]) -> Result<u64> {
    let mut by_source: BTreeMap<SourceId, Vec<&Order>> = BTreeMap::new();
    for order in orders {
        by_source.entry(order.source).or_default().push(order);
    }
    let mut claimed = 0;
    for batch in by_source.values() {
        let ticket = ticket_name(batch);
        for order in batch {
            let taken = step(ctx, tx, order, Step::new(OrderEvent::Claim, None).int("fence", order.fence + 1), |o| {
                o.fence += 1;
                o.ticket = Some(ticket.clone());
                // From here on it may be carried out, whatever becomes of us.
                o.left_at = Some(ctx.env.now());
            })
            .await?;
            claimed += u64::from(taken.is_some());
        }
    }
    Ok(claimed)
}

/// The batch id: the first half of a SHA-256 over its orders' ids, so that the same orders make the same file.
fn batch_id(orders: &[&Order]) -> String {
    let ids: Vec<String> = orders.iter().map(|o| o.id.to_string()).collect();
    sha256_hex(ids.join("\n").as_bytes())[..32].to_owned()
}

fn ticket_name(orders: &[&Order]) -> String {
    format!("batch-{}.csv", batch_id(orders))
}

/// Writes every ticket whose orders are claimed, and marks them. Returns how many orders were marked.
///
/// A ticket that cannot be written does not keep the others from it; the first such is the error, and its orders stay
/// claimed, to be tried again.
pub(super) async fn write_all(ctx: &Context) -> Result<u64> {
    let mut reading = ctx.store.read().await?;
    let names = reading.claimed_tickets().await?;
    reading.rollback().await?;
    let mut ticketed = 0;
    let mut failed = None;
    for name in names {
        match write_one(ctx, &name).await {
            Ok(count) => ticketed += count,
            Err(error @ Error::Source(_)) => failed = failed.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    failed.map_or(Ok(ticketed), Err)
}

async fn write_one(ctx: &Context, name: &str) -> Result<u64> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    let orders = tx.take_over_ticket(name).await?;
    let lines = tx.ticket_lines(name).await?;
    tx.commit().await?;
    if orders.is_empty() {
        return Ok(0);
    }
    let batch = name.strip_prefix("batch-").and_then(|n| n.strip_suffix(".csv")).unwrap_or(name).to_owned();
    let folder = ctx.folder.join("tickets");
    let lines: Vec<TicketLine> = lines.into_iter().map(line).collect();
    let written = tokio::task::spawn_blocking(move || tickets::write(&folder, &batch, &lines))
        .await
        .map_err(|e| Error::Inconsistent(format!("writing ticket {name}: {e}")))?
        .map_err(|e| Error::Source(e.to_string()))?;
    let sha256 = hex::encode(written.sha256);
    crate::retry_busy(ctx, || mark(ctx, &orders, &sha256)).await
}

fn line(line: OrderLine) -> TicketLine {
    TicketLine {
        ticket_id: format!("T-{}", line.order),
        order_id: line.order,
        person_id: line.person_id,
        entitlement_id: line.entitlement_id,
        path: line.path,
        granted_on: line.granted_on,
        decided_on: line.decided_at,
    }
}

/// Marks all orders of a ticket, or none where another worker has taken them over.
async fn mark(ctx: &Context, orders: &[Order], sha256: &str) -> Result<u64> {
    let mut tx = ctx.store.begin().await?;
    let mut marked = 0;
    for order in orders {
        let ticket = order.ticket.as_deref().unwrap_or_default();
        let after =
            step(ctx, &mut tx, order, Step::new(OrderEvent::Ticket, None).code("ticket", ticket).code("sha256", sha256), |_| {}).await?;
        if after.is_none() {
            tx.rollback().await?;
            return Ok(0);
        }
        marked += 1;
    }
    tx.commit().await?;
    Ok(marked)
}
