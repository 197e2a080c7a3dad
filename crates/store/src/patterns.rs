//! What was found in who holds what: the newest findings of each source.

use crate::{
    Result, Tx,
    macros::{exec, fetch_optional},
};
use domain::{SourceId, Timestamp};
use uuid::Uuid;

/// What was found in a snapshot of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patterns {
    /// The source.
    pub source: SourceId,
    /// The snapshot that was looked at.
    pub seq: i64,
    /// When.
    pub made_at: Timestamp,
    /// What was found, as JSON; its form belongs to whoever wrote it.
    pub body: String,
}

impl Tx {
    /// What was found last in a source.
    pub async fn patterns(&mut self, source: SourceId) -> Result<Option<Patterns>> {
        let row = fetch_optional!(
            self,
            (Uuid, i64, i64, String),
            "SELECT source_id, seq, made_at, body FROM patterns WHERE source_id = $1",
            source.0
        )?;
        Ok(row.map(|(source, seq, made_at, body)| Patterns { source: SourceId(source), seq, made_at: Timestamp(made_at), body }))
    }

    /// Keeps what was found; it takes the place of what an earlier snapshot showed, and never that of a later one. Returns
    /// whether it was kept.
    pub async fn keep_patterns(&mut self, found: &Patterns) -> Result<bool> {
        let kept = exec!(
            self,
            "INSERT INTO patterns (source_id, seq, made_at, body) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (source_id) DO UPDATE SET seq = excluded.seq, made_at = excluded.made_at, body = excluded.body \
             WHERE patterns.seq <= excluded.seq",
            found.source.0,
            found.seq,
            found.made_at.0,
            found.body.as_str(),
        )?;
        Ok(kept == 1)
    }
}
