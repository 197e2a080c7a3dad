//! Where things are: the repository, cargo's target folder, the site folder.

use crate::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The places every step works with.
#[derive(Debug, Clone)]
pub struct Paths {
    /// The repository's root.
    pub root: PathBuf,
    /// Cargo's target folder. `CARGO_TARGET_DIR` and cargo's configuration may put it outside
    /// the repository.
    pub target: PathBuf,
    /// What the server embeds. Always `target/site` inside the repository, so that the server's
    /// sources can name it.
    pub site: PathBuf,
}

impl Paths {
    /// Finds them, asking cargo for its target folder.
    pub fn find() -> Result<Self> {
        let root = find_root()?;
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => root.join(folder),
            None => ask_cargo(&root)?,
        };
        Ok(Self { site: root.join("target/site"), target, root })
    }

    /// `end2end/node_modules`, which `make setup` fills.
    pub fn node_modules(&self) -> PathBuf {
        self.root.join("end2end/node_modules")
    }

    /// Real data and the platforms' contracts, which tests read: beside the repository, or where `COUNTERSIGN_SHARED` says.
    pub fn shared(&self) -> PathBuf {
        std::env::var_os("COUNTERSIGN_SHARED").map_or_else(|| self.root.join("../shared"), PathBuf::from)
    }

    /// A path relative to the repository, for messages.
    pub fn short(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// The nearest folder above the current one that holds this workspace.
///
/// Asked at run time: where clones share a target folder, a path kept at compile time may name
/// another clone.
fn find_root() -> Result<PathBuf> {
    let here = std::env::current_dir().map_err(Error::file(Path::new(".")))?;
    here.ancestors()
        .find(|folder| folder.join("xtask/Cargo.toml").is_file())
        .map(Path::to_owned)
        .ok_or_else(|| Error::sentence("This is no clone of Countersign; run it inside one."))
}

/// The target folder as cargo itself resolves it, with `build.target-dir` of its configuration.
fn ask_cargo(root: &Path) -> Result<PathBuf> {
    let out = Command::new("cargo")
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root)
        .output()
        .map_err(Error::start("cargo"))?;
    serde_json::from_slice::<serde_json::Value>(&out.stdout)
        .ok()
        .and_then(|json| json.get("target_directory")?.as_str().map(PathBuf::from))
        .ok_or_else(|| {
            Error::sentence(format!("`cargo metadata` did not name a target folder: {}", String::from_utf8_lossy(&out.stderr).trim()))
        })
}

/// Every file under `folder` whose name ends with `suffix`, sorted. A missing folder is empty.
pub fn files_under(folder: &Path, suffix: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(dir) = open.pop() {
        if !dir.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(&dir).map_err(Error::file(&dir))? {
            let path = entry.map_err(Error::file(&dir))?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(suffix) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The first program of these names on `PATH`.
pub fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names.iter().find_map(|name| std::env::split_paths(&path).map(|dir| dir.join(name)).find(|candidate| candidate.is_file()))
}
