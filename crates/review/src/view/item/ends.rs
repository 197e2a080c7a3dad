//! What else an answer reaches: what its removal would end besides, and what the platform asks about at once (rule 17).

use super::super::types::{AlsoEnds, Together};
use crate::{
    Result,
    case::{Case, named_path},
};
use domain::EntitlementId;
use store::{Tx, access::Entitlement};

/// Grants that would end too, at most, that the page lists.
const ALSO_ENDS: usize = 50;

/// What an access is called, as the newest reading shows it, and the access itself where it does.
async fn called(tx: &mut Tx, case: &Case, entitlement: EntitlementId) -> Result<(String, Option<Entitlement>)> {
    let shown = tx.entitlement_at(entitlement, case.source.last_seq.unwrap_or(case.item.seq)).await?;
    let name = match &shown {
        Some(entitlement) => entitlement.display_name().to_owned(),
        None => tx.external_entitlement(entitlement).await?.unwrap_or_default(),
    };
    Ok((name, shown))
}

/// What else the removal would end.
pub(super) async fn also_ends(tx: &mut Tx, case: &Case) -> Result<Vec<AlsoEnds>> {
    let mut list = Vec::new();
    for other in case.ending().others(tx).await?.into_iter().take(ALSO_ENDS) {
        let (access, shown) = called(tx, case, other.entitlement).await?;
        list.push(AlsoEnds {
            access,
            application: shown.and_then(|entitlement| entitlement.application),
            state: other.state,
            answer: other.answer,
            another_reviewer: other.asked.is_some_and(|asked| asked != case.item.reviewer),
        });
    }
    Ok(list)
}

/// All that the platform asks about with this question: Entra asks once about every role of an application. Empty where it asks
/// about this access alone.
pub(super) async fn together(tx: &mut Tx, case: &Case) -> Result<Vec<Together>> {
    let mut grants = tx.native_grants(case.item.id).await?;
    if grants.len() < 2 {
        return Ok(Vec::new());
    }
    grants.sort_by_key(|grant| *grant != case.item.grant);
    let mut list = Vec::new();
    for grant in grants {
        let Some((_, grant)) = tx.grant(grant).await? else { continue };
        let (access, _) = called(tx, case, grant.entitlement).await?;
        let path = named_path(tx, &case.source, case.source.last_seq.unwrap_or(case.item.seq), &grant.path).await?;
        list.push(Together { access, path, gone: grant.valid_until.is_some() });
    }
    Ok(list)
}
