//! A simulated Okta org over real HTTP: the Org authorization server, the management interface, the System Log, and
//! Identity Governance with the reviewers' own endpoints.
//!
//! It is filled from the invented company's life stories, keeps Okta's paging, errors, limits and traps, and writes every
//! accepted change to its journal before it answers: a tenant that was killed goes on where it stood. It lets anybody sign
//! in as anybody, therefore it answers on loopback only.
//!
//! Facts about Okta are from its published contracts (2026.06.3) and documentation; where those are silent, the choice is
//! named in [`Deviation`], and connectors must live with either.

mod administration;
mod change;
mod deviation;
mod directory;
mod fill;
mod filter;
mod governance;
mod ids;
mod jwt;
mod logs;
mod oauth;
mod opened;
mod org;
mod page;
mod reply;
mod serving;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State as Shared};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_stream::StreamExt as _;

pub use change::{Change, Entry};
pub use deviation::Deviation;

use crate::company::Company;
use crate::idp::keys::Keys;
use crate::idp::{Clock, Random};
use crate::journal::{Journal, JournalError};
use crate::listen::{ListenError, Listening, address_of};
pub use crate::misbehave::Misbehaviour;
use crate::pace::{Buckets, Pace};
use crate::placed::Placed;
use crate::spec::{Spec, SpecError};
use reply::{Reply, Transport};
use serving::{Call, State, Tenant};

/// A service app: a client that calls for itself, known by its keys.
#[derive(Debug, Clone)]
pub struct ServiceApp {
    /// The client id.
    pub client_id: String,
    /// Its public keys, as JWK.
    pub keys: Vec<Value>,
    /// Scopes that were granted to it.
    pub scopes: Vec<String>,
    /// Administrator roles that were given to it.
    pub roles: Vec<String>,
    /// Whether it must prove possession of a key with each call (DPoP).
    pub dpop: bool,
}

/// A web app that people sign in to.
#[derive(Debug, Clone)]
pub struct WebApp {
    /// The client id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// Its name on the page that asks for consent.
    pub name: String,
    /// Compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Scopes beside OpenID's own that it may ask for.
    pub scopes: Vec<String>,
}

/// What an org is made of.
#[derive(Clone)]
pub struct Config {
    /// The organisation's name on pages.
    pub organisation: String,
    /// Service apps.
    pub services: Vec<ServiceApp>,
    /// Web apps.
    pub web: Vec<WebApp>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// In which time limits are kept; `None` for none at all.
    pub pace: Option<Pace>,
    /// Where accepted changes are kept; `None` keeps them in memory only.
    pub journal: Option<PathBuf>,
    /// The folder with Okta's contracts (`slim-management.json` and so on); requests are judged by them where it is given.
    pub specs: Option<PathBuf>,
    /// Whether answers are judged too: it costs time, so it is for tests.
    pub judge_answers: bool,
    /// How it misbehaves from the start, if it does.
    pub misbehave: Option<Misbehaviour>,
    /// Known differences of the real platform.
    pub deviations: BTreeSet<Deviation>,
    /// How many sign-ins per person and application the log holds at most.
    pub events_per_app: usize,
    /// Whether a campaign over the first reviewer's team is under way when the org starts.
    pub campaign: bool,
    /// The host that governance links name: the administrators' console.
    pub console_host: String,
    /// Where misbehaving links lead.
    pub foreign_host: String,
}

impl Config {
    /// A well-behaved org without apps, journal, limits or contracts.
    pub fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            organisation: "Meridian".to_owned(),
            services: Vec::new(),
            web: Vec::new(),
            clock,
            random,
            pace: None,
            journal: None,
            specs: None,
            judge_answers: false,
            misbehave: None,
            deviations: BTreeSet::new(),
            events_per_app: 4,
            campaign: false,
            console_host: "https://meridian-admin.okta.example".to_owned(),
            foreign_host: "https://elsewhere.example".to_owned(),
        }
    }
}

/// Why an org does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener will not do.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The journal cannot be used.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal belongs to another company.
    #[error("the journal {} belongs to another company; use another folder, or the company that it began with", .0.display())]
    AnotherCompany(PathBuf),
    /// A contract cannot be used.
    #[error(transparent)]
    Spec(#[from] SpecError),
}

/// A running org. Dropping it stops it.
pub struct Handle {
    address: SocketAddr,
    tenant: Arc<Tenant>,
    listening: Listening,
}

/// Somebody with an account, for tests and demos that need to find them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Okta's id.
    pub id: String,
    /// The id in the company's own files.
    pub person_id: String,
    /// The login.
    pub login: String,
}

impl Handle {
    /// Where it answers.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`: the org's address and its issuer.
    pub fn base(&self) -> &str {
        &self.tenant.base
    }

    /// Everybody with an account, by id.
    pub fn accounts(&self) -> Vec<Account> {
        let state = self.tenant.state();
        let account = |user: &org::User| Account { id: user.id.clone(), person_id: user.person_id.clone(), login: user.email.clone() };
        state.org.users.values().map(account).collect()
    }

    /// Answered calls by method and path template.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.tenant.state().calls.clone()
    }

    /// What did not follow the contract so far, requests and (where they are judged) answers.
    pub fn violations(&self) -> Vec<String> {
        self.tenant.state().violations.clone()
    }

    /// Behaves differently from now on.
    pub fn misbehave(&self, how: Option<Misbehaviour>) {
        self.tenant.misbehave(how);
    }

    /// The fewest calls that read everything: each list at its largest page size, a call at least for each list.
    pub fn fewest_calls(&self) -> BTreeMap<&'static str, u64> {
        self.tenant.state().org.fewest_calls()
    }

    /// Stops after the answers that are under way.
    pub async fn shutdown(self) -> std::io::Result<()> {
        self.listening.shutdown().await
    }
}

/// All entries of an org's journal, for counting.
pub fn read_journal(path: &Path) -> Result<Vec<Entry>, JournalError> {
    crate::journal::read(path)
}

/// The id that somebody of the company's files has in the org.
pub fn user_id(person_id: &str) -> String {
    ids::id("00u", person_id)
}

/// A client id as Okta makes them, from a text that nobody can guess or has had before.
pub(crate) fn client_id(from: &str) -> String {
    ids::id("0oa", from)
}

/// The id of the group that stands for an entitlement of the company's files.
pub fn group_id(entitlement_id: &str) -> String {
    ids::id("00g", entitlement_id)
}

/// The id of an application, by its name in the company's files.
pub fn app_id(application: &str) -> String {
    ids::id("0oa", application)
}

/// The company, or the org's part of it, in the org's ids.
pub fn place(company: &Company) -> Placed {
    fill::place(company)
}

/// Starts an org on a bound listener, filled from a company; refuses addresses that are not loopback.
pub fn serve(listener: TcpListener, company: &Company, config: Config) -> Result<Handle, ServeError> {
    let address = address_of(&listener, "Okta org")?;
    let specs = match &config.specs {
        None => Vec::new(),
        Some(folder) => ["slim-management.json", "slim-governance.json", "slim-oauth.json"]
            .iter()
            .map(|name| Spec::shared(&folder.join(name), ""))
            .collect::<Result<Vec<_>, _>>()?,
    };
    let mut org = fill::fill(company, config.events_per_app);
    if config.campaign {
        opened::campaign(company, &mut org);
    }
    let mut state = State {
        org,
        journal: None,
        entries: 0,
        tokens: BTreeMap::new(),
        codes: BTreeMap::new(),
        assertions: BTreeSet::new(),
        buckets: Buckets::new(config.pace.unwrap_or_default()),
        calls: BTreeMap::new(),
        violations: Vec::new(),
        api_calls: 0,
        changes: 0,
        batches: 0,
        done: 0,
        down: 0,
    };
    let origin = company.origin();
    let began = Entry { at: origin.now, by: "system".to_owned(), change: Change::Began(origin) };
    if let Some(path) = &config.journal {
        let (mut journal, entries) = Journal::<Entry>::open(path)?;
        match entries.first() {
            None => journal.append(std::slice::from_ref(&began))?,
            Some(first) if *first == began => {}
            Some(_) => return Err(ServeError::AnotherCompany(path.clone())),
        }
        if entries.is_empty() {
            state.follow(&began);
        }
        for entry in &entries {
            state.follow(entry);
        }
        state.journal = Some(journal);
    }
    let keys = Keys::new(config.random.as_ref());
    let mood = Mutex::new(config.misbehave);
    let tenant = Arc::new(Tenant { base: format!("http://{address}"), config, keys, specs, mood, state: Mutex::new(state) });
    let router = Router::new().fallback(answer).with_state(Arc::clone(&tenant));
    Ok(Handle { address, tenant, listening: Listening::start(listener, router) })
}

async fn answer(Shared(tenant): Shared<Arc<Tenant>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 4 << 20).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let text = |value: &HeaderValue| value.to_str().map(str::to_owned).unwrap_or_default();
    let call = Call {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
        body: body.to_vec(),
    };
    // The journal waits for the disk.
    match tokio::task::spawn_blocking(move || tenant.serve(&call)).await {
        Ok(reply) => respond(reply),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn respond(reply: Reply) -> Response {
    let (mut bytes, kind) = match (&reply.body, reply.html) {
        (_, Some(html)) => (html.into_bytes(), "text/html; charset=utf-8"),
        (Some(body), None) => (body.to_string().into_bytes(), "application/json"),
        (None, None) => (Vec::new(), ""),
    };
    let mut kind = kind;
    if reply.transport == Transport::Html {
        (bytes, kind) = (b"<!doctype html><title>Maintenance</title><p>Back soon.".to_vec(), "text/html");
    }
    let length = bytes.len();
    let broken = || Err::<Bytes, std::io::Error>(std::io::Error::other("the connection ends here, as it was told to"));
    let body = match reply.transport {
        Transport::Whole | Transport::Html => Body::from(bytes),
        Transport::Lost => Body::from_stream(tokio_stream::once(broken())),
        Transport::Cut | Transport::Stalls => {
            bytes.truncate(length / 2);
            let half = tokio_stream::once(Ok(Bytes::from(bytes)));
            if reply.transport == Transport::Cut {
                Body::from_stream(half.chain(tokio_stream::once(broken())))
            } else {
                Body::from_stream(half.chain(tokio_stream::pending()))
            }
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if !kind.is_empty() {
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(if kind.starts_with("text") { "text/html; charset=utf-8" } else { "application/json" }),
        );
    }
    for (name, value) in reply.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    response
}
