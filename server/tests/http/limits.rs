//! How often somebody may begin to sign in, and how long a sign-in lasts. The clock is the tests' own.

use super::world::{Got, World};
use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, StatusCode},
};
use domain::{
    Policy, Role,
    time::{HOUR, MINUTE, SECOND},
};
use server::{
    config::Sessions,
    serve::{self, Setup},
    signin::ProviderSetup,
};
use std::{collections::BTreeMap, net::SocketAddr};
use store::{Sealer, SealingKey};
use tower::ServiceExt as _;
use url::Url;

/// The program as `serve` puts it together, without a demo's allowances. Its provider is not there.
fn served(world: &World) -> Router {
    let setup = Setup {
        ctx: world.ctx.clone(),
        sealer: Sealer::new(vec![SealingKey::new("test", [3; 32])]).unwrap(),
        public_url: Url::parse("https://reviews.example").unwrap(),
        time_zone: "UTC".to_owned(),
        policy: Policy::default(),
        sessions: Sessions::default(),
        providers: vec![ProviderSetup {
            name: "Down".to_owned(),
            // Nothing listens there, and nobody but root could.
            issuer: "https://127.0.0.1:1".to_owned(),
            client_id: "countersign".to_owned(),
            client_secret: None,
            scopes: Vec::new(),
            role_claim: "groups".to_owned(),
            roles: BTreeMap::from([("reviewers".to_owned(), Role::Reviewer)]),
        }],
        demo: None,
    };
    serve::build(setup).unwrap().router()
}

async fn ask(router: &Router, path: &str, from: [u8; 4]) -> Got {
    let mut request = Request::get(path).body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((from, 50_000))));
    Got::of(router.clone().oneshot(request).await.unwrap()).await
}

#[tokio::test]
async fn one_address_begins_sixty_sign_ins_in_a_minute_and_no_more() {
    let world = World::new().await;
    let router = served(&world);
    let start = "/sign-in/start?provider=0";
    let (one, other) = ([192, 0, 2, 1], [192, 0, 2, 2]);
    for number in 1..=60 {
        let got = ask(&router, start, one).await;
        assert_eq!(got.status, StatusCode::BAD_GATEWAY, "{number}: it went to the provider, which is not there: {}", got.body);
    }
    let refused = ask(&router, start, one).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.body.contains("Wait a minute, then sign in again."), "{}", refused.body);
    assert!(refused.headers.contains_key("content-security-policy"), "also this page has its headers");
    // What a header claims to be does not count, and nothing else is held back.
    let mut forwarded = Request::get(start).header("x-forwarded-for", "198.51.100.7").body(Body::empty()).unwrap();
    forwarded.extensions_mut().insert(ConnectInfo(SocketAddr::from((one, 50_001))));
    assert_eq!(Got::of(router.clone().oneshot(forwarded).await.unwrap()).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(&router, "/sign-in", one).await.status, StatusCode::OK);
    assert_eq!(ask(&router, start, other).await.status, StatusCode::BAD_GATEWAY);
    // Asking on does not make it longer.
    world.clock.advance(MINUTE - SECOND);
    assert_eq!(ask(&router, start, one).await.status, StatusCode::TOO_MANY_REQUESTS);
    world.clock.advance(SECOND);
    assert_eq!(ask(&router, start, one).await.status, StatusCode::BAD_GATEWAY, "a new minute");
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_after_the_idle_time() {
    let world = World::new().await;
    let idle = i64::from(Sessions::default().idle_minutes) * MINUTE;
    let cookie = world.sign_in("reviewer").await;
    // Each use begins the time anew, as often as it is used.
    for _ in 0..4 {
        world.clock.advance(idle - SECOND);
        assert_eq!(world.get("/account", Some(&cookie)).await.status, StatusCode::OK);
    }
    world.clock.advance(idle);
    let over = world.get("/account", Some(&cookie)).await;
    assert_eq!((over.status, over.location().as_str()), (StatusCode::SEE_OTHER, "/sign-in?then=%2Faccount"));
    let form = world.post(&format!("/items/{}/decide", world.item.id), Some(&cookie), &[("attempt", world.attempt())]).await;
    assert_eq!((form.status, form.location().as_str()), (StatusCode::SEE_OTHER, "/sign-in?notice=over"));
    let said = world.get(&form.location(), None).await;
    assert!(said.body.contains("What you sent was not recorded"), "{}", said.body);
    // It does not come back.
    assert_eq!(world.get("/account", Some(&cookie)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_in_constant_use_ends_after_the_absolute_time() {
    let world = World::new().await;
    let absolute = i64::from(Sessions::default().absolute_hours) * HOUR;
    let cookie = world.sign_in("reviewer").await;
    let step = 20 * MINUTE;
    for used in 1..absolute / step {
        world.clock.advance(step);
        assert_eq!(world.get("/account", Some(&cookie)).await.status, StatusCode::OK, "after {} minutes", used * step / MINUTE);
    }
    world.clock.advance(step - SECOND);
    assert_eq!(world.get("/account", Some(&cookie)).await.status, StatusCode::OK, "one second before");
    world.clock.advance(SECOND);
    assert_eq!(world.get("/account", Some(&cookie)).await.status, StatusCode::SEE_OTHER, "it ends though it was used a second ago");
}

#[tokio::test]
async fn signing_in_may_take_ten_minutes() {
    let world = World::new().await;
    let (back, cookie) = world.to_callback("reviewer", "/sign-in/start?provider=0").await;
    world.clock.advance(10 * MINUTE);
    let late = world.get(&back, Some(&cookie)).await;
    assert_eq!(late.status, StatusCode::BAD_REQUEST);
    assert!(late.body.contains("more than ten minutes ago"), "{}", late.body);
}
