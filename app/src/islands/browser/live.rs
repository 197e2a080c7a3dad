//! What moves by itself: countdowns, figures of a running campaign, and finding while one types.

use super::{all, document, on, swap, window};
use std::cell::Cell;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, HtmlFormElement};

thread_local! {
    /// The server's clock minus the browser's, in milliseconds.
    static AHEAD: Cell<f64> = const { Cell::new(0.0) };
    /// A countdown that ended was already followed by a fetch.
    static ENDED: Cell<bool> = const { Cell::new(false) };
    /// A fetch for new figures is planned.
    static PLANNED: Cell<bool> = const { Cell::new(false) };
    /// Counts what was typed, so that only the last of a burst is sent.
    static TYPED: Cell<u32> = const { Cell::new(0) };
}

/// How long typing must rest before it is sent, in milliseconds.
const REST: i32 = 250;
/// How often figures are fetched at most, in milliseconds.
const PACE: i32 = 2_000;

/// Begins to count, to listen and to find.
pub fn begin() {
    reset_clock();
    every_second();
    stream();
    find();
}

/// Takes the server's time from the page that was just shown.
pub fn reset_clock() {
    let Some(body) = document().and_then(|document| document.body()) else {
        return;
    };
    let now = body.get_attribute("data-now").and_then(|text| text.parse::<f64>().ok());
    if let Some(micros) = now {
        AHEAD.set(micros / 1_000.0 - js_sys::Date::now());
    }
    ENDED.set(false);
    tick();
}

fn every_second() {
    let Some(window) = window() else { return };
    let closure = Closure::<dyn FnMut()>::new(tick);
    let _ = window.set_interval_with_callback_and_timeout_and_arguments_0(closure.as_ref().unchecked_ref(), 1_000);
    closure.forget();
}

/// Says how much is left; fetches the page anew when something ran out.
fn tick() {
    let Some(document) = document() else { return };
    let now = js_sys::Date::now() + AHEAD.get();
    let mut over = false;
    for element in all(&document, "[data-until]") {
        let Some(until) = element.get_attribute("data-until").and_then(|text| text.parse::<f64>().ok()) else {
            continue;
        };
        let left = ((until / 1_000.0 - now) / 1_000.0).ceil();
        if left <= 0.0 {
            over = true;
            element.set_text_content(Some("final now"));
        } else if left < 86_400.0 {
            let minutes = (left / 60.0).floor();
            element.set_text_content(Some(&format!("{minutes}:{:02} left", left % 60.0)));
        }
    }
    if over && !ENDED.replace(true) {
        later(1_500, swap::refresh);
    }
}

fn later(millis: i32, what: fn()) {
    let Some(window) = window() else { return };
    let closure = Closure::once_into_js(what);
    let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(closure.unchecked_ref(), millis);
}

/// Each event of the stream means that figures changed.
fn stream() {
    let Some(document) = document() else { return };
    let Some(address) = all(&document, "[data-events]").first().and_then(|element| element.get_attribute("data-events")) else {
        return;
    };
    let Ok(source) = EventSource::new(&address) else {
        return;
    };
    for kind in ["message", "progress"] {
        on(&source, kind, |_| {
            if !PLANNED.replace(true) {
                later(PACE, || {
                    PLANNED.set(false);
                    swap::refresh();
                });
            }
        });
    }
}

/// Sends a search form while one types.
fn find() {
    let Some(document) = document() else { return };
    on(&document, "input", |event| {
        let form = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|element| element.closest("form[data-live]").ok().flatten());
        if form.is_none() {
            return;
        }
        TYPED.set(TYPED.get().wrapping_add(1));
        let mine = TYPED.get();
        let Some(window) = window() else { return };
        let closure = Closure::once_into_js(move || {
            if TYPED.get() == mine
                && let Some(form) = form.and_then(|form| form.dyn_into::<HtmlFormElement>().ok())
            {
                swap::send(form, None);
            }
        });
        let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(closure.unchecked_ref(), REST);
    });
}
