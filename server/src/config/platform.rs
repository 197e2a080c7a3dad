//! Platforms among the configured sources, with their credentials.

use super::{Secret, SourceConfig};
use crate::keys::{self, KeyError};
use connect::okta::Attributes;
use review::sources::{Credential, EntraApp, EntraConfig, EntraProof, OktaApp, OktaConfig, Place, WebClient};
use secrecy::SecretString;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A service app of an Okta org.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OktaService {
    /// The client id.
    pub client_id: String,
    /// The key id that Okta shows beside the public key.
    pub key_id: String,
    /// The private key, in PEM.
    pub key: Secret,
}

/// A web application that reviewers link their platform account by.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Web {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub secret: Secret,
    /// Whether a link may outlive its access token.
    #[serde(default)]
    pub offline: bool,
}

/// An Okta org.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Okta {
    /// The org's own address, without `-admin`.
    pub org: String,
    /// The app that reads.
    pub reader: OktaService,
    /// The app that removes; without it, nothing is removed from here.
    pub remover: Option<OktaService>,
    /// The app that reviewers link their accounts by.
    pub web: Option<Web>,
    /// Whether campaigns of Identity Governance are read.
    #[serde(default)]
    pub governance: bool,
    /// Whether owners of groups are read: one more call for each group.
    #[serde(default)]
    pub owners: bool,
    /// Which attributes of profiles say what HR knows.
    #[serde(default)]
    pub attributes: Attributes,
}

/// An application registered in an Entra tenant.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntraService {
    /// The application's (client) id.
    pub client_id: String,
    /// The client secret, or with `thumbprint` the certificate's private key in PEM.
    pub secret: Secret,
    /// SHA-256 of the certificate (DER), in base64url without padding; left out for a client secret.
    pub thumbprint: Option<String>,
}

/// A Microsoft Entra tenant.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entra {
    /// The tenant's id or domain.
    pub tenant: String,
    /// Microsoft Graph's address.
    #[serde(default = "graph")]
    pub graph: String,
    /// The sign-in service's address.
    #[serde(default = "login")]
    pub login: String,
    /// The application that reads.
    pub reader: EntraService,
    /// The application that removes; without it, nothing is removed from here.
    pub remover: Option<EntraService>,
    /// The application that reviewers link their accounts by.
    pub web: Option<Web>,
    /// Whether last days of employment are read.
    #[serde(default)]
    pub leave_dates: bool,
    /// Whether it is read which accounts are at risk.
    #[serde(default)]
    pub risks: bool,
    /// Whether directory roles are read.
    #[serde(default = "yes")]
    pub directory_roles: bool,
    /// How many days back sign-ins and the audit log are read.
    #[serde(default = "a_month")]
    pub sign_in_days: u32,
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

/// Credentials as they are brought, one by one.
#[derive(Default)]
struct Brought(BTreeMap<Credential, SecretString>);

impl Brought {
    fn bring(&mut self, source: &str, credential: Credential, secret: &Secret) -> Result<(), KeyError> {
        let name = format!("of {source} that {}", credential.what_it_does());
        self.0.insert(credential, keys::read(secret, &name)?);
        Ok(())
    }

    fn web(&mut self, source: &str, web: Option<&Web>) -> Result<Option<WebClient>, KeyError> {
        let Some(web) = web else { return Ok(None) };
        self.bring(source, Credential::Web, &web.secret)?;
        Ok(Some(WebClient { client_id: web.client_id.clone(), offline: web.offline }))
    }
}

impl SourceConfig {
    /// Where the source is, with every credential brought.
    ///
    /// # Errors
    /// [`KeyError`] names the credential that cannot be had.
    pub fn place(&self) -> Result<Place, KeyError> {
        let name = self.name.as_str();
        let mut brought = Brought::default();
        if let Some(okta) = &self.okta {
            let mut app = |app: &OktaService, credential| -> Result<OktaApp, KeyError> {
                brought.bring(name, credential, &app.key)?;
                Ok(OktaApp { client_id: app.client_id.clone(), key_id: app.key_id.clone() })
            };
            let reader = app(&okta.reader, Credential::Reader)?;
            let remover = okta.remover.as_ref().map(|one| app(one, Credential::Remover)).transpose()?;
            let web = brought.web(name, okta.web.as_ref())?;
            let config = OktaConfig {
                org: okta.org.clone(),
                reader,
                remover,
                web,
                governance: okta.governance,
                owners: okta.owners,
                attributes: okta.attributes.clone(),
            };
            return Ok(Place::Okta { config, credentials: brought.0 });
        }
        if let Some(entra) = &self.entra {
            let mut app = |app: &EntraService, credential| -> Result<EntraApp, KeyError> {
                brought.bring(name, credential, &app.secret)?;
                let proof = match &app.thumbprint {
                    Some(thumbprint) => EntraProof::Certificate { thumbprint: thumbprint.clone() },
                    None => EntraProof::Secret,
                };
                Ok(EntraApp { client_id: app.client_id.clone(), proof })
            };
            let reader = app(&entra.reader, Credential::Reader)?;
            let remover = entra.remover.as_ref().map(|one| app(one, Credential::Remover)).transpose()?;
            let web = brought.web(name, entra.web.as_ref())?;
            let config = EntraConfig {
                tenant: entra.tenant.clone(),
                graph: entra.graph.clone(),
                login: entra.login.clone(),
                reader,
                remover,
                web,
                leave_dates: entra.leave_dates,
                risks: entra.risks,
                directory_roles: entra.directory_roles,
                sign_in_days: entra.sign_in_days,
            };
            return Ok(Place::Entra { config, credentials: brought.0 });
        }
        Ok(Place::Files { folder: self.folder.clone().unwrap_or_default() })
    }
}
