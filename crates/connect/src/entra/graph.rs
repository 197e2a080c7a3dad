//! Addresses below Graph's version, links to next pages, and what a refusal means.

use super::EntraSource;
use crate::{
    error::Error,
    http::{Answer, Authority, Request, Url},
};

/// The version that is spoken.
const VERSION: &str = "/v1.0";

impl EntraSource {
    /// The address of a path with its query.
    pub(super) fn address(&self, path: &str) -> Result<Url, Error> {
        self.config.graph.join(&format!("{VERSION}{path}")).map_err(|_| Error::Cursor(path.to_owned()))
    }

    /// Reads one address; a refusal is an answer.
    pub(super) async fn get<A: Authority>(&self, path: &str, bucket: &'static str, authority: &A) -> Result<Answer, Error> {
        Ok(self.client.send(&Request::get(self.address(path)?, bucket), authority).await?)
    }

    /// The path with its query of the page that follows, from `@odata.nextLink`. The link is followed whole and never to
    /// another host.
    pub(super) fn next_of(&self, body: &serde_json::Value) -> Result<Option<String>, Error> {
        let Some(link) = body["@odata.nextLink"].as_str() else { return Ok(None) };
        let url = Url::parse(link).map_err(|_| Error::Cursor(link.to_owned()))?;
        self.client.check_host(&url)?;
        let path = url.path().strip_prefix(VERSION).ok_or_else(|| Error::Cursor(link.to_owned()))?;
        Ok(Some(match url.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        }))
    }

    /// All pages of a list, for lists that are short.
    pub(super) async fn all<A: Authority>(&self, path: &str, bucket: &'static str, authority: &A) -> Result<Vec<serde_json::Value>, Error> {
        let mut rows = Vec::new();
        let mut guard = crate::http::LoopGuard::default();
        let mut next = path.to_owned();
        loop {
            let answer = self.get(&next, bucket, authority).await?;
            if !answer.is_success() {
                return Err(refused(&answer));
            }
            let mut body = answer.json.unwrap_or_default();
            if let Some(more) = body["value"].as_array_mut() {
                rows.append(more);
            }
            match self.next_of(&body)? {
                Some(link) => {
                    guard.pass(&link).map_err(|_| Error::Loop { page: link.clone() })?;
                    next = link;
                }
                None => return Ok(rows),
            }
        }
    }
}

/// The platform's own code of a refusal. Its message is for people and is not branched on.
pub(super) fn code(body: &serde_json::Value) -> &str {
    body["error"]["code"].as_str().unwrap_or_default()
}

/// A refusal as an error.
pub(super) fn refused(answer: &Answer) -> Error {
    let body = answer.json.clone().unwrap_or_default();
    refusal(&answer.request, answer.status, &body)
}

/// A refusal as an error, from its parts.
pub(super) fn refusal(request: &str, status: u16, body: &serde_json::Value) -> Error {
    let what_to_do = match status {
        401 => "Check the application's secret or certificate.".to_owned(),
        403 if request.contains("/roleManagement") => {
            "Give the reading application RoleManagement.Read.Directory with an administrator's consent, or leave directory roles out in the source's settings.".to_owned()
        }
        403 => "Give the application the permission that docs/connectors.md names for this call, with an administrator's consent, and check the tenant's licence.".to_owned(),
        410 => "The pages are not kept any more. Read the source again from the beginning.".to_owned(),
        _ => "Read the source again; if it happens twice, compare the call with docs/connectors.md.".to_owned(),
    };
    let code = code(body);
    let code = if code.is_empty() { String::new() } else { format!(" ({code})") };
    Error::Refused { request: request.to_owned(), status, code, what_to_do }
}
