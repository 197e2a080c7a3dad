//! The link of a reviewer's own account: authorization code with PKCE, of least scope, by a confidential web client.

use crate::http::{Answer, HttpError, Url};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{Timestamp, time::SECOND};
use secrecy::SecretString;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// The web app that reviewers link through.
#[derive(Debug, Clone)]
pub struct WebApp {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: SecretString,
    /// Where the platform sends the reviewer back to; registered byte for byte.
    pub redirect_uri: String,
    /// Whether a refresh token is asked for, so that decisions can still go out hours later. Policy decides (rule 11).
    pub offline: bool,
}

/// What begins a link. Keep `state`, `nonce` and `verifier` with the reviewer's session; they are for one use.
#[derive(Debug, Clone)]
pub struct LinkRequest {
    /// Where to send the reviewer's browser.
    pub url: Url,
    /// Comes back with the code; anything else is refused.
    pub state: String,
    /// Comes back in the id token.
    pub nonce: String,
    /// Proves that whoever redeems the code asked for it.
    pub verifier: SecretString,
}

/// What a reviewer came back with, and what was kept for it.
#[derive(Debug, Clone)]
pub struct LinkBack {
    /// The code.
    pub code: String,
    /// The verifier that was kept.
    pub verifier: SecretString,
    /// The nonce that was kept.
    pub nonce: String,
}

/// A reviewer's own tokens.
#[derive(Debug, Clone)]
pub struct PersonTokens {
    /// Sends decisions, for about an hour.
    pub access: SecretString,
    /// Renews it, where it was asked for and given.
    pub refresh: Option<SecretString>,
    /// When the access token ends, by our clock.
    pub ends: Timestamp,
    /// The scopes that were given, with spaces between.
    pub scope: String,
}

/// What a link gives.
#[derive(Debug, Clone)]
pub struct Link {
    /// The tokens.
    pub tokens: PersonTokens,
    /// Whose they are: the platform's id of the account, as a source's accounts are named.
    pub account: String,
}

/// How a link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkEnd {
    /// The platform ended it.
    AtPlatform,
    /// The platform has no way to end it: it is forgotten here, and the token ends by itself.
    HereOnly,
}

/// What is made up for one link.
pub(crate) struct LinkSecrets {
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
    /// The verifier's SHA-256 (RFC 7636, 4.2).
    pub(crate) challenge: String,
}

impl LinkSecrets {
    pub(crate) fn draw(env: &domain::Env) -> Self {
        let secret = || URL_SAFE_NO_PAD.encode(env.bytes::<32>());
        let (state, nonce, verifier) = (secret(), secret(), secret());
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
        Self { state, nonce, verifier, challenge }
    }

    pub(crate) fn request(self, url: Url) -> LinkRequest {
        LinkRequest { url, state: self.state, nonce: self.nonce, verifier: SecretString::from(self.verifier) }
    }
}

/// The tokens of a token endpoint's answer.
pub(crate) fn tokens_of(answer: &Answer) -> Result<PersonTokens, HttpError> {
    let refused = || refused(answer);
    let json = answer.json.as_ref().filter(|_| answer.is_success()).ok_or_else(refused)?;
    let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
    // A number, and a text where some endpoints answer.
    let seconds = match json.get("expires_in") {
        Some(Value::String(text)) => text.parse().ok(),
        Some(number) => number.as_i64(),
        None => None,
    };
    Ok(PersonTokens {
        access: SecretString::from(text("access_token").ok_or_else(refused)?),
        refresh: text("refresh_token").map(SecretString::from),
        ends: answer.read_at.plus(seconds.unwrap_or(3_600).clamp(0, 86_400) * SECOND),
        scope: text("scope").unwrap_or_default(),
    })
}

/// A token endpoint's refusal, with what to do.
pub(crate) fn refused(answer: &Answer) -> HttpError {
    let text = |name: &str| {
        let value = answer.json.as_ref().and_then(|json| json.get(name));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    HttpError::Credentials(format!("{} {}: {} The reviewer has to sign in again.", answer.status, text("error"), text("error_description")))
}

/// The claims of the id token of an answer that came straight from the platform's token endpoint: TLS says who made it
/// (OpenID Connect Core 1.0, 3.1.3.7, point 6), so its signature is not needed. It must be for this client, carry this
/// link's nonce and not have ended.
pub(crate) fn id_token_claims(answer: &Answer, client_id: &str, nonce: &str) -> Result<Value, HttpError> {
    let wrong = |why: &str| HttpError::Credentials(format!("the sign-in cannot be used: {why}. Link the account again."));
    let token = answer.json.as_ref().and_then(|json| json.get("id_token")).and_then(Value::as_str);
    let token = token.ok_or_else(|| wrong("the platform did not say whose it is"))?;
    let claims = token.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let claims: Value = claims.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(|| wrong("its id token cannot be read"))?;
    let is = |name: &str, value: &str| claims.get(name).and_then(Value::as_str) == Some(value);
    if !is("aud", client_id) {
        return Err(wrong("its id token is for another application"));
    }
    if !is("nonce", nonce) {
        return Err(wrong("its id token was not asked for by this link"));
    }
    let ends = claims.get("exp").and_then(Value::as_i64).unwrap_or(0);
    // Five minutes for clocks that differ.
    if answer.read_at.micros().div_euclid(SECOND) > ends.saturating_add(300) {
        return Err(wrong("its id token has ended"));
    }
    Ok(claims)
}
