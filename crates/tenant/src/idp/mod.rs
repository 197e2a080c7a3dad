//! A simulated OpenID provider over real HTTP: authorization code flow with PKCE, as strict as the
//! specifications allow (OpenID Connect Core 1.0, RFC 6749, RFC 7636, RFC 9207, RP-Initiated Logout 1.0).
//!
//! It knows nobody's password: whoever reaches the page may sign in as anybody. Therefore it answers on
//! loopback addresses only and refuses to start anywhere else.

mod authorize;
pub(crate) mod form;
pub(crate) mod keys;
mod logout;
pub(crate) mod pages;
mod token;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::listen::{ListenError, Listening, address_of};
use keys::Keys;

/// What time it is. The provider asks nobody else.
pub trait Clock: Send + Sync {
    /// Microseconds since 1970 UTC.
    fn now_micros(&self) -> i64;
}

impl<F: Fn() -> i64 + Send + Sync> Clock for F {
    fn now_micros(&self) -> i64 {
        self()
    }
}

/// Where secrets come from. The provider asks nobody else.
pub trait Random: Send + Sync {
    /// Fills with bytes that cannot be guessed.
    fn fill(&self, bytes: &mut [u8]);
}

impl<F: Fn(&mut [u8]) + Send + Sync> Random for F {
    fn fill(&self, bytes: &mut [u8]) {
        self(bytes);
    }
}

/// Somebody who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdpPerson {
    /// The stable `sub`.
    pub sub: String,
    /// Name shown and claimed.
    pub name: String,
    /// Mail address.
    pub email: String,
    /// Names in the `groups` claim.
    pub groups: Vec<String>,
    /// What the sign-in page says beside the name; people without one are listed further down.
    pub note: String,
}

/// An application that people sign in to.
#[derive(Debug, Clone)]
pub struct Client {
    /// `client_id`.
    pub id: String,
    /// With one, the token endpoint asks for `client_secret_basic`; without, the client is public and PKCE stands alone.
    pub secret: Option<String>,
    /// Compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Compared byte for byte.
    pub post_logout_redirect_uris: Vec<String>,
}

/// What a provider is made of.
#[derive(Clone)]
pub struct Config {
    /// The organisation's name on the pages, for example "Meridian".
    pub organisation: String,
    /// Applications.
    pub clients: Vec<Client>,
    /// People, in the order of the page.
    pub people: Vec<IdpPerson>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
}

/// A running provider. Dropping it stops it.
pub struct Handle {
    address: SocketAddr,
    provider: Arc<Provider>,
    listening: Listening,
}

impl Handle {
    /// Where it answers.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The issuer, `http://127.0.0.1:PORT`; discovery is below it.
    pub fn issuer(&self) -> &str {
        &self.provider.issuer
    }

    /// A new key signs from now on; tokens of the key before still verify, older ones do not.
    pub fn rotate(&self) {
        self.provider.state().keys.rotate(self.provider.config.random.as_ref());
    }

    /// Stops after the answers that are under way.
    pub async fn shutdown(self) -> std::io::Result<()> {
        self.listening.shutdown().await
    }
}

/// Starts a provider on a bound listener; refuses addresses that are not loopback.
pub fn serve(listener: TcpListener, config: Config) -> Result<Handle, ListenError> {
    let address = address_of(&listener, "sign-in provider")?;
    let keys = Keys::new(config.random.as_ref());
    let provider = Arc::new(Provider {
        issuer: format!("http://{address}"),
        config,
        state: Mutex::new(Running { keys, codes: BTreeMap::new(), tokens: BTreeMap::new() }),
    });
    let router = router(Arc::clone(&provider));
    Ok(Handle { address, provider, listening: Listening::start(listener, router) })
}

/// The provider's fixed and moving parts.
struct Provider {
    issuer: String,
    config: Config,
    state: Mutex<Running>,
}

struct Running {
    keys: Keys,
    /// Codes by themselves; a used one stays a while, so that a second use is noticed.
    codes: BTreeMap<String, Code>,
    tokens: BTreeMap<String, AccessToken>,
}

/// What an authorization code stands for.
#[derive(Clone)]
struct Code {
    client: String,
    redirect_uri: String,
    challenge: String,
    sub: String,
    nonce: Option<String>,
    scope: String,
    acr: &'static str,
    /// Seconds since 1970.
    signed_in: i64,
    used: bool,
}

/// What an access token stands for.
struct AccessToken {
    sub: String,
    scope: String,
    code: String,
    /// Seconds since 1970.
    ends: i64,
}

impl Provider {
    fn state(&self) -> MutexGuard<'_, Running> {
        // Nothing is left half done while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.config.clock.now_micros().div_euclid(1_000_000)
    }

    fn client(&self, id: &str) -> Option<&Client> {
        self.config.clients.iter().find(|client| client.id == id)
    }

    fn person(&self, sub: &str) -> Option<&IdpPerson> {
        self.config.people.iter().find(|person| person.sub == sub)
    }

    /// 256 bits of chance in 64 hexadecimal digits.
    fn secret(&self) -> String {
        let mut bytes = [0_u8; 32];
        self.config.random.fill(&mut bytes);
        hex::encode(bytes)
    }
}

fn router(provider: Arc<Provider>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks", get(jwks))
        .route("/authorize", get(authorize::page).post(authorize::post))
        .route("/sign-in", axum::routing::post(authorize::sign_in))
        .route("/token", axum::routing::post(token::exchange))
        .route("/userinfo", get(token::userinfo).post(token::userinfo))
        .route("/end_session", get(logout::by_link).post(logout::by_form))
        .route("/style.css", get(pages::style))
        .layer(DefaultBodyLimit::max(64 * 1024))
        .with_state(provider)
}

type Shared = State<Arc<Provider>>;

async fn discovery(State(provider): Shared) -> Json<Value> {
    let issuer = &provider.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "end_session_endpoint": format!("{issuer}/end_session"),
        "scopes_supported": ["openid", "profile", "email", "groups"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
        "code_challenge_methods_supported": ["S256"],
        "acr_values_supported": [authorize::ACR_USUAL, authorize::ACR_STRONG],
        "claims_supported": ["iss", "sub", "aud", "exp", "iat", "nonce", "auth_time", "acr", "amr", "name", "email", "email_verified", "groups"],
        "authorization_response_iss_parameter_supported": true,
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
    }))
}

async fn jwks(State(provider): Shared) -> Response {
    let keys = provider.state().keys.published();
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(keys)).into_response()
}

/// A redirect after a form: the browser comes with GET, and nothing keeps it.
pub(crate) fn see_other(location: &str) -> Response {
    match HeaderValue::from_str(location) {
        Ok(value) => (StatusCode::SEE_OTHER, [(header::LOCATION, value), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))])
            .into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
