//! Closing: the dry run, the confirmation, defaults, and what never changes afterwards.

use crate::world::{World, each, easy, removing};
use domain::{Answer, CampaignState, DecisionOrigin, DefaultAction, OrderState, ReviewState};
use ledger::EventKind;
use review::{
    Error,
    close::{self, CloseForm, ClosePreview},
    decide::decide,
    native::{self, LookAgainForm},
    orders::ReleaseForm,
    view,
};
use std::collections::BTreeMap;
use store::decisions::ReviewItem;

async fn preview(world: &World) -> ClosePreview {
    close::preview(&world.ctx, &world.olga, world.campaign()).await.expect("a preview")
}

#[tokio::test]
async fn rule_02_closing_first_sends_what_is_staged() {
    for mut world in each().await {
        world.open(easy()).await;
        world.revoke(&world.boss, "p01", "wiki").await;
        world.approve(&world.boss, "p02", "wiki").await;
        let preview = preview(&world).await;
        assert_eq!((preview.staged_removals, preview.staged_approvals, preview.open), (1, 1, 20));
        let done = close::close(&world.ctx, &world.olga, &world.closing(&preview)).await.expect("closed");
        assert_eq!(done.state, CampaignState::Closed);
        assert_eq!(world.item("p01", "wiki").await.state, ReviewState::Decided);
        assert_eq!(world.run().await.ticketed, 1, "without waiting for the window");
    }
}

/// Only what a platform runs can be read back, and only its own owner asks for it.
#[tokio::test]
async fn a_campaign_of_ours_is_not_read_back() {
    for mut world in each().await {
        let campaign = world.open(easy()).await;
        let form = || LookAgainForm { attempt: world.attempt(), campaign };
        assert!(matches!(native::look_again(&world.ctx, &world.otto, &form()).await, Err(Error::NotFound)));
        let Err(Error::Refused(why)) = native::look_again(&world.ctx, &world.olga, &form()).await else { unreachable!("nothing to read") };
        assert!(why.starts_with("No platform runs this campaign"), "{why}");
    }
}

#[tokio::test]
async fn rule_05_the_default_leaves_and_lists_as_an_exception() {
    for mut world in each().await {
        world.open(easy()).await;
        world.escalate(&world.boss, "p01", "wiki", "deputy").await.expect("escalated");
        let preview = preview(&world).await;
        assert_eq!((preview.default_action, preview.open_escalated, preview.default_removals), (DefaultAction::LeaveAsException, 1, 0));
        world.close(world.campaign()).await.expect("closed");
        let items = world.items().await;
        assert!(items.values().all(|i| i.state == ReviewState::Excepted), "rule 1: escalated and open counts as unanswered");
        let entries = world.entries(world.item("p01", "wiki").await.id).await;
        let tail: Vec<EventKind> = entries.iter().rev().take(2).rev().map(|e| e.kind).collect();
        assert_eq!(tail, [EventKind::ItemUnanswered, EventKind::DecisionDefaulted]);
        assert_eq!(entries.last().expect("an entry").actor, ledger::Actor::System);
        assert_eq!(world.run().await, review::orders::OrdersRun::default());
    }
}

#[tokio::test]
async fn rule_05_the_default_removes_and_it_is_marked_as_the_systems_act() {
    for mut world in each().await {
        world.open(removing(easy())).await;
        world.approve(&world.boss, "p01", "wiki").await;
        let before = preview(&world).await;
        assert_eq!((before.open, before.default_removals, before.default_kept), (21, 17, 4));
        world.close(world.campaign()).await.expect("closed");
        let page = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("the campaign's page");
        let progress = page.progress;
        assert_eq!((progress.approved, progress.unanswered, progress.done()), (1, 21, 1), "what nobody answered is not answered");
        assert_eq!(page.reviewers.iter().map(|one| one.progress.done()).sum::<i64>(), 1);
        let item = world.item("p02", "wiki").await;
        assert_eq!(item.state, ReviewState::Unanswered);
        let mut tx = world.ctx.store.read().await.expect("reads");
        let decision = tx.decision(item.decision.expect("the default's decision")).await.expect("reads").expect("a decision");
        drop(tx);
        assert_eq!(
            (decision.origin, decision.answer, decision.user, decision.reviewer),
            (DecisionOrigin::Default, Answer::Revoke, None, None)
        );
        // Rule 27: emergency access stays, whatever the default.
        assert_eq!(world.item("p04", "glass").await.state, ReviewState::Excepted);
        let run = world.run().await;
        assert_eq!(
            i64::try_from(run.claimed).expect("a number"),
            before.default_removals - before.braked - before.conflicts - before.cannot
        );
        assert_eq!(i64::try_from(run.braked).expect("a number"), before.braked);
        assert_eq!(world.ticketed("p02", "wiki"), 1);
        // A default acts because somebody confirmed it: that person is not the second one.
        let order = world.order("p06", "solo").await;
        let release = ReleaseForm { attempt: world.attempt(), order: order.id, expected_version: order.version };
        assert!(matches!(review::orders::release(&world.ctx, &world.olga, &release).await, Err(Error::Refused(_))));
        review::orders::release(&world.ctx, &world.otto, &release).await.expect("released by another");
    }
}

#[tokio::test]
async fn the_preview_says_what_happens() {
    for mut world in each().await {
        world.open(easy()).await;
        world.revoke(&world.boss, "p01", "crm").await; // a conflict: its group also gives mail
        world.revoke(&world.boss, "p06", "solo").await; // the last holder
        world.revoke(&world.boss, "p03", "auto").await; // by a rule
        world.later().await;
        world.revoke(&world.boss, "p01", "wiki").await;
        let preview = preview(&world).await;
        // What cannot be removed here does not leave.
        assert_eq!((preview.staged_removals, preview.conflicts, preview.cannot), (1, 1, 0));
        assert_eq!((preview.waiting_removals, preview.braked), (2, 1));
        let names: Vec<(&str, i64)> = preview.by_person.iter().map(|g| (g.name.as_str(), g.decided)).collect();
        assert_eq!(names, [("Name of p01", 2), ("Name of p06", 1)]);
        assert_eq!(preview.open_by_reviewer.len(), 2, "rule 27: the second named person has items too");
        assert!(preview.acknowledgements[0].starts_with("18 items have no answer. The access stays"), "{:?}", preview.acknowledgements);
    }
}

#[tokio::test]
async fn nobody_closes_over_what_they_have_not_seen() {
    for mut world in each().await {
        world.open(easy()).await;
        let seen = preview(&world).await;
        let unread = CloseForm { acknowledge: false, ..world.closing(&seen) };
        assert!(matches!(close::close(&world.ctx, &world.olga, &unread).await, Err(Error::Invalid(_))));
        world.revoke(&world.boss, "p01", "wiki").await;
        assert!(matches!(close::close(&world.ctx, &world.olga, &world.closing(&seen)).await, Err(Error::Stale(_))));
        assert!(matches!(close::close(&world.ctx, &world.otto, &world.closing(&seen)).await, Err(Error::NotFound)));
        assert!(matches!(close::preview(&world.ctx, &world.otto, world.campaign()).await, Err(Error::NotFound)));
        assert_eq!(world.item("p01", "wiki").await.campaign_state, CampaignState::Open);
        let now = preview(&world).await;
        let once = world.closing(&now);
        assert!(!close::close(&world.ctx, &world.olga, &once).await.expect("closed").repeated);
        assert!(close::close(&world.ctx, &world.olga, &once).await.expect("the same answer").repeated);
        assert!(matches!(close::close(&world.ctx, &world.olga, &world.closing(&now)).await, Err(Error::Refused(_))));
    }
}

#[tokio::test]
async fn rule_21_nothing_in_a_closed_campaign_changes_except_that_orders_move_on() {
    for mut world in each().await {
        world.open(easy()).await;
        world.revoke(&world.boss, "p01", "wiki").await;
        world.close(world.campaign()).await.expect("closed");
        let before = world.items().await;
        for answer in [Answer::Approve, Answer::Revoke] {
            let form = world.form("p02", "wiki", answer).await;
            assert!(matches!(decide(&world.ctx, &world.boss, &form).await, Err(Error::Refused(_))));
        }
        assert!(matches!(world.undo(&world.boss, "p01", "wiki").await, Err(Error::Refused(_))));
        assert!(matches!(world.hand_over(&world.boss, "p02", "wiki", "deputy").await, Err(Error::Refused(_))));
        world.run().await;
        world.grants.retain(|g| g.1 != "wiki");
        let report = world.sync().await;
        assert_eq!((report.proofs.proven, report.proofs.no_longer_held), (1, 0));
        assert_eq!(world.order("p01", "wiki").await.state, OrderState::Proven);
        let settled = |items: BTreeMap<_, ReviewItem>| -> BTreeMap<_, _> {
            // The access may go; the item does not follow it.
            items.into_iter().map(|(key, item)| (key, ReviewItem { gone_at: None, ..item })).collect()
        };
        assert!(settled(world.items().await) == settled(before), "an item of a closed campaign changed");
        let mut tx = world.ctx.store.read().await.expect("reads");
        let entries = tx.entries_of_campaign(world.campaign(), None, 1_000).await.expect("entries");
        let closed = entries.iter().find(|e| e.kind == "campaign.closed").expect("an entry");
        let entry = ledger::Entry::parse(&closed.bytes).expect("canonical");
        assert_eq!((entry.data_int("items"), entry.data_int("excepted"), entry.data_int("decided")), (Some(22), Some(21), Some(1)));
        assert!(matches!(entry.actor, ledger::Actor::Person(_)), "who confirmed stands in the ledger");
    }
}

#[tokio::test]
async fn a_closing_that_was_cut_off_is_finished_by_the_job() {
    for mut world in each().await {
        world.open(removing(easy())).await;
        world.revoke(&world.boss, "p01", "wiki").await;
        // Confirmed, and the process ended before anything was carried out.
        let mut tx = world.ctx.store.begin().await.expect("begins");
        assert!(tx.set_campaign_closing(world.campaign(), 1, world.ctx.env.now(), world.olga.user).await.expect("writes"));
        tx.commit().await.expect("commits");
        let answer = world.form("p02", "wiki", Answer::Approve).await;
        assert!(matches!(decide(&world.ctx, &world.boss, &answer).await, Err(Error::Refused(_))));
        assert_eq!(close::finish_due(&world.ctx).await.expect("finished"), 1);
        assert_eq!(close::finish_due(&world.ctx).await.expect("nothing to do"), 0);
        let items = world.items().await;
        assert!(items.values().all(|i| i.campaign_state == CampaignState::Closed && i.state != ReviewState::Staged && !i.state.is_open()));
    }
}
