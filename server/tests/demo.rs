//! The demo without a browser: the whole story over HTTP, its report, its pack, and running it again.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod common;
#[path = "common/removals.rs"]
mod removals;

use common::{printed, run, said};
use removals::removals_agree;
use serde_json::{Value, json};
use server::demo::html;
use std::{fs, path::Path};

fn schema() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas/demo-report-1.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn assert_valid(report: &Value) {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(report).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}\n{report:#}");
    // A schema that takes anything describes nothing.
    for place in ["", "/counts", "/recommendations"] {
        let mut more = report.clone();
        more.pointer_mut(place).unwrap()["surplus"] = json!(1);
        assert!(!validator.is_valid(&more), "an unknown field is taken in \"{place}\"");
    }
}

#[tokio::test]
async fn the_story_is_told_to_its_end_and_telling_it_again_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("demo");
    let report = folder.path().join("report.json");
    let (data, report) = (data.to_str().unwrap(), report.to_str().unwrap());
    let play = || {
        let played = run(&["demo", "--headless", "--people", "60", "--seed", "7", "--data", data, "--report", report]);
        assert_eq!(played.status.code(), Some(0), "{}\n{}", printed(&played), said(&played));
        assert_eq!(printed(&played).lines().next(), Some(data), "the first line names the folder");
        let report: Value = serde_json::from_slice(&fs::read(report).unwrap()).unwrap();
        assert_valid(&report);
        report
    };
    let first = play();
    assert_eq!(first["ok"], true, "{first:#}");
    let of = |name: &str| first["counts"][name].as_u64().unwrap();
    assert_eq!(of("items"), first["counts"]["items_by_state"].as_object().unwrap().values().filter_map(Value::as_u64).sum::<u64>());
    assert!(of("acknowledged") > 0 && of("undone") > 0 && of("orders") > 0, "{first:#}");
    // Files leave through the desk, the platforms remove at once: both took away exactly what is proven.
    let removed = removals_agree(Path::new(data)).await;
    assert_eq!(of("removed_at_desk"), u64::try_from(removed.at_desk).unwrap(), "{first:#}");
    assert!(removed.at_desk > 0 && removed.at_platforms > 0, "{first:#}");
    for platform in ["files", "okta", "entra"] {
        assert!(first["counts"]["grants_per_source"][platform].as_u64().unwrap() > 50, "{first:#}");
        assert!(first["calls_per_source"][platform].as_u64().unwrap() > 1, "{first:#}");
    }
    assert!(of("people") < of("accounts"), "one person on several platforms is counted once: {first:#}");
    for verdict in ["approve", "revoke"] {
        assert!(first["counts"]["decisions_by_answer"][verdict].as_u64().unwrap() > 0, "{first:#}");
    }

    let pack = first["pack"]["path"].as_str().unwrap();
    let fingerprint = first["pack"]["fingerprint"].as_str().unwrap();
    let verified = run(&["verify", pack, "--key", fingerprint]);
    assert_eq!(verified.status.code(), Some(0), "{}", printed(&verified));
    let stranger = run(&["verify", pack, "--key", &"0".repeat(64)]);
    assert_eq!(stranger.status.code(), Some(1), "another key did not sign it");

    let second = play();
    assert_eq!(second["counts"], first["counts"], "everything was done already");

    let other = run(&["demo", "--headless", "--people", "60", "--seed", "8", "--data", data]);
    assert_eq!(other.status.code(), Some(2));
    assert!(said(&other).contains("--seed 7"), "{}", said(&other));
}

#[test]
fn a_form_keeps_its_hidden_and_preset_fields_and_the_controls_that_belong_to_it_by_id() {
    let page = r#"<input type="radio" name="why" value="never" form="f" checked><form id="f" method="post" action="/items/1/decide">
        <input type="hidden" name="attempt" value="a&amp;b"><input type="radio" name="answer" value="approve">
        <input name="note" value=""><button name="answer" value="revoke">Revoke</button></form>"#;
    let form = html::form(page, "/items/1/decide").unwrap();
    assert_eq!(form.method, "post");
    let pairs: Vec<(&str, &str)> = form.fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(pairs, [("attempt", "a&b"), ("note", ""), ("why", "never")]);
    assert_eq!(html::buttons(page, "answer"), ["revoke"]);
}
