//! Freeze windows: times in which no removal leaves.

use crate::{
    parts::{Options, empty, error_summary, hidden, inform, name, page_header, select, tag, text_input, time},
    render::{Frame, Place},
    say::{Tone, When},
};
use leptos::prelude::*;
use review::view::types::{Choice, FreezeLine, FreezeStands, Freezes};

/// `/freezes`.
pub fn freezes(view: Freezes, when: &When) -> Frame {
    let about = view! { <p class="quiet">"Times in which removals wait: the close of a period, a go-live, clinical cover. Answers are recorded as ever, and removals leave by themselves afterwards."</p> };
    let list = if view.windows.is_empty() {
        empty("No freeze window is set", "Removals leave as soon as their own checks let them.")
    } else {
        let rows = view.windows.iter().map(|window| row(window, when)).collect_view();
        view! {
            <table class="rows cards">
                <caption class="visually-hidden">"Freeze windows"</caption>
                <thead><tr><th scope="col">"What it is for"</th><th scope="col">"From"</th><th scope="col">"Until"</th><th scope="col">"Holds"</th><th scope="col"><span class="visually-hidden">"Remove"</span></th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    let body = view! {
        {page_header("Freeze windows", about, ())}
        <div class="column stack">
            <section class="card stack"><h2>"Set"</h2>{list}</section>
            <section class="card stack"><h2>"Add one"</h2>{form(&view)}</section>
        </div>
    };
    Frame::new("Freeze windows", Some(Place::Campaigns), body)
}

fn row(window: &FreezeLine, when: &When) -> AnyView {
    let (word, tone) = match window.stands {
        FreezeStands::Ahead => ("ahead", Tone::Unknown),
        FreezeStands::On => ("on now", Tone::Raise),
        FreezeStands::Over => ("over", Tone::Unknown),
    };
    let holds = match (&window.source, &window.application) {
        (None, None) => view! { "every removal" }.into_any(),
        (Some(source), None) => view! { "removals in "{name(source.clone())} }.into_any(),
        (None, Some(application)) => view! { "removals of "{name(application.clone())} }.into_any(),
        (Some(source), Some(application)) => view! { "removals of "{name(application.clone())}" in "{name(source.clone())} }.into_any(),
    };
    let label = format!("{} the window {}", if window.stands == FreezeStands::On { "End" } else { "Remove" }, window.name);
    view! {
        <tr>
            <td><b>{name(window.name.clone())}</b>" "{tag(tone, word)}</td>
            <td data-label="From">{time(window.from, when.moment(window.from))}</td>
            <td data-label="Until">{time(window.until, when.moment(window.until))}</td>
            <td data-label="Holds">{holds}</td>
            <td>
                <form method="post" action="/freezes/remove">
                    {hidden("attempt", window.attempt.to_string())}
                    {hidden("window", window.key.clone())}
                    <button class="btn small" type="submit" aria-label=label>{if window.stands == FreezeStands::On { "End now" } else { "Remove" }}</button>
                </form>
            </td>
        </tr>
    }
    .into_any()
}

fn form(view: &Freezes) -> AnyView {
    let entered = &view.entered;
    let errors = &view.errors;
    let field =
        |field: &'static str, label: &'static str, kind: &'static str, value: &str| text_input(inform(field, label, kind, value), errors);
    let mut what = inform("name", "What it is for", "text", entered.name.clone());
    what.hint = Some("As people call it, for example: close of the quarter.");
    what.longest = 80;
    let mut application = inform("application", "Application", "text", entered.application.clone());
    application.hint = Some("Its name as the source writes it. Leave it empty for every application.");
    let zones: Vec<Choice> = view.zones.iter().map(|zone| Choice { value: zone.clone(), label: zone.clone(), count: None }).collect();
    view! {
        {error_summary(errors)}
        <form class="form" method="post" action="/freezes">
            {hidden("attempt", view.attempt.to_string())}
            {text_input(what, errors)}
            <div class="pair">{field("from_on", "From, day", "date", &entered.from_on)}{field("from_time", "From, time", "time", &entered.from_time)}</div>
            <div class="pair">{field("until_on", "Until, day", "date", &entered.until_on)}{field("until_time", "Until, time", "time", &entered.until_time)}</div>
            {select(inform("zone", "Time zone", "text", ""), &Options { choices: &zones, none: None, chosen: &entered.zone }, errors)}
            {select(inform("source", "Source", "text", ""), &Options { choices: &view.sources, none: Some("Every source"), chosen: &entered.source }, errors)}
            {text_input(application, errors)}
            <p class="form-actions"><button class="btn primary" type="submit">"Add the window"</button><a class="btn plain" href="/campaigns">"Leave without adding"</a></p>
        </form>
    }
    .into_any()
}
