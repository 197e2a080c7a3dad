//! What is declared for a source.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::Folder;
use connect::{SourceSettings, WarningKind};

const WHOLE: &str = r#"{
  "emergency_accounts": ["p2"],
  "emergency_entitlements": ["e2"],
  "emergency_reviewers": ["p1", "p2"],
  "separated_duties": [{"name": "Pay what you enter", "left": ["e1"], "right": ["e2"]}],
  "grants_without_removal": [{"entitlement": "e2", "instead": "Ask the post room."}]
}"#;

#[test]
fn rule_27_emergency_access_is_declared_per_source() {
    let settings = SourceSettings::parse(WHOLE).unwrap();
    assert!(settings.emergency_accounts.contains("p2"));
    assert!(settings.emergency_entitlements.contains("e2"));
    let alone = SourceSettings::parse(r#"{"emergency_reviewers": ["p1"]}"#);
    assert_eq!(
        alone.unwrap_err().to_string(),
        "The source's settings could not be used: emergency_reviewers names one person; emergency access is reviewed by two or more. The settings that were there before are kept."
    );
}

#[test]
fn rule_20_what_cannot_be_removed_here_has_the_right_way() {
    let settings = SourceSettings::parse(WHOLE).unwrap();
    assert_eq!(settings.instead_of_removal("e2"), Some("Ask the post room."));
    assert_eq!(settings.instead_of_removal("e1"), None);
}

#[test]
fn nothing_declared_is_nothing() {
    assert_eq!(SourceSettings::parse("").unwrap(), SourceSettings::default());
    assert_eq!(SourceSettings::parse("{}").unwrap(), SourceSettings::default());
}

#[test]
fn settings_survive_writing_and_reading() {
    let settings = SourceSettings::parse(WHOLE).unwrap();
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(SourceSettings::parse(&json).unwrap(), settings);
}

#[test]
fn what_is_wrong_is_told() {
    let cases = [
        (r#"{"emergency": []}"#, "unknown field `emergency`"),
        (r#"{"emergency_accounts": [1]}"#, "invalid type: integer `1`"),
        (r#"{"separated_duties": [{"name": " ", "left": ["a"], "right": ["b"]}]}"#, "a rule of separated_duties has no name"),
        (
            r#"{"separated_duties": [{"name": "x", "left": ["a"], "right": []}]}"#,
            "the rule \"x\" of separated_duties needs an entitlement on each side",
        ),
        (
            r#"{"separated_duties": [{"name": "x", "left": ["a"], "right": ["a"]}]}"#,
            "the rule \"x\" of separated_duties has \"a\" on both sides",
        ),
        (
            r#"{"separated_duties": [{"name": "x", "left": ["a"], "right": ["b"]}, {"name": "x", "left": ["c"], "right": ["d"]}]}"#,
            "separated_duties has two rules called \"x\"",
        ),
        (
            r#"{"grants_without_removal": [{"entitlement": "e", "instead": ""}]}"#,
            "grants_without_removal does not say what to do instead for \"e\"",
        ),
        ("{", "EOF while parsing"),
    ];
    for (json, why) in cases {
        let error = SourceSettings::parse(json).unwrap_err().to_string();
        assert!(error.contains(why), "{json}: {error}");
    }
}

#[test]
fn ids_that_the_reading_does_not_know_are_told() {
    let reading = Folder::sound().read();
    let sound = SourceSettings::parse(WHOLE).unwrap();
    assert!(sound.check_against(&reading).is_empty());
    let unknown = SourceSettings::parse(&WHOLE.replace("\"p2\"", "\"p9\"").replace("\"e1\"", "\"e9\"")).unwrap();
    let warnings = unknown.check_against(&reading);
    assert_eq!(warnings.count(WarningKind::SettingsAccountUnknown), 2);
    assert_eq!(
        warnings.examples.last().unwrap().to_string(),
        "settings, column separated_duties: \"e9\". The settings name an entitlement that is not in entitlements.csv."
    );
}
