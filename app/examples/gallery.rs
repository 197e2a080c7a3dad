//! Writes every page with invented data as static HTML, for looking at it:
//! `cargo run -p app --features ssr --example gallery -- OUT STYLE.css`.

#[path = "../tests/fixtures/mod.rs"]
mod fixtures;

use fixtures::Kind;
use std::{env, error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let out = PathBuf::from(arguments.next().ok_or("say where to write: gallery OUT STYLE.css")?);
    let style = arguments.next().ok_or("say which style sheet to use: gallery OUT STYLE.css")?;
    for kind in Kind::ALL {
        let folder = out.join(format!("{kind:?}").to_lowercase());
        fs::create_dir_all(&folder)?;
        for (name, role, page) in fixtures::pages(kind) {
            let mut chrome = fixtures::chrome(role);
            chrome.assets.output_name = None;
            chrome.assets.fonts.clear();
            let html = app::render::page(chrome, page).replace("/pkg/app.css", &style);
            fs::write(folder.join(format!("{name}.html")), html)?;
        }
    }
    Ok(())
}
