//! Figures of fairness: what they are called, and what they say.

use review::fairness::{Attribute, Difference, Group, Measure, MeasureFigure, Standing};

/// An attribute's name, and what people are called of whom nothing is stated.
pub const fn attribute(attribute: Attribute) -> &'static str {
    match attribute {
        Attribute::EmploymentType => "Employment type",
        Attribute::Site => "Site",
        Attribute::WorkingTime => "Full and part time",
        Attribute::Leave => "Leave",
    }
}

/// A group's name: the source's word, or ours.
pub fn group(attribute: Attribute, word: &str) -> String {
    match (attribute, word) {
        (Attribute::WorkingTime, "full_time") => "Full time".to_owned(),
        (Attribute::WorkingTime, "part_time") => "Part time".to_owned(),
        (Attribute::Leave, "at_work") => "At work".to_owned(),
        (Attribute::Leave, "on_leave") => "On leave".to_owned(),
        _ => word.to_owned(),
    }
}

/// A measure's name, short enough for a column.
pub const fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::RecommendedRevoke => "Recommended Revoke",
        Measure::RecommendedEscalate => "Recommended Escalate",
        Measure::DecidedRevoke => "Decided Revoke",
        Measure::Reversed => "Reversals",
    }
}

/// Signed points of per cent: "+12.3", "−0.4".
fn signed(parts: i64) -> String {
    let sign = match parts {
        ..0 => "\u{2212}",
        0 => "",
        1.. => "+",
    };
    format!("{sign}{}", plain(parts.unsigned_abs()))
}

fn plain(parts: u64) -> String {
    format!("{}.{}", parts / 100, parts % 100 / 10)
}

/// A difference with its interval: "+12.3 points (+8.1 to +16.5)".
pub fn difference(of: Difference) -> String {
    format!("{} points ({} to {})", signed(of.parts), signed(of.low), signed(of.high))
}

/// What stands apart, as a sentence without the group's name before it: "Revoke was recommended more often …".
pub fn apart(figure: &MeasureFigure) -> Option<String> {
    let Difference { low, high, .. } = figure.difference?;
    let (more, near, far) = match figure.standing {
        Standing::More => ("more", low, high),
        Standing::Less => ("less", high, low),
        Standing::NotApart | Standing::TooFew => return None,
    };
    let what = match figure.measure {
        Measure::RecommendedRevoke => "Revoke was recommended",
        Measure::RecommendedEscalate => "Escalate was recommended",
        Measure::DecidedRevoke => "people decided Revoke",
        Measure::Reversed => "what was removed was there again within 30 days",
    };
    let (near, far) = (plain(near.unsigned_abs()), plain(far.unsigned_abs()));
    Some(format!("{what} {more} often than for all others, by {near} to {far} points of per cent."))
}

/// Everything of a group that stands apart.
pub fn all_apart(group: &Group) -> Vec<String> {
    group.figures.iter().filter_map(apart).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use review::shadow::Rate;

    #[test]
    fn what_stands_apart_is_said_with_the_nearer_end_first() {
        let figure = |standing, low, high| MeasureFigure {
            difference: Some(Difference { high, low, parts: i64::midpoint(low, high) }),
            measure: Measure::RecommendedRevoke,
            rate: Rate::default(),
            standing,
        };
        let more = "Revoke was recommended more often than for all others, by 8.1 to 16.5 points of per cent.";
        assert_eq!(apart(&figure(Standing::More, 812, 1_655)).as_deref(), Some(more));
        let less = "Revoke was recommended less often than for all others, by 8.1 to 16.5 points of per cent.";
        assert_eq!(apart(&figure(Standing::Less, -1_655, -812)).as_deref(), Some(less));
        assert_eq!(apart(&figure(Standing::NotApart, -100, 300)), None);
        let near = Difference { high: 41, low: -1_655, parts: -7 };
        assert_eq!(difference(near), "\u{2212}0.0 points (\u{2212}16.5 to +0.4)");
    }
}
