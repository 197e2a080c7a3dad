//! Texts that ledger entries commit to, and their erasure (rule 44).

use crate::{
    Error, Result, Tx,
    ledger::hash,
    macros::{exec, fetch_all, fetch_optional, on},
};
use domain::{EntryId, Timestamp};
use uuid::Uuid;

/// A text beside its entry. Text and salt are there together or gone together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredText {
    /// The text's own id.
    pub id: Uuid,
    /// The entry that commits to it.
    pub entry: EntryId,
    /// Whom or what it is about.
    pub subject: Uuid,
    /// The entry's field.
    pub field: String,
    /// Salt and text; `None` once erased.
    pub open: Option<([u8; 32], String)>,
    /// When it was erased.
    pub erased_at: Option<Timestamp>,
}

#[derive(sqlx_macros::FromRow)]
struct Row {
    id: Uuid,
    entry_id: Uuid,
    subject: Uuid,
    field: String,
    salt: Option<Vec<u8>>,
    body: Option<String>,
    erased_at: Option<i64>,
}

impl TryFrom<Row> for StoredText {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let open = match (row.salt, row.body) {
            (Some(salt), Some(body)) => Some((hash("texts", "salt", row.id, salt)?, body)),
            (None, None) => None,
            _ => {
                return Err(Error::inconsistent("texts", "salt", row.id, "salt and text are not there together"));
            }
        };
        Ok(Self {
            id: row.id,
            entry: EntryId(row.entry_id),
            subject: row.subject,
            field: row.field,
            open,
            erased_at: row.erased_at.map(Timestamp),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, entry_id, subject, field, salt, body, erased_at FROM texts ", $rest)
    };
}

impl Tx {
    /// The text of an entry's field; `None` where the entry commits to none there.
    pub async fn text(&mut self, entry: EntryId, field: &str) -> Result<Option<StoredText>> {
        fetch_optional!(self, Row, select!("WHERE entry_id = $1 AND field = $2"), entry.0, field)?.map(StoredText::try_from).transpose()
    }

    /// The texts of some entries, by entry and field.
    pub async fn texts_of_entries(&mut self, entries: &[EntryId]) -> Result<Vec<StoredText>> {
        let mut texts = Vec::new();
        for chunk in entries.chunks(crate::macros::ROWS_PER_INSERT) {
            let rows: Vec<Row> = on!(self, conn => {
                let mut query = sqlx::QueryBuilder::new(select!("WHERE entry_id IN ("));
                let mut list = query.separated(", ");
                for id in chunk {
                    list.push_bind(id.0);
                }
                query.push(")");
                query.build_query_as::<Row>().fetch_all(conn).await
            })
            .map_err(Error::from)?;
            for row in rows {
                texts.push(StoredText::try_from(row)?);
            }
        }
        texts.sort_by(|a, b| (a.entry, &a.field).cmp(&(b.entry, &b.field)));
        Ok(texts)
    }

    /// A page of the texts about somebody or something, in the order of their ids, after `after`.
    pub async fn texts_about(&mut self, subject: Uuid, after: Option<Uuid>, limit: i64) -> Result<Vec<StoredText>> {
        let after = after.unwrap_or(Uuid::nil());
        let rows = fetch_all!(self, Row, select!("WHERE subject = $1 AND id > $2 ORDER BY id LIMIT $3"), subject, after, limit)?;
        rows.into_iter().map(StoredText::try_from).collect()
    }

    /// Destroys a text and its salt together; returns false where that was done before.
    pub async fn erase_text(&mut self, id: Uuid, at: Timestamp) -> Result<bool> {
        Ok(exec!(self, "UPDATE texts SET salt = NULL, body = NULL, erased_at = $1 WHERE id = $2 AND body IS NOT NULL", at.0, id)? == 1)
    }
}
