//! What would change a recommendation: tried, not guessed, and only where rule 31 allows it.

#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

mod common;

use common::{ANALYST, CLERK, Invented, World, days_ago};
use domain::{Grain, Sensitivity, Verdict};
use proptest::prelude::*;
use recommend::{
    Fact, FactId, FactValue, PeerLevel, Recommendation, Share, Weighed, Weights, counterfactuals, decide, say_counterfactual, say_unknown,
    steps, unknowns,
};

/// An analyst holds what `held` of the 13 others hold; use is unknown.
fn held_by(held: u32) -> (World, usize) {
    let mut world = World::new();
    world.entitlement(1, Sensitivity::Medium);
    let at = world.grant(ANALYST, 1, 400);
    world.grant_all(ANALYST + 1..ANALYST + 1 + held, 1, 400);
    (world, at)
}

fn told(made: &Recommendation) -> Vec<String> {
    counterfactuals(made, &Weights::default()).unwrap().iter().map(|one| say_counterfactual(one, &Invented)).collect()
}

#[test]
fn a_counterfactual_names_the_fewest_people_and_is_true() {
    let (world, at) = held_by(4);
    let made = world.judge(at);
    assert_eq!(made.verdict, Verdict::Escalate);
    let found = counterfactuals(&made, &world.weights).unwrap();
    let more = found.iter().find(|one| one.change.more > 0).unwrap();
    assert_eq!((more.change.level, more.change.of, more.verdict), (PeerLevel::Title, 13, Verdict::Approve));
    // It is true of the company too: with so many more holders the recommendation is another.
    let people = more.change.more.unsigned_abs();
    let (enough, at) = held_by(4 + people);
    assert_eq!(enough.judge(at).verdict, more.verdict);
    assert_eq!(
        told(&made)[0],
        format!("If {people} more of the 13 others with the title Treasury analyst held it, this would be Approve.")
    );
}

#[test]
fn rule_31_no_counterfactual_for_a_named_rule() {
    let (mut world, at) = held_by(4);
    world.person(ANALYST).manager = None;
    let made = world.judge(at);
    assert!(made.rule.is_some());
    assert_eq!(told(&made), Vec::<String>::new());
}

#[test]
fn rule_31_no_counterfactual_that_the_holders_use_alone_would_meet() {
    let (world, at) = held_by(1);
    let made = world.judge(at);
    let unknown = unknowns(&made, &world.weights).unwrap();
    let use_of_it = unknown.iter().find(|one| one.fact == FactId::LastUsed).unwrap();
    assert!(!use_of_it.verdicts.is_empty());
    let sentence = say_unknown(use_of_it);
    assert_eq!(sentence, "Whether they use it is not known. Knowing it would change this recommendation.");
    for verdict in ["Approve", "Revoke"] {
        assert!(!sentence.contains(verdict), "{sentence}");
    }
}

#[test]
fn an_unknown_that_changes_nothing_is_not_told() {
    let (mut world, at) = held_by(13);
    world.used(ANALYST, 1, Some(2), 200);
    let made = world.judge(at);
    assert_eq!(made.verdict, Verdict::Approve);
    assert_eq!(unknowns(&made, &world.weights).unwrap(), []);
}

#[test]
fn an_unknown_sensitivity_is_told_where_it_would_matter() {
    let (mut world, at) = held_by(6);
    world.population.entitlements[0].sensitivity = None;
    world.usage(ANALYST, 1, Some(3), 3, 90, Grain::Application);
    let made = world.judge(at);
    // 200 for people alike and 500 for the application, or 900 and 500: between the bounds of low and of high risk.
    let sensitivity = unknowns(&made, &world.weights).unwrap().into_iter().find(|one| one.fact == FactId::Sensitivity);
    let low = decide(
        made.grant,
        made.as_of,
        made.facts
            .clone()
            .with([Fact { value: FactValue::Sensitivity(Sensitivity::Low), ..made.facts.get(FactId::Sensitivity).unwrap().clone() }]),
        &world.weights,
    )
    .unwrap();
    assert_eq!(sensitivity.is_some_and(|one| one.verdicts.contains(&low.verdict)), low.verdict != made.verdict);
}

#[test]
fn a_missing_last_day_is_told_beside_the_rule_that_misses_it() {
    let (mut world, at) = held_by(6);
    world.person(ANALYST).status = Some(domain::AccountStatus::Disabled);
    let made = world.judge(at);
    let found = unknowns(&made, &world.weights).unwrap();
    let last_day = found.iter().find(|one| one.fact == FactId::LeftOn).unwrap();
    assert_eq!(say_unknown(last_day), "HR gives no last day. With one that has passed, this could be Revoke.");
}

#[test]
fn the_steps_name_every_rule_that_was_tried_up_to_the_one_that_decided() {
    let (mut world, at) = held_by(4);
    let made = world.judge(at);
    let weighed = steps(&made.facts, made.as_of, &world.weights);
    assert!(weighed.tried.iter().all(|tried| !tried.applied) && weighed.tried.len() == recommend::HardRule::ALL.len());
    let weighing = weighed.weighing.unwrap();
    assert_eq!((weighing.score, weighing.came_out), (made.score, Weighed::Between));

    world.person(ANALYST).end = Some(days_ago(4));
    let left = world.judge(at);
    let ruled = steps(&left.facts, left.as_of, &world.weights);
    assert_eq!(ruled.weighing, None);
    assert_eq!(ruled.tried.last().map(|tried| (Some(tried.rule), tried.applied)), Some((left.rule, true)));
    assert_eq!(ruled.tried.iter().filter(|tried| tried.applied).count(), 1);
}

#[test]
fn weights_are_written_in_one_way_and_read_back() {
    let weights = Weights::default();
    let bytes = weights.to_canonical().unwrap();
    let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), bytes, "RFC 8785");
    assert_eq!(Weights::from_canonical(&bytes).unwrap(), weights);
    assert!(Weights::from_canonical(&[bytes.as_slice(), b" "].concat()).is_err());
}

proptest! {
    /// Whatever people alike hold: a counterfactual, tried again, gives what it says, and the steps agree with the verdict.
    #[test]
    fn claims_are_true(title in (0_u32..20, 0_u32..20), wider in (0_u32..30, 0_u32..30), last in proptest::option::of(0_i64..300), moved in any::<bool>()) {
        let (mut world, at) = held_by(3);
        if let Some(last) = last {
            world.used(ANALYST, 1, Some(last), 20);
        }
        if moved {
            world.person(ANALYST).changed_job_on = Some(days_ago(100));
        }
        world.grant_all(CLERK..CLERK + 3, 1, 300);
        let before = world.judge(at);
        let share = |held: u32, of: u32| FactValue::Share(Share { held: held.min(of), of });
        let like = before.facts.get(FactId::Sensitivity).unwrap().clone();
        let (in_title, of_title) = (title.0.min(title.1), title.1);
        let facts = before.facts.clone().with([
            Fact { id: FactId::PeersTitle, value: share(in_title, of_title), ..like.clone() },
            Fact { id: FactId::PeersDepartment, value: share(in_title + wider.0.min(wider.1), of_title + wider.1), ..like },
        ]);
        let made = decide(before.grant, before.as_of, facts, &world.weights).unwrap();
        let taken = steps(&made.facts, made.as_of, &world.weights);
        match taken.weighing {
            None => prop_assert!(made.rule.is_some()),
            Some(weighing) => {
                prop_assert_eq!(weighing.score, made.score);
                prop_assert_eq!(weighing.came_out.abstained(), made.verdict == Verdict::Escalate);
            }
        }
        for one in counterfactuals(&made, &world.weights).unwrap() {
            prop_assert!(one.verdict != made.verdict && one.change.more != 0);
            prop_assert!(one.change.more.unsigned_abs() <= one.change.of);
        }
    }
}

/// A model may have learned that what fewer people hold stays: nobody is told that this would help.
#[test]
fn what_a_model_would_turn_the_wrong_way_is_not_told() {
    let (world, at) = held_by(4);
    let plain = world.judge(at);
    let said = |promise| {
        let profile = recommend::Profile {
            department: None,
            entitlement: common::entitlement(1),
            manager: None,
            source: common::source(1),
            title: None,
        };
        recommend::Learned { approve: 960_000, model: [7; 32], parts: None, promise, profile }
    };
    let asked = Some(said(recommend::Promised::Between {}));
    let made = recommend::decide_with(plain.grant, plain.as_of, plain.facts.clone(), &world.weights, asked).unwrap();
    let held = plain.facts.share(FactId::PeersAll).held;
    let sure = recommend::Promised::Approve { agreed: 99, cases: 99 };
    let told = |more: bool| {
        let model = |facts: &recommend::Facts| {
            let now = facts.share(FactId::PeersAll).held;
            let turned = if more { now > held } else { now < held };
            Some(said(if turned { sure } else { recommend::Promised::Between {} }))
        };
        recommend::counterfactuals_with(&made, &world.weights, &model).unwrap().iter().map(|one| one.change.more).collect::<Vec<_>>()
    };
    assert!(told(false).is_empty(), "fewer people never argue for keeping");
    assert_eq!(told(true), [1], "one more would do");
}
