//! Accounts that their platform holds to be in somebody else's hands.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{CLERK, World, days_ago, told};
use domain::{AccountRisk, Answer, RiskLevel, Sensitivity, Verdict};
use recommend::{
    Cause, FactId, FactValue, HardRule, HowDecided,
    risk::{RiskKind, grant_risk},
};

/// Access that all clerks hold and use: Approve, if nothing else were known.
fn common_access(risk: Option<RiskLevel>) -> (World, usize) {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    world.grant_all(CLERK..CLERK + 12, 1, 900);
    for holder in CLERK..CLERK + 12 {
        world.used(holder, 1, Some(2), 100);
    }
    world.person(CLERK).risk = risk.map(|level| AccountRisk { level, since: Some(days_ago(3)) });
    (world, 0)
}

#[test]
fn what_somebody_else_may_have_used_is_approved_by_a_person_or_not_at_all() {
    let (mut world, at) = common_access(Some(RiskLevel::High));
    world.decided(CLERK, 1, Answer::Approve, HowDecided::Exception, 30);
    let made = world.judge(at);
    assert_eq!((made.verdict, made.rule, made.cause), (Verdict::Escalate, Some(HardRule::AccountAtRisk), Cause::AccountAtRisk));
    assert!(
        told(&made).contains("The platform sees a high risk since 18 November 2026 that somebody else uses this account."),
        "{}",
        told(&made)
    );
    assert!(!made.bulk_allowed);
    assert!(Cause::AccountAtRisk.is_of_a_rule(), "no model is asked, and none learns from it");
    // Nobody else's.
    assert_eq!(world.judge(at + 1).verdict, Verdict::Approve);
}

#[test]
fn emergency_access_at_risk_is_not_approved_for_lying_unused() {
    let (mut world, at) = common_access(None);
    world.population.usage.clear();
    world.person(CLERK).emergency = true;
    assert_eq!(world.judge(at).rule, Some(HardRule::EmergencyAccess));
    world.person(CLERK).risk = Some(AccountRisk { level: RiskLevel::High, since: None });
    let made = world.judge(at);
    assert_eq!((made.verdict, made.rule), (Verdict::Escalate, Some(HardRule::AccountAtRisk)));
    assert!(told(&made).contains("The platform sees a high risk that somebody else uses this account."), "{}", told(&made));
}

#[test]
fn a_lower_risk_is_told_and_settles_nothing() {
    let plain = common_access(None).0.judge(0);
    for level in [RiskLevel::Low, RiskLevel::Medium] {
        let made = common_access(Some(level)).0.judge(0);
        assert_eq!((made.verdict, made.rule, made.score), (plain.verdict, None, plain.score));
        assert!(told(&made).contains(&format!("The platform sees a {level} risk since")), "{}", told(&made));
    }
}

#[test]
fn nothing_found_and_nothing_told_are_two_things() {
    let made = common_access(Some(RiskLevel::None)).0.judge(0);
    let found = made.facts.value(FactId::AccountAtRisk);
    assert_eq!(found, Some(&FactValue::Risk(AccountRisk { level: RiskLevel::None, since: Some(days_ago(3)) })));
    assert!(!told(&made).contains("risk"), "{}", told(&made));
    assert_eq!(common_access(None).0.judge(0).facts.get(FactId::AccountAtRisk), None);
}

#[test]
fn the_higher_the_risk_the_sooner_the_grant_is_looked_at() {
    let points = |risk| {
        let (world, at) = common_access(risk);
        let parts = grant_risk(&world.judge(at).facts, days_ago(0)).parts;
        parts.into_iter().find(|part| part.kind == RiskKind::AccountAtRisk).map(|part| part.points)
    };
    assert_eq!(points(None), None);
    assert_eq!(points(Some(RiskLevel::None)), None);
    assert_eq!([RiskLevel::Low, RiskLevel::Medium, RiskLevel::High].map(|level| points(Some(level)).unwrap()), [40, 100, 200]);
}
