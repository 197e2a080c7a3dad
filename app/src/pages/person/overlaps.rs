//! Accesses that open the same: which to keep, which to give up, and what still serves.

use super::{leading, link};
use crate::{
    parts::{name, standing, tag},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::view::types::{Overlapping, PersonAccess, PersonPage, Stance, Way, WayAdvice};

/// Every set of accesses that open the same.
pub fn overlaps(view: &PersonPage, when: &When) -> AnyView {
    if view.overlaps.is_empty() {
        return view! {
            <section class="card" id="overlaps">
                <h2>"What overlaps"</h2>
                <p>"Nothing that is shown here opens the same as anything else."</p>
            </section>
        }
        .into_any();
    }
    let hidden = view.overlaps.iter().any(|set| set.advice.is_none());
    let hidden = hidden.then(|| {
        view! { <p class="fine">"Recommendations are hidden in this campaign, so it is not said which of these to keep."</p> }
    });
    let sets = view.overlaps.iter().map(|one| set(one, when)).collect_view();
    view! {
        <section class="card stack" id="overlaps">
            <h2>"What overlaps"</h2>
            <p class="fine">"By what readings show that each gives. What an application makes of a group besides, no reading shows: look before you give one up."</p>
            {hidden}
            {sets}
        </section>
    }
    .into_any()
}

/// One set: the sentence, and each way with its worth, the advice and what it leads to.
fn set(set: &Overlapping, when: &When) -> AnyView {
    let advised = set.advice.is_some();
    let rows = set.ways.iter().map(|way| row(way, advised, when)).collect_view();
    let caption = format!("What opens {}", say::first_names(&set.opens));
    view! {
        <h3>{sentence(set)}</h3>
        <table class="rows cards">
            <caption class="visually-hidden">{caption}</caption>
            <thead>
                <tr>
                    <th scope="col">"Way"</th>
                    <th scope="col">"Worth"</th>
                    {advised.then(|| view! { <th scope="col">"Advice"</th> })}
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// "In 5 groups that open Ledger: keep 2, give up 3."
fn sentence(set: &Overlapping) -> AnyView {
    let count = say::number(i64::try_from(set.ways.len()).unwrap_or(i64::MAX));
    let opens = name(say::first_names(&set.opens));
    match (&set.advice, set.groups) {
        (Some(advice), true) => view! { "In "{count}" groups that open "{opens}": "{say::keep_give_up(advice)}"." }.into_any(),
        (Some(advice), false) => view! { "Of "{count}" ways to "{opens}": "{say::keep_give_up(advice)}"." }.into_any(),
        (None, true) => view! { {count}" groups open "{opens}"." }.into_any(),
        (None, false) => view! { {count}" ways lead to "{opens}"." }.into_any(),
    }
}

fn row(way: &Way, advised: bool, when: &When) -> AnyView {
    let (title, accesses) = match way.accesses.as_slice() {
        // The way is this one access: it is named once.
        [only] if way.name.starts_with(&only.name) => {
            (view! { <p>{leading(&way.name, only)}</p> }.into_any(), view! { {stands(only, when)} }.into_any())
        }
        all => {
            let all = all.iter().map(|one| view! { <li><p>{link(one)}</p>{stands(one, when)}</li> }).collect_view();
            (view! { <b>{name(say::capital(&way.name))}</b> }.into_any(), view! { <ul>{all}</ul> }.into_any())
        }
    };
    let peers = way.peers.map(|share| view! { <span class="fine">{say::alike(share)}</span> });
    let idle = say::idle(way.unused_days);
    let idle = if way.unused_days.is_none() { tag(Tone::Unknown, idle) } else { view! { <span>{idle}</span> }.into_any() };
    let advice = advised.then(|| view! { <td data-label="Advice">{way.advice.as_ref().map(advice)}</td> });
    view! {
        <tr>
            <td>
                {title}
                <span class="fine">{name(way.source.clone())}</span>
                {accesses}
            </td>
            <td class="num" data-label="Worth">{idle}{peers}</td>
            {advice}
        </tr>
    }
    .into_any()
}

/// When it was last used, and where its item stands.
fn stands(access: &PersonAccess, when: &When) -> Option<AnyView> {
    access.item.as_ref().map(|item| {
        let (last, ago) = say::usage_brief(&item.usage, when);
        view! { {standing(item)}<span class="fine">"Last used: "{last}", "{ago}</span> }.into_any()
    })
}

fn advice(advice: &WayAdvice) -> AnyView {
    let word = match advice.stance {
        Stance::Keep => tag(Tone::Keep, "Keep"),
        Stance::Judge => tag(Tone::Raise, "Your judgement"),
        Stance::GiveUp => tag(Tone::Remove, "Give up"),
    };
    let serves = match (advice.why.gives_up(), advice.served_by.as_slice()) {
        (false, _) | (true, []) => None,
        (true, some) => {
            let verb = if some.len() == 1 { " still opens the same." } else { " still open the same." };
            let some = name(say::first_names(some));
            Some(if advice.lost.is_empty() {
                view! { <span class="fine">{some}{verb}</span> }.into_any()
            } else {
                view! { <span class="fine">{some}" still opens part of it."</span> }.into_any()
            })
        }
    };
    let lost = (!advice.lost.is_empty()).then(|| {
        let lost = name(say::first_names(&advice.lost));
        view! { <span class="fine">"Nothing that stays opens "{lost}"."</span> }
    });
    let beside = say::beside_recommendation(advice).map(|text| view! { <span class="fine">{text}</span> });
    view! { {word}<span class="fine">{say::why(advice.why)}</span>{serves}{lost}{beside} }.into_any()
}
