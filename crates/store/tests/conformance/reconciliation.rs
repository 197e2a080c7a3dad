//! What was decided beside what the sources show: counts, lines, and reports with their readers.

use crate::house::{self, OWNER, SOURCE, T, answer, give, removal, stand};
use domain::{Answer, DecisionOrigin, FindingId, GrantId, OrderEvent, OrderState, ReviewState, Showing, Verdict};
use store::{
    Tx,
    campaigns::NewItem,
    findings::{Finding, FindingKind},
    orders::Order,
    reconciliation::{Line, Readings, Reconciliation, Shows},
    testing,
};
use uuid::Uuid;

async fn finish(tx: &mut Tx, number: u32, item: &NewItem, what: Answer) -> Order {
    let given = answer(number, item, 1, what);
    give(tx, &given).await;
    assert_eq!(tx.set_decisions_finalised(&[given.id], T(400)).await.unwrap(), 1);
    stand(tx, &given, ReviewState::Decided).await;
    removal(number, item, &given)
}

async fn order(tx: &mut Tx, order: &Order, state: OrderState) {
    tx.insert_order(order, Some(OWNER)).await.unwrap();
    let hold = (state == OrderState::Held).then_some(order.hold_reason).flatten();
    let after = Order { state, hold_reason: hold, hold_until: None, version: 2, ..order.clone() };
    assert!(tx.step_order(order, &after, OrderEvent::SeeGone, T(500), None).await.unwrap());
}

/// Ends grants with the second reading.
async fn end(tx: &mut Tx, grants: &[GrantId]) {
    house::snapshot(tx, 2).await;
    tx.end_grants(2, grants).await.unwrap();
}

#[tokio::test]
async fn what_the_source_shows_follows_orders_findings_and_readings() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 9, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        // Removed; returned; removal under way; stuck; no order; gone without proof; kept; kept and gone; not answered.
        for (number, state) in [(1, OrderState::Proven), (2, OrderState::Proven), (3, OrderState::Held), (4, OrderState::Refused)] {
            let made = finish(tx, number, &items[number as usize - 1], Answer::Revoke).await;
            order(tx, &made, state).await;
        }
        finish(tx, 5, &items[4], Answer::Revoke).await;
        finish(tx, 6, &items[5], Answer::Revoke).await;
        finish(tx, 7, &items[6], Answer::Approve).await;
        finish(tx, 8, &items[7], Answer::Approve).await;
        let again = house::held(20, 2, 1);
        house::add_grants(tx, std::slice::from_ref(&again)).await;
        let finding = Finding {
            id: FindingId(Uuid::from_u128(77)),
            kind: FindingKind::Returned,
            source: SOURCE,
            seq: 2,
            account: again.account,
            entitlement: Some(again.entitlement),
            grant: Some(again.id),
            item: Some(items[1].id),
            order: Some(house::order(2)),
            asked_item: None,
            explanation: None,
            raised_at: T(900),
            settled_at: None,
            settled_by: None,
            outcome: None,
        };
        assert!(tx.insert_finding(&finding).await.unwrap());
        end(tx, &[grants[0].id, grants[1].id, grants[5].id, grants[7].id]).await;

        let campaign = house::campaign(1);
        let mut counted: Vec<_> = tx
            .reconciled_counts(campaign)
            .await
            .unwrap()
            .into_iter()
            .map(|of| (of.answer.map(|(answer, _)| answer), of.shows, of.items, of.recommended))
            .collect();
        counted.sort_by_key(|of| (of.0.map(Answer::as_str), of.1));
        let silent = Some(Verdict::Escalate);
        assert_eq!(
            counted,
            [
                (None, Shows::Held, 1, silent),
                (Some(Answer::Approve), Shows::Gone, 1, silent),
                (Some(Answer::Approve), Shows::Held, 1, silent),
                (Some(Answer::Revoke), Shows::Returned, 1, silent),
                (Some(Answer::Revoke), Shows::Removed, 1, silent),
                (Some(Answer::Revoke), Shows::Gone, 1, silent),
                (Some(Answer::Revoke), Shows::Stuck, 1, silent),
                (Some(Answer::Revoke), Shows::Outstanding, 1, silent),
                (Some(Answer::Revoke), Shows::Held, 1, silent),
            ]
        );
        let revoked = tx.reconciled_revokes(campaign, 0, 9).await.unwrap();
        let shown: Vec<_> = revoked.iter().map(|(number, item)| (*number, item.shows)).collect();
        let all =
            [(1, Shows::Removed), (2, Shows::Returned), (3, Shows::Outstanding), (4, Shows::Stuck), (5, Shows::Held), (6, Shows::Gone)];
        assert_eq!(shown, all);
        let first = &revoked[0].1;
        assert_eq!((first.item, first.grant, first.recommended, first.origin), (items[0].id, grants[0].id, silent, DecisionOrigin::Person));
        assert_eq!(first.since, T(300));
        let page = tx.reconciled_revokes(campaign, 4, 1).await.unwrap();
        assert_eq!(page.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [5]);

        let within = Readings { source: SOURCE, after: 1, until: 2 };
        let gone = tx.reconciled_kept_and_gone(within, 9).await.unwrap();
        assert_eq!(gone.iter().map(|(campaign, item)| (*campaign, item.item)).collect::<Vec<_>>(), [(campaign, items[7].id)]);
        assert_eq!((gone[0].1.shows, gone[0].1.since), (Shows::Gone, T(201)));
        assert_eq!(tx.reconciled_kept_and_gone(Readings { after: 2, until: 3, ..within }, 9).await.unwrap(), []);
        assert_eq!(tx.reconciled_kept_and_gone(within, 0).await.unwrap(), []);
        assert_eq!(tx.readings_within(T(0), T(999)).await.unwrap(), [within], "the first reading explains itself");
        assert_eq!(tx.readings_within(T(202), T(999)).await.unwrap(), []);
    }
}

#[tokio::test]
async fn what_is_recommended_is_left_out_where_it_is_hidden() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 2, 1).await;
        house::add_campaign_showing(tx, 1, OWNER, Showing::Hidden).await;
        let items: Vec<NewItem> = grants.iter().map(|grant| house::asked(1, grant, 1)).collect();
        house::add_items(tx, 1, &items).await;
        finish(tx, 1, &items[0], Answer::Revoke).await;
        let campaign = house::campaign(1);
        assert!(tx.reconciled_counts(campaign).await.unwrap().iter().all(|of| of.recommended.is_none()));
        assert!(tx.reconciled_revokes(campaign, 0, 9).await.unwrap().iter().all(|(_, item)| item.recommended.is_none()));
        assert_eq!(tx.campaigns_to_reconcile(T(0)).await.unwrap(), [campaign]);
        assert!(tx.was_campaign_open_before(T(201)).await.unwrap() && !tx.was_campaign_open_before(T(200)).await.unwrap());
    }
}

#[tokio::test]
async fn access_that_came_without_an_explanation_is_found_by_its_reading() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 2, 1).await;
        house::snapshot(tx, 2).await;
        let came = |number: u32| store::access::Grant { valid_from: 2, ..house::held(number, 1, 1) };
        let rule = store::access::Grant { path: domain::GrantPath::Rule("everyone".into()), ..came(31) };
        let outer = store::access::Grant { path: domain::GrantPath::Nested(vec!["in".into(), "out".into()]), ..came(32) };
        let asked = store::access::Grant { granted_by: Some("p9".into()), ..came(33) };
        let undated = store::access::Grant { granted_by: Some("p9".into()), granted_on: None, ..came(34) };
        let group = store::access::Grant { path: domain::GrantPath::Group("sales".into()), ..came(35) };
        house::add_grants(tx, &[rule, outer, asked, undated.clone(), group.clone(), came(36)]).await;
        let within = Readings { source: SOURCE, after: 1, until: 2 };
        let found = tx.unexplained_grants(within, None, 9).await.unwrap();
        assert_eq!(found, [(undated.id, T(201)), (group.id, T(201)), (house::grant(36), T(201))]);
        assert_eq!(tx.unexplained_grants(within, Some(undated.id), 1).await.unwrap(), found[1..2]);
        assert_eq!(tx.unexplained_grants(Readings { after: 2, until: 9, ..within }, None, 9).await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_report_is_kept_once_a_week_with_its_lines_and_readers() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 2, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let made = |number: u128, until, by| Reconciliation {
            id: Uuid::from_u128(number),
            from: T(100),
            until: T(until),
            made_at: T(600 + i64::try_from(number).unwrap()),
            by,
            sha256: [6; 32],
            body: "{}".to_owned(),
        };
        let line = |number, kind: &str, item: Option<usize>| Line {
            number,
            kind: kind.to_owned(),
            campaign: item.map(|_| house::campaign(1)),
            item: item.map(|at| items[at].id),
            grant: grants[item.unwrap_or(0)].id,
            recommended: item.map(|_| Verdict::Revoke),
            decided: item.map(|_| "revoke".to_owned()),
            since: T(300),
        };
        let lines = [line(1, "stuck", Some(0)), line(2, "stuck", Some(1)), line(3, "unexplained", None)];
        assert!(tx.insert_reconciliation(&made(1, 500, None), &lines).await.unwrap());
        assert!(!tx.insert_reconciliation(&made(2, 500, None), &lines).await.unwrap(), "that week has its report");
        assert!(tx.insert_reconciliation(&made(3, 500, Some(OWNER)), &[]).await.unwrap(), "somebody asked");
        // What somebody asked for is no week's.
        assert!(tx.insert_reconciliation(&made(4, 480, Some(OWNER)), &[]).await.unwrap());
        for (until, last) in [(499, None), (500, Some(T(500))), (501, Some(T(500)))] {
            assert_eq!(tx.last_weekly_reconciliation(T(until)).await.unwrap(), last);
        }
        let report = Uuid::from_u128(1);
        assert_eq!(tx.reconciliation(report).await.unwrap(), Some(made(1, 500, None)));
        assert_eq!(tx.reconciliation(Uuid::from_u128(2)).await.unwrap(), None);
        assert_eq!(tx.reconciliations(9).await.unwrap(), [made(3, 500, Some(OWNER)), made(1, 500, None), made(4, 480, Some(OWNER))]);
        assert_eq!(tx.kept_reconciliation_lines(report, 0, 9).await.unwrap(), lines);
        assert_eq!(tx.kept_reconciliation_lines(report, 1, 1).await.unwrap(), lines[1..2]);

        let numbers = |lines: Vec<store::reconciliation::NamedLine>| lines.into_iter().map(|line| line.number).collect::<Vec<_>>();
        let named = tx.reconciliation_lines(report, None, None, 0, 9).await.unwrap();
        let first = &named[0];
        assert_eq!((first.person.as_deref(), first.access_external.as_str()), (Some("Person 1"), "e1"));
        assert_eq!((first.campaign.as_deref(), first.item_number, first.owner_id), (Some("Campaign 1"), Some(1), Some(OWNER.0)));
        assert_eq!((named[2].campaign.as_deref(), named[2].item_number), (None, None));
        assert_eq!(numbers(named), [1, 2, 3]);
        assert_eq!(numbers(tx.reconciliation_lines(report, Some(OWNER), None, 0, 9).await.unwrap()), [1, 2]);
        assert_eq!(numbers(tx.reconciliation_lines(report, None, Some("unexplained"), 0, 9).await.unwrap()), [3]);
        assert_eq!(numbers(tx.reconciliation_lines(report, None, None, 1, 1).await.unwrap()), [2]);
        let other = domain::UserId(Uuid::from_u128(0xbeef));
        assert_eq!(numbers(tx.reconciliation_lines(report, Some(other), None, 0, 9).await.unwrap()), Vec::<i64>::new());
        let counts = tx.count_reconciliation_lines(report, None).await.unwrap();
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("stuck".to_owned(), 2), ("unexplained".to_owned(), 1)]);
        let counts = tx.count_reconciliation_lines(report, Some(OWNER)).await.unwrap();
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [("stuck".to_owned(), 2)]);

        assert!(!tx.has_read_reconciliation(report, OWNER).await.unwrap());
        for at in [700, 800] {
            tx.keep_reconciliation_reader(report, OWNER, T(at)).await.unwrap();
        }
        assert!(tx.has_read_reconciliation(report, OWNER).await.unwrap());
        assert!(!tx.has_read_reconciliation(Uuid::from_u128(3), OWNER).await.unwrap());
    }
}
