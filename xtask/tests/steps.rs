//! The steps around the compiler: counting tests, reading dependency lists, stamps, names.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::path::PathBuf;
use xtask::phases::Count;
use xtask::site::Asset;
use xtask::stamp::{Stamp, write_if_changed};
use xtask::wasm::dependencies;

fn count(lines: &[&str]) -> (u32, u32, u32) {
    let mut count = Count::default();
    for line in lines {
        count.add_line(line);
    }
    (count.passed, count.failed, count.skipped)
}

#[test]
fn closing_lines_of_every_runner_are_counted() {
    assert_eq!(count(&["test result: FAILED. 3 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.01s"]), (3, 1, 2));
    assert_eq!(count(&["     Summary [   1.234s] 12 tests run: 10 passed (1 slow), 2 failed, 3 skipped"]), (10, 2, 3));
    assert_eq!(count(&["  7 passed (12.4s)", "  1 failed", "  2 flaky", "  4 skipped", "  5 did not run"]), (7, 3, 9));
    assert_eq!(count(&["  7 passed (1.2m)"]), (7, 0, 0));
    let failed_under_nextest = [
        "    test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 8 filtered out; finished in 0.00s",
        "     Summary [   1.234s] 9 tests run: 8 passed, 1 failed, 0 skipped",
    ];
    assert_eq!(count(&failed_under_nextest), (8, 1, 0), "what a failed test printed is not counted again");
}

#[test]
fn other_lines_count_nothing() {
    assert_eq!(
        count(&[
            "the 3 passed items stay",
            "running 4 tests",
            "12 rows failed, and 3 passed",
            "test a::b ... ok",
            "error: test run failed",
        ]),
        (0, 0, 0)
    );
}

#[test]
fn a_dependency_list_with_spaces_in_its_paths_is_read() {
    assert_eq!(
        dependencies("/t/app.wasm: /a/lib.rs /my\\ clone/b.rs\n\n/a/lib.rs:\n"),
        [PathBuf::from("/a/lib.rs"), PathBuf::from("/my clone/b.rs")]
    );
    assert!(dependencies("").is_empty());
}

#[test]
fn a_stamp_changes_with_names_contents_and_their_borders() {
    let stamp = |parts: &[(&str, &str)]| {
        let mut stamp = Stamp::default();
        for (name, content) in parts {
            stamp.add(name, content.as_bytes());
        }
        stamp.finish()
    };
    let first = stamp(&[("a", "b")]);
    assert_eq!(first, stamp(&[("a", "b")]));
    assert_ne!(first, stamp(&[("ab", "")]));
    assert_ne!(first, stamp(&[("a", "c")]));
    assert_ne!(first, stamp(&[("a", "b"), ("", "")]));
}

#[test]
fn a_published_name_follows_the_content() {
    let one = Asset::hashed("icons/app.svg", b"1".to_vec());
    let two = Asset::hashed("icons/app.svg", b"2".to_vec());
    assert_ne!(one.published, two.published);
    let digest = one.published.strip_prefix("icons/app-").unwrap().strip_suffix(".svg").unwrap();
    assert_eq!(digest.len(), 16);
}

#[test]
fn an_unchanged_file_is_not_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a/b.txt");
    assert!(write_if_changed(&file, b"1").unwrap());
    assert!(!write_if_changed(&file, b"1").unwrap());
    assert!(write_if_changed(&file, b"2").unwrap());
}
