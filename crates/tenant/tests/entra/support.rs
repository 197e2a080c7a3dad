//! A running tenant, and somebody to speak to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tenant::company::{self, Company};
use tenant::entra::{Config, Handle, Registration, serve};
use tenant::spec::Spec;

use crate::common::{StepClock, seeded};

/// 2026-11-21T08:00:00Z.
pub const NOW: i64 = 1_795_248_000_000_000;
pub const TENANT: &str = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
pub const BACK: &str = "http://127.0.0.1:1/back";

/// The contract, where it is at hand; says so where it is not.
pub fn contract() -> Option<Arc<Spec>> {
    let path = shared("specs/entra/entra-graph-v1.0-subset.openapi31.json")?;
    Some(Arc::new(Spec::read(&path, "/v1.0").unwrap()))
}

/// A file of the shared folder, where it is at hand; says so where it is not.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
pub fn shared(file: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(file);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not at hand", path.display());
    None
}

pub fn registration(id: &str, application: &[&str], delegated: &[&str]) -> Registration {
    let owned = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
    Registration {
        client_id: id.to_owned(),
        secret: Some(format!("secret of {id}")),
        certificate: None,
        application: owned(application),
        delegated: owned(delegated),
        redirect_uris: vec![BACK.to_owned()],
    }
}

pub struct Room {
    pub handle: Handle,
    pub company: Company,
    pub clock: Arc<StepClock>,
    pub http: reqwest::Client,
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub json: Value,
}

impl Got {
    pub fn code(&self) -> &str {
        self.json["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn rows(&self) -> &Vec<Value> {
        self.json["value"].as_array().unwrap()
    }
}

impl Room {
    pub async fn open(change: impl FnOnce(&mut Config)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = StepClock::at(NOW);
        let company = Company::generate(company::Config::new(7, NOW).people(150).applications(12)).unwrap();
        let mut config = Config::new(TENANT, clock.clone(), seeded(7));
        config.registrations = vec![
            registration("reader", &["User.Read.All", "GroupMember.Read.All", "Application.Read.All", "AuditLog.Read.All"], &[]),
            registration("all", &every_permission(), &["AccessReview.ReadWrite.All", "AccessReview.Read.All"]),
        ];
        config.contract = contract();
        config.judge_answers = true;
        change(&mut config);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let handle = serve(listener, &company, config).unwrap();
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
        Self { handle, company, clock, http }
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.handle.base())
    }

    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Got {
        got(self.http.post(self.at(path)).form(fields).send().await.unwrap()).await
    }

    /// An application's own token.
    pub async fn app(&self, client: &str) -> String {
        let secret = format!("secret of {client}");
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", client),
            ("client_secret", &secret),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let got = self.form(&format!("/{TENANT}/oauth2/v2.0/token"), &fields).await;
        got.json["access_token"].as_str().unwrap_or_else(|| panic!("{got:?}")).to_owned()
    }

    /// The address that the sign-in leads back to.
    pub async fn sign_in(&self, client: &str, user: &str, scope: &str) -> url::Url {
        let fields = [
            ("client_id", client),
            ("redirect_uri", BACK),
            ("response_type", "code"),
            ("scope", scope),
            ("state", "s"),
            ("nonce", "n"),
            // RFC 7636, appendix B.
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
            ("sign_in_as", user),
        ];
        let sent = self.http.post(self.at(&format!("/{TENANT}/sign-in"))).form(&fields).send().await.unwrap();
        sent.headers()["location"].to_str().unwrap().parse().unwrap()
    }

    pub async fn redeem(&self, client: &str, code: &str) -> Got {
        let secret = format!("secret of {client}");
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("client_secret", &secret),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
        ];
        self.form(&format!("/{TENANT}/oauth2/v2.0/token"), &fields).await
    }

    /// A person's token.
    pub async fn person(&self, user: &str) -> String {
        let back = self.sign_in("all", user, "openid offline_access https://graph.microsoft.com/AccessReview.ReadWrite.All").await;
        let code = back.query_pairs().find(|(name, _)| name == "code").map_or_else(|| panic!("{back}"), |(_, code)| code.into_owned());
        self.redeem("all", &code).await.json["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn call(&self, method: &str, path: &str, token: &str, body: Option<Value>) -> Got {
        let mut request = self.http.request(method.parse().unwrap(), self.at(&format!("/v1.0{path}"))).bearer_auth(token);
        if path.contains("$count=true") {
            request = request.header("ConsistencyLevel", "eventual");
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        got(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str, token: &str) -> Got {
        self.call("GET", path, token, None).await
    }

    /// All rows of a list, page by page.
    pub async fn all(&self, path: &str, token: &str) -> Vec<Value> {
        let mut rows = Vec::new();
        let mut next = path.to_owned();
        loop {
            let page = self.get(&next, token).await;
            assert_eq!(page.status, 200, "{page:?}");
            rows.extend(page.rows().iter().cloned());
            match page.json["@odata.nextLink"].as_str() {
                Some(link) => link.strip_prefix(&self.at("/v1.0")).unwrap().clone_into(&mut next),
                None => return rows,
            }
        }
    }

    pub fn user(&self, person: &str) -> String {
        self.handle.user_id(person)
    }

    /// A review's definition, its first instance of a kind of resource, and the address of both.
    pub async fn instance(&self, token: &str, name: &str) -> String {
        let definitions = self.all("/identityGovernance/accessReviews/definitions", token).await;
        let found = definitions.iter().find(|one| one["displayName"].as_str().unwrap().contains(name)).unwrap();
        let definition = format!("/identityGovernance/accessReviews/definitions/{}", found["id"].as_str().unwrap());
        let instances = self.all(&format!("{definition}/instances"), token).await;
        format!("{definition}/instances/{}", instances[0]["id"].as_str().unwrap())
    }

    pub fn follows_the_contract(&self) {
        assert_eq!(self.handle.violations(), Vec::<String>::new());
    }
}

pub async fn got(response: reqwest::Response) -> Got {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap_or_default();
    Got { status, headers, json: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
}

pub fn every_permission() -> Vec<&'static str> {
    let mut all: Vec<&str> = tenant::entra::calls().flat_map(|(_, _, app, user)| app.iter().chain(user).copied()).collect();
    all.push("User-LifeCycleInfo.Read.All");
    all.sort_unstable();
    all.dedup();
    all
}
