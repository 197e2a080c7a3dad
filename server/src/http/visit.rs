//! Who asks, and how they are answered.

use super::{Fail, see_other};
use crate::{
    serve::App,
    sessions::{Kept, WHO, Who},
};
use app::render::{Chrome, Flash, Message, Page, Reader, page};
use axum::{
    extract::{FromRequestParts, Path},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use review::{Actor, Error, FieldError, users::Known};
use serde::{Deserialize, Serialize};
use std::{convert::Infallible, fmt, ops::Deref, str::FromStr, sync::Arc};
use store::SessionHash;
use tower_sessions::Session;

const FLASH: &str = "flash";

/// What the outermost layer gives every request.
#[derive(Debug, Clone)]
pub struct Marks {
    /// The nonce of this answer's Content-Security-Policy.
    pub nonce: Arc<str>,
    /// The id under which the log knows the request.
    pub request: Arc<str>,
}

/// Who is signed in, once the guard has looked.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The person.
    pub actor: Actor,
    /// The session's contents.
    pub who: Who,
    /// The session, as the database knows it.
    pub hash: SessionHash,
    /// The time zone in which they read; `None` where the installation's holds.
    pub zone: Option<String>,
    /// Whether a removal in conflict waits for them, as the navigation says.
    pub removals: bool,
}

/// Somebody with a browser, signed in or not.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// The program.
    pub app: App,
    /// The session, empty before anything is kept in it.
    pub session: Session,
    /// The id under which the log knows the request.
    pub request: String,
    nonce: String,
    reader: Option<Reader>,
    zone: Option<String>,
    removals: bool,
}

/// Somebody who is signed in and whose role lets them ask this at all.
#[derive(Debug, Clone)]
pub struct Visit {
    visitor: Visitor,
    /// The person.
    pub actor: Actor,
    /// What the session holds.
    pub who: Who,
    /// The session, as the database knows it.
    pub hash: SessionHash,
}

impl Deref for Visit {
    type Target = Visitor;
    fn deref(&self) -> &Visitor {
        &self.visitor
    }
}

#[derive(Serialize, Deserialize)]
struct Said {
    refused: bool,
    line: String,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let marks = parts.extensions.get::<Marks>();
        let signed_in = parts.extensions.get::<SignedIn>();
        Ok(Self {
            app: app.clone(),
            session: parts
                .extensions
                .get::<Session>()
                .cloned()
                .unwrap_or_else(|| Session::new(None, Arc::new(app.sessions().clone()), None)),
            request: marks.map(|m| m.request.to_string()).unwrap_or_default(),
            nonce: marks.map(|m| m.nonce.to_string()).unwrap_or_default(),
            zone: signed_in.and_then(|s| s.zone.clone()),
            removals: signed_in.is_some_and(|s| s.removals),
            reader: signed_in.map(|s| Reader { name: s.actor.name.clone(), roles: s.actor.roles.clone() }),
        })
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Fail> {
        let Ok(visitor) = Visitor::from_request_parts(parts, app).await;
        // The guard lets nobody through who is not signed in; a route without a guard shows nothing.
        match parts.extensions.get::<SignedIn>().cloned() {
            Some(SignedIn { actor, who, hash, zone: _, removals: _ }) => Ok(Self { visitor, actor, who, hash }),
            None => Err(visitor.message(StatusCode::NOT_FOUND, Message::not_found())),
        }
    }
}

/// The person of a session, if it holds one and is not over.
pub async fn signed_in(app: &App, session: &Session) -> Result<Option<SignedIn>, Error> {
    let broken = |why: tower_sessions::session::Error| Error::Inconsistent(format!("session: {why}"));
    let Some(who) = session.get::<Who>(WHO).await.map_err(broken)? else {
        return Ok(None);
    };
    let Some(hash) = session.id().map(Kept::hash) else {
        return Ok(None);
    };
    if !app.sessions().used(hash, &who).await? {
        return Ok(None);
    }
    let known = review::users::known(app.ctx(), who.user, who.sign_in.clone()).await?;
    let Some(Known { actor, zone }) = known else { return Ok(None) };
    let removals = review::orders::settle::waits(app.ctx(), &actor).await?;
    Ok(Some(SignedIn { actor, who, hash, zone, removals }))
}

/// An id from an address, or "no such page".
pub fn id<T: FromStr>(visitor: &Visitor, Path(text): &Path<String>) -> Result<T, Fail> {
    text.parse().map_err(|_| visitor.message(StatusCode::NOT_FOUND, Message::not_found()))
}

impl Visitor {
    /// A page with a status.
    pub fn answer(&self, status: StatusCode, what: Page, flash: Option<Flash>) -> Response {
        let chrome = Chrome {
            reader: self.reader.clone(),
            now: self.app.ctx().env.now(),
            zone: self.zone.clone().unwrap_or_else(|| self.app.time_zone().to_owned()),
            nonce: self.nonce.clone(),
            assets: self.app.assets().clone(),
            flash,
            demo: self.app.demo().is_some(),
            removals: self.removals,
        };
        (status, [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], page(chrome, what)).into_response()
    }

    /// A page that says one thing.
    pub fn message(&self, status: StatusCode, message: Message) -> Fail {
        self.answer(status, Page::Message(message), None).into()
    }

    /// A page, with what was just done above it.
    pub async fn show(&self, what: Page) -> Response {
        let said: Option<Said> = if self.session.id().is_some() { self.session.remove(FLASH).await.unwrap_or_default() } else { None };
        let flash = said.map(|said| if said.refused { Flash::refused(said.line) } else { Flash::done(said.line) });
        self.answer(StatusCode::OK, what, flash)
    }

    async fn go(&self, to: &str, said: Said) -> Response {
        if let Err(why) = self.session.insert(FLASH, said).await {
            // It was done; only the sentence about it is lost.
            tracing::warn!(request = %self.request, error = %why, "what was done could not be said");
        }
        see_other(to)
    }

    /// It was done: 303 to where it shows, which says so.
    pub async fn done(&self, to: &str, line: impl Into<String>) -> Response {
        self.go(to, Said { refused: false, line: line.into() }).await
    }

    /// It was not done, and there is no form to show again: 303 to where one can look.
    pub async fn not_done(&self, to: &str, line: impl Into<String>) -> Response {
        self.go(to, Said { refused: true, line: line.into() }).await
    }

    /// A form that lacks what every form of ours carries.
    pub fn incomplete(&self, back: &str) -> Fail {
        let line = "This form did not arrive whole. Open the page again and repeat what you wanted to do.";
        self.message(StatusCode::UNPROCESSABLE_ENTITY, Message::refused(line, back))
    }

    /// What a use case answered instead of doing it. `back` is where one can look again.
    pub fn fail(&self, error: Error, back: &str) -> Fail {
        let (status, message) = match error {
            Error::NotFound => (StatusCode::NOT_FOUND, Message::not_found()),
            Error::Stale(now) => (StatusCode::CONFLICT, Message::stale(now, back)),
            Error::Invalid(fields) => {
                let lines: Vec<String> = fields.into_iter().map(|field| field.message).collect();
                (StatusCode::UNPROCESSABLE_ENTITY, Message::refused(lines.join(" "), back))
            }
            Error::Refused(line) | Error::Source(line) => (StatusCode::CONFLICT, Message::refused(line, back)),
            Error::Store(store::Error::Busy(_) | store::Error::Database(_)) => {
                tracing::error!(request = %self.request, error = %error, cause = ?std::error::Error::source(&error).map(ToString::to_string), "the database did not answer");
                (StatusCode::SERVICE_UNAVAILABLE, Message::unavailable())
            }
            Error::Store(_) | Error::Inconsistent(_) => return self.broken(&error),
        };
        self.message(status, message)
    }

    /// A form again, with what was typed: 422 with what is wrong beside its field, 409 where what it was about has changed.
    /// Any other error, and a form that cannot be shown any more, is answered as [`Self::fail`] does.
    pub async fn again(
        &self,
        error: Error,
        back: &str,
        page: impl AsyncFnOnce(Vec<FieldError>) -> Result<Page, Error>,
    ) -> Result<Response, Fail> {
        let (status, errors) = match &error {
            Error::Invalid(errors) => (StatusCode::UNPROCESSABLE_ENTITY, errors.clone()),
            Error::Stale(_) => (StatusCode::CONFLICT, Vec::new()),
            _ => return Err(self.fail(error, back)),
        };
        match page(errors).await {
            Ok(page) => Ok(self.answer(status, page, None)),
            Err(_) => Err(self.fail(error, back)),
        }
    }

    /// Something of ours failed: logged, and answered with the reference.
    pub fn broken(&self, why: &dyn fmt::Display) -> Fail {
        tracing::error!(request = %self.request, error = %why, "a request failed");
        self.message(StatusCode::INTERNAL_SERVER_ERROR, Message::failed(self.request.clone()))
    }
}
