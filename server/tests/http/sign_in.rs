//! Signing in and out.

use super::world::World;
use axum::http::StatusCode;

#[tokio::test]
async fn a_session_gets_a_new_id_at_sign_in_and_the_old_one_is_nothing() {
    let world = World::new().await;
    let (back, before) = world.to_callback("reviewer", "/sign-in/start?provider=0&then=%2Faccount").await;
    let done = world.get(&back, Some(&before)).await;
    assert_eq!((done.status, done.location().as_str()), (StatusCode::SEE_OTHER, "/account"));
    let after = done.cookie().unwrap();
    assert_ne!(before, after);
    assert_eq!(world.get("/account", Some(&after)).await.status, StatusCode::OK);
    assert_eq!(world.get("/account", Some(&before)).await.location(), "/sign-in?then=%2Faccount");
    // The answer is good once.
    assert_eq!(world.get(&back, Some(&after)).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.get(&back, None).await.status, StatusCode::BAD_REQUEST);
    let cookie = done.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Domain"), "{cookie}");
}

#[tokio::test]
async fn an_answer_to_another_question_is_not_taken() {
    let world = World::new().await;
    let (back, _) = world.to_callback("reviewer", "/sign-in/start?provider=0").await;
    let (_, other) = world.to_callback("owner", "/sign-in/start?provider=0").await;
    let got = world.get(&back, Some(&other)).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST, "{}", got.body);
}

#[tokio::test]
async fn who_has_no_role_is_told_so_and_not_signed_in() {
    let world = World::new().await;
    let (back, cookie) = world.to_callback("nobody", "/sign-in/start?provider=0").await;
    let got = world.get(&back, Some(&cookie)).await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    assert!(got.body.contains("You have no role here"));
    assert_eq!(world.get("/account", Some(&cookie)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_provider_may_change_its_keys() {
    let world = World::new().await;
    world.sign_in("reviewer").await;
    world.provider.rotate();
    world.sign_in("reviewer").await;
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session_of_that_person_only() {
    let world = World::new().await;
    let (one, two, other) = (world.sign_in("reviewer").await, world.sign_in("reviewer").await, world.sign_in("owner").await);
    let out = world.post("/session/end-everywhere", Some(&one), &[]).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    // The provider ends its own session too, and sends people back.
    assert!(out.location().starts_with(world.provider.issuer()), "{}", out.location());
    for cookie in [&one, &two] {
        assert_eq!(world.get("/account", Some(cookie)).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(world.get("/account", Some(&other)).await.status, StatusCode::OK);
    let out = world.post("/session/end", Some(&other), &[]).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER);
    assert_eq!(world.get("/account", Some(&other)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let world = World::new().await;
    for then in ["https://evil.example/", "//evil.example", "/\\evil.example", "/%0d%0aX: y", "javascript:alert(1)", "evil"] {
        let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("provider", "0").append_pair("then", then).finish();
        let (back, cookie) = world.to_callback("reviewer", &format!("/sign-in/start?{query}")).await;
        let done = world.get(&back, Some(&cookie)).await;
        let to = done.location();
        assert_eq!(to, "/", "{then} led to {to}");
    }
}
