//! An installation, opened as its configuration says: for every command that works on one.

use crate::{cli::Failure, config::Config, env, keys};
use domain::{
    SourceId, Timestamp,
    time::{DAY, HOUR},
};
use review::{
    Context,
    connectors::Connectors,
    sources::{self, NewSource, Place},
};
use std::{collections::BTreeMap, path::Path, sync::Arc};
use store::{Sealer, Store};

/// What a command works with.
#[derive(Debug)]
pub struct Installation {
    /// The configuration.
    pub config: Config,
    /// What the use cases work with.
    pub ctx: Context,
    /// For sealed columns.
    pub sealer: Sealer,
}

impl Installation {
    /// Reads the configuration, brings the keys and opens the database, whose schema stays as it is.
    ///
    /// # Errors
    /// [`Failure::Use`] where the configuration cannot be used; [`Failure::Environment`] where a key or the database cannot be had.
    pub async fn open(path: &Path, now: Option<Timestamp>) -> Result<Self, Failure> {
        let config = Config::load(path)?;
        let ready = keys::load(&config.keys).map_err(|why| Failure::Environment(why.to_string()))?;
        let store = Store::open(&config.database.url).await.map_err(|why| Failure::environment("the database cannot be opened", why))?;
        let ctx = Context {
            store,
            env: env::real(now),
            origin: config.origin.as_str().into(),
            keys: Arc::new(ready.review),
            folder: Arc::new(config.folder.clone()),
            connectors: Arc::new(Connectors::new(ready.sealer.clone())),
        };
        Ok(Self { config, ctx, sealer: ready.sealer })
    }

    /// Connects the sources of the configuration that are not known by their name, and keeps the credentials of the others
    /// as the configuration brings them, so that a new key takes effect at the next start. Returns the names of the new ones.
    pub async fn connect_sources(&self) -> Result<Vec<String>, Failure> {
        let known: BTreeMap<String, SourceId> = {
            let mut tx = self.ctx.store.read().await.map_err(|why| Failure::environment("the sources cannot be read", why))?;
            let known = tx.sources().await.map_err(|why| Failure::environment("the sources cannot be read", why))?;
            known.into_iter().map(|source| (source.name, source.id)).collect()
        };
        let mut made = Vec::new();
        for source in &self.config.sources {
            let place = source.place().map_err(|why| Failure::Environment(why.to_string()))?;
            let read_every = source.read_every_hours.map(|hours| i64::from(hours).saturating_mul(HOUR));
            if let Some(id) = known.get(&source.name) {
                if let Place::Okta { credentials, .. } | Place::Entra { credentials, .. } = &place {
                    let replaced = sources::replace_credentials(&self.ctx, None, *id, credentials).await;
                    replaced.map_err(|why| Failure::environment(format!("the credentials of {}", source.name), sentence(&why)))?;
                }
                let set = sources::set_schedule(&self.ctx, *id, read_every).await;
                set.map_err(|why| Failure::Use(format!("source {}: {}", source.name, sentence(&why))))?;
                continue;
            }
            let settings = match &source.settings {
                Some(path) => std::fs::read_to_string(path).map_err(|why| {
                    Failure::environment(format!("the settings {} of source {} cannot be read", path.display(), source.name), why)
                })?,
                None => String::new(),
            };
            let max_age = i64::from(source.max_age_days).saturating_mul(DAY);
            let new = NewSource { name: source.name.clone(), place, settings, max_age, read_every };
            match sources::create(&self.ctx, None, &new).await {
                Ok(_) => made.push(source.name.clone()),
                // Another server of the same installation was quicker.
                Err(review::Error::Invalid(fields))
                    if fields.iter().all(|field| field.field == "name") && self.knows(&source.name).await => {}
                Err(why) => {
                    return Err(Failure::Use(format!("source {}: {}", source.name, sentence(&why))));
                }
            }
        }
        Ok(made)
    }

    async fn knows(&self, name: &str) -> bool {
        let Ok(mut tx) = self.ctx.store.read().await else {
            return false;
        };
        tx.sources().await.is_ok_and(|sources| sources.iter().any(|source| source.name == name))
    }
}

/// What a use case answered, with its fields' sentences.
pub fn sentence(why: &review::Error) -> String {
    match why {
        review::Error::Invalid(fields) => fields.iter().map(|field| field.message.as_str()).collect::<Vec<_>>().join(" "),
        review::Error::Store(inner) => format!("{why}: {inner}"),
        other => other.to_string(),
    }
}
