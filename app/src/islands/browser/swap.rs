//! Following links and sending forms without leaving the page.

use super::{all, document, on, window};
use std::cell::Cell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Document, DomParser, Element, Event, FormData, HtmlAnchorElement, HtmlElement, HtmlFormElement, MouseEvent, RequestInit, Response,
    SubmitEvent, SupportedType, UrlSearchParams,
};

thread_local! {
    /// Which fetch is the newest: an older one that arrives later is dropped.
    static NEWEST: Cell<u32> = const { Cell::new(0) };
    /// A form is on its way. Another answer waits for it.
    static SENDING: Cell<bool> = const { Cell::new(false) };
}

/// Where the focus goes after the parts were replaced.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// To the item's heading, or to the first error.
    Item,
    /// Nowhere: it stays.
    Stay,
}

/// Listens to clicks and submissions of the whole document.
pub fn listen() {
    let Some(document) = document() else { return };
    on(&document, "click", |event| {
        let Some(click) = event.dyn_ref::<MouseEvent>() else {
            return;
        };
        if event.default_prevented() || click.button() != 0 || click.meta_key() || click.ctrl_key() || click.shift_key() || click.alt_key()
        {
            return;
        }
        // A part that the address points at stays pointed at until the page is left.
        if window().is_some_and(|window| window.location().hash().is_ok_and(|hash| !hash.is_empty())) {
            return;
        }
        let Some(link) = closest(&event, "a[data-inplace]") else {
            return;
        };
        let Ok(link) = link.dyn_into::<HtmlAnchorElement>() else {
            return;
        };
        event.prevent_default();
        follow(link.href(), Focus::Item, true);
    });
    on(&document, "submit", |event| {
        if event.default_prevented() {
            return;
        }
        let Some(form) = closest(&event, "form[data-inplace]").and_then(|form| form.dyn_into::<HtmlFormElement>().ok()) else {
            return;
        };
        let button =
            event.dyn_ref::<SubmitEvent>().and_then(SubmitEvent::submitter).and_then(|button| button.dyn_into::<HtmlElement>().ok());
        event.prevent_default();
        send(form, button);
    });
    if let Some(window) = window() {
        on(&window, "popstate", |_| {
            if let Some(window) = window_location() {
                follow(window, Focus::Item, false);
            }
        });
    }
}

fn window_location() -> Option<String> {
    window()?.location().href().ok()
}

fn closest(event: &Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok().flatten()
}

/// Fetches an address and replaces the regions; goes there when that does not work.
pub fn follow(address: String, focus: Focus, remember: bool) {
    let ticket = next_ticket();
    spawn_local(async move {
        let done = fetch(&address, &RequestInit::new()).await;
        match done {
            Some((at, html)) if ticket == NEWEST.get() => {
                if !replace(&html, focus) {
                    leave(&address);
                } else if remember {
                    push(&at);
                }
            }
            Some(_) => {}
            None => leave(&address),
        }
    });
}

/// Fetches the page anew for its figures; does nothing when that does not work.
pub fn refresh() {
    if SENDING.get() {
        return;
    }
    let ticket = next_ticket();
    let Some(address) = window_location() else {
        return;
    };
    spawn_local(async move {
        if let Some((_, html)) = fetch(&address, &RequestInit::new()).await
            && ticket == NEWEST.get()
        {
            replace(&html, Focus::Stay);
        }
    });
}

fn next_ticket() -> u32 {
    NEWEST.with(|newest| {
        newest.set(newest.get().wrapping_add(1));
        newest.get()
    })
}

/// Sends a form in place. A form that cannot be sent so is submitted as the browser does it: its attempt id makes that safe.
pub fn send(form: HtmlFormElement, button: Option<HtmlElement>) {
    let Ok(data) = FormData::new_with_form(&form) else {
        submit_plainly(&form, button.as_ref());
        return;
    };
    // The button that was pressed is part of what is sent: it holds the answer.
    if let Some((name, value)) = button.as_ref().and_then(|button| Some((button.get_attribute("name")?, button.get_attribute("value")?))) {
        let _ = data.append_with_str(&name, &value);
    }
    let Ok(fields) = UrlSearchParams::new_with_str_sequence_sequence(&data) else {
        submit_plainly(&form, button.as_ref());
        return;
    };
    let query = String::from(fields.to_string());
    if form.method().eq_ignore_ascii_case("get") {
        let address = form.action();
        let base = address.split('?').next().unwrap_or_default().to_owned();
        follow(format!("{base}?{query}"), Focus::Stay, true);
        return;
    }
    if SENDING.replace(true) {
        return;
    }
    let ticket = next_ticket();
    let address = form.action();
    let request = RequestInit::new();
    request.set_method("POST");
    request.set_body(&fields);
    spawn_local(async move {
        let answer = fetch(&address, &request).await;
        SENDING.set(false);
        match answer {
            Some((at, html)) if replace(&html, Focus::Item) => {
                if ticket == NEWEST.get() {
                    push(&at);
                }
            }
            _ => submit_plainly(&form, button.as_ref()),
        }
    });
}

/// Lets the browser submit the form, with the button's own name and value.
fn submit_plainly(form: &HtmlFormElement, button: Option<&HtmlElement>) {
    if let (Some(button), Some(document)) = (button, document())
        && let (Some(name), Some(value)) = (button.get_attribute("name"), button.get_attribute("value"))
        && let Ok(field) = document.create_element("input")
    {
        let _ = field.set_attribute("type", "hidden");
        let _ = field.set_attribute("name", &name);
        let _ = field.set_attribute("value", &value);
        let _ = form.append_child(&field);
    }
    let _ = form.submit();
}

/// The address that answered and its HTML, or nothing where that is no page of ours.
async fn fetch(address: &str, request: &RequestInit) -> Option<(String, String)> {
    let answer = JsFuture::from(window()?.fetch_with_str_and_init(address, request)).await.ok()?;
    let answer: Response = answer.dyn_into().ok()?;
    let kind = answer.headers().get("content-type").ok().flatten()?;
    // 409 and 422 are pages too: what is true now, or the form with what was typed.
    if !kind.starts_with("text/html") || answer.status() >= 500 {
        return None;
    }
    let text = JsFuture::from(answer.text().ok()?).await.ok()?.as_string()?;
    Some((answer.url(), text))
}

/// Replaces each region by its namesake. False when the page that came is another one.
fn replace(html: &str, focus: Focus) -> bool {
    let Some(here) = document() else { return false };
    let Some(there) = parse(html) else {
        return false;
    };
    let regions = all(&here, "[data-region]");
    if regions.is_empty() || there.query_selector("[data-region]").ok().flatten().is_none() {
        return false;
    }
    let names: Vec<String> = regions.iter().filter_map(|region| region.get_attribute("data-region")).collect();
    let found: Vec<Option<Element>> =
        names.iter().map(|name| there.query_selector(&format!("[data-region=\"{name}\"]")).ok().flatten()).collect();
    // Another page altogether: some region that must be there is not.
    if found.iter().any(Option::is_none) {
        return false;
    }
    for ((region, name), new) in regions.iter().zip(&names).zip(found) {
        let Some(new) = new else { continue };
        let (old_html, new_html) = (region.inner_html(), new.inner_html());
        if old_html != new_html && (focus == Focus::Item || !is_typing_within(&here, region)) {
            let scrolled = region.scroll_top();
            region.set_inner_html(&new_html);
            region.set_scroll_top(if name == "item" && focus == Focus::Item { 0 } else { scrolled });
        }
        if let Some(label) = new.get_attribute("aria-label") {
            let _ = region.set_attribute("aria-label", &label);
        }
    }
    copy_attribute(&here, &there, ".queue", "data-view");
    copy_attribute(&here, &there, "body", "class");
    copy_attribute(&here, &there, "body", "data-now");
    here.set_title(&there.title());
    super::live::reset_clock();
    if focus == Focus::Item {
        give_focus(&here);
    }
    true
}

fn parse(html: &str) -> Option<Document> {
    DomParser::new().ok()?.parse_from_string(html, SupportedType::TextHtml).ok()
}

/// Whether the reader types into this part now: it is left alone then.
fn is_typing_within(document: &Document, region: &Element) -> bool {
    document.active_element().is_some_and(|active| {
        let typing = matches!(active.tag_name().as_str(), "TEXTAREA" | "INPUT" | "SELECT");
        typing && region.contains(Some(&active))
    })
}

fn copy_attribute(here: &Document, there: &Document, selector: &str, attribute: &str) {
    let (Ok(Some(old)), Ok(Some(new))) = (here.query_selector(selector), there.query_selector(selector)) else {
        return;
    };
    if let Some(value) = new.get_attribute(attribute) {
        let _ = old.set_attribute(attribute, &value);
    }
}

fn give_focus(document: &Document) {
    for selector in ["[data-focus]", "#item-title"] {
        if let Ok(Some(target)) = document.query_selector(selector)
            && let Ok(target) = target.dyn_into::<HtmlElement>()
        {
            let _ = target.focus();
            return;
        }
    }
}

fn push(address: &str) {
    let Some(history) = window().and_then(|window| window.history().ok()) else {
        return;
    };
    let _ = history.push_state_with_url(&JsValue::NULL, "", Some(address));
}

fn leave(address: &str) {
    if let Some(window) = window() {
        let _ = window.location().set_href(address);
    }
}
