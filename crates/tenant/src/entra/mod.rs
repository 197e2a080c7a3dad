//! A simulated Microsoft Entra tenant over real HTTP: Microsoft Graph v1.0 and the sign-in endpoints on one address.
//!
//! It holds the invented company's people, groups, applications, directory roles, sign-ins and access reviews; it keeps
//! Graph's paging, errors, limits and traps; every accepted change stands in a journal before it is answered. Facts about
//! the platform are from Microsoft's own pages, which stand where they are used; where those leave a question open,
//! [`Deviation`] switches the answer.
//!
//! It lets anybody sign in as anybody, therefore it answers on loopback addresses only.

mod change;
mod deviation;
mod directory;
mod fill;
mod guid;
mod misbehave;
mod odata;
mod read;
mod review;
mod routes;
mod serving;
mod sign_in;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_stream::StreamExt as _;

pub use change::{Change, Entry};
pub use deviation::Deviation;
pub use routes::calls;

use crate::calendar::http_date;
use crate::company::Company;
use crate::idp::{Clock, Random};
use crate::journal::{Journal, JournalError};
use crate::listen::{ListenError, Listening, address_of};
pub use crate::misbehave::Misbehaviour;
use crate::pace::Pace;
use crate::placed::Placed;
use crate::spec::Spec;
use misbehave::Transport;
use serving::{Incoming, Shared, Tenant};

/// The certificate of an application, as far as its signatures are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of the certificate in base64url, as assertions name it in `x5t#S256`.
    pub thumbprint: String,
    /// Modulus of the RSA key, big-endian.
    pub n: Vec<u8>,
    /// Exponent of the RSA key, big-endian.
    pub e: Vec<u8>,
}

/// An application that is registered in the tenant.
#[derive(Debug, Clone, Default)]
pub struct Registration {
    /// `client_id`, a GUID.
    pub client_id: String,
    /// A client secret, if it has one.
    pub secret: Option<String>,
    /// A certificate, if it has one.
    pub certificate: Option<Certificate>,
    /// Application permissions that an administrator consented to.
    pub application: Vec<String>,
    /// Delegated permissions that an administrator consented to.
    pub delegated: Vec<String>,
    /// Compared byte for byte.
    pub redirect_uris: Vec<String>,
}

/// What a tenant is made of.
#[derive(Clone)]
pub struct Config {
    /// The tenant's GUID.
    pub tenant_id: String,
    /// Applications.
    pub registrations: Vec<Registration>,
    /// Where accepted changes are written; none keeps them in memory only.
    pub journal: Option<PathBuf>,
    /// In which time limits are kept; none keeps none.
    pub pace: Option<Pace>,
    /// How it misbehaves.
    pub misbehave: Option<Misbehaviour>,
    /// Known differences of the real platform that are switched on.
    pub deviations: BTreeSet<Deviation>,
    /// The contract that requests are judged by; none where it is not at hand.
    pub contract: Option<Arc<Spec>>,
    /// Runs one more review: of a group, answered by the members of another, in which a group and a device are too.
    pub reviewed_by_group: bool,
    /// Judges answers too. It costs time that large tenants do not have.
    pub judge_answers: bool,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// What signs id tokens.
    keys: Arc<crate::idp::keys::Keys>,
}

impl Config {
    /// A tenant that behaves, keeps no limits and has no applications.
    pub fn new(tenant_id: &str, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let keys = Arc::new(crate::idp::keys::Keys::new(random.as_ref()));
        Self {
            tenant_id: tenant_id.to_owned(),
            registrations: Vec::new(),
            journal: None,
            pace: None,
            misbehave: None,
            deviations: BTreeSet::new(),
            contract: None,
            reviewed_by_group: false,
            judge_answers: false,
            clock,
            random,
            keys,
        }
    }
}

/// Why a tenant does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The listener will not do.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal belongs to another company.
    #[error("the journal {} belongs to another company; use another folder, or the company that it began with", .0.display())]
    AnotherCompany(PathBuf),
}

/// A running tenant. Dropping it stops it.
pub struct Handle {
    address: SocketAddr,
    tenant: Arc<Tenant>,
    listening: Listening,
}

impl Handle {
    /// Where it answers.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`: Graph is below `/v1.0`, sign-in below `/{tenant}`.
    pub fn base(&self) -> &str {
        &self.tenant.base
    }

    /// How often each call was made, those in batches included, by method and path template.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.tenant.calls()
    }

    /// What did not follow the contract so far; empty where everything did.
    pub fn violations(&self) -> Vec<String> {
        self.tenant.violations()
    }

    /// Every accepted change, in order.
    pub fn accepted(&self) -> Vec<Entry> {
        self.tenant.accepted()
    }

    /// Behaves differently from now on.
    pub fn misbehave(&self, how: Option<Misbehaviour>) {
        self.tenant.state().misbehaving.become_(how);
    }

    /// Refuses with 403 whatever has a path below Graph's version that begins like this, until it behaves differently.
    pub fn forbid(&self, path: &str) {
        self.tenant.state().misbehaving.forbid(path);
    }

    /// The object id of a person of the company.
    pub fn user_id(&self, person_id: &str) -> String {
        guid::guid(&self.tenant.config.tenant_id, "user", person_id)
    }

    /// How many people, groups, applications with somebody in them and lines of the sign-in log there are.
    pub fn sizes(&self) -> Sizes {
        let state = self.tenant.state();
        let directory = &state.directory;
        Sizes {
            users: directory.users.len(),
            groups: directory.groups.values().map(|group| group.members.len()).collect(),
            applications: directory
                .applications
                .keys()
                .map(|id| directory.app_assignments.values().filter(|one| one.resource == *id).count())
                .collect(),
            role_definitions: directory.role_definitions.len(),
            role_assignments: directory.role_assignments.len(),
            sign_ins: directory.sign_ins.len(),
            audits: directory.audits.len(),
        }
    }

    /// Stops after the answers that are under way.
    pub async fn shutdown(self) -> std::io::Result<()> {
        self.listening.shutdown().await
    }
}

/// How large a tenant is, so that the fewest possible calls can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// Users.
    pub users: usize,
    /// Members of each group.
    pub groups: Vec<usize>,
    /// Assignments of each application.
    pub applications: Vec<usize>,
    /// Directory roles.
    pub role_definitions: usize,
    /// Assignments of directory roles.
    pub role_assignments: usize,
    /// Lines of the sign-in log.
    pub sign_ins: usize,
    /// Lines of the audit log.
    pub audits: usize,
}

/// A tenant's id that is the same for the same name on every machine.
pub(crate) fn tenant_id(name: &str) -> String {
    guid::guid("", "tenant", name)
}

/// A GUID that nobody has had before.
pub(crate) fn new_guid(random: &dyn Random) -> String {
    let mut bytes = [0_u8; 32];
    random.fill(&mut bytes);
    guid::guid("", "chance", &hex::encode(bytes))
}

/// The company, or the tenant's part of it, in the ids of the tenant `tenant_id`.
pub fn place(tenant_id: &str, company: &Company) -> Placed {
    fill::place(tenant_id, company)
}

/// Starts a tenant of a company on a bound listener; refuses addresses that are not loopback.
///
/// # Errors
/// [`ServeError::Listen`] where the listener will not do; [`ServeError::Journal`] and [`ServeError::AnotherCompany`] where the
/// journal will not.
pub fn serve(listener: TcpListener, company: &Company, config: Config) -> Result<Handle, ServeError> {
    let address = address_of(&listener, "Entra tenant")?;
    let (journal, entries) = match &config.journal {
        Some(path) => {
            let (mut journal, mut entries) = Journal::open(path)?;
            let origin = company.origin();
            let began = Entry { at: origin.now, app: String::new(), user: None, change: Change::Began(origin) };
            match entries.first() {
                None => {
                    journal.append(std::slice::from_ref(&began))?;
                    entries.push(began);
                }
                Some(first) if *first == began => {}
                Some(_) => return Err(ServeError::AnotherCompany(path.clone())),
            }
            (Some(journal), entries)
        }
        None => (None, Vec::new()),
    };
    let directory = fill::directory(&config.tenant_id, company, config.reviewed_by_group);
    let tenant = Arc::new(Tenant::new(config, format!("http://{address}"), directory, journal, entries));
    let router = router(Arc::clone(&tenant));
    Ok(Handle { address, tenant, listening: Listening::start(listener, router) })
}

fn router(tenant: Arc<Tenant>) -> Router {
    Router::new()
        .route("/style.css", get(crate::idp::pages::style))
        .route("/{tenant}/oauth2/v2.0/token", post(sign_in::token))
        .route("/{tenant}/oauth2/v2.0/authorize", get(sign_in::authorize))
        .route("/{tenant}/sign-in", post(sign_in::sign_in))
        .fallback(graph)
        .layer(DefaultBodyLimit::max(4 << 20))
        .with_state(tenant)
}

/// Everything below `/v1.0`.
async fn graph(State(tenant): Shared, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let Some(path) = uri.path().strip_prefix("/v1.0") else { return StatusCode::NOT_FOUND.into_response() };
    let incoming = Incoming {
        method: method.as_str().to_owned(),
        path: path.to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap_or_default().to_owned())).collect(),
        body: body.to_vec(),
    };
    let (mut answer, transport) = tenant.answer(&incoming);
    let now = tenant.now();
    let request = guid::guid("", "request", &tenant.secret());
    if let Some(error) = answer.body.as_mut().and_then(|body| body.get_mut("error")) {
        let date = directory::graph_time(now.div_euclid(1_000_000) * 1_000_000);
        error["innerError"] = json!({ "date": date.trim_end_matches('Z'), "request-id": request, "client-request-id": request });
    }
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let bytes = answer.body.as_ref().map(|body| body.to_string().into_bytes()).unwrap_or_default();
    let mut response = match transport {
        Transport::Whole if answer.body.is_none() => status.into_response(),
        Transport::Whole => (status, Body::from(bytes)).into_response(),
        Transport::Html => {
            (StatusCode::OK, "<!doctype html><title>Please sign in</title><p>This network asks you to sign in first.</p>").into_response()
        }
        Transport::Slow => (status, half(&bytes, false)).into_response(),
        Transport::Truncated => (status, half(&bytes, true)).into_response(),
        // A status without a body would come whole: what is lost here is the answer itself.
        Transport::Lost => (StatusCode::OK, half(b"{}", true)).into_response(),
    };
    let outgoing = response.headers_mut();
    let kind =
        if transport == Transport::Html { "text/html; charset=utf-8" } else { "application/json;odata.metadata=minimal;charset=utf-8" };
    if answer.body.is_some() || transport == Transport::Html {
        outgoing.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    } else {
        outgoing.remove(header::CONTENT_TYPE);
    }
    for (name, value) in answer.headers.iter().map(|(name, value)| (*name, value.as_str())).chain([("request-id", request.as_str())]) {
        if let (Ok(name), Ok(value)) = (header::HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            outgoing.insert(name, value);
        }
    }
    if let Ok(date) = HeaderValue::from_str(&http_date(now.div_euclid(1_000_000))) {
        outgoing.insert(header::DATE, date);
    }
    response
}

/// A body of which only half comes: then the connection breaks, or nothing happens any more.
fn half(bytes: &[u8], breaks: bool) -> Body {
    let first = Bytes::copy_from_slice(bytes.get(..bytes.len() / 2).unwrap_or_default());
    let begin = tokio_stream::iter([Ok(first)]);
    if breaks {
        Body::from_stream(begin.chain(tokio_stream::iter([Err(std::io::Error::other("broken off on purpose"))])))
    } else {
        Body::from_stream(begin.chain(tokio_stream::pending::<std::io::Result<Bytes>>()))
    }
}
