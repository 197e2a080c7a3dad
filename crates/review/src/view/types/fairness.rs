//! Whether recommendations and decisions fall on everybody alike.

use super::Words;
use crate::{FieldError, fairness::Document};
use domain::{AttemptId, Timestamp};
use serde::{Deserialize, Serialize};

/// `/quality/fairness`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FairnessPage {
    /// The newest figures; `None` before the first.
    pub measured: Option<FairnessMeasured>,
    /// Where they stand, in short.
    pub stands: FairnessStands,
    /// The form to sign a review; `None` where the reader may not, or there are no figures.
    pub sign: Option<FairnessSign>,
    /// Signed reviews, the newest first; at most 20.
    pub reviews: Vec<FairnessReviewLine>,
    /// What to say where the figures are no longer those that a form was about.
    pub changed: Option<String>,
}

/// The figures of one measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FairnessMeasured {
    /// When they were measured.
    pub at: Timestamp,
    /// The first moment that they speak of.
    pub window_from: Timestamp,
    /// From when removals were proven that reversals speak of, and until when.
    pub reversals: (Timestamp, Timestamp),
    /// The figures.
    pub document: Document,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// Where fairness stands, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FairnessStands {
    /// Figures of groups that stand apart from all others; `None` where nothing could be compared.
    pub apart: Option<i64>,
    /// When somebody signed a review last.
    pub reviewed_at: Option<Timestamp>,
    /// True where the next review is due.
    pub due: bool,
}

/// The form by which a review is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FairnessSign {
    /// For the form.
    pub attempt: AttemptId,
    /// SHA-256 of the figures that are shown, in hexadecimal.
    pub figures_sha256: String,
    /// What was typed.
    pub conclusion: String,
    /// Whether the box was ticked.
    pub acknowledge: bool,
    /// What could not be taken.
    pub errors: Vec<FieldError>,
}

/// A signed review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FairnessReviewLine {
    /// When it was signed.
    pub at: Timestamp,
    /// By whom.
    pub by: Words,
    /// What they concluded; `None` where the words were erased.
    pub conclusion: Option<Words>,
    /// When the figures were measured that it is about.
    pub measured_at: Timestamp,
    /// Their SHA-256, in hexadecimal.
    pub figures_sha256: String,
}
