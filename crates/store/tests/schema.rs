//! Both migrated schemas have the same tables and columns.

#![expect(clippy::expect_used, reason = "a failed expectation is a failed test")]

use store::testing;

#[tokio::test]
async fn a_fresh_database_opens_and_migrates_twice() {
    for fresh in testing::each().await.expect("databases") {
        fresh.store.migrate().await.expect("a second migration does nothing");
        let tx = fresh.store.begin().await.expect("begins");
        tx.commit().await.expect("commits");
        fresh.store.read().await.expect("reads").rollback().await.expect("ends");
    }
}
