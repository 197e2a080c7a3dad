//! How each kind of source is reached. Stored as JSON; secrets stand elsewhere, sealed.

use crate::{Error, FieldError, Result};
use connect::{
    http::{Url, may_be_spoken_to},
    okta::Attributes,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A credential of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Credential {
    /// Of the application that reads.
    Reader,
    /// Of the application that removes.
    Remover,
    /// Of the web application that reviewers link their accounts by.
    Web,
}

impl Credential {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Remover, Self::Web];

    /// Its name in the database and in forms.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Remover => "remover",
            Self::Web => "web",
        }
    }

    /// What it does, for sentences: "the credential that …".
    pub const fn what_it_does(self) -> &'static str {
        match self {
            Self::Reader => "reads",
            Self::Remover => "removes access",
            Self::Web => "lets reviewers link their accounts",
        }
    }
}

/// Where a source of files is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesConfig {
    /// The folder that holds the CSV files.
    pub folder: PathBuf,
}

/// A web application that reviewers link their platform account by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebClient {
    /// The client id.
    pub client_id: String,
    /// Whether a link may outlive its access token (rule 11: by policy only).
    #[serde(default)]
    pub offline: bool,
}

/// A service app of an Okta org. Its private key is a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OktaApp {
    /// The client id.
    pub client_id: String,
    /// The key id that Okta shows beside the public key.
    pub key_id: String,
}

/// How an Okta org is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OktaConfig {
    /// The org's own address, `https://ORG.okta.com`, without `-admin`.
    pub org: String,
    /// The app that reads.
    pub reader: OktaApp,
    /// The app that removes; none where nothing may be removed from here.
    #[serde(default)]
    pub remover: Option<OktaApp>,
    /// The app that reviewers link their accounts by.
    #[serde(default)]
    pub web: Option<WebClient>,
    /// Whether campaigns of Identity Governance are read; it takes a scope of its own.
    #[serde(default)]
    pub governance: bool,
    /// Whether owners of groups are read: one more call for each group.
    #[serde(default)]
    pub owners: bool,
    /// Which attributes of profiles say what HR knows.
    #[serde(default)]
    pub attributes: Attributes,
}

/// How an application proves to Entra who it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EntraProof {
    /// A client secret.
    Secret,
    /// The private key of a certificate that is registered with it.
    Certificate {
        /// SHA-256 of the certificate (DER), in base64url without padding.
        thumbprint: String,
    },
}

/// An application registered in an Entra tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntraApp {
    /// The application's (client) id.
    pub client_id: String,
    /// How it proves who it is.
    #[serde(default = "secret")]
    pub proof: EntraProof,
}

const fn secret() -> EntraProof {
    EntraProof::Secret
}

fn graph() -> String {
    "https://graph.microsoft.com".to_owned()
}

fn login() -> String {
    "https://login.microsoftonline.com".to_owned()
}

const fn yes() -> bool {
    true
}

const fn a_month() -> u32 {
    30
}

/// How an Entra tenant is reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntraConfig {
    /// The tenant's id or domain; never `common`.
    pub tenant: String,
    /// Microsoft Graph's address; another one in national clouds.
    #[serde(default = "graph")]
    pub graph: String,
    /// The sign-in service's address; another one in national clouds.
    #[serde(default = "login")]
    pub login: String,
    /// The application that reads.
    pub reader: EntraApp,
    /// The application that removes; none where nothing may be removed from here.
    #[serde(default)]
    pub remover: Option<EntraApp>,
    /// The application that reviewers link their accounts by.
    #[serde(default)]
    pub web: Option<WebClient>,
    /// Whether last days of employment are read, which takes a permission of its own.
    #[serde(default)]
    pub leave_dates: bool,
    /// Whether it is read which accounts are at risk, which takes a permission of its own and a P2 licence.
    #[serde(default)]
    pub risks: bool,
    /// Whether directory roles are read.
    #[serde(default = "yes")]
    pub directory_roles: bool,
    /// How many days back sign-ins and the audit log are read; 30 is what a premium tenant keeps.
    #[serde(default = "a_month")]
    pub sign_in_days: u32,
}

/// Collects what is wrong with a form's fields.
#[derive(Default)]
struct Wrong(Vec<FieldError>);

impl Wrong {
    fn unless(&mut self, good: bool, field: &str, message: &str) {
        if !good {
            self.0.push(FieldError { field: field.to_owned(), message: message.to_owned() });
        }
    }

    fn address(&mut self, field: &str, text: &str) {
        let good = Url::parse(text).is_ok_and(|url| may_be_spoken_to(&url) && url.path() == "/" && url.query().is_none());
        self.unless(good, field, "An address begins with https:// and has no path, for example https://acme.okta.com.");
    }

    fn end(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}

const CLIENT: &str = "Give the client id that the platform shows for the application.";

impl OktaConfig {
    /// The credentials that it takes.
    pub fn credentials(&self) -> Vec<Credential> {
        let optional = [self.remover.as_ref().map(|_| Credential::Remover), self.web.as_ref().map(|_| Credential::Web)];
        std::iter::once(Credential::Reader).chain(optional.into_iter().flatten()).collect()
    }

    /// Looks whether every field can be used.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the fields that cannot.
    pub fn check(&self) -> Result<()> {
        let mut wrong = Wrong::default();
        wrong.address("org", &self.org);
        wrong.unless(
            !self.org.contains("-admin.okta"),
            "org",
            "Give the address of the org itself, not of its admin console: without -admin.",
        );
        wrong.unless(!self.reader.client_id.trim().is_empty(), "reader_client_id", CLIENT);
        wrong.unless(
            !self.reader.key_id.trim().is_empty(),
            "reader_key_id",
            "Give the key id (kid) that Okta shows beside the public key.",
        );
        if let Some(remover) = &self.remover {
            wrong.unless(!remover.client_id.trim().is_empty(), "remover_client_id", CLIENT);
            wrong.unless(
                !remover.key_id.trim().is_empty(),
                "remover_key_id",
                "Give the key id (kid) that Okta shows beside the public key.",
            );
            wrong.unless(
                remover.client_id != self.reader.client_id,
                "remover_client_id",
                "Reading and removing must be two apps, so that whoever reads can never remove.",
            );
        }
        wrong.end()
    }
}

impl EntraConfig {
    /// The credentials that it takes.
    pub fn credentials(&self) -> Vec<Credential> {
        let optional = [self.remover.as_ref().map(|_| Credential::Remover), self.web.as_ref().map(|_| Credential::Web)];
        std::iter::once(Credential::Reader).chain(optional.into_iter().flatten()).collect()
    }

    /// Looks whether every field can be used.
    ///
    /// # Errors
    /// [`Error::Invalid`] names the fields that cannot.
    pub fn check(&self) -> Result<()> {
        let mut wrong = Wrong::default();
        let tenant = &self.tenant;
        let named = !tenant.is_empty()
            && tenant.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.')
            && !["common", "organizations", "consumers"].contains(&tenant.to_ascii_lowercase().as_str());
        wrong.unless(named, "tenant", "Give the tenant's id or its domain, for example acme.onmicrosoft.com; never common.");
        wrong.address("graph", &self.graph);
        wrong.address("login", &self.login);
        wrong.unless(!self.reader.client_id.trim().is_empty(), "reader_client_id", CLIENT);
        if let Some(remover) = &self.remover {
            wrong.unless(!remover.client_id.trim().is_empty(), "remover_client_id", CLIENT);
            wrong.unless(
                remover.client_id != self.reader.client_id,
                "remover_client_id",
                "Reading and removing must be two applications, so that whoever reads can never remove.",
            );
        }
        wrong.unless((1..=180).contains(&self.sign_in_days), "sign_in_days", "Sign-ins are read for 1 to 180 days back.");
        wrong.end()
    }
}
