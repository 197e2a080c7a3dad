//! The stream of events beside a campaign's page, after it was opened.

use super::world::World;
use axum::{
    body::{Body, BodyDataStream},
    http::{Request, StatusCode, header},
};
use domain::{Answer, time::MINUTE};
use server::{config::Sessions, serve};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_stream::StreamExt as _;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// Nothing here takes this long; without it, a stream that says nothing would hang the tests.
const PATIENCE: Duration = Duration::from_mins(1);

async fn open(world: &World, cookie: &str) -> BodyDataStream {
    let request = Request::get(format!("/campaigns/{}/events", world.campaign)).header(header::COOKIE, cookie);
    let answer = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/event-stream");
    answer.into_body().into_data_stream()
}

/// The next thing that is said other than that the connection is alive; `None` where the stream ended.
async fn next(stream: &mut BodyDataStream) -> Option<String> {
    loop {
        let part = tokio::time::timeout(PATIENCE, stream.next()).await.expect("the stream says something or ends")?;
        let text = String::from_utf8(part.unwrap().to_vec()).unwrap();
        if !text.starts_with(':') {
            return Some(text);
        }
    }
}

/// How many streams the program holds open, by its own figures.
async fn held(world: &World) -> String {
    let figures = world.get("/metrics", None).await.body;
    figures.lines().find_map(|line| line.strip_prefix("countersign_event_streams ")).unwrap_or("none").to_owned()
}

#[tokio::test]
async fn an_answer_given_elsewhere_arrives_and_nothing_else_does() {
    let world = World::new().await;
    let owner = world.sign_in("owner").await;
    let mut stream = open(&world, &owner).await;
    let reviewer = world.sign_in("reviewer").await;
    let fields = world.answer_fields(&reviewer, Answer::Approve).await;
    let done = world.post(&format!("/items/{}/decide", world.item.id), Some(&reviewer), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    // It says that something moved, and not what or by whom.
    assert_eq!(next(&mut stream).await.as_deref(), Some("event: progress\ndata: changed\n\n"));
    let page = world.get(&format!("/items/{}", world.item.id), Some(&reviewer)).await;
    let undo = format!("/items/{}/undo", world.item.id);
    let back = [("attempt", page.hidden(&undo, "attempt")), ("expected_version", page.hidden(&undo, "expected_version"))];
    assert_eq!(world.post(&undo, Some(&reviewer), &back).await.status, StatusCode::SEE_OTHER);
    // Had looking, or the first change once more, been an event, this would not be the last but one.
    assert_eq!(next(&mut stream).await.as_deref(), Some("event: progress\ndata: changed\n\n"));
    world.post("/session/end", Some(&owner), &[]).await;
    assert_eq!(next(&mut stream).await, None, "who signed out hears nothing any more");
}

#[tokio::test]
async fn who_goes_away_frees_the_place() {
    let world = World::new().await;
    let owner = world.sign_in("owner").await;
    let (one, other) = (open(&world, &owner).await, open(&world, &owner).await);
    assert_eq!(held(&world).await, "2");
    drop(one);
    let freed = async |left: &str| {
        while held(&world).await != left {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, freed("1")).await.expect("the first place is free");
    drop(other);
    tokio::time::timeout(PATIENCE, freed("0")).await.expect("both are");
}

#[tokio::test]
async fn a_session_that_is_over_ends_its_stream() {
    let world = World::new().await;
    let owner = world.sign_in("owner").await;
    let mut stream = open(&world, &owner).await;
    // Listening is not use: an open page alone keeps nobody signed in.
    world.clock.advance(i64::from(Sessions::default().idle_minutes) * MINUTE);
    assert_eq!(next(&mut stream).await, None);
    let again = world.get(&format!("/campaigns/{}/events", world.campaign), Some(&owner)).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "and it does not begin again");
    let request = Request::get(format!("/campaigns/{}/events", world.campaign)).header(header::ACCEPT, "text/event-stream");
    let stream = world.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(stream.status(), StatusCode::NO_CONTENT, "a browser is told not to ask again, rather than given a page");
}

#[tokio::test]
async fn closing_is_the_last_event_and_browsers_are_told_not_to_ask_again() {
    let world = World::new().await;
    let owner = world.sign_in("owner").await;
    let mut stream = open(&world, &owner).await;
    let path = format!("/campaigns/{}/close", world.campaign);
    let page = world.get(&path, Some(&owner)).await;
    let mut fields: Vec<(&str, String)> =
        ["attempt", "expected_version", "preview_digest"].into_iter().map(|name| (name, page.hidden(&path, name))).collect();
    fields.push(("acknowledge", "true".to_owned()));
    let closed = world.post(&path, Some(&owner), &fields).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.body);
    review::close::finish_due(&world.ctx).await.unwrap();
    let mut said = 0;
    while let Some(event) = next(&mut stream).await {
        assert_eq!(event, "event: progress\ndata: changed\n\n");
        said += 1;
    }
    assert!(said > 0, "the page is told to show the closed campaign");
    let again = world.get(&format!("/campaigns/{}/events", world.campaign), Some(&owner)).await;
    assert_eq!((again.status, again.body.as_str()), (StatusCode::NO_CONTENT, ""));
}

#[tokio::test]
async fn a_stream_does_not_keep_the_program_from_ending() {
    let world = World::new().await;
    let owner = world.sign_in("owner").await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let served = tokio::spawn(serve::run(world.app.clone(), listener, stop.clone()));
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build().unwrap();
    let request = http.get(format!("http://{address}/campaigns/{}/events", world.campaign)).header(header::COOKIE, &owner);
    let mut stream = request.send().await.unwrap();
    assert_eq!(stream.status(), StatusCode::OK);
    stop.cancel();
    let ended = async { while stream.chunk().await.unwrap().is_some() {} };
    tokio::time::timeout(PATIENCE, ended).await.expect("the stream ends, and is not cut off");
    tokio::time::timeout(PATIENCE, served).await.expect("the program ends").unwrap().unwrap();
}
