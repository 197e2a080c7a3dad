//! What is added where the public address is https, and where it is not.

use super::world::World;
use axum::http::{StatusCode, header};

/// The attributes of every cookie that an answer sets.
fn cookies(headers: &axum::http::HeaderMap) -> Vec<Vec<String>> {
    let cookies = headers.get_all(header::SET_COOKIE).iter();
    cookies.map(|cookie| cookie.to_str().unwrap().split("; ").map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host_and_to_tls() {
    let world = World::at("https://reviews.example").await;
    let begun = world.get("/sign-in/start?provider=0", None).await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.body);
    let (back, before) = world.to_callback("reviewer", "/sign-in/start?provider=0").await;
    let done = world.get(&back, Some(&before)).await;
    for (what, headers) in [("begun", &begun.headers), ("done", &done.headers)] {
        let set = cookies(headers);
        let [cookie] = set.as_slice() else { unreachable!("{what}: one cookie, not {set:?}") };
        let (value, mut attributes) = cookie.split_first().map(|(value, rest)| (value.clone(), rest.to_vec())).unwrap();
        assert!(value.starts_with("__Host-countersign="), "{what}: {value}");
        attributes.sort();
        // No Domain, which the prefix forbids; no Expires or Max-Age: the cookie ends with the browser.
        assert_eq!(attributes, ["HttpOnly", "Path=/", "SameSite=Lax", "Secure"], "{what}");
    }
    let cookie = done.cookie().unwrap();
    assert_eq!(world.get("/account", Some(&cookie)).await.status, StatusCode::OK);
    // A cookie without the prefix could have been set by another host of the domain, or without TLS.
    let bare = cookie.trim_start_matches("__Host-");
    assert_eq!(world.get("/account", Some(bare)).await.status, StatusCode::SEE_OTHER);
    let out = world.post("/session/end", Some(&cookie), &[]).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER, "{}", out.body);
    assert!(out.location().contains("post_logout_redirect_uri=https%3A%2F%2Freviews.example%2Fsign-in"), "{}", out.location());
}

#[tokio::test]
async fn over_https_browsers_are_told_to_stay_there() {
    let safe = World::at("https://reviews.example").await;
    let plain = World::new().await;
    let cookie = safe.sign_in("owner").await;
    // Pages, redirects, refusals, what machines ask, and what is not there: all alike.
    let paths = ["/account", "/campaigns", "/sign-in", "/sign-in/callback", "/healthz", "/nowhere", "/sources/none"];
    for path in paths {
        let got = safe.get(path, Some(&cookie)).await;
        let header = |name: &str| got.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        assert_eq!(header("strict-transport-security"), "max-age=63072000; includeSubDomains", "{path}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert!(header("permissions-policy").contains("camera=()"), "{path}");
        let policy = header("content-security-policy");
        for part in ["default-src 'none'", "script-src 'self' 'nonce-", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'") && !policy.contains('*'), "{path}: {policy}");
        let got = plain.get(path, None).await;
        assert_eq!(got.headers.get("strict-transport-security"), None, "{path}: without TLS it would lock people out");
    }
}

#[tokio::test]
async fn a_form_of_the_same_host_without_tls_is_from_elsewhere() {
    let world = World::at("https://reviews.example").await;
    let cookie = world.sign_in("owner").await;
    for origin in ["http://reviews.example", "https://reviews.example:8443", "https://sub.reviews.example"] {
        let request = axum::http::Request::post("/session/end").header(header::COOKIE, &cookie).header(header::ORIGIN, origin);
        let got = world.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{origin}");
    }
    assert_eq!(world.get("/account", Some(&cookie)).await.status, StatusCode::OK, "still signed in");
}
