//! Waiting, as a parameter.

use domain::ManualClock;
use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

/// How a call waits.
pub trait Pause: Send + Sync + fmt::Debug {
    /// Waits for so many microseconds.
    fn pause(&self, micros: i64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Waits as long as it says.
#[derive(Debug, Clone, Copy)]
pub struct RealPause;

impl Pause for RealPause {
    fn pause(&self, micros: i64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(Duration::from_micros(u64::try_from(micros).unwrap_or(0))))
    }
}

/// Moves a clock forward instead: a world in which waiting takes no time.
#[derive(Debug, Clone)]
pub struct SimulatedPause(pub Arc<ManualClock>);

impl Pause for SimulatedPause {
    fn pause(&self, micros: i64) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.advance(micros.max(0));
        Box::pin(std::future::ready(()))
    }
}
