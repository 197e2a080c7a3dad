//! The simulated people who carry tickets out.

use super::house::House;
use crate::cli::Failure;
use tenant::desk::{self, Applied};

/// Carries out what the ticket files ask for; each ticket at most once, also across crashes.
pub async fn work(house: &House) -> Result<Applied, Failure> {
    let (source, tickets, journal) = (house.source(), house.tickets(), house.desk_journal());
    tokio::task::spawn_blocking(move || {
        if !tickets.exists() {
            return Ok(Applied::default());
        }
        desk::apply(&source, &tickets, &journal).map_err(|why| Failure::environment("the simulated ticket desk stopped", why))
    })
    .await
    .map_err(|why| Failure::environment("the simulated ticket desk stopped", why))?
}
