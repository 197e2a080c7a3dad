//! People who sign in.

use domain::{Role, Timestamp, UserId};
use store::{ReaderZone, User, testing};
use uuid::Uuid;

const T: fn(i64) -> Timestamp = |n| Timestamp(n * 1_000_000);

#[tokio::test]
async fn a_person_keeps_their_id_and_their_first_day() {
    for fresh in testing::each().await.unwrap() {
        let mut tx = fresh.store.begin().await.unwrap();
        let user = User {
            id: UserId(Uuid::from_u128(1)),
            issuer: "https://idp.example".into(),
            subject: "s1".into(),
            name: "Maria".into(),
            email: Some("maria@example.com".into()),
            identity: None,
            roles: [Role::Owner, Role::Reviewer].into(),
            zone: ReaderZone { chosen: None, told: Some("Europe/Zurich".into()) },
            first_seen: T(1),
            last_seen: T(1),
        };
        assert_eq!(tx.upsert_user(&user).await.unwrap(), user.id);
        assert_eq!(tx.user(user.id).await.unwrap(), Some(user.clone()));
        let later = User {
            id: UserId(Uuid::from_u128(2)),
            name: "Maria K.".into(),
            roles: [].into(),
            zone: ReaderZone { chosen: Some("of no account".into()), told: None },
            first_seen: T(9),
            last_seen: T(9),
            ..user.clone()
        };
        tx.set_user_zone(user.id, Some("Asia/Tokyo")).await.unwrap();
        let zone = tx.user(user.id).await.unwrap().unwrap().zone;
        assert_eq!(
            (zone.holds(), zone.told.as_deref()),
            (Some("Asia/Tokyo"), Some("Europe/Zurich")),
            "a choice stands before what was told"
        );
        assert_eq!(tx.upsert_user(&later).await.unwrap(), user.id, "issuer and subject say who it is");
        let seen = tx.user(user.id).await.unwrap().unwrap();
        assert_eq!((seen.name.as_str(), seen.first_seen, seen.last_seen, seen.roles.len()), ("Maria K.", T(1), T(9), 0));
        assert_eq!(seen.zone, ReaderZone { chosen: Some("Asia/Tokyo".into()), told: None }, "signing in again keeps what was chosen");
        tx.set_user_zone(user.id, None).await.unwrap();
        assert_eq!(tx.user(user.id).await.unwrap().unwrap().zone.holds(), None);
        let elsewhere = User { id: UserId(Uuid::from_u128(3)), issuer: "https://other.example".into(), ..user.clone() };
        assert_eq!(tx.upsert_user(&elsewhere).await.unwrap(), elsewhere.id, "another provider's subject is another person");
        assert_eq!(tx.users(None, 1).await.unwrap().len(), 1);
        assert_eq!(tx.users(Some(user.id), 10).await.unwrap().iter().map(|u| u.id).collect::<Vec<_>>(), [elsewhere.id]);
        assert_eq!(tx.user(later.id).await.unwrap(), None);
        tx.set_user_identity(user.id, None).await.unwrap();
        assert!(tx.users_of(domain::IdentityId(Uuid::from_u128(7))).await.unwrap().is_empty());
    }
}
