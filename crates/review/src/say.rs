//! Words that several use cases say to people.

use domain::{ReviewState, Timestamp, time::DAY};

/// A moment in a time zone, for example "Friday 4 December 2026, 18:00 (Europe/Berlin)"; in UTC where the zone is unknown.
pub(crate) fn moment(at: Timestamp, zone: &str) -> String {
    match at.in_zone(zone) {
        Ok(zoned) => format!("{} ({zone})", zoned.strftime("%A %-d %B %Y, %H:%M")),
        Err(_) => at.to_rfc3339(),
    }
}

/// A day in a time zone, for example "4 December 2026".
pub(crate) fn day(at: Timestamp, zone: &str) -> String {
    match at.in_zone(zone) {
        Ok(zoned) => zoned.strftime("%-d %B %Y").to_string(),
        Err(_) => at.to_rfc3339(),
    }
}

/// A whole number with thousands set apart: 2,846.
pub fn number(n: i64) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A length of time in days, or in hours below two days, rounded down.
pub(crate) fn length(micros: i64) -> String {
    const HOUR: i64 = domain::time::HOUR;
    match (micros / DAY, micros / HOUR) {
        (_, 1) => "1 hour".to_owned(),
        (0 | 1, hours) => format!("{hours} hours"),
        (days, _) => format!("{days} days"),
    }
}

/// Where an item stands, as the middle of a sentence: "it is …".
pub(crate) const fn stands(state: ReviewState) -> &'static str {
    match state {
        ReviewState::Undecided => "not answered",
        ReviewState::Staged => "answered, and the answer can still be undone",
        ReviewState::Decided => "answered, and the answer is final",
        ReviewState::Escalated => "escalated to another person",
        ReviewState::HandedOver => "handed over to another person",
        ReviewState::SecondReview => "in second review",
        ReviewState::Excepted => "closed as an exception, because nobody answered",
        ReviewState::Unanswered => "closed without an answer",
        ReviewState::NoLongerHeld => "closed, because the access is no longer held",
        ReviewState::SignedOff => "signed off",
    }
}

/// What to say when an item moved on since the person was shown it.
pub(crate) fn moved_on(state: ReviewState) -> String {
    format!(
        "This item changed since the page was opened: it is {} now. Nothing was recorded; what you entered is still here.",
        stands(state)
    )
}
