//! Times, as a person says them.

use domain::{
    Timestamp,
    time::{DAY, HOUR, MINUTE},
};

/// The present moment and the reader's time zone: what times are said against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    /// The present moment.
    pub now: Timestamp,
    /// The reader's IANA time zone; one that is not known counts as UTC.
    pub zone: String,
}

impl When {
    /// Times said at `now` in `zone`.
    pub fn new(now: Timestamp, zone: impl Into<String>) -> Self {
        Self { now, zone: zone.into() }
    }

    /// The same moment, said in another zone.
    #[must_use]
    pub fn in_zone(&self, zone: &str) -> Self {
        Self { now: self.now, zone: zone.to_owned() }
    }

    fn show(&self, at: Timestamp, pattern: &str) -> String {
        at.in_zone(&self.zone)
            .or_else(|_| at.in_zone("UTC"))
            .map_or_else(|_| at.to_rfc3339(), |moment| moment.strftime(pattern).to_string())
    }

    fn same(&self, a: Timestamp, b: Timestamp, pattern: &str) -> bool {
        self.show(a, pattern) == self.show(b, pattern)
    }

    /// A day: "9 July", with the year where it is not this one. A moment that is midnight in UTC is a date, the same in every zone.
    pub fn day(&self, at: Timestamp) -> String {
        let said = if at.0 % DAY == 0 { self.in_zone("UTC") } else { self.clone() };
        let pattern = if said.same(at, self.now, "%Y") { "%-d %B" } else { "%-d %B %Y" };
        said.show(at, pattern)
    }

    /// A day in few letters: "3 Feb 2024".
    pub fn short_day(&self, at: Timestamp) -> String {
        let said = if at.0 % DAY == 0 { self.in_zone("UTC") } else { self.clone() };
        said.show(at, "%-d %b %Y")
    }

    /// A day without its year: "13 Nov".
    pub fn tick(&self, at: Timestamp) -> String {
        self.show(at, "%-d %b")
    }

    /// A moment: "today 08:10", "yesterday 16:40", "20 November, 16:40".
    pub fn moment(&self, at: Timestamp) -> String {
        if self.same(at, self.now, "%F") {
            return self.show(at, "today %H:%M");
        }
        if self.same(at, self.now.plus(-DAY), "%F") {
            return self.show(at, "yesterday %H:%M");
        }
        if self.same(at, self.now.plus(DAY), "%F") {
            return self.show(at, "tomorrow %H:%M");
        }
        let pattern = if self.same(at, self.now, "%Y") { "%-d %B, %H:%M" } else { "%-d %B %Y, %H:%M" };
        self.show(at, pattern)
    }

    /// The time of day: "10:07".
    pub fn clock(&self, at: Timestamp) -> String {
        self.show(at, "%H:%M")
    }

    /// A moment to the second: "21 November 2026, 08:10:44".
    pub fn exact(&self, at: Timestamp) -> String {
        self.show(at, "%-d %B %Y, %H:%M:%S")
    }

    /// The zone as people call it: "Zurich time", "UTC".
    pub fn zone_name(&self) -> String {
        match self.zone.rsplit('/').next() {
            Some("UTC" | "Etc" | "GMT" | "") | None => "UTC".to_owned(),
            Some(city) => format!("{} time", city.replace('_', " ")),
        }
    }

    /// A deadline, in the campaign's zone: "Friday 4 December, 18:00 Zurich time".
    pub fn due(&self, at: Timestamp, zone: &str) -> String {
        let there = self.in_zone(zone);
        let pattern = if there.same(at, self.now, "%Y") { "%A %-d %B, %H:%M" } else { "%A %-d %B %Y, %H:%M" };
        let said = format!("{} {}", there.show(at, pattern), there.zone_name());
        if self.show(at, "%F %H:%M") == there.show(at, "%F %H:%M") {
            said
        } else {
            format!("{said} ({} {})", self.show(at, "%a %H:%M"), self.zone_name())
        }
    }

    /// How long ago, or how long until: "135 days ago", "in 4 minutes", "just now".
    pub fn ago(&self, at: Timestamp) -> String {
        let passed = self.now.since(at);
        if passed < 0 {
            format!("in {}", span(-passed))
        } else if passed < MINUTE {
            "just now".to_owned()
        } else {
            format!("{} ago", span(passed))
        }
    }

    /// How long ago in whole days: "today", "yesterday", "135 days ago".
    pub fn days_ago(&self, at: Timestamp) -> String {
        if self.same(at, self.now, "%F") {
            return "today".to_owned();
        }
        match self.now.days_since(at) {
            ..=0 => "today".to_owned(),
            1 => "yesterday".to_owned(),
            days => format!("{} days ago", super::number(days)),
        }
    }

    /// How long until a deadline, or by how much it has passed.
    pub fn left(&self, at: Timestamp) -> String {
        let left = at.since(self.now);
        if left <= 0 { format!("overdue by {}", span(-left)) } else { format!("{} left", span(left)) }
    }

    /// RFC 3339, for machines that read the page.
    pub fn machine(at: Timestamp) -> String {
        at.to_rfc3339()
    }
}

/// A length of time in its largest unit: "4 minutes", "135 days".
pub fn span(micros: i64) -> String {
    let (n, one, more) = match micros {
        ..MINUTE => (micros / 1_000_000, "second", "seconds"),
        MINUTE..HOUR => (micros / MINUTE, "minute", "minutes"),
        HOUR..DAY => (micros / HOUR, "hour", "hours"),
        _ => (micros / DAY, "day", "days"),
    };
    super::many(n, one, more)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]
mod tests {
    use super::*;

    fn when() -> When {
        When::new("2026-11-21T08:30:00Z".parse().unwrap(), "Europe/Zurich")
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn moments_are_said_against_now() {
        let when = when();
        assert_eq!(when.moment(at("2026-11-21T07:10:00Z")), "today 08:10");
        assert_eq!(when.moment(at("2026-11-20T15:40:00Z")), "yesterday 16:40");
        assert_eq!(when.moment(at("2026-07-09T15:40:00Z")), "9 July, 17:40");
        assert_eq!(when.moment(at("2024-02-03T15:40:00Z")), "3 February 2024, 16:40");
    }

    #[test]
    fn dates_stay_the_same_in_every_zone() {
        let west = when().in_zone("America/Los_Angeles");
        assert_eq!(west.day(at("2026-07-09T00:00:00Z")), "9 July");
        assert_eq!(west.day(at("2024-02-03T00:00:00Z")), "3 February 2024");
        assert_eq!(west.short_day(at("2024-02-03T00:00:00Z")), "3 Feb 2024");
    }

    /// Rule 50: a deadline shows the campaign's zone, and the reader's where it differs.
    #[test]
    fn rule_50_deadlines_name_their_zone() {
        let due = at("2026-12-04T17:00:00Z");
        assert_eq!(when().due(due, "Europe/Zurich"), "Friday 4 December, 18:00 Zurich time");
        assert_eq!(
            when().in_zone("America/New_York").due(due, "Europe/Zurich"),
            "Friday 4 December, 18:00 Zurich time (Fri 12:00 New York time)"
        );
        assert_eq!(when().in_zone("Not/AZone").zone_name(), "AZone time");
    }

    #[test]
    fn lengths_take_their_largest_unit() {
        let when = when();
        assert_eq!(when.ago(at("2026-11-21T08:29:40Z")), "just now");
        assert_eq!(when.ago(at("2026-11-21T08:26:00Z")), "4 minutes ago");
        assert_eq!(when.ago(at("2026-07-09T00:00:00Z")), "135 days ago");
        assert_eq!(when.ago(at("2026-11-21T08:35:00Z")), "in 5 minutes");
        assert_eq!(when.left(at("2026-11-20T08:30:00Z")), "overdue by 1 day");
    }
}
