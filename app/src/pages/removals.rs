//! Removals in conflict: for who answers for the access to say what is to come of them (rule 17).

use crate::{
    parts::{empty, hidden, name, page_header, tag, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use domain::DecisionOrigin;
use leptos::prelude::*;
use review::{
    orders::conflict::Why,
    view::types::{InTheWay, RemovalLine, Removals},
};

const KEEP: &str = "Keep the access: the removal is not carried out";
const LEAVE: &str = "Let the removal leave, with what else it ends";

/// `/removals`.
pub fn removals(view: Removals, when: &When) -> Frame {
    let about = view! { <p class="quiet">"You answer for this access. Its removal would end more than was decided. Nothing leaves until you say so, or an owner of campaigns does."</p> };
    let body = if view.lines.is_empty() {
        empty(
            "No removal waits for you",
            "When a removal would end more than was decided, of access that you answer for, it stands here. What you decided or hold yourself waits for somebody else.",
        )
    } else {
        let lines = view.lines.iter().map(|line| self::line(line, when)).collect_view();
        let more = view.more.then(|| view! { <p class="fine">"Others wait behind these, and stand here once these are answered."</p> });
        view! { <div class="column stack">{lines}{more}</div> }.into_any()
    };
    Frame::new("Removals", Some(Place::Removals), view! { {page_header("Removals that wait for you", about, ())}{body} })
}

fn line(line: &RemovalLine, when: &When) -> AnyView {
    let application = line.application.clone().map(|application| view! { ", "{name(application)} });
    let person_line = line.person_line.clone().map(|told| view! { ", "{name(told)} });
    let also = line.also_ends.iter().map(in_the_way).collect_view();
    view! {
        <section class="card stack">
            <h2>{name(line.access.clone())}{application}</h2>
            <p><b>{name(line.person.clone())}</b>{person_line}". Held "{name(say::path(&line.path))}" in "{name(line.source.clone())}"."</p>
            <p>{tag(Tone::Remove, "Revoke")}" "{decided(line, when)}</p>
            <div>
                <p><b>"Its removal would also end:"</b></p>
                <ul class="bullets">{also}</ul>
            </div>
            <p class="fine">
                {name(say::what_ends(&line.path))}
                " Decided in "{name(line.campaign.name.clone())}", opened by "{name(line.campaign.owner.clone())}". Waiting since "
                {time(line.since, when.moment(line.since))}
                "."
            </p>
            {answer(line)}
        </section>
    }
    .into_any()
}

/// What was decided, by whom, when and why.
fn decided(line: &RemovalLine, when: &When) -> AnyView {
    let by = line.decided_by.clone();
    let at = time(line.decided_at, when.moment(line.decided_at));
    match line.origin {
        DecisionOrigin::Default => {
            let by = by.map(|by| view! { ", which "{name(by)}" confirmed" });
            view! { "Nobody answered, and the default of the campaign removes: ordered at its closing"{by}", "{at}"." }.into_any()
        }
        DecisionOrigin::Platform => {
            let by = by.map(|by| view! { " by "{name(by)} });
            view! { "Decided on the platform itself"{by}", read back "{at}"." }.into_any()
        }
        DecisionOrigin::Person | DecisionOrigin::PersonBlind | DecisionOrigin::PersonBulk => {
            let by = by.unwrap_or_else(|| "somebody who is no longer listed".to_owned());
            let why = line.why.map(|why| format!(": {}", say::revoke_why(why)));
            view! { "Decided by "{name(by)}", "{at}{why}"." }.into_any()
        }
    }
}

/// Access that would end too, and why that stands in the way.
fn in_the_way(other: &InTheWay) -> AnyView {
    let application = other.application.clone().map(|application| view! { ", "{name(application)} });
    let who = || other.who.clone().map(name);
    let why = match (other.why, other.who.is_some()) {
        (Why::Approved, true) => view! { "approved by "{who()} }.into_any(),
        (Why::Approved, false) => view! { "approved" }.into_any(),
        (Why::Undecided, true) => view! { "not decided; "{who()}" is asked" }.into_any(),
        (Why::Undecided, false) => view! { "not decided, and nobody is asked about it" }.into_any(),
        (Why::AnotherReviewer, true) => view! { "revoked by another reviewer, "{who()} }.into_any(),
        (Why::AnotherReviewer, false) => view! { "revoked by another reviewer" }.into_any(),
        (Why::Kept, _) => view! { "kept, because nobody answered" }.into_any(),
    };
    view! { <li><b>{name(other.access.clone())}</b>{application}": "{why}"."</li> }.into_any()
}

/// The two answers, alike in effort; nothing is chosen beforehand.
fn answer(line: &RemovalLine) -> AnyView {
    let full = |label: &str| format!("{label}: {} held by {}", line.access, line.person);
    let keep = match &line.cannot_keep {
        None => view! { <button class="btn keep" type="submit" name="said" value="keep" aria-label=full(KEEP)>{KEEP}</button> }.into_any(),
        Some(why) => view! { <p class="fine">{why.clone()}</p> }.into_any(),
    };
    view! {
        <form method="post" action=format!("/orders/{}/settle", line.id)>
            {hidden("attempt", line.answer.attempt.to_string())}
            {hidden("expected_version", line.answer.expected_version.to_string())}
            <div class="form-actions">
                {keep}
                <button class="btn remove" type="submit" name="said" value="leave" aria-label=full(LEAVE)>{LEAVE}</button>
            </div>
        </form>
    }
    .into_any()
}
