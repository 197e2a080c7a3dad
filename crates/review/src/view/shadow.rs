//! Hidden recommendations beside people's answers.

use super::{
    head::campaign_head,
    types::{AcceptView, FitLine, ShadowPage},
};
use crate::{
    Actor, Context, Error, FieldError, Result,
    shadow::{self, AcceptForm, Part},
};
use domain::{Action, CampaignId, Object};
use recommend::Cause;
use std::collections::BTreeMap;

/// `/campaigns/{id}/shadow`: the report as it stands, or as it was accepted. `form` is what somebody confirmed and could not be
/// taken.
///
/// The form's attempt stays the same when it is shown again, so that a repeat of it is still answered once.
///
/// # Errors
/// As [`shadow::report`].
pub async fn shadow(
    ctx: &Context,
    actor: &Actor,
    id: CampaignId,
    form: Option<&AcceptForm>,
    errors: Vec<FieldError>,
) -> Result<ShadowPage> {
    let standing = shadow::report(ctx, actor, id).await?;
    let mut tx = ctx.store.read().await?;
    let campaign = tx.campaign(id).await?.ok_or(Error::NotFound)?;
    let may = standing.accepted_at.is_none() && actor.may(Action::Accept, Object::Shadow, campaign.owner == actor.user);
    let changed = form.is_some_and(|form| form.report_sha256 != standing.sha256 || form.expected_version != standing.version);
    let sha256 = hex::encode(standing.sha256);
    let report = standing.report;
    let sources: BTreeMap<&str, &str> = report.sources.iter().map(|of| (of.id.as_str(), of.name.as_str())).collect();
    Ok(ShadowPage {
        head: campaign_head(&mut tx, &campaign).await?,
        items: report.items,
        apart: report.apart,
        overall: report.compared.overall,
        calibration: report.compared.calibration.clone(),
        baselines: report.compared.baselines.clone(),
        by_source: lines(&report.compared.by_source, |key| sources.get(key).map_or(key, |name| *name).to_owned()),
        by_department: lines(&report.compared.by_department, str::to_owned),
        by_kind: lines(&report.compared.by_kind, kind),
        accept: may.then(|| AcceptView {
            attempt: form.map_or_else(|| ctx.env.id(), |form| form.attempt),
            expected_version: standing.version,
            report_sha256: sha256.clone(),
            // A tick was for what was shown then.
            acknowledge: form.is_some_and(|form| form.acknowledge) && !changed,
            errors,
        }),
        sha256,
        accepted_at: standing.accepted_at,
        changed: (changed && standing.accepted_at.is_none()).then(|| {
            "Somebody answered, or took an answer back, since the report was shown. The recommendations stay hidden. This is what it says now."
                .to_owned()
        }),
    })
}

fn lines(parts: &[Part], name: impl Fn(&str) -> String) -> Vec<FitLine> {
    parts.iter().map(|part| FitLine { name: part.key.as_deref().map(&name), fit: part.fit }).collect()
}

/// What a manager would say of a kind.
pub(super) fn kind(key: &str) -> String {
    key.parse::<Cause>().map_or_else(|_| key.to_owned(), |cause| cause.sentence().to_owned())
}
