//! Stamps: a step whose inputs have not changed is not run again.
//!
//! A stamp is the SHA-256 of the inputs' names and contents, never of their times, so that a
//! fresh clone over a kept target folder is recognised.

use crate::{Error, Result};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// A digest being made of named inputs.
#[derive(Default)]
pub struct Stamp(Sha256);

impl Stamp {
    /// Adds a value under a name. Lengths are hashed too, so that two inputs cannot run together.
    pub fn add(&mut self, name: &str, content: &[u8]) -> &mut Self {
        for part in [name.as_bytes(), content] {
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
        self
    }

    /// Adds a file under its path relative to `root`. A missing file is an input too.
    pub fn add_file(&mut self, root: &Path, file: &Path) -> Result<&mut Self> {
        let name = file.strip_prefix(root).unwrap_or(file).to_string_lossy();
        match std::fs::read(file) {
            Ok(content) => Ok(self.add(&name, &content)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(self.add(&name, b"\0missing")),
            Err(source) => Err(Error::File { path: file.to_owned(), source }),
        }
    }

    /// Adds several files.
    pub fn add_files(&mut self, root: &Path, files: &[PathBuf]) -> Result<&mut Self> {
        for file in files {
            self.add_file(root, file)?;
        }
        Ok(self)
    }

    /// The digest in lower-case hexadecimal.
    pub fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// The short digest that stands in an asset's name: 16 hexadecimal digits.
pub fn short_hash(content: &[u8]) -> String {
    let mut digest = hex::encode(Sha256::digest(content));
    digest.truncate(16);
    digest
}

/// Writes a file only when its content differs, so that nothing downstream is rebuilt for
/// nothing. Says whether it wrote.
pub fn write_if_changed(path: &Path, content: &[u8]) -> Result<bool> {
    if std::fs::read(path).is_ok_and(|old| old == content) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    }
    std::fs::write(path, content).map_err(Error::file(path))?;
    Ok(true)
}
