//! Findings: what somebody must look at.

use crate::{
    parts::{empty, guard, hidden, inform, name, page_header, tag, text_area, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::view::types::{FindingLine, Findings};

/// `/findings`.
pub fn findings(view: Findings, when: &When) -> Frame {
    let Findings { open, open_total, settled, next, may_open } = view;
    let about = match open_total {
        0 => "Nothing to look at now.".to_owned(),
        n => format!(
            "{} to look at. A closed item never changes: what returns is a finding of its own.",
            say::capital(&say::many(n, "finding", "findings"))
        ),
    };
    let nothing = open.is_empty().then(|| {
        empty(
            "Nothing to look at",
            "Access that returns after its removal, use of emergency access, and people who have left and still hold access appear here.",
        )
    });
    let cards = open.into_iter().map(|finding| card(finding, may_open, when)).collect_view();
    let next = next.map(|after| {
        let href = format!("/findings?after={}", super::queue::encode(&after));
        view! { <nav class="pager" aria-label="Pages"><a class="btn small" href="/findings">"First page"</a><a class="btn small" href=href rel="next">"Next page"</a></nav> }
    });
    let before = (!settled.is_empty()).then(|| {
        let rows = settled.into_iter().map(|finding| settled_row(finding, when)).collect_view();
        view! {
            <section class="card">
                <h2>"Settled"</h2>
                <table class="cards">
                    <caption class="visually-hidden">"Settled findings"</caption>
                    <thead><tr><th scope="col">"Finding"</th><th scope="col">"Settled"</th><th scope="col">"What came of it"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
            </section>
        }
    });
    let body = view! {
        {page_header("Findings", view! { <p class="quiet">{about}</p> }, ())}
        <div class="column stack">{nothing}{cards}{next}{before}</div>
    };
    Frame::new("Findings", Some(Place::Findings), body)
}

fn about(finding: &FindingLine) -> AnyView {
    let access = finding.access.clone().map(|access| view! { <b>{name(access)}</b>" · " });
    let application = finding.application.clone().map(|application| view! { ", "{name(application)} });
    let line = finding.person_line.clone().map(|line| view! { <span class="quiet">", "<bdi>{line}</bdi></span> });
    view! { {access}{name(finding.person.clone())}{line}{application} }.into_any()
}

fn card(finding: FindingLine, may_open: bool, when: &When) -> AnyView {
    let (title, meaning) = say::finding(&finding.kind);
    let tone = if finding.kind == "leaver_active" { Tone::Remove } else { Tone::Raise };
    let came = finding.explanation.as_ref().map(|word| format!(" It came by {}.", say::explanation(word)));
    let history = finding.grant.map(|grant| view! { <a href=format!("/history/{grant}")>"Its history"</a> });
    let form = finding.attempt.map(|attempt| {
        let id = format!("outcome-{}", finding.id);
        let mut outcome = inform("outcome", "What came of it", "text", finding.entered.clone());
        outcome.id = id;
        outcome.longest = 2_000;
        outcome.hint = Some("For the record: what you found, and what was done.");
        view! {
            <details class="fold" open=!finding.errors.is_empty()>
                <summary>"Settle it"</summary>
                <form class="form" method="post" action=format!("/findings/{}/settle", finding.id)>
                    {guard()}
                    {hidden("attempt", attempt.to_string())}
                    {results()}
                    {text_area(outcome, "2", &finding.errors)}
                    <p class="form-actions"><button class="btn" type="submit">"Settle this finding"</button></p>
                </form>
            </details>
        }
    });
    view! {
        <article class="card stack">
            <div class="spread"><h2>{title}</h2>{tag(tone, when.ago(finding.raised_at))}</div>
            <p>{about(&finding)}</p>
            <p class="fine">{meaning}{came}" Seen in "{name(finding.source.clone())}", "{time(finding.raised_at, when.moment(finding.raised_at))}". "{history}</p>
            {asked(&finding, may_open)}
            {form}
        </article>
    }
    .into_any()
}

/// Whether a campaign asks anew about access that came back.
fn asked(finding: &FindingLine, may_open: bool) -> AnyView {
    if let Some(asked) = &finding.asked {
        let number = format!("item {}", say::number(asked.number));
        let item = match asked.item {
            Some(id) => view! { <a href=format!("/items/{id}")>{number}</a> }.into_any(),
            None => number.into_any(),
        };
        return view! { <p>"It is asked about anew, as "{item}" of "{name(asked.campaign.clone())}"."</p> }.into_any();
    }
    if !finding.not_asked {
        return ().into_any();
    }
    let offer = may_open.then(|| view! { " "<a href="/campaigns/open">"Open a campaign"</a> });
    view! { <p>"No open campaign covers it, so nobody is asked about it yet. The next campaign that covers it asks."{offer}</p> }.into_any()
}

/// What came of it, in the words that the record keeps; the text beside it says it in full.
fn results() -> AnyView {
    let options = [
        ("accepted", "It is as it should be"),
        ("corrected", "It was put right at the source"),
        ("data_mistake", "The data was wrong, not the access"),
    ]
    .map(|(word, label)| {
        view! {
            <label class="check">
                <input type="radio" name="result" value=word required=true />
                <span>{label}</span>
            </label>
        }
    })
    .collect_view();
    view! { <fieldset><legend>"What came of it"</legend>{options}</fieldset> }.into_any()
}

fn settled_row(finding: FindingLine, when: &When) -> AnyView {
    let (title, _) = say::finding(&finding.kind);
    let at = finding.settled_at.map(|at| time(at, when.moment(at)));
    let by = finding.settled_by.clone().map(|by| view! { <span class="fine">"by "{name(by)}</span> });
    view! {
        <tr>
            <td><b>{title}</b><span class="fine">{about(&finding)}</span></td>
            <td data-label="Settled">{at}{by}</td>
            <td><bdi>{finding.outcome.clone().unwrap_or_default()}</bdi></td>
        </tr>
    }
    .into_any()
}
