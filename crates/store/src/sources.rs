//! Sources, the attempts to read them, and the sealed snapshots that came of it.

use crate::{
    Error, Result, Tx,
    macros::{exec, fetch_all, fetch_optional},
};
use domain::{SnapshotId, SourceId, SourceKind, Timestamp, UserId};
use uuid::Uuid;

/// A source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// The name that people gave it; unique.
    pub name: String,
    /// The kind of platform.
    pub kind: SourceKind,
    /// Where and how to read, as JSON without secrets.
    pub config: String,
    /// What the organisation declares about it, as JSON.
    pub settings: String,
    /// How old its last reading may be, in microseconds, before its data counts as stale (rule 4).
    pub max_age: i64,
    /// How often it is read by itself, in microseconds; `None` where only people ask for readings.
    pub read_every: Option<i64>,
    /// The number of its newest sealed snapshot; `None` before the first.
    pub last_seq: Option<i64>,
    /// When that snapshot's data was taken.
    pub last_read_at: Option<Timestamp>,
    /// Grows with each change of its settings.
    pub version: i64,
}

#[derive(sqlx_macros::FromRow)]
struct SourceRow {
    id: Uuid,
    name: String,
    kind: String,
    config: String,
    settings: String,
    max_age: i64,
    read_every: Option<i64>,
    last_seq: Option<i64>,
    last_read_at: Option<i64>,
    version: i64,
}

impl TryFrom<SourceRow> for Source {
    type Error = Error;
    fn try_from(row: SourceRow) -> Result<Self> {
        let kind = row.kind.parse().map_err(|why| Error::inconsistent("sources", "kind", row.id, why))?;
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            kind,
            config: row.config,
            settings: row.settings,
            max_age: row.max_age,
            read_every: row.read_every,
            last_seq: row.last_seq,
            last_read_at: row.last_read_at.map(Timestamp),
            version: row.version,
        })
    }
}

/// One attempt to read a source.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Reading {
    /// Its id.
    pub id: Uuid,
    /// The source.
    pub source_id: Uuid,
    /// When it began.
    pub started_at: i64,
    /// When it ended; `None` while it runs or where the process died.
    pub ended_at: Option<i64>,
    /// `running`, `sealed` or `failed`.
    pub outcome: String,
    /// The snapshot that came of it.
    pub seq: Option<i64>,
    /// Counts, warnings and errors row by row, as JSON.
    pub report: String,
    /// Who asked for it; `None` for the system.
    pub by_user: Option<Uuid>,
}

/// A sealed reading of a source.
#[derive(Debug, Clone, PartialEq, Eq, sqlx_macros::FromRow)]
pub struct Snapshot {
    /// Its id.
    pub id: Uuid,
    /// The source.
    pub source_id: Uuid,
    /// 1, 2, 3 … within the source.
    pub seq: i64,
    /// When the data was taken.
    pub taken_at: i64,
    /// When it was sealed.
    pub sealed_at: i64,
    /// Hash over every record, whatever their order.
    pub population_hash: Vec<u8>,
    /// Pages read, each with request, time, counts and SHA-256, as JSON.
    pub manifest: String,
    /// Accounts in it.
    pub accounts: i64,
    /// Entitlements in it.
    pub entitlements: i64,
    /// Grants in it.
    pub grants: i64,
    /// Usage records in it.
    pub usages: i64,
}

impl Snapshot {
    /// Its typed id.
    pub const fn snapshot_id(&self) -> SnapshotId {
        SnapshotId(self.id)
    }
}

const SOURCE: &str =
    "SELECT id, name, kind, config, settings, max_age, read_every, last_seq, last_read_at, version FROM sources WHERE id = $1";
const SOURCES: &str =
    "SELECT id, name, kind, config, settings, max_age, read_every, last_seq, last_read_at, version FROM sources ORDER BY name";

impl Tx {
    /// Adds a source. [`Error::Duplicate`] where the name is taken.
    pub async fn insert_source(&mut self, source: &Source, now: Timestamp) -> Result<()> {
        exec!(
            self,
            "INSERT INTO sources (id, name, kind, config, settings, max_age, read_every, last_seq, last_read_at, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL, $8, 1)",
            source.id.0,
            &source.name,
            source.kind.as_str(),
            &source.config,
            &source.settings,
            source.max_age,
            source.read_every,
            now.0,
        )?;
        Ok(())
    }

    /// The source with this id.
    pub async fn source(&mut self, id: SourceId) -> Result<Option<Source>> {
        fetch_optional!(self, SourceRow, SOURCE, id.0)?.map(Source::try_from).transpose()
    }

    /// Every source, by name. An organisation has tens, not thousands.
    pub async fn sources(&mut self) -> Result<Vec<Source>> {
        fetch_all!(self, SourceRow, SOURCES)?.into_iter().map(Source::try_from).collect()
    }

    /// Replaces a source's settings; false where its version is no longer `expected`.
    pub async fn update_source_settings(
        &mut self,
        id: SourceId,
        expected: i64,
        config: &str,
        settings: &str,
        max_age: i64,
    ) -> Result<bool> {
        let changed = exec!(
            self,
            "UPDATE sources SET config = $3, settings = $4, max_age = $5, version = version + 1 WHERE id = $1 AND version = $2",
            id.0,
            expected,
            config,
            settings,
            max_age,
        )?;
        Ok(changed == 1)
    }

    /// Sets how often a source is read by itself; false where it was so already, or there is no such source.
    pub async fn set_source_schedule(&mut self, id: SourceId, every: Option<i64>) -> Result<bool> {
        let changed =
            exec!(self, "UPDATE sources SET read_every = $2 WHERE id = $1 AND COALESCE(read_every, 0) <> COALESCE($2, 0)", id.0, every,)?;
        Ok(changed == 1)
    }

    /// Sources that are read by themselves and are due: since their last reading was begun, whatever came of it, or was never
    /// begun, as much time has passed as their schedule says.
    pub async fn sources_to_read(&mut self, now: Timestamp) -> Result<Vec<SourceId>> {
        let rows: Vec<(Uuid,)> = fetch_all!(
            self,
            (Uuid,),
            "SELECT s.id FROM sources s WHERE s.read_every IS NOT NULL AND NOT EXISTS (SELECT 1 FROM source_readings r WHERE r.source_id = s.id AND r.started_at > $1 - s.read_every) ORDER BY s.id",
            now.0,
        )?;
        Ok(rows.into_iter().map(|(id,)| SourceId(id)).collect())
    }

    /// Keeps a source's credential of that name, sealed; replaces the one before.
    pub async fn set_source_secret(&mut self, id: SourceId, name: &str, sealed: &[u8], at: Timestamp) -> Result<()> {
        exec!(
            self,
            "INSERT INTO source_secrets (source_id, name, sealed, at) VALUES ($1, $2, $3, $4) ON CONFLICT (source_id, name) DO UPDATE SET sealed = excluded.sealed, at = excluded.at",
            id.0,
            name,
            sealed,
            at.0,
        )?;
        Ok(())
    }

    /// A source's credential of that name, sealed.
    pub async fn source_secret(&mut self, id: SourceId, name: &str) -> Result<Option<Vec<u8>>> {
        let row = fetch_optional!(self, (Vec<u8>,), "SELECT sealed FROM source_secrets WHERE source_id = $1 AND name = $2", id.0, name)?;
        Ok(row.map(|(sealed,)| sealed))
    }

    /// Moves a source to its next snapshot; false where another reading was sealed in between.
    pub async fn advance_source(&mut self, id: SourceId, expected: Option<i64>, seq: i64, taken_at: Timestamp) -> Result<bool> {
        let changed = exec!(
            self,
            "UPDATE sources SET last_seq = $3, last_read_at = $4 WHERE id = $1 AND COALESCE(last_seq, 0) = $2",
            id.0,
            expected.unwrap_or(0),
            seq,
            taken_at.0,
        )?;
        Ok(changed == 1)
    }

    /// Notes that a reading begins.
    pub async fn insert_reading(&mut self, id: Uuid, source: SourceId, started_at: Timestamp, by: Option<UserId>) -> Result<()> {
        exec!(
            self,
            "INSERT INTO source_readings (id, source_id, started_at, ended_at, outcome, seq, report, by_user) VALUES ($1, $2, $3, NULL, 'running', NULL, '{}', $4)",
            id,
            source.0,
            started_at.0,
            by.map(|user| user.0),
        )?;
        Ok(())
    }

    /// Notes how a reading ended: `sealed` with its snapshot, or `failed`.
    pub async fn end_reading(&mut self, id: Uuid, ended_at: Timestamp, outcome: &str, seq: Option<i64>, report: &str) -> Result<()> {
        exec!(
            self,
            "UPDATE source_readings SET ended_at = $2, outcome = $3, seq = $4, report = $5 WHERE id = $1",
            id,
            ended_at.0,
            outcome,
            seq,
            report,
        )?;
        Ok(())
    }

    /// Readings of a source, newest first, those before the reading `before`.
    pub async fn readings(&mut self, source: SourceId, before: Option<Uuid>, limit: i64) -> Result<Vec<Reading>> {
        const FIRST: &str = "SELECT id, source_id, started_at, ended_at, outcome, seq, report, by_user FROM source_readings WHERE source_id = $1 ORDER BY id DESC LIMIT $2";
        const NEXT: &str = "SELECT id, source_id, started_at, ended_at, outcome, seq, report, by_user FROM source_readings WHERE source_id = $1 AND id < $3 ORDER BY id DESC LIMIT $2";
        match before {
            None => fetch_all!(self, Reading, FIRST, source.0, limit),
            Some(before) => fetch_all!(self, Reading, NEXT, source.0, limit, before),
        }
    }

    /// Adds a sealed snapshot.
    pub async fn insert_snapshot(&mut self, snapshot: &Snapshot) -> Result<()> {
        exec!(
            self,
            "INSERT INTO snapshots (id, source_id, seq, taken_at, sealed_at, population_hash, manifest, accounts, entitlements, grants, usages) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            snapshot.id,
            snapshot.source_id,
            snapshot.seq,
            snapshot.taken_at,
            snapshot.sealed_at,
            &snapshot.population_hash,
            &snapshot.manifest,
            snapshot.accounts,
            snapshot.entitlements,
            snapshot.grants,
            snapshot.usages,
        )?;
        Ok(())
    }

    /// The snapshot of a source with this number.
    pub async fn snapshot(&mut self, source: SourceId, seq: i64) -> Result<Option<Snapshot>> {
        fetch_optional!(
            self,
            Snapshot,
            "SELECT id, source_id, seq, taken_at, sealed_at, population_hash, manifest, accounts, entitlements, grants, usages FROM snapshots WHERE source_id = $1 AND seq = $2",
            source.0,
            seq,
        )
    }

    /// Snapshots of a source, newest first, those with numbers below `before`.
    pub async fn snapshots(&mut self, source: SourceId, before: i64, limit: i64) -> Result<Vec<Snapshot>> {
        fetch_all!(
            self,
            Snapshot,
            "SELECT id, source_id, seq, taken_at, sealed_at, population_hash, manifest, accounts, entitlements, grants, usages FROM snapshots WHERE source_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3",
            source.0,
            before,
            limit,
        )
    }
}
