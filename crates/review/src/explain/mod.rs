//! Taking a recommendation apart: its facts, its steps and its result, and whether it can be made again, byte for byte.

mod check;
mod document;
mod other;
mod text;
mod weights;

pub use check::Difference;
pub use document::{
    Explanation, FactDocument, InputDocument, LearnedDocument, OriginDocument, Outcome, RecomputedDocument, ResultDocument, RiskDocument,
    RiskPartDocument, RuleDocument, SCHEMA, ScoreDocument, StepsDocument, TermDocument, VersionsDocument, WeighingDocument,
};
pub use text::text;
pub(crate) use weights::KeptWeights;

use crate::{
    Actor, Context, Error, Result,
    case::{is_reviewer, require_view},
    privacy::Veil,
    shadow,
    view::names::Known,
};
use check::{Stored, check};
use document::Told;
use domain::{RecommendationId, SourceId};
use recommend::Recommendation;
use std::collections::BTreeMap;
use store::{Tx, campaigns::StoredRecommendation, decisions::ReviewItem};

/// Takes a recommendation apart and makes it again from what is stored.
///
/// `actor` is who asks: the item's reviewer, its campaign's owner, compliance officers and auditors may. With `None` it is
/// whoever has the installation in their hands, on the command line.
///
/// What differs is in [`Explanation::recomputed`]; it is never an error.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or not for this person; [`Error::Refused`] where it is not in view (shadow mode, or an item to be judged first).
pub async fn explain(ctx: &Context, actor: Option<&Actor>, id: RecommendationId) -> Result<Explanation> {
    let mut tx = ctx.store.read().await?;
    let (stored, item) = load(&mut tx, id).await?;
    let mut veiled = false;
    if let Some(actor) = actor {
        let decision = match item.decision {
            Some(decision) => tx.decision(decision).await?,
            None => None,
        };
        require_view(actor, &item, decision.as_ref())?;
        if item.showing.is_hidden() {
            return Err(shadow::not_in_view(item.showing));
        }
        veiled = !is_reviewer(actor, &item) && Veil::before(&mut tx, actor).await?.hides(item.holder.0);
    }
    let checked = check(&stored);
    let sources: BTreeMap<SourceId, String> = tx.sources().await?.into_iter().map(|source| (source.id, source.name)).collect();
    let names = match &checked.stored {
        Some(made) => {
            let source = tx.source(item.source).await?.ok_or_else(|| missing(id, "source"))?;
            let holder = tx.account_at(item.account, item.seq).await?.ok_or_else(|| missing(id, "account"))?;
            let told = (!veiled).then_some(&holder);
            Some(Known::load(&mut tx, made, item.campaign, (&source, item.seq), told, &item.time_zone).await?)
        }
        None => None,
    };
    Ok(Explanation::of(&stored, &item, checked, &Told { names: names.as_ref(), sources: &sources, zone: &item.time_zone }))
}

fn missing(id: RecommendationId, what: &str) -> Error {
    Error::Inconsistent(format!("recommendation {id} names a {what} that is not there"))
}

/// The engine that made a recommendation, where it is not this program's, and whether all that is stored about it agrees.
pub(crate) async fn by_another_engine(tx: &mut Tx, id: RecommendationId) -> Result<Option<(String, bool)>> {
    let (stored, _) = load(tx, id).await?;
    let checked = check(&stored);
    Ok(checked.other_engine.map(|engine| (engine, checked.differences.is_empty())))
}

/// Everything that is stored about a recommendation, and its item.
async fn load(tx: &mut Tx, id: RecommendationId) -> Result<(Stored, ReviewItem)> {
    let row = tx.recommendation(id).await?.ok_or(Error::NotFound)?;
    let item = tx.review_item(row.item_id.into()).await?.ok_or_else(|| missing(id, "item"))?;
    let placement = tx.placement(item.id).await?.ok_or_else(|| missing(id, "item"))?;
    let weights = tx.weights(&row.weights_sha256).await?;
    let entries = tx.entries_of_recommendations(item.id).await?;
    let model = match model_of(&row) {
        Some(sha256) => tx.model(&sha256).await?,
        None => None,
    };
    Ok((Stored { row, weights, model, placement, entries }, item))
}

/// The model that a recommendation was made with, by its bytes, or by its row where the bytes cannot be read.
fn model_of(row: &StoredRecommendation) -> Option<Vec<u8>> {
    let made = Recommendation::from_canonical(&row.body).ok();
    made.and_then(|made| made.learned).map(|learned| learned.model.to_vec()).or_else(|| row.model_sha256.clone())
}
