//! The client itself: one call with all its attempts.

use super::{
    answer::{Answer, Authority, Body, Effect, Request},
    budget::{Budgets, KnownLimit, LimitHeaders, SECOND},
    error::HttpError,
    pause::Pause,
};
use crate::hash;
use domain::{Env, Timestamp};
use reqwest::header::{ACCEPT, CONTENT_TYPE, DATE, RETRY_AFTER};
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use url::{Host, Url};

/// Bounds of every call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How often a call is made at most; 6 by default.
    pub attempts: u32,
    /// How long a connection may take; 10 seconds by default.
    pub connect: Duration,
    /// How long a call may take from its beginning to the end of the answer; 60 seconds by default.
    pub answer: Duration,
    /// Largest answer in bytes, decompressed; 64 MiB by default.
    pub body_bytes: usize,
    /// The first pause after a failure, in microseconds; each next one is twice as long; 500 ms by default.
    pub first_pause: i64,
    /// The longest pause after a failure, in microseconds; 30 seconds by default.
    pub longest_pause: i64,
    /// The longest that a call waits for the platform's limit, in microseconds; 10 minutes by default.
    pub longest_wait: i64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            attempts: 6,
            connect: Duration::from_secs(10),
            answer: Duration::from_mins(1),
            body_bytes: 64 << 20,
            first_pause: SECOND / 2,
            longest_pause: 30 * SECOND,
            longest_wait: 600 * SECOND,
        }
    }
}

/// What a client is made of.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// The source's own address; only its scheme, host and port count.
    pub base: Url,
    /// Clock and chance.
    pub env: Env,
    /// How it waits.
    pub pause: Arc<dyn Pause>,
    /// Bounds.
    pub limits: Limits,
    /// Where the platform tells what is left of its limits; `None` where it does not.
    pub limit_headers: Option<LimitHeaders>,
}

/// What was called, and why again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calls {
    /// All calls that were made, repeats included, by the connector's names for the platform's limits.
    pub made: BTreeMap<&'static str, u64>,
    /// Repeats after a lost or unusable answer or a failing server.
    pub repeated: u64,
    /// Answers that said "too many calls", to calls within batches too.
    pub limited: u64,
    /// Calls that travelled within batches, of which [`Self::made`] counts the batch only. The platform counts each.
    pub in_batches: u64,
    /// Microseconds spent waiting for limits.
    pub waited: i64,
}

impl Calls {
    /// All calls.
    pub fn total(&self) -> u64 {
        self.made.values().sum()
    }
}

/// Speaks to one source.
#[derive(Debug)]
pub struct Client {
    config: ClientConfig,
    http: reqwest::Client,
    budgets: Budgets,
    calls: Mutex<Calls>,
    /// Microseconds by which the platform's clock is ahead of ours.
    offset: AtomicI64,
}

/// What came of one attempt.
enum Attempt {
    Answered(Answer),
    /// The call never reached the platform.
    NotSent(String),
    /// It may have reached it; there is no whole answer.
    Lost(String),
    TooLarge,
}

/// Whether a source may be at this address: https, or http on loopback.
pub fn may_be_spoken_to(url: &Url) -> bool {
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Ipv4(ip))) => ip.is_loopback(),
        ("http", Some(Host::Ipv6(ip))) => ip.is_loopback(),
        ("http", Some(Host::Domain(name))) => name.eq_ignore_ascii_case("localhost"),
        _ => false,
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// The moment that a `Date` or `Retry-After` header names (RFC 9110, 5.6.7).
fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|zoned| Timestamp(zoned.timestamp().as_microsecond()))
}

impl Client {
    /// A client for one source. Nothing is called yet.
    ///
    /// # Errors
    /// [`HttpError::Address`] where the address is neither https nor loopback.
    pub fn new(config: ClientConfig) -> Result<Self, HttpError> {
        if !may_be_spoken_to(&config.base) || !config.base.username().is_empty() || config.base.password().is_some() {
            return Err(HttpError::Address(config.base.to_string()));
        }
        // Refused where another part of the program installed it already: one is enough.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(config.limits.connect)
            .timeout(config.limits.answer)
            .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")));
        if is_loopback(&config.base) {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| HttpError::Client(error.to_string()))?;
        Ok(Self { config, http, budgets: Budgets::default(), calls: Mutex::default(), offset: AtomicI64::new(0) })
    }

    /// The same client, which knows these limits.
    #[must_use]
    pub fn knowing(self, limits: &[KnownLimit]) -> Self {
        Self { budgets: Budgets::knowing(limits), ..self }
    }

    /// The source's own address.
    pub const fn base(&self) -> &Url {
        &self.config.base
    }

    /// Clock and chance.
    pub const fn env(&self) -> &Env {
        &self.config.env
    }

    /// What was called so far.
    pub fn calls(&self) -> Calls {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The present moment by the platform's clock, as its last answer told.
    pub fn platform_now(&self) -> Timestamp {
        self.config.env.now().plus(self.offset.load(Ordering::SeqCst))
    }

    /// Microseconds by which the platform's clock is ahead of ours; exact to a second.
    pub fn clock_offset(&self) -> i64 {
        self.offset.load(Ordering::SeqCst)
    }

    /// Whether an address is at the source's own host: same scheme, host and port.
    ///
    /// # Errors
    /// [`HttpError::ForeignHost`] where it is not.
    pub fn check_host(&self, url: &Url) -> Result<(), HttpError> {
        if url.origin() == self.config.base.origin() && url.username().is_empty() && url.password().is_none() {
            return Ok(());
        }
        let shown = |url: &Url| url.origin().ascii_serialization();
        Err(HttpError::ForeignHost { asked: shown(url), own: shown(&self.config.base) })
    }

    /// Makes a call, as often as it may be made, and waits as the platform asks.
    ///
    /// # Errors
    /// See [`HttpError`]. A refusal with a status from 400 on, except 401 that could not be mended, is an answer.
    pub async fn send<A: Authority>(&self, request: &Request, authority: &A) -> Result<Answer, HttpError> {
        self.check_host(&request.url)?;
        let line = request.line();
        let limits = &self.config.limits;
        let (mut attempts, mut renewed) = (0, false);
        loop {
            self.wait_for_budget(request, &line).await?;
            attempts += 1;
            let why = match self.attempt(request, &line, authority).await? {
                Attempt::TooLarge if request.effect == Effect::Changes => {
                    return Err(HttpError::OutcomeUnknown { request: line, why: "the answer was too large to be read".to_owned() });
                }
                Attempt::TooLarge => return Err(HttpError::TooLarge { request: line, most: limits.body_bytes }),
                Attempt::Answered(answer) => match answer.status {
                    401 if !renewed => {
                        renewed = true;
                        if authority.renew(&answer).await? {
                            // Another try with another token is no failed attempt.
                            attempts -= 1;
                            continue;
                        }
                        return Ok(answer);
                    }
                    429 => {
                        self.count(|calls| calls.limited += 1);
                        self.budgets.refused(request.bucket, answer.read_at, self.asked_wait(&answer, attempts));
                        if attempts >= limits.attempts {
                            return Err(HttpError::Limited { request: line, seconds: self.asked_wait(&answer, attempts) / SECOND });
                        }
                        self.wait(self.asked_wait(&answer, attempts), &line).await?;
                        continue;
                    }
                    300..=399 => return Err(HttpError::Redirected { request: line, status: answer.status }),
                    408 | 500.. => format!("the platform answered {}", answer.status),
                    _ => match unusable(&answer) {
                        None => return Ok(answer),
                        Some(why) => why,
                    },
                },
                Attempt::NotSent(why) if attempts < limits.attempts => {
                    self.back_off(attempts).await;
                    self.count(|calls| calls.repeated += 1);
                    tracing::debug!(request = line, why, "not sent; trying again");
                    continue;
                }
                Attempt::NotSent(why) => return Err(HttpError::NotAnswered { request: line, attempts, why }),
                Attempt::Lost(why) => why,
            };
            if request.effect == Effect::Changes {
                return Err(HttpError::OutcomeUnknown { request: line, why });
            }
            if attempts >= limits.attempts {
                return Err(HttpError::NotAnswered { request: line, attempts, why });
            }
            tracing::debug!(request = line, why, "no usable answer; trying again");
            self.back_off(attempts).await;
            self.count(|calls| calls.repeated += 1);
        }
    }

    async fn attempt<A: Authority>(&self, request: &Request, line: &str, authority: &A) -> Result<Attempt, HttpError> {
        let mut builder = self.http.request(request.method.clone(), request.url.clone()).header(ACCEPT, "application/json");
        for (name, value) in authority.headers(&request.method, &request.url).await?.into_iter().chain(request.headers.iter().cloned()) {
            builder = builder.header(name, value);
        }
        builder = match &request.body {
            Body::Empty => builder,
            Body::Json(json) => builder.json(json),
            Body::Form(fields) => builder.form(fields),
        };
        self.count(|calls| *calls.made.entry(request.bucket).or_default() += 1);
        let mut response = match builder.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Ok(Attempt::NotSent(plain(error))),
            Err(error) => return Ok(Attempt::Lost(plain(error))),
        };
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > self.config.limits.body_bytes => return Ok(Attempt::TooLarge),
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Ok(Attempt::Lost(plain(error))),
            }
        }
        let now = self.config.env.now();
        if let Some(date) = headers.get(DATE).and_then(|value| value.to_str().ok()).and_then(http_date) {
            // The header counts whole seconds: within one of them, the clocks agree.
            let ahead = date.since(now);
            let agrees = (-SECOND..=0).contains(&ahead);
            self.offset.store(if agrees { 0 } else { ahead }, Ordering::SeqCst);
        }
        if status != 429 {
            self.budgets.answered(request.bucket, now);
        }
        let json = if is_json(&headers) { serde_json::from_slice(&body).ok() } else { None };
        let sha256 = hash::sha256(&body);
        let answer = Answer { request: line.to_owned(), status, headers, body, json, sha256, read_at: now };
        if let Some(headers) = self.config.limit_headers {
            self.budgets.learn(request.bucket, headers, &answer, now, self.offset.load(Ordering::SeqCst));
        }
        Ok(Attempt::Answered(answer))
    }

    /// For how long a 429 asks to wait, in microseconds.
    fn asked_wait(&self, answer: &Answer, attempt: u32) -> i64 {
        let header = answer.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if let Ok(seconds) = header.trim().parse::<i64>() {
            return seconds.clamp(0, i64::MAX / SECOND) * SECOND;
        }
        if let Some(until) = http_date(header) {
            return until.since(self.platform_now()).max(0);
        }
        let told = self.config.limit_headers.and_then(|headers| {
            let number = |name: &str| answer.header(name).trim().parse::<i64>().ok();
            // With a limit of 0, too many calls run at once: waiting for the window's end would be for nothing.
            let reset = number(headers.reset).filter(|_| number(headers.limit) != Some(0))?;
            Some(Timestamp(reset.saturating_mul(SECOND)).since(self.platform_now()).max(0))
        });
        told.unwrap_or_else(|| self.pause_after(attempt))
    }

    /// Whether a call that counts under this limit would be sent without waiting.
    pub fn would_pass(&self, bucket: &'static str) -> bool {
        self.budgets.is_free(bucket, self.config.env.now())
    }

    async fn wait_for_budget(&self, request: &Request, line: &str) -> Result<(), HttpError> {
        loop {
            let wait = self.budgets.take(request.bucket, self.config.env.now());
            if wait == 0 {
                return Ok(());
            }
            self.wait(wait, line).await?;
        }
    }

    async fn wait(&self, micros: i64, line: &str) -> Result<(), HttpError> {
        if micros > self.config.limits.longest_wait {
            return Err(HttpError::Limited { request: line.to_owned(), seconds: micros / SECOND });
        }
        self.count(|calls| calls.waited += micros);
        self.config.pause.pause(micros).await;
        Ok(())
    }

    async fn back_off(&self, attempt: u32) {
        self.config.pause.pause(self.pause_after(attempt)).await;
    }

    /// Twice as long after each attempt, between half of that and the whole by chance, so that many who failed
    /// together do not come back together.
    fn pause_after(&self, attempt: u32) -> i64 {
        let limits = &self.config.limits;
        let factor = 1_i64.checked_shl(attempt.saturating_sub(1).min(20)).unwrap_or(1);
        let whole = limits.first_pause.saturating_mul(factor).clamp(2, limits.longest_pause.max(2));
        let chance = i64::try_from(u64::from_le_bytes(self.config.env.bytes::<8>()) >> 1).unwrap_or(0);
        whole / 2 + chance % (whole / 2 + 1)
    }

    /// Counts what travelled within a batch, and how many of it were answered with "too many calls".
    pub(crate) fn count_batch(&self, calls: u64, limited: u64) {
        self.count(|all| {
            all.in_batches += calls;
            all.limited += limited;
        });
    }

    fn count(&self, with: impl FnOnce(&mut Calls)) {
        with(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Why a successful answer cannot be used; `None` where it can. A platform's answers are JSON or empty; anything else
/// comes from something that stands in between.
fn unusable(answer: &Answer) -> Option<String> {
    if !answer.is_success() || answer.body.is_empty() || answer.json.is_some() {
        return None;
    }
    let found = answer.header(CONTENT_TYPE.as_str());
    Some(if is_json(&answer.headers) {
        "the answer is not whole: it is cut off or not JSON".to_owned()
    } else {
        format!("the answer is of the type \"{found}\" instead of JSON")
    })
}

fn is_json(headers: &reqwest::header::HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || kind.ends_with("+json")
}

/// What happened, without the address, and with its causes.
fn plain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
