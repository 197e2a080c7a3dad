//! Shadow mode: hidden recommendations beside people's answers.

use super::{CampaignHead, Words};
use crate::{
    FieldError,
    shadow::{Apart, Beside, Bin, Fit},
};
use domain::{AttemptId, Timestamp};
use serde::{Deserialize, Serialize};

/// That a campaign hides what is recommended, or hid it, on its own page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShadowLine {
    /// When the report was accepted; `None` while the recommendations are hidden.
    pub accepted_at: Option<Timestamp>,
    /// Whether the reader may open the report.
    pub may_view: bool,
}

/// `/campaigns/{id}/shadow`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShadowPage {
    /// The campaign.
    pub head: CampaignHead,
    /// Items of the campaign.
    pub items: u64,
    /// Items that are not compared, by why.
    pub apart: Apart,
    /// All that is compared.
    pub overall: Fit,
    /// Agreement by stated confidence.
    pub calibration: Vec<Bin>,
    /// Simpler rules beside the same answers.
    pub baselines: Vec<Beside>,
    /// By source, most cases first.
    pub by_source: Vec<FitLine>,
    /// By the holder's department, most cases first.
    pub by_department: Vec<FitLine>,
    /// By kind, most cases first.
    pub by_kind: Vec<FitLine>,
    /// SHA-256 of the report, in hexadecimal.
    pub sha256: String,
    /// When it was accepted; `None` while the recommendations are hidden.
    pub accepted_at: Option<Timestamp>,
    /// That the report changed since a form was shown, as a sentence.
    pub changed: Option<String>,
    /// The form to accept it; `None` where the reader may not, or it is accepted.
    pub accept: Option<AcceptView>,
}

/// The cases of one source, department or kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FitLine {
    /// Which; `None` where it is not known.
    pub name: Option<Words>,
    /// How well recommendations and answers fit.
    pub fit: Fit,
}

/// The form to accept a report. The page's field names are those of this struct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptView {
    /// Unique to this form.
    pub attempt: AttemptId,
    /// The campaign's version as shown.
    pub expected_version: i64,
    /// SHA-256 of the report as shown, 64 hexadecimal digits.
    pub report_sha256: String,
    /// The box is ticked.
    pub acknowledge: bool,
    /// What could not be taken, by field name.
    pub errors: Vec<FieldError>,
}
