//! In which time zone times are said to the person who reads them (rule 50).

use super::world::{HERE, World};
use axum::http::StatusCode;
use review::{
    SignIn,
    users::{self, SignedIn},
};

/// The deadline as the reviewer's own queue says it: in the campaign's zone, and beside it in the reader's where that differs.
async fn deadline(world: &World, cookie: &str) -> String {
    let page = world.get(&format!("/reviews/{}", world.campaign), Some(cookie)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.body
}

#[tokio::test]
async fn rule_50_a_person_chooses_the_zone_in_which_they_read() {
    for fresh in store::testing::each().await.unwrap() {
        let world = World::on(fresh, HERE).await;
        let cookie = world.sign_in("reviewer").await;
        assert!(deadline(&world, &cookie).await.contains("Zurich time"));
        assert!(!deadline(&world, &cookie).await.contains("Tokyo time"));
        let page = world.get("/account", Some(&cookie)).await.body;
        assert!(page.contains("Without a choice of yours it is Europe/Zurich, the one set up for everybody here."), "{page}");
        // What nobody knows is refused, with what to do, and changes nothing.
        for wrong in ["Europe/Nowhere", "../etc/passwd", &"x".repeat(3_000)] {
            let refused = world.post("/account/zone", Some(&cookie), &[("attempt", world.attempt()), ("zone", wrong.to_owned())]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            assert!(refused.body.contains("Choose one of the list."), "{}", refused.body);
        }
        assert_eq!(
            world.post("/account/zone", Some(&cookie), &[]).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "a form without the field"
        );
        assert!(!deadline(&world, &cookie).await.contains("Tokyo time"));

        let done = world.post("/account/zone", Some(&cookie), &[("attempt", world.attempt()), ("zone", "Asia/Tokyo".to_owned())]).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/account".to_owned()));
        let page = world.get("/account", Some(&cookie)).await.body;
        assert!(page.contains("Times are said in Asia/Tokyo from now on."), "{page}");
        let said = deadline(&world, &cookie).await;
        assert!(said.contains("Zurich time") && said.contains("Tokyo time)"), "both: {said}");
        // The same form once more is answered as before, also after another choice.
        let form = [("attempt", world.attempt()), ("zone", "Asia/Tokyo".to_owned())];
        world.post("/account/zone", Some(&cookie), &form).await;
        world.post("/account/zone", Some(&cookie), &[("attempt", world.attempt()), ("zone", "America/Denver".to_owned())]).await;
        assert_eq!(world.post("/account/zone", Some(&cookie), &form).await.status, StatusCode::SEE_OTHER);
        assert!(deadline(&world, &cookie).await.contains("Denver time)"));
        world.post("/account/zone", Some(&cookie), &[("attempt", world.attempt()), ("zone", "Asia/Tokyo".to_owned())]).await;
        // It is the person's, not the browser's, and nobody else's.
        let again = world.sign_in("reviewer").await;
        assert!(deadline(&world, &again).await.contains("Tokyo time)"));
        let other = world.sign_in("owner").await;
        assert!(!world.get(&format!("/campaigns/{}", world.campaign), Some(&other)).await.body.contains("Tokyo"));

        let back = world.post("/account/zone", Some(&cookie), &[("attempt", world.attempt()), ("zone", String::new())]).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER);
        assert!(!deadline(&world, &cookie).await.contains("Tokyo time"));
    }
}

#[tokio::test]
async fn rule_50_without_a_choice_the_zone_is_what_the_provider_tells() {
    let world = World::new().await;
    let told = |zone: &str| SignedIn {
        issuer: world.provider.issuer().to_owned(),
        subject: "reviewer".to_owned(),
        name: "Person reviewer".to_owned(),
        email: Some(world.email("reviewer")),
        roles: [domain::Role::Reviewer].into(),
        zone: Some(zone.to_owned()),
        sign_in: SignIn::default(),
    };
    let cookie = world.sign_in("reviewer").await;
    users::signed_in(&world.ctx, &told("America/New_York")).await.unwrap();
    assert!(deadline(&world, &cookie).await.contains("New York time)"));
    let page = world.get("/account", Some(&cookie)).await.body;
    assert!(page.contains("Without a choice of yours it is America/New York, as your organisation's sign-in tells."), "{page}");
    // A choice stands before it, and a name that no database of zones has is as if nothing was told.
    world.post("/account/zone", Some(&cookie), &[("attempt", world.attempt()), ("zone", "Asia/Tokyo".to_owned())]).await;
    assert!(deadline(&world, &cookie).await.contains("Tokyo time)"));
    world.post("/account/zone", Some(&cookie), &[("attempt", world.attempt()), ("zone", String::new())]).await;
    users::signed_in(&world.ctx, &told("Mars/Olympus_Mons")).await.unwrap();
    let said = deadline(&world, &cookie).await;
    assert!(said.contains("Zurich time") && !said.contains("New York") && !said.contains("Olympus"), "{said}");
}
