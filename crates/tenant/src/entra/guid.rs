//! Object ids that are the same for the same company on every machine.

use sha2::{Digest as _, Sha256};

/// What Graph writes where nobody is meant, as in `reviewedBy` of a decision that nobody made.
pub(crate) const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// The GUID of a thing: a function of the tenant, what kind of thing it is, and its key. It has the version and
/// variant bits of a random UUID (RFC 9562, 5.4), as Entra's ids do.
pub(crate) fn guid(tenant: &str, kind: &str, key: &str) -> String {
    let mut hash = Sha256::new();
    for part in [tenant, kind, key] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut number = digest.iter().take(16).fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    number = number & !(0xf << 76) | 0x4 << 76;
    number = number & !(0x3 << 62) | 0x2 << 62;
    let text = format!("{number:032x}");
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// Whether a text has the form of a GUID.
pub(crate) fn is_guid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_are_stable_distinct_and_well_formed() {
        let one = guid("t", "user", "p00001");
        assert_eq!(one, guid("t", "user", "p00001"));
        assert!(is_guid(&one), "{one}");
        assert_eq!(one.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&one.as_bytes()[19]));
        // The lengths are hashed too, so that a boundary between two parts cannot move.
        assert_ne!(guid("t", "user", "p1"), guid("t", "userp", "1"));
        assert!(is_guid(NOBODY) && !is_guid("p00001") && !is_guid("1e6b8a05-d8b3-4a2c-9b6f-0c8e6a2d4f1"));
    }
}
