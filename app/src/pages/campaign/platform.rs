//! The platform's own campaign that one of ours follows, and where answers stand on their way there.

use crate::{
    pages::native::{overruled_list, reasons},
    parts::{hidden, name, tag, time},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::view::types::{CampaignPage, NativeLine, RefusedAnswer};

/// The card of the campaign's page; nothing in a campaign of our own.
pub fn card(view: &CampaignPage, when: &When) -> AnyView {
    let Some(native) = &view.native else {
        return ().into_any();
    };
    let state = if native.takes_answers { tag(Tone::Keep, "takes answers") } else { tag(Tone::Plain, "takes no more answers") };
    let ends = match (native.ends, native.takes_answers) {
        (Some(at), true) => view! { "It ends there "{time(at, when.moment(at))}". " }.into_any(),
        (Some(at), false) => view! { "It ended there "{time(at, when.moment(at))}". " }.into_any(),
        (None, _) => "It does not say when it ends. ".into_any(),
    };
    let by = if native.by_service {
        "Answers go by the service app, as was chosen before opening. "
    } else {
        "Answers go with each reviewer's own sign-in. "
    };
    let happens = native.happens.iter().map(|line| view! { <li>{line.clone()}</li> }).collect_view();
    view! {
        <section class="card w12" id="platform" data-region="platform">
            <h2>"At "{native.platform.clone()}", "{name(native.source.clone())}" "{state}</h2>
            <p class="fine">{ends}{by}"Last read back "{time(native.read_at, when.ago(native.read_at))}"."</p>
            <ul class="bullets">{happens}</ul>
            {look_again(view, native)}
            <h3 class="over">"Answers on their way there"</h3>
            {sendings(native)}
            {waiting(native)}
            {refused(view, native, when)}
            {overruled(native, when)}
            {unmatched(native)}
        </section>
    }
    .into_any()
}

/// It is read back by itself; who waits for the platform need not.
fn look_again(view: &CampaignPage, native: &NativeLine) -> AnyView {
    let Some(attempt) = native.look_again else {
        return ().into_any();
    };
    view! {
        <form method="post" action=format!("/campaigns/{}/read-back", view.head.id) class="form-actions">
            {hidden("attempt", attempt.to_string())}
            <button class="btn small" type="submit">"Read it back now"</button>
        </form>
    }
    .into_any()
}

fn sendings(native: &NativeLine) -> AnyView {
    if native.sendings.is_empty() && native.made_there == 0 {
        return view! { <p class="fine">"None yet."</p> }.into_any();
    }
    let line = |label: &'static str, many: i64| view! { <div><dt>{label}</dt><dd class="num">{say::number(many)}</dd></div> };
    let states = native.sendings.iter().map(|(state, many)| line(say::sending_state(Some(*state)), *many)).collect_view();
    let there = (native.made_there > 0).then(|| line(say::sending_state(None), native.made_there));
    view! { <dl class="facts num">{states}{there}</dl> }.into_any()
}

/// Rule 11: the owner sees whose sign-in is missing.
fn waiting(native: &NativeLine) -> AnyView {
    if native.waiting_for.is_empty() {
        return ().into_any();
    }
    let lines = native
        .waiting_for
        .iter()
        .map(|(who, many)| view! { <li>{name(who.clone())}": "{say::many(*many, "answer", "answers")}</li> })
        .collect_view();
    view! {
        <div class="notice raise">
            <b>{format!("Waiting for a sign-in at {}", native.platform)}</b>
            <ul class="bullets">{lines}</ul>
            <p>"They were asked to link their account, on their queue and on their own account's page. Their answers leave once they have."</p>
        </div>
    }
    .into_any()
}

fn refused(view: &CampaignPage, native: &NativeLine, when: &When) -> AnyView {
    if native.refused.is_empty() {
        return ().into_any();
    }
    let lines = native.refused.iter().map(|line| refused_line(view, line, when)).collect_view();
    view! {
        <h3 class="over">{format!("Not taken by {}", native.platform)}</h3>
        <ul class="held">{lines}</ul>
    }
    .into_any()
}

fn refused_line(view: &CampaignPage, line: &RefusedAnswer, when: &When) -> AnyView {
    let form = line.retry.as_ref().map(|retry| {
        let full = format!("Try again: {} held by {}", line.access, line.person);
        view! {
            <form method="post" action=format!("/items/{}/send-again", line.item)>
                {hidden("attempt", retry.attempt.to_string())}
                {hidden("expected_version", retry.expected_version.to_string())}
                {hidden("then", format!("/campaigns/{}#platform", view.head.id))}
                <button class="btn small" type="submit" aria-label=full>"Try again"</button>
            </form>
        }
    });
    view! {
        <li>
            <div>
                <p>
                    <a href=format!("/items/{}", line.item)><b>{name(line.access.clone())}</b></a>" · "{name(line.person.clone())}" "
                    {tag(Tone::Remove, format!("{}, refused", say::answered(line.answer)))}
                </p>
                <p class="fine"><bdi>{line.why.clone()}</bdi>" Since "{time(line.since, when.moment(line.since))}"."</p>
            </div>
            <div>{form}</div>
        </li>
    }
    .into_any()
}

/// Rule 14: both who answered here and who answered there are named.
fn overruled(native: &NativeLine, when: &When) -> AnyView {
    if native.overruled.is_empty() {
        return ().into_any();
    }
    view! {
        <h3 class="over">{format!("Answers from here that do not count at {}", native.platform)}</h3>
        {overruled_list(&native.overruled, false, when)}
    }
    .into_any()
}

fn unmatched(native: &NativeLine) -> AnyView {
    if native.unmatched.is_empty() {
        return ().into_any();
    }
    view! {
        <h3 class="over">"Questions that became no item here"</h3>
        {reasons(&native.unmatched)}
    }
    .into_any()
}
