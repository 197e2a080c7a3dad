//! The calendar that rhythms of work follow, in whole days of UTC.

use domain::{Timestamp, time::DAY};

/// Days before and after a quarter's last day on which closing work is done.
const BEFORE: i64 = 12;
const AFTER: i64 = 15;

/// The day of a moment, counted from 1970-01-01.
pub fn day_of(at: Timestamp) -> i64 {
    at.micros().div_euclid(DAY)
}

/// Year, month (1 to 12) and day of month of a day counted from 1970-01-01, in the proleptic
/// Gregorian calendar. After H. Hinnant, "chrono-compatible low-level date algorithms": years
/// begin in March, so that the leap day is the last day of one.
pub fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day_of_month)
}

/// The day, counted from 1970-01-01, of a date.
pub fn day(year: i64, month: i64, day_of_month: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * month_from_march + 2) / 5 + day_of_month - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The last day of the quarter in which `day` lies.
fn quarter_end(of: i64) -> i64 {
    let (year, month, _) = civil(of);
    let last_month = (month - 1) / 3 * 3 + 3;
    let (next_year, next_month) = if last_month == 12 { (year + 1, 1) } else { (year, last_month + 1) };
    day(next_year, next_month, 1) - 1
}

/// The quarter end around which a day lies: at most 12 days before or 15 days after it.
pub fn quarter_end_near(of: i64) -> Option<i64> {
    let end = quarter_end(of);
    let (year, month, _) = civil(of);
    let before = day(year, (month - 1) / 3 * 3 + 1, 1) - 1;
    if of - before <= AFTER { Some(before) } else { (end - of <= BEFORE).then_some(end) }
}

/// The latest quarter end whose closing work is over on `today`.
pub fn latest_closed_quarter(today: i64) -> i64 {
    let (year, month, _) = civil(today - AFTER + 1);
    day(year, (month - 1) / 3 * 3 + 1, 1) - 1
}

/// The year whose end a day belongs to: 10 December to 10 February.
pub fn year_end_near(of: i64) -> Option<i64> {
    match civil(of) {
        (year, 12, 10..) => Some(year),
        (year, 1, _) | (year, 2, ..=10) => Some(year - 1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_each_others_inverse() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(day(2026, 11, 21), 20_778);
        for of in -200_000..200_000 {
            let (year, month, day_of_month) = civil(of);
            assert_eq!(day(year, month, day_of_month), of);
        }
        assert_eq!(civil(day(2024, 2, 28) + 1), (2024, 2, 29));
        assert_eq!(civil(day(2100, 2, 28) + 1), (2100, 3, 1));
    }

    #[test]
    fn quarter_ends_reach_into_both_quarters() {
        let end = day(2026, 9, 30);
        assert_eq!(quarter_end_near(end - 12), Some(end));
        assert_eq!(quarter_end_near(end), Some(end));
        assert_eq!(quarter_end_near(end + 15), Some(end));
        assert_eq!(quarter_end_near(end - 13), None);
        assert_eq!(quarter_end_near(end + 16), None);
        assert_eq!(quarter_end_near(day(2027, 1, 2)), Some(day(2026, 12, 31)));
    }

    #[test]
    fn a_quarter_is_closed_when_its_work_is_over() {
        let end = day(2026, 9, 30);
        assert_eq!(latest_closed_quarter(end + 14), day(2026, 6, 30));
        assert_eq!(latest_closed_quarter(end + 15), end);
        assert_eq!(latest_closed_quarter(day(2026, 11, 21)), end);
    }

    #[test]
    fn year_ends_belong_to_the_year_that_ends() {
        assert_eq!(year_end_near(day(2025, 12, 9)), None);
        assert_eq!(year_end_near(day(2025, 12, 10)), Some(2025));
        assert_eq!(year_end_near(day(2026, 2, 10)), Some(2025));
        assert_eq!(year_end_near(day(2026, 2, 11)), None);
    }
}
