//! Forms and headers.

use super::world::{HERE, World};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use domain::{Answer, OrderState, ReviewState, RevokeWhy};

/// Holds an answer to one of the schemas of `docs/schemas`.
fn matches(name: &str, body: &str) {
    let answer = serde_json::from_str(body).unwrap();
    assert!(super::api::schema(name).is_valid(&answer), "{name}: {body}");
}

async fn state(world: &World) -> ReviewState {
    let mut tx = world.ctx.store.read().await.unwrap();
    tx.review_item(world.item.id).await.unwrap().unwrap().state
}

#[tokio::test]
async fn a_repeated_form_is_answered_and_not_repeated_and_a_stale_one_shows_what_is_true_now() {
    let world = World::new().await;
    let cookie = world.sign_in("reviewer").await;
    let path = format!("/items/{}/decide", world.item.id);
    let fields = world.answer_fields(&cookie, Answer::Approve).await;
    let first = world.post(&path, Some(&cookie), &fields).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
    assert_eq!(state(&world).await, ReviewState::Staged);
    let again = world.post(&path, Some(&cookie), &fields).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
    let mut late = fields.clone();
    late[0].1 = world.attempt();
    late.push(("note", "typed <b>late</b> & kept".to_owned()));
    let stale = world.post(&path, Some(&cookie), &late).await;
    assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.body);
    assert!(stale.body.contains(&format!("/items/{}/undo", world.item.id)), "the page shows the answer that counts");
    let page = world.get(&format!("/items/{}", world.item.id), Some(&cookie)).await;
    let undo = format!("/items/{}/undo", world.item.id);
    let back = [("attempt", page.hidden(&undo, "attempt")), ("expected_version", page.hidden(&undo, "expected_version"))];
    let undone = world.post(&undo, Some(&cookie), &back).await;
    assert_eq!(undone.status, StatusCode::SEE_OTHER, "{}", undone.body);
    assert_eq!(state(&world).await, ReviewState::Undecided);
}

#[tokio::test]
async fn a_wrong_form_is_answered_with_what_was_typed() {
    let world = World::new().await;
    let cookie = world.sign_in("reviewer").await;
    let mut fields = world.answer_fields(&cookie, Answer::Revoke).await;
    fields.push(("note", "typed & kept </textarea><script>alert(1)</script>".to_owned()));
    let got = world.post(&format!("/items/{}/decide", world.item.id), Some(&cookie), &fields).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.body);
    assert!(got.body.contains("typed &amp; kept"), "what was typed is still there");
    assert!(!got.body.contains("<script>alert(1)"), "and is only text");
    assert!(got.body.contains("Say why"), "with what is wrong");
    assert_eq!(state(&world).await, ReviewState::Undecided);

    let owner = world.sign_in("owner").await;
    let form =
        [("attempt", world.attempt()), ("step", "confirm".to_owned()), ("name", "Kept name".to_owned()), ("due_on", "someday".to_owned())];
    let got = world.post("/campaigns/open", Some(&owner), &form).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(got.body.contains("Kept name") && got.body.contains("someday"));
}

#[tokio::test]
async fn a_form_from_elsewhere_is_refused() {
    let world = World::new().await;
    let cookie = world.sign_in("reviewer").await;
    let send = async |headers: &[(&str, &str)]| {
        let mut request = Request::post("/session/end").header(header::COOKIE, &cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        world.send(request.body(Body::empty()).unwrap()).await.status
    };
    for headers in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", HERE)],
        &[("sec-fetch-site", "none")],
    ] {
        assert_eq!(send(headers).await, StatusCode::FORBIDDEN, "{headers:?}");
    }
    assert_eq!(world.get("/account", Some(&cookie)).await.status, StatusCode::OK, "still signed in");
    assert_eq!(send(&[("origin", HERE)]).await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let world = World::new().await;
    let page = world.get("/sign-in", None).await;
    let header = |name: &str| page.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("referrer-policy"), "same-origin");
    assert_eq!(header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("strict-transport-security"), "", "not without TLS");
    let policy = header("content-security-policy");
    for part in ["default-src 'none'", "'wasm-unsafe-eval'", "frame-ancestors 'none'", "base-uri 'none'", "style-src 'self'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    let other = world.get("/sign-in", None).await;
    assert!(!other.headers["content-security-policy"].to_str().unwrap().contains(nonce), "each answer has its own nonce");
    assert!(!page.body.contains(" style="), "no inline style");
    assert_eq!(page.headers.get(header::SET_COOKIE), None, "looking begins no session");
}

#[tokio::test]
async fn machines_are_told_how_it_is() {
    let world = World::new().await;
    let health = world.get("/healthz", None).await;
    assert_eq!(health.status, StatusCode::OK);
    matches("health-1.json", &health.body);
    review::sequence::run(&world.ctx, "test").await.unwrap();
    let ready = world.get("/readyz", None).await;
    assert_eq!(ready.status, StatusCode::OK, "{}", ready.body);
    matches("ready-1.json", &ready.body);
    // A program that was made for a later schema is not ready on this one.
    let mut tx = world.ctx.store.begin().await.unwrap();
    tx.tamper("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 11").await.unwrap();
    tx.commit().await.unwrap();
    let ahead = world.get("/readyz", None).await;
    assert_eq!(ahead.status, StatusCode::SERVICE_UNAVAILABLE);
    matches("ready-1.json", &ahead.body);
    assert!(ahead.body.contains("migration 9999 is of a newer program"), "{}", ahead.body);
    let figures = world.get("/metrics", None).await;
    assert!(figures.body.contains("countersign_requests_total{") && figures.body.contains("route=\"/readyz\""), "{}", figures.body);
    assert!(figures.body.contains("countersign_ledger_waiting_entries 0"), "{}", figures.body);
    for state in OrderState::ALL {
        assert!(figures.body.contains(&format!("countersign_orders{{state=\"{state}\"}} 0")), "{}", figures.body);
    }
    assert!(figures.body.contains("countersign_jobs_dead 0"), "{}", figures.body);
    assert!(figures.body.contains("countersign_findings_open{kind=\"returned\"} 0"), "{}", figures.body);
    let reviewer = world.sign_in("reviewer").await;
    let mut fields = world.answer_fields(&reviewer, Answer::Revoke).await;
    fields.push(("why", RevokeWhy::NoLongerNeeded.as_str().to_owned()));
    let done = world.post(&format!("/items/{}/decide", world.item.id), Some(&reviewer), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let figures = world.get("/metrics", None).await;
    assert!(figures.body.contains("countersign_orders{state=\"held\"} 1"), "{}", figures.body);
    let nowhere = world.get("/nowhere", None).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    let wrong = world.get("/session/end", None).await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(world.app.public_url().as_str(), format!("{HERE}/"));
}

#[tokio::test]
async fn a_wrong_freeze_window_or_request_is_answered_beside_the_field_with_what_was_typed() {
    let world = World::new().await;
    let owner = world.sign_in("owner").await;
    let fields = [
        ("attempt", world.attempt()),
        ("name", "Close <of> the quarter".to_owned()),
        ("from_on", "soon".to_owned()),
        ("from_time", "00:00".to_owned()),
        ("until_on", "2099-01-02".to_owned()),
        ("until_time", "00:00".to_owned()),
        ("zone", "UTC".to_owned()),
    ];
    let wrong = world.post("/freezes", Some(&owner), &fields).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    assert!(wrong.body.contains("id=\"f-from_on-error\"") && wrong.body.contains("value=\"soon\""), "{}", wrong.body);
    assert!(wrong.body.contains("Close &lt;of&gt; the quarter") && wrong.body.contains(&fields[0].1), "the attempt stays");
    let right: Vec<_> = fields.iter().map(|(n, v)| (*n, if *n == "from_on" { "2099-01-01".to_owned() } else { v.clone() })).collect();
    assert_eq!(world.post("/freezes", Some(&owner), &right).await.status, StatusCode::SEE_OTHER);
    assert_eq!(world.post("/freezes", Some(&owner), &right).await.status, StatusCode::SEE_OTHER, "a repeat is answered");
    let page = world.get("/freezes", Some(&owner)).await;
    assert_eq!(page.body.matches("/freezes/remove").count(), 1, "{}", page.body);

    let compliance = world.sign_in("compliance").await;
    let holder = {
        let mut tx = world.ctx.store.read().await.unwrap();
        tx.review_item(world.item.id).await.unwrap().unwrap().holder
    };
    let request = [("attempt", world.attempt()), ("subject", holder.to_string()), ("how", "restrict".to_owned())];
    let wrong = world.post("/privacy/erase", Some(&compliance), &request).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    assert!(wrong.body.contains("id=\"f-acknowledge-error\"") && wrong.body.contains(&request[0].1), "{}", wrong.body);
    let mut right = request.to_vec();
    right.push(("acknowledge", "yes".to_owned()));
    let done = world.post("/privacy/erase", Some(&compliance), &right).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = world.get(&done.location(), Some(&compliance)).await;
    assert!(page.body.contains("This person is restricted") && page.body.contains("/privacy/lift"), "{}", page.body);
    let owner = world.get(&format!("/items/{}", world.item.id), Some(&owner)).await;
    assert!(owner.body.contains(review::privacy::NAME), "{}", owner.body);
    let unknown = world.get("/privacy?person=nobody", Some(&compliance)).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unknown.body.contains("id=\"f-person-error\"") && unknown.body.contains("value=\"nobody\""), "{}", unknown.body);
}
