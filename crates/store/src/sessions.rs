//! Signed-in sessions.
//!
//! The database never holds a session's id, only its SHA-256: who reads the
//! database cannot take over a session. What a session holds is sealed.

use crate::{
    Result, Tx,
    macros::{exec, fetch_all, fetch_optional},
    sealed::{NONCE, Sealer},
};
use domain::{Timestamp, UserId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// SHA-256 of a session's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionHash(pub [u8; 32]);

impl SessionHash {
    /// The hash of a session's id, as it stands in the cookie.
    pub fn of(id: &[u8]) -> Self {
        Self(Sha256::digest(id).into())
    }
}

/// A session with its contents opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The hash of its id.
    pub hash: SessionHash,
    /// Who is signed in; `None` while signing in.
    pub user: Option<UserId>,
    /// What it holds.
    pub data: Vec<u8>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen: Timestamp,
    /// From when on it does not exist any more.
    pub expires_at: Timestamp,
}

const TABLE: &str = "sessions";
const COLUMN: &str = "data";

impl Tx {
    /// Adds a session; returns false where one with this hash exists.
    pub async fn insert_session(&mut self, sealer: &Sealer, nonce: [u8; NONCE], session: &Session) -> Result<bool> {
        let data = sealer.seal(TABLE, COLUMN, &session.hash.0, nonce, &session.data)?;
        let added = exec!(
            self,
            "INSERT INTO sessions (hash, user_id, data, created_at, last_seen, expires_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (hash) DO NOTHING",
            session.hash.0.to_vec(),
            session.user.map(|id| id.0),
            data.clone(),
            session.created_at.0,
            session.last_seen.0,
            session.expires_at.0,
        )?;
        Ok(added == 1)
    }

    /// Writes what a session holds now. Returns false where the session is gone: it is not brought back.
    pub async fn update_session(&mut self, sealer: &Sealer, nonce: [u8; NONCE], session: &Session) -> Result<bool> {
        let data = sealer.seal(TABLE, COLUMN, &session.hash.0, nonce, &session.data)?;
        let changed = exec!(
            self,
            "UPDATE sessions SET user_id = $1, data = $2, last_seen = $3, expires_at = $4 WHERE hash = $5",
            session.user.map(|id| id.0),
            data.clone(),
            session.last_seen.0,
            session.expires_at.0,
            session.hash.0.to_vec(),
        )?;
        Ok(changed == 1)
    }

    /// The session, unless it is over.
    pub async fn session(&mut self, sealer: &Sealer, hash: SessionHash, now: Timestamp) -> Result<Option<Session>> {
        let row: Option<(Option<Uuid>, Vec<u8>, i64, i64, i64)> = fetch_optional!(
            self,
            (Option<Uuid>, Vec<u8>, i64, i64, i64),
            "SELECT user_id, data, created_at, last_seen, expires_at FROM sessions WHERE hash = $1 AND expires_at > $2",
            hash.0.to_vec(),
            now.0,
        )?;
        let Some((user, data, created_at, last_seen, expires_at)) = row else {
            return Ok(None);
        };
        let data = sealer.open(TABLE, COLUMN, &hash.0, &data)?;
        Ok(Some(Session {
            hash,
            user: user.map(UserId),
            data,
            created_at: Timestamp(created_at),
            last_seen: Timestamp(last_seen),
            expires_at: Timestamp(expires_at),
        }))
    }

    /// Notes that a session was used, and until when it now lasts. Returns false where it is gone.
    pub async fn touch_session(&mut self, hash: SessionHash, last_seen: Timestamp, expires_at: Timestamp) -> Result<bool> {
        let touched =
            exec!(self, "UPDATE sessions SET last_seen = $1, expires_at = $2 WHERE hash = $3", last_seen.0, expires_at.0, hash.0.to_vec())?;
        Ok(touched == 1)
    }

    /// Ends a session; returns whether there was one.
    pub async fn delete_session(&mut self, hash: SessionHash) -> Result<bool> {
        Ok(exec!(self, "DELETE FROM sessions WHERE hash = $1", hash.0.to_vec())? == 1)
    }

    /// Ends every session of a person but one (or every one); returns how many.
    pub async fn delete_sessions_of(&mut self, user: UserId, but: Option<SessionHash>) -> Result<u64> {
        let but = but.map_or(Vec::new(), |hash| hash.0.to_vec());
        exec!(self, "DELETE FROM sessions WHERE user_id = $1 AND hash <> $2", user.0, but.clone())
    }

    /// A person's sessions that are not over, newest use first: when each began, was last used, and ends.
    pub async fn sessions_of(&mut self, user: UserId, now: Timestamp) -> Result<Vec<(SessionHash, Timestamp, Timestamp, Timestamp)>> {
        let rows: Vec<(Vec<u8>, i64, i64, i64)> = fetch_all!(
            self,
            (Vec<u8>, i64, i64, i64),
            "SELECT hash, created_at, last_seen, expires_at FROM sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY last_seen DESC, hash LIMIT 100",
            user.0,
            now.0,
        )?;
        rows.into_iter()
            .map(|(hash, created, seen, until)| {
                Ok((SessionHash(crate::ledger::hash(TABLE, "hash", created, hash)?), Timestamp(created), Timestamp(seen), Timestamp(until)))
            })
            .collect()
    }

    /// Removes sessions that are over; returns how many.
    pub async fn delete_sessions_over(&mut self, now: Timestamp) -> Result<u64> {
        exec!(self, "DELETE FROM sessions WHERE expires_at <= $1", now.0)
    }

    /// Seals anew up to `limit` sessions after `after` that were sealed with an older key, and returns where to go on; `None` at the end.
    ///
    /// `nonce` gives a new random nonce for each.
    pub async fn reseal_sessions(
        &mut self,
        sealer: &Sealer,
        after: Option<SessionHash>,
        limit: i64,
        mut nonce: impl FnMut() -> [u8; NONCE],
    ) -> Result<Option<SessionHash>> {
        let after = after.map_or(Vec::new(), |hash| hash.0.to_vec());
        let rows: Vec<(Vec<u8>, Vec<u8>)> = fetch_all!(
            self,
            (Vec<u8>, Vec<u8>),
            "SELECT hash, data FROM sessions WHERE hash > $1 ORDER BY hash LIMIT $2",
            after.clone(),
            limit
        )?;
        let mut last = None;
        for (hash, data) in rows {
            let hash = crate::ledger::hash(TABLE, "hash", "", hash)?;
            last = Some(SessionHash(hash));
            if sealer.is_old(&data) {
                let plain = sealer.open(TABLE, COLUMN, &hash, &data)?;
                let data = sealer.seal(TABLE, COLUMN, &hash, nonce(), &plain)?;
                exec!(self, "UPDATE sessions SET data = $1 WHERE hash = $2", data.clone(), hash.to_vec())?;
            }
        }
        Ok(last)
    }
}
