//! The weight of a reason: to the left for removing, to the right for keeping.

use super::between;
use leptos::prelude::*;
use review::view::types::ReasonLine;

/// The heaviest weight of these reasons, at least 1: the scale of their bars.
pub fn heaviest(reasons: &[ReasonLine]) -> u32 {
    reasons.iter().map(|reason| reason.weight.unsigned_abs()).max().unwrap_or(0).max(1)
}

/// A bar from the middle, with what it means in words.
pub fn weight(weight: i32, scale: u32) -> AnyView {
    let length = between(i64::from(weight.unsigned_abs()), i64::from(scale), 0, 40).max(i64::from(weight != 0) * 2);
    let strong = weight.unsigned_abs().saturating_mul(2) >= scale;
    let (label, class, x) = match (weight, strong) {
        (0, _) => ("a remark", "for", 42),
        (1.., true) => ("speaks strongly for keeping", "for", 42),
        (1.., false) => ("speaks for keeping", "for", 42),
        (..0, true) => ("speaks strongly for removing", "against", 42 - length),
        (..0, false) => ("speaks for removing", "against", 42 - length),
    };
    view! {
        <svg class="weight" role="img" aria-label=label viewBox="0 0 84 10" preserveAspectRatio="none">
            <line class="axis" x1="42" y1="-3" x2="42" y2="13"></line>
            <rect class=class x=x.to_string() y="1" width=length.to_string() height="8" rx="2"></rect>
        </svg>
    }
    .into_any()
}
