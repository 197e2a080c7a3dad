//! One item, in full: its own page, and the right column of the queue.

mod answer;
mod facts;
mod outcome;
mod reasons;

use crate::{
    charts,
    parts::{chain, error_summary, name, tag},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use domain::{AccountStatus, ReviewState, Sensitivity};
use leptos::prelude::*;
use review::view::types::{ItemPage, RecommendationView, Recommended};

/// Where an item is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// On its own page.
    Alone,
    /// In the queue's right column.
    InQueue,
}

/// `/items/{id}`.
pub fn item(view: ItemPage, when: &When) -> Frame {
    let title = format!("{}, held by {}", view.access.name, view.person.name);
    let place = if view.yours { Place::Reviews } else { Place::Campaigns };
    let back = if view.yours {
        (format!("/reviews/{}?item={}", view.campaign.id, view.id), "In your queue")
    } else {
        (format!("/campaigns/{}", view.campaign.id), "The campaign")
    };
    let crumbs = view! {
        <nav aria-label="Where this is">
            <ol class="crumbs">
                <li>{name(view.campaign.name.clone())}</li>
                <li><a href=back.0>{back.1}</a></li>
                <li>"Item "{say::number(view.number)}</li>
            </ol>
        </nav>
    };
    let body = view! {
        <div class="queue item-page" data-view="item">
            <article class="item" data-region="item" aria-labelledby="item-title">
                {crumbs}
                {column(&view, when, Shown::Alone)}
            </article>
        </div>
    };
    Frame::new(title, Some(place), body)
}

/// The item itself. Its last part is the bar with the three answers.
pub fn column(view: &ItemPage, when: &When, shown: Shown) -> AnyView {
    let title = name(view.access.name.clone());
    let heading = match shown {
        Shown::Alone => view! { <h1 id="item-title">{title}</h1> }.into_any(),
        Shown::InQueue => view! { <h2 id="item-title" tabindex="-1">{title}</h2> }.into_any(),
    };
    let errors = view.decide.as_ref().map(|form| error_summary(&form.errors));
    let hand_over_errors = view.hand_over.as_ref().map(|form| error_summary(&form.errors));
    view! {
        <header>
            {heading}
            {path_line(view)}
            {of_person(view)}
            {signs(view, when)}
        </header>
        {errors}
        {hand_over_errors}
        {outcome::two_people(view)}
        {outcome::came_back(view, when)}
        {outcome::changes(view)}
        {outcome::together(view)}
        {outcome::decided(view, when)}
        {recommendation(view)}
        {super::controls::conflicts(view, when)}
        <h3>"Use"</h3>
        {charts::usage(&view.usage, view.person.changed_job_on, when)}
        <p class="fine">{say::usage_sentence(&view.usage, when)}</p>
        {people_alike(view)}
        {facts::facts(view, when)}
        {outcome::what_it_would_end(view)}
        {history(view, when)}
        {answer::details(view, shown)}
        {answer::hand_over(view)}
        {answer::bar(view)}
    }
    .into_any()
}

/// Who holds it, by which way, and what it lets them do.
fn path_line(view: &ItemPage) -> AnyView {
    let steps =
        say::path_steps(&view.path).into_iter().map(|(kind, thing)| view! { " › "{kind}" "<bdi class="mono">{thing}</bdi> }).collect_view();
    let application = view.access.application.clone().map(|application| view! { " › "{name(application)} });
    let description = match &view.access.description {
        Some(text) => view! { <p class="lets"><bdi>{text.clone()}</bdi></p> }.into_any(),
        None => view! { <p class="lets quiet">"The source does not say what it lets its holder do."</p> }.into_any(),
    };
    let annotation = view.access.annotation.clone().map(|text| view! { <p class="aside-note">{text}</p> });
    view! {
        <p class="path"><b>{name(view.person.name.clone())}</b>{steps}{application}</p>
        {description}
        {annotation}
    }
    .into_any()
}

/// The way to everything that the reader may see of the same person.
fn of_person(view: &ItemPage) -> AnyView {
    let href = format!("/items/{}/person", view.id);
    let who = || name(view.person.name.clone());
    match view.of_person {
        None => ().into_any(),
        Some(count @ 2..) => {
            view! { <p class="fine"><a href=href>"All "{say::number(count)}" accesses of "{who()}" that you are asked about"</a>" together, with what overlaps and what changed"</p> }
                .into_any()
        }
        Some(_) => view! { <p class="fine"><a href=href>{who()}" as a whole"</a>": what overlaps, and what changed since the last review"</p> }.into_any(),
    }
}

/// What must be seen at once, each as a word.
fn signs(view: &ItemPage, when: &When) -> AnyView {
    let risk = match view.access.sensitivity {
        Some(Sensitivity::Privileged) => Some(tag(Tone::Raise, "Privileged")),
        Some(Sensitivity::High) => Some(tag(Tone::Raise, "High risk")),
        None => Some(tag(Tone::Unknown, "Risk not stated")),
        Some(Sensitivity::Medium | Sensitivity::Low) => None,
    };
    let status = match view.person.status {
        Some(AccountStatus::Active) | None => None,
        Some(AccountStatus::Left) => Some(tag(Tone::Remove, "Has left")),
        Some(other) => Some(tag(Tone::Unknown, say::capital(say::status(other)))),
    };
    let runs_at = say::runs_at(view.campaign.kind).map(|platform| tag(Tone::Plain, format!("{platform}'s own campaign")));
    let emergency = view.access.emergency.then(|| tag(Tone::Raise, "Emergency access"));
    let alarm = match &view.recommended {
        Recommended::Shown(RecommendationView { alarm: true, .. }) => Some(tag(Tone::Remove, "Must not wait")),
        _ => None,
    };
    let state = (view.state != ReviewState::Undecided).then(|| tag(say::tone_of_review(view.state), say::review_state(view.state)));
    let due = view.due_at.map(|due| tag(Tone::Raise, format!("Answer due {}", when.moment(due))));
    view! { <p class="row signs"><span class="fine num">"Item "{say::number(view.number)}</span>{risk}{status}{emergency}{alarm}{state}{due}{runs_at}</p> }
        .into_any()
}

/// The verdict with its weighed reasons, the ones against it too.
fn recommendation(view: &ItemPage) -> AnyView {
    let shown = match &view.recommended {
        Recommended::Shown(shown) => shown,
        Recommended::AfterAnswer => {
            return view! {
                <section class="verdict folded" aria-label="Recommendation">
                    <b>{say::judge_first(view.yours)}</b>
                    <p class="fine">"This item was drawn by chance, so that there are always answers that nothing influenced: they measure and teach what we recommend. The facts below are all here. You can change your answer after you have seen ours; both are kept."</p>
                </section>
            }
            .into_any();
        }
        Recommended::Hidden => {
            return view! {
                <section class="verdict folded" aria-label="Recommendation">
                    <b>"The recommendation is hidden"</b>
                    <p class="fine">"This campaign compares recommendations with what people decide by themselves (shadow mode), so nobody is shown one yet. The facts below are all here. Answer as you see it."</p>
                </section>
            }
            .into_any();
        }
        Recommended::None(why) => {
            return view! {
                <section class="verdict unknown" aria-label="Recommendation">
                    <b>"No recommendation"</b>
                    <p class="fine">{why.clone()}</p>
                </section>
            }
            .into_any();
        }
    };
    view! {
        <section class=verdict_class(shown) aria-label="Recommendation">
            <p><strong>{verdict_title(shown)}</strong>" "<span class="quiet">"recommended"</span></p>
            {shown.above.clone().map(|above| view! { <p>{name(above)}</p> })}
            {reasons::reasons(shown)}
            {reasons::what_would_change(shown)}
            <p class="flip">{shown.how_sure.clone()}</p>
            {reasons::how(shown)}
        </section>
    }
    .into_any()
}

fn verdict_title(shown: &RecommendationView) -> &'static str {
    match (shown.verdict, shown.meaning) {
        (domain::Verdict::Escalate, Some(domain::EscalateMeaning::AboveThisReviewer)) => "Escalate: this is above the reviewer,",
        (domain::Verdict::Escalate, _) => "Your judgement: no clear answer is",
        (verdict, meaning) => say::verdict(verdict, meaning),
    }
}

const fn verdict_class(shown: &RecommendationView) -> &'static str {
    match shown.verdict {
        domain::Verdict::Approve => "verdict keep",
        domain::Verdict::Revoke => "verdict remove",
        domain::Verdict::Escalate => "verdict raise",
    }
}

fn people_alike(view: &ItemPage) -> AnyView {
    if view.peers.is_empty() {
        return ().into_any();
    }
    view! {
        <h3>"People alike"</h3>
        {charts::peers(&view.peers)}
    }
    .into_any()
}

/// What happened to the item within the campaign; folded, since the page is about now.
fn history(view: &ItemPage, when: &When) -> AnyView {
    if view.history.is_empty() {
        return ().into_any();
    }
    let whole =
        view.may.history.then(|| view! { <p><a href=format!("/history/{}", view.grant)>"The whole history of this access"</a></p> });
    view! {
        <details class="fold">
            <summary>"What happened so far"<span class="quiet num">" · "{say::many(i64::try_from(view.history.len()).unwrap_or(i64::MAX), "record", "records")}</span></summary>
            {chain(&view.history, when)}
            {whole}
        </details>
    }
    .into_any()
}
