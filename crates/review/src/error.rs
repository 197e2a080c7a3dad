//! What a use case can answer instead of doing what was asked.

use serde::{Deserialize, Serialize};

/// A use case's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A form field with something in it that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name in the form.
    pub field: String,
    /// What is wrong and what to do, as a sentence.
    pub message: String,
}

/// Why a use case did not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or not for this person.
    #[error("there is no such page")]
    NotFound,
    /// Something changed since the person was shown it. The page answers with what is true now.
    #[error("{0}")]
    Stale(String),
    /// Form fields that cannot be taken.
    #[error("some of what was entered cannot be taken")]
    Invalid(Vec<FieldError>),
    /// A rule forbids it. The sentence says which and what to do instead.
    #[error("{0}")]
    Refused(String),
    /// Files or a platform could not be read or written. The sentence says what was kept.
    #[error("{0}")]
    Source(String),
    /// The database did not do its part.
    #[error("the database did not do its part")]
    Store(#[from] store::Error),
    /// Something that we wrote is not what it should be. The text is for the log, not for people.
    #[error("inconsistent: {0}")]
    Inconsistent(String),
}

impl Error {
    /// One field that cannot be taken.
    pub fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), message: message.into() }])
    }
}

impl From<ledger::EntryError> for Error {
    fn from(error: ledger::EntryError) -> Self {
        Self::Inconsistent(format!("ledger entry: {error}"))
    }
}
