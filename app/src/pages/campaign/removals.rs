//! Removals: every state of their machine, what is held, what is stuck, and the switch.

use crate::{
    parts::{hidden, name, tag, time},
    say::{self, Tone, When},
};
use domain::{HoldReason, OrderState};
use leptos::prelude::*;
use review::view::types::{CampaignPage, HeldOrder, OrderCount};

fn count(view: &CampaignPage, pick: fn(&OrderCount) -> bool) -> i64 {
    view.orders.iter().filter(|line| pick(line)).map(|line| line.orders).sum()
}

const fn step_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Plain => "step",
        Tone::Keep => "step keep",
        Tone::Remove => "step remove",
        Tone::Raise => "step raise",
        Tone::Unknown => "step unknown",
    }
}

fn step(label: &'static str, n: i64, tone: Tone, note: Option<String>) -> AnyView {
    view! {
        <div class=step_class(tone)>
            <span class="fine">{label}</span>
            <b>{say::number(n)}</b>
            {note.map(|note| view! { <span class="fine">{note}</span> })}
        </div>
    }
    .into_any()
}

/// The way of removals in a few numbers, then every state.
pub fn states(view: &CampaignPage) -> AnyView {
    let ordered = count(view, |line| line.state != OrderState::Withdrawn);
    let window = count(view, |line| line.state == OrderState::Held && line.hold_reason == Some(HoldReason::UndoWindow));
    let waits = count(view, |line| {
        matches!(line.state, OrderState::Conflict | OrderState::WaitingForSignIn)
            || (line.state == OrderState::Held && line.hold_reason != Some(HoldReason::UndoWindow))
    });
    let under_way = count(view, |line| matches!(line.state, OrderState::Ready | OrderState::Claimed));
    let left = count(view, |line| matches!(line.state, OrderState::Sent | OrderState::Ticketed | OrderState::OutcomeUnknown));
    let proven = count(view, |line| line.state == OrderState::Proven);
    let stuck = count(view, |line| matches!(line.state, OrderState::CannotBeRemovedHere | OrderState::Refused));
    let median =
        view.median_to_proof.map(|seconds| format!("median {} from leaving to proof", say::span(seconds.saturating_mul(1_000_000))));
    let all = view
        .orders
        .iter()
        .map(|line| view! { <div><dt>{say::order_state(line.state, line.hold_reason)}</dt><dd class=zero_class(line.orders)>{say::number(line.orders)}</dd></div> })
        .collect_view();
    view! {
        <h2>"Removals"</h2>
        <p class="fine">"Only what was read again at the source and seen gone counts as proven."</p>
        <div class="steps">
            {step("Ordered", ordered, Tone::Plain, None)}
            {step("In undo window", window, Tone::Unknown, None)}
            {step("Waiting for a person", waits, if waits > 0 { Tone::Raise } else { Tone::Plain }, None)}
            {step("Leaving", under_way, Tone::Plain, None)}
            {step("Left, not yet proven", left, Tone::Plain, None)}
            {step("Proven gone", proven, Tone::Keep, median)}
            {step("Refused, or no way here", stuck, if stuck > 0 { Tone::Remove } else { Tone::Plain }, None)}
        </div>
        <details class="fold">
            <summary>"Every state, with its number"</summary>
            <dl class="facts num">{all}</dl>
        </details>
    }
    .into_any()
}

const fn zero_class(n: i64) -> &'static str {
    if n == 0 { "faint" } else { "num" }
}

/// Removals that somebody must release, with the form to do it.
pub fn held(view: &CampaignPage, when: &When) -> AnyView {
    if view.held.is_empty() {
        return ().into_any();
    }
    let shown = i64::try_from(view.held.len()).unwrap_or(i64::MAX);
    let more =
        (view.held_total > shown).then(|| format!(" The oldest {} of {} are shown.", say::number(shown), say::number(view.held_total)));
    let lines = view.held.iter().map(|order| held_order(order, when, view)).collect_view();
    view! {
        <section class="card w12" id="held">
            <h2>"Waiting for a person"</h2>
            <p class="fine">"A second person lets these go, who neither decided nor holds the access. A conflict waits for who answers for the access; an owner of campaigns can let it leave too, after asking them. Nothing leaves until then."{more}</p>
            <ul class="held">{lines}</ul>
        </section>
    }
    .into_any()
}

fn held_order(order: &HeldOrder, when: &When, view: &CampaignPage) -> AnyView {
    let also = (!order.also_ends.is_empty()).then(|| {
        let names = order.also_ends.iter().map(|other| view! { <li>{name(other.clone())}</li> }).collect_view();
        view! { <p class="fine">"It would also end:"</p><ul class="bullets fine">{names}</ul> }
    });
    let form = order.release.as_ref().map(|release| {
        let label = if order.state == OrderState::Conflict { "Remove all of it" } else { "Let it leave" };
        let full = format!("{label}: {} held by {}", order.access, order.person);
        view! {
            <form method="post" action=format!("/orders/{}/release", order.id)>
                {hidden("attempt", release.attempt.to_string())}
                {hidden("expected_version", release.expected_version.to_string())}
                {hidden("then", format!("/campaigns/{}#held", view.head.id))}
                <button class="btn small" type="submit" aria-label=full>{label}</button>
            </form>
        }
    });
    let nobody = order.release.is_none().then(|| view! { <span class="fine">"Somebody other than who decided must release it."</span> });
    line(order, when, view! { {also}{form}{nobody} }.into_any())
}

fn line(order: &HeldOrder, when: &When, more: AnyView) -> AnyView {
    let application = order.application.clone().map(|application| view! { ", "{name(application)} });
    view! {
        <li>
            <div>
                <p>
                    <a href=format!("/items/{}", order.item)><b>{name(order.access.clone())}</b></a>{application}" · "{name(order.person.clone())}" "
                    {tag(say::tone_of_order(order.state, order.hold_reason), say::order_state(order.state, order.hold_reason))}
                </p>
                <p class="fine"><bdi>{order.why.clone().unwrap_or_default()}</bdi>" Since "{time(order.since, when.moment(order.since))}"."</p>
            </div>
            <div>{more}</div>
        </li>
    }
    .into_any()
}

/// Removals that cannot be made here or were refused, with the right way.
pub fn stuck(view: &CampaignPage, when: &When) -> AnyView {
    if view.stuck.is_empty() {
        return ().into_any();
    }
    let lines = view.stuck.iter().map(|order| line(order, when, try_again(order, view))).collect_view();
    view! {
        <section class="card w12" id="stuck">
            <h2>"Refused, or cannot be removed from here"</h2>
            <p class="fine">"Decided, and what stands in the way. Once that is over, try again; the next reading also proves what went by another way."</p>
            <ul class="held">{lines}</ul>
        </section>
    }
    .into_any()
}

/// The form to try a refused removal again.
fn try_again(order: &HeldOrder, view: &CampaignPage) -> AnyView {
    let form = order.retry.as_ref().map(|retry| {
        let full = format!("Try again: {} held by {}", order.access, order.person);
        view! {
            <form method="post" action=format!("/orders/{}/retry", order.id)>
                {hidden("attempt", retry.attempt.to_string())}
                {hidden("expected_version", retry.expected_version.to_string())}
                {hidden("then", format!("/campaigns/{}#stuck", view.head.id))}
                <button class="btn small" type="submit" aria-label=full>"Try again"</button>
            </form>
        }
    });
    form.into_any()
}

/// Said at the top while all removals are stopped.
pub fn switch_notice(view: &CampaignPage, when: &When) -> AnyView {
    let Some(switch) = view.switch.as_ref().filter(|switch| switch.stopped) else {
        return ().into_any();
    };
    let by = switch.by.clone().map(|by| view! { " by "{name(by)} });
    let since = switch.since.map(|at| view! { " since "{time(at, when.moment(at))} });
    view! {
        <div class="notice raise w12" role="status">
            <b>"All removals are stopped"{since}{by}"."</b>
            <p>{say::many(switch.holds, "removal waits", "removals wait")}". Answers are still recorded; nothing leaves until the switch is reset."</p>
        </div>
    }
    .into_any()
}

/// The switch that stops all removals (rule 19).
pub fn switch_card(view: &CampaignPage) -> AnyView {
    let Some(switch) = &view.switch else {
        return ().into_any();
    };
    let Some(attempt) = switch.attempt else {
        return ().into_any();
    };
    let (title, line, label, on) = if switch.stopped {
        ("All removals are stopped", "Resetting the switch lets them go on, each after its own checks.", "Let removals go on", "true")
    } else {
        (
            "Stop all removals",
            "One switch for every campaign. Answers are still recorded; removals wait. Both steps are written to the ledger.",
            "Stop all removals",
            "false",
        )
    };
    view! {
        <section class="card w12 spread">
            <div><h2>{title}</h2><p class="fine">{line}" "<a href="/freezes">"Freeze windows"</a>" stop them for a time only."</p></div>
            <form method="post" action="/orders/switch">
                {hidden("attempt", attempt.to_string())}
                {hidden("on", on)}
                {hidden("then", format!("/campaigns/{}", view.head.id))}
                <button class="btn remove" type="submit">{label}</button>
            </form>
        </section>
    }
    .into_any()
}
