//! Removals in conflict, settled by who answers for the access (rule 17).

use crate::world::{World, each, easy};
use domain::{OrderEvent, OrderState, ReviewState, Role};
use review::{
    Actor, Error,
    orders::{self, Released, Said, SettleForm, conflict::Why},
    view,
};

/// Leaving the group would end the mail too, about which nobody decided; deputy answers for all access.
async fn in_conflict() -> Vec<World> {
    let mut worlds = each().await;
    for world in &mut worlds {
        begin(world).await;
    }
    worlds
}

async fn begin(world: &mut World) {
    world.open(easy()).await;
    world.revoke(&world.boss, "p01", "crm").await;
    assert_eq!(world.later().await.conflicts, 1);
}

async fn form(world: &World, said: Said) -> SettleForm {
    let order = world.order("p01", "crm").await;
    SettleForm { attempt: world.attempt(), order: order.id, expected_version: order.version, said }
}

async fn settle(world: &World, by: &Actor, said: Said) -> review::Result<Released> {
    orders::settle(&world.ctx, by, &form(world, said).await).await
}

#[tokio::test]
async fn rule_17_who_answers_for_the_access_finds_what_waits_and_why() {
    for world in in_conflict().await {
        let page = view::removals(&world.ctx, &world.deputy).await.expect("a page");
        assert!(!page.more);
        let [line] = page.lines.as_slice() else { panic!("one waits: {page:?}") };
        assert_eq!((line.access.as_str(), line.person.as_str()), ("Access crm", "Name of p01"));
        assert_eq!(line.decided_by.as_deref(), Some("Name of boss"));
        let [other] = line.also_ends.as_slice() else { panic!("the mail: {line:?}") };
        assert_eq!((other.access.as_str(), other.why, other.who.as_deref()), ("Access mail", Why::Undecided, Some("Name of boss")));
        assert_eq!(view::my_reviews(&world.ctx, &world.deputy).await.expect("a page").removals, 1);
        assert!(orders::settle::waits(&world.ctx, &world.deputy).await.expect("an answer"));
        // It waits for nobody else: not for who decided, nor for owners of campaigns, whom the campaign's page asks.
        for other in [&world.boss, &world.olga, &world.otto] {
            assert_eq!(view::removals(&world.ctx, other).await.expect("a page").lines, [], "{}", other.name);
            assert!(!orders::settle::waits(&world.ctx, other).await.expect("an answer"), "{}", other.name);
        }
        let page = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page");
        let why = page.held[0].why.as_deref().expect("a reason");
        assert!(why.contains("It waits for Name of deputy, who answers for the access and finds it under Removals."), "{why}");
        assert!(page.held[0].release.is_some(), "an owner of campaigns can still let it leave");
    }
}

#[tokio::test]
async fn rule_17_what_its_owner_lets_leave_leaves_with_what_else_it_ends() {
    for world in in_conflict().await {
        let form = form(&world, Said::Leave).await;
        let done = orders::settle(&world.ctx, &world.deputy, &form).await.expect("settled");
        assert_eq!((done.repeated, done.state), (false, OrderState::Ready));
        let again = orders::settle(&world.ctx, &world.deputy, &form).await.expect("answered again");
        assert_eq!(again, Released { repeated: true, ..done });
        let run = world.run().await;
        assert_eq!((run.claimed, run.conflicts), (1, 0));
        let order = world.order("p01", "crm").await;
        assert_eq!((order.state, order.released_by), (OrderState::Ticketed, Some(world.deputy.user)));
        assert_eq!(world.ticketed("p01", "crm"), 1);
        // The other form of the same page comes too late, and is told so.
        let late = SettleForm { attempt: world.attempt(), said: Said::Keep, ..form };
        let late = orders::settle(&world.ctx, &world.deputy, &late).await;
        assert!(matches!(&late, Err(Error::Stale(now)) if now.contains("ticketed")), "{late:?}");
        assert_eq!(world.order("p01", "crm").await, order);
    }
}

#[tokio::test]
async fn rule_17_what_its_owner_keeps_is_not_removed_and_stands_in_ledger_and_pack() {
    for mut world in in_conflict().await {
        let form = form(&world, Said::Keep).await;
        let done = orders::settle(&world.ctx, &world.deputy, &form).await.expect("settled");
        assert_eq!(done.state, OrderState::Withdrawn);
        let again = orders::settle(&world.ctx, &world.deputy, &form).await.expect("answered again");
        assert_eq!(again, Released { repeated: true, ..done });
        world.later().await;
        assert!(world.tickets().is_empty());
        assert!(!orders::settle::waits(&world.ctx, &world.deputy).await.expect("an answer"));
        // The answer stands as it was given; what came of it is said beside it.
        let item = world.item("p01", "crm").await;
        assert_eq!(item.state, ReviewState::Decided);
        let page = view::item(&world.ctx, &world.boss, item.id).await.expect("a page");
        let order = page.order.expect("the withdrawn removal");
        assert!(order.remark.expect("why").starts_with("Who answers for the access kept it"));
        let kept: Vec<_> = world
            .entries(item.id)
            .await
            .into_iter()
            .filter(|entry| entry.data_code("step") == Some(OrderEvent::Keep.as_str()))
            .map(|entry| {
                (
                    entry.data_code("cause").map(str::to_owned),
                    entry.data_code("state").map(str::to_owned),
                    entry.actor != ledger::Actor::System,
                )
            })
            .collect();
        assert_eq!(kept, [(Some("owner_of_access".to_owned()), Some("withdrawn".to_owned()), true)]);
        // Another campaign that keeps the same access does not bring the removal back.
        let first = world.campaign();
        world.open(easy()).await;
        world.approve(&world.boss, "p01", "crm").await;
        world.later().await;
        let orders = world.orders(item.id).await;
        assert_eq!(orders.iter().map(|order| order.state).collect::<Vec<_>>(), [OrderState::Withdrawn]);
        assert!(world.tickets().is_empty());
        review::sequence::run(&world.ctx, "test").await.expect("sequenced");
        let made = review::export::make(&world.ctx, None, first, None).await.expect("a pack");
        let steps = world.pack_rows(&made, "order-steps");
        assert!(steps.iter().any(|row| row["step"] == "keep"), "{steps:?}");
        assert_eq!(world.pack_rows(&made, "orders")[0]["state"], "withdrawn");
    }
}

#[tokio::test]
async fn rule_17_a_conflict_is_nobody_elses_and_never_the_holders_nor_who_decided() {
    for world in in_conflict().await {
        for other in [&world.boss, &world.olga, &world.otto] {
            for said in [Said::Leave, Said::Keep] {
                let got = settle(&world, other, said).await;
                assert!(matches!(got, Err(Error::NotFound)), "{}: {got:?}", other.name);
            }
        }
        // An auditor changes nothing, also where the access is theirs to answer for.
        let auditor = world.actor("deputy", &[Role::Auditor]).await;
        assert!(matches!(settle(&world, &auditor, Said::Keep).await, Err(Error::NotFound)));
        assert!(matches!(view::removals(&world.ctx, &auditor).await, Err(Error::NotFound)));
        assert_eq!(world.order("p01", "crm").await.state, OrderState::Conflict);
    }
    for (owner, says) in [("p01", "holds it too"), ("boss", "decided this"), ("", "Nobody is named as its owner")] {
        for mut world in each().await {
            world.owners.insert("crm", owner);
            world.sync().await;
            begin(&mut world).await;
            if !owner.is_empty() {
                let owner = world.actor(owner, &[Role::Reviewer, Role::Owner]).await;
                assert_eq!(view::removals(&world.ctx, &owner).await.expect("a page").lines, []);
                for said in [Said::Leave, Said::Keep] {
                    let got = settle(&world, &owner, said).await;
                    assert!(matches!(got, Err(Error::Refused(_))), "{got:?}");
                }
            }
            let page = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page");
            let why = page.held[0].why.as_deref().expect("a reason");
            assert!(why.contains(says) && why.contains("a second person must say"), "{why}");
            assert!(page.held[0].release.is_some());
        }
    }
}

#[tokio::test]
async fn rule_17_whoever_becomes_the_owner_is_asked_and_a_removal_without_a_conflict_is_not_theirs() {
    for mut world in in_conflict().await {
        world.owners.insert("crm", "otto");
        world.sync().await;
        assert_eq!(view::removals(&world.ctx, &world.otto).await.expect("a page").lines.len(), 1);
        assert_eq!(view::removals(&world.ctx, &world.deputy).await.expect("a page").lines.len(), 0);
        assert!(matches!(settle(&world, &world.deputy, Said::Leave).await, Err(Error::NotFound)));
        // One that the brake holds was never in conflict: who answers for the access does not see it.
        world.revoke(&world.boss, "p06", "solo").await;
        world.later().await;
        let held = world.order("p06", "solo").await;
        assert_eq!(held.state, OrderState::Held);
        let form = SettleForm { attempt: world.attempt(), order: held.id, expected_version: held.version, said: Said::Leave };
        assert!(matches!(orders::settle(&world.ctx, &world.deputy, &form).await, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn rule_17_what_was_shown_of_a_conflict_is_answered_only_while_it_is_true() {
    for world in in_conflict().await {
        let shown = form(&world, Said::Leave).await;
        // Meanwhile the other access is approved: that is another question.
        world.approve(&world.boss, "p01", "mail").await;
        world.run().await;
        let got = orders::settle(&world.ctx, &world.deputy, &shown).await;
        assert!(matches!(&got, Err(Error::Stale(now)) if now.contains("what else it would end is not what it was")), "{got:?}");
        let page = view::removals(&world.ctx, &world.deputy).await.expect("a page");
        assert_eq!(page.lines[0].also_ends[0].why, Why::Approved);
        assert_eq!(page.lines[0].also_ends[0].who.as_deref(), Some("Name of boss"));
        // Nothing more is found while nothing changes.
        let version = world.order("p01", "crm").await.version;
        world.run().await;
        world.run().await;
        assert_eq!(world.order("p01", "crm").await.version, version);
        assert_eq!(settle(&world, &world.deputy, Said::Leave).await.expect("settled").state, OrderState::Ready);
        world.run().await;
        assert_eq!(world.ticketed("p01", "crm"), 1);
    }
}
