//! What lists of items say of one: when it was last used, and where it stands.

use super::signs::{tag, verdict_tag};
use crate::say::{self, Tone, When};
use leptos::prelude::*;
use review::view::types::{ItemLine, ListedVerdict, UsageView};

/// When it was last used, with what that is worth; unknown is said as such.
pub fn last_used(usage: &UsageView, when: &When) -> AnyView {
    let (last, ago) = say::usage_brief(usage, when);
    let unknown = matches!(usage, UsageView::Unknown | UsageView::Unread);
    let used = if unknown { tag(Tone::Unknown, last) } else { view! { <span class="line-1">{last}</span> }.into_any() };
    view! { {used}<span class="fine">{ago}</span> }.into_any()
}

/// Whether the item needs no answer any more.
pub const fn is_answered(line: &ItemLine) -> bool {
    line.answer.is_some() || !line.state.is_open()
}

/// What a column for where an item stands is called for this item.
pub fn standing_label(line: &ItemLine) -> &'static str {
    if is_answered(line) || line.recommended == ListedVerdict::Hidden { "Answer" } else { "Recommended" }
}

/// Its answer and what came of that, or what is recommended.
pub fn standing(line: &ItemLine) -> AnyView {
    match (line.answer, line.order) {
        (Some(answer), order) => view! {
            {tag(say::tone_of_answer(answer), say::answered(answer))}
            {order.map(|order| view! { <span class="fine">{say::brief_order_state(order)}</span> })}
            {recommended_after(line)}
        }
        .into_any(),
        (None, _) if line.state.is_open() && line.recommended == ListedVerdict::Hidden => {
            view! { <span class="faint">"open"</span> }.into_any()
        }
        (None, _) if line.state.is_open() => verdict_tag(line.recommended),
        (None, _) => tag(say::tone_of_review(line.state), say::review_state(line.state)),
    }
}

/// What was recommended, beside the answer to an item that was judged first.
fn recommended_after(line: &ItemLine) -> Option<AnyView> {
    match line.recommended {
        ListedVerdict::Shown { verdict, meaning } if line.judged_first => {
            Some(view! { <span class="fine">{format!("We recommended: {}", say::verdict(verdict, meaning))}</span> }.into_any())
        }
        _ => None,
    }
}

/// What must be seen at once of an item: that it must not wait, and that much depends on it.
pub fn marks(line: &ItemLine) -> AnyView {
    view! {
        {line.alarm.then(|| tag(Tone::Remove, "Must not wait"))}
        {line.high_risk.then(|| tag(Tone::Raise, "High risk"))}
    }
    .into_any()
}
