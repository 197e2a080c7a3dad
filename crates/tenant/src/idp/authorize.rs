//! The authorization endpoint: the request is checked, somebody says who they are, a code goes back.

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use url::Url;

use super::form::Form;
use super::{Client, Code, Provider, Shared, pages, see_other};

/// How long a code lives, in seconds.
const CODE_SECONDS: i64 = 60;
/// How long a used or expired code is remembered, so that a second use is noticed.
const MEMORY_SECONDS: i64 = 600;

/// What a sign-in counts as when nothing stronger was asked for.
pub(super) const ACR_USUAL: &str = "urn:meridian.example:two-factors";
/// Phishing-resistant, by the name of OpenID's EAP ACR Values 1.0.
pub(super) const ACR_STRONG: &str = "phr";

/// Why a request goes no further.
enum Refusal {
    /// The client or its address is not established: the person is told, nobody is redirected.
    Page(&'static str),
    /// The client is told.
    Redirect { error: &'static str, description: &'static str },
}

pub(super) async fn page(State(provider): Shared, RawQuery(query): RawQuery) -> Response {
    show(&provider, query.unwrap_or_default().as_bytes())
}

pub(super) async fn post(State(provider): Shared, body: Bytes) -> Response {
    show(&provider, &body)
}

fn show(provider: &Provider, text: &[u8]) -> Response {
    let form = match Form::parse(text) {
        Ok(form) => form,
        Err(twice) => {
            return pages::refuse(&format!("The request has the parameter \"{twice}\" twice."));
        }
    };
    match check(provider, &form) {
        Ok(client) => {
            let known = form.get("login_hint").filter(|hint| provider.config.people.iter().any(|person| person.email == *hint));
            pages::sign_in(provider, client, &form, known)
        }
        Err(refusal) => turn_back(provider, &form, &refusal),
    }
}

/// The person chose who they are. The request travelled in the form and is checked again.
pub(super) async fn sign_in(State(provider): Shared, body: Bytes) -> Response {
    let form = match Form::parse(&body) {
        Ok(form) => form,
        Err(twice) => {
            return pages::refuse(&format!("The request has the parameter \"{twice}\" twice."));
        }
    };
    let client = match check(&provider, &form) {
        Ok(client) => client,
        Err(refusal) => return turn_back(&provider, &form, &refusal),
    };
    if form.get("cancel").is_some() {
        let refusal = Refusal::Redirect { error: "access_denied", description: "the person did not sign in" };
        return turn_back(&provider, &form, &refusal);
    }
    let Some(person) = provider.person(form.text("sign_in_as")) else {
        return pages::refuse("Nobody of that id can sign in here. Go back and choose somebody from the list.");
    };
    let now = provider.now();
    let code = provider.secret();
    let strong = form.lists("acr_values", ACR_STRONG);
    let mut state = provider.state();
    state.codes.retain(|_, old| old.signed_in + MEMORY_SECONDS >= now);
    state.tokens.retain(|_, old| old.ends >= now);
    state.codes.insert(
        code.clone(),
        Code {
            client: client.id.clone(),
            redirect_uri: form.text("redirect_uri").to_owned(),
            challenge: form.text("code_challenge").to_owned(),
            sub: person.sub.clone(),
            nonce: form.get("nonce").map(str::to_owned),
            scope: form.text("scope").to_owned(),
            acr: if strong { ACR_STRONG } else { ACR_USUAL },
            signed_in: now,
            used: false,
        },
    );
    drop(state);
    answer(&provider, &form, &[("code", &code)])
}

/// The checks of OpenID Connect Core 3.1.2.2 and RFC 7636 4.3, in the order in which they may be answered.
fn check<'a>(provider: &'a Provider, form: &Form) -> Result<&'a Client, Refusal> {
    let Some(client) = provider.client(form.text("client_id")) else {
        return Err(Refusal::Page("The application that sent you here is not registered: its client_id is unknown."));
    };
    if !client.redirect_uris.iter().any(|known| known == form.text("redirect_uri")) {
        return Err(Refusal::Page(
            "The application asked to be answered at an address that is not registered for it. Nobody was redirected.",
        ));
    }
    let refuse = |error, description| Err(Refusal::Redirect { error, description });
    if form.get("request").is_some() {
        return refuse("request_not_supported", "request objects are not supported");
    }
    if form.get("request_uri").is_some() {
        return refuse("request_uri_not_supported", "request objects are not supported");
    }
    match form.get("response_type") {
        Some("code") => {}
        Some(_) => {
            return refuse("unsupported_response_type", "only response_type=code is supported");
        }
        None => return refuse("invalid_request", "response_type is missing"),
    }
    if form.get("response_mode").is_some_and(|mode| mode != "query") {
        return refuse("invalid_request", "only response_mode=query is supported");
    }
    if !form.lists("scope", "openid") {
        return refuse("invalid_scope", "the scope must contain openid");
    }
    if form.get("code_challenge_method") != Some("S256") {
        return refuse("invalid_request", "PKCE with code_challenge_method=S256 is required");
    }
    // A SHA-256 in base64url without padding has 43 characters.
    let challenge = form.text("code_challenge");
    if challenge.len() != 43 || !challenge.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return refuse("invalid_request", "code_challenge must be 43 characters of base64url");
    }
    if form.get("state").is_none() {
        return refuse("invalid_request", "state is required here");
    }
    if form.get("nonce").is_none() {
        return refuse("invalid_request", "nonce is required here");
    }
    if form.lists("prompt", "none") {
        // The provider keeps no session: it has to ask each time.
        return refuse("login_required", "somebody has to sign in");
    }
    Ok(client)
}

fn turn_back(provider: &Provider, form: &Form, refusal: &Refusal) -> Response {
    match refusal {
        Refusal::Page(reason) => pages::refuse(reason),
        Refusal::Redirect { error, description } => answer(provider, form, &[("error", error), ("error_description", description)]),
    }
}

/// Back to the client with the state and, as RFC 9207 asks, the issuer.
fn answer(provider: &Provider, form: &Form, parameters: &[(&str, &str)]) -> Response {
    let Ok(mut url) = Url::parse(form.text("redirect_uri")) else {
        return pages::refuse("The application asked to be answered at an address that cannot be read.");
    };
    {
        let mut query = url.query_pairs_mut();
        for (name, value) in parameters {
            query.append_pair(name, value);
        }
        if let Some(state) = form.get("state") {
            query.append_pair("state", state);
        }
        query.append_pair("iss", &provider.issuer);
    }
    see_other(url.as_str())
}

impl Code {
    /// Whether it may still be exchanged.
    pub(super) const fn is_alive(&self, now: i64) -> bool {
        now <= self.signed_in + CODE_SECONDS
    }
}
