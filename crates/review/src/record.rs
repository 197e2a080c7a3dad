//! Writing ledger entries within the transaction of what they record.

use crate::{Actor, Context, Result};
use domain::{CampaignId, EntryId, ItemId};
use ledger::{Entry, EventKind};
use store::{NewEntry, NewText, Tx};
use uuid::Uuid;

/// Whom or what a text is about, for finding it when it must be erased.
pub type Subject = Uuid;

/// Something that happened, on its way into the ledger.
#[derive(Debug)]
pub struct Event {
    entry: Entry,
    texts: Vec<(String, String, Subject)>,
}

impl Context {
    /// Begins an event that a person (or, with `None`, the system) caused now.
    pub fn event(&self, kind: EventKind, by: Option<&Actor>) -> Event {
        let actor = by
            .map_or(ledger::Actor::System, |actor| ledger::Actor::Person(self.keys.pseudonyms.pseudonym("user", &actor.user.to_string())));
        let entry = Entry::new(kind, self.env.id::<EntryId>(), self.env.now(), &*self.origin, self.keys.pseudonyms.id(), actor);
        Event { entry, texts: Vec::new() }
    }

    /// Writes an event: its entry, and beside it the texts that the entry commits to.
    pub async fn record(&self, tx: &mut Tx, mut event: Event) -> Result<EntryId> {
        let id = event.entry.id;
        for (field, text, subject) in std::mem::take(&mut event.texts) {
            let salt = self.env.bytes::<32>();
            event.entry = event.entry.commit(&field, &salt, &text);
            let text_id = self.env.id::<Uuid>();
            tx.insert_text(NewText { id: text_id, entry: id, subject, field: &field, salt, text: &text }).await?;
        }
        tx.insert_entry(event.into_row()?).await?;
        Ok(id)
    }

    /// Writes many events that carry no texts, with few statements.
    pub async fn record_many(&self, tx: &mut Tx, events: Vec<Event>) -> Result<()> {
        let rows = events.into_iter().map(Event::into_row).collect::<Result<Vec<_>>>()?;
        tx.insert_entries(&rows).await?;
        Ok(())
    }
}

impl Event {
    /// Within this campaign.
    #[must_use]
    pub fn campaign(mut self, id: CampaignId) -> Self {
        self.entry = self.entry.campaign(id);
        self
    }

    /// About this item.
    #[must_use]
    pub fn item(mut self, id: ItemId) -> Self {
        self.entry = self.entry.item(id);
        self
    }

    /// About this item, which the event brought to `version`.
    #[must_use]
    pub fn item_at(mut self, id: ItemId, version: i64) -> Self {
        self.entry = self.entry.item_at(id, version);
        self
    }

    /// About something else: its role (`order`, `snapshot`, `decision` …) and id.
    #[must_use]
    pub fn subject(mut self, role: &str, id: impl std::fmt::Display) -> Self {
        self.entry = self.entry.subject(role, id);
        self
    }

    /// A code: a word of a closed list, an id or a hash, in lower case.
    #[must_use]
    pub fn code(mut self, field: &str, code: impl std::fmt::Display) -> Self {
        self.entry = self.entry.code(field, code);
        self
    }

    /// A whole number.
    #[must_use]
    pub fn int(mut self, field: &str, number: i64) -> Self {
        self.entry = self.entry.int(field, number);
        self
    }

    /// A text: the entry gets a salted commitment, the text stands beside it, erasable with what is known of `subject`.
    #[must_use]
    pub fn text(mut self, field: &str, text: impl Into<String>, subject: Subject) -> Self {
        self.texts.push((field.to_owned(), text.into(), subject));
        self
    }

    fn into_row(self) -> Result<NewEntry> {
        let bytes = self.entry.to_bytes()?;
        let leaf = ledger::leaf_hash(&bytes);
        Ok(NewEntry {
            id: self.entry.id,
            at: self.entry.at,
            kind: self.entry.kind.as_str(),
            campaign: self.entry.campaign,
            item: self.entry.item,
            bytes,
            leaf,
        })
    }
}
