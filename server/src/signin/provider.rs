//! One OpenID provider: discovery, the way there, and what comes back.
//!
//! `OpenID Connect Core 1.0`, `Discovery 1.0`, `RP-Initiated Logout 1.0`, RFC 7636 (PKCE), RFC 9207 (issuer in the
//! response). The library checks signature, issuer, audience, expiry and nonce of the ID token; nothing of the token
//! is read before that.

use crate::config;
use base64::Engine as _;
use domain::{Env, Role};
use openidconnect::core::CoreJwsSigningAlgorithm as Alg;
use openidconnect::{
    AccessToken, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, HttpRequest,
    HttpResponse, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, Scope, TokenResponse as _,
    core::{CoreClient, CoreIdTokenVerifier, CoreResponseType},
    http,
};
use review::{SignIn, users::SignedIn};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use tokio::sync::RwLock;
use url::Url;

/// The most bytes of an answer of a provider.
const LARGEST: usize = 1 << 20;
/// How far a provider's clock may be off, in seconds.
const SKEW: i64 = 60;

/// A provider, with its secret at hand.
#[derive(Debug, Clone)]
pub struct ProviderSetup {
    /// The name on the sign-in page.
    pub name: String,
    /// The issuer's address.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// Our client secret there; `None` for a public client.
    pub client_secret: Option<SecretString>,
    /// Scopes besides `openid`.
    pub scopes: Vec<String>,
    /// The claim that carries groups or app roles.
    pub role_claim: String,
    /// What a group or app role makes a person.
    pub roles: BTreeMap<String, Role>,
}

impl ProviderSetup {
    /// From configuration, with the secret brought from where it is kept.
    ///
    /// # Errors
    /// Where the secret cannot be had.
    pub fn from_config(config: &config::Provider) -> Result<Self, crate::keys::KeyError> {
        let secret = config.client_secret.as_ref();
        Ok(Self {
            name: config.name.clone(),
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            client_secret: secret.map(|secret| crate::keys::read(secret, &format!("client_secret of {}", config.name))).transpose()?,
            scopes: config.scopes.clone(),
            role_claim: config.role_claim.clone(),
            roles: config.roles.clone(),
        })
    }
}

/// Why signing in did not work. None of these texts holds a token or a secret.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The provider could not be reached, or does not say what a provider says.
    #[error("the provider {issuer} cannot be used: {why}")]
    Provider {
        /// The issuer's address.
        issuer: String,
        /// What went wrong.
        why: String,
    },
    /// The provider did not take the code.
    #[error("the provider did not exchange the code: {0}")]
    Code(String),
    /// The ID token is missing or not to be believed.
    #[error("the provider's token was not accepted: {0}")]
    Token(String),
}

/// What must be known when the person comes back. It stays in the session that began.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pending {
    /// Which provider.
    pub provider: usize,
    /// Proves that the answer belongs to this question.
    pub state: String,
    /// Binds the ID token to this question.
    pub nonce: String,
    /// Proves to the provider that the same program asks.
    pub verifier: String,
    /// Where to go afterwards.
    pub then: Option<String>,
}

/// Who came back.
#[derive(Debug, Clone)]
pub struct Verified {
    /// What the provider said, checked.
    pub signed_in: SignedIn,
    /// The ID token, for signing out there.
    pub id_token: String,
}

/// A provider in use. What was discovered is kept until its keys change.
#[derive(Debug)]
pub struct Provider {
    /// How it is set up.
    pub setup: ProviderSetup,
    http: reqwest::Client,
    env: Env,
    callback: RedirectUrl,
    known: RwLock<Option<Arc<ProviderMetadataWithLogout>>>,
}

/// An error of the HTTP client, without the address, which may hold a code.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct HttpError(String);

impl From<reqwest::Error> for HttpError {
    fn from(error: reqwest::Error) -> Self {
        Self(error.without_url().to_string())
    }
}

async fn body(answer: reqwest::Response) -> Result<Vec<u8>, HttpError> {
    let mut answer = answer;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err(HttpError("the answer is longer than 1 MiB".to_owned()));
        }
    }
    Ok(body)
}

async fn send(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let answer = http.execute(reqwest::Request::try_from(request)?).await?;
    let mut built = http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        built = built.header(name, value);
    }
    let body = body(answer).await?;
    built.body(body).map_err(|why| HttpError(why.to_string()))
}

impl Provider {
    /// A provider whose answers come back to `callback`. Nothing is asked of it yet.
    pub fn new(setup: ProviderSetup, env: Env, callback: RedirectUrl) -> Result<Self, SignInError> {
        // Redirects could lead a request with a code or a secret somewhere else. And a code is taken once: sent over a connection that
        // was kept, which the provider closes at that moment, it could not be sent again, and the person would have to begin anew.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .connect_timeout(Duration::from_secs(5))
            .timeout(Duration::from_secs(15))
            .build()
            .map_err(|why| SignInError::Provider { issuer: setup.issuer.clone(), why: why.to_string() })?;
        Ok(Self { setup, http, env, callback, known: RwLock::new(None) })
    }

    fn wrong(&self, why: impl ToString) -> SignInError {
        SignInError::Provider { issuer: self.setup.issuer.clone(), why: why.to_string() }
    }

    async fn discover(&self) -> Result<Arc<ProviderMetadataWithLogout>, SignInError> {
        let issuer = IssuerUrl::new(self.setup.issuer.clone()).map_err(|why| self.wrong(why))?;
        let http = |request| send(self.http.clone(), request);
        let found = ProviderMetadataWithLogout::discover_async(issuer, &http).await.map_err(|why| self.wrong(with_causes(&why)))?;
        let found = Arc::new(found);
        *self.known.write().await = Some(found.clone());
        Ok(found)
    }

    async fn metadata(&self) -> Result<Arc<ProviderMetadataWithLogout>, SignInError> {
        let known = self.known.read().await.clone();
        match known {
            Some(known) => Ok(known),
            None => self.discover().await,
        }
    }

    fn secret(&self) -> Option<ClientSecret> {
        self.setup.client_secret.as_ref().map(|secret| ClientSecret::new(secret.expose_secret().to_owned()))
    }

    fn random(&self) -> String {
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(self.env.bytes::<32>())
    }

    /// The address to send a person to, and what to remember.
    pub async fn begin(&self, number: usize, then: Option<String>, hint: Option<&str>) -> Result<(Url, Pending), SignInError> {
        let metadata = self.metadata().await?;
        let client = CoreClient::from_provider_metadata((*metadata).clone(), ClientId::new(self.setup.client_id.clone()), self.secret())
            .set_redirect_uri(self.callback.clone());
        let pending = Pending { provider: number, state: self.random(), nonce: self.random(), verifier: self.random(), then };
        let verifier = PkceCodeVerifier::new(pending.verifier.clone());
        let (state, nonce) = (pending.state.clone(), pending.nonce.clone());
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_scopes(self.setup.scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new));
        if let Some(hint) = hint {
            request = request.add_extra_param("login_hint", hint.to_owned());
        }
        Ok((request.url().0, pending))
    }

    /// Exchanges the code and checks who it is.
    pub async fn finish(&self, code: String, pending: &Pending) -> Result<Verified, SignInError> {
        let metadata = self.metadata().await?;
        let client = CoreClient::from_provider_metadata((*metadata).clone(), ClientId::new(self.setup.client_id.clone()), self.secret())
            .set_redirect_uri(self.callback.clone());
        let http = |request| send(self.http.clone(), request);
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|why| self.wrong(why))?
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()))
            .request_async(&http)
            .await
            .map_err(|why| SignInError::Code(with_causes(&why)))?;
        let token = answer.id_token().ok_or_else(|| SignInError::Token("there is none".to_owned()))?;
        let nonce = Nonce::new(pending.nonce.clone());
        let check = |metadata: &ProviderMetadataWithLogout| {
            token.claims(&self.verifier(metadata), &nonce).map(|claims| claims.subject().to_string())
        };
        let subject = match check(&metadata) {
            Ok(subject) => subject,
            // The provider's keys may have been changed since they were read: they are read again, once.
            Err(ClaimsVerificationError::SignatureVerification(_)) => {
                let metadata = self.discover().await?;
                check(&metadata).map_err(|why| SignInError::Token(with_causes(&why)))?
            }
            Err(why) => return Err(SignInError::Token(with_causes(&why))),
        };
        let id_token = token.to_string();
        let mut claims = claims_of(&id_token).ok_or_else(|| SignInError::Token("its claims are not JSON".to_owned()))?;
        let lacks = |claim: &str| claims.get(claim).is_none();
        if lacks(&self.setup.role_claim) || (lacks("name") && lacks("email")) {
            self.add_user_info(&metadata, answer.access_token(), &subject, &mut claims).await?;
        }
        Ok(Verified { signed_in: self.who(subject, &claims), id_token })
    }

    fn verifier<'a>(&self, metadata: &ProviderMetadataWithLogout) -> CoreIdTokenVerifier<'a> {
        let client = ClientId::new(self.setup.client_id.clone());
        let (issuer, keys) = (metadata.issuer().clone(), metadata.jwks().clone());
        let verifier = match self.secret() {
            Some(secret) => CoreIdTokenVerifier::new_confidential_client(client, secret, issuer, keys),
            None => CoreIdTokenVerifier::new_public_client(client, issuer, keys),
        };
        let now = self.env.now().micros() / 1_000_000;
        // Without this the library takes RS256 alone. A shared secret or no signature at all is never taken.
        let asymmetric = [Alg::RsaSsaPkcs1V15Sha256, Alg::RsaSsaPssSha256, Alg::EcdsaP256Sha256, Alg::EcdsaP384Sha384, Alg::EdDsa];
        verifier.set_allowed_algs(asymmetric).set_time_fn(move || moment(now - SKEW)).set_issue_time_verifier_fn(move |issued| {
            if issued > moment(now + SKEW) { Err("it was issued in the future".to_owned()) } else { Ok(()) }
        })
    }

    /// What the user info endpoint says besides, of the same person.
    async fn add_user_info(
        &self,
        metadata: &ProviderMetadataWithLogout,
        token: &AccessToken,
        subject: &str,
        claims: &mut Value,
    ) -> Result<(), SignInError> {
        let Some(address) = metadata.userinfo_endpoint() else {
            return Ok(());
        };
        let answer = self
            .http
            .get(address.url().clone())
            .bearer_auth(token.secret())
            .send()
            .await
            .map_err(|why| self.wrong(HttpError::from(why)))?;
        if !answer.status().is_success() {
            return Err(self.wrong(format!("its user info endpoint answered {}", answer.status())));
        }
        let body = body(answer).await.map_err(|why| self.wrong(why))?;
        let said: Value = serde_json::from_slice(&body).map_err(|_| self.wrong("its user info endpoint does not answer with JSON"))?;
        if said["sub"].as_str() != Some(subject) {
            return Err(self.wrong("its user info endpoint speaks of another person"));
        }
        if let (Some(claims), Some(said)) = (claims.as_object_mut(), said.as_object()) {
            for (name, value) in said {
                claims.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        Ok(())
    }

    fn who(&self, subject: String, claims: &Value) -> SignedIn {
        let text = |claim: &str| claims[claim].as_str().map(str::to_owned).filter(|text| !text.trim().is_empty());
        // An address that the provider says it did not verify could be anybody's.
        let email = text("email").filter(|_| claims["email_verified"] != Value::Bool(false));
        let name = text("name").or_else(|| text("preferred_username")).or_else(|| email.clone()).unwrap_or_else(|| subject.clone());
        let groups: Vec<&str> = match &claims[&self.setup.role_claim] {
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            Value::String(one) => vec![one],
            _ => Vec::new(),
        };
        let roles: BTreeSet<Role> = groups.into_iter().filter_map(|group| self.setup.roles.get(group).copied()).collect();
        let amr =
            claims["amr"].as_array().map(|list| list.iter().filter_map(Value::as_str).map(str::to_owned).collect()).unwrap_or_default();
        let auth_time = claims["auth_time"].as_i64().map(|seconds| seconds.saturating_mul(1_000_000));
        let sign_in = SignIn { acr: text("acr"), amr, auth_time };
        SignedIn { issuer: self.setup.issuer.clone(), subject, name, email, roles, zone: text("zoneinfo"), sign_in }
    }

    /// Where signing out at the provider begins; `None` where it has no such place.
    pub async fn end_session(&self, id_token: &str, back: &Url) -> Option<Url> {
        let metadata = self.metadata().await.ok()?;
        let address = metadata.additional_metadata().end_session_endpoint.clone()?;
        let request = LogoutRequest::from(address).set_client_id(ClientId::new(self.setup.client_id.clone()));
        let mut url = request.set_post_logout_redirect_uri(PostLogoutRedirectUrl::from_url(back.clone())).http_get_url();
        url.query_pairs_mut().append_pair("id_token_hint", id_token);
        Some(url)
    }
}

/// The claims of a token whose signature was checked.
fn claims_of(token: &str) -> Option<Value> {
    let payload = token.split('.').nth(1)?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

fn moment(seconds: i64) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
