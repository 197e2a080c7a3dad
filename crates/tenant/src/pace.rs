//! Rate limits: buckets of calls per window, in the vendor's own time or in an accelerated one.
//!
//! A window opens with its first call and is full when its calls are used up; the next call after its end opens
//! another. Okta documents its limits this way, per minute; Microsoft Graph's are of the same kind.
//!
//! [`Pace::Fast`] makes every window a sixtieth as long, so that a limit of 50 a minute becomes 50 a second: a demo is
//! ready in seconds, whoever calls needs to know nothing of it, and still meets the limits.

use std::collections::BTreeMap;

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;

/// In which time limits are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pace {
    /// As the vendor keeps them.
    #[default]
    Real,
    /// Sixty times as fast: a minute's window lasts a second.
    Fast,
}

impl Pace {
    /// How long a window of the vendor lasts at this pace, in microseconds; at least one second, because the headers
    /// that tell of it count whole seconds.
    pub const fn window(self, vendor_micros: i64) -> i64 {
        let micros = match self {
            Self::Real => vendor_micros,
            Self::Fast => vendor_micros / 60,
        };
        if micros < SECOND { SECOND } else { micros }
    }
}

impl std::str::FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "real" => Ok(Self::Real),
            "fast" => Ok(Self::Fast),
            other => Err(format!("\"{other}\" is not a pace; it is real or fast")),
        }
    }
}

/// So many calls in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Calls in one window, at least 1.
    pub calls: u32,
    /// Length of the window as the vendor states it, in microseconds.
    pub window: i64,
}

impl Limit {
    /// So many calls a minute.
    pub const fn per_minute(calls: u32) -> Self {
        Self { calls, window: 60 * SECOND }
    }
}

/// What became of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Whether the call is within the limit.
    pub allowed: bool,
    /// Calls in one window.
    pub limit: u32,
    /// Calls that are left in this window after this one.
    pub remaining: u32,
    /// When the window ends, in whole seconds since 1970, rounded up.
    pub reset: i64,
    /// Seconds from now until then, rounded up; at least 1.
    pub wait: i64,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    opened: i64,
    used: u32,
}

/// The buckets of one tenant.
#[derive(Debug, Default)]
pub struct Buckets {
    pace: Pace,
    windows: BTreeMap<String, Window>,
}

impl Buckets {
    /// Buckets that are all full.
    pub const fn new(pace: Pace) -> Self {
        Self { pace, windows: BTreeMap::new() }
    }

    /// Takes one call from the bucket `key` at the moment `now` (microseconds since 1970). A call that is refused is
    /// not counted: it costs nothing and shortens nothing.
    pub fn take(&mut self, key: &str, limit: Limit, now: i64) -> Allowance {
        self.take_units(key, limit, 1, now)
    }

    /// The same for a call that counts as several, as Microsoft Graph's resource units do.
    pub fn take_units(&mut self, key: &str, limit: Limit, units: u32, now: i64) -> Allowance {
        let length = self.pace.window(limit.window);
        let window = self.windows.entry(key.to_owned()).or_insert(Window { opened: now, used: 0 });
        if now >= window.opened + length || now < window.opened {
            *window = Window { opened: now, used: 0 };
        }
        let allowed = window.used + units <= limit.calls;
        window.used += if allowed { units } else { 0 };
        // Both are told in whole seconds, rounded up: nobody who waits as told comes too early.
        let reset = seconds(window.opened + length);
        let wait = seconds(window.opened + length - now).max(1);
        Allowance { allowed, limit: limit.calls, remaining: limit.calls - window.used, reset, wait }
    }
}

/// Whole seconds, rounded up.
const fn seconds(micros: i64) -> i64 {
    micros.div_euclid(SECOND) + if micros.rem_euclid(SECOND) > 0 { 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_used_up_and_opens_again_when_it_said() {
        let mut buckets = Buckets::new(Pace::Real);
        let limit = Limit::per_minute(3);
        let start = 1_000_000_400_000;
        for left in [2, 1, 0] {
            let taken = buckets.take("campaigns", limit, start);
            assert!(taken.allowed);
            assert_eq!(taken.remaining, left);
        }
        let refused = buckets.take("campaigns", limit, start + 59 * SECOND);
        assert!(!refused.allowed);
        assert_eq!(refused.reset, 1_000_061);
        assert_eq!(refused.wait, 1);
        assert!(buckets.take("another", limit, start).allowed, "each bucket has its own window");
        assert!(!buckets.take("campaigns", limit, start + 60 * SECOND - 1).allowed);
        assert!(buckets.take("campaigns", limit, start + 60 * SECOND).allowed, "a minute is a minute, however it is told");
    }

    #[test]
    fn the_fast_pace_keeps_the_limit_in_a_sixtieth_of_the_time() {
        let mut buckets = Buckets::new(Pace::Fast);
        let limit = Limit::per_minute(1);
        assert!(buckets.take("k", limit, 0).allowed);
        let refused = buckets.take("k", limit, SECOND - 1);
        assert_eq!((refused.allowed, refused.reset, refused.wait), (false, 1, 1));
        assert!(buckets.take("k", limit, SECOND).allowed);
    }
}
