//! What can go wrong between Countersign and a source.

use crate::problem::ErrorReport;
use std::{io, path::PathBuf};

/// Why a source was not read or an order not carried out. Nothing was changed where one of these is answered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the source gave has problems; the report lists them row by row.
    #[error("{0}")]
    Broken(Box<ErrorReport>),
    /// The environment did not let a file or folder be read: it is missing, forbidden or failing.
    #[error("{} could not be read: {cause}. What was read before is kept. Check that the folder exists and may be read, and read it again.", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// A file was replaced or written to between the first and the last look at the folder.
    #[error(
        "{file} changed while the folder was being read, so that the files may not belong together. What was read before is kept. Read the folder again when all files are written."
    )]
    Changed {
        /// The file's name.
        file: String,
    },
    /// The settings declared for a source are not what they should be.
    #[error("The source's settings could not be used: {0}. The settings that were there before are kept.")]
    Settings(String),
    /// A batch id that cannot name a file.
    #[error("\"{0}\" cannot name a ticket file; expected 1 to 64 letters, digits and hyphens")]
    BatchId(String),
    /// A ticket file of this batch stands there already and says something else.
    #[error(
        "{} is there already and differs from what this batch orders. It was left as it is. Compare the two before anything is removed; a batch keeps its name and its orders.", path.display()
    )]
    TicketDiffers {
        /// The file that is there.
        path: PathBuf,
    },
    /// A ticket file could not be written.
    #[error("{} could not be written: {cause}. No order left; the batch can be written again.", path.display())]
    TicketUnwritten {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The cursor does not belong to this source.
    #[error("\"{0}\" is not a place this source can go on from; begin the reading anew")]
    Cursor(String),
    /// A call to the platform has no answer that could be used.
    #[error("{0}")]
    Http(#[from] crate::http::HttpError),
    /// The platform refused a call.
    #[error("The platform refused {request} with {status}{code}. {what_to_do} What was read before is kept.")]
    Refused {
        /// Method and address.
        request: String,
        /// The status.
        status: u16,
        /// The platform's own code, in brackets after a space; empty where it gave none.
        code: String,
        /// What to do about it, as a sentence.
        what_to_do: String,
    },
    /// A platform's answer is not what its contract promises.
    #[error(
        "The answer to {request} is not what was expected: {why}. What was read before is kept. If it happens again, report it with this text."
    )]
    Answer {
        /// What was asked.
        request: String,
        /// What is wrong with it.
        why: String,
    },
    /// A page names one as its next that was read already.
    #[error(
        "The platform's pages lead back to {page}, so that they would never end. The reading was given up; what was read before is kept. Read the source again."
    )]
    Loop {
        /// Path and query of the page.
        page: String,
    },
    /// A worker thread ended before it answered.
    #[error("The reading ended before it was complete. What was read before is kept. Read the source again.")]
    Interrupted,
}
