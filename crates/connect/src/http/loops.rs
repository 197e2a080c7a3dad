//! Pages whose "next" leads back to where it came from.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The next page is one that was read already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the next page is one that was read already")]
pub struct LoopFound;

/// Notices a loop of cursors without keeping them all: Brent's algorithm (BIT 20, 1980, 176–184). It is small enough to
/// travel inside a cursor, so that a reading that is resumed elsewhere still notices.
///
/// A loop of n pages after m others is noticed within 3 · max(m, n) pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoopGuard {
    /// First half of the SHA-256 of the cursor that later ones are compared with, in hexadecimal.
    #[serde(rename = "m", default, skip_serializing_if = "String::is_empty")]
    mark: String,
    /// Cursors seen since.
    #[serde(rename = "s")]
    steps: u64,
    /// After how many the mark moves.
    #[serde(rename = "p")]
    power: u64,
}

impl Default for LoopGuard {
    fn default() -> Self {
        Self { mark: String::new(), steps: 0, power: 1 }
    }
}

impl LoopGuard {
    /// Takes note of one cursor, in the order in which the pages come.
    pub fn pass(&mut self, cursor: &str) -> Result<(), LoopFound> {
        let digest = hex::encode(Sha256::digest(cursor.as_bytes()).get(..16).unwrap_or_default());
        if digest == self.mark {
            return Err(LoopFound);
        }
        self.steps += 1;
        if self.steps >= self.power {
            self.mark = digest;
            self.steps = 0;
            self.power = self.power.saturating_mul(2);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loop_is_noticed_and_no_straight_line_is() {
        for before in 0..20_u64 {
            for length in 1..20_u64 {
                let mut guard = LoopGuard::default();
                let found = (0..1_000_u64).position(|at| {
                    let cursor = if at < before { at } else { before + (at - before) % length };
                    guard.pass(&cursor.to_string()).is_err()
                });
                let most = usize::try_from(3 * before.max(length) + 2).unwrap_or(0);
                assert!(found.is_some_and(|at| at <= most), "{before} {length} {found:?}");
            }
        }
        let mut guard = LoopGuard::default();
        assert!((0..10_000).all(|at: u32| guard.pass(&at.to_string()).is_ok()));
    }
}
