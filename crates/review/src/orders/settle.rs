//! Who answers for the access says what is to come of a removal in conflict (rule 17).
//!
//! The right comes from the access, not from a role: whoever the newest reading
//! names as the owner of the entitlement that the removal takes away. An owner
//! of campaigns can let such a removal leave as well, on the campaign's page.

use super::{
    Step, must,
    release::{Behind, Released, moved_on, refused, second_person},
    step,
};
use crate::{Actor, Context, Error, Result, attempt, case::Cases, case::at_one_moment};
use domain::{Action, AttemptId, IdentityId, Object, OrderEvent, OrderId, OrderState};
use store::{Tx, orders::Order};

const KIND: &str = "settle_order";

/// Orders read at once.
const AT_ONCE: i64 = 200;

/// What an order keeps that is not carried out because who answers for the access keeps it.
const KEPT: &str = "Who answers for the access kept it, because the removal would have ended other access too.";

/// What who answers for the access says of a removal in conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It leaves, with what else it ends.
    Leave,
    /// It is not carried out.
    Keep,
}

/// An answer to a removal in conflict.
#[derive(Debug, Clone, Copy)]
pub struct SettleForm {
    /// Unique to the form that was shown.
    pub attempt: AttemptId,
    /// The order.
    pub order: OrderId,
    /// The order's version as it was shown.
    pub expected_version: i64,
    /// What is to come of it.
    pub said: Said,
}

/// Lets a removal in conflict leave, or keeps the access, as who answers for the access says.
///
/// # Errors
/// [`Error::NotFound`] for everybody else, and where it was never in conflict. `Stale` where it is not as it was shown. `Refused`
/// for who decided it and for the holder, and to keep access in a campaign that a platform runs.
pub async fn settle(ctx: &Context, actor: &Actor, form: &SettleForm) -> Result<Released> {
    crate::retry_busy(ctx, || once(ctx, actor, form)).await
}

async fn once(ctx: &Context, actor: &Actor, form: &SettleForm) -> Result<Released> {
    let ctx = &at_one_moment(ctx);
    let mut tx = ctx.store.begin().await?;
    tx.hold_orders().await?;
    let order = tx.order(form.order).await?.ok_or(Error::NotFound)?;
    actor.require(Action::Settle, Object::Order, is_asked(&mut tx, actor, &order).await?)?;
    if let Some(done) = attempt::earlier::<Released>(&mut tx, actor, form.attempt, KIND, form.order.0).await? {
        return Ok(Released { repeated: true, ..done });
    }
    if order.version != form.expected_version {
        return Err(moved_on(&order));
    }
    if order.state != OrderState::Conflict {
        return Err(refused(&format!("This removal is {}, so there is no conflict to settle.", order.state)));
    }
    second_person(&mut tx, actor, &order).await?;
    if form.said == Said::Keep
        && let Some(why) = cannot_keep(&mut tx, &mut Cases::default(), &order).await?
    {
        return Err(refused(&why));
    }
    let (event, sentence) = match form.said {
        Said::Leave => (OrderEvent::ResolveConflict, "The removal leaves, together with what else it ends."),
        Said::Keep => (OrderEvent::Keep, "The access stays: the removal is not carried out. The item says so to who decided."),
    };
    let also_ends = order.also_ends.clone();
    let after = step(ctx, &mut tx, &order, Step::new(event, Some(actor)).code("cause", "owner_of_access"), |o| {
        // What was accepted or kept stays on record, and is not asked again.
        o.also_ends = also_ends;
        match form.said {
            Said::Leave => o.released_by = Some(actor.user),
            Said::Keep => o.remark = Some(KEPT.to_owned()),
        }
    })
    .await?;
    let after = must(after, order.id)?;
    let done = Released { repeated: false, order: order.id, version: after.version, state: after.state, sentence: sentence.to_owned() };
    attempt::keep(ctx, &mut tx, actor, form.attempt, KIND, form.order.0, &done).await?;
    tx.commit().await?;
    Ok(done)
}

/// Whether this person is, or was, asked about an order: they answer for the access, and it was in conflict.
async fn is_asked(tx: &mut Tx, actor: &Actor, order: &Order) -> Result<bool> {
    let Some((owner, _)) = tx.owner_of(order.entitlement).await? else { return Ok(false) };
    if actor.identity != Some(owner) {
        return Ok(false);
    }
    Ok(tx.order_steps(order.id).await?.iter().any(|step| step.event == OrderEvent::FindConflict.as_str()))
}

/// Why access cannot be kept by withdrawing its removal; `None` where it can.
pub(crate) async fn cannot_keep(tx: &mut Tx, cases: &mut Cases, order: &Order) -> Result<Option<String>> {
    let case = cases.load(tx, order.item).await?.ok_or_else(|| Error::Inconsistent(format!("order {} has no item", order.id)))?;
    // The platform would have no answer, and do at its end what its own default is.
    Ok(case.native.map(|followed| {
        format!(
            "{} runs this campaign and carries its answers out itself, so the access stays only where the answer is changed. Ask who decided.",
            followed.platform()
        )
    }))
}

/// Removals in conflict that this person can settle, the oldest first: of access that they answer for, and neither hold nor
/// decided about. At most `limit`.
pub(crate) async fn waiting_for(tx: &mut Tx, actor: &Actor, limit: usize) -> Result<Vec<Order>> {
    let mut waiting = Vec::new();
    let Some(identity) = may_be_asked(actor) else { return Ok(waiting) };
    let mut after = None;
    loop {
        let page = tx.conflicts_of_owner(identity, after, AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(waiting) };
        after = Some(last.id);
        for order in page {
            if Behind::of(tx, &order).await?.bars(actor).is_none() {
                waiting.push(order);
            }
            if waiting.len() >= limit {
                return Ok(waiting);
            }
        }
    }
}

/// Whether any removal in conflict waits for this person.
///
/// # Errors
/// Those of the database.
pub async fn waits(ctx: &Context, actor: &Actor) -> Result<bool> {
    if may_be_asked(actor).is_none() {
        return Ok(false);
    }
    let mut tx = ctx.store.read().await?;
    Ok(!waiting_for(&mut tx, actor, 1).await?.is_empty())
}

fn may_be_asked(actor: &Actor) -> Option<IdentityId> {
    actor.identity.filter(|_| actor.may(Action::Settle, Object::Order, true))
}
