//! Items and answers, step by step.

use crate::house::{self, OWNER, SOURCE, T, answer, decision, give, id, identity, item, stand};
use domain::{Answer, DecisionOrigin, ReviewState, Verdict};
use store::{
    Error,
    decisions::{Decision, Earlier, Handover, HandoverKind, ItemStep},
    testing,
    views::totals::DecisionTotal,
};

#[tokio::test]
async fn a_decision_is_read_as_it_was_written_and_stands_once() {
    for fresh in testing::each().await.unwrap() {
        let mut tx = fresh.store.begin().await.unwrap();
        let grants = house::company(&mut tx, 2, 1).await;
        let items = house::campaign_about(&mut tx, 1, &grants).await;
        let full = answer(1, &items[0], 1, Answer::Revoke);
        let by_default = Decision {
            reviewer: None,
            user: None,
            why: None,
            origin: DecisionOrigin::Default,
            recommendation: None,
            agreed: None,
            shown: None,
            on_old_data: false,
            ..answer(2, &items[1], 1, Answer::Approve)
        };
        for given in [&full, &by_default] {
            tx.insert_decision(given).await.unwrap();
            assert_eq!(tx.decision(given.id).await.unwrap().as_ref(), Some(given));
            assert_eq!(tx.decisions_of_attempt(given.attempt).await.unwrap(), 1);
        }
        assert_eq!(tx.decision(decision(9)).await.unwrap(), None);
        assert_eq!(tx.decisions_of_attempt(id(13, 9)).await.unwrap(), 0);
        tx.commit().await.unwrap();
        let again = [
            ("the attempt", Decision { id: decision(3), version: 2, ..full.clone() }),
            ("the version", Decision { id: decision(3), attempt: id(13, 3), ..full.clone() }),
            ("the id", Decision { attempt: id(13, 3), version: 2, ..full.clone() }),
        ];
        for (what, repeated) in again {
            let mut tx = fresh.store.begin().await.unwrap();
            assert!(matches!(tx.insert_decision(&repeated).await, Err(Error::Duplicate { .. })), "{what}");
        }
        let mut tx = fresh.store.begin().await.unwrap();
        let second = Decision { id: decision(4), version: 2, attempt: id(13, 4), answer: Answer::Approve, why: None, ..full.clone() };
        tx.insert_decision(&second).await.unwrap();
        assert_eq!(tx.decisions_of_item(items[0].id).await.unwrap(), [full.clone(), second.clone()]);
        assert_eq!(tx.last_decision_version(items[0].id, 1).await.unwrap(), 2);
        assert_eq!(tx.last_decision_version(items[0].id, 2).await.unwrap(), 0);

        assert_eq!(tx.set_decisions_finalised(&[full.id], T(400)).await.unwrap(), 1);
        assert_eq!(tx.set_decisions_finalised(&[full.id], T(401)).await.unwrap(), 0, "once");
        assert!(!tx.set_decision_undone(full.id, T(401)).await.unwrap(), "what is final is not taken back");
        assert!(tx.set_decision_undone(second.id, T(402)).await.unwrap());
        assert!(!tx.set_decision_undone(second.id, T(403)).await.unwrap(), "once");
        assert_eq!(tx.set_decisions_finalised(&[second.id], T(403)).await.unwrap(), 0, "what was taken back does not become final");
        let last = tx.last_final_decision(items[0].id).await.unwrap().unwrap();
        assert_eq!(last, Decision { finalised_at: Some(T(400)), ..full });
        assert_eq!(tx.last_final_decision(items[1].id).await.unwrap(), None);
        let total = |answer, origin, undone| DecisionTotal { answer, origin, undone, decisions: 1 };
        assert_eq!(
            tx.decision_totals(house::campaign(1)).await.unwrap(),
            [
                total(Answer::Approve, DecisionOrigin::Default, false),
                total(Answer::Approve, DecisionOrigin::Person, true),
                total(Answer::Revoke, DecisionOrigin::Person, false),
            ]
        );
    }
}

#[tokio::test]
async fn what_was_final_by_a_moment_stays_the_same_afterwards() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 4, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let finish = async |tx: &mut store::Tx, given: &Decision, at: i64| {
            give(tx, given).await;
            assert_eq!(tx.set_decisions_finalised(&[given.id], T(at)).await.unwrap(), 1);
        };
        let first = Decision { decided_at: T(310), ..answer(1, &items[0], 1, Answer::Approve) };
        finish(tx, &first, 400).await;
        let second = Decision { id: decision(2), version: 2, attempt: id(13, 2), answer: Answer::Revoke, ..first.clone() };
        finish(tx, &second, 500).await;
        let by_default = Decision { origin: DecisionOrigin::Default, ..answer(3, &items[1], 1, Answer::Revoke) };
        finish(tx, &by_default, 400).await;
        finish(tx, &answer(4, &items[2], 1, Answer::Escalate), 400).await;
        give(tx, &answer(5, &items[3], 1, Answer::Approve)).await;
        tx.end_grants(7, &[grants[1].id]).await.unwrap();

        let of = |number: usize, answer: Answer, given: &Decision| Earlier {
            account: grants[number].account,
            entitlement: grants[number].entitlement,
            grant: grants[number].id,
            path: grants[number].path.clone(),
            gone: (number == 1).then_some(7),
            answer,
            origin: given.origin,
            decided_at: given.decided_at,
        };
        assert_eq!(tx.decided_before(SOURCE, T(400)).await.unwrap(), [], "only what was final before");
        let then = [of(0, Answer::Approve, &first), of(1, Answer::Revoke, &by_default)];
        assert_eq!(tx.decided_before(SOURCE, T(401)).await.unwrap(), then);
        assert_eq!(tx.decided_before(SOURCE, T(500)).await.unwrap(), then);
        let now = [of(0, Answer::Revoke, &second), of(1, Answer::Revoke, &by_default)];
        assert_eq!(tx.decided_before(SOURCE, T(501)).await.unwrap(), now, "the last answer takes the place of the first");
        assert_eq!(tx.decided_before(id(31, 1), T(501)).await.unwrap(), []);
    }
}

#[tokio::test]
async fn only_answers_that_count_and_whose_window_is_over_become_final() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 5, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let late = Decision { final_at: T(450), ..answer(1, &items[0], 1, Answer::Approve) };
        let early = answer(2, &items[1], 1, Answer::Approve);
        give(tx, &late).await;
        give(tx, &early).await;
        let undone = answer(3, &items[2], 1, Answer::Approve);
        give(tx, &undone).await;
        assert!(tx.set_decision_undone(undone.id, T(310)).await.unwrap());
        // Given, and no longer the one that counts.
        let replaced = answer(4, &items[3], 1, Answer::Approve);
        give(tx, &replaced).await;
        let newer = Decision { id: decision(5), version: 2, attempt: id(13, 5), final_at: T(999), ..replaced.clone() };
        give(tx, &newer).await;
        let ids = |decisions: Vec<Decision>| decisions.into_iter().map(|d| d.id).collect::<Vec<_>>();
        assert_eq!(ids(tx.decisions_to_finalise(T(399), 10).await.unwrap()), []);
        assert_eq!(ids(tx.decisions_to_finalise(T(400), 10).await.unwrap()), [early.id], "from the moment on");
        assert_eq!(ids(tx.decisions_to_finalise(T(500), 10).await.unwrap()), [early.id, late.id], "the longest waiting first");
        assert_eq!(ids(tx.decisions_to_finalise(T(500), 1).await.unwrap()), [early.id]);
        stand(tx, &early, ReviewState::Decided).await;
        assert_eq!(ids(tx.decisions_to_finalise(T(500), 10).await.unwrap()), [late.id]);
        assert_eq!(tx.newest_undoable(OWNER, house::campaign(1), T(399)).await.unwrap(), Some((items[3].id, newer.id)));
        assert_eq!(tx.newest_undoable(OWNER, house::campaign(1), T(449)).await.unwrap(), Some((items[3].id, newer.id)));
        assert_eq!(tx.newest_undoable(OWNER, house::campaign(1), T(999)).await.unwrap(), None);
        assert_eq!(tx.newest_undoable(id(7, 9), house::campaign(1), T(399)).await.unwrap(), None, "one's own only");
    }
}

#[tokio::test]
async fn a_step_is_taken_from_the_version_it_starts_from_and_from_no_other() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 2, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let before = tx.review_item(items[0].id).await.unwrap().unwrap();
        assert_eq!((before.number, before.state, before.version), (1, ReviewState::Undecided, 1));
        assert_eq!((before.holder, before.reviewer, before.reviewer_of_record), (identity(1), identity(1), identity(1)));
        assert_eq!((before.verdict, before.answer, before.gone_at, before.seq), (Some(Verdict::Escalate), None, None, 1));
        assert_eq!((before.campaign_owner, before.reviewer_by.as_str()), (OWNER, "manager"));
        let given = answer(1, &items[0], 1, Answer::Revoke);
        tx.insert_decision(&given).await.unwrap();
        let step = ItemStep {
            reviewer: identity(2),
            reviewer_by: "escalated",
            decision: Some(given.id),
            due_at: Some(T(800)),
            ..before.step(ReviewState::Escalated, T(300))
        };
        assert!(tx.step_item(&step).await.unwrap());
        assert!(!tx.step_item(&step).await.unwrap(), "the version is another now");
        let after = tx.review_item(items[0].id).await.unwrap().unwrap();
        assert_eq!((after.state, after.version, after.reviewer), (ReviewState::Escalated, 2, identity(2)));
        assert_eq!(after.reviewer_of_record, identity(1), "who was to answer at opening stays known");
        assert_eq!((after.answer, after.answered_by, after.due_at), (Some(Answer::Revoke), Some(identity(1)), Some(T(800))));
        assert_eq!(tx.review_item(item(9, 9)).await.unwrap(), None);
        let asked = tx.reviewer_asked(identity(2), house::campaign(1)).await.unwrap();
        assert_eq!((asked.people, asked.by_escalation, asked.escalation_due_at), (1, 1, Some(T(800))));

        assert_eq!(tx.unsettled_items_without_grant(SOURCE, 10).await.unwrap(), []);
        house::snapshot(tx, 2).await;
        tx.end_grants(2, &[items[0].grant, items[1].grant]).await.unwrap();
        let gone = tx.unsettled_items_without_grant(SOURCE, 10).await.unwrap();
        assert_eq!(gone.iter().map(|i| (i.id, i.gone_at)).collect::<Vec<_>>(), [(items[0].id, Some(2)), (items[1].id, Some(2))]);
        assert_eq!(tx.unsettled_items_without_grant(SOURCE, 1).await.unwrap().len(), 1);
        assert!(tx.step_item(&gone[1].step(ReviewState::NoLongerHeld, T(900))).await.unwrap());
        assert_eq!(tx.unsettled_items_without_grant(SOURCE, 10).await.unwrap().len(), 1, "settled ones are not asked for");

        assert!(tx.insert_item_view(items[0].id, OWNER, [5; 32], T(310)).await.unwrap());
        assert!(!tx.insert_item_view(items[0].id, OWNER, [5; 32], T(320)).await.unwrap(), "the same view once");
        assert!(tx.item_was_shown(items[0].id, OWNER, [5; 32]).await.unwrap());
        assert!(!tx.item_was_shown(items[0].id, OWNER, [6; 32]).await.unwrap());
        assert!(!tx.item_was_shown(items[1].id, OWNER, [5; 32]).await.unwrap());
        tx.hold_campaign_open(house::campaign(1)).await.unwrap();
        tx.hold_campaign_still(house::campaign(1)).await.unwrap();
        let held = tx.review_item(items[0].id).await.unwrap().unwrap();
        tx.hold_item(&held).await.unwrap();
        tx.hold_orders_of(items[0].grant).await.unwrap();
        tx.hold_orders().await.unwrap();
    }
}

#[tokio::test]
async fn hand_overs_stand_in_their_order_and_are_taken_back_once() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 3, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let given = |number: u32, kind| Handover {
            id: id(31, number),
            item: items[0].id,
            kind,
            from: identity(1),
            to: identity(2),
            from_by: "manager".into(),
            by: (number == 1).then_some(OWNER),
            at: T(i64::from(number)),
            due_at: (kind == HandoverKind::Escalate).then_some(T(900)),
            undone_at: None,
        };
        let (first, second) = (given(1, HandoverKind::HandOver), given(2, HandoverKind::Escalate));
        tx.insert_handover(&second).await.unwrap();
        tx.insert_handover(&first).await.unwrap();
        assert_eq!(tx.handovers_of(items[0].id).await.unwrap(), [first.clone(), second.clone()]);
        assert_eq!(tx.handovers_of(items[1].id).await.unwrap(), []);
        assert!(tx.set_handover_undone(first.id, T(9)).await.unwrap());
        assert!(!tx.set_handover_undone(first.id, T(10)).await.unwrap(), "once");
        assert_eq!(tx.handovers_of(items[0].id).await.unwrap()[0].undone_at, Some(T(9)));
        give(tx, &answer(1, &items[0], 1, Answer::Approve)).await;
        assert_eq!(tx.people_of_item(items[0].id).await.unwrap(), [(OWNER, "owner".to_owned())]);
        assert_eq!(tx.people_of_item(items[1].id).await.unwrap(), []);
    }
}

#[tokio::test]
async fn closing_is_confirmed_in_one_version_and_ends_once() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 4, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let campaign = house::campaign(1);
        give(tx, &answer(1, &items[0], 1, Answer::Approve)).await;
        assert!(!tx.set_campaign_closed(campaign, T(500)).await.unwrap(), "not before it was confirmed");
        assert!(!tx.set_campaign_closing(campaign, 2, T(500), OWNER).await.unwrap(), "another version");
        assert!(tx.set_campaign_closing(campaign, 1, T(500), OWNER).await.unwrap());
        assert!(!tx.set_campaign_closing(campaign, 2, T(501), OWNER).await.unwrap(), "not open any more");
        assert_eq!(tx.campaigns_in_closing().await.unwrap(), [campaign]);
        let closing = tx.closing_campaign(campaign).await.unwrap().unwrap();
        assert_eq!((closing.version, closing.closing_by, closing.owner), (2, Some(OWNER), OWNER));
        assert_eq!(tx.closing_campaign(house::campaign(9)).await.unwrap(), None);
        // Those up to the third that nobody answered and that are still held.
        house::snapshot(tx, 2).await;
        tx.end_grants(2, &[items[1].grant]).await.unwrap();
        assert_eq!(tx.except_items(campaign, ReviewState::Undecided, 3, T(502)).await.unwrap(), 1);
        let third = tx.review_item(items[2].id).await.unwrap().unwrap();
        assert_eq!((third.state, third.version), (ReviewState::Excepted, 3), "two steps at once");
        let counts = tx.closing_counts(campaign).await.unwrap();
        assert_eq!(counts, [(ReviewState::Undecided, 2), (ReviewState::Staged, 1), (ReviewState::Excepted, 1)].into());
        assert!(tx.set_campaign_closed(campaign, T(503)).await.unwrap());
        assert!(!tx.set_campaign_closed(campaign, T(504)).await.unwrap(), "once");
        assert_eq!(tx.campaigns_in_closing().await.unwrap(), []);
        assert_eq!(tx.campaign(campaign).await.unwrap().unwrap().closed_at, Some(T(503)));
    }
}
