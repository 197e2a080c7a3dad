//! Checkpoints (C2SP tlog-checkpoint): the tree's size and root, signed.

use crate::note::{NoteError, SignedNote, is_key_name};
use crate::tree::Hash;
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::SigningKey;

/// The tree of an installation at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The ledger's name, unique to the installation.
    pub origin: String,
    /// The number of entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// Further lines, opaque here.
    pub extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    pub fn new(origin: impl Into<String>, size: u64, root: Hash) -> Self {
        Self { origin: origin.into(), size, root, extensions: Vec::new() }
    }

    /// The note's text.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root));
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// The signed note; the key's name is the origin.
    pub fn sign(&self, key: &SigningKey) -> Result<SignedNote, NoteError> {
        // What is signed must be readable as what was meant.
        if !is_key_name(&self.origin) || Self::parse(&self.text())? != *self {
            return Err(NoteError::Malformed("the origin or an extension line would be read as something else"));
        }
        SignedNote::sign(self.text(), &self.origin, key)
    }

    /// Reads a note's text. Whether the note is signed is another question: see [`SignedNote::verify`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let body = text.strip_suffix('\n').ok_or(NoteError::Malformed("a checkpoint ends in a newline"))?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Malformed("a checkpoint has an origin, a size and a root"));
        };
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        if origin.is_empty() || extensions.iter().any(String::is_empty) {
            return Err(NoteError::Malformed("a checkpoint has no empty lines"));
        }
        let number: u64 = size.parse().map_err(|_| NoteError::Malformed("a checkpoint's size is a decimal number"))?;
        if number.to_string() != size {
            return Err(NoteError::Malformed("a checkpoint's size has no leading zeroes or signs"));
        }
        let root = STANDARD.decode(root).ok().and_then(|r| Hash::try_from(r).ok());
        let root = root.ok_or(NoteError::Malformed("a checkpoint's root is 32 bytes in base64"))?;
        Ok(Self { origin: origin.to_owned(), size: number, root, extensions })
    }
}
