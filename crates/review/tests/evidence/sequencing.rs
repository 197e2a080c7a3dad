//! Places, checkpoints, leases.

use crate::{story, world};
use domain::time::MINUTE;
use proptest::prelude::*;
use review::{
    audit::audit,
    sequence::{self, Sequencer, Step},
};

#[tokio::test]
async fn every_entry_gets_its_place_and_a_checkpoint_covers_it() {
    for mut world in world::each().await {
        let waiting = entries(&world).await;
        assert_eq!(sequence::run(&world.ctx, "s").await.unwrap().placed, waiting);
        let again = sequence::run(&world.ctx, "s").await.unwrap();
        assert_eq!((again.placed, again.checkpoint, again.busy), (0, None, false), "nothing new, nothing written");
        story::told(&mut world).await;
        let run = sequence::run(&world.ctx, "s").await.unwrap();
        let size = run.checkpoint.expect("something new").size;
        assert_eq!(size, entries(&world).await);
        let newest = sequence::checkpoint(&world.ctx).await.unwrap().unwrap();
        assert_eq!(newest.size, size);
        let found = audit(&world.ctx).await.unwrap();
        assert!(found.is_whole(), "{:?}", found.differences);
        assert_eq!((found.entries, found.unsequenced, found.checkpoints), (size, 0, 2));
        assert!(found.texts > 0);
    }
}

async fn entries(world: &world::World) -> u64 {
    let mut tx = world.ctx.store.read().await.unwrap();
    tx.ledger_size().await.unwrap() + u64::try_from(tx.count_unsequenced().await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_sequencer_that_lost_its_lease_writes_nothing() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let mut slow = Sequencer::new(&world.ctx, "slow").batch(3);
        assert_eq!(slow.step().await.unwrap(), Step::More(3));
        assert!(sequence::run(&world.ctx, "quick").await.unwrap().busy, "the lease is held");
        world.clock.advance(MINUTE);
        let quick = sequence::run(&world.ctx, "quick").await.unwrap();
        assert!(quick.checkpoint.is_some(), "the silent one's lease was over");
        story::goes_on(&world, "p04").await;
        assert_eq!(slow.step().await.unwrap(), Step::NotOurs, "woken up too late");
        sequence::run(&world.ctx, "quick").await.unwrap();
        let found = audit(&world.ctx).await.unwrap();
        assert!(found.is_whole(), "{:?}", found.differences);
    }
}

#[tokio::test]
async fn a_crash_between_two_batches_leaves_a_whole_tree() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let mut dies = Sequencer::new(&world.ctx, "dies").batch(2);
        for _ in 0..4 {
            assert_eq!(dies.step().await.unwrap(), Step::More(2));
            let found = audit(&world.ctx).await.unwrap();
            assert!(found.is_whole(), "{:?}", found.differences);
        }
        drop(dies);
        world.clock.advance(MINUTE);
        assert!(sequence::run(&world.ctx, "next").await.unwrap().checkpoint.is_some());
        assert!(audit(&world.ctx).await.unwrap().is_whole());
    }
}

#[tokio::test]
async fn many_sequencers_at_once_make_one_ledger() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let many: Vec<_> = (0..5)
            .map(|n| {
                let ctx = world.ctx.clone();
                tokio::spawn(async move {
                    let holder = format!("s{n}");
                    review::retry_busy(&ctx, || sequence::run(&ctx, &holder)).await
                })
            })
            .collect();
        for one in many {
            one.await.unwrap().unwrap();
        }
        sequence::checkpoint(&world.ctx).await.unwrap().unwrap();
        let found = audit(&world.ctx).await.unwrap();
        assert!(found.is_whole(), "{:?}", found.differences);
        assert_eq!(found.unsequenced, 0);
    }
}

/// How many cases: a few, or as many as `PROPTEST_CASES` asks for.
fn cases(few: u32) -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { few }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(12), ..ProptestConfig::default() })]

    /// However the work is cut into batches, the ledger has the same root.
    #[test]
    fn batches_do_not_show(cuts in prop::collection::vec(1_usize..40, 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut roots = Vec::new();
            for cuts in [cuts, vec![10_000]] {
                let mut world = world::World::new(store::testing::sqlite().await.unwrap()).await;
                story::told(&mut world).await;
                let mut at = cuts.iter().cycle();
                let root = loop {
                    // A batch of another size is another sequencer, whose predecessor's lease is over.
                    world.clock.advance(MINUTE);
                    let mut one = Sequencer::new(&world.ctx, "s").batch(*at.next().unwrap());
                    if let Step::Done(_, checkpoint) = one.step().await.unwrap() {
                        break checkpoint.unwrap().root;
                    }
                };
                roots.push(root);
            }
            assert_eq!(roots[0], roots[1]);
        });
    }
}
