//! How sure a recommendation is, as a sentence (rule 32).

use crate::{Result, quality};
use domain::Verdict;
use recommend::{Promised, Recommendation, shadow::FEWEST, version};
use store::Tx;

/// How often reviewers who did not see such a recommendation answered as it says: the share of the newest measurement
/// (`/quality`), for what made this one and for its cause. Where fewer than 50 answers are measured, that it is not measured.
///
/// Only final answers given without the recommendation in view are counted there; the others may have followed it (rule 30).
/// An Escalate is neither agreed with nor overridden, so nothing is measured of it.
pub(super) async fn how_sure(tx: &mut Tx, made: &Recommendation) -> Result<String> {
    let measured = match made.verdict {
        Verdict::Escalate => None,
        Verdict::Approve | Verdict::Revoke => quality::read(tx).await?,
    };
    let made_by = version(&made.engine, made.learned.as_ref().map(|learned| &learned.model));
    let agreed = measured.and_then(|(document, _)| {
        let of = document.measured.versions.into_iter().find(|of| of.version == made_by)?;
        let part = of.parts.into_iter().find(|part| part.cause == made.cause.as_str())?;
        let rate = part.figures.agreement_blind;
        Some((rate.hits * 100 / rate.of.max(1), rate.of)).filter(|_| rate.of >= FEWEST)
    });
    Ok(match agreed {
        Some((share, of)) => {
            format!("Reviewers here who did not see it answered as it recommends in {share} of 100 such cases (n = {of}).")
        }
        None if tried_on_earlier(made) => {
            "How often reviewers here agree with it is not yet measured. The share above is of earlier answers, which the learned model was tried on.".to_owned()
        }
        None => "Not yet measured here.".to_owned(),
    })
}

/// Whether a reason states a share: that of the answers on which the learned model's promise was set.
fn tried_on_earlier(made: &Recommendation) -> bool {
    let promise = made.learned.as_ref().map(|learned| learned.promise);
    matches!(promise, Some(Promised::Approve { cases, .. } | Promised::Revoke { cases, .. }) if u64::from(cases) >= FEWEST)
}
