//! The time and the chance of tests: nothing moves but by the test's hand, and every run draws the same.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore as _, SeedableRng as _};
use tenant::idp::{Clock, Random};

/// A clock that only the test moves.
pub struct StepClock(AtomicI64);

impl StepClock {
    /// A clock that shows a moment, microseconds since 1970.
    pub fn at(micros: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(micros)))
    }

    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Clock for StepClock {
    fn now_micros(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Chance that is the same in every run.
pub fn seeded(seed: u64) -> Arc<dyn Random> {
    let generator = Mutex::new(ChaCha8Rng::seed_from_u64(seed));
    Arc::new(move |bytes: &mut [u8]| generator.lock().unwrap().fill_bytes(bytes))
}
