//! What queue and history read: counts, causes, lines and searches.

use crate::house::{self, OWNER, SOURCE, T, account, answer, entitlement, give, grant, id, identity, removal};
use domain::{Answer, Grain, OrderState, ReviewState, Sensitivity, Usage};
use store::{
    Tx,
    access::{Account, Entitlement, UsageOf},
    campaigns::NewItem,
    testing,
    views::{
        history::GrantFilter,
        queue::{CauseCount, StateAnswerCount, Which},
    },
};

#[tokio::test]
async fn a_queue_is_counted_by_cause_and_walked_through_its_open_items() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 6, 1).await;
        house::add_campaign(tx, 1, OWNER).await;
        let causes = [("unused", 1), ("unused", 1), ("left", 0), ("apart", 0), ("used", 2), ("unused", 1)];
        let items: Vec<NewItem> =
            grants.iter().zip(causes).map(|(grant, (cause, sort))| NewItem { cause, sort, ..house::asked(1, grant, 1) }).collect();
        house::add_items(tx, 1, &items).await;
        give(tx, &answer(1, &items[1], 1, Answer::Approve)).await;
        let (me, campaign) = (identity(1), house::campaign(1));
        let cause = |sort, cause: &str, open, items, risk| CauseCount { sort, cause: cause.into(), open, items, risk };
        assert_eq!(
            tx.reviewer_causes(me, campaign).await.unwrap(),
            [cause(0, "apart", 1, 1, 4), cause(0, "left", 1, 1, 3), cause(1, "unused", 2, 3, 6), cause(2, "used", 1, 1, 5),]
        );
        assert_eq!(tx.reviewer_causes(identity(2), campaign).await.unwrap(), []);
        let mut counts = tx.reviewer_counts(me).await.unwrap();
        counts.sort_by_key(|c| c.items);
        let count = |state, answer, items| StateAnswerCount { campaign, state, answer, items };
        assert_eq!(counts, [count(ReviewState::Staged, Some(Answer::Approve), 1), count(ReviewState::Undecided, None, 5)]);
        let asked = tx.reviewer_asked(me, campaign).await.unwrap();
        assert_eq!((asked.people, asked.by_escalation, asked.escalation_due_at), (6, 0, None));
        assert_eq!(tx.reviewer_asked(me, house::campaign(2)).await.unwrap().people, 0);
        let neighbours = [(1, None, Some(3)), (3, Some(1), Some(4)), (6, Some(5), None)];
        for (at, before, after) in neighbours {
            let expected = (before.map(|n: u32| house::item(1, n)), after.map(|n: u32| house::item(1, n)));
            assert_eq!(tx.open_neighbours(me, campaign, at).await.unwrap(), expected, "the second is answered: beside {at}");
        }
    }
}

#[tokio::test]
async fn a_line_says_what_the_campaigns_snapshot_said() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 3, 3).await;
        let used = Usage { last_used: Some(T(40)), days_used: Some(2), window_days: 90, grain: Grain::Entitlement };
        let of = UsageOf { account: account(1), entitlement: entitlement(3), usage: used, digest: house::digest(1) };
        tx.insert_usages(SOURCE, 1, &[of]).await.unwrap();
        let items = house::campaign_about(tx, 1, &grants).await;
        house::snapshot(tx, 2).await;
        tx.end_account_versions(2, &[account(1)]).await.unwrap();
        let renamed = Account { name: Some("Somebody else".into()), ..house::person(1) };
        tx.insert_account_versions(2, &[(renamed, house::digest(2))]).await.unwrap();
        let line = tx.item_line(items[2].id).await.unwrap().unwrap();
        assert_eq!((line.person.as_str(), line.access.as_str(), line.application.as_deref()), ("Person 1", "Access 3", Some("Ledgerline")));
        assert_eq!((line.usage, line.sensitivity, line.read_at), (Some(used), Some(Sensitivity::High), T(100)));
        assert_eq!((line.answer, line.order, line.alarm), (None, None, false));
        assert_eq!(tx.item_line(items[3].id).await.unwrap().unwrap().usage, None, "unknown use is not no use");
        let given = answer(1, &items[2], 1, Answer::Revoke);
        give(tx, &given).await;
        tx.insert_order(&removal(1, &items[2], &given), None).await.unwrap();
        let line = tx.item_line(items[2].id).await.unwrap().unwrap();
        assert_eq!((line.state, line.answer, line.order), (ReviewState::Staged, Some(Answer::Revoke), Some(OrderState::Held)));
        assert!(tx.item_line(house::item(9, 9)).await.unwrap().is_none());
    }
}

/// Names as people write them, and texts that mean something to SQL.
#[tokio::test]
async fn what_is_searched_for_is_text_and_found_in_any_case() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::begin(tx).await;
        let names = ["Ren\u{c9} Lef\u{e8}vre", "100% Contractor", "under_score", "Bang!", "O'Brien", "\u{5e9}\u{5e8}\u{5d4}"];
        let people: Vec<Account> =
            (1..).zip(names).map(|(n, name)| Account { name: Some(name.into()), email: None, ..house::person(n) }).collect();
        let ids: Vec<_> = people.iter().map(|p| (p.id, p.identity, p.external_id.clone())).collect();
        tx.insert_accounts(SOURCE, &ids, T(0)).await.unwrap();
        let versions: Vec<_> = people.into_iter().map(|p| (p, house::digest(1))).collect();
        tx.insert_account_versions(1, &versions).await.unwrap();
        tx.insert_entitlements(SOURCE, &[(entitlement(1), "e1".into())]).await.unwrap();
        let access = Entitlement { application: Some("\u{c9}COLE".into()), ..house::access(1) };
        tx.insert_entitlement_versions(1, &[(access, house::digest(2))]).await.unwrap();
        let grants: Vec<_> = (1..=6).map(|n| house::held(n, n, 1)).collect();
        house::add_grants(tx, &grants).await;
        house::campaign_about(tx, 1, &grants).await;
        let (me, campaign) = (identity(1), house::campaign(1));
        let everybody = [1, 2, 3, 4, 5, 6];
        let searches: [(&str, &[u32]); 11] = [
            ("ren\u{e9}", &[1]),
            ("LEF\u{c8}VRE", &[1]),
            ("%", &[2]),
            ("_", &[3]),
            ("!", &[4]),
            ("o'b", &[5]),
            ("'; DROP TABLE items; --", &[]),
            ("\u{5e9}\u{5e8}", &[6]),
            ("\u{e9}cole", &everybody),
            ("access 1", &everybody),
            ("nobody", &[]),
        ];
        for (text, expected) in searches {
            let found = tx.reviewer_items(me, campaign, Which::Search(text), 0, 99).await.unwrap();
            assert_eq!(
                found.iter().map(|l| l.number).collect::<Vec<_>>(),
                expected.iter().map(|n| i64::from(*n)).collect::<Vec<_>>(),
                "{text}"
            );
            let filter = if expected == everybody {
                GrantFilter { access: Some(text.into()), ..GrantFilter::default() }
            } else {
                GrantFilter { person: Some(text.into()), ..GrantFilter::default() }
            };
            let found = tx.grants_found(&filter, None, 99).await.unwrap();
            assert_eq!(
                found.iter().map(|l| l.grant).collect::<Vec<_>>(),
                expected.iter().map(|n| grant(*n)).collect::<Vec<_>>(),
                "{text} in history"
            );
        }
    }
}

async fn found(tx: &mut Tx, filter: GrantFilter) -> Vec<u32> {
    let lines = tx.grants_found(&filter, None, 99).await.unwrap();
    lines.into_iter().map(|line| u32::try_from(line.grant.0.as_u128() & 0xffff).unwrap()).collect()
}

#[tokio::test]
async fn history_is_filtered_by_what_came_of_a_grant() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 4, 1).await;
        let items = house::campaign_about(tx, 1, &grants[..3]).await;
        let later = house::campaign_about(tx, 2, &grants[..1]).await;
        let given = answer(1, &items[1], 1, Answer::Revoke);
        give(tx, &given).await;
        tx.insert_order(&removal(1, &items[1], &given), None).await.unwrap();
        house::snapshot(tx, 2).await;
        tx.end_grants(2, &[grant(3)]).await.unwrap();
        let all = GrantFilter::default;
        assert_eq!(found(tx, all()).await, [1, 2, 3, 4], "those that are gone too");
        assert_eq!(found(tx, GrantFilter { source: Some(SOURCE), ..all() }).await, [1, 2, 3, 4]);
        assert_eq!(found(tx, GrantFilter { source: Some(id(1, 9)), ..all() }).await, [0; 0]);
        assert_eq!(found(tx, GrantFilter { campaign: Some(house::campaign(1)), ..all() }).await, [1, 2, 3]);
        assert_eq!(found(tx, GrantFilter { campaign: Some(house::campaign(2)), ..all() }).await, [1]);
        assert_eq!(found(tx, GrantFilter { state: Some(ReviewState::Staged), ..all() }).await, [2]);
        assert_eq!(found(tx, GrantFilter { state: Some(ReviewState::Undecided), ..all() }).await, [1, 3], "4 was never asked about");
        assert_eq!(found(tx, GrantFilter { order: Some(OrderState::Held), ..all() }).await, [2]);
        assert_eq!(found(tx, GrantFilter { order: Some(OrderState::Proven), ..all() }).await, [0; 0]);
        let lines = tx.grants_found(&all(), None, 99).await.unwrap();
        assert_eq!((lines[0].campaign.as_deref(), lines[3].campaign.as_deref()), (Some("Campaign 2"), None), "the newest that asked");
        assert_eq!((lines[2].seen_from, lines[2].gone_at), (T(100), Some(T(200))));
        let of = tx.items_of_grant(grant(1)).await.unwrap();
        assert_eq!(of.iter().map(|i| i.item).collect::<Vec<_>>(), [later[0].id, items[0].id], "newest first");
    }
}

#[tokio::test]
async fn what_is_not_known_comes_first_on_every_database() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 2, 4).await;
        let ledgerline = || Some("Ledgerline".to_owned());
        assert_eq!(
            tx.grants_by_application(SOURCE, 1).await.unwrap(),
            [(None, None, 2), (ledgerline(), None, 2), (ledgerline(), Some(Sensitivity::High), 4),]
        );
        house::snapshot(tx, 2).await;
        tx.end_grants(2, &[grant(1)]).await.unwrap();
        assert_eq!(tx.grants_by_application(SOURCE, 2).await.unwrap()[0], (None, None, 1));
    }
}
