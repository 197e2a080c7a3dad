//! What each attribute adds: exactly as much as there is, and always the same.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use learn::{Artifact, Card, Model, Settings, Table, train};
use proptest::prelude::*;
use std::sync::LazyLock;

const SMALL: Settings = Settings { seed: 1, bags: 2, trees: 30, depth: 3, rate: 0.1, held_out: 5 };

/// What is asked for, by whom and where; refused by what and whom together, and by nothing else.
fn trained(columns: &[&str]) -> Model {
    let (rows, answers): (Vec<Vec<String>>, Vec<bool>) = (0..900_u32)
        .map(|row| {
            let (what, team, place) = (row * 7 % 13, row * 5 % 11, row * 3 % 4);
            let all = [format!("w{what}"), format!("t{team}"), format!("p{place}")];
            (all.into_iter().take(columns.len()).collect(), (what + team) % 5 != 0 || row % 9 == 0)
        })
        .unzip();
    train(&Table::new(columns, 0, &rows).unwrap(), &answers, SMALL).unwrap()
}

static THREE: LazyLock<Model> = LazyLock::new(|| trained(&["what", "team", "place"]));

/// The log-odds in thousandths, as the promise's millionths give them.
fn log_odds(probability: f64) -> f64 {
    let p = (probability * 1e6).round().clamp(1.0, 999_999.0) / 1e6;
    1_000.0 * libm::log(p / (1.0 - p))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is known and however columns are grouped: the parts add up to the last thousandth, from what the model says of
    /// nothing to what it says of everything, and are the same again after the model was stored.
    #[test]
    fn the_parts_add_up_exactly(what in 0..15_u32, team in 0..13_u32, place in 0..6_u32, groups in prop::array::uniform3(0..3_u8)) {
        let values = [format!("w{what}"), format!("t{team}"), format!("p{place}")];
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let parts = THREE.parts(&values, &groups);
        prop_assert_eq!(parts.nothing_known + parts.of.values().sum::<i32>(), parts.whole);
        prop_assert!((f64::from(parts.whole) - log_odds(THREE.probability(&values))).abs() < 0.51);
        prop_assert!((f64::from(parts.nothing_known) - log_odds(THREE.probability(&[]))).abs() < 0.51);
        let (back, _) = Artifact::read(&Artifact::write(&THREE, Card::default()).unwrap().bytes).unwrap();
        prop_assert_eq!(back.parts(&values, &groups), parts);
    }
}

#[test]
fn of_two_attributes_each_has_the_mean_of_coming_first_and_second() {
    let model = trained(&["what", "team"]);
    assert_eq!(model.columns().collect::<Vec<_>>(), ["what", "team"]);
    let value = |values: &[&str]| log_odds(model.probability(values));
    let mut far = 0;
    for (what, team) in (0..13).flat_map(|what| (0..11).map(move |team| (format!("w{what}"), format!("t{team}")))) {
        let (both, none) = (value(&[&what, &team]), value(&["?", "?"]));
        let (first, second) = (value(&[&what, "?"]), value(&["?", &team]));
        let shapley = [f64::midpoint(first - none, both - second), f64::midpoint(second - none, both - first)];
        let parts = model.parts(&[&what, &team], &["a", "b"]);
        // Four roundings of half a thousandth in each, and half a one carried over.
        for (part, by_hand) in parts.of.values().zip(shapley) {
            assert!((f64::from(*part) - by_hand).abs() <= 2.0, "{what} {team}: {part} and {by_hand}");
        }
        // Which of the two goes first makes no difference.
        let turned = model.parts(&[&what, &team], &["b", "a"]);
        assert!((turned.of["b"] - parts.of["a"]).abs() <= 1 && (turned.of["a"] - parts.of["b"]).abs() <= 1);
        far += usize::from(parts.of.values().any(|part| part.abs() > 300));
    }
    assert!(far > 50, "the attributes say something: {far}");
}

#[test]
fn what_is_not_known_adds_nothing_and_what_is_in_no_group_stays() {
    let model = &*THREE;
    assert_eq!(model.columns().collect::<Vec<_>>(), ["what", "team", "place"]);
    let strange = model.parts(&["never", "seen", "before"], &[1, 2, 3]);
    assert_eq!(strange.of.into_values().collect::<Vec<_>>(), [0, 0, 0]);
    let one = model.parts(&["w1", "unheard of", "p1"], &[1, 2, 3]);
    assert_eq!((one.of[&2], one.of.len()), (0, 3));
    assert_ne!(one.of[&1], 0);

    // Only the first column is taken away.
    let first = model.parts(&["w1", "t1", "p1"], &[1]);
    assert_eq!(first.of.len(), 1);
    assert!((f64::from(first.nothing_known) - log_odds(model.probability(&["?", "t1", "p1"]))).abs() < 0.51);
    // And values that are missing at the end are as if never seen.
    assert_eq!(model.parts(&["w1"], &[1, 2, 3]).of, model.parts(&["w1", "?", "?"], &[1, 2, 3]).of);
    assert!(model.parts::<u8>(&["w1", "t1", "p1"], &[]).of.is_empty());
}
