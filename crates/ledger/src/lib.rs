//! The ledger: canonical entries, the tree over them, signed checkpoints,
//! evidence packs and their verifier.
//!
//! Bytes in, bytes out. Nothing here reads a clock, a file, a socket or a
//! source of chance; salts, times and ids are parameters. The crate compiles
//! to WebAssembly, so that a pack can be verified in a browser.
//!
//! - [`entry`]: one line of the ledger as RFC 8785 JSON, and its leaf hash.
//! - [`commit`]: keyed pseudonyms and salted commitments, so that no personal
//!   data and no free text stands in an entry.
//! - [`tree`]: the RFC 6962 tree, stored as nodes.
//! - [`note`] and [`checkpoint`]: C2SP signed notes and checkpoints.
//! - [`draw`]: which items are to be judged first, so that anybody can draw again.
//! - [`pack`]: evidence packs, written byte for byte the same for the same input.
//! - [`verify`]: what can be said about a pack without trusting who made it.
//!
//! `docs/evidence.md` has the formats for people who check without this code.

pub mod canonical;
pub mod checkpoint;
pub mod commit;
pub mod draw;
pub mod entry;
pub mod kind;
pub mod note;
pub mod pack;
pub mod tree;
pub mod verify;

pub use canonical::{CanonicalError, canonical, sha256, sha256_hex};
pub use checkpoint::Checkpoint;
pub use commit::{PseudonymKey, Salt, commitment};
pub use ed25519_dalek::{SigningKey, VerifyingKey};
pub use entry::{Actor, Entry, EntryError, Value};
pub use kind::EventKind;
pub use note::{NoteError, SignedNote, VerifierKey};
pub use pack::{PackBuilder, PackError, PackHeader};
pub use tree::{Frontier, Hash, Node, NodeReader, Nodes, leaf_hash};
pub use verify::{Report, Trust, verify_pack};
