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
use serde::Serialize;
use std::collections::BTreeMap;
use tenant::company::Expected;

/// How well the recommendations fit the truth: over everything, and of each source by its name.
#[derive(Debug)]
pub struct Found {
    /// Over all sources.
    pub all: Measured,
    /// Each source by itself.
    pub sources: BTreeMap<String, OfSource>,
}

/// One source: what it lets the engine know shows in what it abstains from, and why.
#[derive(Debug, Clone, Default, Serialize)]
pub struct OfSource {
    /// How well the recommendations fit the truth; shares in parts of 10,000.
    pub recommendations: Measured,
    /// Grants put before a person, by the cause under which a queue shows them.
    pub escalated: BTreeMap<&'static str, u64>,
    /// Those of them that should go, by kind of story and cause.
    pub removable_escalated: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
}

/// Judges every grant of the first reading of each source and counts against the labels.
pub async fn against_labels(house: &House, ctx: &Context, sources: &Sources) -> Result<Found, Failure> {
    let wrong = |why: &dyn std::fmt::Display| Failure::environment("the recommendations cannot be measured", why);
    let mut all: Vec<Judged<'static>> = Vec::new();
    let mut by_source = BTreeMap::new();
    for (platform, source) in sources.each() {
        let mut tx = ctx.store.read().await.map_err(|why| wrong(&why))?;
        let loaded = population::load(&mut tx, source, 1, ctx.env.now()).await.map_err(|why| wrong(&why))?;
        drop(tx);
        let judge = Judge::new(&loaded.population, loaded.read_at, Weights::default()).map_err(|why| wrong(&why))?;
        let labels = house.tenants.placed(platform).labels(house.tenants.part(platform));
        let labels: BTreeMap<_, _> = labels.iter().map(|l| ((l.account.as_str(), l.entitlement.as_str()), &l.label)).collect();
        let (mut judged, mut found) = (Vec::new(), OfSource::default());
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
            let kind = label.kind.name();
            if made.verdict == Verdict::Escalate {
                *found.escalated.entry(made.cause.as_str()).or_default() += 1;
                if truth == Truth::Remove {
                    *found.removable_escalated.entry(kind).or_default().entry(made.cause.as_str()).or_default() += 1;
                }
            }
            judged.push(Judged { kind, look_alike: label.kind.is_look_alike(), truth, verdict: made.verdict, use_known: made.use_known() });
        }
        found.recommendations = measure(judged.iter().copied());
        all.append(&mut judged);
        by_source.insert(platform.name().to_owned(), found);
    }
    Ok(Found { all: measure(all), sources: by_source })
}
