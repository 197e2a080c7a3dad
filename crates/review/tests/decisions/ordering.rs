//! What stops removals: conflicts, the brake, the switch, freezes; and tickets that are written once.

use crate::world::{World, each, easy};
use domain::{HoldReason, OrderState, Policy, Role, policy::Brake, time::HOUR};
use review::{
    Actor, Error, close,
    orders::{self, ReleaseForm, Released, SwitchForm, conflict::also_ends, freeze::Freeze},
    view::{
        self,
        types::{FreezeEntered, FreezeStands},
    },
};

async fn opened(policy: Policy) -> Vec<World> {
    let mut worlds = each().await;
    for world in &mut worlds {
        world.open(policy.clone()).await;
    }
    worlds
}

async fn release(world: &World, by: &Actor, person: &str, entitlement: &str) -> review::Result<Released> {
    let order = world.order(person, entitlement).await;
    orders::release(&world.ctx, by, &ReleaseForm { attempt: world.attempt(), order: order.id, expected_version: order.version }).await
}

async fn switch(world: &World, on: bool) {
    orders::switch(&world.ctx, &world.otto, &SwitchForm { attempt: world.attempt(), on }).await.expect("switched");
}

#[tokio::test]
async fn rule_17_a_removal_that_ends_more_than_was_decided_is_a_conflict() {
    for world in opened(easy()).await {
        world.revoke(&world.boss, "p01", "crm").await;
        let run = world.later().await;
        assert_eq!((run.conflicts, run.claimed), (1, 0));
        let order = world.order("p01", "crm").await;
        assert_eq!(order.state, OrderState::Conflict);
        let also = also_ends(&order).expect("a list");
        assert_eq!(also.len(), 1);
        assert_eq!(also[0].item, Some(world.item("p01", "mail").await.id));
        // Approved is a conflict as well.
        world.approve(&world.boss, "p01", "mail").await;
        world.later().await;
        assert_eq!(world.order("p01", "crm").await.state, OrderState::Conflict);
        assert!(world.tickets().is_empty());
    }
}

#[tokio::test]
async fn rule_17_once_the_same_reviewer_decided_all_of_it_the_removal_leaves() {
    for world in opened(easy()).await {
        world.revoke(&world.boss, "p01", "crm").await;
        world.later().await;
        world.revoke(&world.boss, "p01", "mail").await;
        // While the other answer can be undone, nothing leaves.
        assert_eq!(world.run().await.claimed, 0);
        let run = world.later().await;
        assert_eq!((run.released, run.claimed), (1, 2));
        assert_eq!((world.ticketed("p01", "crm"), world.ticketed("p01", "mail")), (1, 1));
    }
}

#[tokio::test]
async fn rule_17_another_reviewers_answer_is_a_conflict_that_a_second_person_resolves() {
    for world in opened(easy()).await {
        world.hand_over(&world.boss, "p01", "mail", "deputy").await.expect("handed over");
        world.revoke(&world.deputy, "p01", "mail").await;
        world.revoke(&world.boss, "p01", "crm").await;
        assert_eq!(world.later().await.conflicts, 2);
        assert!(matches!(release(&world, &world.boss, "p01", "crm").await, Err(Error::NotFound)), "a reviewer has no such right");
        let done = release(&world, &world.olga, "p01", "crm").await.expect("released");
        assert_eq!(done.state, OrderState::Ready);
        let run = world.run().await;
        assert_eq!((run.claimed, run.conflicts), (1, 0));
        assert_eq!(world.order("p01", "mail").await.state, OrderState::Conflict);
    }
}

#[tokio::test]
async fn rule_19_the_last_holder_is_removed_only_with_a_second_person() {
    for world in opened(easy()).await {
        // The owner is the reviewer here, so that the same person could release.
        world.hand_over(&world.boss, "p06", "solo", "olga").await.expect("handed over");
        world.revoke(&world.olga, "p06", "solo").await;
        assert_eq!(world.later().await.braked, 1);
        let order = world.order("p06", "solo").await;
        assert_eq!((order.state, order.hold_reason), (OrderState::Held, Some(HoldReason::Brake)));
        assert!(order.remark.expect("a sentence").starts_with("Nobody else holds this."));
        assert!(matches!(release(&world, &world.olga, "p06", "solo").await, Err(Error::Refused(_))), "not who decided");
        let holder = world.actor("p06", &[Role::Owner]).await;
        assert!(matches!(release(&world, &holder, "p06", "solo").await, Err(Error::Refused(_))), "not the holder");
        release(&world, &world.otto, "p06", "solo").await.expect("released");
        assert_eq!(world.order("p06", "solo").await.released_by, Some(world.otto.user));
        assert_eq!(world.run().await.ticketed, 1);
    }
}

#[tokio::test]
async fn rule_19_the_brake_counts_what_left_within_an_hour() {
    let brakes = [
        (Brake { per_source_hour: 2, ..easy().brake }, "source"),
        (Brake { per_application_hour: 2, ..easy().brake }, "application"),
        (Brake { per_department_hour: 2, ..easy().brake }, "department"),
        // Twenty grants, all of them Sales': two are 10 percent, three are 15. Of the ten of the wiki's application, 20 and 30.
        (Brake { source_share_percent: 14, source_share_from: 20, ..easy().brake }, "source's share"),
        (Brake { application_share_percent: 29, application_share_from: 10, ..easy().brake }, "application's share"),
        (Brake { department_share_percent: 14, department_share_from: 20, ..easy().brake }, "department's share"),
        // Six hold the wiki: two are 33 percent, three are 50.
        (Brake { share_percent: 34, share_from: 6, ..easy().brake }, "share"),
    ];
    for (brake, which) in brakes {
        for world in opened(Policy { brake: brake.clone(), ..easy() }).await {
            for person in ["p01", "p02", "p03"] {
                world.revoke(&world.boss, person, "wiki").await;
            }
            let run = world.later().await;
            assert_eq!((run.claimed, run.braked), (2, 1), "{which}");
            // In the next hour others may leave; what is held stays held until a person lets it go.
            world.clock.advance(HOUR);
            world.revoke(&world.boss, "p04", "wiki").await;
            let run = world.later().await;
            assert_eq!((run.claimed, run.braked), (1, 0), "{which}");
        }
    }
}

#[tokio::test]
async fn rule_19_a_share_of_little_is_not_looked_at_and_a_share_that_is_met_is_not_passed() {
    let brakes = [
        Brake { source_share_percent: 1, source_share_from: 21, ..easy().brake },
        Brake { application_share_percent: 1, application_share_from: 11, ..easy().brake },
        Brake { department_share_percent: 1, department_share_from: 21, ..easy().brake },
        Brake { source_share_percent: 15, source_share_from: 20, ..easy().brake },
        Brake { application_share_percent: 30, application_share_from: 10, ..easy().brake },
        Brake { department_share_percent: 15, department_share_from: 20, ..easy().brake },
    ];
    for brake in brakes {
        for world in opened(Policy { brake: brake.clone(), ..easy() }).await {
            for person in ["p01", "p02", "p03"] {
                world.revoke(&world.boss, person, "wiki").await;
            }
            let run = world.later().await;
            assert_eq!((run.claimed, run.braked), (3, 0), "{brake:?}");
        }
    }
}

#[tokio::test]
async fn rule_19_closing_says_beforehand_what_a_share_would_hold() {
    let brake = Brake { application_share_percent: 29, application_share_from: 10, ..easy().brake };
    for world in opened(Policy { brake: brake.clone(), ..easy() }).await {
        for person in ["p01", "p02", "p03"] {
            world.revoke(&world.boss, person, "wiki").await;
        }
        let seen = close::preview(&world.ctx, &world.olga, world.campaign()).await.expect("a preview");
        assert_eq!((seen.staged_removals, seen.braked), (3, 1));
    }
}

#[tokio::test]
async fn rule_19_the_last_administrator_is_removed_only_with_a_second_person() {
    for mut world in each().await {
        world.privileged = ["pay", "solo"].into();
        // The third one's account is disabled: whoever holds access with it administers nothing.
        world.people.retain(|(id, ..)| *id != "p03");
        world.people.push(("p03", "boss", "disabled", ""));
        world.sync().await;
        world.open(easy()).await;
        // Nobody else holds it, and others administer the application.
        world.revoke(&world.boss, "p06", "solo").await;
        assert_eq!(world.later().await.braked, 1);
        assert!(world.order("p06", "solo").await.remark.expect("a sentence").starts_with("Nobody else holds this."));
        release(&world, &world.otto, "p06", "solo").await.expect("released");
        world.run().await;
        // Of the two who are left, one may go; a third account that is disabled does not count.
        world.revoke(&world.boss, "p01", "pay").await;
        let run = world.later().await;
        assert_eq!((run.claimed, run.braked), (1, 0));
        world.revoke(&world.boss, "p02", "pay").await;
        assert_eq!(world.later().await.braked, 1);
        let order = world.order("p02", "pay").await;
        assert_eq!((order.state, order.hold_reason), (OrderState::Held, Some(HoldReason::Brake)));
        assert!(order.remark.expect("a sentence").starts_with("Nobody else could administer this afterwards."));
        let limit = world.entries(order.item).await.iter().find_map(|entry| entry.data_code("limit").map(str::to_owned));
        assert_eq!(limit.as_deref(), Some("last_administrator"));
        // Who is no longer here is removed without more ado: somebody else administers.
        world.revoke(&world.boss, "p03", "pay").await;
        assert_eq!(world.later().await.braked, 0);
        release(&world, &world.otto, "p02", "pay").await.expect("released");
        assert_eq!(world.run().await.ticketed, 1);
    }
}

#[tokio::test]
async fn rule_19_one_switch_stops_all_orders() {
    for world in opened(easy()).await {
        world.revoke(&world.boss, "p01", "wiki").await;
        switch(&world, false).await;
        let run = world.later().await;
        assert_eq!((run.finalised, run.stopped, run.claimed), (1, 1, 0), "answers still become final");
        assert_eq!(world.order("p01", "wiki").await.hold_reason, Some(HoldReason::Stopped));
        assert!(matches!(release(&world, &world.otto, "p01", "wiki").await, Err(Error::Refused(_))));
        assert_eq!(world.run().await, orders::OrdersRun::default());
        let form = SwitchForm { attempt: world.attempt(), on: true };
        assert!(matches!(orders::switch(&world.ctx, &world.boss, &form).await, Err(Error::NotFound)));
        switch(&world, true).await;
        let run = world.run().await;
        assert_eq!((run.released, run.ticketed), (1, 1));
        let mut tx = world.ctx.store.read().await.expect("reads");
        for kind in ["orders.stopped", "orders.resumed"] {
            assert_eq!(tx.entries_of_no_campaign(kind, None, 10).await.expect("entries").len(), 1, "{kind}");
        }
    }
}

#[tokio::test]
async fn rule_19_a_freeze_window_holds_its_application_until_it_is_over() {
    for world in opened(easy()).await {
        let now = world.ctx.env.now();
        let freeze = Freeze {
            name: "Close of October".to_owned(),
            from: now,
            until: now.plus(HOUR),
            source: None,
            application: Some("Wiki".to_owned()),
        };
        orders::freeze::set(&world.ctx, &world.otto, world.attempt(), std::slice::from_ref(&freeze)).await.expect("set");
        let backwards = Freeze { until: now, ..freeze };
        assert!(matches!(orders::freeze::set(&world.ctx, &world.otto, world.attempt(), &[backwards]).await, Err(Error::Invalid(_))));
        world.revoke(&world.boss, "p01", "wiki").await;
        world.revoke(&world.boss, "p01", "pay").await;
        let run = world.later().await;
        assert_eq!((run.stopped, run.ticketed), (1, 1));
        let order = world.order("p01", "wiki").await;
        assert_eq!((order.hold_reason, order.hold_until), (Some(HoldReason::Freeze), Some(now.plus(HOUR))));
        world.clock.advance(HOUR);
        assert_eq!(world.run().await.ticketed, 1);
    }
}

#[tokio::test]
async fn several_servers_at_once_write_each_ticket_once() {
    for world in opened(easy()).await {
        for person in ["p01", "p02", "p03", "p04"] {
            world.revoke(&world.boss, person, "wiki").await;
        }
        world.clock.advance(crate::world::WINDOW);
        let (a, b, c) = tokio::join!(orders::run(&world.ctx), orders::run(&world.ctx), orders::run(&world.ctx));
        for run in [a, b, c] {
            run.expect("orders move on");
        }
        world.run().await;
        for person in ["p01", "p02", "p03", "p04"] {
            assert_eq!(world.ticketed(person, "wiki"), 1);
            assert_eq!(world.order(person, "wiki").await.state, OrderState::Ticketed);
        }
    }
}

#[tokio::test]
async fn a_worker_that_died_between_file_and_mark_is_replaced_without_a_second_ticket() {
    for world in opened(easy()).await {
        world.revoke(&world.boss, "p01", "wiki").await;
        world.revoke(&world.boss, "p02", "wiki").await;
        // A file in the way of the folder: orders are taken, and the ticket cannot be written.
        std::fs::create_dir_all(&*world.ctx.folder).expect("a folder");
        let folder = world.ctx.folder.join("tickets");
        std::fs::write(&folder, "not a folder").expect("a file");
        world.clock.advance(crate::world::WINDOW);
        assert!(matches!(orders::run(&world.ctx).await, Err(Error::Source(_))));
        let claimed = world.order("p01", "wiki").await;
        assert_eq!(claimed.state, OrderState::Claimed);
        assert!(matches!(release(&world, &world.otto, "p01", "wiki").await, Err(Error::Refused(_))));
        std::fs::remove_file(&folder).expect("removed");
        assert_eq!(world.run().await.ticketed, 2);
        let after = world.order("p01", "wiki").await;
        assert_eq!(after.ticket, claimed.ticket);
        assert_eq!(world.tickets().len(), 1);
        // The first worker wakes up with its old fence and may not write.
        let mut tx = world.ctx.store.begin().await.expect("begins");
        let mut late = claimed.clone();
        (late.state, late.version) = (OrderState::Ticketed, claimed.version + 1);
        assert!(!tx.step_order(&claimed, &late, domain::OrderEvent::Ticket, world.ctx.env.now(), None).await.expect("writes"));
    }
}

#[tokio::test]
async fn one_grant_in_two_campaigns_has_one_order_at_a_time() {
    for mut world in opened(easy()).await {
        let first = world.campaign();
        world.revoke(&world.boss, "p06", "solo").await;
        world.later().await;
        world.open(easy()).await;
        let second = world.revoke(&world.boss, "p06", "solo").await;
        let item = world.item("p06", "solo").await.id;
        assert!(world.orders(item).await.is_empty());
        assert!(second.sentence.contains("ordered in another campaign"), "{}", second.sentence);
        world.later().await;
        // The first campaign changes its mind: the second one's answer now orders its own.
        let second_campaign = world.campaign.replace(first);
        world.approve(&world.boss, "p06", "solo").await;
        world.campaign = second_campaign;
        let order = world.order("p06", "solo").await;
        assert_eq!((order.item, order.state), (item, OrderState::Ready));
    }
}

#[tokio::test]
async fn rule_19_freeze_windows_are_added_and_removed_one_by_one_and_what_they_held_moves_on() {
    for mut world in each().await {
        world.open(easy()).await;
        let administrator = world.actor("otto", &[Role::Administrator]).await;
        let typed = FreezeEntered {
            name: "Go-live".to_owned(),
            from_on: "2026-11-02".to_owned(),
            from_time: "00:00".to_owned(),
            until_on: "2026-11-03".to_owned(),
            until_time: "06:00".to_owned(),
            zone: "Europe/Berlin".to_owned(),
            source: String::new(),
            application: String::new(),
        };
        let window = view::freeze_window(&typed).expect("a window");
        assert_eq!(window.until.since(window.from), 30 * HOUR);
        let attempt = world.attempt();
        for _ in 0..2 {
            orders::freeze::add(&world.ctx, &administrator, attempt, &window).await.expect("added, once");
        }
        let other = Freeze { name: "Later".to_owned(), from: window.until, until: window.until.plus(HOUR), ..window.clone() };
        orders::freeze::add(&world.ctx, &world.olga, world.attempt(), &other).await.expect("owners may too");
        let twice = orders::freeze::add(&world.ctx, &world.olga, world.attempt(), &other).await;
        assert!(matches!(twice, Err(Error::Invalid(_))), "{twice:?}");
        let page = view::freezes(&world.ctx, &world.olga, None, "UTC").await.expect("a page");
        assert_eq!(
            page.windows.iter().map(|w| (w.name.as_str(), w.stands)).collect::<Vec<_>>(),
            [("Go-live", FreezeStands::On), ("Later", FreezeStands::Ahead)]
        );
        for refused in [&world.boss, &world.actor("p05", &[Role::Auditor, Role::Compliance]).await] {
            assert!(matches!(view::freezes(&world.ctx, refused, None, "UTC").await, Err(Error::NotFound)));
            assert!(matches!(orders::freeze::remove(&world.ctx, refused, world.attempt(), &window.key()).await, Err(Error::NotFound)));
        }
        world.revoke(&world.boss, "p01", "wiki").await;
        world.later().await;
        assert_eq!(world.order("p01", "wiki").await.hold_reason, Some(HoldReason::Freeze));
        orders::freeze::remove(&world.ctx, &world.olga, world.attempt(), &window.key()).await.expect("removed");
        let gone = orders::freeze::remove(&world.ctx, &world.olga, world.attempt(), &window.key()).await;
        assert!(matches!(gone, Err(Error::Stale(_))), "{gone:?}");
        world.run().await;
        assert_eq!(world.order("p01", "wiki").await.state, OrderState::Ticketed);
        for (field, wrong) in [
            ("name", FreezeEntered { name: " ".to_owned(), ..typed.clone() }),
            ("from_on", FreezeEntered { from_on: "tomorrow".to_owned(), ..typed.clone() }),
            ("until_time", FreezeEntered { until_time: "6 o'clock".to_owned(), ..typed.clone() }),
            ("until_on", FreezeEntered { until_on: "2026-11-01".to_owned(), ..typed.clone() }),
            ("zone", FreezeEntered { zone: "Europe/Nowhere".to_owned(), ..typed.clone() }),
            ("source", FreezeEntered { source: "all".to_owned(), ..typed.clone() }),
        ] {
            let Err(Error::Invalid(errors)) = view::freeze_window(&wrong) else { panic!("{field} is wrong") };
            assert_eq!(errors.iter().map(|e| e.field.as_str()).collect::<Vec<_>>(), [field]);
        }
    }
}
