//! `countersign doctor`: what an installation needs, looked at one by one. Nothing is changed.

use super::{Common, End, Failure, print, print_json};
use crate::{
    config::{Config, Provider, SourceConfig},
    env, keys,
};
use connect::files;
use domain::{Env, time::DAY};
use review::{
    Context, audit,
    connectors::{self, Connectors},
};
use serde::Serialize;
use std::{path::Path, sync::Arc, time::Duration};
use store::Store;

/// How long a provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    what: String,
    good: bool,
    sentence: String,
}

#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    good: bool,
    checks: Vec<Check>,
}

#[derive(Default)]
struct Doctor(Vec<Check>);

impl Doctor {
    /// Notes what came of a look; what was found goes on to the next one.
    fn look<T>(&mut self, what: impl Into<String>, found: Result<(T, String), String>) -> Option<T> {
        let (value, good, sentence) = match found {
            Ok((value, sentence)) => (Some(value), true, sentence),
            Err(sentence) => (None, false, sentence),
        };
        self.0.push(Check { what: what.into(), good, sentence });
        value
    }
}

pub async fn run(common: Common, path: &Path) -> Result<End, Failure> {
    let config = Config::load(path)?;
    let env = env::real(common.now);
    let mut doctor = Doctor::default();
    doctor.look("configuration", Ok(((), format!("{} is understood.", path.display()))));
    let ready = doctor.look("keys", bring_keys(&config));
    doctor.look("folder", try_folder(&config.folder, &env));
    let opened = Store::open(&config.database.url).await;
    let opened = opened.map_err(|why| format!("The database cannot be opened: {why}. Check database.url, and that the database runs."));
    let store = doctor.look(
        "database",
        opened.map(|store| {
            let said = format!("{} answers.", store.kind());
            (store, said)
        }),
    );
    if let Some(store) = &store {
        let there = doctor.look("schema", schema(store).await).is_some();
        if let (true, Some(ready)) = (there, ready) {
            let ctx = Context {
                store: store.clone(),
                env: env.clone(),
                origin: config.origin.as_str().into(),
                keys: Arc::new(ready.review),
                folder: Arc::new(config.folder.clone()),
                connectors: Arc::new(Connectors::new(ready.sealer.clone())),
            };
            doctor.look("ledger", ledger(&ctx).await);
            doctor.look("jobs", jobs(store).await);
            doctor.look("readings", ages(&ctx).await);
        }
        store.close().await;
    }
    for source in &config.sources {
        if source.folder.is_some() {
            doctor.look(format!("source {}", source.name), read(source.clone(), env.clone()).await);
        } else {
            platform(&mut doctor, source, &env).await;
        }
    }
    if config.providers.is_empty() {
        doctor.look::<()>("providers", Err("No provider is configured, so nobody can sign in. Add one under [[providers]].".to_owned()));
    }
    for provider in &config.providers {
        doctor.look(format!("provider {}", provider.name), discover(provider).await);
    }
    let good = doctor.0.iter().all(|check| check.good);
    if common.json {
        print_json(&Report { schema: "countersign/doctor/1", good, checks: doctor.0 })?;
    } else {
        let mut text = String::new();
        for check in &doctor.0 {
            text.push_str(if check.good { "good   " } else { "WRONG  " });
            text.push_str(&check.what);
            text.push_str(": ");
            text.push_str(&check.sentence);
            text.push('\n');
        }
        print(&text)?;
    }
    Ok(if good { End::Good } else { End::Finding })
}

fn bring_keys(config: &Config) -> Result<(keys::Ready, String), String> {
    let ready = keys::load(&config.keys).map_err(|why| format!("{why}."))?;
    for provider in &config.providers {
        if let Some(secret) = &provider.client_secret {
            keys::read(secret, &format!("client_secret of {}", provider.name)).map_err(|why| format!("{why}."))?;
        }
    }
    let fingerprint = ::ledger::note::fingerprint(&ready.review.signing.verifying_key());
    Ok((ready, format!("All are there. Packs are signed by {fingerprint}.")))
}

fn try_folder(folder: &Path, env: &Env) -> Result<((), String), String> {
    let probe = folder.join(format!(".doctor-{}", hex::encode(env.bytes::<8>())));
    if !folder.is_dir() {
        return Err(format!("{} is not there. Make it, for the program's user.", folder.display()));
    }
    let tried = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe));
    tried.map_err(|why| format!("{} cannot be written: {why}. Give the program's user the right to.", folder.display()))?;
    Ok(((), format!("{} can be written.", folder.display())))
}

async fn schema(store: &Store) -> Result<((), String), String> {
    let unread = |why: store::Error| format!("The tables cannot be read: {why}. `countersign migrate` brings the schema up to date.");
    let mut tx = store.read().await.map_err(unread)?;
    if let Some(problem) = tx.schema_problem().await.map_err(unread)? {
        return Err(format!("The schema is not this program's: {problem}."));
    }
    let known = tx.sources().await.map_err(unread)?.len();
    Ok(((), format!("It is this program's, with {known} sources connected.")))
}

async fn ledger(ctx: &Context) -> Result<((), String), String> {
    let audit = audit::audit(ctx).await.map_err(|why| format!("The ledger cannot be read: {why}."))?;
    match audit.differences.first() {
        None => Ok((
            (),
            format!(
                "{} entries and {} checkpoints agree; {} entries wait for their place.",
                audit.entries, audit.checkpoints, audit.unsequenced
            ),
        )),
        Some(first) => Err(format!(
            "The database does not hold what the ledger must hold, in {} places. The first is {}: {} Keep the database as it is, and find out who could write to it.",
            audit.differences.len() as u64 + audit.not_listed,
            first.place,
            first.sentence
        )),
    }
}

async fn jobs(store: &Store) -> Result<((), String), String> {
    let unread = |why: store::Error| format!("The jobs cannot be read: {why}.");
    let mut tx = store.read().await.map_err(unread)?;
    let dead = store::JobState::Dead;
    let failed: Vec<String> = tx
        .count_jobs()
        .await
        .map_err(unread)?
        .into_iter()
        .filter(|(_, state, count)| state == dead.as_str() && *count > 0)
        .map(|(kind, _, count)| format!("{count} of kind {kind}"))
        .collect();
    if failed.is_empty() {
        Ok(((), "None has failed for good.".to_owned()))
    } else {
        Err(format!(
            "Some failed for good: {}. `countersign jobs` says why, and lets them run again once the cause is mended.",
            failed.join(", ")
        ))
    }
}

async fn ages(ctx: &Context) -> Result<((), String), String> {
    let unread = |why: store::Error| format!("The sources cannot be read: {why}.");
    let mut tx = ctx.store.read().await.map_err(unread)?;
    let now = ctx.env.now();
    let old: Vec<String> = tx
        .sources()
        .await
        .map_err(unread)?
        .into_iter()
        .filter(|source| source.last_read_at.is_none_or(|at| now.since(at) > source.max_age))
        .map(|source| match source.last_read_at {
            Some(at) => format!("{} was last read {} days ago", source.name, now.since(at) / DAY),
            None => format!("{} was never read", source.name),
        })
        .collect();
    if old.is_empty() {
        Ok(((), "Every source was read within its age.".to_owned()))
    } else {
        Err(format!("{}. High-risk access cannot be decided on old readings; read them on their pages.", old.join("; ")))
    }
}

async fn read(source: SourceConfig, env: Env) -> Result<((), String), String> {
    let reading = tokio::task::spawn_blocking(move || {
        if let Some(path) = &source.settings {
            let text = std::fs::read_to_string(path).map_err(|why| format!("The settings {} cannot be read: {why}.", path.display()))?;
            connect::SourceSettings::parse(&text).map_err(|why| format!("The settings {}: {why}", path.display()))?;
        }
        files::read(&source.folder.clone().unwrap_or_default(), env.now(), &*env.clock, &files::Limits::default())
            .map_err(|why| why.to_string())
    });
    let reading = reading.await.map_err(|why| format!("Reading ended before it was complete: {why}."))??;
    Ok(((), format!("Its files can be read: {} people, {} grants.", reading.people.len(), reading.grants.len())))
}

/// Tries every scope, permission and role of a platform, one by one.
async fn platform(doctor: &mut Doctor, source: &SourceConfig, env: &Env) {
    let name = format!("source {}", source.name);
    let opened =
        source.place().map_err(|why| format!("{why}.")).and_then(|place| connectors::reach(&place, env).map_err(|why| why.to_string()));
    let Some(connector) = doctor.look(name.clone(), opened.map(|connector| (connector, "Its credentials can be used.".to_owned()))) else {
        return;
    };
    for checked in connector.check().await {
        let sentence = format!("{} ({})", checked.sentence, checked.needs);
        doctor.look(format!("{name}, {}", checked.what), if checked.good { Ok(((), sentence)) } else { Err(sentence) });
    }
}

/// The part of a provider's discovery document that must agree with ours.
#[derive(serde::Deserialize)]
struct Discovered {
    issuer: String,
}

async fn discover(provider: &Provider) -> Result<((), String), String> {
    // The ring provider may be there already; the first one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let address = format!("{}/.well-known/openid-configuration", provider.issuer.trim_end_matches('/'));
    let failed = |why: &dyn std::fmt::Display| {
        format!("{address} does not answer as a provider does: {why}. Check issuer, and that this machine can reach it.")
    };
    let client =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build().map_err(|why| failed(&why))?;
    let answer = client.get(&address).send().await.map_err(|why| failed(&why))?;
    if !answer.status().is_success() {
        return Err(failed(&answer.status()));
    }
    let found: Discovered = answer.json().await.map_err(|why| failed(&why))?;
    if found.issuer == provider.issuer {
        Ok(((), "It answers, and calls itself as configured.".to_owned()))
    } else {
        Err(format!("It calls itself {}, not {}. Write issuer exactly so.", found.issuer, provider.issuer))
    }
}
