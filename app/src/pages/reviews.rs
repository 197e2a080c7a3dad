//! The reader's own reviews.

use crate::{
    parts::{empty, freshness, name, page_header, progress_bar, scrolling, tag, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::view::types::{MyCampaign, MyReviews};

/// The campaigns that ask something of the reader.
pub fn my_reviews(view: MyReviews, when: &When) -> Frame {
    let MyReviews { open, past, controls, removals, overruled } = view;
    let overruled = super::native::overruled(&overruled, when);
    let waiting: i64 = open.iter().map(|campaign| campaign.progress.open + campaign.progress.escalated).sum();
    let about = match (open.len(), waiting) {
        (0, _) if removals + controls > 0 => "No review is asked of you now.".to_owned(),
        (0, _) => "Nothing is asked of you now.".to_owned(),
        (_, 0) => "Everything that was asked of you is answered.".to_owned(),
        (_, n) => format!("{} for your answer.", say::capital(&say::many(n, "item waits", "items wait"))),
    };
    let cards = open.into_iter().map(|campaign| card(campaign, when)).collect_view();
    let nothing = (cards.is_empty()).then(|| {
        empty(
            "No open reviews",
            "When a campaign asks you about somebody's access, it appears here. Nothing is decided in your name by waiting.",
        )
    });
    let past_cards = (!past.is_empty()).then(|| {
        let rows = past.into_iter().map(|campaign| past_row(campaign, when)).collect_view();
        view! {
            <section class="card">
                <h2>"Before"</h2>
                {scrolling(view! {
                    <table class="cards">
                        <caption class="visually-hidden">"Campaigns that are over"</caption>
                        <thead><tr><th scope="col">"Campaign"</th><th scope="col">"Answered"</th><th scope="col">"Ended"</th></tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                })}
            </section>
        }
    });
    let waiting_controls = (controls > 0).then(|| {
        view! {
            <p class="notice raise"><a href="/controls">{say::capital(&say::many(controls, "control waits", "controls wait"))}" for you to accept or refuse"</a></p>
        }
    });
    let waiting_removals = (removals > 0).then(|| {
        let wait = match removals {
            1 => "One removal of access that you answer for waits for your word".to_owned(),
            _ => format!("{} removals of access that you answer for wait for your word", say::number(removals)),
        };
        view! { <p class="notice raise"><a href="/removals">{wait}</a></p> }
    });
    let body = view! {
        {page_header("My reviews", view! { <p class="quiet">{about}</p> }, ())}
        <div class="column stack">
            {waiting_removals}
            {waiting_controls}
            {overruled}
            {nothing}
            {cards}
            {past_cards}
        </div>
    };
    Frame::new("My reviews", Some(Place::Reviews), body)
}

fn card(campaign: MyCampaign, when: &When) -> AnyView {
    let MyCampaign { head, progress, people, asked_by_escalation, escalation_due_at, sources } = campaign;
    // On a phone the causes come first; where there is room for all, nothing changes.
    let href = format!("/reviews/{}#causes", head.id);
    let left = progress.open + progress.escalated;
    let button = match (progress.done(), left) {
        (_, 0) => "Look at your answers",
        (0, _) => "Begin",
        _ => "Continue",
    };
    let primary = if left > 0 { "btn primary" } else { "btn" };
    let late = head.due_at <= when.now && left > 0;
    let asked = (asked_by_escalation > 0).then(|| {
        let due = escalation_due_at.map(|at| format!(", the first by {}", when.moment(at)));
        view! {
            <p>
                {tag(Tone::Raise, "Escalated to you")}
                " "
                {say::many(asked_by_escalation, "item", "items")}
                {due}
                "."
            </p>
        }
    });
    view! {
        <article class="card stack">
            <div class="spread">
                <h2><a href=href.clone()>{name(head.name.clone())}</a></h2>
                {late.then(|| tag(Tone::Raise, when.left(head.due_at)))}
            </div>
            <p class="quiet">
                {say::capital(&say::many(progress.items, "item", "items"))}
                " held by "
                {say::many(people, "person", "people")}
                ". Due "
                {time(head.due_at, when.due(head.due_at, &head.zone))}
                ", asked by "
                {name(head.owner.clone())}
                "."
            </p>
            {asked}
            <div>
                <p class="fine num spread">
                    <span><b>{say::number(progress.done())}" of "{say::number(progress.items)}</b>" answered"</span>
                    <span>{say::number(left)}" open"</span>
                </p>
                {progress_bar(&progress)}
            </div>
            <p class="fine">{freshness(&sources, when)}</p>
            <p class="form-actions"><a class=primary href=href>{button}<span class="visually-hidden">": "{head.name}</span></a></p>
        </article>
    }
    .into_any()
}

fn past_row(campaign: MyCampaign, when: &When) -> AnyView {
    let MyCampaign { head, progress, .. } = campaign;
    let (state, tone) = say::campaign_state(head.state);
    view! {
        <tr>
            <th scope="row"><a href=format!("/reviews/{}", head.id)>{name(head.name)}</a>" "{tag(tone, state)}</th>
            <td class="num" data-label="Answered">{say::number(progress.approved + progress.revoked)}" of "{say::number(progress.items)}</td>
            <td class="num" data-label="Ended">{time(head.due_at, when.short_day(head.due_at))}</td>
        </tr>
    }
    .into_any()
}
