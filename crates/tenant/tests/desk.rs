//! The ticket desk from outside: exactly the named grants go, each once, and a crash anywhere in the journal
//! changes nothing about that.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tenant::{
    desk::{self, DeskError, Event, Instance, Regrant},
    journal::JournalError,
};

const HEADER: &str = "person_id,entitlement_id,path,granted_on,granted_by\n";
const TICKETS: &str = "ticket_id,order_id,action,person_id,entitlement_id,path,granted_on,decided_on,note\n";

struct Room {
    folder: tempfile::TempDir,
}

impl Room {
    fn new(grants: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let room = Self { folder };
        fs::create_dir(room.tickets()).unwrap();
        fs::write(room.grants(), format!("{HEADER}{grants}")).unwrap();
        room
    }

    fn dir(&self) -> &Path {
        self.folder.path()
    }

    fn tickets(&self) -> PathBuf {
        self.dir().join("tickets")
    }

    fn journal(&self) -> PathBuf {
        self.dir().join("tenants/desk.jsonl")
    }

    fn grants(&self) -> PathBuf {
        self.dir().join("grants.csv")
    }

    fn ticket_file(&self, name: &str, rows: &str) {
        fs::write(self.tickets().join(name), format!("{TICKETS}{rows}")).unwrap();
    }

    fn apply(&self) -> desk::Applied {
        desk::apply(self.dir(), &self.tickets(), &self.journal()).unwrap()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.grants()).unwrap()
    }
}

const THREE: &str = "p1,a.use,direct,2024-02-03T08:00:00Z,\n\
                     p1,a.use,group:x,2024-02-03T08:00:00Z,p9\n\
                     p2,a.use,direct,2025-01-01T00:00:00Z,p9\n";

#[test]
fn exactly_the_named_grant_goes() {
    let room = Room::new(THREE);
    room.ticket_file(
        "batch-1.csv",
        "T-1,o1,remove,p1,a.use,direct,2024-02-03T09:00:00.000000+01:00,2026-11-21T08:00:00Z,\"note, with comma\"\n",
    );
    let applied = room.apply();
    assert_eq!((applied.removed, applied.refused.len()), (1, 0));
    assert_eq!(room.text(), format!("{HEADER}p1,a.use,group:x,2024-02-03T08:00:00Z,p9\np2,a.use,direct,2025-01-01T00:00:00Z,p9\n"));
    let entries = desk::read_journal(&room.journal()).unwrap();
    assert_eq!(entries[0].event, Event::Removed);
    assert_eq!((entries[0].id.as_str(), entries[0].order_id.as_str()), ("T-1", "o1"));
}

#[test]
fn rule_18_a_newer_grant_is_left_alone() {
    let room = Room::new(THREE);
    room.ticket_file("batch-1.csv", "T-1,o1,remove,p2,a.use,direct,2024-06-01T00:00:00Z,2026-11-21T08:00:00Z,\n");
    let applied = room.apply();
    assert_eq!((applied.removed, applied.newer_left_alone), (0, 1));
    assert_eq!(room.text(), format!("{HEADER}{THREE}"));
}

#[test]
fn a_ticket_is_followed_once() {
    let room = Room::new(THREE);
    let row = "T-1,o1,remove,p1,a.use,direct,2024-02-03T08:00:00Z,2026-11-21T08:00:00Z,\n";
    room.ticket_file("batch-1.csv", row);
    room.ticket_file("batch-2.csv", row);
    assert_eq!((room.apply().removed, room.apply()), (1, desk::Applied { repeated: 2, ..desk::Applied::default() }));
    let removed = desk::read_journal(&room.journal()).unwrap().iter().filter(|entry| entry.event == Event::Removed).count();
    assert_eq!(removed, 1);
}

#[test]
fn access_given_again_survives_the_old_ticket() {
    let room = Room::new(THREE);
    room.ticket_file("batch-1.csv", "T-1,o1,remove,p1,a.use,direct,2024-02-03T08:00:00Z,2026-11-21T08:00:00Z,\n");
    room.apply();
    let again = Regrant {
        request_id: "R-1".to_owned(),
        instance: Instance {
            person_id: "p1".to_owned(),
            entitlement_id: "a.use".to_owned(),
            path: "direct".to_owned(),
            granted_on: "2026-11-22T10:00:00Z".to_owned(),
        },
        granted_by: "p9".to_owned(),
    };
    assert!(desk::regrant(room.dir(), &room.journal(), &again).unwrap());
    assert!(!desk::regrant(room.dir(), &room.journal(), &again).unwrap());
    assert_eq!(room.apply().repeated, 1);
    assert_eq!(room.text().matches("p1,a.use,direct,2026-11-22T10:00:00Z,p9").count(), 1);

    let taken = Regrant { request_id: "R-2".to_owned(), ..again.clone() };
    assert!(matches!(desk::regrant(room.dir(), &room.journal(), &taken), Err(DeskError::Regrant(_))));
    let mut unclear = again;
    unclear.request_id = "R-3".to_owned();
    unclear.instance.granted_on = "tomorrow".to_owned();
    assert!(desk::regrant(room.dir(), &room.journal(), &unclear).unwrap_err().to_string().contains("tomorrow"));
}

#[test]
fn what_cannot_be_followed_is_refused_and_the_rest_is_done() {
    let room = Room::new(THREE);
    fs::write(room.tickets().join("batch-0.csv"), "person,entitlement\np1,a.use\n").unwrap();
    room.ticket_file(
        "batch-1.csv",
        "T-1,o1,grant,p1,a.use,direct,2024-02-03T08:00:00Z,2026-11-21T08:00:00Z,\n\
         T-2,o2,remove,p1,a.use\n\
         ,o3,remove,p1,a.use,direct,2024-02-03T08:00:00Z,2026-11-21T08:00:00Z,\n\
         T-4,o4,remove,p2,a.use,direct,2025-01-01T00:00:00Z,2026-11-21T08:00:00Z,\n\
         T-4,o5,remove,p1,a.use,direct,2024-02-03T08:00:00Z,2026-11-21T08:00:00Z,\n",
    );
    let applied = room.apply();
    let where_refused: Vec<(&str, usize)> = applied.refused.iter().map(|r| (r.file.as_str(), r.line)).collect();
    assert_eq!(applied.removed, 1);
    assert_eq!(where_refused, [("batch-0.csv", 0), ("batch-1.csv", 2), ("batch-1.csv", 3), ("batch-1.csv", 4), ("batch-1.csv", 6)]);
}

#[test]
fn a_damaged_journal_stops_the_desk() {
    let room = Room::new(THREE);
    room.ticket_file("batch-1.csv", "T-1,o1,remove,p1,a.use,direct,2024-02-03T08:00:00Z,2026-11-21T08:00:00Z,\n");
    room.apply();
    let text = fs::read_to_string(room.journal()).unwrap().replacen("removed", "dreamed", 1);
    fs::write(room.journal(), text).unwrap();
    let error = desk::apply(room.dir(), &room.tickets(), &room.journal()).unwrap_err();
    assert!(matches!(error, DeskError::Journal(JournalError::Line { line: 1, .. })), "{error}");
    fs::write(room.grants(), "a,b\n1,2\n").unwrap();
    fs::remove_file(room.journal()).unwrap();
    assert!(desk::apply(room.dir(), &room.tickets(), &room.journal()).unwrap_err().to_string().contains("expected person_id"));
}

/// The journal cut in many places, with the grants as they were before and as they were after: whatever the moment
/// of the crash, the next run ends in the same place and each ticket is answered once.
#[test]
fn a_crash_between_journal_and_rename_changes_nothing() {
    let rows = "T-1,o1,remove,p1,a.use,direct,2024-02-03T08:00:00Z,2026-11-21T08:00:00Z,\n\
                T-2,o2,remove,p2,a.use,direct,2024-01-01T00:00:00Z,2026-11-21T08:00:00Z,\n\
                T-3,o3,remove,p1,a.use,group:x,2024-02-03T08:00:00Z,2026-11-21T08:00:00Z,\n";
    let room = Room::new(THREE);
    room.ticket_file("batch-1.csv", rows);
    let before = room.text();
    room.apply();
    let after = room.text();
    let whole = fs::read(room.journal()).unwrap();
    // The file is replaced once the last acceptance is on disk, and the closing note follows the replacement.
    let ends: Vec<usize> = whole.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1).collect();
    let accepted = ends[ends.len() - 2];
    // Around each line's end and here and there within: each run flushes to disk, which takes its time.
    let near = |cut: usize| ends.iter().any(|end| end.abs_diff(cut) <= 1);
    for cut in (0..=whole.len()).filter(|cut| cut % 29 == 0 || near(*cut)) {
        let mut possible = Vec::new();
        if cut < whole.len() {
            possible.push(&before);
        }
        if cut >= accepted {
            possible.push(&after);
        }
        for text in possible {
            fs::write(room.grants(), text).unwrap();
            fs::write(room.journal(), &whole[..cut]).unwrap();
            room.apply();
            assert_eq!(room.text(), after, "cut at {cut}");
            let mut answered: BTreeMap<String, usize> = BTreeMap::new();
            for entry in desk::read_journal(&room.journal()).unwrap() {
                if entry.event.answers_ticket() {
                    *answered.entry(entry.id).or_default() += 1;
                }
            }
            assert_eq!(answered.len(), 3, "cut at {cut}");
            assert!(answered.values().all(|times| *times == 1), "cut at {cut}: {answered:?}");
        }
    }
}

/// How many cases: a few, or as many as `PROPTEST_CASES` asks for.
fn cases(few: u32) -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { few }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(12), failure_persistence: None, ..ProptestConfig::default() })]

    /// However tickets are spread over files and runs, the grants that remain are those nobody asked to remove.
    #[test]
    fn what_remains_is_what_nobody_named(
        held in proptest::collection::btree_set((0_u8..6, 0_u8..4, 0_u8..3), 1..20),
        asked in proptest::collection::vec((0_u8..6, 0_u8..4, 0_u8..3, 0_u8..3), 0..25),
    ) {
        let row = |(person, thing, day): (u8, u8, u8)| format!("p{person},e{thing},direct,2026-01-0{}T00:00:00Z", day + 1);
        let lines = |set: &BTreeSet<(u8, u8, u8)>| set.iter().fold(String::new(), |text, one| text + &row(*one) + ",\n");
        let grants = lines(&held);
        let room = Room::new(&grants);
        let mut gone = held.clone();
        for run in 0..3 {
            for (number, (person, thing, day, when)) in asked.iter().enumerate() {
                if *when == run {
                    let line = format!("T-{number},o{number},remove,{},2026-11-21T08:00:00Z,\n", row((*person, *thing, *day)));
                    room.ticket_file(&format!("batch-{number}.csv"), &line);
                    gone.remove(&(*person, *thing, *day));
                }
            }
            room.apply();
        }
        let expected = lines(&gone);
        prop_assert_eq!(room.text(), format!("{HEADER}{expected}"));
        prop_assert_eq!(room.apply().repeated, asked.len());
    }
}
