//! Mitigating controls: for their owners to accept or refuse, for others to see.

use super::duties::severity_tone;
use crate::{
    parts::{Options, empty, error_summary, hidden, inform, name, page_header, select, tag, text_input, time},
    render::{Frame, Place},
    say::{Tone, When},
};
use leptos::prelude::*;
use review::view::types::{Choice, ConflictGrantView, ConflictView, ControlLine, ControlView, Controls, ItemPage, ProposeView};

/// `/controls`.
pub fn controls(view: Controls, when: &When) -> Frame {
    let about = if view.all {
        view! { <p class="quiet">"What is done where one person keeps two duties that should be apart: proposed by a reviewer, accepted by who does it, until an agreed day."</p> }
    } else {
        view! { <p class="quiet">"Controls that name you as the one who does them. Accept one only if you will do it until its last day."</p> }
    };
    let body = if view.lines.is_empty() {
        empty("No control names you", "When a reviewer proposes one that you should do, it stands here.")
    } else {
        let lines = view.lines.iter().map(|line| self::line(line, when)).collect_view();
        let next = view.next.map(|before| view! { <p><a class="btn" href=format!("/controls?before={before}")>"Earlier ones"</a></p> });
        view! { <div class="column stack">{lines}{next}</div> }.into_any()
    };
    Frame::new("Controls", Some(Place::Duties), view! { {page_header("Controls", about, ())}{body} })
}

fn line(line: &ControlLine, when: &When) -> AnyView {
    let held = line.held.iter().map(|access| view! { <li>{name(access.clone())}</li> }).collect_view();
    let form = line.attempt.map(|attempt| {
        view! {
            <form method="post" action=format!("/controls/{}/settle", line.id)>
                {hidden("attempt", attempt.to_string())}
                <p class="form-actions">
                    <button class="btn keep" type="submit" name="accept" value="yes">"Accept: I do this"</button>
                    <button class="btn remove" type="submit" name="accept" value="no">"Refuse"</button>
                </p>
            </form>
        }
    });
    view! {
        <section class="card stack">
            <h2>{name(line.title.clone())}</h2>
            <p>{name(line.risk.clone())}</p>
            <p><b>{name(line.holder.clone())}</b>" holds both sides:"</p>
            <ul>{held}</ul>
            {control(&line.control, when)}
            <p class="fine">"Proposed by "{name(line.proposed_by.clone())}" "{time(line.proposed_at, when.moment(line.proposed_at))}", in "{name(line.campaign.name.clone())}"."</p>
            {form}
        </section>
    }
    .into_any()
}

/// A control, and how it stands.
fn control(control: &ControlView, when: &When) -> AnyView {
    let (word, tone) = match control.state.as_str() {
        "accepted" => ("accepted", Tone::Keep),
        "refused" => ("refused", Tone::Remove),
        "ended" => ("ended", Tone::Unknown),
        _ => ("waits for its owner", Tone::Raise),
    };
    let last = control.until.plus(-1);
    view! { <p>{tag(tone, word)}" "{name(control.does.clone())}" By "{name(control.owner.clone())}", until "{time(last, when.short_day(last))}"."</p> }.into_any()
}

/// The conflicts that an item shows.
pub fn conflicts(view: &ItemPage, when: &When) -> AnyView {
    view.conflicts.iter().map(|conflict| self::conflict(view, conflict, when)).collect_view().into_any()
}

fn conflict(view: &ItemPage, conflict: &ConflictView, when: &When) -> AnyView {
    let other = conflict.other_side.iter().map(held).collect_view();
    let this = (!conflict.this_side.is_empty()).then(|| {
        let more = conflict.this_side.iter().map(held).collect_view();
        view! { <p class="fine">"On this side as well:"</p><ul>{more}</ul> }
    });
    let advice = conflict.advice.iter().map(|line| view! { <p>{line.clone()}</p> }).collect_view();
    let errors = conflict.propose.as_ref().map(|form| error_summary(&form.errors));
    view! {
        <section class="notice raise" aria-label="Duties that must be apart">
            <p><b>"Must be apart: "{name(conflict.title.clone())}</b>" "{tag(severity_tone(&conflict.severity), conflict.severity.clone())}</p>
            <p>{name(conflict.risk.clone())}</p>
            <p class="fine">"On the other side:"</p>
            <ul>{other}</ul>
            {this}
            {advice}
            {conflict.control.as_ref().map(|found| control(found, when))}
            {errors}
            {conflict.propose.as_ref().map(|form| propose(view, conflict, form))}
        </section>
    }
    .into_any()
}

fn held(one: &ConflictGrantView) -> AnyView {
    let place = [one.application.clone(), Some(one.source.clone())].into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let access = match one.item {
        Some(item) => view! { <a href=format!("/items/{item}")>{name(one.access.clone())}</a> }.into_any(),
        None => view! { <b>{name(one.access.clone())}</b> }.into_any(),
    };
    view! { <li>{access}" "<span class="fine">{name(place)}</span>", "{one.stands.clone()}</li> }.into_any()
}

fn propose(view: &ItemPage, conflict: &ConflictView, form: &ProposeView) -> AnyView {
    let field = |field: &'static str, label: &'static str, kind: &'static str, value: &str| {
        let mut input = inform(field, label, kind, value);
        input.id = format!("{field}-{}", conflict.id);
        input
    };
    let offered: Vec<Choice> = form
        .candidates
        .iter()
        .map(|one| Choice {
            value: one.value.clone(),
            label: one.line.as_ref().map_or_else(|| one.name.clone(), |line| format!("{}, {line}", one.name)),
            count: None,
        })
        .collect();
    let known = offered.iter().any(|choice| choice.value == form.owner);
    let chosen = if known { form.owner.clone() } else { String::new() };
    let whom = (!offered.is_empty()).then(|| {
        let options = Options { choices: &offered, none: Some("Choose a person"), chosen: &chosen };
        select(field("owner", "Who does it", "text", ""), &options, &form.errors)
    });
    let mut other = field("owner_other", "Or somebody else, by e-mail address", "email", if known { "" } else { &form.owner });
    other.longest = 320;
    let options = Options { choices: &form.controls, none: None, chosen: &form.control };
    view! {
        <details class="fold" open=!form.errors.is_empty()>
            <summary>"Keep both, with a control"</summary>
            <form class="form" method="post" action=format!("/items/{}/control", view.id)>
                {hidden("attempt", form.attempt.to_string())}
                {hidden("conflict", conflict.id.to_string())}
                <p class="fine">"Both sides can be approved once the person who does the control has accepted it, until its last day."</p>
                {select(field("control", "What is done", "text", ""), &options, &form.errors)}
                {whom}
                {text_input(other, &form.errors)}
                {text_input(field("until", "Last day", "date", &form.until), &form.errors)}
                <p class="form-actions"><button class="btn" type="submit">"Propose the control"</button></p>
            </form>
        </details>
    }
    .into_any()
}
