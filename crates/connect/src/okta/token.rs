//! A service app's access tokens: client credentials with `private_key_jwt`, and DPoP where the org asks for it.

use super::key::{SigningKey, digest};
use crate::http::{Answer, Authority, Body, Client, Effect, HeaderName, HeaderValue, HttpError, Method, NoAuthority, Request, Url};
use domain::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;
/// How long an assertion is valid, in seconds; Okta accepts an hour at most.
const ASSERTION: i64 = 300;
/// How long before its end a token is renewed, in microseconds.
const EARLY: i64 = 60 * SECOND;

/// Who a service app is.
#[derive(Debug, Clone)]
pub struct ServiceApp {
    /// The client id.
    pub client_id: String,
    /// The key id that Okta shows beside the public key.
    pub key_id: String,
    /// The private key.
    pub key: Arc<SigningKey>,
}

#[derive(Debug)]
struct Held {
    token: SecretString,
    /// By our clock.
    ends: Timestamp,
    bound: bool,
}

#[derive(Debug, Default)]
struct Kept {
    held: Option<Held>,
    /// The org asked for proofs of possession.
    proves: bool,
    nonce: Option<String>,
}

/// A service app at work: fetches its token when one is needed and keeps it until it ends.
#[derive(Debug)]
pub struct ServiceAuthority {
    client: Arc<Client>,
    app: ServiceApp,
    scopes: String,
    /// For proofs; it lives as long as this process, and so do the tokens that are bound to it.
    proof_key: SigningKey,
    kept: Mutex<Kept>,
}

impl ServiceAuthority {
    /// A service app that asks for these scopes. Nothing is called yet.
    pub fn new(client: Arc<Client>, app: ServiceApp, scopes: &[&str]) -> Self {
        let proof_key = SigningKey::ephemeral(client.env());
        Self { client, app, scopes: scopes.join(" "), proof_key, kept: Mutex::default() }
    }

    /// The same app asking for these scopes alone.
    #[must_use]
    pub fn narrowed(&self, scopes: &[&str]) -> Self {
        Self::new(self.client.clone(), self.app.clone(), scopes)
    }

    /// The same app asking for the same scopes, with no token yet.
    #[must_use]
    pub fn anew(&self) -> Self {
        self.narrowed(&self.scopes.split(' ').collect::<Vec<_>>())
    }

    fn token_url(&self) -> Result<Url, HttpError> {
        self.client.base().join("/oauth2/v1/token").map_err(|error| HttpError::Client(error.to_string()))
    }

    /// Chance in hexadecimal, for what is to be used once.
    fn once(&self) -> String {
        hex::encode(self.client.env().bytes::<16>())
    }

    fn proof(&self, method: &Method, url: &Url, nonce: Option<&str>, token: Option<&str>) -> Result<HeaderValue, HttpError> {
        let mut plain = url.clone();
        plain.set_query(None);
        plain.set_fragment(None);
        let mut claims = json!({
            "htm": method.as_str(), "htu": plain.as_str(), "jti": self.once(), "iat": self.client.platform_now().micros().div_euclid(SECOND),
        });
        if let Some(claims) = claims.as_object_mut() {
            claims.extend(nonce.map(|nonce| ("nonce".to_owned(), json!(nonce))));
            claims.extend(token.map(|token| ("ath".to_owned(), json!(digest(token)))));
        }
        let proof = self.proof_key.sign(json!({ "typ": "dpop+jwt", "jwk": self.proof_key.public() }), &claims)?;
        HeaderValue::from_str(&proof).map_err(|error| HttpError::Client(error.to_string()))
    }

    async fn ask(&self, kept: &Kept) -> Result<Answer, HttpError> {
        let url = self.token_url()?;
        // By the platform's clock: an assertion from a machine whose clock is off would be refused.
        let now = self.client.platform_now().micros().div_euclid(SECOND);
        let claims = json!({
            "iss": self.app.client_id, "sub": self.app.client_id, "aud": url.as_str(), "iat": now, "exp": now + ASSERTION, "jti": self.once(),
        });
        let assertion = self.app.key.sign(json!({ "kid": self.app.key_id }), &claims)?;
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let body = Body::Form(vec![
            field("grant_type", "client_credentials"),
            field("scope", &self.scopes),
            field("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            field("client_assertion", &assertion),
        ]);
        // A token that nobody received harms nobody: asking again is no change.
        let mut request = Request { effect: Effect::Reads, ..Request::change(Method::POST, url.clone(), body, "token") };
        if kept.proves {
            let proof = self.proof(&Method::POST, &url, kept.nonce.as_deref(), None)?;
            request.headers.push((HeaderName::from_static("dpop"), proof));
        }
        self.client.send(&request, &NoAuthority).await
    }

    async fn fetch(&self, kept: &mut Kept) -> Result<(), HttpError> {
        let mut corrected = false;
        // At most: turned to proofs, told the nonce, corrected the clock, and then it must do.
        for _ in 0..4 {
            let offset = self.client.clock_offset();
            let answer = self.ask(kept).await?;
            let text =
                |name: &str| answer.json.as_ref().and_then(|json| json.get(name)).and_then(|value| value.as_str()).unwrap_or_default();
            if answer.is_success() {
                let seconds =
                    answer.json.as_ref().and_then(|json| json.get("expires_in")).and_then(serde_json::Value::as_i64).unwrap_or(3_600);
                kept.held = Some(Held {
                    token: SecretString::from(text("access_token").to_owned()),
                    ends: answer.read_at.plus(seconds.clamp(0, 86_400) * SECOND - EARLY),
                    bound: text("token_type").eq_ignore_ascii_case("dpop"),
                });
                return Ok(());
            }
            match text("error") {
                "invalid_dpop_proof" if !kept.proves => kept.proves = true,
                "use_dpop_nonce" if !answer.header("dpop-nonce").is_empty() => {
                    kept.proves = true;
                    kept.nonce = Some(answer.header("dpop-nonce").to_owned());
                }
                "invalid_client" if !corrected && (self.client.clock_offset() - offset).abs() > 30 * SECOND => corrected = true,
                error => {
                    let description = text("error_description");
                    return Err(HttpError::Credentials(format!(
                        "the token for client {} was refused with {} {error}: {description} Check the client id, the key and the scopes that were granted to the app ({}).",
                        self.app.client_id, answer.status, self.scopes
                    )));
                }
            }
        }
        Err(HttpError::Credentials(format!("the token for client {} was refused again and again", self.app.client_id)))
    }
}

impl Authority for ServiceAuthority {
    async fn headers(&self, method: &Method, url: &Url) -> Result<Vec<(HeaderName, HeaderValue)>, HttpError> {
        let mut kept = self.kept.lock().await;
        let now = self.client.env().now();
        if kept.held.as_ref().is_none_or(|held| held.ends <= now) {
            self.fetch(&mut kept).await?;
        }
        let Some(held) = &kept.held else { return Ok(Vec::new()) };
        let token = held.token.expose_secret();
        let scheme = if held.bound { "DPoP" } else { "Bearer" };
        let mut value = HeaderValue::from_str(&format!("{scheme} {token}")).map_err(|error| HttpError::Client(error.to_string()))?;
        value.set_sensitive(true);
        let mut headers = vec![(HeaderName::from_static("authorization"), value)];
        if held.bound {
            headers.push((HeaderName::from_static("dpop"), self.proof(method, url, None, Some(token))?));
        }
        Ok(headers)
    }

    async fn renew(&self, _: &Answer) -> Result<bool, HttpError> {
        self.kept.lock().await.held = None;
        Ok(true)
    }
}

/// A person's own access token.
#[derive(Debug, Clone)]
pub struct PersonAuthority {
    token: SecretString,
}

impl PersonAuthority {
    /// A person who signed in.
    pub const fn new(token: SecretString) -> Self {
        Self { token }
    }
}

impl Authority for PersonAuthority {
    async fn headers(&self, _: &Method, _: &Url) -> Result<Vec<(HeaderName, HeaderValue)>, HttpError> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", self.token.expose_secret()))
            .map_err(|_| HttpError::Credentials("the reviewer's token cannot be sent; ask for a new sign-in".to_owned()))?;
        value.set_sensitive(true);
        Ok(vec![(HeaderName::from_static("authorization"), value)])
    }

    async fn renew(&self, _: &Answer) -> Result<bool, HttpError> {
        // Only the person can sign in again.
        Ok(false)
    }
}
