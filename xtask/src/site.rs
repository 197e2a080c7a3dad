//! `target/site`: the files that the server embeds, and their manifest.
//!
//! Every file under `pkg/` has the digest of its content in its name, so that a browser may keep
//! it for ever. `assets.json` says which name is current:
//!
//! ```json
//! {
//!   "schema": "countersign/assets/1",
//!   "output_name": "app-0123456789abcdef",
//!   "files": { "app.css": "app-89abcdef01234567.css", "icon.svg": "icon-….svg" }
//! }
//! ```
//!
//! `output_name` is the stem of the browser part: every page's script asks for
//! `/pkg/<output_name>.js` and `/pkg/<output_name>_bg.wasm`.

use crate::paths::{Paths, files_under};
use crate::stamp::{short_hash, write_if_changed};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One file to publish.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The name that sources know it by.
    pub plain: String,
    /// The name that it is served under, below `/pkg/`.
    pub published: String,
    /// What it holds.
    pub content: Vec<u8>,
}

impl Asset {
    /// An asset whose published name carries the digest of its content: `a/b.c` becomes
    /// `a/b-<digest>.c`.
    pub fn hashed(plain: &str, content: Vec<u8>) -> Self {
        let digest = short_hash(&content);
        let published = match plain.rsplit_once('.') {
            Some((stem, suffix)) => format!("{stem}-{digest}.{suffix}"),
            None => format!("{plain}-{digest}"),
        };
        Self { plain: plain.to_owned(), published, content }
    }
}

/// The manifest of what is published.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Manifest {
    /// Always `countersign/assets/1`.
    pub schema: String,
    /// The stem of the browser part's script and module.
    pub output_name: String,
    /// Plain name to published name.
    pub files: BTreeMap<String, String>,
}

/// Publishes exactly these assets: writes what changed, removes what is no longer named.
pub fn publish(paths: &Paths, output_name: &str, assets: &[Asset]) -> Result<Manifest> {
    let pkg = paths.site.join("pkg");
    for asset in assets {
        write_if_changed(&pkg.join(&asset.published), &asset.content)?;
    }
    let current: BTreeSet<_> = assets.iter().map(|asset| pkg.join(&asset.published)).collect();
    for file in files_under(&pkg, "")? {
        if !current.contains(&file) {
            std::fs::remove_file(&file).map_err(Error::file(&file))?;
        }
    }
    let manifest = Manifest {
        schema: "countersign/assets/1".to_owned(),
        output_name: output_name.to_owned(),
        files: assets.iter().map(|asset| (asset.plain.clone(), asset.published.clone())).collect(),
    };
    let mut json =
        serde_json::to_vec_pretty(&manifest).map_err(|error| Error::sentence(format!("assets.json cannot be written: {error}")))?;
    json.push(b'\n');
    write_if_changed(&paths.site.join("assets.json"), &json)?;
    Ok(manifest)
}

/// The files of `public/`: icons and the like.
pub fn public_files(paths: &Paths) -> Result<Vec<Asset>> {
    let folder = paths.root.join("public");
    files_under(&folder, "")?
        .iter()
        .filter(|path| !path.ends_with("README.md"))
        .map(|path| {
            let plain = path.strip_prefix(&folder).unwrap_or(path).to_string_lossy();
            let content = std::fs::read(path).map_err(Error::file(path))?;
            Ok(Asset::hashed(&plain, content))
        })
        .collect()
}
