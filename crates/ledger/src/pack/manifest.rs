//! What a pack says about itself.

use crate::canonical::{CanonicalError, canonical};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The manifest's schema, `docs/schemas/pack-1.json`.
pub const MANIFEST_SCHEMA: &str = "countersign/pack/1";

/// The manifest of a pack: `manifest.json`, in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`MANIFEST_SCHEMA`].
    pub schema: String,
    /// The installation whose ledger this is.
    pub origin: String,
    /// The campaign that the pack is about; absent when it is about several, or about the whole ledger.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// The campaigns that the pack is about, in order, when they are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub campaigns: Vec<String>,
    /// The checkpoint that the pack was made for.
    pub checkpoint: ManifestCheckpoint,
    /// The size of the earlier checkpoint that the pack proves to be a beginning of this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_size: Option<u64>,
    /// The entries in the pack.
    pub entries: EntryRange,
    /// Every member but the manifest and its signature, in order.
    pub members: Vec<ManifestMember>,
    /// For items and orders, how many rows are in each state.
    pub states: BTreeMap<String, BTreeMap<String, u64>>,
    /// What the pack leaves out, and why.
    pub left_out: Vec<LeftOut>,
    /// The keys that signed.
    pub keys: ManifestKeys,
    /// What the pack proves and what it does not (rule 45).
    pub statement: String,
}

/// A checkpoint, as a note and as values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestCheckpoint {
    /// The signed note: the same text as in `checkpoint.txt`.
    pub note: String,
    /// The number of entries.
    pub size: u64,
    /// The root over them, 64 hexadecimal digits.
    pub root: String,
}

/// Which entries the pack holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryRange {
    /// How many.
    pub count: u64,
    /// True when the pack is about the whole ledger and holds every entry up to the checkpoint, so that a gap is a finding.
    pub complete: bool,
}

/// A member of the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestMember {
    /// Its name.
    pub name: String,
    /// Its size in bytes, as it stands in the pack.
    pub size: u64,
    /// SHA-256 of its bytes as they stand in the pack, 64 hexadecimal digits.
    pub sha256: String,
    /// The number of lines, for tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
}

/// Something that the pack leaves out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// What: a table's name such as "texts", or a code of the exporter's.
    pub what: String,
    /// Why, as a sentence.
    pub why: String,
}

/// The keys that signed the pack and its checkpoint, as C2SP verifier keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestKeys {
    /// The key that signed the manifest.
    pub signer: String,
    /// Its id, 8 hexadecimal digits.
    pub signer_id: String,
    /// Its fingerprint: SHA-256 of the public key, 64 hexadecimal digits.
    pub fingerprint: String,
    /// The key that signed the checkpoint.
    pub checkpoint: String,
}

impl Manifest {
    /// The canonical bytes.
    pub fn to_bytes(&self) -> Result<Vec<u8>, CanonicalError> {
        let value = serde_json::to_value(self).map_err(|e| CanonicalError::NotJson(e.to_string()))?;
        canonical(&value)
    }

    /// Reads canonical bytes back; other bytes are an error.
    pub fn parse(bytes: &[u8]) -> Result<Self, CanonicalError> {
        let value = crate::canonical::parse_canonical(bytes)?;
        serde_json::from_value(value).map_err(|e| CanonicalError::NotJson(e.to_string()))
    }

    /// Whether the pack says that it leaves `what` out.
    pub fn leaves_out(&self, what: &str) -> bool {
        self.left_out.iter().any(|l| l.what == what)
    }
}

/// The text that the pack's signer signs: the schema, the origin and the manifest's hash, each on a line.
pub fn signed_text(origin: &str, manifest_sha256: &str) -> String {
    format!("{MANIFEST_SCHEMA}\n{origin}\n{manifest_sha256}\n")
}
