//! Removals in conflict that wait for who answers for the access.

use super::{Fail, Fields, Visit, visit::id};
use app::render::Page;
use axum::{body::Bytes, extract::Path, response::Response};
use domain::OrderId;
use review::{
    orders::{self, Said, SettleForm},
    view,
};

const HERE: &str = "/removals";

/// `GET /removals`.
pub async fn page(visit: Visit) -> Result<Response, Fail> {
    let page = view::removals(visit.app.ctx(), &visit.actor).await.map_err(|why| visit.fail(why, "/"))?;
    Ok(visit.show(Page::Removals(Box::new(page))).await)
}

/// `POST /orders/{order}/settle`: lets a removal in conflict leave, or keeps the access.
pub async fn settle(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let order: OrderId = id(&visit, &path)?;
    let fields = Fields::of(&body);
    let said = match fields.get("said") {
        Some("leave") => Some(Said::Leave),
        Some("keep") => Some(Said::Keep),
        _ => None,
    };
    let (Some(attempt), Some(expected_version), Some(said)) = (fields.attempt(), fields.parsed("expected_version"), said) else {
        return Err(visit.incomplete(HERE));
    };
    let form = SettleForm { attempt, order, expected_version, said };
    let done = orders::settle(visit.app.ctx(), &visit.actor, &form).await.map_err(|why| visit.fail(why, HERE))?;
    Ok(visit.done(HERE, done.sentence).await)
}
