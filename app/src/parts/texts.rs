//! Names, times, headings, freshness and chains of records.

use crate::say::{self, ChainLine, Part, When};
use domain::Timestamp;
use leptos::prelude::*;
use review::view::types::{Record, SourceRead};

/// A text that a person or a source wrote: isolated, so that its direction of writing stays its own.
pub fn name(text: impl Into<String>) -> AnyView {
    view! { <bdi>{text.into()}</bdi> }.into_any()
}

/// A time with its machine-readable form.
pub fn time(at: Timestamp, said: impl Into<String>) -> AnyView {
    view! { <time datetime=When::machine(at)>{said.into()}</time> }.into_any()
}

/// A day, or what to say where it is unknown.
pub fn when_or(at: Option<Timestamp>, when: &When, unknown: &'static str) -> AnyView {
    match at {
        Some(at) => time(at, when.short_day(at)),
        None => view! { <span class="quiet">{unknown}</span> }.into_any(),
    }
}

/// A page's heading: what it is, a line about it, and what can be done beside it.
pub fn page_header(title: impl IntoAny, about: impl IntoAny, beside: impl IntoAny) -> AnyView {
    view! {
        <header class="band">
            <div>
                <h1>{title.into_any()}</h1>
                {about.into_any()}
            </div>
            {beside.into_any()}
        </header>
    }
    .into_any()
}

/// Nothing here: why, and what would bring something.
pub fn empty(title: &'static str, why: impl Into<String>) -> AnyView {
    view! {
        <div class="empty">
            <h2>{title}</h2>
            <p>{why.into()}</p>
        </div>
    }
    .into_any()
}

/// A table that may be wider than the page: it scrolls by itself, also with the keyboard.
pub fn scrolling(table: impl IntoAny) -> AnyView {
    view! { <div class="scroll-x" tabindex="0" role="group" aria-label="A table that scrolls sideways">{table.into_any()}</div> }.into_any()
}

/// When the sources were read, as a sentence; what is too old is said first.
pub fn freshness(sources: &[SourceRead], when: &When) -> AnyView {
    sources
        .iter()
        .map(|source| {
            let label = source.name.clone();
            match (source.read_at, source.old) {
                (None, _) => view! { <span class="tag raise"><span><bdi>{label}</bdi>" was never read"</span></span>" " }.into_any(),
                (Some(at), true) => {
                    let said = when.ago(at);
                    view! { <span class="tag raise"><span><bdi>{label}</bdi>" was last read "{time(at, said)}", longer ago than its limit"</span></span>" " }.into_any()
                }
                (Some(at), false) => {
                    let said = when.moment(at);
                    view! { <span>"Read from "<bdi>{label}</bdi>" "{time(at, said)}". "</span> }.into_any()
                }
            }
        })
        .collect_view()
        .into_any()
}

fn part(part: Part) -> AnyView {
    match part {
        Part::Ours(text) => view! { <span>{text}</span> }.into_any(),
        Part::Strong(text) => view! { <b>{text}</b> }.into_any(),
        Part::Theirs(text) => name(text),
        Part::Quote(text) => view! { <q><bdi>{text}</bdi></q> }.into_any(),
    }
}

/// Records in their order. People solid, the system dotted; also said in words for those who hear the page.
pub fn chain(records: &[Record], when: &When) -> AnyView {
    let lines = records
        .iter()
        .map(|record| {
            let ChainLine { system, parts, code } = say::chain_line(record, when);
            let class = chain_class(system);
            let place = match &record.entry {
                Some(entry) => match entry.index {
                    Some(index) => Some(format!("entry {}, leaf {}", say::number(index), say::short_digest(&entry.leaf))),
                    None => Some("entry waits for its place in the ledger".to_owned()),
                },
                None => None,
            };
            let code = [code, place].into_iter().flatten().collect::<Vec<_>>().join(" · ");
            view! {
                <li class=class>
                    {system.then(|| view! { <span class="visually-hidden">"By the system: "</span> })}
                    {parts.into_iter().map(part).collect_view()}
                    <span class="fine block">{time(record.at, when.exact(record.at))}</span>
                    {(!code.is_empty()).then(|| view! { <code>{code}</code> })}
                </li>
            }
        })
        .collect_view();
    view! { <ol class="chain">{lines}</ol> }.into_any()
}

const fn chain_class(system: bool) -> &'static str {
    if system { "system" } else { "person" }
}
