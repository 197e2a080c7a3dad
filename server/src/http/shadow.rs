//! Shadow mode: the report about hidden recommendations, and its acceptance.

use super::{Fail, Fields, Visit, visit::id};
use app::render::Page;
use axum::{
    body::{Body, Bytes},
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use domain::CampaignId;
use review::{
    Error,
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
    let mut answer = Body::from(standing.bytes).into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"shadow-{campaign}.json\"")) {
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(answer)
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
    let acknowledge = fields.filled("acknowledge").is_some();
    let form = AcceptForm { attempt, campaign, expected_version, report_sha256, acknowledge };
    let error = match shadow::accept(visit.app.ctx(), &visit.actor, &form).await {
        Ok(done) => return Ok(visit.done(&back, done.sentence).await),
        Err(error) => error,
    };
    let (status, errors) = match &error {
        Error::Invalid(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors.clone()),
        Error::Stale(_) => (StatusCode::CONFLICT, Vec::new()),
        _ => return Err(visit.fail(error, &back)),
    };
    let Ok(page) = view::shadow(visit.app.ctx(), &visit.actor, campaign, Some(&form), errors).await else {
        return Err(visit.fail(error, &back));
    };
    Ok(visit.answer(status, Page::Shadow(Box::new(page)), None))
}
