//! Connecting sources and changing what is declared about them.

use crate::{Actor, Context, Error, Result, connectors::secret_row};
use connect::SourceSettings;
use domain::{
    Action, Object, Role, SourceId, SourceKind, Timestamp,
    time::{DAY, HOUR},
};
use ledger::EventKind;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use std::{collections::BTreeMap, path::PathBuf};

mod config;

pub use config::{Credential, EntraApp, EntraConfig, EntraProof, FilesConfig, OktaApp, OktaConfig, WebClient};

/// Where a source is, with what it takes to reach it.
#[derive(Debug, Clone)]
pub enum Place {
    /// Files in a folder.
    Files {
        /// The folder that holds the CSV files.
        folder: PathBuf,
    },
    /// An Okta org.
    Okta {
        /// How it is reached.
        config: OktaConfig,
        /// The private keys, in PEM, and the web app's secret.
        credentials: BTreeMap<Credential, SecretString>,
    },
    /// A Microsoft Entra tenant.
    Entra {
        /// How it is reached.
        config: EntraConfig,
        /// Secrets or private keys in PEM.
        credentials: BTreeMap<Credential, SecretString>,
    },
}

impl Place {
    const fn kind(&self) -> SourceKind {
        match self {
            Self::Files { .. } => SourceKind::Files,
            Self::Okta { .. } => SourceKind::Okta,
            Self::Entra { .. } => SourceKind::Entra,
        }
    }

    fn to_json(&self) -> Result<String> {
        match self {
            Self::Files { folder } => json(&FilesConfig { folder: folder.clone() }),
            Self::Okta { config, .. } => json(config),
            Self::Entra { config, .. } => json(config),
        }
    }

    /// The credentials it takes, each with its text where it is given.
    fn credentials(&self) -> (Vec<Credential>, Option<&BTreeMap<Credential, SecretString>>) {
        match self {
            Self::Files { .. } => (Vec::new(), None),
            Self::Okta { config, credentials } => (config.credentials(), Some(credentials)),
            Self::Entra { config, credentials } => (config.credentials(), Some(credentials)),
        }
    }

    fn check(&self) -> Result<()> {
        match self {
            Self::Files { .. } => Ok(()),
            Self::Okta { config, .. } => config.check(),
            Self::Entra { config, .. } => config.check(),
        }
    }
}

/// A source to connect.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// The name that people will see; unique.
    pub name: String,
    /// Where it is.
    pub place: Place,
    /// What is declared about it, as JSON (`connect::SourceSettings`); empty means nothing.
    pub settings: String,
    /// How old its last reading may be, in microseconds; from 1 hour to 400 days.
    pub max_age: i64,
    /// How often it is read by itself, in microseconds; from 1 hour to [`Self::max_age`]. `None` where only people ask for readings.
    pub read_every: Option<i64>,
}

/// Connects a source. With no person, the installation's configuration does it. Nothing is called yet: [`crate::check`]
/// looks whether it can be reached.
///
/// # Errors
/// [`Error::Invalid`] names the field that cannot be taken.
pub async fn create(ctx: &Context, by: Option<&Actor>, new: &NewSource) -> Result<SourceId> {
    if let Some(actor) = by {
        actor.require(Action::Change, Object::Source, false)?;
    }
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 80 {
        return Err(Error::field("name", "A source needs a name of 1 to 80 characters."));
    }
    check(&new.settings, new.max_age)?;
    check_schedule(new.read_every, new.max_age)?;
    new.place.check()?;
    let source = store::sources::Source {
        id: ctx.env.id(),
        name: name.to_owned(),
        kind: new.place.kind(),
        config: new.place.to_json()?,
        settings: new.settings.clone(),
        max_age: new.max_age,
        read_every: new.read_every,
        last_seq: None,
        last_read_at: None,
        version: 1,
    };
    let mut tx = ctx.store.begin().await?;
    match tx.insert_source(&source, ctx.env.now()).await {
        Err(store::Error::Duplicate { .. }) => {
            return Err(Error::field("name", format!("There is a source called \"{name}\" already. Choose another name.")));
        }
        other => other?,
    }
    let (wanted, given) = new.place.credentials();
    for credential in wanted {
        let missing = || Error::field(credential.as_str(), format!("The credential that {} is missing.", credential.what_it_does()));
        seal(ctx, &mut tx, source.id, credential, given.and_then(|all| all.get(&credential)).ok_or_else(missing)?).await?;
    }
    let event = ctx
        .event(EventKind::SourceChanged, by)
        .subject("source", source.id)
        .code("change", "created")
        .code("kind", source.kind)
        .text("name", name, source.id.0);
    ctx.record(&mut tx, event).await?;
    tx.commit().await?;
    Ok(source.id)
}

/// Replaces a source's credentials with those that are given; the others stay. Whatever was open with the old ones is
/// opened anew.
///
/// # Errors
/// [`Error::NotFound`] where there is no such source.
pub async fn replace_credentials(
    ctx: &Context,
    by: Option<&Actor>,
    id: SourceId,
    credentials: &BTreeMap<Credential, SecretString>,
) -> Result<()> {
    if let Some(actor) = by {
        actor.require(Action::Change, Object::Source, false)?;
    }
    let mut tx = ctx.store.begin().await?;
    let source = tx.source(id).await?.ok_or(Error::NotFound)?;
    let mut changed = Vec::new();
    for (credential, secret) in credentials {
        let same = match tx.source_secret(id, credential.as_str()).await? {
            Some(bytes) => {
                let sealer = ctx.connectors.sealer();
                let open = sealer.open("source_secrets", "sealed", &secret_row(id, *credential), &bytes);
                !sealer.is_old(&bytes) && open.is_ok_and(|plain| plain == secret.expose_secret().as_bytes())
            }
            None => false,
        };
        if !same {
            seal(ctx, &mut tx, id, *credential, secret).await?;
            changed.push(credential.as_str());
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    // A new version makes every process open the source anew.
    tx.update_source_settings(id, source.version, &source.config, &source.settings, source.max_age).await?;
    let event =
        ctx.event(EventKind::SourceChanged, by).subject("source", id).code("change", "credentials").code("credentials", changed.join(" "));
    ctx.record(&mut tx, event).await?;
    tx.commit().await?;
    Ok(())
}

async fn seal(ctx: &Context, tx: &mut store::Tx, id: SourceId, credential: Credential, secret: &SecretString) -> Result<()> {
    let plain = secret.expose_secret().as_bytes();
    let sealed = ctx.connectors.sealer().seal("source_secrets", "sealed", &secret_row(id, credential), ctx.env.bytes(), plain)?;
    Ok(tx.set_source_secret(id, credential.as_str(), &sealed, ctx.env.now()).await?)
}

/// Sets how often a source is read by itself, as the installation's configuration says. Returns whether that is new.
///
/// # Errors
/// [`Error::NotFound`] where there is no such source; [`Error::Invalid`] where it would be read too often, or be old before it is read.
pub async fn set_schedule(ctx: &Context, id: SourceId, every: Option<i64>) -> Result<bool> {
    let mut tx = ctx.store.begin().await?;
    let source = tx.source(id).await?.ok_or(Error::NotFound)?;
    check_schedule(every, source.max_age)?;
    if !tx.set_source_schedule(id, every).await? {
        return Ok(false);
    }
    let event = ctx
        .event(EventKind::SourceChanged, None)
        .subject("source", id)
        .code("change", "schedule")
        .int("read_every", every.unwrap_or_default());
    ctx.record(&mut tx, event).await?;
    tx.commit().await?;
    Ok(true)
}

/// Changes what is declared about a source; the form carries the version it was made from.
///
/// # Errors
/// [`Error::Stale`] where somebody else changed it meanwhile; [`Error::Invalid`] names the field that cannot be taken.
pub async fn change_settings(
    ctx: &Context,
    actor: &Actor,
    id: SourceId,
    expected_version: i64,
    settings: &str,
    max_age: i64,
) -> Result<()> {
    actor.require(Action::Change, Object::Source, false)?;
    check(settings, max_age)?;
    let mut tx = ctx.store.begin().await?;
    let source = tx.source(id).await?.ok_or(Error::NotFound)?;
    if !tx.update_source_settings(id, expected_version, &source.config, settings, max_age).await? {
        return Err(Error::Stale(
            "The settings were changed by somebody else since this page was made. The page shows them as they are now.".to_owned(),
        ));
    }
    // What was recommended until now was recommended with what was declared until now, and can be made again with it only.
    tx.set_setting(&replaced(id, ctx.env.now()), &source.settings, ctx.env.now(), Some(actor.user)).await?;
    let event = ctx
        .event(EventKind::SourceChanged, Some(actor))
        .subject("source", id)
        .code("change", "settings")
        .code("settings_sha256", ledger::sha256_hex(settings.as_bytes()))
        .int("max_age", max_age);
    ctx.record(&mut tx, event).await?;
    tx.commit().await?;
    Ok(())
}

/// The settings declared for a source.
pub fn settings_of(source: &store::sources::Source) -> Result<SourceSettings> {
    SourceSettings::parse(&source.settings).map_err(|why| Error::Inconsistent(format!("source {}: {why}", source.id)))
}

/// Under which names the settings of a source are kept that others took the place of.
fn replaced_of(id: SourceId) -> String {
    format!("source-settings-until:{id}:")
}

/// Twenty digits, so that the names stand in the order of time.
fn replaced(id: SourceId, at: Timestamp) -> String {
    format!("{}{:020}", replaced_of(id), at.0)
}

/// The settings that were declared for a source at a moment.
pub(crate) async fn settings_at(tx: &mut store::Tx, source: &store::sources::Source, at: Timestamp) -> Result<SourceSettings> {
    let replaced = tx.settings_under(&replaced_of(source.id)).await?;
    match replaced.into_iter().find(|(_, kept)| kept.at > at) {
        None => settings_of(source),
        Some((_, kept)) => SourceSettings::parse(&kept.value)
            .map_err(|why| Error::Inconsistent(format!("earlier settings of source {}: {why}", source.id))),
    }
}

/// How a source is reached, in the words of its kind.
///
/// # Errors
/// [`Error::Inconsistent`] where what is stored is not of that kind.
pub fn config_of<T: DeserializeOwned>(source: &store::sources::Source) -> Result<T> {
    serde_json::from_str(&source.config).map_err(|why| Error::Inconsistent(format!("source {}: {why}", source.id)))
}

/// Where a source of files is.
pub fn files_config(source: &store::sources::Source) -> Result<FilesConfig> {
    config_of(source)
}

/// Where a source is, for people: a folder or an address.
pub fn place_of(source: &store::sources::Source) -> Result<String> {
    Ok(match source.kind {
        SourceKind::Okta => config_of::<OktaConfig>(source)?.org,
        SourceKind::Entra => {
            let config = config_of::<EntraConfig>(source)?;
            format!("{} at {}", config.tenant, config.graph)
        }
        SourceKind::Files => files_config(source)?.folder.display().to_string(),
        other => other.to_string(),
    })
}

/// Whether access can be removed at the source by us: there is an application for it. Files have tickets instead.
pub fn removes(source: &store::sources::Source) -> Result<bool> {
    Ok(match source.kind {
        SourceKind::Okta => config_of::<OktaConfig>(source)?.remover.is_some(),
        SourceKind::Entra => config_of::<EntraConfig>(source)?.remover.is_some(),
        _ => true,
    })
}

/// Whether the person may look at sources.
pub fn may_view(actor: &Actor) -> bool {
    actor.may(Action::View, Object::Source, actor.roles.contains(&Role::Owner))
}

fn check_schedule(every: Option<i64>, max_age: i64) -> Result<()> {
    match every {
        Some(every) if every < HOUR => {
            Err(Error::field("read_every", "A source is read by itself at most once an hour. Choose 1 hour or more."))
        }
        Some(every) if every > max_age => Err(Error::field(
            "read_every",
            "Read so seldom, the source would count as old before it is read again. Read it more often, or let readings be older.",
        )),
        _ => Ok(()),
    }
}

fn check(settings: &str, max_age: i64) -> Result<()> {
    SourceSettings::parse(settings).map_err(|why| Error::field("settings", why.to_string()))?;
    if (HOUR..=400 * DAY).contains(&max_age) {
        Ok(())
    } else {
        Err(Error::field("max_age", "The greatest age of a reading must be between 1 hour and 400 days."))
    }
}

fn json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|why| Error::Inconsistent(why.to_string()))
}
