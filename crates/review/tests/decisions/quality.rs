//! How well recommendations hold: what is measured, what hidden recommendations tell (nothing), and alerts that are raised once.

use crate::world::{World, each, easy};
use domain::{Action, Object, Role, Showing, Verdict, time::DAY};
use ledger::{Entry, EventKind};
use review::{
    Actor, Error,
    jobs::{self, JobKind, Ran},
    quality::{self, Done, Figure, Standing},
    shadow, view,
};

fn officer(world: &World) -> Actor {
    Actor { roles: [Role::Compliance].into(), ..world.otto.clone() }
}

async fn measure(world: &World) -> Done {
    quality::measure(&world.ctx, None).await.expect("figures")
}

/// Removes everything that is on a ticket from the files, and reads them again.
async fn carry_out(world: &mut World, person: &str, access: &str) {
    world.grants.retain(|grant| (grant.0, grant.1) != (person, access));
    world.sync().await;
    world.run().await;
}

/// Entries about figures that left their band or are back, the oldest first.
async fn told(world: &World) -> Vec<Entry> {
    let mut tx = world.ctx.store.read().await.expect("reads");
    let mut all = Vec::new();
    for kind in [EventKind::QualityLeftBand, EventKind::QualityBackInBand] {
        for stored in tx.entries_of_no_campaign(kind.as_str(), None, 1_000).await.expect("entries") {
            all.push(Entry::parse(&stored.bytes).expect("a canonical entry"));
        }
    }
    all
}

/// One row that was damaged, or that another version wrote, must not keep all others from being measured.
#[tokio::test]
async fn what_cannot_be_read_is_said_and_counted_once_it_can() {
    for mut world in each().await {
        world.open(easy()).await;
        let items = world.items().await.len() as u64;
        let recommended = |done: &Done| done.document.measured.versions[0].recommended.buckets.iter().map(|bucket| bucket.now).sum::<u64>();
        let whole = world.set_recommendation("p02", "wiki", b"{}").await;
        for _ in 0..2 {
            let damaged = measure(&world).await;
            assert_eq!((damaged.document.unreadable, recommended(&damaged)), (1, items - 1));
        }
        let page = view::quality(&world.ctx, &officer(&world)).await.expect("the page");
        assert_eq!(page.measured.expect("figures").unreadable, 1);
        world.set_recommendation("p02", "wiki", &whole).await;
        let mended = measure(&world).await;
        assert_eq!((mended.document.unreadable, recommended(&mended)), (0, items));
    }
}

#[tokio::test]
async fn final_answers_are_measured_and_what_can_be_undone_is_not() {
    for mut world in each().await {
        world.open(easy()).await;
        world.approve(&world.boss, "p01", "wiki").await;
        world.revoke(&world.boss, "p02", "wiki").await;
        let before = measure(&world).await.document.measured;
        assert_eq!(before.versions.len(), 1, "what was recommended counts at once");
        assert_eq!(before.versions[0].overall.shown.decided(), 0);
        world.later().await;
        let after = measure(&world).await.document.measured;
        let version = &after.versions[0];
        assert_eq!(version.version, recommend::ENGINE);
        assert_eq!((version.overall.shown.decided(), version.overall.blind.decided()), (2, 0));
        let items = world.items().await.len() as u64;
        let recommended: u64 = version.recommended.buckets.iter().map(|bucket| bucket.now).sum();
        assert_eq!(recommended, items);
        for spread in &version.inputs {
            assert_eq!(spread.buckets.iter().map(|bucket| bucket.now).sum::<u64>(), items, "{}", spread.of);
        }
        let causes: u64 = version.parts.iter().map(|part| part.figures.shown.decided()).sum();
        assert_eq!(causes, 2);
        // Measuring again reads no recommendation twice and gives the same.
        assert_eq!(measure(&world).await.document.measured, after);
    }
}

#[tokio::test]
async fn access_that_is_back_within_thirty_days_of_its_proven_removal_is_a_reversal() {
    for mut world in each().await {
        world.open(easy()).await;
        for person in ["p01", "p02", "p03"] {
            world.revoke(&world.boss, person, "wiki").await;
        }
        world.later().await;
        for person in ["p01", "p02", "p03"] {
            carry_out(&mut world, person, "wiki").await;
        }
        world.clock.advance(29 * DAY);
        world.grants.push(("p01", "wiki", "direct", "2026-12-20", ""));
        world.sync().await;
        let reversals = |done: &Done| {
            let overall = done.document.measured.versions[0].overall;
            let all = (overall.reversals, overall.reversals_otherwise);
            (all.0.hits + all.1.hits, all.0.of + all.1.of)
        };
        let early = measure(&world).await;
        assert_eq!(reversals(&early), (0, 0), "nothing had 30 days yet");
        world.clock.advance(2 * DAY);
        world.grants.push(("p02", "wiki", "direct", "2026-12-22", ""));
        world.sync().await;
        assert_eq!(reversals(&measure(&world).await), (1, 3), "the second came back too late to be a reversal");
    }
}

/// So many more people who use the wiki, whom the boss is asked about.
fn crowd(world: &mut World, people: usize) {
    for n in 0..people {
        let id: &'static str = Box::leak(format!("q{n:02}").into_boxed_str());
        world.people.push((id, "boss", "active", ""));
        world.grants.push((id, "wiki", "direct", "2024-03-01", ""));
        world.usage.push((id, "wiki", "2026-10-20"));
    }
}

/// A figure that is outside its band raises one alert however often it is measured, and ends it once.
#[tokio::test]
async fn an_alert_is_raised_once_and_ends_once() {
    for mut world in each().await {
        // Every figure counts at least 50 cases: people by the dozen.
        crowd(&mut world, 80);
        world.sync().await;
        world.open(easy()).await;
        let items = world.items().await;
        let approved: Vec<String> = items
            .iter()
            .filter(|((person, access), item)| person.starts_with('q') && access == "wiki" && item.verdict == Some(Verdict::Approve))
            .map(|((person, _), _)| person.clone())
            .collect();
        assert!(approved.len() >= 60, "{}", approved.len());
        for person in &approved {
            world.revoke(&world.boss, person, "wiki").await;
        }
        world.later().await;
        let first = measure(&world).await;
        let outside: Vec<_> = first.document.measured.readings.iter().filter(|of| of.standing == Standing::Outside).collect();
        let figures: Vec<(Figure, bool)> = outside.iter().map(|of| (of.figure, of.part.is_some())).collect();
        for figure in [Figure::AgreementShown, Figure::RemovedAgainst] {
            assert!(figures.contains(&(figure, false)) && figures.contains(&(figure, true)), "{figures:?}");
        }
        assert_eq!((first.raised, first.ended), (outside.len() as u64, 0));
        let again = measure(&world).await;
        assert_eq!((again.raised, again.ended), (0, 0));

        let page = view::quality(&world.ctx, &officer(&world)).await.expect("a page");
        assert_eq!((page.open.len(), page.ended.len()), (outside.len(), 0));
        let campaigns = view::campaigns(&world.ctx, &officer(&world), None).await.expect("a page");
        assert_eq!(campaigns.quality_alerts, i64::try_from(outside.len()).expect("few"));
        let owner = view::campaigns(&world.ctx, &world.olga, None).await.expect("a page");
        assert_eq!(owner.quality_alerts, 0, "who may not see the page is not told of it");

        // A quarter later nothing can be said of them any more.
        world.clock.advance(14 * 7 * DAY);
        let over = measure(&world).await;
        assert_eq!((over.raised, over.ended), (0, first.raised));
        assert_eq!(measure(&world).await.ended, 0);
        let page = view::quality(&world.ctx, &officer(&world)).await.expect("a page");
        assert_eq!(page.open, []);
        assert!(page.ended.iter().all(|alert| alert.not_measured && alert.ended_at.is_some()));

        let entries = told(&world).await;
        let count = |kind| entries.iter().filter(|entry| entry.kind == kind).count() as u64;
        assert_eq!((count(EventKind::QualityLeftBand), count(EventKind::QualityBackInBand)), (first.raised, first.raised));
        let sha256 = ledger::sha256_hex(&first.document.to_canonical().expect("canonical"));
        let left = entries.iter().find(|entry| entry.kind == EventKind::QualityLeftBand).expect("an entry");
        assert_eq!(left.data_code("measurement_sha256"), Some(sha256.as_str()));
        assert_eq!(left.data_code("version"), Some(recommend::ENGINE.replace('/', ":").as_str()));
    }
}

#[tokio::test]
async fn hidden_recommendations_count_in_nothing_until_they_are_shown() {
    for mut world in each().await {
        world.open_showing(easy(), Showing::Hidden).await;
        world.approve(&world.boss, "p01", "wiki").await;
        world.revoke(&world.boss, "p02", "wiki").await;
        world.escalate(&world.boss, "p03", "wiki", "deputy").await.expect("an escalation");
        world.later().await;
        let hidden = measure(&world).await.document.measured;
        assert_eq!((hidden.versions.len(), hidden.weeks.len()), (0, 0));

        let seen = shadow::report(&world.ctx, &world.olga, world.campaign()).await.expect("a report");
        let form = shadow::AcceptForm {
            attempt: world.attempt(),
            campaign: world.campaign(),
            expected_version: seen.version,
            report_sha256: seen.sha256,
            acknowledge: true,
        };
        shadow::accept(&world.ctx, &world.olga, &form).await.expect("accepted");
        let shown = measure(&world).await.document.measured;
        assert_eq!(shown.versions[0].overall.blind.decided(), 2, "they were given blind, and measure it");
        assert_eq!(shown.weeks[0].escalated, 1);
        assert!(shown.versions[0].calibration.iter().any(|bin| bin.agreement.of > 0) || shown.versions[0].overall.blind.compared() == 0);
    }
}

/// Rule 32: how often reviewers who had not seen it agreed, with the number of cases, and no figure under 50.
#[tokio::test]
async fn rule_32_the_item_says_how_often_reviewers_agreed_and_of_how_many() {
    for mut world in each().await {
        crowd(&mut world, 70);
        world.sync().await;
        world.open_showing(easy(), Showing::Hidden).await;
        let items = world.items().await;
        let mut alike = items
            .iter()
            .filter(|((person, access), item)| person.starts_with('q') && access == "wiki" && item.verdict == Some(Verdict::Approve));
        let (_, asked) = alike.next_back().expect("an item");
        let people: Vec<String> = alike.map(|((person, _), _)| person.clone()).collect();
        let said = async |world: &World| match view::item(&world.ctx, &world.boss, asked.id).await.expect("their item").recommended {
            view::types::Recommended::Shown(shown) => shown.how_sure,
            other => panic!("{other:?}"),
        };
        for (number, person) in people[..49].iter().enumerate() {
            if number == 7 {
                world.revoke(&world.boss, person, "wiki").await
            } else {
                world.approve(&world.boss, person, "wiki").await
            };
        }
        world.later().await;
        let seen = shadow::report(&world.ctx, &world.olga, world.campaign()).await.expect("a report");
        let form = shadow::AcceptForm {
            attempt: world.attempt(),
            campaign: world.campaign(),
            expected_version: seen.version,
            report_sha256: seen.sha256,
            acknowledge: true,
        };
        shadow::accept(&world.ctx, &world.olga, &form).await.expect("accepted");
        assert_eq!(said(&world).await, "Not yet measured here.", "nothing was measured yet");
        measure(&world).await;
        assert_eq!(said(&world).await, "Not yet measured here.", "49 are too few");
        // Answers with the recommendation in view do not measure it.
        world.approve(&world.boss, &people[49], "wiki").await;
        world.later().await;
        measure(&world).await;
        assert_eq!(said(&world).await, "Not yet measured here.");
        world.clock.advance(DAY);
        let mut tx = world.ctx.store.begin().await.expect("begins");
        assert_eq!(tx.tamper("UPDATE decisions SET origin = 'person_blind' WHERE origin = 'person'").await.expect("changes"), 1);
        tx.commit().await.expect("commits");
        measure(&world).await;
        assert_eq!(said(&world).await, "Reviewers here who did not see it answered as it recommends in 98 of 100 such cases (n = 50).");
    }
}

#[tokio::test]
async fn a_measurement_is_due_once_a_day_and_can_be_asked_for() {
    for mut world in each().await {
        world.open(easy()).await;
        let run_all = async |world: &World| {
            let mut done = Vec::new();
            while let Some(ran) = jobs::run_one(&world.ctx, "w1").await.expect("runs") {
                match ran {
                    Ran::Done(kind) => done.push(kind.as_str()),
                    other => panic!("{other:?}"),
                }
            }
            done.into_iter().filter(|kind| *kind == "measure_quality").count()
        };
        run_all(&world).await;
        for expected in [1, 0] {
            jobs::enqueue_due(&world.ctx).await.expect("enqueues");
            assert_eq!(run_all(&world).await, expected);
        }
        world.clock.advance(DAY);
        jobs::enqueue_due(&world.ctx).await.expect("enqueues");
        assert_eq!(run_all(&world).await, 1);

        let officer = officer(&world);
        let attempt = world.attempt();
        for _ in 0..2 {
            quality::ask(&world.ctx, &officer, attempt).await.expect("asked");
        }
        let page = view::quality(&world.ctx, &officer).await.expect("a page");
        assert!(page.under_way && page.attempt.is_some() && page.measured.is_some());
        assert_eq!(run_all(&world).await, 1);
        quality::ask(&world.ctx, &officer, attempt).await.expect("a repeat is answered");
        assert_eq!(run_all(&world).await, 0, "and not repeated");
        let auditor = Actor { roles: [Role::Auditor].into(), ..officer.clone() };
        let refused = quality::ask(&world.ctx, &auditor, world.attempt()).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
        assert!(auditor.may(Action::View, Object::Quality, false));
        for reader in [&world.boss, &world.olga] {
            assert!(matches!(view::quality(&world.ctx, reader).await, Err(Error::NotFound)), "{}", reader.name);
        }
        assert_eq!(JobKind::MeasureQuality { by: None }.as_str(), "measure_quality");
    }
}
