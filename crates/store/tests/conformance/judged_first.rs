//! Items that are judged before what is recommended shows: when it comes into view, where they are listed, and which answer counts.

use crate::house::{self, OWNER, T, answer, give, stand};
use crate::models::WITHIN;
use domain::{Answer, DecisionOrigin, InView, ReviewState};
use store::{
    Tx,
    access::Grant,
    campaigns::NewItem,
    decisions::Decision,
    testing,
    views::queue::{JUDGED_FIRST, Which},
};

/// Four items of one campaign, the first two drawn.
async fn campaign(tx: &mut Tx) -> Vec<NewItem> {
    let grants = house::company(tx, 4, 1).await;
    campaign_about(tx, &grants).await
}

async fn campaign_about(tx: &mut Tx, grants: &[Grant]) -> Vec<NewItem> {
    house::add_campaign(tx, 1, OWNER).await;
    let mut items: Vec<NewItem> = grants.iter().map(|grant| house::asked(1, grant, 1)).collect();
    items[0].blind = true;
    items[1].blind = true;
    house::add_items(tx, 1, &items).await;
    items
}

async fn view(tx: &mut Tx, item: &NewItem) -> InView {
    let found = tx.review_item(item.id).await.unwrap().unwrap();
    let line = tx.item_line(item.id).await.unwrap().unwrap();
    let of_grant = tx.items_of_grant(item.grant).await.unwrap();
    assert_eq!((found.blind, line.blind), (item.blind, item.blind));
    assert_eq!((line.showing, of_grant[0].showing), (found.showing, found.showing), "every reading says the same");
    found.showing
}

#[tokio::test]
async fn what_is_recommended_comes_into_view_with_the_first_answer_and_stays() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let items = campaign(tx).await;
        assert_eq!(view(tx, &items[2]).await, InView::Shown);
        assert_eq!(view(tx, &items[0]).await, InView::AfterAnswer);
        assert_eq!(tx.judged_first(house::campaign(1)).await.unwrap(), (2, 2));
        let matrix = tx.campaign_matrix(house::campaign(1)).await.unwrap();
        assert_eq!(matrix.iter().map(|count| count.items).sum::<i64>(), 2, "what is not in view is counted nowhere");
        let reconciled = tx.reconciled_counts(house::campaign(1)).await.unwrap();
        assert_eq!(reconciled.iter().filter(|count| count.recommended.is_none()).map(|count| count.items).sum::<i64>(), 2);

        let escalated = Decision { origin: DecisionOrigin::PersonBlind, ..answer(1, &items[0], 1, Answer::Escalate) };
        give(tx, &escalated).await;
        stand(tx, &escalated, ReviewState::Escalated).await;
        assert_eq!(view(tx, &items[0]).await, InView::AfterAnswer, "passing the question on judges nothing");
        let first = Decision { origin: DecisionOrigin::PersonBlind, version: 2, ..answer(2, &items[0], 1, Answer::Approve) };
        give(tx, &first).await;
        assert_eq!(view(tx, &items[0]).await, InView::Shown);
        assert!(tx.set_decision_undone(first.id, T(310)).await.unwrap());
        stand(tx, &first, ReviewState::Undecided).await;
        assert_eq!(view(tx, &items[0]).await, InView::Shown, "what was seen stays seen");
        assert_eq!(tx.judged_first(house::campaign(1)).await.unwrap(), (2, 1));
        // Where nobody can answer any more, nothing is kept back.
        let gone = tx.review_item(items[1].id).await.unwrap().unwrap();
        assert!(tx.step_item(&gone.step(ReviewState::NoLongerHeld, T(320))).await.unwrap());
        assert_eq!(view(tx, &items[1]).await, InView::Shown);
        assert_eq!(tx.evidence_items(house::campaign(1), None, 9).await.unwrap().iter().map(|item| item.blind).sum::<i64>(), 2);
    }
}

#[tokio::test]
async fn they_stand_together_in_the_queue_and_no_cause_counts_them() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let items = campaign(tx).await;
        let (reviewer, campaign) = (house::identity(1), house::campaign(1));
        let causes = tx.reviewer_causes(reviewer, campaign).await.unwrap();
        let counted: Vec<_> = causes.iter().map(|cause| (cause.sort, cause.cause.as_str(), cause.open, cause.items)).collect();
        assert_eq!(counted, [(-1, JUDGED_FIRST, 2, 2), (1, "unused", 2, 2)]);
        let ids = |lines: Vec<store::views::queue::ItemLine>| lines.into_iter().map(|line| line.id).collect::<Vec<_>>();
        assert_eq!(ids(tx.reviewer_items(reviewer, campaign, Which::JudgedFirst, 0, 9).await.unwrap()), [items[0].id, items[1].id]);
        let after = items[0].number;
        assert_eq!(ids(tx.reviewer_items(reviewer, campaign, Which::JudgedFirst, after, 9).await.unwrap()), [items[1].id]);
        assert_eq!(ids(tx.reviewer_items(reviewer, campaign, Which::Cause("unused"), 0, 9).await.unwrap()), [items[2].id, items[3].id]);
    }
}

#[tokio::test]
async fn the_first_answer_measures_and_teaches_once_a_person_s_answer_is_final() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let items = campaign(tx).await;
        let blind = DecisionOrigin::PersonBlind;
        // Of the first, another answer counts; of the second, the first one itself; the third was seen from the start.
        let first = Decision { origin: blind, ..answer(1, &items[0], 1, Answer::Approve) };
        give(tx, &first).await;
        assert!(tx.set_decision_undone(first.id, T(310)).await.unwrap());
        let last = Decision { version: 2, decided_at: T(320), ..answer(2, &items[0], 1, Answer::Revoke) };
        give(tx, &last).await;
        assert!(tx.teaching_answers(WITHIN, None, 9).await.unwrap().is_empty(), "nothing is final");
        let second = Decision { origin: blind, ..answer(3, &items[1], 1, Answer::Revoke) };
        let third = answer(4, &items[2], 1, Answer::Approve);
        for given in [&second, &third] {
            give(tx, given).await;
        }
        for given in [&last, &second, &third] {
            tx.set_decisions_finalised(&[given.id], T(400)).await.unwrap();
            stand(tx, given, ReviewState::Decided).await;
        }
        let taught = tx.teaching_answers(WITHIN, None, 9).await.unwrap();
        let mut told: Vec<_> = taught.iter().map(|row| (row.decision, row.answer, row.decided_at)).collect();
        told.sort();
        let mut expected = vec![(first.id, Answer::Approve, T(300)), (second.id, Answer::Revoke, T(300))];
        expected.sort();
        assert_eq!(told, expected);
        let counted = tx.answers_counted(WITHIN, None).await.unwrap();
        let of = |origin| counted.iter().filter(|count| count.origin == origin && count.is_final).map(|count| count.answers).sum::<u64>();
        assert_eq!((of(blind), of(DecisionOrigin::Person)), (2, 1));
        let measured = tx.quality_answers(T(300), T(400)).await.unwrap();
        let cases =
            |blind, answer| measured.iter().filter(|row| row.blind == blind && row.answer == answer).map(|row| row.cases).sum::<i64>();
        assert_eq!((cases(true, Answer::Approve), cases(true, Answer::Revoke), cases(false, Answer::Approve)), (1, 1, 1));
        assert_eq!(cases(false, Answer::Revoke), 0, "an item counts once");
        assert_eq!(tx.quality_answers(T(310), T(400)).await.unwrap(), [], "by the day of the first answer");
        // A default is nobody's answer: what was taken back before it teaches nothing.
        let acted =
            Decision { origin: DecisionOrigin::Default, user: None, reviewer: None, version: 3, ..answer(5, &items[0], 1, Answer::Revoke) };
        tx.insert_decision(&acted).await.unwrap();
        tx.set_decisions_finalised(&[acted.id], T(500)).await.unwrap();
        stand(tx, &acted, ReviewState::Decided).await;
        assert_eq!(tx.teaching_answers(WITHIN, None, 9).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn whoever_sees_the_same_grant_in_another_open_campaign_is_found() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 4, 1).await;
        let items = campaign_about(tx, &grants).await;
        let item = tx.review_item(items[0].id).await.unwrap().unwrap();
        let (me, other) = (Some(house::identity(1)), Some(house::identity(2)));
        assert!(!tx.is_shown_elsewhere(&item, OWNER, me).await.unwrap(), "only this campaign asks");
        house::add_campaign(tx, 2, OWNER).await;
        let elsewhere = house::asked(2, &grants[0], 1);
        house::add_items(tx, 2, std::slice::from_ref(&elsewhere)).await;
        assert!(tx.is_shown_elsewhere(&item, OWNER, me).await.unwrap(), "its reviewer sees it in the list");
        assert!(!tx.is_shown_elsewhere(&item, OWNER, other).await.unwrap());
        assert!(!tx.is_shown_elsewhere(&item, OWNER, None).await.unwrap());
        tx.insert_item_view(elsewhere.id, OWNER, [1; 32], T(300)).await.unwrap();
        assert!(tx.is_shown_elsewhere(&item, OWNER, None).await.unwrap(), "and whoever opened its page");
    }
}
