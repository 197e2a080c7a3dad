//! How far the answering is: a bar and its sentence.

use crate::say;
use leptos::prelude::*;
use review::view::types::Progress;

/// All its parts, for those who cannot see the bar.
pub fn progress_sentence(progress: &Progress) -> String {
    let parts = [
        (progress.approved, "approved"),
        (progress.revoked, "revoked"),
        (progress.escalated, "escalated"),
        (progress.no_longer_held, "no longer held"),
        (progress.unanswered, "unanswered at closing"),
        (progress.open, "open"),
    ];
    let said: Vec<String> =
        parts.iter().filter(|(n, word)| *n > 0 || *word == "open").map(|(n, word)| format!("{} {word}", say::number(*n))).collect();
    said.join(", ")
}

/// Parts of 1,000, so that the bar is exact without fractions.
fn thousandths(part: i64, whole: i64) -> i64 {
    if whole <= 0 { 0 } else { part.max(0).saturating_mul(1_000) / whole }
}

/// A bar of the answers given, in the same order as its sentence.
pub fn progress_bar(progress: &Progress) -> AnyView {
    let whole = progress.items;
    let mut x = 0;
    let parts = [
        (progress.approved, Share::Keep),
        (progress.revoked, Share::Remove),
        (progress.escalated, Share::Raise),
        (progress.no_longer_held + progress.unanswered, Share::Other),
    ]
    .into_iter()
    .map(|(part, share)| {
        let width = thousandths(part, whole);
        let from = x;
        x += width;
        view! { <rect class=share_class(share) x=from.to_string() y="0" width=width.to_string() height="10"></rect> }
    })
    .collect_view();
    let label = progress_sentence(progress);
    view! {
        <svg class="bar" role="img" aria-label=label viewBox="0 0 1000 10" preserveAspectRatio="none">
            {parts}
        </svg>
    }
    .into_any()
}

#[derive(Clone, Copy)]
enum Share {
    Keep,
    Remove,
    Raise,
    Other,
}

const fn share_class(share: Share) -> &'static str {
    match share {
        Share::Keep => "keep",
        Share::Remove => "remove",
        Share::Raise => "raise",
        Share::Other => "unknown",
    }
}
