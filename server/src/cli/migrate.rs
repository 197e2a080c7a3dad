//! `countersign migrate`: the schema, brought up to date.

use super::{End, Failure, say};
use crate::config::Config;
use std::path::Path;
use store::Store;

pub async fn run(config: &Path) -> Result<End, Failure> {
    let config = Config::load(config)?;
    let store = Store::open(&config.database.url).await.map_err(|why| Failure::environment("the database cannot be opened", why))?;
    store.migrate().await.map_err(|why| Failure::environment("the database schema is as it was", why))?;
    say(&format!("The {} schema is up to date.", store.kind()));
    store.close().await;
    Ok(End::Good)
}
