//! Signing in and out.

use crate::{story, world};
use domain::{Role, Timestamp};
use ledger::{Entry, EventKind};
use review::{SignIn, users};
use store::{Sealer, SealingKey, Session, SessionHash};

async fn last(world: &world::World, kind: EventKind) -> Entry {
    let mut tx = world.ctx.store.read().await.unwrap();
    let all = tx.entries_of_no_campaign(kind.as_str(), None, 1_000).await.unwrap();
    Entry::parse(&all.last().expect("an entry").bytes).unwrap()
}

#[tokio::test]
async fn a_person_is_found_by_address_and_the_ledger_says_so() {
    for world in world::each().await {
        let boss = story::sign_in(&world, "boss", &[Role::Reviewer]).await;
        assert_eq!(boss.identity, Some(world.identity("boss").await));
        assert_eq!(boss.user, world.boss.user, "the same issuer and subject are the same user");
        let entry = last(&world, EventKind::SessionStarted).await;
        assert_eq!(entry.data_code("person"), Some("found"));
        assert!(entry.commitments.contains_key("name"), "the name stands outside, erasable");
        let known = users::actor(&world.ctx, boss.user, SignIn::default()).await.unwrap().expect("known");
        assert_eq!((known.identity, known.roles), (boss.identity, boss.roles));
    }
}

#[tokio::test]
async fn an_address_of_two_people_leads_to_nobody() {
    for mut world in world::each().await {
        world.people.push(("p07", "boss", "active", ""));
        world.sync().await;
        let mut tx = world.ctx.store.begin().await.unwrap();
        tx.tamper("UPDATE account_versions SET email_key = 'boss@example.com' WHERE email_key = 'p07@example.com'").await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(story::sign_in(&world, "boss", &[]).await.identity, None);
        assert_eq!(last(&world, EventKind::SessionStarted).await.data_code("person"), Some("ambiguous"));
        assert_eq!(story::sign_in(&world, "stranger", &[]).await.identity, None);
        assert_eq!(last(&world, EventKind::SessionStarted).await.data_code("person"), Some("not_found"));
    }
}

#[tokio::test]
async fn who_signed_in_before_the_sources_knew_them_is_found_later() {
    for mut world in world::each().await {
        let new = story::sign_in(&world, "p08", &[Role::Reviewer]).await;
        assert_eq!(new.identity, None);
        world.people.push(("p08", "boss", "active", ""));
        world.sync().await;
        let known = users::actor(&world.ctx, new.user, SignIn::default()).await.unwrap().unwrap();
        assert_eq!(known.identity, Some(world.identity("p08").await));
    }
}

#[tokio::test]
async fn signing_out_ends_sessions_and_says_so_once() {
    for world in world::each().await {
        let sealer = Sealer::new(vec![SealingKey::new("k", [1; 32])]).unwrap();
        let boss = story::sign_in(&world, "boss", &[Role::Reviewer]).await;
        let mut tx = world.ctx.store.begin().await.unwrap();
        for id in [b"a", b"b", b"c"] {
            let session = Session {
                hash: SessionHash::of(id),
                user: Some(boss.user),
                data: vec![],
                created_at: Timestamp(0),
                last_seen: Timestamp(0),
                expires_at: Timestamp(i64::MAX),
            };
            tx.insert_session(&sealer, [0; 24], &session).await.unwrap();
        }
        tx.commit().await.unwrap();
        users::signed_out(&world.ctx, &boss, SessionHash::of(b"a")).await.unwrap();
        assert_eq!(last(&world, EventKind::SessionEnded).await.data_code("how"), Some("signed_out"));
        assert_eq!(users::sign_out_everywhere(&world.ctx, &boss, Some(SessionHash::of(b"b"))).await.unwrap(), 1);
        assert_eq!(users::sign_out_everywhere(&world.ctx, &boss, None).await.unwrap(), 1);
        assert_eq!(users::sign_out_everywhere(&world.ctx, &boss, None).await.unwrap(), 0);
        let mut tx = world.ctx.store.read().await.unwrap();
        assert_eq!(tx.entries_of_no_campaign("session.ended", None, 10).await.unwrap().len(), 3, "nothing ended, nothing said");
    }
}
