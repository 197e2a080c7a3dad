//! A running org with a clock that only the test moves, and a client that speaks to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tenant::company::{Company, Config as CompanyConfig};
use tenant::idp::Clock as _;
use tenant::okta::{Config, Handle, ServiceApp, WebApp, serve};

use crate::common::{StepClock, seeded};

pub const NOW: i64 = 1_795_248_644_000_000;
pub const BACK: &str = "http://127.0.0.1:1/linked";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const ALL_SCOPES: &str =
    "okta.users.read okta.groups.manage okta.apps.manage okta.roles.manage okta.logs.read okta.governance.accessCertifications.manage";

/// A key pair for ES256.
pub struct Key(SigningKey);

impl Key {
    pub fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    pub fn jwk(&self) -> Value {
        let point = self.0.verifying_key().to_sec1_point(false);
        let bytes = point.as_bytes();
        json!({ "kty": "EC", "crv": "P-256", "x": BASE64.encode(&bytes[1..33]), "y": BASE64.encode(&bytes[33..65]) })
    }

    pub fn sign(&self, head: &Value, claims: &Value) -> String {
        let text = format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()));
        let signature: Signature = self.0.sign(text.as_bytes());
        format!("{text}.{}", BASE64.encode(signature.to_bytes()))
    }
}

pub struct Org {
    pub handle: Handle,
    pub clock: Arc<StepClock>,
    pub key: Key,
    pub http: reqwest::Client,
}

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub json: Value,
    pub text: String,
}

/// The folder of contracts beside the workspace; none where it is absent, which is said.
pub fn contracts() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs/okta");
    if folder.is_dir() {
        return Some(folder);
    }
    #[expect(clippy::print_stderr, reason = "a test left out says so")]
    {
        eprintln!("LEFT OUT: ../shared/specs is not here, so nothing was judged by Okta's contracts");
    }
    None
}

impl Org {
    pub async fn start(with: impl FnOnce(&mut Config)) -> Self {
        let clock = StepClock::at(NOW);
        let key = Key::new(7);
        let mut config = Config::new(clock.clone(), seeded(1));
        let mut jwk = key.jwk();
        jwk["kid"] = json!("k1");
        let service = |id: &str, scopes: &str, roles: &[&str], dpop| ServiceApp {
            client_id: id.to_owned(),
            keys: vec![jwk.clone()],
            scopes: scopes.split(' ').map(str::to_owned).collect(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            dpop,
        };
        config.services = vec![
            service("0oaadmin", ALL_SCOPES, &["SUPER_ADMIN"], false),
            service("0oareader", "okta.users.read okta.groups.read okta.governance.reviewer.manage", &["READ_ONLY_ADMIN"], false),
            service("0oaproof", "okta.users.read", &["READ_ONLY_ADMIN"], true),
        ];
        config.web = vec![WebApp {
            client_id: "0oaweb".to_owned(),
            client_secret: "a secret: with + and %".to_owned(),
            name: "Countersign".to_owned(),
            redirect_uris: vec![BACK.to_owned()],
            scopes: vec!["okta.governance.reviewer.read".to_owned(), "okta.governance.reviewer.manage".to_owned()],
        }];
        config.specs = contracts();
        config.judge_answers = true;
        config.events_per_app = 2;
        with(&mut config);
        let company = Company::generate(CompanyConfig::new(7, NOW).people(120).applications(12)).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let handle = serve(listener, &company, config).unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { handle, clock, key, http }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.handle.base())
    }

    pub fn with(&self, path: &str, query: &[(&str, &str)]) -> String {
        url::Url::parse_with_params(&self.url(path), query).unwrap().into()
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await.unwrap();
        Answer { status, headers, json: serde_json::from_str(&text).unwrap_or_default(), text }
    }

    pub async fn call(&self, token: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.http.request(method, self.url(path)).bearer_auth(token);
        self.send(match body {
            Some(body) => request.json(&body),
            None => request,
        })
        .await
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.call(token, Method::GET, path, None).await
    }

    pub fn assertion(&self, client: &str, change: impl FnOnce(&mut Value)) -> String {
        let now = self.clock.now_micros() / 1_000_000;
        let mut claims = json!({ "iss": client, "sub": client, "aud": self.url("/oauth2/v1/token"), "iat": now, "exp": now + 300, "jti": format!("{client}{now}") });
        change(&mut claims);
        self.key.sign(&json!({ "alg": "ES256", "kid": "k1" }), &claims)
    }

    pub async fn token_with(&self, assertion: &str, scope: &str, proof: Option<&str>) -> Answer {
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", scope),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
        ];
        let request = self.http.post(self.url("/oauth2/v1/token")).form(&form);
        self.send(match proof {
            Some(proof) => request.header("DPoP", proof),
            None => request,
        })
        .await
    }

    pub async fn service(&self, client: &str, scope: &str) -> String {
        let answer = self.token_with(&self.assertion(client, |_| {}), scope, None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn admin(&self) -> String {
        self.clock.pass(1);
        self.service("0oaadmin", ALL_SCOPES).await
    }

    /// Signs a person in with PKCE and consent, and gives the whole token answer.
    pub async fn sign_in(&self, user: &str, scope: &str) -> Answer {
        let challenge = BASE64.encode(Sha256::digest(VERIFIER));
        let query = [
            ("client_id", "0oaweb"),
            ("redirect_uri", BACK),
            ("response_type", "code"),
            ("state", "s1"),
            ("nonce", "n1"),
            ("scope", scope),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let page = self.send(self.http.get(self.with("/oauth2/v1/authorize", &query))).await;
        assert_eq!(page.status, 200, "{}", page.text);
        assert!(page.text.contains(user) && page.text.contains("Sign in and allow"), "{}", page.text);
        let mut form = query.to_vec();
        form.extend([("sign_in_as", user), ("allow", "yes")]);
        let back = self.send(self.http.post(self.url("/oauth2/v1/authorize")).form(&form)).await;
        assert_eq!(back.status, StatusCode::FOUND, "{}", back.text);
        let location = url::Url::parse(back.headers["location"].to_str().unwrap()).unwrap();
        let part = |name: &str| location.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned()).unwrap();
        assert_eq!(part("state"), "s1");
        self.redeem(&[("grant_type", "authorization_code"), ("code", &part("code")), ("code_verifier", VERIFIER), ("redirect_uri", BACK)])
            .await
    }

    pub async fn redeem(&self, form: &[(&str, &str)]) -> Answer {
        self.send(self.http.post(self.url("/oauth2/v1/token")).basic_auth("0oaweb", Some("a secret%3A with %2B and %25")).form(form)).await
    }

    pub async fn reviewer(&self, user: &str) -> String {
        let scope = "openid profile offline_access okta.governance.reviewer.read okta.governance.reviewer.manage";
        self.sign_in(user, scope).await.json["access_token"].as_str().unwrap().to_owned()
    }

    /// Makes and launches a campaign over one group with its members' managers as reviewers; the campaign's id.
    pub async fn campaign(&self, admin: &str, group: &str, change: impl FnOnce(&mut Value)) -> String {
        let fallback = self.handle.accounts().iter().find(|account| account.person_id == "p00001").unwrap().id.clone();
        let mut body = json!({
            "name": "Autumn review", "campaignType": "RESOURCE",
            "scheduleSettings": { "type": "ONE_OFF", "startDate": "2026-12-01T00:00:00.000Z", "durationInDays": 21, "timeZone": "Europe/Paris" },
            "resourceSettings": { "targetTypes": ["GROUP"], "targetResources": [{ "resourceType": "GROUP", "resourceId": group }] },
            "reviewerSettings": { "type": "REVIEWER_EXPRESSION", "reviewerScopeExpression": "user.profile.managerId",
                "fallBackReviewerId": fallback, "selfReviewDisabled": true, "justificationRequirement": "REQUIRED_FOR_REVOKE" },
            "remediationSettings": { "accessApproved": "NO_ACTION", "accessRevoked": "DENY", "noResponse": "DENY" },
        });
        change(&mut body);
        let made = self.call(admin, Method::POST, "/governance/api/v1/campaigns", Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let id = made.json["id"].as_str().unwrap().to_owned();
        let launched = self.call(admin, Method::POST, &format!("/governance/api/v1/campaigns/{id}/launch"), None).await;
        assert_eq!(launched.status, 202);
        id
    }

    pub async fn reviews(&self, admin: &str, campaign: &str) -> Vec<Value> {
        let (mut found, mut after) = (Vec::new(), String::new());
        loop {
            let filter = format!("campaignId eq \"{campaign}\"");
            let mut query = vec![("filter", filter.as_str()), ("limit", "200")];
            if !after.is_empty() {
                query.push(("after", &after));
            }
            let page = self.send(self.http.get(self.with("/governance/api/v1/reviews", &query)).bearer_auth(admin)).await;
            assert_eq!(page.status, 200, "{}", page.text);
            found.extend(page.json["data"].as_array().unwrap().clone());
            let Some(next) = page.json["_links"]["next"]["href"].as_str() else { return found };
            let next = url::Url::parse(next).unwrap();
            assert_eq!(next.host_str(), Some("meridian-admin.okta.example"), "governance links name the console's host");
            after = next.query_pairs().find(|(key, _)| key == "after").unwrap().1.into_owned();
        }
    }

    pub fn judged_clean(&self) {
        assert_eq!(self.handle.violations(), Vec::<String>::new());
    }
}
