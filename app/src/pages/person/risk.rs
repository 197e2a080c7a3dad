//! How much could go wrong with what a person holds.

use crate::{parts::name, say};
use leptos::prelude::*;
use review::view::types::{PersonRisk, RiskyAccess};

pub(super) fn risk(risk: &PersonRisk) -> AnyView {
    let rows = risk.accesses.iter().map(row).collect_view();
    let others = (risk.others > 0).then(|| {
        let noun = if risk.others == 1 { "other access is" } else { "other accesses are" };
        view! { <p class="fine">{say::number(risk.others)}" "{noun}" counted and not listed."</p> }
    });
    view! {
        <section class="card stack" id="risk">
            <h2>"Where to look first"</h2>
            <p>{say::number(risk.points)}" points of risk"</p>
            <p class="fine">"The riskiest access counts whole, the next by half, the next by a quarter, and so on. The points are set by judgement, and are no part of what is recommended."</p>
            <ul class="bullets">{rows}</ul>
            {others}
        </section>
    }
    .into_any()
}

fn row(access: &RiskyAccess) -> AnyView {
    let counts = if access.adds == access.points {
        format!("{} points", say::number(access.points))
    } else {
        format!("{} points, of which {} count", say::number(access.points), say::number(access.adds))
    };
    view! {
        <li>
            <a href=format!("/items/{}", access.item)>{name(access.name.clone())}</a>": "{counts}
            <span class="fine block">{access.says.join(" · ")}</span>
        </li>
    }
    .into_any()
}
