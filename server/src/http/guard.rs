//! The layers around every route.

use super::{
    Right, Route, api, plain, see_other, table,
    visit::{Marks, Visitor, signed_in},
};
use crate::serve::App;
use app::render::Message;
use axum::{
    Router,
    extract::{ConnectInfo, DefaultBodyLimit, FromRequestParts as _, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use domain::rights;
use std::{net::SocketAddr, time::Duration};
use tower_http::{compression::CompressionLayer, timeout::TimeoutLayer};
use tower_sessions::{Expiry, Session, SessionManagerLayer, cookie::SameSite};

/// The largest form, in bytes.
const LARGEST_FORM: usize = 256 * 1024;
/// How long an answer may take: opening a large campaign and reading a large source take a minute.
const LONGEST: Duration = Duration::from_mins(3);

/// The router: every line of the table, each behind its right, and the layers around all.
pub fn router(app: App) -> Router {
    let https = app.is_https();
    let sessions = SessionManagerLayer::new(app.sessions().clone())
        .with_name(if https { "__Host-countersign" } else { "countersign" })
        .with_path("/")
        .with_http_only(true)
        .with_secure(https)
        // Lax, not Strict: the provider sends people back with a link, and the session that began must be known then.
        .with_same_site(SameSite::Lax)
        // The cookie ends with the browser; the session ends by the store's own limits.
        .with_expiry(Expiry::OnSessionEnd);
    let mut router = Router::new();
    for Route { path, right, handler, .. } in table() {
        let guard = from_fn_with_state((app.clone(), right), guard);
        router = router.route(path, handler.route_layer(guard));
    }
    router
        .fallback(nothing)
        .layer(from_fn_with_state(app.clone(), same_origin))
        .layer(sessions)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, LONGEST))
        .layer(from_fn(explain))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(app.clone(), mark))
        .with_state(app)
}

async fn nothing(visitor: Visitor) -> Response {
    visitor.message(StatusCode::NOT_FOUND, Message::not_found()).into_response()
}

/// Lets through who is signed in and has the right at all. For others the address does not exist.
async fn guard(State((app, right)): State<(App, Right)>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(visitor) = Visitor::from_request_parts(&mut parts, &app).await;
    if parts.uri.path() == "/sign-in/start"
        && let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>()
        && !app.limit().allows(peer.ip(), app.ctx().env.now())
    {
        let lines = ["Too many sign-ins began from this address within a minute.", "Wait a minute, then sign in again."];
        return plain::page(StatusCode::TOO_MANY_REQUESTS, "Wait a moment", &lines);
    }
    let session = parts.extensions.get::<Session>().cloned();
    let (Right::To(action, object), Some(session)) = (right, session) else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let for_programs = parts.uri.path().starts_with("/api/");
    match signed_in(&app, &session).await {
        Err(error) => visitor.fail(error, "/").into_response(),
        Ok(None) if for_programs => api::not_signed_in(),
        // A browser begins a stream again by itself; this answer tells it to stop (HTML, Server-sent events).
        Ok(None) if wants_a_stream(&parts.headers) => StatusCode::NO_CONTENT.into_response(),
        Ok(None) => {
            see_other(&to_sign_in(&parts.method, parts.uri.path_and_query().map(axum::http::uri::PathAndQuery::as_str).unwrap_or_default()))
        }
        Ok(Some(found)) => {
            if rights::scope(&found.actor.roles, action, object) == rights::Scope::None {
                if for_programs {
                    return api::nothing();
                }
                parts.extensions.insert(found);
                let Ok(visitor) = Visitor::from_request_parts(&mut parts, &app).await;
                return visitor.message(StatusCode::NOT_FOUND, Message::not_found()).into_response();
            }
            parts.extensions.insert(found);
            next.run(Request::from_parts(parts, body)).await
        }
    }
}

/// Whether a page's script asks, for a stream of events, and nobody who could follow a way to the sign-in.
fn wants_a_stream(headers: &HeaderMap) -> bool {
    headers.get(header::ACCEPT).is_some_and(|accept| accept == "text/event-stream")
}

fn to_sign_in(method: &Method, address: &str) -> String {
    if method == Method::GET && super::within(address) {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("then", address).finish();
        format!("/sign-in?{query}")
    } else {
        "/sign-in?notice=over".to_owned()
    }
}

/// Every write comes from a page of ours, by the browser's word (Fetch Metadata) or by its Origin.
async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    let looks = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if looks || is_ours(request.headers(), &app.public_url().origin().ascii_serialization()) {
        return next.run(request).await;
    }
    let lines = [
        "This form did not come from a page of Countersign, or your browser does not say where it came from. Nothing was recorded.",
        "Open Countersign by its own address and repeat what you wanted to do.",
    ];
    plain::page(StatusCode::FORBIDDEN, "This was not done", &lines)
}

fn is_ours(headers: &HeaderMap, origin: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match text("sec-fetch-site") {
        Some(site) => site == "same-origin",
        None => text("origin") == Some(origin),
    }
}

/// A layer's bare answer becomes a page.
async fn explain(request: Request, next: Next) -> Response {
    let answer = next.run(request).await;
    if answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html")) {
        return answer;
    }
    plain::of(answer.status()).unwrap_or(answer)
}

/// The outermost layer: ids, headers, the log and the figures.
async fn mark(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let env = &app.ctx().env;
    let begun = env.now();
    let marks = Marks { nonce: hex::encode(env.bytes::<16>()).into(), request: hex::encode(env.bytes::<8>()).into() };
    request.extensions_mut().insert(marks.clone());
    let method = request.method().as_str().to_owned();
    let asset = request.uri().path().starts_with("/pkg/");
    // The pattern, not the address: addresses hold ids, and queries what was searched for.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let mut answer = next.run(request).await;
    let took = env.now().since(begun);
    let status = answer.status().as_u16();
    app.figures().request(&method, &route, status, took);
    tracing::info!(request = %marks.request, method, route, status, took_micros = took, "answered");
    set_headers(answer.headers_mut(), &app, &marks, asset);
    answer
}

fn set_headers(headers: &mut HeaderMap, app: &App, marks: &Marks, asset: bool) {
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    set(HeaderName::from_static("x-request-id"), &marks.request);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Not "no-referrer": that makes browsers say "Origin: null" on our own forms. Nothing leaves the site with either.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()");
    if app.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000; includeSubDomains");
    }
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
         form-action 'self'{}; base-uri 'none'; frame-ancestors 'none'",
        marks.nonce,
        app.form_origins(),
    );
    set(header::CONTENT_SECURITY_POLICY, &policy);
    if !(asset && headers.contains_key(header::CACHE_CONTROL)) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}
