//! The System Log.

use serde_json::{Value, json};

use super::fill::LOG_DAYS;
use super::filter::Filter;
use super::org::{Event, Org};
use super::page::{self, Page};
use super::reply::Reply;
use super::serving::{Call, State, Tenant};
use super::{Deviation, Misbehaviour};
use crate::calendar::{DAY, parse_rfc3339, rfc3339};

/// A moment with milliseconds, as the log writes it.
fn published(micros: i64) -> String {
    let millis = micros.rem_euclid(1_000_000) / 1_000;
    rfc3339(micros.div_euclid(1_000_000)).replace('Z', &format!(".{millis:03}Z"))
}

fn party(org: &Org, kind: &str, id: &str) -> Value {
    let (name, alternate) = match (org.users.get(id), org.apps.get(id), org.groups.get(id)) {
        (Some(user), ..) => (user.name.clone(), user.email.clone()),
        (None, Some(app), _) => (app.label.clone(), app.label.clone()),
        (None, None, Some(group)) => (group.name.clone(), "unknown".to_owned()),
        _ => ("Okta System".to_owned(), "system@okta.com".to_owned()),
    };
    json!({ "id": id, "type": kind, "displayName": name, "alternateId": alternate })
}

impl Tenant {
    fn event_json(&self, org: &Org, event: &Event) -> Value {
        let actor_kind = if org.users.contains_key(&event.actor) { "User" } else { "SystemPrincipal" };
        let mut detail = event.detail.clone();
        if self.config.deviations.contains(&Deviation::CamelCaseDebugData)
            && let Some(snake) = detail.as_object()
        {
            detail = Value::Object(snake.iter().map(|(key, value)| (camel(key), value.clone())).collect());
        }
        let lower = self.config.deviations.contains(&Deviation::LowerCaseKeys);
        let key = |name: &str| if lower { name.to_lowercase() } else { name.to_owned() };
        let targets: Vec<Value> = event.targets.iter().map(|(kind, id)| party(org, kind, id)).collect();
        json!({
            "uuid": event.uuid, "published": published(event.at), key("eventType"): event.kind, "version": "0", "severity": "INFO",
            key("displayMessage"): event.kind, "actor": party(org, actor_kind, &event.actor), "outcome": { "result": event.result },
            "target": targets, key("debugContext"): { "debugData": detail }, "transaction": { "type": "WEB", "id": event.uuid, "detail": {} },
        })
    }

    pub(super) fn logs(&self, call: &Call, state: &State) -> Result<Reply, Reply> {
        if self.mood() == Some(Misbehaviour::LogForbidden) {
            return Err(Reply::forbidden());
        }
        let now = self.micros();
        let moment = |name: &str| match call.parameter(name) {
            None => Ok(None),
            Some(text) => parse_rfc3339(&text)
                .map(Some)
                .ok_or_else(|| Reply::error(400, "E0000031", &format!("Invalid search criteria: {name} is not a timestamp"), &[])),
        };
        let oldest = now - LOG_DAYS * DAY * 1_000_000;
        let since = moment("since")?.unwrap_or(now - 7 * DAY * 1_000_000).max(oldest);
        let until = moment("until")?;
        let filter = match call.parameter("filter") {
            None => None,
            Some(text) => {
                let wrong = || Reply::error(400, "E0000053", "Invalid filter", &[]);
                if text.len() > 1_000 && self.config.deviations.contains(&Deviation::ShortFilters) {
                    return Err(wrong());
                }
                let filter = Filter::parse(&text).ok_or_else(wrong)?;
                if filter.attributes().contains(&"published") {
                    return Err(Reply::error(400, "E0000053", "Invalid filter: published is not allowed; use since and until", &[]));
                }
                Some(filter)
            }
        };
        let limit = page::limit(call, 100, 0..=1_000)?;
        let from = match call.parameter("after") {
            None => 0,
            Some(cursor) => cursor
                .strip_prefix("at")
                .and_then(|text| usize::from_str_radix(text, 16).ok())
                .ok_or_else(|| Reply::error(400, "E0000031", "Invalid search criteria: after", &[]))?,
        };
        let log = &state.org.log;
        let passes = |event: &Event| {
            event.at >= since
                && until.is_none_or(|until| event.at < until)
                && filter.as_ref().is_none_or(|filter| filter.passes(&|attribute, operator, value| test(event, attribute, operator, value)))
        };
        let mut rows = Vec::new();
        let mut next = None;
        for (place, event) in log.iter().enumerate().skip(from) {
            if !passes(event) {
                continue;
            }
            if rows.len() == limit {
                next = Some(place);
                break;
            }
            rows.push(self.event_json(&state.org, event));
        }
        if until.is_none() {
            // Polling: there is always a next page, and at the end it is where the log will go on.
            next = next.or(Some(log.len()));
        } else if next.is_none() && rows.len() == limit && self.config.deviations.contains(&Deviation::EmptyLastPage) {
            next = Some(log.len());
        }
        match self.mood() {
            Some(Misbehaviour::NextLoop) if from > 0 && next.is_some() => next = Some(from),
            Some(Misbehaviour::DuplicatePages) if from > 0 => {
                let before = log.iter().take(from).rev().find(|event| passes(event));
                rows.splice(0..0, before.map(|event| self.event_json(&state.org, event)));
            }
            _ => {}
        }
        Ok(self.listed(call, Page { rows, next: next.map(|place| format!("at{place:x}")) }))
    }
}

fn test(event: &Event, attribute: &str, operator: &str, value: &str) -> bool {
    let compare = |found: &str| match operator {
        "eq" => found == value,
        "ne" => found != value,
        "sw" => found.starts_with(value),
        "co" => found.contains(value),
        _ => false,
    };
    match attribute {
        "eventType" => compare(event.kind),
        "outcome.result" => compare(event.result),
        "actor.id" => compare(&event.actor),
        "target.id" => event.targets.iter().any(|(_, id)| compare(id)),
        "target.type" => event.targets.iter().any(|(kind, _)| compare(kind)),
        _ => false,
    }
}

fn camel(snake: &str) -> String {
    let mut parts = snake.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut text, part| {
        let mut letters = part.chars();
        text.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        text.push_str(letters.as_str());
        text
    })
}
