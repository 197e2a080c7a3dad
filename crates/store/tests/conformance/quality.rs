//! Figures of quality: what is added up, what is hidden, measurements, and alerts that stand once.

use crate::house::{self, OWNER, SOURCE, T, answer, give, removal, stand};
use domain::{Answer, DecisionOrigin, FindingId, OrderEvent, OrderState, ReviewState, Showing, Verdict, time::SECOND};
use store::{
    Tx,
    campaigns::NewItem,
    decisions::Decision,
    findings::{Finding, FindingKind},
    models::StoredModel,
    orders::Order,
    quality::{Alert, AnswerCount, InputCount, Measurement, RemovalCount},
    testing,
};
use uuid::Uuid;

/// Two campaigns about the same grants: the first shows what is recommended, the second hides it.
async fn campaigns(tx: &mut Tx, people: u32) -> [Vec<NewItem>; 2] {
    let grants = house::company(tx, people, 1).await;
    house::add_campaign(tx, 1, OWNER).await;
    house::add_campaign_showing(tx, 2, OWNER, Showing::Hidden).await;
    let items = |campaign: u32| -> Vec<NewItem> { grants.iter().map(|grant| house::asked(campaign, grant, 1)).collect() };
    let all = [items(1), items(2)];
    for (number, items) in [(1, &all[0]), (2, &all[1])] {
        house::add_items(tx, number, items).await;
    }
    all
}

async fn finish(tx: &mut Tx, given: &Decision) {
    give(tx, given).await;
    assert_eq!(tx.set_decisions_finalised(&[given.id], T(400)).await.unwrap(), 1);
    stand(tx, given, ReviewState::Decided).await;
}

#[tokio::test]
async fn final_answers_of_people_are_added_up_where_recommendations_are_shown() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let [shown, hidden] = campaigns(tx, 8).await;
        let of = |number: u32, item: usize, what| answer(number, &shown[item], 1, what);
        finish(tx, &of(1, 0, Answer::Approve)).await;
        finish(tx, &of(2, 1, Answer::Approve)).await;
        finish(tx, &of(3, 2, Answer::Revoke)).await;
        finish(tx, &Decision { origin: DecisionOrigin::PersonBlind, ..of(4, 3, Answer::Revoke) }).await;
        // Not final yet, several at once, on the platform: none of these counts.
        give(tx, &of(5, 4, Answer::Approve)).await;
        finish(tx, &Decision { origin: DecisionOrigin::PersonBulk, ..of(6, 5, Answer::Approve) }).await;
        finish(tx, &Decision { origin: DecisionOrigin::Platform, ..of(7, 6, Answer::Approve) }).await;
        give(tx, &of(8, 7, Answer::Escalate)).await;
        stand(tx, &of(8, 7, Answer::Escalate), ReviewState::Escalated).await;
        finish(tx, &answer(9, &hidden[0], 2, Answer::Approve)).await;
        give(tx, &answer(10, &hidden[1], 2, Answer::Escalate)).await;

        let row = |answer, blind, cases| AnswerCount {
            engine: "rules-1".to_owned(),
            model: None,
            cause: "unused".to_owned(),
            verdict: Verdict::Escalate,
            bin: 5,
            answer,
            blind,
            week: 0,
            cases,
            stated: cases * 5_000,
        };
        let all = [row(Answer::Approve, false, 2), row(Answer::Revoke, false, 1), row(Answer::Revoke, true, 1)];
        assert_eq!(tx.quality_answers(T(300), T(301)).await.unwrap(), all);
        assert_eq!(tx.quality_answers(T(301), T(999)).await.unwrap(), []);
        assert_eq!(tx.quality_answers(T(0), T(300)).await.unwrap(), []);
        assert_eq!(tx.quality_escalations(T(300), T(301)).await.unwrap(), [(0, 1)]);
        assert_eq!(tx.quality_escalations(T(301), T(999)).await.unwrap(), []);
    }
}

#[tokio::test]
async fn answers_and_removals_are_kept_apart_by_the_model_that_was_asked() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 3, 1).await;
        house::add_campaign(tx, 1, OWNER).await;
        for number in [1, 2] {
            let model = StoredModel {
                sha256: [number; 32],
                artifact: vec![number],
                note: "note".to_owned(),
                trained_at: T(150),
                trained_by: OWNER,
                by_itself: false,
            };
            tx.keep_model(&model, &[]).await.unwrap();
        }
        let mut items: Vec<NewItem> = grants.iter().map(|grant| house::asked(1, grant, 1)).collect();
        for (item, model) in items.iter_mut().zip([Some([2; 32]), None, Some([1; 32])]) {
            item.recommendation.model_sha256 = model;
        }
        house::add_items(tx, 1, &items).await;
        for (number, item) in (1..).zip(&items) {
            let given = answer(number, item, 1, Answer::Revoke);
            finish(tx, &given).await;
            prove(tx, &removal(number, item, &given), 1_000).await;
        }
        let asked = [None, Some([1; 32]), Some([2; 32])];
        let answers = tx.quality_answers(T(300), T(301)).await.unwrap();
        // SQLite puts what is not there first, PostgreSQL last.
        let by_model = |mut found: Vec<(Option<[u8; 32]>, i64)>| {
            found.sort();
            found
        };
        let expected: Vec<_> = asked.map(|model| (model, 1)).to_vec();
        assert_eq!(by_model(answers.iter().map(|row| (row.model, row.cases)).collect()), expected);
        let removals = tx.quality_removals(T(1_000), T(2_000), 50 * SECOND).await.unwrap();
        assert_eq!(by_model(removals.iter().map(|row| (row.model, row.cases)).collect()), expected);
    }
}

pub async fn prove(tx: &mut Tx, order: &Order, at: i64) {
    tx.insert_order(order, Some(OWNER)).await.unwrap();
    let proven =
        Order { state: OrderState::Proven, hold_reason: None, hold_until: None, proven_at: Some(T(at)), version: 2, ..order.clone() };
    assert!(tx.step_order(order, &proven, OrderEvent::SeeGone, T(at), None).await.unwrap());
}

pub fn back(number: u128, kind: FindingKind, order: &Order, raised_at: i64) -> Finding {
    Finding {
        id: FindingId(Uuid::from_u128(0x9000 + number)),
        kind,
        source: SOURCE,
        seq: 1,
        account: order.account,
        entitlement: Some(order.entitlement),
        grant: Some(order.grant),
        item: Some(order.item),
        order: Some(order.id),
        asked_item: None,
        explanation: None,
        raised_at: T(raised_at),
        settled_at: None,
        settled_by: None,
        outcome: None,
    }
}

#[tokio::test]
async fn removals_that_came_back_in_time_are_counted_once_each() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let [shown, hidden] = campaigns(tx, 5).await;
        for (number, at) in [(1, 1_000), (2, 1_000), (3, 1_000), (4, 2_000)] {
            let given = answer(number, &shown[number as usize - 1], 1, Answer::Revoke);
            finish(tx, &given).await;
            let order = removal(number, &shown[number as usize - 1], &given);
            prove(tx, &order, at).await;
            match number {
                // Twice about the same removal, once too late, never.
                1 => {
                    assert!(tx.insert_finding(&back(1, FindingKind::Regranted, &order, 990)).await.unwrap());
                    assert!(tx.insert_finding(&back(2, FindingKind::Returned, &order, 1_050)).await.unwrap());
                }
                2 => assert!(tx.insert_finding(&back(3, FindingKind::Returned, &order, 1_051)).await.unwrap()),
                _ => {}
            }
        }
        let given = answer(5, &hidden[4], 2, Answer::Revoke);
        finish(tx, &given).await;
        prove(tx, &removal(5, &hidden[4], &given), 1_000).await;
        let row = |cases, returned| RemovalCount {
            engine: "rules-1".to_owned(),
            model: None,
            cause: "unused".to_owned(),
            verdict: Verdict::Escalate,
            cases,
            returned,
        };
        assert_eq!(tx.quality_removals(T(1_000), T(2_000), 50 * SECOND).await.unwrap(), [row(3, 1)]);
        assert_eq!(tx.quality_removals(T(1_000), T(2_001), 51 * SECOND).await.unwrap(), [row(4, 2)]);
        assert_eq!(tx.quality_removals(T(2_001), T(9_000), 50 * SECOND).await.unwrap(), []);
    }
}

#[tokio::test]
async fn facts_are_counted_once_and_again_where_items_came_to_be() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        campaigns(tx, 3).await;
        let campaign = house::campaign(1);
        assert_eq!(tx.quality_uncounted(T(200)).await.unwrap(), [(campaign, 3)], "the hidden one is not counted");
        assert_eq!(tx.quality_uncounted(T(201)).await.unwrap(), []);
        let page = tx.quality_recommendations(campaign, 1, 1).await.unwrap();
        assert_eq!(page, [(2, T(200), b"{}".to_vec())]);
        assert_eq!(tx.quality_recommendations(house::campaign(2), 0, 9).await.unwrap(), []);
        let count = |week, bucket: &str, cases| InputCount {
            version: "rules-1".to_owned(),
            week,
            input: "path".to_owned(),
            bucket: bucket.to_owned(),
            cases,
        };
        tx.keep_quality_inputs(campaign, 2, &[count(4, "direct", 9)]).await.unwrap();
        assert_eq!(tx.quality_uncounted(T(0)).await.unwrap(), [(campaign, 3)]);
        let kept = [count(4, "direct", 2), count(5, "direct", 1), count(5, "group", 1)];
        tx.keep_quality_inputs(campaign, 3, &kept).await.unwrap();
        assert_eq!(tx.quality_uncounted(T(0)).await.unwrap(), []);
        tx.keep_quality_inputs(house::campaign(2), 3, &kept).await.unwrap();
        assert_eq!(tx.quality_inputs(4, 5).await.unwrap(), kept);
        assert_eq!(tx.quality_inputs(5, 9).await.unwrap(), kept[1..]);
        assert_eq!(tx.quality_inputs(6, 9).await.unwrap(), []);
    }
}

#[tokio::test]
async fn an_alert_stands_once_until_it_is_over() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::begin(tx).await;
        let alert = |number: u128, part: &str, at| Alert {
            id: Uuid::from_u128(number),
            version: "rules-1".to_owned(),
            figure: "kept_against".to_owned(),
            part: part.to_owned(),
            value: 1_200,
            band: 500,
            cases: 100,
            raised_at: T(at),
            ended_at: None,
            ended_because: None,
        };
        assert!(tx.insert_alert(&alert(1, "", 10)).await.unwrap());
        assert!(!tx.insert_alert(&alert(2, "", 20)).await.unwrap(), "the same stands open");
        assert!(tx.insert_alert(&alert(3, "unused", 20)).await.unwrap());
        assert_eq!(tx.open_alerts().await.unwrap(), [alert(1, "", 10), alert(3, "unused", 20)]);
        assert_eq!(tx.count_open_alerts().await.unwrap(), [("kept_against".to_owned(), 2)]);
        assert!(tx.end_alert(Uuid::from_u128(1), T(30), "within").await.unwrap());
        assert!(!tx.end_alert(Uuid::from_u128(1), T(40), "within").await.unwrap());
        assert!(tx.insert_alert(&alert(4, "", 50)).await.unwrap(), "it left its band anew");
        let over = Alert { ended_at: Some(T(30)), ended_because: Some("within".to_owned()), ..alert(1, "", 10) };
        assert_eq!(tx.ended_alerts(9).await.unwrap(), [over]);
        assert_eq!(tx.ended_alerts(0).await.unwrap(), []);
    }
}

#[tokio::test]
async fn the_newest_measurement_is_found() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::begin(tx).await;
        assert_eq!((tx.newest_measurement().await.unwrap(), tx.last_measured_at().await.unwrap()), (None, None));
        let made = |number: u128, at, by| Measurement {
            id: Uuid::from_u128(number),
            measured_at: T(at),
            by,
            sha256: [5; 32],
            body: format!("{{\"n\":{number}}}"),
        };
        tx.insert_measurement(&made(1, 20, Some(OWNER))).await.unwrap();
        tx.insert_measurement(&made(2, 10, None)).await.unwrap();
        assert_eq!(tx.newest_measurement().await.unwrap(), Some(made(1, 20, Some(OWNER))));
        assert_eq!(tx.last_measured_at().await.unwrap(), Some(T(20)));
    }
}
