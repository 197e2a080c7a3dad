//! How far the System Log was read.

use super::{administration, piece::Piece};
use crate::http::{LoopFound, LoopGuard};
use domain::{Timestamp, time::DAY};
use serde::{Deserialize, Serialize};

/// Where the log is.
pub(super) const PATH: &str = "/api/v1/logs";
/// The limit that counts its calls.
pub(super) const BUCKET: &str = "logs";
/// How many days back it goes.
pub(super) const LOG_DAYS: i64 = 90;
/// What is asked of it beside administrators' acts.
const EVENTS: &str =
    r#"(eventType eq "user.authentication.sso" and outcome.result eq "SUCCESS") or eventType eq "group.user_membership.add""#;

/// The log's place in a reading: a window, and how far it was read. Each window has one end for all of its pages, so that the list ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LogPlace {
    /// Since when anything is known: where the first window began.
    from: Timestamp,
    /// Where this window begins.
    since: Timestamp,
    /// Where it ends.
    until: Timestamp,
    /// The platform's own cursor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    #[serde(default)]
    guard: LoopGuard,
    state: State,
    /// Whether administrators' acts are asked for; false in a place from before they were.
    #[serde(default)]
    acts: bool,
}

/// How a window stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    /// There is more of it.
    Open,
    /// It was read to its end.
    Read,
    /// The platform refused it: what it would have said is marked as unread.
    Refused,
}

impl LogPlace {
    /// As far back as the log goes.
    pub(super) fn begin(now: Timestamp) -> Self {
        let from = now.plus(-LOG_DAYS * DAY);
        Self { from, since: from, until: now, after: None, guard: LoopGuard::default(), state: State::Open, acts: true }
    }

    /// Whether this window has another page.
    pub(super) fn may_go_on(&self) -> bool {
        self.state == State::Open
    }

    /// The window from the end of this one to now; `None` where it was refused, or nothing can have happened since.
    pub(super) fn up_to(&self, now: Timestamp) -> Option<Self> {
        let more = self.state == State::Read && now > self.until && self.since == self.from;
        more.then(|| Self { since: self.until, until: now, after: None, guard: LoopGuard::default(), state: State::Open, ..self.clone() })
    }

    /// What was watched, once the last window was read.
    pub(super) fn observed(&self) -> Option<Piece> {
        (self.state == State::Read).then_some(Piece::Observed { from: self.from, until: self.until, acts: self.acts })
    }

    /// A page was read; `after` is the cursor of the next.
    ///
    /// # Errors
    /// Where the platform repeats a cursor.
    pub(super) fn passed(mut self, after: Option<String>) -> Result<Self, LoopFound> {
        match &after {
            Some(after) => self.guard.pass(after)?,
            None => self.state = State::Read,
        }
        Ok(Self { after, ..self })
    }

    /// The same window asked for without administrators' acts, where it was not begun: a filter that is too long for the
    /// platform must not cost what the shorter one shows.
    pub(super) fn plain(&self) -> Option<Self> {
        (self.acts && self.after.is_none()).then(|| Self { acts: false, ..self.clone() })
    }

    /// The platform refused a page.
    pub(super) fn refused(self) -> Self {
        Self { state: State::Refused, ..self }
    }

    /// What to ask for.
    pub(super) fn query(&self) -> Vec<(&'static str, String)> {
        let (since, until) = (self.since.to_rfc3339(), self.until.to_rfc3339());
        let events = if self.acts { format!("{EVENTS} or {}", administration::filter()) } else { EVENTS.to_owned() };
        let fixed = [("filter", events), ("limit", "1000".to_owned()), ("sortOrder", "ASCENDING".to_owned())];
        let after = self.after.clone().map(|after| ("after", after));
        [("since", since), ("until", until)].into_iter().chain(fixed).chain(after).collect()
    }
}
