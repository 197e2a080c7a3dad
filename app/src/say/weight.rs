//! Weights and scores of the engine, which are kept in thousandths.

/// A weight with its sign: "+1.3" for 1300, "−2.6" for -2600; nothing lost, so that a column of them adds up.
pub fn weight(thousandths: i32) -> String {
    let sign = match thousandths {
        0 => return "0".to_owned(),
        1.. => '+',
        ..0 => '\u{2212}',
    };
    let whole = thousandths.unsigned_abs() / 1_000;
    let rest = format!("{:03}", thousandths.unsigned_abs() % 1_000);
    let rest = rest.trim_end_matches('0');
    format!("{sign}{whole}.{}", if rest.is_empty() { "0" } else { rest })
}

#[cfg(test)]
mod tests {
    use super::weight;

    #[test]
    fn weights_keep_every_digit() {
        for (thousandths, text) in
            [(1_300, "+1.3"), (-2_600, "\u{2212}2.6"), (150, "+0.15"), (-1_005, "\u{2212}1.005"), (8_000, "+8.0"), (0, "0")]
        {
            assert_eq!(weight(thousandths), text);
        }
    }
}
