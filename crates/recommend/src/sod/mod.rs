//! Segregation of duties: rules over duties, who holds them together, and what to do about it (rule 33).
//!
//! A rule speaks of duties, never of entitlements. The owners of entitlements say
//! which duties each gives ([`DutyMap`]); what nobody has mapped is counted as not
//! evaluated, and is never taken for harmless. A rule has two lists of duties, any
//! or all of each; who meets both lists, through whatever sources, has a conflict.
//!
//! [`RuleSet`] is the file, [`Checker`] finds conflicts in one person's or
//! everybody's access and says whether a proposed grant would make one,
//! [`Checker::ways_out`] says what giving up either side would cost, and
//! [`keeping_both`] decides whether both sides may be approved.

mod check;
mod control;
mod edit;
mod file;
mod loss;
mod map;
mod pack;
mod rule;
mod write;

pub use check::{Checker, Conflict, Evaluation, Held, Holding, Proposed, SideHeld};
pub use control::{Blocked, BothSides, Chosen, keeping_both};
pub use edit::{RuleEntered, SideEntered, WrongField};
pub use file::FileError;
pub use loss::{APART, Loss, WaysOut, Worth};
pub use map::{DutyMap, MappedEntitlement};
pub use pack::{Pack, STARTER_PACKS, starter};
pub use rule::{Control, DutyDefinition, FailedTest, Match, Need, Rule, RuleSet, RuleTest, Severity, WhichSide};
