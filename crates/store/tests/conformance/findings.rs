//! Findings: once each, settled once, about what they are about.

use crate::house::{self, OWNER, SOURCE, T, account, entitlement, grant, id};
use domain::{AccountStatus, FindingId, SourceId};
use store::{
    access::Account,
    findings::{Explanation, Finding, FindingKind, Outcome},
    sources::{Snapshot, Source},
    testing,
};

fn finding(number: u32, kind: FindingKind, about: u32) -> Finding {
    Finding {
        id: id(23, number),
        kind,
        source: SOURCE,
        seq: 1,
        account: account(about),
        entitlement: Some(entitlement(1)),
        grant: Some(grant(about)),
        item: None,
        order: None,
        asked_item: None,
        explanation: Some(Explanation::Rule),
        raised_at: T(i64::from(number)),
        settled_at: None,
        settled_by: None,
        outcome: None,
    }
}

#[tokio::test]
async fn a_finding_is_raised_once_and_settled_once() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 3, 1).await;
        let items = house::campaign_about(tx, 1, &grants[..2]).await;
        let first = Finding { item: Some(items[0].id), ..finding(1, FindingKind::Returned, 1) };
        assert!(tx.insert_finding(&first).await.unwrap());
        assert!(!tx.insert_finding(&finding(2, FindingKind::Returned, 1)).await.unwrap(), "the same stands there already");
        assert!(tx.insert_finding(&finding(3, FindingKind::Regranted, 1)).await.unwrap(), "another kind is another finding");
        assert!(tx.insert_finding(&finding(4, FindingKind::Returned, 3)).await.unwrap());
        assert_eq!(tx.finding(first.id).await.unwrap(), Some(first.clone()));
        assert_eq!(tx.finding(id::<FindingId>(23, 2)).await.unwrap(), None);
        assert_eq!(tx.count_open_findings().await.unwrap(), 3);
        assert_eq!(tx.findings_of_campaign(house::campaign(1)).await.unwrap(), 2, "those about accounts that it asks about");
        assert!(tx.settle_finding(first.id, Outcome::DataMistake, T(50), OWNER).await.unwrap());
        assert!(!tx.settle_finding(first.id, Outcome::Accepted, T(51), OWNER).await.unwrap(), "once");
        let settled = Finding { settled_at: Some(T(50)), settled_by: Some(OWNER), outcome: Some(Outcome::DataMistake), ..first };
        assert_eq!(tx.finding(settled.id).await.unwrap(), Some(settled.clone()));
        assert_eq!(tx.findings_of_campaign(house::campaign(1)).await.unwrap(), 1);
        assert!(!tx.insert_finding(&finding(5, FindingKind::Returned, 1)).await.unwrap(), "also once it is settled");
        let line = tx.settled_finding_lines(9).await.unwrap().remove(0);
        assert_eq!(
            (line.person.as_deref(), line.access.as_deref(), line.source.as_str()),
            (Some("Person 1"), Some("Access 1"), "Directory")
        );
        assert_eq!((line.settled_by.as_deref(), line.outcome.as_deref()), (Some("owner"), Some("data_mistake")));
        let open = tx.open_finding_lines(None, 9).await.unwrap();
        assert_eq!(
            open.iter().map(|l| (l.kind.as_str(), l.person_external.as_str())).collect::<Vec<_>>(),
            [("returned", "p3"), ("regranted", "p1")]
        );
    }
}

#[tokio::test]
async fn findings_of_a_grant_are_its_own_and_those_about_the_same_access() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 2, 2).await;
        // Grants 1 and 2 are of person 1, to access 1 and 2.
        let whole = Finding { entitlement: None, grant: None, ..finding(1, FindingKind::LeaverActive, 1) };
        let access = Finding { grant: None, ..finding(2, FindingKind::EmergencyUsed, 1) };
        let own = finding(3, FindingKind::Returned, 1);
        let other = Finding { grant: Some(grant(2)), entitlement: Some(entitlement(2)), ..finding(4, FindingKind::Returned, 1) };
        for raised in [&whole, &access, &own, &other] {
            assert!(tx.insert_finding(raised).await.unwrap());
        }
        let mut of = async |number: u32, what: u32| {
            let found = tx.findings_of_grant(grant(number), account(1), entitlement(what)).await.unwrap();
            found.into_iter().map(|f| FindingId(f.id)).collect::<Vec<_>>()
        };
        assert_eq!(of(1, 1).await, [whole.id, access.id, own.id]);
        assert_eq!(of(2, 2).await, [whole.id, other.id]);
    }
}

#[tokio::test]
async fn leavers_with_access_are_those_who_left_hold_something_and_are_not_raised_yet() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 6, 1).await;
        let ends = [
            (1, Some(T(80)), Some(T(1))),
            (2, Some(T(90)), None),
            (3, Some(T(80)), Some(T(85))),
            (4, Some(T(81)), Some(T(1))),
            (5, None, Some(T(1))),
        ];
        house::snapshot(tx, 2).await;
        let numbers: Vec<_> = ends.iter().map(|(number, _, _)| account(*number)).collect();
        tx.end_account_versions(2, &numbers).await.unwrap();
        let versions: Vec<_> =
            ends.into_iter().map(|(number, end, start)| (Account { end, start, ..house::person(number) }, house::digest(3))).collect();
        tx.insert_account_versions(2, &versions).await.unwrap();
        tx.end_grants(2, &[grant(4)]).await.unwrap();
        // 3 came back after leaving, 4 holds nothing, 5 and 6 never left.
        assert_eq!(tx.leavers_with_access(SOURCE, 2, T(100)).await.unwrap(), [account(1), account(2)]);
        assert_eq!(tx.leavers_with_access(SOURCE, 2, T(89)).await.unwrap(), [account(1)]);
        assert_eq!(tx.leavers_with_access(SOURCE, 2, T(80)).await.unwrap(), [account(1)], "from the last day on");
        let raised = Finding { seq: 2, entitlement: None, grant: None, ..finding(1, FindingKind::LeaverActive, 1) };
        assert!(tx.insert_finding(&raised).await.unwrap());
        assert_eq!(tx.leavers_with_access(SOURCE, 2, T(100)).await.unwrap(), [account(2)]);
        let before = Finding { seq: 1, entitlement: None, grant: None, ..finding(2, FindingKind::LeaverActive, 2) };
        assert!(tx.insert_finding(&before).await.unwrap());
        assert_eq!(tx.leavers_with_access(SOURCE, 2, T(100)).await.unwrap(), [account(2)], "the account changed since it was raised");
    }
}

#[tokio::test]
async fn a_last_day_that_another_source_knows_holds_where_the_employee_number_joins() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 6, 1).await;
        let staff: SourceId = id(31, 1);
        tx.insert_source(&Source { id: staff, name: "Staff".into(), ..house::source() }, T(0)).await.unwrap();
        tx.insert_snapshot(&Snapshot { id: id(11, 99), source_id: staff.0, ..house::sealed() }).await.unwrap();
        let left =
            |number: u32| Account { id: id(32, number), external_id: format!("s{number}"), end: Some(T(80)), ..house::person(number) };
        let there = [
            // The number as another system writes it.
            Account { employee_id: Some(" n1 ".into()), ..left(1) },
            // Joined by address alone, a machine's, came back, and not gone yet.
            Account { employee_id: None, ..left(2) },
            Account { status: Some(AccountStatus::Service), ..left(3) },
            Account { start: Some(T(85)), ..left(4) },
            Account { end: Some(T(300)), ..left(5) },
            left(6),
        ];
        let ids: Vec<_> = there.iter().map(|of| (of.id, of.identity, of.external_id.clone())).collect();
        tx.insert_accounts(staff, &ids, T(0)).await.unwrap();
        tx.insert_account_versions(1, &there.map(|of| (of, house::digest(1)))).await.unwrap();
        // A third source knows that 6 began anew.
        let others: SourceId = id(31, 2);
        tx.insert_source(&Source { id: others, name: "Badges".into(), ..house::source() }, T(0)).await.unwrap();
        let again = Account { id: id(33, 6), external_id: "b6".into(), start: Some(T(90)), ..house::person(6) };
        tx.insert_accounts(others, &[(again.id, again.identity, again.external_id.clone())], T(0)).await.unwrap();
        tx.insert_account_versions(1, &[(again, house::digest(1))]).await.unwrap();
        assert_eq!(tx.leavers_with_access(SOURCE, 1, T(200)).await.unwrap(), [account(1)]);
        assert_eq!(tx.leavers_with_access(staff, 1, T(200)).await.unwrap(), [], "nobody holds anything there");
        // One finding is enough until somebody settles it, and after that until the other source says something new.
        let raised = Finding { entitlement: None, grant: None, ..finding(1, FindingKind::LeaverActive, 1) };
        assert!(tx.insert_finding(&raised).await.unwrap());
        assert_eq!(tx.leavers_with_access(SOURCE, 1, T(200)).await.unwrap(), []);
    }
}

#[tokio::test]
async fn access_that_returned_is_asked_about_once_and_its_item_knows_why() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 3, 1).await;
        let items = house::campaign_about(tx, 1, &grants[..2]).await;
        for (number, kind, about) in [(1, FindingKind::Returned, 1), (2, FindingKind::Regranted, 2), (3, FindingKind::Returned, 3)] {
            assert!(tx.insert_finding(&finding(number, kind, about)).await.unwrap());
        }
        let waiting = tx.returned_and_not_asked(SOURCE).await.unwrap();
        assert_eq!(waiting.into_iter().collect::<Vec<_>>(), [(grant(1), id(23, 1)), (grant(3), id(23, 3))]);
        assert!(tx.set_finding_asked(id(23, 1), items[0].id).await.unwrap());
        assert!(!tx.set_finding_asked(id(23, 1), items[1].id).await.unwrap(), "the first that asks stays named");
        assert_eq!(tx.finding_behind(items[0].id).await.unwrap().map(|f| f.id), Some(id(23, 1)));
        assert_eq!(tx.finding_behind(items[1].id).await.unwrap(), None);
        tx.end_grants(2, &[grant(3)]).await.unwrap();
        assert!(tx.returned_and_not_asked(SOURCE).await.unwrap().is_empty(), "what is gone again is not asked about");
        let lines = tx.open_finding_lines(None, 9).await.unwrap();
        let asked = lines.iter().find(|line| FindingId(line.id) == id(23, 1)).unwrap();
        assert_eq!((asked.asked_item_id, asked.asked_number, asked.held), (Some(items[0].id.0), Some(items[0].number), 1));
        assert_eq!((asked.asked_campaign_id, asked.asked_owner), (Some(house::campaign(1).0), Some(OWNER.0)));
        let gone = lines.iter().find(|line| FindingId(line.id) == id(23, 3)).unwrap();
        assert_eq!((gone.asked_item_id, gone.held), (None, 0));
        let counts = tx.count_open_findings_by_kind().await.unwrap();
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [(FindingKind::Returned, 2), (FindingKind::Regranted, 1)]);
    }
}
