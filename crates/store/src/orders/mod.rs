//! Orders: removals to carry out, their steps and their proofs.

mod answers;
mod brake;
mod paths;
mod proofs;

pub use brake::{Administrator, Departures, Holders};
pub use paths::SamePath;
pub use proofs::{Comeback, Proof};

use crate::{
    Error, Result, Tx,
    decisions::word,
    macros::{exec, fetch_all, fetch_optional},
};
use domain::{
    AccountId, CampaignId, DecisionId, EntitlementId, GrantId, GrantPath, HoldReason, ItemId, OrderEvent, OrderId, OrderState, SourceId,
    Timestamp, UserId,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A removal to carry out. From `state` on, fields change with its steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The item.
    pub item: ItemId,
    /// The decision that it carries out.
    pub decision: DecisionId,
    /// The source.
    pub source: SourceId,
    /// The grant instance to remove, and no other (rule 18).
    pub grant: GrantId,
    /// Whose access.
    pub account: AccountId,
    /// Which access.
    pub entitlement: EntitlementId,
    /// The entitlement's application when the order came to be, for the brake.
    pub application: Option<String>,
    /// The holder's department when the order came to be, for the brake.
    pub department: Option<String>,
    /// When it came to be.
    pub created_at: Timestamp,
    /// Where it stands.
    pub state: OrderState,
    /// Why it is held.
    pub hold_reason: Option<HoldReason>,
    /// Until when it is held, where that is known.
    pub hold_until: Option<Timestamp>,
    /// Grants that the removal would end besides this one, as JSON, while in conflict.
    pub also_ends: String,
    /// Grows with each claim; a worker whose fence is old may not write.
    pub fence: i64,
    /// The ticket file it goes into.
    pub ticket: Option<String>,
    /// Why the platform refused, or the right way where it cannot be removed here.
    pub remark: Option<String>,
    /// The second person who let it pass the brake or a conflict.
    pub released_by: Option<UserId>,
    /// When a worker took it to carry it out.
    pub left_at: Option<Timestamp>,
    /// When a reading showed the grant gone.
    pub proven_at: Option<Timestamp>,
    /// Grows by one with each step; 1 when the order comes to be.
    pub version: i64,
}

/// One step in an order's life.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct OrderStepRow {
    /// The order's version after the step; 1 is its creation.
    pub number: i64,
    /// The step, as `domain::OrderEvent` spells it; `created` for the first.
    pub event: String,
    /// The state after it, as `domain::OrderState` spells it.
    pub state: String,
    /// Why it is held, as `domain::HoldReason` spells it.
    pub hold_reason: Option<String>,
    /// When, in microseconds UTC.
    pub at: i64,
    /// Who caused it; `None` where the system did.
    pub by_user: Option<Uuid>,
}

/// What a ticket says of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// The order.
    pub order: OrderId,
    /// The account's id in the source.
    pub person_id: String,
    /// The entitlement's id in the source.
    pub entitlement_id: String,
    /// How it is held.
    pub path: GrantPath,
    /// Since when.
    pub granted_on: Option<Timestamp>,
    /// When the removal was decided.
    pub decided_at: Timestamp,
}

#[derive(sqlx_macros::FromRow)]
pub(crate) struct Row {
    id: Uuid,
    campaign_id: Uuid,
    item_id: Uuid,
    decision_id: Uuid,
    source_id: Uuid,
    grant_id: Uuid,
    account_id: Uuid,
    entitlement_id: Uuid,
    application: Option<String>,
    department: Option<String>,
    state: String,
    hold_reason: Option<String>,
    hold_until: Option<i64>,
    also_ends: String,
    fence: i64,
    ticket: Option<String>,
    remark: Option<String>,
    released_by: Option<Uuid>,
    left_at: Option<i64>,
    proven_at: Option<i64>,
    created_at: i64,
    version: i64,
}

#[derive(sqlx_macros::FromRow)]
struct LineRow {
    id: Uuid,
    person_id: String,
    entitlement_id: String,
    path: String,
    granted_on: Option<i64>,
    decided_at: i64,
}

impl TryFrom<Row> for Order {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            campaign: row.campaign_id.into(),
            item: row.item_id.into(),
            decision: row.decision_id.into(),
            source: row.source_id.into(),
            grant: row.grant_id.into(),
            account: row.account_id.into(),
            entitlement: row.entitlement_id.into(),
            application: row.application,
            department: row.department,
            created_at: Timestamp(row.created_at),
            state: word("orders", "state", row.id, &row.state)?,
            hold_reason: row.hold_reason.map(|r| word("orders", "hold_reason", row.id, &r)).transpose()?,
            hold_until: row.hold_until.map(Timestamp),
            also_ends: row.also_ends,
            fence: row.fence,
            ticket: row.ticket,
            remark: row.remark,
            released_by: row.released_by.map(Into::into),
            left_at: row.left_at.map(Timestamp),
            proven_at: row.proven_at.map(Timestamp),
            version: row.version,
        })
    }
}

impl TryFrom<LineRow> for OrderLine {
    type Error = Error;
    fn try_from(row: LineRow) -> Result<Self> {
        Ok(Self {
            order: row.id.into(),
            person_id: row.person_id,
            entitlement_id: row.entitlement_id,
            path: word("grants", "path", row.id, &row.path)?,
            granted_on: row.granted_on.map(Timestamp),
            decided_at: Timestamp(row.decided_at),
        })
    }
}

macro_rules! line {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, a.external_id AS person_id, e.external_id AS entitlement_id, g.path, g.granted_on, d.decided_at FROM orders o ",
            "JOIN accounts a ON a.id = o.account_id JOIN entitlements e ON e.id = o.entitlement_id JOIN grants g ON g.id = o.grant_id ",
            "JOIN decisions d ON d.id = o.decision_id ",
            $rest
        )
    };
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, o.campaign_id, o.item_id, o.decision_id, o.source_id, o.grant_id, o.account_id, o.entitlement_id, o.application, ",
            "o.department, o.state, o.hold_reason, o.hold_until, o.also_ends, o.fence, o.ticket, o.remark, o.released_by, o.left_at, ",
            "o.proven_at, o.created_at, o.version FROM orders o ",
            $rest
        )
    };
}
pub(crate) use select;

pub(crate) fn all(rows: Vec<Row>) -> Result<Vec<Order>> {
    rows.into_iter().map(Order::try_from).collect()
}

impl Tx {
    /// Adds an order and the first of its steps.
    ///
    /// A second living order for the same grant is refused as a duplicate.
    pub async fn insert_order(&mut self, order: &Order, by: Option<UserId>) -> Result<()> {
        exec!(
            self,
            "INSERT INTO orders (id, campaign_id, item_id, decision_id, source_id, grant_id, account_id, entitlement_id, application, department, state, hold_reason, hold_until, also_ends, fence, ticket, remark, released_by, left_at, proven_at, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
            order.id.0,
            order.campaign.0,
            order.item.0,
            order.decision.0,
            order.source.0,
            order.grant.0,
            order.account.0,
            order.entitlement.0,
            order.application.as_deref(),
            order.department.as_deref(),
            order.state.as_str(),
            order.hold_reason.map(HoldReason::as_str),
            order.hold_until.map(|t| t.0),
            order.also_ends.as_str(),
            order.fence,
            order.ticket.as_deref(),
            order.remark.as_deref(),
            order.released_by.map(|id| id.0),
            order.left_at.map(|t| t.0),
            order.proven_at.map(|t| t.0),
            order.created_at.0,
            order.version,
        )?;
        self.insert_order_step(order, "created", order.created_at, by).await
    }

    /// Takes a step from `before` to `after`, whose version is one more. False where the order has moved on since `before`
    /// was read, or another worker has taken it over.
    pub async fn step_order(
        &mut self,
        before: &Order,
        after: &Order,
        event: OrderEvent,
        at: Timestamp,
        by: Option<UserId>,
    ) -> Result<bool> {
        let rows = exec!(
            self,
            "UPDATE orders SET state = $4, hold_reason = $5, hold_until = $6, also_ends = $7, fence = $8, ticket = $9, remark = $10, released_by = $11, left_at = $12, proven_at = $13, version = $14 WHERE id = $1 AND version = $2 AND fence = $3",
            before.id.0,
            before.version,
            before.fence,
            after.state.as_str(),
            after.hold_reason.map(HoldReason::as_str),
            after.hold_until.map(|t| t.0),
            after.also_ends.as_str(),
            after.fence,
            after.ticket.as_deref(),
            after.remark.as_deref(),
            after.released_by.map(|id| id.0),
            after.left_at.map(|t| t.0),
            after.proven_at.map(|t| t.0),
            after.version,
        )?;
        if rows == 1 {
            self.insert_order_step(after, event.as_str(), at, by).await?;
        }
        Ok(rows == 1)
    }

    async fn insert_order_step(&mut self, order: &Order, event: &str, at: Timestamp, by: Option<UserId>) -> Result<()> {
        exec!(
            self,
            "INSERT INTO order_steps (order_id, number, event, state, hold_reason, at, by_user) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            order.id.0,
            order.version,
            event,
            order.state.as_str(),
            order.hold_reason.map(HoldReason::as_str),
            at.0,
            by.map(|id| id.0),
        )?;
        Ok(())
    }

    /// One order.
    pub async fn order(&mut self, id: OrderId) -> Result<Option<Order>> {
        fetch_optional!(self, Row, select!("WHERE o.id = $1"), id.0)?.map(Order::try_from).transpose()
    }

    /// How many orders are in each state that occurs, for metrics.
    pub async fn count_orders(&mut self) -> Result<BTreeMap<OrderState, i64>> {
        fetch_all!(self, (String, i64), "SELECT state, COUNT(*) FROM orders GROUP BY state")?
            .into_iter()
            .map(|(state, count)| Ok((word("orders", "state", Uuid::nil(), &state)?, count)))
            .collect()
    }

    /// Every order that an item's decisions ever made, the first first.
    pub async fn orders_of_item(&mut self, item: ItemId) -> Result<Vec<Order>> {
        all(fetch_all!(self, Row, select!("WHERE o.item_id = $1 ORDER BY o.created_at, o.id"), item.0)?)
    }

    /// The order of a decision that is neither proven nor withdrawn; a decision has at most one.
    pub async fn living_order_of_decision(&mut self, decision: DecisionId) -> Result<Option<Order>> {
        fetch_optional!(self, Row, select!("WHERE o.decision_id = $1 AND o.state NOT IN ('proven', 'withdrawn')"), decision.0)?
            .map(Order::try_from)
            .transpose()
    }

    /// The order for a grant that is neither proven nor withdrawn; a grant has at most one.
    pub async fn living_order_of_grant(&mut self, grant: GrantId) -> Result<Option<Order>> {
        fetch_optional!(self, Row, select!("WHERE o.grant_id = $1 AND o.state NOT IN ('proven', 'withdrawn')"), grant.0)?
            .map(Order::try_from)
            .transpose()
    }

    /// Orders in one state, by id.
    pub async fn orders_in_state(&mut self, state: OrderState, after: Option<OrderId>, limit: i64) -> Result<Vec<Order>> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        all(fetch_all!(self, Row, select!("WHERE o.state = $1 AND o.id > $2 ORDER BY o.id LIMIT $3"), state.as_str(), after, limit)?)
    }

    /// Orders that wait for the sign-in of a reviewer who is linked until after `now`, by id.
    pub async fn orders_to_sign_in(&mut self, now: Timestamp, limit: i64) -> Result<Vec<Order>> {
        all(fetch_all!(
            self,
            Row,
            select!(
                "JOIN sendings s ON s.decision_id = o.decision_id JOIN reviewer_links l ON l.user_id = s.user_id AND l.source_id = o.source_id WHERE o.state = 'waiting_for_sign_in' AND (l.renewable = 1 OR l.ends_at > $1) ORDER BY o.id LIMIT $2"
            ),
            now.0,
            limit
        )?)
    }

    /// Orders held for one reason, by id.
    pub async fn orders_held_for(&mut self, reason: HoldReason, after: Option<OrderId>, limit: i64) -> Result<Vec<Order>> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        all(fetch_all!(
            self,
            Row,
            select!("WHERE o.state = 'held' AND o.hold_reason = $1 AND o.id > $2 ORDER BY o.id LIMIT $3"),
            reason.as_str(),
            after,
            limit,
        )?)
    }

    /// Every step of an order, the first first.
    pub async fn order_steps(&mut self, order: OrderId) -> Result<Vec<OrderStepRow>> {
        fetch_all!(
            self,
            OrderStepRow,
            "SELECT number, event, state, hold_reason, at, by_user FROM order_steps WHERE order_id = $1 ORDER BY number",
            order.0
        )
    }

    /// Takes claimed orders of a source that go into no ticket away from the worker that has them, the oldest first. Gives
    /// them as they are afterwards.
    pub async fn take_over_claimed(&mut self, source: SourceId, limit: i64) -> Result<Vec<Order>> {
        exec!(
            self,
            "UPDATE orders SET fence = fence + 1 WHERE id IN (SELECT id FROM orders WHERE state = 'claimed' AND ticket IS NULL AND source_id = $1 AND NOT EXISTS (SELECT 1 FROM native_items n WHERE n.item_id = orders.item_id) ORDER BY id LIMIT $2)",
            source.0,
            limit
        )?;
        all(fetch_all!(
            self,
            Row,
            select!(
                "WHERE o.state = 'claimed' AND o.ticket IS NULL AND o.source_id = $1 AND NOT EXISTS (SELECT 1 FROM native_items n WHERE n.item_id = o.item_id) ORDER BY o.id LIMIT $2"
            ),
            source.0,
            limit
        )?)
    }

    /// The sources that have claimed orders which go into no ticket.
    pub async fn sources_with_claimed(&mut self) -> Result<Vec<SourceId>> {
        let rows: Vec<(Uuid,)> = fetch_all!(
            self,
            (Uuid,),
            "SELECT DISTINCT source_id FROM orders WHERE state = 'claimed' AND ticket IS NULL AND NOT EXISTS (SELECT 1 FROM native_items n WHERE n.item_id = orders.item_id) ORDER BY source_id"
        )?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }

    /// Takes claimed orders of one ticket away from the worker that has them. Gives them as they are afterwards.
    pub async fn take_over_ticket(&mut self, ticket: &str) -> Result<Vec<Order>> {
        exec!(self, "UPDATE orders SET fence = fence + 1 WHERE state = 'claimed' AND ticket = $1", ticket)?;
        all(fetch_all!(self, Row, select!("WHERE o.state = 'claimed' AND o.ticket = $1 ORDER BY o.id"), ticket)?)
    }

    /// The tickets of claimed orders, in order of their names.
    pub async fn claimed_tickets(&mut self) -> Result<Vec<String>> {
        let rows: Vec<(String,)> = fetch_all!(
            self,
            (String,),
            "SELECT DISTINCT ticket FROM orders WHERE state = 'claimed' AND ticket IS NOT NULL ORDER BY ticket"
        )?;
        Ok(rows.into_iter().map(|(ticket,)| ticket).collect())
    }

    /// What a ticket file says of its orders.
    pub async fn ticket_lines(&mut self, ticket: &str) -> Result<Vec<OrderLine>> {
        let rows = fetch_all!(self, LineRow, line!("WHERE o.state = 'claimed' AND o.ticket = $1 ORDER BY o.id"), ticket)?;
        rows.into_iter().map(OrderLine::try_from).collect()
    }

    /// The same of one order, whatever its state: what its source calls the grant.
    pub async fn order_line(&mut self, order: OrderId) -> Result<Option<OrderLine>> {
        fetch_optional!(self, LineRow, line!("WHERE o.id = $1"), order.0)?.map(OrderLine::try_from).transpose()
    }

    /// Final answers Revoke for a grant that count now and have no living order, the oldest first: decisions that stood
    /// back while another campaign's order for the same grant was under way. Not those whose access its owner kept.
    pub async fn revokes_without_order(&mut self, grant: GrantId) -> Result<Vec<ItemId>> {
        let rows: Vec<(Uuid,)> = fetch_all!(
            self,
            (Uuid,),
            "SELECT i.id FROM items i JOIN decisions d ON d.id = i.decision_id JOIN grants g ON g.id = i.grant_id WHERE i.grant_id = $1 AND g.valid_until IS NULL AND d.answer = 'revoke' AND d.finalised_at IS NOT NULL AND i.state IN ('decided', 'unanswered', 'signed_off') AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.grant_id = i.grant_id AND o.state NOT IN ('proven', 'withdrawn')) AND NOT EXISTS (SELECT 1 FROM orders k JOIN order_steps s ON s.order_id = k.id AND s.event = 'keep' WHERE k.decision_id = d.id) ORDER BY d.decided_at, i.id",
            grant.0,
        )?;
        Ok(rows.into_iter().map(|(id,)| id.into()).collect())
    }
}
