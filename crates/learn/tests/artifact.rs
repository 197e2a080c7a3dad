//! Models are kept for good: what an earlier form said, it says still, to the last bit.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use learn::{Artifact, Card, Model, SCHEMA, SCHEMA_1, Settings, Table, train};

/// Written when there was the first form only.
const FIRST: &[u8] = include_bytes!("fixtures/model-1.bin");

fn company() -> (Vec<Vec<String>>, Vec<bool>) {
    (0..400_u32)
        .map(|row| {
            let (what, team, place) = (row * 7 % 13, row * 5 % 11, row * 3 % 4);
            (vec![format!("w{what}"), format!("t{team}"), format!("p{place}")], (what + team) % 5 != 0 || row % 9 == 0)
        })
        .unzip()
}

fn trained(forest: usize) -> Model {
    let (rows, answers) = company();
    let settings = Settings { bags: 1, trees: 12, depth: 3, forest, ..Settings::default() };
    train(&Table::new(&["what", "team", "place"], 0, &rows).unwrap(), &answers, settings).unwrap()
}

fn head(bytes: &[u8]) -> &str {
    std::str::from_utf8(&bytes[..bytes.iter().position(|byte| *byte == b'\n').unwrap()]).unwrap()
}

#[test]
fn a_model_of_the_first_form_says_what_it_said() {
    let (model, card) = Artifact::read(FIRST).unwrap();
    assert_eq!(card.text, "of the first form");
    let said = [
        (["w1", "t1", "p1"], 0x3fe9_8428_1369_f214_u64),
        (["w7", "t3", "p2"], 0x3fe8_87e5_e58d_eee8),
        (["w5", "t0", "p0"], 0x3fe8_bf4e_dfb8_bb1a),
        (["never", "t2", "p3"], 0x3fe9_8428_1369_f214),
        (["never", "seen", "before"], 0x3fe8_1e62_7e78_c209),
    ];
    for (row, bits) in said {
        assert_eq!(model.probability(&row).to_bits(), bits, "{row:?}");
    }
    let together = model.probabilities(&[vec!["w1", "t1", "p1"], vec!["w99", "t1", "p1"], vec!["w99", "t2", "p1"]]);
    let bits: Vec<u64> = together.into_iter().map(f64::to_bits).collect();
    assert_eq!(bits, [0x3fe9_8428_1369_f214, 0x3fe9_8428_1369_f214, 0x3fe8_cd10_43cc_d473]);
    // And it is written as it was.
    assert_eq!(Artifact::write(&model, card).unwrap().bytes, FIRST);
}

#[test]
fn a_forest_makes_the_second_form_and_comes_back_with_it() {
    let (with, without) = (trained(9), trained(0));
    let [second, first] = [&with, &without].map(|model| Artifact::write(model, Card::default()).unwrap().bytes);
    assert!(head(&second).contains(SCHEMA) && head(&first).contains(SCHEMA_1));
    assert!(!head(&first).contains("forest"), "the first form knows the word nowhere");
    assert_eq!(Artifact::read(&second).unwrap().0, with);
    assert_eq!(Artifact::read(&first).unwrap().0, without);
}

/// A header cannot name the one form where the numbers are of the other.
#[test]
fn a_form_that_does_not_fit_is_refused_by_name() {
    let bytes = Artifact::write(&trained(9), Card::default()).unwrap().bytes;
    let (head, body) = bytes.split_at(head(&bytes).len());
    let renamed = [head.to_vec(), body.to_vec()].concat();
    let text = String::from_utf8(head.to_vec()).unwrap().replace(SCHEMA, SCHEMA_1);
    assert!(Artifact::read(&renamed).is_ok());
    let why = Artifact::read(&[text.into_bytes(), body.to_vec()].concat()).unwrap_err().to_string();
    assert!(why.contains(SCHEMA_1), "{why}");
}

/// Trees of the forest are many in a small space; whatever becomes of their bytes, reading ends and says that they are damaged.
#[test]
fn a_forest_that_leads_nowhere_is_damaged() {
    use sha2::{Digest, Sha256};
    let bytes = Artifact::write(&trained(2), Card::default()).unwrap().bytes;
    let (head, body) = bytes.split_at(head(&bytes).len());
    let head = std::str::from_utf8(head).unwrap();
    let (sum, tail) = (hex::encode(Sha256::digest(&body[1..])), 400);
    let mut damaged = 0;
    for place in body.len() - tail..body.len() {
        let mut changed = body.to_vec();
        changed[place] = changed[place].wrapping_add(0x55);
        let head = head.replace(&sum, &hex::encode(Sha256::digest(&changed[1..])));
        match Artifact::read(&[head.as_bytes(), &changed].concat()) {
            // Another cut or another rate: a model all the same, which answers.
            Ok((model, _)) => assert!((0.0..=1.0).contains(&model.probability(&["w1", "t1", "p1"]))),
            Err(_) => damaged += 1,
        }
    }
    assert!(damaged > tail / 10, "{damaged}");
}
