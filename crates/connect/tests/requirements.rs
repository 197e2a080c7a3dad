//! `requirements.csv`: what people must have to hold what they hold.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

mod common;

use common::Folder;
use connect::{Preview, WarningKind};
use domain::RequirementKind;

const HEADER: &str = "person_id,entitlement_id,requirement,expires\n";

fn with(rows: &str) -> Folder {
    Folder::sound().put("requirements.csv", format!("{HEADER}{rows}"))
}

#[test]
fn each_requirement_is_read_once_for_its_kind() {
    let reading = with("p1,e1,training,2027-01-31\np1,e1,clearance,2026-02-28\np2,e2,contract,2026-12-31\n").read();
    let read: Vec<_> = reading.requirements.iter().map(|r| (r.person_id.as_str(), r.entitlement_id.as_str(), r.kind)).collect();
    assert_eq!(
        read,
        [("p1", "e1", RequirementKind::Training), ("p1", "e1", RequirementKind::Clearance), ("p2", "e2", RequirementKind::Contract)]
    );
    assert_eq!(reading.requirements[0].expires, "2027-01-31T00:00:00Z".parse().unwrap());
    assert_eq!(Preview::of(&reading).totals.requirements, 3);
    assert!(reading.warnings.is_empty(), "{:?}", reading.warnings);
    let plain = Folder::sound().read();
    assert_eq!(reading.population_hash(), plain.population_hash(), "who holds what is the same");
    assert_ne!(reading.history_hash(), plain.history_hash());
}

#[test]
fn a_requirement_for_what_nobody_holds_is_left_out_and_told() {
    let folder = with("p1,e2,licence,2027-01-31\n");
    let reading = folder.read();
    assert!(reading.requirements.is_empty());
    assert_eq!(reading.warnings.count(WarningKind::RequirementWithoutGrant), 1);
    assert_eq!(
        folder.warnings(),
        [
            r#"requirements.csv, line 2, column person_id, entitlement_id: "p1", "e2". No grant in grants.csv matches; the requirement was left out."#
        ]
    );
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let problems = with("p1,e1,exam,2027-01-31\np1,e1,training,soon\np1,e1,licence,\n").problems();
    assert_eq!(problems.len(), 3, "{problems:#?}");
    assert!(problems[0].starts_with(
        "requirements.csv, line 2, column requirement: found \"exam\"; expected one of training, licence, clearance, contract."
    ));
    assert!(problems[1].starts_with("requirements.csv, line 3, column expires: found \"soon\"; expected "), "{}", problems[1]);
    assert!(problems[2].starts_with("requirements.csv, line 4, column expires: found an empty field; expected "), "{}", problems[2]);
    let twice = with("p1,e1,training,2027-01-31\np1,e1,training,2028-01-31\n").problems();
    assert_eq!(twice.len(), 1, "two ends of one training contradict each other: {twice:#?}");
}
