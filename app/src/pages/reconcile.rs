//! The weekly reconciliation: reports, and one of them.

use crate::{
    parts::{empty, hidden, name, page_header, tag, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::{
    reconcile::{CampaignRows, Row},
    view::types::{ReconciledLine, ReconciliationPage, Reconciliations, ReportLine},
};
use std::collections::BTreeMap;

/// `/reconciliation`.
pub fn reconciliations(view: Reconciliations, when: &When) -> Frame {
    let Reconciliations { reports, part, attempt, under_way } = view;
    let whose = if part { " You see the part about the campaigns you opened." } else { "" };
    let about = view! {
        <p class="quiet">"Each week, what was recommended is held against what was decided, and against what the sources then show."{whose}</p>
    };
    let form = attempt.map(|attempt| {
        view! {
            <form method="post" action="/reconciliation/make">
                {hidden("attempt", attempt.to_string())}
                <button class="btn" type="submit">"Make one now"</button>
            </form>
        }
    });
    let waits = under_way.then(|| {
        view! { <div class="notice" role="status"><b>"A report is being made"</b><p>"Load the page again to see it."</p></div> }
    });
    let content = if reports.is_empty() {
        empty("No report yet", "The first is made when a week has ended: on Monday, 00:00 UTC.")
    } else {
        let rows = reports.into_iter().map(|report| row(report, when)).collect_view();
        view! {
            <table class="rows cards">
                <caption class="visually-hidden">"Reports, the newest first"</caption>
                <thead><tr><th scope="col">"Report"</th><th scope="col">"To look at"</th><th scope="col">"Made"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    let body = view! {
        {page_header("Reconciliation", about, form)}
        <div class="column wide stack">{waits}{content}</div>
    };
    Frame::new("Reconciliation", Some(Place::Reconciliation), body)
}

/// The days that a report speaks of. It ends before its last moment.
fn period(report: &ReportLine, when: &When) -> String {
    let utc = when.in_zone("UTC");
    format!("{} to {}", utc.day(report.from), utc.day(report.until.plus(-1)))
}

fn row(report: ReportLine, when: &When) -> AnyView {
    let all: i64 = report.lines.iter().map(|(_, lines)| lines).sum();
    let said = if all == 0 {
        view! { <span class="faint">"nothing"</span> }.into_any()
    } else {
        let parts = report.lines.iter().filter(|(_, lines)| *lines > 0).map(|(kind, lines)| {
            view! { <li>{say::number(*lines)}" "{say::reconciled(*kind).0.to_lowercase()}</li> }
        });
        view! { <ul class="bullets">{parts.collect_view()}</ul> }.into_any()
    };
    view! {
        <tr>
            <th scope="row"><a href=format!("/reconciliation/{}", report.id)>{period(&report, when)}</a>" "{report.unread.then(|| tag(Tone::Raise, "new"))}</th>
            <td data-label="To look at">{said}</td>
            <td data-label="Made">{time(report.made_at, when.moment(report.made_at))}</td>
        </tr>
    }
    .into_any()
}

/// `/reconciliation/{id}`.
pub fn reconciliation(view: ReconciliationPage, when: &When) -> Frame {
    let here = format!("/reconciliation/{}", view.report.id);
    let title = format!("Reconciliation of {}", period(&view.report, when));
    let whose = if view.part { " This is the part about the campaigns you opened." } else { "" };
    let about = view! {
        <p class="quiet">
            <a href="/reconciliation">"All reports"</a>". Made "{time(view.report.made_at, when.moment(view.report.made_at))}
            ", kept as it was then. Days begin at 00:00 UTC."{whose}
        </p>
    };
    let report_file = view
        .sha256
        .is_some()
        .then(|| view! { <a class="btn" href=format!("{here}/report.json") download="">"Take the report as a file"</a> });
    let files = view! { <div class="group-actions">{report_file}<a class="btn" href=format!("{here}/lines.csv") download="">"Take the list as a table"</a></div> };
    let sources = view
        .sources
        .iter()
        .map(|source| {
            let read = source.read_at.parse().ok().map(|at| time(at, when.moment(at)));
            view! { <li>{name(source.name.clone())}", read "{read}</li> }
        })
        .collect_view();
    let digest = view
        .sha256
        .clone()
        .map(|sha256| view! { <p class="fine">"SHA-256 of the report, which the ledger names: "<code class="digest">{sha256}</code></p> });
    let body = view! {
        {page_header("Reconciliation of ".to_owned() + &period(&view.report, when), about, files)}
        <div class="column wide stack">
            {kinds(&view, &here)}
            {list(&view, &here, when)}
            {summary(&view.campaigns)}
            <section class="card stack">
                <h2>"What the sources showed"</h2>
                <p class="fine">"The newest reading of each, when the report was made:"</p>
                <ul class="bullets fine">{sources}</ul>
                {digest}
            </section>
        </div>
    };
    Frame::new(title, Some(Place::Reconciliation), body)
}

fn kinds(view: &ReconciliationPage, here: &str) -> AnyView {
    let rows = view
        .report
        .lines
        .iter()
        .map(|(kind, lines)| {
            let (label, what) = say::reconciled(*kind);
            let label = if *lines > 0 {
                view! { <a href=format!("{here}?kind={}#list", kind.as_str())>{label}</a> }.into_any()
            } else {
                view! { {label} }.into_any()
            };
            view! { <tr><td role="rowheader"><b>{label}</b><span class="fine">{what}</span></td><td class="cell-num" data-label="How many">{say::number(*lines)}</td></tr> }
        })
        .collect_view();
    view! {
        <section class="card stack">
            <h2>"To look at"</h2>
            <table class="rows cards">
                <caption class="visually-hidden">"What somebody should look at, what is worst first"</caption>
                <thead><tr><th scope="col">"What"</th><th scope="col" class="end">"How many"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn list(view: &ReconciliationPage, here: &str, when: &When) -> AnyView {
    if view.list.is_empty() {
        return view! { <section class="card stack" id="list"><h2>"One by one"</h2><p>"Nothing to look at here."</p></section> }.into_any();
    }
    let cut = view.kind.map(|kind| {
        view! { <p class="fine">"Only: "{say::reconciled(kind).0}". "<a href=format!("{here}#list")>"Show all"</a></p> }
    });
    let rows = view.list.iter().map(|line| list_row(line, when)).collect_view();
    let next = view.next.map(|after| {
        let kind = view.kind.map_or_else(String::new, |kind| format!("&kind={}", kind.as_str()));
        let first = view.kind.map_or_else(|| here.to_owned(), |kind| format!("{here}?kind={}", kind.as_str()));
        view! { <nav class="pager" aria-label="Pages"><a class="btn small" href=first>"First page"</a><a class="btn small" href=format!("{here}?after={after}{kind}#list") rel="next">"Next page"</a></nav> }
    });
    view! {
        <section class="card stack" id="list">
            <h2>"One by one"</h2>
            {cut}
            <table class="rows cards">
                <caption class="visually-hidden">"What somebody should look at, one by one"</caption>
                <thead><tr><th scope="col">"What"</th><th scope="col">"Person and access"</th><th scope="col">"Recommended and decided"</th><th scope="col">"Since"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            {next}
        </section>
    }
    .into_any()
}

fn list_row(line: &ReconciledLine, when: &When) -> AnyView {
    let access = match line.history {
        Some(grant) => view! { <a href=format!("/history/{grant}")>{name(line.access.clone())}</a> }.into_any(),
        None => name(line.access.clone()),
    };
    let application = line.application.clone().map(|application| view! { ", "{name(application)} });
    let item = line.item.map(|(number, id)| {
        let said = format!("item {}", say::number(number));
        match id {
            Some(id) => view! { " "<a href=format!("/items/{id}")>{said}</a> }.into_any(),
            None => view! { " "{said} }.into_any(),
        }
    });
    let campaign = line.campaign.clone().map(|campaign| view! { <span class="fine block">{name(campaign)}","{item}</span> });
    let verdict = say::recommended(line.recommended);
    let decided = match line.decided {
        Some(decided) => view! { {say::decided(decided)}<span class="fine block">"recommended: "{verdict}</span> }.into_any(),
        None => view! { <span class="faint">"nobody was asked"</span> }.into_any(),
    };
    view! {
        <tr>
            <td role="rowheader">{tag(say::tone_of_reconciled(line.kind), say::reconciled(line.kind).0)}</td>
            <td data-label="Person and access"><b>{name(line.person.clone())}</b><span class="block">{access}{application}</span><span class="fine block">{name(line.source.clone())}</span>{campaign}</td>
            <td data-label="Recommended and decided">{decided}</td>
            <td data-label="Since">{time(line.since, when.moment(line.since))}</td>
        </tr>
    }
    .into_any()
}

/// Recommended, decided and shown, over all these campaigns; campaign by campaign below it.
fn summary(campaigns: &[CampaignRows]) -> AnyView {
    if campaigns.is_empty() {
        return view! { <section class="card stack"><h2>"Everything, counted"</h2><p>"No campaign was open, or closed within a year."</p></section> }.into_any();
    }
    let mut all: BTreeMap<_, u64> = BTreeMap::new();
    for row in campaigns.iter().flat_map(|campaign| &campaign.rows) {
        *all.entry((row.recommended, row.decided, row.source)).or_default() += row.items;
    }
    let all: Vec<Row> =
        all.into_iter().map(|((recommended, decided, source), items)| Row { decided, items, recommended, source }).collect();
    let folds = campaigns
        .iter()
        .map(|campaign| {
            let hidden = campaign.hidden.then_some(", recommendations hidden");
            view! {
                <details class="fold">
                    <summary>{name(campaign.name.clone())}{hidden}</summary>
                    {rows(&campaign.rows)}
                    <p class="fine"><a href=format!("/campaigns/{}", campaign.id)>"The campaign"</a></p>
                </details>
            }
        })
        .collect_view();
    view! {
        <section class="card stack">
            <h2>"Everything, counted"</h2>
            <p>"Every item of the campaigns that are open, or were closed within a year: what was recommended, what was decided, and what the newest reading shows."</p>
            {rows(&all)}
            {folds}
        </section>
    }
    .into_any()
}

fn rows(rows: &[Row]) -> AnyView {
    let lines = rows
        .iter()
        .map(|row| {
            let verdict = say::recommended(row.recommended);
            view! {
                <tr>
                    <td role="rowheader">{verdict}</td>
                    <td data-label="Decided">{say::decided(row.decided)}</td>
                    <td data-label="The source shows">{say::source_shows(row.source)}</td>
                    <td class="cell-num" data-label="Items">{say::number(i64::try_from(row.items).unwrap_or(i64::MAX))}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="rows cards">
            <caption class="visually-hidden">"Recommended, decided, and what the source shows"</caption>
            <thead><tr><th scope="col">"Recommended"</th><th scope="col">"Decided"</th><th scope="col">"The source shows"</th><th scope="col" class="end">"Items"</th></tr></thead>
            <tbody>{lines}</tbody>
        </table>
    }
    .into_any()
}
