//! The reasons of a recommendation, signed and summing; what would change it; and how it was computed.

use crate::{charts, say};
use leptos::prelude::*;
use review::view::types::{Bounds, Computed, RecommendationView};

/// The reasons, each with its weight, and their sum beside the bounds.
pub fn reasons(shown: &RecommendationView) -> AnyView {
    let scale = charts::heaviest(&shown.reasons);
    let lines = shown
        .reasons
        .iter()
        .map(|reason| {
            let signed = (reason.weight != 0).then(|| say::weight(reason.weight));
            view! { <li>{charts::weight(reason.weight, scale)}<span>{reason.sentence.clone()}</span><span class="num quiet">{signed}</span></li> }
        })
        .collect_view();
    view! { <ul class="reasons">{lines}</ul>{shown.computed.as_deref().map(together)} }.into_any()
}

/// What the reasons add up to, and what that means.
fn together(computed: &Computed) -> AnyView {
    let sum = say::weight(computed.score);
    match computed.bounds {
        None if computed.rule.is_none() => view! {
            <p class="together"><b class="num">"Together "{sum}</b>", with what was learned from earlier decisions. "{computed.came_out.clone()}</p>
        }
        .into_any(),
        Some(Bounds { revoke_at, approve_at }) => view! {
            <p class="together"><b class="num">"Together "{sum}</b>". Revoke is recommended up to "<span class="num">{say::weight(revoke_at)}</span>", Approve from "<span class="num">{say::weight(approve_at)}</span>"."</p>
        }
        .into_any(),
        None => view! {
            <p class="together">"A named rule decides here, before anything is weighed. The reasons beside it add up to "<span class="num">{sum}</span>"."</p>
        }
        .into_any(),
    }
}

/// What would change the recommendation, and what is not known and would matter.
pub fn what_would_change(shown: &RecommendationView) -> AnyView {
    let Some(computed) = &shown.computed else {
        return ().into_any();
    };
    if computed.what_if.is_empty() && computed.unknown.is_empty() {
        return ().into_any();
    }
    let lines = computed.unknown.iter().chain(&computed.what_if).map(|line| view! { <li>{line.clone()}</li> }).collect_view();
    view! { <ul class="what-if" aria-label="What would change this">{lines}</ul> }.into_any()
}

/// How it was computed, for whoever takes it apart.
pub fn how(shown: &RecommendationView) -> AnyView {
    let computed = shown.computed.as_ref().map(|computed| {
        let decided = computed.rule.clone().or_else(|| computed.came_out.clone()).unwrap_or_default();
        view! {
            <p>{decided}</p>
            <p class="fine">"Engine "<code>{shown.engine.clone()}</code>", input "<code>{say::short_digest(&computed.input_hash)}</code>"."</p>
        }
    });
    view! {
        <details class="fold how">
            <summary>"How was this computed?"</summary>
            {computed}
            <p><a href=format!("/recommendations/{}", shown.id)>"Every fact, every rule tried and every term, made again and compared"</a></p>
        </details>
    }
    .into_any()
}
