//! Sources, their readings, and what went wrong row by row.

use crate::{
    parts::{empty, error_summary, hidden, name, notice_class, page_header, scrolling, tag, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::view::types::{Counts, Import, Problem, ReadingLine, ReadingOutcome, SourceLine, SourcePage, Sources};

/// `/sources`.
pub fn sources(view: Sources, when: &When) -> Frame {
    let Sources { sources, may_sync } = view;
    let content = if sources.is_empty() {
        let why = if may_sync {
            "A source is named in the configuration file, under [[sources]]. After the next start it appears here and can be read."
        } else {
            "An administrator connects sources. When one is connected, it appears here."
        };
        empty("No source is connected", why)
    } else {
        let rows = sources.into_iter().map(|line| row(line, when)).collect_view();
        view! {
            <table class="rows cards">
                <caption class="visually-hidden">"Sources"</caption>
                <thead>
                    <tr><th scope="col">"Source"</th><th scope="col">"Last reading"</th><th scope="col" class="end">"Accounts"</th><th scope="col" class="end">"Entitlements"</th><th scope="col" class="end">"Grants"</th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        }
        .into_any()
    };
    let body = view! {
        {page_header("Sources", view! { <p class="quiet">"Where access and its use are read from, when they were last read, and what was wrong."</p> }, ())}
        <div class="column wide">{content}</div>
    };
    Frame::new("Sources", Some(Place::Sources), body)
}

fn row(line: SourceLine, when: &When) -> AnyView {
    let SourceLine { source, accounts, entitlements, newest } = line;
    let cell = |n: Option<i64>| n.map_or_else(|| "–".to_owned(), say::number);
    let state = newest.as_ref().map(|reading| {
        let (word, tone) = say::outcome(reading.outcome);
        tag(tone, word)
    });
    let read = match source.read_at {
        Some(at) => time(at, when.moment(at)),
        None => view! { <span class="quiet">"never"</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row"><a href=format!("/sources/{}", source.id)>{name(source.name)}</a><span class="fine block">{say::kind_of_source(source.kind)}</span></th>
            <td data-label="Last reading">{read}" "{state}" "{source.old.then(|| tag(Tone::Raise, "older than its limit"))}</td>
            <td class="cell-num" data-label="Accounts">{cell(accounts)}</td>
            <td class="cell-num" data-label="Entitlements">{cell(entitlements)}</td>
            <td class="cell-num" data-label="Grants">{cell(source.grants)}</td>
        </tr>
    }
    .into_any()
}

/// `/sources/{id}`.
pub fn source(view: SourcePage, when: &When) -> Frame {
    let source = view.line.source.clone();
    let title = source.name.clone();
    let about = view! {
        <p class="quiet">
            {say::capital(say::kind_of_source(source.kind))}" at "<bdi class="mono">{view.place.clone()}</bdi>". "
            {match source.read_at {
                Some(at) => view! { "Read "{time(at, when.moment(at))}". " }.into_any(),
                None => view! { "Never read. " }.into_any(),
            }}
            {match source.read_every {
                Some(every) => format!("Read by itself every {}. ", say::span(every)),
                None => "Read when somebody asks. ".to_owned(),
            }}
            "Counts as old after "{say::span(source.max_age)}"."
        </p>
    };
    let forms = view.attempt.map(|attempt| {
        let form = |path: &str, label: &'static str, class: &'static str| {
            view! {
                <form method="post" action=format!("/sources/{}/{path}", source.id)>
                    {hidden("attempt", attempt.to_string())}
                    {hidden("expected_version", view.version.to_string())}
                    <button class=class type="submit">{label}</button>
                </form>
            }
        };
        let look = view.whole.then(|| form("preview", "See what a reading would bring", plain_class()));
        view! { <div class="group-actions">{look}{form("sync", "Read it now", primary_class())}</div> }
    });
    let readings = if view.readings.is_empty() {
        view! { <p class="fine">"It was never read."</p> }.into_any()
    } else {
        let lines = view.readings.iter().enumerate().map(|(n, reading)| reading_line(reading, n == 0, when)).collect_view();
        view! { <ul class="readings">{lines}</ul> }.into_any()
    };
    let body = view! {
        {page_header(view! { {name(source.name.clone())}" "{source.old.then(|| tag(Tone::Raise, "older than its limit"))} }, about, forms)}
        <div class="desk">
            <div class="w8 stack">
                {error_summary(&view.errors)}
                {view.preview.as_ref().map(preview)}
                <section class="card"><h2>"Readings"</h2>{readings}</section>
                {not_joined(&view)}
            </div>
            <div class="w4 stack">
                <section class="card">{now(&view)}</section>
                <section class="card">{declared(&view)}</section>
            </div>
        </div>
    };
    Frame::new(title, Some(Place::Sources), body)
}

/// Rule 34: an uncertain join is none, and is told.
fn not_joined(view: &SourcePage) -> AnyView {
    if view.not_joined.is_empty() {
        return ().into_any();
    }
    let lines = view
        .not_joined
        .iter()
        .map(|line| {
            let id = (line.external != line.person).then(|| view! { " "<bdi class="mono quiet">{line.external.clone()}</bdi> });
            view! { <li>{name(line.person.clone())}{id}<span class="fine block">{say::not_joined(line.why)}</span></li> }
        })
        .collect_view();
    let shown = i64::try_from(view.not_joined.len()).unwrap_or(i64::MAX);
    let more = (view.not_joined_total > shown)
        .then(|| format!(" The first {} of {} are shown.", say::number(shown), say::number(view.not_joined_total)));
    view! {
        <section class="card">
            <h2>"Not joined"</h2>
            <p class="fine">"These accounts may be people whom another source knows. Nothing shows it for certain, so each stands by itself: what other sources say is not held against it, and it is reviewed as somebody of its own. What is corrected at the source joins accounts that are new then. One that stands by itself stays so, because the decisions about it do."{more}</p>
            <ul class="bullets">{lines}</ul>
        </section>
    }
    .into_any()
}

const fn plain_class() -> &'static str {
    "btn"
}

const fn primary_class() -> &'static str {
    "btn primary"
}

fn now(view: &SourcePage) -> AnyView {
    let cell = |n: Option<i64>| n.map_or_else(|| "–".to_owned(), say::number);
    view! {
        <h2>"At the last reading"</h2>
        <dl class="facts num">
            <div><dt>"Accounts"</dt><dd>{cell(view.line.accounts)}</dd></div>
            <div><dt>"Entitlements"</dt><dd>{cell(view.line.entitlements)}</dd></div>
            <div><dt>"Grants"</dt><dd>{cell(view.line.source.grants)}</dd></div>
        </dl>
        {view.line.source.grants.map(|_| view! { <p><a href=format!("/sources/{}/patterns", view.line.source.id)>"Roles and outliers"</a></p> })}
    }
    .into_any()
}

fn declared(view: &SourcePage) -> AnyView {
    if view.declared.is_empty() {
        return view! { <h2>"Declared"</h2><p class="fine">"Nothing is declared about this source: no emergency access, no duties that must be apart."</p> }.into_any();
    }
    let lines = view
        .declared
        .iter()
        .map(|line| {
            let names = line.names.iter().map(|text| view! { <li>{name(text.clone())}</li> }).collect_view();
            view! { <h3 class="over">{line.what.clone()}</h3><ul class="bullets">{names}</ul> }
        })
        .collect_view();
    view! { <h2>"Declared"</h2>{lines} }.into_any()
}

fn counts(lines: &[Counts]) -> AnyView {
    if lines.is_empty() {
        return ().into_any();
    }
    let rows = lines
        .iter()
        .map(|line| {
            view! {
                <tr>
                    <th scope="row">{say::capital(&line.what)}</th>
                    <td class="cell-num">{say::number(line.read)}</td>
                    <td class="cell-num">{say::number(line.new)}</td>
                    <td class="cell-num">{say::number(line.changed)}</td>
                    <td class="cell-num">{say::number(line.gone)}</td>
                </tr>
            }
        })
        .collect_view();
    scrolling(view! {
        <table class="plain-rows">
            <caption class="visually-hidden">"What it brought"</caption>
            <thead><tr><th scope="col"><span class="visually-hidden">"What"</span></th><th scope="col" class="end">"Read"</th><th scope="col" class="end">"New"</th><th scope="col" class="end">"Changed"</th><th scope="col" class="end">"Gone"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    })
}

fn problems(lines: &[Problem], total: i64) -> AnyView {
    if lines.is_empty() {
        return ().into_any();
    }
    let rows = lines
        .iter()
        .map(|problem| {
            let row = problem.row.map_or_else(|| "whole file".to_owned(), say::number);
            view! {
                <tr>
                    <td class="mono">{problem.file.clone()}</td>
                    <td class="cell-num" data-label="Row">{row}</td>
                    <td data-label="Column">{problem.column.clone().unwrap_or_else(|| "–".to_owned())}</td>
                    <td><bdi>{problem.message.clone()}</bdi></td>
                </tr>
            }
        })
        .collect_view();
    let shown = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    let more = (total > shown).then(
        || view! { <p class="fine">"The first "{say::number(shown)}" of "{say::number(total)}" are shown. Mend these and read again."</p> },
    );
    view! {
        <table class="cards">
            <caption>{say::many(total, "problem", "problems")}", each with its place"</caption>
            <thead><tr><th scope="col">"File"</th><th scope="col" class="end">"Row"</th><th scope="col">"Column"</th><th scope="col">"What is wrong, and what to do"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
        {more}
    }
    .into_any()
}

fn warnings(lines: &[String]) -> AnyView {
    if lines.is_empty() {
        return ().into_any();
    }
    let lines = lines.iter().map(|line| view! { <li><bdi>{line.clone()}</bdi></li> }).collect_view();
    view! { <ul class="bullets fine">{lines}</ul> }.into_any()
}

/// What the platform kept from us, and what that means.
fn unread(lines: &[String]) -> AnyView {
    if lines.is_empty() {
        return ().into_any();
    }
    let lines = lines.iter().map(|line| view! { <li><bdi>{line.clone()}</bdi></li> }).collect_view();
    view! {
        <div class=notice_class(Tone::Raise)>
            <p>"Not everything could be read. What would follow from it is unknown, and nothing that was known of it counts as gone."</p>
            <ul class="bullets">{lines}</ul>
        </div>
    }
    .into_any()
}

fn preview(import: &Import) -> AnyView {
    let (tone, title) = if import.good {
        (Tone::Keep, "It can be read whole. Nothing has been stored yet.")
    } else {
        (Tone::Remove, "It cannot be read as it is. What was read before is kept, and stays in use.")
    };
    view! {
        <section class="card stack" aria-label="What a reading would bring" role="status">
            <h2>"What a reading would bring"</h2>
            <p class=notice_class(tone)>{title}</p>
            {counts(&import.counts)}
            {warnings(&import.warnings)}
            {problems(&import.problems, import.problems_total)}
        </section>
    }
    .into_any()
}

fn reading_line(reading: &ReadingLine, newest: bool, when: &When) -> AnyView {
    let (word, tone) = say::outcome(reading.outcome);
    let by = match &reading.by {
        Some(by) => view! { ", asked for by "{name(by.clone())} }.into_any(),
        None => view! { ", by schedule" }.into_any(),
    };
    let took = reading.ended_at.map(|ended| format!(", took {}", say::span(ended.since(reading.started_at))));
    let seq = reading.seq.map(|seq| format!(" · reading {}", say::number(seq)));
    let hash = reading.population_hash.clone().map(|hash| view! { <p class="digest">"population "{hash}</p> });
    let kept = (reading.outcome == ReadingOutcome::Failed)
        .then(|| view! { <p>"Nothing of it was taken. What was read before is kept, and stays in use."</p> });
    view! {
        <li>
            <details class="fold" open=newest>
                <summary>{time(reading.started_at, when.moment(reading.started_at))}" "{tag(tone, word)}<span class="quiet num">{seq}</span></summary>
                <div class="stack">
                    <p class="fine">"Begun "{when.exact(reading.started_at)}{took}{by}"."</p>
                    {kept}
                    {counts(&reading.counts)}
                    {unread(&reading.unread)}
                    {warnings(&reading.warnings)}
                    {problems(&reading.problems, reading.problems_total)}
                    {hash}
                </div>
            </details>
        </li>
    }
    .into_any()
}
