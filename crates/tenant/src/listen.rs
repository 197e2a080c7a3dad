//! Where every simulated tenant listens: on loopback only, until it is told to stop.

use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Why a tenant cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The listener is reachable from elsewhere.
    #[error(
        "the simulated {who} lets anybody sign in as anybody, so it answers on loopback only, not on {address}; bind 127.0.0.1 or [::1]"
    )]
    NotLoopback {
        /// The tenant.
        who: &'static str,
        /// The listener's address.
        address: SocketAddr,
    },
    /// The listener has no address.
    #[error("the listener of the simulated {who} has no address: {source}")]
    Listener {
        /// The tenant.
        who: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The address of a bound listener, where a tenant may answer there. `who` is the tenant in messages.
pub(crate) fn address_of(listener: &TcpListener, who: &'static str) -> Result<SocketAddr, ListenError> {
    let address = listener.local_addr().map_err(|source| ListenError::Listener { who, source })?;
    if address.ip().is_loopback() { Ok(address) } else { Err(ListenError::NotLoopback { who, address }) }
}

/// A tenant's server while it runs. Dropping it lets it stop.
pub(crate) struct Listening {
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<std::io::Result<()>>>,
}

impl Listening {
    /// Serves until it is told to stop.
    pub(crate) fn start(listener: TcpListener, router: Router) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            axum::serve(listener, router)
                .with_graceful_shutdown(async move {
                    // An error means that the handle is gone: stop just the same.
                    let _ = stopped.await;
                })
                .await
        });
        Self { stop: Some(stop), task: Some(task) }
    }

    /// Stops after the answers that are under way.
    pub(crate) async fn shutdown(mut self) -> std::io::Result<()> {
        drop(self.stop.take());
        match self.task.take() {
            Some(task) => task.await.unwrap_or_else(|error| Err(std::io::Error::other(error))),
            None => Ok(()),
        }
    }
}
