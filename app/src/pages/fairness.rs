//! Whether recommendations and decisions fall on everybody alike: figures by group, what stands apart, and signed reviews.

use crate::{
    parts::{
        empty, error_summary, guard, hidden, inform, many, n, name, page_header, rate_cell, rate_cell_with, scrolling, tag, text_area,
        tick, time,
    },
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::{
    fairness::{Attribute, AttributeFigures, Document, Group, MeasureFigure, REVIEW_EVERY_DAYS, Standing},
    view::types::{FairnessMeasured, FairnessPage, FairnessReviewLine, FairnessSign},
};

/// Lines of a table that stand open; the others stand folded below.
const OPEN: usize = 12;

/// `/quality/fairness`.
pub fn fairness(view: FairnessPage, when: &When) -> Frame {
    let FairnessPage { measured, stands, sign, reviews, changed } = view;
    let about = view! {
        <p class="quiet">
            "Whether what is recommended and decided falls on everybody alike. Pooled over all campaigns: nobody is named, and groups of few people are not shown. Back to "
            <a href="/quality">"quality"</a>"."
        </p>
    };
    let file =
        measured.is_some().then(|| view! { <a class="btn" href="/quality/fairness.json" download="">"Take the figures as a file"</a> });
    let due = stands.due.then(|| {
        let since = match stands.reviewed_at {
            Some(at) => format!("The last was signed on {}.", when.day(at)),
            None => "None was signed yet.".to_owned(),
        };
        let how = format!(" A compliance officer signs one every {REVIEW_EVERY_DAYS} days, at the end of this page.");
        view! { <div class="notice raise"><b>"A signed review is due"</b><p>{since}{how}</p></div> }
    });
    let changed = changed.map(|line| view! { <div class="notice raise" role="alert"><b>"The figures changed"</b><p>{line}</p></div> });
    let content = match measured {
        Some(measured) => shown(&measured, when),
        None => empty("Nothing is measured yet", "Figures are made once a day, together with those of quality."),
    };
    let body = view! {
        {page_header("Fairness", about, view! { <div class="group-actions">{file}</div> })}
        <div class="column wide stack">
            {sign.as_ref().map(|form| error_summary(&form.errors))}
            {changed}{due}{content}
            {sign.map(sign_form)}
            {signed(reviews, when)}
        </div>
    };
    Frame::new("Fairness", Some(Place::Quality), body)
}

fn shown(measured: &FairnessMeasured, when: &When) -> AnyView {
    let document = &measured.document;
    let sections = document.attributes.iter().map(|of| section(of, document.fewest_people)).collect_view();
    view! {
        <p class="fine">
            "Measured "{time(measured.at, when.moment(measured.at))}", over the 52 weeks since "{time(measured.window_from, when.day(measured.window_from))}
            ". Reversals speak of removals that were proven from "{time(measured.reversals.0, when.day(measured.reversals.0))}" to "
            {time(measured.reversals.1, when.day(measured.reversals.1))}"."
        </p>
        {apart(document)}
        {sections}
        {how_to_read(document.fewest_people, &measured.sha256)}
    }
    .into_any()
}

/// What stands apart, in sentences; that nothing does; or that nothing could be compared, which is not the same.
fn apart(document: &Document) -> AnyView {
    if document.apart().is_none() {
        return view! {
            <div class="notice raise">
                <b>"Nothing could be compared"</b>
                <p>"No two groups are shown with cases enough to say how far their rates lie apart. That is no all-clear: differences may be there, and these figures cannot show them. The sections below say what is missing."</p>
            </div>
        }
        .into_any();
    }
    let lines: Vec<AnyView> = document
        .attributes
        .iter()
        .flat_map(|of| of.groups.iter().map(move |group| (of.attribute, group)))
        .flat_map(|(attribute, group)| say::all_apart(group).into_iter().map(move |line| (attribute, group, line)))
        .map(|(attribute, group, line)| {
            view! { <li><b>{say::attribute(attribute)}", "{name(say::group(attribute, &group.group))}":"</b>" "{line}</li> }.into_any()
        })
        .collect();
    if lines.is_empty() {
        return view! {
            <div class="notice keep">
                <b>"No group stands apart from all others"</b>
                <p>"Neither by more than two points of per cent, nor beyond what chance would do. Where there are too few people or cases to say, the tables below say so."</p>
            </div>
        }
        .into_any();
    }
    view! {
        <section class="card stack" id="apart">
            <div class="spread"><h2>"What stands apart"</h2>{tag(Tone::Raise, "somebody must look")}</div>
            <ul class="bullets">{lines}</ul>
            <p>"Chance does not explain these differences. They say that rates differ, not why, and not that anybody was treated wrongly: contracts that end leave access behind, a site may use other systems, and people on leave use nothing. What they ask is whether such a reason explains all of it."</p>
            <p class="fine">"None of these attributes is known to what recommends: changing them changes no recommendation. A difference can still come by way of what is known, such as use, dates or access that people alike hold."</p>
        </section>
    }
    .into_any()
}

fn section(of: &AttributeFigures, fewest_people: u64) -> AnyView {
    let title = say::attribute(of.attribute);
    let table = if of.groups.is_empty() {
        view! { <p>"Too few people to say anything."</p> }.into_any()
    } else {
        let (open, folded) = of.groups.split_at(of.groups.len().min(OPEN));
        let folded = (!folded.is_empty()).then(|| {
            let more = many(folded.len() as u64, "more, with fewer people", "more, with fewer people");
            view! { <details class="fold"><summary>{more}</summary>{table(of.attribute, folded)}</details> }
        });
        view! { {table(of.attribute, open)}{folded} }.into_any()
    };
    let unshown = (of.unshown.groups > 0).then(|| {
        let groups = many(of.unshown.groups, "group", "groups");
        let people = many(of.unshown.people, "person", "people");
        view! { <p class="fine">{format!("Not shown: {groups} with {people}. Fewer than {fewest_people} people are too few to say, and a group that they could be told from is left out with them.")}</p> }
    });
    let not_stated = (of.not_stated > 0).then(|| {
        let people = many(of.not_stated, "person", "people");
        view! { <p class="fine">{format!("Not stated by any source: of {people}. They are in no group.")}</p> }
    });
    view! { <section class="card stack"><h2>{title}</h2>{table}{unshown}{not_stated}</section> }.into_any()
}

fn table(attribute: Attribute, groups: &[Group]) -> AnyView {
    let rows = groups.iter().map(|group| row(attribute, group)).collect_view();
    let title = say::attribute(attribute);
    scrolling(view! {
        <table class="rows cards">
            <caption class="visually-hidden">{title}</caption>
            <thead>
                <tr>
                    <th scope="col">"Group"</th><th scope="col" class="end">"People"</th>
                    <th scope="col" class="end">"Recommended Revoke"</th><th scope="col" class="end">"Recommended Escalate"</th>
                    <th scope="col" class="end">"Decided Revoke"</th><th scope="col" class="end">"Reversals"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    })
}

fn row(attribute: Attribute, group: &Group) -> AnyView {
    let cells = group.figures.iter().map(cell).collect_view();
    view! {
        <tr>
            <td role="rowheader"><b>{name(say::group(attribute, &group.group))}</b></td>
            <td class="cell-num" data-label="People">{n(group.people)}</td>
            {cells}
        </tr>
    }
    .into_any()
}

/// A rate, and how far it lies from that of all others.
fn cell(figure: &MeasureFigure) -> AnyView {
    let label = say::measure(figure.measure);
    let Some(difference) = figure.difference else { return rate_cell(label, figure.rate) };
    let said = say::difference(difference);
    let standing = match figure.standing {
        Standing::More => tag(Tone::Raise, "more often"),
        Standing::Less => tag(Tone::Raise, "less often"),
        Standing::NotApart | Standing::TooFew => ().into_any(),
    };
    rate_cell_with(label, figure.rate, view! { <span class="fine block">{said}</span>{standing} })
}

fn how_to_read(fewest_people: u64, sha256: &str) -> AnyView {
    view! {
        <section class="card stack">
            <h2>"How to read this"</h2>
            <ul class="bullets">
                <li>"Recommended: of the items of campaigns that show recommendations, those with Revoke or Escalate. Decided: of people's final answers, Revoke. Reversals: of what was removed and proven gone, what a reading showed again within 30 days."</li>
                <li>"Under each rate stand its 95 % interval and its cases, and how far it lies from the rate of all other groups that are shown, with the interval of that difference. One person's items hang together, so that many items of few people say less than as many items of many people; the intervals allow for it."</li>
                <li>"A group stands apart where the interval of the difference lies more than two points of per cent from zero. One of twenty intervals misses by chance."</li>
                <li>{format!("Groups of fewer than {fewest_people} people are not shown, and a rate of fewer than 50 cases is not stated. Accounts that are no person's own, and people who are restricted, are counted in nothing.")}</li>
            </ul>
            <p class="fine">"SHA-256 of these figures: "<code class="digest">{sha256.to_owned()}</code></p>
        </section>
    }
    .into_any()
}

fn sign_form(form: FairnessSign) -> AnyView {
    let FairnessSign { attempt, figures_sha256, conclusion, acknowledge, errors } = form;
    let mut words = inform("conclusion", "What you concluded", "text", conclusion);
    words.hint = Some("What stands out, what explains it and how you know, and what is to be done by whom. Name nobody.");
    words.longest = 2_000;
    view! {
        <form class="card stack" method="post" action="/quality/fairness" id="sign">
            {guard()}
            {hidden("attempt", attempt.to_string())}
            {hidden("figures_sha256", figures_sha256)}
            <h2>"Sign a review"</h2>
            <p>"Your words, your name and the SHA-256 of the figures above become an entry of the ledger. It cannot be changed; a later review can say more."</p>
            {text_area(words, "6", &errors)}
            {tick("acknowledge", acknowledge, "I have read these figures, and this is what I conclude from them.", &errors)}
            <p class="form-actions"><button class="btn primary" type="submit">"Sign the review"</button></p>
        </form>
    }
    .into_any()
}

fn signed(reviews: Vec<FairnessReviewLine>, when: &When) -> AnyView {
    let lines = reviews
        .into_iter()
        .map(|review| {
            let words = match review.conclusion {
                Some(text) => text
                    .lines()
                    .filter(|line| !line.trim().is_empty())
                    .map(|line| view! { <p><bdi>{line.to_owned()}</bdi></p> })
                    .collect_view()
                    .into_any(),
                None => view! { <p class="quiet">"The words were erased on request."</p> }.into_any(),
            };
            view! {
                <li class="stack">
                    <p><b>{name(review.by)}</b>", "{time(review.at, when.moment(review.at))}</p>
                    {words}
                    <p class="fine">
                        "About the figures measured "{time(review.measured_at, when.moment(review.measured_at))}", SHA-256 "
                        <code class="digest">{review.figures_sha256}</code>
                    </p>
                </li>
            }
        })
        .collect::<Vec<_>>();
    let content = if lines.is_empty() {
        view! { <p>"Nobody has signed a review yet."</p> }.into_any()
    } else {
        view! { <ul class="stack">{lines}</ul> }.into_any()
    };
    view! { <section class="card stack"><h2>"Signed reviews"</h2>{content}</section> }.into_any()
}
