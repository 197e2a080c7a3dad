//! How well recommendations hold.

use super::{FairnessStands, Words};
use crate::quality::{Figure, Figures, Reading, Spread, Week};
use crate::shadow::Bin;
use domain::{AttemptId, Timestamp};
use serde::{Deserialize, Serialize};

/// `/quality`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityPage {
    /// The newest figures; `None` before the first.
    pub measured: Option<QualityMeasured>,
    /// Figures outside their band, the longest first.
    pub open: Vec<AlertLine>,
    /// Figures that are back, those that came back last first; at most 20.
    pub ended: Vec<AlertLine>,
    /// The form to measure now; `None` where the reader may not.
    pub attempt: Option<AttemptId>,
    /// True while a measurement is under way.
    pub under_way: bool,
    /// Where fairness stands; `None` before its first figures.
    pub fairness: Option<FairnessStands>,
}

/// The figures of one measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityMeasured {
    /// When they were measured.
    pub at: Timestamp,
    /// The first moment that they speak of.
    pub window_from: Timestamp,
    /// The first moment that distributions are compared with.
    pub before_from: Timestamp,
    /// From when removals were proven that reversals speak of, and until when.
    pub reversals: (Timestamp, Timestamp),
    /// By version.
    pub versions: Vec<QualityVersion>,
    /// What people decided, beside the weeks before.
    pub decided: Spread,
    /// Where that stands.
    pub decided_reading: Option<Reading>,
    /// The weeks in which anything happened, the earliest first; at most 65.
    pub weeks: Vec<Week>,
    /// When each of them began, in the same order.
    pub week_starts: Vec<Timestamp>,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Recommendations that are counted in nothing, because they cannot be read.
    pub unreadable: u64,
}

/// One version's figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityVersion {
    /// The version.
    pub version: String,
    /// Over all causes.
    pub overall: Figures,
    /// Its figures with their bands, but for those of causes and facts.
    pub readings: Vec<Reading>,
    /// Agreement by stated confidence.
    pub calibration: Vec<Bin>,
    /// By cause, most answers first.
    pub causes: Vec<QualityCause>,
    /// What it recommended, beside the weeks before.
    pub recommended: Spread,
    /// On which facts, beside the weeks before.
    pub inputs: Vec<QualityInput>,
}

/// One cause's figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityCause {
    /// What a manager would say.
    pub name: Words,
    /// Its figures.
    pub figures: Figures,
    /// Whether one of them is outside its band.
    pub outside: bool,
}

/// A fact's distribution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityInput {
    /// The distribution, then and now.
    pub spread: Spread,
    /// Where it stands.
    pub reading: Option<Reading>,
}

/// A figure that left its band.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertLine {
    /// Which figure.
    pub figure: Figure,
    /// Of which version; `None` of all.
    pub version: Option<String>,
    /// Of which cause, in a manager's words, or the name of which fact; `None` of all.
    pub part: Option<Words>,
    /// The figure when it left, in parts of 10,000.
    pub value: i64,
    /// The end of its band then, in parts of 10,000.
    pub band: i64,
    /// Cases then.
    pub cases: i64,
    /// When it was noticed.
    pub raised_at: Timestamp,
    /// When it was back; `None` while it is not.
    pub ended_at: Option<Timestamp>,
    /// True where it ended because nothing can be said of it any more.
    pub not_measured: bool,
}
