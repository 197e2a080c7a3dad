//! One call through the tenant: contract, caller, limits, misbehaviour, the call itself, the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::change::{Change, Entry};
use super::directory::Directory;
use super::misbehave::{Misbehaving, Transport};
use super::odata::{Answer, Query};
use super::routes::{self, Op, Route, Service};
use super::{Config, Deviation};
use crate::journal::Journal;
use crate::pace::{Buckets, Limit};
use crate::spec;

/// Most calls in one `$batch`.
const BATCH: usize = 20;
/// Resource units in 10 seconds for the smallest size of tenant
/// ([identity and access limits](https://learn.microsoft.com/graph/throttling-limits)).
const UNITS: Limit = Limit { calls: 3_500, window: 10_000_000 };
/// Writes in 150 seconds.
const WRITES: Limit = Limit { calls: 3_000, window: 150_000_000 };
/// Sign-ins and audits: calls in 10 seconds.
const LOGS: Limit = Limit { calls: 5, window: 10_000_000 };
/// Identity Protection: calls in a second, of all applications together.
const PROTECTION: Limit = Limit { calls: 1, window: 1_000_000 };

/// Who calls, by the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// An application for itself.
    Application { app: String, roles: BTreeSet<String> },
    /// An application for a person.
    Person { app: String, user: String, scopes: BTreeSet<String> },
}

impl Caller {
    /// Whether a permission was given, in whichever form.
    pub(super) fn may(&self, permission: &str) -> bool {
        match self {
            Self::Application { roles: given, .. } | Self::Person { scopes: given, .. } => given.contains(permission),
        }
    }

    fn app(&self) -> &str {
        match self {
            Self::Application { app, .. } | Self::Person { app, .. } => app,
        }
    }

    fn may_call(&self, route: &Route) -> bool {
        let wanted = if matches!(self, Self::Application { .. }) { route.app } else { route.user };
        wanted.iter().any(|permission| self.may(permission))
    }
}

/// A call as the handlers see it.
pub(super) struct Call<'a> {
    pub(super) route: &'static Route,
    pub(super) args: Vec<&'a str>,
    pub(super) query: Query,
    /// The whole address without its query.
    pub(super) address: String,
    /// The address of the service, `…/v1.0`.
    pub(super) root: String,
    pub(super) body: Option<Value>,
    pub(super) caller: &'a Caller,
    /// `ConsistencyLevel: eventual` was sent.
    pub(super) eventual: bool,
    /// Microseconds since 1970.
    pub(super) now: i64,
}

/// A request as it came, alone or within a batch.
#[derive(Debug, Clone, Default)]
pub(super) struct Incoming {
    pub(super) method: String,
    /// The path below `/v1.0`, percent-encoded.
    pub(super) path: String,
    pub(super) query: String,
    /// Names in small letters.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Incoming {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// Whether the call asks for a change: itself, or as one of a batch.
    fn would_change(&self) -> bool {
        if self.path != "/$batch" {
            return self.method != "GET";
        }
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        body["requests"].as_array().into_iter().flatten().any(|request| request["method"] != "GET")
    }
}

/// An access token.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) caller: Caller,
    /// Microseconds since 1970.
    pub(super) ends: i64,
}

/// What moves.
pub(super) struct State {
    pub(super) directory: Directory,
    pub(super) deviations: BTreeSet<Deviation>,
    pub(super) tokens: BTreeMap<String, Token>,
    pub(super) sign_in: super::sign_in::Pending,
    pub(super) misbehaving: Misbehaving,
    journal: Option<Journal<Entry>>,
    accepted: Vec<Entry>,
    buckets: Buckets,
    /// Method and path template of every call that was made, those in batches included.
    calls: BTreeMap<String, u64>,
    violations: Vec<String>,
}

/// The tenant: fixed and moving parts.
pub(super) struct Tenant {
    pub(super) config: Config,
    /// `http://127.0.0.1:PORT`.
    pub(super) base: String,
    state: Mutex<State>,
}

impl Tenant {
    pub(super) fn new(
        config: Config,
        base: String,
        mut directory: Directory,
        journal: Option<Journal<Entry>>,
        entries: Vec<Entry>,
    ) -> Self {
        for entry in &entries {
            directory.apply(entry);
        }
        let state = State {
            directory,
            deviations: config.deviations.clone(),
            tokens: BTreeMap::new(),
            sign_in: super::sign_in::Pending::default(),
            misbehaving: Misbehaving::new(config.misbehave),
            journal,
            accepted: entries,
            buckets: Buckets::new(config.pace.unwrap_or_default()),
            calls: BTreeMap::new(),
            violations: Vec::new(),
        };
        Self { config, base, state: Mutex::new(state) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done while the lock is held: a change is journaled before it is applied.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The present moment as this tenant tells it.
    pub(super) fn now(&self) -> i64 {
        self.config.clock.now_micros() + self.state().misbehaving.skew()
    }

    /// 256 bits of chance in 64 hexadecimal digits.
    pub(super) fn secret(&self) -> String {
        let mut bytes = [0_u8; 32];
        self.config.random.fill(&mut bytes);
        hex::encode(bytes)
    }

    pub(super) fn calls(&self) -> BTreeMap<String, u64> {
        self.state().calls.clone()
    }

    pub(super) fn violations(&self) -> Vec<String> {
        self.state().violations.clone()
    }

    pub(super) fn accepted(&self) -> Vec<Entry> {
        self.state().accepted.clone()
    }

    /// Answers a request, and says in which way the answer is to travel.
    pub(super) fn answer(&self, incoming: &Incoming) -> (Answer, Transport) {
        let now = self.now();
        let mut state = self.state();
        state.let_time_pass(now);
        if state.misbehaving.signs_out() {
            state.tokens.clear();
        }
        let token = incoming.header("authorization").strip_prefix("Bearer ").unwrap_or_default();
        let caller = state.tokens.get(token).filter(|token| token.ends > now).map(|token| token.caller.clone());
        let Some(caller) = caller else {
            let refused = Answer::error(401, "InvalidAuthenticationToken", "Access token is missing, expired or not known.");
            return (refused.with("WWW-Authenticate", format!("Bearer realm=\"\", authorization_uri=\"{}\"", self.base)), Transport::Whole);
        };
        if let Some(refused) = state.misbehaving.while_down() {
            return (refused, Transport::Whole);
        }
        if state.misbehaving.swallows(incoming.would_change()) {
            return (Answer::nothing(), Transport::Lost);
        }
        let before = state.accepted.len();
        if incoming.path == "/$batch" && incoming.method == "POST" {
            let answer = self.batch(&mut state, incoming, &caller, now);
            let accepted = state.accepted.len() > before;
            let transport = state.misbehaving.travel("POST", "/$batch", accepted);
            return (answer, transport);
        }
        if let Some(refused) = state.misbehaving.before(&incoming.method, &incoming.path) {
            if refused.status == 401 {
                state.tokens.remove(token);
            }
            return (refused, Transport::Whole);
        }
        let mut answer = self.single(&mut state, incoming, &caller, now);
        state.misbehaving.after(&mut answer, &incoming.path, &incoming.query);
        let accepted = state.accepted.len() > before;
        let transport = state.misbehaving.travel(&incoming.method, &incoming.path, accepted);
        (answer, transport)
    }

    fn batch(&self, state: &mut State, incoming: &Incoming, caller: &Caller, now: i64) -> Answer {
        if let Err(refused) = self.judge_request(state, incoming) {
            return refused;
        }
        let body: Value = serde_json::from_slice(&incoming.body).unwrap_or_default();
        let requests = body["requests"].as_array().cloned().unwrap_or_default();
        let ids: BTreeSet<&str> = requests.iter().filter_map(|request| request["id"].as_str()).collect();
        if requests.is_empty() || requests.len() > BATCH || ids.len() != requests.len() {
            return Answer::bad("A batch holds 1 to 20 requests, each with an id of its own.");
        }
        let mut statuses: BTreeMap<String, u16> = BTreeMap::new();
        let mut responses = Vec::new();
        for request in &requests {
            let id = request["id"].as_str().unwrap_or_default().to_owned();
            let waits_for = request["dependsOn"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let failed = waits_for.into_iter().any(|other| statuses.get(other).is_none_or(|status| *status >= 400));
            let answer = if failed {
                Answer::error(424, "FailedDependency", "A request that this one depends on failed.")
            } else {
                let (path, query) = request["url"].as_str().map(|url| url.split_once('?').unwrap_or((url, ""))).unwrap_or_default();
                let inner = Incoming {
                    method: request["method"].as_str().unwrap_or_default().to_owned(),
                    path: format!("/{}", path.trim_start_matches('/')),
                    query: query.to_owned(),
                    headers: request["headers"]
                        .as_object()
                        .into_iter()
                        .flatten()
                        .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str().unwrap_or_default().to_owned()))
                        .collect(),
                    body: if request["body"].is_null() { Vec::new() } else { request["body"].to_string().into_bytes() },
                };
                if let Some(refused) = state.misbehaving.before(&inner.method, &inner.path) {
                    refused
                } else {
                    let mut answer = self.single(state, &inner, caller, now);
                    state.misbehaving.after(&mut answer, &inner.path, &inner.query);
                    answer
                }
            };
            statuses.insert(id.clone(), answer.status);
            let headers: serde_json::Map<String, Value> =
                answer.headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            responses.push(json!({ "id": id, "status": answer.status, "headers": headers, "body": answer.body }));
        }
        // In any order, says the contract: never in the one that was asked for.
        responses.reverse();
        Answer::ok(json!({ "responses": responses }))
    }

    /// One call, alone or from a batch.
    fn single(&self, state: &mut State, incoming: &Incoming, caller: &Caller, now: i64) -> Answer {
        let path = decode(&incoming.path);
        let Some((route, args)) = routes::find(&incoming.method, &path) else {
            return Answer::bad(&format!("Resource not found for the segment '{}'.", path.rsplit('/').next().unwrap_or_default()));
        };
        *state.calls.entry(format!("{} {}", route.method, route.path)).or_default() += 1;
        // The trap is a call of its own, which no contract lists beside the one that was meant.
        if route.op != Op::DeleteMemberObject
            && let Err(refused) = self.judge_request(state, incoming)
        {
            return refused;
        }
        if let Some(refused) = self.limited(state, route, caller, now) {
            return refused;
        }
        if !caller.may_call(route) {
            return Answer::denied("Insufficient privileges to complete the operation.");
        }
        let body = if incoming.body.is_empty() {
            None
        } else {
            match serde_json::from_slice(&incoming.body) {
                Ok(body) => Some(body),
                Err(_) => return Answer::bad("Unable to read JSON request payload."),
            }
        };
        let query = match Query::parse(&incoming.query) {
            Ok(query) => query,
            Err(refused) => return refused,
        };
        let root = format!("{}/v1.0", self.base);
        let address = format!("{root}{}", incoming.path);
        let eventual = incoming.header("consistencylevel").eq_ignore_ascii_case("eventual");
        let call = Call { route, args, query, address, root, body, caller, eventual, now };
        let outcome = match state.read(&call) {
            Some(read) => read.map(|answer| (answer, Vec::new())),
            None => state.act(&call),
        };
        let answer = match outcome {
            Ok((answer, changes)) => {
                let user = match caller {
                    Caller::Person { user, .. } => Some(user.clone()),
                    Caller::Application { .. } => None,
                };
                match state.accept(caller.app(), user.as_deref(), now, changes) {
                    Ok(()) => answer,
                    Err(failed) => failed,
                }
            }
            Err(refused) => refused,
        };
        self.judge_answer(state, incoming, &answer);
        answer.with("x-ms-resource-unit", route.cost)
    }

    fn limited(&self, state: &mut State, route: &Route, caller: &Caller, now: i64) -> Option<Answer> {
        self.config.pace?;
        let key = |what: &str| format!("{what} {}", caller.app());
        let taken = match route.service {
            Service::Logs => state.buckets.take(&key("logs"), LOGS, now),
            Service::Protection => state.buckets.take("protection", PROTECTION, now),
            Service::Reviews => return None,
            Service::Directory if route.method == "GET" => state.buckets.take_units(&key("units"), UNITS, route.cost, now),
            Service::Directory => state.buckets.take(&key("writes"), WRITES, now),
        };
        (!taken.allowed).then(|| {
            if route.service == Service::Protection {
                return Answer::error(429, "TooManyRequests", "Too many requests.");
            }
            let refused = Answer::error(429, "TooManyRequests", "Too many requests. Wait as Retry-After says.");
            refused.with("Retry-After", taken.wait).with("x-ms-throttle-scope", "Tenant_Application")
        })
    }

    fn judge_request(&self, state: &mut State, incoming: &Incoming) -> Result<(), Answer> {
        let Some(contract) = &self.config.contract else { return Ok(()) };
        let path = format!("/v1.0{}", incoming.path);
        let headers: Vec<(&str, &str)> = incoming.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request =
            spec::Request { method: &incoming.method, path: &path, query: &incoming.query, headers: &headers, body: &incoming.body };
        let found = contract.check_request(&request);
        if found.is_empty() {
            return Ok(());
        }
        let told = found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        state.violations.push(format!("request {} {path}?{}: {told}", incoming.method, incoming.query));
        Err(Answer::bad(&told))
    }

    fn judge_answer(&self, state: &mut State, incoming: &Incoming, answer: &Answer) {
        let Some(contract) = self.config.contract.as_ref().filter(|_| self.config.judge_answers) else { return };
        let path = format!("/v1.0{}", incoming.path);
        let body = answer.body.as_ref().map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let judged = spec::Answer { status: answer.status, content_type: answer.body.as_ref().map(|_| "application/json"), body: &body };
        for violation in contract.check_answer(&incoming.method, &path, &judged) {
            state.violations.push(format!("answer {} {path} {}: {violation}", incoming.method, answer.status));
        }
    }
}

impl State {
    /// Journals changes, then applies them. When this returns well, they are accepted.
    fn accept(&mut self, app: &str, user: Option<&str>, at: i64, changes: Vec<Change>) -> Result<(), Answer> {
        let entries: Vec<Entry> =
            changes.into_iter().map(|change| Entry { at, app: app.to_owned(), user: user.map(str::to_owned), change }).collect();
        if let Some(journal) = &mut self.journal
            && let Err(error) = journal.append(&entries)
        {
            return Err(Answer::error(500, "InternalServerError", &error.to_string()));
        }
        for entry in &entries {
            self.directory.apply(entry);
        }
        self.accepted.extend(entries);
        Ok(())
    }

    /// Ends what is over by now. Where the journal fails, it stays due.
    fn let_time_pass(&mut self, now: i64) {
        let due = self.due(now);
        if !due.is_empty() && self.accept("", None, now, due).is_ok() {
            let apply = self.to_apply();
            let _ = self.accept("", None, now, apply);
        }
    }
}

/// A percent-encoded path as text.
fn decode(path: &str) -> String {
    let pairs = format!("p={}", path.replace('+', "%2B"));
    url::form_urlencoded::parse(pairs.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// A tenant behind a handler.
pub(super) type Shared = axum::extract::State<Arc<Tenant>>;
