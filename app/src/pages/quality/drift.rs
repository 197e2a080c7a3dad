//! Whether facts are distributed otherwise than before.

use super::reading_cells;
use crate::{charts, parts::n, say};
use leptos::prelude::*;
use review::{
    quality::{Bucket, Reading, Spread},
    view::types::{QualityInput, QualityVersion},
};

/// The facts, each with its index, and its buckets then and now.
pub(super) fn drift(version: &QualityVersion) -> AnyView {
    if version.inputs.iter().all(|input| now(&input.spread) == 0) {
        return ().into_any();
    }
    let rows = version
        .inputs
        .iter()
        .filter_map(|QualityInput { spread, reading }| {
            let reading = reading.as_ref()?;
            let bar = spread.shift.map(|shift| charts::shift(shift.parts, shift.limit));
            Some(view! { <tr><td role="rowheader"><b>{say::input(&spread.of)}</b>" "{bar}</td>{reading_cells(reading)}</tr> })
        })
        .collect_view();
    let folds = version.inputs.iter().map(|input| fold(&input.spread)).collect_view();
    view! {
        <h3>"The facts it recommends on, beside the year before"</h3>
        <table class="rows cards">
            <caption class="visually-hidden">"How far each fact is distributed otherwise than before"</caption>
            <thead><tr><th scope="col">"Fact"</th><th scope="col" class="end">"Now"</th><th scope="col" class="end">"Band"</th><th scope="col">"Stands"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
        <p class="fine">"The line across a bar is the end of the band. Beyond the bound but within chance counts from 0.10."</p>
        <details class="fold"><summary>"What they are made of"</summary>{folds}{fold(&version.recommended)}</details>
    }
    .into_any()
}

/// A distribution that stands alone, with its band.
pub(super) fn alone(title: &'static str, spread: &Spread, reading: Option<&Reading>) -> AnyView {
    let row = reading.map(|reading| {
        let bar = spread.shift.map(|shift| charts::shift(shift.parts, shift.limit));
        view! {
            <table class="rows cards">
                <caption class="visually-hidden">{title}</caption>
                <thead><tr><th scope="col">"Distribution"</th><th scope="col" class="end">"Now"</th><th scope="col" class="end">"Band"</th><th scope="col">"Stands"</th></tr></thead>
                <tbody><tr><td role="rowheader"><b>{title}</b>" "{bar}</td>{reading_cells(reading)}</tr></tbody>
            </table>
        }
    });
    view! { {row}{fold(spread)} }.into_any()
}

fn now(spread: &Spread) -> u64 {
    spread.buckets.iter().map(|bucket| bucket.now).sum()
}

fn fold(spread: &Spread) -> AnyView {
    let (before_all, now_all) = (spread.buckets.iter().map(|bucket| bucket.before).sum::<u64>(), now(spread));
    if before_all + now_all == 0 {
        return ().into_any();
    }
    let share = |count: u64, of: u64| match of {
        0 => view! { <span class="faint">"no case"</span> }.into_any(),
        _ => view! { {say::percent(count * 10_000 / of)}<span class="fine block">{n(count)}</span> }.into_any(),
    };
    let rows = spread
        .buckets
        .iter()
        .filter(|bucket| bucket.before + bucket.now > 0)
        .map(|Bucket { before, bucket, now }| {
            view! {
                <tr>
                    <td role="rowheader">{say::bucket(bucket)}</td>
                    <td class="cell-num" data-label="Year before">{share(*before, before_all)}</td>
                    <td class="cell-num" data-label="Now">{share(*now, now_all)}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="rows cards">
            <caption class="over">{say::input(&spread.of)}</caption>
            <thead><tr><th scope="col">"Value"</th><th scope="col" class="end">"Year before"</th><th scope="col" class="end">"Now"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}
