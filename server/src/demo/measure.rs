//! How well the recommendations fit the truth that the company's stories tell.
//!
//! This is the one place that reads the labels, after everything was recommended.

use super::house::House;
use crate::cli::Failure;
use domain::{SourceId, Verdict};
use recommend::{
    Judge, Weights,
    measure::{Judged, Measured, Truth, measure},
};
use review::{Context, population};
use std::collections::BTreeMap;
use tenant::company::Expected;

/// Judges every grant of the first reading and counts against the labels.
pub async fn against_labels(house: &House, ctx: &Context, source: SourceId) -> Result<Measured, Failure> {
    let wrong = |why: &dyn std::fmt::Display| Failure::environment("the recommendations cannot be measured", why);
    let mut tx = ctx.store.read().await.map_err(|why| wrong(&why))?;
    let loaded = population::load(&mut tx, source, 1).await.map_err(|why| wrong(&why))?;
    drop(tx);
    let judge = Judge::new(&loaded.population, house.notes.stands_at, Weights::default()).map_err(|why| wrong(&why))?;
    let labels: BTreeMap<_, _> =
        house.company.labels().iter().map(|l| ((l.person_id.as_str(), l.entitlement_id.as_str(), l.path.clone()), l)).collect();
    let mut judged: Vec<(&str, bool, Truth, Verdict)> = Vec::with_capacity(loaded.grants.len());
    for (at, grant) in loaded.grants.iter().enumerate() {
        let (Some(person), Some(entitlement)) = (loaded.accounts.get(&grant.account), loaded.entitlements.get(&grant.entitlement)) else {
            continue;
        };
        let key = (person.external_id.as_str(), entitlement.external_id.as_str(), grant.path.to_string());
        let Some(label) = labels.get(&key) else {
            continue;
        };
        let truth = match label.expected {
            Expected::Keep => Truth::Keep,
            Expected::Remove => Truth::Remove,
            Expected::Look => Truth::Look,
        };
        let made = judge.recommend(at).map_err(|why| wrong(&why))?;
        judged.push((label.kind.name(), label.kind.is_look_alike(), truth, made.verdict));
    }
    Ok(measure(judged.iter().map(|(kind, look_alike, truth, verdict)| Judged {
        kind,
        look_alike: *look_alike,
        truth: *truth,
        verdict: *verdict,
    })))
}
