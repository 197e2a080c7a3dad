//! Answering: the three answers of one size, in one order, a key each, and what goes with them.
//!
//! The bar stands outside the form and names it, so that it can stay in reach
//! while everything else scrolls. Nothing is pressed beforehand.

use super::Shown;
use crate::{
    parts::{Options, find_error, guard, hidden, inform, name, notice_class, select, text_area, text_input},
    say::{self, Tone},
};
use domain::{Answer, RevokeWhy};
use leptos::prelude::*;
use review::view::types::{Candidate, Choice, DecideView, ItemPage, Recommended};

fn form_id(view: &ItemPage) -> String {
    format!("decide-{}", view.id)
}

fn choices(candidates: &[Candidate]) -> Vec<Choice> {
    candidates
        .iter()
        .map(|candidate| Choice {
            value: candidate.value.clone(),
            label: candidate.line.as_ref().map_or_else(|| candidate.name.clone(), |line| format!("{}, {line}", candidate.name)),
            count: None,
        })
        .collect()
}

/// Where the reader is led after answering: to the next open item, or back to this one where the recommendation shows itself only now.
fn then(view: &ItemPage, shown: Shown) -> String {
    match (shown, &view.recommended, view.next) {
        (Shown::Alone, ..) => format!("/items/{}", view.id),
        (Shown::InQueue, Recommended::AfterAnswer, _) | (Shown::InQueue, _, None) => {
            format!("/reviews/{}?item={}", view.campaign.id, view.id)
        }
        (Shown::InQueue, _, Some(next)) => format!("/reviews/{}?item={next}", view.campaign.id),
    }
}

/// What goes with an answer: why, a note, and to whom to escalate.
pub fn details(view: &ItemPage, shown: Shown) -> AnyView {
    let Some(form) = &view.decide else {
        return ().into_any();
    };
    let offered = choices(&form.candidates);
    let named = form.candidates.iter().any(|candidate| candidate.value == form.to);
    let chosen = if named { form.to.clone() } else { offered.first().map(|choice| choice.value.clone()).unwrap_or_default() };
    let other = if named { String::new() } else { form.to.clone() };
    let mut note = inform("note", "A note for the record", "text", form.note.clone());
    note.hint = Some("Kept with your answer and shown to auditors. Leave out personal details that are not needed.");
    note.longest = 2_000;
    let mut someone = inform("to_other", "Or somebody else, by e-mail address", "email", other);
    someone.longest = 320;
    let whom = (!offered.is_empty()).then(|| {
        select(inform("to", "If you escalate, to", "text", ""), &Options { choices: &offered, none: None, chosen: &chosen }, &form.errors)
    });
    let open = !form.errors.is_empty();
    view! {
        <form id=form_id(view) method="post" action=format!("/items/{}/decide", view.id) class="answer-form" data-inplace="">
            {guard()}
            {hidden("attempt", form.attempt.to_string())}
            {hidden("expected_version", form.expected_version.to_string())}
            {hidden("shown", form.shown.clone())}
            {hidden("then", then(view, shown))}
            <h3>"With your answer"</h3>
            {why(form)}
            <details class="fold" open=open>
                <summary>"Add a note, or choose to whom to escalate"</summary>
                <div class="stack">
                    {text_area(note, "3", &form.errors)}
                    {whom}
                    {text_input(someone, &form.errors)}
                </div>
            </details>
        </form>
    }
    .into_any()
}

/// "No longer needed" and "never authorised" mean different things to an auditor.
fn why(form: &DecideView) -> AnyView {
    let chosen = form.why.unwrap_or(RevokeWhy::NoLongerNeeded);
    let options = [
        (RevokeWhy::NoLongerNeeded, "It was right once, and is no longer needed"),
        (RevokeWhy::NeverAuthorised, "It should never have been granted"),
    ]
    .map(|(why, label)| {
        view! {
            <label class="check">
                <input type="radio" name="why" value=why.as_str() checked=chosen == why />
                <span>{label}</span>
            </label>
        }
    })
    .collect_view();
    let error = find_error(&form.errors, "why").map(|message| view! { <p class="error">{message}</p> });
    view! { <fieldset><legend>"If you revoke, because"</legend>{options}{error}</fieldset> }.into_any()
}

/// The three answers, or why there are none.
pub fn bar(view: &ItemPage) -> AnyView {
    let Some(form) = &view.decide else {
        return view
            .may
            .why_not
            .clone()
            .map(|why| view! { <div class="decide"><p class=notice_class(Tone::Raise)>{why}</p></div> })
            .into_any();
    };
    let id = form_id(view);
    let current = view.decision.as_ref().filter(|decision| decision.yours).map(|decision| decision.answer);
    let buttons = [(Answer::Approve, "A"), (Answer::Revoke, "R"), (Answer::Escalate, "E")]
        .map(|(answer, key)| {
            let pressed = current.map(|now| (now == answer).to_string());
            let who = format!("{}: {}, held by {}", say::answer(answer), view.access.name, view.person.name);
            view! {
                <button class=answer_class(answer) type="submit" form=id.clone() name="answer" value=answer.as_str()
                    aria-pressed=pressed aria-label=who data-key=key.to_lowercase() aria-keyshortcuts=key>
                    {say::answer(answer)}" "<kbd aria-hidden="true">{key}</kbd>
                </button>
            }
        })
        .collect_view();
    let first = form.candidates.first().map(|candidate| view! { " Escalate asks "{name(candidate.name.clone())}"." });
    let lead = if current.is_some() { "Another answer replaces yours. " } else { "" };
    view! {
        <div class="decide">
            <div class="answers" role="group" aria-label="Your answer">{buttons}</div>
            <p class="fine finality">{lead}{say::finality_brief(&view.ends)}{first}</p>
        </div>
    }
    .into_any()
}

const fn answer_class(answer: Answer) -> &'static str {
    match answer {
        Answer::Approve => "btn keep",
        Answer::Revoke => "btn remove",
        Answer::Escalate => "btn raise",
    }
}

/// Giving the item to another reviewer.
pub fn hand_over(view: &ItemPage) -> AnyView {
    let Some(form) = &view.hand_over else {
        return ().into_any();
    };
    let offered = choices(&form.candidates);
    let named = form.candidates.iter().any(|candidate| candidate.value == form.to);
    let chosen = if named { form.to.clone() } else { String::new() };
    let mut whom = inform("to", "To", "text", "");
    whom.id = String::from("hand-over-to");
    let whom = (!offered.is_empty())
        .then(|| select(whom, &Options { choices: &offered, none: Some("Choose a person"), chosen: &chosen }, &form.errors));
    let mut other = inform("to_other", "Or somebody else, by e-mail address", "email", if named { String::new() } else { form.to.clone() });
    other.id = String::from("hand-over-other");
    other.longest = 320;
    let mut note = inform("note", "Why", "text", form.note.clone());
    note.id = String::from("hand-over-note");
    note.longest = 2_000;
    let open = !form.errors.is_empty();
    let (summary, about) = if view.yours {
        ("Hand over: somebody else should answer", "That person becomes the reviewer of this item. You remain the reviewer of record.")
    } else {
        ("Give this item to another reviewer", "That person is asked instead. The holder and you cannot be chosen.")
    };
    view! {
        <details class="fold" open=open>
            <summary>{summary}</summary>
            <form method="post" action=format!("/items/{}/hand-over", view.id) class="form">
                {guard()}
                {hidden("attempt", form.attempt.to_string())}
                {hidden("expected_version", form.expected_version.to_string())}
                <p class="fine">{about}</p>
                {whom}
                {text_input(other, &form.errors)}
                {text_area(note, "2", &form.errors)}
                <p class="form-actions"><button class="btn" type="submit">"Hand over"</button></p>
            </form>
        </details>
    }
    .into_any()
}
