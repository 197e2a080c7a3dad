//! The command line: help with examples, exit codes, and errors that say what to do.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;
#[path = "common/documents.rs"]
mod documents;

use common::{printed, run, said};
use documents::matches;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// An installation in a folder: configuration, keys, and a source of files.
fn install(folder: &Path) -> PathBuf {
    for (number, name) in (1_u8..).zip(["seal", "pseudonym", "signing"]) {
        fs::write(folder.join(name), hex::encode([number; 32])).unwrap();
    }
    let files = folder.join("files");
    fs::create_dir_all(&files).unwrap();
    fs::write(files.join("people.csv"), "person_id,name,status\nada,Ada,active\nbob,Bob,active\n").unwrap();
    fs::write(files.join("entitlements.csv"), "entitlement_id,name\nwiki,Wiki\n").unwrap();
    fs::write(files.join("grants.csv"), "person_id,entitlement_id,path\nada,wiki,direct\n").unwrap();
    let at = |name: &str| folder.join(name).display().to_string();
    let text = format!(
        "origin = \"reviews.test\"\nfolder = {:?}\n[server]\npublic_url = \"http://127.0.0.1:8080\"\n[database]\nurl = {:?}\n\
         [[keys.seal]]\nid = \"s1\"\nfile = {:?}\n[keys.pseudonym]\nid = \"p1\"\nfile = {:?}\n[keys.signing]\nfile = {:?}\n\
         [[sources]]\nname = \"Directory\"\nfolder = {:?}\n",
        at("data"),
        format!("sqlite:{}", at("countersign.db")),
        at("seal"),
        at("pseudonym"),
        at("signing"),
        at("files"),
    );
    fs::create_dir_all(folder.join("data")).unwrap();
    let path = folder.join("countersign.toml");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn every_command_helps_with_an_example() {
    for command in ["serve", "demo", "doctor", "migrate", "verify", "export", "outliers", "roles", "shadow", "explain", "jobs", "tenant"] {
        let help = run(&[command, "--help"]);
        assert_eq!(help.status.code(), Some(0), "{command}");
        let text = printed(&help);
        assert!(text.contains("Example") && text.contains(&format!("countersign {command}")), "{command}: {text}");
    }
}

#[test]
fn wrong_use_ends_with_2_and_says_what_to_do() {
    let unknown = run(&["revoke"]);
    assert_eq!(unknown.status.code(), Some(2));
    let missing = run(&["migrate", "--config", "/nowhere/countersign.toml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(said(&missing).contains("countersign.example.toml"), "{}", said(&missing));
    assert!(printed(&missing).is_empty(), "errors go to standard error");

    let folder = tempfile::tempdir().unwrap();
    let path = install(folder.path());
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("public_url", "public_adress")).unwrap();
    let misspelt = run(&["doctor", "--config", path.to_str().unwrap()]);
    assert_eq!(misspelt.status.code(), Some(2));
    assert!(said(&misspelt).contains("public_adress"), "{}", said(&misspelt));
    fs::write(&path, text.replace("name = \"Directory\"", "name = \"\"")).unwrap();
    let nameless = run(&["serve", "--config", path.to_str().unwrap()]);
    assert_eq!(nameless.status.code(), Some(2), "{}", said(&nameless));
    assert!(said(&nameless).contains("name"), "{}", said(&nameless));
}

#[test]
fn what_fails_around_the_program_ends_with_3() {
    let gone = run(&["verify", "/nowhere/pack.zip"]);
    assert_eq!(gone.status.code(), Some(3));
    assert!(said(&gone).contains("/nowhere/pack.zip"));

    let folder = tempfile::tempdir().unwrap();
    let path = install(folder.path());
    fs::remove_file(folder.path().join("signing")).unwrap();
    let keyless =
        run(&["export", "--config", path.to_str().unwrap(), "--campaign", "01932c07-1f0e-7a3b-8000-3b9aca000001", "--out", "x.zip"]);
    assert_eq!(keyless.status.code(), Some(3));
    assert!(said(&keyless).contains("keys.signing"), "{}", said(&keyless));
}

#[test]
fn something_else_than_a_pack_is_a_finding() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no-pack.zip");
    fs::write(&path, b"not a pack").unwrap();
    let plain = run(&["verify", path.to_str().unwrap()]);
    assert_eq!(plain.status.code(), Some(1));
    assert!(printed(&plain).contains("FAILED"), "{}", printed(&plain));
    let machine = run(&["verify", path.to_str().unwrap(), "--json"]);
    let report: Value = serde_json::from_slice(&machine.stdout).unwrap();
    assert_eq!((machine.status.code(), &report["whole"]), (Some(1), &Value::Bool(false)));
    let key = run(&["verify", path.to_str().unwrap(), "--key", "no fingerprint"]);
    assert_eq!(key.status.code(), Some(2), "{}", said(&key));
}

#[test]
fn doctor_finds_what_is_missing_and_migrate_mends_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = install(folder.path());
    let config = path.to_str().unwrap();
    let checks = |expected: i32| {
        let doctor = run(&["doctor", "--config", config, "--json"]);
        assert_eq!(doctor.status.code(), Some(expected), "{} {}", printed(&doctor), said(&doctor));
        let report: Value = serde_json::from_slice(&doctor.stdout).unwrap();
        matches("doctor-1.json", &report);
        report["checks"].as_array().unwrap().clone()
    };
    let good = |checks: &[Value], what: &str| checks.iter().find(|check| check["what"] == what).map(|check| check["good"] == true);
    let before = checks(1);
    assert_eq!(good(&before, "schema"), Some(false));
    assert_eq!(good(&before, "source Directory"), Some(true));
    assert_eq!(good(&before, "providers"), Some(false));

    let migrated = run(&["migrate", "--config", config]);
    assert_eq!(migrated.status.code(), Some(0), "{}", said(&migrated));
    let after = checks(1);
    assert_eq!(good(&after, "schema"), Some(true));
    assert_eq!(good(&after, "ledger"), Some(true));

    fs::write(folder.path().join("files").join("grants.csv"), "person_id,entitlement_id,path\nada,nothing,direct\n").unwrap();
    assert_eq!(good(&checks(1), "source Directory"), Some(false), "a grant of an unknown entitlement");
}

/// Work that failed for good waits for a person, who sees why and lets it run again.
#[tokio::test]
async fn jobs_that_failed_for_good_are_told_with_the_reason_and_run_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = install(folder.path());
    let config = path.to_str().unwrap();
    assert_eq!(run(&["migrate", "--config", config]).status.code(), Some(0));
    let none = run(&["jobs", "--config", config]);
    assert_eq!((none.status.code(), printed(&none).as_str()), (Some(0), "No job has failed for good.\n"));

    let store = store::Store::open(&format!("sqlite:{}", folder.path().join("countersign.db").display())).await.unwrap();
    let (id, now) = (domain::JobId("01932c07-1f0e-7a3b-8000-3b9aca000001".parse().unwrap()), domain::Timestamp(1_795_248_000_000_000));
    let job =
        store::NewJob { id, kind: "sequence", payload: "{\"job\":\"sequence\"}", run_at: now, max_attempts: 1, dedupe: Some("sequence") };
    let mut tx = store.begin().await.unwrap();
    assert!(tx.enqueue(&job, now).await.unwrap());
    let claimed = tx.claim_job("w", now, now.plus(1_000)).await.unwrap().unwrap();
    tx.fail_job(id, claimed.fence, now, now, "the disk is full").await.unwrap();
    tx.commit().await.unwrap();

    let told = |arguments: &[&str], expected: i32| {
        let said_by = run(&[&["jobs", "--config", config, "--json"], arguments].concat());
        assert_eq!(said_by.status.code(), Some(expected), "{} {}", printed(&said_by), said(&said_by));
        let report: Value = serde_json::from_slice(&said_by.stdout).unwrap();
        matches("jobs-1.json", &report);
        report
    };
    let failed = told(&[], 1);
    assert_eq!((&failed["failed"][0]["why"], &failed["failed"][0]["kind"]), (&"the disk is full".into(), &"sequence".into()));
    let plain = run(&["jobs", "--config", config]);
    assert!(printed(&plain).contains(&format!("--again {id}")), "{}", printed(&plain));
    let unknown = "01932c07-1f0e-7a3b-8000-3b9aca000009";
    assert_eq!(told(&["--again", unknown], 1)["left"], serde_json::json!([unknown]));
    let again = told(&["--again-all"], 0);
    assert_eq!((&again["again"], &again["failed"]), (&serde_json::json!([id]), &serde_json::json!([])));
    let job = store.read().await.unwrap().job(id).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (store::JobState::Waiting, 0));
    store.close().await;
}

#[test]
fn an_unknown_campaign_makes_no_pack() {
    let folder = tempfile::tempdir().unwrap();
    let path = install(folder.path());
    let config = path.to_str().unwrap();
    assert_eq!(run(&["migrate", "--config", config]).status.code(), Some(0));
    let out = folder.path().join("pack.zip");
    let made = run(&["export", "--config", config, "--campaign", "01932c07-1f0e-7a3b-8000-3b9aca000001", "--out", out.to_str().unwrap()]);
    assert_eq!(made.status.code(), Some(2));
    assert!(said(&made).contains("There is no campaign 01932c07"), "{}", said(&made));
    assert!(!out.exists());
}

/// Two teams of three, and one grant across.
const GRANTS: &str = "ann a\nann b\nbob a\nbob b\ncyd a\ncyd\tb\n\ndan c\ndan d\neve c\neve d\nfay c\nfay d\nfay  d\r\nfay a\n";

#[test]
fn roles_give_everybody_exactly_what_they_hold_and_match_their_schema() {
    let folder = tempfile::tempdir().unwrap();
    let (grants, out) = (folder.path().join("grants.txt"), folder.path().join("roles.json"));
    fs::write(&grants, GRANTS).unwrap();
    let mined = run(&["roles", "--grants", grants.to_str().unwrap(), "--out", out.to_str().unwrap(), "--json"]);
    assert_eq!(mined.status.code(), Some(0), "{}", said(&mined));
    let summary: Value = serde_json::from_slice(&mined.stdout).unwrap();
    assert_eq!((&summary["roles"], &summary["grants"], &summary["exact"]), (&3.into(), &13.into(), &true.into()));
    matches("roles-summary-1.json", &summary);
    let document: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas/roles-1.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&document), "{document:#}");
    let mut more = document.clone();
    more["roles"][0]["name"] = "x".into();
    assert!(!validator.is_valid(&more), "an unknown field is taken");
    let words = |list: &Value| list.as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let mut given: Vec<(String, String)> = Vec::new();
    for role in document["roles"].as_array().unwrap() {
        given.extend(words(&role["users"]).iter().flat_map(|u| words(&role["permissions"]).into_iter().map(move |p| (u.clone(), p))));
    }
    let mut held: Vec<(String, String)> = GRANTS
        .lines()
        .filter_map(|line| line.split_whitespace().collect::<Vec<_>>().try_into().ok())
        .map(|[user, permission]: [&str; 2]| (user.to_owned(), permission.to_owned()))
        .collect();
    given.sort();
    given.dedup();
    held.sort();
    held.dedup();
    assert_eq!(given, held);
}

#[test]
fn outliers_score_each_pair_once_and_the_same_way_again() {
    let folder = tempfile::tempdir().unwrap();
    let (grants, out) = (folder.path().join("grants.txt"), folder.path().join("scores.csv"));
    fs::write(&grants, GRANTS).unwrap();
    let score = |grants: &Path| {
        let scored = run(&["outliers", "--grants", grants.to_str().unwrap(), "--scores", out.to_str().unwrap(), "--seed", "4"]);
        assert_eq!(scored.status.code(), Some(0), "{}", said(&scored));
        fs::read_to_string(&out).unwrap()
    };
    let first = score(&grants);
    assert_eq!(first.lines().next(), Some("user,permission,outlier"));
    assert_eq!(first.lines().count(), 1 + 13);
    let turned = folder.path().join("turned.txt");
    fs::write(&turned, GRANTS.lines().rev().collect::<Vec<_>>().join("\n")).unwrap();
    assert_eq!(score(&turned), first, "the order of lines must leave no trace");
    let told = run(&["outliers", "--grants", grants.to_str().unwrap(), "--scores", out.to_str().unwrap(), "--json"]);
    matches("outliers-summary-1.json", &serde_json::from_slice(&told.stdout).unwrap());
}

#[test]
fn a_file_of_grants_that_is_none_names_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let (grants, out) = (folder.path().join("grants.txt"), folder.path().join("out"));
    let (file, to) = (grants.to_str().unwrap(), out.to_str().unwrap());
    for (bytes, line) in [(&b"ann a\nbob\n"[..], "line 2"), (b"ann a b\n", "line 1"), (b"", "line 1"), (b"ann a\nb\xffb c\n", "line 2")] {
        fs::write(&grants, bytes).unwrap();
        for arguments in [["outliers", "--grants", file, "--scores", to], ["roles", "--grants", file, "--out", to]] {
            let refused = run(&arguments);
            assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
            assert!(said(&refused).contains(&format!("grants.txt, {line}: ")), "{}", said(&refused));
            assert!(!out.exists());
        }
    }
    let gone = run(&["roles", "--grants", "/nowhere/grants.txt", "--out", to]);
    assert_eq!(gone.status.code(), Some(3), "{}", said(&gone));
}
