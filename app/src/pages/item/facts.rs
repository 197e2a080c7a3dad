//! The facts, each with where it was read and how old it is.

use crate::{
    parts::{name, time},
    say::{self, When},
};
use leptos::prelude::*;
use review::view::{position, types::ItemPage};

/// Facts as pairs. Where all come from one reading, that is said once.
pub fn facts(view: &ItemPage, when: &When) -> AnyView {
    let one_reading = view.facts.windows(2).all(|pair| pair[0].source == pair[1].source && pair[0].read_at == pair[1].read_at);
    let lines = view
        .facts
        .iter()
        .map(|fact| {
            let value = match &fact.value {
                Some(value) => name(value.clone()),
                None => view! { <span class="faint">"unknown"</span> }.into_any(),
            };
            let origin = (!one_reading).then(|| {
                let read = fact.read_at;
                view! { <span class="fine block">{name(fact.source.clone())}", "{time(read, when.moment(read))}</span> }
            });
            view! { <div><dt>{fact.name.clone()}</dt><dd>{value}{origin}</dd></div> }
        })
        .collect_view();
    let source = &view.source;
    let read = match source.read_at {
        Some(at) if source.unread => view! {
            "What "{name(source.name.clone())}" ("{say::kind_of_source(source.kind)}") says of this access was last read "
            {time(at, when.moment(at))}"; later readings could not read that part"
        }
        .into_any(),
        Some(at) => {
            view! { {name(source.name.clone())}" ("{say::kind_of_source(source.kind)}") was read "{time(at, when.moment(at))} }.into_any()
        }
        None => view! { {name(source.name.clone())}" was never read" }.into_any(),
    };
    let old = if source.old { ", longer ago than its limit." } else { "." };
    let owner = match &view.access.owner {
        Some(owner) => view! { {name(owner.clone())} }.into_any(),
        None => view! { <span class="faint">"nobody stated"</span> }.into_any(),
    };
    let manager = view.person.manager.clone().map_or_else(|| view! { <span class="faint">"unknown"</span> }.into_any(), name);
    let sensitivity = (!said(view, "Sensitivity", view.access.sensitivity.is_some()))
        .then(|| view! { <div><dt>"Sensitivity"</dt><dd>{say::sensitivity(view.access.sensitivity)}</dd></div> });
    let granted = (!said(view, "Granted", view.granted_on.is_some()))
        .then(|| view! { <div><dt>"Granted"</dt><dd>{crate::parts::when_or(view.granted_on, when, "unknown")}</dd></div> });
    view! {
        <h3>"Facts"</h3>
        <dl class="facts num">
            {person_facts(view, when)}
            <div><dt>"Manager"</dt><dd>{manager}</dd></div>
            <div><dt>"Access owner"</dt><dd>{owner}</dd></div>
            {sensitivity}
            {granted}
            <div><dt>"Granted by"</dt><dd>{view.granted_by.clone().map_or_else(|| view! { <span class="faint">"unknown"</span> }.into_any(), name)}</dd></div>
            <div><dt>"Held"</dt><dd>{name(say::path(&view.path))}</dd></div>
            {lines}
        </dl>
        <p class="fine source-line">{read}{old}</p>
    }
    .into_any()
}

/// Whether a fact of this name, which says where it was read and when, says the same already: it is known, or not known here either.
fn said(view: &ItemPage, name: &str, known_here: bool) -> bool {
    // A last day that is still to come has a name of its own.
    view.facts.iter().any(|fact| fact.name.split(',').next() == Some(name) && (fact.value.is_some() || !known_here))
}

fn person_facts(view: &ItemPage, when: &When) -> AnyView {
    let person = &view.person;
    let line = position(person.title.as_deref(), person.department.as_deref());
    let job = line.map(|line| view! { <div><dt>"Job"</dt><dd>{name(line)}</dd></div> });
    let dates = [("First day", person.start), ("Changed job", person.changed_job_on), ("Last day", person.end)]
        .into_iter()
        .filter(|(label, at)| !said(view, label, at.is_some()))
        .filter_map(|(label, at)| at.map(|at| view! { <div><dt>{label}</dt><dd>{time(at, when.short_day(at))}</dd></div> }))
        .collect_view();
    view! { {job}{dates} }.into_any()
}
