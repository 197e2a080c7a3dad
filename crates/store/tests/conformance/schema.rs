//! Both migrated schemas have the same tables and columns.

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

#[tokio::test]
async fn both_schemas_have_the_same_tables_columns_and_types() {
    let mut all = Vec::new();
    for fresh in testing::each().await.expect("databases") {
        all.push(testing::columns(&fresh).await.expect("columns"));
    }
    assert!(all[0].len() > 200, "the tables were found: {} columns", all[0].len());
    for other in &all[1..] {
        assert_eq!(&all[0], other);
    }
}
