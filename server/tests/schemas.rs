//! The JSON Schemas of files that people write describe what the program takes, and refuse what it refuses.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use recommend::sod::{MappedEntitlement, RuleSet, STARTER_PACKS, starter};
use serde_json::Value;
use std::path::Path;

fn schema(name: &str) -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas").join(name);
    jsonschema::validator_for(&serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).unwrap()
}

/// TOML as JSON: dates become their text.
fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, json(value))).collect(),
        toml::Value::Array(list) => list.into_iter().map(json).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}

fn of(text: &str) -> Value {
    json(toml::Value::Table(text.parse().unwrap()))
}

#[test]
fn rules_of_duties_match_their_schema() {
    let schema = schema("duty-rules-1.json");
    for pack in STARTER_PACKS {
        assert!(schema.is_valid(&of(pack.text)), "{}", pack.id);
    }
    let payroll = STARTER_PACKS.iter().find(|pack| pack.id == "payroll").unwrap().text;
    let dated = payroll.replacen("control = [{ ", "control = [{ owner = \"p-1\", until = 2027-06-30, ", 1);
    assert!(dated != payroll && RuleSet::parse(&dated).is_ok() && schema.is_valid(&of(&dated)));
    for (from, to) in [("severity = \"critical\"", "severity = \"fatal\""), ("risk = ", "danger = "), ("{ any = [", "{ some = [")] {
        let wrong = payroll.replacen(from, to, 1);
        assert!(RuleSet::parse(&wrong).is_err() && !schema.is_valid(&of(&wrong)), "{to}");
    }
}

#[test]
fn maps_of_entitlements_match_their_schema() {
    let (schema, rules) = (schema("duty-map-1.json"), starter().unwrap());
    let text = "schema = \"countersign/duty-map/1\"\n[[entitlement]]\nsource = \"ERP\"\nid = \"AP\"\nduties = [\"invoice.enter\"]\n";
    assert!(MappedEntitlement::parse(text, &rules).is_ok() && schema.is_valid(&of(text)));
    let wrong = text.replace("source", "system");
    assert!(MappedEntitlement::parse(&wrong, &rules).is_err() && !schema.is_valid(&of(&wrong)));
}

/// The example that people copy is taken as it stands, and passes its own tests.
#[test]
fn the_example_in_the_document_is_a_good_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/separation-of-duties.md");
    let text = std::fs::read_to_string(path).unwrap();
    let example = text.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(RuleSet::parse(example).unwrap().failed_tests(), []);
}
