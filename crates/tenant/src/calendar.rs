//! Days, quarters and RFC 3339 text, by integer arithmetic on the proleptic Gregorian calendar in UTC.
//!
//! The day-number conversions are Howard Hinnant's `days_from_civil` and `civil_from_days`
//! (<https://howardhinnant.github.io/date_algorithms.html>), exact for every year a file may name.

/// Seconds in a day; UTC as computers keep it has no leap seconds.
pub(crate) const DAY: i64 = 86_400;

/// The day number (days since 1970-01-01) of a date.
pub(crate) fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let month_from_march = (month + 9).rem_euclid(12);
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month (1 to 12) and day (1 to 31) of a day number.
pub(crate) fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_month)
}

/// Whether a day is Monday to Friday. 1970-01-01 was a Thursday.
pub(crate) fn is_workday(day: i64) -> bool {
    (day + 3).rem_euclid(7) < 5
}

/// How far a day lies from the nearest turn of a quarter: 0 is the first day of a quarter, -1 the last
/// day of the one before. Between -45 and 45 or so.
pub(crate) fn from_quarter_turn(day: i64) -> i64 {
    let (year, month, _) = civil(day);
    let quarter_month = (month - 1) / 3 * 3 + 1;
    let this = day_number(year, quarter_month, 1);
    let next = if quarter_month == 10 { day_number(year + 1, 1, 1) } else { day_number(year, quarter_month + 3, 1) };
    if day - this <= next - day { day - this } else { day - next }
}

/// A moment in seconds since 1970 as `2026-11-21T08:10:44Z`.
pub(crate) fn rfc3339(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let rest = seconds.rem_euclid(DAY);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// The microsecond since 1970 that an RFC 3339 text names, with any fraction and offset; none when it is not one.
pub(crate) fn parse_rfc3339(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let sign_at = |at: usize, signs: &[u8]| text.as_bytes().get(at).is_some_and(|b| signs.contains(b));
    if !(sign_at(4, b"-") && sign_at(7, b"-") && sign_at(10, b"Tt ") && sign_at(13, b":") && sign_at(16, b":")) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if civil(day_number(year, month, day)) != (year, month, day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let rest = text.get(19..)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        Some(after) => after.split_at(after.bytes().take_while(u8::is_ascii_digit).count()),
        None => ("", rest),
    };
    if rest.starts_with('.') && fraction.is_empty() {
        return None;
    }
    let micros: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let offset = match zone.as_bytes() {
        b"Z" | b"z" => 0,
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let part = |from: usize| zone.get(from..from + 2).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?.parse::<i64>().ok();
            let minutes = part(1)? * 60 + part(4)?;
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let seconds = day_number(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset * 60;
    Some(seconds * 1_000_000 + micros)
}

/// A second since 1970 as HTTP writes it (RFC 9110, 5.6.7).
pub(crate) fn http_date(second: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (day, rest) = (second.div_euclid(DAY), second.rem_euclid(DAY));
    let (year, month, date) = civil(day);
    let pick = |list: &[&'static str], at: i64| usize::try_from(at).ok().and_then(|at| list.get(at).copied()).unwrap_or_default();
    let (weekday, month) = (pick(&DAYS, day.rem_euclid(7)), pick(&MONTHS, month - 1));
    format!("{weekday}, {date:02} {month} {year:04} {:02}:{:02}:{:02} GMT", rest / 3_600, rest / 60 % 60, rest % 60)
}

/// A day as a person writes it: `21 November 2026`.
pub(crate) fn spoken(day: i64) -> String {
    const MONTHS: [&str; 12] =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    let (year, month, day_of_month) = civil(day);
    let name = usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or_default();
    format!("{day_of_month} {name} {year}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_and_back() {
        assert_eq!(day_number(1970, 1, 1), 0);
        assert_eq!(day_number(2000, 3, 1), 11_017);
        assert_eq!(rfc3339(day_number(2026, 11, 21) * DAY + 8 * 3600 + 10 * 60 + 44), "2026-11-21T08:10:44Z");
        assert_eq!(spoken(day_number(2024, 2, 29)), "29 February 2024");
        for day in -200_000..200_000 {
            let (y, m, d) = civil(day);
            assert_eq!(day_number(y, m, d), day);
        }
    }

    #[test]
    fn one_moment_has_many_texts() {
        let moment = parse_rfc3339("2026-11-21T08:10:44Z");
        assert_eq!(moment, Some(1_795_248_644_000_000));
        assert_eq!(parse_rfc3339("2026-11-21T09:10:44.000+01:00"), moment);
        assert_eq!(parse_rfc3339("2026-11-21 03:40:44-04:30"), moment);
        assert_eq!(parse_rfc3339("2026-11-21T08:10:44.5Z"), moment.map(|m| m + 500_000));
        for wrong in
            ["", "2026-11-21", "2026-02-30T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T08:10:44", "2026-11-21T08:10:44.Z", "yesterday"]
        {
            assert_eq!(parse_rfc3339(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn quarters_and_workdays() {
        assert_eq!(from_quarter_turn(day_number(2026, 10, 1)), 0);
        assert_eq!(from_quarter_turn(day_number(2026, 9, 30)), -1);
        assert_eq!(from_quarter_turn(day_number(2026, 12, 28)), -4);
        assert_eq!(from_quarter_turn(day_number(2026, 2, 3)), 33);
        assert!(!is_workday(day_number(2026, 11, 21))); // a Saturday
        assert!(is_workday(day_number(2026, 11, 20)));
    }
}
