//! Campaigns, their counts, and what their pages add up.

use crate::house::{self, OWNER, SOURCE, T, answer, give, identity, stand};
use domain::{
    Answer,
    ReviewState::{self, Decided, Staged, Undecided},
    Verdict,
};
use store::{
    campaigns::{CampaignSource, NewItem},
    decisions::Decision,
    testing,
    views::campaign::{AfterReviewer, MatrixCount},
};

#[tokio::test]
async fn a_campaign_speaks_of_its_snapshots_and_keeps_its_recommendations() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 2, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let campaign = house::campaign(1);
        assert_eq!(tx.campaign_sources(campaign).await.unwrap(), [CampaignSource { source: SOURCE, seq: 1 }]);
        assert_eq!(tx.campaign_sources(house::campaign(2)).await.unwrap(), []);
        let stored = tx.recommendation(house::recommendation(1, 1)).await.unwrap().unwrap();
        assert_eq!((stored.item_id, stored.verdict.as_str(), stored.engine.as_str()), (items[0].id.0, "escalate", "rules-1"));
        assert_eq!((stored.body.as_slice(), stored.input_hash.len(), stored.created_at), (&b"{}"[..], 32, T(200).0));
        assert_eq!(tx.recommendation(house::recommendation(9, 9)).await.unwrap(), None);
        let of_item = tx.recommendation_of_item(items[1].id).await.unwrap();
        assert_eq!(of_item, Some((house::recommendation(1, 2), b"{}".to_vec())));
        assert_eq!(tx.recommendation_of_item(house::item(9, 9)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn counts_add_up_to_the_items_in_every_view() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 4, 2).await;
        house::add_campaign(tx, 1, OWNER).await;
        // Persons 1 and 2 answer by turns; the first two items are recommended otherwise.
        let items: Vec<NewItem> = (0..)
            .zip(&grants)
            .map(|(at, grant)| {
                let mut item = house::asked(1, grant, at % 2 + 1);
                if at < 2 {
                    item.recommendation.verdict = Verdict::Revoke;
                    item.recommendation.meaning = None;
                }
                item
            })
            .collect();
        house::add_items(tx, 1, &items).await;
        let campaign = house::campaign(1);
        let answers: Vec<Decision> = vec![
            answer(1, &items[0], 1, Answer::Approve),
            answer(2, &items[1], 1, Answer::Revoke),
            Decision { decided_at: T(350), ..answer(3, &items[2], 1, Answer::Revoke) },
        ];
        for given in &answers {
            give(tx, given).await;
        }
        stand(tx, &answers[2], ReviewState::Decided).await;
        let sorted = |mut counts: Vec<(ReviewState, Option<Answer>, i64)>| {
            counts.sort();
            counts
        };
        assert_eq!(
            sorted(tx.campaign_counts(campaign).await.unwrap()),
            [
                (Undecided, None, 5),
                (Staged, Some(Answer::Approve), 1),
                (Staged, Some(Answer::Revoke), 1),
                (Decided, Some(Answer::Revoke), 1),
            ]
        );
        assert_eq!(
            sorted(tx.campaign_counts_of(campaign, identity(2)).await.unwrap()),
            [(Undecided, None, 3), (Staged, Some(Answer::Revoke), 1)]
        );
        assert_eq!(tx.campaign_counts(house::campaign(2)).await.unwrap(), []);
        assert_eq!(tx.campaign_people(campaign).await.unwrap(), (4, 2), "holders, and those who answer");
        let mut matrix = tx.campaign_matrix(campaign).await.unwrap();
        matrix.sort_by_key(|c| (c.recommended, c.state, c.answer));
        let count = |recommended, state, answer, items| MatrixCount { recommended, state, answer, items };
        assert_eq!(
            matrix,
            [
                count(Verdict::Revoke, Staged, Some(Answer::Approve), 1),
                count(Verdict::Revoke, Staged, Some(Answer::Revoke), 1),
                count(Verdict::Escalate, Undecided, None, 5),
                count(Verdict::Escalate, Decided, Some(Answer::Revoke), 1),
            ]
        );
        assert_eq!(
            tx.campaign_reviewers(campaign, None, 9).await.unwrap(),
            [AfterReviewer { owed: 3, reviewer: identity(2) }, AfterReviewer { owed: 2, reviewer: identity(1) },]
        );
        let mut last = tx.last_answers(campaign).await.unwrap();
        last.sort();
        assert_eq!(last, [(identity(1), T(350)), (identity(2), T(300))]);
        let owed = tx.owed_items(campaign).await.unwrap();
        assert_eq!(
            owed.iter().map(|o| (o.reviewer_external.as_str(), o.number)).collect::<Vec<_>>(),
            [("p1", 5), ("p1", 7), ("p2", 4), ("p2", 6), ("p2", 8),]
        );
        assert_eq!(tx.departments_at(SOURCE, 1).await.unwrap(), ["Sales"]);
    }
}

#[tokio::test]
async fn answers_over_time_count_what_came_and_what_was_taken_back() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 4, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let at = |number: u32, of: &NewItem, seconds: i64| Decision { decided_at: T(seconds), ..answer(number, of, 1, Answer::Approve) };
        // Stretches of 100 seconds from 200 on.
        let first = at(1, &items[0], 250);
        let undone = at(2, &items[1], 310);
        let kept = at(3, &items[2], 390);
        for given in [&first, &undone, &kept] {
            give(tx, given).await;
        }
        assert!(tx.set_decision_undone(undone.id, T(420)).await.unwrap());
        // An answer that is final and changed later stays one answer.
        assert_eq!(tx.set_decisions_finalised(&[first.id], T(400)).await.unwrap(), 1);
        let changed = Decision { version: 2, ..at(4, &items[0], 530) };
        give(tx, &changed).await;
        // An escalation and a default are no answers of a person.
        let escalated = Decision { answer: Answer::Escalate, ..at(5, &items[3], 250) };
        give(tx, &escalated).await;
        let over_time = tx.answers_over_time(house::campaign(1), T(200), T(100).0).await.unwrap();
        assert_eq!(over_time, [(0, 1), (1, 2), (2, -1)]);
        assert_eq!(tx.answers_over_time(house::campaign(2), T(200), T(100).0).await.unwrap(), []);
    }
}

#[tokio::test]
async fn emergency_access_has_two_items_that_know_of_each_other() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 2, 1).await;
        house::add_campaign(tx, 1, OWNER).await;
        let first = NewItem { seat: 1, ..house::asked(1, &grants[0], 1) };
        let second = NewItem {
            id: house::item(1, 900),
            number: 900,
            seat: 2,
            recommendation: store::campaigns::NewRecommendation {
                id: house::recommendation(1, 900),
                ..house::asked(1, &grants[0], 2).recommendation
            },
            ..house::asked(1, &grants[0], 2)
        };
        let single = house::asked(1, &grants[1], 1);
        house::add_items(tx, 1, &[first.clone(), second.clone(), single.clone()]).await;
        assert_eq!(tx.last_item_number(house::campaign(1)).await.unwrap(), 900);
        assert_eq!(tx.last_item_number(house::campaign(2)).await.unwrap(), 0);
        for (one, other) in [(&first, &second), (&second, &first)] {
            let item = tx.review_item(one.id).await.unwrap().unwrap();
            assert_eq!((item.seat, item.seq), (one.seat, one.seq));
            tx.hold_item(&item).await.unwrap();
            assert_eq!(tx.other_seat(&item).await.unwrap().map(|item| item.id), Some(other.id));
        }
        let alone = tx.review_item(single.id).await.unwrap().unwrap();
        assert_eq!(tx.other_seat(&alone).await.unwrap(), None);
        let open = tx.open_campaigns_of(SOURCE).await.unwrap();
        assert_eq!(open.iter().map(|c| c.id).collect::<Vec<_>>(), [house::campaign(1)]);
    }
}
