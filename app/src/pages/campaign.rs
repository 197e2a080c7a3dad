//! How a campaign goes: progress, recommended against decided, removals, reviewers, sources.

mod platform;
mod removals;

use crate::{
    charts,
    parts::{freshness, name, page_header, progress_bar, progress_sentence, scrolling, tag, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use domain::{CampaignState, Verdict};
use leptos::prelude::*;
use review::view::types::{CampaignPage, MatrixRow, ReviewerLine, ShadowLine};

/// `/campaigns/{id}`.
pub fn campaign(view: CampaignPage, when: &When) -> Frame {
    let title = view.head.name.clone();
    let live = (view.head.state != CampaignState::Closed).then(|| format!("/campaigns/{}/events", view.head.id));
    let body = view! {
        {header(&view, when)}
        <div class="desk" data-events=live>
            {removals::switch_notice(&view, when)}
            <section class="card w7" data-region="decisions">{decisions(&view, when)}</section>
            <section class="card w5" data-region="matrix">{matrix(&view)}</section>
            <section class="card w12" data-region="removals">{removals::states(&view)}</section>
            {platform::card(&view, when)}
            {removals::held(&view, when)}
            {removals::stuck(&view, when)}
            <section class="card w8" data-region="reviewers">{reviewers(&view, when)}</section>
            <section class="card w4">{built_on(&view, when)}</section>
            {removals::switch_card(&view)}
        </div>
    };
    Frame::new(title, Some(Place::Campaigns), body)
}

/// What becomes of items that nobody answers: in a platform's campaign the platform says it, on its own card.
fn by_default(view: &CampaignPage) -> String {
    match say::runs_at(view.head.kind) {
        Some(platform) => format!("{platform} runs it."),
        None => format!("If nobody answers: {}.", say::default_action(view.default_action)),
    }
}

fn header(view: &CampaignPage, when: &When) -> AnyView {
    let head = &view.head;
    let (state, tone) = say::campaign_state(head.state);
    let ended = match (view.closed_at, view.closing_at) {
        (Some(at), _) => Some(format!("Closed {}. ", when.moment(at))),
        (None, Some(at)) => Some(format!("Closing since {}: what is staged leaves first. ", when.moment(at))),
        (None, None) => None,
    };
    let about = view! {
        <p class="quiet">
            {say::capital(&say::many(view.progress.items, "item", "items"))}" held by "{say::many(view.people, "person", "people")}
            ", answered by "{say::many(view.reviewers_total, "reviewer", "reviewers")}". "
            {ended}
            "Due "{time(head.due_at, when.due(head.due_at, &head.zone))}". Opened by "{name(head.owner.clone())}". "
            {by_default(view)}
        </p>
    };
    let duties = view.duties.map(|found| {
        let rest = (found.not_evaluated > 0)
            .then(|| format!(" {} not evaluated, because nobody has said what they give.", say::many(found.not_evaluated, "grant was", "grants were")));
        view! {
            <p class="quiet">{say::capital(&say::many(found.conflicts, "conflict", "conflicts"))}" of "<a href="/duties">"duties that must be apart"</a>", by version "{say::number(found.rules_version)}" of the rules."{rest}</p>
        }
    });
    let shadow = view.shadow.and_then(|line| line.accepted_at.map(|at| (line, at))).map(|(line, at)| {
        let report = if line.may_view {
            view! { <a href=format!("/campaigns/{}/shadow", head.id)>"the report"</a> }.into_any()
        } else {
            view! { "the report" }.into_any()
        };
        view! { <p class="quiet">"Recommendations were hidden until "{time(at, when.moment(at))}", when the owner accepted "{report}" about them."</p> }
    });
    let first = view.judged_first.map(|first| {
        let drawn = say::capital(&say::many(first.items, "item", "items"));
        let still = match first.open {
            0 => " What we recommend shows with all of them by now.".to_owned(),
            open => format!(" For {} of them it does not show yet; the table of recommendations leaves those out.", say::number(open)),
        };
        view! { <p class="quiet">{format!("{drawn} drawn by chance, {} in 100, to be judged before what we recommend shows.{still}", first.share)}</p> }
    });
    let about = view! { {about}{duties}{first}{shadow} };
    let close =
        view.may_close.then(|| view! { <a class="btn" href=format!("/campaigns/{}/close", head.id)>"See what closing would remove"</a> });
    let evidence = view.may_make_evidence.then(|| view! { <a class="btn" href="/evidence">"Make evidence"</a> });
    let findings = (view.findings > 0).then(|| {
        view! { <a class="btn" href="/findings">{say::many(view.findings, "finding to look at", "findings to look at")}</a> }
    });
    let beside = view! { <div class="group-actions">{findings}{evidence}{close}</div> };
    let hidden = head.showing.is_hidden().then(|| view! { " "{tag(Tone::Unknown, "Recommendations hidden")} });
    page_header(view! { {name(head.name.clone())}" "{tag(tone, state)}{hidden} }, about, beside)
}

fn decisions(view: &CampaignPage, when: &When) -> AnyView {
    let progress = &view.progress;
    let whole = progress.items.max(1);
    let percent = progress.done().saturating_mul(100) / whole;
    let chart = view
        .opened_at
        .filter(|_| !view.days.is_empty())
        .map(|opened| charts::pace(&view.days, progress.items, opened, view.head.due_at, when));
    let states = view
        .states
        .iter()
        .map(|line| view! { <div><dt>{say::review_state(line.state)}</dt><dd class=zero_class(line.items)>{say::number(line.items)}</dd></div> })
        .collect_view();
    view! {
        <h2>"Answers"</h2>
        <p class="fine num" aria-live="polite">
            <b>{say::number(progress.done())}" of "{say::number(progress.items)}</b>" ("{percent}" %). "{progress_sentence(progress)}"."
        </p>
        {progress_bar(progress)}
        {chart}
        <details class="fold">
            <summary>"Every state, with its number"</summary>
            <dl class="facts num">{states}</dl>
        </details>
    }
    .into_any()
}

const fn zero_class(n: i64) -> &'static str {
    if n == 0 { "faint" } else { "num" }
}

/// Escalations are neither agreement nor override; they are counted apart (rule 32).
fn matrix(view: &CampaignPage) -> AnyView {
    if let Some(ShadowLine { accepted_at: None, may_view }) = view.shadow {
        let report = format!("/campaigns/{}/shadow", view.head.id);
        let way =
            may_view.then(|| view! { <p class="form-actions"><a class="btn small" href=report>"Compare them with the answers"</a></p> });
        return view! {
            <h2>"Recommended and decided"</h2>
            <p>"The recommendations of this campaign are hidden (shadow mode). They are made and kept, and nobody is shown one before its owner has accepted the report that compares them with people's answers."</p>
            {way}
        }
        .into_any();
    }
    if view.matrix.is_empty() {
        return view! { <h2>"Recommended and decided"</h2><p class="fine">"Shown to those who may see recommendations."</p> }.into_any();
    }
    let sum = |pick: fn(&MatrixRow) -> i64| view.matrix.iter().map(pick).sum::<i64>();
    let agreed: i64 = view
        .matrix
        .iter()
        .map(|row| match row.recommended {
            Verdict::Approve => row.approved,
            Verdict::Revoke => row.revoked,
            Verdict::Escalate => 0,
        })
        .sum();
    let overridden: i64 = view
        .matrix
        .iter()
        .map(|row| match row.recommended {
            Verdict::Approve => row.revoked,
            Verdict::Revoke => row.approved,
            Verdict::Escalate => 0,
        })
        .sum();
    let judged = agreed + overridden;
    let sentence = if judged == 0 {
        "No item with a verdict has an answer yet.".to_owned()
    } else {
        let tenths = agreed.saturating_mul(1_000) / judged;
        format!(
            "Of {} with a verdict and an answer, {}.{} % agree; {} decided otherwise. Escalations are counted apart.",
            say::number(judged),
            tenths / 10,
            tenths % 10,
            say::many(overridden, "was", "were")
        )
    };
    let otherwise = sum(|row| row.otherwise) > 0;
    let rows = view
        .matrix
        .iter()
        .map(|row| {
            let (approved, revoked) = match row.recommended {
                Verdict::Approve => (Meets::Agrees, Meets::Differs),
                Verdict::Revoke => (Meets::Differs, Meets::Agrees),
                Verdict::Escalate => (Meets::Neither, Meets::Neither),
            };
            view! {
                <tr>
                    <th scope="row">{recommended_label(row.recommended)}</th>
                    <td class=cell_class(approved)>{say::number(row.approved)}{word(approved)}</td>
                    <td class=cell_class(revoked)>{say::number(row.revoked)}{word(revoked)}</td>
                    <td>{say::number(row.escalated)}</td>
                    <td class="open">{say::number(row.open)}</td>
                    {otherwise.then(|| view! { <td>{say::number(row.otherwise)}</td> })}
                </tr>
            }
        })
        .collect_view();
    view! {
        <h2>"Recommended and decided"</h2>
        <p class="fine">{sentence}</p>
        {scrolling(view! {
            <table class="matrix">
                <caption class="visually-hidden">"Rows: what was recommended. Columns: what people answered."</caption>
                <thead>
                    <tr>
                        <th scope="col"><span class="visually-hidden">"Recommended"</span></th>
                        <th scope="col">"Approved"</th><th scope="col">"Revoked"</th><th scope="col">"Escalated"</th><th scope="col">"Open"</th>
                        {otherwise.then(|| view! { <th scope="col">"Otherwise"</th> })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        })}
    }
    .into_any()
}

const fn recommended_label(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Approve => "Approve",
        Verdict::Revoke => "Revoke",
        Verdict::Escalate => "Judgement",
    }
}

#[derive(Clone, Copy)]
enum Meets {
    Agrees,
    Differs,
    Neither,
}

const fn cell_class(meets: Meets) -> &'static str {
    match meets {
        Meets::Agrees => "agree",
        Meets::Differs => "differ",
        Meets::Neither => "apart",
    }
}

fn word(meets: Meets) -> AnyView {
    match meets {
        Meets::Agrees => view! { <span class="visually-hidden">" as recommended"</span> }.into_any(),
        Meets::Differs => view! { <span class="visually-hidden">" against the recommendation"</span> }.into_any(),
        Meets::Neither => ().into_any(),
    }
}

fn reviewers(view: &CampaignPage, when: &When) -> AnyView {
    let rows = view.reviewers.iter().map(|line| reviewer(line, when)).collect_view();
    let next = view.reviewers_next.clone().map(|after| {
        let href = format!("/campaigns/{}?after={}#reviewers", view.head.id, super::queue::encode(&after));
        view! { <nav class="pager" aria-label="Pages of reviewers"><a class="btn small" href=href rel="next">"Next page"</a></nav> }
    });
    view! {
        <h2 id="reviewers">"Reviewers"</h2>
        <p class="fine">"The furthest behind first. Nobody is ranked by how they decide."</p>
        <table class="cards">
            <caption class="visually-hidden">"Reviewers and how far they are"</caption>
            <thead><tr><th scope="col">"Reviewer"</th><th scope="col">"Answered"</th><th scope="col">"Last answer"</th></tr></thead>
            <tbody>{rows}</tbody>
        </table>
        {next}
    }
    .into_any()
}

fn reviewer(line: &ReviewerLine, when: &When) -> AnyView {
    let last = match (line.last_answer_at, line.signed_in) {
        (Some(at), _) => time(at, when.ago(at)),
        (None, true) => view! { <span class="quiet">"none yet"</span> }.into_any(),
        (None, false) => tag(Tone::Unknown, "never signed in"),
    };
    let remarks = line.remarks.iter().map(|remark| view! { " "{tag(Tone::Raise, remark.clone())} }).collect_view();
    view! {
        <tr>
            <td><b>{name(line.name.clone())}</b>{line.line.clone().map(|text| view! { <span class="fine"><bdi>{text}</bdi></span> })}{remarks}</td>
            <td class="num" data-label="Answered">{charts::meter(line.progress.done(), line.progress.items)}{say::number(line.progress.done())}" of "{say::number(line.progress.items)}</td>
            <td data-label="Last answer">{last}</td>
        </tr>
    }
    .into_any()
}

fn built_on(view: &CampaignPage, when: &When) -> AnyView {
    let rows = view
        .sources
        .iter()
        .map(|source| {
            let said = source.read_at.map_or_else(|| "never".to_owned(), |at| when.moment(at));
            view! {
                <tr>
                    <th scope="row">{name(source.name.clone())}<span class="fine block">{said}</span>{source.old.then(|| tag(Tone::Raise, "old"))}</th>
                    <td class="cell-num">{source.grants.map_or_else(|| "–".to_owned(), say::number)}</td>
                </tr>
            }
        })
        .collect_view();
    let scope = view.scope.iter().map(|line| view! { <li><bdi>{line.clone()}</bdi></li> }).collect_view();
    let stale = view.sources.iter().any(|source| source.old);
    view! {
        <h2>"Read from"</h2>
        <p class="fine">"What this campaign was built on, with grants at that reading."</p>
        <table class="plain-rows"><caption class="visually-hidden">"Sources"</caption><tbody>{rows}</tbody></table>
        {stale.then(|| view! { <p class="fine">{freshness(&view.sources, when)}</p> })}
        <h3 class="over">"In scope"</h3>
        <ul class="bullets">{scope}</ul>
        <h3 class="over">"Left out"</h3>
        {super::open::left_out(&view.left_out)}
    }
    .into_any()
}
