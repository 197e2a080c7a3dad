//! Removals in conflict that wait for who answers for the access (rule 17).

use super::{
    head::{campaign_head, cut},
    types::{InTheWay, ReleaseView, RemovalLine, Removals},
};
use crate::{
    Actor, Context, Error, Result,
    case::Cases,
    orders::{
        conflict::{self, AlsoEnds, Why},
        settle,
    },
};
use domain::{Action, DecisionOrigin, Object};
use store::{Tx, decisions::Decision, orders::Order, views::campaign::line};

/// Removals on one page.
const PAGE: i64 = 50;

/// `/removals`.
///
/// # Errors
/// [`Error::NotFound`] for whoever can never be asked.
pub async fn removals(ctx: &Context, actor: &Actor) -> Result<Removals> {
    actor.require(Action::Settle, Object::Order, true)?;
    let mut tx = ctx.store.read().await?;
    let one_more = usize::try_from(PAGE + 1).unwrap_or(usize::MAX);
    let mut orders = settle::waiting_for(&mut tx, actor, one_more).await?;
    let more = cut(&mut orders, PAGE);
    let mut cases = Cases::default();
    let mut lines = Vec::with_capacity(orders.len());
    for order in &orders {
        lines.push(removal(ctx, &mut tx, &mut cases, order).await?);
    }
    Ok(Removals { lines, more })
}

async fn removal(ctx: &Context, tx: &mut Tx, cases: &mut Cases, order: &Order) -> Result<RemovalLine> {
    let missing = |what: &str| Error::Inconsistent(format!("order {} has no {what}", order.id));
    let case = cases.load(tx, order.item).await?.ok_or_else(|| missing("item"))?;
    let campaign = tx.campaign(order.campaign).await?.ok_or_else(|| missing("campaign"))?;
    let decision = tx.decision(order.decision).await?.ok_or_else(|| missing("decision"))?;
    let since = tx.order_steps(order.id).await?.last().map_or(order.created_at.0, |step| step.at);
    let mut also_ends = Vec::new();
    for other in conflict::also_ends(order)? {
        also_ends.push(in_the_way(tx, &other).await?);
    }
    Ok(RemovalLine {
        id: order.id,
        campaign: campaign_head(tx, &campaign).await?,
        // Who must say whether access goes must know whose it is, also where the name is restricted (rule 44).
        person: case.account.display_name().to_owned(),
        person_line: line(case.account.title.as_deref(), case.account.department.as_deref()),
        access: case.entitlement.display_name().to_owned(),
        application: case.entitlement.application.clone(),
        source: case.source.name.clone(),
        path: case.path.clone(),
        origin: decision.origin,
        why: decision.why,
        decided_by: decided_by(tx, order, &decision).await?,
        decided_at: decision.decided_at,
        also_ends,
        since: domain::Timestamp(since),
        answer: ReleaseView { attempt: ctx.env.id(), expected_version: order.version },
        cannot_keep: settle::cannot_keep(tx, cases, order).await?,
    })
}

/// Who decided; of a default, who confirmed the closing.
async fn decided_by(tx: &mut Tx, order: &Order, decision: &Decision) -> Result<Option<String>> {
    let user = match decision.origin {
        DecisionOrigin::Default => tx.closing_campaign(order.campaign).await?.and_then(|campaign| campaign.closing_by),
        _ => decision.user,
    };
    match (user, decision.reviewer) {
        (Some(user), _) => Ok(tx.user(user).await?.map(|user| user.name)),
        (None, Some(reviewer)) => Ok(tx.identity_name(reviewer).await?),
        (None, None) => Ok(None),
    }
}

async fn in_the_way(tx: &mut Tx, other: &AlsoEnds) -> Result<InTheWay> {
    let (access, application) = match tx.entitlement_label(other.entitlement).await? {
        Some((access, application, _)) => (access, application),
        None => ("an access that is no longer listed".to_owned(), None),
    };
    let item = match other.item {
        Some(item) => tx.review_item(item).await?,
        None => None,
    };
    let who = match (other.why, item) {
        (Why::Approved | Why::AnotherReviewer, Some(item)) => item.answered_by,
        (Why::Undecided, Some(item)) => Some(item.reviewer),
        (Why::Kept, _) | (_, None) => None,
    };
    let who = match who {
        Some(who) => tx.identity_name(who).await?,
        None => None,
    };
    Ok(InTheWay { access, application, why: other.why, who })
}
