//! What programs ask: JSON in, JSON out. Rights and sessions are those of the pages.

use super::Visit;
use axum::{
    Json,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use domain::RecommendationId;
use review::{Error, explain};
use serde::Serialize;

/// What went wrong, for a program and for whoever reads its log.
#[derive(Debug, Serialize)]
struct Problem {
    schema: &'static str,
    error: String,
}

/// An answer that says what went wrong.
pub fn problem(status: StatusCode, error: impl Into<String>) -> Response {
    (status, Json(Problem { schema: "countersign/problem/1", error: error.into() })).into_response()
}

/// Nobody is signed in.
pub fn not_signed_in() -> Response {
    problem(StatusCode::UNAUTHORIZED, "Nobody is signed in. Sign in with a browser first; requests carry its session cookie.")
}

/// It does not exist, or not for this person.
pub fn nothing() -> Response {
    problem(StatusCode::NOT_FOUND, "There is no such thing, or not for you.")
}

/// What a use case answered instead of doing what was asked.
pub fn failed(visit: &Visit, error: &Error) -> Response {
    match error {
        Error::NotFound => nothing(),
        Error::Invalid(fields) => {
            let lines: Vec<String> = fields.iter().map(|field| format!("{}: {}", field.field, field.message)).collect();
            problem(StatusCode::UNPROCESSABLE_ENTITY, lines.join(" "))
        }
        Error::Stale(line) | Error::Refused(line) | Error::Source(line) => problem(StatusCode::CONFLICT, line.clone()),
        Error::Store(store::Error::Busy(_) | store::Error::Database(_)) => {
            tracing::error!(request = %visit.request, error = %error, "the database did not answer");
            problem(StatusCode::SERVICE_UNAVAILABLE, "The database does not answer. Try again in a minute.")
        }
        Error::Store(_) | Error::Inconsistent(_) => {
            tracing::error!(request = %visit.request, error = %error, "a request failed");
            let line = format!("Something on our side failed. The log knows it as {}.", visit.request);
            problem(StatusCode::INTERNAL_SERVER_ERROR, line)
        }
    }
}

/// `GET /api/v1/recommendations/{recommendation}/explanation`.
///
/// 200 also where the recommendation cannot be made again: the document says so, and which field differs.
pub async fn explanation(visit: Visit, path: Path<String>) -> Response {
    let Ok(id) = path.parse::<RecommendationId>() else {
        return nothing();
    };
    match explain::explain(visit.app.ctx(), Some(&visit.actor), id).await {
        Ok(explained) => Json(explained).into_response(),
        Err(error) => failed(&visit, &error),
    }
}
