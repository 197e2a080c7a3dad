//! What people see: pages and islands.

#![expect(
    missing_docs,
    reason = "the island macro writes a public type without documentation beside each island"
)]

use leptos::prelude::*;

/// A part that can be folded away. Without the browser part it stays open.
#[island]
pub fn Fold(
    /// What the button says.
    label: String,
    /// What is folded.
    children: Children,
) -> impl IntoView {
    let (open, set_open) = signal(true);
    view! {
        <button type="button" class="btn" aria-expanded=move || open.get().to_string()
            on:click=move |_| set_open.update(|open| *open = !*open)>{label}</button>
        <div hidden=move || !open.get()>{children()}</div>
    }
}

/// Called by the page's script once the browser part has arrived.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
