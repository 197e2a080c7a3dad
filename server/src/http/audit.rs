//! History, evidence, sources, and one's own account.

use super::{Fail, Fields, Query, Visit, attachment, visit::id};
use app::render::{Flash, Page};
use axum::{body::Bytes, extract::Path, http::StatusCode, response::Response};
use domain::{CampaignId, GrantId, PackId, RecommendationId, SourceId};
use review::{
    Error, FieldError, explain, export,
    sync::{self as reading, Begun},
    users,
    view::{
        self,
        types::{HistoryFilters, Several},
    },
};
use std::collections::BTreeSet;

/// `GET /account`.
pub async fn account(visit: Visit) -> Result<Response, Fail> {
    let page = view::account(visit.app.ctx(), &visit.actor, Some(visit.hash), visit.app.time_zone()).await;
    Ok(visit.show(Page::Account(page.map_err(|why| visit.fail(why, "/"))?)).await)
}

/// `POST /account/zone`: in which time zone the person reads. Nothing chosen takes the choice back.
pub async fn choose_zone(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let (Some(attempt), Some(zone)) = (fields.attempt(), fields.get("zone")) else {
        return Err(visit.incomplete("/account"));
    };
    let zone = Some(zone.trim()).filter(|zone| !zone.is_empty());
    let done = users::choose_zone(visit.app.ctx(), &visit.actor, attempt, zone).await.map_err(|why| visit.fail(why, "/account"))?;
    Ok(visit.done("/account", done).await)
}

/// `GET /history`.
pub async fn history(visit: Visit, query: Query) -> Result<Response, Fail> {
    let filters = HistoryFilters {
        person: query.text("person"),
        access: query.text("access"),
        source: query.text("source"),
        campaign: query.text("campaign"),
        state: query.text("state"),
        after: query.text("after"),
    };
    let page = view::history(visit.app.ctx(), &visit.actor, filters).await.map_err(|why| visit.fail(why, "/"))?;
    Ok(visit.show(Page::History(Box::new(page))).await)
}

/// `GET /history/{grant}`.
pub async fn grant(visit: Visit, path: Path<String>, query: Query) -> Result<Response, Fail> {
    let grant: GrantId = id(&visit, &path)?;
    let page = view::history_of_grant(visit.app.ctx(), &visit.actor, grant, query.parsed("recompute")).await;
    let page = page.map_err(|why| visit.fail(why, "/history"))?;
    Ok(visit.show(Page::GrantHistory(Box::new(page))).await)
}

/// `GET /recommendations/{recommendation}`: taken apart, made again and compared.
pub async fn recommendation(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let recommendation: RecommendationId = id(&visit, &path)?;
    let explained = explain::explain(visit.app.ctx(), Some(&visit.actor), recommendation).await.map_err(|why| visit.fail(why, "/"))?;
    Ok(visit.show(Page::Explanation(Box::new(explained))).await)
}

/// `GET /evidence`.
pub async fn evidence(visit: Visit, query: Query) -> Result<Response, Fail> {
    let page =
        view::evidence(visit.app.ctx(), &visit.actor, query.filled("after").as_deref(), None).await.map_err(|why| visit.fail(why, "/"))?;
    Ok(visit.show(Page::Evidence(Box::new(page))).await)
}

/// `POST /evidence/{campaign}/make`.
pub async fn make(visit: Visit, path: Path<String>, body: Bytes) -> Result<Response, Fail> {
    let campaign: CampaignId = id(&visit, &path)?;
    let Some(attempt) = Fields::of(&body).attempt() else {
        return Err(visit.incomplete("/evidence"));
    };
    let made =
        export::make(visit.app.ctx(), Some(&visit.actor), campaign, Some(attempt)).await.map_err(|why| visit.fail(why, "/evidence"))?;
    Ok(visit.done("/evidence", format!("The pack {} was made and verified. Its SHA-256 is {}.", made.file, made.sha256)).await)
}

/// `POST /evidence/make`: one pack of several campaigns.
pub async fn make_of_several(visit: Visit, body: Bytes) -> Result<Response, Fail> {
    let fields = Fields::of(&body);
    let Some(attempt) = fields.attempt() else {
        return Err(visit.incomplete("/evidence"));
    };
    let ticked: BTreeSet<CampaignId> = fields.all("campaigns").iter().filter_map(|id| id.parse().ok()).collect();
    let ctx = visit.app.ctx();
    let made = match export::Campaigns::of(ticked.iter().copied()) {
        Ok(campaigns) => export::make(ctx, Some(&visit.actor), campaigns, Some(attempt)).await,
        Err(error) => Err(error),
    };
    let (status, errors) = match made {
        Ok(made) => {
            let line =
                format!("The pack {} was made of {} campaigns and verified. Its SHA-256 is {}.", made.file, ticked.len(), made.sha256);
            return Ok(visit.done("/evidence", line).await);
        }
        Err(Error::Invalid(errors)) => (StatusCode::UNPROCESSABLE_ENTITY, errors),
        Err(Error::Refused(message)) => (StatusCode::CONFLICT, vec![FieldError { field: "campaigns".to_owned(), message }]),
        Err(error) => return Err(visit.fail(error, "/evidence")),
    };
    let again = Several { attempt, ticked, errors };
    let page = view::evidence(ctx, &visit.actor, None, Some(again)).await.map_err(|why| visit.fail(why, "/evidence"))?;
    Ok(visit.answer(status, Page::Evidence(Box::new(page)), None))
}

/// `GET /evidence/packs/{pack}`.
pub async fn take(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let pack: PackId = id(&visit, &path)?;
    let taken = export::taken(visit.app.ctx(), &visit.actor, pack).await.map_err(|why| visit.fail(why, "/evidence"))?;
    let bytes = tokio::fs::read(&taken.path).await.map_err(|why| visit.broken(&format!("pack {pack}: {why}")))?;
    Ok(attachment(&taken.file, "application/zip", bytes))
}

/// `GET /sources`.
pub async fn sources(visit: Visit) -> Result<Response, Fail> {
    let page = view::sources(visit.app.ctx(), &visit.actor).await.map_err(|why| visit.fail(why, "/"))?;
    Ok(visit.show(Page::Sources(page)).await)
}

/// `GET /sources/{source}`.
pub async fn source(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let source: SourceId = id(&visit, &path)?;
    let page = view::source(visit.app.ctx(), &visit.actor, source, None, Vec::new()).await.map_err(|why| visit.fail(why, "/sources"))?;
    Ok(visit.show(Page::Source(Box::new(page))).await)
}

/// `POST /sources/{source}/preview`: reads the source and stores nothing.
pub async fn preview(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let source: SourceId = id(&visit, &path)?;
    let ctx = visit.app.ctx();
    let back = format!("/sources/{source}");
    let found = reading::preview(ctx, &visit.actor, source).await.map_err(|why| visit.fail(why, &back))?;
    let page =
        view::source(ctx, &visit.actor, source, Some(view::import(found)), Vec::new()).await.map_err(|why| visit.fail(why, "/sources"))?;
    Ok(visit.answer(StatusCode::OK, Page::Source(Box::new(page)), None))
}

/// `POST /sources/{source}/sync`.
pub async fn sync(visit: Visit, path: Path<String>) -> Result<Response, Fail> {
    let source: SourceId = id(&visit, &path)?;
    let ctx = visit.app.ctx();
    let back = format!("/sources/{source}");
    match reading::begin(ctx, &visit.actor, source).await {
        Ok(Begun::UnderWay) => {
            let line = "The reading has begun. It takes as long as the platform's limits ask for; what comes of it stands here.";
            Ok(visit.done(&back, line.to_owned()).await)
        }
        Ok(Begun::Read(done)) => {
            let grants = done.changes.grants;
            let line = format!("Read. {} grants: {} new, {} changed, {} gone.", grants.total, grants.new, grants.changed, grants.gone);
            Ok(visit.done(&back, line).await)
        }
        Err(Error::Source(line)) => {
            let errors = vec![FieldError { field: "source".to_owned(), message: line.clone() }];
            let page = view::source(ctx, &visit.actor, source, None, errors).await.map_err(|why| visit.fail(why, "/sources"))?;
            Ok(visit.answer(StatusCode::UNPROCESSABLE_ENTITY, Page::Source(Box::new(page)), Some(Flash::refused(line))))
        }
        Err(error) => Err(visit.fail(error, &back)),
    }
}
