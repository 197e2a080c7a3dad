//! How the demo's installation reaches its simulated tenants: as any installation reaches real ones.

use connect::okta::Attributes;
use review::sources::{Credential, EntraApp, EntraConfig, EntraProof, OktaApp, OktaConfig, Place, WebClient};
use secrecy::SecretString;
use std::collections::BTreeMap;
use tenant::folder::{Folder, ServiceKey, WebSecret};

/// The Okta org at this address.
pub fn okta(folder: &Folder, base: &str) -> Place {
    let known = &folder.credentials().okta;
    let app = |key: &ServiceKey| OktaApp { client_id: key.client_id.clone(), key_id: key.key_id.clone() };
    let secret = |key: &ServiceKey| SecretString::from(key.private_key.clone());
    Place::Okta {
        config: OktaConfig {
            org: base.to_owned(),
            reader: app(&known.reader),
            remover: Some(app(&known.remover)),
            web: Some(web(&known.reviewers)),
            governance: true,
            owners: true,
            attributes: Attributes::default(),
        },
        credentials: BTreeMap::from([
            (Credential::Reader, secret(&known.reader)),
            (Credential::Remover, secret(&known.remover)),
            (Credential::Web, SecretString::from(known.reviewers.client_secret.clone())),
        ]),
    }
}

/// The Entra tenant at this address.
pub fn entra(folder: &Folder, base: &str) -> Place {
    let known = &folder.credentials().entra;
    let app = |client_id: &str| EntraApp { client_id: client_id.to_owned(), proof: EntraProof::Secret };
    Place::Entra {
        config: EntraConfig {
            tenant: known.tenant_id.clone(),
            graph: base.to_owned(),
            login: base.to_owned(),
            reader: app(&known.reader.client_id),
            remover: Some(app(&known.remover.client_id)),
            web: Some(web(&known.reviewers)),
            leave_dates: true,
            risks: true,
            directory_roles: true,
            sign_in_days: 30,
        },
        credentials: BTreeMap::from([
            (Credential::Reader, SecretString::from(known.reader.client_secret.clone())),
            (Credential::Remover, SecretString::from(known.remover.client_secret.clone())),
            (Credential::Web, SecretString::from(known.reviewers.client_secret.clone())),
        ]),
    }
}

/// The web application that reviewers link their accounts by. A link ends with its token.
fn web(known: &WebSecret) -> WebClient {
    WebClient { client_id: known.client_id.clone(), offline: false }
}
