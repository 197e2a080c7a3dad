//! The simulated sign-in provider over real HTTP: the flow that the specifications describe works, and what they
//! forbid is refused with the right words.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "../common/mod.rs"]
mod common;
mod library;
mod strictness;
mod support;

use serde_json::Value;
use support::{Room, VERIFIER};
use tenant::idp::Clock as _;

#[tokio::test]
async fn somebody_signs_in_and_the_claims_say_who() {
    let room = Room::open().await;
    let answer = room.tokens().await;
    assert_eq!((answer["token_type"].as_str(), answer["expires_in"].as_i64()), (Some("Bearer"), Some(600)));
    let claims = room.verified(answer["id_token"].as_str().unwrap()).await.unwrap();
    let now = room.clock.now_micros() / 1_000_000;
    assert_eq!(claims["iss"], room.handle.issuer());
    assert_eq!(claims["aud"], "countersign");
    assert_eq!(claims["sub"], "p00042");
    assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64(), claims["auth_time"].as_i64()), (Some(now), Some(now + 300), Some(now)));
    assert_eq!(claims["nonce"], "n-1");
    assert_eq!(claims["acr"], "urn:meridian.example:two-factors");
    assert_eq!(claims["amr"], serde_json::json!(["pwd", "otp", "mfa"]));
    assert_eq!((claims["name"].as_str(), claims["email"].as_str()), (Some("Ingrid Olsen"), Some("ingrid.olsen@meridian.example")));
    assert_eq!(claims["groups"], serde_json::json!(["countersign-reviewers"]));

    let access = answer["access_token"].as_str().unwrap();
    let user: Value = room.http.get(room.at("/userinfo")).bearer_auth(access).send().await.unwrap().json().await.unwrap();
    assert_eq!((user["sub"].as_str(), user["email"].as_str()), (Some("p00042"), Some("ingrid.olsen@meridian.example")));
    room.close().await;
}

#[tokio::test]
async fn a_public_client_stands_on_pkce_alone() {
    let room = Room::open().await;
    let mut request = Room::request();
    request.set("client_id", "desktop").set("redirect_uri", "http://127.0.0.1:1/desktop");
    let code = room.code(&request).await;
    let body = [
        ("grant_type", "authorization_code"),
        ("client_id", "desktop"),
        ("code", code.as_str()),
        ("redirect_uri", "http://127.0.0.1:1/desktop"),
        ("code_verifier", VERIFIER),
    ];
    let response = room.http.post(room.at("/token")).form(&body).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "no-store");
    room.close().await;
}

#[tokio::test]
async fn a_phishing_resistant_sign_in_can_be_asked_for() {
    let room = Room::open().await;
    let mut request = Room::request();
    request.set("acr_values", "phr");
    let code = room.code(&request).await;
    let answer: Value = room.exchange(&code, &[]).await.json().await.unwrap();
    let claims = room.verified(answer["id_token"].as_str().unwrap()).await.unwrap();
    assert_eq!((claims["acr"].as_str(), claims["amr"][0].as_str()), (Some("phr"), Some("hwk")));
    room.close().await;
}

#[tokio::test]
async fn keys_rotate_and_the_one_before_still_verifies() {
    let room = Room::open().await;
    let old = room.tokens().await["id_token"].as_str().unwrap().to_owned();
    let kids = |set: &Value| -> Vec<String> {
        set["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    };
    let before = kids(&room.get_json("/jwks").await);
    room.handle.rotate();
    let after = kids(&room.get_json("/jwks").await);
    assert_eq!((before.len(), after.len()), (2, 2));
    assert_ne!(before[0], after[0], "a new key signs");
    assert_eq!(before[0], after[1], "the key before is still published");
    assert!(room.verified(&old).await.is_some());
    let new = room.tokens().await["id_token"].as_str().unwrap().to_owned();
    assert!(room.verified(&new).await.is_some());
    room.handle.rotate();
    assert!(room.verified(&old).await.is_none(), "two rotations later its key is gone");
    assert!(room.verified(&new).await.is_some());
    room.close().await;
}

#[tokio::test]
async fn the_page_lists_people_and_keeps_foreign_text_harmless() {
    let room = Room::open().await;
    let mut request = Room::request();
    request.set("state", "\"><script>alert(1)</script>");
    let response = room.http.get(room.asked("/authorize", &request.pairs())).send().await.unwrap();
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self' http://127.0.0.1:1;"), "{policy}");
    let html = response.text().await.unwrap();
    assert!(html.contains("Ingrid Olsen") && html.contains("<bdi>&lt;b&gt;Bold&lt;/b&gt;</bdi>"));
    assert!(html.contains("Managers who review") && html.contains("1 others who review"));
    assert!(!html.contains("<script") && !html.contains("style=") && !html.contains("<b>"), "{html}");
    let style = room.http.get(room.at("/style.css")).send().await.unwrap();
    assert_eq!(style.headers()["content-type"], "text/css; charset=utf-8");
    room.close().await;
}

#[tokio::test]
async fn leaving_goes_back_only_where_it_is_registered() {
    let room = Room::open().await;
    let token = room.tokens().await["id_token"].as_str().unwrap().to_owned();
    let back = "http://127.0.0.1:1/bye";
    let leave = |pairs: Vec<(&'static str, String)>| room.http.get(room.asked("/end_session", &pairs)).send();
    let pair = |name: &'static str, value: &str| (name, value.to_owned());

    let good = leave(vec![pair("id_token_hint", &token), pair("post_logout_redirect_uri", back), pair("state", "s 1")]).await.unwrap();
    assert_eq!((good.status().as_u16(), good.headers()["location"].to_str().unwrap()), (303, "http://127.0.0.1:1/bye?state=s+1"));
    let by_id = leave(vec![pair("client_id", "countersign"), pair("post_logout_redirect_uri", back)]).await.unwrap();
    assert_eq!(by_id.status(), 303);
    assert_eq!(leave(vec![]).await.unwrap().status(), 200);
    for wrong in [
        vec![pair("post_logout_redirect_uri", back)],
        vec![pair("client_id", "countersign"), pair("post_logout_redirect_uri", "http://127.0.0.1:1/bye/")],
        vec![pair("client_id", "desktop"), pair("post_logout_redirect_uri", back)],
        vec![pair("client_id", "desktop"), pair("id_token_hint", &token), pair("post_logout_redirect_uri", back)],
        vec![pair("id_token_hint", &format!("{}x", &token[..token.len() - 4])), pair("post_logout_redirect_uri", back)],
    ] {
        let response = leave(wrong.clone()).await.unwrap();
        assert_eq!(response.status(), 400, "{wrong:?}");
        assert!(response.headers().get("location").is_none());
    }
    room.close().await;
}

#[tokio::test]
async fn it_starts_on_loopback_only() {
    let open = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let refused = tenant::idp::serve(open, support::config(&support::StepClock::at(support::NOW)));
    assert!(refused.err().unwrap().to_string().contains("loopback only"));
    if let Ok(six) = tokio::net::TcpListener::bind("[::1]:0").await {
        let handle = tenant::idp::serve(six, support::config(&support::StepClock::at(support::NOW))).unwrap();
        assert!(handle.issuer().starts_with("http://[::1]:"));
        handle.shutdown().await.unwrap();
    }
}
