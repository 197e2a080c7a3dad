//! Style sheet, browser part, fonts and icon, embedded in the program.
//!
//! Their names carry the digest of their content (`xtask assets`), so that a browser may keep them for ever.

use app::render::Assets;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;
use serde::Deserialize;
use std::{collections::BTreeMap, path::Path};

#[derive(RustEmbed)]
#[folder = "../target/site"]
struct Site;

#[derive(Deserialize)]
struct Manifest {
    output_name: String,
    files: BTreeMap<String, String>,
}

/// The published names. Without a built browser part, plain names that lead nowhere: pages work without them.
pub fn published() -> Assets {
    let manifest: Option<Manifest> = Site::get("assets.json").and_then(|file| serde_json::from_slice(&file.data).ok());
    let Some(manifest) = manifest else {
        return Assets { style: "app.css".to_owned(), output_name: None, icon: "icon.svg".to_owned(), fonts: Vec::new() };
    };
    let name = |plain: &str| manifest.files.get(plain).cloned();
    Assets {
        style: name("app.css").unwrap_or_else(|| "app.css".to_owned()),
        icon: name("icon.svg").unwrap_or_else(|| "icon.svg".to_owned()),
        fonts: name("inter-latin.woff2").into_iter().collect(),
        output_name: Some(manifest.output_name),
    }
}

/// An asset by its published name.
pub fn serve(name: &str) -> Response {
    let Some(file) = Site::get(&format!("pkg/{name}")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let kind = match Path::new(name).extension().and_then(|suffix| suffix.to_str()) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    };
    let mut answer = file.data.into_owned().into_response();
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    answer
}
