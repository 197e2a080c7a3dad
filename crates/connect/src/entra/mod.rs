//! Microsoft Entra as a source, through Microsoft Graph v1.0.
//!
//! - read: users, which of their accounts are at risk, applications and who holds their roles, groups and their members, directory roles, sign-ins, the audit log;
//! - carry out: memberships, application roles and directory roles are taken away one by one;
//! - answer: access reviews that run in Entra, by the words of [`crate::native`];
//! - [`events`]: sign-ins that arrive by other ways than Graph.
//!
//! Facts about the platform are from Microsoft's published contracts of Graph v1.0 and documentation. What is not documented
//! is listed in `docs/connectors.md`; either answer works.

mod administration;
mod audits;
mod batch;
mod check;
mod credentials;
mod cursor;
pub mod events;
mod graph;
mod names;
mod read;
mod remove;
mod reviewer;
mod reviews;
mod risks;
mod rows;
mod unread;

use crate::{
    error::Error,
    http::{Calls, Client, ClientConfig, KnownLimit, Limits, Pause, Url},
    records::GrantKey,
    source::{Cursor, Outcome, PageRead, Removal, Reread, Source},
};
use credentials::AppAuthority;
use domain::{Env, SourceKind};
use std::sync::Arc;

pub use credentials::{Credentials, Proof};
pub(crate) use names::GROUP as MEMBERSHIP;
pub use remove::also_ends;
pub use reviewer::REVIEWER_SCOPE;

/// How an Entra tenant is reached.
#[derive(Debug, Clone)]
pub struct EntraConfig {
    /// The tenant's GUID or domain; never `common`.
    pub tenant: String,
    /// Graph's address up to the version: `https://graph.microsoft.com`.
    pub graph: Url,
    /// The sign-in service: `https://login.microsoftonline.com`.
    pub login: Url,
    /// The application that reads. Its permissions are read-only.
    pub reader: Credentials,
    /// The application that takes access away, or records decisions for reviewers; none where nothing is to be changed.
    pub remover: Option<Credentials>,
    /// Asks for the last day of employment, which takes a permission of its own (`User-LifeCycleInfo.Read.All`).
    pub leave_dates: bool,
    /// Asks which accounts are at risk, which takes a permission of its own (`IdentityRiskyUser.Read.All`) and a P2 licence.
    pub risks: bool,
    /// Reads directory roles. Left out, they are never read, and nothing is said of them.
    pub directory_roles: bool,
    /// How many days back sign-ins and the audit log are asked for; 30 by default, as long as a premium tenant keeps them.
    pub sign_in_days: u32,
    /// Bounds of every call.
    pub limits: Limits,
}

impl EntraConfig {
    /// Microsoft's public cloud, everything read.
    ///
    /// # Errors
    /// Never in practice: the addresses are fixed.
    pub fn public(tenant: &str, reader: Credentials) -> Result<Self, Error> {
        let address = |text: &str| Url::parse(text).map_err(|_| Error::Settings(format!("{text} is not an address")));
        Ok(Self {
            tenant: tenant.to_owned(),
            graph: address("https://graph.microsoft.com")?,
            login: address("https://login.microsoftonline.com")?,
            reader,
            remover: None,
            leave_dates: false,
            risks: false,
            directory_roles: true,
            sign_in_days: 30,
            limits: Limits::default(),
        })
    }
}

/// An Entra tenant that answers the contract of every source.
pub struct EntraSource {
    config: EntraConfig,
    client: Arc<Client>,
    login: Arc<Client>,
    pause: Arc<dyn Pause>,
    reader: AppAuthority,
    remover: Option<AppAuthority>,
}

impl std::fmt::Debug for EntraSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EntraSource")
            .field("tenant", &self.config.tenant)
            .field("graph", &self.config.graph.as_str())
            .finish_non_exhaustive()
    }
}

/// The limits of Graph that a reading passes: 5 calls of the logs in 10 seconds
/// ([limits of reporting](https://learn.microsoft.com/graph/throttling-limits#identity-and-access-reports-service-limits)),
/// and one call of Identity Protection in a second
/// ([its limits](https://learn.microsoft.com/graph/throttling-limits#identity-protection-and-conditional-access-service-limits)).
const LIMITS: [KnownLimit; 2] =
    [KnownLimit { bucket: "logs", calls: 5, window: 10_000_000 }, KnownLimit { bucket: "risk", calls: 1, window: 1_000_000 }];

impl EntraSource {
    /// A source. Nothing is called yet.
    ///
    /// # Errors
    /// [`Error::Settings`] where the tenant cannot stand in an address; [`Error::Http`] where an address will not do.
    pub fn new(config: EntraConfig, env: Env, pause: Arc<dyn Pause>) -> Result<Self, Error> {
        let fits = !config.tenant.is_empty() && config.tenant.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        if !fits || config.tenant.eq_ignore_ascii_case("common") || config.tenant.eq_ignore_ascii_case("organizations") {
            return Err(Error::Settings("the Entra tenant must be its id or its domain".to_owned()));
        }
        if let Some(remover) = &config.remover
            && remover.client_id == config.reader.client_id
        {
            return Err(Error::Settings(
                "reading and removing must be two applications in Entra, so that whoever reads can never remove".to_owned(),
            ));
        }
        let client = |base: &Url| {
            Client::new(ClientConfig {
                base: base.clone(),
                env: env.clone(),
                pause: pause.clone(),
                limits: config.limits,
                limit_headers: None,
            })
        };
        let (graph, login) = (client(&config.graph)?.knowing(&LIMITS), client(&config.login)?);
        let (graph, login) = (Arc::new(graph), Arc::new(login));
        let endpoint = config
            .login
            .join(&format!("/{}/oauth2/v2.0/token", config.tenant))
            .map_err(|_| Error::Settings("the sign-in address cannot be used".to_owned()))?;
        let authority = |credentials: &Credentials| AppAuthority::new(login.clone(), endpoint.clone(), credentials.clone());
        let (reader, remover) = (authority(&config.reader), config.remover.as_ref().map(authority));
        Ok(Self { config, client: graph, login, pause, reader, remover })
    }

    /// What was called so far: of Graph, and of the sign-in service.
    pub fn calls(&self) -> (Calls, Calls) {
        (self.client.calls(), self.login.calls())
    }
}

impl Source for EntraSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Entra
    }

    async fn read_page(&self, cursor: Option<&Cursor>) -> Result<PageRead, Error> {
        self.page(cursor).await
    }

    async fn carry_out(&self, _batch_id: &str, removals: &[Removal]) -> Result<Vec<Outcome>, Error> {
        // A platform's removal has the same effect once by itself: what is gone is gone.
        self.remove(removals).await
    }

    async fn reread(&self, grants: &[GrantKey]) -> Result<Reread, Error> {
        self.look_again(grants).await
    }
}
