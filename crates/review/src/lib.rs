//! The use cases: one function per thing that a person or a job can do.
//!
//! Every use case checks rights, the expected version and the attempt id, and
//! does its work in one transaction that holds the change, its ledger entries
//! and the jobs that follow. Nobody else begins or commits a transaction.
//!
//! HTTP handlers and jobs call these functions and nothing below them.

mod context;
pub mod close;
pub mod decide;
mod case;
mod escalate;
pub mod findings;
pub mod handover;
mod named;
pub mod orders;
mod say;
pub mod shown;
pub mod undo;
pub mod attempt;
mod retry;
pub mod sequence;
pub mod audit;
pub mod users;
pub mod erase;
pub mod export;
pub mod jobs;
mod error;
mod record;
pub mod sources;
pub mod sync;
pub mod population;
pub mod recommendations;
pub mod open;
pub mod view;

pub use context::{Actor, Context, Keys, SignIn};
pub use error::{Error, FieldError, Result};
pub use record::{Event, Subject};
pub use retry::retry_busy;
