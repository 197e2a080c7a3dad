//! What an installation is told: a TOML file, and the environment above it.
//!
//! An unknown key is an error, so that a misspelt limit is never silently
//! the default. Every value can also come from the environment as
//! `COUNTERSIGN_` and the key's path in capitals with two underscores between
//! levels: `COUNTERSIGN_DATABASE__URL`.

pub mod platform;

use domain::{Policy, Role};
use figment::{
    Figment,
    providers::{Env as FromEnvironment, Format, Toml},
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// The whole configuration. `server/countersign.example.toml` explains every key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The installation's name in the ledger and in checkpoints, for example `reviews.example.com`. It never changes.
    pub origin: String,
    /// The folder for packs and tickets.
    pub folder: PathBuf,
    /// Where people reach the program.
    pub server: Server,
    /// Where everything is kept.
    pub database: Database,
    /// The installation's secrets.
    pub keys: Keys,
    /// Who says who people are.
    #[serde(default)]
    pub providers: Vec<Provider>,
    /// Windows, ages and brakes for new campaigns.
    #[serde(default)]
    pub policy: Policy,
    /// How long sign-ins last.
    #[serde(default)]
    pub sessions: Sessions,
    /// Sources that are made when the program starts and does not know them.
    #[serde(default)]
    pub sources: Vec<SourceConfig>,
}

/// Where people reach the program.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// The address to listen on.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The address people use, for example `https://reviews.example.com`, without a path.
    pub public_url: String,
    /// The time zone that forms offer first.
    #[serde(default = "default_zone")]
    pub time_zone: String,
}

/// Where everything is kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:FILE` or `postgres://USER@HOST/NAME`.
    pub url: String,
}

/// The installation's secrets.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// Seal what is stored: the newest first. Rotation adds one in front; the old ones still open.
    pub seal: Vec<NamedSecret>,
    /// Turns people into pseudonyms in ledger entries.
    pub pseudonym: NamedSecret,
    /// Signs checkpoints and packs: an Ed25519 secret key of 32 bytes.
    pub signing: Secret,
}

/// A secret with the id that what it made names it by.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Place")]
pub struct NamedSecret {
    /// The id: lower-case letters, digits, hyphens and underscores, at most 40.
    pub id: String,
    /// Where the secret comes from.
    pub secret: Secret,
}

/// Where a secret comes from: a file, the environment, or a command's output.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Place")]
pub enum Secret {
    /// A file that only the program may read.
    File(PathBuf),
    /// An environment variable.
    Env(String),
    /// A program and its arguments; its standard output is the secret.
    Command(Vec<String>),
}

/// A secret's place as it is written: one of `file`, `env` and `command`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    id: Option<String>,
    file: Option<PathBuf>,
    env: Option<String>,
    command: Option<Vec<String>>,
}

impl Place {
    fn secret(self) -> Result<Secret, &'static str> {
        match (self.file, self.env, self.command) {
            (Some(path), None, None) => Ok(Secret::File(path)),
            (None, Some(variable), None) => Ok(Secret::Env(variable)),
            (None, None, Some(words)) => Ok(Secret::Command(words)),
            _ => Err("a secret comes from exactly one of file, env and command"),
        }
    }
}

impl TryFrom<Place> for Secret {
    type Error = &'static str;

    fn try_from(place: Place) -> Result<Self, &'static str> {
        if place.id.is_some() { Err("this secret has no id") } else { place.secret() }
    }
}

impl TryFrom<Place> for NamedSecret {
    type Error = &'static str;

    fn try_from(mut place: Place) -> Result<Self, &'static str> {
        let id = place.id.take().ok_or("this secret needs an id, which what it makes is named by")?;
        Ok(Self { id, secret: place.secret()? })
    }
}

/// An OpenID provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The name on the sign-in page, for example "Meridian SSO".
    pub name: String,
    /// The issuer's address, as its discovery document states it.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// Our client secret there; none for a public client.
    pub client_secret: Option<Secret>,
    /// Scopes to ask for besides `openid`.
    #[serde(default = "default_scopes")]
    pub scopes: Vec<String>,
    /// The claim that carries groups or app roles.
    #[serde(default = "default_claim")]
    pub role_claim: String,
    /// What a group or app role makes a person.
    pub roles: BTreeMap<String, Role>,
}

/// How long sign-ins last.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// Minutes without a request after which a sign-in ends.
    pub idle_minutes: u32,
    /// Hours after which every sign-in ends.
    pub absolute_hours: u32,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { idle_minutes: 30, absolute_hours: 12 }
    }
}

/// A source: of files (`folder`), an Okta org (`okta`) or a Microsoft Entra tenant (`entra`).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceConfig {
    /// Its name.
    pub name: String,
    /// The folder that holds its files.
    pub folder: Option<PathBuf>,
    /// The Okta org that it is.
    pub okta: Option<platform::Okta>,
    /// The Microsoft Entra tenant that it is.
    pub entra: Option<platform::Entra>,
    /// A JSON file with what is declared about it.
    pub settings: Option<PathBuf>,
    /// How many days old its last reading may be.
    #[serde(default = "default_age")]
    pub max_age_days: u32,
    /// Every how many hours it is read by itself. Without it, it is read when somebody asks.
    pub read_every_hours: Option<u32>,
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn default_zone() -> String {
    "UTC".to_owned()
}

fn default_scopes() -> Vec<String> {
    vec!["profile".to_owned(), "email".to_owned()]
}

fn default_claim() -> String {
    "groups".to_owned()
}

const fn default_age() -> u32 {
    7
}

/// A configuration that cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there.
    #[error("the configuration file {} cannot be read: {cause}. Start from countersign.example.toml.", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: std::io::Error,
    },
    /// A key or value that cannot be taken; the text names it and where it came from.
    #[error("the configuration cannot be used: {0}")]
    Wrong(String),
}

impl Config {
    /// Reads the file and the environment, and checks every value that can be checked alone.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        std::fs::File::open(path).map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
        // Variables without a level, other than the two keys that have none, belong to tools around the program.
        let environment = FromEnvironment::prefixed("COUNTERSIGN_")
            .filter(|key| key == "origin" || key == "folder" || key.as_str().contains("__"))
            .split("__");
        let figment = Figment::from(Toml::file_exact(path)).merge(environment);
        let config: Self = figment.extract().map_err(|why| ConfigError::Wrong(why.to_string()))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let wrong = |text: String| Err(ConfigError::Wrong(text));
        if !ledger::note::is_key_name(&self.origin) {
            return wrong(format!("origin \"{}\" is not a name; expected something like reviews.example.com", self.origin));
        }
        let url = url::Url::parse(&self.server.public_url)
            .map_err(|why| ConfigError::Wrong(format!("server.public_url \"{}\" is not an address: {why}", self.server.public_url)))?;
        if !matches!(url.scheme(), "https" | "http") || url.path() != "/" || url.query().is_some() {
            return wrong(format!("server.public_url \"{}\" must be http or https, with no path", self.server.public_url));
        }
        if domain::Timestamp(0).in_zone(&self.server.time_zone).is_err() {
            return wrong(format!("server.time_zone \"{}\" is not a time zone; an example is Europe/Zurich", self.server.time_zone));
        }
        if self.keys.seal.is_empty() {
            return wrong("keys.seal needs at least one key".to_owned());
        }
        if !(5..=1440).contains(&self.sessions.idle_minutes) || !(1..=168).contains(&self.sessions.absolute_hours) {
            return wrong("sessions.idle_minutes must be 5 to 1440, and sessions.absolute_hours 1 to 168".to_owned());
        }
        for source in &self.sources {
            let given = [source.folder.is_some(), source.okta.is_some(), source.entra.is_some()];
            if given.iter().filter(|given| **given).count() != 1 {
                return wrong(format!("the source \"{}\" needs exactly one of folder, okta and entra", source.name));
            }
        }
        self.policy.check().map_err(|why| ConfigError::Wrong(format!("policy.{why}")))
    }
}
