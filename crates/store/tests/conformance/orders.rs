//! Removals, step by step, and what readings show of them.

use crate::house::{self, OWNER, SOURCE, T, answer, entitlement, give, grant, held, id, removal, stand};
use domain::{AccountStatus, Answer, GrantPath, HoldReason, OrderEvent, OrderState, ReviewState, Sensitivity};
use store::{
    Error, Tx,
    access::{Account, Entitlement, Grant},
    campaigns::NewItem,
    decisions::Decision,
    orders::{Administrator, Holders, Order, Proof},
    testing,
    views::campaign::Waiting,
};

/// Removals of the first `count` items, each with its answer.
async fn removals(tx: &mut Tx, items: &[NewItem], count: usize) -> Vec<(Decision, Order)> {
    let mut made = Vec::new();
    for (number, item) in (1..).zip(&items[..count]) {
        let given = answer(number, item, 1, Answer::Revoke);
        give(tx, &given).await;
        let order = removal(number, item, &given);
        tx.insert_order(&order, Some(OWNER)).await.unwrap();
        made.push((given, order));
    }
    made
}

/// The order after a step into a state.
fn next(order: &Order, state: OrderState) -> Order {
    Order { state, hold_reason: None, hold_until: None, version: order.version + 1, ..order.clone() }
}

async fn go(tx: &mut Tx, order: &Order, after: Order, event: OrderEvent) -> Order {
    assert!(tx.step_order(order, &after, event, T(500), None).await.unwrap());
    assert_eq!(tx.order(order.id).await.unwrap().as_ref(), Some(&after), "every field is read as it was written");
    after
}

#[tokio::test]
async fn an_order_takes_each_step_once_and_keeps_them_all() {
    for fresh in testing::each().await.unwrap() {
        let mut tx = fresh.store.begin().await.unwrap();
        let grants = house::company(&mut tx, 2, 1).await;
        let items = house::campaign_about(&mut tx, 1, &grants).await;
        let made = removals(&mut tx, &items, 1).await;
        let (given, order) = &made[0];
        assert_eq!(tx.count_orders().await.unwrap().into_iter().collect::<Vec<_>>(), [(order.state, 1)]);
        assert_eq!(tx.order(order.id).await.unwrap().as_ref(), Some(order));
        assert_eq!(tx.living_order_of_grant(order.grant).await.unwrap().as_ref(), Some(order));
        assert_eq!(tx.living_order_of_decision(given.id).await.unwrap().as_ref(), Some(order));
        let braked = Order { hold_reason: Some(HoldReason::Brake), hold_until: None, version: 2, ..order.clone() };
        let braked = go(&mut tx, order, braked, OrderEvent::Hold).await;
        assert!(!tx.step_order(order, &next(order, OrderState::Ready), OrderEvent::Release, T(501), None).await.unwrap(), "an old version");
        let ready = Order { released_by: Some(OWNER), ..next(&braked, OrderState::Ready) };
        let ready = go(&mut tx, &braked, ready, OrderEvent::Release).await;
        let claimed = Order { fence: 1, ticket: Some("t1".into()), left_at: Some(T(500)), ..next(&ready, OrderState::Claimed) };
        let claimed = go(&mut tx, &ready, claimed, OrderEvent::Claim).await;
        assert_eq!(tx.claimed_tickets().await.unwrap(), ["t1"]);
        let lines = tx.ticket_lines("t1").await.unwrap();
        assert_eq!(lines.len(), 1);
        let line = &lines[0];
        assert_eq!((line.order, line.person_id.as_str(), line.entitlement_id.as_str()), (order.id, "p1", "e1"));
        assert_eq!((&line.path, line.granted_on, line.decided_at), (&GrantPath::Direct, Some(T(5)), T(300)));
        assert_eq!(tx.ticket_lines("t2").await.unwrap(), []);
        // Another worker takes the ticket over: the first may not write any more.
        let taken = tx.take_over_ticket("t1").await.unwrap();
        assert_eq!(taken, [Order { fence: 2, ..claimed.clone() }]);
        assert!(!tx.step_order(&claimed, &next(&claimed, OrderState::Ticketed), OrderEvent::Ticket, T(502), None).await.unwrap(), "fenced");
        let ticketed = go(&mut tx, &taken[0], next(&taken[0], OrderState::Ticketed), OrderEvent::Ticket).await;
        let proven = Order { proven_at: Some(T(700)), ..next(&ticketed, OrderState::Proven) };
        go(&mut tx, &ticketed, proven, OrderEvent::SeeGone).await;
        let steps = tx.order_steps(order.id).await.unwrap();
        assert_eq!(steps.iter().map(|s| s.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        assert_eq!(
            steps.iter().map(|s| s.event.as_str()).collect::<Vec<_>>(),
            ["created", "hold", "release", "claim", "ticket", "see_gone"]
        );
        assert_eq!((steps[0].by_user, steps[1].by_user, steps[1].hold_reason.as_deref()), (Some(OWNER.0), None, Some("brake")));
        assert_eq!(tx.living_order_of_grant(order.grant).await.unwrap(), None);
        assert_eq!(tx.living_order_of_decision(given.id).await.unwrap(), None);
        assert_eq!(tx.middle_times_to_proof(house::campaign(1)).await.unwrap(), [T(200).0]);
        assert_eq!(tx.order(house::order(9)).await.unwrap(), None);

        // Once it is over, the grant may have another; while one lives, it may not.
        let second = removal(2, &items[0], given);
        tx.insert_order(&second, None).await.unwrap();
        assert_eq!(tx.orders_of_item(items[0].id).await.unwrap().len(), 2);
        tx.commit().await.unwrap();
        let mut tx = fresh.store.begin().await.unwrap();
        let third = removal(3, &items[0], given);
        assert!(matches!(tx.insert_order(&third, None).await, Err(Error::Duplicate { .. })), "never two at once for one grant");
    }
}

#[tokio::test]
async fn what_waits_for_somebody_is_listed_by_what_it_waits_for() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 8, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let made = removals(tx, &items, 8).await;
        let keep_back = |order: &Order, reason| Order { hold_reason: Some(reason), version: order.version + 1, ..order.clone() };
        for (at, reason) in [(0, HoldReason::Brake), (1, HoldReason::Freeze), (2, HoldReason::Stopped)] {
            go(tx, &made[at].1, keep_back(&made[at].1, reason), OrderEvent::Hold).await;
        }
        let conflict = Order { also_ends: "[1]".into(), ..next(&made[3].1, OrderState::Conflict) };
        go(tx, &made[3].1, conflict, OrderEvent::FindConflict).await;
        let refused = Order { remark: Some("No.".into()), ..next(&made[4].1, OrderState::Refused) };
        go(tx, &made[4].1, refused, OrderEvent::Refuse).await;
        go(tx, &made[5].1, next(&made[5].1, OrderState::CannotBeRemovedHere), OrderEvent::FindNoWay).await;
        go(tx, &made[6].1, next(&made[6].1, OrderState::Withdrawn), OrderEvent::Withdraw).await;
        let campaign = house::campaign(1);
        let ids = |orders: Vec<store::views::campaign::WaitingOrder>| orders.into_iter().map(|o| o.id).collect::<Vec<_>>();
        let held = tx.waiting_orders(campaign, Waiting::Held).await.unwrap();
        assert_eq!((held[0].person.as_str(), held[0].access.as_str(), held[0].since), ("Person 1", "Access 1", T(500)));
        assert_eq!((held[0].decided_by, held[0].hold_reason), (Some(OWNER), Some(HoldReason::Brake)));
        assert_eq!(ids(held), [house::order(1), house::order(2), house::order(4)]);
        let stuck = tx.waiting_orders(campaign, Waiting::Stuck).await.unwrap();
        assert_eq!(stuck[0].remark.as_deref(), Some("No."));
        assert_eq!(ids(stuck), [house::order(5), house::order(6)]);
        assert_eq!(ids(tx.waiting_orders(house::campaign(2), Waiting::Held).await.unwrap()), []);
        assert_eq!(tx.orders_held_by_switch().await.unwrap(), 1);
        let totals = tx.order_totals(campaign).await.unwrap();
        let expected = [
            (OrderState::CannotBeRemovedHere, None),
            (OrderState::Conflict, None),
            (OrderState::Held, Some(HoldReason::Brake)),
            (OrderState::Held, Some(HoldReason::Freeze)),
            (OrderState::Held, Some(HoldReason::Stopped)),
            (OrderState::Held, Some(HoldReason::UndoWindow)),
            (OrderState::Refused, None),
            (OrderState::Withdrawn, None),
        ];
        assert_eq!(totals, expected.map(|(state, reason)| (state, reason, 1)));
    }
}

#[tokio::test]
async fn the_brake_counts_what_left_and_who_stays() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 4, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let mut made = Vec::new();
        for (number, item) in (1..).zip(&items) {
            let given = answer(number, item, 1, Answer::Revoke);
            give(tx, &given).await;
            let order = Order { application: (number > 1).then(|| "B".to_owned()), ..removal(number, item, &given) };
            tx.insert_order(&order, None).await.unwrap();
            made.push(order);
        }
        assert_eq!(tx.departures_since(T(0)).await.unwrap(), []);
        assert_eq!(tx.holders_of(entitlement(1), T(0)).await.unwrap(), Holders { accounts: 4, staying: 4, privileged: false });
        for (at, left) in [(0, 500), (1, 600), (2, 600)] {
            let claimed = Order { left_at: Some(T(left)), fence: 1, ..next(&made[at], OrderState::Claimed) };
            made[at] = go(tx, &made[at].clone(), claimed, OrderEvent::Claim).await;
        }
        let left = tx.departures_since(T(400)).await.unwrap();
        let shown: Vec<_> = left.iter().map(|d| (d.application.as_deref(), d.count)).collect();
        assert_eq!(shown, [(None, 1), (Some("B"), 2)], "what has no application comes first on every database");
        assert_eq!(tx.departures_since(T(500)).await.unwrap().len(), 1, "after the moment, not at it");
        house::snapshot(tx, 2).await;
        tx.end_grants(2, &[grant(1), grant(2)]).await.unwrap();
        assert_eq!(tx.holders_of(entitlement(1), T(0)).await.unwrap(), Holders { accounts: 4, staying: 1, privileged: false });
        assert_eq!(tx.holders_of(entitlement(1), T(550)).await.unwrap(), Holders { accounts: 3, staying: 1, privileged: false });
        assert_eq!(tx.holders_of(entitlement(9), T(0)).await.unwrap(), Holders { accounts: 0, staying: 0, privileged: false });
    }
}

#[tokio::test]
async fn the_brake_knows_how_much_is_held_and_who_administers() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        // Persons 2 and 4 are of Sales; entitlements 2 and 3 are of Ledgerline, and from now on 3 is privileged.
        let grants = house::company(tx, 4, 3).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        house::snapshot(tx, 2).await;
        tx.end_entitlement_versions(2, &[entitlement(3)]).await.unwrap();
        let privileged = Entitlement { sensitivity: Some(Sensitivity::Privileged), ..house::access(3) };
        tx.insert_entitlement_versions(2, &[(privileged, house::digest(3))]).await.unwrap();
        let person = Account { status: Some(AccountStatus::Disabled), ..house::person(4) };
        tx.end_account_versions(2, &[person.id]).await.unwrap();
        tx.insert_account_versions(2, &[(person, house::digest(4))]).await.unwrap();

        assert!(tx.holders_of(entitlement(3), T(0)).await.unwrap().privileged);
        assert!(!tx.holders_of(entitlement(2), T(0)).await.unwrap().privileged);
        let administrator =
            |number, enabled| Administrator { account: house::account(number), identity: house::identity(number), enabled, staying: 1 };
        let mut all = vec![administrator(1, true), administrator(2, true), administrator(3, true), administrator(4, false)];
        assert_eq!(tx.administrators(SOURCE, Some("Ledgerline")).await.unwrap(), all);
        assert_eq!(tx.administrators(SOURCE, None).await.unwrap(), all);
        assert_eq!(tx.administrators(SOURCE, Some("Elsewhere")).await.unwrap(), []);

        let held = async |tx: &mut Tx, since| {
            [
                tx.grants_of_source(SOURCE, T(since)).await.unwrap(),
                tx.grants_of_application(SOURCE, "Ledgerline", T(since)).await.unwrap(),
                tx.grants_of_department("Sales", T(since)).await.unwrap(),
            ]
        };
        assert_eq!(held(tx, 0).await, [12, 8, 6]);
        assert_eq!(tx.grants_of_application(SOURCE, "Elsewhere", T(0)).await.unwrap(), 0);
        assert_eq!(tx.grants_of_department("Elsewhere", T(0)).await.unwrap(), 0);
        // The sixth grant is that of person 2 to entitlement 3.
        let given = answer(6, &items[5], 1, Answer::Revoke);
        give(tx, &given).await;
        let order = Order { department: Some("Sales".into()), ..removal(6, &items[5], &given) };
        tx.insert_order(&order, None).await.unwrap();
        go(tx, &order, Order { left_at: Some(T(500)), fence: 1, ..next(&order, OrderState::Claimed) }, OrderEvent::Claim).await;
        assert_eq!(held(tx, 0).await, [12, 8, 6], "it is still there");
        all.remove(1);
        assert_eq!(tx.administrators(SOURCE, Some("Ledgerline")).await.unwrap(), all, "its removal is under way");
        house::snapshot(tx, 3).await;
        tx.end_grants(3, &[grant(6), grant(1)]).await.unwrap();
        assert_eq!(held(tx, 499).await, [11, 8, 6], "what left since then counts as held; what went by itself does not");
        assert_eq!(held(tx, 500).await, [10, 7, 5]);
    }
}

#[tokio::test]
async fn readings_show_what_is_gone_what_is_still_there_and_what_came_back() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 3, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let made = removals(tx, &items, 3).await;
        let mut ticketed = Vec::new();
        for (_, order) in &made {
            let claimed = Order { left_at: Some(T(500)), fence: 1, ..next(order, OrderState::Claimed) };
            let claimed = go(tx, order, claimed, OrderEvent::Claim).await;
            ticketed.push(go(tx, &claimed, next(&claimed, OrderState::Ticketed), OrderEvent::Ticket).await);
        }
        house::snapshot(tx, 2).await;
        tx.end_grants(2, &[grant(1)]).await.unwrap();
        let ids = |orders: Vec<Order>| orders.into_iter().map(|o| o.id).collect::<Vec<_>>();
        assert_eq!(ids(tx.orders_seen_gone(SOURCE).await.unwrap()), [house::order(1)]);
        assert_eq!(ids(tx.orders_seen_still(SOURCE, T(501)).await.unwrap()), [house::order(2), house::order(3)]);
        assert_eq!(ids(tx.orders_seen_still(SOURCE, T(500)).await.unwrap()), [], "a reading that was taken before says nothing");
        let proof = |number: u32, gone| Proof {
            id: id(22, number),
            order: house::order(1),
            source: SOURCE,
            seq: 2 - i64::from(gone),
            population_hash: vec![8; 32],
            pages: None,
            gone,
            at: T(600),
        };
        tx.insert_proofs(&[proof(1, false), proof(2, true)]).await.unwrap();
        assert_eq!(tx.proofs_of(house::order(1)).await.unwrap(), [proof(2, true), proof(1, false)], "in the order of the readings");
        assert_eq!(tx.proofs_of(house::order(2)).await.unwrap(), []);
        let proven = Order { proven_at: Some(T(600)), ..next(&ticketed[0], OrderState::Proven) };
        go(tx, &ticketed[0], proven, OrderEvent::SeeGone).await;
        assert_eq!(ids(tx.orders_seen_gone(SOURCE).await.unwrap()), []);
        assert_eq!(tx.comebacks(SOURCE, 2).await.unwrap(), []);
        house::snapshot(tx, 3).await;
        let anew = Grant { valid_from: 3, path: GrantPath::Rule("all".into()), granted_by: Some("robot".into()), ..held(9, 1, 1) };
        house::add_grants(tx, &[anew]).await;
        let back = tx.comebacks(SOURCE, 3).await.unwrap();
        assert_eq!(back.len(), 1);
        assert_eq!((back[0].grant, back[0].order, back[0].item), (grant(9), house::order(1), items[0].id));
        assert_eq!((back[0].granted_by.as_deref(), back[0].proven_at, back[0].left_at), (Some("robot"), Some(T(600)), Some(T(500))));
        assert_eq!(back[0].path, GrantPath::Rule("all".into()));
    }
}

#[tokio::test]
async fn a_removal_knows_what_it_would_end_besides_and_which_answers_wait_for_it() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::begin(tx).await;
        house::add_people(tx, 1..=2).await;
        house::add_entitlements(tx, 1..=4).await;
        let group = || GrantPath::Group("sales".into());
        let grants: Vec<Grant> =
            [(1, 1, 1, group()), (2, 1, 2, group()), (3, 1, 3, GrantPath::Direct), (4, 2, 1, group()), (5, 1, 4, group())]
                .into_iter()
                .map(|(number, who, what, path)| Grant { path, ..held(number, who, what) })
                .collect();
        house::add_grants(tx, &grants).await;
        let items = house::campaign_about(tx, 1, &grants[..4]).await;
        let approved = answer(1, &items[1], 1, Answer::Approve);
        give(tx, &approved).await;
        let campaign = house::campaign(1);
        let same = tx.same_path(SOURCE, house::account(1), &group(), grant(1), campaign).await.unwrap();
        assert_eq!(
            same.iter().map(|s| (s.grant, s.item, s.answer)).collect::<Vec<_>>(),
            [(grant(2), Some(items[1].id), Some(Answer::Approve)), (grant(5), None, None),]
        );
        let follows = tx.follows_from(SOURCE, house::account(1), "sales", campaign).await.unwrap();
        assert_eq!(follows.iter().map(|s| s.grant).collect::<Vec<_>>(), [grant(1), grant(2), grant(5)], "by the group's membership");
        assert_eq!(tx.follows_from(SOURCE, house::account(1), "sale", campaign).await.unwrap(), [], "the whole name counts");
        let membership = tx.membership(SOURCE, house::account(1), "e3", campaign).await.unwrap();
        assert_eq!(membership.iter().map(|s| s.grant).collect::<Vec<_>>(), [grant(3)]);
        assert_eq!(tx.membership(SOURCE, house::account(1), "e1", campaign).await.unwrap(), [], "held by a group, not directly");
        house::snapshot(tx, 2).await;
        tx.end_grants(2, &[grant(2)]).await.unwrap();
        assert_eq!(tx.same_path(SOURCE, house::account(1), &group(), grant(1), campaign).await.unwrap().len(), 1, "what is held now");
        assert_eq!(tx.follows_from(SOURCE, house::account(1), "sales", campaign).await.unwrap().len(), 2, "what is held now");

        // Two campaigns revoke the same grant: the second's answer stands back while the first's order lives.
        let first = answer(2, &items[2], 1, Answer::Revoke);
        give(tx, &first).await;
        let order = removal(1, &items[2], &first);
        tx.insert_order(&order, None).await.unwrap();
        let other = house::campaign_about(tx, 2, &grants[2..3]).await;
        let second = answer(3, &other[0], 2, Answer::Revoke);
        give(tx, &second).await;
        assert_eq!(tx.set_decisions_finalised(&[second.id], T(400)).await.unwrap(), 1);
        stand(tx, &second, ReviewState::Decided).await;
        assert_eq!(tx.revokes_without_order(grant(3)).await.unwrap(), []);
        go(tx, &order, next(&order, OrderState::Withdrawn), OrderEvent::Withdraw).await;
        assert_eq!(tx.revokes_without_order(grant(3)).await.unwrap(), [other[0].id]);
        tx.end_grants(2, &[grant(3)]).await.unwrap();
        assert_eq!(tx.revokes_without_order(grant(3)).await.unwrap(), [], "nothing is left to remove");
    }
}
