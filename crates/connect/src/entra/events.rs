//! Events of Entra that arrive by other ways than a reading: lines of JSON in the shapes of Microsoft Graph, of the Event
//! Hub that diagnostic settings write to, and of the Unified Audit Log.
//!
//! Every line becomes a use, or is counted as no use with its type, or is an error that names the line.

use domain::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// A sign-in that worked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventUse {
    /// The line it stood on, from 1.
    pub line: u64,
    /// The user's object id.
    pub user: String,
    /// The application's id (`appId`).
    pub application: String,
    /// When.
    pub at: Timestamp,
}

/// What lines of events say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventsRead {
    /// Uses, in the order of the lines.
    pub uses: Vec<EventUse>,
    /// Lines that are no use, by their type.
    pub not_use: BTreeMap<String, u64>,
    /// Lines that cannot be read: which, and why.
    pub problems: Vec<(u64, String)>,
}

/// What one line is.
enum Line {
    Use { user: String, application: String, at: Timestamp },
    NotUse(String),
}

/// Reads lines of JSON, one event each; empty lines are not counted.
pub fn read(text: &str) -> EventsRead {
    let mut read = EventsRead::default();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let parsed = serde_json::from_str::<Value>(line).map_err(|error| format!("it is not JSON: {error}"));
        match parsed.and_then(|event| judge(&event)) {
            Ok(Line::Use { user, application, at }) => read.uses.push(EventUse { line: number, user, application, at }),
            Ok(Line::NotUse(kind)) => *read.not_use.entry(kind).or_default() += 1,
            Err(why) => read.problems.push((number, why)),
        }
    }
    read
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value[field].as_str().filter(|text| !text.is_empty())
}

/// A time of any shape: with an offset, or without one, which is UTC.
fn time(value: &Value, fields: &[&str]) -> Result<Timestamp, String> {
    let found = fields.iter().find_map(|field| text(value, field));
    let found = found.ok_or_else(|| format!("it has no time ({})", fields.join(", ")))?;
    let parsed = Timestamp::parse_rfc3339(found).or_else(|_| Timestamp::parse_rfc3339(&format!("{found}Z")));
    parsed.map_err(|_| format!("\"{found}\" is not a time"))
}

fn judge(event: &Value) -> Result<Line, String> {
    if let Some(operation) = text(event, "Operation") {
        return unified(event, operation);
    }
    if let Some(category) = text(event, "category").filter(|_| event["properties"].is_object()) {
        return hub(event, category);
    }
    if event["activityDateTime"].is_string() && event["initiatedBy"].is_object() {
        let name = text(event, "activityDisplayName").ok_or("the audit event has no activity")?;
        return Ok(Line::NotUse(format!("audit: {name}")));
    }
    if event["riskEventType"].is_string() || event["riskLevel"].is_string() && event["status"].is_null() {
        let name = text(event, "riskEventType").unwrap_or("risky user");
        return Ok(Line::NotUse(format!("risk: {name}")));
    }
    if event["createdDateTime"].is_string() && event["status"].is_object() {
        return sign_in(event, "sign-in");
    }
    Err("its shape is none that is known: neither Graph, Event Hub nor Unified Audit Log".to_owned())
}

/// A sign-in in Graph's shape; the Event Hub carries the same in `properties`.
fn sign_in(event: &Value, kind: &str) -> Result<Line, String> {
    let error = &event["status"]["errorCode"];
    let error =
        error.as_i64().or_else(|| error.as_str().and_then(|text| text.parse().ok())).ok_or("the sign-in does not say whether it worked")?;
    if error != 0 {
        return Ok(Line::NotUse(format!("{kind}: failed with {error}")));
    }
    let at = time(event, &["createdDateTime"])?;
    let user = text(event, "userId").ok_or("the sign-in does not say whose it is")?;
    let application = text(event, "appId").ok_or("the sign-in does not say at which application")?;
    Ok(Line::Use { user: user.to_ascii_lowercase(), application: application.to_ascii_lowercase(), at })
}

fn hub(event: &Value, category: &str) -> Result<Line, String> {
    match category {
        "SignInLogs" | "NonInteractiveUserSignInLogs" => sign_in(&event["properties"], category),
        other => {
            let name = text(event, "operationName").unwrap_or("no operation");
            Ok(Line::NotUse(format!("{other}: {name}")))
        }
    }
}

fn unified(event: &Value, operation: &str) -> Result<Line, String> {
    if operation != "UserLoggedIn" {
        return Ok(Line::NotUse(operation.trim().to_owned()));
    }
    if text(event, "ResultStatus").is_some_and(|status| status != "Success" && status != "Succeeded") {
        return Ok(Line::NotUse("UserLoggedIn: failed".to_owned()));
    }
    let at = time(event, &["CreationTime"])?;
    // An actor of type 0 is the object id (Office 365 Management Activity API, IdentityTypeValuePair).
    let actor = event["Actor"].as_array().into_iter().flatten().find(|actor| actor["Type"] == 0).and_then(|actor| text(actor, "ID"));
    let user = text(event, "UserKey").filter(|key| super::names::is_guid(key)).or(actor).ok_or("the sign-in does not say whose it is")?;
    let application =
        text(event, "ApplicationId").or_else(|| text(event, "ObjectId")).ok_or("the sign-in does not say at which application")?;
    Ok(Line::Use { user: user.to_ascii_lowercase(), application: application.to_ascii_lowercase(), at })
}
