//! Leases, settings and attempts.

use domain::{AttemptId, Timestamp, UserId};
use store::{Attempt, Error, User, testing};
use uuid::Uuid;

const T: fn(i64) -> Timestamp = |n| Timestamp(n * 1_000_000);

#[tokio::test]
async fn a_lease_has_one_holder_and_a_fence_that_grows() {
    for fresh in testing::each().await.unwrap() {
        let mut tx = fresh.store.begin().await.unwrap();
        let first = tx.take_lease("l", "a", T(0), T(10)).await.unwrap().expect("free");
        assert_eq!(tx.take_lease("l", "b", T(9), T(19)).await.unwrap(), None, "held by another");
        let again = tx.take_lease("l", "a", T(9), T(19)).await.unwrap().expect("its own");
        assert_eq!(again.fence, first.fence, "the same holder keeps its fence");
        let second = tx.take_lease("l", "b", T(19), T(29)).await.unwrap().expect("over");
        assert!(second.fence > first.fence);
        assert!(!tx.hold_lease(&again).await.unwrap(), "an old fence may not write");
        assert!(tx.hold_lease(&second).await.unwrap());
        tx.end_lease(&again, T(20)).await.unwrap();
        assert!(tx.hold_lease(&second).await.unwrap(), "an old holder cannot end another's lease");
        tx.end_lease(&second, T(20)).await.unwrap();
        assert!(tx.take_lease("l", "c", T(20), T(30)).await.unwrap().is_some(), "given back");
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn who_knows_that_no_holder_lives_ends_every_lease() {
    for fresh in testing::each().await.unwrap() {
        let mut tx = fresh.store.begin().await.unwrap();
        let old = tx.take_lease("l", "a", T(0), T(10)).await.unwrap().unwrap();
        assert_eq!(tx.end_leases(T(2)).await.unwrap(), 1);
        assert!(tx.take_lease("l", "b", T(2), T(12)).await.unwrap().is_some());
        assert!(!tx.hold_lease(&old).await.unwrap(), "an old fence may not write");
    }
}

#[tokio::test]
async fn a_holder_whose_lease_another_takes_at_this_moment_cannot_write() {
    for fresh in testing::each().await.unwrap() {
        if fresh.store.kind() == "SQLite" {
            continue; // One writer at a time: there is no such moment.
        }
        let mut tx = fresh.store.begin().await.unwrap();
        let old = tx.take_lease("l", "a", T(0), T(10)).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let mut writes = fresh.store.begin().await.unwrap();
        assert!(writes.hold_lease(&old).await.unwrap());
        let (store, other) = (
            fresh.store.clone(),
            tokio::spawn({
                let store = fresh.store.clone();
                async move {
                    let mut tx = store.begin().await.unwrap();
                    let taken = tx.take_lease("l", "b", T(11), T(21)).await.unwrap();
                    tx.commit().await.unwrap();
                    taken
                }
            }),
        );
        tokio::task::yield_now().await;
        writes.set_setting("written", "by a", T(1), None).await.unwrap();
        writes.commit().await.unwrap();
        assert!(other.await.unwrap().is_some(), "taken once the write is through");
        let mut late = store.begin().await.unwrap();
        assert!(!late.hold_lease(&old).await.unwrap());
    }
}

#[tokio::test]
async fn settings_are_set_and_set_again() {
    for fresh in testing::each().await.unwrap() {
        let mut tx = fresh.store.begin().await.unwrap();
        assert_eq!(tx.setting("x").await.unwrap(), None);
        assert!(tx.set_setting_once("x", "1", T(1)).await.unwrap());
        assert!(!tx.set_setting_once("x", "2", T(2)).await.unwrap());
        assert_eq!(tx.setting("x").await.unwrap().unwrap().value, "1");
        tx.set_setting("x", "3", T(3), None).await.unwrap();
        let set = tx.setting("x").await.unwrap().unwrap();
        assert_eq!((set.value.as_str(), set.at, set.by), ("3", T(3), None));
        for (name, value) in [("kept:b", "off"), ("kept:a", "on"), ("kept", "other"), ("Kept:c", "other"), ("keptXd", "other")] {
            tx.set_setting(name, value, T(4), None).await.unwrap();
        }
        let under: Vec<_> = tx.settings_under("kept:").await.unwrap().into_iter().map(|(name, set)| (name, set.value)).collect();
        assert_eq!(under, [("kept:a".to_owned(), "on".to_owned()), ("kept:b".to_owned(), "off".to_owned())]);
    }
}

#[tokio::test]
async fn an_attempt_is_kept_once() {
    for fresh in testing::each().await.unwrap() {
        let mut tx = fresh.store.begin().await.unwrap();
        let user = User {
            id: UserId(Uuid::from_u128(1)),
            issuer: "i".into(),
            subject: "s".into(),
            name: "n".into(),
            email: None,
            identity: None,
            roles: [].into(),
            zone: store::ReaderZone::default(),
            first_seen: T(0),
            last_seen: T(0),
        };
        let user = tx.upsert_user(&user).await.unwrap();
        let attempt = Attempt {
            id: AttemptId(Uuid::from_u128(9)),
            user,
            kind: "decide".into(),
            subject: Uuid::from_u128(5),
            at: T(1),
            answer: "{}".into(),
        };
        assert_eq!(tx.attempt(attempt.id).await.unwrap(), None);
        tx.insert_attempt(&attempt).await.unwrap();
        assert_eq!(tx.attempt(attempt.id).await.unwrap(), Some(attempt.clone()));
        let refused = tx.insert_attempt(&attempt).await.expect_err("a second one");
        // retry_busy looks for the word.
        assert!(matches!(&refused, Error::Duplicate { constraint } if constraint.contains("attempt")), "{refused:?}");
    }
}
