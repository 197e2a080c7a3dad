//! The only source of chance in the invented company: `ChaCha8` from a seed, one stream per subject, so that
//! adding a draw in one chapter of the story leaves the others as they were.

use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

/// A seeded stream of draws. Integers only: the same on every machine.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream numbered `stream` of a seed.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self(generator)
    }

    /// A number from 0 to `count - 1`; 0 when there is nothing to choose from.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        // Multiply and shift: the bias is under one in 2^32 / count, far below what a story could show.
        let wide = u128::from(self.0.next_u64()) * (count as u128);
        usize::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included; `low` when the range is empty.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high - low + 1).unwrap_or(0);
        low + i64::try_from(self.below(span)).unwrap_or(0)
    }

    /// True in `permille` of 1,000 cases.
    pub(crate) fn chance(&mut self, permille: u32) -> bool {
        u64::from(self.0.next_u32()) * 1000 < u64::from(permille) << 32
    }

    /// One of several; the caller knows that there is at least one.
    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        from.get(self.below(from.len())).copied()
    }

    /// The index of a weight, drawn in proportion to it.
    pub(crate) fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u32 = weights.iter().sum();
        let mut left = self.below(total as usize);
        for (index, weight) in weights.iter().enumerate() {
            let weight = *weight as usize;
            if left < weight {
                return index;
            }
            left -= weight;
        }
        0
    }

    /// Puts a list in a drawn order (Fisher-Yates).
    pub(crate) fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            let other = self.below(end + 1);
            list.swap(end, other);
        }
    }
}
