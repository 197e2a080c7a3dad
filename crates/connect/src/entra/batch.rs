//! `$batch`: up to twenty calls in one, each answered by itself and in any order.

use super::EntraSource;
use crate::{
    error::Error,
    http::{Answer, Authority, Body, Effect, HttpError, Method, Request},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most calls in one batch ([JSON batching](https://learn.microsoft.com/graph/json-batching)).
pub(super) const MOST: usize = 20;

/// One call of a batch.
#[derive(Debug, Clone)]
pub(super) struct Inner {
    pub(super) method: &'static str,
    /// Path and query below the version.
    pub(super) url: String,
    pub(super) body: Option<Value>,
}

impl Inner {
    pub(super) const fn get(url: String) -> Self {
        Self { method: "GET", url, body: None }
    }
}

/// The answer to one call of a batch.
#[derive(Debug, Clone, Default)]
pub(super) struct Reply {
    /// 0 where the batch's answer leaves it out.
    pub(super) status: u16,
    /// Seconds to wait, where it says so.
    pub(super) wait: Option<i64>,
    pub(super) body: Value,
}

impl Reply {
    /// Asking again makes sense: too many calls, or a server that failed.
    pub(super) const fn is_passing(&self) -> bool {
        matches!(self.status, 0 | 408 | 429 | 500..)
    }
}

impl EntraSource {
    /// Makes a batch. One reply per call, in the order of the calls.
    ///
    /// Where a read within it is refused for its token, the token is renewed and the batch is made once more.
    pub(super) async fn batch<A: Authority>(
        &self,
        calls: &[Inner],
        effect: Effect,
        authority: &A,
    ) -> Result<(Answer, Vec<Reply>), HttpError> {
        let (answer, replies) = self.batch_once(calls, effect, authority).await?;
        let refused = effect == Effect::Reads && replies.iter().any(|reply| reply.status == 401);
        if refused && authority.renew(&answer).await? { self.batch_once(calls, effect, authority).await } else { Ok((answer, replies)) }
    }

    async fn batch_once<A: Authority>(&self, calls: &[Inner], effect: Effect, authority: &A) -> Result<(Answer, Vec<Reply>), HttpError> {
        let requests: Vec<Value> = calls
            .iter()
            .enumerate()
            .map(|(id, call)| {
                let mut request = json!({ "id": id.to_string(), "method": call.method, "url": call.url });
                if let Some(body) = &call.body {
                    request["body"] = body.clone();
                    request["headers"] = json!({ "Content-Type": "application/json" });
                }
                request
            })
            .collect();
        let url = self.address("/$batch").map_err(|error| HttpError::Client(error.to_string()))?;
        let request = Request { effect, ..Request::change(Method::POST, url, Body::Json(json!({ "requests": requests })), "batch") };
        let answer = self.client.send(&request, authority).await?;
        let mut replies = vec![Reply::default(); calls.len()];
        let mut by_id: BTreeMap<usize, Reply> = BTreeMap::new();
        for response in answer.json.iter().flat_map(|body| body["responses"].as_array().into_iter().flatten()) {
            let id = response["id"].as_str().and_then(|id| id.parse().ok());
            let status = response["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(0);
            let wait = header(&response["headers"], "retry-after").and_then(|text| text.parse().ok());
            if let Some(id) = id {
                by_id.insert(id, Reply { status, wait, body: response["body"].clone() });
            }
        }
        for (id, reply) in by_id {
            if let Some(place) = replies.get_mut(id) {
                *place = reply;
            }
        }
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        self.client.count_batch(number(calls.len()), number(replies.iter().filter(|reply| reply.status == 429).count()));
        Ok((answer, replies))
    }

    /// Waits as the replies ask, or a little where they do not say.
    pub(super) async fn wait_for(&self, replies: &[Reply]) -> Result<(), Error> {
        const SECOND: i64 = 1_000_000;
        let asked = replies.iter().filter(|reply| reply.is_passing()).map(|reply| reply.wait.unwrap_or(2).max(1) * SECOND).max();
        if let Some(micros) = asked {
            let longest = self.config.limits.longest_wait;
            if micros > longest {
                return Err(HttpError::Limited { request: "POST /$batch".to_owned(), seconds: micros / SECOND }.into());
            }
            self.pause.pause(micros).await;
        }
        Ok(())
    }
}

fn header(headers: &Value, name: &str) -> Option<String> {
    headers.as_object()?.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).and_then(|(_, value)| value.as_str().map(str::to_owned))
}
