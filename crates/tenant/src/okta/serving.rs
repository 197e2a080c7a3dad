//! One call after the other: limits, contract, token, role, and then what was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::change::{Change, Entry};
use super::org::Org;
use super::reply::{Reply, Transport};
use super::{Config, Misbehaviour};
use crate::calendar::http_date;
use crate::idp::keys::Keys;
use crate::journal::Journal;
use crate::pace::{Buckets, Limit};
use crate::spec::{Answer, Request, Spec};

/// How far the clock of an org is ahead that is said to be, in microseconds.
const AHEAD: i64 = 600 * 1_000_000;
/// How many calls an org that is down answers with 503.
const DOWN: u64 = 20;

/// A call as it came.
pub(super) struct Call {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Call {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.query.as_bytes()).find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    pub(super) fn segments(&self) -> Vec<&str> {
        self.path.trim_matches('/').split('/').collect()
    }
}

/// An authorization code.
pub(super) struct Code {
    pub(super) client: String,
    pub(super) user: String,
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    /// Second since 1970.
    pub(super) ends: i64,
}

/// What a token stands for.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) kind: String,
    pub(super) client: String,
    pub(super) user: Option<String>,
    pub(super) scope: String,
    /// Second since 1970.
    pub(super) ends: i64,
    pub(super) bound: Option<String>,
}

/// What moves.
pub(super) struct State {
    pub(super) org: Org,
    pub(super) journal: Option<Journal<Entry>>,
    /// Entries of the journal so far.
    pub(super) entries: usize,
    pub(super) tokens: BTreeMap<String, Token>,
    pub(super) codes: BTreeMap<String, Code>,
    /// Assertions that were used.
    pub(super) assertions: BTreeSet<String>,
    pub(super) buckets: Buckets,
    /// Calls that were answered, by method and shape of path.
    pub(super) calls: BTreeMap<String, u64>,
    pub(super) violations: Vec<String>,
    /// Calls of the interfaces, and changes, so far: misbehaviour happens at fixed numbers.
    pub(super) api_calls: u64,
    pub(super) changes: u64,
    pub(super) batches: u64,
    /// What happens once, or twice, has happened so often.
    pub(super) done: u32,
    /// Calls that are still answered with 503.
    pub(super) down: u64,
}

/// An org that is being served.
pub(super) struct Tenant {
    pub(super) base: String,
    pub(super) config: Config,
    pub(super) keys: Keys,
    pub(super) specs: Vec<Arc<Spec>>,
    /// How it misbehaves at present.
    pub(super) mood: Mutex<Option<Misbehaviour>>,
    pub(super) state: Mutex<State>,
}

/// What a call needs.
struct Needs {
    bucket: &'static str,
    limit: u32,
    scope: &'static str,
    /// Any of these roles; none where a person calls for themselves.
    roles: &'static [&'static str],
}

const READERS: &[&str] = &["READ_ONLY_ADMIN", "SUPER_ADMIN", "ORG_ADMIN"];
const GROUP_ADMINS: &[&str] = &["GROUP_MEMBERSHIP_ADMIN", "USER_ADMIN", "ORG_ADMIN", "SUPER_ADMIN"];
const APP_ADMINS: &[&str] = &["APP_ADMIN", "SUPER_ADMIN"];
const SUPER: &[&str] = &["SUPER_ADMIN"];
const CERTIFIERS: &[&str] = &["ACCESS_CERTIFICATIONS_ADMIN", "SUPER_ADMIN"];

/// Scope, role and limit of each call. Limits of governance and log are recorded or documented ones; the others are the
/// documented defaults of a small org.
fn needs(method: &str, path: &[&str]) -> Option<Needs> {
    let reads = method == "GET";
    let needs = |bucket, limit, scope, roles| Some(Needs { bucket, limit, scope, roles });
    match path {
        ["api", "v1", "users", _, "roles", ..] if reads => needs("roles", 600, "okta.roles.read", READERS),
        ["api", "v1", "users", _, "roles", ..] => needs("roles", 600, "okta.roles.manage", SUPER),
        ["api", "v1", "groups", _, "roles"] if reads => needs("roles", 600, "okta.roles.read", READERS),
        ["api", "v1", "iam", ..] if reads => needs("roles", 600, "okta.roles.read", READERS),
        ["api", "v1", "users", ..] if reads => needs("users", 600, "okta.users.read", READERS),
        ["api", "v1", "groups", ..] if reads => needs("groups", 500, "okta.groups.read", READERS),
        ["api", "v1", "groups", _, "users", _] => needs("groups", 500, "okta.groups.manage", GROUP_ADMINS),
        ["api", "v1", "apps"] if reads => needs("app-list", 100, "okta.apps.read", READERS),
        ["api", "v1", "apps", ..] if reads => needs("apps", 500, "okta.apps.read", READERS),
        ["api", "v1", "apps", _, "users", _] => needs("apps", 500, "okta.apps.manage", APP_ADMINS),
        ["api", "v1", "logs"] if reads => needs("logs", 60, "okta.logs.read", READERS),
        ["governance", "api", "v1", "my", ..] if reads => needs("reviews", 50, "okta.governance.reviewer.read", &[]),
        ["governance", "api", "v1", "my", ..] => needs("reviews", 50, "okta.governance.reviewer.manage", &[]),
        ["governance", "api", "v1", "reviews", ..] if reads => {
            needs("reviews", 50, "okta.governance.accessCertifications.read", CERTIFIERS)
        }
        ["governance", "api", "v1", "campaigns", ..] if reads => {
            needs("campaigns", 50, "okta.governance.accessCertifications.read", CERTIFIERS)
        }
        ["governance", "api", "v1", "campaigns", ..] => needs("campaigns", 50, "okta.governance.accessCertifications.manage", CERTIFIERS),
        _ => None,
    }
}

impl Tenant {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is left half done while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How it misbehaves at present.
    pub(super) fn mood(&self) -> Option<Misbehaviour> {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Behaves differently from now on: what happens at a fixed number of calls is counted from here.
    pub(super) fn misbehave(&self, how: Option<Misbehaviour>) {
        let mut state = self.state();
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = how;
        (state.api_calls, state.changes, state.batches, state.done, state.down) = (0, 0, 0, 0, 0);
    }

    /// Microseconds since 1970 by the org's clock.
    pub(super) fn micros(&self) -> i64 {
        let ahead = if self.mood() == Some(Misbehaviour::ClockAhead) { AHEAD } else { 0 };
        self.config.clock.now_micros() + ahead
    }

    pub(super) fn second(&self) -> i64 {
        self.micros().div_euclid(1_000_000)
    }

    /// 256 bits of chance in 64 hexadecimal digits.
    pub(super) fn secret(&self) -> String {
        let mut bytes = [0_u8; 32];
        self.config.random.fill(&mut bytes);
        hex::encode(bytes)
    }

    /// Accepts a change: first into the journal and onto the disk, then into the org. The error is the answer.
    pub(super) fn accept(&self, state: &mut State, by: &str, change: Change) -> Result<(), Reply> {
        let entry = Entry { at: self.micros(), by: by.to_owned(), change };
        if let Some(journal) = &mut state.journal
            && journal.append(std::slice::from_ref(&entry)).is_err()
        {
            return Err(Reply::error(500, "E0000009", "Internal Server Error", &[]));
        }
        state.follow(&entry);
        Ok(())
    }

    /// Answers a call.
    pub(super) fn serve(&self, call: &Call) -> Reply {
        let mut state = self.state();
        let shape = self.specs.iter().find_map(|spec| spec.operation(&call.method, &call.path)).map(str::to_owned);
        let shape = shape.unwrap_or_else(|| shape_of(&call.segments()));
        *state.calls.entry(format!("{} {shape}", call.method)).or_default() += 1;
        let wrong = self.judge_request(call);
        state.violations.extend(wrong.iter().cloned());
        let mut reply =
            if wrong.is_empty() { self.answer(call, &mut state) } else { Reply::error(400, "E0000001", "Api validation failed", &wrong) };
        if self.config.judge_answers {
            let wrong = self.judge_answer(call, &reply);
            state.violations.extend(wrong);
        }
        drop(state);
        if !reply.headers.iter().any(|(name, _)| *name == "date") {
            reply = reply.with("date", http_date(self.second()));
        }
        reply
    }

    fn judge_request(&self, call: &Call) -> Vec<String> {
        // What browsers ask for by themselves, for the tab of the sign-in page, is nobody's call.
        if self.specs.is_empty() || call.path == "/favicon.ico" {
            return Vec::new();
        }
        let Some(spec) = self.specs.iter().find(|spec| spec.operation(&call.method, &call.path).is_some()) else {
            return vec![format!("{} {}: the contract has no such call", call.method, call.path)];
        };
        let headers: Vec<(&str, &str)> = call.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Request { method: &call.method, path: &call.path, query: &call.query, headers: &headers, body: &call.body };
        spec.check_request(&request).into_iter().map(|found| format!("{} {}: {found}", call.method, call.path)).collect()
    }

    fn judge_answer(&self, call: &Call, reply: &Reply) -> Vec<String> {
        let Some(spec) = self.specs.iter().find(|spec| spec.operation(&call.method, &call.path).is_some()) else { return Vec::new() };
        if reply.html.is_some() || reply.transport != Transport::Whole || reply.status == 302 {
            return Vec::new();
        }
        let body = reply.body.as_ref().map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let content_type = reply.body.is_some().then_some("application/json");
        let answer = Answer { status: reply.status, content_type, body: &body };
        let found = spec.check_answer(&call.method, &call.path, &answer);
        found.into_iter().map(|found| format!("answer {} to {} {}: {found}", reply.status, call.method, call.path)).collect()
    }

    fn answer(&self, call: &Call, state: &mut State) -> Reply {
        let path = call.segments();
        match (call.method.as_str(), path.as_slice()) {
            ("GET", [".well-known", "openid-configuration"]) => self.discovery(),
            ("GET", ["oauth2", "v1", "keys"]) => Reply::json(200, self.keys.published()),
            ("GET", ["oauth2", "v1", "authorize"]) => self.authorize(call, state),
            ("POST", ["oauth2", "v1", "authorize"]) => self.signed_in(call, state),
            ("POST", ["oauth2", "v1", "token"]) => self.token(call, state),
            ("POST", ["oauth2", "v1", "revoke"]) => self.revoke(call, state),
            ("GET", ["oauth2", "v1", "userinfo"]) => self.userinfo(call, state),
            _ => self.guarded(call, &path, state),
        }
    }

    /// What needs a token, a scope and a role, and counts against a limit.
    fn guarded(&self, call: &Call, path: &[&str], state: &mut State) -> Reply {
        let Some(needs) = needs(&call.method, path) else { return Reply::not_found(&call.path, "Endpoint") };
        if path.contains(&"my") && !self.has_reviewer_api() {
            return Reply::not_found(&call.path, "Endpoint");
        }
        state.api_calls += 1;
        if let Some(refused) = self.before(call, state) {
            return refused;
        }
        let token = match self.bearer(call, state) {
            Ok(token) => token,
            Err(reply) => return reply,
        };
        let mut limits = Vec::new();
        if self.config.pace.is_some() {
            let key = format!("{} {}", needs.bucket, token.client);
            let allowance = state.buckets.take(&key, Limit::per_minute(needs.limit), self.micros());
            limits = vec![
                ("x-rate-limit-limit", allowance.limit.to_string()),
                ("x-rate-limit-remaining", allowance.remaining.to_string()),
                ("x-rate-limit-reset", allowance.reset.to_string()),
            ];
            if !allowance.allowed {
                let mut reply = Reply::error(429, "E0000047", "API call exceeded rate limit due to too many requests.", &[]);
                reply.headers.extend(limits);
                return reply;
            }
        }
        let mut reply = self.allowed(call, path, &needs, &token, state);
        reply.headers.extend(limits);
        self.after(call, state, reply)
    }

    fn allowed(&self, call: &Call, path: &[&str], needs: &Needs, token: &Token, state: &mut State) -> Reply {
        // Whoever may manage may read.
        let manage = needs.scope.strip_suffix(".read").map(|scope| format!("{scope}.manage"));
        if !token.scope.split(' ').any(|scope| scope == needs.scope || Some(scope) == manage.as_deref()) {
            return Reply::forbidden().with("www-authenticate", format!("Bearer error=\"insufficient_scope\", scope=\"{}\"", needs.scope));
        }
        let service = self.config.services.iter().find(|app| app.client_id == token.client);
        let has_role = service.is_some_and(|app| app.roles.iter().any(|role| needs.roles.contains(&role.as_str())));
        if (!needs.roles.is_empty() && !has_role) || self.is_forbidden(path) {
            return Reply::forbidden();
        }
        if call.method != "GET" {
            state.changes += 1;
            state.batches += u64::from(call.path.ends_with("/reviews/actions"));
            let once = state.changes == 1;
            let refuse = |status, summary: &str| Some(Reply::error(status, "E0000016", summary, &[]));
            let refused = match self.mood() {
                Some(Misbehaviour::Conflict) if once => refuse(409, "The resource is being changed by another request"),
                Some(Misbehaviour::ChangeGone) if once => refuse(410, "The resource is gone"),
                Some(Misbehaviour::Precondition) if once => refuse(412, "The resource was changed meanwhile"),
                _ => None,
            };
            if let Some(refused) = refused {
                return refused;
            }
        }
        let by = token.user.clone().unwrap_or_else(|| token.client.clone());
        let answered = match path {
            ["api", "v1", "logs"] => self.logs(call, state),
            ["api", ..] => self.directory(call, &by, state),
            _ => self.governance(call, token, state),
        };
        answered.unwrap_or_else(|reply| reply)
    }

    /// Misbehaviour instead of an answer.
    fn before(&self, call: &Call, state: &mut State) -> Option<Reply> {
        let number = state.api_calls;
        if let Some(left) = state.down.checked_sub(1) {
            state.down = left;
            return Some(Reply::error(503, "E0000009", "Service Unavailable", &[]));
        }
        let silent = || Reply::error(429, "E0000047", "API call exceeded rate limit due to too many requests.", &[]);
        match self.mood()? {
            Misbehaviour::Unauthorized if number == 5 => {
                state.tokens.retain(|_, token| token.kind != "access");
                Some(Reply::unauthorized())
            }
            Misbehaviour::Throttled if number.is_multiple_of(7) => Some(silent().with("retry-after", "3")),
            Misbehaviour::ThrottledSilently if number.is_multiple_of(7) => Some(silent()),
            mood @ (Misbehaviour::LostChangeThenDown | Misbehaviour::LostChangesThenDown)
                if call.method != "GET" && state.done < if mood == Misbehaviour::LostChangesThenDown { 2 } else { 1 } =>
            {
                state.done += 1;
                state.down = if mood == Misbehaviour::LostChangesThenDown && state.done == 1 { 0 } else { DOWN };
                let mut lost = Reply::error(503, "E0000009", "Service Unavailable", &[]);
                lost.transport = Transport::Lost;
                Some(lost)
            }
            _ => None,
        }
    }

    /// Misbehaviour of an answer.
    fn after(&self, call: &Call, state: &mut State, mut reply: Reply) -> Reply {
        let (number, change) = (state.api_calls, call.method != "GET");
        match self.mood() {
            Some(Misbehaviour::Failing) if number.is_multiple_of(5) => {
                let status = [500, 502, 503].into_iter().nth(usize::try_from(number / 5 % 3).unwrap_or(0)).unwrap_or(500);
                Reply::error(status, "E0000009", "Internal Server Error", &[])
            }
            Some(Misbehaviour::Slow) if number == 4 => {
                reply.transport = Transport::Stalls;
                reply
            }
            Some(Misbehaviour::Truncated) if number.is_multiple_of(4) && !change => {
                reply.transport = Transport::Cut;
                reply
            }
            Some(Misbehaviour::WrongType) if number.is_multiple_of(4) && !change => {
                reply.transport = Transport::Html;
                reply
            }
            Some(Misbehaviour::LostAnswer) if change && state.changes == 1 => {
                reply.transport = Transport::Lost;
                reply
            }
            Some(Misbehaviour::LostAnswers) if change && state.changes.is_multiple_of(3) => {
                reply.transport = Transport::Lost;
                reply
            }
            Some(Misbehaviour::LostBatch) if change && call.path.ends_with("/reviews/actions") && state.batches == 1 => {
                reply.transport = Transport::Lost;
                reply
            }
            Some(mood @ (Misbehaviour::LostAnswerThenDown | Misbehaviour::LostAnswerThenSignedOut))
                if change && reply.status < 300 && state.done == 0 =>
            {
                state.done = 1;
                if mood == Misbehaviour::LostAnswerThenDown {
                    state.down = DOWN;
                } else {
                    state.tokens.clear();
                }
                reply.transport = Transport::Lost;
                reply
            }
            _ => reply,
        }
    }
}

impl State {
    /// Follows an accepted entry.
    pub(super) fn follow(&mut self, entry: &Entry) {
        match &entry.change {
            Change::TokenGiven { hash, kind, client, user, scope, ends, bound } => {
                let (kind, client, user, scope) = (kind.clone(), client.clone(), user.clone(), scope.clone());
                self.tokens.insert(hash.clone(), Token { kind, client, user, scope, ends: *ends, bound: bound.clone() });
            }
            Change::TokenEnded { hash } => {
                self.tokens.remove(hash);
            }
            _ => self.org.apply(self.entries, entry),
        }
        self.entries += 1;
    }
}

/// A path with its ids left out, where no contract says its shape.
fn shape_of(path: &[&str]) -> String {
    let is_id = |segment: &&str| segment.len() == 20 && segment.bytes().all(|byte| byte.is_ascii_alphanumeric());
    path.iter().fold(String::new(), |text, segment| format!("{text}/{}", if is_id(segment) { "{id}" } else { segment }))
}
