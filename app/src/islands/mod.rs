//! What the browser part adds: speed, never ability.

use leptos::prelude::*;

/// Keys, answers in place, live figures and countdowns.
///
/// It renders nothing that a page needs; without it every link and form works as it stands.
#[island]
pub fn Companion() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    browser::start();
    view! { <div id="companion" hidden=true></div> }
}

#[cfg(feature = "hydrate")]
mod browser;
