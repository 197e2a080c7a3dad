//! Removals: direct, each by its own call, each proven by a look.

use crate::support::{NOW, Room};
use connect::{GrantKey, Outcome, Reading, Removal, Seen, Source as _, entra::also_ends};
use domain::GrantPath;
use tenant::entra::Change;

fn removal(grant: GrantKey) -> Removal {
    Removal {
        order_id: "01932c07-1f0e-7a3b-8000-3b9aca000001".parse().unwrap(),
        grant,
        decided_on: NOW,
        also_ends: std::collections::BTreeSet::new(),
    }
}

/// The same, decided in the knowledge of what else ends.
fn decided(reading: &Reading, grant: GrantKey) -> Removal {
    let ends = also_ends(reading, &grant).into_iter().map(|key| key.entitlement_id).collect();
    Removal { also_ends: ends, ..removal(grant) }
}

fn find(reading: &Reading, prefix: &str, path: impl Fn(&GrantPath) -> bool) -> GrantKey {
    reading.grants.iter().find(|grant| grant.entitlement_id.starts_with(prefix) && path(&grant.path)).unwrap().key()
}

#[tokio::test]
async fn each_kind_of_access_is_taken_away_by_its_own_call_and_nothing_else() {
    let room = Room::open().await;
    let reading = room.read().await;
    let direct = |path: &GrantPath| *path == GrantPath::Direct;
    let by_group = |path: &GrantPath| matches!(path, GrantPath::Group(_));
    let cases = [
        find(&reading, "group:", direct),
        find(&reading, "app:", direct),
        find(&reading, "role:", direct),
        find(&reading, "app:", by_group),
    ];
    let removals: Vec<Removal> = cases.iter().cloned().map(|case| decided(&reading, case)).collect();
    assert_eq!(room.source.reread(&cases).await.unwrap().seen, [Seen::Still; 4]);
    assert_eq!(room.source.carry_out("b1", &removals).await.unwrap(), [Outcome::Sent, Outcome::Sent, Outcome::Sent, Outcome::Sent]);
    let changes: Vec<Change> = room.handle.accepted().into_iter().map(|entry| entry.change).collect();
    assert!(
        matches!(
            &changes[..],
            [Change::MemberRemoved { .. }, Change::AssignmentRemoved { .. }, Change::RoleRemoved { .. }, Change::MemberRemoved { .. }]
        ),
        "{changes:?}"
    );
    // Sent is not proven; seen gone is (rule 20).
    let reread = room.source.reread(&cases).await.unwrap();
    assert_eq!(reread.seen, [Seen::Gone; 4]);
    assert!(!reread.pages.is_empty());
    let after = room.read().await;
    for case in &cases {
        assert_eq!(after.seen(case), Seen::Gone, "{case:?}");
        assert!(after.person(&case.person_id).is_some(), "the account itself stays");
    }
    assert_eq!(room.handle.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn rule_17_what_else_a_removal_would_end_is_told_and_is_what_ends() {
    let room = Room::open().await;
    let reading = room.read().await;
    let shared = reading
        .grants
        .iter()
        .map(connect::GrantRecord::key)
        .find(|grant| matches!(grant.path, GrantPath::Group(_)) && !also_ends(&reading, grant).is_empty())
        .unwrap();
    let also = also_ends(&reading, &shared);
    assert!(also.iter().all(|other| other.person_id == shared.person_id));
    // Decided without knowing what else ends, it is not sent, and what would end is named.
    let outcomes = room.source.carry_out("b1", &[removal(shared.clone())]).await.unwrap();
    let Outcome::WouldEndMore(told) = &outcomes[0] else { panic!("{outcomes:?}") };
    let entitlements = |keys: &[GrantKey]| keys.iter().map(|key| key.entitlement_id.clone()).collect::<std::collections::BTreeSet<_>>();
    assert!(!told.is_empty() && entitlements(told).is_subset(&entitlements(&also)), "{told:?} {also:?}");
    assert_eq!(room.handle.accepted().len(), 0);
    assert_eq!(room.source.carry_out("b2", &[decided(&reading, shared.clone())]).await.unwrap(), [Outcome::Sent]);
    let after = room.read().await;
    let gone: Vec<GrantKey> =
        reading.grants.iter().map(connect::GrantRecord::key).filter(|grant| after.seen(grant) == Seen::Gone).collect();
    let mut expected = also;
    expected.push(shared);
    expected.sort();
    assert_eq!(gone, expected);
    let alone = find(&reading, "app:", |path| *path == GrantPath::Direct);
    assert_eq!(also_ends(&reading, &alone), []);
}

/// Rule 17: a group that was put into another one since the reading takes its people out of both.
#[tokio::test]
async fn rule_17_a_group_that_was_nested_meanwhile_ends_more_than_was_decided() {
    let room = Room::open().await;
    let reading = room.read().await;
    let holds = |person: &str, what: &str| reading.grants.iter().any(|grant| grant.person_id == person && grant.entitlement_id == what);
    let outer = &reading.grants.iter().find(|grant| matches!(grant.path, GrantPath::Nested(_))).unwrap().entitlement_id;
    let mut members = reading.grants.iter().filter(|grant| grant.entitlement_id.starts_with("group:") && grant.path == GrantPath::Direct);
    let inner = members.find(|grant| grant.entitlement_id != *outer && !holds(&grant.person_id, outer)).unwrap();
    // Somebody who is in the outer group by hand too loses the inner one alone.
    let both = reading.grants.iter().find(|grant| grant.entitlement_id == *outer && grant.path == GrantPath::Direct);
    let id = |entitlement: &str| entitlement.strip_prefix("group:").unwrap().to_owned();
    room.add_member(&id(outer), &id(&inner.entitlement_id)).await;

    let order = decided(&reading, inner.key());
    let outcomes = room.source.carry_out("b1", std::slice::from_ref(&order)).await.unwrap();
    let Outcome::WouldEndMore(ends) = &outcomes[0] else { panic!("{outcomes:?}") };
    assert!(ends.iter().any(|key| key.entitlement_id == *outer && matches!(key.path, GrantPath::Nested(_))), "{ends:?}");
    assert!(room.handle.accepted().iter().all(|entry| !matches!(entry.change, Change::MemberRemoved { .. })));
    // Decided in that knowledge, it goes.
    let mut knowing = order;
    knowing.also_ends.extend(ends.iter().map(|key| key.entitlement_id.clone()));
    assert_eq!(room.source.carry_out("b2", &[knowing]).await.unwrap(), [Outcome::Sent]);
    if let Some(both) = both {
        room.add_member(&id(&inner.entitlement_id), &both.person_id).await;
        let order = removal(GrantKey { entitlement_id: inner.entitlement_id.clone(), ..both.key() });
        let outcomes = room.source.carry_out("b3", &[order]).await.unwrap();
        let outer_too = |ends: &[GrantKey]| ends.iter().any(|key| key.entitlement_id == *outer);
        assert!(!matches!(&outcomes[0], Outcome::WouldEndMore(ends) if outer_too(ends)), "{outcomes:?}");
    }
    assert_eq!(room.handle.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn what_others_make_cannot_be_removed_here() {
    let room = Room::open().await;
    let reading = room.read().await;
    let cases = [
        find(&reading, "", |path| matches!(path, GrantPath::Rule(_))),
        find(&reading, "group:", |path| matches!(path, GrantPath::Nested(_))),
    ];
    let outcomes = room.source.carry_out("b1", &cases.map(removal)).await.unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::CannotBeRemovedHere(instead) if !instead.is_empty())), "{outcomes:?}");
    assert_eq!(room.handle.accepted(), []);
}

#[tokio::test]
async fn rule_18_a_newer_grant_is_left_alone() {
    let room = Room::open().await;
    let reading = room.read().await;
    let mut older = find(&reading, "app:", |path| *path == GrantPath::Direct);
    let granted_on = older.granted_on.unwrap();
    older.granted_on = Some(granted_on.plus(-1_000_000));
    let outcomes = room.source.carry_out("b1", &[removal(older.clone())]).await.unwrap();
    assert!(matches!(&outcomes[..], [Outcome::Refused(why)] if why.contains("newer")), "{outcomes:?}");
    assert_eq!(room.source.reread(&[older]).await.unwrap().seen, [Seen::Newer { granted_on }]);
    assert_eq!(room.handle.accepted(), []);
}

#[tokio::test]
async fn reading_and_removing_are_two_applications() {
    let room = Room::open().await;
    let reading = room.read().await;
    let grant = find(&reading, "group:", |path| *path == GrantPath::Direct);
    let company = tenant::company::Config::new(7, NOW.micros()).people(150).applications(12);
    let other = Room::with(company, |_| {}, |config| config.remover = None).await;
    let outcomes = other.source.carry_out("b1", &[removal(grant)]).await.unwrap();
    assert!(matches!(&outcomes[..], [Outcome::CannotBeRemovedHere(_)]), "{outcomes:?}");
    let app = room.handle.calls();
    assert!(app.keys().all(|call| call.starts_with("GET ")), "a reading changes nothing: {app:?}");
}

#[tokio::test]
async fn an_id_that_is_none_never_stands_in_an_address() {
    let room = Room::open().await;
    let grant = GrantKey {
        person_id: "11111111-2222-4333-8444-555555555555/../../users".to_owned(),
        entitlement_id: "group:11111111-2222-4333-8444-555555555555".to_owned(),
        path: GrantPath::Direct,
        granted_on: None,
    };
    let outcomes = room.source.carry_out("b1", &[removal(grant)]).await.unwrap();
    assert!(matches!(&outcomes[..], [Outcome::Refused(_)]), "{outcomes:?}");
    assert!(room.handle.calls().is_empty());
}
