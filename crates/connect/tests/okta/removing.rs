//! Removals: exactly what was decided, once, proven by looking again.

use crate::support::{NOW, World};
use connect::{GrantKey, GrantRecord, Outcome, Reading, Removal, Seen, Source as _};
use domain::{GrantPath, Timestamp, time::DAY};
use tenant::okta::{Change, Misbehaviour, group_id};

pub fn removal(grant: &GrantKey, also_ends: &[&str]) -> Removal {
    Removal {
        order_id: "01932c07-1f0e-7a3b-8000-3b9aca000001".parse().unwrap(),
        grant: grant.clone(),
        decided_on: NOW,
        also_ends: also_ends.iter().map(|id| (*id).to_owned()).collect(),
    }
}

/// A membership by hand whose application the person has through it alone.
pub fn membership(reading: &Reading) -> (GrantKey, String) {
    let direct = reading.grants.iter().filter(|grant| grant.entitlement_id.starts_with("00g") && grant.path == GrantPath::Direct);
    let mut found = direct.filter_map(|grant| {
        let group = reading.entitlement(&grant.entitlement_id).unwrap();
        let apps: Vec<&GrantRecord> = reading
            .grants
            .iter()
            .filter(|held| held.person_id == grant.person_id && held.entitlement_id.starts_with("0oa"))
            .filter(|held| reading.entitlement(&held.entitlement_id).unwrap().name == group.application)
            .collect();
        let only = matches!(&apps[..], [app] if app.path == GrantPath::Group(grant.entitlement_id.clone()));
        only.then(|| (grant.key(), apps[0].entitlement_id.clone()))
    });
    found.next_back().unwrap()
}

pub fn assignment(reading: &Reading) -> GrantKey {
    let found = reading.grants.iter().find(|grant| grant.entitlement_id.starts_with("0oa") && grant.path == GrantPath::Direct);
    found.unwrap().key()
}

fn role(reading: &Reading) -> GrantKey {
    let found = reading.grants.iter().find(|grant| grant.entitlement_id.starts_with("role:") && grant.path == GrantPath::Direct);
    found.unwrap().key()
}

async fn seen(world: &World, grant: &GrantKey) -> Seen {
    world.source.reread(std::slice::from_ref(grant)).await.unwrap().seen[0]
}

#[tokio::test]
async fn rule_20_a_removal_is_sent_and_then_proven_by_looking_again() {
    let world = World::start(|_| {}).await;
    let reading = world.read().await.unwrap();
    let (member, app) = membership(&reading);
    for (grant, also) in [(member, vec![app.as_str()]), (assignment(&reading), vec![]), (role(&reading), vec![])] {
        assert_eq!(seen(&world, &grant).await, Seen::Still, "{grant:?}");
        let order = removal(&grant, &also);
        assert_eq!(world.source.carry_out("b1", std::slice::from_ref(&order)).await.unwrap(), [Outcome::Sent], "{grant:?}");
        let reread = world.source.reread(std::slice::from_ref(&grant)).await.unwrap();
        assert_eq!(reread.seen, [Seen::Gone], "{grant:?}");
        assert!(!reread.pages.is_empty() && reread.pages.iter().all(|page| page.request.starts_with("GET /api/v1/")));
        assert_eq!(world.source.carry_out("b1", &[order]).await.unwrap(), [Outcome::AlreadyGone], "a second time finds it gone");
    }
    let after = world.read().await.unwrap();
    assert_eq!(reading.grants.len() - after.grants.len(), 4, "the three, and the application that came with the group");
    world.judged_clean();
}

#[tokio::test]
async fn rule_17_a_removal_that_would_end_more_than_was_decided_is_not_sent() {
    let world = World::start(|_| {}).await;
    let reading = world.read().await.unwrap();
    let (member, app) = membership(&reading);
    let ends = world.source.would_end(&member).await.unwrap();
    assert_eq!(ends.iter().map(|key| key.entitlement_id.as_str()).collect::<Vec<_>>(), [app.as_str()]);
    let outcome = world.source.carry_out("b1", &[removal(&member, &[])]).await.unwrap();
    assert_eq!(outcome, [Outcome::WouldEndMore(ends)]);
    assert_eq!(seen(&world, &member).await, Seen::Still);
    // The other way round: taking the application away means leaving the group that gives it.
    let through = reading.grants.iter().find(|grant| grant.person_id == member.person_id && grant.entitlement_id == app).unwrap().key();
    let ends = world.source.would_end(&through).await.unwrap();
    assert_eq!(ends.iter().map(|key| key.entitlement_id.as_str()).collect::<Vec<_>>(), [member.entitlement_id.as_str()]);
    let order = removal(&through, &[&member.entitlement_id]);
    assert_eq!(world.source.carry_out("b2", &[order]).await.unwrap(), [Outcome::Sent]);
    assert_eq!((seen(&world, &through).await, seen(&world, &member).await), (Seen::Gone, Seen::Gone));
}

#[tokio::test]
async fn rule_22_what_a_rule_makes_is_not_taken_away_by_hand() {
    let world = World::start(|_| {}).await;
    let reading = world.read().await.unwrap();
    let made = reading.grants.iter().find(|grant| matches!(grant.path, GrantPath::Rule(_))).unwrap().key();
    let outcome = world.source.carry_out("b1", &[removal(&made, &[])]).await.unwrap();
    assert!(matches!(&outcome[..], [Outcome::CannotBeRemovedHere(text)] if text.contains("rule's owner")), "{outcome:?}");
    assert_eq!(seen(&world, &made).await, Seen::Still);
}

#[tokio::test]
async fn rule_18_a_newer_membership_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("okta.journal");
    let world = World::start(|config| config.journal = Some(journal.clone())).await;
    let reading = world.read().await.unwrap();
    let (member, app) = membership(&reading);
    let order = removal(&member, &[&app]);
    assert_eq!(world.source.carry_out("b1", std::slice::from_ref(&order)).await.unwrap(), [Outcome::Sent]);
    world.clock.advance(DAY);
    // Somebody gives it back.
    world.add_member(&member.entitlement_id, &member.person_id).await;
    let outcome = world.source.carry_out("b2", &[order]).await.unwrap();
    let granted_on = NOW.plus(DAY);
    assert!(matches!(&outcome[..], [Outcome::NewerLeftAlone { granted_on: at }] if at.since(granted_on) < DAY / 2), "{outcome:?}");
    // A re-reading tells it too, where it is known since when the decided one was held.
    let dated = GrantKey { granted_on: Some(NOW.plus(-DAY)), ..member.clone() };
    assert!(matches!(seen(&world, &dated).await, Seen::Newer { .. }));
    // And the next reading knows since when it is held: the log's window ends before the moment of the reading.
    world.clock.advance(DAY / 24);
    let again = world.read().await.unwrap();
    let held = again.grant(&member.person_id, &member.entitlement_id, &GrantPath::Direct).unwrap();
    assert!(held.granted_on.is_some_and(|at: Timestamp| at > NOW));
    let removed =
        tenant::okta::read_journal(&journal).unwrap().into_iter().filter(|entry| matches!(entry.change, Change::MemberRemoved { .. }));
    assert_eq!(removed.count(), 1, "counted where it happened");
}

#[tokio::test]
async fn an_answer_that_was_lost_is_looked_for_and_never_sent_twice() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("okta.journal");
    let world = World::start(|config| {
        config.journal = Some(journal.clone());
        config.misbehave = Some(Misbehaviour::LostAnswer);
    })
    .await;
    let reading = world.read().await.unwrap();
    let (member, app) = membership(&reading);
    assert_eq!(world.source.carry_out("b1", &[removal(&member, &[&app])]).await.unwrap(), [Outcome::Sent]);
    assert_eq!(seen(&world, &member).await, Seen::Gone);
    let removed =
        tenant::okta::read_journal(&journal).unwrap().into_iter().filter(|entry| matches!(entry.change, Change::MemberRemoved { .. }));
    assert_eq!(removed.count(), 1);
    assert_eq!(world.org.calls().iter().filter(|(call, _)| call.starts_with("DELETE")).map(|(_, count)| count).sum::<u64>(), 1);
}

#[tokio::test]
async fn however_many_answers_are_lost_each_removal_is_made_once() {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("okta.journal");
    let world = World::start(|config| {
        config.journal = Some(journal.clone());
        config.misbehave = Some(Misbehaviour::LostAnswers);
    })
    .await;
    let reading = world.read().await.unwrap();
    let assigned = reading.grants.iter().filter(|grant| grant.entitlement_id.starts_with("0oa") && grant.path == GrantPath::Direct);
    let orders: Vec<Removal> = assigned.take(7).map(|grant| removal(&grant.key(), &[])).collect();
    assert_eq!(orders.len(), 7);
    let outcomes = world.source.carry_out("b1", &orders).await.unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Sent), "{outcomes:?}");
    let entries = tenant::okta::read_journal(&journal).unwrap();
    let removed: Vec<&Change> =
        entries.iter().map(|entry| &entry.change).filter(|change| matches!(change, Change::AppUserRemoved { .. })).collect();
    let distinct: std::collections::BTreeSet<String> = removed.iter().map(|change| format!("{change:?}")).collect();
    assert_eq!((removed.len(), distinct.len()), (7, 7));
}

#[tokio::test]
async fn conflicts_that_pass_are_told_and_nothing_is_lost() {
    for misbehaviour in [Misbehaviour::Conflict, Misbehaviour::ChangeGone, Misbehaviour::Precondition] {
        let world = World::start(|config| config.misbehave = Some(misbehaviour)).await;
        let reading = world.read().await.unwrap();
        let (member, app) = membership(&reading);
        let order = removal(&member, &[&app]);
        let first = world.source.carry_out("b1", std::slice::from_ref(&order)).await.unwrap();
        assert!(matches!(&first[..], [Outcome::NotSent(text)] if text.contains("ordered again")), "{first:?}");
        assert_eq!(seen(&world, &member).await, Seen::Still, "{}", misbehaviour.name());
        assert_eq!(world.source.carry_out("b1", &[order]).await.unwrap(), [Outcome::Sent]);
    }
}

#[tokio::test]
async fn reading_and_removing_use_separate_credentials() {
    let world = World::of(120, 12, |_| {}, |config| config.remover = None).await;
    let reading = world.read().await.unwrap();
    let (member, app) = membership(&reading);
    let outcome = world.source.carry_out("b1", &[removal(&member, &[&app])]).await.unwrap();
    assert!(matches!(&outcome[..], [Outcome::CannotBeRemovedHere(_)]), "{outcome:?}");
    // A remover without the role is refused, with what to check.
    let world = World::start(|config| config.services[1].roles = vec!["READ_ONLY_ADMIN".to_owned()]).await;
    let outcome = world.source.carry_out("b1", &[removal(&member, &[&app])]).await.unwrap();
    assert!(matches!(&outcome[..], [Outcome::Refused(text)] if text.contains("E0000006")), "{outcome:?}");
    assert_ne!(group_id("payables.enter"), member.person_id);
}
