//! The two type families, taken from their registry packages and served by ourselves.

use crate::paths::Paths;
use crate::site::Asset;
use crate::{Error, Result};

/// Plain name in `style/fonts.css`, package, file in the package.
///
/// Latin covers most pages. The extension (names such as Wiśniewska or Kovačević) is fetched by
/// a browser only when such a letter is on the page.
const FILES: [(&str, &str, &str); 4] = [
    ("inter-latin.woff2", "inter", "inter-latin-wght-normal.woff2"),
    ("inter-latin-ext.woff2", "inter", "inter-latin-ext-wght-normal.woff2"),
    ("mono-latin.woff2", "jetbrains-mono", "jetbrains-mono-latin-wght-normal.woff2"),
    ("mono-latin-ext.woff2", "jetbrains-mono", "jetbrains-mono-latin-ext-wght-normal.woff2"),
];

/// Reads the font files.
pub fn read(paths: &Paths) -> Result<Vec<Asset>> {
    FILES
        .iter()
        .map(|(plain, package, file)| {
            let path = paths.node_modules().join("@fontsource-variable").join(package).join("files").join(file);
            let content = std::fs::read(&path).map_err(|source| {
                Error::sentence(format!("the font {} is missing ({source}). `make setup` fetches it.", paths.short(&path)))
            })?;
            Ok(Asset::hashed(plain, content))
        })
        .collect()
}
