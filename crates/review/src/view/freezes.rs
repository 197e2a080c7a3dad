//! Freeze windows: what is set, and the form to add one.

use super::types::{Choice, FreezeEntered, FreezeLine, FreezeStands, Freezes};
use crate::{
    Actor, Context, Error, FieldError, Result,
    orders::freeze::{self, Freeze},
};
use domain::{Action, AttemptId, Object, SourceId, Timestamp};
use std::collections::BTreeMap;

/// `/freezes`. `again` is a form that could not be taken, to be shown with what was typed.
///
/// # Errors
/// [`Error::NotFound`] where the reader may not stop removals.
pub async fn freezes(
    ctx: &Context,
    actor: &Actor,
    again: Option<(AttemptId, FreezeEntered, Vec<FieldError>)>,
    zone: &str,
) -> Result<Freezes> {
    actor.require(Action::Stop, Object::Order, false)?;
    let mut tx = ctx.store.read().await?;
    let now = ctx.env.now();
    let sources: BTreeMap<SourceId, String> = tx.sources().await?.into_iter().map(|source| (source.id, source.name)).collect();
    let mut windows: Vec<FreezeLine> = freeze::freezes(&mut tx)
        .await?
        .into_iter()
        .map(|window| FreezeLine {
            key: window.key(),
            stands: if now >= window.until {
                FreezeStands::Over
            } else if now >= window.from {
                FreezeStands::On
            } else {
                FreezeStands::Ahead
            },
            source: window.source.map(|id| sources.get(&id).cloned().unwrap_or_else(|| id.to_string())),
            name: window.name,
            from: window.from,
            until: window.until,
            application: window.application,
            attempt: ctx.env.id(),
        })
        .collect();
    windows.sort_by(|a, b| (a.from, a.until, &a.key).cmp(&(b.from, b.until, &b.key)));
    let (attempt, entered, errors) = again.unwrap_or_else(|| {
        (
            ctx.env.id(),
            FreezeEntered {
                zone: zone.to_owned(),
                from_time: "00:00".to_owned(),
                until_time: "00:00".to_owned(),
                ..FreezeEntered::default()
            },
            Vec::new(),
        )
    });
    Ok(Freezes {
        windows,
        attempt,
        entered,
        sources: sources.into_iter().map(|(id, name)| Choice { value: id.to_string(), label: name, count: None }).collect(),
        zones: super::opening::zones(zone),
        errors,
    })
}

/// Reads what was typed to add a window; every field that cannot be taken is named.
pub fn freeze_window(entered: &FreezeEntered) -> Result<Freeze> {
    let mut errors = Vec::new();
    let mut wrong = |field: &str, message: &str| errors.push(FieldError { field: field.to_owned(), message: message.to_owned() });
    let name = entered.name.trim();
    if name.is_empty() || name.chars().count() > 80 {
        wrong("name", "Say what it is for in 1 to 80 characters, for example: close of the quarter.");
    }
    let mut moment = |on: &str, time: &str, fields: (&'static str, &'static str)| {
        let date = on.trim().parse::<jiff::civil::Date>();
        let clock = time.trim().parse::<jiff::civil::Time>();
        if date.is_err() {
            wrong(fields.0, "The day is written year, month, day: for example 2026-12-31.");
        }
        if clock.is_err() {
            wrong(fields.1, "The time is written in 24 hours, for example 18:00.");
        }
        date.ok().zip(clock.ok()).map(|(date, clock)| date.to_datetime(clock))
    };
    let from = moment(&entered.from_on, &entered.from_time, ("from_on", "from_time"));
    let until = moment(&entered.until_on, &entered.until_time, ("until_on", "until_time"));
    let mut zoned = |at: Option<jiff::civil::DateTime>| {
        let zoned = at?.in_tz(entered.zone.trim());
        if zoned.is_err() {
            wrong("zone", "This is not a time zone; an example is Europe/Zurich.");
        }
        zoned.ok().map(|zoned| Timestamp(zoned.timestamp().as_microsecond()))
    };
    let (from, until) = (zoned(from), zoned(until));
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        wrong("until_on", "The end must come after the beginning.");
    }
    let source = match entered.source.trim() {
        "" => None,
        id => {
            let source = id.parse::<SourceId>();
            if source.is_err() {
                wrong("source", "This is not a source. Choose from the list.");
            }
            source.ok()
        }
    };
    let application = Some(entered.application.trim()).filter(|text| !text.is_empty());
    if application.is_some_and(|text| text.chars().count() > 200) {
        wrong("application", "An application's name has at most 200 characters.");
    }
    errors.dedup();
    match (from, until) {
        (Some(from), Some(until)) if errors.is_empty() => {
            Ok(Freeze { name: name.to_owned(), from, until, source, application: application.map(str::to_owned) })
        }
        _ => Err(Error::Invalid(errors)),
    }
}
