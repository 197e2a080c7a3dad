//! The same input gives the same bytes, and the bytes give everything back.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

mod common;

use common::{ANALYST, CLERK, World, as_of, days_ago};
use domain::{Answer, Grain, Sensitivity};
use recommend::{
    CanonicalError, ENGINE, FactId, HowDecided, Judge, Recommendation, TABLE, Weights, decide, engine_of, input_bytes, stored_input_hash,
};

/// A world in which most kinds of facts occur.
fn varied() -> World {
    let mut world = World::new();
    for (n, sensitivity) in [(1, Sensitivity::Medium), (2, Sensitivity::High), (3, Sensitivity::Privileged), (4, Sensitivity::Low)] {
        world.entitlement(n, sensitivity);
    }
    world.population.entitlements[3].sensitivity = None;
    world.apart(7, &[1], &[2]);
    world.grant_all(CLERK..CLERK + 11, 1, 900);
    world.grant_all(ANALYST..ANALYST + 9, 2, 400);
    world.grant(ANALYST, 1, 1_022);
    world.grant(ANALYST, 1, 10);
    world.grant(ANALYST + 1, 3, 300);
    world.grant(CLERK + 2, 3, 300);
    world.grant(CLERK + 3, 4, 25);
    world.person(ANALYST).changed_job_on = Some(days_ago(130));
    world.person(CLERK + 1).end = Some(days_ago(4));
    world.person(CLERK + 4).emergency = true;
    world.used(ANALYST, 1, Some(135), 100);
    world.used(ANALYST + 2, 2, Some(51), 9);
    world.used(CLERK, 1, Some(1), 200);
    world.used(CLERK + 1, 1, Some(90), 200);
    world.usage(CLERK + 3, 4, Some(2), 20, 30, Grain::Application);
    world.decided(ANALYST, 1, Answer::Approve, HowDecided::Reviewed, 180);
    world.decided(ANALYST + 1, 3, Answer::Approve, HowDecided::Exception, 80);
    world.decided(CLERK + 2, 3, Answer::Revoke, HowDecided::Bulk, 80);
    world
}

fn all(world: &World) -> Vec<Recommendation> {
    let judge = Judge::new(&world.population, as_of(), world.weights.clone()).unwrap();
    judge.recommend_all().map(Result::unwrap).collect()
}

#[test]
fn the_weights_of_the_reasons_add_up_to_the_score() {
    for made in all(&varied()) {
        assert_eq!(made.score, made.reasons.iter().map(|reason| reason.weight).sum::<i32>());
    }
}

#[test]
fn every_reason_rests_on_facts_that_stand_there() {
    for made in all(&varied()) {
        for reason in &made.reasons {
            assert!(!reason.facts.is_empty(), "{:?} rests on nothing", reason.says);
            for fact in &reason.facts {
                assert!(made.facts.get(*fact).is_some(), "{:?} rests on {fact}, which is not there", reason.says);
            }
        }
    }
}

#[test]
fn facts_alone_give_the_same_recommendation_again() {
    let world = varied();
    for made in all(&world) {
        let again = decide(made.grant, made.as_of, made.facts.clone(), &world.weights).unwrap();
        assert_eq!(again.to_canonical().unwrap(), made.to_canonical().unwrap());
    }
}

#[test]
fn bytes_are_canonical_json_and_give_everything_back() {
    let world = varied();
    for made in all(&world) {
        let bytes = made.to_canonical().unwrap();
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), bytes, "RFC 8785");
        assert_eq!(Recommendation::from_canonical(&bytes).unwrap(), made);
        let input = input_bytes(made.grant, made.as_of, &made.facts, &world.weights, None).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&input).unwrap();
        assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), input, "RFC 8785");
        // Bytes alone give the same hash, without an engine that understands them.
        assert_eq!(stored_input_hash(&bytes, &world.weights.to_canonical().unwrap()), Some(made.input_hash));
        assert_eq!(engine_of(&bytes).as_deref(), Some(ENGINE));
        assert!(!String::from_utf8(bytes).unwrap().contains('.'), "integers only");
    }
}

#[test]
fn another_spelling_is_refused() {
    let made = varied().judge(0);
    let bytes = made.to_canonical().unwrap();
    let spaced = String::from_utf8(bytes.clone()).unwrap().replacen(':', ": ", 1);
    assert!(matches!(Recommendation::from_canonical(spaced.as_bytes()), Err(CanonicalError::NotCanonical)));
    let renamed = String::from_utf8(bytes.clone()).unwrap().replace("countersign/recommendation/1", "countersign/recommendation/9");
    assert!(matches!(Recommendation::from_canonical(renamed.as_bytes()), Err(CanonicalError::Schema(_))));
    let more = String::from_utf8(bytes).unwrap().replacen('{', "{\"aaa\":1,", 1);
    assert!(matches!(Recommendation::from_canonical(more.as_bytes()), Err(CanonicalError::Form(_))));
}

#[test]
fn whatever_was_weighed_changes_the_hash() {
    let world = varied();
    let made = world.judge(0);
    let other_weights = Weights { used_lately: 1, ..Weights::default() };
    let other = decide(made.grant, made.as_of, made.facts.clone(), &other_weights).unwrap();
    assert_ne!(made.input_hash, other.input_hash);
    let later = decide(made.grant, made.as_of.plus(1), made.facts.clone(), &world.weights).unwrap();
    assert_ne!(made.input_hash, later.input_hash);
    let mut read_later = world.clone();
    read_later.population.sources[0].read_at = days_ago(1);
    assert_ne!(made.input_hash, read_later.judge(0).input_hash);
}

#[test]
fn golden_bytes() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    world.grant_all(CLERK..CLERK + 11, 1, 900);
    let at = world.grant(ANALYST, 1, 1_022);
    world.person(ANALYST).changed_job_on = Some(days_ago(130));
    world.used(ANALYST, 1, Some(135), 100);
    let bytes = world.judge(at).to_canonical().unwrap();
    insta::assert_snapshot!(String::from_utf8(bytes).unwrap().replace(",\"", ",\n\""), @r#"
{"alarm":false,
"as_of":1795248000000000,
"bulk_allowed":true,
"cause":"left-the-job",
"confidence":9950,
"engine":"countersign-rules/14",
"facts":[{"id":"account-status",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"status":"active"}},{"id":"started-on",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"at":1665648000000000}},{"id":"changed-job-on",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"at":1784016000000000}},{"id":"manager-missing",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"flag":false}},{"id":"emergency",
"origin":"settings",
"read_at":1795248000000000,
"value":{"flag":false}},{"id":"sensitivity",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"sensitivity":"medium"}},{"id":"entitlement-owner",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"account":"00000000-0000-7000-8000-000000000001"}},{"id":"grant-path",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"path":"direct"}},{"id":"granted-on",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"at":1706947200000000}},{"id":"granted-by",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"account":"00000000-0000-7000-8000-000000000001"}},{"id":"usage-window",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"number":365}},{"id":"usage-grain",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"grain":"entitlement"}},{"id":"last-used",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"at":1783584000000000}},{"id":"days-used",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"number":100}},{"id":"unused-days",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"number":135}},{"id":"holder-active",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"at":1783584000000000}},{"id":"used-since-job-change",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"flag":false}},{"id":"holders-in-step",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"share":{"held":0,
"of":0}}},{"id":"peers-title",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"share":{"held":0,
"of":13}}},{"id":"peers-department",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"share":{"held":0,
"of":14}}},{"id":"peers-manager",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"share":{"held":0,
"of":13}}},{"id":"peers-all",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"share":{"held":11,
"of":28}}},{"id":"held-most-in",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"group":{"held":11,
"like":"00000000-0000-7000-8000-00000000000a",
"of":13}}},{"id":"holders",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"number":12}},{"id":"last-holder",
"origin":{"source":"00000000-0000-7000-b000-000000000001"},
"read_at":1795248000000000,
"value":{"flag":false}}],
"grant":"00000000-0000-7000-a000-00000000000b",
"input_hash":"ff640a751d23a9b33f958496faf8dc9d1cf8f9e886a14b976c5ee1e94ad01c42",
"meaning":null,
"reasons":[{"facts":["changed-job-on",
"granted-on",
"held-most-in",
"used-since-job-change"],
"says":{"came-with-old-job":{"changed":1784016000000000,
"granted":1706947200000000}},
"weight":-2200},{"facts":["last-used",
"days-used",
"unused-days",
"usage-window",
"usage-grain"],
"says":{"last-used":{"before_change":5,
"days":135,
"used":1783584000000000}},
"weight":-1800},{"facts":["peers-title",
"peers-department",
"peers-all",
"held-most-in"],
"says":{"peers":{"held":0,
"home":{"held":11,
"like":"00000000-0000-7000-8000-00000000000a",
"of":13},
"level":"title",
"of":13}},
"weight":-1300}],
"risk":150,
"rule":null,
"schema":"countersign/recommendation/1",
"score":-5300,
"verdict":"revoke"}
"#);
}

#[test]
fn the_table_of_weights_is_the_weights() {
    let weights: serde_json::Value = serde_json::to_value(Weights::default()).unwrap();
    assert_eq!(weights.as_object().unwrap().len(), TABLE.len());
    for row in TABLE {
        assert_eq!(weights[row.name], row.value, "{}", row.name);
        assert!(row.meaning.ends_with('.'));
    }
}

#[test]
fn fact_names_are_stable_and_each_stands_once() {
    let names: std::collections::BTreeSet<&str> = FactId::ALL.iter().map(|id| id.as_str()).collect();
    assert_eq!(names.len(), FactId::ALL.len());
    for id in FactId::ALL {
        assert_eq!(serde_json::to_value(id).unwrap(), id.as_str());
    }
}
