//! The start, assets, and what machines ask.

use super::{Fail, Visitor, plain, see_other, visit::signed_in};
use crate::assets;
use app::render::Reader;
use axum::{
    Json,
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::time::SECOND;
use serde_json::json;

/// How long a ledger entry may wait for its place before the program counts as not ready, in seconds.
const LONGEST_WAIT: i64 = 60;

/// `GET /`: to where this person begins.
pub async fn start(visitor: Visitor) -> Result<Response, Fail> {
    let found = signed_in(&visitor.app, &visitor.session).await.map_err(|why| visitor.fail(why, "/sign-in"))?;
    Ok(match found {
        Some(found) => see_other(Reader { name: found.actor.name, roles: found.actor.roles }.start()),
        None => see_other("/sign-in"),
    })
}

/// `GET /pkg/{name}`.
pub async fn asset(Path(name): Path<String>) -> Response {
    assets::serve(&name)
}

/// `GET /healthz`: the process answers.
pub async fn health() -> Json<serde_json::Value> {
    Json(json!({ "schema": "countersign/health/1", "ok": true }))
}

/// `GET /readyz`: the database answers, its schema is this program's, and the ledger gives places in time.
pub async fn ready(visitor: Visitor) -> Response {
    let ctx = visitor.app.ctx();
    let looked: store::Result<Result<i64, store::SchemaProblem>> = async {
        let mut tx = ctx.store.read().await?;
        if let Some(problem) = tx.schema_problem().await? {
            return Ok(Err(problem));
        }
        let oldest = tx.unsequenced(1).await?.first().and_then(|(id, _)| id.0.get_timestamp());
        Ok(Ok(oldest.map_or(0, |at| {
            let made = i64::try_from(at.to_unix().0).unwrap_or(0).saturating_mul(SECOND);
            (ctx.env.now().micros() - made).max(0) / SECOND
        })))
    }
    .await;
    let why = match looked {
        Ok(Ok(waited)) if waited <= LONGEST_WAIT => {
            return Json(json!({ "schema": "countersign/ready/1", "ok": true, "database": ctx.store.kind() })).into_response();
        }
        Ok(Ok(waited)) => format!("the oldest ledger entry has waited {waited} seconds for its place"),
        Ok(Err(problem)) => format!("the schema is not this program's: {problem}"),
        Err(error) => {
            tracing::error!(error = %error, "not ready");
            "the database does not answer, or its schema was never made".to_owned()
        }
    };
    (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "schema": "countersign/ready/1", "ok": false, "why": why }))).into_response()
}

/// `GET /metrics`, in Prometheus' text form.
pub async fn metrics(visitor: Visitor) -> Response {
    match visitor.app.figures().text(visitor.app.ctx()).await {
        Ok(text) => ([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"))], text).into_response(),
        Err(error) => {
            tracing::error!(error = %error, "figures could not be read");
            plain::page(StatusCode::SERVICE_UNAVAILABLE, "Not available for a moment", &["The database does not answer."])
        }
    }
}
