//! `countersign shadow`: scores, report and errors, as a team that has only files sees them.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{printed, run, said};
use serde_json::Value;
use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Output,
};

/// Decisions of an invented company: people of team `t` are refused what belongs to other teams, mostly.
fn decisions(rows: u32, offset: u32, label: bool) -> String {
    let mut text = String::from(if label { "what,team,place,verdict\n" } else { "place,what,team\n" });
    for row in offset..offset + rows {
        let (what, team, place) = (row * 7 % 13, row * 5 % 11, row * 3 % 4);
        let refused = (what + team) % 5 == 0 && row % 9 != 0;
        if label {
            writeln!(text, "w{what},t{team},p{place},{}", if refused { "no" } else { "yes" }).unwrap();
        } else {
            writeln!(text, "p{place},w{what},t{team}").unwrap();
        }
    }
    text
}

struct Files {
    _folder: tempfile::TempDir,
    train: PathBuf,
    test: PathBuf,
    scores: PathBuf,
    report: PathBuf,
}

fn files(train: &str, test: &str) -> Files {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let files =
        Files { train: at("train.csv"), test: at("test.csv"), scores: at("scores.csv"), report: at("report.json"), _folder: folder };
    fs::write(&files.train, train).unwrap();
    fs::write(&files.test, test).unwrap();
    files
}

fn shadow(files: &Files, label: &str, approve: &str, entitlement: &str) -> Output {
    let shown = |path: &Path| path.to_str().unwrap().to_owned();
    let (train, test, scores, report) = (shown(&files.train), shown(&files.test), shown(&files.scores), shown(&files.report));
    run(&[
        "shadow",
        "--train",
        &train,
        "--test",
        &test,
        "--label",
        label,
        "--approve",
        approve,
        "--entitlement",
        entitlement,
        "--scores",
        &scores,
        "--report",
        &report,
    ])
}

fn report(files: &Files) -> Value {
    let report: Value = serde_json::from_slice(&fs::read(&files.report).unwrap()).unwrap();
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas/shadow-1.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    report
}

#[test]
fn scores_and_report_are_as_the_contract_says() {
    let files = files(&decisions(1500, 0, true), &decisions(400, 1500, true));
    let output = shadow(&files, "verdict", "yes", "what");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(printed(&output).is_empty(), "results are files; messages go to standard error");
    let scores = fs::read_to_string(&files.scores).unwrap();
    let lines: Vec<&str> = scores.lines().collect();
    assert_eq!(lines[0], "row,approve");
    assert_eq!(lines.len(), 401);
    for (row, line) in lines[1..].iter().enumerate() {
        let (number, approve) = line.split_once(',').unwrap();
        assert_eq!(number, row.to_string());
        assert!((0.0..=1.0).contains(&approve.parse::<f64>().unwrap()));
    }
    let report = report(&files);
    assert_eq!(report["rows"], 400);
    assert!(report["auc"].as_f64().unwrap() > 0.8, "{report:#}");
    assert!(report["baselines"]["approve_all"]["auc"].as_f64() == Some(0.5));
    assert!(report["baselines"]["unused_30_days"]["reason"].as_str().unwrap().contains("days_since_last_use"));

    // The same again, byte for byte.
    let again = shadow(&files, "verdict", "yes", "what");
    assert_eq!(again.status.code(), Some(0));
    assert_eq!(fs::read_to_string(&files.scores).unwrap(), scores);
}

#[test]
fn a_test_file_without_label_in_another_order_gets_scores_and_nulls_with_reasons() {
    let with = files(&decisions(1500, 0, true), &decisions(200, 1500, true));
    assert_eq!(shadow(&with, "verdict", "yes", "what").status.code(), Some(0));
    let without = files(&decisions(1500, 0, true), &decisions(200, 1500, false));
    assert_eq!(shadow(&without, "verdict", "yes", "what").status.code(), Some(0));
    assert_eq!(fs::read_to_string(&with.scores).unwrap(), fs::read_to_string(&without.scores).unwrap());
    let report = report(&without);
    assert!(report["auc"].is_null());
    assert!(report["reasons"]["auc"].as_str().unwrap().contains("verdict"));
}

/// Of what nobody decided on yet it is known who asks for it: what one team asks for is granted, what many do is not.
#[test]
fn new_entitlements_are_told_apart_by_who_asks_for_them() {
    let asked = |from: u32, to: u32| {
        let mut text = String::from("what,team,place,verdict\n");
        for (what, ask) in (from..to).flat_map(|what| (0..10).map(move |ask| (what, ask))) {
            let at_home = what.is_multiple_of(2);
            let team = if at_home { what / 2 % 12 } else { (what * 5 + ask) % 12 };
            let verdict = if at_home || ask == 3 { "yes" } else { "no" };
            writeln!(text, "w{what},t{team},p{},{verdict}", (what + ask) % 3).unwrap();
        }
        text
    };
    let files = files(&asked(0, 60), &asked(60, 90));
    assert_eq!(shadow(&files, "verdict", "yes", "what").status.code(), Some(0));
    let report = report(&files);
    assert!(report["auc"].as_f64().unwrap() > 0.8, "{report:#}");
}

#[test]
fn wrong_files_end_with_2_and_say_where() {
    let good = decisions(300, 0, true);
    let ragged = format!("{good}w1,t1\n");
    for (train, test, label, approve, entitlement, wanted) in [
        (good.as_str(), good.as_str(), "verdikt", "yes", "what", "verdikt"),
        (&good, &good, "verdict", "yes", "resource", "--entitlement"),
        (&good, &good, "verdict", "approved", "what", "--approve"),
        (&ragged, &good, "verdict", "yes", "what", "line 302, column 3"),
        (&good, "what,team,verdict\na,b,yes\n", "verdict", "yes", "what", "place"),
        (&good, "what,team,place,place\n", "verdict", "yes", "what", "column 4"),
        (&good, "what,team,place\n", "verdict", "yes", "what", "no rows"),
        ("what,team,place,verdict\na,b,c,yes\n", &good, "verdict", "yes", "what", "at least 10"),
    ] {
        let files = files(train, test);
        let output = shadow(&files, label, approve, entitlement);
        assert_eq!(output.status.code(), Some(2), "{wanted}: {}", said(&output));
        assert!(said(&output).contains(wanted), "{wanted}: {}", said(&output));
        assert!(!files.scores.exists() && !files.report.exists());
    }
    let files = files(&good, &good);
    fs::remove_file(&files.test).unwrap();
    assert_eq!(shadow(&files, "verdict", "yes", "what").status.code(), Some(3));
}
