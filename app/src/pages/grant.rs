//! One grant, from the source's page to the proof.

use crate::{
    parts::{chain, name, notice_class, tag, time, when_or},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::{
    explain::Outcome,
    view::types::{GrantHistory, GrantReview},
};

/// `/history/{grant}`.
pub fn grant_history(view: GrantHistory, when: &When) -> Frame {
    let title = format!("{}, {}", view.access, view.person);
    let count = i64::try_from(view.records.len()).unwrap_or(i64::MAX);
    let about = view! {
        <p class="quiet">
            {view.person_line.clone().map(name)}
            {view.person_line.is_some().then_some(". ")}
            <bdi>{say::capital(&say::path(&view.path))}</bdi>
            {view.application.clone().map(|application| view! { ", "{name(application)} })}
            "."
        </p>
    };
    let held = match view.gone_at {
        Some(gone) => view! { {tag(Tone::Keep, "Gone")}" since "{time(gone, when.moment(gone))} }.into_any(),
        None => view! { {tag(Tone::Plain, "Held")}" at the last reading" }.into_any(),
    };
    let header =
        crate::parts::page_header(view! { {name(view.access.clone())}" · "{name(view.person.clone())} }, about, view! { <p>{held}</p> });
    let body = view! {
        {header}
        <div class="desk">
            <section class="card w7">
                <h2>"From the source's page to the proof"</h2>
                <p class="fine">{say::capital(&say::many(count, "record", "records"))}". People solid, the system dotted. Times in "{when.zone_name()}"."</p>
                {chain(&view.records, when)}
            </section>
            <div class="w5 stack">
                <section class="card">{trust(&view, when)}</section>
                <section class="card">{reviews(&view)}</section>
                <section class="card">{facts(&view, when)}</section>
            </div>
        </div>
    };
    Frame::new(title, Some(Place::History), body)
}

/// Rule 45: what can be said without an outside witness, and no more.
fn trust(view: &GrantHistory, when: &When) -> AnyView {
    let (tone, title, line) = match (view.covered_by, view.covered_at) {
        (Some(size), at) => (
            Tone::Keep,
            "Covered by a signed checkpoint".to_owned(),
            format!(
                "Checkpoint {}{} covers every record here. A pack lets anybody check that without us.",
                say::number(size),
                at.map_or_else(String::new, |at| format!(", signed {},", when.moment(at)))
            ),
        ),
        (None, _) => (
            Tone::Raise,
            "Not all of it is covered yet".to_owned(),
            "At least one record waits for its place in the ledger or for the next checkpoint.".to_owned(),
        ),
    };
    let witness = if view.witnessed {
        "Copies of checkpoints are kept outside."
    } else {
        "Nobody outside keeps copies of checkpoints: this is evident against database access, not against the operator."
    };
    view! {
        <h2>"Can this be trusted?"</h2>
        <div class=notice_class(tone)><b>{title}</b><p>{line}</p></div>
        <p class="fine note-line">{witness}</p>
        <p class="fine"><a href="/evidence">"Evidence packs, and how to verify one"</a></p>
    }
    .into_any()
}

fn reviews(view: &GrantHistory) -> AnyView {
    if view.reviews.is_empty() {
        return view! { <h2>"Reviews"</h2><p class="fine">"No campaign has asked about this grant."</p> }.into_any();
    }
    let lines = view.reviews.iter().map(|review| line(view, review)).collect_view();
    view! { <h2>"Reviews"</h2><ul class="stack">{lines}</ul> }.into_any()
}

fn line(view: &GrantHistory, review: &GrantReview) -> AnyView {
    let standing = match review.answer {
        Some(answer) => tag(say::tone_of_answer(answer), say::answered(answer)),
        None => tag(say::tone_of_review(review.state), say::review_state(review.state)),
    };
    let recompute = review.recommendation.map(|id| match review.recomputed {
        Some(Outcome::Same) => view! { <p class="fine">"Recomputed just now from the stored facts: identical, byte for byte."</p> }.into_any(),
        Some(Outcome::OtherEngine) => {
            view! { <p class="fine">"Another version of the engine made it, so it was not recomputed. What is stored agrees with its hash and with the ledger's entry."</p> }.into_any()
        }
        Some(Outcome::Different) => view! { <p class="error">"Recomputed just now: not the same bytes. Tell your administrator; the stored recommendation is kept as it was."</p> }.into_any(),
        None => {
            view! { <p class="fine"><a href=format!("/history/{}?recompute={id}", view.grant)>"Recompute the recommendation"</a></p> }.into_any()
        }
    });
    view! {
        <li>
            <p><a href=format!("/items/{}", review.item)>{name(review.name.clone())}", item "{say::number(review.number)}</a>" "{standing}</p>
            {recompute}
            {review.recommendation.map(|id| view! { <p class="fine"><a href=format!("/recommendations/{id}")>"How it was computed"</a></p> })}
        </li>
    }
    .into_any()
}

fn facts(view: &GrantHistory, when: &When) -> AnyView {
    let unknown = || view! { <span class="faint">"unknown"</span> }.into_any();
    view! {
        <h2>"As the source has it"</h2>
        {view.description.clone().map(|text| view! { <p class="fine"><bdi>{text}</bdi></p> })}
        <dl class="facts num">
            <div><dt>"Account"</dt><dd>{view.status.map_or("unknown", say::status)}</dd></div>
            <div><dt>"Sensitivity"</dt><dd>{say::sensitivity(view.sensitivity)}</dd></div>
            <div><dt>"Granted"</dt><dd>{when_or(view.granted_on, when, "unknown")}</dd></div>
            <div><dt>"Granted by"</dt><dd>{view.granted_by.clone().map_or_else(unknown, name)}</dd></div>
            <div><dt>"First seen"</dt><dd>{time(view.seen_from, when.short_day(view.seen_from))}</dd></div>
            <div><dt>"Source"</dt><dd>{name(view.source.name.clone())}</dd></div>
        </dl>
    }
    .into_any()
}
