//! Shares with their intervals (rule 32).

use review::shadow::Share;

/// Parts of 10,000 as per cent, to a tenth: "90.4 %".
pub fn percent(parts: u64) -> String {
    format!("{}.{} %", parts / 100, parts % 100 / 10)
}

/// The ends of an interval: "84.2 to 94.3 %".
pub fn interval(share: Share) -> String {
    format!("{}.{} to {}", share.low / 100, share.low % 100 / 10, percent(share.high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_said_in_tenths_of_a_per_cent() {
        let share = Share { low: 8_420, parts: 9_042, high: 9_431 };
        assert_eq!((percent(share.parts), interval(share)), ("90.4 %".to_owned(), "84.2 to 94.3 %".to_owned()));
        assert_eq!((percent(0), percent(10_000)), ("0.0 %".to_owned(), "100.0 %".to_owned()));
    }
}
