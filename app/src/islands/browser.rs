//! Runs in the browser only.
//!
//! Everything hangs on `data-` attributes of the page, by listeners on the
//! document, so that parts which are replaced need nothing more:
//!
//! * `data-inplace` on a form or a link: its answer replaces the regions of this page;
//! * `data-live` on such a form: it is sent while one types;
//! * `data-region`: a part that is replaced by its namesake;
//! * `data-key`: the key that presses or focuses it;
//! * `data-until`: a moment (microseconds UTC) to count down to;
//! * `data-events`: a stream of events, each of which means "fetch the page again".
//!
//! Whatever fails falls back to what the browser does by itself.

mod keys;
mod live;
mod swap;

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Document, Element, Event, EventTarget, Window};

/// Begins. Called once, when the page's companion is hydrated.
pub fn start() {
    swap::listen();
    keys::listen();
    live::begin();
}

fn window() -> Option<Window> {
    web_sys::window()
}

fn document() -> Option<Document> {
    window()?.document()
}

/// Listens for as long as the page lives.
fn on(target: &EventTarget, event: &str, listener: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(listener);
    // A listener that could not be added leaves the page as it was served.
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Every element that a selector finds.
fn all(document: &Document, selector: &str) -> Vec<Element> {
    let Ok(list) = document.query_selector_all(selector) else {
        return Vec::new();
    };
    (0..list.length()).filter_map(|n| list.get(n)).filter_map(|node| node.dyn_into::<Element>().ok()).collect()
}
