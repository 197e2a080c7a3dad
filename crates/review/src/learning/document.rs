//! The comparison of a model with people's answers as a document (`docs/schemas/model-report-1.json`).

use crate::{Result, shadow::Named};
use recommend::shadow::Comparison;
use serde::{Deserialize, Serialize};

/// The name of the form.
pub const SCHEMA: &str = "countersign/model-report/1";

/// What a model would have recommended beside what people decided. Fields stand in the order of their names, as the canonical
/// form has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The comparison of what would be recommended with the model in force.
    pub compared: Comparison,
    /// Decisions that are compared: those that may teach and that the model does not know.
    pub decisions: u64,
    /// The engine that both were made with.
    pub engine: String,
    /// No share is stated for fewer cases, and with fewer decisions no model can be put in force.
    pub fewest: u64,
    /// When the first and the last of the decisions were made, as RFC 3339, UTC; `None` where there is none.
    pub first_and_last: Option<(String, String)>,
    /// What became of the promise, by kind.
    pub kinds: Vec<KindKept>,
    /// SHA-256 of the model's artifact.
    pub model: String,
    /// The promise: the share of recommendations that may be overturned, in millionths.
    pub promised: u32,
    /// The form of this document: [`SCHEMA`].
    pub schema: String,
    /// The names of the sources.
    pub sources: Vec<Named>,
    /// The comparison of what the stated weights alone recommend, on the same decisions.
    pub stated: Comparison,
    /// Answers that may teach and are not compared, because what was recommended for them cannot be read: another version wrote it,
    /// or it was changed in the database.
    #[serde(default)]
    pub unreadable: u64,
}

/// What became of the promise on the decisions of one kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KindKept {
    /// For how many Approve would have been recommended.
    pub approve: u64,
    /// Of these, how many people revoked.
    pub approve_overturned: u64,
    /// For how many nothing would have been recommended.
    pub escalated: u64,
    /// Whether these are items in which a wrong answer could do much harm.
    pub high_risk: bool,
    /// For how many Revoke would have been recommended.
    pub revoke: u64,
    /// Of these, how many people approved.
    pub revoke_overturned: u64,
    /// The source, by its id.
    pub source: String,
}

impl Report {
    /// The canonical bytes (RFC 8785, whole numbers only), over which the SHA-256 is made that a person accepts.
    pub fn to_canonical(&self) -> Result<Vec<u8>> {
        crate::canonical(self, &format!("the comparison of model {}", self.model))
    }
}
