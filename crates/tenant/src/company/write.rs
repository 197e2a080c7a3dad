//! The company as files: the file source, the settings beside it, and the labels somewhere else.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Company, Label};
use crate::files::{self, FileError};

/// Why the files could not be written. Files already written are whole; the one named is as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file system refused.
    #[error(transparent)]
    File(#[from] FileError),
    /// The labels were asked for in the folder of the source, where the product reads.
    #[error("the labels must not lie in the folder of the source ({0}); choose another folder for them")]
    LabelsBesideSource(PathBuf),
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Path and number of rows of each table.
    pub tables: Vec<(PathBuf, usize)>,
}

#[derive(Serialize)]
struct Labels<'a> {
    schema: &'static str,
    seed: u64,
    people: usize,
    now: String,
    #[serde(rename = "labels")]
    grants: &'a [Label],
}

impl Company {
    /// Writes people, entitlements, grants, usage, decisions (`.csv`) and `settings.json` into a folder, which
    /// is made if need be. Each file is replaced whole or not at all.
    pub fn write_files(&self, dir: &Path) -> Result<Written, WriteError> {
        files::make_dir(dir)?;
        let mut tables = Vec::new();
        let mut add = |name: &str, bytes: Vec<u8>, rows: usize| -> Result<(), FileError> {
            let path = dir.join(name);
            files::replace(&path, &bytes)?;
            tables.push((path, rows));
            Ok(())
        };
        add("people.csv", files::csv_bytes(&self.people)?, self.people.len())?;
        add("entitlements.csv", files::csv_bytes(&self.entitlements)?, self.entitlements.len())?;
        add("usage.csv", files::csv_bytes(&self.usage)?, self.usage.len())?;
        add("decisions.csv", files::csv_bytes(&self.decisions)?, self.decisions.len())?;
        add("settings.json", files::json_bytes(&self.settings)?, 1)?;
        // Last, because a reader takes the grants as the sign that the rest is there.
        add("grants.csv", files::csv_bytes(&self.grants)?, self.grants.len())?;
        Ok(Written { tables })
    }

    /// Writes `labels.json` into a folder that is not the source's; the product never reads it.
    pub fn write_labels(&self, dir: &Path, source: &Path) -> Result<PathBuf, WriteError> {
        files::make_dir(dir)?;
        let same = |path: &Path| path.canonicalize().ok();
        if same(dir).is_some() && same(dir) == same(source) {
            return Err(WriteError::LabelsBesideSource(dir.to_owned()));
        }
        let path = dir.join("labels.json");
        let document = Labels {
            schema: "countersign/labels/1",
            seed: self.config.seed,
            people: self.config.people,
            now: crate::calendar::rfc3339(self.config.now.div_euclid(1_000_000)),
            grants: &self.labels,
        };
        files::replace(&path, &files::json_bytes(&document)?)?;
        Ok(path)
    }
}
