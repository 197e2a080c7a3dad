//! How a recommendation came about and what would change it, as the item's page tells it.

use serde::{Deserialize, Serialize};

/// How a recommendation came about, and what would change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Computed {
    /// The sum of the weights of the reasons, on the engine's own scale.
    pub score: i32,
    /// Between which bounds the engine abstains; `None` where a named rule decided.
    pub bounds: Option<Bounds>,
    /// The named rule that decided, as a sentence.
    pub rule: Option<String>,
    /// How the score came out of the comparison with the bounds, as a sentence; `None` where a named rule decided.
    pub came_out: Option<String>,
    /// What would change the recommendation, as sentences (rule 31 says where one may be told).
    pub what_if: Vec<String>,
    /// What is not known and would matter, as sentences.
    pub unknown: Vec<String>,
    /// SHA-256 over the canonical input, as hexadecimal digits.
    pub input_hash: String,
}

/// The bounds of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// The score up to which Revoke is recommended.
    pub revoke_at: i32,
    /// The score from which Approve is recommended.
    pub approve_at: i32,
}
