//! The configuration: the example is whole, and what is misspelt is named.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

use server::config::{Config, ConfigError, Secret};
use std::path::{Path, PathBuf};

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("countersign.example.toml")
}

fn refused(change: impl Fn(String) -> String) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("changed.toml");
    std::fs::write(&path, change(std::fs::read_to_string(example()).unwrap())).unwrap();
    match Config::load(&path) {
        Err(why @ ConfigError::Wrong(_)) => why.to_string(),
        other => panic!("it was taken: {other:?}"),
    }
}

#[test]
fn the_example_parses_and_shows_the_defaults() {
    let config = Config::load(&example()).unwrap();
    assert_eq!(config.policy, domain::Policy::default());
    assert_eq!((config.sessions.idle_minutes, config.sessions.absolute_hours), (30, 12));
    assert!(matches!(&config.keys.seal[0].secret, Secret::File(path) if path.ends_with("seal-2026")));
    assert!(matches!(&config.providers[0].client_secret, Some(Secret::Env(name)) if name == "COUNTERSIGN_CLIENT_SECRET"));
    assert_eq!(config.providers[0].roles.len(), domain::Role::ALL.len());
}

#[test]
fn an_unknown_key_is_an_error_that_names_it_and_its_file() {
    for (right, wrong) in [
        ("undo_window", "undo_windoww"),
        ("idle_minutes", "idle_minute"),
        ("public_url", "public_address"),
        ("share_percent", "share"),
        ("max_age_days", "max_days"),
        ("read_every_hours", "read_each_hours"),
        ("role_claim", "roles_claim"),
        ("origin", "name"),
    ] {
        let said = refused(|text| text.replacen(&format!("\n{right} ="), &format!("\n{wrong} ="), 1));
        assert!(said.contains(wrong), "{wrong}: {said}");
        assert!(said.contains("changed.toml"), "{wrong}: {said}");
    }
}

#[test]
fn a_secret_comes_from_one_place() {
    let both = refused(|text| text.replacen("file = \"/etc/countersign/signing\"", "file = \"a\"\nenv = \"B\"", 1));
    assert!(both.contains("exactly one of file, env and command"), "{both}");
    let misspelt = refused(|text| text.replacen("file = \"/etc/countersign/seal-2026\"", "fil = \"a\"", 1));
    assert!(misspelt.contains("`fil`"), "{misspelt}");
    let nameless = refused(|text| text.replacen("id = \"pseudonym-2026\"\n", "", 1));
    assert!(nameless.contains("needs an id"), "{nameless}");
}

#[test]
fn values_out_of_range_are_named_with_their_range() {
    for (right, wrong, named) in [
        ("\"https://reviews.example.com\"", "\"https://reviews.example.com/app\"", "server.public_url"),
        ("\"Europe/Zurich\"", "\"Europe/Nowhere\"", "server.time_zone"),
        ("idle_minutes = 30", "idle_minutes = 1", "sessions.idle_minutes"),
        ("\nshare_percent = 30", "\nshare_percent = 0", "policy.brake.share_percent"),
        ("source_share_percent = 20", "source_share_percent = 0", "policy.brake.source_share_percent"),
        ("application_share_percent = 30", "application_share_percent = 101", "policy.brake.application_share_percent"),
        ("department_share_percent = 30", "department_share_percent = 200", "policy.brake.department_share_percent"),
        ("origin = \"reviews.example.com\"", "origin = \"with space\"", "origin"),
    ] {
        let said = refused(|text| text.replacen(right, wrong, 1));
        assert!(said.contains(named), "{named}: {said}");
    }
}

#[test]
fn a_missing_file_says_where_to_begin() {
    let said = Config::load(Path::new("/nowhere/countersign.toml")).expect_err("there is no such file").to_string();
    assert!(said.contains("/nowhere/countersign.toml") && said.contains("countersign.example.toml"), "{said}");
}
