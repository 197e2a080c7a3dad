//! Files that are replaced whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// A file could not be read or written; says which, and what the system said.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file system refused.
    #[error("{} could not be {doing}: {source}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What was tried: "read", "written", "made".
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A row could not be put into or taken out of CSV.
    #[error("a table could not be put together: {0}")]
    Csv(#[from] csv::Error),
    /// A document could not be put into or taken out of JSON.
    #[error("a document could not be put together: {0}")]
    Json(#[from] serde_json::Error),
}

impl FileError {
    pub(crate) fn io(path: &Path, doing: &'static str) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, doing, source }
    }
}

/// Makes a folder and those above it.
pub(crate) fn make_dir(dir: &Path) -> Result<(), FileError> {
    fs::create_dir_all(dir).map_err(FileError::io(dir, "made"))
}

/// Writes beside, flushes to disk, renames over, and flushes the folder: after a crash there is the old file
/// or the new one.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    replace_as(path, bytes, 0o666)
}

/// The same for a file that only its owner may read.
pub(crate) fn replace_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    replace_as(path, bytes, 0o600)
}

/// `mode` is what the file's owner, group and others may do, before the process's own mask.
fn replace_as(path: &Path, bytes: &[u8], mode: u32) -> Result<(), FileError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    // What a crash left there may have another mode.
    match fs::remove_file(&beside) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(FileError::io(&beside, "removed")(why)),
        _ => {}
    }
    let mut open = fs::OpenOptions::new();
    let file = open.write(true).create_new(true).mode(mode).open(&beside);
    let mut file = file.map_err(FileError::io(&beside, "written"))?;
    file.write_all(bytes).map_err(FileError::io(&beside, "written"))?;
    file.sync_all().map_err(FileError::io(&beside, "written"))?;
    fs::rename(&beside, path).map_err(FileError::io(path, "written"))?;
    sync_dir_of(path)
}

/// Makes a new or renamed file's name survive a loss of power.
pub(crate) fn sync_dir_of(path: &Path) -> Result<(), FileError> {
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty()) {
        let folder = File::open(dir).map_err(FileError::io(dir, "written"))?;
        folder.sync_all().map_err(FileError::io(dir, "written"))?;
    }
    Ok(())
}

/// Rows as CSV with a header.
pub(crate) fn csv_bytes<T: Serialize>(rows: &[T]) -> Result<Vec<u8>, FileError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    writer.into_inner().map_err(|error| FileError::Csv(error.into_error().into()))
}

/// A document as JSON, readable, with a line feed at the end.
pub(crate) fn json_bytes<T: Serialize>(document: &T) -> Result<Vec<u8>, FileError> {
    let mut bytes = serde_json::to_vec_pretty(document)?;
    bytes.push(b'\n');
    Ok(bytes)
}
