//! What a look at a tenant's permissions tells: each is missed where it is missing, and nothing else is.

use crate::support::{NOW, READING, Room};
use connect::Checked;
use tenant::company;

/// The tenant's answers where the application that reads lacks a permission.
async fn without(permission: &str) -> (Room, Vec<Checked>) {
    let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
    let lacking = |config: &mut tenant::entra::Config| config.registrations[0].application.retain(|granted| granted != permission);
    let room = Room::with(company, lacking, |_| {}).await;
    let found = room.source.check().await;
    (room, found)
}

#[tokio::test]
async fn a_tenant_that_granted_everything_is_good_throughout() {
    let (room, found) = without("").await;
    assert!(found.iter().all(|check| check.good), "{found:?}");
    assert_eq!(found.len(), 9);
    assert_eq!(room.handle.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn each_permission_of_the_reader_is_missed_where_it_is_missing() {
    for permission in READING {
        let (_, found) = without(permission).await;
        for check in &found {
            // Users are asked for with their last sign-in too, so whoever may not read users is missed there as well.
            let both = *permission == "User.Read.All" && check.what.contains("last signed in");
            assert_eq!(check.good, !(both || check.needs.contains(permission)), "{permission}: {check:?}");
            assert!(check.good || check.sentence.contains("403"), "{permission}: {check:?}");
        }
    }
}

#[tokio::test]
async fn an_application_that_cannot_sign_in_to_remove_is_missed() {
    let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
    let room = Room::with(company, |config| config.registrations[1].secret = Some("another".to_owned()), |_| {}).await;
    let found = room.source.check().await;
    let wrong: Vec<&Checked> = found.iter().filter(|check| !check.good).collect();
    assert!(matches!(&wrong[..], [one] if one.what == "Sign in as the application that removes"), "{wrong:?}");
}
