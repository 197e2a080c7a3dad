//! Removals of a campaign that somebody must look at, and the switch that stops all of them.

use super::super::types::{HeldOrder, ReleaseView, RetryView, SwitchView};
use crate::{
    Actor, Context, Error, Result,
    case::Cases,
    orders::{
        conflict,
        release::{Behind, NotSecond},
        retry, switch as stop,
    },
    privacy::{Quotes, Veil},
    say,
};
use domain::{Action, EntitlementId, HoldReason, Object, OrderState};
use store::{
    Tx,
    campaigns::Campaign,
    views::campaign::{Waiting, WaitingOrder},
};

/// The oldest 50 of one kind.
pub(super) async fn waiting(ctx: &Context, tx: &mut Tx, actor: &Actor, campaign: &Campaign, which: Waiting) -> Result<Vec<HeldOrder>> {
    let closing_by = tx.closing_campaign(campaign.id).await?.and_then(|closing| closing.closing_by);
    let veil = Veil::before(tx, actor).await?;
    let quotes = Quotes::behind(tx, &veil).await?;
    let mut lines = Vec::new();
    let mut cases = Cases::default();
    let may_retry = which == Waiting::Stuck && actor.may(Action::Retry, Object::Order, campaign.owner == actor.user);
    for order in tx.waiting_orders(campaign.id, which).await? {
        let also_ends = also_ends(tx, &order).await?;
        let can_go =
            order.state == OrderState::Conflict || (order.state == OrderState::Held && order.hold_reason == Some(HoldReason::Brake));
        let behind =
            Behind { holder: order.holder, origin: order.origin, decided_by: order.decided_by, reviewer: order.reviewer, closing_by };
        // Rule 17: a conflict is for who answers for the access; that is an office, and named as one.
        let asks = match order.state {
            OrderState::Conflict => Some(asks(tx, order.entitlement, &behind).await?),
            _ => None,
        };
        let may = can_go && behind.bars(actor).is_none() && actor.may(Action::Release, Object::Order, false);
        let again = if may_retry && actor.identity != Some(order.holder) {
            let left = tx.order(order.id).await?.is_some_and(|order| order.left_at.is_some());
            let case = cases.load(tx, order.item).await?;
            case.is_some_and(|case| retry::in_the_way(&case, order.state, left, ctx.env.now()).is_none())
        } else {
            false
        };
        lines.push(HeldOrder {
            retry: again.then(|| RetryView { attempt: ctx.env.id(), expected_version: order.version }),
            id: order.id,
            item: order.item,
            number: order.number,
            why: why(&order, asks, &campaign.time_zone, &quotes),
            also_ends,
            release: may.then(|| ReleaseView { attempt: ctx.env.id(), expected_version: order.version }),
            person: veil.name(order.holder, order.person),
            access: order.access,
            application: order.application,
            state: order.state,
            hold_reason: order.hold_reason,
            since: order.since,
        });
    }
    Ok(lines)
}

fn why(order: &WaitingOrder, asks: Option<String>, zone: &str, quotes: &Quotes) -> Option<String> {
    match (asks, order.hold_reason) {
        (Some(asks), _) => Some(format!("It would end other access that nobody decided to remove. {asks}")),
        (None, Some(HoldReason::Freeze)) => Some(order.hold_until.map_or_else(
            || "A freeze window holds it. It leaves by itself once that is over.".to_owned(),
            |until| format!("A freeze window holds it until {}. It leaves by itself afterwards.", say::moment(until, zone)),
        )),
        // In the words of the platform, which may name people.
        _ => order.remark.as_deref().map(|remark| quotes.masked(remark)),
    }
}

/// For whom a conflict waits, as a sentence.
async fn asks(tx: &mut Tx, entitlement: EntitlementId, behind: &Behind) -> Result<String> {
    let Some((owner, name)) = tx.owner_of(entitlement).await? else {
        return Ok("Nobody is named as its owner, so a second person must say whether all of it goes.".to_owned());
    };
    Ok(match behind.bars_owner(tx, owner).await? {
        Some(NotSecond::Holder) => {
            format!("{name} answers for the access and holds it too, so a second person must say whether all of it goes.")
        }
        Some(NotSecond::Decided) => {
            format!("{name} answers for the access and decided this, so a second person must say whether all of it goes.")
        }
        None if tx.users_of(owner).await?.is_empty() => {
            format!("It waits for {name}, who answers for the access. No sign-in of theirs is known here yet: tell them that it waits.")
        }
        None => format!("It waits for {name}, who answers for the access and finds it under Removals."),
    })
}

/// The names of what else the removal would end, as the newest reading has them.
async fn also_ends(tx: &mut Tx, order: &WaitingOrder) -> Result<Vec<String>> {
    if order.state != OrderState::Conflict {
        return Ok(Vec::new());
    }
    let list: Vec<conflict::AlsoEnds> =
        serde_json::from_str(&order.also_ends).map_err(|why| Error::Inconsistent(format!("order {}, also_ends: {why}", order.id)))?;
    let mut names = Vec::new();
    for other in list {
        let name = tx.entitlement_name(other.entitlement).await?.unwrap_or_else(|| "an access that is no longer listed".to_owned());
        let reason = match other.why {
            conflict::Why::Approved => "approved",
            conflict::Why::Undecided => "not decided",
            conflict::Why::AnotherReviewer => "another reviewer answers for it",
            conflict::Why::Kept => "kept because nobody answered",
        };
        names.push(format!("{name} ({reason})"));
    }
    Ok(names)
}

/// Where the switch stands.
pub(super) async fn switch(ctx: &Context, tx: &mut Tx, actor: &Actor) -> Result<SwitchView> {
    let stopped = stop::stopped(tx).await?;
    let setting = tx.setting(stop::SETTING).await?;
    let by = match setting.as_ref().and_then(|setting| setting.by) {
        Some(user) => tx.user(user).await?.map(|user| user.name),
        None => None,
    };
    Ok(SwitchView {
        stopped,
        since: setting.map(|setting| setting.at),
        by,
        holds: tx.orders_held_by_switch().await?,
        attempt: actor.may(Action::Stop, Object::Order, false).then(|| ctx.env.id()),
    })
}
