//! How a recommendation came about and what would change it.

use crate::{
    Error, Result,
    learning::Adviser,
    view::{names::Known, types::Bounds, types::Computed},
};
use domain::RecommendationId;
use recommend::{ENGINE, Facts, Recommendation, Weights, counterfactuals_with, say_counterfactual, say_unknown, steps_with, unknowns_with};
use store::Tx;

/// What the page tells of it; `None` where the weights that it was made with cannot be read, or another engine made it.
pub(super) async fn computed(tx: &mut Tx, id: RecommendationId, made: &Recommendation, names: &Known) -> Result<Option<Computed>> {
    // What another engine tried, and what would have changed its mind, is not for this one to say.
    if made.engine != ENGINE {
        return Ok(None);
    }
    let Some(row) = tx.recommendation(id).await? else { return Ok(None) };
    let kept = tx.weights(&row.weights_sha256).await?;
    let Some(weights) = kept.and_then(|kept| Weights::from_canonical(&kept.body).ok()) else { return Ok(None) };
    let broken = |why: recommend::CanonicalError| Error::Inconsistent(format!("recommendation {id}: {why}"));
    let taken = steps_with(&made.facts, made.as_of, &weights, made.learned.as_ref());
    let adviser = match &made.learned {
        None => None,
        Some(learned) => tx.model(&learned.model).await?.and_then(|kept| Adviser::read(&kept).ok()),
    };
    // A model that cannot be read cannot say what it would make of other facts.
    let silent = made.learned.is_some() && adviser.is_none();
    let model = |facts: &Facts| {
        let (then, adviser) = made.learned.as_ref().zip(adviser.as_ref())?;
        adviser.says(facts, made.as_of, &weights, &then.profile)
    };
    let (what_if, unknown) = if silent {
        (Vec::new(), Vec::new())
    } else {
        (counterfactuals_with(made, &weights, &model).map_err(broken)?, unknowns_with(made, &weights, &model).map_err(broken)?)
    };
    Ok(Some(Computed {
        score: made.score,
        // With a model the promise decides, and no bound.
        bounds: taken
            .weighing
            .filter(|_| taken.settled.is_none())
            .map(|weighing| Bounds { revoke_at: weighing.revoke_at, approve_at: weighing.approve_at }),
        rule: made.rule.map(|rule| rule.sentence().to_owned()),
        came_out: taken
            .settled
            .map(recommend::Settled::sentence)
            .or_else(|| taken.weighing.map(|weighing| weighing.came_out.sentence()))
            .map(str::to_owned),
        what_if: what_if.iter().map(|one| say_counterfactual(one, names)).collect(),
        unknown: unknown.iter().map(say_unknown).collect(),
        input_hash: hex::encode(made.input_hash),
    }))
}
