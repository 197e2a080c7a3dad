//! The ledger's rows: entries with their places, the tree's nodes, checkpoints.
//!
//! What the rows mean belongs to the ledger's own crate; here they are bytes and numbers.

use crate::{
    Error, Result, Tx,
    macros::{ROWS_PER_INSERT, exec, fetch_all, fetch_one, fetch_optional, insert_many, on},
};
use domain::{CampaignId, EntryId, ItemId, Timestamp};
use std::collections::BTreeMap;
use uuid::Uuid;

/// An entry as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The entry's id.
    pub id: EntryId,
    /// Its place in the tree, from 0; `None` until the sequencer gave it one.
    pub index: Option<u64>,
    /// When it happened.
    pub at: Timestamp,
    /// The event's kind.
    pub kind: String,
    /// The campaign it belongs to.
    pub campaign: Option<CampaignId>,
    /// The item it is about.
    pub item: Option<ItemId>,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// The hash of its leaf.
    pub leaf: [u8; 32],
}

/// A node of the tree: level, index within the level, hash.
pub type StoredNode = (u8, u64, [u8; 32]);

/// A signed checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCheckpoint {
    /// The number of entries.
    pub size: u64,
    /// The root over them.
    pub root: [u8; 32],
    /// The signed note.
    pub note: String,
    /// When it was signed.
    pub created_at: Timestamp,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    idx: Option<i64>,
    at: i64,
    kind: String,
    campaign_id: Option<Uuid>,
    item_id: Option<Uuid>,
    bytes: Vec<u8>,
    leaf: Vec<u8>,
}

/// A hash of 32 bytes, or what is wrong with the row.
pub(crate) fn hash(table: &'static str, column: &'static str, row: impl ToString, bytes: Vec<u8>) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|bytes: Vec<u8>| Error::inconsistent(table, column, row, format!("{} bytes where a hash has 32", bytes.len())))
}

/// A number that cannot be negative.
fn natural(table: &'static str, column: &'static str, value: i64) -> Result<u64> {
    u64::try_from(value).map_err(|_| Error::inconsistent(table, column, value, "it is negative"))
}

/// A number as the databases hold it. No ledger has 2^63 entries.
fn stored(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl TryFrom<Row> for StoredEntry {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: EntryId(row.id),
            index: row.idx.map(|idx| natural("ledger_entries", "idx", idx)).transpose()?,
            at: Timestamp(row.at),
            kind: row.kind,
            campaign: row.campaign_id.map(CampaignId),
            item: row.item_id.map(ItemId),
            bytes: row.bytes,
            leaf: hash("ledger_entries", "leaf", row.id, row.leaf)?,
        })
    }
}

fn entries(rows: Vec<Row>) -> Result<Vec<StoredEntry>> {
    rows.into_iter().map(StoredEntry::try_from).collect()
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, idx, at, kind, campaign_id, item_id, bytes, leaf FROM ledger_entries ", $rest)
    };
}

type CheckpointRow = (i64, Vec<u8>, String, i64);

fn checkpoint((size, root, note, created_at): CheckpointRow) -> Result<StoredCheckpoint> {
    Ok(StoredCheckpoint {
        size: natural("checkpoints", "size", size)?,
        root: hash("checkpoints", "root", size, root)?,
        note,
        created_at: Timestamp(created_at),
    })
}

impl Tx {
    /// Whether entries wait for their places.
    pub async fn has_unsequenced(&mut self) -> Result<bool> {
        let found: Option<(i64,)> =
            fetch_optional!(self, (i64,), "SELECT CAST(1 AS BIGINT) FROM ledger_entries WHERE idx IS NULL LIMIT 1")?;
        Ok(found.is_some())
    }

    /// Entries that wait for their places, in the order in which they get them: id and leaf hash.
    pub async fn unsequenced(&mut self, limit: i64) -> Result<Vec<(EntryId, [u8; 32])>> {
        let rows: Vec<(Uuid, Vec<u8>)> =
            fetch_all!(self, (Uuid, Vec<u8>), "SELECT id, leaf FROM ledger_entries WHERE idx IS NULL ORDER BY at, id LIMIT $1", limit)?;
        rows.into_iter().map(|(id, leaf)| Ok((EntryId(id), hash("ledger_entries", "leaf", id, leaf)?))).collect()
    }

    /// How many entries wait for their places, for metrics.
    pub async fn count_unsequenced(&mut self) -> Result<i64> {
        let (count,): (i64,) = fetch_one!(self, (i64,), "SELECT COUNT(*) FROM ledger_entries WHERE idx IS NULL")?;
        Ok(count)
    }

    /// The number of entries that have a place: the tree's size, as long as no place was taken away.
    pub async fn ledger_size(&mut self) -> Result<u64> {
        let (last,): (Option<i64>,) = fetch_one!(self, (Option<i64>,), "SELECT MAX(idx) FROM ledger_entries")?;
        last.map_or(Ok(0), |last| Ok(natural("ledger_entries", "idx", last)? + 1))
    }

    /// Gives entries their places, one after the other from `first` on. An entry that has a place keeps it.
    ///
    /// Returns how many got one; anything but all means that another sequencer was at work.
    pub async fn assign_places(&mut self, first: u64, ids: &[EntryId]) -> Result<u64> {
        let mut assigned = 0;
        let mut next = stored(first);
        for chunk in ids.chunks(ROWS_PER_INSERT) {
            assigned += on!(self, conn => {
                let mut query = sqlx::QueryBuilder::new("WITH placed (id, idx) AS (");
                query.push_values(chunk.iter().zip(next..), |mut values, (id, idx)| {
                    values.push_bind(id.0).push_bind(idx);
                });
                // The plus keeps SQLite from looking through every waiting entry instead of finding each by its id.
                query.push(") UPDATE ledger_entries SET idx = placed.idx FROM placed WHERE ledger_entries.id = placed.id AND +ledger_entries.idx IS NULL");
                query.build().execute(conn).await.map(|done| done.rows_affected())
            })
            .map_err(Error::from)?;
            next += stored(chunk.len() as u64);
        }
        Ok(assigned)
    }

    /// Adds nodes of the tree. A node is written once: [`Error::Duplicate`] means that another sequencer was at work.
    pub async fn insert_nodes(&mut self, nodes: &[StoredNode]) -> Result<()> {
        insert_many!(
            self,
            "INSERT INTO ledger_nodes (level, idx, hash) ",
            nodes,
            |node| i64::from(node.0),
            stored(node.1),
            node.2.to_vec()
        );
        Ok(())
    }

    /// One node.
    pub async fn ledger_node(&mut self, level: u8, index: u64) -> Result<Option<[u8; 32]>> {
        let row: Option<(Vec<u8>,)> = fetch_optional!(
            self,
            (Vec<u8>,),
            "SELECT hash FROM ledger_nodes WHERE level = $1 AND idx = $2",
            i64::from(level),
            stored(index)
        )?;
        row.map(|(bytes,)| hash("ledger_nodes", "hash", index, bytes)).transpose()
    }

    /// The nodes of one level from `from` up to, not including, `to`.
    pub async fn ledger_nodes(&mut self, level: u8, from: u64, to: u64) -> Result<Vec<StoredNode>> {
        let rows: Vec<(i64, Vec<u8>)> = fetch_all!(
            self,
            (i64, Vec<u8>),
            "SELECT idx, hash FROM ledger_nodes WHERE level = $1 AND idx >= $2 AND idx < $3 ORDER BY idx",
            i64::from(level),
            stored(from),
            stored(to)
        )?;
        rows.into_iter()
            .map(|(idx, bytes)| Ok((level, natural("ledger_nodes", "idx", idx)?, hash("ledger_nodes", "hash", idx, bytes)?)))
            .collect()
    }

    /// The number of stored nodes.
    pub async fn count_nodes(&mut self) -> Result<u64> {
        let (count,): (i64,) = fetch_one!(self, (i64,), "SELECT COUNT(*) FROM ledger_nodes")?;
        natural("ledger_nodes", "idx", count)
    }

    /// Keeps a checkpoint. [`Error::Duplicate`] where one of this size is kept already.
    pub async fn insert_checkpoint(&mut self, checkpoint: &StoredCheckpoint) -> Result<()> {
        exec!(
            self,
            "INSERT INTO checkpoints (size, root, note, created_at) VALUES ($1, $2, $3, $4)",
            stored(checkpoint.size),
            checkpoint.root.to_vec(),
            checkpoint.note.as_str(),
            checkpoint.created_at.0,
        )?;
        Ok(())
    }

    /// The checkpoint over exactly `size` entries.
    pub async fn checkpoint(&mut self, size: u64) -> Result<Option<StoredCheckpoint>> {
        fetch_optional!(self, CheckpointRow, "SELECT size, root, note, created_at FROM checkpoints WHERE size = $1", stored(size))?
            .map(checkpoint)
            .transpose()
    }

    /// The newest checkpoint.
    pub async fn newest_checkpoint(&mut self) -> Result<Option<StoredCheckpoint>> {
        fetch_optional!(self, CheckpointRow, "SELECT size, root, note, created_at FROM checkpoints ORDER BY size DESC LIMIT 1")?
            .map(checkpoint)
            .transpose()
    }

    /// A page of checkpoints, largest first, below `below`.
    pub async fn checkpoints(&mut self, below: Option<u64>, limit: i64) -> Result<Vec<StoredCheckpoint>> {
        let below = below.map_or(i64::MAX, stored);
        let rows = fetch_all!(
            self,
            CheckpointRow,
            "SELECT size, root, note, created_at FROM checkpoints WHERE size < $1 ORDER BY size DESC LIMIT $2",
            below,
            limit
        )?;
        rows.into_iter().map(checkpoint).collect()
    }

    /// An entry.
    pub async fn entry(&mut self, id: EntryId) -> Result<Option<StoredEntry>> {
        fetch_optional!(self, Row, select!("WHERE id = $1"), id.0)?.map(StoredEntry::try_from).transpose()
    }

    /// A page of entries that have a place, in the ledger's order from place `from` on.
    pub async fn entries_from(&mut self, from: u64, limit: i64) -> Result<Vec<StoredEntry>> {
        entries(fetch_all!(self, Row, select!("WHERE idx >= $1 ORDER BY idx LIMIT $2"), stored(from), limit)?)
    }

    /// A page of a campaign's entries in the order of their ids, after `after`.
    pub async fn entries_of_campaign(&mut self, campaign: CampaignId, after: Option<EntryId>, limit: i64) -> Result<Vec<StoredEntry>> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        entries(fetch_all!(self, Row, select!("WHERE campaign_id = $1 AND id > $2 ORDER BY id LIMIT $3"), campaign.0, after, limit)?)
    }

    /// A page of entries of the given kinds that belong to no campaign, in the order of their ids, after `after`.
    pub async fn entries_of_no_campaign(&mut self, kind: &str, after: Option<EntryId>, limit: i64) -> Result<Vec<StoredEntry>> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        entries(fetch_all!(
            self,
            Row,
            select!("WHERE campaign_id IS NULL AND kind = $1 AND id > $2 ORDER BY id LIMIT $3"),
            kind,
            after,
            limit
        )?)
    }

    /// For each of these subjects the newest entry of a kind, before place `size`, that commits to a text about it in `field`.
    pub async fn newest_entries_about(
        &mut self,
        subjects: &[Uuid],
        kind: &str,
        field: &str,
        size: u64,
    ) -> Result<Vec<(Uuid, StoredEntry)>> {
        let mut places = BTreeMap::new();
        for chunk in subjects.chunks(ROWS_PER_INSERT) {
            let rows: Vec<(Uuid, i64)> = on!(self, conn => {
                let mut query = sqlx::QueryBuilder::new("SELECT t.subject, MAX(e.idx) FROM texts t JOIN ledger_entries e ON e.id = t.entry_id WHERE e.kind = ");
                query.push_bind(kind).push(" AND t.field = ").push_bind(field).push(" AND e.idx < ").push_bind(stored(size));
                query.push(" AND t.subject IN (");
                let mut list = query.separated(", ");
                for subject in chunk {
                    list.push_bind(*subject);
                }
                query.push(") GROUP BY t.subject");
                query.build_query_as().fetch_all(conn).await
            })
            .map_err(Error::from)?;
            places.extend(rows.into_iter().map(|(subject, idx)| (idx, subject)));
        }
        let mut newest = Vec::with_capacity(places.len());
        let wanted: Vec<i64> = places.keys().copied().collect();
        for chunk in wanted.chunks(ROWS_PER_INSERT) {
            let rows: Vec<Row> = on!(self, conn => {
                let mut query = sqlx::QueryBuilder::new(select!("WHERE idx IN ("));
                let mut list = query.separated(", ");
                for idx in chunk {
                    list.push_bind(*idx);
                }
                query.push(")");
                query.build_query_as().fetch_all(conn).await
            })
            .map_err(Error::from)?;
            for row in rows {
                let subject = row.idx.and_then(|idx| places.get(&idx).copied());
                let entry = StoredEntry::try_from(row)?;
                newest.extend(subject.map(|subject| (subject, entry)));
            }
        }
        Ok(newest)
    }

    /// A page of an item's entries in the order of their ids, after `after`.
    pub async fn entries_of_item(&mut self, item: ItemId, after: Option<EntryId>, limit: i64) -> Result<Vec<StoredEntry>> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        entries(fetch_all!(self, Row, select!("WHERE item_id = $1 AND id > $2 ORDER BY id LIMIT $3"), item.0, after, limit)?)
    }
}
