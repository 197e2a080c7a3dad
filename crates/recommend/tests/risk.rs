//! Risk scores.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

mod common;

use common::{CLERK, World, as_of, days_ago, grant};
use domain::Sensitivity;
use recommend::risk::{GrantRisk, RiskKind, grant_risk, identity_risk};

fn risk(world: &World, at: usize) -> GrantRisk {
    let judge = recommend::Judge::new(&world.population, as_of(), world.weights.clone()).unwrap();
    grant_risk(&judge.facts(at).unwrap(), as_of())
}

fn kinds(risk: &GrantRisk) -> Vec<(RiskKind, u32)> {
    risk.parts.iter().map(|part| (part.kind, part.points)).collect()
}

#[test]
fn common_used_access_of_low_sensitivity_is_the_least_risk() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Low);
    world.grant_all(CLERK..CLERK + 12, 1, 400);
    world.used(CLERK, 1, Some(3), 90);
    assert_eq!(kinds(&risk(&world, 0)), [(RiskKind::Sensitivity, 20)]);
}

#[test]
fn unknown_sensitivity_and_unknown_use_are_not_harmless() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Low).sensitivity = None;
    world.grant_all(CLERK..CLERK + 12, 1, 400);
    assert_eq!(kinds(&risk(&world, 0)), [(RiskKind::Sensitivity, 250), (RiskKind::UseUnknown, 80)]);
}

#[test]
fn every_part_is_said_and_the_parts_are_the_score() {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Privileged);
    world.entitlement(2, Sensitivity::High);
    let at = world.grant(CLERK, 1, 400);
    world.grant(CLERK, 2, 400);
    world.used(CLERK, 1, None, 0);
    world.apart(1, &[1], &[2]);
    world.person(CLERK).changed_job_on = Some(days_ago(200));
    world.person(CLERK).manager = None;
    world.person(CLERK).end = Some(days_ago(10));
    world.population.grants[at].granted_by = Some(common::account(CLERK));
    let risk = risk(&world, at);
    let expected = [
        (RiskKind::Sensitivity, 400),
        (RiskKind::HolderGone, 400),
        (RiskKind::Conflict, 250),
        (RiskKind::Unused, 150),
        (RiskKind::SelfGranted, 150),
        (RiskKind::OlderThanJob, 100),
        (RiskKind::Rare, 80),
        (RiskKind::NobodyAnswers, 80),
    ];
    assert_eq!(kinds(&risk), expected);
    assert_eq!(risk.score, expected.iter().map(|(_, points)| points).sum::<u32>());
}

#[test]
fn much_that_is_harmless_does_not_outweigh_one_thing_that_is_not() {
    let harmless: Vec<_> = (0..500).map(|number| (grant(number), 20)).collect();
    let one = identity_risk(&[(grant(1), 400)]);
    assert!(identity_risk(&harmless).score < one.score);
    assert_eq!(identity_risk(&[(grant(2), 100), (grant(1), 401)]).parts, [(grant(1), 401), (grant(2), 50)]);
    assert_eq!(identity_risk(&[]).score, 0);
}
