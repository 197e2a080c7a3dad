//! Background work.

use crate::{story, world};
use domain::{
    SourceId,
    time::{DAY, HOUR, MINUTE},
};
use review::{
    Error,
    jobs::{self, JobKind, Ran},
    sequence, sources,
};
use store::JobState;
use uuid::Uuid;

#[tokio::test]
async fn jobs_run_once_each_and_packs_are_made_once() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let pack = JobKind::MakePack(world.campaign());
        assert!(jobs::enqueue_now(&world.ctx, pack).await.unwrap());
        assert!(!jobs::enqueue_now(&world.ctx, pack).await.unwrap(), "it waits already");
        assert!(jobs::enqueue_now(&world.ctx, JobKind::SyncSource { source: world.source, by: None }).await.unwrap());
        assert!(jobs::enqueue_now(&world.ctx, JobKind::CleanSessions).await.unwrap());
        assert!(jobs::enqueue_now(&world.ctx, JobKind::Sequence).await.unwrap());
        assert!(jobs::enqueue_now(&world.ctx, JobKind::FinaliseAndSend).await.unwrap());
        assert!(jobs::enqueue_now(&world.ctx, JobKind::CloseFinish(world.campaign())).await.unwrap());
        let mut done = 0;
        while let Some(ran) = jobs::run_one(&world.ctx, "w").await.unwrap() {
            assert!(matches!(ran, Ran::Done(_)), "{ran:?}");
            done += 1;
        }
        assert_eq!(done, 6);
        let mut tx = world.ctx.store.read().await.unwrap();
        assert_eq!(tx.packs_of(world.campaign(), None, 10).await.unwrap().len(), 1);
        assert_eq!(tx.source(world.source).await.unwrap().unwrap().last_seq, Some(3));
    }
}

#[tokio::test]
async fn a_pack_whose_worker_lost_its_job_is_kept_by_nobody() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        jobs::enqueue_now(&world.ctx, JobKind::MakePack(world.campaign())).await.unwrap();
        let mut tx = world.ctx.store.begin().await.unwrap();
        let now = world.ctx.env.now();
        tx.claim_job("dead", now, now.plus(MINUTE)).await.unwrap().expect("the job");
        tx.commit().await.unwrap();
        assert_eq!(jobs::run_one(&world.ctx, "w").await.unwrap(), None, "it is held");
        world.clock.advance(MINUTE);
        let ran = jobs::run_one(&world.ctx, "w").await.unwrap();
        assert_eq!(ran, Some(Ran::Done(JobKind::MakePack(world.campaign()))));
        let mut tx = world.ctx.store.read().await.unwrap();
        assert_eq!(tx.packs_of(world.campaign(), None, 10).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn what_a_killed_server_had_begun_goes_on_at_once() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        jobs::enqueue_now(&world.ctx, JobKind::MakePack(world.campaign())).await.unwrap();
        let now = world.ctx.env.now();
        let mut tx = world.ctx.store.begin().await.unwrap();
        tx.claim_job("killed", now, now.plus(MINUTE)).await.unwrap().expect("the job");
        tx.take_lease("sequencer", "killed", now, now.plus(MINUTE)).await.unwrap().expect("the lease");
        tx.commit().await.unwrap();
        assert_eq!(jobs::run_one(&world.ctx, "w").await.unwrap(), None, "it is held");
        assert!(sequence::run(&world.ctx, "w").await.unwrap().busy, "another sequencer is at work");
        assert_eq!(jobs::take_over(&world.ctx).await.unwrap(), 1);
        assert_eq!(jobs::run_one(&world.ctx, "w").await.unwrap(), Some(Ran::Done(JobKind::MakePack(world.campaign()))));
        assert!(!sequence::run(&world.ctx, "w").await.unwrap().busy);
        assert_eq!(jobs::take_over(&world.ctx).await.unwrap(), 0, "nothing is left to take over");
    }
}

#[tokio::test]
async fn a_source_is_read_by_itself_as_often_as_its_schedule_says() {
    for world in world::each().await {
        let readings = async || world.ctx.store.read().await.unwrap().readings(world.source, None, 100).await.unwrap();
        let (before, reads) = (readings().await.len(), JobKind::SyncSource { source: world.source, by: None });
        world.clock.advance(30 * DAY);
        assert_eq!(jobs::ask_for_readings(&world.ctx).await.unwrap(), 0, "without a schedule, people ask");

        for wrong in [HOUR - 1, 7 * DAY + 1] {
            assert!(matches!(sources::set_schedule(&world.ctx, world.source, Some(wrong)).await, Err(Error::Invalid(_))));
        }
        assert!(sources::set_schedule(&world.ctx, world.source, Some(DAY)).await.unwrap());
        assert!(!sources::set_schedule(&world.ctx, world.source, Some(DAY)).await.unwrap(), "it is so already");
        assert_eq!(jobs::ask_for_readings(&world.ctx).await.unwrap(), 1);
        assert_eq!(jobs::ask_for_readings(&world.ctx).await.unwrap(), 0, "it waits already");
        assert_eq!(jobs::run_one(&world.ctx, "w").await.unwrap(), Some(Ran::Done(reads)));
        world.clock.advance(DAY - MINUTE);
        assert_eq!(jobs::ask_for_readings(&world.ctx).await.unwrap(), 0, "it was read within the day");

        // One that failed counts as one: the source is not asked again and again.
        world.clock.advance(MINUTE);
        let source = world.ctx.store.read().await.unwrap().source(world.source).await.unwrap().unwrap();
        std::fs::remove_file(sources::files_config(&source).unwrap().folder.join("grants.csv")).unwrap();
        assert_eq!(jobs::ask_for_readings(&world.ctx).await.unwrap(), 1);
        assert_eq!(jobs::run_one(&world.ctx, "w").await.unwrap(), Some(Ran::Again(reads)));
        let all = readings().await;
        assert_eq!((all.len(), all[0].outcome.as_str()), (before + 2, "failed"));
        assert!(sources::set_schedule(&world.ctx, world.source, None).await.unwrap());
        world.clock.advance(7 * DAY);
        let due = world.ctx.store.read().await.unwrap().sources_to_read(world.ctx.env.now()).await.unwrap();
        assert_eq!(due, [], "the schedule was taken back");
    }
}

#[tokio::test]
async fn what_cannot_be_done_is_tried_again_and_then_kept_as_dead() {
    for world in world::each().await {
        let nowhere = JobKind::SyncSource { source: SourceId(Uuid::from_u128(1)), by: None };
        jobs::enqueue_now(&world.ctx, nowhere).await.unwrap();
        let mut seen = Vec::new();
        for _ in 0..20 {
            seen.extend(jobs::run_one(&world.ctx, "w").await.unwrap());
            world.clock.advance(HOUR);
        }
        assert_eq!(seen.len(), 6, "six attempts");
        assert_eq!(seen.pop(), Some(Ran::Dead(nowhere)));
        assert!(seen.iter().all(|ran| *ran == Ran::Again(nowhere)));
        let mut tx = world.ctx.store.read().await.unwrap();
        let dead = tx.jobs(JobState::Dead, None, 10).await.unwrap();
        assert!(dead[0].last_error.is_some());
    }
}

#[tokio::test]
async fn the_runner_moves_everything_on_until_it_is_told_to_stop() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        jobs::enqueue_now(&world.ctx, JobKind::SyncSource { source: world.source, by: None }).await.unwrap();
        let (store, ctx) = (world.ctx.store.clone(), world.ctx.clone());
        // Stops when the queue is empty, which the runner itself brings about.
        let idle = async move {
            loop {
                let mut tx = store.read().await.unwrap();
                let waiting =
                    tx.jobs(JobState::Waiting, None, 1).await.unwrap().len() + tx.jobs(JobState::Running, None, 1).await.unwrap().len();
                drop(tx);
                if waiting == 0 {
                    return;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        };
        jobs::run_until(&ctx, "runner", idle).await;
        let mut tx = world.ctx.store.read().await.unwrap();
        assert_eq!(tx.source(world.source).await.unwrap().unwrap().last_seq, Some(3));
        assert_eq!(tx.count_unsequenced().await.unwrap(), 0, "everything has its place when the runner ends");
    }
}
