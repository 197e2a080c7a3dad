//! Rule 29: use of an administrator role is the audited actions that need it.

use crate::{
    ROLES,
    support::{NOW, World},
};
use connect::{Covers, Reading, Source as _};
use domain::{Clock as _, Grain, Timestamp, Usage};
use std::collections::BTreeMap;
use tenant::okta::{Deviation, Misbehaviour, user_id};

/// The org's name for the role that each of the company's entitlements is.
const TYPES: [&str; 5] = ["SUPER_ADMIN", "APP_ADMIN", "HELP_DESK_ADMIN", "USER_ADMIN", "REPORT_ADMIN"];

fn of_roles(reading: &Reading) -> BTreeMap<(&str, &str), Usage> {
    let roles = reading.usage.iter().filter(|one| one.entitlement_id.starts_with("role:"));
    roles.map(|one| ((one.person_id.as_str(), one.entitlement_id.as_str()), one.usage)).collect()
}

async fn org() -> World {
    // Whole days of acts are kept, and every duty of the house is there.
    World::of(400, 12, |config| config.events_per_app = 90, |_| {}).await
}

#[tokio::test]
async fn rule_29_a_role_was_used_when_what_needs_it_was_done_and_not_when_somebody_signed_in() {
    let world = org().await;
    let reading = world.read().await.unwrap();
    world.judged_clean();
    let usage = of_roles(&reading);
    let roles: BTreeMap<&str, &str> = ROLES.into_iter().zip(TYPES).collect();
    let mut held: BTreeMap<String, Vec<(&str, &[i64])>> = BTreeMap::new();
    for act in world.company.acts() {
        if let Some(role) = roles.get(act.entitlement_id.as_str()) {
            held.entry(user_id(&act.person_id)).or_default().push((role, &act.at));
        }
    }
    let (mut used, mut unused) = (0, 0);
    for (user, held) in held.iter().filter(|(_, held)| held.len() == 1) {
        let (role, acts) = held[0];
        let key = format!("role:{role}");
        let Some(seen) = usage.get(&(user.as_str(), key.as_str())) else { panic!("nothing is known of {key}") };
        let last = acts.iter().max().map(|at| Timestamp(at * 1_000_000)).filter(|at| NOW.days_since(*at) < 89);
        match (role, last) {
            // Who mainly reads leaves no trace: that none is seen says nothing, and an old one no more.
            ("REPORT_ADMIN", None) => assert_eq!(seen.grain, Grain::Tenant, "{seen:?}"),
            ("REPORT_ADMIN", Some(at)) => {
                let lately = NOW.days_since(at) < 30;
                assert_eq!(seen.grain == Grain::Action, lately, "{seen:?}");
                assert!(!lately || seen.days_used.is_none());
            }
            (_, Some(at)) => {
                assert_eq!((seen.grain, seen.window_days), (Grain::Action, 90));
                // The console first, the act a minute later.
                assert!(seen.last_used.is_some_and(|found| found >= at && found.since(at) <= 60_000_000), "{seen:?} {at}");
                let days = acts.iter().filter(|at| NOW.days_since(Timestamp(**at * 1_000_000)) < 90).count();
                assert!(seen.days_used.is_some_and(|found| (found as usize).abs_diff(days) <= 1), "{seen:?} {days}");
                used += 1;
            }
            // A new password of one's own is no act of an administrator.
            (_, None) => {
                assert_eq!((seen.last_used, seen.days_used, seen.grain), (None, Some(0), Grain::Action), "{user} {role}");
                unused += 1;
            }
        }
    }
    assert!(used > 3 && unused > 0, "{used} used, {unused} not");
}

#[tokio::test]
async fn an_act_speaks_of_every_role_of_the_holder_that_allows_it() {
    let world = org().await;
    let mut reading = world.read().await.unwrap();
    reading.usage.retain(|one| one.usage.grain == Grain::Action && one.usage.last_used.is_some());
    let acting = reading.usage.iter().find(|one| one.entitlement_id == "role:HELP_DESK_ADMIN").unwrap().person_id.clone();
    // Somebody makes the same person administrator of groups and of the whole org, and of applications.
    for (role, allowed) in [("USER_ADMIN", true), ("SUPER_ADMIN", true), ("APP_ADMIN", true), ("READ_ONLY_ADMIN", true)] {
        let mut pages = world.pages().await.unwrap();
        let given = serde_json::json!({ "Role": { "line": 9, "user": acting, "role": format!("role:{role}"), "label": role, "by_hand": true, "group": null, "since": null } });
        pages[0].records.pieces.push(given);
        let reading = world.another_source().assemble(world.clock.now(), pages, 200).unwrap();
        let usage = of_roles(&reading);
        let (own, other) = (usage[&(acting.as_str(), "role:HELP_DESK_ADMIN")], usage[&(acting.as_str(), format!("role:{role}").as_str())]);
        // Opening the console takes any of them.
        assert_eq!(other.grain == Grain::Action, allowed, "{role} {other:?}");
        assert!(NOW.days_since(other.last_used.unwrap()) - NOW.days_since(own.last_used.unwrap()) <= 1, "{role}");
    }
    // What an org made itself allows nobody knows what.
    let mut pages = world.pages().await.unwrap();
    let own = serde_json::json!({ "Role": { "line": 9, "user": acting, "role": "role:cr0own", "label": "Our own", "by_hand": true, "group": null, "since": null } });
    pages[0].records.pieces.push(own);
    let reading = world.another_source().assemble(world.clock.now(), pages, 200).unwrap();
    assert_eq!(of_roles(&reading)[&(acting.as_str(), "role:cr0own")].grain, Grain::Tenant);
}

#[tokio::test]
async fn a_log_that_may_not_be_read_leaves_the_use_of_roles_unknown() {
    let world = World::start(|config| config.misbehave = Some(Misbehaviour::LogForbidden)).await;
    let reading = world.read().await.unwrap();
    assert_eq!(reading.unread.iter().map(|part| &part.covers).collect::<Vec<_>>(), [&Covers::Usage]);
    assert!(reading.usage.is_empty());
}

/// The contract names no length of a filter: where ours is too long, nothing is lost but the use of roles.
#[tokio::test]
async fn a_filter_that_is_refused_costs_the_use_of_roles_alone() {
    let plain = World::start(|_| {}).await.read().await.unwrap();
    let world = World::start(|config| {
        config.deviations.insert(Deviation::ShortFilters);
    })
    .await;
    let reading = world.read().await.unwrap();
    assert_eq!(reading.unread.len(), 1);
    assert_eq!(reading.unread[0].covers, Covers::UsageOf { prefix: "role:".to_owned() });
    assert!(reading.unread[0].why.contains("E0000053"), "{}", reading.unread[0].why);
    assert!(of_roles(&reading).values().all(|usage| usage.grain == Grain::Tenant));
    let others =
        |reading: &Reading| reading.usage.iter().filter(|one| !one.entitlement_id.starts_with("role:")).cloned().collect::<Vec<_>>();
    assert_eq!(others(&reading), others(&plain));
    assert_eq!(reading.population_hash(), plain.population_hash());
}

/// A reading that began before acts were asked for goes on, and says nothing of them.
#[tokio::test]
async fn a_log_that_was_asked_for_sign_ins_alone_says_nothing_of_roles() {
    let world = World::start(|_| {}).await;
    let mut pages = world.pages().await.unwrap();
    let mut changed = 0;
    for piece in pages.iter_mut().flat_map(|page| page.records.pieces.iter_mut()) {
        for (kind, field) in [("Observed", "acts"), ("Log", "acted")] {
            let fields = piece.get_mut(kind).and_then(serde_json::Value::as_object_mut);
            changed += usize::from(fields.is_some_and(|fields| fields.remove(field).is_some()));
        }
    }
    assert!(changed >= 2, "{changed}");
    let reading = world.another_source().assemble(world.clock.now(), pages, 200).unwrap();
    assert!(of_roles(&reading).values().all(|usage| usage.grain == Grain::Tenant));
}
