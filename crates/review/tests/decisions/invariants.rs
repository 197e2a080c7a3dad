//! Whatever happens in whatever order, some things always hold.

use crate::world::{World, cases, easy};
use domain::{Answer, CampaignState, OrderState, ReviewEvent, ReviewState, time::MINUTE};
use ledger::EventKind;
use proptest::prelude::*;
use review::{
    Actor, Error,
    decide::{DecideForm, decide},
    orders::{self, ReleaseForm, SwitchForm},
};
use std::collections::BTreeMap;

/// One thing that somebody, or time, does.
#[derive(Debug, Clone)]
enum Act {
    Decide(usize, Answer, usize),
    Undo(usize),
    HandOver(usize, usize),
    Time(i64),
    Run,
    /// Carries out, at the source, what the tickets say, and reads it.
    Desk,
    /// Somebody ends, or begins anew, a grant at the source, and it is read.
    Change(usize, bool),
    Release(usize),
    Switch(bool),
    Close,
}

fn act() -> impl Strategy<Value = Act> {
    let item = 0..20_usize;
    let answer = prop_oneof![3 => Just(Answer::Revoke), 2 => Just(Answer::Approve), 1 => Just(Answer::Escalate)];
    prop_oneof![
        12 => (item.clone(), answer, 0..4_usize).prop_map(|(i, a, to)| Act::Decide(i, a, to)),
        4 => item.clone().prop_map(Act::Undo),
        2 => (item.clone(), 0..4_usize).prop_map(|(i, to)| Act::HandOver(i, to)),
        4 => (0..8_i64).prop_map(|minutes| Act::Time(minutes * MINUTE)),
        6 => Just(Act::Run),
        1 => Just(Act::Desk),
        1 => (item.clone(), any::<bool>()).prop_map(|(i, back)| Act::Change(i, back)),
        2 => item.prop_map(Act::Release),
        1 => any::<bool>().prop_map(Act::Switch),
        1 => Just(Act::Close),
    ]
}

const TO: [&str; 4] = ["boss", "deputy", "olga", "p02"];

/// The signed-in person who is to answer an item now, if it is one of ours.
fn reviewer_of<'w>(world: &'w World, item: &store::decisions::ReviewItem) -> Option<&'w Actor> {
    [&world.boss, &world.deputy, &world.olga].into_iter().find(|a| a.identity == Some(item.reviewer))
}

/// Does it; what the rules forbid is answered with a sentence and changes nothing, which the invariants show.
async fn perform(world: &mut World, act: &Act) {
    let items = world.items().await;
    let pick = |n: usize| items.iter().nth(n % items.len().max(1)).map(|(key, item)| (key.clone(), item.clone())).expect("an item");
    let outcome: Result<(), Error> = match act {
        Act::Decide(n, answer, to) => {
            let ((person, entitlement), item) = pick(*n);
            let Some(actor) = reviewer_of(world, &item) else {
                return;
            };
            let mut form: DecideForm = world.form(&person, &entitlement, *answer).await;
            form.to = Some(TO[*to].to_owned());
            if *n % 2 == 0 {
                form.shown = world.shows(form.item).await;
            }
            decide(&world.ctx, actor, &form).await.map(|_| ())
        }
        Act::Undo(n) => {
            let ((person, entitlement), _) = pick(*n);
            let mut last = Ok(());
            for actor in [&world.boss, &world.deputy, &world.olga] {
                last = world.undo(actor, &person, &entitlement).await.map(|_| ());
                if last.is_ok() {
                    break;
                }
            }
            last
        }
        Act::HandOver(n, to) => {
            let ((person, entitlement), _) = pick(*n);
            world.hand_over(&world.olga, &person, &entitlement, TO[*to]).await.map(|_| ())
        }
        Act::Time(micros) => {
            world.clock.advance(*micros);
            Ok(())
        }
        Act::Run => orders::run(&world.ctx).await.map(|_| ()),
        Act::Desk => {
            let tickets: String = world.tickets().into_values().collect();
            world.grants.retain(|g| !tickets.contains(&format!(",remove,{},{},", g.0, g.1)));
            world.sync().await;
            Ok(())
        }
        Act::Change(n, back) => {
            if *back {
                world.grants.push(("p03", "solo", "direct", "2026-11-02", "deputy"));
                world.grants.dedup();
                world.grants.sort_unstable();
                world.grants.dedup();
            } else if world.grants.len() > 10 {
                let n = *n % world.grants.len();
                world.grants.remove(n);
            }
            world.sync().await;
            Ok(())
        }
        Act::Release(n) => {
            let (_, item) = pick(*n);
            match world.orders(item.id).await.pop() {
                Some(order) => {
                    let form = ReleaseForm { attempt: world.attempt(), order: order.id, expected_version: order.version };
                    orders::release(&world.ctx, &world.otto, &form).await.map(|_| ())
                }
                None => Ok(()),
            }
        }
        Act::Switch(on) => orders::switch(&world.ctx, &world.otto, &SwitchForm { attempt: world.attempt(), on: *on }).await.map(|_| ()),
        Act::Close => world.close(world.campaign()).await.map(|_| ()),
    };
    if let Err(error) = outcome {
        assert!(
            matches!(error, Error::Refused(_) | Error::Stale(_) | Error::Invalid(_) | Error::NotFound),
            "{act:?} must be done or be refused with a sentence, not fail: {error:?}"
        );
    }
}

async fn check(world: &World) {
    let items = world.items().await;
    let mut by_state: BTreeMap<ReviewState, i64> = BTreeMap::new();
    let mut living = BTreeMap::new();
    for ((person, entitlement), item) in &items {
        *by_state.entry(item.state).or_default() += 1;
        replays(world, item).await;
        let mut tx = world.ctx.store.read().await.expect("reads");
        let decisions = tx.decisions_of_item(item.id).await.expect("decisions");
        let counts = decisions.iter().filter(|d| Some(d.id) == item.decision).count();
        assert!(counts == usize::from(item.decision.is_some()), "the decision that counts is one of the item's");
        for order in tx.orders_of_item(item.id).await.expect("orders") {
            let decision = decisions.iter().find(|d| d.id == order.decision).expect("rule 3: every order has its decision");
            assert_eq!(decision.answer, Answer::Revoke);
            if !matches!(order.state, OrderState::Held | OrderState::Withdrawn | OrderState::CannotBeRemovedHere) {
                assert!(decision.finalised_at.is_some() && decision.undone_at.is_none(), "nothing is on its way without a final Revoke");
            }
            if !order.state.is_final() {
                assert_eq!(living.insert(order.grant, order.id), None, "one living order a grant");
                assert_eq!(item.decision, Some(order.decision), "a living order carries out what counts");
            }
            let steps = tx.order_steps(order.id).await.expect("steps");
            assert_eq!(i64::try_from(steps.len()).expect("few"), order.version);
            assert_eq!(steps.last().expect("a step").state, order.state.as_str());
            if order.state == OrderState::Proven {
                assert!(tx.proofs_of(order.id).await.expect("proofs").iter().any(|p| p.gone), "rule 20: proven means read again and gone");
            }
        }
        assert!(world.ticketed(person, entitlement) <= 1, "rule 18: one removal of one grant instance");
        assert_ne!(item.reviewer, item.holder, "rule 37");
        if item.campaign_state == CampaignState::Closed {
            assert!(!item.state.is_open() && item.state != ReviewState::Staged, "rule 5: closing leaves nothing open");
        }
    }
    assert_eq!(by_state.values().sum::<i64>(), 22, "no item is lost, and the two grants of emergency access have two each");
    let counted = world.ctx.store.read().await.expect("reads").closing_counts(world.campaign()).await.expect("counts");
    assert_eq!(counted, by_state, "rule 3: no state is missing from counts");
}

/// Rule 3: an item's entries, replayed by the state machine, give its state; every decision has its entry.
async fn replays(world: &World, item: &store::decisions::ReviewItem) {
    let mut state = ReviewState::Undecided;
    let mut version = None;
    let mut made = 0;
    for entry in world.entries(item.id).await {
        made += usize::from(entry.kind == EventKind::DecisionMade);
        let Some(found) = entry.item_version else {
            continue;
        };
        assert!(version.is_none_or(|v| found == v + 1), "no step is missing");
        version = Some(found);
        if let Some(step) = entry.data_code("step") {
            state = state.after(step.parse::<ReviewEvent>().expect("a step")).expect("a step that exists");
        }
        assert_eq!(entry.data_code("state"), Some(state.as_str()));
    }
    assert_eq!((state, version), (item.state, Some(item.version)));
    let mut tx = world.ctx.store.read().await.expect("reads");
    let decisions = tx.decisions_of_item(item.id).await.expect("decisions");
    assert_eq!(decisions.iter().filter(|d| d.user.is_some()).count(), made);
}

fn walk(runtime: &tokio::runtime::Runtime, acts: &[Act], fresh: store::testing::Fresh) {
    runtime.block_on(async {
        let mut world = World::new(fresh).await;
        world.open(easy()).await;
        for act in acts {
            perform(&mut world, act).await;
        }
        check(&world).await;
        // Rule 18, to the end: whatever still can leave leaves once.
        world.later().await;
        check(&world).await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(16), max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rule_03_whatever_happens_the_invariants_hold_on_sqlite(acts in proptest::collection::vec(act(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let fresh = runtime.block_on(store::testing::sqlite()).expect("a database");
        walk(&runtime, &acts, fresh);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(4), max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rule_03_whatever_happens_the_invariants_hold_on_postgresql(acts in proptest::collection::vec(act(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let Some(fresh) = runtime.block_on(store::testing::postgres()).expect("a database") else { return Ok(()) };
        walk(&runtime, &acts, fresh);
    }
}
