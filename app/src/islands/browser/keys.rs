//! A key each for what is done often. Keys do nothing while one types.

use super::{all, document, on};
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlDialogElement, HtmlElement, HtmlInputElement, KeyboardEvent};

/// The keys and what they do, for the list that `?` shows.
const KEYS: [(&str, &str); 9] = [
    ("A", "approve"),
    ("R", "revoke"),
    ("E", "escalate"),
    ("U", "undo the last answer"),
    ("N", "next open item"),
    ("P", "previous open item"),
    ("/", "find a person or an access"),
    ("Esc", "leave a field, close this list"),
    ("?", "this list"),
];

/// Listens to keys of the whole document.
pub fn listen() {
    let Some(document) = document() else { return };
    on(&document, "keydown", |event| {
        let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
            return;
        };
        let Some(document) = super::document() else {
            return;
        };
        if event.default_prevented() || key.ctrl_key() || key.meta_key() || key.alt_key() || key.is_composing() || key.repeat() {
            return;
        }
        let active = document.active_element();
        if key.key() == "Escape" {
            if let Some(field) = active.and_then(|active| active.dyn_into::<HtmlInputElement>().ok()) {
                let _ = field.blur();
            }
            return;
        }
        if active.is_some_and(|active| types_text(&active)) {
            return;
        }
        let pressed = key.key().to_lowercase();
        if pressed == "?" && document.query_selector("[data-key]").ok().flatten().is_some() {
            event.prevent_default();
            show_list(&document);
            return;
        }
        let wanted = all(&document, "[data-key]")
            .into_iter()
            .find(|element| element.get_attribute("data-key").as_deref() == Some(pressed.as_str()) && is_visible(element));
        if let Some(element) = wanted.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
            event.prevent_default();
            if element.tag_name() == "INPUT" {
                let _ = element.focus();
            } else {
                element.click();
            }
        }
    });
}

/// Whether letters typed into this element are text.
fn types_text(element: &Element) -> bool {
    match element.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => {
            let kind = element.get_attribute("type").unwrap_or_default();
            !matches!(kind.as_str(), "radio" | "checkbox" | "button" | "submit")
        }
        _ => false,
    }
}

fn is_visible(element: &Element) -> bool {
    element.get_client_rects_count() > 0
}

/// Counts the boxes of an element: none means that it is not shown.
trait Boxes {
    fn get_client_rects_count(&self) -> u32;
}

impl Boxes for Element {
    fn get_client_rects_count(&self) -> u32 {
        self.clone().dyn_into::<HtmlElement>().map_or(0, |element| u32::from(element.offset_width() > 0 || element.offset_height() > 0))
    }
}

/// The list of keys, as a dialogue that closes with Escape.
fn show_list(document: &Document) {
    let dialog = match document.query_selector("#keys").ok().flatten() {
        Some(dialog) => dialog,
        None => match build(document) {
            Some(dialog) => dialog,
            None => return,
        },
    };
    if let Ok(dialog) = dialog.dyn_into::<HtmlDialogElement>() {
        if dialog.open() {
            dialog.close();
        } else {
            let _ = dialog.show_modal();
        }
    }
}

fn build(document: &Document) -> Option<Element> {
    let dialog = document.create_element("dialog").ok()?;
    dialog.set_id("keys");
    dialog.set_class_name("card keys-list");
    dialog.set_attribute("aria-label", "Keys").ok()?;
    let mut html = String::from("<h2>Keys</h2><dl class=\"facts one\">");
    for (key, what) in KEYS {
        html.push_str("<div><dt>");
        html.push_str(what);
        html.push_str("</dt><dd><kbd>");
        html.push_str(key);
        html.push_str("</kbd></dd></div>");
    }
    html.push_str("</dl><form method=\"dialog\"><button class=\"btn\">Close</button></form>");
    dialog.set_inner_html(&html);
    document.body()?.append_child(&dialog).ok()?;
    Some(dialog)
}
