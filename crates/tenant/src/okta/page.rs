//! Lists page by page, with Okta's `Link` headers.

use serde_json::{Value, json};

use super::reply::Reply;
use super::serving::{Call, Tenant};
use super::{Deviation, Misbehaviour};

/// One page of a list: the rows, and the cursor of the next page.
pub(super) struct Page {
    pub(super) rows: Vec<Value>,
    pub(super) next: Option<String>,
}

/// The size that a call asks for, or the error that it is not one.
pub(super) fn limit(call: &Call, default: usize, range: std::ops::RangeInclusive<usize>) -> Result<usize, Reply> {
    match call.parameter("limit") {
        None => Ok(default),
        Some(text) => text
            .parse::<usize>()
            .ok()
            .filter(|limit| range.contains(limit))
            .ok_or_else(|| Reply::invalid(&format!("limit: must be between {} and {}", range.start(), range.end()))),
    }
}

impl Tenant {
    /// Cuts the page that a call asks for out of a whole list. Cursors are places in the list, written so that nobody
    /// takes them for numbers.
    pub(super) fn cut<T>(&self, call: &Call, all: &[T], limit: usize, row: impl Fn(&T) -> Value) -> Result<Page, Reply> {
        let from = match call.parameter("after") {
            None => 0,
            Some(cursor) => cursor
                .strip_prefix("at")
                .and_then(|text| usize::from_str_radix(text, 16).ok())
                .ok_or_else(|| Reply::invalid("after: The cursor is not valid"))?,
        };
        let mut start = from;
        if from > 0 {
            match self.mood() {
                Some(Misbehaviour::DuplicatePages) => start = from - 1,
                Some(Misbehaviour::ShiftingPages) if call.path.ends_with("/users") && call.path.contains("/groups/") => start = from + 1,
                _ => {}
            }
        }
        let end = from.saturating_add(limit).min(all.len());
        let rows = all.get(start.min(end)..end).unwrap_or_default().iter().map(row).collect();
        let full = end - from.min(end) == limit && self.config.deviations.contains(&Deviation::EmptyLastPage);
        let mut next = (end < all.len() || full).then_some(end);
        if self.mood() == Some(Misbehaviour::NextLoop) && from > 0 && next.is_some() {
            next = Some(from);
        }
        Ok(Page { rows, next: next.map(|place| format!("at{place:x}")) })
    }

    /// The address of another page of the same list, at `host`.
    fn address(call: &Call, host: &str, after: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in url::form_urlencoded::parse(call.query.as_bytes()).filter(|(name, _)| name != "after") {
            query.append_pair(&name, &value);
        }
        query.append_pair("after", after);
        format!("{host}{}?{}", call.path, query.finish())
    }

    fn next_host<'a>(&'a self, usual: &'a str) -> &'a str {
        if self.mood() == Some(Misbehaviour::ForeignHost) { &self.config.foreign_host } else { usual }
    }

    /// A page of the management interface: an array, and the links in headers.
    pub(super) fn listed(&self, call: &Call, page: Page) -> Reply {
        let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
        let own = format!("<{}{}{query}>; rel=\"self\"", self.base, call.path);
        let mut reply = Reply::json(200, Value::Array(page.rows)).with("link", own);
        if let Some(next) = page.next {
            reply = reply.with("link", format!("<{}>; rel=\"next\"", Self::address(call, self.next_host(&self.base), &next)));
        }
        reply
    }

    /// A page of the governance interface: an object with the links in it, and in headers; they name the host of the
    /// administrators' console.
    pub(super) fn listed_with_links(&self, call: &Call, page: Page) -> Reply {
        let console = &self.config.console_host;
        let mut links = json!({ "self": { "href": format!("{console}{}", call.path) } });
        let next = page.next.map(|next| Self::address(call, self.next_host(console), &next));
        if let (Some(links), Some(next)) = (links.as_object_mut(), &next) {
            links.insert("next".to_owned(), json!({ "href": next }));
        }
        let reply = Reply::json(200, json!({ "data": page.rows, "_links": links }));
        match next {
            Some(next) => reply.with("link", format!("<{next}>; rel=\"next\"")),
            None => reply,
        }
    }
}
