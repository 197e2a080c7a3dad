//! Figures of quality: what they are called, and what they mean.

use super::{Tone, percent};
use review::quality::{Figure, Standing};

/// A figure's name, and what it is.
pub const fn figure(figure: Figure) -> (&'static str, &'static str) {
    match figure {
        Figure::AgreementBlind => {
            ("Agreement, recommendation not shown", "answers given as recommended, by people who had not been shown what was recommended")
        }
        Figure::AgreementShown => {
            ("Agreement, recommendation shown", "answers given as recommended, by people who had it in view and may have followed it")
        }
        Figure::KeptAgainst => ("Kept against Revoke", "of what Revoke was recommended for, what people kept"),
        Figure::RemovedAgainst => ("Removed against Approve", "of what Approve was recommended for, what people removed"),
        Figure::Reversals => ("Reversals", "of what was removed as recommended, what was there again within 30 days"),
        Figure::Calibration => ("Calibration", "the largest distance between the confidence stated and how often people agree"),
        Figure::Inputs => ("Facts", "how far the facts are distributed otherwise than in the year before"),
        Figure::Recommended => ("What is recommended", "how far recommendations are distributed otherwise than in the year before"),
        Figure::Decided => ("What people decide", "how far decisions are distributed otherwise than in the year before"),
    }
}

/// A figure in its unit: per cent, points of per cent, or an index.
pub fn figure_value(figure: Figure, parts: u64) -> String {
    match figure {
        Figure::Calibration => format!("{} points", percent(parts).trim_end_matches(" %")),
        Figure::Inputs | Figure::Recommended | Figure::Decided => index(parts),
        _ => percent(parts),
    }
}

/// Parts of 10,000 as an index to a hundredth: "0.25".
pub fn index(parts: u64) -> String {
    format!("{}.{:02}", parts / 10_000, parts % 10_000 / 100)
}

/// Where a figure stands.
pub const fn standing(standing: Standing) -> (&'static str, Tone) {
    match standing {
        Standing::Outside => ("outside its band", Tone::Raise),
        Standing::Unsure => ("beyond it, perhaps by chance", Tone::Plain),
        Standing::Within => ("within its band", Tone::Keep),
        Standing::TooFew => ("too few to say", Tone::Unknown),
    }
}

/// What a distribution is of.
pub fn input(word: &str) -> &'static str {
    match word {
        "last-used" => "Last use",
        "usage-window" => "Days of use that can be seen",
        "held-for" => "How long it was held",
        "people-alike" => "How many people alike hold it",
        "sensitivity" => "Sensitivity",
        "account-status" => "State of the account",
        "path" => "How it is held",
        "duties" => "Conflicts of duties",
        "recommended" => "What is recommended",
        "decided" => "What people decide",
        _ => "Another fact",
    }
}

/// A bucket of a distribution: its word, without hyphens.
pub fn bucket(word: &str) -> String {
    super::capital(&word.replace('-', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_is_said_in_its_unit() {
        assert_eq!(figure_value(Figure::Reversals, 512), "5.1 %");
        assert_eq!(figure_value(Figure::Calibration, 512), "5.1 points");
        assert_eq!(figure_value(Figure::Inputs, 2_539), "0.25");
        assert_eq!(index(12_345), "1.23");
        assert_eq!(bucket("under-30-days"), "Under 30 days");
    }
}
