//! The simulated tenants, as the demo and `countersign tenant` run them.

use crate::cli::Failure;
use domain::Env;
use std::net::{Ipv4Addr, SocketAddr};
use tenant::{
    folder::{Folder, FolderError, Service},
    idp,
};
use tokio::net::TcpListener;

/// The program's clock and chance, in the tenants' words.
#[derive(Debug, Clone)]
pub struct World(Env);

impl World {
    /// The tenants live by this clock and draw from this chance.
    pub fn new(env: &Env) -> Self {
        Self(env.clone())
    }
}

impl idp::Clock for World {
    fn now_micros(&self) -> i64 {
        self.0.now().micros()
    }
}

impl idp::Random for World {
    fn fill(&self, bytes: &mut [u8]) {
        self.0.random.fill(bytes);
    }
}

/// Why a folder of tenants cannot be used, in the command line's words.
pub fn failed(why: FolderError) -> Failure {
    match why {
        FolderError::Another { .. } | FolderError::Company(_) => Failure::Use(why.to_string()),
        other => Failure::Environment(other.to_string()),
    }
}

/// A listener where it was asked for; otherwise where the tenant answered last, or on a free port. `tries` is how often a
/// port is tried that an earlier run may not have let go of yet, a quarter of a second apart.
///
/// # Errors
/// [`Failure::Environment`] where the address cannot be listened on.
pub async fn listen(folder: &Folder, service: Service, asked: Option<SocketAddr>, tries: usize) -> Result<TcpListener, Failure> {
    let before = folder.address(service).map_err(failed)?;
    let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let address = match (asked, before) {
        // A free port is found once.
        (Some(asked), Some(before)) if asked.port() == 0 && asked.ip() == before.ip() => before,
        (Some(asked), _) => asked,
        (None, before) => before.unwrap_or(anywhere),
    };
    let refused = |why: std::io::Error| Failure::environment(format!("{address} cannot be listened on; name another address"), why);
    let mut attempts = 1;
    let listener = loop {
        match TcpListener::bind(address).await {
            Ok(listener) => break listener,
            Err(_) if attempts < tries => tokio::time::sleep(std::time::Duration::from_millis(250)).await,
            Err(why) => return Err(refused(why)),
        }
        attempts += 1;
    };
    folder.remember(service, listener.local_addr().map_err(refused)?).map_err(failed)?;
    Ok(listener)
}
