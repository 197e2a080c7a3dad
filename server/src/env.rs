//! The machine's clock and the operating system's chance: the only place that asks for either.

use domain::{Clock, Env, Random, Timestamp};
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The machine's clock, shifted by a fixed amount where a run is to happen at another time (`--now`).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock {
    shift: i64,
}

impl SystemClock {
    /// A clock that shows `start` now and runs on from there.
    pub fn starting_at(start: Timestamp) -> Self {
        Self { shift: start.since(Self::default().now()) }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
        let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp(i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX)).plus(self.shift)
    }
}

/// The operating system's random source.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the operating system for chance")]
        let filled = getrandom::fill(bytes);
        if filled.is_err() {
            // Ids, salts and session secrets without chance would be worse than no program.
            std::process::abort();
        }
    }
}

/// The real world, from `now` on where that is given.
pub fn real(now: Option<Timestamp>) -> Env {
    let clock = now.map_or_else(SystemClock::default, SystemClock::starting_at);
    Env { clock: Arc::new(clock), random: Arc::new(SystemRandom) }
}
