//! Requests about somebody's own data.

use super::{Fail, Fields, Query, Visit};
use app::render::Page;
use axum::{body::Bytes, http::StatusCode, response::Response};
use domain::IdentityId;
use review::{
    Error, FieldError, erase as erasing,
    view::{self, PrivacyEntered},
};

const HERE: &str = "/privacy";

/// Where the person shows again: under what was typed to find them, or under their id.
fn about(typed: &str, subject: IdentityId) -> String {
    let person = if typed.trim().is_empty() { subject.to_string() } else { typed.trim().to_owned() };
    format!("{HERE}?{}", url::form_urlencoded::Serializer::new(String::new()).append_pair("person", &person).finish())
}

/// `GET /privacy`.
pub async fn page(visit: Visit, query: Query) -> Result<Response, Fail> {
    let page =
        view::privacy(visit.app.ctx(), &visit.actor, &query.text("person"), None).await.map_err(|why| visit.fail(why, "/evidence"))?;
    let status = if page.errors.is_empty() { None } else { Some(StatusCode::UNPROCESSABLE_ENTITY) };
    let page = Page::Privacy(Box::new(page));
    Ok(match status {
        None => visit.show(page).await,
        Some(status) => visit.answer(status, page, None),
    })
}

/// `POST /privacy/erase`: erases what was written about somebody, or restricts it.
pub async fn erase(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let (Some(attempt), Some(subject)) = (fields.attempt(), fields.parsed::<IdentityId>("subject")) else {
        return Err(visit.incomplete(HERE));
    };
    let ctx = visit.app.ctx();
    let typed = fields.text("person");
    let how = fields.text("how");
    let acknowledge = fields.ticked("acknowledge");
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: &str| errors.push(FieldError { field: field.to_owned(), message: message.to_owned() });
    if !matches!(how.as_str(), "erase" | "restrict") {
        wrong("how", "Choose whether the texts are erased or restricted. Nothing was changed.");
    }
    if !acknowledge {
        wrong("acknowledge", "Tick the box once you have checked who asks and whom it is about. Nothing was changed.");
    }
    let done = if !errors.is_empty() {
        Err(Error::Invalid(errors))
    } else if how == "restrict" {
        erasing::restrict(ctx, &visit.actor, attempt, subject.0).await
    } else {
        erasing::erase(ctx, &visit.actor, attempt, subject.0).await
    };
    let error = match done {
        Ok(done) => return Ok(visit.done(&about(&typed, subject), done.sentence).await),
        Err(error) => error,
    };
    let (status, errors) = match error {
        Error::Invalid(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Error::Refused(message) => (StatusCode::CONFLICT, vec![FieldError { field: "how".to_owned(), message }]),
        error => return Err(visit.fail(error, HERE)),
    };
    let again = PrivacyEntered { subject, attempt, how, acknowledge, errors };
    let page = view::privacy(ctx, &visit.actor, &typed, Some(&again)).await.map_err(|why| visit.fail(why, HERE))?;
    Ok(visit.answer(status, Page::Privacy(Box::new(page)), None))
}

/// `POST /privacy/lift`: ends a restriction.
pub async fn lift(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let (Some(attempt), Some(subject)) = (fields.attempt(), fields.parsed::<IdentityId>("subject")) else {
        return Err(visit.incomplete(HERE));
    };
    let done = erasing::lift(visit.app.ctx(), &visit.actor, attempt, subject.0).await.map_err(|why| visit.fail(why, HERE))?;
    Ok(visit.done(&about("", subject), done).await)
}

/// `POST /privacy/retention`: says whether the installation retains records.
pub async fn retention(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let (Some(attempt), Some(on)) = (fields.attempt(), fields.parsed("on")) else {
        return Err(visit.incomplete(HERE));
    };
    let done = erasing::set_retention(visit.app.ctx(), &visit.actor, attempt, on).await.map_err(|why| visit.fail(why, HERE))?;
    Ok(visit.done(HERE, done).await)
}
