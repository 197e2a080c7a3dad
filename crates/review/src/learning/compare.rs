//! What a model would have recommended, beside what people decided who saw no recommendation, on decisions that it does not know.

use super::{
    Standing,
    adviser::Adviser,
    document::{KindKept, Report, SCHEMA},
    features::kind_parts,
    lesson::{AT_ONCE, Blind, page},
};
use crate::{Error, Result, shadow::Named};
use domain::{DecisionId, SourceId, Timestamp, Verdict};
use recommend::{
    ENGINE, Recommendation, Weights, decide, decide_with,
    shadow::{Case, Comparing, Decided, FEWEST},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use store::Tx;

/// Compares a model with every answer that may teach and that it does not know.
pub(crate) async fn compare(tx: &mut Tx, adviser: Adviser) -> Result<Standing> {
    let mut known: BTreeSet<DecisionId> = BTreeSet::new();
    let mut after = None;
    loop {
        let page = tx.decisions_known_to(&adviser.sha256, after, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = Some(*last);
        known.extend(page);
    }
    let weights = Weights::default();
    let mut work = Work::new(adviser, weights.clone());
    let mut after = None;
    while let Some(page) = page(tx, &weights, after).await? {
        after = Some(page.last);
        work.unreadable += page.unreadable;
        let new: Vec<Blind> = page.answers.into_iter().filter(|blind| !known.contains(&blind.lesson.decision)).collect();
        // Judging takes its time; the threads that answer people stay free.
        work = tokio::task::spawn_blocking(move || work.with(&new))
            .await
            .map_err(|why| Error::Inconsistent(format!("comparing ended before it was complete: {why}")))??;
    }
    let names: BTreeMap<SourceId, String> = tx.sources().await?.into_iter().map(|source| (source.id, source.name)).collect();
    let report = work.finish(&names);
    let bytes = report.to_canonical()?;
    Ok(Standing { report, sha256: ledger::sha256(&bytes), bytes })
}

struct Work {
    adviser: Arc<Adviser>,
    weights: Weights,
    with_model: Comparing,
    stated: Comparing,
    decisions: u64,
    unreadable: u64,
    times: Option<(Timestamp, Timestamp)>,
    sources: BTreeSet<SourceId>,
    kinds: BTreeMap<String, KindKept>,
}

impl Work {
    fn new(adviser: Adviser, weights: Weights) -> Self {
        Self {
            adviser: Arc::new(adviser),
            weights,
            with_model: Comparing::default(),
            stated: Comparing::default(),
            decisions: 0,
            unreadable: 0,
            times: None,
            sources: BTreeSet::new(),
            kinds: BTreeMap::new(),
        }
    }

    fn with(mut self, page: &[Blind]) -> Result<Self> {
        for blind in page {
            self.add(blind)?;
        }
        Ok(self)
    }

    fn add(&mut self, blind: &Blind) -> Result<()> {
        let Blind { lesson, made, profile, department, .. } = blind;
        let broken = |why: recommend::CanonicalError| Error::Inconsistent(format!("decision {}: {why}", lesson.decision));
        let (grant, as_of, facts) = (made.grant, made.as_of, &made.facts);
        let learned = self.adviser.says(facts, as_of, &self.weights, profile);
        let with = decide_with(grant, as_of, facts.clone(), &self.weights, learned).map_err(broken)?;
        let without = decide(grant, as_of, facts.clone(), &self.weights).map_err(broken)?;
        let decided = if lesson.approved { Decided::Kept } else { Decided::Removed };
        let source = profile.source.to_string();
        let case = |made| Case { made, decided, source: &source, department: department.as_deref() };
        self.with_model.add(&case(&with));
        self.stated.add(&case(&without));
        self.decisions += 1;
        let at = lesson.decided_at;
        self.times = Some(self.times.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        self.sources.insert(profile.source);
        count(self.kinds.entry(lesson.kind.clone()).or_default(), &with, decided);
        Ok(())
    }

    fn finish(self, names: &BTreeMap<SourceId, String>) -> Report {
        let kinds = self.kinds.into_iter().map(|(kind, kept)| {
            let (source, high_risk) = kind_parts(&kind).unwrap_or((&kind, true));
            KindKept { source: source.to_owned(), high_risk, ..kept }
        });
        let source = |id: &SourceId| Named { id: id.to_string(), name: names.get(id).cloned().unwrap_or_default() };
        Report {
            compared: self.with_model.finish(),
            decisions: self.decisions,
            engine: ENGINE.to_owned(),
            fewest: FEWEST,
            first_and_last: self.times.map(|(first, last)| (first.to_rfc3339(), last.to_rfc3339())),
            kinds: kinds.collect(),
            model: hex::encode(self.adviser.sha256),
            promised: self.adviser.card.promise.as_ref().map(|promise| promise.rate).unwrap_or_default(),
            schema: SCHEMA.to_owned(),
            sources: self.sources.iter().map(source).collect(),
            stated: self.stated.finish(),
            unreadable: self.unreadable,
        }
    }
}

fn count(kept: &mut KindKept, made: &Recommendation, decided: Decided) {
    match made.verdict {
        Verdict::Approve => {
            kept.approve += 1;
            kept.approve_overturned += u64::from(decided == Decided::Removed);
        }
        Verdict::Revoke => {
            kept.revoke += 1;
            kept.revoke_overturned += u64::from(decided == Decided::Kept);
        }
        Verdict::Escalate => kept.escalated += 1,
    }
}
