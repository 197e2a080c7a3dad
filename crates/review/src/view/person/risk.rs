//! How much could go wrong with what a person holds: where to look first, and no part of what is recommended.

use super::Shown;
use crate::view::types::{PersonRisk, RiskyAccess};
use recommend::risk::{grant_risk, identity_risk};
use std::collections::BTreeMap;

/// Accesses that are named at most.
const MOST: usize = 5;

/// The risk of what is shown, from the facts that were judged; `None` where a recommendation is hidden, because much of a risk
/// is what a recommendation rests on too, and where nothing was judged.
pub(super) fn of(shown: &BTreeMap<domain::GrantId, Shown>) -> Option<PersonRisk> {
    if shown.values().any(|one| one.line.recommended.is_hidden()) {
        return None;
    }
    let judged =
        shown.iter().filter_map(|(grant, one)| Some((*grant, (one, grant_risk(&one.made.as_ref()?.facts, one.made.as_ref()?.as_of)))));
    let judged: BTreeMap<_, _> = judged.collect();
    let scores: Vec<_> = judged.iter().map(|(grant, (_, risk))| (*grant, risk.score)).collect();
    let together = identity_risk(&scores);
    let accesses = together.parts.iter().take(MOST).filter_map(|(grant, adds)| {
        let (one, risk) = judged.get(grant)?;
        Some(RiskyAccess {
            item: one.item.id,
            name: one.line.access.clone(),
            points: i64::from(risk.score),
            adds: i64::from(*adds),
            says: risk.parts.iter().map(|part| part.kind.sentence().to_owned()).collect(),
        })
    });
    let accesses: Vec<RiskyAccess> = accesses.collect();
    let others = judged.len().saturating_sub(accesses.len());
    (!judged.is_empty()).then(|| PersonRisk {
        points: i64::from(together.score),
        accesses,
        others: i64::try_from(others).unwrap_or(i64::MAX),
    })
}
