//! Ledger entries and the erasable texts that they commit to.

use crate::{Result, Tx, macros::exec};
use domain::{CampaignId, EntryId, ItemId, Timestamp};
use uuid::Uuid;

/// An entry as the transaction stores it; its place in the tree comes later.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// The entry's id.
    pub id: EntryId,
    /// When it happened.
    pub at: Timestamp,
    /// The event's kind, as the entry spells it.
    pub kind: &'static str,
    /// The campaign it belongs to.
    pub campaign: Option<CampaignId>,
    /// The item it is about.
    pub item: Option<ItemId>,
    /// Its canonical bytes.
    pub bytes: Vec<u8>,
    /// The hash of its leaf.
    pub leaf: [u8; 32],
}

/// A text that an entry commits to.
#[derive(Debug, Clone)]
pub struct NewText<'a> {
    /// The text's own id.
    pub id: Uuid,
    /// The entry that commits to it.
    pub entry: EntryId,
    /// Whom or what it is about, for finding it when it must be erased.
    pub subject: Uuid,
    /// The entry's field.
    pub field: &'a str,
    /// The commitment's salt.
    pub salt: [u8; 32],
    /// The text.
    pub text: &'a str,
}

impl Tx {
    /// Adds an entry. The sequencer gives it its place.
    pub async fn insert_entry(&mut self, entry: NewEntry) -> Result<()> {
        exec!(
            self,
            "INSERT INTO ledger_entries (id, idx, at, kind, campaign_id, item_id, bytes, leaf) VALUES ($1, NULL, $2, $3, $4, $5, $6, $7)",
            entry.id.0,
            entry.at.0,
            entry.kind,
            entry.campaign.map(|id| id.0),
            entry.item.map(|id| id.0),
            entry.bytes.clone(),
            entry.leaf.to_vec(),
        )?;
        Ok(())
    }

    /// Adds many entries with few statements.
    pub async fn insert_entries(&mut self, entries: &[NewEntry]) -> Result<()> {
        crate::macros::insert_many!(
            self,
            "INSERT INTO ledger_entries (id, idx, at, kind, campaign_id, item_id, bytes, leaf) ",
            entries,
            |entry| entry.id.0,
            None::<i64>,
            entry.at.0,
            entry.kind,
            entry.campaign.map(|id| id.0),
            entry.item.map(|id| id.0),
            entry.bytes.clone(),
            entry.leaf.to_vec(),
        );
        Ok(())
    }

    /// Adds a text beside its entry.
    pub async fn insert_text(&mut self, text: NewText<'_>) -> Result<()> {
        exec!(
            self,
            "INSERT INTO texts (id, entry_id, subject, field, salt, body, erased_at) VALUES ($1, $2, $3, $4, $5, $6, NULL)",
            text.id,
            text.entry.0,
            text.subject,
            text.field,
            text.salt.to_vec(),
            text.text,
        )?;
        Ok(())
    }
}
