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
pub mod campaigns;
pub mod decisions;
mod entries;
mod attempts;
pub mod jobs;
mod leases;
mod ledger;
mod packs;
pub mod sealed;
pub mod sessions;
mod settings;
mod texts;
mod users;
pub mod views;
pub mod evidence;
mod error;
pub mod findings;
mod macros;
mod open;
pub mod orders;
pub mod sources;
#[cfg(feature = "testing")]
pub mod testing;
mod tx;

pub use entries::{NewEntry, NewText};
pub use error::{Error, Result};
pub use open::Store;
pub use tx::Tx;
pub use attempts::Attempt;
pub use leases::Lease;
pub use jobs::{Job, JobState, NewJob};
pub use ledger::{StoredCheckpoint, StoredEntry, StoredNode};
pub use packs::{Pack, PackCopy};
pub use sealed::{KeyProblem, Sealer, SealingKey};
pub use sessions::{Session, SessionHash};
pub use settings::Setting;
pub use texts::StoredText;
pub use users::User;
