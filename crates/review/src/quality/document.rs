//! The figures as a document (`docs/schemas/quality-1.json`).

use super::{reversal_window, week_start};
use crate::Result;
use domain::Timestamp;
use recommend::{
    quality::{BEFORE, Measured, REVERSAL_DAYS, WINDOW},
    shadow::FEWEST,
};
use serde::{Deserialize, Serialize};

/// The name of the form.
pub const SCHEMA: &str = "countersign/quality/1";

/// How well recommendations hold. Fields stand in the order of their names, as the canonical form has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// The first moment that distributions of the window are compared with, as RFC 3339, UTC.
    pub before_from: String,
    /// No share is stated for fewer cases.
    pub fewest: u64,
    /// The figures.
    pub measured: Measured,
    /// When they were measured, as RFC 3339, UTC.
    pub measured_at: String,
    /// Access that comes back within so many days after its removal is a reversal.
    pub reversal_days: i64,
    /// Removals that reversals speak of were proven from then on.
    pub reversals_from: String,
    /// Removals that reversals speak of were proven before then.
    pub reversals_until: String,
    /// The form of this document: [`SCHEMA`].
    pub schema: String,
    /// Recommendations of this time and the year before that cannot be read, and are counted in nothing: another version wrote them, or
    /// they were changed in the database.
    #[serde(default)]
    pub unreadable: u64,
    /// The first moment of the window.
    pub window_from: String,
}

impl Document {
    /// The figures measured at `now`, in the week `week`.
    pub(super) fn new(measured: Measured, unreadable: u64, now: Timestamp, week: i64) -> Self {
        let (from, until) = reversal_window(now, week);
        Self {
            before_from: week_start(week - WINDOW - BEFORE + 1).to_rfc3339(),
            fewest: FEWEST,
            measured,
            measured_at: now.to_rfc3339(),
            reversal_days: REVERSAL_DAYS,
            reversals_from: from.to_rfc3339(),
            reversals_until: until.to_rfc3339(),
            schema: SCHEMA.to_owned(),
            unreadable,
            window_from: week_start(week - WINDOW + 1).to_rfc3339(),
        }
    }

    /// The canonical bytes (RFC 8785, whole numbers only), over which the measurement's SHA-256 is made.
    pub fn to_canonical(&self) -> Result<Vec<u8>> {
        crate::canonical(self, "figures of quality")
    }
}
