//! The promised share of overturned recommendations holds on decisions that did not set it.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a failed expectation is a failed test; shares are printed for people")]

use learn::{Promise, Settings, Suggestion, Table, Why, train, upper_bound};
use std::path::{Path, PathBuf};

const RATE: u32 = 50_000;
const DOUBT: u32 = 50_000;

/// SplitMix64, so that splits are the same everywhere.
fn mix(seed: u64, row: usize) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add((row as u64).wrapping_mul(0xD134_2543_DE82_EF95));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn data() -> Option<PathBuf> {
    let shared =
        std::env::var_os("COUNTERSIGN_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("data/access-decisions/train.csv");
    path.exists().then_some(path)
}

/// Requests, not certifications: half of the real decisions train, a quarter sets the rule, a quarter tries it.
#[test]
fn on_ten_random_splits_of_real_decisions_the_promise_holds_in_at_least_nine() {
    let Some(path) = data() else {
        println!("skipped: ../shared/data/access-decisions/train.csv is not there");
        return;
    };
    let mut file = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = file.headers().unwrap().iter().skip(1).map(str::to_owned).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let records: Vec<csv::StringRecord> = file.records().map(Result::unwrap).collect();
    let (mut kept, mut escalated) = (0, 0.0);
    for split in 0..10 {
        let (mut rows, mut labels, mut sets, mut tries) = (vec![], vec![], vec![], vec![]);
        for (number, record) in records.iter().enumerate() {
            match mix(split, number) % 4 {
                0 => sets.push(record),
                1 => tries.push(record),
                _ => {
                    rows.push(record.iter().skip(1).map(str::to_owned).collect::<Vec<_>>());
                    labels.push(&record[0] == "1");
                }
            }
        }
        let model = train(&Table::new(&names, 0, &rows).unwrap(), &labels, Settings { bags: 2, ..Settings::default() }).unwrap();
        let used: Vec<usize> = model.columns().map(|name| names.iter().position(|n| *n == name).unwrap() + 1).collect();
        let cases = |records: &[&csv::StringRecord]| -> Vec<(&'static str, f64, bool)> {
            records
                .iter()
                .map(|record| {
                    let values: Vec<&str> = used.iter().map(|place| &record[*place]).collect();
                    ("request", model.probability(&values), &record[0] == "1")
                })
                .collect()
        };
        let promise = Promise::set(RATE, DOUBT, cases(&sets));
        let seen = promise.look(cases(&tries))["request"];
        let overturned = seen.overturned().unwrap();
        println!(
            "split {split}: approve {} ({} overturned), revoke {} ({}), escalated {} of {}; {:.2} % overturned",
            seen.approve,
            seen.approve_overturned,
            seen.revoke,
            seen.revoke_overturned,
            seen.escalated,
            seen.items,
            overturned * 100.0
        );
        assert!(seen.approve > seen.items / 2, "a promise that recommends nothing is worth nothing");
        kept += u32::from(overturned <= 0.05);
        escalated += f64::from(seen.escalated) / f64::from(seen.items);
    }
    println!("kept in {kept} of 10; {:.1} % escalated on average", escalated * 10.0);
    assert!(kept >= 9);
}

#[test]
fn too_few_decisions_mean_escalate_and_say_so() {
    let promise = Promise::set(RATE, DOUBT, (0..40).map(|_| ("few", 0.999, true)));
    assert_eq!(promise.rules["few"].approve, Err(Why::TooFew));
    assert_eq!(promise.suggest("few", 0.999), Suggestion::Escalate);
    assert_eq!(promise.suggest("never heard of", 0.999), Suggestion::Escalate);
    let enough = Promise::set(RATE, DOUBT, (0..400).map(|_| ("many", 0.999, true)));
    assert_eq!(enough.suggest("many", 0.999), Suggestion::Approve);
    assert_eq!(enough.suggest("many", 0.2), Suggestion::Escalate);
}

/// Rule 32: nothing is recommended on fewer than 50 cases, however lenient the promise, because no figure may be told of them.
#[test]
fn rule_32_a_lenient_promise_needs_fifty_cases_too() {
    let set = |cases| Promise::set(100_000, DOUBT, (0..cases).map(|_| ("kind", 0.999, true)));
    assert!(upper_bound(0, 46, f64::from(DOUBT) / 3e6) <= 0.1, "46 without a disagreement would show it");
    assert_eq!(set(49).rules["kind"].approve, Err(Why::TooFew));
    assert_eq!(set(50).rules["kind"].approve.unwrap().cases, 50);
    let few_sure = (0..400).map(|case| ("kind", if case < 47 { 0.001 } else { 0.4 }, case >= 47));
    assert!(Promise::set(100_000, DOUBT, few_sure).rules["kind"].revoke.is_err(), "47 are at the sure end");
}

#[test]
fn what_is_overturned_too_often_is_not_recommended() {
    let promise = Promise::set(RATE, DOUBT, (0..1000).map(|case| ("kind", 0.99, case % 10 != 0)));
    assert_eq!(promise.rules["kind"].approve, Err(Why::TooOften));
}

/// Clopper and Pearson's bound: by hand for none, and 10 of 100 from published tables (95 %, one side: 0.1637).
#[test]
fn the_bound_is_the_exact_one() {
    let all_well: f64 = std::iter::repeat_n(1.0 - upper_bound(0, 59, 0.05), 59).product();
    assert!((all_well - 0.05).abs() < 1e-9);
    assert!((upper_bound(10, 100, 0.05) - 0.1637).abs() < 1e-3);
    assert!((upper_bound(5, 5, 0.05) - 1.0).abs() < 1e-9);
}
