//! Making a stored recommendation again, to show that it is what the engine says.

use crate::{
    Actor, Context, Error, Result,
    explain::{self, Outcome},
    learning::{Adviser, profile},
    population,
};
use domain::{Action, GrantId, Object, RecommendationId, Verdict};
use recommend::{Fact, FactId, Facts, Judge, Origin, Recommendation, Weights};
use std::fmt::Display;

/// Facts that a snapshot does not keep as they were: what the organisation has declared, and whether the holder granted it,
/// because who granted what is put right in its place where a later reading knows better.
const NOT_KEPT: [FactId; 5] = [FactId::Emergency, FactId::SeparatedDuties, FactId::CheaperSide, FactId::GrantedBy, FactId::SelfGranted];

/// A recommendation by its bytes; `None`, and a line in the log, where they cannot be read: another version wrote them, or they were
/// changed in the database. One of them never keeps the others from being counted; whoever counts says how many were not.
///
/// `of` finds it again: an id, or an item's number in its campaign.
pub(crate) fn readable(body: &[u8], of: &dyn Display) -> Option<Recommendation> {
    Recommendation::from_canonical(body)
        .inspect_err(|why| tracing::error!(%of, error = %why, "a recommendation that is kept cannot be read"))
        .ok()
}

/// What making a recommendation again showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recomputed {
    /// The grant that it is about.
    pub grant: GrantId,
    /// What is stored; `None` where another engine made it in a form that this program cannot read.
    pub stored: Option<Recommendation>,
    /// Another version of the engine made it, so it was not made again; true where all that is stored about it agrees.
    pub other_engine: Option<bool>,
    /// The same facts and weights give the same bytes again.
    pub same_from_facts: bool,
    /// The snapshot, read again from the store with what was known and declared when it was judged, gives the same bytes again;
    /// emergency access, duties that must be apart, and whether the holder granted it are taken as they were stored. The model
    /// that was asked is asked again.
    pub same_from_snapshot: bool,
    /// The input hash that stands beside it belongs to it.
    pub input_hash_matches: bool,
    /// The verdict that the snapshot gives now; it differs only where something was changed.
    pub verdict_from_snapshot: Option<Verdict>,
}

impl Recomputed {
    /// True where every byte is the same.
    pub const fn same(&self) -> bool {
        self.same_from_facts && self.same_from_snapshot && self.input_hash_matches
    }

    /// What came of it.
    pub const fn outcome(&self) -> Outcome {
        match self.other_engine {
            Some(true) => Outcome::OtherEngine,
            None if self.same() => Outcome::Same,
            Some(false) | None => Outcome::Different,
        }
    }
}

/// Nothing is the same: what it was made with is not there.
const fn nothing(grant: GrantId, stored: Option<Recommendation>) -> Recomputed {
    Recomputed {
        grant,
        stored,
        other_engine: None,
        same_from_facts: false,
        same_from_snapshot: false,
        input_hash_matches: false,
        verdict_from_snapshot: None,
    }
}

/// Makes a stored recommendation again, twice: from its facts, and from the snapshot that the facts were read from.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or not for this person.
pub async fn recompute(ctx: &Context, actor: &Actor, id: RecommendationId) -> Result<Recomputed> {
    actor.require(Action::View, Object::History, false)?;
    let mut tx = ctx.store.read().await?;
    let row = tx.recommendation(id).await?.ok_or(Error::NotFound)?;
    let item = tx
        .review_item(row.item_id.into())
        .await?
        .ok_or_else(|| Error::Inconsistent(format!("recommendation {id} names an item that is not there")))?;
    if let Some((_, agrees)) = explain::by_another_engine(&mut tx, id).await? {
        let stored = Recommendation::from_canonical(&row.body).ok();
        return Ok(Recomputed { other_engine: Some(agrees), ..nothing(item.grant, stored) });
    }
    let stored = Recommendation::from_canonical(&row.body).map_err(|why| Error::Inconsistent(format!("recommendation {id}: {why}")))?;
    // What it was made with, not what this program would use; where that is not stored as it was, nothing is the same.
    let kept = tx.weights(&row.weights_sha256).await?.filter(|kept| ledger::sha256(&kept.body).as_slice() == row.weights_sha256);
    let weights = kept.and_then(|kept| Weights::from_canonical(&kept.body).ok());
    let Some(weights) = weights else {
        return Ok(nothing(item.grant, Some(stored)));
    };
    let adviser = match &stored.learned {
        None => None,
        Some(learned) => {
            let kept = tx.model(&learned.model).await?;
            let read = kept.and_then(|kept| Adviser::read(&kept).ok());
            if read.is_none() {
                return Ok(nothing(item.grant, Some(stored)));
            }
            read
        }
    };
    let in_parts = stored.learned.as_ref().is_some_and(|learned| learned.parts.is_some());
    let learned = stored.learned.as_ref().zip(adviser.as_ref());
    let learned = learned.and_then(|(then, adviser)| adviser.says_as(&stored.facts, stored.as_of, &weights, &then.profile, in_parts));
    let again = recommend::decide_with(stored.grant, stored.as_of, stored.facts.clone(), &weights, learned)
        .and_then(|made| made.to_canonical())
        .map_err(|why| Error::Inconsistent(format!("recommendation {id}: {why}")))?;

    let loaded = population::load(&mut tx, item.source, item.seq, stored.as_of).await?;
    drop(tx);
    let (grant, as_of, declared, source) = (stored.grant, stored.as_of, stored.facts.clone(), item.source);
    let from_snapshot = tokio::task::spawn_blocking(move || {
        let at = loaded.population.grants.iter().position(|g| g.id == grant)?;
        let facts = Judge::new(&loaded.population, as_of, weights.clone()).ok()?.facts(at).ok()?;
        // What the organisation has declared is not in a snapshot, and may be declared otherwise today.
        let is_kept = |fact: &&Fact| fact.origin == Origin::Settings || NOT_KEPT.contains(&fact.id);
        let kept: Vec<Fact> = declared.iter().filter(is_kept).cloned().collect();
        let facts = kept.iter().map(|fact| fact.id).chain(NOT_KEPT).fold(facts, Facts::without).with(kept);
        let learned = adviser.and_then(|adviser| {
            let held = loaded.grants.get(at)?;
            let holder = loaded.accounts.get(&held.account)?;
            let words = (holder.department.as_deref(), holder.title.as_deref());
            let profile = profile(source, held.entitlement, words, holder.manager_external.as_deref());
            adviser.says_as(&facts, as_of, &weights, &profile, in_parts)
        });
        recommend::decide_with(grant, as_of, facts, &weights, learned).ok()
    })
    .await
    .map_err(|why| Error::Inconsistent(format!("judging ended before it was complete: {why}")))?;
    let bytes = from_snapshot.as_ref().and_then(|made| made.to_canonical().ok());
    Ok(Recomputed {
        grant: item.grant,
        other_engine: None,
        same_from_facts: again == row.body,
        same_from_snapshot: bytes.is_some_and(|bytes| bytes == row.body),
        input_hash_matches: row.input_hash == stored.input_hash,
        verdict_from_snapshot: from_snapshot.map(|made| made.verdict),
        stored: Some(stored),
    })
}
