//! Erasure and restriction.

use crate::{story, world};
use domain::Role;
use ledger::{Trust, verify_pack};
use review::{Error, audit::audit, erase, export, sequence};

#[tokio::test]
async fn rule_44_an_erased_text_is_gone_and_every_proof_holds() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let campaign = world.campaign();
        let carla = story::sign_in(&world, "p06", &[Role::Compliance]).await;
        let before = export::make(&world.ctx, None, campaign, None).await.expect("a pack");
        export::taken(&world.ctx, &carla, before.id).await.expect("a copy");
        let holder = world.item("p02", "wiki").await.holder;
        assert!(matches!(erase::erase(&world.ctx, &world.olga, world.attempt(), holder.0).await, Err(Error::NotFound)), "an owner may not");
        let attempt = world.attempt();
        let done = erase::erase(&world.ctx, &carla, attempt, holder.0).await.expect("erased");
        assert_eq!((done.texts, done.restricted, done.handed_out.len()), (1, false, 1), "{}", done.sentence);
        assert!(erase::erase(&world.ctx, &carla, attempt, holder.0).await.expect("the same answer").repeated);
        sequence::checkpoint(&world.ctx).await.unwrap();
        let found = audit(&world.ctx).await.unwrap();
        assert!(found.is_whole(), "{:?}", found.differences);
        assert_eq!(found.erased, 1);

        let after = export::make(&world.ctx, None, campaign, None).await.expect("a pack");
        let bytes = std::fs::read(export::folder(&world.ctx).join(&after.file)).unwrap();
        assert!(verify_pack(&bytes, &Trust::Nothing).whole);
        let again = export::make_at(&world.ctx, campaign, before.checkpoint_size).await.expect("the earlier checkpoint");
        let report = verify_pack(&again, &Trust::Nothing);
        assert!(report.whole, "a pack of the earlier checkpoint says that it leaves the text out: {}", report.sentence);
    }
}

#[tokio::test]
async fn rule_44_under_retention_a_request_is_answered_by_restriction() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let carla = story::sign_in(&world, "p06", &[Role::Compliance]).await;
        let mut tx = world.ctx.store.begin().await.unwrap();
        tx.set_setting(erase::RETENTION, "on", world.ctx.env.now(), None).await.unwrap();
        tx.commit().await.unwrap();
        let holder = world.item("p02", "wiki").await.holder;
        let done = erase::erase(&world.ctx, &carla, world.attempt(), holder.0).await.expect("restricted");
        assert_eq!((done.texts, done.restricted), (0, true));
        let made = export::make(&world.ctx, None, world.campaign(), None).await.expect("a pack");
        let bytes = std::fs::read(export::folder(&world.ctx).join(&made.file)).unwrap();
        let report = verify_pack(&bytes, &Trust::Nothing);
        assert!(report.whole, "{}", report.sentence);
        let texts = report.checks.iter().find(|check| check.name == "texts").expect("the check");
        assert!(texts.sentence.contains("restricted"), "{}", texts.sentence);
        let kept = world.ctx.store.read().await.unwrap().texts_about(holder.0, None, 9).await.unwrap();
        assert!(kept.iter().all(|text| text.open.is_some()), "the text is still stored");
    }
}
