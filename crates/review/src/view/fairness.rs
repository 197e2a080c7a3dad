//! Whether recommendations and decisions fall on everybody alike.

use super::types::{FairnessMeasured, FairnessPage, FairnessReviewLine, FairnessSign, FairnessStands};
use crate::{
    Actor, Context, Error, FieldError, Result,
    fairness::{self, Document, ReviewForm, is_due},
};
use domain::{Action, Object, Timestamp};
use store::{Tx, fairness::Measurement};

/// Reviews that are listed, the newest first.
const REVIEWS: i64 = 20;

/// `/quality/fairness`. `form` is what somebody signed and could not be taken.
///
/// The form's attempt and words stay the same when it is shown again.
///
/// # Errors
/// [`Error::NotFound`] where the reader may not see it.
pub async fn fairness(ctx: &Context, actor: &Actor, form: Option<&ReviewForm>, errors: Vec<FieldError>) -> Result<FairnessPage> {
    actor.require(Action::View, Object::Quality, false)?;
    let mut tx = ctx.store.read().await?;
    let found = fairness::read(&mut tx).await?;
    let stands = stands(ctx, &mut tx, found.as_ref()).await?;
    let mut reviews = Vec::new();
    for review in tx.fairness_reviews(REVIEWS).await? {
        let text = tx.text(review.entry, "conclusion").await?;
        reviews.push(FairnessReviewLine {
            at: review.reviewed_at,
            by: tx.user(review.by).await?.map_or_else(|| review.by.to_string(), |user| user.name),
            conclusion: text.and_then(|text| text.open).map(|(_, body)| body),
            measured_at: review.measured_at,
            figures_sha256: hex::encode(review.figures_sha256),
        });
    }
    let may = actor.may(Action::Settle, Object::Quality, false);
    let newest = found.as_ref().map(|(_, kept)| kept.sha256);
    let changed = form.is_some_and(|form| newest.is_some_and(|newest| newest != form.figures_sha256));
    let sign = newest.filter(|_| may).map(|newest| FairnessSign {
        attempt: form.map_or_else(|| ctx.env.id(), |form| form.attempt),
        figures_sha256: hex::encode(newest),
        conclusion: form.map_or_else(String::new, |form| form.conclusion.clone()),
        // A tick was for what was shown then.
        acknowledge: form.is_some_and(|form| form.acknowledge) && !changed,
        errors,
    });
    let measured = match found {
        Some((document, kept)) => Some(measured(document, &kept)?),
        None => None,
    };
    Ok(FairnessPage {
        measured,
        stands,
        sign,
        reviews,
        changed: changed.then(|| {
            "They were measured again since they were shown. Nothing was signed. These are the figures now, and your words are below."
                .to_owned()
        }),
    })
}

fn measured(document: Document, kept: &Measurement) -> Result<FairnessMeasured> {
    let time = |text: &str| text.parse::<Timestamp>().map_err(|why| Error::Inconsistent(format!("figures of fairness {}: {why}", kept.id)));
    Ok(FairnessMeasured {
        at: kept.measured_at,
        window_from: time(&document.window_from)?,
        reversals: (time(&document.reversals_from)?, time(&document.reversals_until)?),
        sha256: hex::encode(kept.sha256),
        document,
    })
}

/// Where fairness stands, in short.
pub(super) async fn stands(ctx: &Context, tx: &mut Tx, found: Option<&(Document, Measurement)>) -> Result<FairnessStands> {
    let reviewed_at = tx.fairness_reviews(1).await?.first().map(|review| review.reviewed_at);
    let apart = found.and_then(|(document, _)| document.apart());
    let any_group = found.is_some_and(|(document, _)| document.attributes.iter().any(|of| !of.groups.is_empty()));
    Ok(FairnessStands {
        apart: apart.map(|apart| i64::try_from(apart).unwrap_or(i64::MAX)),
        reviewed_at,
        // Without a group that is shown there is nothing to review.
        due: any_group && is_due(reviewed_at, ctx.env.now()),
    })
}
