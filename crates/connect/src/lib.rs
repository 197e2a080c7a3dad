//! Reads access and usage from sources, carries orders out, and re-reads to prove them.
//!
//! Every source answers the same contract, [`Source`]: it is read page by page
//! from a cursor, each page with its request, time, counts and SHA-256; it
//! carries removals out; and it looks again at single grants. The pages of one
//! reading are joined and checked against each other by [`Reading::assemble`],
//! whatever platform they came from.
//!
//! This crate knows nothing of the database. A reading that has a problem is
//! an [`Error`] as a whole, so that its caller keeps what it had.

pub mod cell;
mod check;
pub mod entra;
mod error;
mod facts;
pub mod files;
mod hash;
pub mod http;
mod join;
mod keep;
pub mod native;
pub mod okta;
mod preview;
mod problem;
mod reading;
mod records;
mod retold;
mod settings;
mod source;
pub mod tickets;
mod warning;

pub use check::Checked;
pub use error::Error;
pub use facts::{Carried, Covers, Facts, GroupFact, Membership, Sight, Unread, Use};
pub use hash::{Digest, population_hash_of};
pub use keep::Known;
pub use preview::Preview;
pub use problem::{ErrorReport, Problem};
pub use reading::{Reading, RuleRead};
pub use records::{EntitlementRecord, GrantKey, GrantRecord, HowDecided, PastDecisionRecord, PersonRecord, RequirementRecord, UsageRecord};
pub use retold::{Earlier, Waiting};
pub use settings::{SeparatedDuties, SourceSettings, WithoutRemoval};
pub use source::{Cursor, Outcome, Page, PageRead, Records, Removal, Reread, Seen, Source};
pub use tickets::{TicketFile, TicketLine};
pub use warning::{Warning, WarningKind, Warnings};
