//! How sure the engine said it was, against how often people agreed.

use super::{BASE, LEFT, RIGHT, TOP, between, gridlines, height};
use crate::say;
use leptos::prelude::*;
use review::shadow::Bin;

/// The whole, in parts.
const WHOLE: i64 = 10_000;

/// A point with its interval for each bin of enough cases, and the line on which they would stand if what is stated were what
/// happens. Nothing where no bin has enough. The table of bins stands below for those who read numbers.
pub fn calibration(bins: &[Bin]) -> AnyView {
    let parts = |n: u64| i64::try_from(n).unwrap_or(WHOLE);
    let x = |n: u64| between(parts(n), WHOLE, LEFT, RIGHT);
    let y = |n: u64| height(parts(n), WHOLE);
    let known: Vec<_> = bins.iter().filter_map(|bin| Some((bin.stated?, bin.agreement.share?))).collect();
    if known.is_empty() {
        return ().into_any();
    }
    let said: Vec<String> =
        known.iter().map(|(stated, share)| format!("{} stated, {} agreed", say::percent(*stated), say::percent(share.parts))).collect();
    let points = known
        .iter()
        .map(|(stated, share)| {
            let at = x(*stated);
            view! {
                <line class="moment" x1=at.to_string() y1=y(share.high).to_string() x2=at.to_string() y2=y(share.low).to_string()></line>
                <circle class="holds" cx=at.to_string() cy=y(share.parts).to_string() r="5"></circle>
            }
        })
        .collect_view();
    view! {
        <svg class="chart" role="img" aria-label=format!("Agreement by stated confidence: {}", say::list(&said)) viewBox="0 0 640 184">
            {gridlines(WHOLE, |parts| format!("{} %", parts / 100))}
            <path class="pace" d=format!("M{LEFT} {BASE} L{RIGHT} {TOP}")></path>
            {points}
            <text x=LEFT.to_string() y="178">"stated 0 %"</text>
            <text x=LEFT.midpoint(RIGHT).to_string() y="178" text-anchor="middle">"stated 50 %"</text>
            <text x=RIGHT.to_string() y="178" text-anchor="end">"stated 100 %"</text>
        </svg>
    }
    .into_any()
}
