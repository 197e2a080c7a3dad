//! Finding the person who is named in a form.

use super::word;
use crate::{
    Result, Tx,
    access::search_key,
    macros::{fetch_all, fetch_optional},
};
use domain::{AccountStatus, IdentityId, Role, SourceId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// An account, as the newest reading shows it, of somebody who might be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The person.
    pub identity: IdentityId,
    /// Their name, or the source's id where there is none.
    pub name: String,
    /// What the source says of the account.
    pub status: Option<AccountStatus>,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    account_id: Uuid,
    identity_id: Uuid,
    external_id: String,
    name: Option<String>,
    status: Option<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT v.account_id, a.identity_id, a.external_id, v.name, v.status FROM account_versions v JOIN accounts a ON a.id = v.account_id ",
            "WHERE v.valid_until IS NULL AND ",
            $rest
        )
    };
}

fn candidates(rows: Vec<Row>) -> Result<Vec<Candidate>> {
    rows.into_iter()
        .map(|row| {
            Ok(Candidate {
                identity: row.identity_id.into(),
                name: row.name.unwrap_or(row.external_id),
                status: row.status.map(|s| word("account_versions", "status", row.account_id, &s)).transpose()?,
            })
        })
        .collect()
}

impl Tx {
    /// Accounts that the sources list now under this e-mail address.
    pub async fn candidates_by_email(&mut self, email: &str) -> Result<Vec<Candidate>> {
        candidates(fetch_all!(self, Row, select!("v.email_key = $1 ORDER BY v.account_id LIMIT 20"), search_key(email))?)
    }

    /// The account that a source lists now under this id.
    pub async fn candidates_by_external_id(&mut self, source: SourceId, external_id: &str) -> Result<Vec<Candidate>> {
        candidates(fetch_all!(self, Row, select!("a.source_id = $1 AND a.external_id = $2"), source.0, external_id)?)
    }

    /// The accounts that the sources list now for a person.
    pub async fn candidates_by_identity(&mut self, identity: IdentityId) -> Result<Vec<Candidate>> {
        candidates(fetch_all!(self, Row, select!("a.identity_id = $1 ORDER BY v.account_id LIMIT 20"), identity.0)?)
    }

    /// Who an account id that a source writes somewhere (`granted_by`, `owner_id`) belongs to; also accounts that are gone.
    pub async fn identity_of_external_id(&mut self, source: SourceId, external_id: &str) -> Result<Option<IdentityId>> {
        let found: Option<(Uuid,)> = fetch_optional!(
            self,
            (Uuid,),
            "SELECT identity_id FROM accounts WHERE source_id = $1 AND external_id = $2",
            source.0,
            external_id
        )?;
        Ok(found.map(|(id,)| id.into()))
    }

    /// The roles of a person at their last sign-in; `None` where they never signed in. Unknown role names count for nothing.
    pub async fn roles_of_identity(&mut self, identity: IdentityId) -> Result<Option<BTreeSet<Role>>> {
        let rows: Vec<(String,)> = fetch_all!(self, (String,), "SELECT roles FROM users WHERE identity_id = $1", identity.0)?;
        if rows.is_empty() {
            return Ok(None);
        }
        Ok(Some(rows.iter().flat_map(|(roles,)| roles.split(' ')).filter_map(|role| role.parse().ok()).collect()))
    }
}
