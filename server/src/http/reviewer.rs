//! A reviewer's pages and answers.

use super::{Fail, Fields, Query, Visit, visit::id};
use app::render::{Flash, Page};
use axum::{body::Bytes, extract::Path, http::StatusCode, response::Response};
use domain::{CampaignId, ConflictId, ItemId};
use review::{
    Error, FieldError,
    decide::{self, DecideForm},
    handover::{self, HandOverForm},
    shown,
    sod::{self, ProposeForm},
    undo::{self, UndoForm},
    view::{self, Entered, QueueArgs, types::ItemPage},
};

/// `GET /reviews`.
pub async fn reviews(visit: Visit) -> Result<Response, Fail> {
    let page = view::my_reviews(visit.app.ctx(), &visit.actor).await.map_err(|why| visit.fail(why, "/"))?;
    Ok(visit.show(Page::MyReviews(page)).await)
}

fn args(query: &Fields) -> QueueArgs {
    QueueArgs { cause: query.filled("cause"), item: query.parsed("item"), after: query.filled("after"), q: query.filled("q") }
}

/// `GET /reviews/{campaign}`.
pub async fn queue(visit: Visit, path: Path<String>, query: Query) -> Result<Response, Fail> {
    let campaign: CampaignId = id(&visit, &path)?;
    let page = view::queue(visit.app.ctx(), &visit.actor, campaign, &args(&query)).await.map_err(|why| visit.fail(why, "/reviews"))?;
    if let Some(item) = &page.item {
        record_view(&visit, item).await?;
    }
    Ok(visit.show(Page::Queue(Box::new(page))).await)
}

/// `GET /items/{item}`.
pub async fn item(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let item: ItemId = id(&visit, &path)?;
    let page = view::item(visit.app.ctx(), &visit.actor, item).await.map_err(|why| visit.fail(why, "/"))?;
    record_view(&visit, &page).await?;
    Ok(visit.show(Page::Item(Box::new(page))).await)
}

/// `GET /items/{item}/person`: the holder of the item, with what else of theirs the reader may see.
pub async fn person(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let item: ItemId = id(&visit, &path)?;
    let page = view::person(visit.app.ctx(), &visit.actor, item).await.map_err(|why| visit.fail(why, "/"))?;
    Ok(visit.show(Page::Person(Box::new(page))).await)
}

/// Seeing is recorded before it happens: a page whose record fails is not shown.
async fn record_view(visit: &Visit, page: &ItemPage) -> Result<(), Fail> {
    let digest = page.decide.as_ref().and_then(|form| hex::decode(&form.shown).ok()).and_then(|bytes| bytes.try_into().ok());
    let Some(digest) = digest else { return Ok(()) };
    shown::shown(visit.app.ctx(), &visit.actor, page.id, digest).await.map_err(|why| visit.fail(why, "/"))
}

/// `POST /items/{item}/decide`.
pub async fn decide(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let item: ItemId = id(&visit, &path)?;
    let fields = Fields::of(&body);
    let back = format!("/items/{item}");
    let (Some(attempt), Some(expected_version), Some(answer)) =
        (fields.attempt(), fields.parsed("expected_version"), fields.parsed("answer"))
    else {
        return Err(visit.incomplete(&back));
    };
    let form = DecideForm {
        attempt,
        item,
        expected_version,
        answer,
        why: fields.parsed("why"),
        note: fields.filled("note"),
        to: fields.to(),
        shown: fields.digest("shown"),
    };
    let then = fields.then().unwrap_or(back);
    match decide::decide(visit.app.ctx(), &visit.actor, &form).await {
        Ok(done) => Ok(visit.done(&then, done.sentence).await),
        Err(error) => again(&visit, item, &then, Entered::Decide(form), error).await,
    }
}

/// `POST /items/{item}/undo`.
pub async fn undo(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let item: ItemId = id(&visit, &path)?;
    let fields = Fields::of(&body);
    let back = format!("/items/{item}");
    let (Some(attempt), Some(expected_version)) = (fields.attempt(), fields.parsed("expected_version")) else {
        return Err(visit.incomplete(&back));
    };
    let then = fields.then().unwrap_or_else(|| back.clone());
    match undo::undo(visit.app.ctx(), &visit.actor, &UndoForm { attempt, item, expected_version }).await {
        Ok(done) => Ok(visit.done(&then, done.sentence).await),
        Err(error) => Err(visit.fail(error, &back)),
    }
}

/// `POST /items/{item}/hand-over`.
pub async fn hand_over(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let item: ItemId = id(&visit, &path)?;
    let fields = Fields::of(&body);
    let back = format!("/items/{item}");
    let (Some(attempt), Some(expected_version)) = (fields.attempt(), fields.parsed("expected_version")) else {
        return Err(visit.incomplete(&back));
    };
    let form = HandOverForm { attempt, item, expected_version, to: fields.to().unwrap_or_default(), note: fields.filled("note") };
    let ctx = visit.app.ctx();
    match handover::hand_over(ctx, &visit.actor, &form).await {
        Ok(done) => {
            // The item is with somebody else now, and may no longer be this person's to see.
            let then = match (fields.then(), view::item(ctx, &visit.actor, item).await) {
                (Some(then), _) => then,
                (None, Ok(_)) => back,
                (None, Err(_)) => "/".to_owned(),
            };
            let then = if then == "/" { reader_start(&visit) } else { then };
            Ok(visit.done(&then, done.sentence).await)
        }
        Err(error) => again(&visit, item, &back, Entered::HandOver(form), error).await,
    }
}

/// `POST /items/{item}/control`: proposes a control for keeping both sides of a conflict of duties.
pub async fn propose(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let item: ItemId = id(&visit, &path)?;
    let fields = Fields::of(&body);
    let back = format!("/items/{item}");
    let Some(attempt) = fields.attempt() else {
        return Err(visit.incomplete(&back));
    };
    // A conflict that is not named is none of this item's: whose item it is comes first, and then there is no such thing.
    let conflict = fields.parsed("conflict").unwrap_or_else(|| ConflictId(uuid::Uuid::nil()));
    let owner = fields.filled("owner_other").or_else(|| fields.filled("owner")).unwrap_or_default();
    let form = ProposeForm { attempt, item, conflict, control: fields.text("control"), owner, until: fields.text("until") };
    match sod::propose(visit.app.ctx(), &visit.actor, &form).await {
        Ok(done) => Ok(visit.done(&back, done.sentence).await),
        Err(error) => again(&visit, item, &back, Entered::Propose(form), error).await,
    }
}

fn reader_start(visit: &Visit) -> String {
    app::render::Reader { name: visit.actor.name.clone(), roles: visit.actor.roles.clone() }.start().to_owned()
}

/// The page again, with what was typed, what is wrong and what is true now.
async fn again(visit: &Visit, item: ItemId, then: &str, entered: Entered, error: Error) -> Result<Response, Fail> {
    let back = format!("/items/{item}");
    let nothing: Vec<FieldError> = Vec::new();
    let (status, flash, errors) = match &error {
        Error::Invalid(errors) => (StatusCode::UNPROCESSABLE_ENTITY, None, errors.clone()),
        Error::Stale(now) => (StatusCode::CONFLICT, Some(Flash::look_again(now.clone())), nothing),
        Error::Refused(line) => (StatusCode::CONFLICT, Some(Flash::refused(line.clone())), nothing),
        _ => return Err(visit.fail(error, &back)),
    };
    let ctx = visit.app.ctx();
    let Ok(page) = view::item_with_errors(ctx, &visit.actor, item, &entered, &errors).await else {
        // It is no longer this person's to see: the sentence is all that can be said.
        return Err(visit.fail(error, "/"));
    };
    record_view(visit, &page).await?;
    let queue = then.split_once('?').unwrap_or((then, ""));
    let campaign: Option<CampaignId> = queue.0.strip_prefix("/reviews/").and_then(|id| id.parse().ok());
    if let Some(campaign) = campaign
        && let Ok(mut around) = view::queue(ctx, &visit.actor, campaign, &args(&Fields::parse(queue.1.as_bytes()))).await
    {
        around.item = Some(Box::new(page));
        return Ok(visit.answer(status, Page::Queue(Box::new(around)), flash));
    }
    Ok(visit.answer(status, Page::Item(Box::new(page)), flash))
}
