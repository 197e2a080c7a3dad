//! An Okta org as a source: everything a review needs, read page by page; removals, and their proof.
//!
//! What is read, and what it becomes:
//!
//! | Okta | here |
//! |---|---|
//! | user | person; the profile's attributes that [`Attributes`] names give HR's facts |
//! | group (not Okta's own "Everyone") | entitlement, id `00g…`; its members hold it directly or by a group rule |
//! | application | entitlement, id `0oa…`; assigned directly, or through a group or a rule that fills it |
//! | administrator role | entitlement, id `role:TYPE`, or `role:ID` for an org's own roles; privileged |
//! | System Log, 90 days | use of applications, and so of the groups that give them; of administrator roles; who joined a group, and when |
//!
//! Facts about the platform are from Okta's published contracts (2026.06.3) and documentation. What is not documented is
//! listed in `docs/connectors.md`; either answer works.

mod administration;
mod build;
mod check;
pub mod events;
mod key;
mod log;
mod look;
mod native;
mod pages;
mod piece;
mod pull;
mod remove;
mod reviewer;
mod rules;
mod token;
mod whole;
mod wire;

pub use key::SigningKey;
pub use token::{PersonAuthority, ServiceApp, ServiceAuthority};

use crate::{
    error::Error,
    http::{Client, ClientConfig, HttpError, LimitHeaders, Limits, Pause, Url},
    reading::Reading,
    records::GrantKey,
    source::{Cursor, Outcome, PageRead, Removal, Reread, Source},
};
use domain::{AccountStatus, Env, SourceKind, Timestamp};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// Ids of groups begin so, and with them the entitlements that memberships are.
pub(crate) const MEMBERSHIP: &str = "00g";
/// What a path calls a group that Okta did not name.
pub(crate) const UNTOLD: &str = "unknown";
/// The scopes of the service app that reads.
pub const READ_SCOPES: [&str; 5] = ["okta.users.read", "okta.groups.read", "okta.apps.read", "okta.roles.read", "okta.logs.read"];
/// The scopes that reading campaigns of Identity Governance needs beside those.
pub const GOVERNANCE_READ_SCOPE: &str = "okta.governance.accessCertifications.read";
/// The scope that handing items over as an administrator needs.
pub const GOVERNANCE_MANAGE_SCOPE: &str = "okta.governance.accessCertifications.manage";
/// The scopes of the service app that removes; it may also read, to look before and after.
pub const REMOVE_SCOPES: [&str; 6] =
    ["okta.users.read", "okta.groups.manage", "okta.apps.manage", "okta.roles.manage", "okta.logs.read", "okta.roles.read"];
/// The scopes that a reviewer's link asks for.
pub const REVIEWER_SCOPES: [&str; 3] = ["openid", "okta.governance.reviewer.read", "okta.governance.reviewer.manage"];

/// What the app that removes asks for, all in one token.
fn remove_scopes(governance: bool) -> Vec<&'static str> {
    let manage = governance.then_some(GOVERNANCE_MANAGE_SCOPE);
    REMOVE_SCOPES.into_iter().chain(manage).collect()
}

/// Which attributes of Okta's profiles say what HR knows. An attribute that a profile lacks is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attributes {
    /// The manager: an Okta id, a login, an e-mail address or an employee number; `managerId` by default.
    pub manager: String,
    /// First day of work; `hireDate` by default.
    pub start: String,
    /// Last day of work; only this says that somebody left; `terminationDate` by default.
    pub end: String,
    /// Day of the last change of job; `jobChangeDate` by default.
    pub changed_job: String,
    /// True during a leave of absence; `onLeave` by default.
    pub on_leave: String,
    /// What sort of account it is; `userType` by default.
    pub sort: String,
    /// Values of that attribute which are not an employee's; `Service`, `Shared` and `Guest` by default.
    pub sorts: BTreeMap<String, AccountStatus>,
    /// The type of employment, for figures of fairness only; `userType` by default. Empty reads none.
    pub employment: String,
    /// The place of work, for figures of fairness only; `city` by default. Empty reads none.
    pub site: String,
    /// True of somebody who works part time and false of somebody who does not, for figures of fairness only; `partTime` by
    /// default. Empty reads none.
    pub part_time: String,
}

impl Default for Attributes {
    fn default() -> Self {
        let sorts = [("Service", AccountStatus::Service), ("Shared", AccountStatus::Shared), ("Guest", AccountStatus::Guest)];
        Self {
            manager: "managerId".to_owned(),
            start: "hireDate".to_owned(),
            end: "terminationDate".to_owned(),
            changed_job: "jobChangeDate".to_owned(),
            on_leave: "onLeave".to_owned(),
            sort: "userType".to_owned(),
            employment: "userType".to_owned(),
            site: "city".to_owned(),
            part_time: "partTime".to_owned(),
            sorts: sorts.into_iter().map(|(word, status)| (word.to_owned(), status)).collect(),
        }
    }
}

/// What an Okta source is made of.
#[derive(Debug, Clone)]
pub struct OktaConfig {
    /// The org's own address, `https://ORG.okta.com`, without `-admin`.
    pub base: Url,
    /// Clock and chance.
    pub env: Env,
    /// How calls wait.
    pub pause: Arc<dyn Pause>,
    /// Bounds of calls.
    pub limits: Limits,
    /// Who reads.
    pub reader: ServiceApp,
    /// Whether the reader also reads campaigns of Identity Governance: it asks for that scope only then.
    pub governance: bool,
    /// Who removes; `None` where nothing may be removed from here.
    pub remover: Option<ServiceApp>,
    /// Which attributes say what HR knows.
    pub attributes: Attributes,
    /// Whether the owners of groups are read: one more call for each group.
    pub owners: bool,
}

/// An Okta org that answers the contract of every source.
#[derive(Debug)]
pub struct OktaSource {
    client: Arc<Client>,
    reader: ServiceAuthority,
    remover: Option<ServiceAuthority>,
    attributes: Attributes,
    governance: bool,
    owners: bool,
    /// Which lists the pages of this reading go through; rebuilt where a reading goes on in another process.
    plan: tokio::sync::Mutex<Option<pull::Plan>>,
}

impl OktaSource {
    /// A source. Nothing is called yet.
    ///
    /// # Errors
    /// [`Error::Http`] where the address will not do.
    pub fn new(config: OktaConfig) -> Result<Self, Error> {
        let client = Arc::new(Client::new(ClientConfig {
            base: config.base,
            env: config.env,
            pause: config.pause,
            limits: config.limits,
            limit_headers: Some(LimitHeaders::OKTA),
        })?);
        let mut scopes = READ_SCOPES.to_vec();
        if config.governance {
            scopes.push(GOVERNANCE_READ_SCOPE);
        }
        let reader = ServiceAuthority::new(client.clone(), config.reader, &scopes);
        let remover = config.remover.map(|app| ServiceAuthority::new(client.clone(), app, &remove_scopes(config.governance)));
        Ok(Self {
            client,
            reader,
            remover,
            attributes: config.attributes,
            governance: config.governance,
            owners: config.owners,
            plan: tokio::sync::Mutex::new(None),
        })
    }

    /// The HTTP client, for its counts.
    pub fn client(&self) -> &Client {
        &self.client
    }

    fn url(&self, path: &str, query: &[(&str, &str)]) -> Result<Url, HttpError> {
        let wrong = |error: url::ParseError| HttpError::Client(error.to_string());
        let mut url = self.client.base().join(path).map_err(wrong)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }
}

impl Source for OktaSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Okta
    }

    async fn read_page(&self, cursor: Option<&Cursor>) -> Result<PageRead, Error> {
        self.pull(cursor).await
    }

    fn assemble(&self, taken_at: Timestamp, pages: Vec<PageRead>, limit: usize) -> Result<Reading, Error> {
        build::assemble(&self.attributes, taken_at, pages, limit)
    }

    async fn carry_out(&self, _batch_id: &str, removals: &[Removal]) -> Result<Vec<Outcome>, Error> {
        self.remove(removals).await
    }

    async fn reread(&self, grants: &[GrantKey]) -> Result<Reread, Error> {
        self.look_again(grants).await
    }
}
