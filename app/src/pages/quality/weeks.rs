//! How things go week by week, over all versions.

use super::drift;
use crate::{
    charts::{self, Stack},
    parts::{n, rate_cell, scrolling, time},
    say::When,
};
use domain::Timestamp;
use leptos::prelude::*;
use review::{
    quality::{Figure, Week},
    view::types::QualityMeasured,
};

/// Weeks that the pictures show: half a year.
const SHOWN: i64 = 26;

pub(super) fn weeks(measured: &QualityMeasured, when: &When) -> AnyView {
    let newest = measured.weeks.last().map_or(0, |week| week.week);
    let first = newest - SHOWN + 1;
    let shown: Vec<(Week, Timestamp)> =
        measured.weeks.iter().copied().zip(measured.week_starts.iter().copied()).filter(|(week, _)| week.week >= first).collect();
    if shown.is_empty() {
        return ().into_any();
    }
    let place = |week: &Week| week.week - first;
    let agreement: Vec<_> = shown.iter().map(|(week, at)| (place(week), when.tick(*at), week.agreement)).collect();
    let stacks = |of: fn(&Week) -> (u64, u64, u64)| -> Vec<Stack> {
        let stack = |(week, at): &(Week, Timestamp)| {
            let (kept, removed, neither) = of(week);
            Stack { place: place(week), name: when.tick(*at), kept, removed, neither }
        };
        shown.iter().map(stack).collect()
    };
    let recommended = stacks(|week| (week.approve, week.revoke, week.escalate));
    let decided = stacks(|week| (week.kept, week.removed, week.escalated));
    let band = measured
        .versions
        .iter()
        .flat_map(|version| &version.readings)
        .find(|reading| reading.figure == Figure::AgreementShown)
        .map_or(9_500, |reading| reading.band);
    let points = if agreement.iter().any(|(_, _, rate)| rate.share.is_some()) {
        "A point for each week of at least 50 answers, with its 95 % interval; the dotted line is the end of the band."
    } else {
        "No week has 50 final answers to something that was recommended, so there is no point to draw."
    };
    let decided_shown = if decided.iter().any(|week| week.kept + week.removed + week.neither > 0) {
        charts::shares("Decided by week", &decided, SHOWN - 1, ["approved", "revoked", "escalated"])
    } else {
        view! { <p class="fine">"No answer is final yet."</p> }.into_any()
    };
    let rows = shown
        .iter()
        .rev()
        .map(|(week, at)| {
            view! {
                <tr>
                    <td role="rowheader">"Week of "{time(*at, when.day(*at))}</td>
                    {rate_cell("Agreement", week.agreement)}
                    <td class="cell-num" data-label="Approve recommended">{n(week.approve)}</td>
                    <td class="cell-num" data-label="Revoke recommended">{n(week.revoke)}</td>
                    <td class="cell-num" data-label="Nothing recommended">{n(week.escalate)}</td>
                    <td class="cell-num" data-label="Approved">{n(week.kept)}</td>
                    <td class="cell-num" data-label="Revoked">{n(week.removed)}</td>
                    <td class="cell-num" data-label="Escalated">{n(week.escalated)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card stack">
            <h2>"Week by week"</h2>
            <p>"Over all versions, by the week in which something was recommended or answered. Weeks begin on Monday, 00:00 UTC; the newest may still be running."</p>
            <h3>"Agreement"</h3>
            {charts::agreement(&agreement, SHOWN - 1, band)}
            <p class="fine">{points}</p>
            <h3>"What is recommended"</h3>
            {charts::shares("Recommended by week", &recommended, SHOWN - 1, ["Approve", "Revoke", "nothing"])}
            <h3>"What people decide"</h3>
            {decided_shown}
            {drift::alone("What people decide, beside the year before", &measured.decided, measured.decided_reading.as_ref())}
            <details class="fold">
                <summary>"The weeks in figures"</summary>
                {scrolling(view! {
                    <table class="rows cards">
                        <caption class="visually-hidden">"Weeks, the newest first"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Week"</th><th scope="col" class="end">"Agreement"</th><th scope="col" class="end">"Approve recommended"</th>
                                <th scope="col" class="end">"Revoke recommended"</th><th scope="col" class="end">"Nothing recommended"</th>
                                <th scope="col" class="end">"Approved"</th><th scope="col" class="end">"Revoked"</th><th scope="col" class="end">"Escalated"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                })}
            </details>
        </section>
    }
    .into_any()
}
