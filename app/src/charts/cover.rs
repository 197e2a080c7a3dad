//! How many grants the first roles cover together.

use super::{BASE, LEFT, RIGHT, between, gridlines, height};
use crate::say;
use leptos::prelude::*;

/// The curve of grants covered against roles used, or nothing where there are no roles.
pub fn cover(covered: &[i64], grants: i64) -> AnyView {
    let Some(last) = covered.last() else {
        return ().into_any();
    };
    let roles = i64::try_from(covered.len()).unwrap_or(i64::MAX);
    let x = |role: i64| between(role, roles, LEFT, RIGHT);
    let y = |n: i64| height(n, grants);
    let points = (1..).zip(covered).map(|(role, n)| format!(" L{} {}", x(role), y(*n)));
    let line = format!("M{LEFT} {BASE}{}", points.collect::<String>());
    let area = format!("{line} L{RIGHT} {BASE} Z");
    let label = format!(
        "{} cover {} of {}",
        say::many(roles, "role of several people", "roles of several people"),
        say::number(*last),
        say::many(grants, "grant", "grants")
    );
    view! {
        <svg class="chart" role="img" aria-label=label viewBox="0 0 640 184">
            {gridlines(grants, say::number)}
            <path class="area" d=area></path>
            <path class="line" d=line></path>
            <text x=LEFT.to_string() y="178">"no role"</text>
            <text x=RIGHT.to_string() y="178" text-anchor="end">{say::many(roles, "role", "roles")}</text>
        </svg>
    }
    .into_any()
}
