//! Opens sources: puts a connector together from what is configured and the credentials that are kept sealed.

use crate::{
    Context, Error, Result,
    sources::{self, Credential, EntraConfig, EntraProof, OktaConfig, Place},
};
use connect::{
    Checked,
    entra::{self, EntraSource},
    http::{Limits, Pause, RealPause, Url},
    okta::{self, OktaSource, SigningKey},
};
use domain::{Env, SourceId, SourceKind};
use secrecy::SecretString;
use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use store::{Sealer, sources::Source};

/// A source that can be read, and where the platform allows it, changed. Cloning shares it.
#[derive(Debug, Clone)]
pub enum Connector {
    /// Files in a folder. Their removals are tickets.
    Files(PathBuf),
    /// An Okta org.
    Okta(Arc<OktaSource>),
    /// A Microsoft Entra tenant.
    Entra(Arc<EntraSource>),
}

impl Connector {
    /// Tries every scope, permission and role, one by one; changes nothing. Empty for files.
    pub async fn check(&self) -> Vec<Checked> {
        match self {
            Self::Files(_) => Vec::new(),
            Self::Okta(source) => source.check().await,
            Self::Entra(source) => source.check().await,
        }
    }
}

/// A connector for a source that is not stored: to look whether it can be reached.
///
/// # Errors
/// [`Error::Source`] with a sentence where a credential is missing or cannot be used.
pub fn reach(place: &Place, env: &Env) -> Result<Connector> {
    let pause: Arc<dyn Pause> = Arc::new(RealPause);
    Ok(match place {
        Place::Files { folder } => Connector::Files(folder.clone()),
        Place::Okta { config, credentials } => {
            Connector::Okta(Arc::new(okta_source(config, &Credentials(credentials.clone()), env, &pause).map_err(said)?))
        }
        Place::Entra { config, credentials } => {
            Connector::Entra(Arc::new(entra_source(config, &Credentials(credentials.clone()), env, &pause).map_err(said)?))
        }
    })
}

/// Opens sources, and keeps what is open: tokens and the count of calls against a platform's limits live as long as the
/// process and the source's configuration.
pub struct Connectors {
    sealer: Sealer,
    pause: Arc<dyn Pause>,
    open: Mutex<BTreeMap<SourceId, (i64, Connector)>>,
}

impl fmt::Debug for Connectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connectors").finish_non_exhaustive()
    }
}

impl Connectors {
    /// Opens credentials with this sealer, and waits as the clock does.
    pub fn new(sealer: Sealer) -> Self {
        Self::waiting(sealer, Arc::new(RealPause))
    }

    /// The same with another way of waiting, for tests whose clock does not run by itself.
    pub fn waiting(sealer: Sealer, pause: Arc<dyn Pause>) -> Self {
        Self { sealer, pause, open: Mutex::default() }
    }

    /// The installation's sealer, for what is kept sealed beside sources.
    pub const fn sealer(&self) -> &Sealer {
        &self.sealer
    }

    /// The connector of a source, as it is configured now.
    ///
    /// # Errors
    /// [`Error::Source`] with a sentence where a credential is missing or cannot be used; [`Error::Inconsistent`] where the
    /// stored configuration cannot be read.
    pub async fn open(&self, ctx: &Context, source: &Source) -> Result<Connector> {
        {
            let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((version, connector)) = open.get(&source.id)
                && *version == source.version
            {
                return Ok(connector.clone());
            }
        }
        let connector = match source.kind {
            SourceKind::Files => Connector::Files(sources::files_config(source)?.folder),
            SourceKind::Okta => {
                let config: OktaConfig = sources::config_of(source)?;
                let credentials = Credentials::load(self, ctx, source, config.credentials()).await?;
                Connector::Okta(Arc::new(okta_source(&config, &credentials, &ctx.env, &self.pause).map_err(said)?))
            }
            SourceKind::Entra => {
                let config: EntraConfig = sources::config_of(source)?;
                let credentials = Credentials::load(self, ctx, source, config.credentials()).await?;
                Connector::Entra(Arc::new(entra_source(&config, &credentials, &ctx.env, &self.pause).map_err(said)?))
            }
            other => {
                return Err(Error::Inconsistent(format!("source {} is of kind {other}, which this version does not read", source.id)));
            }
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.insert(source.id, (source.version, connector.clone()));
        Ok(connector)
    }
}

fn said(error: connect::Error) -> Error {
    Error::Source(error.to_string())
}

/// The credentials of one source, opened.
struct Credentials(BTreeMap<Credential, SecretString>);

impl Credentials {
    async fn load(connectors: &Connectors, ctx: &Context, source: &Source, wanted: Vec<Credential>) -> Result<Self> {
        let mut tx = ctx.store.read().await?;
        let mut opened = BTreeMap::new();
        for credential in wanted {
            let sealed = tx.source_secret(source.id, credential.as_str()).await?.ok_or_else(|| {
                Error::Source(format!(
                    "The credential of {} that {} is missing. Give it on the source's page, or in the configuration.",
                    source.name,
                    credential.what_it_does()
                ))
            })?;
            opened.insert(credential, open_secret(&connectors.sealer, source.id, credential, &sealed)?);
        }
        Ok(Self(opened))
    }

    fn get(&self, credential: Credential) -> std::result::Result<&SecretString, connect::Error> {
        self.0
            .get(&credential)
            .ok_or_else(|| connect::Error::Settings(format!("there is no credential that {}", credential.what_it_does())))
    }
}

/// One credential of a source, opened; `None` where it was not given.
pub(crate) async fn secret_of(ctx: &Context, source: &Source, credential: Credential) -> Result<Option<SecretString>> {
    let mut tx = ctx.store.read().await?;
    let sealed = tx.source_secret(source.id, credential.as_str()).await?;
    sealed.map(|sealed| open_secret(ctx.connectors.sealer(), source.id, credential, &sealed)).transpose()
}

/// Where a credential stands, for what it is sealed with.
pub(crate) fn secret_row(source: SourceId, credential: Credential) -> Vec<u8> {
    [source.0.as_bytes().as_slice(), credential.as_str().as_bytes()].concat()
}

fn open_secret(sealer: &Sealer, source: SourceId, credential: Credential, bytes: &[u8]) -> Result<SecretString> {
    let plain = sealer.open("source_secrets", "sealed", &secret_row(source, credential), bytes)?;
    String::from_utf8(plain).map(SecretString::from).map_err(|_| Error::Inconsistent(format!("a credential of source {source} is no text")))
}

fn address(text: &str) -> std::result::Result<Url, connect::Error> {
    Url::parse(text).map_err(|why| connect::Error::Settings(format!("\"{text}\" is not an address: {why}")))
}

fn okta_source(
    config: &OktaConfig,
    credentials: &Credentials,
    env: &Env,
    pause: &Arc<dyn Pause>,
) -> std::result::Result<OktaSource, connect::Error> {
    let app = |app: &sources::OktaApp, credential: Credential| -> std::result::Result<okta::ServiceApp, connect::Error> {
        Ok(okta::ServiceApp {
            client_id: app.client_id.clone(),
            key_id: app.key_id.clone(),
            key: Arc::new(SigningKey::from_pem(credentials.get(credential)?)?),
        })
    };
    OktaSource::new(okta::OktaConfig {
        base: address(&config.org)?,
        env: env.clone(),
        pause: pause.clone(),
        limits: Limits::default(),
        reader: app(&config.reader, Credential::Reader)?,
        governance: config.governance,
        remover: config.remover.as_ref().map(|one| app(one, Credential::Remover)).transpose()?,
        attributes: config.attributes.clone(),
        owners: config.owners,
    })
}

fn entra_source(
    config: &EntraConfig,
    credentials: &Credentials,
    env: &Env,
    pause: &Arc<dyn Pause>,
) -> std::result::Result<EntraSource, connect::Error> {
    let app = |app: &sources::EntraApp, credential: Credential| -> std::result::Result<entra::Credentials, connect::Error> {
        let secret = credentials.get(credential)?;
        let proof = match &app.proof {
            EntraProof::Secret => entra::Proof::Secret(secret.clone()),
            EntraProof::Certificate { thumbprint } => entra::Proof::certificate(thumbprint, secret)?,
        };
        Ok(entra::Credentials { client_id: app.client_id.clone(), proof })
    };
    let config = entra::EntraConfig {
        tenant: config.tenant.clone(),
        graph: address(&config.graph)?,
        login: address(&config.login)?,
        reader: app(&config.reader, Credential::Reader)?,
        remover: config.remover.as_ref().map(|one| app(one, Credential::Remover)).transpose()?,
        leave_dates: config.leave_dates,
        risks: config.risks,
        directory_roles: config.directory_roles,
        sign_in_days: config.sign_in_days,
        limits: Limits::default(),
    };
    EntraSource::new(config, env.clone(), pause.clone())
}
