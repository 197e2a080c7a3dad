//! Closing a campaign, after a look at what that removes.

use crate::{
    parts::{error_summary, guard, hidden, name, page_header, scrolling, tick},
    render::{Frame, Place},
    say::{self, When},
};
use domain::DefaultAction;
use leptos::prelude::*;
use review::view::types::{CloseCampaign, RemovalGroup};

/// `/campaigns/{id}/close`: a dry run, then the owner's word.
pub fn close_campaign(view: CloseCampaign, when: &When) -> Frame {
    let head = view.head.clone();
    let title = format!("Close {}", head.name);
    let early = (head.due_at > when.now)
        .then(|| format!("It is due {}, so there are {}.", when.due(head.due_at, &head.zone), when.left(head.due_at)));
    let about = view! { <p class="quiet">"This is a dry run: nothing has happened. "{early}</p> };
    let removed = view.staged_removals + view.waiting_removals + view.default_removals;
    let body = view! {
        {page_header(view! { "Close "{name(head.name.clone())} }, about, ())}
        <div class="column stack">
            {error_summary(&view.errors)}
            {view.changed.clone().map(|line| view! { <div class="notice raise" role="alert"><b>"The preview changed"</b><p>{line}</p></div> })}
            <section class="card">
                <h2>"What closing would do"</h2>
                <p class="figure">{say::number(removed)}<span class="visually-hidden">" removals in all"</span></p>
                <p class="quiet">{if removed == 1 { "access would be removed" } else { "accesses would be removed" }}</p>
                <ul class="bullets">{effects(&view)}</ul>
            </section>
            {removals("By application", "Application", &view.by_application)}
            {removals("By person", "Person", &view.by_person)}
            {open(&view)}
            {confirm(&view)}
        </div>
    };
    Frame::new(title, Some(Place::Campaigns), body)
}

fn effects(view: &CloseCampaign) -> AnyView {
    let mut lines = Vec::new();
    if view.staged_approvals + view.staged_removals > 0 {
        lines.push(format!(
            "{} still in the undo window become final at once: {} and {}.",
            say::capital(&say::many(view.staged_approvals + view.staged_removals, "answer", "answers")),
            say::many(view.staged_approvals, "approval", "approvals"),
            say::many(view.staged_removals, "removal", "removals")
        ));
    }
    if view.waiting_removals > 0 {
        lines.push(format!(
            "{} decided before and not gone yet, and go on as they are.",
            say::many(view.waiting_removals, "removal was", "removals were")
        ));
    }
    if view.open == 0 {
        lines.push("Every item has an answer.".to_owned());
    } else {
        let escalated =
            if view.open_escalated > 0 { format!(" ({} of them escalated)", say::number(view.open_escalated)) } else { String::new() };
        let then = match view.default_action {
            DefaultAction::LeaveAsException => "The access stays, and each is listed as an exception. That is not an approval.",
            DefaultAction::Remove => "The default removes them; each removal is marked as the system's act.",
        };
        lines.push(format!("{} no answer{escalated}. {then}", say::many(view.open, "item has", "items have")));
    }
    if view.conflicts > 0 {
        lines.push(format!(
            "{} end more than was decided, and wait for the access's owner.",
            say::many(view.conflicts, "removal would", "removals would")
        ));
    }
    if view.braked > 0 {
        lines.push(format!(
            "{} be stopped by the brake, and wait for a second person.",
            say::many(view.braked, "removal would", "removals would")
        ));
    }
    if view.cannot > 0 {
        lines.push(format!(
            "{} be made from here; the right way is shown with each.",
            say::many(view.cannot, "removal cannot", "removals cannot")
        ));
    }
    lines.push(
        "Afterwards nobody can answer any more, and no item changes again. Removals under way go on until they are proven.".to_owned(),
    );
    lines.into_iter().map(|line| view! { <li>{line}</li> }).collect_view().into_any()
}

fn removals(title: &'static str, column: &'static str, groups: &[RemovalGroup]) -> AnyView {
    if groups.is_empty() {
        return ().into_any();
    }
    let rows = groups
        .iter()
        .map(|group| {
            view! {
                <tr>
                    <th scope="row">{name(group.name.clone())}</th>
                    <td class="cell-num">{say::number(group.decided)}</td>
                    <td class="cell-num">{say::number(group.by_default)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card">
            <h2>{title}</h2>
            {scrolling(view! {
                <table class="plain-rows">
                    <caption class="visually-hidden">"Removals "{title.to_lowercase()}</caption>
                    <thead><tr><th scope="col">{column}</th><th scope="col" class="end">"Decided by people"</th><th scope="col" class="end">"By default"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            })}
        </section>
    }
    .into_any()
}

fn open(view: &CloseCampaign) -> AnyView {
    if view.open_by_reviewer.is_empty() {
        return ().into_any();
    }
    let rows = view
        .open_by_reviewer
        .iter()
        .map(|line| view! { <tr><th scope="row">{name(line.name.clone())}</th><td class="cell-num">{say::number(line.open)}</td></tr> })
        .collect_view();
    view! {
        <section class="card">
            <h2>"Without an answer"</h2>
            <table class="plain-rows">
                <caption class="visually-hidden">"Open items by reviewer"</caption>
                <thead><tr><th scope="col">"Reviewer"</th><th scope="col" class="end">"Open"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn confirm(view: &CloseCampaign) -> AnyView {
    let said = view.acknowledgements.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view();
    let must = !view.acknowledgements.is_empty();
    view! {
        <form class="card stack" method="post" action=format!("/campaigns/{}/close", view.head.id)>
            {guard()}
            {hidden("attempt", view.attempt.to_string())}
            {hidden("expected_version", view.expected_version.to_string())}
            {hidden("preview_digest", view.digest.clone())}
            <h2>"Close it"</h2>
            {must.then(|| view! { <ul class="bullets">{said}</ul> })}
            {tick("acknowledge", view.acknowledge, "I have read what closing removes and leaves, and I want it so.", &view.errors)}
            <p class="form-actions">
                <button class="btn primary" type="submit">"Close the campaign"</button>
                <a class="btn plain" href=format!("/campaigns/{}", view.head.id)>"Leave it open"</a>
            </p>
        </form>
    }
    .into_any()
}
