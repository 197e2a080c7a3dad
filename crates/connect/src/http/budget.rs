//! What is left of the platform's limits, as its answers tell.

use super::answer::Answer;
use domain::Timestamp;
use std::{
    collections::BTreeMap,
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

/// What is known of one limit.
#[derive(Debug, Clone, Copy)]
struct Budget {
    remaining: u64,
    /// When it is full again, by our clock.
    until: Timestamp,
}

/// What is known of all limits.
#[derive(Debug, Default)]
pub(super) struct Budgets(Mutex<BTreeMap<&'static str, Budget>>);

impl Budgets {
    /// Takes one call; says for how long to wait first, in microseconds.
    pub(super) fn take(&self, bucket: &'static str, now: Timestamp) -> i64 {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
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
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if budget.until > now {
                all.insert(bucket, budget);
            } else {
                all.remove(bucket);
            }
        }
    }
}
