//! The use cases: one function per thing that a person or a job can do.
//!
//! Every use case checks rights, the expected version and the attempt id, and
//! does its work in one transaction that holds the change, its ledger entries
//! and the jobs that follow. Nobody else begins or commits a transaction.
//!
//! HTTP handlers and jobs call these functions and nothing below them.

pub mod attempt;
pub mod audit;
mod canonical;
mod case;
pub mod close;
pub mod connectors;
mod context;
pub mod decide;
pub mod erase;
mod error;
mod escalate;
pub mod explain;
pub mod export;
pub mod fairness;
pub mod findings;
pub mod handover;
pub mod jobs;
pub mod learning;
mod named;
pub mod native;
pub mod open;
pub mod orders;
pub mod patterns;
pub mod population;
pub mod privacy;
pub mod quality;
pub mod recommendations;
pub mod reconcile;
mod record;
mod retry;
mod say;
pub mod sequence;
pub mod shadow;
pub mod shown;
pub mod sod;
pub mod sources;
pub mod sync;
pub mod undo;
pub mod users;
pub mod view;

pub(crate) use canonical::canonical;
pub use context::{Actor, Context, Keys, SignIn};
pub use error::{Error, FieldError, Result};
pub use record::{Event, Subject};
pub use retry::retry_busy;
