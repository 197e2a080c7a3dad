//! Candidate roles and grants that look out of place.

use super::{Fail, Fields, Visit, visit::id};
use app::render::Page;
use axum::{body::Bytes, extract::Path, response::Response};
use domain::SourceId;
use review::{patterns, view};

fn place(source: SourceId) -> String {
    format!("/sources/{source}/patterns")
}

/// `GET /sources/{source}/patterns`.
pub async fn page(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let source: SourceId = id(&visit, &path)?;
    let page = view::patterns(visit.app.ctx(), &visit.actor, source).await.map_err(|why| visit.fail(why, "/sources"))?;
    Ok(visit.show(Page::Patterns(Box::new(page))).await)
}

/// `POST /sources/{source}/patterns`: has the newest reading looked at.
pub async fn look(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let source: SourceId = id(&visit, &path)?;
    let Some(attempt) = Fields::of(&body).attempt() else {
        return Err(visit.incomplete(&place(source)));
    };
    patterns::ask(visit.app.ctx(), &visit.actor, attempt, source).await.map_err(|why| visit.fail(why, &place(source)))?;
    let line = "The look has begun. It takes some seconds; what it finds stands here when you load the page again.";
    Ok(visit.done(&place(source), line.to_owned()).await)
}
