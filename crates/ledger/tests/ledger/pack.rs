//! Packs: the same bytes for the same input, readable by other people's tools.

use crate::common::{members, world};
use ledger::pack::container::Container;
use ledger::pack::{GUIDE, LeftOut, PackError};
use ledger::{PackBuilder, PackHeader, Trust, verify_pack};
use serde_json::json;
use std::{collections::BTreeSet, process::Command};

#[test]
fn the_story_makes_a_whole_pack() {
    let w = world();
    let report = verify_pack(&w.pack(), &Trust::Nothing);
    let failures: Vec<_> = report.failures().collect();
    assert!(report.whole, "{failures:#?}");
    let names: Vec<&str> = report.checks.iter().map(|c| c.name.as_str()).collect();
    for check in [
        "container",
        "manifest",
        "members",
        "signature",
        "checkpoint",
        "consistency",
        "entries",
        "inclusion",
        "histories",
        "seen",
        "tables",
        "decisions",
        "items",
        "orders",
        "proofs-of-removal",
        "recommendations",
        "texts",
        "counts",
    ] {
        let found = report.checks.iter().find(|c| c.name == check).unwrap_or_else(|| panic!("{check} is not among {names:?}"));
        assert_eq!(found.state, ledger::verify::CheckState::Passed, "{found:?}");
    }
}

#[test]
fn a_campaigns_pack_need_not_hold_the_whole_ledger() {
    let mut w = world();
    w.whole_ledger = false;
    // The snapshot belongs to the source, not to the campaign.
    w.entries.remove(0);
    let report = verify_pack(&w.pack(), &Trust::Nothing);
    assert!(report.whole, "{:#?}", report.failures().collect::<Vec<_>>());
    assert_eq!(report.campaign, Some(w.campaign.to_string()));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let one = world().pack();
    assert_eq!(one, world().pack());
    // Nothing in the bytes follows the machine: no time but 1980, no system but "unknown".
    let container = Container::read(&one);
    assert!(container.flaws.is_empty());
    let names: Vec<&str> = container.members.iter().map(|m| m.name.as_str()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(names, sorted);
    for member in container.members.iter().filter(|m| m.name.contains(".jsonl.")) {
        assert_eq!(member.data[4..10], [0, 0, 0, 0, 0, 255], "{}", member.name);
    }
}

#[test]
fn what_is_left_out_is_said_and_not_a_finding() {
    let mut w = world();
    w.tables.remove("texts");
    assert!(!verify_pack(&w.pack(), &Trust::Nothing).whole);
    w.left_out = vec![LeftOut { what: "texts".into(), why: "Notes stay with the organisation.".into() }];
    let report = verify_pack(&w.pack(), &Trust::Nothing);
    assert!(report.whole, "{:#?}", report.failures().collect::<Vec<_>>());
    let texts = report.checks.iter().find(|c| c.name == "texts").unwrap();
    assert!(texts.sentence.contains("leaves out 2 of 2") && texts.sentence.contains("Notes stay"), "{texts:?}");
}

#[test]
fn what_cannot_stand_in_a_pack_is_refused_with_its_place() {
    let w = world();
    let header = || PackHeader {
        origin: "reviews.example.com".into(),
        campaigns: BTreeSet::new(),
        checkpoint: w.checkpoint(),
        checkpoint_key: w.verifier_key(),
        previous_checkpoint: None,
        left_out: Vec::new(),
    };
    let mut builder = PackBuilder::new(header()).unwrap();
    assert_eq!(builder.tree_size(), w.frontier.size());
    builder.entry(1, &w.entries[1].1, &w.nodes).unwrap();
    for index in [0, 1] {
        assert!(builder.entry(index, &w.entries[0].1, &w.nodes).unwrap_err().to_string().contains("in the order"));
    }
    assert!(matches!(builder.entry(10_000, &w.entries[0].1, &w.nodes), Err(PackError::Tree(_))));
    assert!(builder.entry(2, b"\xff", &w.nodes).unwrap_err().to_string().contains("entry 2"));
    assert!(builder.row("items", &json!({ "state": "decided" })).unwrap_err().to_string().contains("\"item\""));
    assert!(builder.row("population", &json!({ "score": 0.5 })).unwrap_err().to_string().contains("$.score"));
    assert!(builder.row("../etc", &json!({})).is_err());
    assert!(builder.row("population", &json!([])).is_err());
    builder.row("items", &json!({ "item": "b", "state": "decided" })).unwrap();
    assert!(builder.row("items", &json!({ "item": "a", "state": "decided" })).unwrap_err().to_string().contains("ascending"));
    // A checkpoint that another key signed, or of another ledger.
    let other = ledger::SigningKey::from_bytes(&[1; 32]);
    let key = ledger::VerifierKey::new("reviews.example.com", other.verifying_key()).unwrap();
    assert!(PackBuilder::new(PackHeader { checkpoint_key: key, ..header() }).is_err());
    assert!(matches!(PackBuilder::new(PackHeader { origin: "else.example.com".into(), ..header() }), Err(PackError::Origin { .. })));
}

/// The guide's own script, run with python3 and openssl on the pack, as a stranger would.
#[test]
fn the_guides_script_verifies_the_pack_and_finds_a_change() {
    let ready = |tool: &str, version: &str| Command::new(tool).arg(version).output().is_ok_and(|o| o.status.success());
    if !ready("python3", "--version") || !ready("openssl", "version") {
        skip("skipped: python3 and openssl are needed to run the guide's script");
        return;
    }
    let w = world();
    let pack = w.pack();
    let members = members(&pack);
    let guide = String::from_utf8(members.iter().find(|(name, _)| name == GUIDE).unwrap().1.clone()).unwrap();
    let script = guide.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let folder = std::env::temp_dir().join(format!("countersign-guide-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let run = |bytes: &[u8], fingerprint: &str| {
        std::fs::write(folder.join("check.py"), script).unwrap();
        std::fs::write(folder.join("pack.zip"), bytes).unwrap();
        Command::new("python3").current_dir(&folder).args(["check.py", "pack.zip", fingerprint]).output().unwrap()
    };
    let fingerprint = w.verifier_key().fingerprint();
    let good = run(&pack, &fingerprint);
    let out = String::from_utf8_lossy(&good.stdout).into_owned();
    assert!(good.status.success() && out.ends_with("whole\n"), "{out}{}", String::from_utf8_lossy(&good.stderr));
    assert!(out.contains("1 belong to their entries, 1 erased"), "{out}");
    assert!(!run(&pack, &"0".repeat(64)).status.success());
    let mut w = w;
    let (_, entry) = &mut w.entries[5];
    *entry = String::from_utf8(entry.clone()).unwrap().replacen("\"v\":1", "\"v\":2", 1).into_bytes();
    let bad = run(&w.pack(), &fingerprint);
    assert!(String::from_utf8_lossy(&bad.stderr).contains("entry 5"), "{}", String::from_utf8_lossy(&bad.stderr));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[expect(clippy::print_stdout, reason = "a skipped test is said where tests are read")]
fn skip(why: &str) {
    println!("{why}");
}
