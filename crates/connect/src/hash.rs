//! Digests that anyone can recompute with standard tools.
//!
//! A record's canonical line is a JSON array (RFC 8785: no white space, UTF-8)
//! of its kind with version and its fields in the order of the struct; unknown
//! is `null`, times are integers in microseconds since 1970. Its digest is the
//! SHA-256 of that line. The population hash is the SHA-256 of all digests in
//! hexadecimal, sorted, each followed by LF; so it does not depend on the
//! order in which the source listed the records.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
pub type Digest = [u8; 32];

pub(crate) fn sha256(bytes: &[u8]) -> Digest {
    Sha256::digest(bytes).into()
}

/// The canonical line of a record.
pub(crate) fn line(fields: Vec<Value>) -> String {
    Value::Array(fields).to_string()
}

/// The hash of a population, from the digests of its records in any order.
pub fn population_hash_of(digests: impl IntoIterator<Item = Digest>) -> Digest {
    let mut digests: Vec<Digest> = digests.into_iter().collect();
    digests.sort_unstable();
    let mut hash = Sha256::new();
    let mut hexadecimal = [0; 64];
    for digest in digests {
        // The buffer is exactly twice as long as a digest, so encoding cannot fail.
        if hex::encode_to_slice(digest, &mut hexadecimal).is_ok() {
            hash.update(hexadecimal);
            hash.update(b"\n");
        }
    }
    hash.finalize().into()
}
