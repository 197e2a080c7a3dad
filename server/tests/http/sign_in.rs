//! Signing in and out.

use super::world::{HERE, World};
use axum::http::StatusCode;
use server::signin::{Provider, ProviderSetup, SignInError};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

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

/// A provider says when it keeps a connection, and may close it at any moment after that: a code that is sent just then cannot be
/// sent again. This one closes every connection that is used a second time.
#[tokio::test]
async fn a_code_is_never_sent_over_a_connection_that_the_provider_may_be_closing() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let at = issuer.clone();
    let serving = tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(answer_once(connection, at.clone()));
        }
    });
    let world = World::new().await;
    let setup = ProviderSetup { issuer, ..world.at_provider.clone() };
    let callback = openidconnect::RedirectUrl::new(format!("{HERE}/sign-in/callback")).unwrap();
    let provider = Provider::new(setup, world.ctx.env.clone(), callback).unwrap();
    let (_, pending) = provider.begin(0, None, None).await.unwrap();
    // What it says of the code arrives, each time.
    for _ in 0..3 {
        let said = provider.finish("a-code".to_owned(), &pending).await;
        let Err(SignInError::Code(why)) = said else { panic!("{said:?}") };
        assert!(why.contains("invalid_grant"), "{why}");
    }
    serving.abort();
}

/// Answers one request, says that the connection is kept, and closes it with the next one's first byte.
async fn answer_once(mut connection: TcpStream, issuer: String) {
    let mut request = Vec::new();
    let mut bytes = [0; 4096];
    while !whole(&request) {
        let read = connection.read(&mut bytes).await.unwrap();
        request.extend_from_slice(&bytes[..read]);
    }
    let path = String::from_utf8_lossy(&request).split(' ').nth(1).unwrap().to_owned();
    let (status, body) = match path.as_str() {
        "/.well-known/openid-configuration" => (
            "200 OK",
            serde_json::json!({
                "issuer": issuer,
                "authorization_endpoint": format!("{issuer}/authorize"),
                "token_endpoint": format!("{issuer}/token"),
                "jwks_uri": format!("{issuer}/jwks"),
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }),
        ),
        "/jwks" => ("200 OK", serde_json::json!({ "keys": [] })),
        _ => ("400 Bad Request", serde_json::json!({ "error": "invalid_grant" })),
    };
    let body = body.to_string();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\nconnection: keep-alive\r\ncontent-length: {}\r\n\r\n", body.len());
    connection.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let _ = connection.read(&mut bytes[..1]).await;
}

/// Whether a request has arrived with all of its body.
fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(|n| n.trim().parse::<usize>()));
    length.is_none_or(|length| body.len() >= length.unwrap())
}
