//! The HTTP client against a server that misbehaves byte by byte.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod support;

use connect::http::{
    Answer, Authority, Client, ClientConfig, HeaderName, HeaderValue, HttpError, KnownLimit, Limits, Method, NoAuthority, Url, next_link,
};
use domain::{Env, time::SECOND};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use support::{Act, START, Server, answer, json};

const LIMIT: &str = "X-Rate-Limit-Limit: 50\r\nX-Rate-Limit-Remaining: 0\r\nX-Rate-Limit-Reset: 1795248704\r\n";

#[tokio::test]
async fn a_good_answer_is_read_once_with_its_hash() {
    let server = Server::start([json("200 OK", "", "[1,2]")]).await;
    let client = server.client();
    let found = client.send(&server.get("/api/v1/users?limit=200"), &NoAuthority).await.unwrap();
    assert_eq!((found.status, found.json), (200, Some(serde_json::json!([1, 2]))));
    assert_eq!(found.request, "GET /api/v1/users?limit=200");
    assert_eq!(hex::encode(found.sha256), "49a64717d5d4cb19952e6eac2946415cf6879adacf9908e7d872332d32c6e684");
    assert_eq!(client.calls().total(), 1);
}

#[tokio::test]
async fn an_address_that_is_neither_https_nor_loopback_is_refused() {
    let (env, clock) = Env::simulated(START, 1);
    for (address, fine) in [
        ("https://example.okta.com", true),
        ("http://127.0.0.1:8080", true),
        ("http://[::1]:8080", true),
        ("http://localhost:1", true),
        ("http://example.okta.com", false),
        ("http://127.0.0.1.example.com", false),
        ("ftp://127.0.0.1", false),
        ("https://user:secret@example.okta.com", false),
    ] {
        let config = ClientConfig {
            base: Url::parse(address).unwrap(),
            env: env.clone(),
            pause: std::sync::Arc::new(connect::http::SimulatedPause(clock.clone())),
            limits: Limits::default(),
            limit_headers: None,
        };
        assert_eq!(Client::new(config).is_ok(), fine, "{address}");
    }
}

#[tokio::test]
async fn nothing_is_sent_to_another_host_and_no_redirect_is_followed() {
    let foreign = Server::start([]).await;
    let location = format!("Location: {}stolen\r\n", foreign.base);
    let server = Server::start([answer("302 Found", &location, "")]).await;
    let client = server.client();
    let refused = client.send(&foreign.get("/next"), &Token::default()).await;
    assert!(matches!(refused, Err(HttpError::ForeignHost { .. })), "{refused:?}");
    let refused = client.send(&server.get("/users"), &Token::default()).await;
    assert!(matches!(refused, Err(HttpError::Redirected { status: 302, .. })), "{refused:?}");
    assert_eq!((server.calls(), foreign.calls()), (1, 0));
}

/// A token that the platform may refuse.
#[derive(Default)]
struct Token(AtomicU32);

impl Authority for Token {
    async fn headers(&self, _: &Method, _: &Url) -> Result<Vec<(HeaderName, HeaderValue)>, HttpError> {
        let token = format!("Bearer t{}", self.0.load(Ordering::SeqCst));
        Ok(vec![(HeaderName::from_static("authorization"), HeaderValue::from_str(&token).unwrap())])
    }

    async fn renew(&self, _: &Answer) -> Result<bool, HttpError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(true)
    }
}

#[tokio::test]
async fn a_401_is_mended_once_with_a_new_token() {
    let server = Server::start([json("401 Unauthorized", "", "{}"), json("200 OK", "", "{}")]).await;
    let found = server.client().send(&server.change("/users/1"), &Token::default()).await.unwrap();
    assert_eq!(found.status, 200);
    let asked = server.asked.lock().unwrap().clone();
    assert!(asked[0].contains("Bearer t0") && asked[1].contains("Bearer t1"), "{asked:?}");

    let server = Server::start([json("401 Unauthorized", "", "{}"), json("401 Unauthorized", "", "{}")]).await;
    let found = server.client().send(&server.get("/users"), &Token::default()).await.unwrap();
    assert_eq!((found.status, server.calls()), (401, 2));
}

#[tokio::test]
async fn a_limit_is_waited_for_as_the_platform_asks_and_a_change_too() {
    let server = Server::start([json("429 Too Many Requests", "Retry-After: 17\r\n", "{}"), json("200 OK", "", "{}")]).await;
    let client = server.client();
    assert_eq!(client.send(&server.change("/a"), &NoAuthority).await.unwrap().status, 200);
    assert_eq!(server.passed(), 17 * SECOND);
    assert_eq!((client.calls().limited, client.calls().total()), (1, 2));

    // Without Retry-After, the reset header counts.
    let server = Server::start([json("429 Too Many Requests", LIMIT, "{}"), json("200 OK", "", "{}")]).await;
    assert_eq!(server.client().send(&server.get("/a"), &NoAuthority).await.unwrap().status, 200);
    assert_eq!(server.passed(), 60 * SECOND);

    // Without either, growing pauses.
    let server =
        Server::start([json("429 Too Many Requests", "", "{}"), json("429 Too Many Requests", "", "{}"), json("200 OK", "", "{}")]).await;
    assert_eq!(server.client().send(&server.get("/a"), &NoAuthority).await.unwrap().status, 200);
    assert!((SECOND * 3 / 4..=SECOND * 3 / 2).contains(&server.passed()), "{}", server.passed());

    // A limit of 0 says that too many calls run at once: that is over sooner than the window.
    let concurrent = "X-Rate-Limit-Limit: 0\r\nX-Rate-Limit-Remaining: 0\r\nX-Rate-Limit-Reset: 1795248704\r\n";
    let server = Server::start([json("429 Too Many Requests", concurrent, "{}"), json("200 OK", "", "{}")]).await;
    assert_eq!(server.client().send(&server.get("/a"), &NoAuthority).await.unwrap().status, 200);
    assert!(server.passed() <= SECOND / 2, "{}", server.passed());
}

#[tokio::test]
async fn a_budget_that_is_used_up_is_waited_for_before_the_call() {
    let server = Server::start([json("200 OK", LIMIT, "{}"), json("200 OK", "", "{}"), json("200 OK", "", "{}")]).await;
    let client = server.client();
    client.send(&server.get("/a"), &NoAuthority).await.unwrap();
    client.send(&server.change("/another-limit"), &NoAuthority).await.unwrap();
    assert_eq!(server.passed(), 0);
    client.send(&server.get("/a"), &NoAuthority).await.unwrap();
    assert_eq!(server.passed(), 60 * SECOND);
    assert_eq!(client.calls().limited, 0, "no call was refused");
}

#[tokio::test]
async fn a_documented_limit_is_passed_once_and_kept_from_then_on() {
    const KNOWN: KnownLimit = KnownLimit { bucket: "reads", calls: 2, window: 10 * SECOND };
    let fine = || json("200 OK", "", "{}");
    let refused = |wait: u32| json("429 Too Many Requests", &format!("Retry-After: {wait}\r\n"), "{}");
    // What the platform asks to wait for, where that is shorter, and the documented window otherwise.
    for (asked, window) in [(30, 10), (3, 3)] {
        let server = Server::start([fine(), fine(), refused(asked), fine(), fine(), fine()]).await;
        let client = server.client().knowing(&[KNOWN]);
        for _ in 0..2 {
            client.send(&server.get("/a"), &NoAuthority).await.unwrap();
        }
        assert_eq!(server.passed(), 0, "nobody is waited for who refused nothing");
        client.send(&server.get("/a"), &NoAuthority).await.unwrap();
        let waited = i64::from(asked) * SECOND;
        assert_eq!(server.passed(), waited, "as the platform asked");
        client.send(&server.get("/a"), &NoAuthority).await.unwrap();
        assert_eq!(server.passed(), waited, "two calls to a window");
        client.send(&server.get("/a"), &NoAuthority).await.unwrap();
        assert_eq!(server.passed(), waited + window * SECOND);
        assert_eq!(client.calls().limited, 1);
    }
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_said_instead_of_waited() {
    let server = Server::start([json("429 Too Many Requests", "Retry-After: 86400\r\n", "{}")]).await;
    let limited = server.client().send(&server.get("/a"), &NoAuthority).await;
    assert!(matches!(limited, Err(HttpError::Limited { seconds: 86_400, .. })), "{limited:?}");
    assert_eq!(server.passed(), 0);
}

#[tokio::test]
async fn a_platform_whose_clock_is_off_is_understood() {
    // Ten minutes ahead of ours: its window ends 30 seconds after its own now.
    let ahead = "HTTP/1.1 429 Too Many Requests\r\nDate: Sat, 21 Nov 2026 08:20:44 GMT\r\nX-Rate-Limit-Limit: 50\r\nX-Rate-Limit-Remaining: 0\r\nX-Rate-Limit-Reset: 1795249274\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let server = Server::start([Act::Say(ahead.as_bytes().to_vec()), json("200 OK", "", "{}")]).await;
    let client = server.client();
    client.send(&server.get("/a"), &NoAuthority).await.unwrap();
    assert_eq!(server.passed(), 30 * SECOND);
}

#[tokio::test]
async fn a_read_is_repeated_after_every_kind_of_failure() {
    let cut =
        Act::Say(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n[1,".to_vec());
    let script = [
        json("500 Internal Server Error", "", "{}"),
        json("503 Service Unavailable", "", "{}"),
        Act::Hang,
        cut,
        answer("200 OK", "Content-Type: text/html\r\n", "<p>Maintenance</p>"),
        json("200 OK", "", "[1]"),
    ];
    let server = Server::start(script).await;
    let client = server.client();
    assert_eq!(client.send(&server.get("/a"), &NoAuthority).await.unwrap().status, 200);
    assert_eq!((client.calls().total(), client.calls().repeated), (6, 5));

    let server = Server::start(vec![json("200 OK", "", "[1, 2"); 6]).await;
    let failed = server.client().send(&server.get("/a"), &NoAuthority).await;
    assert!(matches!(&failed, Err(HttpError::NotAnswered { attempts: 6, why, .. }) if why.contains("cut off")), "{failed:?}");
}

#[tokio::test]
async fn a_change_is_never_repeated_when_its_answer_is_lost() {
    let cut = Act::Say(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[1,".to_vec());
    for act in [json("500 Oops", "", "{}"), Act::Hang, cut, answer("200 OK", "Content-Type: text/html\r\n", "<p>Hello</p>")] {
        let server = Server::start([act.clone(), json("200 OK", "", "{}")]).await;
        let unknown = server.client().send(&server.change("/users/1"), &NoAuthority).await;
        assert!(matches!(unknown, Err(HttpError::OutcomeUnknown { .. })), "{act:?} {unknown:?}");
        assert_eq!(server.calls(), 1);
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_given_up() {
    let stalled = Act::Stall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n[1,".to_vec());
    let server = Server::start([stalled.clone(), stalled, json("200 OK", "", "[]")]).await;
    let limits = Limits { answer: Duration::from_millis(300), ..Limits::default() };
    let client = server.client_with(limits);
    assert!(matches!(client.send(&server.change("/a"), &NoAuthority).await, Err(HttpError::OutcomeUnknown { .. })));
    assert_eq!(client.send(&server.get("/a"), &NoAuthority).await.unwrap().status, 200);
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read() {
    let server = Server::start([json("200 OK", "", &format!("[{}1]", "1,".repeat(600)))]).await;
    let limits = Limits { body_bytes: 1_000, ..Limits::default() };
    let refused = server.client_with(limits).send(&server.get("/a"), &NoAuthority).await;
    assert!(matches!(refused, Err(HttpError::TooLarge { most: 1_000, .. })), "{refused:?}");
}

#[tokio::test]
async fn refusals_are_answers() {
    for status in ["400 Bad Request", "403 Forbidden", "404 Not Found", "409 Conflict", "410 Gone", "412 Precondition Failed"] {
        let server = Server::start([json(status, "", "{\"errorCode\":\"E1\"}")]).await;
        let found = server.client().send(&server.change("/a"), &NoAuthority).await.unwrap();
        assert!(status.starts_with(&found.status.to_string()));
        assert_eq!(found.json.unwrap()["errorCode"], "E1");
    }
}

#[tokio::test]
async fn the_next_link_is_found_among_others() {
    let links = "Link: <https://a.example/x?a=1,2>; rel=\"self\", <https://a.example/x?after=3>; rel=\"next\"\r\nLink: <https://a.example/first>; rel=first\r\n";
    let server = Server::start([json("200 OK", links, "[]"), json("200 OK", "", "[]")]).await;
    let client = server.client();
    let found = client.send(&server.get("/a"), &NoAuthority).await.unwrap();
    assert_eq!(next_link(&found).map(String::from).as_deref(), Some("https://a.example/x?after=3"));
    assert_eq!(next_link(&client.send(&server.get("/a"), &NoAuthority).await.unwrap()), None);
}
