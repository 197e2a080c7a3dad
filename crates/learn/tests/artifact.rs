//! A model's bytes are its name in recommendations and in the ledger: training changes none of them unless that is meant.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use learn::{Artifact, Card, Settings, Table, train};

const COLUMNS: [&str; 4] = ["what", "team", "title", "place"];

fn company(rows: u32) -> (Vec<Vec<String>>, Vec<bool>) {
    (0..rows)
        .map(|row| {
            let (what, team, title, place) = (row * 7 % 13, row * 5 % 11, row * row % 29, row * 3 % 4);
            let values = vec![format!("w{what}"), format!("t{team}"), format!("j{title}"), format!("p{place}")];
            (values, (what + team) % 5 != 0 || row % 9 == 0)
        })
        .unzip()
}

/// The hash of an artifact whose card is empty.
fn hash(rows: u32, settings: Settings) -> String {
    let (rows, answers) = company(rows);
    let model = train(&Table::new(&COLUMNS, 0, &rows).unwrap(), &answers, settings).unwrap();
    Artifact::write(&model, Card::default()).unwrap().hash
}

/// The hashes are those of the program before rows that are judged together had views of their own.
#[test]
fn the_same_decisions_give_the_bytes_that_they_always_gave() {
    let small = Settings { seed: 7, bags: 1, trees: 12, depth: 3, ..Settings::default() };
    assert_eq!(hash(400, small), "4d13a2c5cb394242303216cc41df0e8fb766ae40cdacfa39641ba191ccfc4e10");
    assert_eq!(hash(2500, Settings::default()), "a10eef3c19f8f67e9bc97db41eaafbde178ecb97ae3d002fca403e219b0b0bd9");
}
