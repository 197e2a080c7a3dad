//! One's own account: roles, and where one is signed in.

use crate::{
    parts::{Options, hidden, inform, name, page_header, select, tag, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::view::types::{Account, Choice, LinkLine, ZoneChoice, ZoneFrom};

/// `/account`.
pub fn account(view: Account, when: &When) -> Frame {
    let Account { name: own, email, issuer, roles, known_as, auth_time, methods, links, zone, sessions } = view;
    let lines = roles
        .iter()
        .map(|role| {
            let (label, what) = say::role(*role);
            view! { <div><dt>{label}</dt><dd>{what}</dd></div> }
        })
        .collect_view();
    let no_roles = roles.is_empty().then(|| {
        view! { <p>"Your organisation's groups give you no role here, so there is nothing you can see. Ask your administrator."</p> }
    });
    let known = match known_as {
        Some(known) => view! { <p class="fine">"The sources know you as "{name(known)}". You are never asked about your own access."</p> }.into_any(),
        None => view! { <p class="fine">"No source knows you by your e-mail address, so no items can be with you. If that is wrong, tell your administrator."</p> }.into_any(),
    };
    let proof = auth_time.map(|at| view! { <div><dt>"Proved who you are"</dt><dd>{time(at, when.moment(at))}</dd></div> });
    let how = (!methods.is_empty()).then(|| view! { <div><dt>"By"</dt><dd>{methods.join(", ")}</dd></div> });
    let rows = sessions
        .into_iter()
        .map(|session| {
            view! {
                <tr>
                    <td>{time(session.created_at, when.moment(session.created_at))}" "{session.this.then(|| tag(Tone::Keep, "this one"))}</td>
                    <td data-label="Last used">{time(session.last_seen, when.ago(session.last_seen))}</td>
                    <td data-label="Ends">{time(session.expires_at, when.moment(session.expires_at))}</td>
                </tr>
            }
        })
        .collect_view();
    let platforms = (!links.is_empty()).then(|| linked(links, when));
    let body = view! {
        {page_header("Your account", view! { <p class="quiet">{name(own)}{email.map(|email| view! { ", "{name(email)} })}</p> }, ())}
        <div class="column stack">
            <section class="card stack">
                <h2>"What you may do"</h2>
                {no_roles}
                <dl class="facts one">{lines}</dl>
                <p class="fine">"Roles come from your organisation's groups and change there."</p>
            </section>
            <section class="card stack">
                <h2>"How you are known"</h2>
                <dl class="facts one"><div><dt>"Signed in through"</dt><dd>{issuer}</dd></div>{proof}{how}</dl>
                {known}
            </section>
            {platforms}
            {zone_card(zone)}
            <section class="card stack">
                <h2>"Where you are signed in"</h2>
                <table class="cards">
                    <caption class="visually-hidden">"Sessions"</caption>
                    <thead><tr><th scope="col">"Since"</th><th scope="col">"Last used"</th><th scope="col">"Ends by itself"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
                <div class="form-actions">
                    <form method="post" action="/session/end">{hidden("knowing", "true")}<button class="btn" type="submit">"Sign out here"</button></form>
                    <form method="post" action="/session/end-everywhere"><button class="btn" type="submit">"Sign out everywhere"</button></form>
                </div>
            </section>
        </div>
    };
    Frame::new("Your account", Some(Place::Account), body)
}

/// In which time zone times are said (rule 50).
fn zone_card(zone: ZoneChoice) -> AnyView {
    let choices: Vec<Choice> =
        zone.zones.into_iter().map(|zone| Choice { label: zone.replace('_', " "), value: zone, count: None }).collect();
    let otherwise = zone.otherwise.replace('_', " ");
    let line = match zone.from {
        ZoneFrom::Provider => format!("Without a choice of yours it is {otherwise}, as your organisation's sign-in tells."),
        ZoneFrom::Installation => format!("Without a choice of yours it is {otherwise}, the one set up for everybody here."),
    };
    let mut input = inform("zone", "Time zone", "text", "");
    input.hint = Some("A campaign's deadline is said in the campaign's time zone, and beside it in yours.");
    let options = Options { choices: &choices, none: Some("No choice of mine"), chosen: zone.chosen.as_deref().unwrap_or_default() };
    view! {
        <section class="card stack" id="zone">
            <h2>"How times are said"</h2>
            <form method="post" action="/account/zone" class="stack">
                {hidden("attempt", zone.attempt.to_string())}
                {select(input, &options, &[])}
                <p class="fine">{line}</p>
                <div class="form-actions"><button class="btn" type="submit">"Say times in it"</button></div>
            </form>
        </section>
    }
    .into_any()
}

/// What the way to link an account says.
pub fn link_label(platform: &str) -> String {
    let short = if platform == "Microsoft Entra" { "Microsoft" } else { platform };
    format!("Link your {short} account")
}

/// The person's own accounts at the platforms, for answers that go there with their sign-in.
fn linked(accounts: Vec<LinkLine>, when: &When) -> AnyView {
    let waits = accounts.iter().any(|line| line.waiting > 0);
    let lines = accounts.into_iter().map(|line| link_line(line, when)).collect_view();
    let leaving = waits.then(|| {
        view! { <p class="fine">"Signing out here does not take an answer back: what is final still leaves while the link lasts, and what is not waits for your next sign-in at the platform."</p> }
    });
    view! {
        <section class="card stack" id="platforms">
            <h2>"Your accounts at the platforms"</h2>
            <p class="fine">"Answers in a platform's own campaign go there with your own sign-in. Countersign asks for no more rights than that takes, keeps the sign-in sealed, and uses it for your answers only."</p>
            <ul class="held">{lines}</ul>
            {leaving}
        </section>
    }
    .into_any()
}

fn link_line(line: LinkLine, when: &When) -> AnyView {
    let stands = match (line.since, line.until) {
        (Some(_), Some(until)) => view! { {tag(Tone::Keep, "linked")}" until "{time(until, when.clock(until))} }.into_any(),
        (Some(since), None) => view! { {tag(Tone::Keep, "linked")}" since "{time(since, when.moment(since))} }.into_any(),
        (None, _) if line.waiting > 0 => tag(Tone::Raise, "not linked"),
        (None, _) => tag(Tone::Unknown, "not linked"),
    };
    let waiting = match (line.waiting, line.since.is_some()) {
        (0, _) => "No answer of yours waits for it.".to_owned(),
        (more, true) => {
            format!("{} once final.", say::capital(&say::many(more, "answer of yours leaves", "answers of yours leave")))
        }
        (more, false) => format!("{} for it.", say::capital(&say::many(more, "answer of yours waits", "answers of yours wait"))),
    };
    let action = match line.unlink {
        Some(attempt) => view! {
            <form method="post" action=format!("/account/unlink/{}", line.source)>
                {hidden("attempt", attempt.to_string())}
                <button class="btn small" type="submit">"End the link"<span class="visually-hidden">" to "{line.platform.clone()}</span></button>
            </form>
        }
        .into_any(),
        None => {
            view! { <a class="btn small primary" href=format!("/account/link/{}", line.source)>{link_label(&line.platform)}</a> }.into_any()
        }
    };
    view! {
        <li>
            <div>
                <p><b>{line.platform.clone()}</b>", "{name(line.name)}" "{stands}</p>
                <p class="fine">{waiting}</p>
            </div>
            <div>{action}</div>
        </li>
    }
    .into_any()
}
