//! The steps around the compiler: reading dependency lists, stamps, names.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::path::PathBuf;
use xtask::site::Asset;
use xtask::stamp::{Stamp, write_if_changed};
use xtask::wasm::dependencies;

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
