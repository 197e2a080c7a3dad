//! Connecting sources and changing what is declared about them.

use crate::{Actor, Context, Error, Result};
use connect::SourceSettings;
use domain::{
    Action, Object, Role, SourceId, SourceKind,
    time::{DAY, HOUR},
};
use ledger::EventKind;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Where a source of files is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesConfig {
    /// The folder that holds the CSV files.
    pub folder: PathBuf,
}

/// A source to connect.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// The name that people will see; unique.
    pub name: String,
    /// The folder that holds its files.
    pub folder: PathBuf,
    /// What is declared about it, as JSON (`connect::SourceSettings`); empty means nothing.
    pub settings: String,
    /// How old its last reading may be, in microseconds; from 1 hour to 400 days.
    pub max_age: i64,
}

/// Connects a source of files. With no person, the installation's configuration does it.
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
    let source = store::sources::Source {
        id: ctx.env.id(),
        name: name.to_owned(),
        kind: SourceKind::Files,
        config: json(&FilesConfig { folder: new.folder.clone() })?,
        settings: new.settings.clone(),
        max_age: new.max_age,
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
    let event =
        ctx.event(EventKind::SourceChanged, by).subject("source", source.id).code("change", "created").text("name", name, source.id.0);
    ctx.record(&mut tx, event).await?;
    tx.commit().await?;
    Ok(source.id)
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

/// Where a source of files is.
pub fn files_config(source: &store::sources::Source) -> Result<FilesConfig> {
    serde_json::from_str(&source.config).map_err(|why| Error::Inconsistent(format!("source {}: {why}", source.id)))
}

/// Whether the person may look at sources.
pub fn may_view(actor: &Actor) -> bool {
    actor.may(Action::View, Object::Source, actor.roles.contains(&Role::Owner))
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
