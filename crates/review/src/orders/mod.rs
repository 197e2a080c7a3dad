//! Orders: removals on their way from a final answer to a proof.
//!
//! [`run`](run::run) moves them on: it makes answers final whose undo window
//! ended, looks for conflicts, asks the brake, takes what may leave and writes
//! the tickets of files; [`send`] carries out what a platform's connector can,
//! and looks again; [`retry`] does so once more. [`prove`] looks at readings. Every step of an order is one step
//! of `domain::OrderState`, one row of `order_steps` and one ledger entry, in
//! one transaction.

pub(crate) mod brake;
pub mod conflict;
pub mod finalise;
pub mod freeze;
pub mod limit;
pub mod prove;
pub mod release;
pub mod retry;
mod run;
mod send;
pub mod settle;
pub mod switch;
pub mod ticket;

pub use release::{ReleaseForm, Released, release};
pub use retry::{Retried, RetryForm, retry};
pub use run::{OrdersRun, run};
pub use send::{Sent, send};
pub use settle::{Said, SettleForm, settle};
pub use switch::{SwitchForm, Switched, switch};

use crate::{
    Actor, Context, Error, Result,
    case::{Case, Cases},
};
use domain::{GrantId, HoldReason, OrderEvent, OrderId, OrderState, SourceKind, Timestamp};
use ledger::EventKind;
use store::{Tx, decisions::Decision, orders::Order, sources::Source};

/// The order that carries a Revoke out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ordered {
    /// A new one.
    New(Box<Order>),
    /// Another decision's order for the same grant is under way already; a grant has one at a time.
    UnderWay(Box<Order>),
}

impl Ordered {
    pub fn order(&self) -> &Order {
        match self {
            Self::New(order) | Self::UnderWay(order) => order,
        }
    }
}

/// Makes the order of a Revoke: held for its undo window, or not possible here from the start (rule 20).
pub(crate) async fn create(ctx: &Context, tx: &mut Tx, by: Option<&Actor>, case: &Case, decision: &Decision) -> Result<Ordered> {
    tx.hold_orders_of(case.item.grant).await?;
    if let Some(living) = tx.living_order_of_grant(case.item.grant).await? {
        return Ok(Ordered::UnderWay(Box::new(living)));
    }
    let order = Order {
        id: ctx.env.id(),
        campaign: case.item.campaign,
        item: case.item.id,
        decision: decision.id,
        source: case.item.source,
        grant: case.item.grant,
        account: case.item.account,
        entitlement: case.item.entitlement,
        application: case.entitlement.application.clone(),
        department: case.account.department.clone(),
        created_at: ctx.env.now(),
        state: OrderState::Held,
        hold_reason: Some(HoldReason::UndoWindow),
        hold_until: Some(decision.final_at),
        also_ends: "[]".to_owned(),
        fence: 0,
        ticket: None,
        remark: None,
        released_by: None,
        left_at: None,
        proven_at: None,
        version: 1,
    };
    tx.insert_order(&order, by.map(|actor| actor.user)).await?;
    let event = ctx
        .event(EventKind::OrderHeld, by)
        .campaign(order.campaign)
        .item(order.item)
        .subject("order", order.id)
        .subject("decision", order.decision)
        .subject("grant", order.grant)
        .subject("source", order.source)
        .int("order_version", order.version)
        .code("state", order.state);
    ctx.record(tx, event).await?;
    let Some(way) = case.right_way() else {
        return Ok(Ordered::New(Box::new(order)));
    };
    let order = must(
        step(ctx, tx, &order, Step::new(OrderEvent::FindNoWay, by), |o| {
            o.remark = Some(way);
        })
        .await?,
        order.id,
    )?;
    Ok(Ordered::New(Box::new(order)))
}

/// A step of an order, and what its ledger entry says besides.
pub(crate) struct Step<'a> {
    event: OrderEvent,
    by: Option<&'a Actor>,
    codes: Vec<(&'static str, String)>,
    ints: Vec<(&'static str, i64)>,
}

impl<'a> Step<'a> {
    pub const fn new(event: OrderEvent, by: Option<&'a Actor>) -> Self {
        Self { event, by, codes: Vec::new(), ints: Vec::new() }
    }

    pub fn code(mut self, field: &'static str, code: impl std::fmt::Display) -> Self {
        self.codes.push((field, code.to_string()));
        self
    }

    pub fn int(mut self, field: &'static str, number: i64) -> Self {
        self.ints.push((field, number));
        self
    }

    /// Whether the removal may have left after it.
    pub const fn may_have_left(&self) -> bool {
        matches!(self.event, OrderEvent::Accept | OrderEvent::LoseAnswer | OrderEvent::Ticket)
    }
}

/// The kind of entry that records a step of an order.
const fn kind(event: OrderEvent) -> EventKind {
    match event {
        OrderEvent::Release | OrderEvent::SignIn | OrderEvent::ResolveConflict => EventKind::OrderReleased,
        OrderEvent::Hold => EventKind::OrderBraked,
        OrderEvent::Withdraw | OrderEvent::Keep => EventKind::OrderWithdrawn,
        OrderEvent::MissSignIn => EventKind::OrderWaitingForSignIn,
        OrderEvent::FindConflict => EventKind::OrderConflict,
        OrderEvent::Claim => EventKind::OrderClaimed,
        OrderEvent::Accept => EventKind::OrderSent,
        OrderEvent::Ticket => EventKind::OrderTicketed,
        OrderEvent::Refuse => EventKind::OrderRefused,
        OrderEvent::FindNoWay => EventKind::OrderCannotBeRemovedHere,
        OrderEvent::LoseAnswer => EventKind::OrderUnknown,
        OrderEvent::SeeGone => EventKind::OrderProven,
        OrderEvent::SeeStill => EventKind::OrderStillThere,
        OrderEvent::Retry => EventKind::OrderRetried,
    }
}

/// Takes one step: state machine, row, step row and ledger entry. `None` where the order has moved on since it was read.
///
/// Whatever held the order is over once it takes a step; `change` says what holds it now, and what else the step brings.
pub(crate) async fn step(
    ctx: &Context,
    tx: &mut Tx,
    order: &Order,
    step: Step<'_>,
    change: impl FnOnce(&mut Order),
) -> Result<Option<Order>> {
    let mut after = order.clone();
    after.state = order.state.after(step.event).map_err(|e| Error::Inconsistent(format!("order {}: {e}", order.id)))?;
    after.version += 1;
    after.hold_reason = None;
    after.hold_until = None;
    change(&mut after);
    let at = ctx.env.now();
    if !tx.step_order(order, &after, step.event, at, step.by.map(|actor| actor.user)).await? {
        return Ok(None);
    }
    let mut event = ctx
        .event(kind(step.event), step.by)
        .campaign(order.campaign)
        .item(order.item)
        .subject("order", order.id)
        .int("order_version", after.version)
        .code("step", step.event)
        .code("state", after.state);
    if let Some(reason) = after.hold_reason {
        event = event.code("hold_reason", reason);
    }
    for (field, code) in step.codes {
        event = event.code(field, code);
    }
    for (field, number) in step.ints {
        event = event.int(field, number);
    }
    ctx.record(tx, event).await?;
    Ok(Some(after))
}

/// The order after a step that nothing could have come before, because it was read and held in this transaction.
pub(crate) fn must(after: Option<Order>, id: OrderId) -> Result<Order> {
    after.ok_or_else(|| Error::Stale(format!("The removal {id} moved on at this very moment. Nothing was changed. Look at it again.")))
}

/// Takes an order back before it left. Errors with a sentence where it has left.
pub(crate) async fn withdraw(ctx: &Context, tx: &mut Tx, by: Option<&Actor>, order: &Order, cause: &'static str) -> Result<()> {
    if order.state.after(OrderEvent::Withdraw).is_err() {
        return Err(Error::Refused(left(order)));
    }
    // What was said of an order that is no more says nothing of why it was withdrawn.
    must(step(ctx, tx, order, Step::new(OrderEvent::Withdraw, by).code("cause", cause), |o| o.remark = None).await?, order.id)?;
    Ok(())
}

/// What to say where an answer cannot be changed because its removal is on its way.
fn left(order: &Order) -> String {
    let way = match order.state {
        OrderState::Claimed | OrderState::Sent | OrderState::OutcomeUnknown => "is being carried out",
        OrderState::Ticketed => "was handed to the people who carry it out",
        _ => "was carried out",
    };
    format!("The removal {way}, so the answer can no longer be changed. Nothing was recorded. To have the access back, request it anew.")
}

/// Lets an order go whose decision is final: what held it for its undo window is over.
pub(crate) async fn let_go(ctx: &Context, tx: &mut Tx, order: &Order) -> Result<()> {
    if order.state == OrderState::Held && order.hold_reason == Some(HoldReason::UndoWindow) {
        step(ctx, tx, order, Step::new(OrderEvent::Release, None).code("cause", "final"), |_| {}).await?;
    }
    Ok(())
}

/// Orders a grant's removal for a final Revoke that stood back while another campaign's order was under way.
pub(crate) async fn stand_in(ctx: &Context, tx: &mut Tx, grant: GrantId) -> Result<()> {
    for item in tx.revokes_without_order(grant).await? {
        let Some(case) = Cases::default().load(tx, item).await? else {
            continue;
        };
        let Some(id) = case.item.decision else {
            continue;
        };
        let Some(decision) = tx.decision(id).await? else {
            continue;
        };
        if let Ordered::New(order) = create(ctx, tx, None, &case, &decision).await? {
            return let_go(ctx, tx, &order).await;
        }
    }
    Ok(())
}

/// How an order's way goes on, as a sentence for the person who decided (rule 2).
pub(crate) fn way_on(order: &Order, source: &Source, final_at: &str) -> String {
    let (name, kind) = (&source.name, source.kind);
    match (order.state, &order.remark) {
        (OrderState::CannotBeRemovedHere, Some(way)) => {
            format!("This becomes final on {final_at}. It cannot be removed here. {way}")
        }
        _ if kind == SourceKind::Files => format!(
            "This becomes final on {final_at}. The removal then leaves as a ticket; the access ends when it is carried out, and is proven gone by the next reading of {name}."
        ),
        _ => format!(
            "This becomes final on {final_at}. The removal is then sent to {name}, where the access ends; it is looked at again at once, and proven when it is gone."
        ),
    }
}

/// The moment before which the brake no longer counts: an hour ago (rule 19).
pub(crate) fn an_hour_ago(now: Timestamp) -> Timestamp {
    now.plus(-domain::time::HOUR)
}
