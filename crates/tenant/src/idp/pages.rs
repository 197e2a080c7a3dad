//! The provider's few pages: plain HTML, no script, its own small style.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use url::Url;

use super::form::Form;
use super::{Client, IdpPerson, Provider};

const STYLE: &str = include_str!("style.css");

pub(crate) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")], STYLE).into_response()
}

/// Text as it may stand in an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// A page with its headers. `form_targets` are the addresses that a form may lead to: browsers hold redirects
/// after a form to the same rule.
pub(crate) fn page(status: StatusCode, title: &str, body: &str, form_targets: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n\
         <body>\n<main>\n{body}\n</main>\n</body>\n</html>\n",
        title = escape(title)
    );
    let policy = format!("default-src 'none'; style-src 'self'; form-action 'self'{form_targets}; base-uri 'none'; frame-ancestors 'none'");
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// A request that goes no further, said to the person.
pub(crate) fn refuse(reason: &str) -> Response {
    let body = format!(
        "<h1>Sign-in cannot go on</h1>\n<p>{}</p>\n<p class=\"quiet\">Nothing was changed. Go back to the application and start again; if it happens twice, its administrator can correct the registration.</p>",
        escape(reason)
    );
    page(StatusCode::BAD_REQUEST, "Sign-in cannot go on", &body, "")
}

/// The end without a way back.
pub(super) fn signed_out(provider: &Provider) -> Response {
    let body = format!("<h1>You are signed out</h1>\n<p>{} has ended the session.</p>", escape(&provider.config.organisation));
    page(StatusCode::OK, "You are signed out", &body, "")
}

/// What a group is called on the page.
fn heading(person: &IdpPerson) -> &'static str {
    let words = [
        ("reviewers", "Managers who review"),
        ("owners", "Campaign owner"),
        ("administrators", "Administrator"),
        ("compliance", "Compliance officer"),
        ("auditors", "Internal auditor"),
    ];
    let group = person.groups.first().map(String::as_str).unwrap_or_default();
    words.iter().find(|(end, _)| group.ends_with(end)).map_or("Others", |(_, words)| words)
}

fn button(person: &IdpPerson) -> String {
    let note = if person.note.is_empty() { &person.email } else { &person.note };
    format!(
        "<li><button name=\"sign_in_as\" value=\"{}\"><bdi>{}</bdi><span>{}</span></button></li>\n",
        escape(&person.sub),
        escape(&person.name),
        escape(note)
    )
}

/// The list of people. The request travels in hidden fields, so that the page works in several tabs.
pub(super) fn sign_in(provider: &Provider, client: &Client, form: &Form, hint: Option<&str>) -> Response {
    let organisation = escape(&provider.config.organisation);
    let mut body = format!(
        "<p class=\"mark\">{organisation} <span>simulated sign-in</span></p>\n<h1>Who signs in?</h1>\n\
         <p class=\"quiet\">For the application <strong>{}</strong>. These people are invented and have no passwords: choosing one is signing in.</p>\n\
         <form method=\"post\" action=\"/sign-in\">\n",
        escape(&client.id)
    );
    for (name, value) in form.iter().filter(|(name, _)| !["sign_in_as", "cancel"].contains(name)) {
        body.push_str(&format_args!("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", escape(name), escape(value)).to_string());
    }
    let (featured, others): (Vec<&IdpPerson>, Vec<&IdpPerson>) =
        provider.config.people.iter().partition(|person| !person.note.is_empty() || hint == Some(person.email.as_str()));
    let mut last = "";
    for person in featured {
        let words = heading(person);
        if words != last {
            if !last.is_empty() {
                body.push_str("</ul>\n");
            }
            body.push_str("<h2>");
            body.push_str(words);
            body.push_str("</h2>\n<ul>\n");
            last = words;
        }
        body.push_str(&button(person));
    }
    if !last.is_empty() {
        body.push_str("</ul>\n");
    }
    if !others.is_empty() {
        body.push_str("<details>\n<summary>");
        body.push_str(&others.len().to_string());
        body.push_str(" others who review</summary>\n<ul>\n");
        for person in others {
            body.push_str(&button(person));
        }
        body.push_str("</ul>\n</details>\n");
    }
    body.push_str("<p><button class=\"plain\" name=\"cancel\" value=\"yes\">Go back without signing in</button></p>\n</form>");
    page(StatusCode::OK, &format!("Sign in, {}", provider.config.organisation), &body, &origin(form.text("redirect_uri")))
}

/// The origin of an address, with a space before it, for the policy; nothing for an address without one.
fn origin(address: &str) -> String {
    match Url::parse(address) {
        Ok(url) if url.origin().is_tuple() => format!(" {}", url.origin().ascii_serialization()),
        _ => String::new(),
    }
}
