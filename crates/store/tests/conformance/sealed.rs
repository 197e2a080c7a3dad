//! Sealed columns and sessions.

use domain::{Timestamp, UserId};
use store::{KeyProblem, Sealer, SealingKey, Session, SessionHash, User, testing};
use uuid::Uuid;

const T: fn(i64) -> Timestamp = |n| Timestamp(n * 1_000_000);

fn key(id: &str, byte: u8) -> SealingKey {
    SealingKey::new(id, [byte; 32])
}

#[test]
fn what_is_sealed_opens_at_its_place_only() {
    let sealer = Sealer::new(vec![key("a", 1)]).unwrap();
    let closed = sealer.seal("t", "c", b"row", [3; 24], b"secret").unwrap();
    assert_eq!(sealer.open("t", "c", b"row", &closed).unwrap(), b"secret");
    assert!(!closed.windows(6).any(|w| w == b"secret"));
    assert!(sealer.open("u", "c", b"row", &closed).is_err(), "another table");
    assert!(sealer.open("t", "d", b"row", &closed).is_err(), "another column");
    assert!(sealer.open("t", "c", b"rox", &closed).is_err(), "another row");
    for at in 0..closed.len() {
        let mut flipped = closed.clone();
        flipped[at] ^= 1;
        assert!(sealer.open("t", "c", b"row", &flipped).is_err(), "byte {at}");
        assert!(sealer.open("t", "c", b"row", &closed[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn keys_are_rotated_by_adding() {
    let old = Sealer::new(vec![key("a", 1)]).unwrap();
    let both = Sealer::new(vec![key("b", 2), key("a", 1)]).unwrap();
    let closed = old.seal("t", "c", b"r", [0; 24], b"x").unwrap();
    assert!(both.is_old(&closed));
    assert_eq!(both.open("t", "c", b"r", &closed).unwrap(), b"x");
    let new = both.seal("t", "c", b"r", [0; 24], b"x").unwrap();
    assert!(!both.is_old(&new));
    assert!(old.open("t", "c", b"r", &new).is_err());
    assert_eq!(Sealer::new(vec![]).unwrap_err(), KeyProblem::None);
    assert_eq!(Sealer::new(vec![key("a", 1), key("a", 2)]).unwrap_err(), KeyProblem::Twice("a".into()));
    assert_eq!(Sealer::new(vec![key("A b", 1)]).unwrap_err(), KeyProblem::Id("A b".into()));
    assert!(!format!("{:?}", key("a", 77)).contains("77"), "a key is never written to a log");
}

#[tokio::test]
async fn sessions_are_stored_sealed_and_by_their_hash() {
    for fresh in testing::each().await.unwrap() {
        let sealer = Sealer::new(vec![key("a", 1)]).unwrap();
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
        let session = |id: &[u8], user| Session {
            hash: SessionHash::of(id),
            user,
            data: id.to_vec(),
            created_at: T(0),
            last_seen: T(0),
            expires_at: T(100),
        };
        let one = session(b"one", Some(user));
        assert!(tx.insert_session(&sealer, [1; 24], &one).await.unwrap());
        assert!(!tx.insert_session(&sealer, [1; 24], &one).await.unwrap(), "an id is used once");
        assert_eq!(tx.session(&sealer, one.hash, T(99)).await.unwrap(), Some(one.clone()));
        assert_eq!(tx.session(&sealer, one.hash, T(100)).await.unwrap(), None, "it is over");
        let changed = Session { data: b"more".to_vec(), last_seen: T(5), ..one.clone() };
        assert!(tx.update_session(&sealer, [2; 24], &changed).await.unwrap());
        assert!(tx.touch_session(one.hash, T(6), T(200)).await.unwrap());
        let seen = tx.session(&sealer, one.hash, T(150)).await.unwrap().unwrap();
        assert_eq!((seen.data.as_slice(), seen.last_seen), (&b"more"[..], T(6)));

        tx.insert_session(&sealer, [3; 24], &session(b"two", Some(user))).await.unwrap();
        tx.insert_session(&sealer, [4; 24], &session(b"nobody", None)).await.unwrap();
        assert_eq!(tx.sessions_of(user, T(10)).await.unwrap().len(), 2);

        let rotated = Sealer::new(vec![key("b", 2), key("a", 1)]).unwrap();
        let mut after = None;
        while let Some(next) = tx.reseal_sessions(&rotated, after, 2, || [9; 24]).await.unwrap() {
            after = Some(next);
        }
        let only_new = Sealer::new(vec![key("b", 2)]).unwrap();
        assert_eq!(tx.session(&only_new, one.hash, T(10)).await.unwrap().unwrap().data, b"more");
        assert!(tx.session(&sealer, one.hash, T(10)).await.is_err(), "the old key alone opens it no more");

        assert_eq!(tx.delete_sessions_of(user, Some(one.hash)).await.unwrap(), 1, "all but this one");
        assert_eq!(tx.delete_sessions_over(T(100)).await.unwrap(), 1, "nobody's");
        assert!(tx.delete_session(one.hash).await.unwrap());
        assert!(!tx.delete_session(one.hash).await.unwrap());
        assert!(!tx.update_session(&rotated, [5; 24], &one).await.unwrap(), "an ended session is not brought back");
        assert!(!tx.touch_session(one.hash, T(6), T(200)).await.unwrap());
    }
}
