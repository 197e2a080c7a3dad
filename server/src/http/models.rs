//! Learned models: what is in force, one model with its comparison, and the acts that train, put in force and take back.

use super::{Fail, Fields, Visit, attachment};
use app::render::Page;
use axum::{body::Bytes, extract::Path, response::Response};
use ledger::canonical::hash_from_hex;
use review::{
    Error,
    learning::{self, PromoteForm, RollBackForm},
    view,
};

const PLACE: &str = "/models";

/// The model that an address names.
fn named(visit: &Visit, Path(text): &Path<String>) -> Result<[u8; 32], Fail> {
    hash_from_hex(text).ok_or_else(|| visit.fail(Error::NotFound, PLACE))
}

/// `GET /models`.
pub async fn page(visit: Visit) -> Result<Response, Fail> {
    let page = view::models(visit.app.ctx(), &visit.actor).await.map_err(|why| visit.fail(why, PLACE))?;
    Ok(visit.show(Page::Models(Box::new(page))).await)
}

/// `GET /models/{model}`.
pub async fn one(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let sha256 = named(&visit, &path)?;
    let page = view::model(visit.app.ctx(), &visit.actor, sha256, None, Vec::new()).await.map_err(|why| visit.fail(why, PLACE))?;
    Ok(visit.show(Page::Model(Box::new(page))).await)
}

/// `GET /models/{model}/report.json`: the very bytes whose SHA-256 a promotion names.
pub async fn document(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let sha256 = named(&visit, &path)?;
    let standing = learning::report(visit.app.ctx(), &visit.actor, sha256).await.map_err(|why| visit.fail(why, PLACE))?;
    Ok(attachment(&format!("model-{}.json", hex::encode(sha256)), "application/json", standing.bytes))
}

/// `POST /models/train`.
pub async fn train(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let (Some(attempt), Some(rate)) = (fields.attempt(), fields.parsed("promise")) else {
        return Err(visit.incomplete(PLACE));
    };
    learning::ask(visit.app.ctx(), &visit.actor, attempt, rate).await.map_err(|why| visit.fail(why, PLACE))?;
    let line = "A model is being trained. It stands here when it is ready, and recommends nothing until somebody puts it in force.";
    Ok(visit.done(PLACE, line.to_owned()).await)
}

/// `POST /models/{model}/promote`: a person accepts the comparison as it was shown.
pub async fn promote(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let model = named(&visit, &path)?;
    let fields = Fields::of(&body);
    let back = format!("{PLACE}/{}", hex::encode(model));
    let (Some(attempt), Some(expected_term), Some(report_sha256)) =
        (fields.attempt(), fields.parsed("expected_version"), fields.digest("report_sha256"))
    else {
        return Err(visit.incomplete(&back));
    };
    let acknowledge = fields.ticked("acknowledge");
    let form = PromoteForm { attempt, model, expected_term, report_sha256, acknowledge };
    let error = match learning::promote(visit.app.ctx(), &visit.actor, &form).await {
        Ok(done) => return Ok(visit.done(PLACE, done.sentence).await),
        Err(error) => error,
    };
    // Where the comparison is as it was, somebody put another model in force meanwhile: the form has nothing new to show.
    let stale = matches!(error, Error::Stale(_));
    let page = async |errors| {
        let page = view::model(visit.app.ctx(), &visit.actor, model, Some(&form), errors).await?;
        if stale && page.changed.is_none() { Err(Error::NotFound) } else { Ok(Page::Model(Box::new(page))) }
    };
    visit.again(error, &back, page).await
}

/// `POST /models/roll-back`.
pub async fn roll_back(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let to = match fields.text("to").as_str() {
        "none" => Some(None),
        text => hash_from_hex(text).map(Some),
    };
    let (Some(attempt), Some(expected_term), Some(to)) = (fields.attempt(), fields.parsed("expected_version"), to) else {
        return Err(visit.incomplete(PLACE));
    };
    let form = RollBackForm { attempt, expected_term, to };
    let done = learning::roll_back(visit.app.ctx(), &visit.actor, &form).await.map_err(|why| visit.fail(why, PLACE))?;
    Ok(visit.done(PLACE, done.sentence).await)
}
