//! Ticket files: the same batch is written once, whole, and never over another.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use connect::{Error, TicketLine, tickets};
use domain::{GrantPath, OrderId, Timestamp};
use proptest::prelude::*;
use std::fs;

fn order(number: u8) -> OrderId {
    format!("01932c07-1f0e-7a3b-8000-0000000000{number:02x}").parse().unwrap()
}

fn line(number: u8, path: &str) -> TicketLine {
    TicketLine {
        ticket_id: format!("T-{number}"),
        order_id: order(number),
        person_id: format!("p{number}"),
        entitlement_id: "e,1".to_owned(),
        path: path.parse().unwrap(),
        granted_on: (number > 1).then(|| "2024-05-06T00:00:00Z".parse().unwrap()),
        decided_on: "2026-11-21T08:10:44.5Z".parse().unwrap(),
    }
}

#[test]
fn a_ticket_says_exactly_what_to_remove() {
    let dir = tempfile::tempdir().unwrap();
    let lines = [
        line(2, "group:AP-clerks"),
        line(1, "direct"),
        line(3, "rule:All staff"),
        line(4, "nested:A>B"),
        line(5, "role:Clerk"),
        line(6, "package:Finance"),
    ];
    let file = tickets::write(&dir.path().join("tickets"), "2026-11-21-a", &lines).unwrap();
    assert_eq!(file.path, dir.path().join("tickets/batch-2026-11-21-a.csv"));
    assert!(file.written);
    insta::assert_snapshot!(fs::read_to_string(&file.path).unwrap(), @r#"
    ticket_id,order_id,action,person_id,entitlement_id,path,granted_on,decided_on,note
    T-1,01932c07-1f0e-7a3b-8000-000000000001,remove,p1,"e,1",direct,,2026-11-21T08:10:44.5Z,Remove this assignment only. Leave a newer grant of the same access in place.
    T-2,01932c07-1f0e-7a3b-8000-000000000002,remove,p2,"e,1",group:AP-clerks,2024-05-06T00:00:00Z,2026-11-21T08:10:44.5Z,Take the person out of the group named in path. Leave a newer membership in place.
    T-3,01932c07-1f0e-7a3b-8000-000000000003,remove,p3,"e,1",rule:All staff,2024-05-06T00:00:00Z,2026-11-21T08:10:44.5Z,"The rule named in path grants this. Change what makes it fit this person, or ask the rule's owner; a removal by hand would come back."
    T-4,01932c07-1f0e-7a3b-8000-000000000004,remove,p4,"e,1",nested:A>B,2024-05-06T00:00:00Z,2026-11-21T08:10:44.5Z,Take the person out of the innermost group named in path. Leave a newer membership in place.
    T-5,01932c07-1f0e-7a3b-8000-000000000005,remove,p5,"e,1",role:Clerk,2024-05-06T00:00:00Z,2026-11-21T08:10:44.5Z,Take the role named in path from the person. Leave a newer assignment in place.
    T-6,01932c07-1f0e-7a3b-8000-000000000006,remove,p6,"e,1",package:Finance,2024-05-06T00:00:00Z,2026-11-21T08:10:44.5Z,End the person's assignment of the access package named in path. Leave a newer assignment in place.
    "#);
    let names: Vec<_> = fs::read_dir(dir.path().join("tickets")).unwrap().collect();
    assert_eq!(names.len(), 1, "nothing else is left in the folder");
}

#[test]
fn a_repeat_changes_nothing_whatever_the_order_of_the_lines() {
    let dir = tempfile::tempdir().unwrap();
    let first = tickets::write(dir.path(), "b1", &[line(1, "direct"), line(2, "direct")]).unwrap();
    let again = tickets::write(dir.path(), "b1", &[line(2, "direct"), line(1, "direct")]).unwrap();
    assert_eq!((&again.path, again.sha256, again.written), (&first.path, first.sha256, false));
}

#[test]
fn a_batch_never_writes_over_what_stands_there() {
    let dir = tempfile::tempdir().unwrap();
    let first = tickets::write(dir.path(), "b1", &[line(1, "direct")]).unwrap();
    let before = fs::read(&first.path).unwrap();
    let other = tickets::write(dir.path(), "b1", &[line(2, "direct")]);
    assert!(matches!(&other, Err(Error::TicketDiffers { path }) if *path == first.path), "{other:?}");
    assert_eq!(fs::read(&first.path).unwrap(), before);
}

#[test]
fn what_was_left_by_a_crash_before_the_rename_is_in_nobodys_way() {
    let dir = tempfile::tempdir().unwrap();
    let left = format!(".batch-b1.csv.{}.tmp", std::process::id());
    fs::write(dir.path().join(&left), "ticket_id,ord").unwrap();
    let file = tickets::write(dir.path(), "b1", &[line(1, "direct")]).unwrap();
    assert!(file.written);
    let whole = fs::read_to_string(&file.path).unwrap();
    assert_eq!(whole.lines().count(), 2);
}

#[test]
fn several_workers_at_once_leave_one_whole_file_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let lines: Vec<_> = (1..200).map(|n| line(n, "direct")).collect();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| tickets::write(dir.path(), "b1", &lines).unwrap());
        }
    });
    let files: Vec<_> = fs::read_dir(dir.path()).unwrap().collect();
    assert_eq!(files.len(), 1);
    let whole = fs::read_to_string(dir.path().join("batch-b1.csv")).unwrap();
    assert_eq!(whole.lines().count(), 200);
}

#[test]
fn a_batch_id_cannot_lead_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    for id in ["", "../b1", "a/b", "a.b", "ä", &"x".repeat(65)] {
        let refused = tickets::write(dir.path(), id, &[line(1, "direct")]);
        assert!(matches!(refused, Err(Error::BatchId(_))), "{id}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_disk_that_refuses_is_told_and_no_order_left() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("tickets");
    fs::write(&file, "not a folder").unwrap();
    let refused = tickets::write(&file, "b1", &[line(1, "direct")]);
    let text = refused.unwrap_err().to_string();
    assert!(text.ends_with("No order left; the batch can be written again."), "{text}");
}

/// How many cases: a few, or as many as `PROPTEST_CASES` asks for.
fn cases(few: u32) -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { few }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(64), ..ProptestConfig::default() })]

    /// What a ticket names is what was ordered: ids and paths come back unchanged.
    #[test]
    fn ids_and_paths_match_at_the_desk(person in "[a-zA-Z0-9\"', ;äß][^\\p{C}]{0,20}", group in "[^\\p{C}]{1,20}", since in 0_i64..4_000_000_000) {
        let dir = tempfile::tempdir().unwrap();
        let granted_on = Some(Timestamp(since * 1_000_000));
        let line = TicketLine { person_id: person, path: GrantPath::Group(group), granted_on, ..line(1, "direct") };
        let file = tickets::write(dir.path(), "b1", std::slice::from_ref(&line)).unwrap();
        let mut reader = csv::Reader::from_path(&file.path).unwrap();
        let row = reader.records().next().unwrap().unwrap();
        prop_assert_eq!(&row[3], &line.person_id);
        prop_assert_eq!(row[5].parse::<GrantPath>().unwrap(), line.path);
        prop_assert_eq!(row[6].parse::<Timestamp>().ok(), line.granted_on);
    }
}
