//! A folder of files meets the contract that every source answers.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{Folder, GRANTS, READ_AT, TAKEN_AT};
use connect::{
    Cursor, Error, Outcome, Reading, Removal, Seen, Source,
    files::{self, FilesSource, Limits},
};
use domain::{Clock, ManualClock, SourceKind, Timestamp};
use std::{collections::BTreeSet, fs, path::PathBuf, sync::Arc};

fn source(folder: &Folder) -> FilesSource {
    FilesSource {
        dir: folder.path().to_owned(),
        tickets_dir: folder.path().join("tickets"),
        taken_at: TAKEN_AT,
        clock: Arc::new(ManualClock::new(READ_AT)),
        limits: Limits::default(),
    }
}

#[tokio::test]
async fn pages_joined_are_the_reading_and_any_page_can_be_read_again() {
    let folder = Folder::sound().without("usage.csv");
    let source = source(&folder);
    assert_eq!(source.kind(), SourceKind::Files);
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let page = source.read_page(cursor.as_ref()).await.unwrap();
        assert_eq!(source.read_page(cursor.as_ref()).await.unwrap(), page);
        cursor.clone_from(&page.next);
        pages.push(page);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(pages.len(), 4);
    assert_eq!(Reading::assemble(TAKEN_AT, pages, 200).unwrap(), folder.read());
}

#[tokio::test]
async fn a_cursor_of_another_source_is_refused() {
    let folder = Folder::sound();
    let refused = source(&folder).read_page(Some(&Cursor("elsewhere".to_owned()))).await;
    assert!(matches!(refused, Err(Error::Cursor(at)) if at == "elsewhere"));
}

#[tokio::test]
async fn rule_20_a_ticket_is_not_proof_and_seen_gone_is() {
    let folder = Folder::sound();
    let source = source(&folder);
    let grant = folder.read().grants[0].key();
    let order_id = "01932c07-1f0e-7a3b-8000-3b9aca000001".parse().unwrap();
    let removal = Removal { order_id, grant: grant.clone(), decided_on: TAKEN_AT, also_ends: BTreeSet::new() };

    let first = source.carry_out("b1", std::slice::from_ref(&removal)).await.unwrap();
    assert!(matches!(&first[..], [Outcome::Ticketed { file, .. }] if file == "batch-b1.csv"));
    assert_eq!(source.carry_out("b1", &[removal]).await.unwrap(), first);
    let reread = source.reread(std::slice::from_ref(&grant)).await.unwrap();
    assert_eq!(reread.seen, [Seen::Still]);

    fs::write(folder.path().join("grants.csv"), format!("{GRANTS}p2,e2,direct,,\n")).unwrap();
    let reread = source.reread(&[grant]).await.unwrap();
    assert_eq!(reread.seen, [Seen::Gone]);
    assert_eq!(reread.pages.len(), 5);
}

/// Somebody who writes to a file while the folder is being read.
#[derive(Debug)]
struct Meddler(PathBuf);

impl Clock for Meddler {
    fn now(&self) -> Timestamp {
        let mut text = fs::read(&self.0).unwrap_or_default();
        text.extend_from_slice(b"\n");
        fs::write(&self.0, text).unwrap_or_default();
        READ_AT
    }
}

#[test]
fn a_file_that_changes_meanwhile_stops_the_reading() {
    let folder = Folder::sound();
    let meddler = Meddler(folder.path().join("people.csv"));
    let read = files::read(folder.path(), TAKEN_AT, &meddler, &Limits::default());
    assert!(matches!(&read, Err(Error::Changed { file }) if file == "people.csv"), "{read:?}");
}

#[test]
fn an_optional_file_that_appears_meanwhile_stops_the_reading() {
    let folder = Folder::sound().without("decisions.csv");
    let meddler = Meddler(folder.path().join("decisions.csv"));
    let read = files::read(folder.path(), TAKEN_AT, &meddler, &Limits::default());
    assert!(matches!(&read, Err(Error::Changed { file }) if file == "decisions.csv"), "{read:?}");
}
