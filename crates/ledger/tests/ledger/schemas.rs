//! The JSON Schemas in docs/schemas describe what is written, and refuse what is not.

use crate::common::{members, world};
use ledger::pack::MANIFEST;
use ledger::{EventKind, Trust, verify_pack};
use serde_json::{Value, json};
use std::path::PathBuf;

fn schema(name: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas").join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn assert_valid(schema: &Value, document: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(document).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
    // A schema that takes anything describes nothing.
    let mut more = document.clone();
    more["surplus"] = json!(1);
    assert!(!validator.is_valid(&more), "an unknown field is taken");
}

#[test]
fn entries_match_their_schema_and_it_knows_every_kind() {
    let schema = schema("entry-1.json");
    for (_, bytes) in world().entries {
        assert_valid(&schema, &serde_json::from_slice(&bytes).unwrap());
    }
    let kinds: Vec<&str> = EventKind::ALL.iter().map(|k| k.as_str()).collect();
    assert_eq!(schema["properties"]["kind"]["enum"], json!(kinds));
}

#[test]
fn the_manifest_matches_its_schema() {
    let pack = world().pack();
    let manifest = members(&pack).into_iter().find(|(name, _)| name == MANIFEST).unwrap().1;
    let mut manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert_valid(&schema("pack-1.json"), &manifest);
    // A pack of several campaigns names them instead of one.
    manifest.as_object_mut().unwrap().remove("campaign");
    let (one, other) = ("01932c07-1f0e-7a3b-8000-3b9aca000001", "01932c07-1f0e-7a3b-8000-3b9aca000002");
    manifest["campaigns"] = json!([one, other]);
    assert_valid(&schema("pack-1.json"), &manifest);
    manifest["campaigns"] = json!([one]);
    assert!(!jsonschema::validator_for(&schema("pack-1.json")).unwrap().is_valid(&manifest), "one alone is named as one");
}

#[test]
fn reports_match_their_schema_whether_whole_or_not() {
    let schema = schema("verify-1.json");
    let pack = world().pack();
    let mut changed = pack.clone();
    changed[pack.len() / 2] ^= 1;
    let trust = Trust::fingerprint(&world().verifier_key().fingerprint()).unwrap();
    for report in [verify_pack(&pack, &trust), verify_pack(&pack, &Trust::Nothing), verify_pack(&changed, &trust), verify_pack(b"", &trust)]
    {
        assert_valid(&schema, &serde_json::to_value(&report).unwrap());
    }
}
