//! A reviewer links their Okta account: authorization code with PKCE at the Org authorization server, of least scope.

use super::{OktaSource, key::digest};
use crate::http::{Answer, Body, HeaderName, HeaderValue, HttpError, Method, NoAuthority, Request, Url};
use base64::{Engine as _, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};

/// The web app that reviewers link through.
#[derive(Debug, Clone)]
pub struct WebApp {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: SecretString,
    /// Where Okta sends the reviewer back to; registered byte for byte.
    pub redirect_uri: String,
    /// Whether a refresh token is asked for, so that decisions can still go out hours later. Policy decides.
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

/// What a reviewer's link gives.
#[derive(Debug, Clone)]
pub struct PersonTokens {
    /// Sends decisions, for an hour.
    pub access: SecretString,
    /// Renews it, where it was asked for and given.
    pub refresh: Option<SecretString>,
    /// When the access token ends, by our clock.
    pub ends: Timestamp,
    /// The scopes that were given, with spaces between.
    pub scope: String,
}

impl OktaSource {
    /// Begins a link. `login_hint` is the reviewer's login where it is known.
    ///
    /// # Errors
    /// [`HttpError::Client`] where the address cannot be put together.
    pub fn begin_link(&self, app: &WebApp, login_hint: Option<&str>) -> Result<LinkRequest, HttpError> {
        let secret = || URL_SAFE_NO_PAD.encode(self.client.env().bytes::<32>());
        let (state, nonce, verifier) = (secret(), secret(), secret());
        let mut scopes = super::REVIEWER_SCOPES.to_vec();
        if app.offline {
            scopes.push("offline_access");
        }
        let challenge = digest(&verifier);
        let scope = scopes.join(" ");
        let mut query = vec![
            ("client_id", app.client_id.as_str()),
            ("response_type", "code"),
            ("response_mode", "query"),
            ("scope", &scope),
            ("redirect_uri", &app.redirect_uri),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        query.extend(login_hint.map(|hint| ("login_hint", hint)));
        let url = self.url("/oauth2/v1/authorize", &query)?;
        Ok(LinkRequest { url, state, nonce, verifier: SecretString::from(verifier) })
    }

    /// Redeems the code that the reviewer came back with. The caller has compared `state`.
    ///
    /// # Errors
    /// [`HttpError::Credentials`] where Okta refuses the code.
    pub async fn finish_link(&self, app: &WebApp, code: &str, verifier: &SecretString) -> Result<PersonTokens, HttpError> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", app.redirect_uri.as_str()),
            ("code_verifier", verifier.expose_secret()),
        ];
        let answer = self.ask_oauth("/oauth2/v1/token", app, &fields).await?;
        tokens(&answer)
    }

    /// Renews a reviewer's access token.
    ///
    /// # Errors
    /// [`HttpError::Credentials`] where the refresh token has ended: the reviewer has to sign in again.
    pub async fn renew_link(&self, app: &WebApp, refresh: &SecretString) -> Result<PersonTokens, HttpError> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose_secret())];
        let answer = self.ask_oauth("/oauth2/v1/token", app, &fields).await?;
        let mut renewed = tokens(&answer)?;
        // Okta keeps the refresh token unless the app rotates it.
        renewed.refresh = renewed.refresh.or_else(|| Some(refresh.clone()));
        Ok(renewed)
    }

    /// Ends a link: the token, and for a refresh token all that it gave.
    ///
    /// # Errors
    /// [`HttpError`] where Okta could not be told; the token then ends by itself.
    pub async fn end_link(&self, app: &WebApp, token: &SecretString) -> Result<(), HttpError> {
        let answer = self.ask_oauth("/oauth2/v1/revoke", app, &[("token", token.expose_secret())]).await?;
        if answer.is_success() { Ok(()) } else { Err(credentials(&answer)) }
    }

    /// Whose account a token is.
    ///
    /// # Errors
    /// [`HttpError::Credentials`] where the token has ended.
    pub async fn linked_user(&self, access: &SecretString) -> Result<String, HttpError> {
        let request = Request::get(self.url("/oauth2/v1/userinfo", &[])?, "token");
        let answer = self.client.send(&request, &super::PersonAuthority::new(access.clone())).await?;
        let subject = answer.json.as_ref().and_then(|json| json.get("sub")).and_then(|sub| sub.as_str());
        subject.filter(|_| answer.is_success()).map(str::to_owned).ok_or_else(|| credentials(&answer))
    }

    async fn ask_oauth(&self, path: &str, app: &WebApp, fields: &[(&str, &str)]) -> Result<Answer, HttpError> {
        let body = Body::Form(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect());
        let mut request = Request::change(Method::POST, self.url(path, &[])?, body, "token");
        // Both are form-encoded inside (RFC 6749, 2.3.1).
        let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", encode(&app.client_id), encode(app.client_secret.expose_secret()));
        let mut value =
            HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair))).map_err(|error| HttpError::Client(error.to_string()))?;
        value.set_sensitive(true);
        request.headers.push((HeaderName::from_static("authorization"), value));
        self.client.send(&request, &NoAuthority).await
    }
}

fn tokens(answer: &Answer) -> Result<PersonTokens, HttpError> {
    let json = answer.json.as_ref().filter(|_| answer.is_success()).ok_or_else(|| credentials(answer))?;
    let text = |name: &str| json.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let seconds = json.get("expires_in").and_then(serde_json::Value::as_i64).unwrap_or(3_600).clamp(0, 86_400);
    Ok(PersonTokens {
        access: SecretString::from(text("access_token").ok_or_else(|| credentials(answer))?),
        refresh: text("refresh_token").map(SecretString::from),
        ends: answer.read_at.plus(seconds * domain::time::SECOND),
        scope: text("scope").unwrap_or_default(),
    })
}

fn credentials(answer: &Answer) -> HttpError {
    let text = |name: &str| {
        let value = answer.json.as_ref().and_then(|json| json.get(name));
        value.and_then(|value| value.as_str()).unwrap_or_default().to_owned()
    };
    HttpError::Credentials(format!("{} {}: {} The reviewer has to sign in again.", answer.status, text("error"), text("error_description")))
}
