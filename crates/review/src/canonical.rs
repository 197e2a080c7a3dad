//! The bytes of a document over which its SHA-256 is made.

use crate::{Error, Result};
use serde::Serialize;

/// A document's canonical bytes (RFC 8785, whole numbers only).
///
/// # Errors
/// [`Error::Inconsistent`], which begins with `what`, where the document has no such form.
pub(crate) fn canonical(document: &impl Serialize, what: &str) -> Result<Vec<u8>> {
    let broken = |why: &dyn std::fmt::Display| Error::Inconsistent(format!("{what}: {why}"));
    let value = serde_json::to_value(document).map_err(|why| broken(&why))?;
    ledger::canonical(&value).map_err(|why| broken(&why))
}
