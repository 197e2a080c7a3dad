//! Rule 27: emergency access is reviewed by two named people.

use crate::world::{World, each, easy, removing};
use domain::{Answer, GrantId, ReviewState, Role, time::DAY};
use review::{
    Error,
    decide::decide,
    export,
    open::{self, OpenForm, Scope},
    sequence, sources, view,
    view::types::HistoryFilters,
};
use std::collections::BTreeSet;

const SECOND: &str = "glass (second)";

async fn opened() -> Vec<World> {
    let mut worlds = each().await;
    for world in &mut worlds {
        world.open(easy()).await;
    }
    worlds
}

fn form(world: &World) -> OpenForm {
    OpenForm {
        name: "Winter review".to_owned(),
        sources: [world.source].into(),
        scope: Scope::All,
        due_at: world.ctx.env.now().plus(30 * DAY),
        time_zone: "Europe/Berlin".to_owned(),
        policy: easy(),
        showing: domain::Showing::Shown,
    }
}

async fn asked_of(world: &World, entitlement: &str) -> BTreeSet<domain::IdentityId> {
    let item = world.item("p04", entitlement).await;
    let mut tx = world.ctx.store.read().await.expect("reads");
    let handed = tx.handovers_of(item.id).await.expect("hand-overs");
    let mut asked = BTreeSet::from([item.reviewer, item.reviewer_of_record]);
    asked.extend(handed.iter().filter(|h| h.undone_at.is_none()).flat_map(|h| [h.from, h.to]));
    asked
}

#[tokio::test]
async fn rule_27_two_named_people_are_asked_and_each_answers_an_item_of_their_own() {
    for world in opened().await {
        let (first, second) = (world.item("p04", "glass").await, world.item("p04", SECOND).await);
        assert_eq!((first.grant, first.seat, second.seat), (second.grant, 1, 2));
        assert_eq!((first.reviewer_by.as_str(), second.reviewer_by.as_str()), ("emergency", "emergency"));
        let named = BTreeSet::from([world.identity("boss").await, world.identity("deputy").await]);
        assert_eq!(BTreeSet::from([first.reviewer, second.reviewer]), named);
        let (one, other) =
            if Some(first.reviewer) == world.boss.identity { (&world.boss, &world.deputy) } else { (&world.deputy, &world.boss) };
        let page = view::item(&world.ctx, one, first.id).await.expect("their own item");
        assert_eq!(page.other_seat.as_deref(), Some(other.name.as_str()));
        assert!(matches!(view::item(&world.ctx, one, second.id).await, Err(Error::NotFound)), "the other's item is not theirs");
        let theirs = world.form("p04", SECOND, Answer::Approve).await;
        assert!(matches!(decide(&world.ctx, one, &theirs).await, Err(Error::NotFound)));
        world.approve(one, "p04", "glass").await;
        assert_eq!(world.item("p04", SECOND).await, second, "one answer leaves the other item as it was");
        world.approve(other, "p04", SECOND).await;
        world.later().await;
        for entitlement in ["glass", SECOND] {
            let item = world.item("p04", entitlement).await;
            assert_eq!((item.state, item.answer), (ReviewState::Decided, Some(Answer::Approve)));
        }
        for entitlement in ["glass", SECOND] {
            let who = if entitlement == "glass" { one } else { other };
            let again = world.form("p04", entitlement, Answer::Revoke).await;
            assert!(matches!(decide(&world.ctx, who, &again).await, Err(Error::Refused(_))), "no answer orders its removal");
        }
    }
}

#[tokio::test]
async fn rule_27_nobody_comes_to_be_asked_for_both_by_any_way() {
    for world in opened().await {
        let people = ["boss", "deputy", "olga", "p06"];
        let mut actors = Vec::new();
        for person in people {
            actors.push(world.actor(person, &[Role::Reviewer]).await);
        }
        let (mut moved, mut refused) = (0, 0);
        // Every hand-over and escalation to everybody, with an undo now and then, in an order that a counter draws.
        for step in 0..80_usize {
            let entitlement = ["glass", SECOND][step % 2];
            let item = world.item("p04", entitlement).await;
            let Some(actor) = actors.iter().find(|a| a.identity == Some(item.reviewer)) else { panic!("a stranger is asked") };
            let to = people[(step * 7 + step / 5) % people.len()];
            let done = match step % 5 {
                0 => world.escalate(actor, "p04", entitlement, to).await.map(|_| ()),
                4 => {
                    let mut taken_back = Err(Error::NotFound);
                    for actor in &actors {
                        taken_back = world.undo(actor, "p04", entitlement).await.map(|_| ());
                        if taken_back.is_ok() {
                            break;
                        }
                    }
                    taken_back
                }
                _ => world.hand_over(actor, "p04", entitlement, to).await.map(|_| ()),
            };
            if done.is_ok() {
                moved += 1;
            } else {
                refused += 1;
            }
            let both: Vec<_> = asked_of(&world, "glass").await.intersection(&asked_of(&world, SECOND).await).copied().collect();
            assert!(both.is_empty(), "step {step}: {both:?} asked for both");
        }
        assert!(moved > 3 && refused > 3, "{moved} moved, {refused} refused");
    }
}

#[tokio::test]
async fn rule_27_the_other_named_person_is_refused_beside_the_field() {
    for world in opened().await {
        let item = world.item("p04", "glass").await;
        let (one, other) = if Some(item.reviewer) == world.boss.identity { (&world.boss, "deputy") } else { (&world.deputy, "boss") };
        for refused in [
            world.hand_over(one, "p04", "glass", other).await.map(|_| ()),
            world.escalate(one, "p04", "glass", other).await.map(|_| ()),
            world.hand_over(&world.olga, "p04", "glass", other).await.map(|_| ()),
        ] {
            let Err(Error::Invalid(errors)) = refused else { panic!("{refused:?}") };
            assert_eq!(errors[0].field, "to");
            assert!(errors[0].message.contains("the other of the two people"), "{}", errors[0].message);
        }
        assert_eq!(world.item("p04", "glass").await, item, "nothing was changed");
    }
}

#[tokio::test]
async fn rule_27_one_answer_does_not_answer_for_two_and_history_and_pack_show_both() {
    for mut world in each().await {
        world.open(removing(easy())).await;
        let first = world.item("p04", "glass").await;
        let one = if Some(first.reviewer) == world.boss.identity { world.boss.clone() } else { world.deputy.clone() };
        world.approve(&one, "p04", "glass").await;
        world.later().await;
        let auditor = world.actor("otto", &[Role::Auditor]).await;
        let filters = HistoryFilters { person: "p04".to_owned(), access: "glass".to_owned(), ..HistoryFilters::default() };
        let line = view::history(&world.ctx, &auditor, filters).await.expect("a page").rows.remove(0);
        assert_eq!(line.state, Some(ReviewState::Undecided), "while one of the two is open, the grant's review is");
        world.close(world.campaign()).await.expect("closed");
        let second = world.item("p04", SECOND).await;
        assert_eq!(second.state, ReviewState::Excepted, "left and listed, whatever the default, and not answered");
        assert_eq!(world.item("p04", "glass").await.state, ReviewState::Decided);
        let page = view::history_of_grant(&world.ctx, &auditor, first.grant, None).await.expect("a page");
        let shown: BTreeSet<_> = page.reviews.iter().map(|review| review.state).collect();
        assert_eq!((page.reviews.len(), shown), (2, BTreeSet::from([ReviewState::Decided, ReviewState::Excepted])));
        sequence::run(&world.ctx, "test").await.expect("sequenced");
        let made = export::make(&world.ctx, None, world.campaign(), None).await.expect("a pack");
        let rows = world.pack_rows(&made, "population");
        let row = rows.iter().find(|row| row["grant"] == first.grant.to_string()).expect("the grant");
        let items: BTreeSet<&str> = row["items"].as_array().expect("items").iter().filter_map(|id| id.as_str()).collect();
        assert_eq!(items, BTreeSet::from([first.id.to_string().as_str(), second.id.to_string().as_str()]));
        let seats: BTreeSet<i64> = world
            .pack_rows(&made, "items")
            .iter()
            .filter(|row| row["grant"] == first.grant.to_string())
            .filter_map(|row| row["seat"].as_i64())
            .collect();
        assert_eq!(seats, BTreeSet::from([1, 2]));
    }
}

#[tokio::test]
async fn rule_27_opening_is_refused_beside_the_sources_where_two_named_people_cannot_be_asked() {
    for mut world in each().await {
        let administrator = world.actor("otto", &[Role::Administrator]).await;
        let declare = async |version: i64, settings: &str| {
            sources::change_settings(&world.ctx, &administrator, world.source, version, settings, 7 * DAY).await
        };
        let one = declare(1, r#"{"emergency_entitlements":["glass"],"emergency_reviewers":["boss"]}"#).await;
        assert!(matches!(one, Err(Error::Invalid(_))), "one alone cannot be declared: {one:?}");
        // Nobody named; somebody who does not exist; the holder's own.
        for (version, named) in [(1, "[]"), (2, r#"["boss","nobody"]"#), (3, r#"["boss","p04"]"#)] {
            declare(version, &format!(r#"{{"emergency_entitlements":["glass"],"emergency_reviewers":{named}}}"#)).await.expect("declared");
            let attempt = world.attempt();
            for refused in [
                open::preview(&world.ctx, &world.olga, &form(&world)).await.map(|_| ()),
                open::open(&world.ctx, &world.olga, attempt, &form(&world)).await.map(|_| ()),
            ] {
                let Err(Error::Invalid(errors)) = refused else { panic!("{named}: {refused:?}") };
                assert_eq!(errors[0].field, "sources");
                assert!(errors[0].message.contains("Two named people must review it"), "{}", errors[0].message);
            }
        }
        let without = OpenForm { scope: Scope::Applications(["Wiki".to_owned()].into()), ..form(&world) };
        open::open(&world.ctx, &world.olga, world.attempt(), &without).await.expect("a scope without it opens");
        declare(4, r#"{"emergency_entitlements":["glass"],"emergency_reviewers":["boss","deputy"]}"#).await.expect("declared");
        world.people.retain(|person| person.0 != "deputy");
        world.people.push(("deputy", "", "leave", ""));
        world.sync().await;
        let away = open::open(&world.ctx, &world.olga, world.attempt(), &form(&world)).await;
        assert!(matches!(away, Err(Error::Invalid(_))), "who is away cannot be asked: {away:?}");
    }
}

#[tokio::test]
async fn emergency_access_that_is_gone_closes_both_items() {
    for mut world in opened().await {
        let grant: GrantId = world.item("p04", "glass").await.grant;
        world.grants.retain(|g| (g.0, g.1) != ("p04", "glass"));
        assert_eq!(world.sync().await.proofs.no_longer_held, 2);
        for entitlement in ["glass", SECOND] {
            let item = world.item("p04", entitlement).await;
            assert_eq!((item.grant, item.state), (grant, ReviewState::NoLongerHeld));
        }
    }
}
