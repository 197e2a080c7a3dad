//! Entries: one form only, and nothing that a person wrote.

use crate::common::{World, world};
use domain::{EntryId, Timestamp};
use ledger::entry::{is_code, is_uuid};
use ledger::{Actor, CanonicalError, Entry, EntryError, EventKind, PseudonymKey, canonical, commitment};
use proptest::prelude::*;
use serde_json::{Value, json};

fn good() -> Entry {
    let w: World = world();
    w.by(EventKind::DecisionMade, "reviewer")
        .item_at(w.items[0], 2)
        .code("step", "answer")
        .code("state", "staged")
        .code("answer", "revoke")
        .commit("note", &[1; 32], "a note")
}

/// The bytes of a good entry after a change to its JSON.
fn changed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value: Value = serde_json::from_slice(&good().to_bytes().unwrap()).unwrap();
    change(&mut value);
    serde_json_canonicalizer::to_vec(&value).unwrap()
}

fn refusal(bytes: &[u8]) -> String {
    Entry::parse(bytes).unwrap_err().to_string()
}

#[test]
fn every_entry_of_the_story_reads_back_as_it_was_written() {
    for (_, bytes) in world().entries {
        let entry = Entry::parse(&bytes).unwrap();
        assert_eq!(entry.to_bytes().unwrap(), bytes);
    }
}

#[test]
fn the_bytes_of_an_entry_never_change() {
    let id: EntryId = "01932c07-1f0e-7a3b-8000-3b9aca000001".parse().unwrap();
    let entry = Entry::new(EventKind::OrdersStopped, id, Timestamp(1_795_000_000_000_000), "reviews.example.com", "p1", Actor::System)
        .int("orders", 12);
    assert_eq!(
        String::from_utf8(entry.to_bytes().unwrap()).unwrap(),
        r#"{"actor":"system","at":1795000000000000,"commitments":{},"data":{"orders":12},"id":"01932c07-1f0e-7a3b-8000-3b9aca000001","key_id":"p1","kind":"orders.stopped","origin":"reviews.example.com","subjects":{},"v":1}"#
    );
    // Computed with Python's hashlib over a zero byte and the text above.
    assert_eq!(hex::encode(entry.leaf_hash().unwrap()), "ae8aa790e09888286c95ae498a9dfcfb9bc45337d45cb42aeedc91c67383f979");
}

#[test]
fn what_version_1_does_not_have_is_refused_by_name() {
    assert!(refusal(&changed(|v| v["v"] = json!(2))).contains("version 2"));
    assert!(refusal(&changed(|v| v["kind"] = json!("decision.guessed"))).contains("decision.guessed"));
    assert!(refusal(&changed(|v| v["mood"] = json!("good"))).contains("\"mood\""));
    assert!(refusal(&changed(|v| v["campaign"] = Value::Null)).contains("\"campaign\""));
    assert!(refusal(&changed(|v| drop(v["data"].as_object_mut().unwrap().remove("answer")))).contains("data.answer"));
    assert!(refusal(&changed(|v| v["data"]["score"] = json!(0.5))).contains("$.data.score"));
    assert!(refusal(&changed(|v| v["data"]["score"] = json!(9_007_199_254_740_992_i64))).contains("2^53"));
    assert!(refusal(&changed(|v| v["data"]["list"] = json!([1]))).contains("data.list"));
    assert!(refusal(&changed(|v| v["actor"] = json!("grace"))).contains("\"actor\""));
    assert!(refusal(&changed(|v| v["id"] = json!("01932C07-1F0E-7A3B-8000-3B9ACA000001"))).contains("canonical"));
    assert!(refusal(&changed(|v| v["id"] = json!("7"))).contains("UUID"));
    assert!(refusal(&changed(|v| v["origin"] = json!("two words"))).contains("\"origin\""));
}

#[test]
fn another_spelling_of_the_same_json_is_another_text() {
    let bytes = good().to_bytes().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    for other in [
        text.replacen(':', ": ", 1),
        text.replacen("{\"actor\"", "{\"v\":1,\"actor\"", 1),
        format!("{text} "),
        text.replacen("\"v\":1", "\"v\":1.0", 1),
    ] {
        assert!(Entry::parse(other.as_bytes()).is_err(), "{other}");
    }
}

/// Rule 44: leaves hold salted commitments; free text has no way in.
#[test]
fn rule_44_free_text_cannot_stand_in_an_entry() {
    for text in ["He moved to Treasury", "Grace", "", "-x", "a\u{e9}", &"a".repeat(81)] {
        let with = good().code("why", text);
        assert!(matches!(with.to_bytes(), Err(EntryError::Field { .. })), "{text}");
        assert!(!is_code(text));
    }
    assert!(good().subject("holder", "grace.hopper").to_bytes().is_err());
    let bytes = good().to_bytes().unwrap();
    assert!(!String::from_utf8(bytes).unwrap().contains("a note"));
}

#[test]
fn rule_44_a_commitment_binds_field_text_and_salt() {
    let one = commitment(&[1; 32], "note", "text");
    assert_eq!(one, commitment(&[1; 32], "note", "text"));
    assert_ne!(one, commitment(&[2; 32], "note", "text"));
    assert_ne!(one, commitment(&[1; 32], "note2", "text"));
    // Field and text cannot be shifted into each other.
    assert_ne!(commitment(&[1; 32], "note", "text"), commitment(&[1; 32], "notet", "ext"));
    let key = PseudonymKey::new("p1", [3; 32]);
    assert_ne!(key.pseudonym("user", "1"), PseudonymKey::new("p2", [4; 32]).pseudonym("user", "1"));
    assert_ne!(key.pseudonym("user", "1"), key.pseudonym("account", "1"));
    assert!(!format!("{key:?}").contains("3, 3"));
}

/// HMAC-SHA-256 and the framing, computed with Python's hmac and hashlib.
#[test]
fn pseudonyms_and_commitments_are_what_other_tools_compute() {
    assert_eq!(PseudonymKey::new("p1", [3; 32]).pseudonym("user", "1"), PSEUDONYM);
    assert_eq!(commitment(&[1; 32], "note", "text"), COMMITMENT);
}
const PSEUDONYM: &str = "de0da7ca0e0b7d0b4da5e4af64938451a8749ef1990b2ae637b0e8a79b2e5be1";
const COMMITMENT: &str = "fd51d44e68205655d8597f5f9d6ef39e043d99c8b0f728a8b0add2368d6ab11b";

#[test]
fn times_beyond_exact_integers_are_strings() {
    let entry = Entry { at: Timestamp(i64::MIN), ..good() };
    let bytes = entry.to_bytes().unwrap();
    assert!(String::from_utf8(bytes.clone()).unwrap().contains("\"at\":\"-9223372036854775808\""));
    assert_eq!(Entry::parse(&bytes).unwrap(), entry);
    // Within the range the string form would be a second spelling.
    assert!(Entry::parse(&changed(|v| v["at"] = json!("5"))).is_err());
}

#[test]
fn canonical_json_names_the_place_of_a_fraction() {
    let error = canonical(&json!({ "facts": [{ "value": 1 }, { "value": 0.25 }] })).unwrap_err();
    assert_eq!(error, CanonicalError::NotWhole { path: "$.facts[1].value".into(), number: "0.25".into() });
}

#[test]
fn the_kinds_are_known_by_their_words() {
    for kind in EventKind::ALL {
        assert_eq!(EventKind::from_word(kind.as_str()), Some(*kind));
        assert!(is_code(kind.as_str()));
    }
    assert_eq!(EventKind::from_word("decision"), None);
}

fn whole_json() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9_007_199_254_740_991i64..=9_007_199_254_740_991).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[\\x00-\\x1f\\x7f\"\\\\/<\u{2028}\u{e9}\u{10000}]{0,6}".prop_map(Value::from),
    ];
    scalar.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5).prop_map(|m| m.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_json_is_what_another_implementation_of_rfc_8785_writes(value in whole_json()) {
        let bytes = canonical(&value).unwrap();
        prop_assert_eq!(&bytes, &serde_json_canonicalizer::to_vec(&value).unwrap());
        prop_assert_eq!(ledger::canonical::parse_canonical(&bytes).unwrap(), value);
    }

    #[test]
    fn entries_read_back(
        kind in prop::sample::select(EventKind::ALL),
        at in any::<i64>(),
        version in 0i64..1_000,
        data in prop::collection::btree_map("[a-z][a-z0-9_]{0,39}", prop_oneof![
            (-9_007_199_254_740_991i64..=9_007_199_254_740_991).prop_map(ledger::Value::Int),
            "[a-z0-9][a-z0-9_.:-]{0,79}".prop_map(ledger::Value::Code),
        ], 0..5),
    ) {
        let w = world();
        let mut entry = w.by(kind, "someone").item_at(w.items[0], version);
        entry.at = Timestamp(at);
        for role in kind.demands().subjects {
            entry = entry.subject(*role, w.order);
        }
        for field in kind.demands().data {
            entry = entry.code(*field, "x");
        }
        entry.data.extend(data);
        let bytes = entry.to_bytes().unwrap();
        prop_assert_eq!(Entry::parse(&bytes).unwrap(), entry);
    }

    #[test]
    fn no_bytes_make_the_reader_fail_otherwise_than_by_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Entry::parse(&bytes);
    }

    #[test]
    fn a_changed_byte_is_another_entry_or_none(at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let bytes = good().to_bytes().unwrap();
        let mut other = bytes.clone();
        other[at.index(bytes.len())] ^= 1 << bit;
        if let Ok(entry) = Entry::parse(&other) {
            prop_assert_ne!(entry.leaf_hash().unwrap(), good().leaf_hash().unwrap());
        }
    }

    #[test]
    fn ids_have_one_spelling(text in "[0-9a-fA-F-]{36}") {
        if is_uuid(&text) {
            prop_assert_eq!(text.parse::<EntryId>().expect("an id").to_string(), text);
        }
    }
}
