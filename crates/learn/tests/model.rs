//! What a model is trusted for: the same decisions give the same bytes, and what was never seen is no surprise.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use learn::{Artifact, Card, Model, Settings, Table, TrainError, labels, measure, train};
use proptest::prelude::*;

const SMALL: Settings = Settings { seed: 1, bags: 2, trees: 30, depth: 3, rate: 0.1, held_out: 5 };

fn company(rows: u32) -> (Vec<Vec<String>>, Vec<bool>) {
    (0..rows)
        .map(|row| {
            let (what, team, place) = (row * 7 % 13, row * 5 % 11, row * 3 % 4);
            let values = vec![format!("w{what}"), format!("t{team}"), format!("{team}-again"), format!("p{place}"), "same".to_owned()];
            (values, (what + team) % 5 != 0 || row % 9 == 0)
        })
        .unzip()
}

fn model(rows: &[Vec<String>], labels: &[bool]) -> Model {
    train(&Table::new(&["what", "team", "team code", "place", "country"], 0, rows).unwrap(), labels, SMALL).unwrap()
}

/// How many cases: a few, or as many as `PROPTEST_CASES` asks for.
fn cases(few: u32) -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { few }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(8), ..ProptestConfig::default() })]

    /// The order in which decisions come changes no byte.
    #[test]
    fn the_order_of_rows_changes_nothing(order in Just((0..600_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let (rows, labels) = company(600);
        let first = Artifact::write(&model(&rows, &labels), Card::default()).unwrap();
        let shuffled: Vec<Vec<String>> = order.iter().map(|row| rows[*row].clone()).collect();
        let their_labels: Vec<bool> = order.iter().map(|row| labels[*row]).collect();
        let second = Artifact::write(&model(&shuffled, &their_labels), Card::default()).unwrap();
        prop_assert_eq!(first.hash, second.hash);
    }

    /// Damage is noticed wherever it is.
    #[test]
    fn a_changed_byte_is_no_model(place in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let (rows, labels) = company(300);
        let mut bytes = Artifact::write(&model(&rows, &labels), Card::default()).unwrap().bytes;
        let head = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        let at = head + place.index(bytes.len() - head);
        bytes[at] ^= 1 << bit;
        prop_assert!(Artifact::read(&bytes).is_err());
    }
}

#[test]
fn it_learns_and_leaves_out_what_says_nothing() {
    let (rows, labels) = company(1500);
    let model = model(&rows, &labels);
    assert_eq!(model.columns().collect::<Vec<_>>(), ["what", "team", "place"]);
    let scores: Vec<f64> = rows.iter().map(|row| model.probability(&[&row[0], &row[1], &row[3]])).collect();
    assert!(measure::auc(&scores, &labels).unwrap() > 0.9);
    let strange = model.probability(&["never", "seen", "before"]);
    assert!(strange > 0.5 && strange < 1.0, "{strange}");
}

#[test]
fn an_artifact_gives_the_same_model_back() {
    let (rows, labels) = company(800);
    let model = model(&rows, &labels);
    let artifact = Artifact::write(&model, Card { text: "for a test".into(), ..Card::default() }).unwrap();
    let (back, card) = Artifact::read(&artifact.bytes).unwrap();
    assert_eq!(back, model);
    assert_eq!(card.text, "for a test");
    assert!(Artifact::read(b"{}\n").is_err());
    assert!(Artifact::read(&artifact.bytes[..artifact.bytes.len() - 1]).is_err());
}

#[test]
fn one_sided_decisions_teach_nothing_and_say_so() {
    let (rows, _) = company(100);
    let table = Table::new(&["what", "team", "team code", "place", "country"], 0, &rows).unwrap();
    assert_eq!(train(&table, &[true; 100], SMALL), Err(TrainError::OneSided { rows: 100, refused: 0 }));
    assert_eq!(train(&table, &[true; 3], SMALL), Err(TrainError::Labels { labels: 3, rows: 100 }));
}

/// Rule 30.
#[test]
fn only_blind_checked_and_recorded_decisions_teach() {
    use labels::LabelOrigin::{BlindFirst, Bulk, Default, PlatformAccepted, Practice, RecommendationSeen, Record, Reversal, SecondReview};
    let all = [BlindFirst, SecondReview, Reversal, Record, RecommendationSeen, Bulk, Default, Practice, PlatformAccepted, Bulk];
    let (kept, counts) = labels::that_teach(all.into_iter().map(|origin| (origin, origin)));
    assert_eq!(kept, [BlindFirst, SecondReview, Reversal, Record]);
    assert_eq!(counts.dropped[&Bulk], 2);
    assert_eq!(counts.dropped.len(), 5);
}

/// By hand: refused rows at .1 and .6, approved at .2, .6 and .9.
#[test]
fn measures_are_what_their_names_say() {
    let (approve, approved) = ([0.1, 0.2, 0.6, 0.6, 0.9], [false, true, false, true, true]);
    assert!((measure::auc(&approve, &approved).unwrap() - 4.5 / 6.0).abs() < 1e-12);
    assert!((measure::average_precision_revoke(&approve, &approved).unwrap() - 0.75).abs() < 1e-12);
    let (precision, recall) = measure::at_lowest(0.6, &approve, &approved).unwrap();
    assert!((precision - 1.5 / 3.0).abs() < 1e-12 && (recall.unwrap() - 0.75).abs() < 1e-12);
    assert!((measure::brier(&approve, &approved).unwrap() - (0.01 + 0.64 + 0.36 + 0.16 + 0.01) / 5.0).abs() < 1e-12);
    assert!((measure::ece(&approve, &approved).unwrap() - (0.1 + 0.8 + 0.2 + 0.1) / 5.0).abs() < 1e-12);
    assert_eq!(measure::auc(&[0.5], &[true]), None);
}
