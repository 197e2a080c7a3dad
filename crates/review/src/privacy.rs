//! What readers are shown of people whose data is restricted (rule 44).
//!
//! A restricted person's name, and what was written about them, is shown to two
//! roles whose work is the evidence that retention keeps it for: the compliance
//! officer, who answers the request and can lift the restriction, and the
//! auditor. The name alone is also shown to the reviewer whose item it is,
//! because access that goes on existing cannot be judged without knowing whose
//! it is. Everybody else sees that a name is restricted.

use crate::{Actor, Result, erase};
use domain::{Action, IdentityId, Object};
use std::collections::BTreeSet;
use store::Tx;
use uuid::Uuid;

/// What stands in the place of a name.
pub const NAME: &str = "Name restricted";

/// Whom a reader is not shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Veil(BTreeSet<Uuid>);

impl Veil {
    /// The veil for a reader.
    pub async fn before(tx: &mut Tx, actor: &Actor) -> Result<Self> {
        if actor.may(Action::View, Object::History, false) { Ok(Self::default()) } else { Self::for_most(tx).await }
    }

    /// The veil for those who are not among the roles that must see.
    pub async fn for_most(tx: &mut Tx) -> Result<Self> {
        Ok(Self(erase::restricted(tx).await?))
    }

    /// Whether this person, account, user or source is not shown.
    pub fn hides(&self, subject: Uuid) -> bool {
        self.0.contains(&subject)
    }

    /// The name of a person, or what stands in its place.
    pub fn name(&self, identity: IdentityId, name: String) -> String {
        if self.hides(identity.0) { NAME.to_owned() } else { name }
    }
}
