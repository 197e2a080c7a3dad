//! Use over the window that was really observed.
//!
//! The source tells when the access was last used and on how many days: that is
//! what is drawn, and no days are invented.

use super::between;
use crate::say::{self, When};
use domain::{Timestamp, time::DAY};
use leptos::prelude::*;
use review::view::types::UsageView;

const LEFT: i64 = 0;
const RIGHT: i64 = 420;
const BASE: i64 = 52;

/// About how wide words are, in the picture's units.
fn width_of(said: &str) -> i64 {
    i64::try_from(said.chars().count()).map_or(RIGHT, |chars| chars * 32 / 5)
}

/// Where words about a bar stand, and by which end: on the side with room, within the picture, and not on the line of the change of
/// job where that can be had.
fn beside(bar: i64, width: i64, line: Option<i64>) -> (&'static str, i64) {
    if bar > RIGHT.midpoint(LEFT) {
        return ("end", bar - 8);
    }
    let own = bar + 10;
    match line.filter(|line| own < line + 6 && own + width > line - 6) {
        Some(line) if line + 6 + width <= RIGHT => ("start", line + 6),
        Some(line) if line - 6 - width >= own - 4 => ("end", line - 6),
        _ => ("start", own),
    }
}

/// The picture, or nothing where there is nothing to draw.
pub fn usage(usage: &UsageView, changed_job_on: Option<Timestamp>, when: &When) -> AnyView {
    let UsageView::Watched { last_used, days_used, window_days, read_at, .. } = usage else {
        return ().into_any();
    };
    let window = i64::from(*window_days) * DAY;
    let from = read_at.plus(-window);
    let place = |at: Timestamp| between(at.since(from), window, LEFT, RIGHT);
    let job = changed_job_on.filter(|at| *at >= from && *at <= *read_at);
    let changed = job.map_or_else(String::new, |job| format!(" The job changed on {}.", when.day(job)));
    let label = say::usage_sentence(usage, when) + &changed;
    let used = last_used.map(|at| {
        let x = place(at).max(3);
        let said = days_used.map_or_else(
            || format!("last on {}", when.day(at)),
            |days| format!("{}, last on {}", say::many(i64::from(days), "day", "days"), when.day(at)),
        );
        let (anchor, at_x) = beside(x, width_of(&said), job.map(place));
        view! {
            <rect class="area" x=LEFT.to_string() y="38" width=(x - LEFT).to_string() height="14"></rect>
            <rect class="used" x=(x - 3).to_string() y="24" width="6" height="28" rx="1"></rect>
            <text class="label" x=at_x.to_string() y="34" text-anchor=anchor>{said}</text>
        }
    });
    let unseen = last_used.is_none().then(|| view! { <text class="label" x="210" y="44" text-anchor="middle">"no use seen"</text> });
    let job_mark = job.map(|job| {
        let x = place(job);
        let (anchor, at_x) = if x > 210 { ("end", x - 6) } else { ("start", x + 6) };
        view! {
            <line class="moment" x1=x.to_string() y1="2" x2=x.to_string() y2="56"></line>
            <text class="label" x=at_x.to_string() y="12" text-anchor=anchor>{format!("changed job, {}", when.day(job))}</text>
        }
    });
    view! {
        <svg class="chart" role="img" aria-label=label viewBox="0 0 420 70">
            {used}
            {unseen}
            <line class="axis" x1=LEFT.to_string() y1=BASE.to_string() x2=RIGHT.to_string() y2=BASE.to_string()></line>
            {job_mark}
            <text x="0" y="67">{when.tick(from)}</text>
            <text x="420" y="67" text-anchor="end">{format!("read {}", when.tick(*read_at))}</text>
        </svg>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::{RIGHT, beside};

    #[test]
    fn words_about_a_bar_stay_in_the_picture_whatever_lies_in_their_way() {
        for bar in (3..=RIGHT).step_by(3) {
            for line in std::iter::once(None).chain((0..=RIGHT).step_by(3).map(Some)) {
                let (anchor, at) = beside(bar, 190, line);
                let (from, to) = if anchor == "end" { (at - 190, at) } else { (at, at + 190) };
                assert!((-1..=RIGHT).contains(&from) && to <= RIGHT, "bar {bar}, line {line:?}: from {from} to {to}");
                assert!(to <= bar || from >= bar, "bar {bar}, line {line:?}: the words lie on the bar");
            }
        }
        assert_eq!(beside(10, 190, Some(60)), ("start", 66), "after the line, where there is room");
        assert_eq!(beside(10, 190, Some(300)), ("start", 20), "before the line, where they end before it");
        assert_eq!(beside(10, 190, Some(210)), ("start", 216));
        assert_eq!(beside(21, 190, Some(225)), ("end", 219), "up to the line, where there is none after it");
    }
}
