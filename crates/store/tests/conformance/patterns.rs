//! What was found in who holds what.

use crate::house::{self, SOURCE};
use domain::Timestamp;
use store::{patterns::Patterns, testing};

#[tokio::test]
async fn the_newest_findings_of_a_source_are_kept_and_no_older_ones_take_their_place() {
    for fresh in testing::each().await.unwrap() {
        let found = |seq: i64, body: &str| Patterns { source: SOURCE, seq, made_at: Timestamp(seq * 10), body: body.to_owned() };
        let mut tx = fresh.store.begin().await.unwrap();
        house::company(&mut tx, 3, 1).await;
        assert_eq!(tx.patterns(SOURCE).await.unwrap(), None);
        assert!(tx.keep_patterns(&found(2, "two")).await.unwrap());
        assert!(tx.keep_patterns(&found(2, "two again")).await.unwrap());
        assert!(!tx.keep_patterns(&found(1, "one")).await.unwrap(), "a slow look at an older reading");
        assert_eq!(tx.patterns(SOURCE).await.unwrap(), Some(found(2, "two again")));
        assert!(tx.keep_patterns(&found(3, "three")).await.unwrap());
        assert_eq!(tx.patterns(SOURCE).await.unwrap(), Some(found(3, "three")));
        tx.commit().await.unwrap();
    }
}
