//! What people see: pages and islands.
//!
//! A page is a function from what it shows (`review::view::types`) to HTML:
//! no routes, no resources, no server functions. Who may see it, and with which
//! status, is decided before it is rendered. Every page works whole as links and
//! forms; [`islands`] make it faster where the browser part has arrived.
//!
//! The two features are two builds, never one: `ssr` renders pages on the
//! server, `hydrate` is what the browser runs.

pub mod islands;

#[cfg(feature = "ssr")]
mod charts;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
mod parts;
#[cfg(feature = "ssr")]
pub mod render;
#[cfg(feature = "ssr")]
pub mod say;

/// Called by the page's script once the browser part has arrived.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
