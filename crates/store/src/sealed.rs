//! Columns that only the installation's keys open.
//!
//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). A sealed value is: the byte
//! 1, the length of the key's id, the key's id, a nonce of 24 bytes, and the
//! ciphertext with its tag. Table, column, row and key id are associated data,
//! so that a value copied to another place does not open.

use crate::{Error, Result};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use std::{fmt, sync::Arc};

/// The version of the form that is written.
const FORM: u8 = 1;
/// The length of a nonce, in bytes. Long enough to be drawn by chance for every value.
pub const NONCE: usize = 24;

/// A key for sealing.
#[derive(Clone)]
pub struct SealingKey {
    id: String,
    key: [u8; 32],
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealingKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why keys cannot be used for sealing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// There is none.
    #[error("no sealing key is given; at least one is needed")]
    None,
    /// An id that cannot be written.
    #[error("the sealing key id \"{0}\" must have 1 to 40 characters out of a-z 0-9 - _")]
    Id(String),
    /// Two keys with one id.
    #[error("two sealing keys have the id \"{0}\"; give the newer one another id")]
    Twice(String),
}

/// Seals and opens. The newest key seals, every key opens: keys are rotated by adding one.
#[derive(Debug, Clone)]
pub struct Sealer {
    keys: Arc<[SealingKey]>,
}

impl SealingKey {
    /// A key of 32 bytes, named so that what it sealed can be found again.
    pub fn new(id: impl Into<String>, key: [u8; 32]) -> Self {
        Self { id: id.into(), key }
    }
}

impl Sealer {
    /// A sealer with these keys, the newest first.
    pub fn new(keys: Vec<SealingKey>) -> Result<Self, KeyProblem> {
        if keys.is_empty() {
            return Err(KeyProblem::None);
        }
        for (i, key) in keys.iter().enumerate() {
            let good = (1..=40).contains(&key.id.len())
                && key.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
            if !good {
                return Err(KeyProblem::Id(key.id.clone()));
            }
            if keys[..i].iter().any(|other| other.id == key.id) {
                return Err(KeyProblem::Twice(key.id.clone()));
            }
        }
        Ok(Self { keys: keys.into() })
    }

    /// Seals a value for one place. The nonce must be random and new for every value.
    pub fn seal(&self, table: &'static str, column: &'static str, row: &[u8], nonce: [u8; NONCE], plain: &[u8]) -> Result<Vec<u8>> {
        let key = self.keys.first().ok_or(Error::Sealed { table, column })?;
        let aad = associated(table, column, row, &key.id);
        let sealed = XChaCha20Poly1305::new(&key.key.into())
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &aad })
            .map_err(|_| Error::Sealed { table, column })?;
        let id_length = u8::try_from(key.id.len()).map_err(|_| Error::Sealed { table, column })?;
        Ok([&[FORM, id_length], key.id.as_bytes(), &nonce, &sealed].concat())
    }

    /// Opens a value that was sealed for this place.
    pub fn open(&self, table: &'static str, column: &'static str, row: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        self.try_open(table, column, row, sealed).ok_or(Error::Sealed { table, column })
    }

    /// Whether a value was sealed with another key than the newest, and should be sealed anew.
    pub fn is_old(&self, sealed: &[u8]) -> bool {
        split(sealed).map(|(id, _, _)| id) != self.keys.first().map(|key| key.id.as_bytes())
    }

    fn try_open(&self, table: &str, column: &str, row: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (id, nonce, ciphertext) = split(sealed)?;
        let key = self.keys.iter().find(|key| key.id.as_bytes() == id)?;
        let aad = associated(table, column, row, &key.id);
        XChaCha20Poly1305::new(&key.key.into()).decrypt(&XNonce::from(nonce), Payload { msg: ciphertext, aad: &aad }).ok()
    }
}

/// Key id, nonce and ciphertext.
fn split(sealed: &[u8]) -> Option<(&[u8], [u8; NONCE], &[u8])> {
    let (&[FORM, length], rest) = sealed.split_first_chunk::<2>()? else {
        return None;
    };
    let (id, rest) = rest.split_at_checked(usize::from(length))?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>()?;
    Some((id, *nonce, ciphertext))
}

/// The place as bytes: each part after its length, so that no two places are the same bytes.
fn associated(table: &str, column: &str, row: &[u8], key: &str) -> Vec<u8> {
    let mut bytes = vec![FORM];
    for part in [table.as_bytes(), column.as_bytes(), row, key.as_bytes()] {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}
