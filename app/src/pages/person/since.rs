//! What changed since the last review of a person.

use crate::{
    parts::{name, tag, time},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::view::types::{LastReview, Moved, Outstanding, PersonChange, PersonFact, PersonPage, PersonValue};

/// Moves that stand open; the others stand folded below.
const OPEN: usize = 10;

/// What changed, or that there was no review before.
pub fn since(view: &PersonPage, when: &When) -> AnyView {
    let delivered = view.since.delivered.map(|at| {
        view! { <p class="fine">"The sources bring decisions along that were made elsewhere, the latest on "{time(at, when.day(at))}"."</p> }
    });
    let Some(last) = &view.since.last else {
        return view! {
            <h2>"Since the last review"</h2>
            <p>"No earlier review here asked about this person, so there is nothing to compare with."</p>
            {delivered}
        }
        .into_any();
    };
    view! {
        <h2>"Since the last review"</h2>
        <p>{about(last, when)}</p>
        {not_covered(last)}
        {outstanding(last)}
        {facts(last, when)}
        {moves("Came since", &last.granted, when, "No access came that you may see here.")}
        {moves("Ended since", &last.ended, when, "No access ended that you may see here.")}
        {delivered}
    }
    .into_any()
}

fn about(last: &LastReview, when: &When) -> AnyView {
    let at = time(last.closed_at, when.day(last.closed_at));
    match last.name.clone() {
        Some(campaign) => view! { {name(campaign)}", closed on "{at}", against the readings of then." }.into_any(),
        None => view! { "Closed on "{at}", against the readings of then." }.into_any(),
    }
}

fn not_covered(last: &LastReview) -> AnyView {
    (!last.not_covered.is_empty())
        .then(|| view! { <p class="fine">"It asked nothing about "{name(say::list(&last.not_covered))}", so nothing is known of changes there."</p> })
        .into_any()
}

fn outstanding(last: &LastReview) -> AnyView {
    if last.outstanding.is_empty() {
        return view! { <p>"Nothing that was revoked then is still held, as far as you may see."</p> }.into_any();
    }
    let line = |one: &Outstanding| {
        let order = one.order.map_or("no removal was ordered", say::brief_order_state);
        view! {
            <li>
                <p><a href=format!("/items/{}", one.item)><b>{name(one.access.clone())}</b></a></p>
                {one.access_line.clone().map(|text| view! { <span class="fine block"><bdi>{text}</bdi></span> })}
                <span class="fine block">{order}</span>
            </li>
        }
    };
    let lines = last.outstanding.iter().map(line).collect_view();
    view! {
        <h3>"Revoked then, still held "{tag(Tone::Raise, say::number(i64::try_from(last.outstanding.len()).unwrap_or(i64::MAX)))}</h3>
        <ul class="stack">{lines}</ul>
    }
    .into_any()
}

fn facts(last: &LastReview, when: &When) -> AnyView {
    if last.person.is_empty() {
        return view! { <p>"Job, manager and employment are as they were."</p> }.into_any();
    }
    let several = last.person.iter().any(|one| Some(&one.source) != last.person.first().map(|first| &first.source));
    let line = |change: &PersonChange| {
        let source = several.then(|| view! { " "<span class="fine">{name(change.source.clone())}</span> });
        view! {
            <div>
                <dt>{fact(change.fact)}{source}</dt>
                <dd>{value(change.before.as_ref(), when)}" → "<span class="visually-hidden">"now "</span>{value(change.now.as_ref(), when)}</dd>
            </div>
        }
    };
    let lines = last.person.iter().map(line).collect_view();
    view! { <h3>"Changed since"</h3><dl class="facts one num">{lines}</dl> }.into_any()
}

const fn fact(fact: PersonFact) -> &'static str {
    match fact {
        PersonFact::Title => "Title",
        PersonFact::Department => "Department",
        PersonFact::Manager => "Manager",
        PersonFact::Status => "Account",
        PersonFact::Start => "First day",
        PersonFact::End => "Last day",
        PersonFact::ChangedJob => "Changed job",
    }
}

fn value(value: Option<&PersonValue>, when: &When) -> AnyView {
    match value {
        None => view! { <span class="faint">"unknown"</span> }.into_any(),
        Some(PersonValue::Text(text)) => name(text.clone()),
        Some(PersonValue::Status(status)) => say::status(*status).into_any(),
        Some(PersonValue::Day(at)) => time(*at, when.day(*at)),
    }
}

fn moves(title: &'static str, all: &[Moved], when: &When, nothing: &'static str) -> AnyView {
    if all.is_empty() {
        return view! { <p>{nothing}</p> }.into_any();
    }
    let (open, folded) = all.split_at(all.len().min(OPEN));
    let lines = |some: &[Moved]| some.iter().map(|one| moved(one, when)).collect_view();
    let more = (!folded.is_empty()).then(|| {
        let more = say::many(i64::try_from(folded.len()).unwrap_or(i64::MAX), "more", "more");
        view! { <details class="fold"><summary>{more}</summary><ul class="stack">{lines(folded)}</ul></details> }
    });
    view! {
        <h3>{title}" "<span class="quiet num">{say::number(i64::try_from(all.len()).unwrap_or(i64::MAX))}</span></h3>
        <ul class="stack">{lines(open)}</ul>
        {more}
    }
    .into_any()
}

fn moved(one: &Moved, when: &When) -> AnyView {
    let title = view! { <b>{name(one.access.clone())}</b> };
    let title = match (one.item, one.history) {
        (Some(item), _) => view! { <a href=format!("/items/{item}")>{title}</a> }.into_any(),
        (None, Some(grant)) => view! { <a href=format!("/history/{grant}")>{title}</a> }.into_any(),
        (None, None) => title.into_any(),
    };
    let place = match one.application.clone() {
        Some(application) => format!("{application} · {}", one.source),
        None => one.source.clone(),
    };
    view! { <li><p>{title}</p><span class="fine block"><bdi>{place}</bdi>", "{time(one.at, when.day(one.at))}</span></li> }.into_any()
}
