//! How many people alike hold the access: a dot each while they can be counted by eye, a bar beyond that.

use super::between;
use crate::say;
use leptos::prelude::*;
use review::view::types::Peers;

/// More than this many are drawn as a bar.
const DOTS: u32 = 26;

/// One row for each group.
pub fn peers(groups: &[Peers]) -> AnyView {
    let rows = groups
        .iter()
        .map(|group| {
            let said = format!("{} of {}", say::number(i64::from(group.holders)), say::number(i64::from(group.people)));
            let picture = if group.people <= DOTS { dots(group) } else { bar(group) };
            view! {
                <li>
                    <span class="peers-name"><bdi>{group.group.clone()}</bdi></span>
                    {picture}
                    <span class="num">{said}</span>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="peers">{rows}</ul> }.into_any()
}

fn dots(group: &Peers) -> AnyView {
    let width = i64::from(group.people.max(1)) * 14;
    let circles = (0..group.people)
        .map(|n| {
            let class = if n < group.holders { "holds" } else { "lacks" };
            view! { <circle class=class cx=(i64::from(n) * 14 + 7).to_string() cy="7" r="5"></circle> }
        })
        .collect_view();
    view! {
        <svg class="chart peers-dots" aria-hidden="true" viewBox=format!("0 0 {width} 14") width=width.to_string() height="14">
            {circles}
        </svg>
    }
    .into_any()
}

fn bar(group: &Peers) -> AnyView {
    let width = between(i64::from(group.holders), i64::from(group.people), 0, 364).max(i64::from(group.holders.min(1)) * 2);
    view! {
        <svg class="chart peers-bar" aria-hidden="true" viewBox="0 0 364 14" preserveAspectRatio="none">
            <rect class="lacks" x="0.5" y="3" width="363" height="8" rx="3"></rect>
            <rect class="holds" x="0.5" y="3" width=width.to_string() height="8" rx="3"></rect>
        </svg>
    }
    .into_any()
}
