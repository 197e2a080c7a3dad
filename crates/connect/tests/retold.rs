//! Which access a reading tells under another name, and which is another.

#![expect(clippy::unwrap_used, reason = "tests")]

use connect::{Earlier, EntitlementRecord, GrantRecord, PersonRecord, Reading, Waiting, Warnings};
use domain::{GrantPath, SourceKind, Timestamp};

const SEALED: Timestamp = Timestamp(1_000);

fn held(what: &str, path: &str, granted_on: Option<i64>) -> GrantRecord {
    GrantRecord {
        person_id: "ann".to_owned(),
        entitlement_id: what.to_owned(),
        path: path.parse().unwrap(),
        granted_on: granted_on.map(Timestamp),
        held_by: None,
        granted_by: None,
    }
}

fn reading(grants: Vec<GrantRecord>, unasked: Vec<GrantRecord>) -> Reading {
    let person = PersonRecord {
        external_id: "ann".to_owned(),
        employee_id: None,
        name: None,
        email: None,
        title: None,
        department: None,
        manager_id: None,
        status: None,
        risk: None,
        start: None,
        end: None,
        changed_job_on: None,
        employment: domain::Employment::default(),
    };
    let thing = |id: &str| EntitlementRecord {
        external_id: id.to_owned(),
        name: None,
        application: None,
        description: None,
        sensitivity: None,
        owner_id: None,
    };
    Reading {
        taken_at: Timestamp(2_000),
        pages: Vec::new(),
        people: vec![person],
        entitlements: ["00gsales", "0oamail", "app:mail:1", "group:sales"].map(thing).to_vec(),
        grants,
        usage: Vec::new(),
        decisions: Vec::new(),
        requirements: Vec::new(),
        warnings: Warnings::default(),
        unread: Vec::new(),
        unasked,
        unasked_usage: Vec::new(),
        rules: Vec::new(),
    }
}

/// Whether a known grant stands after a reading that says `now`, with something waiting for its end.
fn stands(kind: SourceKind, waiting: Option<Waiting>, known: &GrantRecord, now: Vec<GrantRecord>, unasked: Vec<GrantRecord>) -> bool {
    let mut reading = reading(now, unasked);
    reading.keep_waiting(kind, vec![Earlier { grant: known.clone(), waiting }], SEALED);
    reading.grants.contains(known)
}

/// Rule 20: what a removal is to end is there as long as the platform shows it, whatever it calls it.
#[test]
fn rule_20_a_path_that_only_the_telling_changed_is_not_gone() {
    let (okta, entra) = (SourceKind::Okta, SourceKind::Entra);
    let cases = [
        (okta, "00gsales", "direct", "rule:everybody", true, "a rule fits now"),
        (okta, "00gsales", "rule:everybody", "direct", true, "the rule was deleted, and its members stayed"),
        (okta, "0oamail", "group:unknown", "group:00gsales", true, "the groups were read"),
        (okta, "0oamail", "group:00gsales", "rule:everybody", true, "a rule fills the group now"),
        (okta, "0oamail", "group:00gsales", "group:00gother", false, "another group is another way"),
        (okta, "0oamail", "direct", "rule:everybody", false, "an assignment by hand can be told"),
        (entra, "group:sales", "direct", "rule:group:sales", true, "the group became dynamic"),
        (entra, "app:mail:1", "group:group:sales", "rule:group:sales", true, "the group became dynamic"),
        (entra, "app:mail:1", "group:group:sales", "group:group:other", false, "another group is another way"),
        (SourceKind::Files, "0oamail", "direct", "rule:everybody", false, "files name paths that can be told apart"),
    ];
    for (kind, what, known, now, same, why) in cases {
        let (known, now) = (held(what, known, None), held(what, now, None));
        assert_eq!(stands(kind, Some(Waiting::Removal), &known, vec![now.clone()], Vec::new()), same, "{why}");
        assert!(!stands(kind, None, &known, vec![now.clone()], Vec::new()), "nothing waits: {why}");
        // A way that was known beside it says nothing of this one.
        let mut reading = reading(vec![now.clone()], Vec::new());
        let earlier = [known.clone(), now].map(|grant| Earlier { grant, waiting: Some(Waiting::Removal) });
        reading.keep_waiting(kind, earlier.to_vec(), SEALED);
        assert!(!reading.grants.contains(&known), "{why}");
    }
}

#[test]
fn a_membership_that_is_not_asked_by_itself_stays_while_something_waits_for_its_end() {
    let membership = held("group:sales", "direct", None);
    let (carried, entra) = (held("app:mail:1", "group:group:sales", None), SourceKind::Entra);
    for waiting in [Waiting::Question, Waiting::Removal] {
        assert!(stands(entra, Some(waiting), &membership, vec![carried.clone()], vec![membership.clone()]));
        assert!(!stands(entra, Some(waiting), &membership, vec![carried.clone()], Vec::new()), "truly gone");
    }
    assert!(!stands(entra, None, &membership, vec![carried], vec![membership.clone()]));
}

/// Rule 18: only what began after the reading before is another instance.
#[test]
fn rule_18_another_instance_is_one_that_began_later() {
    let at = |granted_on| held("00gsales", "direct", granted_on);
    let (okta, files) = (SourceKind::Okta, SourceKind::Files);
    let waits = Some(Waiting::Question);
    for (kind, known, now, same, why) in [
        (okta, Some(10), None, true, "the log no longer reaches back"),
        (okta, None, Some(10), true, "the log was read"),
        (okta, None, Some(1_001), false, "given after the reading before"),
        (okta, Some(10), Some(20), true, "dated otherwise, and there when it was last read"),
        (okta, Some(10), Some(1_001), false, "given again"),
        (okta, Some(20), Some(10), true, "an earlier date says nothing"),
        (files, Some(10), Some(20), false, "files name another grant by another date"),
        (files, Some(10), None, true, "no date is an unknown one"),
    ] {
        assert_eq!(stands(kind, waits, &at(known), vec![at(now)], Vec::new()), same, "{why}");
        let mut reading = reading(vec![at(now)], Vec::new());
        reading.keep_waiting(kind, vec![Earlier { grant: at(known), waiting: waits }], SEALED);
        assert_eq!(reading.grants.len(), 1, "told once: {why}");
    }
    // What nobody waits for is told as the source tells it now; only a date that it lost stays.
    assert!(stands(okta, None, &at(Some(10)), vec![at(None)], Vec::new()));
    assert!(!stands(okta, None, &at(None), vec![at(Some(10))], Vec::new()));
}

#[test]
fn whoever_is_gone_holds_nothing() {
    let known = GrantRecord { person_id: "ben".to_owned(), ..held("group:sales", "direct", None) };
    assert!(!stands(SourceKind::Entra, Some(Waiting::Removal), &known, Vec::new(), vec![known.clone()]));
    assert_eq!(GrantPath::Direct, known.path);
}
