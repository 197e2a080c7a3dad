//! Duties that must be apart: rules, what each access gives, and controls.

use super::{Fail, Fields, Query, Visit, api, attachment, visit::id};
use app::render::Page;
use axum::{
    Json,
    body::Bytes,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use domain::{EntitlementId, MitigationId};
use review::{
    Error,
    sod::{self, CheckRequest, SettleForm},
    view::{self, DutiesEntered, MapArgs},
};
use std::collections::BTreeSet;

const HERE: &str = "/duties";
const MAP: &str = "/duties/map";
const TOML: &str = "application/toml; charset=utf-8";

/// `GET /duties`.
pub async fn rules(visit: Visit) -> Result<Response, Fail> {
    let page = view::duties(visit.app.ctx(), &visit.actor, None).await.map_err(|why| visit.fail(why, "/"))?;
    Ok(visit.show(Page::Duties(Box::new(page))).await)
}

/// `POST /duties/rules`: puts a file into force.
pub async fn set_rules(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let (Some(attempt), Some(expected)) = (fields.attempt(), fields.parsed("expected_version")) else {
        return Err(visit.incomplete(HERE));
    };
    let text = fields.text("rules");
    match sod::set_rules(visit.app.ctx(), &visit.actor, attempt, expected, &text).await {
        Ok(done) => Ok(visit.done(HERE, done.sentence).await),
        Err(error) => rules_again(&visit, error, |errors| DutiesEntered { attempt, rules: Some(text), duty: None, errors }).await,
    }
}

/// `POST /duties/starter`: adds subjects of the starter pack.
pub async fn add_packs(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let (Some(attempt), Some(expected)) = (fields.attempt(), fields.parsed("expected_version")) else {
        return Err(visit.incomplete(HERE));
    };
    let packs: BTreeSet<String> = fields.all("packs").into_iter().collect();
    match sod::add_packs(visit.app.ctx(), &visit.actor, attempt, expected, &packs).await {
        Ok(done) => Ok(visit.done(HERE, done.sentence).await),
        Err(error) => rules_again(&visit, error, |errors| DutiesEntered { attempt, rules: None, duty: None, errors }).await,
    }
}

/// `POST /duties/duty`: adds a duty.
pub async fn add_duty(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let (Some(attempt), Some(expected)) = (fields.attempt(), fields.parsed("expected_version")) else {
        return Err(visit.incomplete(HERE));
    };
    let (id, name) = (fields.text("duty"), fields.text("duty_name"));
    match sod::add_duty(visit.app.ctx(), &visit.actor, attempt, expected, &id, &name).await {
        Ok(done) => Ok(visit.done(HERE, done.sentence).await),
        Err(error) => {
            let again = |errors| DutiesEntered { attempt: visit.app.ctx().env.id(), rules: None, duty: Some((id, name)), errors };
            rules_again(&visit, error, again).await
        }
    }
}

/// The page again, with what was typed and what is wrong.
async fn rules_again(
    visit: &Visit,
    error: Error,
    entered: impl FnOnce(Vec<review::FieldError>) -> DutiesEntered,
) -> Result<Response, Fail> {
    let (status, errors) = match error {
        Error::Invalid(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Error::Stale(line) => (StatusCode::CONFLICT, vec![review::FieldError { field: "rules".to_owned(), message: line }]),
        error => return Err(visit.fail(error, HERE)),
    };
    let page = view::duties(visit.app.ctx(), &visit.actor, Some(entered(errors))).await.map_err(|why| visit.fail(why, HERE))?;
    Ok(visit.answer(status, Page::Duties(Box::new(page)), None))
}

/// `GET /duties/rules.toml`.
pub async fn export_rules(visit: Visit) -> Result<Response, Fail> {
    let text = sod::export_rules(visit.app.ctx(), &visit.actor).await.map_err(|why| visit.fail(why, HERE))?;
    Ok(attachment("duty-rules.toml", TOML, text))
}

/// `GET /duties/map.toml`.
pub async fn export_map(visit: Visit) -> Result<Response, Fail> {
    let text = sod::export_map(visit.app.ctx(), &visit.actor).await.map_err(|why| visit.fail(why, HERE))?;
    Ok(attachment("duty-map.toml", TOML, text))
}

fn args(fields: &Fields) -> MapArgs {
    MapArgs { q: fields.filled("q"), unmapped: fields.get("unmapped") == Some("1"), after: fields.parsed("after") }
}

/// `GET /duties/map`.
pub async fn map(visit: Visit, query: Query) -> Result<Response, Fail> {
    let page = view::duty_map(visit.app.ctx(), &visit.actor, &args(&query), None).await.map_err(|why| visit.fail(why, HERE))?;
    Ok(visit.show(Page::DutyMap(Box::new(page))).await)
}

/// `POST /duties/map`: takes a file in the place of all that was said.
pub async fn set_map(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let Some(attempt) = fields.attempt() else {
        return Err(visit.incomplete(MAP));
    };
    let text = fields.text("map");
    let ctx = visit.app.ctx();
    match sod::set_map(ctx, &visit.actor, attempt, &text).await {
        Ok(done) => Ok(visit.done(MAP, done.sentence).await),
        Err(Error::Invalid(errors)) => {
            let page = view::duty_map(ctx, &visit.actor, &MapArgs::default(), Some((attempt, text, errors))).await;
            let page = page.map_err(|why| visit.fail(why, MAP))?;
            Ok(visit.answer(StatusCode::UNPROCESSABLE_ENTITY, Page::DutyMap(Box::new(page)), None))
        }
        Err(error) => Err(visit.fail(error, MAP)),
    }
}

/// `POST /duties/map/{entitlement}`: says what one access gives.
pub async fn set_entitlement(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let entitlement: EntitlementId = id(&visit, &path)?;
    let fields = Fields::of(&body);
    let then = fields.then().unwrap_or_else(|| MAP.to_owned());
    let Some(attempt) = fields.attempt() else {
        return Err(visit.incomplete(&then));
    };
    let duties: Option<BTreeSet<String>> = (fields.get("looked") != Some("no")).then(|| fields.all("duties").into_iter().collect());
    let done = sod::set_entitlement(visit.app.ctx(), &visit.actor, attempt, entitlement, duties.as_ref()).await;
    let done = done.map_err(|why| visit.fail(why, &then))?;
    Ok(visit.done(&then, done.sentence).await)
}

/// `GET /controls`.
pub async fn controls(visit: Visit, query: Query) -> Result<Response, Fail> {
    let page = view::controls(visit.app.ctx(), &visit.actor, query.parsed("before")).await.map_err(|why| visit.fail(why, "/"))?;
    Ok(visit.show(Page::Controls(Box::new(page))).await)
}

/// `POST /controls/{control}/settle`: accepts or refuses a control.
pub async fn settle(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let control: MitigationId = id(&visit, &path)?;
    let fields = Fields::of(&body);
    let (Some(attempt), Some(accept)) = (fields.attempt(), fields.get("accept")) else {
        return Err(visit.incomplete("/controls"));
    };
    let done = sod::settle(visit.app.ctx(), &visit.actor, &SettleForm { attempt, control, accept: accept == "yes" }).await;
    let done = done.map_err(|why| visit.fail(why, "/controls"))?;
    Ok(visit.done("/controls", done.sentence).await)
}

/// `POST /api/v1/sod/check`: what a grant that is only proposed would do. Nothing is stored.
pub async fn check(visit: Visit, body: Bytes) -> Response {
    let request: CheckRequest = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(why) => {
            return api::problem(StatusCode::UNPROCESSABLE_ENTITY, format!("The request is not of the form sod-check-request/1: {why}."));
        }
    };
    match sod::check(visit.app.ctx(), &visit.actor, &request).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => api::failed(&visit, &error),
    }
}
