//! Escalating: passing the question to a named person who owes the answer (rule 1).

use crate::{
    Actor, Context, Error, Result,
    case::{Case, asked},
    named,
};
use domain::{IdentityId, Timestamp};
use store::{
    Tx,
    decisions::{Handover, HandoverKind},
};

/// The person who is asked now.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// Who.
    pub to: IdentityId,
    /// Their name.
    pub name: String,
    /// How the item came to them, as `items.reviewer_by` spells it.
    pub reviewer_by: &'static str,
    /// Until when they owe the answer.
    pub due_at: Timestamp,
}

/// A time for the next change of who must answer: now, and after every earlier one, so that their order is never lost.
pub(crate) fn next_moment(now: Timestamp, handovers: &[Handover]) -> Timestamp {
    handovers.iter().map(|h| h.at.plus(1)).fold(now, Timestamp::max)
}

/// Finds the person whom the form names, checks that the question may go to them, and writes the change down.
pub(crate) async fn name(ctx: &Context, tx: &mut Tx, actor: &Actor, case: &Case, text: &str) -> Result<Named> {
    let found = named::person(tx, actor, case.item.source, text).await?;
    let handovers = tx.handovers_of(case.item.id).await?;
    let who = &found.name;
    let wrong = |message: String| Err(Error::field("to", message));
    if let Some(barred) = case.barred(tx, found.identity).await? {
        return wrong(barred.named(who));
    }
    if asked(&case.item, &handovers).contains(&found.identity) {
        return wrong(format!("{who} was asked about this item before, and an escalation never goes back. Name somebody else."));
    }
    let due_at = ctx.env.now().plus(case.policy.escalation_due);
    tx.insert_handover(&Handover {
        id: ctx.env.id(),
        item: case.item.id,
        kind: HandoverKind::Escalate,
        from: case.item.reviewer,
        to: found.identity,
        from_by: case.item.reviewer_by.clone(),
        by: Some(actor.user),
        at: next_moment(ctx.env.now(), &handovers),
        due_at: Some(due_at),
        undone_at: None,
    })
    .await?;
    Ok(Named { to: found.identity, name: found.name, reviewer_by: HandoverKind::Escalate.reviewer_by(), due_at })
}
