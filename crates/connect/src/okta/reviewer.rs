//! A reviewer links their Okta account at the Org authorization server, with the scopes of reviewers only.

use super::OktaSource;
use crate::{
    http::{Answer, Body, HeaderName, HeaderValue, HttpError, Method, NoAuthority, Request},
    native::{Link, LinkBack, LinkRequest, LinkSecrets, PersonTokens, WebApp, id_token_claims, link_refused, tokens_of},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret as _, SecretString};

impl OktaSource {
    pub(super) fn link_request(&self, app: &WebApp, login_hint: Option<&str>) -> Result<LinkRequest, HttpError> {
        let secrets = LinkSecrets::draw(self.client.env());
        let mut scopes = super::REVIEWER_SCOPES.to_vec();
        if app.offline {
            scopes.push("offline_access");
        }
        let scope = scopes.join(" ");
        let mut query = vec![
            ("client_id", app.client_id.as_str()),
            ("response_type", "code"),
            ("response_mode", "query"),
            ("scope", &scope),
            ("redirect_uri", &app.redirect_uri),
            ("state", &secrets.state),
            ("nonce", &secrets.nonce),
            ("code_challenge", &secrets.challenge),
            ("code_challenge_method", "S256"),
        ];
        query.extend(login_hint.map(|hint| ("login_hint", hint)));
        let url = self.url("/oauth2/v1/authorize", &query)?;
        Ok(secrets.request(url))
    }

    pub(super) async fn redeem(&self, app: &WebApp, back: &LinkBack) -> Result<Link, HttpError> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", back.code.as_str()),
            ("redirect_uri", app.redirect_uri.as_str()),
            ("code_verifier", back.verifier.expose_secret()),
        ];
        let answer = self.ask_oauth("/oauth2/v1/token", app, &fields).await?;
        let tokens = tokens_of(&answer)?;
        // The Org authorization server's subject is the user's id.
        let claims = id_token_claims(&answer, &app.client_id, &back.nonce)?;
        let account = claims.get("sub").and_then(|sub| sub.as_str()).filter(|sub| !sub.is_empty()).ok_or_else(|| link_refused(&answer))?;
        Ok(Link { account: account.to_owned(), tokens })
    }

    pub(super) async fn renew(&self, app: &WebApp, refresh: &SecretString) -> Result<PersonTokens, HttpError> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose_secret())];
        let answer = self.ask_oauth("/oauth2/v1/token", app, &fields).await?;
        let mut renewed = tokens_of(&answer)?;
        // Okta keeps the refresh token unless the app rotates it.
        renewed.refresh = renewed.refresh.or_else(|| Some(refresh.clone()));
        Ok(renewed)
    }

    /// Ends the access token, and the refresh token with all that it gave.
    pub(super) async fn revoke(&self, app: &WebApp, tokens: &PersonTokens) -> Result<(), HttpError> {
        for token in tokens.refresh.iter().chain([&tokens.access]) {
            let answer = self.ask_oauth("/oauth2/v1/revoke", app, &[("token", token.expose_secret())]).await?;
            if !answer.is_success() {
                return Err(link_refused(&answer));
            }
        }
        Ok(())
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
