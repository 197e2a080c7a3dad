//! To whom a question can be passed on, and whom one names that is above its reviewer (rules 1 and 12).

use super::super::types::Candidate;
use crate::{
    Actor, Result,
    case::{Case, asked},
    named,
    privacy::Veil,
};
use domain::{EscalateMeaning, IdentityId};
use recommend::Recommendation;
use std::collections::BTreeSet;
use store::Tx;

/// To whom the question can be passed on: the owner of the access, else the campaign's (rule 12), and then who is likely to know,
/// the holder's manager and the manager's own. Of these a restricted owner is offered, because that is an office; a restricted
/// manager is known from somebody else's record only, and is not.
pub(super) async fn candidates(
    tx: &mut Tx,
    actor: &Actor,
    veil: &Veil,
    case: &Case,
    manager: Option<&(IdentityId, String)>,
    owner: Option<&(IdentityId, String)>,
) -> Result<Vec<Candidate>> {
    let mut taken = BTreeSet::from([case.item.holder, case.item.reviewer, case.item.reviewer_of_record]);
    taken.extend(actor.identity);
    for handover in tx.handovers_of(case.item.id).await? {
        taken.extend([handover.from, handover.to]);
    }
    if let Some(other) = &case.other_seat {
        taken.extend(asked(other, &tx.handovers_of(other.id).await?));
    }
    let shown = |(identity, _): &&(IdentityId, String)| !veil.hides_name(*identity);
    let known_as = |who: Option<&(IdentityId, String)>, line: String| who.map(|(identity, name)| (*identity, name.clone(), line));
    let access = case.entitlement.application.clone().unwrap_or_else(|| case.entitlement.display_name().to_owned());
    let campaign_owner = match tx.user(case.item.campaign_owner).await?.and_then(|user| user.identity) {
        Some(identity) => tx.identity_name(identity).await?.map(|name| (identity, name)),
        None => None,
    };
    let above = match manager {
        Some((identity, _)) => manager_of(tx, case, *identity).await?,
        None => None,
    };
    let of_manager = match manager.filter(shown) {
        Some((_, name)) => format!("manages {name}"),
        None => "manages the holder's manager".to_owned(),
    };
    let likely = [
        known_as(owner, format!("answers for {access}")),
        known_as(campaign_owner.as_ref(), "owns this campaign".to_owned()),
        known_as(manager.filter(shown), format!("manages {}", case.account.display_name())),
        known_as(above.as_ref().filter(shown), of_manager),
    ];
    let mut found = Vec::new();
    for (identity, name, line) in likely.into_iter().flatten() {
        // Who may not answer (rule 37), does not work here any more, or signs in without the role is not offered either.
        if taken.insert(identity) && case.barred(tx, identity).await?.is_none() && named::can_be_asked(tx, identity).await? {
            found.push(Candidate { value: identity.to_string(), name, line: Some(line) });
        }
    }
    Ok(found)
}

async fn manager_of(tx: &mut Tx, case: &Case, identity: IdentityId) -> Result<Option<(IdentityId, String)>> {
    let seq = case.source.last_seq.unwrap_or(case.item.seq);
    let Some(account) = tx.account_of_identity(case.item.source, identity, seq).await? else { return Ok(None) };
    match account.manager_external.as_deref() {
        Some(external) => Ok(tx.external_name(case.item.source, external).await?),
        None => Ok(None),
    }
}

/// Whom a recommendation to escalate names, as a sentence; `None` where it asks for the reviewer's own judgement, or recommends
/// something else.
///
/// `candidates` are those who may answer, the nearest to the access first.
pub(super) fn above(made: &Recommendation, candidates: &[Candidate]) -> Option<String> {
    (made.meaning == Some(EscalateMeaning::AboveThisReviewer)).then(|| match candidates.first() {
        Some(Candidate { name, line: Some(line), .. }) => format!("Escalate it to {name}, who {line}."),
        Some(Candidate { name, line: None, .. }) => format!("Escalate it to {name}."),
        None => "Nobody who could answer it instead is known here. Escalate it to somebody by name, or ask the campaign's owner whom."
            .to_owned(),
    })
}
