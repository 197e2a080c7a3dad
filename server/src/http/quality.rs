//! How well recommendations hold.

use super::{Fail, Fields, Visit, attachment};
use app::render::Page;
use axum::{body::Bytes, response::Response};
use review::{
    fairness::{self, ReviewForm},
    quality, view,
};

const PLACE: &str = "/quality";
const FAIRNESS: &str = "/quality/fairness";

/// `GET /quality`.
pub async fn page(visit: Visit) -> Result<Response, Fail> {
    let page = view::quality(visit.app.ctx(), &visit.actor).await.map_err(|why| visit.fail(why, "/"))?;
    Ok(visit.show(Page::Quality(Box::new(page))).await)
}

/// `GET /quality.json`: the newest figures, as their SHA-256 covers them.
pub async fn document(visit: Visit) -> Result<Response, Fail> {
    let (_, bytes) = quality::newest(visit.app.ctx(), &visit.actor).await.map_err(|why| visit.fail(why, PLACE))?;
    Ok(attachment("quality.json", "application/json", bytes))
}

/// `POST /quality/measure`.
pub async fn measure(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let Some(attempt) = Fields::of(&body).attempt() else {
        return Err(visit.incomplete(PLACE));
    };
    quality::ask(visit.app.ctx(), &visit.actor, attempt).await.map_err(|why| visit.fail(why, PLACE))?;
    Ok(visit.done(PLACE, "The measurement has begun. Load the page again to see it.").await)
}

/// `GET /quality/fairness`.
pub async fn fairness(visit: Visit) -> Result<Response, Fail> {
    let page = view::fairness(visit.app.ctx(), &visit.actor, None, Vec::new()).await.map_err(|why| visit.fail(why, PLACE))?;
    Ok(visit.show(Page::Fairness(Box::new(page))).await)
}

/// `GET /quality/fairness.json`: the very bytes whose SHA-256 a signed review names.
pub async fn fairness_document(visit: Visit) -> Result<Response, Fail> {
    let (_, bytes) = fairness::newest(visit.app.ctx(), &visit.actor).await.map_err(|why| visit.fail(why, FAIRNESS))?;
    Ok(attachment("fairness.json", "application/json", bytes))
}

/// `POST /quality/fairness`: somebody signs what they concluded from the figures as they were shown.
pub async fn sign_fairness(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let (Some(attempt), Some(figures_sha256)) = (fields.attempt(), fields.digest("figures_sha256")) else {
        return Err(visit.incomplete(FAIRNESS));
    };
    let form = ReviewForm { attempt, figures_sha256, conclusion: fields.text("conclusion"), acknowledge: fields.ticked("acknowledge") };
    let error = match fairness::sign(visit.app.ctx(), &visit.actor, &form).await {
        Ok(done) => return Ok(visit.done(FAIRNESS, done.sentence).await),
        Err(error) => error,
    };
    let page = async |errors| {
        let page = view::fairness(visit.app.ctx(), &visit.actor, Some(&form), errors).await?;
        Ok(Page::Fairness(Box::new(page)))
    };
    visit.again(error, FAIRNESS, page).await
}
