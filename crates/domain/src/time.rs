//! Time and chance, as parameters.

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};
use uuid::Uuid;

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day of 24 hours.
pub const DAY: i64 = 24 * HOUR;

/// A moment: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// The same integer stands in both databases and on the wire between our own parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Why a text is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a time; expected RFC 3339 such as 2026-11-21T08:10:44Z")]
pub struct BadTime(pub String);

impl Timestamp {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The moment `micros` microseconds later (or earlier, when negative), kept within range.
    #[must_use]
    pub const fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this moment; negative when `earlier` is later.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Whole days of 24 hours from `earlier` to this moment, rounded towards zero.
    pub const fn days_since(self, earlier: Self) -> i64 {
        self.since(earlier) / DAY
    }

    /// Parses RFC 3339 with any offset; finer than a microsecond is cut off.
    pub fn parse_rfc3339(text: &str) -> Result<Self, BadTime> {
        text.parse::<jiff::Timestamp>().map(|t| Self(t.as_microsecond())).map_err(|_| BadTime(text.to_owned()))
    }

    /// RFC 3339 in UTC with microseconds only where there are any.
    pub fn to_rfc3339(self) -> String {
        jiff::Timestamp::from_microsecond(self.0).map_or_else(|_| format!("{} microseconds", self.0), |t| t.to_string())
    }

    /// The moment shown in a named time zone (IANA), for example "Friday 4 December 2026, 18:00".
    ///
    /// Errors when the zone is not in the embedded database or the moment is outside the years -9999 to 9999.
    pub fn in_zone(self, zone: &str) -> Result<jiff::Zoned, BadTime> {
        let moment = jiff::Timestamp::from_microsecond(self.0).map_err(|_| BadTime(self.0.to_string()))?;
        moment.in_tz(zone).map_err(|_| BadTime(zone.to_owned()))
    }
}

/// Time zones to choose from: "UTC", and every region's (IANA) in the order of the alphabet, without those that stand for
/// a fixed distance from UTC and those of countries' older names.
pub fn zones() -> Vec<String> {
    const REGIONS: [&str; 10] =
        ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"];
    let of_region = |zone: &str| zone.split_once('/').is_some_and(|(region, _)| REGIONS.contains(&region));
    let mut zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).filter(|zone| of_region(zone)).collect();
    zones.sort_unstable();
    zones.insert(0, "UTC".to_owned());
    zones
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

impl FromStr for Timestamp {
    type Err = BadTime;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Self::parse_rfc3339(s)
    }
}

/// Where the present moment comes from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// Where chance comes from.
pub trait Random: Send + Sync + fmt::Debug {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The clock and the random source that a use case works with.
#[derive(Debug, Clone)]
pub struct Env {
    /// Where the present moment comes from.
    pub clock: Arc<dyn Clock>,
    /// Where chance comes from.
    pub random: Arc<dyn Random>,
}

impl Env {
    /// A world in which time stands where it is put and chance follows a seed.
    pub fn simulated(now: Timestamp, seed: u64) -> (Self, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::new(now));
        (Self { clock: clock.clone(), random: Arc::new(SeededRandom::new(seed)) }, clock)
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new typed id, UUIDv7 of the present moment.
    pub fn id<T: From<Uuid>>(&self) -> T {
        let mut random = [0; 10];
        self.random.fill(&mut random);
        T::from(crate::id::uuid_v7(self.now(), random))
    }

    /// `N` random bytes, for salts, nonces and tokens.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes);
        bytes
    }
}

/// A clock that stands where it was put.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock standing at `now`.
    pub const fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Moves the clock forward by `micros` microseconds.
    pub fn advance(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// A random source that repeats itself for the same seed, on every machine (ChaCha8).
#[derive(Debug)]
pub struct SeededRandom(Mutex<ChaCha8Rng>);

impl SeededRandom {
    /// The source that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha8Rng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}
