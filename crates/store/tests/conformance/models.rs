//! Learned models: kept once, found by their hash, in force in terms; and the answers that may teach.

use crate::{
    house::{self, OWNER, SOURCE, T, answer, give, removal, stand},
    quality,
};
use domain::{Answer, DecisionOrigin, ReviewState, time::SECOND};
use store::{
    campaigns::NewItem,
    decisions::Decision,
    findings::{Explanation, Finding, FindingKind, Outcome},
    models::{AnswerCount, Known, NewTerm, StoredModel},
    orders::Order,
    testing,
};

/// How soon access has to be granted again for a Revoke to be reversed.
pub const WITHIN: i64 = 100 * SECOND;

fn model(number: u8, at: i64) -> StoredModel {
    StoredModel {
        sha256: [number; 32],
        artifact: vec![number; 9],
        note: format!("note {number}\n"),
        trained_at: T(at),
        trained_by: OWNER,
        by_itself: number == 2,
    }
}

#[tokio::test]
async fn a_model_is_kept_once_with_the_decisions_that_it_knows() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 3, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let given: Vec<Decision> = (0..3).map(|n| answer(n, &items[n as usize], 1, Answer::Approve)).collect();
        for one in &given {
            give(tx, one).await;
        }
        let knows = [(given[0].id, Known::Learned), (given[2].id, Known::Promised)];
        assert!(tx.keep_model(&model(1, 300), &knows).await.unwrap());
        assert!(
            !tx.keep_model(&StoredModel { note: "another".to_owned(), ..model(1, 400) }, &[(given[1].id, Known::Learned)]).await.unwrap()
        );
        assert_eq!(tx.model(&[1; 32]).await.unwrap(), Some(model(1, 300)), "the first stays");
        assert_eq!(tx.model(&[2; 32]).await.unwrap(), None);
        let mut ids = [given[0].id, given[2].id];
        ids.sort();
        assert_eq!(tx.decisions_known_to(&[1; 32], None, 9).await.unwrap(), ids);
        assert_eq!(tx.decisions_known_to(&[1; 32], None, 1).await.unwrap(), ids[..1]);
        assert_eq!(tx.decisions_known_to(&[1; 32], Some(ids[0]), 9).await.unwrap(), ids[1..]);
        assert_eq!(tx.decisions_known_to(&[2; 32], None, 9).await.unwrap(), []);
    }
}

#[tokio::test]
async fn models_come_newest_first_and_page_by_page() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 1, 1).await;
        for (number, at) in [(1, 300), (2, 500), (3, 500), (4, 400)] {
            tx.keep_model(&model(number, at), &[]).await.unwrap();
        }
        let all: Vec<_> = tx.models(None, 9).await.unwrap();
        assert_eq!(all.iter().map(|of| (of.sha256[0], of.by_itself)).collect::<Vec<_>>(), [(3, false), (2, true), (4, false), (1, false)]);
        assert_eq!((all[0].trained_at, all[0].trained_by), (T(500), OWNER));
        assert!(!all[0].name.is_empty(), "who had it trained, by name");
        assert!(tx.model(&[2; 32]).await.unwrap().unwrap().by_itself);
        let after = tx.models(Some((all[0].trained_at, all[0].sha256)), 2).await.unwrap();
        assert_eq!(after, all[1..3]);
    }
}

#[tokio::test]
async fn one_term_follows_another_and_none_begins_twice() {
    for fresh in testing::each().await.unwrap() {
        let mut tx = fresh.store.begin().await.unwrap();
        house::company(&mut tx, 1, 1).await;
        tx.keep_model(&model(1, 300), &[]).await.unwrap();
        assert_eq!(tx.term().await.unwrap(), None);
        assert!(!tx.was_in_force(&[1; 32]).await.unwrap());
        let first = NewTerm { after: 0, model: Some([1; 32]), since: T(310), begun_by: OWNER, report: Some(([7; 32], "{}")) };
        tx.begin_term(&first).await.unwrap();
        tx.begin_term(&NewTerm { after: 1, model: None, since: T(320), begun_by: OWNER, report: None }).await.unwrap();
        let terms = tx.terms(9).await.unwrap();
        let told: Vec<_> = terms.iter().map(|term| (term.number, term.model, term.since, term.rolled_back)).collect();
        assert_eq!(told, [(2, None, T(320), true), (1, Some([1; 32]), T(310), false)]);
        assert_eq!((&terms[0].report, &terms[1].report), (&None, &Some(([7; 32], "{}".to_owned()))));
        assert!(terms.iter().all(|term| term.begun_by == OWNER && !term.begun_by_name.is_empty()));
        assert_eq!(tx.term().await.unwrap().as_ref(), terms.first());
        assert!(tx.was_in_force(&[1; 32]).await.unwrap() && !tx.was_in_force(&[2; 32]).await.unwrap());
        tx.commit().await.unwrap();
        let mut tx = fresh.store.begin().await.unwrap();
        let twice = tx.begin_term(&NewTerm { after: 1, ..first }).await;
        assert!(matches!(twice, Err(store::Error::Duplicate { .. })), "{twice:?}");
    }
}

#[tokio::test]
async fn answers_are_counted_and_the_blind_ones_come_with_what_was_known() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 6, 1).await;
        house::add_campaign(tx, 1, OWNER).await;
        let items: Vec<NewItem> = grants.iter().map(|grant| house::asked(1, grant, 1)).collect();
        house::add_items(tx, 1, &items).await;
        let by = |number: u32, origin, what| Decision { origin, ..answer(number, &items[number as usize], 1, what) };
        let blind = DecisionOrigin::PersonBlind;
        let given = [
            by(0, blind, Answer::Approve),
            by(1, blind, Answer::Revoke),
            by(2, blind, Answer::Approve),
            by(3, DecisionOrigin::Person, Answer::Approve),
            by(4, blind, Answer::Escalate),
        ];
        for one in &given {
            give(tx, one).await;
        }
        for settled in [0, 1, 3] {
            tx.set_decisions_finalised(&[given[settled].id], T(400)).await.unwrap();
            stand(tx, &given[settled], ReviewState::Decided).await;
        }
        stand(tx, &given[4], ReviewState::Escalated).await;
        let count = |origin, answer, is_final| AnswerCount {
            cause: items[0].cause.to_owned(),
            origin,
            answer,
            is_reversed: false,
            is_final,
            answers: 1,
        };
        let mut expected = vec![
            count(DecisionOrigin::Person, Answer::Approve, true),
            count(blind, Answer::Approve, false),
            count(blind, Answer::Approve, true),
            count(blind, Answer::Escalate, false),
            count(blind, Answer::Revoke, true),
        ];
        let key = |of: &AnswerCount| (of.origin.as_str(), of.answer.as_str(), of.is_final);
        let mut counted = tx.answers_counted(WITHIN, None).await.unwrap();
        counted.sort_by(|a, b| key(a).cmp(&key(b)));
        expected.sort_by(|a, b| key(a).cmp(&key(b)));
        assert_eq!(counted, expected);
        // What became final at a moment is new before it, and not at it; what can still be undone is new to nobody.
        let mut new = tx.answers_counted(WITHIN, Some(T(399))).await.unwrap();
        new.sort_by(|a, b| key(a).cmp(&key(b)));
        expected.retain(|of| of.is_final);
        assert_eq!(new, expected);
        assert_eq!(tx.answers_counted(WITHIN, Some(T(400))).await.unwrap(), []);

        let teach = tx.teaching_answers(WITHIN, None, 9).await.unwrap();
        let mut ids = [given[0].id, given[1].id];
        ids.sort();
        assert_eq!(teach.iter().map(|row| row.decision).collect::<Vec<_>>(), ids);
        let first = teach.iter().find(|row| row.decision == given[0].id).unwrap();
        assert_eq!((first.item, first.source, first.entitlement), (items[0].id, SOURCE, items[0].entitlement));
        assert_eq!((first.answer, first.decided_at, first.reviewer), (Answer::Approve, T(300), Some(items[0].reviewer)));
        assert_eq!(first.body, items[0].recommendation.body);
        let second = teach.iter().find(|row| row.decision == given[1].id).unwrap();
        assert_eq!(second.department.as_deref(), Some("Sales"), "as the reading has it");
        assert_eq!(tx.teaching_answers(WITHIN, Some(ids[0]), 9).await.unwrap().len(), 1);
        assert_eq!(tx.teaching_answers(WITHIN, None, 1).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_recommendation_names_its_model() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 2, 1).await;
        house::add_campaign(tx, 1, OWNER).await;
        tx.keep_model(&model(1, 300), &[]).await.unwrap();
        let mut items: Vec<NewItem> = grants.iter().map(|grant| house::asked(1, grant, 1)).collect();
        items[0].recommendation.model_sha256 = Some([1; 32]);
        house::add_items(tx, 1, &items).await;
        for (item, model) in items.iter().zip([Some(vec![1; 32]), None]) {
            assert_eq!(tx.recommendation(item.recommendation.id).await.unwrap().unwrap().model_sha256, model);
            let evidence = tx.evidence_recommendations(house::campaign(1), None, 9).await.unwrap();
            assert_eq!(evidence.iter().find(|row| row.id == item.recommendation.id.0).unwrap().model_sha256, model);
        }
    }
}

#[tokio::test]
async fn a_revoke_whose_access_was_asked_for_again_and_granted_soon_is_reversed() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 9, 1).await;
        house::add_campaign(tx, 1, OWNER).await;
        let items: Vec<NewItem> = grants.iter().map(|grant| house::asked(1, grant, 1)).collect();
        house::add_items(tx, 1, &items).await;
        let asked_for = Some(Explanation::ApprovedRequest);
        let back = |number: u32, order: &Order, at: i64, explanation| Finding {
            explanation,
            ..quality::back(u128::from(number), FindingKind::Returned, order, at)
        };
        // How each was given, when it was there again, how, and whether that reverses it.
        let cases = [
            (DecisionOrigin::Person, 1_100, asked_for, true),
            (DecisionOrigin::PersonBlind, 1_050, asked_for, true),
            (DecisionOrigin::PersonBulk, 1_001, asked_for, true),
            (DecisionOrigin::Person, 1_101, asked_for, false),
            (DecisionOrigin::Person, 1_050, Some(Explanation::Sync), false),
            (DecisionOrigin::Person, 1_050, Some(Explanation::Unexplained), false),
            (DecisionOrigin::Person, 1_050, None, false),
            (DecisionOrigin::Default, 1_050, asked_for, false),
        ];
        let mut reversed = Vec::new();
        for (number, (origin, at, explanation, expected)) in (0_u32..).zip(cases) {
            let item = &items[number as usize];
            let given = Decision { origin, ..answer(number, item, 1, Answer::Revoke) };
            give(tx, &given).await;
            tx.set_decisions_finalised(&[given.id], T(400)).await.unwrap();
            stand(tx, &given, ReviewState::Decided).await;
            let order = removal(number, item, &given);
            quality::prove(tx, &order, 1_000).await;
            assert!(tx.insert_finding(&back(number, &order, at, explanation)).await.unwrap());
            if expected {
                reversed.push(given.id);
            }
        }
        reversed.sort();
        let taught = tx.teaching_answers(WITHIN, None, 99).await.unwrap();
        assert!(taught.iter().all(|row| row.is_reversed && row.answer == Answer::Revoke), "{taught:?}");
        assert_eq!(taught.iter().map(|row| row.decision).collect::<Vec<_>>(), reversed);
        assert_eq!(tx.teaching_answers(WITHIN, Some(reversed[0]), 1).await.unwrap()[0].decision, reversed[1], "in pages");
        let counted = |counts: Vec<AnswerCount>, is_reversed| {
            counts.iter().filter(|of| of.is_reversed == is_reversed).map(|of| of.answers).sum::<u64>()
        };
        assert_eq!(counted(tx.answers_counted(WITHIN, None).await.unwrap(), true), 3);
        // It is new when it comes back, not when the Revoke became final.
        assert_eq!(counted(tx.answers_counted(WITHIN, Some(T(1_050))).await.unwrap(), true), 1);
        assert_eq!(counted(tx.answers_counted(WITHIN, Some(T(400))).await.unwrap(), false), 0);
        // What somebody put right at the source, or revoked again where it was asked about anew, was no mistake.
        let findings = tx.open_findings(None, 99).await.unwrap();
        let of = |place: usize| findings.iter().find(|found| found.item == Some(items[place].id)).unwrap().id;
        assert!(tx.settle_finding(of(0), Outcome::Corrected, T(2_000), OWNER).await.unwrap());
        assert!(tx.settle_finding(of(1), Outcome::Accepted, T(2_000), OWNER).await.unwrap());
        assert!(tx.set_finding_asked(of(2), items[8].id).await.unwrap());
        let again = answer(20, &items[8], 1, Answer::Revoke);
        give(tx, &again).await;
        let left: Vec<_> =
            tx.teaching_answers(WITHIN, None, 99).await.unwrap().iter().filter(|row| row.is_reversed).map(|row| row.item).collect();
        assert_eq!(left, [items[1].id]);
    }
}
