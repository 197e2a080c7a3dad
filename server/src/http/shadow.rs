//! Shadow mode: the report about hidden recommendations, and its acceptance.

use super::{Fail, Fields, Visit, attachment, visit::id};
use app::render::Page;
use axum::{body::Bytes, extract::Path, response::Response};
use domain::CampaignId;
use review::{
    shadow::{self, AcceptForm},
    view,
};

/// `GET /campaigns/{campaign}/shadow`.
pub async fn page(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let campaign: CampaignId = id(&visit, &path)?;
    let back = format!("/campaigns/{campaign}");
    let page = view::shadow(visit.app.ctx(), &visit.actor, campaign, None, Vec::new()).await.map_err(|why| visit.fail(why, &back))?;
    Ok(visit.show(Page::Shadow(Box::new(page))).await)
}

/// `GET /campaigns/{campaign}/shadow.json`: the very bytes whose SHA-256 an acceptance names.
pub async fn document(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let campaign: CampaignId = id(&visit, &path)?;
    let back = format!("/campaigns/{campaign}");
    let standing = shadow::report(visit.app.ctx(), &visit.actor, campaign).await.map_err(|why| visit.fail(why, &back))?;
    Ok(attachment(&format!("shadow-{campaign}.json"), "application/json", standing.bytes))
}

/// `POST /campaigns/{campaign}/shadow`: the owner accepts the report as it was shown.
pub async fn accept(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let campaign: CampaignId = id(&visit, &path)?;
    let fields = Fields::of(&body);
    let back = format!("/campaigns/{campaign}/shadow");
    let (Some(attempt), Some(expected_version), Some(report_sha256)) =
        (fields.attempt(), fields.parsed("expected_version"), fields.digest("report_sha256"))
    else {
        return Err(visit.incomplete(&back));
    };
    let acknowledge = fields.ticked("acknowledge");
    let form = AcceptForm { attempt, campaign, expected_version, report_sha256, acknowledge };
    let error = match shadow::accept(visit.app.ctx(), &visit.actor, &form).await {
        Ok(done) => return Ok(visit.done(&back, done.sentence).await),
        Err(error) => error,
    };
    let page = async |errors| {
        let page = view::shadow(visit.app.ctx(), &visit.actor, campaign, Some(&form), errors).await?;
        Ok(Page::Shadow(Box::new(page)))
    };
    visit.again(error, &back, page).await
}
