//! Rows that nobody answered yet tell how common something is, and nothing else.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use learn::{Artifact, Card, Model, Settings, Table, measure, train, train_beside};

const SMALL: Settings = Settings { seed: 1, bags: 2, trees: 40, depth: 3, rate: 0.1, held_out: 5 };
const COLUMNS: [&str; 3] = ["what", "team", "place"];

/// Entitlements `w{from}` to `w{to}`, ten requests each: every other one is asked for within one team, and granted; the
/// others are asked for by many teams, and mostly refused.
fn requests(from: usize, to: usize) -> (Vec<Vec<String>>, Vec<bool>) {
    let row = |what: usize, ask: usize| {
        let at_home = what.is_multiple_of(2);
        let team = if at_home { what / 2 % 12 } else { (what * 5 + ask) % 12 };
        (vec![format!("w{what}"), format!("t{team}"), format!("p{}", (what + ask) % 3)], at_home || ask == 3)
    };
    (from..to).flat_map(|what| (0..10).map(move |ask| (what, ask))).map(|(what, ask)| row(what, ask)).unzip()
}

fn borrowed(rows: &[Vec<String>]) -> Vec<Vec<&str>> {
    rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect()
}

fn table(rows: &[Vec<String>]) -> Table {
    Table::new(&COLUMNS, 0, rows).unwrap()
}

/// The same rows in the order of the model's columns.
fn of_model<'a>(model: &Model, rows: &[Vec<&'a str>]) -> Vec<Vec<&'a str>> {
    let places: Vec<usize> = model.columns().map(|name| COLUMNS.iter().position(|column| *column == name).unwrap()).collect();
    rows.iter().map(|row| places.iter().map(|place| row[*place]).collect()).collect()
}

#[test]
fn what_nobody_decided_on_yet_is_told_apart_by_who_asks_for_it() {
    let (known, answers) = requests(0, 60);
    let (new, truth) = requests(60, 90);
    let model = train(&table(&known), &answers, SMALL).unwrap();
    let new = of_model(&model, &borrowed(&new));
    let alone: Vec<f64> = new.iter().map(|row| model.probability(row)).collect();
    let together = measure::auc(&model.probabilities(&new), &truth).unwrap();
    let alone = measure::auc(&alone, &truth).unwrap();
    assert!(together > 0.85 && together > alone + 0.2, "{together} together, {alone} alone");
}

#[test]
fn the_order_of_open_rows_changes_nothing_and_their_company_does() {
    let (known, answers) = requests(0, 60);
    let (new, _) = requests(60, 80);
    let open = borrowed(&new);
    let backwards: Vec<Vec<&str>> = open.iter().rev().cloned().collect();
    let bytes = |open: &[Vec<&str>]| {
        let model = train_beside(&table(&known), &answers, open, SMALL).unwrap();
        Artifact::write(&model, Card::default()).unwrap().hash
    };
    assert_eq!(bytes(&open), bytes(&backwards));
    assert_ne!(bytes(&open), bytes(&[]), "open rows count in training");

    let model = train_beside(&table(&known), &answers, &open, SMALL).unwrap();
    let (open, backwards) = (of_model(&model, &open), of_model(&model, &backwards));
    let mut judged = model.probabilities(&backwards);
    judged.reverse();
    assert_eq!(model.probabilities(&open), judged);
    assert_ne!(model.probabilities(&open[..10]), judged[..10], "what is judged with them counts");
}

/// Nothing stands beside a row that is judged by itself: it is judged as without company.
#[test]
fn a_row_alone_is_judged_as_by_itself() {
    let (known, answers) = requests(0, 60);
    let model = train(&table(&known), &answers, SMALL).unwrap();
    for row in [["w4", "t2", "p1"], ["w7", "t11", "p0"], ["never", "seen", "before"]] {
        let row = of_model(&model, &[row.to_vec()]);
        assert_eq!(model.probabilities(&row), [model.probability(&row[0])]);
    }
    assert_eq!(model.probabilities(&[vec![]]), [model.probability(&[])], "missing values");
    assert!(model.probabilities(&[]).is_empty());
}
