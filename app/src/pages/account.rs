//! One's own account: roles, and where one is signed in.

use crate::{
    parts::{name, page_header, tag, time},
    render::{Frame, Place},
    say::{self, Tone, When},
};
use leptos::prelude::*;
use review::view::types::Account;

/// `/account`.
pub fn account(view: Account, when: &When) -> Frame {
    let Account { name: own, email, issuer, roles, known_as, auth_time, methods, sessions } = view;
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
            <section class="card stack">
                <h2>"Where you are signed in"</h2>
                <table class="cards">
                    <caption class="visually-hidden">"Sessions"</caption>
                    <thead><tr><th scope="col">"Since"</th><th scope="col">"Last used"</th><th scope="col">"Ends by itself"</th></tr></thead>
                    <tbody>{rows}</tbody>
                </table>
                <div class="form-actions">
                    <form method="post" action="/session/end"><button class="btn" type="submit">"Sign out here"</button></form>
                    <form method="post" action="/session/end-everywhere"><button class="btn" type="submit">"Sign out everywhere"</button></form>
                </div>
            </section>
        </div>
    };
    Frame::new("Your account", Some(Place::Account), body)
}
