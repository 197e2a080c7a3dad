//! One rule of duties: its page, and the forms that add, change and remove it.

use super::{Fail, Fields, Visit};
use app::render::Page;
use axum::{body::Bytes, extract::Path, response::Response};
use domain::AttemptId;
use recommend::sod::{Need, RuleEntered, Severity, SideEntered};
use review::{
    Error, FieldError,
    sod::{self, Saved},
    view::{self, RuleAgain, types::RuleFields},
};

const LIST: &str = "/duties";
const NEW: &str = "/duties/rule";

fn address(rule: &str) -> String {
    format!("/duties/rules/{rule}")
}

async fn page(visit: &Visit, id: Option<&str>, again: Option<RuleAgain>) -> Result<Page, Error> {
    Ok(Page::DutyRule(Box::new(view::duty_rule(visit.app.ctx(), &visit.actor, id, again).await?)))
}

/// `GET /duties/rule`: the form of a new rule.
pub async fn new(visit: Visit) -> Result<Response, Fail> {
    let page = page(&visit, None, None).await.map_err(|why| visit.fail(why, LIST))?;
    Ok(visit.show(page).await)
}

/// `GET /duties/rules/{rule}`.
pub async fn one(visit: Visit, Path(rule): Path<String>) -> Result<Response, Fail> {
    let page = page(&visit, Some(&rule), None).await.map_err(|why| visit.fail(why, LIST))?;
    Ok(visit.show(page).await)
}

/// `POST /duties/rule`: adds a rule.
pub async fn add(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let id = fields.text("id").trim().to_owned();
    save(&visit, &fields, NEW, None, id).await
}

/// `POST /duties/rules/{rule}`: changes it.
pub async fn change(visit: Visit, Path(rule): Path<String>, body: Bytes) -> Result<Response, Fail> {
    save(&visit, &Fields::of(&body), &address(&rule), Some(&rule), rule.clone()).await
}

/// `POST /duties/rules/{rule}/remove`.
pub async fn remove(visit: Visit, Path(rule): Path<String>, body: Bytes) -> Result<Response, Fail> {
    let (back, fields) = (address(&rule), Fields::of(&body));
    let (Some(attempt), Some(expected)) = (fields.attempt(), fields.parsed("expected_version")) else {
        return Err(visit.incomplete(&back));
    };
    let done = sod::remove_rule(visit.app.ctx(), &visit.actor, attempt, expected, &rule).await;
    let done = done.map_err(|why| visit.fail(why, &back))?;
    Ok(visit.done(LIST, done.sentence).await)
}

async fn save(visit: &Visit, fields: &Fields, back: &str, rule: Option<&str>, id: String) -> Result<Response, Fail> {
    let (Some(attempt), Some(expected)) = (fields.attempt(), fields.parsed("expected_version")) else {
        return Err(visit.incomplete(back));
    };
    let entered = entered(fields, id);
    let error = match saved(visit, attempt, expected, rule.is_none(), &entered).await {
        Ok(done) => return Ok(visit.done(LIST, done.sentence).await),
        Err(error) => error,
    };
    let stale = match &error {
        Error::Stale(line) => Some(FieldError { field: "expected_version".to_owned(), message: line.clone() }),
        _ => None,
    };
    let again = async |errors: Vec<FieldError>| {
        let errors = errors.into_iter().chain(stale).collect();
        page(visit, rule, Some(RuleAgain { attempt, fields: entered, errors })).await
    };
    visit.again(error, back, again).await
}

async fn saved(visit: &Visit, attempt: AttemptId, expected: i64, new: bool, fields: &RuleFields) -> Result<Saved, Error> {
    let severity = Severity::ALL.into_iter().find(|severity| severity.as_str() == fields.severity);
    let severity = severity.ok_or_else(|| Error::field("severity", "Choose how grave a conflict would be."))?;
    let side = |all: bool, duties: &[String]| SideEntered { need: if all { Need::All } else { Need::Any }, duties: duties.to_vec() };
    let rule = RuleEntered {
        id: fields.id.clone(),
        severity,
        risk: fields.risk.clone(),
        left: side(fields.left_all, &fields.left),
        right: side(fields.right_all, &fields.right),
        controls: fields.controls.clone(),
        tests: fields.tests.clone(),
    };
    sod::set_rule(visit.app.ctx(), &visit.actor, attempt, expected, new, &rule).await
}

fn entered(fields: &Fields, id: String) -> RuleFields {
    RuleFields {
        id,
        severity: fields.text("severity"),
        risk: fields.text("risk"),
        left_all: fields.get("left_need") == Some("all"),
        left: fields.all("left"),
        right_all: fields.get("right_need") == Some("all"),
        right: fields.all("right"),
        controls: fields.text("controls"),
        tests: fields.text("tests"),
    }
}
