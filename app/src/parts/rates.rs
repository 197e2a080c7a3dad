//! Counts and shares of what was compared, with how far they can be trusted.

use crate::{charts, say};
use leptos::prelude::*;
use review::shadow::{Bin, Rate};

/// A count.
pub fn n(count: u64) -> String {
    say::number(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A count of things.
pub fn many(count: u64, one: &str, more: &str) -> String {
    say::many(i64::try_from(count).unwrap_or(i64::MAX), one, more)
}

/// A share with its interval and its cases, or that they are too few.
pub fn rate_cell(label: &'static str, rate: Rate) -> AnyView {
    rate_cell_with(label, rate, ())
}

/// The same, with something more below it.
pub fn rate_cell_with(label: &'static str, rate: Rate, more: impl IntoAny) -> AnyView {
    let content = match rate.share {
        Some(share) => {
            view! { {say::percent(share.parts)}<span class="fine block">{say::interval(share)}", "{n(rate.of)}" cases"</span> }.into_any()
        }
        None if rate.of == 0 => view! { <span class="faint">"no case"</span> }.into_any(),
        None => {
            view! { <span class="faint">"too few to say"</span><span class="fine block">{many(rate.of, "case", "cases")}</span> }.into_any()
        }
    };
    view! { <td class="cell-num" data-label=label>{content}{more.into_any()}</td> }.into_any()
}

/// How often people agreed, by the confidence that was stated, as a picture and as a table; `nothing` where nobody answered.
pub fn agreement_by_confidence(bins: &[Bin], nothing: &'static str) -> AnyView {
    if bins.iter().all(|bin| bin.agreement.of == 0) {
        return view! { <p class="fine">{nothing}</p> }.into_any();
    }
    let rows = bins
        .iter()
        .filter_map(|bin| bin.stated.map(|stated| (bin, stated)))
        .map(|(bin, stated)| {
            view! {
                <tr>
                    <td role="rowheader" class="num"><b>{format!("{} to {} %", bin.from / 100, bin.to / 100)}</b></td>
                    <td class="cell-num" data-label="Stated on average">{say::percent(stated)}</td>
                    {rate_cell("Agreed", bin.agreement)}
                </tr>
            }
        })
        .collect_view();
    view! {
        {charts::calibration(bins)}
        <table class="rows cards">
            <caption class="visually-hidden">"Agreement by stated confidence"</caption>
            <thead><tr><th scope="col">"Confidence"</th><th scope="col" class="end">"Stated on average"</th><th scope="col" class="end">"Agreed"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}
