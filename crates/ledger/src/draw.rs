//! Which items of a campaign are to be judged first: a draw that anybody can make again (rule 30).
//!
//! The campaign's opening states a seed and a share, each item's entry whether it was drawn. The draw looks at the seed and the
//! item's id alone, so it cannot follow what is recommended, whose access it is, or who answers.

use domain::ItemId;
use sha2::{Digest as _, Sha256};

/// What the entry of an item that was drawn says.
pub const DRAWN: &str = "drawn";
/// What the entry of an item says that was not drawn and could have been.
pub const NOT_DRAWN: &str = "not_drawn";
/// What the entry of an item says that nothing was drawn about, because a named rule decides what is recommended for it.
pub const BY_A_RULE: &str = "by_a_rule";

/// Before the seed and the id, so that the hash is of nothing else.
const LABEL: &[u8] = b"countersign/draw/1\n";

/// Whether an item is drawn, where `share` of 100 are: the first eight bytes, the most significant first, of the SHA-256 over
/// `countersign/draw/1`, a line feed, the seed's 32 bytes and the 16 of the item's id are a number below `share` hundredths of 2^64.
pub fn is_drawn(seed: &[u8; 32], share: u32, item: ItemId) -> bool {
    let mut hash = Sha256::new();
    hash.update(LABEL);
    hash.update(seed);
    hash.update(item.0.as_bytes());
    let digest: [u8; 32] = hash.finalize().into();
    let number = digest.iter().take(8).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    number * 100 < u128::from(share) << 64
}
