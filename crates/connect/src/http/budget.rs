//! What is left of the platform's limits, as its answers tell, or as its documentation does where they do not.

use super::answer::Answer;
use domain::Timestamp;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};

/// Microseconds in a second.
pub(super) const SECOND: i64 = 1_000_000;

/// The headers in which a platform tells what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitHeaders {
    /// Calls in a window.
    pub limit: &'static str,
    /// Calls that are left in this one.
    pub remaining: &'static str,
    /// When it ends: seconds since 1970, by the platform's clock.
    pub reset: &'static str,
}

impl LimitHeaders {
    /// Okta's.
    pub const OKTA: Self = Self { limit: "x-rate-limit-limit", remaining: "x-rate-limit-remaining", reset: "x-rate-limit-reset" };
}

/// A limit that a platform documents and tells only to who has passed it. It is kept from the first refusal on: a platform
/// that refuses nobody is not waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownLimit {
    /// The connector's name for it, as its requests carry it.
    pub bucket: &'static str,
    /// Calls in any window of that length; at least 1.
    pub calls: usize,
    /// The window's length in microseconds, at most: what the refusal asks to wait for may show a shorter one.
    pub window: i64,
}

/// A known limit, when its last calls were answered, and the window that is kept since one was refused.
#[derive(Debug)]
struct Known {
    limit: KnownLimit,
    answered: VecDeque<Timestamp>,
    window: Option<i64>,
}

impl Known {
    /// The oldest of as many calls as a window takes, where there were so many.
    fn oldest(&self) -> Option<Timestamp> {
        self.answered.front().copied().filter(|_| self.answered.len() >= self.limit.calls)
    }

    /// For how long to wait before another call, in microseconds. The platform counted each call before it answered, so that
    /// a window counted from the answers ends no sooner than its own.
    fn wait(&self, now: Timestamp) -> i64 {
        self.oldest().zip(self.window).map_or(0, |(oldest, window)| oldest.plus(window).since(now).max(0))
    }
}

/// What is told of one limit.
#[derive(Debug, Clone, Copy)]
struct Budget {
    remaining: u64,
    /// When it is full again, by our clock.
    until: Timestamp,
}

/// All limits.
#[derive(Debug, Default)]
pub(super) struct Budgets {
    told: Mutex<BTreeMap<&'static str, Budget>>,
    known: Mutex<BTreeMap<&'static str, Known>>,
}

impl Budgets {
    /// Limits that are known before anything was called.
    pub(super) fn knowing(limits: &[KnownLimit]) -> Self {
        let known = limits.iter().map(|limit| (limit.bucket, Known { limit: *limit, answered: VecDeque::new(), window: None })).collect();
        Self { told: Mutex::default(), known: Mutex::new(known) }
    }

    /// Whether a call could be taken without waiting.
    pub(super) fn is_free(&self, bucket: &'static str, now: Timestamp) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(bucket).is_none_or(|known| known.wait(now) == 0)
            && told.get(bucket).is_none_or(|budget| now >= budget.until || budget.remaining > 0)
    }

    /// Takes one call; says for how long to wait first, in microseconds.
    pub(super) fn take(&self, bucket: &'static str, now: Timestamp) -> i64 {
        let wait = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(bucket).map_or(0, |known| known.wait(now));
        if wait > 0 {
            return wait;
        }
        let mut all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get_mut(bucket) {
            Some(budget) if now >= budget.until => {
                all.remove(bucket);
                0
            }
            Some(budget) if budget.remaining == 0 => budget.until.since(now),
            Some(budget) => {
                budget.remaining -= 1;
                0
            }
            None => 0,
        }
    }

    /// Notes that a call was refused as one too many, and how long it was asked to wait, in microseconds.
    pub(super) fn refused(&self, bucket: &'static str, now: Timestamp, asked: i64) {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get_mut(bucket)
            && let Some(oldest) = known.oldest()
        {
            known.window = Some(now.since(oldest).saturating_add(asked).min(known.limit.window));
        }
    }

    /// Notes that a call was answered that the platform counted.
    pub(super) fn answered(&self, bucket: &'static str, now: Timestamp) {
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get_mut(bucket) {
            known.answered.push_back(now);
            while known.answered.len() > known.limit.calls {
                known.answered.pop_front();
            }
        }
    }

    /// Learns from an answer.
    pub(super) fn learn(&self, bucket: &'static str, headers: LimitHeaders, answer: &Answer, now: Timestamp, offset: i64) {
        let number = |name: &str| answer.header(name).trim().parse::<i64>().ok();
        // A limit of 0 is Okta's way to say that too many calls run at once; it says nothing of this window.
        if number(headers.limit) == Some(0) {
            return;
        }
        if let (Some(remaining), Some(reset)) = (number(headers.remaining), number(headers.reset)) {
            let budget = Budget {
                remaining: u64::try_from(remaining).unwrap_or(0),
                until: Timestamp(reset.saturating_mul(SECOND)).plus(offset.saturating_neg()),
            };
            let mut all = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if budget.until > now {
                all.insert(bucket, budget);
            } else {
                all.remove(bucket);
            }
        }
    }
}
