//! Evidence packs from the database.

use crate::{story, world};
use domain::Role;
use ledger::{Trust, verify_pack};
use review::{Error, export, sequence};

#[tokio::test]
async fn a_pack_verifies_and_is_the_same_when_made_again() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let campaign = world.campaign();
        let carla = story::sign_in(&world, "p06", &[Role::Compliance]).await;
        let attempt = world.attempt();
        let made = export::make(&world.ctx, Some(&carla), campaign, Some(attempt)).await.expect("a pack");
        let bytes = std::fs::read(export::folder(&world.ctx).join(&made.file)).expect("the file");
        assert_eq!(ledger::sha256_hex(&bytes), made.sha256);
        let report = verify_pack(&bytes, &Trust::fingerprint(&made.fingerprint).expect("a fingerprint"));
        assert!(report.whole, "{}", report.sentence);

        let again = export::make(&world.ctx, Some(&carla), campaign, Some(attempt)).await.expect("the same answer");
        assert!(again.repeated && again.id == made.id, "a repeated form makes no second pack");

        // The campaign goes on, is closed, and another reading changes who has what.
        story::goes_on(&world, "p04").await;
        world.later().await;
        story::closed(&world).await;
        world.grants.retain(|(person, ..)| *person != "p06");
        world.sync().await;
        sequence::checkpoint(&world.ctx).await.expect("a checkpoint");
        let later = export::make_at(&world.ctx, campaign, made.checkpoint_size).await.expect("made again");
        assert!(later == bytes, "the same checkpoint gives the same bytes");

        let last = export::make(&world.ctx, None, campaign, None).await.expect("a pack of the closed campaign");
        assert!(last.checkpoint_size > made.checkpoint_size);
        let bytes = std::fs::read(export::folder(&world.ctx).join(&last.file)).expect("the file");
        let report = verify_pack(&bytes, &Trust::Nothing);
        assert!(report.whole, "{}", report.sentence);
        assert!(report.sentence.contains("signer not established"), "{}", report.sentence);
    }
}

#[tokio::test]
async fn a_pack_at_a_random_checkpoint_is_the_same_again_and_says_what_stood_then() {
    let mut world = world::World::new(store::testing::sqlite().await.unwrap()).await;
    world.open(world::easy()).await;
    let first = sequence::checkpoint(&world.ctx).await.unwrap().unwrap().size;
    let campaign = world.campaign();
    let early = export::make_at(&world.ctx, campaign, first).await.expect("a pack of the opening");
    assert!(verify_pack(&early, &Trust::Nothing).whole);
    story::goes_on(&world, "p01").await;
    sequence::checkpoint(&world.ctx).await.unwrap();
    assert!(export::make_at(&world.ctx, campaign, first).await.unwrap() == early);
    assert!(matches!(export::make_at(&world.ctx, campaign, first + 1_000).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn who_takes_a_copy_is_listed_and_who_may_not_finds_nothing() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let campaign = world.campaign();
        let made = export::make(&world.ctx, None, campaign, None).await.expect("a pack");
        for refused in [&world.boss, &world.olga, &world.otto] {
            assert!(matches!(export::make(&world.ctx, Some(refused), campaign, None).await, Err(Error::NotFound)));
            assert!(matches!(export::taken(&world.ctx, refused, made.id).await, Err(Error::NotFound)));
        }
        let auditor = story::sign_in(&world, "p05", &[Role::Auditor]).await;
        assert!(matches!(export::make(&world.ctx, Some(&auditor), campaign, None).await, Err(Error::NotFound)), "an auditor makes none");
        let taken = export::taken(&world.ctx, &auditor, made.id).await.expect("a copy");
        assert_eq!(taken.sha256, made.sha256);
        assert!(taken.path.is_file());
        let mut tx = world.ctx.store.read().await.unwrap();
        let copies = tx.pack_copies_of(campaign, None, 10).await.unwrap();
        assert_eq!(copies.iter().map(|copy| (copy.pack, copy.user)).collect::<Vec<_>>(), [(made.id, auditor.user)]);
        assert_eq!(tx.packs_of(campaign, None, 10).await.unwrap().len(), 1);
        assert_eq!(tx.packs(None, 10).await.unwrap().len(), 1);
        drop(tx);
        std::fs::write(&taken.path, b"short").unwrap();
        assert!(matches!(export::taken(&world.ctx, &auditor, made.id).await, Err(Error::Source(_))), "what is not whole is not given away");
    }
}
