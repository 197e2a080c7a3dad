//! What can be learned from who holds what, and from nothing else.
//!
//! Two questions: which grants do not belong ([`outliers`]), and which roles would
//! give everybody exactly what they hold ([`roles`]). Pure and deterministic: bytes
//! in, bytes out; the same grants in any order and the same seed give the same
//! bytes on every machine. Nothing here is a verdict: an unusual grant may be
//! right, and a mined role is a candidate that somebody has to name and own.

mod dice;
pub mod grants;
pub mod outliers;

pub mod roles;
mod table;

pub use grants::{Grants, GrantsError};
