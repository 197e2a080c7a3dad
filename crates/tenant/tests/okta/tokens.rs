//! The Org authorization server.

use reqwest::Method;
use serde_json::json;

use crate::support::{ALL_SCOPES, BACK, Key, Org, VERIFIER};
use tenant::idp::Clock as _;
use tenant::okta::user_id;

#[tokio::test]
async fn an_assertion_is_taken_once_and_only_when_all_of_it_is_right() {
    let org = Org::start(|_| {}).await;
    let good = org.assertion("0oaadmin", |_| {});
    assert_eq!(org.token_with(&good, ALL_SCOPES, None).await.json["expires_in"], 3_600);
    let replayed = org.token_with(&good, ALL_SCOPES, None).await;
    assert_eq!((replayed.status, replayed.json["error"].as_str()), (401, Some("invalid_client")));
    let now = org.clock.now_micros() / 1_000_000;
    for (name, value) in [
        ("aud", json!("https://elsewhere.example/oauth2/v1/token")),
        ("exp", json!(now - 1)),
        ("exp", json!(now + 3_601)),
        ("iat", json!(now + 600)),
        ("sub", json!("0oaother")),
        ("iss", json!("0oaother")),
    ] {
        let wrong = org.assertion("0oaadmin", |claims| {
            claims[name] = value.clone();
            claims["jti"] = json!(format!("{name}{value}"));
        });
        assert_eq!(org.token_with(&wrong, ALL_SCOPES, None).await.status, 401, "{name} {value}");
    }
    let forged =
        Key::new(8).sign(&json!({ "alg": "ES256", "kid": "k1" }), &json!({ "iss": "0oaadmin", "sub": "0oaadmin", "exp": now + 60 }));
    assert_eq!(org.token_with(&forged, ALL_SCOPES, None).await.status, 401);
    let scope = org.assertion("0oaadmin", |claims| claims["jti"] = json!("scope"));
    assert_eq!(org.token_with(&scope, "okta.eventHooks.manage", None).await.json["error"], "invalid_scope");
    let reviewer = org.assertion("0oareader", |_| {});
    let refused = org.token_with(&reviewer, "okta.governance.reviewer.manage", None).await;
    assert_eq!(refused.json["error"], "invalid_scope", "a service app is nobody's reviewer");
    org.judged_clean();
}

#[tokio::test]
async fn an_app_that_must_prove_its_key_is_told_the_nonce_first() {
    let org = Org::start(|_| {}).await;
    let proof = |method: &str, path: &str, more: serde_json::Value| {
        let key = Key::new(9);
        let mut claims = json!({ "htm": method, "htu": org.url(path), "iat": org.clock.now_micros() / 1_000_000, "jti": "j1" });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        key.sign(&json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": key.jwk() }), &claims)
    };
    let ask = async |jti: &str, proof: Option<&str>| {
        let assertion = org.assertion("0oaproof", |claims| claims["jti"] = json!(jti));
        org.token_with(&assertion, "okta.users.read", proof).await
    };
    assert_eq!(ask("1", None).await.json["error"], "invalid_dpop_proof");
    let first = ask("2", Some(&proof("POST", "/oauth2/v1/token", json!({})))).await;
    assert_eq!((first.status, first.json["error"].as_str()), (400, Some("use_dpop_nonce")));
    let nonce = first.headers["dpop-nonce"].to_str().unwrap().to_owned();
    let given = ask("3", Some(&proof("POST", "/oauth2/v1/token", json!({ "nonce": nonce })))).await;
    assert_eq!((given.status, given.json["token_type"].as_str()), (200, Some("DPoP")));
    let token = given.json["access_token"].as_str().unwrap();

    let call = async |scheme: &str, proof: &str| {
        let request =
            org.http.get(org.url("/api/v1/users?limit=1")).header("authorization", format!("{scheme} {token}")).header("dpop", proof);
        org.send(request).await.status
    };
    let hash = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, <sha2::Sha256 as sha2::Digest>::digest(token));
    let good = proof("GET", "/api/v1/users", json!({ "ath": hash }));
    assert_eq!(call("DPoP", &good).await, 200);
    assert_eq!(call("Bearer", &good).await, 401, "a bound token is worth nothing alone");
    assert_eq!(call("DPoP", &proof("DELETE", "/api/v1/users", json!({ "ath": hash }))).await, 401);
    assert_eq!(call("DPoP", &proof("GET", "/api/v1/users", json!({ "ath": "other" }))).await, 401);
}

#[tokio::test]
async fn a_person_signs_in_consents_refreshes_and_revokes() {
    let org = Org::start(|_| {}).await;
    let user = user_id("p00001");
    let scope = "openid profile offline_access okta.governance.reviewer.read okta.governance.reviewer.manage";
    let given = org.sign_in(&user, scope).await;
    assert_eq!(given.status, 200, "{}", given.text);
    let (access, refresh) = (given.json["access_token"].as_str().unwrap(), given.json["refresh_token"].as_str().unwrap());
    assert_eq!(org.get(access, "/oauth2/v1/userinfo").await.json["sub"], json!(user));
    assert_eq!(org.get(access, "/api/v1/users").await.status, 403, "a reviewer's token reads no directory");

    let fresh = org.redeem(&[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await;
    assert_eq!(fresh.status, 200);
    org.clock.pass(3_601);
    assert_eq!(org.get(access, "/oauth2/v1/userinfo").await.status, 401, "an access token lives for an hour");
    let fresh =
        org.redeem(&[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await.json["access_token"].as_str().unwrap().to_owned();
    let form = [("token", refresh), ("token_type_hint", "refresh_token")];
    let request = org.http.post(org.url("/oauth2/v1/revoke")).basic_auth("0oaweb", Some("a secret%3A with %2B and %25")).form(&form);
    assert_eq!(org.send(request).await.status, 200);
    assert_eq!(org.redeem(&[("grant_type", "refresh_token"), ("refresh_token", refresh)]).await.json["error"], "invalid_grant");
    assert_eq!(org.get(&fresh, "/oauth2/v1/userinfo").await.status, 401);

    // A code is for one redemption, by whoever asked for it.
    let wrong =
        org.redeem(&[("grant_type", "authorization_code"), ("code", "guess"), ("code_verifier", VERIFIER), ("redirect_uri", BACK)]).await;
    assert_eq!(wrong.json["error"], "invalid_grant");
    let stranger = org
        .http
        .post(org.url("/oauth2/v1/token"))
        .basic_auth("0oaweb", Some("wrong"))
        .form(&[("grant_type", "refresh_token"), ("refresh_token", "x")]);
    assert_eq!(org.send(stranger).await.status, 401);
}

#[tokio::test]
async fn what_is_not_registered_is_not_redirected_to() {
    let org = Org::start(|_| {}).await;
    let query = [
        ("client_id", "0oaweb"),
        ("redirect_uri", "https://elsewhere.example/"),
        ("response_type", "code"),
        ("state", "s"),
        ("scope", "openid"),
    ];
    let refused = org.send(org.http.get(org.with("/oauth2/v1/authorize", &query))).await;
    assert_eq!(refused.status, 400);
    assert!(!refused.headers.contains_key("location"));
    let query =
        [("client_id", "0oaweb"), ("redirect_uri", BACK), ("response_type", "code"), ("state", "s"), ("scope", "openid okta.users.manage")];
    let refused = org.send(org.http.get(org.with("/oauth2/v1/authorize", &query))).await;
    assert_eq!(refused.status, 302);
    assert!(refused.headers["location"].to_str().unwrap().contains("error="));
    let request = org.http.request(Method::PATCH, org.url("/oauth2/v1/token"));
    assert_ne!(org.send(request).await.status, 200);
}
