//! Facts to verdict, confidence and reasons.
//!
//! Pure and deterministic: the same population, time of judging and weights give
//! the same bytes on every machine. There is no clock, no chance, no file. Names,
//! descriptions and other free text are not among the inputs, so they cannot move
//! a verdict.
//!
//! The way of one grant: [`Judge`] looks once at the whole [`Population`] and
//! gathers the [`Facts`] about a grant; [`decide`] makes the [`Recommendation`]
//! out of these facts and the [`Weights`] alone, so that anyone who holds the
//! stored facts can make it again. First the named rules ([`HardRule`]), then the
//! sum of the weighed reasons, then abstention: what cannot be decided well
//! enough is Escalate. [`decide_with`] does the same beside a learned model's
//! word ([`Learned`]). [`sentence`] says a reason to a person.

mod annotation;
mod calendar;
mod cause;
mod decide;
pub mod drift;
mod evidence;
mod fact;
mod gather;
mod index;
mod judge;
mod learned;
pub mod measure;
pub mod overlap;
mod part;
mod population;
pub mod quality;
mod reason;
mod recommendation;
pub mod risk;
mod rules;
mod sentence;
pub mod shadow;
pub mod sod;
mod sorted;
mod steps;
mod weights;
mod whatif;

pub use annotation::{Annotation, Sign, instruction_note};
pub use cause::{Cause, Sort, UnknownCause};
pub use decide::{decide, decide_with, open_to_a_model, steps, steps_with};
pub use fact::{Duty, Fact, FactId, FactValue, Facts, Group, Needed, Origin, Past, PathKind, Rhythm, Share, Side};
pub use judge::{Judge, JudgeError};
pub use learned::{LOOKED_AT, Learned, Open, Profile, Promised, Settled};
pub use part::{LEAST_TOLD, Part, PartOf};
pub use population::{
    About, Attribute, Elsewhere, Entitlement, Grant, HowDecided, PastDecision, Person, Population, Requirement, SeparatedDuties, Source,
    UsageRecord,
};
pub use reason::{Home, NoExcuse, PeerLevel, Reason, Says};
pub use recommendation::{
    CanonicalError, ENGINE, Recommendation, SCHEMA, SCHEMA_IN_PARTS, SCHEMA_LEARNED, engine_of, input_bytes, input_hash, stored_input_hash,
    version,
};
pub use rules::HardRule;
pub use sentence::{Names, sentence};
pub use steps::{RuleTried, Steps, Weighed, Weighing};
pub use weights::{TABLE, WeightRow, Weights};
pub use whatif::{
    Counterfactual, PeerChange, Unknown, counterfactuals, counterfactuals_with, say_counterfactual, say_unknown, unknowns, unknowns_with,
};
