//! The simulated tenants, as the demo and `countersign tenant` run them.

use crate::cli::{Failure, say};
use domain::Env;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    time::Duration,
};
use tenant::{
    contracts::Contracts,
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

/// The contracts that lie beside the repository; `None` where they are not at hand.
pub fn contracts_at_hand() -> Option<Contracts> {
    std::env::current_dir().ok().and_then(|here| Contracts::above(&here))
}

/// The contracts by which calls to the tenants are judged: those of the folder that was named, or those that lie beside the
/// repository. Where there are none it is said, once.
///
/// # Errors
/// [`Failure::Use`] where the folder that was named holds none.
pub fn contracts(named: Option<&Path>) -> Result<Option<Contracts>, Failure> {
    if let Some(folder) = named {
        let found = Contracts::at(folder);
        return found.map(Some).ok_or_else(|| Failure::Use(format!("{} does not hold the vendors' contracts.", folder.display())));
    }
    let found = contracts_at_hand();
    if found.is_none() {
        say("The vendors' contracts (shared/specs) are not here: calls to the simulated platforms are not judged by them.");
    }
    Ok(found)
}

/// Says which calls did not follow the vendors' contracts; true where all did.
pub fn kept_contracts(violations: &[String]) -> bool {
    for violation in violations {
        say(&format!("A call does not follow the vendor's contract: {violation}"));
    }
    violations.is_empty()
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
