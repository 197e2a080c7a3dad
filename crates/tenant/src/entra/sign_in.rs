//! The sign-in side: authorize and token endpoints, for applications by themselves and for people.
//!
//! Like the sign-in provider, it knows nobody's password and therefore answers on loopback only.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::serving::{Caller, Shared, Tenant, Token};
use super::{Deviation, Registration};
use crate::calendar::rfc3339;
use crate::idp::form::Form;
use crate::idp::pages;

/// How long an access token works, in seconds
/// ([lifetimes](https://learn.microsoft.com/entra/identity-platform/configurable-token-lifetimes)).
const TOKEN_SECONDS: i64 = 3_599;
/// How long a code lives, in seconds.
const CODE_SECONDS: i64 = 600;
/// Longest life of a client assertion, in seconds.
const ASSERTION_SECONDS: i64 = 86_400;
/// Graph's own name in scopes.
const GRAPH: &str = "https://graph.microsoft.com/";
/// Scopes that are Entra's own, not Graph's.
const OIDC: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// What somebody has begun and not finished.
#[derive(Debug, Default)]
pub(super) struct Pending {
    codes: BTreeMap<String, Grant>,
    refresh: BTreeMap<String, Grant>,
}

#[derive(Debug, Clone)]
struct Grant {
    client: String,
    redirect_uri: String,
    challenge: String,
    user: String,
    scopes: BTreeSet<String>,
    nonce: Option<String>,
    /// Seconds since 1970.
    ends: i64,
    used: bool,
}

/// An error in Entra's form.
struct Refused {
    status: StatusCode,
    error: &'static str,
    code: u32,
    text: &'static str,
}

const fn bad(error: &'static str, code: u32, text: &'static str) -> Refused {
    Refused { status: StatusCode::BAD_REQUEST, error, code, text }
}

const fn stranger(code: u32, text: &'static str) -> Refused {
    Refused { status: StatusCode::UNAUTHORIZED, error: "invalid_client", code, text }
}

fn seconds(tenant: &Tenant) -> i64 {
    tenant.now().div_euclid(1_000_000)
}

fn is_this(tenant: &Tenant, named: &str) -> bool {
    named.eq_ignore_ascii_case(&tenant.config.tenant_id) || named.eq_ignore_ascii_case("meridian.example")
}

/// The token endpoint.
pub(super) async fn token(State(tenant): Shared, Path(named): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let answer = exchange(&tenant, &named, &headers, &body);
    let no_store = [(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")];
    match answer {
        Ok(body) => (no_store, Json(body)).into_response(),
        Err(refused) => {
            let trace = tenant.secret();
            let trace = super::guid::guid("", "trace", &trace);
            let now = seconds(&tenant);
            let body = json!({
                "error": refused.error, "error_description": format!("AADSTS{}: {} Trace ID: {trace}", refused.code, refused.text),
                "error_codes": [refused.code], "timestamp": rfc3339(now).replace('T', " "), "trace_id": trace, "correlation_id": trace,
            });
            (refused.status, no_store, Json(body)).into_response()
        }
    }
}

fn exchange(tenant: &Tenant, named: &str, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refused> {
    if !is_this(tenant, named) {
        return Err(bad("invalid_request", 90_002, "The tenant is not known here."));
    }
    let form = Form::parse(body).map_err(|_| bad("invalid_request", 90_014, "A parameter stands there twice."))?;
    let client = client_of(tenant, headers, &form)?;
    match form.text("grant_type") {
        "client_credentials" => {
            if !proven(tenant, client, headers, &form)? {
                return Err(stranger(7_000_218, "The request must hold client_assertion or client_secret."));
            }
            let wanted = form.text("scope");
            if wanted != format!("{GRAPH}.default") && wanted != format!("{}/.default", tenant.base) {
                return Err(bad("invalid_scope", 70_011, "The scope is not valid for this flow; it ends with /.default."));
            }
            let caller = Caller::Application { app: client.client_id.clone(), roles: client.application.iter().cloned().collect() };
            Ok(issue(tenant, caller))
        }
        "authorization_code" => by_code(tenant, client, headers, &form),
        "refresh_token" => {
            require_proof(tenant, client, headers, &form)?;
            let now = seconds(tenant);
            let mut state = tenant.state();
            let found =
                state.sign_in.refresh.remove(form.text("refresh_token")).filter(|one| one.client == client.client_id && one.ends > now);
            drop(state);
            found.map(|grant| delegated(tenant, &grant)).ok_or(bad("invalid_grant", 700_082, "The refresh token is expired or not known."))
        }
        _ => Err(bad("unsupported_grant_type", 70_003, "The grant type is not supported.")),
    }
}

fn client_of<'a>(tenant: &'a Tenant, headers: &HeaderMap, form: &Form) -> Result<&'a Registration, Refused> {
    let basic = basic(headers);
    let id = basic.as_ref().map_or_else(|| form.text("client_id"), |(id, _)| id);
    tenant.config.registrations.iter().find(|one| one.client_id == id).ok_or(bad(
        "unauthorized_client",
        700_016,
        "The application is not in this tenant.",
    ))
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    text.split_once(':').map(|(id, secret)| (id.to_owned(), secret.to_owned()))
}

/// Whether the application proved who it is; an error where it tried and failed.
fn proven(tenant: &Tenant, client: &Registration, headers: &HeaderMap, form: &Form) -> Result<bool, Refused> {
    let secret = basic(headers).map(|(_, secret)| secret).or_else(|| form.get("client_secret").map(str::to_owned));
    if let Some(secret) = secret {
        let known = client.secret.as_deref().ok_or(stranger(7_000_215, "The client secret is not valid."))?;
        // Digests have one length and unknown content: comparing them tells nothing about the secret.
        return if Sha256::digest(known.as_bytes()) == Sha256::digest(secret.as_bytes()) {
            Ok(true)
        } else {
            Err(stranger(7_000_215, "The client secret is not valid."))
        };
    }
    let Some(assertion) = form.get("client_assertion") else { return Ok(false) };
    if form.text("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
        return Err(bad("invalid_request", 50_027, "client_assertion_type is not known."));
    }
    if asserted(tenant, client, assertion).is_some() {
        Ok(true)
    } else {
        Err(stranger(700_027, "The client assertion failed signature validation or its claims do not fit."))
    }
}

fn require_proof(tenant: &Tenant, client: &Registration, headers: &HeaderMap, form: &Form) -> Result<(), Refused> {
    let confidential = client.secret.is_some() || client.certificate.is_some();
    if proven(tenant, client, headers, form)? || !confidential {
        Ok(())
    } else {
        Err(stranger(7_000_218, "The request must hold client_assertion or client_secret."))
    }
}

/// Checks a client assertion: who signed it, for whom, until when.
fn asserted(tenant: &Tenant, client: &Registration, assertion: &str) -> Option<()> {
    let certificate = client.certificate.as_ref()?;
    let (text, signature) = assertion.rsplit_once('.')?;
    let (head, claims) = text.split_once('.')?;
    let json_of = |part: &str| -> Option<Value> { serde_json::from_slice(&BASE64.decode(part).ok()?).ok() };
    let (head, claims) = (json_of(head)?, json_of(claims)?);
    if head["x5t#S256"].as_str()? != certificate.thumbprint {
        return None;
    }
    let key = RsaPublicKeyComponents { n: &certificate.n, e: &certificate.e };
    let signature = BASE64.decode(signature).ok()?;
    let algorithm = match head["alg"].as_str()? {
        "PS256" => &RSA_PSS_2048_8192_SHA256,
        "RS256" => &RSA_PKCS1_2048_8192_SHA256,
        _ => return None,
    };
    key.verify(algorithm, text.as_bytes(), &signature).ok()?;
    let now = seconds(tenant);
    let endpoint = format!("{}/{}/oauth2/v2.0/token", tenant.base, tenant.config.tenant_id);
    let ends = claims["exp"].as_i64()?;
    let fits = claims["iss"] == client.client_id.as_str()
        && claims["sub"] == client.client_id.as_str()
        && claims["aud"] == endpoint.as_str()
        && claims["jti"].as_str().is_some_and(|id| !id.is_empty())
        && claims["nbf"].as_i64().is_none_or(|begins| begins <= now + 300)
        && ends > now - 300
        && ends <= now + ASSERTION_SECONDS;
    fits.then_some(())
}

fn by_code(tenant: &Tenant, client: &Registration, headers: &HeaderMap, form: &Form) -> Result<Value, Refused> {
    require_proof(tenant, client, headers, form)?;
    let now = seconds(tenant);
    let mut state = tenant.state();
    let found = state.sign_in.codes.get_mut(form.text("code")).filter(|grant| grant.client == client.client_id);
    let Some(grant) = found else { return Err(bad("invalid_grant", 9_002_313, "The code is not known.")) };
    if std::mem::replace(&mut grant.used, true) {
        return Err(bad("invalid_grant", 54_005, "The code was redeemed already."));
    }
    if grant.ends <= now {
        return Err(bad("invalid_grant", 70_008, "The code has expired."));
    }
    let verifier = form.text("code_verifier");
    if grant.redirect_uri != form.text("redirect_uri") || grant.challenge != BASE64.encode(Sha256::digest(verifier.as_bytes())) {
        return Err(bad("invalid_grant", 50_148, "The code verifier or the redirect URI does not match."));
    }
    let grant = grant.clone();
    drop(state);
    Ok(delegated(tenant, &grant))
}

fn issue(tenant: &Tenant, caller: Caller) -> Value {
    let token = tenant.secret();
    let ends = tenant.now() + TOKEN_SECONDS * 1_000_000;
    let mut state = tenant.state();
    let textual = state.deviations.contains(&Deviation::TextualExpiry);
    state.tokens.retain(|_, one| one.ends > ends - 2 * TOKEN_SECONDS * 1_000_000);
    state.tokens.insert(token.clone(), Token { caller, ends });
    let expires = if textual { json!(TOKEN_SECONDS.to_string()) } else { json!(TOKEN_SECONDS) };
    json!({ "token_type": "Bearer", "expires_in": expires, "ext_expires_in": expires, "access_token": token })
}

/// What a person's consent gives.
fn delegated(tenant: &Tenant, grant: &Grant) -> Value {
    let scopes: BTreeSet<String> = grant.scopes.iter().filter(|scope| !OIDC.contains(&scope.as_str())).cloned().collect();
    let mut body = issue(tenant, Caller::Person { app: grant.client.clone(), user: grant.user.clone(), scopes: scopes.clone() });
    body["scope"] = json!(scopes.iter().map(|scope| format!("{GRAPH}{scope}")).collect::<Vec<_>>().join(" "));
    let now = seconds(tenant);
    if grant.scopes.contains("openid") {
        let state = tenant.state();
        let user = state.directory.users.get(&grant.user);
        let claims = json!({
            "iss": format!("{}/{}/v2.0", tenant.base, tenant.config.tenant_id), "aud": grant.client, "tid": tenant.config.tenant_id,
            "oid": grant.user, "sub": super::guid::guid(&grant.client, "subject", &grant.user), "iat": now, "nbf": now, "exp": now + TOKEN_SECONDS,
            "nonce": grant.nonce, "name": user.map(|user| &user.name), "preferred_username": user.map(|user| &user.upn), "ver": "2.0",
        });
        drop(state);
        body["id_token"] = json!(tenant.config.keys.sign(&claims));
    }
    if grant.scopes.contains("offline_access") {
        let refresh = tenant.secret();
        let kept = Grant { ends: now + 90 * 86_400, ..grant.clone() };
        tenant.state().sign_in.refresh.insert(refresh.clone(), kept);
        body["refresh_token"] = json!(refresh);
    }
    body
}

/// The authorize endpoint: says who may sign in.
pub(super) async fn authorize(State(tenant): Shared, Path(named): Path<String>, RawQuery(query): RawQuery) -> Response {
    let form = match Form::parse(query.unwrap_or_default().as_bytes()) {
        Ok(form) => form,
        Err(twice) => return pages::refuse(&format!("The request has the parameter \"{twice}\" twice.")),
    };
    if !is_this(&tenant, &named) {
        return pages::refuse("The tenant that you were sent to is not known here.");
    }
    if let Err(refusal) = check(&tenant, &form) {
        return turn_back(&form, &refusal);
    }
    let state = tenant.state();
    let hint = form.text("login_hint");
    let managers: BTreeSet<&String> = state.directory.users.values().filter_map(|user| user.manager.as_ref()).collect();
    let mut rows = Vec::new();
    for user in state.directory.users.values().filter(|user| user.enabled) {
        let hinted = !hint.is_empty() && (user.upn == hint || user.mail.as_deref() == Some(hint));
        if hinted || (hint.is_empty() && managers.contains(&user.id)) {
            let (id, name, title) = (pages::escape(&user.id), pages::escape(&user.name), pages::escape(&user.title));
            rows.push(format!("<li><button name=\"sign_in_as\" value=\"{id}\">{name} <span class=\"quiet\">{title}</span></button></li>"));
        }
    }
    drop(state);
    let hidden: Vec<String> = form
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", pages::escape(name), pages::escape(value)))
        .collect();
    let body = format!(
        "<h1>Sign in to Meridian</h1>\n<p>The application asks for: {}.</p>\n<form method=\"post\" action=\"/{}/sign-in\">{}\n<ul>{}</ul>\n<button name=\"cancel\" value=\"1\">Do not sign in</button></form>",
        pages::escape(form.text("scope")),
        pages::escape(&named),
        hidden.concat(),
        rows.concat(),
    );
    let target = Url::parse(form.text("redirect_uri")).map(|url| format!(" {}", url.origin().ascii_serialization())).unwrap_or_default();
    pages::page(StatusCode::OK, "Sign in to Meridian", &body, &target)
}

/// The person chose who they are. The request travelled in the form and is checked again.
pub(super) async fn sign_in(State(tenant): Shared, Path(named): Path<String>, body: Bytes) -> Response {
    let form = match Form::parse(&body) {
        Ok(form) => form,
        Err(twice) => return pages::refuse(&format!("The request has the parameter \"{twice}\" twice.")),
    };
    if !is_this(&tenant, &named) {
        return pages::refuse("The tenant that you were sent to is not known here.");
    }
    let client = match check(&tenant, &form) {
        Ok(client) => client,
        Err(refusal) => return turn_back(&form, &refusal),
    };
    if form.get("cancel").is_some() {
        return turn_back(&form, &Refusal::Redirect("access_denied", "AADSTS65004: The person did not consent."));
    }
    let user = form.text("sign_in_as").to_owned();
    if !tenant.state().directory.users.get(&user).is_some_and(|user| user.enabled) {
        return pages::refuse("Nobody of that id can sign in here. Go back and choose somebody from the list.");
    }
    // What was consented to by the tenant's administrator, and no more.
    let scopes = form
        .text("scope")
        .split(' ')
        .map(|scope| scope.strip_prefix(GRAPH).unwrap_or(scope).to_owned())
        .filter(|scope| OIDC.contains(&scope.as_str()) || client.delegated.iter().any(|one| one == scope))
        .collect();
    let code = tenant.secret();
    let grant = Grant {
        client: client.client_id.clone(),
        redirect_uri: form.text("redirect_uri").to_owned(),
        challenge: form.text("code_challenge").to_owned(),
        user,
        scopes,
        nonce: form.get("nonce").map(str::to_owned),
        ends: seconds(&tenant) + CODE_SECONDS,
        used: false,
    };
    tenant.state().sign_in.codes.insert(code.clone(), grant);
    back(&form, &[("code", &code)])
}

/// Why somebody goes no further.
enum Refusal {
    /// Nobody is redirected: the application or its address is not established.
    Page(&'static str),
    /// The application is told.
    Redirect(&'static str, &'static str),
}

fn check<'a>(tenant: &'a Tenant, form: &Form) -> Result<&'a Registration, Refusal> {
    let client = tenant
        .config
        .registrations
        .iter()
        .find(|one| one.client_id == form.text("client_id"))
        .ok_or(Refusal::Page("AADSTS700016: The application is not in this tenant."))?;
    if !client.redirect_uris.iter().any(|known| known == form.text("redirect_uri")) {
        return Err(Refusal::Page("AADSTS50011: The redirect URI does not match those of the application."));
    }
    if form.text("response_type") != "code" {
        return Err(Refusal::Redirect("unsupported_response_type", "AADSTS700054: only response_type=code is supported here."));
    }
    if form.text("code_challenge_method") != "S256" || form.text("code_challenge").len() != 43 {
        return Err(Refusal::Redirect("invalid_request", "AADSTS9002325: PKCE with S256 is required here."));
    }
    let unknown = form
        .text("scope")
        .split(' ')
        .map(|scope| scope.strip_prefix(GRAPH).unwrap_or(scope))
        .any(|scope| !OIDC.contains(&scope) && !client.delegated.iter().any(|one| one == scope));
    if unknown || form.text("scope").is_empty() {
        return Err(Refusal::Redirect(
            "consent_required",
            "AADSTS65001: An administrator has not consented to a scope that was asked for.",
        ));
    }
    Ok(client)
}

fn turn_back(form: &Form, refusal: &Refusal) -> Response {
    match refusal {
        Refusal::Page(reason) => pages::refuse(reason),
        Refusal::Redirect(error, description) => back(form, &[("error", error), ("error_description", description)]),
    }
}

fn back(form: &Form, parameters: &[(&str, &str)]) -> Response {
    let Ok(mut url) = Url::parse(form.text("redirect_uri")) else {
        return pages::refuse("The application asked to be answered at an address that cannot be read.");
    };
    for (name, value) in parameters {
        url.query_pairs_mut().append_pair(name, value);
    }
    if let Some(state) = form.get("state") {
        url.query_pairs_mut().append_pair("state", state);
    }
    crate::idp::see_other(url.as_str())
}
