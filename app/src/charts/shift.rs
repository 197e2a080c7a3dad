//! How far a distribution has shifted, against where its band ends.

use super::between;
use leptos::prelude::*;

/// A bar, and a line where the band ends. The index stands beside it in figures.
pub fn shift(parts: u64, limit: u64) -> AnyView {
    let n = |of: u64| i64::try_from(of).unwrap_or(i64::MAX);
    let whole = n(limit.saturating_mul(2).max(1));
    let length = between(n(parts), whole, 0, 84).max(1);
    let class = if parts > limit { "against" } else { "for" };
    view! {
        <svg class="weight" aria-hidden="true" viewBox="0 0 84 10" preserveAspectRatio="none">
            <rect class=class x="0" y="1" width=length.to_string() height="8" rx="2"></rect>
            <line class="axis" x1="42" y1="-3" x2="42" y2="13"></line>
        </svg>
    }
    .into_any()
}
