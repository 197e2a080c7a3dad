//! What there is to learn from: answers that teach and those that do not, counted by how they arose.

use crate::parts::n;
use leptos::prelude::*;
use review::view::types::TeachingView;

/// What a stable name of why an answer does not teach means.
fn why(name: &str) -> &'static str {
    match name {
        "recommendation-seen" => "given with the recommendation in view",
        "bulk" => "given together with others",
        "default" => "made by a default, because nobody answered",
        "practice" => "given in a practice set",
        "platform-accepted" => "made on the platform itself",
        "not-final" => "can still be undone",
        "escalated" => "escalated to another person",
        "by-a-named-rule" => "about items where a named rule decides and no model is asked",
        "unreadable" => "to recommendations that cannot be read",
        _ => "do not teach for another reason",
    }
}

/// How answers that teach arose, counted.
pub(super) fn kept(kept: &[(String, u64)]) -> AnyView {
    if kept.is_empty() {
        return ().into_any();
    }
    let how = |name: &str| match name {
        "blind-first" => "given without a recommendation in view",
        "second-review" => "given by a second person",
        "reversal" => "removals that were a mistake: the access was asked for again and granted within 30 days, so it teaches as needed",
        "record" => "records from before there were recommendations",
        _ => "that arose otherwise",
    };
    let lines = kept.iter().map(|(name, count)| view! { <li>{n(*count)}" "{how(name)}</li> }).collect_view();
    view! { <p class="fine">"Answers that teach, by how they arose:"</p><ul class="bullets fine">{lines}</ul> }.into_any()
}

/// Why answers do not teach, counted.
pub(super) fn others(others: &[(String, u64)]) -> AnyView {
    if others.is_empty() {
        return ().into_any();
    }
    let lines = others.iter().map(|(name, count)| view! { <li>{n(*count)}" "{why(name)}</li> }).collect_view();
    view! { <p class="fine">"Answers that do not teach, by why:"</p><ul class="bullets fine">{lines}</ul> }.into_any()
}

/// What there is to learn from, and the form that has it learned.
pub(super) fn teaching(of: &TeachingView, form: impl IntoAny) -> AnyView {
    let enough = if of.is_enough() {
        "These are enough to train a model.".to_owned()
    } else {
        format!(
            "A model takes {} of them, at least {} approvals and {} removals. Until then there is none, and the stated weights recommend. Campaigns in shadow mode and items that are judged first collect such answers.",
            n(of.needed),
            n(of.needed_each),
            n(of.needed_each)
        )
    };
    view! {
        <section class="card stack" id="teaching">
            <h2>"What there is to learn from"</h2>
            <p>
                <b class="num">{n(of.approved)}</b>{if of.approved == 1 { " approval and " } else { " approvals and " }}
                <b class="num">{n(of.revoked)}</b>{if of.revoked == 1 { " removal" } else { " removals" }}
                " that are final and may teach: given one by one without a recommendation in view, or corrected because access was asked for again soon after its removal. "{enough}
            </p>
            {kept(&of.kept)}
            {others(&of.others)}
            {form.into_any()}
        </section>
    }
    .into_any()
}
