//! Sessions of tower-sessions, kept where everything else is kept.
//!
//! The database holds the hash of a session's id and sealed contents. How long a
//! session lasts is decided here, by the program's own clock: until nobody used it
//! for a while, and never beyond a set time after signing in.

use crate::config::Sessions;
use async_trait::async_trait;
use domain::{
    Timestamp, UserId,
    time::{HOUR, MINUTE},
};
use review::{Context, SignIn};
use serde::{Deserialize, Serialize};
use store::{Sealer, Session as Row, SessionHash};
use time::OffsetDateTime;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

/// How long signing in may take.
const SIGNING_IN: i64 = 10 * MINUTE;
/// How often the use of a session is written down.
const TOUCH_EVERY: i64 = MINUTE;
/// The record's field for who is signed in.
pub const WHO: &str = "who";

/// Who is signed in, as the session holds it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Who {
    /// The person.
    pub user: UserId,
    /// When they signed in, in microseconds UTC.
    pub since: i64,
    /// How they signed in.
    pub sign_in: SignIn,
    /// The provider's issuer address.
    pub issuer: String,
    /// The provider's token, which signing out there asks for.
    pub id_token: String,
}

/// The store of sessions.
#[derive(Debug, Clone)]
pub struct Kept {
    ctx: Context,
    sealer: Sealer,
    limits: Sessions,
}

impl Kept {
    /// A store with these limits.
    pub const fn new(ctx: Context, sealer: Sealer, limits: Sessions) -> Self {
        Self { ctx, sealer, limits }
    }

    /// The hash under which the database knows a session.
    pub fn hash(id: Id) -> SessionHash {
        SessionHash::of(&id.0.to_be_bytes())
    }

    /// When a session ends that is used now.
    fn ends(&self, who: Option<&Who>, now: Timestamp) -> Timestamp {
        match who {
            None => now.plus(SIGNING_IN),
            Some(who) => {
                let idle = now.plus(i64::from(self.limits.idle_minutes) * MINUTE);
                idle.min(Timestamp(who.since).plus(i64::from(self.limits.absolute_hours) * HOUR))
            }
        }
    }

    /// Notes that a session is used. Returns false where it is over.
    pub async fn used(&self, hash: SessionHash, who: &Who) -> store::Result<bool> {
        let now = self.ctx.env.now();
        let mut tx = self.ctx.store.read().await?;
        let Some(row) = tx.session(&self.sealer, hash, now).await? else {
            return Ok(false);
        };
        tx.rollback().await?;
        if now.since(row.last_seen) < TOUCH_EVERY {
            return Ok(true);
        }
        let mut tx = self.ctx.store.begin().await?;
        let there = tx.touch_session(hash, now, self.ends(Some(who), now)).await?;
        tx.commit().await?;
        Ok(there)
    }

    /// Whether a session is not over. It does not count as use.
    pub async fn lasts(&self, hash: SessionHash) -> store::Result<bool> {
        let mut tx = self.ctx.store.read().await?;
        Ok(tx.session(&self.sealer, hash, self.ctx.env.now()).await?.is_some())
    }

    fn row(&self, record: &Record) -> Result<Row> {
        let now = self.ctx.env.now();
        let who: Option<Who> = record.data.get(WHO).cloned().and_then(|value| serde_json::from_value(value).ok());
        Ok(Row {
            hash: Self::hash(record.id),
            user: who.as_ref().map(|who| who.user),
            data: serde_json::to_vec(&record.data).map_err(|why| Error::Encode(why.to_string()))?,
            created_at: now,
            last_seen: now,
            expires_at: self.ends(who.as_ref(), now),
        })
    }

    async fn create_once(&self, record: &Record) -> Result<bool> {
        let row = self.row(record)?;
        let mut tx = self.ctx.store.begin().await.map_err(backend)?;
        let added = tx.insert_session(&self.sealer, self.ctx.env.bytes(), &row).await.map_err(backend)?;
        tx.commit().await.map_err(backend)?;
        Ok(added)
    }
}

fn backend(error: store::Error) -> Error {
    Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for Kept {
    async fn create(&self, record: &mut Record) -> Result<()> {
        while !self.create_once(record).await? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let row = self.row(record)?;
        let mut tx = self.ctx.store.begin().await.map_err(backend)?;
        // A session that was ended meanwhile stays ended.
        tx.update_session(&self.sealer, self.ctx.env.bytes(), &row).await.map_err(backend)?;
        tx.commit().await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let mut tx = self.ctx.store.read().await.map_err(backend)?;
        let row = match tx.session(&self.sealer, Self::hash(*id), self.ctx.env.now()).await {
            Ok(row) => row,
            // Sealed with a key that was taken away: whoever it was signs in again.
            Err(store::Error::Sealed { .. }) => None,
            Err(error) => return Err(backend(error)),
        };
        let Some(row) = row else { return Ok(None) };
        let data = serde_json::from_slice(&row.data).map_err(|why| Error::Decode(why.to_string()))?;
        let expiry_date =
            OffsetDateTime::from_unix_timestamp(row.expires_at.0 / 1_000_000).map_err(|why| Error::Decode(why.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        let mut tx = self.ctx.store.begin().await.map_err(backend)?;
        tx.delete_session(Self::hash(*id)).await.map_err(backend)?;
        tx.commit().await.map_err(backend)
    }
}
