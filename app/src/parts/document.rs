//! The frame around every page.

use super::{notice_class, tag};
use crate::{
    islands::Companion,
    render::{Chrome, Flash, Frame, Place, Reader},
    say::{self, Tone},
};
use leptos::prelude::*;

/// The whole document.
pub fn document(chrome: Chrome, frame: Frame) -> AnyView {
    let Chrome { reader, now, nonce, assets, flash, demo, removals, zone: _ } = chrome;
    let title = format!("{} · Countersign", frame.title);
    let body_class = body_class(frame.panes, frame.tray.is_some());
    let start = reader.as_ref().map_or("/", Reader::start);
    let scripts = assets.output_name.as_ref().map(|output_name| scripts(output_name, nonce));
    let interactive = assets.output_name.is_some();
    let fonts = assets
        .fonts
        .iter()
        .map(|font| view! { <link rel="preload" href=format!("/pkg/{font}") r#as="font" r#type="font/woff2" crossorigin="anonymous" /> })
        .collect_view();
    let foot = (!frame.panes).then(|| {
        view! {
            <footer class="foot">
                <span>"Countersign. The machine recommends; a person countersigns."</span>
                {demo.then(|| view! { <span>"Demo: the company and its people are invented."</span> })}
            </footer>
        }
    });
    view! {
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <title>{title}</title>
                <link rel="icon" href=format!("/pkg/{}", assets.icon) r#type="image/svg+xml" />
                {fonts}
                <link rel="stylesheet" href=format!("/pkg/{}", assets.style) />
                {scripts}
            </head>
            <body class=body_class data-now=now.micros().to_string()>
                <a class="skip" href="#main">"Skip to the content"</a>
                <header class="top">
                    <a class="mark" href=start>{mark()}"Countersign"</a>
                    {reader.as_ref().map(|reader| navigation(reader, frame.place, removals))}
                    {demo.then(|| tag(Tone::Unknown, "demo"))}
                    {reader.map(|reader| who(&reader, frame.place))}
                </header>
                <main id="main" tabindex="-1">
                    <div data-region="flash">{flash.map(flash_notice)}</div>
                    {frame.body}
                </main>
                <div data-region="tray" class="contents">{frame.tray}</div>
                {foot}
                {interactive.then(|| view! { <Companion /> })}
            </body>
        </html>
    }
    .into_any()
}

/// Fetches the browser part beside the page, and starts it as soon as the page is read.
///
/// Leptos' own script (`HydrationScripts`) waits until the browser is idle, however long that takes: on a busy machine keys and
/// answers in place came seconds after the page, and the browser complained of a module that was fetched early for nothing. It also
/// finds islands within others; ours stand side by side.
fn scripts(output_name: &str, nonce: String) -> AnyView {
    // What stands outside of islands is not told apart for the browser part: it only ever touches islands.
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    let (script, module) = (format!("/pkg/{output_name}.js"), format!("/pkg/{output_name}_bg.wasm"));
    let start = format!(
        "import start, * as app from {script:?};\n\
         await start({{ module_or_path: {module:?} }});\n\
         app.hydrate();\n\
         for (const island of document.querySelectorAll(\"leptos-island\")) await app[island.dataset.component](island);"
    );
    view! {
        <link rel="modulepreload" href=script crossorigin="anonymous" />
        <link rel="preload" href=module r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
        <script type="module" nonce=nonce inner_html=start></script>
    }
    .into_any()
}

const fn body_class(panes: bool, tray: bool) -> &'static str {
    match (panes, tray) {
        (false, false) => "shell",
        (false, true) => "shell has-tray",
        (true, false) => "shell panes",
        (true, true) => "shell panes has-tray",
    }
}

/// The mark: a tick over a line, as one countersigns.
fn mark() -> AnyView {
    view! {
        <svg width="26" height="26" viewBox="0 0 26 26" aria-hidden="true">
            <rect class="mark-ground" x="0.5" y="0.5" width="25" height="25" rx="7"></rect>
            <path class="mark-stroke" d="M6.5 13.6l4 4L19.5 8" stroke-width="2.3"></path>
            <path class="mark-stroke" d="M7 21.2h12" stroke-width="2"></path>
        </svg>
    }
    .into_any()
}

fn navigation(reader: &Reader, here: Option<Place>, removals: bool) -> AnyView {
    // What waits for the reader comes first, and only while it does.
    let waiting = removals.then(|| {
        let current = (here == Some(Place::Removals)).then_some("page");
        view! { <a href="/removals" aria-current=current>"Removals"</a> }
    });
    let links = Place::NAVIGATION
        .iter()
        .filter(|(_, _, _, object)| reader.sees(*object))
        .map(|(place, path, label, _)| {
            let current = (here == Some(*place)).then_some("page");
            view! { <a href=*path aria-current=current>{*label}</a> }
        })
        .collect_view();
    view! { <nav class="nav" aria-label="Main">{waiting}{links}</nav> }.into_any()
}

fn who(reader: &Reader, here: Option<Place>) -> AnyView {
    let roles: Vec<&str> = reader.roles.iter().map(|role| say::role(*role).0).collect();
    let current = (here == Some(Place::Account)).then_some("page");
    view! {
        <div class="who">
            <span class="fine">{say::list(&roles)}</span>
            <a class="account" href="/account" aria-current=current>
                <span class="face" aria-hidden="true">{say::initials(&reader.name)}</span>
                <span class="visually-hidden">"Your account: "</span>
                <span class="account-name"><bdi>{reader.name.clone()}</bdi></span>
            </a>
            <form method="post" action="/session/end">
                <button class="btn plain small" type="submit">"Sign out"</button>
            </form>
        </div>
    }
    .into_any()
}

fn flash_notice(flash: Flash) -> AnyView {
    let role = if flash.tone == Tone::Keep { "status" } else { "alert" };
    let lines = flash.lines.into_iter().map(|line| view! { <p>{line}</p> }).collect_view();
    view! {
        <div class="flash">
            <div class=notice_class(flash.tone) role=role>{lines}</div>
        </div>
    }
    .into_any()
}
