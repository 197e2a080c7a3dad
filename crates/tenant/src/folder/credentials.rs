//! What somebody needs to connect to the simulated tenants of a folder: made by chance at the first start, kept in one
//! file that only its owner can read, read again at every start. Whoever runs the tenants may change it in between.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use p256::ecdsa::SigningKey;
use p256::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::FolderError;
use crate::entra::Registration;
use crate::files;
use crate::idp::{Client, Clock, Random};
use crate::okta;

/// The form of the file.
const SCHEMA: &str = "countersign/tenant-credentials/1";

/// Okta's scopes of the app that reads, and what Okta calls the roles that it needs beside them.
const OKTA_READS: &[&str] = &[
    "okta.users.read",
    "okta.groups.read",
    "okta.apps.read",
    "okta.roles.read",
    "okta.logs.read",
    "okta.governance.accessCertifications.read",
];
const OKTA_READER: &[&str] = &["READ_ONLY_ADMIN", "ACCESS_CERTIFICATIONS_ADMIN"];
/// The same of the app that removes.
const OKTA_REMOVES: &[&str] = &[
    "okta.users.read",
    "okta.groups.manage",
    "okta.apps.manage",
    "okta.roles.manage",
    "okta.roles.read",
    "okta.logs.read",
    "okta.governance.accessCertifications.manage",
];
const OKTA_REMOVER: &[&str] = &["SUPER_ADMIN", "ACCESS_CERTIFICATIONS_ADMIN"];
/// What reviewers allow.
const OKTA_REVIEWS: &[&str] = &["okta.governance.reviewer.read", "okta.governance.reviewer.manage"];

/// Entra's application permissions of the app that reads.
const ENTRA_READS: &[&str] = &[
    "User.Read.All",
    "GroupMember.Read.All",
    "Application.Read.All",
    "RoleManagement.Read.Directory",
    "AuditLog.Read.All",
    "AccessReview.Read.All",
    "User-LifeCycleInfo.Read.All",
    "IdentityRiskyUser.Read.All",
];
/// The same of the app that removes.
const ENTRA_REMOVES: &[&str] =
    &["GroupMember.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "RoleManagement.ReadWrite.Directory", "AccessReview.ReadWrite.All"];
/// What reviewers allow.
const ENTRA_REVIEWS: &[&str] = &["AccessReview.ReadWrite.All"];

/// Everything that is needed to connect. It is secret, and is not shown by [`fmt::Debug`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    schema: String,
    /// The Okta org's.
    pub okta: OktaCredentials,
    /// The Entra tenant's.
    pub entra: EntraCredentials,
    /// The sign-in provider's.
    pub idp: IdpCredentials,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

/// The apps of the Okta org.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OktaCredentials {
    /// The service app that reads.
    pub reader: ServiceKey,
    /// The service app that removes.
    pub remover: ServiceKey,
    /// The web app through which reviewers link their account.
    pub reviewers: WebSecret,
}

/// A service app of Okta and its key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceKey {
    /// The client id.
    pub client_id: String,
    /// The key's id.
    pub key_id: String,
    /// The private key: EC P-256, PKCS #8, PEM.
    pub private_key: String,
}

/// The applications of the Entra tenant.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntraCredentials {
    /// The tenant's id, a GUID.
    pub tenant_id: String,
    /// The application that reads.
    pub reader: AppSecret,
    /// The application that removes.
    pub remover: AppSecret,
    /// The application through which reviewers link their account.
    pub reviewers: WebSecret,
}

/// An application of Entra and its secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppSecret {
    /// The client id, a GUID.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
}

/// A web application, its secret, and where it may be answered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebSecret {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
    /// Compared byte for byte.
    pub redirect_uris: Vec<String>,
}

/// The product as the sign-in provider knows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdpCredentials {
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: String,
    /// Compared byte for byte.
    pub redirect_uris: Vec<String>,
    /// Compared byte for byte.
    pub post_logout_redirect_uris: Vec<String>,
}

fn owned(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

fn secret(random: &dyn Random) -> String {
    let mut bytes = [0_u8; 32];
    random.fill(&mut bytes);
    hex::encode(bytes)
}

impl ServiceKey {
    fn new(random: &dyn Random) -> Result<Self, FolderError> {
        let key = loop {
            let mut bytes = [0_u8; 32];
            random.fill(&mut bytes);
            // One in 2^32 draws is no valid scalar of the curve (FIPS 186-5, A.2.2): draw again.
            if let Ok(key) = SigningKey::from_slice(&bytes) {
                break key;
            }
        };
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|why| FolderError::Key(why.to_string()))?;
        Ok(Self { client_id: okta::client_id(&secret(random)), key_id: secret(random), private_key: pem.to_string() })
    }

    /// The app as the org knows it: by the public half of its key.
    fn app(&self, scopes: &[&str], roles: &[&str]) -> Result<okta::ServiceApp, FolderError> {
        let key = SigningKey::from_pkcs8_pem(&self.private_key).map_err(|why| FolderError::Key(why.to_string()))?;
        let point = key.verifying_key().to_sec1_point(false);
        // 0x04, then 32 bytes of x and 32 of y (SEC 1, 2.3.3).
        let part = |range| BASE64.encode(point.as_bytes().get(range).unwrap_or_default());
        let public: Value = json!({ "kty": "EC", "crv": "P-256", "kid": self.key_id, "x": part(1..33), "y": part(33..65) });
        let (scopes, roles) = (owned(scopes), owned(roles));
        Ok(okta::ServiceApp { client_id: self.client_id.clone(), keys: vec![public], scopes, roles, dpop: false })
    }
}

impl AppSecret {
    fn new(random: &dyn Random) -> Self {
        Self { client_id: crate::entra::new_guid(random), client_secret: secret(random) }
    }

    fn registration(&self, application: &[&str]) -> Registration {
        let secret = Some(self.client_secret.clone());
        Registration { client_id: self.client_id.clone(), secret, application: owned(application), ..Registration::default() }
    }
}

impl Credentials {
    /// The file's, or new ones that are written there.
    pub(super) fn open(path: &Path, tenant_id: &str, random: &dyn Random) -> Result<Self, FolderError> {
        let unusable = |why: String| FolderError::Unusable { path: path.to_owned(), why };
        match std::fs::read(path) {
            Ok(bytes) => {
                let known: Self = serde_json::from_slice(&bytes).map_err(|why| unusable(why.to_string()))?;
                return if known.schema == SCHEMA { Ok(known) } else { Err(unusable(format!("its schema is not {SCHEMA}"))) };
            }
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => {}
            Err(why) => return Err(files::FileError::io(path, "read")(why).into()),
        }
        // Where the program answers unless it is told otherwise.
        let product = |path: &str| format!("http://127.0.0.1:8080{path}");
        let redirect_uris = vec![product("/account/linked")];
        let reviewers = |client_id: String| WebSecret { client_id, client_secret: secret(random), redirect_uris: redirect_uris.clone() };
        let made = Self {
            schema: SCHEMA.to_owned(),
            okta: OktaCredentials {
                reader: ServiceKey::new(random)?,
                remover: ServiceKey::new(random)?,
                reviewers: reviewers(okta::client_id(&secret(random))),
            },
            entra: EntraCredentials {
                tenant_id: tenant_id.to_owned(),
                reader: AppSecret::new(random),
                remover: AppSecret::new(random),
                reviewers: reviewers(crate::entra::new_guid(random)),
            },
            idp: IdpCredentials {
                client_id: "countersign".to_owned(),
                client_secret: secret(random),
                redirect_uris: vec![product("/sign-in/callback")],
                post_logout_redirect_uris: ["/sign-in", "/sign-in?notice=signed-out", "/sign-in?notice=everywhere"].map(product).to_vec(),
            },
        };
        files::replace_private(path, &files::json_bytes(&made)?)?;
        Ok(made)
    }

    /// An org that knows these apps, otherwise as [`okta::Config::new`] makes it.
    pub(super) fn okta(&self, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<okta::Config, FolderError> {
        let mut config = okta::Config::new(clock, random);
        config.services = vec![self.okta.reader.app(OKTA_READS, OKTA_READER)?, self.okta.remover.app(OKTA_REMOVES, OKTA_REMOVER)?];
        let web = &self.okta.reviewers;
        config.web = vec![okta::WebApp {
            client_id: web.client_id.clone(),
            client_secret: web.client_secret.clone(),
            name: "Countersign".to_owned(),
            redirect_uris: web.redirect_uris.clone(),
            scopes: owned(OKTA_REVIEWS),
        }];
        Ok(config)
    }

    /// A tenant that knows these applications, otherwise as [`crate::entra::Config::new`] makes it.
    pub(super) fn entra(&self, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> crate::entra::Config {
        let mut config = crate::entra::Config::new(&self.entra.tenant_id, clock, random);
        let web = &self.entra.reviewers;
        config.registrations = vec![
            self.entra.reader.registration(ENTRA_READS),
            self.entra.remover.registration(ENTRA_REMOVES),
            Registration {
                client_id: web.client_id.clone(),
                secret: Some(web.client_secret.clone()),
                delegated: owned(ENTRA_REVIEWS),
                redirect_uris: web.redirect_uris.clone(),
                ..Registration::default()
            },
        ];
        config
    }

    /// The product, as the sign-in provider knows it.
    pub(super) fn client(&self) -> Client {
        Client {
            id: self.idp.client_id.clone(),
            secret: Some(self.idp.client_secret.clone()),
            redirect_uris: self.idp.redirect_uris.clone(),
            post_logout_redirect_uris: self.idp.post_logout_redirect_uris.clone(),
        }
    }
}
