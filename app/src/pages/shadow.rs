//! Shadow mode: hidden recommendations beside people's answers, and the owner's word that they are shown from now on.

use crate::{
    parts::{agreement_by_confidence, error_summary, guard, hidden, many, n, name, page_header, rate_cell, scrolling, tag, tick, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::{
    shadow::{Apart, Baseline, Bin, Fit},
    view::types::{AcceptView, FitLine, ShadowPage},
};

/// Lines of a table that stand open; the others stand folded below.
const OPEN: usize = 12;

/// `/campaigns/{id}/shadow`.
pub fn shadow(view: ShadowPage, when: &When) -> Frame {
    let head = view.head.clone();
    let here = format!("/campaigns/{}", head.id);
    let title = format!("Recommendations and answers, {}", head.name);
    let standing = match view.accepted_at {
        Some(at) => {
            view! { "Accepted "{time(at, when.moment(at))}", and kept as it was then. The recommendations are shown since." }.into_any()
        }
        None => {
            view! { "While the recommendations are hidden, every answer is given without one. This is how far they would have agreed." }
                .into_any()
        }
    };
    let about = view! { <p class="quiet"><a href=here.clone()>{name(head.name.clone())}</a>". "{standing}</p> };
    let file = view! {
        <div class="group-actions"><a class="btn" href=format!("{here}/shadow.json") download="">"Take the report as a file"</a></div>
    };
    let body = view! {
        {page_header("Recommendations and answers", about, file)}
        <div class="column wide stack">
            {view.accept.as_ref().map(|form| error_summary(&form.errors))}
            {view.changed.clone().map(|line| view! { <div class="notice raise" role="alert"><b>"The report changed"</b><p>{line}</p></div> })}
            {summary(&view)}
            {overall(&view.overall)}
            {calibration(&view.calibration)}
            {baselines(&view)}
            {parts("By source", "Source", "No source named", &view.by_source)}
            {parts("By department of the holder", "Department", "No department stated", &view.by_department)}
            {parts("By kind", "Kind", "No kind", &view.by_kind)}
            {accept(&view)}
        </div>
    };
    Frame::new(title, Some(Place::Campaigns), body)
}

/// What is compared, and what is not.
fn summary(view: &ShadowPage) -> AnyView {
    let tally = view.overall.tally;
    let sentence = if tally.decided() == 0 {
        "Nobody has approved or revoked anything yet, so there is nothing to compare.".to_owned()
    } else {
        format!(
            "Of {}, {} approved or revoked by a person who was shown no recommendation. For {} of them Approve or Revoke had been recommended; for {} nothing was, because the engine left them to the reviewer.",
            many(view.items, "item", "items"),
            many(tally.decided(), "is", "are"),
            n(tally.compared()),
            n(tally.silent())
        )
    };
    let apart = apart(&view.apart);
    let apart = (!apart.is_empty()).then(|| {
        let lines = apart.into_iter().map(|line| view! { <li>{line}</li> }).collect_view();
        view! { <p class="fine">"Not compared, because they can judge no recommendation:"</p><ul class="bullets fine">{lines}</ul> }
    });
    view! { <section class="card stack"><h2>"What is compared"</h2><p>{sentence}</p>{apart}</section> }.into_any()
}

fn apart(apart: &Apart) -> Vec<String> {
    let Apart {
        after_reading,
        answered_on_platform,
        escalated,
        no_longer_held,
        open,
        otherwise,
        unanswered,
        unreadable,
        without_recommendation,
    } = *apart;
    [
        (open, "item is open", "items are open"),
        (escalated, "item was escalated and waits for the person named", "items were escalated and wait for the persons named"),
        (unanswered, "item had no answer by closing", "items had no answer by closing"),
        (no_longer_held, "item was gone before it was settled", "items were gone before they were settled"),
        (answered_on_platform, "item was answered on the platform itself", "items were answered on the platform itself"),
        (after_reading, "item was answered by somebody who had read this report", "items were answered by people who had read this report"),
        (otherwise, "item was answered in another way", "items were answered in another way"),
        (without_recommendation, "item has no recommendation", "items have no recommendation"),
        (unreadable, "item has a recommendation that cannot be read", "items have a recommendation that cannot be read"),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, one, more)| say::capital(&many(count, one, more)))
    .collect()
}

fn overall(fit: &Fit) -> AnyView {
    let tally = fit.tally;
    let counts = [
        ("Approved, as recommended", tally.agreed_kept),
        ("Revoked, as recommended", tally.agreed_removed),
        ("Approved, although Revoke was recommended", tally.kept_against),
        ("Revoked, although Approve was recommended", tally.removed_against),
        ("Approved, nothing recommended", tally.silent_kept),
        ("Revoked, nothing recommended", tally.silent_removed),
    ]
    .map(|(label, count)| view! { <tr><th scope="row">{label}</th><td class="cell-num">{n(count)}</td></tr> })
    .collect_view();
    let rates = [
        ("Agreement", "of the answers where Approve or Revoke was recommended, those given so", fit.agreement),
        ("Precision of Revoke", "of what Revoke was recommended for, what people revoked", fit.revoke_precision),
        ("Recall of Revoke", "of all that people revoked, what Revoke was recommended for", fit.revoke_recall),
    ]
    .map(|(label, what, rate)| view! { <tr><th scope="row">{label}<span class="fine block">{what}</span></th>{rate_cell("Share", rate)}</tr> })
    .collect_view();
    view! {
        <section class="card stack">
            <h2>"Agreement and overrides"</h2>
            <table class="plain-rows">
                <caption class="visually-hidden">"Shares, each with its 95 per cent interval and its number of cases"</caption>
                <tbody>{rates}</tbody>
            </table>
            <table class="plain-rows">
                <caption class="over">"Answers, counted"</caption>
                <tbody>{counts}</tbody>
            </table>
            <p class="fine">"Below each share stands the interval in which it lies with 95 % certainty (Wilson), and the number of cases. Fewer than 50 cases have no share."</p>
        </section>
    }
    .into_any()
}

fn calibration(bins: &[Bin]) -> AnyView {
    let content = agreement_by_confidence(bins, "Nothing that was recommended has an answer yet.");
    view! {
        <section class="card stack">
            <h2>"As sure as it says"</h2>
            <p>"The engine states with each recommendation how far the evidence leans. Where people agree as often as it states, the points stand on the dotted line; below it, it is surer than it should be."</p>
            {content}
        </section>
    }
    .into_any()
}

const fn rule(rule: Baseline) -> (&'static str, &'static str) {
    match rule {
        Baseline::ApproveAll => ("Approve everything", "what a hurried reviewer does"),
        Baseline::PeersBelow70 => ("Revoke what fewer than 70 % of people alike hold", "as SailPoint recommends"),
        Baseline::NoSignIn30 => ("Revoke where the holder has not signed in for 30 days", "as Microsoft Entra recommends"),
        Baseline::Unused90 => ("Revoke what was not used for 90 days", "as Okta recommends"),
    }
}

fn baselines(view: &ShadowPage) -> AnyView {
    if view.overall.tally.decided() == 0 {
        return ().into_any();
    }
    let ours = ("Countersign", "facts, named rules and weights", view.overall);
    let rows = std::iter::once(ours)
        .chain(view.baselines.iter().map(|beside| {
            let (label, what) = rule(beside.rule);
            (label, what, beside.fit)
        }))
        .map(|(label, what, fit)| {
            view! {
                <tr>
                    <td role="rowheader"><b>{label}</b><span class="fine">{what}</span></td>
                    <td class="cell-num" data-label="Could not judge">{n(fit.tally.silent())}</td>
                    {rate_cell("Agreement", fit.agreement)}
                    {rate_cell("Precision of Revoke", fit.revoke_precision)}
                    {rate_cell("Recall of Revoke", fit.revoke_recall)}
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card stack">
            <h2>"Simpler rules on the same items"</h2>
            <p>"What other rules would have said of the very items that people answered. Use that nobody can see never counts as unused: such an item is one that the rule could not judge."</p>
            <table class="rows cards">
                <caption class="visually-hidden">"Recommendations and simpler rules beside the same answers"</caption>
                <thead><tr><th scope="col">"Rule"</th><th scope="col" class="end">"Could not judge"</th><th scope="col" class="end">"Agreement"</th><th scope="col" class="end">"Precision of Revoke"</th><th scope="col" class="end">"Recall of Revoke"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn parts(title: &'static str, column: &'static str, unknown: &'static str, lines: &[FitLine]) -> AnyView {
    if lines.is_empty() {
        return ().into_any();
    }
    let (open, folded) = lines.split_at(lines.len().min(OPEN));
    let folded = (!folded.is_empty()).then(|| {
        let more = many(folded.len() as u64, "more, with fewer answers", "more, with fewer answers");
        view! { <details class="fold"><summary>{more}</summary>{table(title, column, unknown, folded)}</details> }
    });
    view! { <section class="card stack"><h2>{title}</h2>{table(title, column, unknown, open)}{folded}</section> }.into_any()
}

fn table(title: &'static str, column: &'static str, unknown: &'static str, lines: &[FitLine]) -> AnyView {
    let rows = lines
        .iter()
        .map(|line| {
            let tally = line.fit.tally;
            let label = match &line.name {
                Some(text) => name(text.clone()),
                None => tag(Tone::Unknown, unknown),
            };
            view! {
                <tr>
                    <td role="rowheader"><b>{label}</b></td>
                    <td class="cell-num" data-label="Answered">{n(tally.decided())}</td>
                    <td class="cell-num" data-label="Agreed">{n(tally.agreed())}</td>
                    <td class="cell-num" data-label="Approved against">{n(tally.kept_against)}</td>
                    <td class="cell-num" data-label="Revoked against">{n(tally.removed_against)}</td>
                    <td class="cell-num" data-label="Nothing recommended">{n(tally.silent())}</td>
                    {rate_cell("Agreement", line.fit.agreement)}
                    {rate_cell("Precision of Revoke", line.fit.revoke_precision)}
                    {rate_cell("Recall of Revoke", line.fit.revoke_recall)}
                </tr>
            }
        })
        .collect_view();
    scrolling(view! {
        <table class="rows cards">
            <caption class="visually-hidden">{title}</caption>
            <thead>
                <tr>
                    <th scope="col">{column}</th><th scope="col" class="end">"Answered"</th><th scope="col" class="end">"Agreed"</th>
                    <th scope="col" class="end">"Approved against"</th><th scope="col" class="end">"Revoked against"</th>
                    <th scope="col" class="end">"Nothing recommended"</th><th scope="col" class="end">"Agreement"</th>
                    <th scope="col" class="end">"Precision of Revoke"</th><th scope="col" class="end">"Recall of Revoke"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    })
}

fn accept(view: &ShadowPage) -> AnyView {
    let digest = view! { <p class="fine">"SHA-256 of this report: "<code class="digest">{view.sha256.clone()}</code></p> };
    let Some(form) = &view.accept else {
        let standing = match view.accepted_at {
            Some(_) => {
                "The owner accepted this report, and the recommendations of this campaign are shown. The ledger names it by its SHA-256."
            }
            None => "The recommendations stay hidden until the campaign's owner accepts this report.",
        };
        return view! { <section class="card stack"><h2>"Where it stands"</h2><p>{standing}</p>{digest}</section> }.into_any();
    };
    let AcceptView { attempt, expected_version, report_sha256, acknowledge, errors } = form;
    view! {
        <form class="card stack" method="post" action=format!("/campaigns/{}/shadow", view.head.id)>
            {guard()}
            {hidden("attempt", attempt.to_string())}
            {hidden("expected_version", expected_version.to_string())}
            {hidden("report_sha256", report_sha256.clone())}
            <h2>"Show the recommendations"</h2>
            <p>"From the moment you accept this report, everybody who answers in this campaign is shown the recommendation of each item. This cannot be undone: what was seen cannot be unseen. Answers given so far stay marked as given without one, and this report is kept as it stands here."</p>
            {digest}
            {tick("acknowledge", *acknowledge, "I have read the report, and I want the recommendations shown from now on.", errors)}
            <p class="form-actions">
                <button class="btn primary" type="submit">"Show recommendations from now on"</button>
                <a class="btn plain" href=format!("/campaigns/{}", view.head.id)>"Keep them hidden"</a>
            </p>
        </form>
    }
    .into_any()
}
