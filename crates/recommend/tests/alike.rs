//! People alike by what else they hold, memberships that give nothing by themselves, and answers about others.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{ANALYST, CLERK, World, account, as_of, entitlement, held_of, source, told};
use domain::{Answer, GrantPath, Sensitivity};
use recommend::{Entitlement, FactId, FactValue, Grant, HowDecided, Judge, Source};

/// What the payments project works with, whatever department its people are in.
const PROJECT: std::ops::Range<u32> = 20..26;
/// What is asked about.
const ASKED: u32 = 1;

/// Six clerks and six analysts work on a project and hold its six accesses; the other clerks and analysts hold none of them.
/// Everybody holds one access more.
fn project() -> World {
    let mut world = World::new();
    for what in PROJECT.chain([ASKED, 9]) {
        world.entitlement(what, Sensitivity::Medium);
    }
    for start in [CLERK, ANALYST] {
        for what in PROJECT {
            world.grant_all(start..start + 6, what, 400);
        }
        world.grant_all(start..start + 12, 9, 900);
    }
    world
}

#[test]
fn people_alike_by_what_they_hold_are_found_across_departments() {
    let mut world = project();
    let at = world.grant(CLERK, ASKED, 400);
    // Nine of the other eleven of the project hold it, and no other clerk.
    world.grant_all(CLERK + 1..CLERK + 4, ASKED, 400);
    world.grant_all(ANALYST..ANALYST + 6, ASKED, 400);
    assert_eq!(held_of(&world.judge(at), FactId::SimilarPeople), Some((9, 11)));
}

#[test]
fn what_is_asked_about_does_not_speak_for_itself() {
    let mut world = project();
    let at = world.grant(CLERK + 7, ASKED, 400);
    // Twelve others hold it and share nothing else with this clerk but what everybody has.
    world.grant_all(CLERK..CLERK + 6, ASKED, 400);
    world.grant_all(ANALYST..ANALYST + 6, ASKED, 400);
    // Alike are those who hold what everybody has and nothing more: five clerks and six analysts.
    assert_eq!(held_of(&world.judge(at), FactId::SimilarPeople), Some((0, 11)));
}

#[test]
fn too_few_people_alike_say_nothing() {
    let mut world = World::new();
    for what in PROJECT.chain([ASKED]) {
        world.entitlement(what, Sensitivity::Medium);
    }
    for what in PROJECT {
        world.grant_all(CLERK..CLERK + 10, what, 400);
    }
    let at = world.grant(CLERK, ASKED, 400);
    assert_eq!(held_of(&world.judge(at), FactId::SimilarPeople), None, "nine others");
    for what in PROJECT {
        world.grant(ANALYST, what, 400);
    }
    assert_eq!(held_of(&world.judge(at), FactId::SimilarPeople), Some((0, 10)));
    // Whoever has left is nobody's like.
    world.person(ANALYST).end = Some(as_of().plus(-domain::time::DAY));
    assert_eq!(held_of(&world.judge(at), FactId::SimilarPeople), None);
}

#[test]
fn order_and_unrelated_sources_do_not_change_who_is_alike() {
    let mut world = project();
    world.grant_all(CLERK..CLERK + 5, ASKED, 400);
    let shares = |world: &World| {
        let judge = Judge::new(&world.population, as_of(), world.weights.clone()).unwrap();
        let mut shares: Vec<_> =
            judge.recommend_all().map(|made| made.map(|m| (m.grant, held_of(&m, FactId::SimilarPeople))).unwrap()).collect();
        shares.sort_unstable();
        shares
    };
    let before = shares(&world);
    assert!(before.iter().any(|(_, share)| share.is_some()));
    let mut turned = world.clone();
    turned.population.people.reverse();
    turned.population.entitlements.reverse();
    turned.population.grants.reverse();
    assert_eq!(shares(&turned), before);
    let mut wider = world.clone();
    wider.population.sources.push(Source { id: source(2), read_at: as_of() });
    for n in 0..40 {
        let mut person = common::person(1 + n * 50, "payables", "clerk", None);
        person.id = account(n * 7 + 1_000);
        person.source = source(2);
        wider.population.people.push(person);
        wider.population.entitlements.push(Entitlement { id: entitlement(500 + n), sensitivity: None, owner: None, emergency: false });
    }
    for n in 0..40 {
        let mut held: Grant = wider.population.grants.first().cloned().unwrap();
        held.id = common::grant(5_000 + n);
        held.person = account(n * 7 + 1_000);
        held.entitlement = entitlement(500 + n / 4);
        wider.population.grants.push(held);
    }
    let of_ours: Vec<_> = shares(&wider).into_iter().filter(|(id, _)| before.iter().any(|(ours, _)| ours == id)).collect();
    assert_eq!(of_ours, before);
}

#[test]
fn a_membership_that_gives_nothing_by_itself_is_told() {
    let mut world = World::new();
    for what in [1, 2, 3] {
        world.entitlement(what, Sensitivity::Low);
    }
    let membership = world.grant(CLERK, 1, 400);
    for what in [2, 3] {
        let given = world.grant(CLERK, what, 400);
        let given = world.population.grants.get_mut(given).unwrap();
        given.path = GrantPath::Group("e1".to_owned());
        given.through = Some(entitlement(1));
    }
    let share = |world: &World| held_of(&world.judge(membership), FactId::GivenAnyway);
    assert_eq!(share(&world), Some((0, 2)));
    world.grant(CLERK, 2, 300);
    assert_eq!(share(&world), Some((1, 2)));
    assert!(!told(&world.judge(membership)).contains("other ways"));
    world.grant(CLERK, 3, 300);
    assert_eq!(share(&world), Some((2, 2)));
    assert!(told(&world.judge(membership)).contains("+0 All 2 accesses that it is seen to give, they have by other ways as well.\n"));
    // What is given leads nowhere itself.
    assert_eq!(held_of(&world.judge(membership + 1), FactId::GivenAnyway), None);
}

#[test]
fn answers_about_others_are_told_and_weigh_nothing() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Low);
    world.grant_all(CLERK..CLERK + 8, 1, 900);
    let without = world.judge(0);
    for (holder, answer) in [(1, Answer::Approve), (2, Answer::Approve), (3, Answer::Revoke)] {
        world.decided(CLERK + holder, 1, answer, HowDecided::Reviewed, 90);
    }
    // A default, many at once, and long ago: nobody looked at these, or too long ago.
    world.decided(CLERK + 4, 1, Answer::Approve, HowDecided::Default, 90);
    world.decided(CLERK + 5, 1, Answer::Approve, HowDecided::Bulk, 90);
    world.decided(CLERK + 6, 1, Answer::Approve, HowDecided::Reviewed, 401);
    // The last answer about each counts.
    world.decided(CLERK + 2, 1, Answer::Revoke, HowDecided::Reviewed, 300);
    let made = world.judge(0);
    assert_eq!(held_of(&made, FactId::OthersApproved), Some((2, 3)));
    assert!(told(&made).contains("+0 Of 3 others about whose access to it somebody answered one by one lately, 2 kept it.\n"));
    assert_eq!(made.verdict, without.verdict);
    // One's own answer is not others'.
    assert_eq!(held_of(&world.judge(1), FactId::OthersApproved), Some((1, 2)));
    assert!(!told(&world.judge(1)).contains("others about whose"), "two are too few to tell");
}

#[test]
fn who_granted_it_is_a_fact() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Low);
    let at = world.grant(CLERK, 1, 900);
    assert_eq!(world.judge(at).facts.value(FactId::GrantedBy), Some(&FactValue::Account(account(common::CHIEF))));
    world.population.grants.get_mut(at).unwrap().granted_by = None;
    assert_eq!(world.judge(at).facts.value(FactId::GrantedBy), None);
}
