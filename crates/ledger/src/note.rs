//! Signed notes (C2SP signed-note) with Ed25519 signatures (RFC 8032).
//!
//! A note is a text, a blank line, and signature lines of the form
//! `— NAME BASE64`, where the base64 holds a key id of four bytes and the
//! signature over the text with its last newline.

use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// The signature type byte of plain Ed25519 signatures.
const ED25519: u8 = 0x01;
/// The longest note that is read, in bytes.
const MAX_NOTE: usize = 1 << 20;
/// The most signature lines that are read; the specification asks for at least 16.
const MAX_SIGNATURES: usize = 100;

/// Why a note or a verifier key is not one, or does not verify.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The text cannot be signed or is not a note.
    #[error("not a signed note: {0}")]
    Malformed(&'static str),
    /// A name that a key cannot have.
    #[error("\"{0}\" cannot name a key: a name is not empty and has neither spaces nor +")]
    Name(String),
    /// A verifier key that cannot be read.
    #[error("not a verifier key (NAME+ID+BASE64): {0}")]
    Key(&'static str),
    /// A signature by a known key that does not hold.
    #[error("the signature by {0} does not belong to this text")]
    Signature(String),
    /// No signature by any known key.
    #[error("no signature by a known key; the note is signed by {0}")]
    NoKnownKey(String),
}

/// A public key with its name: what verifies a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: VerifyingKey,
}

impl VerifierKey {
    /// A key under a name, usually the ledger's origin.
    pub fn new(name: impl Into<String>, key: VerifyingKey) -> Result<Self, NoteError> {
        let name = name.into();
        if is_key_name(&name) { Ok(Self { name, key }) } else { Err(NoteError::Name(name)) }
    }

    /// The key's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key.
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The key id: the first four bytes of SHA-256(name || 0x0A || 0x01 || public key).
    pub fn id(&self) -> [u8; 4] {
        let hash = Sha256::new().chain_update(&self.name).chain_update([b'\n', ED25519]).chain_update(self.key.as_bytes()).finalize();
        [hash[0], hash[1], hash[2], hash[3]]
    }

    /// The key id as eight hexadecimal digits.
    pub fn id_hex(&self) -> String {
        hex::encode(self.id())
    }

    /// What people compare: SHA-256 of the 32 bytes of the public key, 64 hexadecimal digits.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.key)
    }
}

/// SHA-256 of the 32 bytes of a public key, 64 hexadecimal digits.
pub fn fingerprint(key: &VerifyingKey) -> String {
    hex::encode(Sha256::digest(key.as_bytes()))
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut material = vec![ED25519];
        material.extend_from_slice(self.key.as_bytes());
        write!(f, "{}+{}+{}", self.name, self.id_hex(), STANDARD.encode(material))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;
    fn from_str(text: &str) -> Result<Self, NoteError> {
        // Base64 may hold a plus; neither the name nor the id can.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(material)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key("it has fewer than three parts"));
        };
        let material = STANDARD.decode(material).map_err(|_| NoteError::Key("its third part is not base64"))?;
        let [ED25519, key @ ..] = material.as_slice() else {
            return Err(NoteError::Key("it is not an Ed25519 key (signature type 1)"));
        };
        let bytes: &[u8; 32] = key.try_into().map_err(|_| NoteError::Key("an Ed25519 key has 32 bytes"))?;
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| NoteError::Key("the 32 bytes are not a point of the curve"))?;
        let key = Self::new(name, key)?;
        if key.id_hex() == id { Ok(key) } else { Err(NoteError::Key("its id does not belong to its name and key")) }
    }
}

/// Reads a file of verifier keys: one a line; blank lines and lines that begin with # are passed over.
pub fn parse_trust_file(text: &str) -> Result<Vec<VerifierKey>, NoteError> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::parse).collect()
}

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub key_id: [u8; 4],
    /// The signature itself: 64 bytes for Ed25519, other lengths for other kinds.
    pub signature: Vec<u8>,
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.key_id.to_vec();
        bytes.extend_from_slice(&self.signature);
        write!(f, "\u{2014} {} {}", self.name, STANDARD.encode(bytes))
    }
}

/// A text and the signatures under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// Signs a text, which must end in a newline and hold no other control character.
    pub fn sign(text: impl Into<String>, name: &str, key: &SigningKey) -> Result<Self, NoteError> {
        let text = text.into();
        check_text(&text)?;
        let verifier = VerifierKey::new(name, key.verifying_key())?;
        let signature = key.sign(text.as_bytes()).to_bytes().to_vec();
        Ok(Self { text, signatures: vec![NoteSignature { name: name.to_owned(), key_id: verifier.id(), signature }] })
    }

    /// Reads a note. Nothing is verified yet: see [`Self::verify`].
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > MAX_NOTE {
            return Err(NoteError::Malformed("it is longer than a mebibyte"));
        }
        let (before, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed("it has no blank line before signatures"))?;
        let text = format!("{before}\n");
        check_text(&text)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Malformed("it does not end in a newline"))?;
        let signatures = lines.split('\n').map(parse_signature).collect::<Result<Vec<_>, _>>()?;
        if signatures.len() > MAX_SIGNATURES {
            return Err(NoteError::Malformed("it has more than 100 signatures"));
        }
        Ok(Self { text, signatures })
    }

    /// The text that is signed, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, verified or not.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// The keys, out of those given, that signed the note.
    ///
    /// Signatures by other keys are passed over. A signature that claims to be
    /// by a given key and does not hold is an error, and so is a note without
    /// a signature by any of them.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<Vec<&'k VerifierKey>, NoteError> {
        let mut good: Vec<&VerifierKey> = Vec::new();
        for line in &self.signatures {
            let Some(key) = keys.iter().find(|k| k.name == line.name && k.id() == line.key_id) else {
                continue;
            };
            let holds = Signature::from_slice(&line.signature).is_ok_and(|s| key.key.verify_strict(self.text.as_bytes(), &s).is_ok());
            if !holds {
                return Err(NoteError::Signature(key.name.clone()));
            }
            if !good.contains(&key) {
                good.push(key);
            }
        }
        if good.is_empty() {
            let names: Vec<&str> = self.signatures.iter().map(|s| s.name.as_str()).collect();
            return Err(NoteError::NoKnownKey(names.join(", ")));
        }
        Ok(good)
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for signature in &self.signatures {
            writeln!(f, "{signature}")?;
        }
        Ok(())
    }
}

/// Whether `name` can name a key: not empty, no spaces, no plus, no control characters.
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| !c.is_whitespace() && !c.is_control() && c != '+')
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::Malformed("the text does not end in a newline"));
    }
    if text.chars().any(|c| c < ' ' && c != '\n') {
        return Err(NoteError::Malformed("the text holds a control character"));
    }
    Ok(())
}

fn parse_signature(line: &str) -> Result<NoteSignature, NoteError> {
    let rest = line.strip_prefix("\u{2014} ").ok_or(NoteError::Malformed("a signature line does not begin with an em dash and a space"))?;
    let (name, encoded) = rest.split_once(' ').ok_or(NoteError::Malformed("a signature line has no space after the name"))?;
    if !is_key_name(name) {
        return Err(NoteError::Name(name.to_owned()));
    }
    let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::Malformed("a signature is not base64"))?;
    let (key_id, signature) = bytes.split_first_chunk::<4>().ok_or(NoteError::Malformed("a signature is shorter than its key id"))?;
    if signature.is_empty() {
        return Err(NoteError::Malformed("a signature is empty"));
    }
    Ok(NoteSignature { name: name.to_owned(), key_id: *key_id, signature: signature.to_vec() })
}
