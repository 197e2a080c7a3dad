//! What a look at the apps' scopes and roles tells: each is missed where it is missing, and nothing else is.

use crate::{
    removing::{assignment, removal},
    support::World,
};
use connect::{
    Checked, Outcome, Source as _,
    okta::{GOVERNANCE_MANAGE_SCOPE, GOVERNANCE_READ_SCOPE, READ_SCOPES, REMOVE_SCOPES},
};

/// The org's answer where the app at `place` was granted neither this scope nor, where that is said, any role.
async fn without(place: usize, scope: &str, roles: bool) -> (World, Vec<Checked>) {
    let world = World::start(|config| {
        let app = &mut config.services[place];
        app.scopes.retain(|granted| granted != scope);
        if !roles {
            app.roles.clear();
        }
    })
    .await;
    let found = world.source.check().await;
    (world, found)
}

fn wrong(found: &[Checked]) -> Vec<&str> {
    found.iter().filter(|check| !check.good).map(|check| check.what.as_str()).collect()
}

#[tokio::test]
async fn an_org_that_granted_everything_is_good_throughout() {
    let (world, found) = without(0, "", true).await;
    assert_eq!(wrong(&found), Vec::<&str>::new());
    assert_eq!(found.len(), 7 + 1 + 7 + 1);
    world.judged_clean();
}

#[tokio::test]
async fn each_scope_of_the_reader_is_missed_by_itself_and_in_the_list() {
    for scope in READ_SCOPES.into_iter().chain([GOVERNANCE_READ_SCOPE]) {
        let (_, found) = without(0, scope, true).await;
        let (at_once, alone): (Vec<&Checked>, Vec<&Checked>) =
            found.iter().filter(|check| !check.good).partition(|check| check.what.contains("at once"));
        assert!(!alone.is_empty() && alone.iter().all(|check| check.needs.contains(scope)), "{scope}: {alone:?}");
        assert!(matches!(&at_once[..], [one] if one.what.contains("reads") && one.sentence.contains(scope)), "{scope}: {at_once:?}");
        assert!(found.iter().filter(|check| check.good).all(|check| !check.needs.contains(&format!("{scope} "))), "{scope}: {found:?}");
    }
}

#[tokio::test]
async fn each_scope_of_the_remover_is_missed_by_itself_and_in_the_list() {
    for scope in REMOVE_SCOPES.into_iter().chain([GOVERNANCE_MANAGE_SCOPE]) {
        let (world, found) = without(1, scope, true).await;
        let alone = format!("Remove: {scope}");
        assert_eq!(wrong(&found), [alone.as_str(), "Sign in as the app that removes, with all scopes at once"], "{scope}");
        assert!(found.iter().filter(|check| !check.good).all(|check| check.sentence.contains("Nothing can be removed")), "{found:?}");
        // And so it is: no removal goes out.
        let order = removal(&assignment(&world.read().await.unwrap()), &[]);
        let outcomes = world.source.carry_out("b1", &[order]).await;
        assert!(!outcomes.as_ref().is_ok_and(|outcomes| outcomes.contains(&Outcome::Sent)), "{scope}: {outcomes:?}");
    }
}

#[tokio::test]
async fn a_reader_without_roles_may_sign_in_and_read_nothing() {
    let (_, found) = without(0, "", false).await;
    let good: Vec<&Checked> = found.iter().filter(|check| check.good && !check.what.starts_with("Remove:")).collect();
    assert!(good.iter().all(|check| check.what.contains("at once")), "{good:?}");
    assert!(found.iter().filter(|check| !check.good).all(|check| check.sentence.contains("403")), "{found:?}");
}
