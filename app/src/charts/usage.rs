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
        // The words stand on the side with room.
        // Nor do they lie on the line of the change of job.
        let clear = job.map_or(x, |job| place(job).max(x));
        let (anchor, at_x) = if x > 210 { ("end", x - 8) } else { ("start", (x + 10).max(clear + 6)) };
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
