//! Somebody with access to the database changes, drops, adds or reorders records: each is found and named.

use crate::{story, world, world::World};
use review::{Error, audit::audit, export, sequence};

/// A told story, every entry with its place, and the place of an entry in the middle.
async fn covered(mut world: World) -> (World, u64) {
    story::told(&mut world).await;
    let size = sequence::checkpoint(&world.ctx).await.unwrap().unwrap().size;
    (world, size / 2)
}

async fn tamper(world: &World, sql: &str) {
    let mut tx = world.ctx.store.begin().await.unwrap();
    assert!(tx.tamper(sql).await.unwrap() > 0, "the attack does something: {sql}");
    tx.commit().await.unwrap();
}

/// What the audit names after an attack.
async fn named(world: &World) -> Vec<String> {
    let found = audit(&world.ctx).await.unwrap();
    assert!(!found.is_whole(), "the attack is found");
    found.differences.into_iter().map(|difference| difference.place).collect()
}

#[tokio::test]
async fn a_changed_entry_is_named() {
    for world in world::each().await {
        let (world, at) = covered(world).await;
        tamper(&world, &format!("UPDATE ledger_entries SET bytes = (SELECT bytes FROM ledger_entries WHERE idx = 1) WHERE idx = {at}"))
            .await;
        assert!(named(&world).await.contains(&format!("entry {at}")));
        assert!(!audit(&world.ctx).await.unwrap().differences.iter().any(|d| d.place == format!("entry {}", at + 1)), "and nothing else");
    }
}

#[tokio::test]
async fn a_changed_entry_with_a_leaf_to_match_is_named_by_the_tree() {
    for world in world::each().await {
        let (world, at) = covered(world).await;
        tamper(&world, &format!("UPDATE ledger_entries SET bytes = (SELECT bytes FROM ledger_entries WHERE idx = 1), leaf = (SELECT leaf FROM ledger_entries WHERE idx = 1) WHERE idx = {at}")).await;
        tamper(
            &world,
            &format!(
                "UPDATE ledger_nodes SET hash = (SELECT hash FROM ledger_nodes WHERE level = 0 AND idx = 1) WHERE level = 0 AND idx = {at}"
            ),
        )
        .await;
        let places = named(&world).await;
        assert!(places.contains(&format!("node 1/{}", at / 2)), "{places:?}");
        assert!(places.iter().any(|place| place.starts_with("checkpoint")), "{places:?}");
    }
}

#[tokio::test]
async fn a_dropped_entry_is_named() {
    for world in world::each().await {
        let (world, at) = covered(world).await;
        tamper(&world, &format!("DELETE FROM ledger_entries WHERE idx = {at}")).await;
        assert!(named(&world).await.contains(&format!("entry {at}")));
    }
}

#[tokio::test]
async fn the_last_entries_taken_away_are_found() {
    for world in world::each().await {
        let (world, at) = covered(world).await;
        let size = at * 2;
        tamper(&world, &format!("DELETE FROM ledger_entries WHERE idx >= {at}")).await;
        let places = named(&world).await;
        assert!(places.iter().any(|place| place.starts_with("checkpoint")), "{places:?} of about {size}");
    }
}

#[tokio::test]
async fn two_entries_that_changed_places_are_named() {
    for world in world::each().await {
        let (world, at) = covered(world).await;
        tamper(&world, &format!("UPDATE ledger_entries SET idx = 1000000 WHERE idx = {at}")).await;
        tamper(&world, &format!("UPDATE ledger_entries SET idx = {at} WHERE idx = {}", at + 1)).await;
        tamper(&world, &format!("UPDATE ledger_entries SET idx = {} WHERE idx = 1000000", at + 1)).await;
        let places = named(&world).await;
        assert!(places.contains(&format!("entry {at}")) && places.contains(&format!("entry {}", at + 1)), "{places:?}");
    }
}

#[tokio::test]
async fn an_added_entry_is_named() {
    for world in world::each().await {
        let (world, _) = covered(world).await;
        let size = sequence::checkpoint(&world.ctx).await.unwrap().unwrap().size;
        story::goes_on(&world, "p04").await;
        tamper(
            &world,
            &format!(
                "UPDATE ledger_entries SET idx = {size} WHERE id = (SELECT id FROM ledger_entries WHERE idx IS NULL ORDER BY id LIMIT 1)"
            ),
        )
        .await;
        assert!(named(&world).await.contains(&format!("entry {size}")));
    }
}

#[tokio::test]
async fn a_checkpoint_that_was_rewritten_is_named() {
    for world in world::each().await {
        let (world, _) = covered(world).await;
        let size = sequence::checkpoint(&world.ctx).await.unwrap().unwrap().size;
        tamper(&world, &format!("UPDATE checkpoints SET note = replace(note, '{size}', '{}') WHERE size = {size}", size - 1)).await;
        assert!(named(&world).await.contains(&format!("checkpoint {size}")));
    }
}

#[tokio::test]
async fn a_text_that_was_changed_or_emptied_is_named() {
    for sql in [
        "UPDATE texts SET body = 'She never worked here.' WHERE field = 'note'",
        "UPDATE texts SET body = NULL, salt = NULL WHERE field = 'note'",
        "DELETE FROM texts WHERE field = 'note'",
    ] {
        for world in world::each().await {
            let (world, _) = covered(world).await;
            tamper(&world, sql).await;
            let places = named(&world).await;
            assert!(places.iter().all(|place| place.starts_with("text of entry") && place.ends_with("field note")), "{places:?}");
        }
    }
}

/// What is not in the ledger's own rows is compared with it when a pack is made, which then is not made.
#[tokio::test]
async fn rows_that_differ_from_the_ledger_make_no_pack_and_are_named() {
    let attacks = [
        ("UPDATE decisions SET answer = 'revoke' WHERE answer = 'approve'", "decisions"),
        ("UPDATE decisions SET why = 'never_authorised' WHERE why = 'no_longer_needed'", "decisions"),
        ("UPDATE decisions SET final_at = final_at + 1", "decisions"),
        ("UPDATE recommendations SET verdict = 'revoke' WHERE verdict <> 'revoke'", "recommendations"),
        ("UPDATE recommendations SET confidence = confidence + 1", "recommendations"),
        ("UPDATE proofs SET seq = seq + 1 WHERE gone = 1", "proofs-of-removal"),
        ("UPDATE texts SET body = 'other' WHERE field = 'note'", "texts"),
        ("UPDATE grants SET valid_from = 2 WHERE path = 'group:sales'", "grants"),
        (
            "UPDATE items SET reviewer_of_record = (SELECT MIN_ID FROM (SELECT identity_id AS MIN_ID FROM accounts WHERE external_id = 'otto') x)",
            "reviewer",
        ),
    ];
    for (sql, name) in attacks {
        for mut world in world::each().await {
            story::told(&mut world).await;
            tamper(&world, sql).await;
            let refused = export::make(&world.ctx, None, world.campaign(), None).await.expect_err(sql);
            assert!(matches!(&refused, Error::Refused(sentence) if sentence.contains(name)), "{sql}: {refused}");
        }
    }
}
