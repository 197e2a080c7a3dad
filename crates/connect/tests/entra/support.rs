//! A simulated tenant, and the connector that reads it.

use connect::{
    Cursor, Error, PageRead, Reading, Source as _,
    entra::{Credentials, EntraConfig, EntraSource, Proof},
    http::{Limits, SimulatedPause, Url},
    native::{Link, LinkBack, LinkRequest, NativeSource as _, WebApp},
};
use domain::{Clock as _, Env, ManualClock, Random as _, SeededRandom, Timestamp};
use std::{path::Path, sync::Arc, time::Duration};
use tenant::{
    company::{self, Company},
    entra::{Config, Handle, Registration, serve},
    spec::Spec,
};

/// 2026-11-21T08:00:00Z.
pub const NOW: Timestamp = Timestamp(1_795_248_000_000_000);
pub const TENANT: &str = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
const BACK: &str = "http://127.0.0.1:1/back";
const READER: &str = "11111111-0000-4000-8000-000000000001";
const REMOVER: &str = "11111111-0000-4000-8000-000000000002";
const REVIEWERS: &str = "11111111-0000-4000-8000-000000000003";

/// What `docs/connectors.md` asks for.
pub const READING: &[&str] = &[
    "User.Read.All",
    "GroupMember.Read.All",
    "Application.Read.All",
    "RoleManagement.Read.Directory",
    "AuditLog.Read.All",
    "AccessReview.Read.All",
];
pub const REMOVING: &[&str] =
    &["GroupMember.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "RoleManagement.ReadWrite.Directory", "AccessReview.ReadWrite.All"];

pub struct Room {
    pub handle: Handle,
    pub company: Company,
    pub clock: Arc<ManualClock>,
    pub source: EntraSource,
}

/// The contract, where it is at hand; says so where it is not.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
pub fn contract() -> Option<Arc<Spec>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs/entra/entra-graph-v1.0-subset.openapi31.json");
    if path.exists() {
        return Some(Arc::new(Spec::read(&path, "/v1.0").unwrap()));
    }
    eprintln!("not judged by the contract: {} is not at hand", path.display());
    None
}

fn registration(id: &str, application: &[&str], delegated: &[&str]) -> Registration {
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

fn credentials(id: &str) -> Credentials {
    Credentials { client_id: id.to_owned(), proof: Proof::Secret(format!("secret of {id}").into()) }
}

impl Room {
    pub async fn open() -> Self {
        Self::with(company::Config::new(7, NOW.micros()).people(150).applications(12), |_| {}, |_| {}).await
    }

    pub async fn misbehaving(how: tenant::entra::Misbehaviour) -> Self {
        Self::with(company::Config::new(7, NOW.micros()).people(150).applications(12), |config| config.misbehave = Some(how), |_| {}).await
    }

    pub async fn with(company: company::Config, tenant: impl FnOnce(&mut Config), source: impl FnOnce(&mut EntraConfig)) -> Self {
        let (env, clock) = Env::simulated(NOW, 7);
        let company = Company::generate(company).unwrap();
        // The tenant lives by the connector's clock, so that waiting takes no time.
        let (one_clock, chance) = (clock.clone(), SeededRandom::new(11));
        let mut config =
            Config::new(TENANT, Arc::new(move || one_clock.now().micros()), Arc::new(move |bytes: &mut [u8]| chance.fill(bytes)));
        config.registrations = vec![
            registration(READER, READING, &[]),
            registration(REMOVER, REMOVING, &[]),
            registration(REVIEWERS, &[], &["AccessReview.ReadWrite.All"]),
        ];
        config.contract = contract();
        tenant(&mut config);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let handle = serve(listener, &company, config).unwrap();
        let base: Url = handle.base().parse().unwrap();
        let mut config = EntraConfig::public(TENANT, credentials(READER)).unwrap();
        (config.graph, config.login) = (base.clone(), base);
        config.remover = Some(credentials(REMOVER));
        config.limits = Limits { answer: Duration::from_secs(30), ..Limits::default() };
        source(&mut config);
        let source = EntraSource::new(config, env, Arc::new(SimulatedPause(clock.clone()))).unwrap();
        Self { handle, company, clock, source }
    }

    /// Every page of a reading.
    pub async fn pages(&self) -> Result<Vec<PageRead>, Error> {
        let (mut pages, mut cursor): (Vec<PageRead>, Option<Cursor>) = (Vec::new(), None);
        loop {
            let page = self.source.read_page(cursor.as_ref()).await?;
            cursor.clone_from(&page.next);
            pages.push(page);
            if cursor.is_none() {
                return Ok(pages);
            }
        }
    }

    pub async fn try_read(&self) -> Result<Reading, Error> {
        Reading::assemble(NOW, self.pages().await?, 200)
    }

    pub async fn read(&self) -> Reading {
        self.try_read().await.unwrap()
    }

    /// Somebody else puts a person or a group into a group.
    pub async fn add_member(&self, group: &str, member: &str) {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let base = self.handle.base();
        let secret = format!("secret of {REMOVER}");
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", REMOVER),
            ("client_secret", &secret),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        let token = http.post(format!("{base}/{TENANT}/oauth2/v2.0/token")).form(&form).send().await.unwrap();
        let token: serde_json::Value = token.json().await.unwrap();
        let body = serde_json::json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{member}") });
        let added = http.post(format!("{base}/v1.0/groups/{group}/members/$ref")).bearer_auth(token["access_token"].as_str().unwrap());
        assert_eq!(added.json(&body).send().await.unwrap().status(), 204);
    }

    /// A reviewer's link, by signing in as anybody would: code, PKCE, exchange.
    pub async fn link(&self, user: &str) -> Link {
        let begun = self.source.begin_link(&web_app(), None).unwrap();
        let code = come_back(&begun, user).await;
        let back = LinkBack { code, verifier: begun.verifier.clone(), nonce: begun.nonce };
        self.source.finish_link(&web_app(), &back).await.unwrap()
    }
}

/// The application that reviewers link through.
pub fn web_app() -> WebApp {
    WebApp {
        client_id: REVIEWERS.to_owned(),
        client_secret: format!("secret of {REVIEWERS}").into(),
        redirect_uri: BACK.to_owned(),
        offline: false,
    }
}

/// The reviewer's browser: signs in, and comes back with a code and the state.
pub async fn come_back(begun: &LinkRequest, user: &str) -> String {
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let mut form: Vec<(String, String)> = begun.url.query_pairs().into_owned().collect();
    form.push(("sign_in_as".to_owned(), user.to_owned()));
    let mut action = begun.url.clone();
    action.set_query(None);
    action.set_path(&format!("/{TENANT}/sign-in"));
    let back = http.post(action).form(&form).send().await.unwrap();
    let back: Url = back.headers()["location"].to_str().unwrap().parse().unwrap();
    let part = |name: &str| back.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(part("state"), begun.state);
    part("code")
}

/// A connector that waits in real time, for what the network does.
pub fn impatient(config: &mut EntraConfig) {
    config.limits.answer = Duration::from_millis(1_500);
}
