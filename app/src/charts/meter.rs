//! A small bar of one share.

use super::between;
use leptos::prelude::*;

/// How much of the whole is done. The number beside it says the same, so readers of the page skip the bar.
pub fn meter(done: i64, whole: i64) -> AnyView {
    let width = between(done, whole, 0, 100);
    view! {
        <svg class="meter" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
            <rect x="0" y="0" width=width.to_string() height="10"></rect>
        </svg>
    }
    .into_any()
}
