//! Campaigns that the platforms run, and people's own accounts there.

use super::{Fail, Fields, Query, Visit, see_other, visit::id};
use app::render::{Flash, Message, Page};
use axum::{body::Bytes, extract::Path, http::StatusCode, response::Response};
use connect::native::NativeId;
use domain::{CampaignId, ItemId, Showing, SourceId};
use review::{
    Error, FieldError,
    native::{self, LookAgainForm, NativeOpenForm, SendAgainForm, link},
    view,
};

/// What was begun at a platform, in the session.
const LINKING: &str = "linking";
/// Where the platforms send people back to, below this installation's own address.
const BACK: &str = "/account/linked";
/// Where every platform's campaigns are listed.
const LIST: &str = "/campaigns/platforms";

/// `GET /campaigns/platforms`.
pub async fn campaigns(visit: Visit) -> Result<Response, Fail> {
    let page = view::platform_campaigns(visit.app.ctx(), &visit.actor).await.map_err(|why| visit.fail(why, "/campaigns"))?;
    Ok(visit.show(Page::PlatformCampaigns(page)).await)
}

fn form(visit: &Visit, source: Option<&str>, campaign: String, run: String) -> Result<NativeOpenForm, Fail> {
    let source = source.and_then(|text| text.parse().ok()).ok_or_else(|| visit.message(StatusCode::NOT_FOUND, Message::not_found()))?;
    let time_zone = visit.app.time_zone().to_owned();
    let id = NativeId { campaign, run };
    Ok(NativeOpenForm { source, id, time_zone, by_service: false, acknowledge: false, showing: Showing::Shown })
}

/// `GET /campaigns/platforms/open`: what following it means.
pub async fn open_form(visit: Visit, query: Query) -> Result<Response, Fail> {
    let text = |field: &str| query.get(field).unwrap_or_default().to_owned();
    if query.get("source").is_none() {
        // Which one was not said: the list offers them all.
        return Ok(see_other(LIST));
    }
    let form = form(&visit, query.get("source"), text("campaign"), text("run"))?;
    let ctx = visit.app.ctx();
    let plan = native::preview(ctx, &visit.actor, form.source, &form.id).await;
    let plan = plan.map_err(|why| visit.fail(why, LIST))?;
    let page = view::open_platform_campaign(&plan, &form, visit.app.defaults().1, ctx.env.id(), Vec::new());
    Ok(visit.show(Page::OpenPlatformCampaign(Box::new(page))).await)
}

/// `POST /campaigns/platforms/open`.
pub async fn open(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let back = LIST;
    let (Some(attempt), true) = (fields.attempt(), fields.get("source").is_some()) else {
        return Err(visit.incomplete(back));
    };
    let form = form(&visit, fields.get("source"), fields.text("campaign"), fields.text("run"))?;
    let showing = if fields.ticked("hidden") { Showing::Hidden } else { Showing::Shown };
    let form = NativeOpenForm { by_service: fields.ticked("by_service"), acknowledge: fields.ticked("acknowledge"), showing, ..form };
    let ctx = visit.app.ctx();
    let errors: Vec<FieldError> = match native::open(ctx, &visit.actor, attempt, &form, visit.app.defaults().1).await {
        Ok(campaign) => {
            let line = "The campaign is open here, and its reviewers find it under My reviews.";
            return Ok(visit.done(&format!("/campaigns/{campaign}"), line).await);
        }
        Err(Error::Invalid(errors)) => errors,
        Err(error) => return Err(visit.fail(error, back)),
    };
    let plan = native::preview(ctx, &visit.actor, form.source, &form.id).await.map_err(|why| visit.fail(why, back))?;
    let page = view::open_platform_campaign(&plan, &form, visit.app.defaults().1, attempt, errors);
    Ok(visit.answer(StatusCode::UNPROCESSABLE_ENTITY, Page::OpenPlatformCampaign(Box::new(page)), None::<Flash>))
}

fn back(visit: &Visit) -> Result<String, Fail> {
    visit.app.public_url().join(BACK).map(String::from).map_err(|why| visit.broken(&why))
}

/// `GET /account/link/{source}`: on to the platform.
pub async fn begin(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let source: SourceId = id(&visit, &path)?;
    let begun = link::begin(visit.app.ctx(), &visit.actor, source, &back(&visit)?).await.map_err(|why| visit.fail(why, "/account"))?;
    visit.session.insert(LINKING, begun.pending).await.map_err(|why| visit.broken(&why))?;
    Ok(see_other(&begun.url))
}

/// `GET /account/linked`: back from the platform.
pub async fn linked(visit: Visit, query: Query) -> Result<Response, Fail> {
    let pending: Option<link::Pending> = visit.session.remove(LINKING).await.map_err(|why| visit.broken(&why))?;
    let (Some(pending), Some(state)) = (pending, query.get("state")) else {
        let line = "This answer does not belong to a link that began in this browser. Nothing was linked. Link the account again.";
        return Ok(visit.not_done("/account", line).await);
    };
    let Some(code) = query.get("code") else {
        return Ok(visit.not_done("/account", "The platform did not let you through, or you turned back there. Nothing was linked.").await);
    };
    match link::finish(visit.app.ctx(), &visit.actor, &pending, state, code, &back(&visit)?).await {
        Ok(done) => Ok(visit.done("/account", done.sentence).await),
        Err(Error::Refused(line) | Error::Source(line)) => Ok(visit.not_done("/account", line).await),
        Err(error) => Err(visit.fail(error, "/account")),
    }
}

/// `POST /account/unlink/{source}`.
pub async fn unlink(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let source: SourceId = id(&visit, &path)?;
    let Some(attempt) = Fields::of(&body).attempt() else {
        return Err(visit.incomplete("/account"));
    };
    let done = link::unlink(visit.app.ctx(), &visit.actor, attempt, source).await.map_err(|why| visit.fail(why, "/account"))?;
    Ok(visit.done("/account", done.sentence).await)
}

/// `POST /campaigns/{campaign}/read-back`: what the platform says of its campaign is wanted now.
pub async fn look_again(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let campaign: CampaignId = id(&visit, &path)?;
    let then = format!("/campaigns/{campaign}#platform");
    let Some(attempt) = Fields::of(&body).attempt() else {
        return Err(visit.incomplete(&then));
    };
    let done = native::look_again(visit.app.ctx(), &visit.actor, &LookAgainForm { attempt, campaign }).await;
    let done = done.map_err(|why| visit.fail(why, &then))?;
    Ok(visit.done(&then, done.sentence).await)
}

/// `POST /items/{item}/send-again`: an answer that the platform did not take.
pub async fn send_again(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let item: ItemId = id(&visit, &path)?;
    let fields = Fields::of(&body);
    let then = fields.then().unwrap_or_else(|| "/campaigns".to_owned());
    let (Some(attempt), Some(expected_version)) = (fields.attempt(), fields.parsed("expected_version")) else {
        return Err(visit.incomplete(&then));
    };
    let done = native::send_again(visit.app.ctx(), &visit.actor, &SendAgainForm { attempt, item, expected_version }).await;
    let done = done.map_err(|why| visit.fail(why, &then))?;
    Ok(visit.done(&then, done.sentence).await)
}
