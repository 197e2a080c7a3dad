//! SQLite and PostgreSQL behind one contract.
//!
//! [`Store`] opens a database and begins transactions; [`Tx`] is a transaction
//! on either database and carries every function, one file per subject. SQL
//! text is shared: both drivers take `$1` placeholders, and the two migrated
//! schemas have the same tables and columns. Only what truly differs, such as
//! claiming a job, is written twice.
//!
//! Only `review` begins and commits transactions.
//!
//! # Adding a function
//!
//! 1. Write it as a method of [`Tx`] in the file of its subject, with the `exec!`,
//!    `fetch_one!`, `fetch_optional!` and `fetch_all!` macros. "Not found" is an `Option`.
//! 2. What needs the time or a new id takes it as a parameter.
//! 3. Lists are paged by key (`after`, `limit`), never by offset.
//! 4. Call it in `tests/conformance`, which runs on both databases: SQLite takes
//!    a missing bind for NULL without a word.

pub mod access;
mod attempts;
pub mod campaigns;
pub mod decisions;
pub mod duties;
mod entries;
mod error;
pub mod evidence;
pub mod explain;
pub mod fairness;
pub mod findings;
pub mod jobs;
mod leases;
mod ledger;
mod macros;
pub mod models;
pub mod native;
mod open;
pub mod orders;
mod packs;
pub mod patterns;
pub mod quality;
pub mod reconciliation;
mod schema;
pub mod sealed;
pub mod sessions;
mod settings;
pub mod shadow;
pub mod sources;
#[cfg(feature = "testing")]
pub mod testing;
mod texts;
mod tx;
mod users;
pub mod views;

pub use attempts::Attempt;
pub use entries::{NewEntry, NewText};
pub use error::{Error, Result};
pub use jobs::{Job, JobState, NewJob};
pub use leases::Lease;
pub use ledger::{StoredCheckpoint, StoredEntry, StoredNode};
pub use open::{OnlyServer, Store};
pub use packs::{Pack, PackCopy};
pub use schema::SchemaProblem;
pub use sealed::{KeyProblem, Sealer, SealingKey};
pub use sessions::{Session, SessionHash};
pub use settings::Setting;
pub use texts::StoredText;
pub use tx::Tx;
pub use users::{ReaderZone, User};
