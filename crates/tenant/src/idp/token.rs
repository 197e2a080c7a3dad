//! The token endpoint and userinfo.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::authorize::ACR_STRONG;
use super::form::Form;
use super::{AccessToken, Client, Code, Provider, Shared};

/// How long an id token may be accepted, in seconds.
const ID_SECONDS: i64 = 300;
/// How long an access token works, in seconds.
const ACCESS_SECONDS: i64 = 600;

/// An error as RFC 6749 5.2 wants it.
struct TokenError {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        let mut response = (self.status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response();
        if self.status == StatusCode::UNAUTHORIZED {
            let challenge = HeaderValue::from_static("Basic realm=\"token\", charset=\"UTF-8\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

const fn bad(error: &'static str, description: &'static str) -> TokenError {
    TokenError { status: StatusCode::BAD_REQUEST, error, description }
}

const fn stranger(description: &'static str) -> TokenError {
    TokenError { status: StatusCode::UNAUTHORIZED, error: "invalid_client", description }
}

pub(super) async fn exchange(State(provider): Shared, headers: HeaderMap, body: Bytes) -> Response {
    match try_exchange(&provider, &headers, &body) {
        Ok(answer) => ([(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")], Json(answer)).into_response(),
        Err(error) => error.into_response(),
    }
}

fn try_exchange(provider: &Provider, headers: &HeaderMap, body: &[u8]) -> Result<Value, TokenError> {
    let form_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
    });
    if !form_type {
        return Err(bad("invalid_request", "the body must be application/x-www-form-urlencoded"));
    }
    let form = Form::parse(body).map_err(|_| bad("invalid_request", "a parameter stands there twice"))?;
    let client = authenticate(provider, headers, &form)?;
    match form.get("grant_type") {
        Some("authorization_code") => {}
        Some(_) => {
            return Err(bad("unsupported_grant_type", "only authorization_code is supported"));
        }
        None => return Err(bad("invalid_request", "grant_type is missing")),
    }
    let text = form.get("code").ok_or(bad("invalid_request", "code is missing"))?;
    let verifier = form.get("code_verifier").ok_or(bad("invalid_request", "code_verifier is missing"))?;
    let redirect_uri = form.get("redirect_uri").ok_or(bad("invalid_request", "redirect_uri is missing"))?;
    let code = redeem(provider, client, text, verifier, redirect_uri)?;
    Ok(tokens(provider, client, &code, text))
}

/// Who calls. A client with a secret uses HTTP Basic; a public one says its id.
fn authenticate<'a>(provider: &'a Provider, headers: &HeaderMap, form: &Form) -> Result<&'a Client, TokenError> {
    if form.get("client_secret").is_some() {
        return Err(stranger("client_secret_post is not supported; use client_secret_basic"));
    }
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        let client = provider.client(form.text("client_id")).ok_or(stranger("the client is unknown"))?;
        return match client.secret {
            None => Ok(client),
            Some(_) => Err(stranger("this client has to authenticate with client_secret_basic")),
        };
    };
    let (id, secret) = value.to_str().ok().and_then(basic).ok_or(stranger("the Authorization header is not client_secret_basic"))?;
    if form.get("client_id").is_some_and(|named| named != id) {
        return Err(bad("invalid_request", "client_id and the Authorization header name two clients"));
    }
    let wrong = stranger("the client is unknown or its secret is wrong");
    let client = provider.client(&id).ok_or(wrong)?;
    match &client.secret {
        // Digests have one length and unknown content: comparing them tells nothing about the secret.
        Some(known) if Sha256::digest(known.as_bytes()) == Sha256::digest(secret.as_bytes()) => Ok(client),
        _ => Err(stranger("the client is unknown or its secret is wrong")),
    }
}

/// Id and secret of a Basic header; both are form-encoded inside (RFC 6749, 2.3.1).
fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, rest) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(rest.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = |part: &str| -> String {
        url::form_urlencoded::parse(format!("v={part}").as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    Some((plain(id), plain(secret)))
}

/// Takes a code for good. Whatever is wrong with the request, the code cannot be tried a second time; a second
/// use of a code also ends what the first one gave (RFC 6749, 4.1.2).
fn redeem(provider: &Provider, client: &Client, text: &str, verifier: &str, redirect_uri: &str) -> Result<Code, TokenError> {
    let now = provider.now();
    let mut state = provider.state();
    let Some(code) = state.codes.get_mut(text) else {
        return Err(bad("invalid_grant", "the code is unknown"));
    };
    if code.client != client.id {
        // Somebody else's code is not for this client to burn.
        return Err(bad("invalid_grant", "the code is unknown"));
    }
    if code.used {
        state.tokens.retain(|_, token| token.code != text);
        return Err(bad("invalid_grant", "the code was used before"));
    }
    code.used = true;
    let code = code.clone();
    drop(state);
    if !code.is_alive(now) {
        return Err(bad("invalid_grant", "the code has expired"));
    }
    if code.redirect_uri != redirect_uri {
        return Err(bad("invalid_grant", "redirect_uri is not that of the request"));
    }
    let right_form = (43..=128).contains(&verifier.len()) && verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    if !right_form || URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())) != code.challenge {
        return Err(bad("invalid_grant", "code_verifier does not fit the challenge"));
    }
    Ok(code)
}

fn tokens(provider: &Provider, client: &Client, code: &Code, text: &str) -> Value {
    let now = provider.now();
    let access = provider.secret();
    // Left half of the SHA-256 of the access token (OpenID Connect Core, 3.1.3.6).
    let digest = Sha256::digest(access.as_bytes());
    let half = URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or_default());
    let mut claims = person_claims(provider, &code.sub);
    if let Some(map) = claims.as_object_mut() {
        map.insert("iss".to_owned(), json!(provider.issuer));
        map.insert("aud".to_owned(), json!(client.id));
        map.insert("exp".to_owned(), json!(now + ID_SECONDS));
        map.insert("iat".to_owned(), json!(now));
        map.insert("auth_time".to_owned(), json!(code.signed_in));
        map.insert("acr".to_owned(), json!(code.acr));
        let amr: &[&str] = if code.acr == ACR_STRONG { &["hwk", "user", "mfa"] } else { &["pwd", "otp", "mfa"] };
        map.insert("amr".to_owned(), json!(amr));
        map.insert("at_hash".to_owned(), json!(half));
        if let Some(nonce) = &code.nonce {
            map.insert("nonce".to_owned(), json!(nonce));
        }
    }
    let mut state = provider.state();
    let id_token = state.keys.sign(&claims);
    state.tokens.insert(
        access.clone(),
        AccessToken { sub: code.sub.clone(), scope: code.scope.clone(), code: text.to_owned(), ends: now + ACCESS_SECONDS },
    );
    json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": ACCESS_SECONDS,
        "scope": code.scope,
        "id_token": id_token,
    })
}

/// What the provider says about a person, whatever the scope: an organisation's own provider hides nothing
/// from its own applications.
fn person_claims(provider: &Provider, sub: &str) -> Value {
    match provider.person(sub) {
        Some(person) => json!({
            "sub": person.sub, "name": person.name, "email": person.email, "email_verified": true, "groups": person.groups,
        }),
        None => json!({ "sub": sub }),
    }
}

pub(super) async fn userinfo(State(provider): Shared, headers: HeaderMap) -> Response {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim().to_owned());
    let Some(token) = token else {
        // Without any token the challenge names no error (RFC 6750, 3.1).
        return challenge("Bearer realm=\"userinfo\"");
    };
    let now = provider.now();
    let found = provider
        .state()
        .tokens
        .get(&token)
        .filter(|known| now <= known.ends && known.scope.split(' ').any(|scope| scope == "openid"))
        .map(|known| known.sub.clone());
    match found {
        Some(sub) => ([(header::CACHE_CONTROL, "no-store")], Json(person_claims(&provider, &sub))).into_response(),
        None => challenge("Bearer realm=\"userinfo\", error=\"invalid_token\""),
    }
}

fn challenge(value: &'static str) -> Response {
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, value), (header::CACHE_CONTROL, "no-store")]).into_response()
}
