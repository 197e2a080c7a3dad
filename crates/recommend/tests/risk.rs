//! Risk scores and overlapping access.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a failed expectation is a failed test")]

mod common;

use common::{CLERK, World, as_of, days_ago, grant};
use domain::Sensitivity;
use proptest::prelude::*;
use recommend::overlap::{Access, overlap};
use recommend::risk::{GrantRisk, RiskKind, grant_risk, identity_risk};
use recommend::sod::Worth;
use std::collections::BTreeSet;

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

fn access(number: u32, opens: &[u32], unused_days: Option<u32>) -> Access {
    Access { grant: grant(number), opens: opens.iter().copied().collect(), worth: Worth { unused_days, peers: None } }
}

#[test]
fn of_five_groups_that_open_the_same_application_two_stay() {
    // One in use, one that opens something of its own, and three idle ones.
    let five = [
        access(1, &[7], Some(2)),
        access(2, &[7, 8], Some(200)),
        access(3, &[7], Some(200)),
        access(4, &[7], Some(90)),
        access(5, &[7], None),
    ];
    let mut turned = five.clone();
    turned.reverse();
    let found = overlap(&five);
    assert_eq!(found, overlap(&turned));
    assert_eq!(found.keep, [grant(1), grant(2)]);
    assert_eq!(found.give_up.iter().map(|one| one.grant).collect::<Vec<_>>(), [grant(3), grant(4), grant(5)]);
    assert!(found.give_up.iter().all(|one| one.served_by == [grant(1), grant(2)]));
}

#[test]
fn what_shares_nothing_is_not_spoken_of() {
    assert_eq!(overlap(&[access(1, &[1], None), access(2, &[2], None), access(3, &[], None)]), recommend::overlap::Overlap::default());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_by_what_is_given_up(
        opens in prop::collection::vec((prop::collection::btree_set(0_u32..6, 0..4), prop::option::of(0_u32..200)), 0..8)
    ) {
        let accesses: Vec<Access> =
            (0..).zip(&opens).map(|(number, (opens, unused))| access(number, &opens.iter().copied().collect::<Vec<_>>(), *unused)).collect();
        let found = overlap(&accesses);
        let gone: BTreeSet<_> = found.give_up.iter().map(|one| one.grant).collect();
        let open = |kept: &dyn Fn(&Access) -> bool| accesses.iter().filter(|one| kept(one)).flat_map(|one| one.opens.clone()).collect::<BTreeSet<u32>>();
        prop_assert_eq!(open(&|one| !gone.contains(&one.grant)), open(&|_| true));
        for one in &found.give_up {
            let own = accesses.iter().find(|access| access.grant == one.grant).unwrap();
            prop_assert!(own.worth.unused_days.is_none_or(|days| days >= 30));
            let served: BTreeSet<u32> = accesses.iter().filter(|access| one.served_by.contains(&access.grant)).flat_map(|access| access.opens.clone()).collect();
            prop_assert!(own.opens.is_subset(&served));
        }
    }
}
