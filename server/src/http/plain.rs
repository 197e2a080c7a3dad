//! Pages for what never reaches a handler: they need nothing but themselves.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

#[derive(Template)]
#[template(path = "plain.html")]
struct Plain<'a> {
    title: &'a str,
    lines: &'a [&'a str],
}

/// A page that says one thing.
pub fn page(status: StatusCode, title: &str, lines: &[&str]) -> Response {
    let html = Plain { title, lines }.render().unwrap_or_else(|_| title.to_owned());
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))], html).into_response()
}

/// The page for a status that a layer answered with, where there is one.
pub fn of(status: StatusCode) -> Option<Response> {
    let (title, lines): (&str, &[&str]) = match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("Too much was sent", &["Forms here hold at most 256 KiB. Nothing was recorded. Shorten what was entered and send it again."])
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => (
            "This took too long",
            &[
                "The work was stopped. What was not confirmed by a page was not recorded.",
                "Look whether it was done before you try again: sending the same form twice does nothing twice.",
            ],
        ),
        StatusCode::METHOD_NOT_ALLOWED => ("This address does not take that", &["Open the page by its link instead. Nothing was changed."]),
        _ => return None,
    };
    Some(page(status, title, lines))
}
