//! A simulated org and a source that reads it, in one simulated time.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use connect::{
    Error, PageRead, Reading, Source as _,
    http::{Authority as _, Client, ClientConfig, Limits, Method, Pause, SimulatedPause, Url},
    native::WebApp,
    okta::{Attributes, OktaConfig, OktaSource, ServiceApp, ServiceAuthority, SigningKey},
};
use domain::{Clock as _, Env, ManualClock, Random as _, SeededRandom, Timestamp};
use secrecy::SecretString;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tenant::{
    company::{Company, Config as CompanyConfig},
    okta::{Config, Handle, serve},
};

pub const NOW: Timestamp = Timestamp(1_795_248_644_000_000);
pub const BACK: &str = "http://127.0.0.1:1/linked";

pub struct World {
    pub org: Handle,
    pub company: Company,
    pub source: OktaSource,
    pub clock: Arc<ManualClock>,
    env: Env,
}

/// A P-256 key in PKCS #8 (RFC 5208, RFC 5915): a fixed head, the scalar, and no public key.
fn pem(seed: u8) -> SecretString {
    let mut der = hex::decode("3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420").unwrap();
    der.extend([seed; 32]);
    SecretString::from(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der)))
}

pub fn app(client_id: &str, seed: u8) -> ServiceApp {
    let key = Arc::new(SigningKey::from_pem(&pem(seed)).unwrap());
    ServiceApp { client_id: client_id.to_owned(), key_id: "k1".to_owned(), key }
}

fn registered(app: &ServiceApp, scopes: &[&str], roles: &[&str]) -> tenant::okta::ServiceApp {
    let mut jwk = app.key.public();
    jwk["kid"] = serde_json::json!(app.key_id);
    let owned = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
    tenant::okta::ServiceApp { client_id: app.client_id.clone(), keys: vec![jwk], scopes: owned(scopes), roles: owned(roles), dpop: false }
}

/// The folder of contracts beside the workspace; none where it is absent, which is said.
pub fn contracts() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs/okta");
    if folder.is_dir() {
        return Some(folder);
    }
    #[expect(clippy::print_stderr, reason = "a test left out says so")]
    {
        eprintln!("LEFT OUT: ../shared/specs is not here, so no call was judged by Okta's contracts");
    }
    None
}

pub fn web_app() -> WebApp {
    let client_secret = SecretString::from("a secret: with + and %".to_owned());
    WebApp { client_id: "0oaweb".to_owned(), client_secret, redirect_uri: BACK.to_owned(), offline: true }
}

impl World {
    pub async fn start(with: impl FnOnce(&mut Config)) -> Self {
        Self::of(120, 12, with, |_| {}).await
    }

    pub async fn of(people: usize, applications: usize, with: impl FnOnce(&mut Config), and: impl FnOnce(&mut OktaConfig)) -> Self {
        let (env, clock) = Env::simulated(NOW, 7);
        let (reader, remover) = (app("0oareader", 11), app("0oaremover", 12));
        let (org_clock, chance) = (clock.clone(), SeededRandom::new(3));
        let mut config = Config::new(Arc::new(move || org_clock.now().micros()), Arc::new(move |bytes: &mut [u8]| chance.fill(bytes)));
        let mut reads = connect::okta::READ_SCOPES.to_vec();
        reads.push(connect::okta::GOVERNANCE_READ_SCOPE);
        let mut manages = connect::okta::REMOVE_SCOPES.to_vec();
        manages.push(connect::okta::GOVERNANCE_MANAGE_SCOPE);
        config.services = vec![
            registered(&reader, &reads, &["READ_ONLY_ADMIN", "ACCESS_CERTIFICATIONS_ADMIN"]),
            registered(&remover, &manages, &["SUPER_ADMIN"]),
        ];
        config.web = vec![tenant::okta::WebApp {
            client_id: "0oaweb".to_owned(),
            client_secret: "a secret: with + and %".to_owned(),
            name: "Countersign".to_owned(),
            redirect_uris: vec![BACK.to_owned()],
            scopes: vec!["okta.governance.reviewer.read".to_owned(), "okta.governance.reviewer.manage".to_owned()],
        }];
        config.specs = contracts();
        config.events_per_app = 2;
        with(&mut config);
        let company = Company::generate(CompanyConfig::new(7, NOW.micros()).people(people).applications(applications)).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let org = serve(listener, &company, config).unwrap();
        let source = Self::source_of(org.base(), &env, &clock, and);
        Self { org, company, source, clock, env }
    }

    fn source_of(base: &str, env: &Env, clock: &Arc<ManualClock>, and: impl FnOnce(&mut OktaConfig)) -> OktaSource {
        let pause: Arc<dyn Pause> = Arc::new(SimulatedPause(clock.clone()));
        let mut config = OktaConfig {
            base: Url::parse(base).unwrap(),
            env: env.clone(),
            pause,
            limits: Limits { answer: Duration::from_secs(20), ..Limits::default() },
            reader: app("0oareader", 11),
            governance: true,
            remover: Some(app("0oaremover", 12)),
            attributes: Attributes::default(),
            owners: true,
        };
        and(&mut config);
        OktaSource::new(config).unwrap()
    }

    /// Another process that reads the same org: nothing of the first is known to it.
    pub fn another_source(&self) -> OktaSource {
        Self::source_of(self.org.base(), &self.env, &self.clock, |_| {})
    }

    pub async fn pages(&self) -> Result<Vec<PageRead>, Error> {
        let (mut pages, mut cursor) = (Vec::new(), None);
        loop {
            let page = self.source.read_page(cursor.as_ref()).await?;
            cursor.clone_from(&page.next);
            pages.push(page);
            if cursor.is_none() {
                return Ok(pages);
            }
        }
    }

    pub async fn read(&self) -> Result<Reading, Error> {
        let pages = self.pages().await?;
        self.source.assemble(self.clock.now(), pages, 200)
    }

    /// A token of the app that may change things, for what somebody else does in the org.
    pub async fn admin_token(&self) -> String {
        let remover = app("0oaremover", 12);
        let mut scopes = connect::okta::REMOVE_SCOPES.to_vec();
        scopes.push(connect::okta::GOVERNANCE_MANAGE_SCOPE);
        let client = Client::new(ClientConfig {
            base: Url::parse(self.org.base()).unwrap(),
            env: self.env.clone(),
            pause: Arc::new(SimulatedPause(self.clock.clone())),
            limits: Limits::default(),
            limit_headers: None,
        });
        let authority = ServiceAuthority::new(Arc::new(client.unwrap()), remover, &scopes);
        let url = Url::parse(self.org.base()).unwrap();
        let headers = authority.headers(&Method::GET, &url).await.unwrap();
        headers[0].1.to_str().unwrap().strip_prefix("Bearer ").unwrap().to_owned()
    }

    /// A call that somebody else makes in the org.
    pub async fn elsewhere(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = http.request(method, format!("{}{path}", self.org.base())).bearer_auth(self.admin_token().await);
        let answer = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = answer.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    pub async fn add_member(&self, group: &str, user: &str) {
        assert_eq!(self.elsewhere(Method::PUT, &format!("/api/v1/groups/{group}/users/{user}"), None).await.0, 204);
    }

    /// Nothing that was asked broke Okta's contracts.
    pub fn judged_clean(&self) {
        assert_eq!(self.org.violations(), Vec::<String>::new());
    }
}
