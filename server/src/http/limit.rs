//! How often one address may begin to sign in.

use domain::{Timestamp, time::MINUTE};
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

/// Addresses that are remembered at most.
const REMEMBERED: usize = 10_000;

/// Counts per address and minute. The address is the peer's: what a header claims could be anything.
#[derive(Debug)]
pub struct Limit {
    most: u32,
    seen: Mutex<BTreeMap<IpAddr, (Timestamp, u32)>>,
}

impl Limit {
    /// At most `most` in a minute.
    pub const fn new(most: u32) -> Self {
        Self { most, seen: Mutex::new(BTreeMap::new()) }
    }

    /// Whether one more is within the limit; it is counted.
    pub fn allows(&self, peer: IpAddr, now: Timestamp) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED {
            seen.retain(|_, (since, _)| now.since(*since) < MINUTE);
        }
        let (since, count) = seen.entry(peer).or_insert((now, 0));
        if now.since(*since) >= MINUTE {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= self.most
    }
}
