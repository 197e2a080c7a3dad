//! One test per misbehaviour of the platform: the reading is the same, or says what is missing, or stops.

use crate::support::World;
use connect::{Covers, Error, Reading, WarningKind, http::Limits};
use std::time::Duration;
use tenant::okta::{Config, Misbehaviour};

async fn plain() -> Reading {
    World::start(|config| config.specs = None).await.read().await.unwrap()
}

async fn under(misbehaviour: Misbehaviour) -> (World, Result<Reading, Error>) {
    let world = World::start(|config| config.misbehave = Some(misbehaviour)).await;
    let reading = world.read().await;
    (world, reading)
}

async fn reads_the_same(misbehaviour: Misbehaviour) -> World {
    let (world, reading) = under(misbehaviour).await;
    let (reading, plain) = (reading.unwrap(), plain().await);
    assert_eq!(reading.population_hash(), plain.population_hash());
    assert_eq!(reading.history_hash(), plain.history_hash());
    assert!(reading.unread.is_empty());
    world.judged_clean();
    world
}

#[tokio::test]
async fn a_401_in_the_middle_is_mended_with_a_new_token() {
    let world = reads_the_same(Misbehaviour::Unauthorized).await;
    assert_eq!(world.source.client().calls().made["token"], 2);
}

#[tokio::test]
async fn a_log_that_may_not_be_read_makes_use_unknown_and_not_unused() {
    let (_, reading) = under(Misbehaviour::LogForbidden).await;
    let reading = reading.unwrap();
    assert_eq!(reading.unread.iter().map(|unread| unread.covers.clone()).collect::<Vec<_>>(), [Covers::Usage]);
    assert!(reading.unread[0].why.contains("okta.logs.read"), "{}", reading.unread[0].why);
    assert!(reading.usage.is_empty(), "no record at all is what unknown looks like");
    assert_eq!(reading.population_hash().len(), 32);
    assert!(!reading.grants.is_empty());
}

#[tokio::test]
async fn limits_with_and_without_retry_after_are_waited_out() {
    for misbehaviour in [Misbehaviour::Throttled, Misbehaviour::ThrottledSilently] {
        let world = reads_the_same(misbehaviour).await;
        assert!(world.source.client().calls().limited > 10);
    }
}

#[tokio::test]
async fn a_failing_server_is_asked_again() {
    let world = reads_the_same(Misbehaviour::Failing).await;
    assert!(world.source.client().calls().repeated > 10);
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up_and_asked_for_again() {
    let limits = Limits { answer: Duration::from_secs(2), ..Limits::default() };
    let world = World::of(120, 12, |config| config.misbehave = Some(Misbehaviour::Slow), |config| config.limits = limits).await;
    assert_eq!(world.read().await.unwrap().population_hash(), plain().await.population_hash());
    assert_eq!(world.source.client().calls().repeated, 1);
}

#[tokio::test]
async fn bodies_that_are_cut_off_or_are_no_json_are_asked_for_again() {
    for misbehaviour in [Misbehaviour::Truncated, Misbehaviour::WrongType] {
        let world = reads_the_same(misbehaviour).await;
        assert!(world.source.client().calls().repeated > 10);
    }
}

#[tokio::test]
async fn rows_that_come_twice_count_once() {
    let world = World::of(450, 12, |config| config.misbehave = Some(Misbehaviour::DuplicatePages), |_| {}).await;
    let plain = World::of(450, 12, |config| config.specs = None, |_| {}).await.read().await.unwrap();
    let reading = world.read().await.unwrap();
    assert_eq!(reading.population_hash(), plain.population_hash());
    assert_eq!(reading.history_hash(), plain.history_hash());
}

#[tokio::test]
async fn a_row_that_slips_between_pages_is_noticed_by_the_platforms_own_count() {
    let world = World::of(
        1_300,
        12,
        |config| {
            config.misbehave = Some(Misbehaviour::ShiftingPages);
            config.specs = None;
            config.events_per_app = 1;
        },
        |_| {},
    )
    .await;
    let reading = world.read().await.unwrap();
    assert!(reading.warnings.count(WarningKind::CountDiffers) > 0);
    let told = reading.warnings.examples.iter().find(|warning| warning.kind == WarningKind::CountDiffers).unwrap();
    assert!(told.found.contains("listed"), "{told}");
}

#[tokio::test]
async fn pages_in_a_circle_stop_the_reading() {
    // One page of the log, or several: the lists are noticed, and the log beside them.
    for (events, list) in [(1, "/api/v1/users"), (4, "/api/v1/logs")] {
        let circle = |config: &mut Config| {
            config.misbehave = Some(Misbehaviour::NextLoop);
            config.events_per_app = events;
        };
        let world = World::of(450, 12, circle, |_| {}).await;
        let stopped = world.read().await;
        assert!(matches!(&stopped, Err(Error::Loop { page }) if page.contains(list)), "{list}: {stopped:?}");
        assert!(world.source.client().calls().total() < 20);
    }
}

#[tokio::test]
async fn a_next_link_to_another_host_leads_nowhere_but_home() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let foreign = format!("http://{}", listener.local_addr().unwrap());
    let world = World::of(
        450,
        12,
        |config| {
            config.misbehave = Some(Misbehaviour::ForeignHost);
            config.foreign_host = foreign;
        },
        |_| {},
    )
    .await;
    let plain = World::of(450, 12, |config| config.specs = None, |_| {}).await.read().await.unwrap();
    assert_eq!(world.read().await.unwrap().population_hash(), plain.population_hash());
    let nobody = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(nobody.is_err(), "somebody called the other host");
}

#[tokio::test]
async fn a_clock_that_is_ahead_neither_locks_us_out_nor_hides_the_newest_use() {
    let (world, reading) = under(Misbehaviour::ClockAhead).await;
    let (reading, plain) = (reading.unwrap(), plain().await);
    assert_eq!(reading.population_hash(), plain.population_hash());
    assert_eq!(world.source.client().calls().made["token"], 2, "refused once, and then by the platform's clock");
}
