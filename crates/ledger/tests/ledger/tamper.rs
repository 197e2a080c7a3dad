//! Tampering: in the file, in a file that was made whole again, and in the
//! database before the file was made. Each is found, and its place named.

use crate::common::{World, members, rewrite, with_lines, world};
use ledger::pack::container::Container;
use ledger::pack::{ENTRIES, GUIDE, MANIFEST, PROOFS, SIGNATURE};
use ledger::verify::Check;
use ledger::{EventKind, Report, Trust, verify_pack};
use serde_json::{Value, json};

fn check(pack: &[u8]) -> Report {
    verify_pack(pack, &Trust::Nothing)
}

/// Asserts that the pack is not whole and that a finding of that name speaks of that member and says `words`.
fn assert_found(pack: &[u8], name: &str, member: &str, words: &str) {
    let report = check(pack);
    let failures: Vec<&Check> = report.failures().collect();
    assert!(!report.whole, "not found: {name} {member} {words}");
    let named =
        |c: &&&Check| c.name == name && c.place.as_ref().is_some_and(|p| p.member.as_deref() == Some(member)) && c.sentence.contains(words);
    assert!(failures.iter().any(|c| named(&c)), "{name} in {member} with \"{words}\" is not among {failures:#?}");
    assert!(report.sentence().starts_with("Not whole: "), "{}", report.sentence());
}

/// Every byte of the file in turn: one bit of it in a member's bytes, each bit and all together in headers and directory.
#[test]
fn every_changed_byte_is_found_and_its_place_named() {
    let pack = world().pack();
    let good = Container::read(&pack);
    let owner =
        |at: usize| good.members.iter().find(|m| (m.from..m.from + m.data.len() as u64).contains(&(at as u64))).map(|m| m.name.as_str());
    for at in 0..pack.len() {
        let owner = owner(at);
        let masks = if owner.is_some() { vec![1 << (at % 8)] } else { vec![1, 2, 4, 8, 16, 32, 64, 128, 0xff] };
        for mask in masks {
            let mut changed = pack.clone();
            changed[at] ^= mask;
            let report = check(&changed);
            let covers = |c: &&Check| {
                c.place.as_ref().is_some_and(|p| p.from.is_some_and(|f| f <= at as u64) && p.to.is_some_and(|t| t > at as u64))
            };
            let place = report.failures().find(covers).and_then(|c| c.place.as_ref());
            let place =
                place.unwrap_or_else(|| panic!("byte {at} with {mask:#x} is not named by {:#?}", report.failures().collect::<Vec<_>>()));
            assert!(!report.whole);
            if owner.is_some() {
                assert_eq!(place.member.as_deref(), owner, "byte {at}");
            }
        }
    }
}

/// The same in every member, with the container made good again (checksums and
/// headers fit). The guide is read by people only: every sixteenth byte of it.
#[test]
fn every_changed_byte_in_a_repaired_container_is_found_and_its_member_named() {
    let pack = world().pack();
    let members = members(&pack);
    for (position, (name, data)) in members.iter().enumerate() {
        for at in (0..data.len()).step_by(if name == GUIDE { 16 } else { 1 }) {
            let mut changed = members.clone();
            changed[position].1[at] ^= 1 << (at % 8);
            let report = check(&rewrite(&changed));
            assert!(report.failures().all(|c| c.name != "container"));
            let named = |wanted: &str| report.failures().any(|c| c.place.as_ref().is_some_and(|p| p.member.as_deref() == Some(wanted)));
            // Manifest and signature belong together: either may be the one that was changed.
            let found = if name == MANIFEST || name == SIGNATURE { named(MANIFEST) || named(SIGNATURE) } else { named(name) };
            assert!(found, "byte {at} of {name}: {:#?}", report.failures().collect::<Vec<_>>());
        }
    }
}

#[test]
fn every_cut_and_every_added_byte_is_found() {
    let pack = world().pack();
    for end in (0..pack.len()).step_by(97).chain(pack.len() - 40..pack.len()) {
        assert!(!check(&pack[..end]).whole, "cut at {end}");
    }
    let container = Container::read(&pack);
    let joints = container.members.iter().flat_map(|m| [m.from, m.from + m.data.len() as u64]);
    for at in joints.chain([0, pack.len() as u64 - 22, pack.len() as u64]) {
        let at = usize::try_from(at).unwrap();
        let mut changed = pack.clone();
        changed.insert(at, 0);
        assert!(!check(&changed).whole, "added at {at}");
    }
    let twice = [pack.clone(), pack.clone()].concat();
    assert!(!check(&twice).whole);
}

#[test]
fn members_dropped_added_repeated_and_swapped_are_found() {
    let pack = world().pack();
    let good = members(&pack);
    for (position, (name, _)) in good.iter().enumerate() {
        let mut fewer = good.clone();
        fewer.remove(position);
        let report = check(&rewrite(&fewer));
        let named = report.failures().any(|c| c.place.as_ref().is_some_and(|p| p.member.as_deref() == Some(name)));
        assert!(named, "{name} dropped");
    }
    let mut more = good.clone();
    more.push(("zzz".into(), b"x".to_vec()));
    assert_found(&rewrite(&more), "members", "zzz", "does not list it");
    let mut twice = good.clone();
    twice.insert(1, good[0].clone());
    assert_found(&rewrite(&twice), "container", &good[0].0, "twice or out of order");
    let mut swapped = good.clone();
    swapped.swap(0, 1);
    assert_found(&rewrite(&swapped), "container", &good[0].0, "twice or out of order");
    // A member's hash made good in the manifest too: then the signature does not hold.
    let mut forged = good;
    let manifest = forged.iter().position(|(name, _)| name == MANIFEST).unwrap();
    let text = String::from_utf8(forged[manifest].1.clone()).unwrap();
    let old = ledger::sha256_hex(&forged[0].1);
    forged[0].1[0] ^= 1;
    forged[manifest].1 = text.replace(&old, &ledger::sha256_hex(&forged[0].1)).into_bytes();
    assert_found(&rewrite(&forged), "signature", MANIFEST, "not the one that was signed");
}

/// Lines of tables, entries and proofs in a container and gzip stream that were made good again.
#[test]
fn rows_dropped_repeated_and_reordered_in_the_file_are_found() {
    let pack = world().pack();
    let tables: Vec<String> = members(&pack).into_iter().map(|(name, _)| name).filter(|name| name.contains(".jsonl.")).collect();
    for member in &tables {
        let (check_name, order) = match member.as_str() {
            ENTRIES => ("entries", true),
            PROOFS => ("inclusion", true),
            _ => ("tables", member != "tables/reviewers.jsonl.gz"),
        };
        assert_found(&with_lines(&pack, member, |lines| drop(lines.pop())), "members", member, "");
        let repeated = with_lines(&pack, member, |lines| {
            lines.push(lines.last().unwrap().clone());
        });
        assert_found(&repeated, check_name, member, "");
        if order {
            let swapped = with_lines(&pack, member, |lines| {
                lines.insert(0, lines.last().unwrap().clone());
                lines.pop();
            });
            let report = check(&swapped);
            let one_row = member.contains("orders") || member.contains("proofs-of");
            let named = report.failures().any(|c| c.name == check_name);
            assert!(named || one_row, "{member} reordered: {:#?}", report.failures().collect::<Vec<_>>());
        }
    }
}

/// The database was changed, and an honest exporter signed what it found there.
fn exported(change: impl FnOnce(&mut World)) -> Vec<u8> {
    let mut w = world();
    change(&mut w);
    w.pack()
}

fn table<'w>(w: &'w mut World, name: &str) -> &'w mut Vec<Value> {
    w.tables.get_mut(name).unwrap()
}

#[test]
fn a_row_changed_in_the_database_is_found_though_the_pack_is_signed() {
    let cases: [(&str, &str, Value); 12] = [
        ("decisions", "answer", json!("approve")),
        ("decisions", "at", json!(1)),
        ("decisions", "actor", json!("system")),
        ("decisions", "item_version", json!(9)),
        ("decisions", "item", json!("01932c07-1f0e-7a3b-8000-3b9aca000001")),
        ("recommendations", "verdict", json!("approve")),
        ("recommendations", "confidence", json!(10_000)),
        ("recommendations", "facts", json!([{ "id": "f1", "kind": "unused_days", "value": 1 }])),
        ("orders", "state", json!("withdrawn")),
        ("orders", "order_version", json!(5)),
        ("proofs-of-removal", "page_hash", json!("0")),
        ("texts", "text", json!("He left.")),
    ];
    for (name, column, value) in cases {
        let pack = exported(|w| table(w, name)[0][column] = value.clone());
        assert_found(&pack, name, &format!("tables/{name}.jsonl.gz"), "");
        let report = check(&pack);
        let place = report.failures().next().unwrap().place.clone().unwrap();
        assert_eq!(place.row, Some(1), "{name}.{column}");
    }
    let pack = exported(|w| table(w, "items")[2]["state"] = json!("decided"));
    assert_found(&pack, "items", "tables/items.jsonl.gz", "its history in the ledger ends with excepted");
}

/// As an exporter writes it: the whole of the recommendation, and its SHA-256 beside it.
#[test]
fn a_recommendation_is_the_one_whose_hash_its_entry_states_and_is_named_where_it_is_not() {
    let id = "01932c07-1f0e-7a3b-8000-3b9aca000001";
    let with_body = |change: &dyn Fn(&mut Value)| {
        exported(|w| {
            let body = json!({ "facts": [{ "kind": "unused_days", "value": 135 }], "verdict": "revoke" });
            let digest = ledger::sha256_hex(&ledger::canonical(&body).unwrap());
            let made = w.entry(EventKind::RecommendationMade).campaign(w.campaign).item(w.items[0]).subject("recommendation", id);
            let made = made.code("verdict", "revoke").int("confidence", 9_100).code("input_hash", "00").code("body_sha256", digest);
            let made = w.append(made);
            let mut row = crate::common::row_of(&made);
            row["body"] = body;
            change(&mut row);
            w.row("recommendations", row);
        })
    };
    assert!(check(&with_body(&|_| {})).whole, "{:#?}", check(&with_body(&|_| {})).failures().collect::<Vec<_>>());
    let withhold = |column: &'static str| move |row: &mut Value| drop(row.as_object_mut().unwrap().remove(column));
    assert!(check(&with_body(&withhold("body_sha256"))).whole, "the hash is the entry's; repeating it is not needed");
    let attacks: [(&str, &dyn Fn(&mut Value)); 5] = [
        ("\"body\" is not the one", &|row| row["body"]["facts"][0]["value"] = json!(1)),
        ("\"body\" is not the one", &|row| row["body"] = json!("revoke")),
        ("\"body\" is not the one", &|row| row["body"] = Value::Null),
        ("\"body_sha256\" is not what the entry states", &|row| row["body_sha256"] = json!(ledger::sha256_hex(b"another"))),
        ("lacks the column \"body\"", &withhold("body")),
    ];
    for (words, attack) in attacks {
        let pack = with_body(attack);
        assert_found(&pack, "recommendations", "tables/recommendations.jsonl.gz", words);
        let report = check(&pack);
        let place = report.failures().next().unwrap().place.clone().unwrap();
        assert_eq!(place.id.as_deref(), Some(id), "{words}: {place:?}");
    }
    // Body and hash changed together are a good pair, and still not the entry's.
    let pair = with_body(&|row| {
        row["body"]["verdict"] = json!("approve");
        row["body_sha256"] = json!(ledger::sha256_hex(&ledger::canonical(&row["body"]).unwrap()));
    });
    assert_found(&pair, "recommendations", "tables/recommendations.jsonl.gz", "\"body\" is not the one");
}

#[test]
fn rows_dropped_and_added_in_the_database_are_found() {
    for name in ["decisions", "recommendations", "orders", "proofs-of-removal", "texts", "items"] {
        let member = format!("tables/{name}.jsonl.gz");
        let dropped = exported(|w| drop(table(w, name).remove(0)));
        assert_found(&dropped, name, &member, "the entry has no row");
        let gone = exported(|w| drop(w.tables.remove(name)));
        assert_found(&gone, name, &member, "not in the pack");
        let added = exported(|w| {
            let mut row = table(w, name)[0].clone();
            for column in ["entry", "item", "order"] {
                if row.get(column).is_some() {
                    row[column] = json!("ffffffff-1f0e-7a3b-8000-3b9aca000001");
                }
            }
            table(w, name).push(row);
        });
        assert_found(&added, name, &member, "names an entry that the pack does not hold");
    }
    assert_found(&exported(|w| drop(table(w, "items").remove(0))), "counts", "tables/items.jsonl.gz", "closed with");
    // A second row for one decision, under another entry of the ledger.
    let twisted = exported(|w| {
        let opened = ledger::Entry::parse(&w.entries[1].1).unwrap().id;
        let mut row = table(w, "decisions")[0].clone();
        row["entry"] = json!(opened);
        table(w, "decisions").push(row);
    });
    assert_found(&twisted, "decisions", "tables/decisions.jsonl.gz", "kind campaign.opened");
}

#[test]
fn entries_changed_dropped_and_reordered_in_the_database_are_found() {
    let count = world().entries.len();
    for at in 0..count {
        let changed = exported(|w| {
            let text = String::from_utf8(w.entries[at].1.clone()).unwrap();
            let later = text.replacen("\"at\":1795", "\"at\":1796", 1);
            assert_ne!(text, later);
            w.entries[at].1 = later.into_bytes();
        });
        assert_found(&changed, "inclusion", PROOFS, "");
        let index = at as u64;
        assert!(check(&changed).failures().any(|c| c.name == "inclusion" && c.place.as_ref().unwrap().entry == Some(index)), "entry {at}");
        let dropped = exported(|w| drop(w.entries.remove(at)));
        assert_found(&dropped, "entries", ENTRIES, "missing");
        if at > 0 {
            let swapped = exported(|w| {
                let (one, other) = (w.entries[at - 1].1.clone(), w.entries[at].1.clone());
                w.entries[at - 1].1 = other;
                w.entries[at].1 = one;
            });
            assert_found(&swapped, "inclusion", PROOFS, "not in the checkpoint's tree");
        }
    }
    // An entry that was never sequenced, in the place of another.
    let added = exported(|w| {
        let entry = w.entry(EventKind::OrdersStopped).to_bytes().unwrap();
        w.entries[3].1 = entry;
    });
    assert_found(&added, "inclusion", PROOFS, "not in the checkpoint's tree");
    // The same entry twice, once in the place of another.
    let repeated = exported(|w| w.entries[3].1 = w.entries[2].1.clone());
    assert_found(&repeated, "entries", ENTRIES, "also that of entry 2");
}

/// In a campaign's pack a gap in the ledger is no finding in itself, but each step of a history is missed.
#[test]
fn a_step_dropped_from_a_campaigns_pack_is_found() {
    let mut found = 0;
    for at in 0..world().entries.len() {
        let kind = ledger::Entry::parse(&world().entries[at].1).unwrap().kind;
        let dropped = exported(|w| {
            w.whole_ledger = false;
            w.entries.remove(at);
        });
        let whole = check(&dropped).whole;
        let stands_alone = matches!(kind, EventKind::SnapshotSealed | EventKind::CampaignOpened | EventKind::CampaignClosed);
        assert_eq!(whole, stands_alone, "{kind} at {at}");
        found += u32::from(!whole);
    }
    assert!(found > 15);
}

#[test]
fn rule_3_a_step_that_does_not_exist_is_found_though_the_ledger_holds_it() {
    let mut w = world();
    let again = w
        .by(EventKind::DecisionMade, "reviewer")
        .item_at(w.items[2], 4)
        .code("step", "answer")
        .code("state", "staged")
        .code("answer", "approve");
    let again = w.append(again);
    w.row("decisions", crate::common::row_of(&again));
    table(&mut w, "items")[2]["state"] = json!("staged");
    table(&mut w, "items")[2]["item_version"] = json!(4);
    assert_found(&w.pack(), "histories", ENTRIES, "an item that is excepted cannot take the step answer");
    let mut w = world();
    let (campaign, order) = (w.campaign, w.order);
    let sent = w
        .entry(EventKind::OrderSent)
        .campaign(campaign)
        .subject("order", order)
        .int("order_version", 5)
        .code("step", "accept")
        .code("state", "sent");
    w.append(sent);
    assert_found(&w.pack(), "histories", ENTRIES, "an order that is proven cannot take the step accept");
}

#[test]
fn two_answers_to_one_version_are_found() {
    let mut w = world();
    let twice = w
        .by(EventKind::DecisionMade, "reviewer")
        .item_at(w.items[0], 2)
        .code("step", "answer")
        .code("state", "staged")
        .code("answer", "approve");
    let twice = w.append(twice);
    w.row("decisions", crate::common::row_of(&twice));
    assert_found(&w.pack(), "histories", ENTRIES, "two entries state version 2");
}

#[test]
fn a_decision_on_what_was_never_shown_is_found() {
    let mut w = world();
    let blind = w
        .by(EventKind::DecisionMade, "reviewer")
        .item_at(w.items[0], 4)
        .code("step", "change")
        .code("state", "staged")
        .code("answer", "approve");
    let blind = w.append(blind.code("shown", ledger::sha256_hex(b"something else")));
    w.row("decisions", crate::common::row_of(&blind));
    assert_found(&w.pack(), "seen", ENTRIES, "no entry records as shown");
}

#[test]
fn rule_44_an_erased_text_verifies_as_erased_and_a_vanished_one_does_not() {
    let report = check(&world().pack());
    let texts = report.checks.iter().find(|c| c.name == "texts").unwrap();
    assert!(texts.sentence.contains("1 are erased and recorded as such"), "{texts:?}");
    let vanished = exported(|w| {
        let row = table(w, "texts").iter_mut().find(|r| r["text"].is_string()).unwrap();
        row["text"] = Value::Null;
        row["salt"] = Value::Null;
    });
    assert_found(&vanished, "texts", "tables/texts.jsonl.gz", "no entry records that it was erased");
    let half = exported(|w| {
        let row = table(w, "texts").iter_mut().find(|r| r["text"].is_string()).unwrap();
        row["text"] = Value::Null;
    });
    assert_found(&half, "texts", "tables/texts.jsonl.gz", "both null");
}

#[test]
fn findings_are_listed_up_to_a_limit_and_the_rest_is_counted() {
    let pack = world().pack();
    let many = with_lines(&pack, "tables/reviewers.jsonl.gz", |lines| {
        lines.extend((0..80).map(|_| b"no".to_vec()));
    });
    let report = check(&many);
    let tables: Vec<&Check> = report.failures().filter(|c| c.name == "tables").collect();
    assert_eq!(tables.len(), ledger::verify::MAX_FINDINGS + 1);
    assert!(tables.last().unwrap().sentence.starts_with("31 more"), "{:?}", tables.last());
}
