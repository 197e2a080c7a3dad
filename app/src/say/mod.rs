//! What the pages say: numbers, times, states and records in plain words.
//!
//! British English. A sentence names a number and a time where there is one;
//! unknown is said as such, with why.

mod access;
mod ends;
mod fairness;
mod overlap;
mod quality;
mod rate;
mod reconcile;
mod record;
mod state;
mod usage;
mod weight;
mod when;

pub use access::{kind_of_source, not_joined, path, path_steps, reviewer_by, role, sensitivity, status, what_ends};
pub use ends::{after_escalating, finality, finality_brief, removal};
pub use fairness::{all_apart, attribute, difference, group, measure};
pub use overlap::{alike, beside_recommendation, first_names, idle, keep_give_up, why};
pub use quality::{bucket, figure, figure_value, index, input, standing};
pub use rate::{interval, percent};
pub use reconcile::{decided, recommended, reconciled, source_shows, tone_of_reconciled};
pub use record::{ChainLine, Part, came_by, chain_line};
pub use state::{
    answer, answered, brief_order_state, campaign_state, default_action, explanation, finding, hold_reason, judge_first, order_state,
    origin, outcome, review_state, revoke_why, runs_at, sending_state, tone_of_answer, tone_of_order, tone_of_review, tone_of_sending,
    tone_of_verdict, verdict,
};
pub use usage::{grain, usage_brief, usage_sentence};
pub use weight::weight;
pub use when::{When, span};

/// What a colour and a shape mean. Never without a word beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    Plain,
    /// The access stays, or something is proven.
    Keep,
    /// The access goes.
    Remove,
    /// Somebody must look.
    Raise,
    /// Unknown.
    Unknown,
}

pub use review::view::number;

/// A number with its noun: "1 item", "2,846 items".
pub fn many(n: i64, one: &str, more: &str) -> String {
    format!("{} {}", number(n), if n == 1 { one } else { more })
}

/// Names in a row: "A", "A and B", "A, B and C".
pub fn list<T: AsRef<str>>(parts: &[T]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}

/// The same text with its first letter large.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The first letters of the first and the last word: "IO" for Ingrid Olsen.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter(|word| word.starts_with(char::is_alphanumeric));
    let first = words.next().and_then(|word| word.chars().next());
    let last = words.next_back().and_then(|word| word.chars().next());
    first.into_iter().chain(last).flat_map(char::to_uppercase).collect()
}

/// A number of bytes: "312 kB".
pub fn bytes(n: i64) -> String {
    match n {
        ..1_000 => many(n, "byte", "bytes"),
        1_000..1_000_000 => format!("{} kB", n / 1_000),
        _ => format!("{}.{} MB", n / 1_000_000, n % 1_000_000 / 100_000),
    }
}

/// The beginning of a digest, where the whole of it stands elsewhere.
pub fn short_digest(digest: &str) -> String {
    if digest.len() > 16 && digest.is_ascii() { format!("{}…{}", &digest[..8], &digest[digest.len() - 4..]) } else { digest.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_set_in_thousands() {
        for (n, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (2_846, "2,846"), (1_234_567, "1,234,567"), (-1_000, "-1,000")] {
            assert_eq!(number(n), text);
        }
    }

    #[test]
    fn names_stand_in_a_row() {
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(list(&["A"]), "A");
        assert_eq!(list(&["A", "B"]), "A and B");
        assert_eq!(list(&["A", "B", "C"]), "A, B and C");
    }

    #[test]
    fn initials_are_first_and_last() {
        assert_eq!(initials("Ingrid Olsen"), "IO");
        assert_eq!(initials("Mei-Lin de la Ortega"), "MO");
        assert_eq!(initials("Plato"), "P");
        assert_eq!(initials("Meridian SSO (simulated)"), "MS");
        assert_eq!(initials(""), "");
    }

    #[test]
    fn sizes_are_round() {
        assert_eq!(bytes(1), "1 byte");
        assert_eq!(bytes(312_400), "312 kB");
        assert_eq!(bytes(4_260_000), "4.2 MB");
    }
}
