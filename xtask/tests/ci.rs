//! What a build machine runs on every change (`.ci/run`), with a `make` in the place of the real one that says what it found.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use xtask::paths::Paths;

/// A build machine: one cache for all clones, and a `make` that answers for the real one.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn with_make(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let make = folder.path().join("bin/make");
        fs::create_dir(make.parent().unwrap()).unwrap();
        fs::write(&make, format!("#!/bin/sh\n{script}\n")).unwrap();
        executable(&make);
        Self { folder }
    }

    /// A clone with one old source.
    fn clone_named(&self, name: &str) -> PathBuf {
        let clone = self.folder.path().join(name);
        fs::create_dir_all(clone.join(".ci")).unwrap();
        fs::copy(Paths::find().unwrap().root.join(".ci/run"), clone.join(".ci/run")).unwrap();
        fs::write(clone.join("source.rs"), "").unwrap();
        for args in [&["init", "--quiet"][..], &["add", "--all"]] {
            assert!(Command::new("git").args(args).current_dir(&clone).status().unwrap().success());
        }
        aged(&clone.join("source.rs"));
        clone
    }

    fn run(&self, clone: &Path) -> Output {
        let path = format!("{}:{}", self.folder.path().join("bin").display(), std::env::var("PATH").unwrap());
        Command::new(clone.join(".ci/run"))
            .env("PATH", path)
            .env("CARGO_TARGET_DIR", self.folder.path().join("cache"))
            .current_dir(self.folder.path())
            .output()
            .unwrap()
    }
}

fn executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Long before any clone.
fn long_ago() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_hours(1)
}

fn aged(file: &Path) {
    File::options().write(true).open(file).unwrap().set_modified(long_ago()).unwrap();
}

/// Whether the source is younger than it was made.
fn touched(clone: &Path) -> bool {
    fs::metadata(clone.join("source.rs")).unwrap().modified().unwrap() > long_ago()
}

#[test]
fn the_sources_of_another_clone_become_the_youngest_and_those_of_the_same_stay() {
    let machine = Machine::with_make("exit 0");
    let (one, two) = (machine.clone_named("one"), machine.clone_named("two"));
    // Nothing is known of what the cache was made from.
    assert!(machine.run(&one).status.success());
    assert!(touched(&one));
    // What stands in the cache was made from this clone: touching would compile everything again.
    aged(&one.join("source.rs"));
    assert!(machine.run(&one).status.success());
    assert!(!touched(&one));
    // Older than what the first clone left in the cache, and yet another text.
    assert!(machine.run(&two).status.success());
    assert!(touched(&two));
    assert!(machine.run(&one).status.success());
    assert!(touched(&one));
}

#[test]
fn it_calls_make_test_in_the_clone_with_the_cache_and_ends_as_that_ends() {
    let machine = Machine::with_make("echo \"$* in $PWD with $CARGO_TARGET_DIR\"; exit 3");
    let clone = machine.clone_named("one");
    let out = machine.run(&clone);
    let cache = machine.folder.path().join("cache");
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), format!("test in {} with {}", clone.display(), cache.display()));
    assert!(!out.status.success());
}

#[test]
fn two_runs_with_one_cache_wait_for_each_other() {
    // Whoever finds another at work fails.
    let machine = Machine::with_make("mkdir \"$CARGO_TARGET_DIR/at-work\" && sleep 0.3 && rmdir \"$CARGO_TARGET_DIR/at-work\"");
    let clones = ["one", "two", "three"].map(|name| machine.clone_named(name));
    std::thread::scope(|scope| {
        let runs = clones.each_ref().map(|clone| scope.spawn(|| machine.run(clone)));
        for run in runs {
            let out = run.join().unwrap();
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        }
    });
}
