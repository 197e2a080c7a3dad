//! Dates and times in files.

use domain::Timestamp;

/// What a date is expected to be, for messages.
pub(super) const EXPECTED: &str = "a date such as 2026-11-21, or a date and time with zone such as 2026-11-21T08:10:44Z, from 1900 to 2199";

/// 1900-01-01T00:00:00Z in microseconds.
const EARLIEST: i64 = -2_208_988_800_000_000;
/// 2200-01-01T00:00:00Z in microseconds.
const LATEST: i64 = 7_258_118_400_000_000;

/// Parses RFC 3339 (section 5.6, `date-time` or `full-date`); a date alone is 00:00 UTC of that day.
///
/// The shape is checked here, because the general parser also takes forms that RFC 3339 does not know.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let date = bytes.get(..10)?;
    if !fits(date, b"0000-00-00") {
        return None;
    }
    let time = match &bytes[10..] {
        [] => Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z")).ok()?,
        [b'T' | b't' | b' ', rest @ ..] if is_full_time(rest) => Timestamp::parse_rfc3339(text).ok()?,
        _ => return None,
    };
    (EARLIEST..LATEST).contains(&time.micros()).then_some(time)
}

fn is_full_time(text: &[u8]) -> bool {
    let Some((clock, mut rest)) = text.split_at_checked(8) else {
        return false;
    };
    if let [b'.', fraction @ ..] = rest {
        let digits = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
        if !(1..=9).contains(&digits) {
            return false;
        }
        rest = &fraction[digits..];
    }
    fits(clock, b"00:00:00") && (matches!(rest, [b'Z' | b'z']) || fits(rest, b"+00:00") || fits(rest, b"-00:00"))
}

/// Whether the text has the pattern's length and characters, `0` standing for any digit.
fn fits(text: &[u8], pattern: &[u8]) -> bool {
    text.len() == pattern.len() && text.iter().zip(pattern).all(|(b, p)| if *p == b'0' { b.is_ascii_digit() } else { b == p })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_of_rfc_3339_are_read() {
        let cases = [
            ("2026-11-21", 1_795_219_200_000_000),
            ("2026-11-21T08:10:44Z", 1_795_248_644_000_000),
            ("2026-11-21t08:10:44z", 1_795_248_644_000_000),
            ("2026-11-21 09:10:44+01:00", 1_795_248_644_000_000),
            ("2026-11-21T08:10:44.123456789Z", 1_795_248_644_123_456),
            ("1900-01-01", EARLIEST),
        ];
        for (text, micros) in cases {
            assert_eq!(parse(text), Some(Timestamp(micros)), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "today",
            "2026-11-2",
            "2026-13-01",
            "2026-02-30",
            "21.11.2026",
            "20261121",
            "2026-11-21T08:10:44",
            "2026-11-21T08:10Z",
            "2026-11-21Z",
            "2026-11-21T08:10:44.Z",
            "2026-11-21T08:10:44+0100",
            "2026-11-21T08:10:44Z[UTC]",
            "2026-11-21T25:00:00Z",
            "0205-01-01",
            "2200-01-01",
            "2026-11-21T00:00:00−01:00",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
