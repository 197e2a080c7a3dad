//! Campaigns, removals and findings.

use super::{Fail, Fields, Query, Visit, visit::id};
use app::render::{Flash, Page};
use axum::{body::Bytes, extract::Path, http::StatusCode, response::Response};
use domain::{CampaignId, FindingId, OrderId};
use review::{
    Error, FieldError,
    close::{self, CloseForm},
    findings::{self, SettleForm},
    open::{self, OpenForm},
    orders::{self, ReleaseForm, RetryForm, SwitchForm, freeze},
    view::{
        self, SettleEntered,
        types::{FreezeEntered, OpenEntered, OpenPreview, ScopeKind},
    },
};

/// `GET /campaigns`.
pub async fn campaigns(visit: Visit, query: Query) -> Result<Response, Fail> {
    let page =
        view::campaigns(visit.app.ctx(), &visit.actor, query.filled("after").as_deref()).await.map_err(|why| visit.fail(why, "/"))?;
    Ok(visit.show(Page::Campaigns(page)).await)
}

/// `GET /campaigns/{campaign}`.
pub async fn campaign(visit: Visit, path: Path<String>, query: Query) -> Result<Response, Fail> {
    let campaign: CampaignId = id(&visit, &path)?;
    let after = query.filled("after");
    let page =
        view::campaign(visit.app.ctx(), &visit.actor, campaign, after.as_deref()).await.map_err(|why| visit.fail(why, "/campaigns"))?;
    Ok(visit.show(Page::Campaign(Box::new(page))).await)
}

/// `GET /campaigns/open`.
pub async fn open_form(visit: Visit) -> Result<Response, Fail> {
    let page = view::open_form(visit.app.ctx(), &visit.actor, None, None, Vec::new(), None, visit.app.defaults());
    let page = page.await.map_err(|why| visit.fail(why, "/campaigns"))?;
    Ok(visit.show(Page::OpenCampaign(Box::new(page))).await)
}

fn entered(fields: &Fields) -> OpenEntered {
    OpenEntered {
        name: fields.text("name"),
        sources: fields.all("sources"),
        scope: match fields.get("scope") {
            Some("sensitivities") => ScopeKind::Sensitivities,
            Some("departments") => ScopeKind::Departments,
            Some("applications") => ScopeKind::Applications,
            Some("causes") => ScopeKind::Causes,
            Some("riskiest") => ScopeKind::Riskiest,
            Some("unused") => ScopeKind::Unused,
            Some("changed_job") => ScopeKind::ChangedJob,
            _ => ScopeKind::All,
        },
        sensitivities: fields.all("sensitivities"),
        departments: fields.all("departments"),
        applications: fields.all("applications"),
        causes: fields.all("causes"),
        riskiest: fields.text("riskiest"),
        unused_days: fields.text("unused_days"),
        changed_since: fields.text("changed_since"),
        due_on: fields.text("due_on"),
        due_time: fields.text("due_time"),
        zone: fields.text("zone"),
        default_action: fields.text("default_action"),
        undo_minutes: fields.text("undo_minutes"),
        hidden: fields.ticked("hidden"),
    }
}

/// `POST /campaigns/open`: a look at first (`step=preview`), then for good (`step=confirm`).
pub async fn open(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let back = "/campaigns/open";
    let Some(attempt) = fields.attempt() else {
        return Err(visit.incomplete(back));
    };
    let entered = entered(&fields);
    let ctx = visit.app.ctx();
    let again = async |status: StatusCode, errors: Vec<FieldError>, preview: Option<OpenPreview>, flash: Option<Flash>| {
        let page = view::open_form(ctx, &visit.actor, Some(attempt), Some(entered.clone()), errors, preview, visit.app.defaults());
        let page = page.await.map_err(|why| visit.fail(why, back))?;
        Ok(visit.answer(status, Page::OpenCampaign(Box::new(page)), flash))
    };
    let form = match OpenForm::parse(&entered, visit.app.defaults().1, ctx.env.now()) {
        Ok(form) => form,
        Err(Error::Invalid(errors)) => {
            return again(StatusCode::UNPROCESSABLE_ENTITY, errors, None, None).await;
        }
        Err(error) => return Err(visit.fail(error, back)),
    };
    let result = if fields.get("step") == Some("confirm") {
        match open::open(ctx, &visit.actor, attempt, &form).await {
            Ok(campaign) => {
                let line = format!("\u{201c}{}\u{201d} is open, and its reviewers find it under My reviews.", form.name);
                return Ok(visit.done(&format!("/campaigns/{campaign}"), line).await);
            }
            Err(error) => Err(error),
        }
    } else {
        open::preview(ctx, &visit.actor, &form).await.map(|plan| view::open_preview(&plan, &form))
    };
    match result {
        Ok(preview) => again(StatusCode::OK, Vec::new(), Some(preview), None).await,
        Err(Error::Invalid(errors)) => again(StatusCode::UNPROCESSABLE_ENTITY, errors, None, None).await,
        Err(Error::Stale(line)) => again(StatusCode::CONFLICT, Vec::new(), None, Some(Flash::look_again(line))).await,
        Err(Error::Refused(line) | Error::Source(line)) => again(StatusCode::CONFLICT, Vec::new(), None, Some(Flash::refused(line))).await,
        Err(error) => Err(visit.fail(error, back)),
    }
}

/// `GET /campaigns/{campaign}/close`: the dry run.
pub async fn close_form(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let campaign: CampaignId = id(&visit, &path)?;
    let back = format!("/campaigns/{campaign}");
    let page = view::close(visit.app.ctx(), &visit.actor, campaign, None, Vec::new()).await.map_err(|why| visit.fail(why, &back))?;
    Ok(visit.show(Page::CloseCampaign(Box::new(page))).await)
}

/// `POST /campaigns/{campaign}/close`.
pub async fn close(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let campaign: CampaignId = id(&visit, &path)?;
    let fields = Fields::of(&body);
    let back = format!("/campaigns/{campaign}");
    let (Some(attempt), Some(expected_version), Some(preview_digest)) =
        (fields.attempt(), fields.parsed("expected_version"), fields.digest("preview_digest"))
    else {
        return Err(visit.incomplete(&back));
    };
    let acknowledge = fields.ticked("acknowledge");
    let form = CloseForm { attempt, campaign, expected_version, preview_digest, acknowledge };
    let error = match close::close(visit.app.ctx(), &visit.actor, &form).await {
        Ok(done) => return Ok(visit.done(&back, done.sentence).await),
        Err(error) => error,
    };
    let page = async |errors| {
        let page = view::close(visit.app.ctx(), &visit.actor, campaign, Some(&form), errors).await?;
        Ok(Page::CloseCampaign(Box::new(page)))
    };
    visit.again(error, &back, page).await
}

/// `POST /orders/{order}/release`.
pub async fn release(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let order: OrderId = id(&visit, &path)?;
    let fields = Fields::of(&body);
    let then = fields.then().unwrap_or_else(|| "/campaigns".to_owned());
    let (Some(attempt), Some(expected_version)) = (fields.attempt(), fields.parsed("expected_version")) else {
        return Err(visit.incomplete(&then));
    };
    let done = orders::release(visit.app.ctx(), &visit.actor, &ReleaseForm { attempt, order, expected_version }).await;
    let done = done.map_err(|why| visit.fail(why, &then))?;
    Ok(visit.done(&then, done.sentence).await)
}

/// `POST /orders/{order}/retry`: what was refused may leave again.
pub async fn retry(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let order: OrderId = id(&visit, &path)?;
    let fields = Fields::of(&body);
    let then = fields.then().unwrap_or_else(|| "/campaigns".to_owned());
    let (Some(attempt), Some(expected_version)) = (fields.attempt(), fields.parsed("expected_version")) else {
        return Err(visit.incomplete(&then));
    };
    let done = orders::retry(visit.app.ctx(), &visit.actor, &RetryForm { attempt, order, expected_version }).await;
    let done = done.map_err(|why| visit.fail(why, &then))?;
    Ok(visit.done(&then, done.sentence).await)
}

/// `POST /orders/switch`.
pub async fn switch(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let then = fields.then().unwrap_or_else(|| "/campaigns".to_owned());
    let (Some(attempt), Some(on)) = (fields.attempt(), fields.parsed("on")) else {
        return Err(visit.incomplete(&then));
    };
    let done = orders::switch(visit.app.ctx(), &visit.actor, &SwitchForm { attempt, on }).await.map_err(|why| visit.fail(why, &then))?;
    Ok(visit.done(&then, done.sentence).await)
}

/// `GET /freezes`.
pub async fn freezes(visit: Visit) -> Result<Response, Fail> {
    let page =
        view::freezes(visit.app.ctx(), &visit.actor, None, visit.app.time_zone()).await.map_err(|why| visit.fail(why, "/campaigns"))?;
    Ok(visit.show(Page::Freezes(Box::new(page))).await)
}

/// `POST /freezes`: adds a window.
pub async fn add_freeze(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let Some(attempt) = fields.attempt() else {
        return Err(visit.incomplete("/freezes"));
    };
    let ctx = visit.app.ctx();
    let text = |name: &str| fields.text(name);
    let entered = FreezeEntered {
        name: text("name"),
        from_on: text("from_on"),
        from_time: text("from_time"),
        until_on: text("until_on"),
        until_time: text("until_time"),
        zone: text("zone"),
        source: text("source"),
        application: text("application"),
    };
    let added = match view::freeze_window(&entered) {
        Ok(window) => freeze::add(ctx, &visit.actor, attempt, &window).await.map(|()| window.name),
        Err(error) => Err(error),
    };
    let error = match added {
        Ok(name) => {
            let line = format!("\u{201c}{name}\u{201d} is set. Removals that it means wait until it is over.");
            return Ok(visit.done("/freezes", line).await);
        }
        Err(error) => error,
    };
    let Error::Invalid(errors) = error else {
        return Err(visit.fail(error, "/freezes"));
    };
    let page = view::freezes(ctx, &visit.actor, Some((attempt, entered, errors)), visit.app.time_zone()).await;
    let page = page.map_err(|why| visit.fail(why, "/freezes"))?;
    Ok(visit.answer(StatusCode::UNPROCESSABLE_ENTITY, Page::Freezes(Box::new(page)), None))
}

/// `POST /freezes/remove`: takes a window off the list.
pub async fn remove_freeze(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let (Some(attempt), Some(window)) = (fields.attempt(), fields.filled("window")) else {
        return Err(visit.incomplete("/freezes"));
    };
    let done = freeze::remove(visit.app.ctx(), &visit.actor, attempt, &window).await;
    done.map_err(|why| visit.fail(why, "/freezes"))?;
    Ok(visit.done("/freezes", "The window is off. What only it held moves on.").await)
}

/// `GET /findings`.
pub async fn findings(visit: Visit, query: Query) -> Result<Response, Fail> {
    let page =
        view::findings(visit.app.ctx(), &visit.actor, query.filled("after").as_deref(), None).await.map_err(|why| visit.fail(why, "/"))?;
    Ok(visit.show(Page::Findings(Box::new(page))).await)
}

/// `POST /findings/{finding}/settle`.
pub async fn settle(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let finding: FindingId = id(&visit, &path)?;
    let fields = Fields::of(&body);
    let Some(attempt) = fields.attempt() else {
        return Err(visit.incomplete("/findings"));
    };
    let ctx = visit.app.ctx();
    let result = match fields.parsed("result") {
        Some(outcome) => {
            findings::settle(ctx, &visit.actor, &SettleForm { attempt, finding, outcome, note: fields.filled("outcome") }).await
        }
        None => Err(Error::field("outcome", "Choose what came of it. Nothing was settled.")),
    };
    let error = match result {
        Ok(done) => return Ok(visit.done("/findings", done.sentence).await),
        Err(error) => error,
    };
    let Error::Invalid(errors) = &error else {
        return Err(visit.fail(error, "/findings"));
    };
    let errors = errors.iter().map(|error| FieldError { field: "outcome".to_owned(), message: error.message.clone() }).collect();
    let entered = SettleEntered { finding, attempt, entered: fields.text("outcome"), errors };
    let page = view::findings(ctx, &visit.actor, None, Some(&entered)).await.map_err(|why| visit.fail(why, "/findings"))?;
    Ok(visit.answer(StatusCode::UNPROCESSABLE_ENTITY, Page::Findings(Box::new(page)), None))
}
