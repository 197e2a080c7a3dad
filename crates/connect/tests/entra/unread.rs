//! One part that may not be read: it is marked unread, the rest is read, and nothing of it counts as gone.

use crate::support::{NOW, Room};
use connect::{Covers, Error, GrantRecord, Known, Reading, Removal, Source as _, WarningKind};
use domain::{AccountStatus, GrantPath};
use std::collections::BTreeSet;
use tenant::{company, entra::Misbehaviour};

fn known(reading: &Reading) -> Known {
    Known { people: reading.people.clone(), entitlements: reading.entitlements.clone(), grants: reading.grants.clone() }
}

fn parts(reading: &Reading) -> Vec<(&str, &Covers)> {
    reading.unread.iter().map(|part| (part.part.as_str(), &part.covers)).collect()
}

/// What is said to be unread is exactly what is missing, and together with what was known everything is as it was.
async fn unread_and_kept(room: &Room, whole: &Reading) -> Reading {
    let reading = room.read().await;
    let is_unread = |grant: &&GrantRecord| reading.is_unread(&grant.entitlement_id, &grant.path);
    let (unread, readable): (Vec<_>, Vec<_>) = whole.grants.iter().partition(is_unread);
    assert!(!unread.is_empty() && !readable.is_empty(), "{} unread, {} readable", unread.len(), readable.len());
    for grant in &readable {
        assert!(reading.grants.contains(grant), "missed although it could be read: {grant:?}");
    }
    for grant in &unread {
        assert!(!reading.grants.contains(grant), "read although the part is unread: {grant:?}");
        let pair = |used: &&connect::UsageRecord| used.person_id == grant.person_id && used.entitlement_id == grant.entitlement_id;
        let by_another_way = readable.iter().any(|one| one.person_id == grant.person_id && one.entitlement_id == grant.entitlement_id);
        assert!(by_another_way || !reading.usage.iter().any(|used| pair(&used)), "use of what is unread is unknown: {grant:?}");
    }
    assert!(reading.warnings.count(WarningKind::PartUnread) > 0);
    let mut kept = reading.clone();
    assert_eq!(kept.keep_known(known(whole)), unread.len() as u64);
    let (got, want): (BTreeSet<String>, BTreeSet<String>) =
        (kept.grants.iter().map(|one| format!("{one:?}")).collect(), whole.grants.iter().map(|one| format!("{one:?}")).collect());
    assert_eq!(got.symmetric_difference(&want).next(), None, "neither gone nor new");
    assert_eq!(kept.population_hash(), whole.population_hash());
    let pairs: BTreeSet<_> = kept.grants.iter().map(|one| (&one.person_id, &one.entitlement_id)).collect();
    assert!(kept.usage.iter().all(|used| pairs.contains(&(&used.person_id, &used.entitlement_id))));
    assert_eq!(room.handle.violations(), Vec::<String>::new());
    reading
}

async fn forbidden(how: Misbehaviour) -> (Room, Reading, Reading) {
    let room = Room::open().await;
    let whole = room.read().await;
    room.handle.misbehave(Some(how));
    let reading = unread_and_kept(&room, &whole).await;
    (room, whole, reading)
}

#[tokio::test]
async fn groups_that_may_not_be_read_leave_what_is_held_by_way_of_them_unread() {
    let (room, whole, reading) = forbidden(Misbehaviour::GroupsForbidden).await;
    assert_eq!(parts(&reading), [("groups", &Covers::Groups { prefix: "group:".to_owned() })]);
    assert!(reading.unread[0].why.contains("GroupMember.Read.All"), "{}", reading.unread[0].why);
    // Nobody holds directly what they were known to hold by way of a group.
    let by_group = whole.grants.iter().filter(|grant| grant.entitlement_id.starts_with("app:") && grant.path != GrantPath::Direct);
    let mut count = 0;
    for grant in by_group {
        let direct = whole.grant(&grant.person_id, &grant.entitlement_id, &GrantPath::Direct);
        assert_eq!(reading.grant(&grant.person_id, &grant.entitlement_id, &GrantPath::Direct), direct);
        count += 1;
    }
    assert!(count > 10, "{count}");
    // What is held directly was read: where it is gone, it is gone, and is not kept.
    let direct = whole.grants.iter().find(|grant| grant.entitlement_id.starts_with("app:") && grant.path == GrantPath::Direct).unwrap();
    let order_id = "01932c07-1f0e-7a3b-8000-3b9aca000001".parse().unwrap();
    let removal = Removal { order_id, grant: direct.key(), decided_on: NOW, also_ends: BTreeSet::new() };
    room.handle.misbehave(None);
    room.source.carry_out("b1", &[removal]).await.unwrap();
    room.handle.misbehave(Some(Misbehaviour::GroupsForbidden));
    let mut later = room.read().await;
    later.keep_known(known(&whole));
    assert!(!later.grants.contains(direct));
    assert_eq!(later.grants.len() + 1, whole.grants.len());
}

#[tokio::test]
async fn applications_that_may_not_be_read_are_marked_unread() {
    let (room, whole, reading) = forbidden(Misbehaviour::ApplicationsForbidden).await;
    let applications = Covers::GrantsLike { prefix: "app:".to_owned() };
    assert_eq!(parts(&reading), [("applications", &applications), ("service principals", &Covers::Machines)]);
    assert!(reading.unread[0].why.contains("Application.Read.All"), "{}", reading.unread[0].why);
    // Machines are listed nowhere but where they hold something: the ones that hold applications stay all the same.
    let machines = |reading: &Reading| reading.people.iter().filter(|person| person.status == Some(AccountStatus::Service)).count();
    assert!(machines(&whole) > machines(&reading));
    let mut kept = reading.clone();
    kept.keep_known(known(&whole));
    assert_eq!(machines(&kept), machines(&whole));
    // Where nothing was known before, memberships stand by themselves: nothing says what the groups carry.
    let new = Room::misbehaving(Misbehaviour::ApplicationsForbidden).await.read().await;
    let memberships = |reading: &Reading| reading.grants.iter().filter(|grant| grant.entitlement_id.starts_with("group:")).count();
    assert!(memberships(&new) > memberships(&whole));
    drop(room);
}

#[tokio::test]
async fn directory_roles_that_may_not_be_read_are_marked_unread() {
    let (_, _, reading) = forbidden(Misbehaviour::RolesForbidden).await;
    let roles = Covers::GrantsLike { prefix: "role:".to_owned() };
    assert_eq!(parts(&reading), [("directory roles", &roles), ("service principals", &Covers::Machines)]);
    assert!(reading.unread[0].why.contains("RoleManagement.Read.Directory"), "{}", reading.unread[0].why);
}

#[tokio::test]
async fn one_group_whose_members_may_not_be_read_hides_what_leads_through_it() {
    let room = Room::open().await;
    let whole = room.read().await;
    let nested = whole.grants.iter().find_map(|grant| match &grant.path {
        GrantPath::Nested(way) => Some((way.clone(), grant.entitlement_id.clone())),
        _ => None,
    });
    let (way, outermost) = nested.unwrap();
    // The innermost group, which people are in; one on the way, which holds no people; the outermost one.
    for group in [&way[0], &way[way.len() - 1], &outermost] {
        room.handle.forbid(&format!("/groups/{}/members", group.trim_start_matches("group:")));
        let reading = unread_and_kept(&room, &whole).await;
        assert_eq!(parts(&reading), [("groups", &Covers::Groups { prefix: group.clone() })]);
    }
}

#[tokio::test]
async fn one_application_whose_holders_may_not_be_read_is_marked_by_itself() {
    let room = Room::open().await;
    let whole = room.read().await;
    let held = whole.grants.iter().find(|grant| grant.entitlement_id.starts_with("app:")).unwrap();
    let application = held.entitlement_id.split(':').nth(1).unwrap();
    room.handle.forbid(&format!("/servicePrincipals/{application}/appRoleAssignedTo"));
    let reading = unread_and_kept(&room, &whole).await;
    assert_eq!(parts(&reading)[0], ("applications", &Covers::GrantsLike { prefix: format!("app:{application}:") }));
}

#[tokio::test]
async fn users_that_may_not_be_read_stop_the_reading() {
    let room = Room::open().await;
    room.handle.forbid("/users");
    let error = room.try_read().await.unwrap_err();
    assert!(matches!(&error, Error::Refused { status: 403, .. }), "{error}");
}

#[tokio::test]
async fn each_permission_that_is_missing_leaves_its_part_unread_and_no_other() {
    for (permission, part) in
        [("GroupMember.Read.All", "groups"), ("Application.Read.All", "applications"), ("RoleManagement.Read.Directory", "directory roles")]
    {
        let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
        let lacking = |config: &mut tenant::entra::Config| config.registrations[0].application.retain(|granted| granted != permission);
        let reading = Room::with(company, lacking, |_| {}).await.read().await;
        assert_eq!(reading.unread[0].part, part);
        assert!(reading.unread[1..].iter().all(|other| other.covers == Covers::Machines), "{:?}", reading.unread);
        assert!(reading.unread[0].why.contains(permission), "{}", reading.unread[0].why);
    }
}
