//! What can go wrong in a build step. Each message says what to do next.

use std::path::{Path, PathBuf};

/// A build step's failure, written for the person who runs it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read, written or removed.
    #[error("{}: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A program could not be started at all.
    #[error("cannot start `{program}`: {source}. `make setup` installs what is missing.")]
    Start {
        /// The program's name or path.
        program: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A program ran and failed; its own output has said why.
    #[error("`{program}` failed with {status}")]
    Program {
        /// The program with the arguments that matter.
        program: String,
        /// Its exit status in words.
        status: String,
    },
    /// Anything else, in one sentence that says what to do.
    #[error("{0}")]
    Sentence(String),
}

/// A step's result.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A failure told in one sentence.
    pub fn sentence(text: impl Into<String>) -> Self {
        Self::Sentence(text.into())
    }

    /// For `map_err` after a file operation.
    pub fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_owned(), source }
    }

    /// For `map_err` after starting a program.
    pub fn start(program: impl AsRef<std::ffi::OsStr>) -> impl FnOnce(std::io::Error) -> Self {
        let program = program.as_ref().to_string_lossy().into_owned();
        move |source| Self::Start { program, source }
    }
}
