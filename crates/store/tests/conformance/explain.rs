//! What making a recommendation again needs.

use crate::house::{self, OWNER, T};
use store::{explain::StoredWeights, testing};

#[tokio::test]
async fn weights_are_kept_once_and_found_by_their_hash() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        assert_eq!(tx.weights(&[9; 32]).await.unwrap(), None);
        tx.keep_weights([9; 32], "rules-9", b"{\"a\":1}", T(5)).await.unwrap();
        tx.keep_weights([9; 32], "rules-10", b"{}", T(6)).await.unwrap();
        let kept = StoredWeights { engine: "rules-9".to_owned(), body: b"{\"a\":1}".to_vec() };
        assert_eq!(tx.weights(&[9; 32]).await.unwrap(), Some(kept), "the first stays");
    }
}

#[tokio::test]
async fn an_item_repeats_its_recommendation() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 1, 1).await;
        house::add_campaign(tx, 1, OWNER).await;
        let new = house::asked(1, &grants[0], 1);
        house::add_items(tx, 1, std::slice::from_ref(&new)).await;
        let stored = tx.recommendation(new.recommendation.id).await.unwrap().unwrap();
        assert_eq!(
            (stored.meaning.as_deref(), stored.confidence, stored.score, stored.alarm, stored.bulk_allowed),
            (Some("needs_your_judgement"), 5_000, 12, 0, 1)
        );
        assert_eq!(stored.weights_sha256, house::WEIGHTS.to_vec());
        let placed = tx.placement(new.id).await.unwrap().unwrap();
        assert_eq!((placed.grant, placed.recommendation), (new.grant, Some(new.recommendation.id)));
        assert_eq!((placed.cause.as_str(), placed.sort, placed.risk), (new.cause, new.sort, new.risk));
        assert_eq!(tx.placement(house::item(9, 9)).await.unwrap(), None);
        assert!(tx.entries_of_recommendations(new.id).await.unwrap().is_empty());
    }
}
