//! How well recommendations hold: figures with their bands, what left its band, and how things go week by week.

mod drift;
mod version;
mod weeks;

use crate::{
    parts::{empty, hidden, many, name, page_header, tag, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::{
    quality::{Bound, Figure, Reading},
    view::types::{AlertLine, FairnessStands, QualityMeasured, QualityPage},
};

/// `/quality`.
pub fn quality(view: QualityPage, when: &When) -> Frame {
    let QualityPage { measured, open, ended, attempt, under_way, fairness } = view;
    let about = view! {
        <p class="quiet">
            "How often people agree with what is recommended, whether what was removed is asked for again, and whether anything has shifted. Over all reviewers together: nobody is named or ranked here."
        </p>
    };
    let file = measured.is_some().then(|| view! { <a class="btn" href="/quality.json" download="">"Take the figures as a file"</a> });
    let form = attempt.map(|attempt| {
        view! {
            <form method="post" action="/quality/measure">
                {hidden("attempt", attempt.to_string())}
                <button class="btn" type="submit">"Measure now"</button>
            </form>
        }
    });
    let waits = under_way.then(|| {
        view! { <div class="notice" role="status"><b>"A measurement is under way"</b><p>"Load the page again to see it."</p></div> }
    });
    let content = match measured {
        Some(measured) => shown(measured, open, ended, when),
        None => empty("Nothing is measured yet", "Figures are made once a day, from the answers that are final."),
    };
    let body = view! {
        {page_header("Quality of recommendations", about, view! { <div class="group-actions">{file}{form}</div> })}
        <div class="column wide stack">{waits}{fairness.map(|stands| fairness_line(&stands, when))}{content}</div>
    };
    Frame::new("Quality of recommendations", Some(Place::Quality), body)
}

/// Where fairness stands, and whether its review is due.
fn fairness_line(stands: &FairnessStands, when: &When) -> AnyView {
    let apart = match stands.apart {
        None => "Nothing could be compared: there are too few people or cases. That is no all-clear.".to_owned(),
        Some(0) => "No group of people stands apart from all others.".to_owned(),
        Some(n) => format!("{} of a group of people apart from all others.", say::capital(&say::many(n, "figure stands", "figures stand"))),
    };
    let reviewed = match stands.reviewed_at {
        Some(at) => format!(" Last reviewed on {}.", when.day(at)),
        None => " Nobody has signed a review yet.".to_owned(),
    };
    let class = if stands.due { "notice raise" } else { "notice" };
    let title = if stands.due { "Fairness: a signed review is due" } else { "Fairness" };
    view! { <div class=class><b>{title}</b><p>{apart}{reviewed}" "<a href="/quality/fairness">"See the figures of fairness"</a></p></div> }
        .into_any()
}

fn shown(measured: QualityMeasured, open: Vec<AlertLine>, ended: Vec<AlertLine>, when: &When) -> AnyView {
    let versions = measured.versions.iter().map(version::version).collect_view();
    let nothing = measured.versions.is_empty().then(|| {
        empty(
            "Nothing to measure in these weeks",
            "No recommendation that is shown was made in them, and no answer to one is final. Those that are hidden (shadow mode) do not count until they are shown.",
        )
    });
    view! {
        <p class="fine">
            "Measured "{time(measured.at, when.moment(measured.at))}", over the weeks since "{time(measured.window_from, when.day(measured.window_from))}
            ". Distributions are compared with the year before that, from "{time(measured.before_from, when.day(measured.before_from))}
            ". Reversals speak of removals that were proven from "{time(measured.reversals.0, when.day(measured.reversals.0))}" to "
            {time(measured.reversals.1, when.day(measured.reversals.1))}", so that each had 30 days to come back."
        </p>
        {unreadable(measured.unreadable)}
        {alerts(open, when)}
        {nothing}
        {versions}
        {weeks::weeks(&measured, when)}
        {over(ended, when)}
        {bands(&measured.sha256)}
    }
    .into_any()
}

/// What is in none of the figures, because it cannot be read.
fn unreadable(recommendations: u64) -> Option<AnyView> {
    if recommendations == 0 {
        return None;
    }
    let which = many(
        recommendations,
        "recommendation of this time or of the year before is in none of the figures below: it was written by another version of Countersign, or changed in the database. The program's log says of which item it is.",
        "recommendations of this time or of the year before are in none of the figures below: they were written by another version of Countersign, or changed in the database. The program's log says of which items they are.",
    );
    Some(view! { <div class="notice raise"><b>"Not everything could be read"</b><p>{which}</p></div> }.into_any())
}

/// What left its band: the figure, of what, how far, since when.
fn alert_name(alert: &AlertLine) -> AnyView {
    let part = alert.part.clone().map(|part| {
        let part = if alert.figure == Figure::Inputs { say::input(&part).to_owned() } else { part };
        view! { ", "{name(part)} }
    });
    let version = alert.version.clone().map(|version| view! { <span class="fine block"><code>{version}</code></span> });
    view! { <b>{say::figure(alert.figure).0}</b>{part}{version} }.into_any()
}

fn alerts(open: Vec<AlertLine>, when: &When) -> AnyView {
    if open.is_empty() {
        return view! { <div class="notice keep"><b>"No figure is outside its band"</b><p>"Where there are too few cases to say, the tables below say so."</p></div> }
            .into_any();
    }
    let rows = open
        .into_iter()
        .map(|alert| {
            let parts = |of: i64| say::figure_value(alert.figure, u64::try_from(of).unwrap_or(0));
            view! {
                <tr>
                    <td role="rowheader">{alert_name(&alert)}</td>
                    <td class="cell-num" data-label="Then">{parts(alert.value)}<span class="fine block">{say::many(alert.cases, "case", "cases")}</span></td>
                    <td class="cell-num" data-label="Band ends at">{parts(alert.band)}</td>
                    <td data-label="Noticed">{time(alert.raised_at, when.moment(alert.raised_at))}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card stack" id="outside">
            <div class="spread"><h2>"Outside their band"</h2>{tag(Tone::Raise, "somebody must look")}</div>
            <p>"Chance does not explain these figures. Look at the causes concerned, at what changed in the sources, and at whether this version should go on recommending. An alert stands until its figure is measured within its band again; it and its end are in the ledger."</p>
            <table class="rows cards">
                <caption class="visually-hidden">"Figures outside their band"</caption>
                <thead><tr><th scope="col">"Figure"</th><th scope="col" class="end">"Then"</th><th scope="col" class="end">"Band ends at"</th><th scope="col">"Noticed"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

fn over(ended: Vec<AlertLine>, when: &When) -> AnyView {
    if ended.is_empty() {
        return ().into_any();
    }
    let rows = ended
        .into_iter()
        .map(|alert| {
            let why = if alert.not_measured { "nothing can be said of it any more" } else { "within its band again" };
            view! {
                <tr>
                    <td role="rowheader">{alert_name(&alert)}</td>
                    <td data-label="Noticed">{time(alert.raised_at, when.moment(alert.raised_at))}</td>
                    <td data-label="Over">{alert.ended_at.map(|at| time(at, when.moment(at)))}<span class="fine block">{why}</span></td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card stack">
            <h2>"No longer outside"</h2>
            <table class="rows cards">
                <caption class="visually-hidden">"Figures that left their band and are no longer outside"</caption>
                <thead><tr><th scope="col">"Figure"</th><th scope="col">"Noticed"</th><th scope="col">"Over"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </section>
    }
    .into_any()
}

/// Where a figure stands: the figure, its cases, its band, and the word for it.
fn reading_cells(reading: &Reading) -> AnyView {
    let (word, tone) = say::standing(reading.standing);
    let value = match reading.value {
        Some(value) => say::figure_value(reading.figure, value).into_any(),
        None => view! { <span class="faint">"\u{2013}"</span> }.into_any(),
    };
    let side = match reading.bound {
        Bound::AtLeast => "at least ",
        Bound::AtMost => "at most ",
    };
    view! {
        <td class="cell-num" data-label="Now">{value}<span class="fine block">{say::many(i64::try_from(reading.cases).unwrap_or(i64::MAX), "case", "cases")}</span></td>
        <td class="cell-num" data-label="Band">{side}{say::figure_value(reading.figure, reading.band)}</td>
        <td data-label="Stands">{tag(tone, word)}</td>
    }
    .into_any()
}

/// Where the bands come from.
fn bands(sha256: &str) -> AnyView {
    view! {
        <section class="card stack">
            <h2>"Where the bands come from"</h2>
            <ul class="bullets">
                <li>"Shares: of what is recommended, a careful reviewer overturns at most 5 in 100. Overriding a recommendation overturns it, and so does asking for access again within 30 days of its removal. A share is outside its band only where its whole 95 % interval (Wilson) lies beyond it."</li>
                <li>"Calibration: in no tenth of the stated confidence should people agree more than 5 points less or more often than is stated, the interval counted in. Only answers given without the recommendation in view can show it."</li>
                <li>"Shifts: the population stability index. Below 0.10 nothing has shifted that matters; above 0.25 the shift is large; the band is wider where few cases make large figures by chance. A shift is not a fault: it says that what was measured before need not hold now."</li>
                <li>"Fewer than 50 cases have no share and no index. What was escalated, by us or by a person, is neither agreement nor override."</li>
            </ul>
            <p class="fine">"SHA-256 of these figures: "<code class="digest">{sha256.to_owned()}</code></p>
        </section>
    }
    .into_any()
}
