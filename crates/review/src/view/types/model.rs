//! Learned models: what there is to learn from, what is in force, and one model with its comparison.

use super::Words;
use crate::{FieldError, learning::Report};
use domain::{AttemptId, Timestamp};
use serde::{Deserialize, Serialize};

/// `/models`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelsPage {
    /// What there is to learn from.
    pub teaching: TeachingView,
    /// What was in force since when, the newest first; the first stands now. Empty where nothing was ever put in force.
    pub terms: Vec<TermLine>,
    /// The models, the newest first.
    pub models: Vec<ModelLine>,
    /// How many new answers that teach it takes for the next model to be trained by itself, and one for how many of those that
    /// the newest model had.
    pub more: (u64, u64),
    /// Whether a model is being trained now.
    pub under_way: bool,
    /// The form to have one trained; `None` where the reader may not.
    pub train: Option<AttemptId>,
    /// The form to put an earlier state in force again; `None` where the reader may not, or there is none.
    pub roll_back: Option<RollBackView>,
    /// What is wrong with the model in force, as a sentence.
    pub problem: Option<String>,
}

/// Answers that teach, and those that do not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeachingView {
    /// Approvals that teach.
    pub approved: u64,
    /// Removals that teach.
    pub revoked: u64,
    /// How many answers it takes.
    pub needed: u64,
    /// How many of each it takes.
    pub needed_each: u64,
    /// Answers that teach, by a stable name of how they arose, and how many.
    pub kept: Vec<(String, u64)>,
    /// Answers that do not teach, by a stable name of why, and how many.
    pub others: Vec<(String, u64)>,
}

impl TeachingView {
    /// Whether a model can be trained.
    pub const fn is_enough(&self) -> bool {
        self.approved + self.revoked >= self.needed && self.approved >= self.needed_each && self.revoked >= self.needed_each
    }
}

/// What was in force in one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermLine {
    /// The model, by its SHA-256 in hexadecimal; `None` for the stated weights alone.
    pub model: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// By whose act.
    pub by: Words,
    /// Whether an earlier state was put back.
    pub rolled_back: bool,
}

/// A model in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelLine {
    /// SHA-256 of its artifact, in hexadecimal.
    pub sha256: String,
    /// When it was trained.
    pub trained_at: Timestamp,
    /// Who had it trained, or, where it was trained by itself, who chose the promise that it has.
    pub by: Words,
    /// Whether nobody asked for it: enough new answers had come.
    pub by_itself: bool,
    /// Whether it is in force.
    pub in_force: bool,
}

/// The form to put an earlier state in force again. The page's field names are those of this struct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RollBackView {
    /// Unique to this form.
    pub attempt: AttemptId,
    /// The number of the term as shown.
    pub expected_term: i64,
    /// What can be put in force: a model by its SHA-256, or `None` for the stated weights alone.
    pub to: Vec<Option<String>>,
}

/// `/models/{sha256}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelPage {
    /// SHA-256 of its artifact, in hexadecimal.
    pub sha256: String,
    /// When it was trained.
    pub trained_at: Timestamp,
    /// Who had it trained, or, where it was trained by itself, who chose the promise that it has.
    pub by: Words,
    /// Whether nobody asked for it: enough new answers had come.
    pub by_itself: bool,
    /// Since when it is in force; `None` where it is not.
    pub in_force_since: Option<Timestamp>,
    /// What is wrong with what is stored, as a sentence; then nothing of it is shown.
    pub problem: Option<String>,
    /// What the model says of itself, and the comparison.
    pub known: Option<Box<KnownModel>>,
    /// That the comparison changed since a form was shown, as a sentence.
    pub changed: Option<String>,
    /// The form to put it in force; `None` where the reader may not, or it is in force, or cannot be.
    pub promote: Option<PromoteView>,
}

/// What a model says of itself, and its comparison with people's answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownModel {
    /// What it is for, and what it cannot do.
    pub card: String,
    /// Decisions that it learned from.
    pub learned_from: u64,
    /// Decisions that its promise was set on.
    pub promised_on: u64,
    /// The first and the last decision that it learned from.
    pub window: Option<(Timestamp, Timestamp)>,
    /// Answers that taught it or set its promise, by a stable name of how they arose, and how many.
    pub kept: Vec<(String, u64)>,
    /// Decisions that did not teach, by a stable name of why, and how many.
    pub others: Vec<(String, u64)>,
    /// The columns that it uses; others were constant or repeated one of these.
    pub columns: Vec<String>,
    /// Measures on decisions that the measured model did not learn from, in millionths, by fold and name.
    pub measures: Vec<MeasureLine>,
    /// The promise: the share of recommendations that may be overturned, in millionths.
    pub promised: u32,
    /// The rule of each kind.
    pub rules: Vec<PromiseLine>,
    /// The comparison.
    pub report: Report,
    /// SHA-256 of the comparison, in hexadecimal.
    pub report_sha256: String,
}

/// Measures in one way of making folds. In millionths; `None` where it could not be measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureLine {
    /// `random`, `by_reviewer` or `by_entitlement`.
    pub folds: String,
    /// Area under the receiver's curve.
    pub auc: Option<u32>,
    /// Mean of -ln of what was given to the answer that came.
    pub log_loss: Option<u32>,
    /// Mean squared distance between probability and answer.
    pub brier: Option<u32>,
    /// Expected calibration error.
    pub ece: Option<u32>,
}

/// The promise's rule for one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromiseLine {
    /// The source.
    pub source: Words,
    /// Whether these are items in which a wrong answer could do much harm.
    pub high_risk: bool,
    /// Decisions that the rule was set on.
    pub cases: u64,
    /// When Approve is recommended.
    pub approve: PromiseSide,
    /// When Revoke is recommended.
    pub revoke: PromiseSide,
}

/// One side of a rule. Shares in millionths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PromiseSide {
    /// The promise was shown to hold.
    Holds {
        /// The probability of Approve from which (Approve) or up to which (Revoke) is recommended.
        threshold: u32,
        /// Decisions on that side.
        cases: u32,
        /// Those that were answered otherwise.
        overturned: u32,
        /// What the share overturned is at most, with 95 % confidence for the whole rule.
        at_most: u32,
    },
    /// There were too few decisions.
    TooFew,
    /// Even the surest were overturned too often.
    TooOften,
}

/// The form to put a model in force. The page's field names are those of this struct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromoteView {
    /// Unique to this form.
    pub attempt: AttemptId,
    /// The number of the term as shown.
    pub expected_term: i64,
    /// SHA-256 of the comparison as shown, 64 hexadecimal digits.
    pub report_sha256: String,
    /// The box is ticked.
    pub acknowledge: bool,
    /// What could not be taken, by field name.
    pub errors: Vec<FieldError>,
}
