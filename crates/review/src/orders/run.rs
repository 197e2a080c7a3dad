//! Moving orders on: the job that `serve` runs every second.

use super::{
    Step,
    brake::{Brake, Removal},
    conflict::{self, Look},
    finalise,
    freeze::{self, Freeze},
    limit::Limit,
    send, step, switch, ticket,
};
use crate::{Context, Result, case::Cases, case::at_one_moment, native};
use domain::{HoldReason, OrderEvent, OrderId, OrderState, SourceKind};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use store::{Tx, orders::Order};

/// Orders looked at in one transaction.
const AT_ONCE: i64 = 200;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrdersRun {
    /// Answers that became final.
    pub finalised: u64,
    /// Orders let go after the switch, a freeze or a conflict that resolved itself.
    pub released: u64,
    /// Orders held by the switch or a freeze.
    pub stopped: u64,
    /// Orders held by the brake.
    pub braked: u64,
    /// Orders found to be in conflict.
    pub conflicts: u64,
    /// Orders taken to be carried out.
    pub claimed: u64,
    /// Orders written to tickets.
    pub ticketed: u64,
}

/// Moves every order on as far as it can go now: windows that ended, the switch, freezes, conflicts, the brake, tickets.
///
/// May be killed at any point and run by several servers at once: nothing is lost and nothing carried out twice.
pub async fn run(ctx: &Context) -> Result<OrdersRun> {
    let mut done = OrdersRun { finalised: finalise::due(ctx).await?, ..OrdersRun::default() };
    advance(ctx, &mut done).await?;
    done.ticketed = ticket::write_all(ctx).await?;
    send::wake(ctx).await?;
    native::wake(ctx).await?;
    Ok(done)
}

async fn advance(ctx: &Context, done: &mut OrdersRun) -> Result<()> {
    if !anything_to_do(ctx).await? {
        return Ok(());
    }
    crate::retry_busy(ctx, || let_go(ctx)).await.map(|released| done.released += released)?;
    let mut after = None;
    loop {
        let page = crate::retry_busy(ctx, || send_some(ctx, after)).await?;
        done.stopped += page.did.stopped;
        done.braked += page.did.braked;
        done.conflicts += page.did.conflicts;
        done.claimed += page.did.claimed;
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(()),
        }
    }
}

/// Looked at without a lock, because every second there is nearly always nothing to do.
async fn anything_to_do(ctx: &Context) -> Result<bool> {
    let mut tx = ctx.store.read().await?;
    if !tx.orders_in_state(OrderState::Ready, None, 1).await?.is_empty() {
        return Ok(true);
    }
    let world = World::load(ctx, &mut tx).await?;
    for reason in [HoldReason::Stopped, HoldReason::Freeze] {
        if tx.orders_held_for(reason, None, AT_ONCE).await?.iter().any(|order| world.holds(ctx, order).is_none()) {
            return Ok(true);
        }
    }
    for order in tx.orders_to_sign_in(ctx.env.now(), AT_ONCE).await? {
        if !native::sign_in_missing(&mut tx, &order, ctx.env.now()).await? {
            return Ok(true);
        }
    }
    let mut after = None;
    loop {
        let page = tx.orders_in_state(OrderState::Conflict, after, AT_ONCE).await?;
        for order in &page {
            match conflict::look(&mut tx, order).await? {
                Look::Clear => return Ok(true),
                Look::Conflict(list) if list != conflict::also_ends(order)? => return Ok(true),
                Look::Conflict(_) | Look::Wait => {}
            }
        }
        match page.last() {
            Some(last) => after = Some(last.id),
            None => return Ok(false),
        }
    }
}

/// What stops orders whatever they are about.
struct World {
    stopped: bool,
    freezes: Vec<Freeze>,
}

impl World {
    async fn load(_: &Context, tx: &mut Tx) -> Result<Self> {
        Ok(Self { stopped: switch::stopped(tx).await?, freezes: freeze::freezes(tx).await? })
    }

    /// What holds the order back, and until when if that is known.
    fn holds(&self, ctx: &Context, order: &Order) -> Option<(HoldReason, Option<domain::Timestamp>)> {
        if self.stopped {
            return Some((HoldReason::Stopped, None));
        }
        let now = ctx.env.now();
        self.freezes.iter().filter_map(|f| f.holds(order, now)).max().map(|until| (HoldReason::Freeze, Some(until)))
    }
}

/// Lets go what the switch, a freeze or a conflict held and holds no more.
async fn let_go(ctx: &Context) -> Result<u64> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    tx.hold_orders().await?;
    let world = World::load(ctx, &mut tx).await?;
    let mut released = 0;
    for reason in [HoldReason::Stopped, HoldReason::Freeze] {
        let mut after = None;
        loop {
            let page = tx.orders_held_for(reason, after, AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for order in &page {
                if world.holds(ctx, order).is_none() {
                    let cause = Step::new(OrderEvent::Release, None).code("cause", "over");
                    released += u64::from(step(ctx, &mut tx, order, cause, |_| {}).await?.is_some());
                }
            }
        }
    }
    for order in tx.orders_to_sign_in(ctx.env.now(), AT_ONCE).await? {
        if !native::sign_in_missing(&mut tx, &order, ctx.env.now()).await? {
            let cause = Step::new(OrderEvent::SignIn, None).code("cause", "linked");
            released += u64::from(step(ctx, &mut tx, &order, cause, |_| {}).await?.is_some());
        }
    }
    let mut after = None;
    loop {
        let page = tx.orders_in_state(OrderState::Conflict, after, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.id);
        for order in &page {
            match conflict::look(&mut tx, order).await? {
                Look::Clear => {
                    let cause = Step::new(OrderEvent::ResolveConflict, None).code("cause", "settled");
                    let over = step(ctx, &mut tx, order, cause, |o| "[]".clone_into(&mut o.also_ends));
                    released += u64::from(over.await?.is_some());
                }
                // Whoever looks at it now sees what is true now, and what was shown before is no longer answered.
                Look::Conflict(found) if found != conflict::also_ends(order)? => {
                    find_conflict(ctx, &mut tx, order, &found).await?;
                }
                Look::Conflict(_) | Look::Wait => {}
            }
        }
    }
    tx.commit().await?;
    Ok(released)
}

struct Page {
    did: OrdersRun,
    next: Option<OrderId>,
}

/// Looks at one page of orders that may be sent, and takes those that nothing stops.
async fn send_some(ctx: &Context, after: Option<OrderId>) -> Result<Page> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    tx.hold_orders().await?;
    let world = World::load(ctx, &mut tx).await?;
    let mut brake = Brake::load(&mut tx, ctx.env.now()).await?;
    let mut cases = Cases::default();
    let mut did = OrdersRun::default();
    let mut leaving = Vec::new();
    let page = tx.orders_in_state(OrderState::Ready, after, AT_ONCE).await?;
    for order in &page {
        if let Some((reason, until)) = world.holds(ctx, order) {
            let held = step(ctx, &mut tx, order, Step::new(OrderEvent::Hold, None), |o| {
                o.hold_reason = Some(reason);
                o.hold_until = until;
            });
            did.stopped += u64::from(held.await?.is_some());
            continue;
        }
        let accepted = Accepted::of(&mut tx, order).await?;
        match conflict::look(&mut tx, order).await? {
            Look::Wait => continue,
            Look::Conflict(list) if !accepted.covers(order, &list)? => {
                did.conflicts += u64::from(find_conflict(ctx, &mut tx, order, &list).await?);
                continue;
            }
            Look::Clear | Look::Conflict(_) => {}
        }
        if native::sign_in_missing(&mut tx, order, ctx.env.now()).await? {
            step(ctx, &mut tx, order, Step::new(OrderEvent::MissSignIn, None), |_| {}).await?;
            continue;
        }
        let Some(item) = tx.review_item(order.item).await? else {
            continue;
        };
        let policy = cases.policy(item.campaign, &item.policy)?;
        let removal = Removal::from(order);
        match brake.check(&mut tx, &removal, &policy.brake).await? {
            Some(limit) if !accepted.brake => {
                did.braked += u64::from(hold_for_brake(ctx, &mut tx, order, limit).await?);
            }
            _ => {
                brake.count(&mut tx, &removal).await?;
                leaving.push(order.clone());
            }
        }
    }
    let mut for_tickets = Vec::new();
    for order in leaving {
        let (source, _) = cases.source(&mut tx, order.source).await?;
        if source.kind == SourceKind::Files {
            for_tickets.push(order);
        } else {
            did.claimed += u64::from(send::claim(ctx, &mut tx, &order).await?);
        }
    }
    did.claimed += ticket::claim(ctx, &mut tx, &for_tickets).await?;
    tx.commit().await?;
    let whole = i64::try_from(page.len()).unwrap_or(i64::MAX) == AT_ONCE;
    Ok(Page { did, next: page.last().filter(|_| whole).map(|order| order.id) })
}

/// What a second person let pass.
struct Accepted {
    brake: bool,
    conflict: bool,
}

impl Accepted {
    async fn of(tx: &mut Tx, order: &Order) -> Result<Self> {
        if order.released_by.is_none() {
            return Ok(Self { brake: false, conflict: false });
        }
        let steps = tx.order_steps(order.id).await?;
        let by_person = |event: OrderEvent| steps.iter().any(|s| s.by_user.is_some() && s.event == event.as_str());
        Ok(Self { brake: by_person(OrderEvent::Release), conflict: by_person(OrderEvent::ResolveConflict) })
    }

    /// Whether everything that stands in the way now was accepted. What was added since is asked anew.
    fn covers(&self, order: &Order, list: &[conflict::AlsoEnds]) -> Result<bool> {
        let known: BTreeSet<_> = conflict::also_ends(order)?.into_iter().map(|a| a.grant).collect();
        Ok(self.conflict && list.iter().all(|a| known.contains(&a.grant)))
    }
}

async fn find_conflict(ctx: &Context, tx: &mut Tx, order: &Order, list: &[conflict::AlsoEnds]) -> Result<bool> {
    let json = serde_json::to_string(list).map_err(|e| crate::Error::Inconsistent(format!("order {}: {e}", order.id)))?;
    let count = i64::try_from(list.len()).unwrap_or(i64::MAX);
    let found = Step::new(OrderEvent::FindConflict, None).int("also_ends", count).code("list", ledger::sha256_hex(json.as_bytes()));
    Ok(step(ctx, tx, order, found, |o| o.also_ends = json).await?.is_some())
}

async fn hold_for_brake(ctx: &Context, tx: &mut Tx, order: &Order, limit: Limit) -> Result<bool> {
    let held = Step::new(OrderEvent::Hold, None).code("limit", limit.as_str());
    let held = step(ctx, tx, order, held, |o| {
        o.hold_reason = Some(HoldReason::Brake);
        o.remark = Some(limit.sentence().to_owned());
    });
    Ok(held.await?.is_some())
}
