//! What the provider refuses, and how.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{BACK, Request, Room, SECRET, VERIFIER, basic};

/// Status and `error` of a token answer.
async fn told(response: reqwest::Response) -> (u16, String) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["cache-control"], "no-store");
    if status == 401 {
        assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic "));
    }
    let body: Value = response.json().await.unwrap();
    (status, body["error"].as_str().unwrap().to_owned())
}

fn grant_error() -> (u16, String) {
    (400, "invalid_grant".to_owned())
}

#[tokio::test]
async fn a_wrong_verifier_burns_the_code() {
    let room = Room::open().await;
    let code = room.code(&Room::request()).await;
    let other = "x".repeat(43);
    assert_eq!(told(room.exchange(&code, &[("code_verifier", &other)]).await).await, grant_error());
    assert_eq!(told(room.exchange(&code, &[]).await).await, grant_error(), "a second guess is not possible");
    let code = room.code(&Room::request()).await;
    assert_eq!(told(room.exchange(&code, &[("code_verifier", &VERIFIER[..42])]).await).await, grant_error());
    room.close().await;
}

#[tokio::test]
async fn a_replayed_code_is_refused_and_ends_what_it_gave() {
    let room = Room::open().await;
    let code = room.code(&Room::request()).await;
    let first: Value = room.exchange(&code, &[]).await.json().await.unwrap();
    let access = first["access_token"].as_str().unwrap();
    let ask = || room.http.get(room.at("/userinfo")).bearer_auth(access).send();
    assert_eq!(ask().await.unwrap().status(), 200);
    assert_eq!(told(room.exchange(&code, &[]).await).await, grant_error());
    let refused = ask().await.unwrap();
    assert_eq!(refused.status(), 401);
    assert!(refused.headers()["www-authenticate"].to_str().unwrap().contains("invalid_token"));
    room.close().await;
}

#[tokio::test]
async fn a_code_lives_sixty_seconds() {
    let room = Room::open().await;
    let code = room.code(&Room::request()).await;
    room.clock.pass(60);
    assert_eq!(room.exchange(&code, &[]).await.status(), 200);
    let code = room.code(&Room::request()).await;
    room.clock.pass(61);
    assert_eq!(told(room.exchange(&code, &[]).await).await, grant_error());
    room.close().await;
}

#[tokio::test]
async fn an_access_token_ends() {
    let room = Room::open().await;
    let answer = room.tokens().await;
    let access = answer["access_token"].as_str().unwrap();
    room.clock.pass(601);
    assert_eq!(room.http.get(room.at("/userinfo")).bearer_auth(access).send().await.unwrap().status(), 401);
    assert_eq!(room.http.get(room.at("/userinfo")).send().await.unwrap().status(), 401);
    room.close().await;
}

#[tokio::test]
async fn the_token_endpoint_compares_everything() {
    let room = Room::open().await;
    let code = room.code(&Room::request()).await;
    for (changes, error) in [
        (vec![("grant_type", "password")], "unsupported_grant_type"),
        (vec![("grant_type", "")], "invalid_request"),
        (vec![("code", "")], "invalid_request"),
        (vec![("code_verifier", "")], "invalid_request"),
        (vec![("redirect_uri", "")], "invalid_request"),
        (vec![("client_id", "desktop")], "invalid_request"),
        (vec![("code", "unknown")], "invalid_grant"),
    ] {
        assert_eq!(told(room.exchange(&code, &changes).await).await, (400, error.to_owned()), "{changes:?}");
    }
    // None of these used the code up; a wrong address does.
    let slash = format!("{BACK}/");
    assert_eq!(told(room.exchange(&code, &[("redirect_uri", &slash)]).await).await, grant_error());

    let json = room.http.post(room.at("/token")).header("content-type", "application/json").body("{}").send().await.unwrap();
    assert_eq!(told(json).await, (400, "invalid_request".to_owned()));
    let twice = room
        .http
        .post(room.at("/token"))
        .header("authorization", basic("countersign", SECRET))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=authorization_code&code=a&code=b")
        .send()
        .await
        .unwrap();
    assert_eq!(told(twice).await, (400, "invalid_request".to_owned()));
    room.close().await;
}

#[tokio::test]
async fn a_client_has_to_be_who_it_says() {
    let room = Room::open().await;
    let code = room.code(&Room::request()).await;
    let body = |extra: &[(&'static str, &'static str)]| {
        let mut body: BTreeMap<&str, String> = BTreeMap::from([
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.clone()),
            ("redirect_uri", BACK.to_owned()),
            ("code_verifier", VERIFIER.to_owned()),
        ]);
        body.extend(extra.iter().map(|(name, value)| (*name, (*value).to_owned())));
        body
    };
    let stranger = (401, "invalid_client".to_owned());
    for (header, extra) in [
        (Some(basic("countersign", "wrong")), &[][..]),
        (Some(basic("nobody", SECRET)), &[]),
        (Some(basic("desktop", "")), &[]),
        (Some("Bearer abc".to_owned()), &[]),
        (Some("Basic !!!".to_owned()), &[]),
        (None, &[("client_id", "countersign")]),
        (None, &[("client_id", "countersign"), ("client_secret", SECRET)]),
        (None, &[]),
    ] {
        let mut request = room.http.post(room.at("/token")).form(&body(extra));
        if let Some(header) = &header {
            request = request.header("authorization", header);
        }
        assert_eq!(told(request.send().await.unwrap()).await, stranger, "{header:?} {extra:?}");
    }
    // Another client cannot use the code, nor use it up.
    let stolen = room.http.post(room.at("/token")).form(&body(&[("client_id", "desktop")])).send().await.unwrap();
    assert_eq!(told(stolen).await, grant_error());
    assert_eq!(room.exchange(&code, &[]).await.status(), 200);
    room.close().await;
}

#[tokio::test]
async fn an_unknown_client_or_address_is_never_redirected_to() {
    let room = Room::open().await;
    let mut slash = Room::request();
    slash.set("redirect_uri", "http://127.0.0.1:1/callback/");
    let mut elsewhere = Room::request();
    elsewhere.set("redirect_uri", "http://127.0.0.1:1/desktop");
    let mut none = Room::request();
    none.remove("redirect_uri");
    let mut nobody = Room::request();
    nobody.set("client_id", "nobody");
    for request in [slash, elsewhere, none, nobody] {
        for response in [
            room.http.get(room.asked("/authorize", &request.pairs())).send().await.unwrap(),
            room.http.post(room.at("/authorize")).form(&request.pairs()).send().await.unwrap(),
            room.http.post(room.at("/sign-in")).form(&request.pairs()).send().await.unwrap(),
        ] {
            assert_eq!(response.status(), 400);
            assert!(response.headers().get("location").is_none());
        }
    }
    room.close().await;
}

#[tokio::test]
async fn other_faults_are_told_to_the_client() {
    let room = Room::open().await;
    let with = |name: &str, value: &str| {
        let mut request = Room::request();
        if value.is_empty() {
            request.remove(name);
        } else {
            request.set(name, value);
        }
        request
    };
    let cases: Vec<(Request, &str)> = vec![
        (with("response_type", "token"), "unsupported_response_type"),
        (with("response_type", ""), "invalid_request"),
        (with("response_mode", "fragment"), "invalid_request"),
        (with("scope", "profile"), "invalid_scope"),
        (with("code_challenge_method", "plain"), "invalid_request"),
        (with("code_challenge_method", ""), "invalid_request"),
        (with("code_challenge", ""), "invalid_request"),
        (with("code_challenge", "short"), "invalid_request"),
        (with("nonce", ""), "invalid_request"),
        (with("state", ""), "invalid_request"),
        (with("prompt", "none"), "login_required"),
        (with("request", "x"), "request_not_supported"),
        (with("request_uri", "http://x"), "request_uri_not_supported"),
        (with("cancel", "yes"), "access_denied"),
    ];
    for (request, error) in cases {
        let mut form = request.pairs();
        form.push(("sign_in_as".to_owned(), "p00042".to_owned()));
        let response = room.http.post(room.at("/sign-in")).form(&form).send().await.unwrap();
        assert_eq!(response.status(), 303, "{error}");
        let url: url::Url = response.headers()["location"].to_str().unwrap().parse().unwrap();
        let found: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!((found["error"].as_str(), found.get("code")), (error, None));
        assert_eq!(found["iss"], room.handle.issuer());
        assert!(url.as_str().starts_with(BACK));
    }
    let mut form = Room::request().pairs();
    form.push(("sign_in_as".to_owned(), "p99999".to_owned()));
    assert_eq!(room.http.post(room.at("/sign-in")).form(&form).send().await.unwrap().status(), 400);
    form.push(("state".to_owned(), "again".to_owned()));
    assert_eq!(room.http.post(room.at("/sign-in")).form(&form).send().await.unwrap().status(), 400);
    room.close().await;
}
