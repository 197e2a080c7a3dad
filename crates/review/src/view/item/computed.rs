//! How a recommendation came about and what would change it.

use crate::{
    Error, Result,
    view::{names::Known, types::Bounds, types::Computed},
};
use domain::RecommendationId;
use recommend::{Recommendation, Weights, counterfactuals, say_counterfactual, say_unknown, steps, unknowns};
use store::Tx;

/// What the page tells of it; `None` where the weights that it was made with cannot be read.
pub(super) async fn computed(tx: &mut Tx, id: RecommendationId, made: &Recommendation, names: &Known) -> Result<Option<Computed>> {
    let Some(row) = tx.recommendation(id).await? else { return Ok(None) };
    let kept = tx.weights(&row.weights_sha256).await?;
    let Some(weights) = kept.and_then(|kept| Weights::from_canonical(&kept.body).ok()) else { return Ok(None) };
    let broken = |why: recommend::CanonicalError| Error::Inconsistent(format!("recommendation {id}: {why}"));
    let taken = steps(&made.facts, made.as_of, &weights);
    let what_if = counterfactuals(made, &weights).map_err(broken)?;
    let unknown = unknowns(made, &weights).map_err(broken)?;
    Ok(Some(Computed {
        score: made.score,
        bounds: taken.weighing.map(|weighing| Bounds { revoke_at: weighing.revoke_at, approve_at: weighing.approve_at }),
        rule: made.rule.map(|rule| rule.sentence().to_owned()),
        came_out: taken.weighing.map(|weighing| weighing.came_out.sentence().to_owned()),
        what_if: what_if.iter().map(|one| say_counterfactual(one, names)).collect(),
        unknown: unknown.iter().map(say_unknown).collect(),
        input_hash: hex::encode(made.input_hash),
    }))
}
