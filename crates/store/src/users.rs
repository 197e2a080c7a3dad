//! People who sign in.

use crate::{
    Result, Tx,
    macros::{exec, fetch_all, fetch_one, fetch_optional},
};
use domain::{IdentityId, Role, Timestamp, UserId};
use std::collections::BTreeSet;
use uuid::Uuid;

/// In which time zone a person reads, by IANA names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReaderZone {
    /// What they chose.
    pub chosen: Option<String>,
    /// What their identity provider told at the last sign-in.
    pub told: Option<String>,
}

impl ReaderZone {
    /// The one that holds; `None` where neither is known.
    pub fn holds(&self) -> Option<&str> {
        self.chosen.as_deref().or(self.told.as_deref())
    }
}

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The person, as they sign in.
    pub id: UserId,
    /// The identity provider's issuer address.
    pub issuer: String,
    /// The provider's name for the person; never shown.
    pub subject: String,
    /// What they are called.
    pub name: String,
    /// Their e-mail address, where the provider gives one.
    pub email: Option<String>,
    /// The person in the sources, where the e-mail address leads to one and only one.
    pub identity: Option<IdentityId>,
    /// Their roles at the last sign-in. Role names that are not known any more count for nothing.
    pub roles: BTreeSet<Role>,
    /// In which time zone they read.
    pub zone: ReaderZone,
    /// The first sign-in.
    pub first_seen: Timestamp,
    /// The last sign-in.
    pub last_seen: Timestamp,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    issuer: String,
    subject: String,
    name: String,
    email: Option<String>,
    identity_id: Option<Uuid>,
    roles: String,
    zone_chosen: Option<String>,
    zone_told: Option<String>,
    first_seen: i64,
    last_seen: i64,
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            id: UserId(row.id),
            issuer: row.issuer,
            subject: row.subject,
            name: row.name,
            email: row.email,
            identity: row.identity_id.map(IdentityId),
            roles: row.roles.split_whitespace().filter_map(|word| word.parse().ok()).collect(),
            zone: ReaderZone { chosen: row.zone_chosen, told: row.zone_told },
            first_seen: Timestamp(row.first_seen),
            last_seen: Timestamp(row.last_seen),
        }
    }
}

/// Roles as the column holds them: names in order, separated by spaces.
fn words(roles: &BTreeSet<Role>) -> String {
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(" ")
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, issuer, subject, name, email, identity_id, roles, zone_chosen, zone_told, first_seen, last_seen FROM users ",
            $rest
        )
    };
}

impl Tx {
    /// Adds the person, or brings what is known up to date where issuer and subject are known already.
    ///
    /// Returns the id that holds: the given one for a new person, the earlier one otherwise. `first_seen` and the time zone that
    /// they chose are kept.
    pub async fn upsert_user(&mut self, user: &User) -> Result<UserId> {
        let (id,): (Uuid,) = fetch_one!(
            self,
            (Uuid,),
            "INSERT INTO users (id, issuer, subject, name, email, identity_id, roles, zone_told, first_seen, last_seen) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (issuer, subject) DO UPDATE SET name = excluded.name, \
             email = excluded.email, identity_id = excluded.identity_id, roles = excluded.roles, zone_told = excluded.zone_told, last_seen = excluded.last_seen RETURNING id",
            user.id.0,
            user.issuer.as_str(),
            user.subject.as_str(),
            user.name.as_str(),
            user.email.as_deref(),
            user.identity.map(|id| id.0),
            words(&user.roles),
            user.zone.told.as_deref(),
            user.first_seen.0,
            user.last_seen.0,
        )?;
        Ok(UserId(id))
    }

    /// The person of that id.
    pub async fn user(&mut self, id: UserId) -> Result<Option<User>> {
        Ok(fetch_optional!(self, Row, select!("WHERE id = $1"), id.0)?.map(User::from))
    }

    /// The sign-ins of a person in the sources; more than one where several providers know them.
    pub async fn users_of(&mut self, identity: IdentityId) -> Result<Vec<User>> {
        let rows = fetch_all!(self, Row, select!("WHERE identity_id = $1 ORDER BY id LIMIT 100"), identity.0)?;
        Ok(rows.into_iter().map(User::from).collect())
    }

    /// A page of people in the order of their ids, after `after`.
    pub async fn users(&mut self, after: Option<UserId>, limit: i64) -> Result<Vec<User>> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        let rows = fetch_all!(self, Row, select!("WHERE id > $1 ORDER BY id LIMIT $2"), after, limit)?;
        Ok(rows.into_iter().map(User::from).collect())
    }

    /// Keeps the time zone that a person chose to read in; `None` takes the choice back.
    pub async fn set_user_zone(&mut self, id: UserId, zone: Option<&str>) -> Result<()> {
        exec!(self, "UPDATE users SET zone_chosen = $1 WHERE id = $2", zone, id.0)?;
        Ok(())
    }

    /// Says who in the sources a person is, for those who signed in before the sources knew them.
    pub async fn set_user_identity(&mut self, id: UserId, identity: Option<IdentityId>) -> Result<()> {
        exec!(self, "UPDATE users SET identity_id = $1 WHERE id = $2", identity.map(|id| id.0), id.0)?;
        Ok(())
    }
}
