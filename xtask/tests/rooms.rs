//! Who may know whom (docs/architecture.md): the rooms of the house, read from the manifests.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a failed expectation is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use xtask::paths::Paths;

/// Room and whom it may know. `server` is the composition root and may know all; `xtask` knows
/// nobody of the house.
const MAY_KNOW: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("recommend", &["domain"]),
    ("learn", &[]),
    ("connect", &["domain"]),
    ("store", &["domain"]),
    ("ledger", &["domain"]),
    ("mine", &[]),
    ("review", &["domain", "recommend", "learn", "connect", "store", "ledger", "mine"]),
    ("tenant", &[]),
    ("app", &["domain", "review"]),
    ("server", &["domain", "recommend", "learn", "connect", "store", "ledger", "mine", "review", "tenant", "app"]),
    ("xtask", &[]),
];

/// The folder of each room, and its manifest.
fn manifests() -> impl Iterator<Item = (PathBuf, toml::Table)> {
    let root = Paths::find().unwrap().root;
    let crates = std::fs::read_dir(root.join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let rooms: Vec<PathBuf> = ["app", "server", "xtask"].map(|room| root.join(room)).into_iter().chain(crates).collect();
    rooms.into_iter().map(|room| {
        let manifest = std::fs::read_to_string(room.join("Cargo.toml")).unwrap().parse().unwrap();
        (room, manifest)
    })
}

#[test]
fn no_room_knows_more_than_it_may() {
    let rooms: BTreeSet<&str> = MAY_KNOW.iter().map(|(room, _)| *room).collect();
    let mut seen = BTreeSet::new();
    for (_, manifest) in manifests() {
        let name = manifest["package"]["name"].as_str().unwrap().to_owned();
        let may: BTreeMap<&str, &[&str]> = MAY_KNOW.into();
        let may = may.get(name.as_str()).expect("a new room needs its line in MAY_KNOW");
        // Tests may use the invented company; the program of a room may not.
        if let Some(known) = manifest.get("dependencies").and_then(|table| table.as_table()) {
            for known in known.keys().filter(|known| rooms.contains(known.as_str())) {
                assert!(may.contains(&known.as_str()), "{name} must not know {known}");
            }
        }
        seen.insert(name);
    }
    assert_eq!(seen.len(), MAY_KNOW.len(), "{seen:?}");
}

/// `test = false` saves compiling a library once more for tests that it has not; a test that stood there would never run.
#[test]
fn a_library_that_is_not_tested_within_has_no_tests_within() {
    let mut untested = 0;
    for (room, manifest) in manifests() {
        let tested = manifest.get("lib").and_then(|lib| lib.get("test")).and_then(toml::Value::as_bool).unwrap_or(true);
        if !tested {
            untested += 1;
            let tests = with_tests(&room.join("src"));
            assert!(tests.is_empty(), "{tests:?} have tests that never run: move them to tests/, or take `test = false` out of Cargo.toml");
        }
    }
    assert!(untested > 0);
}

/// The sources under `folder` in which tests stand.
fn with_tests(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.append(&mut with_tests(&path));
        } else if std::fs::read_to_string(&path).is_ok_and(|text| text.contains("#[cfg(test)]") || text.contains("#[test]")) {
            found.push(path);
        }
    }
    found
}

/// clippy reads the nearest file only, so `recommend`'s own, which `learn` and `mine` share, must repeat all that is shared.
#[test]
fn the_stricter_lints_repeat_the_shared_ones() {
    let root = Paths::find().unwrap().root;
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let stricter = read("crates/recommend/clippy.toml");
    assert_eq!(stricter, read("crates/mine/clippy.toml"));
    assert_eq!(stricter, read("crates/learn/clippy.toml"));
    for line in read("clippy.toml").lines().filter(|line| line.contains("path = ")) {
        assert!(stricter.contains(line), "crates/recommend/clippy.toml lacks {line}");
    }
}

/// `hydrate` and `ssr` are two builds, never one; the browser part must not pull the use cases in.
#[test]
fn the_browser_part_does_not_know_the_use_cases() {
    let manifest = Paths::find().unwrap().root.join("app/Cargo.toml");
    let manifest: toml::Table = std::fs::read_to_string(manifest).unwrap().parse().unwrap();
    assert_eq!(manifest["dependencies"]["review"]["optional"].as_bool(), Some(true));
    let hydrate = manifest["features"]["hydrate"].as_array().unwrap();
    assert!(hydrate.iter().all(|feature| {
        let feature = feature.as_str().unwrap();
        !feature.contains("review") && !feature.contains("ssr")
    }));
}
