//! What every use case works with, and who asks for it.

use crate::connectors::Connectors;
use domain::{Action, Env, IdentityId, Object, Role, UserId, rights};
use ledger::{PseudonymKey, SigningKey};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, path::PathBuf, sync::Arc};
use store::Store;

/// The installation's keys that the use cases need. Sealing keys belong to the store.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Turns people into pseudonyms in ledger entries.
    pub pseudonyms: PseudonymKey,
    /// Signs checkpoints and packs.
    pub signing: SigningKey,
}

/// What every use case works with. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Context {
    /// The database.
    pub store: Store,
    /// The clock and the random source.
    pub env: Env,
    /// The installation's name in the ledger, for example `reviews.example.com`.
    pub origin: Arc<str>,
    /// The installation's keys.
    pub keys: Arc<Keys>,
    /// The folder for packs and tickets.
    pub folder: Arc<PathBuf>,
    /// Opens sources.
    pub connectors: Arc<Connectors>,
}

/// How a person signed in, as the identity provider says. Stored with each decision (rule 9).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// Authentication context class reference.
    pub acr: Option<String>,
    /// Authentication methods.
    pub amr: Vec<String>,
    /// When the person proved who they are, in microseconds UTC.
    pub auth_time: Option<i64>,
}

/// A person who is signed in.
#[derive(Debug, Clone)]
pub struct Actor {
    /// The person, as they sign in.
    pub user: UserId,
    /// The person, as the sources know them; `None` where no source does.
    pub identity: Option<IdentityId>,
    /// What the identity provider's groups or app roles make them.
    pub roles: BTreeSet<Role>,
    /// Their name, for pages.
    pub name: String,
    /// How they signed in.
    pub sign_in: SignIn,
}

impl Actor {
    /// Whether this person may do `action` to an object that is (`own`) or is not their own.
    ///
    /// Where not, the object does not exist for them: answer [`crate::Error::NotFound`].
    pub fn may(&self, action: Action, object: Object, own: bool) -> bool {
        rights::allows(&self.roles, action, object, own)
    }

    /// Errors with "not found" unless this person may do `action` to an object that is (`own`) or is not their own.
    pub fn require(&self, action: Action, object: Object, own: bool) -> crate::Result<()> {
        if self.may(action, object, own) { Ok(()) } else { Err(crate::Error::NotFound) }
    }
}
