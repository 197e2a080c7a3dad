//! The history of any grant: finding it.

use crate::{
    parts::{Options, empty, inform, name, page_header, select, tag, text_input, time},
    render::{Frame, Place},
    say::{self, When},
};
use domain::{OrderState, ReviewState};
use leptos::prelude::*;
use review::view::types::{Choice, History, HistoryFilters, HistoryLine};

/// `/history`.
pub fn history(view: History, when: &When) -> Frame {
    let content = if view.rows.is_empty() {
        let why = if view.filters.is_empty() {
            "Grants appear here once a source has been read."
        } else {
            "No grant fits all of these filters. Take one away, or use fewer letters."
        };
        empty("Nothing found", why)
    } else {
        let rows = view.rows.iter().map(|line| row(line, when)).collect_view();
        view! {
            <table class="rows cards">
                <caption class="visually-hidden">"Grants"</caption>
                <thead>
                    <tr><th scope="col">"Person"</th><th scope="col">"Access"</th><th scope="col">"Source"</th><th scope="col">"Held"</th><th scope="col">"Last review"</th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    let base = address(&view.filters);
    let first = (!view.filters.after.is_empty()).then(|| view! { <a class="btn small" href=base.clone()>"First page"</a> });
    let next = view.next.as_ref().map(|after| {
        view! { <a class="btn small" href=format!("{base}&after={}", super::queue::encode(after)) rel="next">"Next page"</a> }
    });
    let body = view! {
        {page_header("History", view! { <p class="quiet">"Any grant, from the source's page to the proof that it is gone. Reading here changes nothing."</p> }, ())}
        <div class="column wide">
            {filters(&view)}
            {view.error.clone().map(|line| view! { <p class="error" role="alert">{line}</p> })}
            <div data-region="found">
                {content}
                <nav class="pager" aria-label="Pages">{first}{next}</nav>
            </div>
        </div>
    };
    Frame::new("History", Some(Place::History), body)
}

fn address(filters: &HistoryFilters) -> String {
    let pairs = [
        ("person", &filters.person),
        ("access", &filters.access),
        ("source", &filters.source),
        ("campaign", &filters.campaign),
        ("state", &filters.state),
    ];
    let query: Vec<String> = pairs
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(field, value)| format!("{field}={}", super::queue::encode(value)))
        .collect();
    format!("/history?{}", query.join("&"))
}

fn states() -> Vec<Choice> {
    let items = ReviewState::ALL.iter().map(|state| Choice {
        value: format!("item:{state}"),
        label: format!("Item: {}", say::review_state(*state).to_lowercase()),
        count: None,
    });
    let orders = OrderState::ALL.iter().map(|state| Choice {
        value: format!("order:{state}"),
        label: format!("Removal: {}", say::order_state(*state, None).to_lowercase()),
        count: None,
    });
    items.chain(orders).collect()
}

fn filters(view: &History) -> AnyView {
    let filters = &view.filters;
    let any = (!filters.is_empty()).then(|| view! { <a class="btn plain" href="/history">"Clear"</a> });
    view! {
        <form class="filters" role="search" method="get" action="/history" data-inplace="" data-live="">
            {text_input(inform("person", "Person", "search", filters.person.clone()), &[])}
            {text_input(inform("access", "Access or application", "search", filters.access.clone()), &[])}
            {select(inform("source", "Source", "text", ""), &Options { choices: &view.sources, none: Some("Any"), chosen: &filters.source }, &[])}
            {select(inform("campaign", "Campaign", "text", ""), &Options { choices: &view.campaigns, none: Some("Any"), chosen: &filters.campaign }, &[])}
            {select(inform("state", "State", "text", ""), &Options { choices: &states(), none: Some("Any"), chosen: &filters.state }, &[])}
            <div class="form-actions"><button class="btn" type="submit">"Find"</button>{any}</div>
        </form>
    }
    .into_any()
}

fn row(line: &HistoryLine, when: &When) -> AnyView {
    let until = line.gone_at.map_or_else(
        || view! { "since "{time(line.seen_from, when.short_day(line.seen_from))} }.into_any(),
        |gone| view! { {time(line.seen_from, when.short_day(line.seen_from))}" to "{time(gone, when.short_day(gone))} }.into_any(),
    );
    let standing = match (line.answer, line.state) {
        (Some(answer), _) => tag(say::tone_of_answer(answer), say::answered(answer)),
        (None, Some(state)) => tag(say::tone_of_review(state), say::review_state(state)),
        (None, None) => view! { <span class="quiet">"never reviewed"</span> }.into_any(),
    };
    let order = line.order.map(|order| view! { <span class="fine">{say::brief_order_state(order)}</span> });
    view! {
        <tr>
            <td>
                <a href=format!("/history/{}", line.grant)><b>{name(line.person.clone())}</b></a>
                {line.person_line.clone().map(|text| view! { <span class="fine"><bdi>{text}</bdi></span> })}
            </td>
            <td>
                <b>{name(line.access.clone())}</b>
                <span class="fine"><bdi>{line.application.clone().unwrap_or_default()}</bdi>" "<bdi>{say::path(&line.path)}</bdi></span>
            </td>
            <td data-label="Source">{name(line.source.clone())}</td>
            <td class="num" data-label="Held">{until}</td>
            <td data-label="Last review">{standing}{order}{line.campaign.clone().map(|text| view! { <span class="fine"><bdi>{text}</bdi></span> })}</td>
        </tr>
    }
    .into_any()
}
