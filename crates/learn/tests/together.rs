//! Rows that nobody answered yet tell how common something is, and nothing else; what is said of them rests on what they share.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use learn::{Settings, Table, Together, TrainError, measure, train};
use proptest::prelude::*;

const SMALL: Settings = Settings { seed: 1, bags: 2, trees: 40, depth: 3, rate: 0.1, held_out: 5 };
const COLUMNS: [&str; 3] = ["what", "team", "place"];

type Rows = Vec<Vec<String>>;

/// Entitlements `w{from}` to `w{to}`, ten requests each: every other one is asked for within one team, and granted; the
/// others are asked for by many teams, and mostly refused.
fn requests(from: usize, to: usize) -> (Rows, Vec<bool>) {
    let row = |what: usize, ask: usize| {
        let at_home = what.is_multiple_of(2);
        let team = if at_home { what / 2 % 12 } else { (what * 5 + ask) % 12 };
        (vec![format!("w{what}"), format!("t{team}"), format!("p{}", (what * what + ask) % 7)], at_home || ask == 3)
    };
    (from..to).flat_map(|what| (0..10).map(move |ask| (what, ask))).map(|(what, ask)| row(what, ask)).unzip()
}

fn borrowed(rows: &[Vec<String>]) -> Vec<Vec<&str>> {
    rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect()
}

/// Of `names`, with the entitlement under `what` wherever it stands.
fn judged_of(names: [&str; 3], what: usize, known: &[Vec<String>], answers: &[bool], open: &[Vec<&str>], settings: Settings) -> Vec<f64> {
    Together::train(&Table::new(&names, what, known).unwrap(), answers, open, settings).unwrap().probabilities()
}

fn judged(known: &[Vec<String>], answers: &[bool], open: &[Vec<String>]) -> Vec<f64> {
    judged_of(COLUMNS, 0, known, answers, &borrowed(open), SMALL)
}

#[test]
fn what_nobody_decided_on_yet_is_told_apart_by_who_asks_for_it() {
    let (known, answers) = requests(0, 60);
    let (new, truth) = requests(60, 90);
    let table = Table::new(&COLUMNS, 0, &known).unwrap();
    let model = train(&table, &answers, SMALL).unwrap();
    let places: Vec<usize> = model.columns().map(|name| COLUMNS.iter().position(|column| *column == name).unwrap()).collect();
    let alone: Vec<f64> =
        new.iter().map(|row| model.probability(&places.iter().map(|place| row[*place].as_str()).collect::<Vec<_>>())).collect();
    let together = Together::train(&table, &answers, &borrowed(&new), SMALL).unwrap();
    assert_eq!(together.columns().collect::<Vec<_>>(), model.columns().collect::<Vec<_>>());
    let together = measure::auc(&together.probabilities(), &truth).unwrap();
    let alone = measure::auc(&alone, &truth).unwrap();
    assert!(together > 0.85 && together > alone + 0.2, "{together} together, {alone} alone");
}

#[test]
fn what_is_judged_with_a_row_counts_and_what_it_repeats_is_said_again() {
    let (known, answers) = requests(0, 60);
    let (open, _) = requests(60, 80);
    let all = judged(&known, &answers, &open);
    assert_eq!(all, judged(&known, &answers, &open));
    assert_ne!(all[..10], judged(&known, &answers, &open[..10]));
    let twice = judged(&known, &answers, &[&open[..], &open[..]].concat());
    assert_eq!(twice[..open.len()], twice[open.len()..], "the same row twice");
}

#[test]
fn another_seed_is_another_training() {
    let (known, answers) = requests(0, 60);
    let (open, _) = requests(60, 70);
    let other = judged_of(COLUMNS, 0, &known, &answers, &borrowed(&open), Settings { seed: 2, ..SMALL });
    assert_ne!(judged(&known, &answers, &open), other);
}

/// How many cases: a few, or as many as `PROPTEST_CASES` asks for.
fn cases(few: u32) -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { few }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(6), ..ProptestConfig::default() })]

    /// The order in which decisions and open rows come changes no bit.
    #[test]
    fn the_order_of_rows_changes_nothing(
        decisions in Just((0..400_usize).collect::<Vec<_>>()).prop_shuffle(),
        others in Just((0..150_usize).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let (known, answers) = requests(0, 40);
        let (open, _) = requests(30, 45);
        let shuffled: Rows = decisions.iter().map(|row| known[*row].clone()).collect();
        let their_answers: Vec<bool> = decisions.iter().map(|row| answers[*row]).collect();
        let their_open: Rows = others.iter().map(|row| open[*row].clone()).collect();
        let first = judged(&known, &answers, &open);
        let again = judged(&shuffled, &their_answers, &their_open);
        let expected: Vec<f64> = others.iter().map(|row| first[*row]).collect();
        prop_assert_eq!(again, expected);
    }

    /// Nor do the spelling of values, the names of columns and their places.
    #[test]
    fn spelling_and_names_change_nothing(salt in any::<u64>(), places in Just([0_usize, 1, 2]).prop_shuffle()) {
        let (known, answers) = told_apart(400, 1);
        let (open, _) = told_apart(120, 2);
        let spelled = |value: &String| {
            let mixed = value.bytes().fold(salt, |sum, byte| sum.wrapping_mul(0x0100_0000_01B3) ^ u64::from(byte));
            format!("{mixed:016x} {value}")
        };
        let other = |rows: &Rows| -> Rows { rows.iter().map(|row| places.iter().map(|place| spelled(&row[*place])).collect()).collect() };
        let what = places.iter().position(|place| *place == 0).unwrap();
        let first = judged(&known, &answers, &open);
        let again = judged_of(["c", "b", "a"], what, &other(&known), &answers, &borrowed(&other(&open)), SMALL);
        prop_assert_eq!(again, first);
    }
}

/// Rows at random, whose columns have different numbers of values and in which hardly two values have the same places.
fn told_apart(rows: u64, seed: u64) -> (Rows, Vec<bool>) {
    let mut state = seed;
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % bound
    };
    (0..rows)
        .map(|_| {
            let (what, team, place) = (below(7) * below(6), below(17), below(5));
            (vec![format!("w{what}"), format!("t{team}"), format!("p{place}")], (what + team) % 4 != 0 || below(9) == 0)
        })
        .unzip()
}

#[test]
fn what_was_never_seen_or_is_missing_is_no_surprise() {
    let (known, answers) = requests(0, 60);
    let open = vec![vec!["never", "seen", "before"], vec!["w4", "t2"], vec![], vec![], vec!["w4", "t2", "p1", "more"]];
    let said = judged_of(COLUMNS, 0, &known, &answers, &open, SMALL);
    assert!(said.iter().all(|p| *p > 0.0 && *p < 1.0), "{said:?}");
    assert!((said[2] - said[3]).abs() < f64::EPSILON, "{said:?}");
    assert!(judged(&known, &answers, &[]).is_empty());
}

#[test]
fn one_sided_decisions_teach_nothing_here_either() {
    let (known, answers) = requests(0, 20);
    let table = Table::new(&COLUMNS, 0, &known).unwrap();
    let train = |answers: &[bool], settings| Together::train(&table, answers, &[], settings).unwrap_err();
    assert_eq!(train(&[true; 200], SMALL), TrainError::OneSided { rows: 200, refused: 0 });
    assert_eq!(train(&answers[1..], SMALL), TrainError::Labels { labels: 199, rows: 200 });
    assert_eq!(train(&answers, Settings { bags: 0, ..SMALL }), TrainError::Settings);
    assert_eq!(train(&answers, Settings { depth: 8, ..SMALL }), TrainError::Settings);
}

/// With the entitlement alone there are no pairs, no profile and no neighbours.
#[test]
fn one_column_is_enough() {
    let (known, answers): (Rows, Vec<bool>) = (0..400).map(|row| (vec![format!("w{}", row % 10)], row / 10 % 10 < row % 10)).unzip();
    let table = Table::new(&["what"], 0, &known).unwrap();
    let said = Together::train(&table, &answers, &[vec!["w1"], vec!["w9"]], SMALL).unwrap().probabilities();
    assert!(said[1] > said[0] + 0.3, "{said:?}");
}
