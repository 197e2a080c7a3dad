//! Answers in Okta's shape.

use serde_json::{Value, json};

/// How an answer goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Whole,
    /// Half of it, and never anything more.
    Stalls,
    /// Half of it, and the connection ends.
    Cut,
    /// The connection ends at once.
    Lost,
    /// Something for people instead.
    Html,
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
    pub(super) html: Option<String>,
    pub(super) transport: Transport,
}

impl Reply {
    pub(super) const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None, html: None, transport: Transport::Whole }
    }

    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { body: Some(body), ..Self::empty(status) }
    }

    pub(super) fn page(status: u16, html: String) -> Self {
        Self { html: Some(html), ..Self::empty(status) }
    }

    pub(super) fn redirect(location: &str) -> Self {
        Self::empty(302).with("location", location)
    }

    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// An error of the management and governance interfaces.
    pub(super) fn error(status: u16, code: &str, summary: &str, causes: &[String]) -> Self {
        let causes: Vec<Value> = causes.iter().map(|cause| json!({ "errorSummary": cause })).collect();
        let error_id = super::ids::id("oae", &format!("{status} {code} {summary}"));
        Self::json(
            status,
            json!({ "errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": error_id, "errorCauses": causes }),
        )
    }

    pub(super) fn invalid(cause: &str) -> Self {
        Self::error(400, "E0000001", &format!("Api validation failed: {cause}"), &[cause.to_owned()])
    }

    pub(super) fn not_found(id: &str, kind: &str) -> Self {
        Self::error(404, "E0000007", &format!("Not found: Resource not found: {id} ({kind})"), &[])
    }

    pub(super) fn forbidden() -> Self {
        Self::error(403, "E0000006", "You do not have permission to perform the requested action", &[])
    }

    pub(super) fn unauthorized() -> Self {
        Self::error(401, "E0000011", "Invalid token provided", &[]).with("www-authenticate", "Bearer error=\"invalid_token\"")
    }

    /// An error of the OAuth endpoints.
    pub(super) fn oauth(status: u16, error: &str, description: &str) -> Self {
        Self::json(status, json!({ "error": error, "error_description": description }))
    }
}
