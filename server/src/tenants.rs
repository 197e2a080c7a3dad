//! The simulated tenants, as the demo and `countersign tenant` run them.

use crate::cli::Failure;
use domain::Env;
use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
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

/// Where a tenant looks for a free port: below what systems hand out by themselves, so that no short-lived connection of
/// somebody else has the port when the tenant comes back to it.
const PORTS: std::ops::Range<u16> = 20_000..30_000;
/// Ports that are tried before the system is left to choose.
const DRAWS: usize = 20;

/// A listener where it was asked for; otherwise where the tenant answered last, or on a free port. `tries` is how often a
/// port is tried that an earlier run may not have let go of yet, a quarter of a second apart.
///
/// # Errors
/// [`Failure::Environment`] where the address cannot be listened on.
pub async fn listen(
    folder: &Folder,
    service: Service,
    asked: Option<SocketAddr>,
    tries: usize,
    world: &World,
) -> Result<TcpListener, Failure> {
    let before = folder.address(service).map_err(failed)?;
    let address = match (asked, before) {
        // A free port is found once.
        (Some(asked), Some(before)) if asked.port() == 0 && asked.ip() == before.ip() => Some(before),
        (Some(asked), _) => Some(asked),
        (None, before) => before,
    };
    let listener = match address {
        Some(address) => at(address, tries).await?,
        None => anywhere(world).await?,
    };
    let bound = listener.local_addr().map_err(|why| Failure::environment("a simulated tenant has no address", why))?;
    folder.remember(service, bound).map_err(failed)?;
    Ok(listener)
}

async fn at(address: SocketAddr, tries: usize) -> Result<TcpListener, Failure> {
    let mut attempts = 1;
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return Ok(listener),
            Err(_) if attempts < tries => tokio::time::sleep(Duration::from_millis(250)).await,
            Err(why) => return Err(Failure::environment(format!("{address} cannot be listened on; name another address"), why)),
        }
        attempts += 1;
    }
}

async fn anywhere(world: &World) -> Result<TcpListener, Failure> {
    for _ in 0..DRAWS {
        let drawn = PORTS.start + u16::from_be_bytes(world.0.bytes::<2>()) % (PORTS.end - PORTS.start);
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, drawn)).await {
            return Ok(listener);
        }
    }
    at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), 1).await
}
