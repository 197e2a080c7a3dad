//! Keyed pseudonyms and salted commitments.
//!
//! Personal data and free text never stand in an entry. A person is named by a
//! pseudonym, a text by a commitment. The text and its salt lie in an erasable
//! table; when both are destroyed, nobody can find the text by trying, and the
//! entry's proof still holds (rule 44).

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fmt;

const PSEUDONYM: &[u8] = b"countersign/pseudonym/1";
const COMMITMENT: &[u8] = b"countersign/commitment/1";

/// A salt: 32 random bytes, new for every text.
pub type Salt = [u8; 32];

/// The key that turns people into pseudonyms.
#[derive(Clone)]
pub struct PseudonymKey {
    id: String,
    key: [u8; 32],
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PseudonymKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl PseudonymKey {
    /// A key of 32 bytes and the id that entries name it by (an entry's `key_id`).
    pub fn new(id: impl Into<String>, key: [u8; 32]) -> Self {
        Self { id: id.into(), key }
    }

    /// The id that entries name this key by.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The pseudonym of `id` within `kind` (for example "user" or "account"): 64 hexadecimal digits.
    ///
    /// HMAC-SHA-256 (RFC 2104) over the label `countersign/pseudonym/1`, the
    /// kind and the id, each preceded by its length in bytes as eight bytes,
    /// most significant first.
    pub fn pseudonym(&self, kind: &str, id: &str) -> String {
        // RFC 2104 fills a short key with zeros up to the hash's block of 64 bytes.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&self.key);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        mac.update(&framed(&[PSEUDONYM, kind.as_bytes(), id.as_bytes()]));
        hex::encode(mac.finalize().into_bytes())
    }
}

/// The commitment to a text in a field: 64 hexadecimal digits.
///
/// SHA-256 over the label `countersign/commitment/1`, the salt, the field's
/// name and the text, each preceded by its length in bytes as eight bytes,
/// most significant first.
pub fn commitment(salt: &Salt, field: &str, text: &str) -> String {
    hex::encode(Sha256::digest(framed(&[COMMITMENT, salt, field.as_bytes(), text.as_bytes()])))
}

fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(parts.iter().map(|p| p.len() + 8).sum());
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}
