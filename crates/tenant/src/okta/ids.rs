//! Okta's ids: a prefix that says what it is, and 17 letters and digits. The same thing has the same id in every run.

use sha2::{Digest as _, Sha256};

/// The id of a thing of the kind `prefix`, from a name that is unique among its kind.
pub(super) fn id(prefix: &str, name: &str) -> String {
    const LETTERS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digest = Sha256::digest(format!("{prefix} {name}").as_bytes());
    let tail = digest.iter().take(17).filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len())).map(|letter| char::from(*letter));
    prefix.chars().chain(tail).collect()
}
