//! Agreement week by week, against where its band ends.

use super::{BASE, LEFT, RIGHT, TOP, between, height};
use crate::say;
use leptos::prelude::*;
use review::shadow::Rate;

/// The whole, in parts.
const WHOLE: i64 = 10_000;

/// A point with its interval for each week of enough cases, from the first week to the last, and a line at the end of the band.
/// Nothing where no week has enough. Each week comes with its place, from 0 to `last`, and what it is called.
pub fn agreement(weeks: &[(i64, String, Rate)], last: i64, band: u64) -> AnyView {
    let known: Vec<_> = weeks.iter().filter_map(|(place, name, rate)| Some((*place, name, rate.share?))).collect();
    if known.is_empty() {
        return ().into_any();
    }
    let y = |n: u64| height(i64::try_from(n).unwrap_or(WHOLE), WHOLE);
    let x = |place: i64| between(place, last.max(1), LEFT + 10, RIGHT - 10);
    let said: Vec<String> = known.iter().map(|(_, name, share)| format!("{} in the week of {name}", say::percent(share.parts))).collect();
    let points = known
        .iter()
        .map(|(place, _, share)| {
            let at = x(*place);
            view! {
                <line class="moment" x1=at.to_string() y1=y(share.high).to_string() x2=at.to_string() y2=y(share.low).to_string()></line>
                <circle class="holds" cx=at.to_string() cy=y(share.parts).to_string() r="5"></circle>
            }
        })
        .collect_view();
    let gridlines = [0, 5_000, 10_000]
        .map(|n| {
            let at = y(n);
            view! {
                <line class="gridline" x1=LEFT.to_string() y1=at.to_string() x2=RIGHT.to_string() y2=at.to_string()></line>
                <text x=(LEFT - 8).to_string() y=(at + 4).to_string() text-anchor="end">{format!("{} %", n / 100)}</text>
            }
        })
        .collect_view();
    let place = |week: &(i64, String, Rate)| x(week.0);
    let named = |week: &(i64, String, Rate), ends: bool| {
        let anchor = if ends || place(week) > RIGHT - 60 { "end" } else { "start" };
        view! { <text x=place(week).to_string() y="178" text-anchor=anchor>{week.1.clone()}</text> }
    };
    let first = weeks.first().map(|week| named(week, false));
    let several = weeks.first().zip(weeks.last()).filter(|(first, last)| place(last) - place(first) > 120);
    let end = several.map(|(_, last)| named(last, true));
    view! {
        <svg class="chart" role="img" aria-label=format!("Agreement by week: {}", say::list(&said)) viewBox="0 0 640 184">
            {gridlines}
            <path class="pace" d=format!("M{LEFT} {at} L{RIGHT} {at}", at = y(band))></path>
            {points}
            {first}{end}
            <line class="axis" x1=LEFT.to_string() y1=BASE.to_string() x2=LEFT.to_string() y2=TOP.to_string()></line>
        </svg>
    }
    .into_any()
}
