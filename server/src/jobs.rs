//! The work in the background, beside the requests.

use review::Context;
use tokio_util::sync::CancellationToken;

/// Runs until told to stop, and returns when what was under way is at rest.
pub async fn run(ctx: Context, stop: CancellationToken) {
    let worker = format!("server-{}", hex::encode(ctx.env.bytes::<8>()));
    // Boxed: the work of all jobs is one large future.
    Box::pin(review::jobs::run_until(&ctx, &worker, stop.cancelled_owned())).await;
}
