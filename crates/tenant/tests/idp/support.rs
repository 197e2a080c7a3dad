//! A running provider with a clock that only the test moves.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tenant::idp::{Client, Config, Handle, IdpPerson, serve};

pub use crate::common::StepClock;
use crate::common::seeded;

/// RFC 7636, Appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// 2026-11-21T08:10:44Z.
pub const NOW: i64 = 1_795_248_644_000_000;
pub const SECRET: &str = "a secret: with + and %";
pub const BACK: &str = "http://127.0.0.1:1/callback";

fn person(sub: &str, name: &str, mail: &str, group: &str, note: &str) -> IdpPerson {
    IdpPerson {
        sub: sub.to_owned(),
        name: name.to_owned(),
        email: format!("{mail}@meridian.example"),
        groups: vec![group.to_owned()],
        note: note.to_owned(),
    }
}

pub fn config(clock: &Arc<StepClock>) -> Config {
    Config {
        organisation: "Meridian".to_owned(),
        clients: vec![
            Client {
                id: "countersign".to_owned(),
                secret: Some(SECRET.to_owned()),
                redirect_uris: vec![BACK.to_owned()],
                post_logout_redirect_uris: vec!["http://127.0.0.1:1/bye".to_owned()],
            },
            Client {
                id: "desktop".to_owned(),
                secret: None,
                redirect_uris: vec!["http://127.0.0.1:1/desktop".to_owned()],
                post_logout_redirect_uris: vec![],
            },
        ],
        people: vec![
            person("p00042", "Ingrid Olsen", "ingrid.olsen", "countersign-reviewers", "Manager"),
            person("p00007", "<b>Bold</b>", "bold", "countersign-auditors", "Auditor"),
            person("p00008", "Quiet Person", "quiet", "countersign-reviewers", ""),
        ],
        clock: clock.clone(),
        random: seeded(7),
    }
}

/// An authorization request.
#[derive(Clone)]
pub struct Request(BTreeMap<String, String>);

impl Request {
    pub fn set(&mut self, name: &str, value: &str) -> &mut Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.0.remove(name);
        self
    }

    pub fn pairs(&self) -> Vec<(String, String)> {
        self.0.clone().into_iter().collect()
    }
}

pub struct Room {
    pub handle: Handle,
    pub http: reqwest::Client,
    pub clock: Arc<StepClock>,
}

impl Room {
    pub async fn open() -> Self {
        // Only the first of several tests in the process installs it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = StepClock::at(NOW);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let handle = serve(listener, config(&clock)).unwrap();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        Self { handle, http, clock }
    }

    pub async fn close(self) {
        drop(self.http);
        self.handle.shutdown().await.unwrap();
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.handle.issuer())
    }

    /// An address with parameters.
    pub fn asked<N: AsRef<str>>(&self, path: &str, pairs: &[(N, String)]) -> url::Url {
        url::Url::parse_with_params(&self.at(path), pairs).unwrap()
    }

    /// A request in which everything is right.
    pub fn request() -> Request {
        let mut request = Request(BTreeMap::new());
        request
            .set("response_type", "code")
            .set("client_id", "countersign")
            .set("redirect_uri", BACK)
            .set("scope", "openid profile email groups")
            .set("state", "s-1")
            .set("nonce", "n-1")
            .set("code_challenge", &BASE64.encode(Sha256::digest(VERIFIER)))
            .set("code_challenge_method", "S256");
        request
    }

    /// Sends the page's form with the first person chosen, and gives the address it leads to.
    pub async fn sign_in(&self, request: &Request) -> url::Url {
        let page = self.http.get(self.asked("/authorize", &request.pairs())).send().await.unwrap();
        assert_eq!(page.status(), 200);
        let mut form = request.pairs();
        form.push(("sign_in_as".to_owned(), "p00042".to_owned()));
        let response = self.http.post(self.at("/sign-in")).form(&form).send().await.unwrap();
        assert_eq!(response.status(), 303);
        response.headers()["location"].to_str().unwrap().parse().unwrap()
    }

    pub async fn code(&self, request: &Request) -> String {
        let url = self.sign_in(request).await;
        let found: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!(found["state"], request.0["state"]);
        assert_eq!(found["iss"], self.handle.issuer());
        found["code"].clone()
    }

    /// Exchanges a code; `changes` replace or, when empty, remove parameters.
    pub async fn exchange(&self, code: &str, changes: &[(&str, &str)]) -> reqwest::Response {
        let mut body: BTreeMap<&str, &str> =
            BTreeMap::from([("grant_type", "authorization_code"), ("code", code), ("redirect_uri", BACK), ("code_verifier", VERIFIER)]);
        for (name, value) in changes {
            if value.is_empty() {
                body.remove(name);
            } else {
                body.insert(name, value);
            }
        }
        self.http.post(self.at("/token")).header("authorization", basic("countersign", SECRET)).form(&body).send().await.unwrap()
    }

    pub async fn tokens(&self) -> Value {
        let code = self.code(&Self::request()).await;
        let response = self.exchange(&code, &[]).await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    pub async fn get_json(&self, path: &str) -> Value {
        self.http.get(self.at(path)).send().await.unwrap().json().await.unwrap()
    }

    /// The claims of a token whose signature a published key confirms.
    pub async fn verified(&self, token: &str) -> Option<Value> {
        let parts: Vec<&str> = token.split('.').collect();
        let header: Value = serde_json::from_slice(&BASE64.decode(parts[0]).unwrap()).unwrap();
        assert_eq!(header["alg"], "ES256");
        let set = self.get_json("/jwks").await;
        let key = set["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"])?;
        let mut point = vec![4_u8];
        point.extend(BASE64.decode(key["x"].as_str().unwrap()).unwrap());
        point.extend(BASE64.decode(key["y"].as_str().unwrap()).unwrap());
        let key = VerifyingKey::from_sec1_bytes(&point).unwrap();
        let signature = Signature::from_slice(&BASE64.decode(parts[2]).unwrap()).unwrap();
        key.verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &signature).ok()?;
        Some(serde_json::from_slice(&BASE64.decode(parts[1]).unwrap()).unwrap())
    }
}

/// `client_secret_basic` (RFC 6749, 2.3.1): both parts are form-encoded first.
pub fn basic(id: &str, secret: &str) -> String {
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let both = format!("{}:{}", encode(id), encode(secret));
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(both))
}
