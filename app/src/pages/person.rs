//! One person as a reviewer meets them: which accesses overlap, all of them by application, and what changed.

mod overlaps;
mod risk;
mod since;

use crate::{
    parts::{empty, freshness, last_used, marks, name, page_header, standing, standing_label, tag, when_or},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use domain::{Answer, Verdict};
use leptos::prelude::*;
use review::view::{
    position,
    types::{ListedVerdict, OfApplication, PersonAccess, PersonPage, Stance},
};

/// `/items/{id}/person`.
pub fn person(view: PersonPage, when: &When) -> Frame {
    let who = view.person.name.clone();
    let place = if view.yours { Place::Reviews } else { Place::Campaigns };
    let item = format!("/items/{}", view.item);
    let crumbs = view! {
        <nav aria-label="Where this is">
            <ol class="crumbs">
                <li>{name(view.campaign.name.clone())}</li>
                <li><a href=item>"Item "{say::number(view.number)}</a></li>
                <li>"The person"</li>
            </ol>
        </nav>
    };
    let about = view! {
        {crumbs}
        {job(&view)}
        <p class="quiet">{scope(&view)}" Nothing is decided here: every access leads to the item where it is."</p>
        <p class="fine">{freshness(&view.sources, when)}</p>
    };
    let listing = if view.applications.is_empty() {
        empty("Nothing is held any more", "The newest readings show none of what you may see here.")
    } else {
        listing(&view, when)
    };
    // On a phone what overlaps and what changed stand before the long list.
    let body = view! {
        {page_header(name(who.clone()), about, ())}
        <div class="desk">
            <div class="w8">{overlaps::overlaps(&view, when)}</div>
            <div class="w4 stack">
                <section class="card" id="since">{since::since(&view, when)}</section>
                {view.risk.as_ref().map(risk::risk)}
                <section class="card">{facts(&view, when)}</section>
            </div>
            <div class="w8">{listing}</div>
        </div>
    };
    Frame::new(who, Some(place), body)
}

fn job(view: &PersonPage) -> AnyView {
    let person = &view.person;
    position(person.title.as_deref(), person.department.as_deref()).map(|job| view! { <p>{name(job)}</p> }).into_any()
}

/// How much of what the person holds is shown.
fn scope(view: &PersonPage) -> &'static str {
    match (view.whole, view.yours) {
        (true, _) => "Everything that they hold, in every source.",
        (false, true) => "What you are asked about in open campaigns. What others are asked about is not shown.",
        (false, false) => "What your campaigns ask about. What others ask about is not shown.",
    }
}

fn listing(view: &PersonPage, when: &When) -> AnyView {
    let all = view.applications.iter().map(|of| application(of, when)).collect_view();
    let cut = view.cut.then(|| view! { <p class="fine">"There is more than this page takes. The newest items are shown."</p> });
    view! {
        <section class="card stack" id="applications">
            <h2>"By application"</h2>
            <p class="fine">"Each is advised on by itself, beside what overlaps. What an application allows with each, its source does not compare."</p>
            {cut}
            {all}
        </section>
    }
    .into_any()
}

fn application(of: &OfApplication, when: &When) -> AnyView {
    let title = of.application.clone().map_or_else(|| "No application named".into_any(), name);
    let advice = of.advice.as_ref().map(|advice| view! { ": "{say::keep_give_up(advice)} });
    let rows = of.accesses.iter().map(|access| row(access, when)).collect_view();
    let caption = format!("{} in {}", of.application.clone().unwrap_or_default(), of.source);
    view! {
        <h3>{title}{advice}<span class="fine">" · "{name(of.source.clone())}</span></h3>
        <table class="rows cards">
            <caption class="visually-hidden">{caption}</caption>
            <thead><tr><th scope="col">"Access"</th><th scope="col">"Last used"</th><th scope="col">"Stands"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// Whether the answer or the recommendation says the same as what overlaps.
fn item_says_so(access: &PersonAccess) -> bool {
    let Some(item) = &access.item else { return false };
    let recommended = matches!(item.recommended, ListedVerdict::Shown { verdict: Verdict::Revoke, .. });
    item.answer == Some(Answer::Revoke) || (item.answer.is_none() && recommended)
}

fn row(access: &PersonAccess, when: &When) -> AnyView {
    let spare = (access.overlap == Some(Stance::GiveUp) && !item_says_so(access)).then(|| tag(Tone::Remove, "Give up: see above"));
    let absent = |text: &'static str| view! { <span class="faint">{text}</span> }.into_any();
    let (used, label, stands) = match &access.item {
        Some(item) => (last_used(&item.usage, when), standing_label(item), view! { {standing(item)}{spare} }.into_any()),
        None => (absent("see its history"), "Stands", absent("not asked about")),
    };
    view! {
        <tr>
            <td>
                <p>{link(access)}</p>
                {access.path.as_ref().map(|path| view! { <span class="fine"><bdi>{say::capital(&say::path(path))}</bdi></span> })}
                {access.item.as_ref().map(marks)}
            </td>
            <td class="num" data-label="Last used">{used}</td>
            <td data-label=label>{stands}</td>
        </tr>
    }
    .into_any()
}

/// The access, leading to its item, or to its history where no item asks about it.
fn link(access: &PersonAccess) -> AnyView {
    leading(&access.name, access)
}

/// The same, under another name.
fn leading(title: &str, access: &PersonAccess) -> AnyView {
    let title = view! { <b>{name(title)}</b> };
    match (&access.item, access.history) {
        (Some(item), _) => view! { <a href=format!("/items/{}", item.id)>{title}</a> }.into_any(),
        (None, Some(grant)) => view! { <a href=format!("/history/{grant}")>{title}</a> }.into_any(),
        (None, None) => title.into_any(),
    }
}

fn facts(view: &PersonPage, when: &When) -> AnyView {
    let person = &view.person;
    view! {
        <h2>"As the source has them"</h2>
        <dl class="facts one num">
            <div><dt>"Account"</dt><dd>{person.status.map_or("unknown", say::status)}</dd></div>
            <div><dt>"Manager"</dt><dd>{person.manager.clone().map_or_else(|| view! { <span class="faint">"unknown"</span> }.into_any(), name)}</dd></div>
            <div><dt>"First day"</dt><dd>{when_or(person.start, when, "unknown")}</dd></div>
            <div><dt>"Last day"</dt><dd>{when_or(person.end, when, "none stated")}</dd></div>
            <div><dt>"Changed job"</dt><dd>{when_or(person.changed_job_on, when, "unknown")}</dd></div>
        </dl>
    }
    .into_any()
}
