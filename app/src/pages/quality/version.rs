//! One version's figures.

use super::{drift, reading_cells};
use crate::{
    parts::{agreement_by_confidence, n, name, rate_cell, scrolling, tag},
    say::{self, Tone},
};
use leptos::prelude::*;
use review::view::types::{QualityCause, QualityVersion};

/// Lines of a table that stand open; the others stand folded below.
const OPEN: usize = 12;

pub(super) fn version(version: &QualityVersion) -> AnyView {
    let rows = version
        .readings
        .iter()
        .map(|reading| {
            let (name, what) = say::figure(reading.figure);
            view! { <tr><td role="rowheader"><b>{name}</b><span class="fine">{what}</span></td>{reading_cells(reading)}</tr> }
        })
        .collect_view();
    let figures = version.overall;
    let counts = [
        ("Answered, recommendation not shown", figures.blind.decided()),
        ("Answered, recommendation shown", figures.shown.decided()),
        ("Of these, nothing was recommended", figures.blind.silent() + figures.shown.silent()),
        ("Approved, although Revoke was recommended", figures.kept_against.hits),
        ("Revoked, although Approve was recommended", figures.removed_against.hits),
        ("Removed as recommended, and proven", figures.reversals.of),
        ("Of these, there again within 30 days", figures.reversals.hits),
        ("Removed otherwise, and proven", figures.reversals_otherwise.of),
        ("Of these, there again within 30 days", figures.reversals_otherwise.hits),
    ]
    .map(|(label, count)| view! { <tr><th scope="row">{label}</th><td class="cell-num">{n(count)}</td></tr> })
    .collect_view();
    view! {
        <section class="card stack">
            <h2>"Recommended by "<code>{version.version.clone()}</code></h2>
            <table class="rows cards">
                <caption class="visually-hidden">"Figures with their bands"</caption>
                <thead><tr><th scope="col">"Figure"</th><th scope="col" class="end">"Now"</th><th scope="col" class="end">"Band"</th><th scope="col">"Stands"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
            <details class="fold">
                <summary>"The counts behind them"</summary>
                <table class="plain-rows"><caption class="visually-hidden">"Counts"</caption><tbody>{counts}</tbody></table>
            </details>
            {causes(&version.causes)}
            {calibration(version)}
            {drift::drift(version)}
        </section>
    }
    .into_any()
}

fn causes(causes: &[QualityCause]) -> AnyView {
    if causes.is_empty() {
        return ().into_any();
    }
    let (open, folded) = causes.split_at(causes.len().min(OPEN));
    let folded = (!folded.is_empty()).then(|| {
        let more = say::many(i64::try_from(folded.len()).unwrap_or(0), "more, with fewer answers", "more, with fewer answers");
        view! { <details class="fold"><summary>{more}</summary>{table(folded)}</details> }
    });
    view! { <h3>"By cause"</h3>{table(open)}{folded} }.into_any()
}

fn table(causes: &[QualityCause]) -> AnyView {
    let rows = causes
        .iter()
        .map(|cause| {
            let figures = cause.figures;
            view! {
                <tr>
                    <td role="rowheader"><b>{name(cause.name.clone())}</b>{cause.outside.then(|| view! { " "{tag(Tone::Raise, "outside its band")} })}</td>
                    <td class="cell-num" data-label="Answered">{n(figures.blind.decided() + figures.shown.decided())}</td>
                    {rate_cell("Agreement, not shown", figures.agreement_blind)}
                    {rate_cell("Agreement, shown", figures.agreement_shown)}
                    {rate_cell("Kept against", figures.kept_against)}
                    {rate_cell("Removed against", figures.removed_against)}
                    {rate_cell("Reversals", figures.reversals)}
                </tr>
            }
        })
        .collect_view();
    scrolling(view! {
        <table class="rows cards">
            <caption class="visually-hidden">"By cause"</caption>
            <thead>
                <tr>
                    <th scope="col">"Cause"</th><th scope="col" class="end">"Answered"</th><th scope="col" class="end">"Agreement, not shown"</th>
                    <th scope="col" class="end">"Agreement, shown"</th><th scope="col" class="end">"Kept against"</th>
                    <th scope="col" class="end">"Removed against"</th><th scope="col" class="end">"Reversals"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    })
}

fn calibration(version: &QualityVersion) -> AnyView {
    let nothing = "No final answer was given without the recommendation in view, so nothing can be said of it. Campaigns in shadow mode and items that are judged first give such answers.";
    view! { <h3>"As sure as it says"</h3>{agreement_by_confidence(&version.calibration, nothing)} }.into_any()
}
