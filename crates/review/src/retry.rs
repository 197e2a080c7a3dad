//! Trying a whole transaction again when another was in the way.

use crate::{Context, Error, Result};
use std::time::Duration;

/// How often a transaction is begun in all before "busy" is reported.
const TRIES: u32 = 6;

/// Runs a use case and runs it again, from its beginning, when another transaction was in the way.
///
/// `run` must begin its own transaction: `retry_busy(ctx, || once(ctx, actor, form)).await`.
/// Two submissions of one form at the same moment also end here: the second
/// finds the first one's stored answer.
pub async fn retry_busy<T, F>(ctx: &Context, mut run: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let mut tries = 1;
    loop {
        match run().await {
            Err(error) if tries < TRIES && may_succeed_later(&error) => {
                // 10, 20, 40 … milliseconds, and up to as much again by chance, so that two do not meet again.
                let base = 5_u64 << tries;
                let chance = u64::from(u16::from_be_bytes(ctx.env.bytes::<2>())) * base / u64::from(u16::MAX);
                tokio::time::sleep(Duration::from_millis(base + chance)).await;
                tries += 1;
            }
            result => return result,
        }
    }
}

fn may_succeed_later(error: &Error) -> bool {
    match error {
        Error::Store(store::Error::Duplicate { constraint }) => constraint.contains("attempt"),
        Error::Store(error) => error.is_busy(),
        _ => false,
    }
}
