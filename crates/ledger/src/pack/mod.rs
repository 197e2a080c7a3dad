//! Evidence packs: one file that a stranger can check.
//!
//! A pack is a ZIP file of stored members in sorted order with fixed header
//! fields, so that the same input gives the same bytes on every machine.
//! `docs/evidence.md` describes it for people; [`crate::verify`] checks it.

mod builder;
pub mod container;
mod guide;
pub mod lines;
pub mod manifest;
pub mod table;

pub use builder::{PackBuilder, PackHeader};
pub use manifest::{LeftOut, MANIFEST_SCHEMA, Manifest};
pub use table::Table;

use crate::canonical::CanonicalError;
use crate::note::NoteError;
use crate::tree::TreeError;

/// The guide for people, in Markdown.
pub const GUIDE: &str = "HOW-TO-VERIFY.md";
/// The checkpoint, a signed note.
pub const CHECKPOINT: &str = "checkpoint.txt";
/// The entries with their places in the ledger.
pub const ENTRIES: &str = "entries.jsonl.gz";
/// What the pack holds.
pub const MANIFEST: &str = "manifest.json";
/// The signature over the manifest's hash, a signed note.
pub const SIGNATURE: &str = "manifest.sig";
/// The proofs that lead from entries to the checkpoint's root.
pub const PROOFS: &str = "proofs.jsonl.gz";

/// What a pack proves as long as nobody outside has countersigned its checkpoint (rule 45).
pub const STATEMENT: &str = "evident against database access, not against the operator";

/// Why a pack cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The checkpoint or a key.
    #[error("the checkpoint cannot be used: {0}")]
    Checkpoint(#[from] NoteError),
    /// The checkpoint is of another ledger.
    #[error("the checkpoint is of the ledger {found}, the pack is of {expected}")]
    Origin {
        /// The pack's origin.
        expected: String,
        /// The checkpoint's origin.
        found: String,
    },
    /// The tree's nodes.
    #[error("a proof cannot be made: {0}")]
    Tree(#[from] TreeError),
    /// An entry that cannot stand where it was given.
    #[error("entry {index} cannot be put into the pack: {why}")]
    Entry {
        /// Its place in the ledger.
        index: u64,
        /// Why not.
        why: String,
    },
    /// A row that cannot stand where it was given.
    #[error("row {row} of the table {table} cannot be put into the pack: {why}")]
    Row {
        /// The table.
        table: String,
        /// The row, counted from 1.
        row: u64,
        /// Why not.
        why: String,
    },
    /// The manifest holds something without a canonical form.
    #[error("the manifest cannot be written: {0}")]
    Manifest(#[from] CanonicalError),
    /// The guide.
    #[error("the guide cannot be written: {0}")]
    Guide(#[from] askama::Error),
    /// More than a ZIP file without extensions can hold.
    #[error("the pack would be larger than 4 GiB; make packs of smaller campaigns, or leave tables out")]
    TooLarge,
    /// The writer failed.
    #[error("the pack cannot be written: {0}")]
    Write(#[from] std::io::Error),
}
