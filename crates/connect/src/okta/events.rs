//! The System Log's events: which are a use, which tell of a membership, which are something else.
//!
//! Pipelines deliver some keys in small letters and times without a zone; both are understood. A time without a zone is
//! UTC, as Okta's are.

use domain::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// What one event says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventSays {
    /// Somebody signed in to an application.
    Used {
        /// Okta's id of the person.
        user: String,
        /// Okta's id of the application.
        app: String,
        /// When.
        at: Timestamp,
    },
    /// Somebody was put into a group.
    Joined {
        /// Okta's id of the person.
        user: String,
        /// Okta's id of the group.
        group: String,
        /// When.
        at: Timestamp,
    },
    /// Neither: its type, with the outcome where that is the reason.
    Other(String),
}

/// A value by its key, in whatever letters the key is written.
fn get<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    let map = value.as_object()?;
    map.get(key).or_else(|| map.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value))
}

pub(super) fn text<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a str> {
    keys.iter().try_fold(value, |value, key| get(value, key)).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// The moment of a `published` text.
pub(super) fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim().replacen(' ', "T", 1);
    let zoned = text.ends_with(['Z', 'z']) || text.get(19..).is_some_and(|rest| rest.contains(['+', '-']));
    Timestamp::parse_rfc3339(&if zoned { text } else { format!("{text}Z") }).ok()
}

/// The id of the first target of a kind.
pub(super) fn target<'a>(event: &'a Value, kind: &str) -> Option<&'a str> {
    let targets = get(event, "target")?.as_array()?;
    let found = targets.iter().find(|target| text(target, &["type"]).is_some_and(|found| found.eq_ignore_ascii_case(kind)))?;
    text(found, &["id"])
}

/// What an event says.
///
/// # Errors
/// Says what is missing where an event is a use or a membership by its type and does not say whose, of what or when.
pub fn read_event(event: &Value) -> Result<EventSays, String> {
    let kind = text(event, &["eventType"]).ok_or("it has no eventType")?;
    let result = text(event, &["outcome", "result"]).unwrap_or_default();
    let at = || {
        let published = text(event, &["published"]).ok_or("it does not say when: published is missing")?;
        moment(published).ok_or_else(|| format!("published is \"{published}\", which is no time"))
    };
    match kind {
        // The event is also written where the sign-in failed.
        "user.authentication.sso" if result == "SUCCESS" => {
            let user = text(event, &["actor", "id"]).ok_or("it does not say who signed in: actor.id is missing")?;
            let kind = text(event, &["actor", "type"]).unwrap_or_default();
            if !kind.eq_ignore_ascii_case("User") {
                return Ok(EventSays::Other(format!("user.authentication.sso by a {kind}")));
            }
            let app = target(event, "AppInstance").ok_or("it does not say to what: no target is an AppInstance")?;
            Ok(EventSays::Used { user: user.to_owned(), app: app.to_owned(), at: at()? })
        }
        "group.user_membership.add" if matches!(result, "SUCCESS" | "") => {
            let user = target(event, "User").ok_or("it does not say who joined: no target is a User")?;
            let group = target(event, "UserGroup").ok_or("it does not say which group: no target is a UserGroup")?;
            Ok(EventSays::Joined { user: user.to_owned(), group: group.to_owned(), at: at()? })
        }
        "user.authentication.sso" | "group.user_membership.add" => Ok(EventSays::Other(format!("{kind} ({result})"))),
        _ => Ok(EventSays::Other(kind.to_owned())),
    }
}

/// What the lines of an export say, one event a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventLines {
    /// Uses, with the line each stood on (from 1): person, application, when.
    pub used: Vec<(u64, String, String, Timestamp)>,
    /// Lines that are no use, counted by their type.
    pub not_usage: BTreeMap<String, u64>,
    /// Lines that could not be read, with the reason.
    pub errors: Vec<(u64, String)>,
}

/// Reads an export of the log: each line is a use, or is counted as something else, or is an error with its number.
pub fn read_lines(text: &str) -> EventLines {
    let mut lines = EventLines::default();
    for (line, text) in (1..).zip(text.lines()) {
        let event = serde_json::from_str::<Value>(text).map_err(|error| format!("it is not JSON: {error}"));
        match event.and_then(|event| read_event(&event)) {
            Ok(EventSays::Used { user, app, at }) => lines.used.push((line, user, app, at)),
            Ok(EventSays::Joined { .. }) => *lines.not_usage.entry("group.user_membership.add".to_owned()).or_default() += 1,
            Ok(EventSays::Other(kind)) => *lines.not_usage.entry(kind).or_default() += 1,
            Err(reason) => lines.errors.push((line, reason)),
        }
    }
    lines
}
