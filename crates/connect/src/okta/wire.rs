//! Okta's answers, as far as they are used. Nearly everything is optional: real answers lack what the contract promises,
//! and words may be new.

use crate::{
    error::Error,
    http::{Answer, HttpError},
};
use domain::Timestamp;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// A user.
#[derive(Debug, Deserialize)]
pub(super) struct User {
    pub id: String,
    pub status: Option<String>,
    pub created: Option<String>,
    #[serde(rename = "lastLogin")]
    pub last_login: Option<String>,
    #[serde(default)]
    pub profile: Map<String, Value>,
}

/// A group.
#[derive(Debug, Deserialize)]
pub(super) struct Group {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    #[serde(default)]
    pub profile: GroupProfile,
    #[serde(rename = "_embedded", default)]
    pub embedded: Option<GroupEmbedded>,
}

/// A group's profile.
#[derive(Debug, Default, Deserialize)]
pub(super) struct GroupProfile {
    pub name: Option<String>,
    pub description: Option<String>,
}

/// What a group's list may carry along.
#[derive(Debug, Deserialize)]
pub(super) struct GroupEmbedded {
    pub stats: Option<GroupStats>,
}

/// Okta's own count of a group.
#[derive(Debug, Deserialize)]
pub(super) struct GroupStats {
    #[serde(rename = "usersCount")]
    pub users: Option<u64>,
    /// Okta spells it so.
    #[serde(rename = "hasAdminPrivlege", alias = "hasAdminPrivilege")]
    pub admin: Option<bool>,
}

/// A group rule.
#[derive(Debug, Deserialize)]
pub(super) struct Rule {
    pub id: String,
    pub name: Option<String>,
    pub status: Option<String>,
    #[serde(default)]
    pub conditions: Value,
    #[serde(default)]
    pub actions: Value,
}

/// An application.
#[derive(Debug, Deserialize)]
pub(super) struct App {
    pub id: String,
    pub label: Option<String>,
    pub status: Option<String>,
    #[serde(rename = "signOnMode")]
    pub sign_on_mode: Option<String>,
}

/// Somebody's assignment of an application.
#[derive(Debug, Deserialize)]
pub(super) struct AppUser {
    pub id: String,
    pub scope: Option<String>,
    pub created: Option<String>,
    #[serde(rename = "_links", default)]
    pub links: Value,
}

/// Anything that has an id.
#[derive(Debug, Deserialize)]
pub(super) struct WithId {
    pub id: String,
}

/// The holders of any administrator role.
#[derive(Debug, Deserialize)]
pub(super) struct RoleHolders {
    #[serde(default)]
    pub value: Vec<WithId>,
    #[serde(rename = "_links", default)]
    pub links: Value,
}

/// A role that somebody holds.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Role {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub label: Option<String>,
    /// The id of an org's own role.
    #[serde(rename = "role")]
    pub custom: Option<String>,
    pub status: Option<String>,
    pub created: Option<String>,
    #[serde(rename = "assignmentType")]
    pub assignment: Option<String>,
    #[serde(rename = "_links", default)]
    pub links: Value,
}

impl Role {
    /// The entitlement that it is.
    pub(super) fn entitlement_id(&self) -> String {
        match (self.kind.as_deref(), &self.custom) {
            (Some("CUSTOM"), Some(role)) => format!("role:{role}"),
            (Some(kind), _) => format!("role:{kind}"),
            (None, _) => format!("role:{}", self.id),
        }
    }
}

/// The last part of a link, which is an id.
pub(super) fn linked_id<'a>(links: &'a Value, name: &str) -> Option<&'a str> {
    links.get(name)?.get("href")?.as_str()?.rsplit('/').next().filter(|id| !id.is_empty())
}

/// A time of Okta's; what cannot be read is unknown.
pub(super) fn time(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(|text| Timestamp::parse_rfc3339(text).ok())
}

/// Okta's own words about a refusal: code, summary and id.
pub(super) fn refusal(answer: &Answer) -> (String, String) {
    let text = |name: &str| {
        let value = answer.json.as_ref().and_then(|json| json.get(name));
        value.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let mut summary = text("errorSummary");
    let id = text("errorId");
    if !id.is_empty() {
        summary = format!("{summary} (error id {id}).");
    }
    (text("errorCode"), summary)
}

/// A refusal as an error, with what to do.
pub(super) fn refused(answer: &Answer, remedy: &str) -> Error {
    if answer.status == 401 {
        let (_, summary) = refusal(answer);
        return Error::Http(HttpError::Credentials(format!("{} was answered with 401: {summary}", answer.request)));
    }
    let (code, summary) = refusal(answer);
    Error::Refused {
        request: answer.request.clone(),
        status: answer.status,
        code: format!(" ({code}: {summary})"),
        what_to_do: remedy.to_owned(),
    }
}

/// An answer's body as what it should be.
pub(super) fn body<T: DeserializeOwned>(answer: &Answer) -> Result<T, Error> {
    let json = answer.json.clone().unwrap_or_default();
    serde_json::from_value(json).map_err(|error| Error::Answer { request: answer.request.clone(), why: error.to_string() })
}
