//! A reviewer links their Entra account: authorization code with PKCE by a confidential web client
//! ([OAuth 2.0 authorization code flow](https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow)).

use super::EntraSource;
use crate::{
    error::Error,
    http::{Answer, Body, HttpError, Method, NoAuthority, Request, Url},
    native::{Link, LinkBack, LinkRequest, LinkSecrets, PersonTokens, WebApp, id_token_claims, tokens_of},
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

/// The least scope that records a reviewer's decisions. It also lets an administrator stop and apply reviews, which is why
/// whoever keeps tokens drops an administrator's after one sending (rule 11).
pub const REVIEWER_SCOPE: &str = "https://graph.microsoft.com/AccessReview.ReadWrite.All";

impl EntraSource {
    fn sign_in_address(&self, what: &str) -> Result<Url, Error> {
        let path = format!("/{}/oauth2/v2.0/{what}", self.config.tenant);
        self.config.login.join(&path).map_err(|_| Error::Settings("the sign-in address cannot be used".to_owned()))
    }

    fn scopes(app: &WebApp) -> String {
        // `profile` brings `oid`, the account's id in the directory.
        let offline = if app.offline { " offline_access" } else { "" };
        format!("openid profile {REVIEWER_SCOPE}{offline}")
    }

    pub(super) fn link_request(&self, app: &WebApp, login_hint: Option<&str>) -> Result<LinkRequest, Error> {
        let secrets = LinkSecrets::draw(self.client.env());
        let mut url = self.sign_in_address("authorize")?;
        let scopes = Self::scopes(app);
        url.query_pairs_mut()
            .append_pair("client_id", &app.client_id)
            .append_pair("response_type", "code")
            .append_pair("response_mode", "query")
            .append_pair("scope", &scopes)
            .append_pair("redirect_uri", &app.redirect_uri)
            .append_pair("state", &secrets.state)
            .append_pair("nonce", &secrets.nonce)
            .append_pair("code_challenge", &secrets.challenge)
            .append_pair("code_challenge_method", "S256");
        if let Some(hint) = login_hint {
            url.query_pairs_mut().append_pair("login_hint", hint);
        }
        Ok(secrets.request(url))
    }

    pub(super) async fn redeem(&self, app: &WebApp, back: &LinkBack) -> Result<Link, Error> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", back.code.as_str()),
            ("redirect_uri", app.redirect_uri.as_str()),
            ("code_verifier", back.verifier.expose_secret()),
        ];
        let answer = self.ask_for_tokens(app, &fields).await?;
        let tokens = tokens_of(&answer)?;
        let claims = id_token_claims(&answer, &app.client_id, &back.nonce)?;
        let account = self.account_of(&claims)?;
        Ok(Link { tokens, account })
    }

    /// The object id of whom an id token is for; of this tenant only, because other tenants' people are others.
    fn account_of(&self, claims: &Value) -> Result<String, HttpError> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        let (tenant, account) = (text("tid"), text("oid"));
        let named_by_id = super::names::is_guid(&self.config.tenant);
        if !super::names::is_guid(tenant) || (named_by_id && !tenant.eq_ignore_ascii_case(&self.config.tenant)) {
            return Err(HttpError::Credentials(
                "the sign-in was at another tenant than the source's. Link an account of this tenant.".to_owned(),
            ));
        }
        if !super::names::is_guid(account) {
            return Err(HttpError::Credentials("the platform did not say whose sign-in it is. Link the account again.".to_owned()));
        }
        Ok(account.to_owned())
    }

    pub(super) async fn renew(&self, app: &WebApp, refresh: &SecretString) -> Result<PersonTokens, Error> {
        let scopes = Self::scopes(app);
        let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh.expose_secret()), ("scope", &scopes)];
        let answer = self.ask_for_tokens(app, &fields).await?;
        Ok(tokens_of(&answer)?)
    }

    async fn ask_for_tokens(&self, app: &WebApp, fields: &[(&str, &str)]) -> Result<Answer, Error> {
        let mut form: Vec<(String, String)> = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        form.push(("client_id".to_owned(), app.client_id.clone()));
        form.push(("client_secret".to_owned(), app.client_secret.expose_secret().to_owned()));
        // A code and a refresh token are for one use: after a lost answer the reviewer begins again.
        let request = Request::change(Method::POST, self.sign_in_address("token")?, Body::Form(form), "token");
        Ok(self.login.send(&request, &NoAuthority).await?)
    }
}
