//! Taking answers back, replacing them, and handing items over.

use crate::world::{WINDOW, World, each, easy};
use domain::{Answer, OrderState, ReviewState, Role};
use ledger::EventKind;
use review::{Error, decide::decide};

async fn opened() -> Vec<World> {
    let mut worlds = each().await;
    for world in &mut worlds {
        world.open(easy()).await;
    }
    worlds
}

#[tokio::test]
async fn undoing_restores_what_was_and_withdraws_the_order() {
    for world in opened().await {
        world.revoke(&world.boss, "p01", "wiki").await;
        let done = world.undo(&world.boss, "p01", "wiki").await.expect("undone");
        assert_eq!((done.state, done.decision), (ReviewState::Undecided, None));
        assert_eq!(world.order("p01", "wiki").await.state, OrderState::Withdrawn);
        world.later().await;
        assert!(world.tickets().is_empty(), "a withdrawn order never leaves");
        // Nothing is left to undo, and the item can be answered again.
        assert!(matches!(world.undo(&world.boss, "p01", "wiki").await, Err(Error::Refused(_))));
        world.approve(&world.boss, "p01", "wiki").await;
    }
}

#[tokio::test]
async fn undoing_ends_with_the_window() {
    for world in opened().await {
        world.approve(&world.boss, "p01", "wiki").await;
        world.clock.advance(WINDOW);
        // The window is over even where nothing made the answer final yet.
        let Err(Error::Refused(sentence)) = world.undo(&world.boss, "p01", "wiki").await else { unreachable!("too late") };
        assert!(sentence.contains("09:05 (Europe/Berlin)"), "{sentence}");
        world.run().await;
        assert!(matches!(world.undo(&world.boss, "p01", "wiki").await, Err(Error::Refused(_))));
        assert!(matches!(world.undo(&world.deputy, "p01", "wiki").await, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn an_undo_form_sent_twice_is_done_once() {
    for world in opened().await {
        world.revoke(&world.boss, "p01", "wiki").await;
        let item = world.item("p01", "wiki").await;
        let form = review::undo::UndoForm { attempt: world.attempt(), item: item.id, expected_version: item.version };
        let first = review::undo::undo(&world.ctx, &world.boss, &form).await.expect("undone");
        world.revoke(&world.boss, "p01", "wiki").await;
        let second = review::undo::undo(&world.ctx, &world.boss, &form).await.expect("the same answer");
        assert!(second.repeated && !first.repeated);
        assert_eq!(world.item("p01", "wiki").await.state, ReviewState::Staged, "the later answer stands");
    }
}

#[tokio::test]
async fn undoing_an_escalation_brings_the_item_back() {
    for world in opened().await {
        world.escalate(&world.boss, "p01", "wiki", "deputy").await.expect("escalated");
        let done = world.undo(&world.boss, "p01", "wiki").await.expect("undone");
        assert_eq!(done.state, ReviewState::Undecided);
        let item = world.item("p01", "wiki").await;
        assert_eq!((item.reviewer, item.reviewer_by.as_str(), item.due_at), (world.identity("boss").await, "manager", None));
        // The chain forgets what was taken back.
        world.escalate(&world.boss, "p01", "wiki", "deputy").await.expect("escalated again");
        // A second hop taken back leaves the first.
        world.escalate(&world.deputy, "p01", "wiki", "olga").await.expect("on");
        let done = world.undo(&world.deputy, "p01", "wiki").await.expect("undone");
        assert_eq!(done.state, ReviewState::Escalated);
        let item = world.item("p01", "wiki").await;
        assert_eq!(item.reviewer, world.identity("deputy").await);
        assert!(item.due_at.is_some());
        // The deputy's answer taken back leaves the escalation.
        world.approve(&world.deputy, "p01", "wiki").await;
        assert_eq!(world.undo(&world.deputy, "p01", "wiki").await.expect("undone").state, ReviewState::Escalated);
    }
}

#[tokio::test]
async fn a_replaced_answer_never_counts_again() {
    for world in opened().await {
        world.revoke(&world.boss, "p01", "wiki").await;
        world.approve(&world.boss, "p01", "wiki").await;
        assert_eq!(world.order("p01", "wiki").await.state, OrderState::Withdrawn);
        world.revoke(&world.boss, "p01", "wiki").await;
        let item = world.item("p01", "wiki").await;
        let living: Vec<_> = world.orders(item.id).await.into_iter().filter(|o| o.state != OrderState::Withdrawn).collect();
        assert_eq!(living.len(), 1);
        let run = world.later().await;
        assert_eq!((run.finalised, run.ticketed), (1, 1));
    }
}

#[tokio::test]
async fn a_final_answer_can_be_changed_until_its_removal_leaves() {
    for world in opened().await {
        world.approve(&world.boss, "p01", "wiki").await;
        world.later().await;
        world.revoke(&world.boss, "p01", "wiki").await;
        assert_eq!(world.item("p01", "wiki").await.state, ReviewState::Staged);
        // Taken back: the final approval counts again.
        let done = world.undo(&world.boss, "p01", "wiki").await.expect("undone");
        assert_eq!(done.state, ReviewState::Decided);
        assert!(matches!(world.escalate(&world.boss, "p01", "wiki", "deputy").await, Err(Error::Refused(_))));
        world.revoke(&world.boss, "p01", "wiki").await;
        world.later().await;
        assert_eq!(world.ticketed("p01", "wiki"), 1);
        let form = world.form("p01", "wiki", Answer::Approve).await;
        let Err(Error::Refused(sentence)) = decide(&world.ctx, &world.boss, &form).await else { unreachable!("it has left") };
        assert!(sentence.contains("handed to the people who carry it out"), "{sentence}");
        assert_eq!(world.item("p01", "wiki").await.state, ReviewState::Decided);
    }
}

#[tokio::test]
async fn a_final_revoke_that_was_changed_and_restored_is_ordered_again() {
    for world in opened().await {
        // The last holder: the brake keeps the order from leaving.
        world.revoke(&world.boss, "p06", "solo").await;
        world.later().await;
        assert_eq!(world.order("p06", "solo").await.state, OrderState::Held);
        world.approve(&world.boss, "p06", "solo").await;
        assert_eq!(world.order("p06", "solo").await.state, OrderState::Withdrawn);
        let done = world.undo(&world.boss, "p06", "solo").await.expect("undone");
        assert_eq!(done.state, ReviewState::Decided);
        let order = world.order("p06", "solo").await;
        assert_eq!((Some(order.id), order.state), (done.order, OrderState::Ready));
        assert_eq!(world.run().await.braked, 1);
    }
}

#[tokio::test]
async fn handing_over_keeps_the_reviewer_of_record() {
    for world in opened().await {
        let done = world.hand_over(&world.boss, "p01", "wiki", "deputy@example.com").await.expect("handed over");
        assert_eq!(done.state, ReviewState::HandedOver);
        let item = world.item("p01", "wiki").await;
        assert_eq!(item.reviewer, world.identity("deputy").await);
        assert_eq!(item.reviewer_of_record, world.identity("boss").await);
        let entry = world.entries(item.id).await.into_iter().find(|e| e.kind == EventKind::ItemHandedOver).expect("an entry");
        assert_eq!(entry.data_code("as"), Some("reviewer"));
        assert!(!entry.subjects.values().any(|s| *s == item.reviewer.to_string()), "people stand in the ledger as pseudonyms");
        // Answered and taken back, it is with the deputy again.
        world.revoke(&world.deputy, "p01", "wiki").await;
        assert!(matches!(world.hand_over(&world.deputy, "p01", "wiki", "olga").await, Err(Error::Refused(_))));
        assert_eq!(world.undo(&world.deputy, "p01", "wiki").await.expect("undone").state, ReviewState::HandedOver);
        // A hand-over may go back; only an escalation may not.
        world.hand_over(&world.deputy, "p01", "wiki", "boss").await.expect("handed back");
    }
}

#[tokio::test]
async fn an_owner_hands_over_and_never_to_themselves() {
    for world in opened().await {
        let result = world.hand_over(&world.olga, "p01", "wiki", "olga").await;
        assert!(matches!(result, Err(Error::Invalid(_))));
        world.hand_over(&world.olga, "p01", "wiki", "deputy").await.expect("the campaign's owner may");
        // Another owner's campaign does not exist for otto, nor does a stranger's item for anybody.
        assert!(matches!(world.hand_over(&world.otto, "p02", "wiki", "deputy").await, Err(Error::NotFound)));
        assert!(matches!(world.hand_over(&world.boss, "p01", "wiki", "olga").await, Err(Error::NotFound)));
        // Nobody is asked who signs in here and is no reviewer.
        world.actor("p06", &[Role::Auditor]).await;
        assert!(matches!(world.hand_over(&world.boss, "p02", "wiki", "p06").await, Err(Error::Invalid(_))));
    }
}
