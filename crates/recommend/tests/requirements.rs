//! Trainings, licences, clearances and contracts that an access requires.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{CLERK, World, days_ago, told};
use domain::{Answer, RequirementKind, Sensitivity, Verdict};
use recommend::{Cause, FactId, FactValue, HardRule, HowDecided, Needed};

/// Access that all clerks hold and use: Approve, if nothing else were known.
fn common_access() -> (World, usize) {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    world.grant_all(CLERK..CLERK + 12, 1, 900);
    for holder in CLERK..CLERK + 12 {
        world.used(holder, 1, Some(2), 100);
    }
    (world, 0)
}

#[test]
fn what_has_run_out_is_put_before_a_person_whatever_else_speaks_for_it() {
    let (mut world, at) = common_access();
    assert_eq!(world.judge(at).verdict, Verdict::Approve);
    world.decided(CLERK, 1, Answer::Approve, HowDecided::Exception, 30);
    world.required(CLERK, 1, RequirementKind::Licence, -40);
    let made = world.judge(at);
    assert_eq!((made.verdict, made.rule, made.cause), (Verdict::Escalate, Some(HardRule::RequirementLapsed), Cause::RequirementLapsed));
    assert!(told(&made).contains("The licence that this access requires ran out on 12 October, 40 days ago.\n"), "{}", told(&made));
    assert!(!made.bulk_allowed);
    // Nobody else's.
    assert_eq!(world.judge(at + 1).verdict, Verdict::Approve);
}

#[test]
fn the_last_day_still_counts() {
    for (in_days, verdict) in [(-1, Verdict::Escalate), (0, Verdict::Approve), (1, Verdict::Approve)] {
        let (mut world, at) = common_access();
        world.required(CLERK, 1, RequirementKind::Training, in_days);
        assert_eq!(world.judge(at).verdict, verdict, "ends in {in_days} days");
    }
}

#[test]
fn of_several_the_one_that_ran_out_first_and_the_one_that_ends_next_are_facts() {
    let (mut world, at) = common_access();
    for (kind, in_days) in [
        (RequirementKind::Training, -3),
        (RequirementKind::Clearance, -90),
        (RequirementKind::Contract, 200),
        (RequirementKind::Licence, 12),
    ] {
        world.required(CLERK, 1, kind, in_days);
    }
    let made = world.judge(at);
    let needed = |kind, in_days: i64| Some(FactValue::Needed(Needed { kind, until: days_ago(-in_days) }));
    assert_eq!(made.facts.value(FactId::RequirementLapsed).cloned(), needed(RequirementKind::Clearance, -90));
    assert_eq!(made.facts.value(FactId::RequirementEnds).cloned(), needed(RequirementKind::Licence, 12));
}

#[test]
fn what_ends_within_two_months_is_told_and_weighs_nothing() {
    let (world, at) = common_access();
    let before = world.judge(at);
    for (in_days, is_told) in [(12, true), (60, true), (61, false)] {
        let mut world = world.clone();
        world.required(CLERK, 1, RequirementKind::Contract, in_days);
        let made = world.judge(at);
        assert_eq!((made.verdict, made.score), (before.verdict, before.score));
        assert_eq!(told(&made).contains("+0 The contract that this access requires runs out on"), is_told, "{in_days} days");
    }
}

#[test]
fn a_requirement_that_ran_out_is_part_of_the_risk() {
    let (mut world, at) = common_access();
    let risk = |world: &World| recommend::risk::grant_risk(&world.judge(at).facts, common::as_of()).score;
    let before = risk(&world);
    world.required(CLERK, 1, RequirementKind::Licence, -40);
    assert_eq!(risk(&world), before + 150);
}
