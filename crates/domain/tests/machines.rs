//! Rule 3: the two state machines, walked at random.

use domain::{OrderEvent, OrderState, ReviewEvent, ReviewState, SendingEvent, SendingState};
use proptest::prelude::*;

fn review_event() -> impl Strategy<Value = ReviewEvent> {
    proptest::sample::select(ReviewEvent::ALL)
}

fn order_event() -> impl Strategy<Value = OrderEvent> {
    proptest::sample::select(OrderEvent::ALL)
}

proptest! {
    #[test]
    fn rule_03_a_settled_item_never_changes(events in proptest::collection::vec(review_event(), 0..60)) {
        let mut state = ReviewState::Undecided;
        for event in events {
            let before = state;
            if let Ok(next) = state.after(event) { state = next; }
            if before.is_final() { prop_assert_eq!(before, state); }
        }
    }

    #[test]
    fn rule_05_no_default_ever_approves(events in proptest::collection::vec(review_event(), 0..60)) {
        // Whatever happens, an item that nobody answered never counts as decided.
        let mut state = ReviewState::Undecided;
        let mut answered = false;
        for event in events {
            if let Ok(next) = state.after(event) {
                answered |= matches!(event, ReviewEvent::Answer | ReviewEvent::Change);
                state = next;
            }
            if matches!(state, ReviewState::Decided | ReviewState::SignedOff | ReviewState::Staged) { prop_assert!(answered); }
        }
    }

    #[test]
    fn rule_20_what_may_have_left_is_sent_again_only_after_a_reading(events in proptest::collection::vec(order_event(), 0..80)) {
        let mut state = OrderState::Held;
        let mut may_have_left = false;
        for event in events {
            let Ok(next) = state.after(event) else { continue };
            if event == OrderEvent::Claim { prop_assert!(!may_have_left, "claimed again while an attempt may have left"); }
            match event {
                OrderEvent::Claim | OrderEvent::Accept => may_have_left = true,
                OrderEvent::SeeStill if state == OrderState::OutcomeUnknown => may_have_left = false,
                OrderEvent::Refuse | OrderEvent::FindNoWay | OrderEvent::MissSignIn => may_have_left = false,
                _ => {}
            }
            state = next;
        }
    }

    #[test]
    fn rule_20_only_a_reading_proves(events in proptest::collection::vec(order_event(), 0..80)) {
        let mut state = OrderState::Held;
        for event in events {
            let before = state;
            if let Ok(next) = state.after(event) { state = next; }
            if state == OrderState::Proven && before != OrderState::Proven { prop_assert_eq!(event, OrderEvent::SeeGone); }
            if before.is_final() { prop_assert_eq!(before, state); }
        }
    }
}

proptest! {
    // Rules 11 and 14: what may have arrived is never taken back unseen, and what stands there against ours ends it.
    #[test]
    fn rule_14_an_answer_that_may_have_arrived_is_not_withdrawn_unseen(events in proptest::collection::vec(proptest::sample::select(SendingEvent::ALL), 0..60)) {
        let mut state = SendingState::Staged;
        let mut may_have_arrived = false;
        for event in events {
            let before = state;
            let Ok(next) = state.after(event) else { continue };
            match event {
                SendingEvent::Accept | SendingEvent::LoseAnswer | SendingEvent::SeeStanding => may_have_arrived = true,
                SendingEvent::Refuse | SendingEvent::SeeAnother => may_have_arrived = false,
                SendingEvent::Withdraw => prop_assert!(!may_have_arrived, "taken back from {before}"),
                _ => {}
            }
            prop_assert!(!matches!(before, SendingState::AnotherStands | SendingState::Withdrawn));
            state = next;
        }
        prop_assert_eq!(state.may_have_arrived(), may_have_arrived && state != SendingState::Withdrawn);
    }
}

#[test]
fn every_review_state_is_reachable_and_every_open_state_can_be_answered() {
    let mut reached = vec![ReviewState::Undecided];
    let mut next = 0;
    while let Some(state) = reached.get(next).copied() {
        next += 1;
        for event in ReviewEvent::ALL {
            if let Ok(after) = state.after(*event)
                && !reached.contains(&after)
            {
                reached.push(after);
            }
        }
        if state.is_open() {
            assert_eq!(state.after(ReviewEvent::Answer), Ok(ReviewState::Staged), "{state}");
            assert_eq!(state.after(ReviewEvent::CloseUnanswered), Ok(ReviewState::Unanswered), "{state}");
        }
    }
    assert_eq!(reached.len(), ReviewState::ALL.len());
}

#[test]
fn every_order_state_is_reachable_and_every_other_than_the_final_ones_has_a_way_on() {
    let mut reached = vec![OrderState::Held];
    let mut next = 0;
    while let Some(state) = reached.get(next).copied() {
        next += 1;
        let steps: Vec<OrderState> = OrderEvent::ALL.iter().filter_map(|e| state.after(*e).ok()).collect();
        assert_eq!(steps.is_empty(), state.is_final(), "{state}");
        reached.extend(steps.into_iter().filter(|s| !reached.contains(s)).collect::<std::collections::BTreeSet<_>>());
    }
    assert_eq!(reached.len(), OrderState::ALL.len());
}
