//! How a whole is made up, week by week.

use super::{BASE, LEFT, RIGHT, TOP, between, height};
use crate::say;
use leptos::prelude::*;

/// One week's column: what stays, what goes, and what nothing is said of or somebody else must answer.
#[derive(Debug, Clone)]
pub struct Stack {
    /// Its place, from 0 on.
    pub place: i64,
    /// What the week is called.
    pub name: String,
    /// How many stay.
    pub kept: u64,
    /// How many go.
    pub removed: u64,
    /// How many are neither.
    pub neither: u64,
}

impl Stack {
    const fn all(&self) -> u64 {
        self.kept + self.removed + self.neither
    }
}

/// Columns from the first week to the last, which has the place `last`: below what stays, above it what goes, on top what is
/// neither. `words` name the three. Nothing where no week has any. The table of weeks stands below for those who read numbers.
pub fn shares(label: &str, weeks: &[Stack], last: i64, words: [&'static str; 3]) -> AnyView {
    let known: Vec<&Stack> = weeks.iter().filter(|week| week.all() > 0).collect();
    if known.is_empty() {
        return ().into_any();
    }
    let wide = ((RIGHT - LEFT) / (last + 1).max(1) - 3).clamp(6, 60);
    let [kept, removed, neither] = words;
    let parts = |n: u64, all: u64| say::percent(n * 10_000 / all.max(1));
    let said: Vec<String> = known
        .iter()
        .map(|week| {
            let all = week.all();
            format!("week of {}: {} {kept}, {} {removed}", week.name, parts(week.kept, all), parts(week.removed, all))
        })
        .collect();
    let columns = known
        .iter()
        .map(|week| {
            let x = between(week.place, last.max(1), LEFT + 4, RIGHT - wide);
            let n = |of: u64| i64::try_from(of).unwrap_or(i64::MAX);
            let (one, two) = (height(n(week.kept), n(week.all())), height(n(week.kept + week.removed), n(week.all())));
            let part = |class: &'static str, from: i64, to: i64| {
                (from > to).then(|| {
                    view! { <rect class=class x=x.to_string() y=to.to_string() width=wide.to_string() height=(from - to).to_string()></rect> }
                })
            };
            view! { {part("kept", BASE, one)}{part("removed", one, two)}{part("unseen", two, TOP)} }
        })
        .collect_view();
    let gridlines = [(100, TOP), (50, TOP.midpoint(BASE)), (0, BASE)]
        .map(|(n, at)| {
            view! {
                <line class="gridline" x1=LEFT.to_string() y1=at.to_string() x2=RIGHT.to_string() y2=at.to_string()></line>
                <text x=(LEFT - 8).to_string() y=(at + 4).to_string() text-anchor="end">{format!("{n} %")}</text>
            }
        })
        .collect_view();
    let place = |week: &Stack| between(week.place, last.max(1), LEFT + 4, RIGHT - wide);
    // A name that would not fit to the right of its column ends with it.
    let named = |week: &Stack, ends: bool| {
        let (at, anchor) = if ends || place(week) > RIGHT - 60 { (place(week) + wide, "end") } else { (place(week), "start") };
        view! { <text x=at.to_string() y="178" text-anchor=anchor>{week.name.clone()}</text> }
    };
    let first = known.first().map(|week| named(week, false));
    let several = known.first().zip(known.last()).filter(|(first, last)| place(last) - place(first) > 120);
    let end = several.map(|(_, last)| named(last, true));
    view! {
        <figure class="stack">
            <svg class="chart" role="img" aria-label=format!("{label}: {}", say::list(&said)) viewBox="0 0 640 184">
                {gridlines}{columns}{first}{end}
            </svg>
            <figcaption class="fine">"From below: "{kept}", "{removed}", "{neither}" (dashed)."</figcaption>
        </figure>
    }
    .into_any()
}
