//! `xtask assets`: everything that the server embeds.

use crate::paths::Paths;
use crate::site::{Asset, Manifest, public_files, publish};
use crate::style::Sources;
use crate::{Error, Result, fonts, say, wasm};

/// Builds the browser part and the style sheet, collects fonts and icons, and publishes them
/// under names that carry their content's digest.
pub fn build(paths: &Paths) -> Result<Manifest> {
    let mut assets = fonts::read(paths)?;
    assets.extend(public_files(paths)?);
    assets.push(style(paths, &assets)?);
    let browser = wasm::build(paths)?;
    assets.extend(browser.assets);
    let manifest = publish(paths, &browser.output_name, &assets)?;
    for asset in &assets {
        say(&format!("{:>9} B  pkg/{}", asset.content.len(), asset.published));
    }
    Ok(manifest)
}

/// The style sheet, after every class in use was checked.
fn style(paths: &Paths, published: &[Asset]) -> Result<Asset> {
    let sources = Sources::read(paths)?;
    let findings = sources.findings()?;
    if !findings.is_empty() {
        return Err(Error::sentence(findings.join("\n")));
    }
    let names = published.iter().map(|asset| (asset.plain.clone(), asset.published.clone())).collect();
    Ok(Asset::hashed("app.css", sources.sheet(&names)?.into_bytes()))
}

/// `xtask style`: the style sheet alone, on its way to standard output, without the browser
/// part. Fonts keep their plain names.
pub fn style_only(paths: &Paths) -> Result<String> {
    let asset = style(paths, &[])?;
    Ok(String::from_utf8_lossy(&asset.content).into_owned())
}
