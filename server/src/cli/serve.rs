//! `countersign serve`: an installation, for people.

use super::{Common, End, Failure, say};
use crate::{
    installation::{Installation, sentence},
    serve,
};
use review::jobs;
use std::path::Path;
use tokio::net::TcpListener;

pub async fn run(common: Common, config: &Path) -> Result<End, Failure> {
    // From here on, so that a request to end during a long migration is not lost.
    let stop = serve::stop_on_signals().map_err(|why| Failure::environment("requests to end cannot be listened for", why))?;
    let installation = Installation::open(config, common.now).await?;
    let store = installation.ctx.store.clone();
    store.migrate().await.map_err(|why| Failure::environment("the database schema cannot be brought up to date", why))?;
    // Kept until the end: who starts while this process lives knows that it does.
    let claim = store.only_server().map_err(|why| Failure::environment("the lock beside the database cannot be made", why))?;
    if claim.is_some() {
        let begun = jobs::take_over(&installation.ctx).await;
        let begun = begun.map_err(|why| Failure::environment("what an earlier run left behind cannot be taken over", sentence(&why)))?;
        if begun > 0 {
            say(&format!("The run before was ended in the middle of its work; what it had begun ({begun}) goes on now."));
        }
    }
    for name in installation.connect_sources().await? {
        say(&format!("The source {name} is connected now. An administrator reads it for the first time on its page."));
    }
    let Installation { config, ctx, sealer } = installation;
    let setup = serve::setup(&config, ctx, sealer).map_err(|why| Failure::Use(why.to_string()))?;
    let app = serve::build(setup).map_err(|why| Failure::Use(why.to_string()))?;
    let listen = config.server.listen;
    let listener = TcpListener::bind(listen).await.map_err(|why| Failure::environment(format!("{listen} cannot be listened on"), why))?;
    // With port 0 the operating system chooses one.
    let listen = listener.local_addr().unwrap_or(listen);
    say(&format!("Countersign listens on {listen}; people reach it at {}.", config.server.public_url));
    let served = serve::run(app, listener, stop).await;
    store.close().await;
    drop(claim);
    served.map_err(|why| Failure::environment("the program ended by itself", why))?;
    say("Countersign has ended, with every answer that was under way given.");
    Ok(End::Good)
}
