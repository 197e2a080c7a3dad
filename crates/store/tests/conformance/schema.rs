//! Both migrated schemas have the same tables and columns.

use store::{SchemaProblem, testing};

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
async fn a_schema_that_is_not_this_programs_is_told() {
    for fresh in testing::each().await.expect("databases") {
        let mut tx = fresh.store.begin().await.expect("begins");
        assert_eq!(tx.schema_problem().await.expect("reads"), None);
        tx.tamper("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 11").await.expect("tampers");
        assert_eq!(tx.schema_problem().await.expect("reads"), Some(SchemaProblem::Ahead(9999)));
        tx.tamper("DELETE FROM _sqlx_migrations WHERE version >= 10").await.expect("tampers");
        let behind = tx.schema_problem().await.expect("reads").expect("a problem");
        assert!(matches!(behind, SchemaProblem::Behind { missing: 2.., first: 10 }), "{behind:?}");
        assert!(behind.to_string().ends_with("from 10 on were not run. Run `countersign migrate`"), "{behind}");
        tx.tamper("UPDATE _sqlx_migrations SET success = FALSE WHERE version = 3").await.expect("tampers");
        assert_eq!(tx.schema_problem().await.expect("reads"), Some(SchemaProblem::Different(3)));
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
