//! The figures as a document (`docs/schemas/fairness-1.json`).

use super::figures::{BAND, FEWEST_CASES, FEWEST_PEOPLE};
use crate::Result;
use recommend::{quality::REVERSAL_DAYS, shadow::Rate};
use serde::{Deserialize, Serialize};

/// The name of the form.
pub const SCHEMA: &str = "countersign/fairness/1";

/// What people are told apart by (rule 35).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// The type of employment, in the source's words.
    EmploymentType,
    /// The place of work, in the source's words.
    Site,
    /// `full_time` or `part_time`.
    WorkingTime,
    /// `at_work` or `on_leave`.
    Leave,
}

impl Attribute {
    /// Every one, in the order of the page.
    pub const ALL: [Self; 4] = [Self::EmploymentType, Self::Site, Self::WorkingTime, Self::Leave];
}

/// What is counted of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Of what was recommended, Revoke.
    RecommendedRevoke,
    /// Of what was recommended, Escalate.
    RecommendedEscalate,
    /// Of people's final answers, Revoke.
    DecidedRevoke,
    /// Of what was removed, what was there again within 30 days.
    Reversed,
}

impl Measure {
    /// Every one, in the order of the page and of their numbers.
    pub const ALL: [Self; 4] = [Self::RecommendedRevoke, Self::RecommendedEscalate, Self::DecidedRevoke, Self::Reversed];
}

/// Where a group stands beside all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// More often, by more than the band and not by chance.
    More,
    /// Less often, by more than the band and not by chance.
    Less,
    /// Neither can be said.
    NotApart,
    /// Too few cases to say anything.
    TooFew,
}

/// A difference of two rates with its 95 % interval, in parts of 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The upper end.
    pub high: i64,
    /// The lower end.
    pub low: i64,
    /// The difference itself: above 0 where it is more often in the group.
    pub parts: i64,
}

/// One rate of one group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasureFigure {
    /// How far from all others that are shown; `None` where either side has too few cases.
    pub difference: Option<Difference>,
    /// Of what.
    pub measure: Measure,
    /// The rate.
    pub rate: Rate,
    /// Where that stands.
    pub standing: Standing,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its rates, in the order of [`Measure::ALL`].
    pub figures: Vec<MeasureFigure>,
    /// Its name: the source's word, or one of ours.
    pub group: String,
    /// People in it.
    pub people: u64,
}

/// What is not shown, because it would say too much about too few.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unshown {
    /// Groups.
    pub groups: u64,
    /// People in them.
    pub people: u64,
}

/// The figures of one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeFigures {
    /// The attribute.
    pub attribute: Attribute,
    /// The groups that are shown, those with most people first.
    pub groups: Vec<Group>,
    /// People of whom no source states it.
    pub not_stated: u64,
    /// What is not shown.
    pub unshown: Unshown,
}

/// Figures of fairness. Fields stand in the order of their names, as the canonical form has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// By attribute, in the order of [`Attribute::ALL`].
    pub attributes: Vec<AttributeFigures>,
    /// Differences whose interval comes nearer to zero are not said, in parts of 10,000.
    pub band: i64,
    /// No rate is stated for fewer cases.
    pub fewest_cases: u64,
    /// No group of fewer people is shown.
    pub fewest_people: u64,
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
    /// The first moment of the window.
    pub window_from: String,
}

/// The moments that figures speak about, as RFC 3339.
pub(super) struct Moments {
    pub(super) measured_at: String,
    pub(super) reversals_from: String,
    pub(super) reversals_until: String,
    pub(super) window_from: String,
}

impl Document {
    pub(super) fn new(attributes: Vec<AttributeFigures>, moments: Moments) -> Self {
        let Moments { measured_at, reversals_from, reversals_until, window_from } = moments;
        Self {
            attributes,
            band: BAND,
            fewest_cases: FEWEST_CASES,
            fewest_people: FEWEST_PEOPLE,
            measured_at,
            reversal_days: REVERSAL_DAYS,
            reversals_from,
            reversals_until,
            schema: SCHEMA.to_owned(),
            window_from,
        }
    }

    /// Figures that stand apart from all others. `None` where nothing could be compared, because too few people or cases are
    /// shown on either side: that is no all-clear, and must not be said as one.
    pub fn apart(&self) -> Option<usize> {
        let standings = || self.attributes.iter().flat_map(|of| &of.groups).flat_map(|group| &group.figures).map(|of| of.standing);
        let compared = standings().any(|standing| standing != Standing::TooFew);
        compared.then(|| standings().filter(|standing| matches!(standing, Standing::More | Standing::Less)).count())
    }

    /// The canonical bytes (RFC 8785, whole numbers only), over which their SHA-256 is made.
    pub fn to_canonical(&self) -> Result<Vec<u8>> {
        crate::canonical(self, "figures of fairness")
    }
}
