//! How well the recommendations fit the truth that the company's stories tell.
//!
//! This is the one place that reads the labels, after everything was recommended.

use super::{house::House, running::Sources};
use crate::cli::Failure;
use domain::Verdict;
use recommend::{
    Judge, Weights,
    measure::{Judged, Measured, Truth, measure},
};
use review::{Context, population};
use std::collections::BTreeMap;
use tenant::company::Expected;

/// Judges every grant of the first reading of each source and counts against the labels.
pub async fn against_labels(house: &House, ctx: &Context, sources: &Sources) -> Result<Measured, Failure> {
    let wrong = |why: &dyn std::fmt::Display| Failure::environment("the recommendations cannot be measured", why);
    let mut judged: Vec<(&'static str, bool, Truth, Verdict)> = Vec::new();
    for (platform, source) in sources.each() {
        let mut tx = ctx.store.read().await.map_err(|why| wrong(&why))?;
        let loaded = population::load(&mut tx, source, 1).await.map_err(|why| wrong(&why))?;
        drop(tx);
        let judge = Judge::new(&loaded.population, loaded.read_at, Weights::default()).map_err(|why| wrong(&why))?;
        let labels = house.tenants.placed(platform).labels(house.tenants.part(platform));
        let labels: BTreeMap<_, _> = labels.iter().map(|l| ((l.account.as_str(), l.entitlement.as_str()), &l.label)).collect();
        for (at, grant) in loaded.grants.iter().enumerate() {
            let (Some(person), Some(entitlement)) = (loaded.accounts.get(&grant.account), loaded.entitlements.get(&grant.entitlement))
            else {
                continue;
            };
            let Some(label) = labels.get(&(person.external_id.as_str(), entitlement.external_id.as_str())) else {
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
    }
    Ok(measure(judged.iter().map(|(kind, look_alike, truth, verdict)| Judged {
        kind,
        look_alike: *look_alike,
        truth: *truth,
        verdict: *verdict,
    })))
}
