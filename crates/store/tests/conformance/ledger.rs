//! The ledger's rows, texts.

use domain::{CampaignId, EntryId, ItemId, Timestamp};
use store::{Error, NewEntry, NewText, StoredCheckpoint, testing};
use uuid::Uuid;

const T: fn(i64) -> Timestamp = |n| Timestamp(n * 1_000_000);

fn id(n: u128) -> EntryId {
    EntryId(Uuid::from_u128(n))
}

fn entry(n: u128, at: i64, campaign: Option<u128>) -> NewEntry {
    let byte = u8::try_from(n).unwrap();
    NewEntry {
        id: id(n),
        at: T(at),
        kind: "k",
        campaign: campaign.map(|c| CampaignId(Uuid::from_u128(c))),
        item: campaign.map(|c| ItemId(Uuid::from_u128(c + 1))),
        bytes: vec![byte],
        leaf: [byte; 32],
    }
}

#[tokio::test]
async fn entries_get_their_places_by_time_and_keep_them() {
    for fresh in testing::each().await.unwrap() {
        let mut tx = fresh.store.begin().await.unwrap();
        assert_eq!(tx.ledger_size().await.unwrap(), 0);
        assert!(!tx.has_unsequenced().await.unwrap());
        tx.insert_entries(&[entry(3, 1, Some(50)), entry(1, 2, None), entry(2, 2, Some(50))]).await.unwrap();
        assert!(tx.has_unsequenced().await.unwrap());
        assert_eq!(tx.count_unsequenced().await.unwrap(), 3);
        let waiting: Vec<EntryId> = tx.unsequenced(10).await.unwrap().into_iter().map(|(id, _)| id).collect();
        assert_eq!(waiting, [id(3), id(1), id(2)], "by time, then by id");
        assert_eq!(tx.unsequenced(1).await.unwrap().len(), 1);
        assert_eq!(tx.assign_places(0, &waiting[..2]).await.unwrap(), 2);
        assert_eq!(tx.assign_places(2, &waiting[1..]).await.unwrap(), 1, "who has a place keeps it");
        assert_eq!(tx.entry(id(1)).await.unwrap().unwrap().index, Some(1));
        assert_eq!(tx.ledger_size().await.unwrap(), 4, "the place after the last");
        let page: Vec<_> = tx.entries_from(1, 10).await.unwrap().into_iter().map(|e| e.id).collect();
        assert_eq!(page, [id(1), id(2)]);
        let campaign = CampaignId(Uuid::from_u128(50));
        let of: Vec<_> = tx.entries_of_campaign(campaign, None, 10).await.unwrap().into_iter().map(|e| e.id).collect();
        assert_eq!(of, [id(2), id(3)]);
        assert_eq!(tx.entries_of_campaign(campaign, Some(id(2)), 10).await.unwrap().len(), 1);
        assert_eq!(tx.entries_of_item(ItemId(Uuid::from_u128(51)), None, 10).await.unwrap().len(), 2);
        assert_eq!(tx.entries_of_no_campaign("k", None, 10).await.unwrap().len(), 1);
        assert_eq!(tx.entries_of_no_campaign("other", None, 10).await.unwrap().len(), 0);
    }
}

#[tokio::test]
async fn more_entries_than_one_statement_takes_get_their_places() {
    for fresh in testing::each().await.unwrap() {
        let mut tx = fresh.store.begin().await.unwrap();
        let many: Vec<NewEntry> = (0..1_203).map(|n: u128| NewEntry { id: id(n + 1), ..entry(1, 1, None) }).collect();
        tx.insert_entries(&many).await.unwrap();
        let ids: Vec<EntryId> = many.iter().map(|e| e.id).collect();
        assert_eq!(tx.assign_places(0, &ids).await.unwrap(), 1_203);
        let placed = tx.entries_from(0, 2_000).await.unwrap();
        assert!(placed.iter().map(|e| e.id).eq(ids.iter().copied()), "in the order they were given");
    }
}

#[tokio::test]
async fn nodes_and_checkpoints_are_written_once() {
    for fresh in testing::each().await.unwrap() {
        let mut tx = fresh.store.begin().await.unwrap();
        tx.insert_nodes(&[(0, 0, [1; 32]), (0, 1, [2; 32]), (1, 0, [3; 32])]).await.unwrap();
        assert_eq!(tx.ledger_node(1, 0).await.unwrap(), Some([3; 32]));
        assert_eq!(tx.ledger_node(1, 1).await.unwrap(), None);
        assert_eq!(tx.ledger_nodes(0, 1, 9).await.unwrap(), [(0, 1, [2; 32])]);
        assert_eq!(tx.count_nodes().await.unwrap(), 3);
        let checkpoint = |size| StoredCheckpoint { size, root: [5; 32], note: "n".into(), created_at: T(1) };
        assert_eq!(tx.newest_checkpoint().await.unwrap(), None);
        tx.insert_checkpoint(&checkpoint(2)).await.unwrap();
        tx.insert_checkpoint(&checkpoint(7)).await.unwrap();
        assert_eq!(tx.newest_checkpoint().await.unwrap().unwrap().size, 7);
        assert_eq!(tx.checkpoint(2).await.unwrap(), Some(checkpoint(2)));
        assert_eq!(tx.checkpoint(3).await.unwrap(), None);
        assert_eq!(tx.checkpoints(Some(7), 9).await.unwrap(), [checkpoint(2)]);
        assert_eq!(tx.checkpoints(None, 1).await.unwrap(), [checkpoint(7)]);
        tx.commit().await.unwrap();
        let mut tx = fresh.store.begin().await.unwrap();
        assert!(matches!(tx.insert_nodes(&[(0, 1, [9; 32])]).await, Err(Error::Duplicate { .. })));
        drop(tx);
        let mut tx = fresh.store.begin().await.unwrap();
        assert!(matches!(tx.insert_checkpoint(&checkpoint(7)).await, Err(Error::Duplicate { .. })));
    }
}

#[tokio::test]
async fn rule_44_text_and_salt_are_erased_together() {
    for fresh in testing::each().await.unwrap() {
        let mut tx = fresh.store.begin().await.unwrap();
        let subject = Uuid::from_u128(8);
        for n in 1..=2_u128 {
            tx.insert_entry(entry(n, 1, None)).await.unwrap();
            let text = NewText { id: Uuid::from_u128(n + 20), entry: id(n), subject, field: "note", salt: [4; 32], text: "words" };
            tx.insert_text(text).await.unwrap();
        }
        assert_eq!(tx.text(id(1), "note").await.unwrap().unwrap().open, Some(([4; 32], "words".to_owned())));
        assert_eq!(tx.text(id(1), "other").await.unwrap(), None);
        assert_eq!(tx.texts_of_entries(&[id(2), id(1), id(77)]).await.unwrap().len(), 2);
        let about = tx.texts_about(subject, None, 1).await.unwrap();
        assert_eq!(tx.texts_about(subject, Some(about[0].id), 9).await.unwrap().len(), 1);
        assert!(tx.erase_text(about[0].id, T(5)).await.unwrap());
        assert!(!tx.erase_text(about[0].id, T(6)).await.unwrap(), "once");
        let gone = tx.text(id(1), "note").await.unwrap().unwrap();
        assert_eq!((gone.open, gone.erased_at), (None, Some(T(5))));
    }
}
