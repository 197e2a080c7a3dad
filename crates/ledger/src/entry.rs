//! One line of the ledger.
//!
//! An entry holds ids, codes, whole numbers, pseudonyms and commitments, and
//! nothing that a person wrote. Its canonical bytes are what the database
//! stores and what the tree's leaf is made of; reading them back is strict, so
//! that no two different texts are the same entry.

use crate::canonical::{CanonicalError, MAX_INTEGER, canonical, hash_from_hex, whole_numbers};
use crate::commit::{Salt, commitment};
use crate::kind::EventKind;
use crate::tree::{Hash, leaf_hash};
use domain::{CampaignId, EntryId, ItemId, Timestamp};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::fmt;

/// The version of the entry's format that this crate writes and reads.
pub const VERSION: i64 = 1;
/// The longest code, in characters.
pub const MAX_CODE: usize = 80;

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// Countersign itself: a job, a default, a timer.
    System,
    /// A person, by keyed pseudonym: 64 hexadecimal digits.
    Person(String),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Person(pseudonym) => f.write_str(pseudonym),
        }
    }
}

/// What a data field can hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A whole number within ±(2^53 - 1).
    Int(i64),
    /// A word of 1 to 80 characters out of `a-z 0-9 _ . : -`, first a letter or digit: a code, an id or a hash.
    Code(String),
}

/// Why an entry cannot be written, or why bytes are not an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not canonical JSON.
    #[error(transparent)]
    Canonical(#[from] CanonicalError),
    /// A version that this crate does not read.
    #[error("entry version {0} is not known; this program reads version 1")]
    Version(String),
    /// A kind that is not on the list.
    #[error("\"{0}\" is not a known kind of entry")]
    Kind(String),
    /// A field that version 1 does not have.
    #[error("the field \"{0}\" does not belong to an entry of version 1")]
    UnknownField(String),
    /// A field that this kind must have.
    #[error("an entry of kind {kind} needs the field \"{field}\"")]
    Missing {
        /// The entry's kind.
        kind: EventKind,
        /// The field, with its group, for example `data.answer`.
        field: String,
    },
    /// A field with something in it that does not belong there.
    #[error("the field \"{field}\" must be {expected}")]
    Field {
        /// The field, with its group.
        field: String,
        /// What belongs there.
        expected: &'static str,
    },
}

/// One line of the ledger, version 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What happened.
    pub kind: EventKind,
    /// The entry's own id.
    pub id: EntryId,
    /// When it happened.
    pub at: Timestamp,
    /// The installation whose ledger this is, for example `reviews.example.com`.
    pub origin: String,
    /// The id of the key that made the pseudonyms.
    pub key_id: String,
    /// Who acted.
    pub actor: Actor,
    /// The campaign it belongs to.
    pub campaign: Option<CampaignId>,
    /// The item it is about.
    pub item: Option<ItemId>,
    /// The item's version after what happened; each recorded step adds one.
    pub item_version: Option<i64>,
    /// What else it is about: a role such as `order` or `snapshot`, and an id or a pseudonym.
    pub subjects: BTreeMap<String, String>,
    /// Whole numbers and codes that belong to the kind.
    pub data: BTreeMap<String, Value>,
    /// Commitments to texts that lie elsewhere: field, and 64 hexadecimal digits.
    pub commitments: BTreeMap<String, String>,
}

impl Entry {
    /// An entry with the fields that every kind has.
    pub fn new(kind: EventKind, id: EntryId, at: Timestamp, origin: impl Into<String>, key_id: impl Into<String>, actor: Actor) -> Self {
        Self {
            kind,
            id,
            at,
            origin: origin.into(),
            key_id: key_id.into(),
            actor,
            campaign: None,
            item: None,
            item_version: None,
            subjects: BTreeMap::new(),
            data: BTreeMap::new(),
            commitments: BTreeMap::new(),
        }
    }

    /// The same entry, within a campaign.
    #[must_use]
    pub fn campaign(mut self, campaign: CampaignId) -> Self {
        self.campaign = Some(campaign);
        self
    }

    /// The same entry, about an item whose version does not matter here.
    #[must_use]
    pub fn item(mut self, item: ItemId) -> Self {
        self.item = Some(item);
        self
    }

    /// The same entry, about an item that has `version` after what happened.
    #[must_use]
    pub fn item_at(mut self, item: ItemId, version: i64) -> Self {
        self.item = Some(item);
        self.item_version = Some(version);
        self
    }

    /// The same entry, also about `id` in the given role.
    #[must_use]
    pub fn subject(mut self, role: impl Into<String>, id: impl fmt::Display) -> Self {
        self.subjects.insert(role.into(), id.to_string());
        self
    }

    /// The same entry with a code in a data field.
    #[must_use]
    pub fn code(mut self, field: impl Into<String>, code: impl fmt::Display) -> Self {
        self.data.insert(field.into(), Value::Code(code.to_string()));
        self
    }

    /// The same entry with a whole number in a data field.
    #[must_use]
    pub fn int(mut self, field: impl Into<String>, number: i64) -> Self {
        self.data.insert(field.into(), Value::Int(number));
        self
    }

    /// The same entry with a commitment to a text. Salt and text must be stored elsewhere, where they can be erased.
    #[must_use]
    pub fn commit(mut self, field: impl Into<String>, salt: &Salt, text: &str) -> Self {
        let field = field.into();
        let commitment = commitment(salt, &field, text);
        self.commitments.insert(field, commitment);
        self
    }

    /// The canonical bytes, which the database stores and the leaf hash covers.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EntryError> {
        self.validate()?;
        let mut fields = Map::new();
        fields.insert("v".into(), VERSION.into());
        fields.insert("kind".into(), self.kind.as_str().into());
        fields.insert("id".into(), self.id.to_string().into());
        fields.insert("at".into(), integer(self.at.micros()));
        fields.insert("origin".into(), self.origin.clone().into());
        fields.insert("key_id".into(), self.key_id.clone().into());
        fields.insert("actor".into(), self.actor.to_string().into());
        if let Some(campaign) = self.campaign {
            fields.insert("campaign".into(), campaign.to_string().into());
        }
        if let Some(item) = self.item {
            fields.insert("item".into(), item.to_string().into());
        }
        if let Some(version) = self.item_version {
            fields.insert("item_version".into(), version.into());
        }
        fields
            .insert("subjects".into(), self.subjects.iter().map(|(k, v)| (k.clone(), Json::from(v.clone()))).collect::<Map<_, _>>().into());
        fields.insert("data".into(), self.data.iter().map(|(k, v)| (k.clone(), v.to_json())).collect::<Map<_, _>>().into());
        fields.insert(
            "commitments".into(),
            self.commitments.iter().map(|(k, v)| (k.clone(), Json::from(v.clone()))).collect::<Map<_, _>>().into(),
        );
        Ok(canonical(&Json::Object(fields))?)
    }

    /// The leaf hash of the canonical bytes: SHA-256(0x00 || bytes), RFC 6962 section 2.1.
    pub fn leaf_hash(&self) -> Result<Hash, EntryError> {
        Ok(leaf_hash(&self.to_bytes()?))
    }

    /// Reads canonical bytes back. Anything that `to_bytes` would not have written is an error that names it.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        let value: Json = serde_json::from_slice(bytes).map_err(|e| CanonicalError::NotJson(e.to_string()))?;
        whole_numbers(&value)?;
        let Json::Object(mut fields) = value else {
            return Err(EntryError::Field { field: "entry".into(), expected: "a JSON object" });
        };
        match fields.remove("v") {
            Some(v) if v == VERSION => {}
            Some(v) => return Err(EntryError::Version(v.to_string())),
            None => return Err(EntryError::Version("(none)".into())),
        }
        let word = text(&mut fields, "kind")?;
        let kind = EventKind::from_word(&word).ok_or(EntryError::Kind(word))?;
        let actor = match text(&mut fields, "actor")?.as_str() {
            "system" => Actor::System,
            pseudonym => Actor::Person(pseudonym.to_owned()),
        };
        let at = fields.remove("at");
        let entry = Self {
            kind,
            id: id(&text(&mut fields, "id")?, "id")?,
            at: Timestamp(
                at.as_ref()
                    .and_then(micros)
                    .ok_or(EntryError::Field { field: "at".into(), expected: "microseconds since 1970 as an integer" })?,
            ),
            origin: text(&mut fields, "origin")?,
            key_id: text(&mut fields, "key_id")?,
            actor,
            campaign: optional(&mut fields, "campaign")?.map(|t| id(&t, "campaign")).transpose()?,
            item: optional(&mut fields, "item")?.map(|t| id(&t, "item")).transpose()?,
            item_version: match fields.remove("item_version") {
                None => None,
                Some(v) => Some(v.as_i64().ok_or(EntryError::Field { field: "item_version".into(), expected: "a whole number" })?),
            },
            subjects: texts(&mut fields, "subjects")?,
            data: object(&mut fields, "data")?
                .into_iter()
                .map(|(name, value)| match value {
                    Json::Number(n) => n.as_i64().map(|n| (name.clone(), Value::Int(n))).ok_or_else(|| not_data(&name)),
                    Json::String(code) => Ok((name, Value::Code(code))),
                    _ => Err(not_data(&name)),
                })
                .collect::<Result<_, _>>()?,
            commitments: texts(&mut fields, "commitments")?,
        };
        if let Some((name, _)) = fields.into_iter().next() {
            return Err(EntryError::UnknownField(name));
        }
        // What is read and what would be written must be the same bytes:
        // an id in another spelling, for example, is another text.
        let again = entry.to_bytes()?;
        if again == bytes {
            return Ok(entry);
        }
        let at = again.iter().zip(bytes).take_while(|(a, b)| a == b).count();
        Err(CanonicalError::NotCanonical { at }.into())
    }

    /// Checks that every field holds what may stand there, and that the kind has what it demands.
    pub fn validate(&self) -> Result<(), EntryError> {
        let origin_is_good = (1..=200).contains(&self.origin.len()) && self.origin.bytes().all(|b| b.is_ascii_graphic() && b != b'+');
        must(origin_is_good, "origin", "1 to 200 visible ASCII characters without +")?;
        must(is_code(&self.key_id), "key_id", CODE)?;
        if let Actor::Person(pseudonym) = &self.actor {
            must(hash_from_hex(pseudonym).is_some(), "actor", "\"system\" or a pseudonym of 64 hexadecimal digits")?;
        }
        must(self.item_version.is_none_or(|v| (0..=MAX_INTEGER).contains(&v)), "item_version", "a whole number from 0 on")?;
        must(self.item_version.is_none() || self.item.is_some(), "item_version", "given only together with an item")?;
        for (role, id) in &self.subjects {
            let field = format!("subjects.{role}");
            must(is_name(role), &field, NAME)?;
            must(is_uuid(id) || hash_from_hex(id).is_some(), &field, "an id (UUID) or a pseudonym of 64 hexadecimal digits")?;
        }
        for (name, value) in &self.data {
            let field = format!("data.{name}");
            must(is_name(name), &field, NAME)?;
            match value {
                Value::Int(n) => must((-MAX_INTEGER..=MAX_INTEGER).contains(n), &field, "within \u{b1}(2^53 - 1)")?,
                Value::Code(code) => must(is_code(code), &field, CODE)?,
            }
        }
        for (name, hash) in &self.commitments {
            let field = format!("commitments.{name}");
            must(is_name(name), &field, NAME)?;
            must(hash_from_hex(hash).is_some(), &field, "64 hexadecimal digits")?;
        }
        self.meets_demands()
    }

    fn meets_demands(&self) -> Result<(), EntryError> {
        let demands = self.kind.demands();
        let needs = |there: bool, field: &str| {
            if there { Ok(()) } else { Err(EntryError::Missing { kind: self.kind, field: field.to_owned() }) }
        };
        needs(!demands.campaign || self.campaign.is_some(), "campaign")?;
        needs(!demands.item || self.item.is_some(), "item")?;
        needs(!demands.item_version || self.item_version.is_some(), "item_version")?;
        for subject in demands.subjects {
            needs(self.subjects.contains_key(*subject), &format!("subjects.{subject}"))?;
        }
        for field in demands.data {
            needs(self.data.contains_key(*field), &format!("data.{field}"))?;
        }
        Ok(())
    }

    /// The code in a data field, if there is one.
    pub fn data_code(&self, field: &str) -> Option<&str> {
        match self.data.get(field) {
            Some(Value::Code(code)) => Some(code),
            _ => None,
        }
    }

    /// The whole number in a data field, if there is one.
    pub fn data_int(&self, field: &str) -> Option<i64> {
        match self.data.get(field) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        }
    }
}

impl Value {
    /// The value as it stands in JSON.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Int(number) => Json::from(*number),
            Self::Code(code) => Json::from(code.clone()),
        }
    }
}

const CODE: &str = "a code: 1 to 80 characters out of a-z 0-9 _ . : - with a letter or digit first";
const NAME: &str = "under a name of 1 to 40 characters out of a-z 0-9 _ with a letter first";

/// Whether `text` is a code: nothing that a person could write a sentence in.
pub fn is_code(text: &str) -> bool {
    (1..=MAX_CODE).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.' | b':' | b'-'))
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether `text` can name a field, a role or a table.
pub fn is_name(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
}

/// Whether `text` is a UUID in its one spelling: lower case, with hyphens (RFC 9562, section 4).
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn must(holds: bool, field: &str, expected: &'static str) -> Result<(), EntryError> {
    if holds { Ok(()) } else { Err(EntryError::Field { field: field.to_owned(), expected }) }
}

fn integer(n: i64) -> Json {
    if (-MAX_INTEGER..=MAX_INTEGER).contains(&n) { n.into() } else { n.to_string().into() }
}

fn micros(value: &Json) -> Option<i64> {
    match value {
        Json::Number(n) => n.as_i64(),
        Json::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn not_data(name: &str) -> EntryError {
    EntryError::Field { field: format!("data.{name}"), expected: "a whole number or a code" }
}

fn optional(fields: &mut Map<String, Json>, name: &str) -> Result<Option<String>, EntryError> {
    match fields.remove(name) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(EntryError::Field { field: name.to_owned(), expected: "a string" }),
    }
}

fn text(fields: &mut Map<String, Json>, name: &str) -> Result<String, EntryError> {
    optional(fields, name)?.ok_or_else(|| EntryError::Field { field: name.to_owned(), expected: "there, as a string" })
}

fn object(fields: &mut Map<String, Json>, name: &str) -> Result<Map<String, Json>, EntryError> {
    match fields.remove(name) {
        Some(Json::Object(object)) => Ok(object),
        _ => Err(EntryError::Field { field: name.to_owned(), expected: "there, as an object" }),
    }
}

fn texts(fields: &mut Map<String, Json>, name: &str) -> Result<BTreeMap<String, String>, EntryError> {
    object(fields, name)?
        .into_iter()
        .map(|(key, value)| match value {
            Json::String(text) => Ok((key, text)),
            _ => Err(EntryError::Field { field: format!("{name}.{key}"), expected: "a string" }),
        })
        .collect()
}

fn id<T: std::str::FromStr>(text: &str, field: &str) -> Result<T, EntryError> {
    text.parse().map_err(|_| EntryError::Field { field: field.to_owned(), expected: "an id (UUID)" })
}
