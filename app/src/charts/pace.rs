//! Answers over time, against an even pace and the deadline.

use super::{BASE, LEFT, RIGHT, TOP, between, gridlines, height};
use crate::say::{self, When};
use domain::Timestamp;
use leptos::prelude::*;
use review::view::types::DayCount;

/// The course so far, an even pace, and today. The table of days stands below for those who read numbers.
pub fn pace(days: &[DayCount], items: i64, opened: Timestamp, due: Timestamp, when: &When) -> AnyView {
    let end = due.max(days.last().map_or(due, |day| day.at));
    let x = |at: Timestamp| between(at.since(opened), end.since(opened), LEFT, RIGHT);
    let y = |n: i64| height(n, items);
    let points = days.iter().map(|day| format!(" L{} {}", x(day.at), y(day.answered)));
    let line = format!("M{} {}{}", x(opened), y(0), points.collect::<String>());
    let last_x = days.last().map_or(LEFT, |day| x(day.at));
    let area = format!("{line} L{last_x} {BASE} Z");
    let answered = days.last().map_or(0, |day| day.answered);
    let label = format!(
        "{} of {} answered by {}; due {}",
        say::number(answered),
        say::many(items, "item", "items"),
        when.moment(days.last().map_or(opened, |day| day.at)),
        when.moment(due)
    );
    let today_anchor = if last_x > RIGHT - 110 { "end" } else { "middle" };
    let today = (last_x > LEFT + 60).then(|| {
        view! {
            <line class="today" x1=last_x.to_string() y1=TOP.to_string() x2=last_x.to_string() y2=BASE.to_string()></line>
            <text x=last_x.to_string() y="178" text-anchor=today_anchor>"now"</text>
        }
    });
    let due_x = x(due);
    let due_label = (due_x - last_x > 60 || last_x <= LEFT + 60).then(|| {
        view! { <text x=due_x.to_string() y="178" text-anchor="end">{format!("due {}", when.tick(due))}</text> }
    });
    view! {
        <svg class="chart" role="img" aria-label=label viewBox="0 0 640 184">
            {gridlines(items, say::number)}
            <path class="area" d=area></path>
            <path class="pace" d=format!("M{} {BASE} L{due_x} {TOP}", LEFT)></path>
            <path class="line" d=line></path>
            {today}
            <text x=LEFT.to_string() y="178">{when.tick(opened)}</text>
            {due_label}
        </svg>
    }
    .into_any()
}
