//! Journals: one JSON object a line, appended and flushed to disk before anything counts.
//!
//! A tenant answers a change only after its line is safe; a tenant that was killed reads the lines again and stands
//! where it stood. A line that a crash tore off never counted and is dropped.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::files::{self, FileError};

/// Why a journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// A whole line is not an entry.
    #[error("line {line} of the journal {} cannot be read: {reason}; nothing goes on rather than do something twice", path.display())]
    Line {
        /// The journal.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// All entries of a journal in order, for counting; empty when there is none.
pub fn read<E: DeserializeOwned>(path: &Path) -> Result<Vec<E>, JournalError> {
    match std::fs::read(path) {
        Ok(bytes) => parse(path, &bytes).map(|(entries, _)| entries),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(FileError::io(path, "read")(error).into()),
    }
}

/// The entries and the length of the whole lines.
fn parse<E: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<(Vec<E>, u64), JournalError> {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut entries = Vec::new();
    for (number, line) in bytes[..whole].split(|byte| *byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let entry = serde_json::from_slice(line).map_err(|error| JournalError::Line {
            path: path.to_owned(),
            line: number + 1,
            reason: error.to_string(),
        })?;
        entries.push(entry);
    }
    Ok((entries, whole as u64))
}

/// A journal, open and locked: another process that opens it waits until this one is dropped.
#[derive(Debug)]
pub struct Journal<E> {
    path: PathBuf,
    file: File,
    /// Length of what is safe.
    safe: u64,
    entry: PhantomData<fn() -> E>,
}

impl<E: Serialize + DeserializeOwned> Journal<E> {
    /// Opens or begins it, and gives what it holds. A line that a crash tore off is cut away.
    pub fn open(path: &Path) -> Result<(Self, Vec<E>), JournalError> {
        if let Some(dir) = path.parent() {
            files::make_dir(dir)?;
        }
        let failed = || FileError::io(path, "opened");
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed())?;
        file.lock().map_err(failed())?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed())?;
        let (entries, safe) = parse(path, &bytes)?;
        if safe < bytes.len() as u64 {
            file.set_len(safe).map_err(failed())?;
        }
        file.seek(SeekFrom::End(0)).map_err(failed())?;
        // What is read here is acted on: it must not be in memory only.
        file.sync_all().map_err(failed())?;
        files::sync_dir_of(path)?;
        Ok((Self { path: path.to_owned(), file, safe, entry: PhantomData }, entries))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends and flushes; when this returns, the changes are accepted. Where it fails, none of them is: what was
    /// written of them is cut away again.
    pub fn append(&mut self, entries: &[E]) -> Result<(), JournalError> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut bytes = Vec::new();
        for entry in entries {
            bytes.extend(serde_json::to_vec(entry).map_err(FileError::from)?);
            bytes.push(b'\n');
        }
        if let Err(error) = self.file.write_all(&bytes).and_then(|()| self.file.sync_all()) {
            // Best effort: where this fails too, the torn line is cut away at the next opening.
            let _ = self.file.set_len(self.safe).and_then(|()| self.file.seek(SeekFrom::End(0)));
            return Err(FileError::io(&self.path, "written")(error).into());
        }
        self.safe += bytes.len() as u64;
        Ok(())
    }
}
