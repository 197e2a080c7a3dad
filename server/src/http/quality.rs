//! How well recommendations hold.

use super::{Fail, Fields, Visit, attachment};
use app::render::Page;
use axum::{body::Bytes, response::Response};
use review::{quality, view};

const PLACE: &str = "/quality";

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
