//! Calls and answers.

use super::error::HttpError;
use crate::hash::Digest;
use domain::Timestamp;
use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;
use std::future::Future;
use url::Url;

/// Whether a call changes something at the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Asking again does no harm.
    Reads,
    /// It may change something: after a lost answer it is not asked again.
    Changes,
}

/// What a call carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    Empty,
    /// A JSON document.
    Json(Value),
    /// Form fields.
    Form(Vec<(String, String)>),
}

/// One call.
#[derive(Debug, Clone)]
pub struct Request {
    /// GET, POST and so on.
    pub method: Method,
    /// The whole address, at the source's own host.
    pub url: Url,
    /// Headers beside those of the authority.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What it carries.
    pub body: Body,
    /// Whether it changes something.
    pub effect: Effect,
    /// Which of the platform's limits it counts against, in the connector's own words.
    pub bucket: &'static str,
}

impl Request {
    /// A read.
    pub const fn get(url: Url, bucket: &'static str) -> Self {
        Self { method: Method::GET, url, headers: Vec::new(), body: Body::Empty, effect: Effect::Reads, bucket }
    }

    /// A change.
    pub const fn change(method: Method, url: Url, body: Body, bucket: &'static str) -> Self {
        Self { method, url, headers: Vec::new(), body, effect: Effect::Changes, bucket }
    }

    /// Method, path and query: what is kept for the evidence. Secrets stand in headers and bodies only.
    pub fn line(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{} {}?{query}", self.method, self.url.path()),
            None => format!("{} {}", self.method, self.url.path()),
        }
    }
}

/// An answer, read to its end. A body that claims to be JSON is JSON.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was asked: method, path and query.
    pub request: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// The body as JSON, where it is.
    pub json: Option<Value>,
    /// SHA-256 of the body.
    pub sha256: Digest,
    /// When it had been read, by our clock.
    pub read_at: Timestamp,
}

impl Answer {
    /// A header's value as text; empty where it is absent or no text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// True for 200 to 299.
    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..300)
    }
}

/// Who calls: puts tokens onto calls.
///
/// The client asks it only for calls to the source's own host.
pub trait Authority: Send + Sync {
    /// The headers that say who calls.
    fn headers(&self, method: &Method, url: &Url) -> impl Future<Output = Result<Vec<(HeaderName, HeaderValue)>, HttpError>> + Send;

    /// After a 401: drops what was refused. True where another attempt makes sense.
    fn renew(&self, refused: &Answer) -> impl Future<Output = Result<bool, HttpError>> + Send;
}

/// Nobody in particular.
#[derive(Debug, Clone, Copy)]
pub struct NoAuthority;

impl Authority for NoAuthority {
    async fn headers(&self, _: &Method, _: &Url) -> Result<Vec<(HeaderName, HeaderValue)>, HttpError> {
        Ok(Vec::new())
    }

    async fn renew(&self, _: &Answer) -> Result<bool, HttpError> {
        Ok(false)
    }
}
