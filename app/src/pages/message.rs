//! A page that says one thing.

use crate::render::{Frame, Message};
use leptos::prelude::*;

/// What happened, what was kept, what to do next.
pub fn message(view: Message) -> Frame {
    let Message { title, lines, reference, ways: leads } = view;
    let lines = lines.into_iter().map(|line| view! { <p>{line}</p> }).collect_view();
    let reference = reference.map(|id| view! { <p class="quiet">"Reference "<code class="digest">{id}</code></p> });
    let ways = (!leads.is_empty()).then(|| {
        let buttons = leads.into_iter().map(|(label, href)| view! { <a class="btn" href=href>{label}</a> }).collect_view();
        view! { <p class="form-actions">{buttons}</p> }
    });
    let body = view! {
        <section class="alone stack">
            <h1>{title.clone()}</h1>
            {lines}
            {reference}
            {ways}
        </section>
    };
    Frame::new(title, None, body)
}
