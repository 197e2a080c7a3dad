//! Signing in.

use crate::{parts::name, render::Frame};
use leptos::prelude::*;
use review::view::types::{Provider, SignInPage};

/// The identity providers; in the demo also who can sign in as what.
pub fn sign_in(view: SignInPage) -> Frame {
    let SignInPage { providers, then: _, notice, demo } = view;
    let none = (providers.is_empty() && demo.is_empty()).then(|| {
        view! { <p>"No identity provider is configured, so nobody can sign in yet. An administrator adds one in the configuration file, under [[sign_in]]."</p> }
    });
    let heading = if demo.is_empty() { None } else { Some(view! { <h2 class="over">"Sign in to the demo as"</h2> }) };
    let body = view! {
        <section class="alone stack">
            <h1>"Sign in to Countersign"</h1>
            {notice.map(|notice| view! { <p class="notice" role="status">{notice}</p> })}
            <p class="quiet">"Who has which access, whether it should stay, and the proof. You sign in with your organisation's account; Countersign keeps no password."</p>
            {none}
            {list(providers, true)}
            {heading}
            {list(demo, false)}
        </section>
    };
    Frame::new("Sign in", None, body)
}

fn list(providers: Vec<Provider>, first: bool) -> AnyView {
    if providers.is_empty() {
        return ().into_any();
    }
    let lines = providers
        .into_iter()
        .map(|Provider { name: label, line, href }| {
            view! {
                <li>
                    <a href=href>
                        <span class="face" aria-hidden="true">{crate::say::initials(&label)}</span>
                        <span>
                            <b>{first.then_some("Continue with ")}{name(label)}</b>
                            {line.map(|line| view! { <span class="fine block"><bdi>{line}</bdi></span> })}
                        </span>
                        <span aria-hidden="true">"→"</span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! { <ul class="pick">{lines}</ul> }.into_any()
}
