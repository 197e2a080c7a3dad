//! What must be true of questions that were passed on, whatever happened in between.
//!
//! - **None lost.** What was acknowledged stands in the database under its attempt, and in the ledger; in Okta's campaign the
//!   item is with the other person there too.
//! - **None made twice.** Each stands in the database once, and in Okta's journal once.
//! - **None that nobody made.** Whatever the database and the journal have, somebody asked for; Entra's items stay where they
//!   are. In the end, whoever must answer here is whom Okta asks.

use crate::{
    house::House,
    oracle::{self, Sums},
    people::{Passed, Told},
};
use domain::{Answer, IdentityId, ItemId, ReviewState, SourceId};
use ledger::{Entry, EventKind};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::{Tx, decisions::HandoverKind, decisions::ReviewItem};
use tenant::okta::Change;

/// Looks at every change of who must answer; fails where one is not as it must be.
pub async fn judge(tx: &mut Tx, house: &House, told: &Told, entries: &[Entry], sums: &mut Sums) {
    let mut passed: BTreeMap<ItemId, &Passed> = BTreeMap::new();
    for one in &told.passed {
        assert!(passed.insert(one.item, one).is_none(), "{one:?} is the item's second");
    }
    let given = given_there(house);
    let there = items_there(tx, told).await;
    let mut recorded: BTreeMap<ItemId, usize> = BTreeMap::new();
    for item in entries.iter().filter(|entry| entry.kind == EventKind::ItemHandedOver).filter_map(|entry| entry.item) {
        *recorded.entry(item).or_default() += 1;
    }
    for (item, in_okta) in there {
        let one = passed.remove(&item.id);
        let done = match one {
            Some(one) => was_done(tx, one, &item).await,
            None => false,
        };
        let rows = tx.handovers_of(item.id).await.unwrap();
        for row in &rows {
            let one = one.unwrap_or_else(|| panic!("nobody passed on what {row:?} says"));
            assert_eq!((row.from, row.to, row.undone_at), (one.from, one.to, None), "{one:?}");
            match row.by {
                Some(by) => assert_eq!((by, row.kind, done), (one.by, one.kind, true), "{one:?}"),
                // Given away there, and killed before it was written down here: the platform's campaign was read back.
                None => assert!(in_okta.is_some() && !done, "nobody made {row:?}; asked for was {one:?}"),
            }
        }
        assert!(rows.len() <= 1, "passed on twice: {rows:?}");
        assert!(!done || rows.len() == 1, "{one:?} was done, and is gone");
        let handed_over = rows.iter().filter(|row| row.kind == HandoverKind::HandOver).count();
        assert_eq!(recorded.remove(&item.id).unwrap_or_default(), handed_over, "the ledger of item {}", item.id);
        if done {
            match rows[0].kind {
                HandoverKind::Escalate => sums.escalated += 1,
                HandoverKind::HandOver => sums.handed_over += 1,
            }
            sums.answered_after += usize::from(answered_by(tx, &item).await == Some(rows[0].to));
        }
        let Some(review) = in_okta else { continue };
        let whom = given.get(&review).map(Vec::as_slice).unwrap_or_default();
        assert!(whom.len() <= 1, "Okta was asked {} times to give {review} away", whom.len());
        assert!(!done || whom.len() == 1, "{one:?} was done, and Okta knows nothing of it");
        sums.given_in_okta += whom.len();
        for whom in whom {
            let to = one.unwrap_or_else(|| panic!("nobody passed {review} on, and Okta gave it to {whom}")).to;
            assert_eq!(*whom, account(tx, told.okta, to).await, "whom Okta gave {review} to");
        }
        if item.state.is_open() {
            let asked = account(tx, told.okta, item.reviewer).await;
            let there = match whom.first() {
                Some(whom) => whom.clone(),
                None => account(tx, told.okta, item.reviewer_of_record).await,
            };
            assert_eq!(asked, there, "who must answer item {} here, and whom Okta asks", item.id);
        }
    }
    assert!(passed.is_empty(), "items that are in no campaign were passed on: {passed:?}");
    assert!(recorded.is_empty(), "the ledger says of items that are in no campaign that they were handed over: {recorded:?}");
}

/// Whether what somebody asked for was done, by the attempt that was kept of it. What was acknowledged was done, unless the
/// access was gone by then.
async fn was_done(tx: &mut Tx, one: &Passed, item: &ReviewItem) -> bool {
    let Some(attempt) = tx.attempt(one.attempt).await.unwrap() else {
        assert!(!one.acknowledged, "the attempt of {one:?} is gone");
        return false;
    };
    assert_eq!((attempt.subject, attempt.user), (item.id.0, one.by));
    let said: Value = serde_json::from_str(&attempt.answer).unwrap();
    said["state"] != ReviewState::NoLongerHeld.as_str()
}

/// Every item, with Okta's id of it where Okta runs its campaign.
async fn items_there(tx: &mut Tx, told: &Told) -> Vec<(ReviewItem, Option<String>)> {
    let mut in_okta: BTreeMap<ItemId, String> = BTreeMap::new();
    for campaign in &told.campaigns {
        if tx.native_campaign(*campaign).await.unwrap().is_some_and(|native| native.source == told.okta) {
            in_okta.extend(tx.native_items(*campaign).await.unwrap().into_iter().map(|(review, item)| (item, review)));
        }
    }
    let all = oracle::items(tx, told).await;
    assert_eq!(all.iter().map(|item| item.id).collect::<BTreeSet<_>>().len(), all.len());
    all.into_iter()
        .map(|item| {
            let review = in_okta.remove(&item.id);
            (item, review)
        })
        .collect()
}

/// To whom Okta gave each of its items, by its journal.
fn given_there(house: &House) -> BTreeMap<String, Vec<String>> {
    let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in oracle::okta_journal(house) {
        if let Change::ReviewReassigned { review, to, note } = entry.change {
            assert_eq!(entry.by, house.removers.0, "who gave {review} away");
            assert!(note.is_some_and(|note| note.contains("[Countersign ")), "{review} was given away without our reference");
            given.entry(review).or_default().push(to);
        }
    }
    given
}

async fn account(tx: &mut Tx, source: SourceId, who: IdentityId) -> String {
    let seq = tx.source(source).await.unwrap().unwrap().last_seq.unwrap();
    tx.account_of_identity(source, who, seq).await.unwrap().unwrap().external_id
}

/// Who gave the answer that counts.
async fn answered_by(tx: &mut Tx, item: &ReviewItem) -> Option<IdentityId> {
    let decision = tx.decision(item.decision?).await.unwrap().unwrap();
    decision.reviewer.filter(|_| decision.answer != Answer::Escalate)
}
