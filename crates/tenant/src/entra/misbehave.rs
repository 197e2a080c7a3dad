//! When a tenant misbehaves, and how its answers travel then.

use serde_json::{Value, json};

use super::odata::Answer;
use crate::misbehave::Misbehaviour;

/// How an answer travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Whole,
    /// Half of it, then nothing for longer than anybody waits.
    Slow,
    /// Half of it, then the connection ends.
    Truncated,
    /// As a page for people.
    Html,
    /// Nothing of it.
    Lost,
}

/// How many calls a tenant that is down answers with 503.
const DOWN: u64 = 20;

/// The tenant's mood.
#[derive(Debug)]
pub(super) struct Misbehaving {
    how: Option<Misbehaviour>,
    calls: u64,
    /// What happens once has happened.
    done: bool,
    /// Calls that were accepted as changes.
    changes: u64,
    /// The last row of the page before.
    last: Option<Value>,
    /// Calls that are still answered with 503.
    down: u64,
    /// Every token has just ended.
    signs_out: bool,
    /// What begins like this answers 403.
    forbidden: Option<String>,
}

fn changes(method: &str) -> bool {
    method != "GET"
}

impl Misbehaving {
    pub(super) const fn new(how: Option<Misbehaviour>) -> Self {
        Self { how, calls: 0, done: false, changes: 0, last: None, down: 0, signs_out: false, forbidden: None }
    }

    /// Another mood from now on.
    pub(super) fn become_(&mut self, how: Option<Misbehaviour>) {
        *self = Self::new(how);
    }

    /// From now on everything whose path begins like this answers 403.
    pub(super) fn forbid(&mut self, path: &str) {
        self.forbidden = Some(path.to_owned());
    }

    /// By how much the tenant's clock is ahead, in microseconds.
    pub(super) fn skew(&self) -> i64 {
        if self.how == Some(Misbehaviour::ClockAhead) { 1_200_000_000 } else { 0 }
    }

    fn once(&mut self) -> bool {
        !std::mem::replace(&mut self.done, true)
    }

    /// The answer to whatever is asked while the tenant is down.
    pub(super) fn while_down(&mut self) -> Option<Answer> {
        self.down = self.down.checked_sub(1)?;
        Some(Answer::error(503, "ServiceUnavailable", "The service is not available."))
    }

    /// True, once, where every token that was given ends now.
    pub(super) fn signs_out(&mut self) -> bool {
        std::mem::take(&mut self.signs_out)
    }

    /// True where a call that would change something is lost on its way: nothing is done, and nothing answered.
    pub(super) fn swallows(&mut self, changes: bool) -> bool {
        let lost = changes && self.how == Some(Misbehaviour::LostChangeThenDown) && self.once();
        if lost {
            self.down = DOWN;
        }
        lost
    }

    /// An answer instead of the call's own; the call is not made.
    pub(super) fn before(&mut self, method: &str, path: &str) -> Option<Answer> {
        use Misbehaviour as M;
        let denied = || Some(Answer::denied("Insufficient privileges to complete the operation."));
        if self.forbidden.as_ref().is_some_and(|forbidden| path.starts_with(forbidden.as_str())) {
            return denied();
        }
        self.calls += 1;
        let calls = self.calls;
        let nth = |every: u64| calls.is_multiple_of(every);
        let once = match self.how? {
            M::Unauthorized => calls >= 4,
            M::Conflict | M::Precondition => changes(method),
            _ => false,
        };
        let once = once && self.once();
        let many = Answer::error(429, "TooManyRequests", "Too many requests.");
        match self.how? {
            M::Unauthorized if once => {
                Some(Answer::error(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."))
            }
            M::LogForbidden if path.starts_with("/auditLogs") => Some(Answer::denied("The tenant does not have a premium licence.")),
            M::RolesForbidden if path.starts_with("/roleManagement") => denied(),
            M::GroupsForbidden if path.starts_with("/groups") => denied(),
            M::ApplicationsForbidden if path.starts_with("/servicePrincipals") => denied(),
            M::Conflict if once => Some(Answer::error(409, "Request_Conflict", "A conflicting object is being changed.")),
            M::Precondition if once => Some(Answer::error(412, "Request_PreconditionFailed", "The object was changed since it was read.")),
            M::Throttled if nth(7) => Some(many.with("Retry-After", 3)),
            M::ThrottledSilently if nth(7) => Some(many),
            M::Failing if nth(6) => {
                let status = [500, 502, 503].get(usize::try_from(calls / 6 % 3).unwrap_or(0)).copied().unwrap_or(500);
                Some(Answer::error(status, "ServiceUnavailable", "The service is not available."))
            }
            _ => None,
        }
    }

    /// What becomes of a page.
    pub(super) fn after(&mut self, answer: &mut Answer, path: &str, query: &str) {
        use Misbehaviour as M;
        let Some(how) = self.how else { return };
        let Some(body) = answer.body.as_mut().filter(|body| body["value"].is_array()) else { return };
        let continued = query.contains("skip");
        if how == M::PageGone && continued && self.once() {
            *answer = Answer::error(410, "syncStateNotFound", "The page is not kept any more. Begin anew.");
            return;
        }
        let last = self.last.take();
        let Some(rows) = body["value"].as_array_mut() else { return };
        self.last = rows.last().cloned();
        match (how, last) {
            (M::DuplicatePages, Some(row)) if continued => rows.insert(0, row),
            (M::ShiftingPages, Some(mut row)) if continued => {
                row["displayName"] = json!("Renamed meanwhile");
                rows.insert(0, row);
            }
            _ => {}
        }
        if let Some(next) = body["@odata.nextLink"].as_str().map(str::to_owned) {
            match how {
                M::ForeignHost => {
                    let rest = next.split("/v1.0").nth(1).unwrap_or_default();
                    body["@odata.nextLink"] = json!(format!("https://graph.attacker.example/v1.0{rest}"));
                }
                M::NextLoop if continued => {
                    let host = next.split("/v1.0").next().unwrap_or_default();
                    body["@odata.nextLink"] = json!(format!("{host}/v1.0{path}?{query}"));
                }
                _ => {}
            }
        }
    }

    /// How the answer travels. `accepted` says that the call has changed something.
    pub(super) fn travel(&mut self, method: &str, path: &str, accepted: bool) -> Transport {
        use Misbehaviour as M;
        self.changes += u64::from(accepted);
        if self.how == Some(M::LostAnswers) {
            return if accepted && self.changes.is_multiple_of(3) { Transport::Lost } else { Transport::Whole };
        }
        if let Some(how @ (M::LostAnswerThenDown | M::LostAnswerThenSignedOut)) = self.how {
            if accepted && self.once() {
                self.down = if how == M::LostAnswerThenDown { DOWN } else { 0 };
                self.signs_out = how == M::LostAnswerThenSignedOut;
                return Transport::Lost;
            }
            return Transport::Whole;
        }
        let reads = !changes(method) || path == "/$batch";
        let transport = match self.how {
            Some(M::Slow) if reads && self.calls >= 3 => Transport::Slow,
            Some(M::Truncated) if reads && self.calls >= 3 => Transport::Truncated,
            Some(M::WrongType) if reads && self.calls >= 3 => Transport::Html,
            Some(M::LostAnswer) if changes(method) => Transport::Lost,
            _ => return Transport::Whole,
        };
        if self.once() { transport } else { Transport::Whole }
    }
}
