//! What readings show: proofs, access that comes back, leavers, emergency use.

use crate::world::{World, each, easy};
use domain::{OrderState, ReviewState, time::DAY};
use ledger::EventKind;
use review::{
    Error,
    findings::{SettleForm, settle},
};
use store::findings::{Explanation, FindingKind, Outcome};

/// A campaign in which p01 lost the wiki: ticketed, and the source not read since.
async fn ticketed() -> Vec<World> {
    let mut worlds = each().await;
    for world in &mut worlds {
        world.open(easy()).await;
        world.revoke(&world.boss, "p01", "wiki").await;
        world.later().await;
        world.clock.advance(DAY);
    }
    worlds
}

#[tokio::test]
async fn rule_20_only_a_reading_proves() {
    for mut world in ticketed().await {
        let still = world.sync().await.proofs;
        assert_eq!((still.proven, still.still_there), (0, 1));
        assert_eq!(world.order("p01", "wiki").await.state, OrderState::Ticketed);
        world.grants.retain(|g| (g.0, g.1) != ("p01", "wiki"));
        world.clock.advance(DAY);
        let report = world.sync().await;
        assert_eq!((report.proofs.proven, report.proofs.still_there), (1, 0));
        let order = world.order("p01", "wiki").await;
        assert_eq!((order.state, order.proven_at), (OrderState::Proven, Some(world.ctx.env.now())));
        let mut tx = world.ctx.store.read().await.expect("reads");
        let proofs = tx.proofs_of(order.id).await.expect("proofs");
        assert_eq!(proofs.iter().map(|p| (p.seq, p.gone)).collect::<Vec<_>>(), [(2, false), (3, true)]);
        let snapshot = tx.snapshot(world.source, 3).await.expect("reads").expect("a snapshot");
        assert_eq!(proofs[1].population_hash, snapshot.population_hash);
        drop(tx);
        assert_eq!(world.item("p01", "wiki").await.state, ReviewState::Decided, "a settled item never changes");
        assert_eq!(world.sync().await.proofs.proven, 0, "and is proven once");
    }
}

#[tokio::test]
async fn rule_18_a_newer_grant_is_left_alone_and_reported() {
    for mut world in ticketed().await {
        world.grants.retain(|g| (g.0, g.1) != ("p01", "wiki"));
        world.grants.push(("p01", "wiki", "direct", "2026-11-03", "deputy"));
        let report = world.sync().await;
        assert_eq!((report.proofs.proven, report.proofs.regranted, report.proofs.returned), (1, 1, 0));
        let finding = world.findings().await.remove(0);
        assert_eq!((finding.kind, finding.explanation), (FindingKind::Regranted, Some(Explanation::ApprovedRequest)));
        world.run().await;
        assert_eq!(world.ticketed("p01", "wiki"), 1, "no second removal");
    }
}

#[tokio::test]
async fn rule_21_access_that_returns_is_a_finding_and_the_item_stays() {
    let ways = [
        ("direct", "2024-03-01", "", Explanation::Sync),
        ("direct", "2026-11-04", "deputy", Explanation::ApprovedRequest),
        ("direct", "2026-11-04", "", Explanation::Unexplained),
        ("direct", "", "", Explanation::Unexplained),
        ("rule:everyone", "2026-11-04", "", Explanation::Rule),
    ];
    for (path, on, by, explanation) in ways {
        for mut world in ticketed().await {
            let before = world.grants.clone();
            world.grants.retain(|g| (g.0, g.1) != ("p01", "wiki"));
            world.sync().await;
            let item = world.item("p01", "wiki").await;
            world.clock.advance(DAY);
            world.grants = before;
            world.grants.retain(|g| (g.0, g.1) != ("p01", "wiki"));
            world.grants.push(("p01", "wiki", path, on, by));
            let report = world.sync().await;
            assert_eq!((report.proofs.returned, report.proofs.regranted, report.proofs.asked_anew), (1, 0, 1));
            let finding = world.findings().await.remove(0);
            assert_eq!((finding.kind, finding.explanation), (FindingKind::Returned, Some(explanation)), "{path} {on} {by}");
            assert_eq!(finding.item, Some(item.id));
            assert_eq!(world.item("p01", "wiki").await, item);
            assert_eq!(world.order("p01", "wiki").await.state, OrderState::Proven);
            assert_eq!(world.sync().await.proofs.returned, 0, "it is found once");
        }
    }
}

#[tokio::test]
async fn a_staged_revoke_falls_with_the_access_and_its_order_with_it() {
    for mut world in each().await {
        world.open(easy()).await;
        world.revoke(&world.boss, "p01", "wiki").await;
        world.grants.retain(|g| (g.0, g.1) != ("p01", "wiki"));
        assert_eq!(world.sync().await.proofs.no_longer_held, 1);
        assert_eq!(world.item("p01", "wiki").await.state, ReviewState::NoLongerHeld);
        assert_eq!(world.order("p01", "wiki").await.state, OrderState::Withdrawn);
        assert_eq!(world.later().await, review::orders::OrdersRun::default());
    }
}

#[tokio::test]
async fn what_the_brake_holds_is_proven_where_the_access_is_gone_anyway() {
    for mut world in each().await {
        world.open(easy()).await;
        world.revoke(&world.boss, "p06", "solo").await;
        world.revoke(&world.boss, "p03", "auto").await;
        world.later().await;
        world.grants.retain(|g| (g.0, g.1) != ("p06", "solo") && (g.0, g.1) != ("p03", "auto"));
        assert_eq!(world.sync().await.proofs.proven, 2);
        assert_eq!(world.order("p06", "solo").await.state, OrderState::Proven);
        assert_eq!(world.order("p03", "auto").await.state, OrderState::Proven);
        assert!(world.tickets().is_empty());
    }
}

#[tokio::test]
async fn rule_28_somebody_who_left_and_still_has_access_raises_an_alarm_at_once() {
    for mut world in each().await {
        let leave = |world: &mut World, end: &'static str| {
            world.people.retain(|p| p.0 != "p01");
            world.people.push(("p01", "boss", "active", end));
        };
        leave(&mut world, "2026-12-31");
        assert_eq!(world.sync().await.proofs.leavers, 0, "an end date to come is no leaving");
        review::jobs::enqueue_due(&world.ctx).await.expect("enqueues");
        while review::jobs::run_one(&world.ctx, "w").await.expect("runs").is_some() {}
        assert_eq!(world.findings().await, [], "not while it is to come");
        leave(&mut world, "2026-10-31");
        assert_eq!(world.sync().await.proofs.leavers, 1);
        assert_eq!(world.sync().await.proofs.leavers, 0, "one alarm, not one a day");
        let finding = world.findings().await.remove(0);
        assert_eq!((finding.kind, finding.explanation), (FindingKind::LeaverActive, None));
        let mut tx = world.ctx.store.read().await.expect("reads");
        for kind in [EventKind::FindingRaised, EventKind::AlarmLeaver] {
            assert_eq!(tx.entries_of_no_campaign(kind.as_str(), None, 10).await.expect("entries").len(), 1, "{kind}");
        }
    }
}

/// A last day that passes raises the alarm without a reading.
#[tokio::test]
async fn rule_28_a_last_day_that_passes_between_two_readings_raises_the_alarm() {
    for mut world in each().await {
        world.people.retain(|p| p.0 != "p01");
        world.people.push(("p01", "boss", "active", "2026-12-31"));
        world.sync().await;
        for (days, alarms) in [(10, 0), (60, 1), (1, 1)] {
            world.clock.advance(days * DAY);
            review::jobs::enqueue_due(&world.ctx).await.expect("enqueues");
            while review::jobs::run_one(&world.ctx, "w").await.expect("runs").is_some() {}
            assert_eq!(world.findings().await.len(), alarms);
        }
    }
}

#[tokio::test]
async fn rule_27_every_use_of_emergency_access_is_a_finding() {
    for mut world in each().await {
        world.usage.push(("p04", "glass", "2026-10-30"));
        assert_eq!(world.sync().await.proofs.emergency_uses, 1);
        assert_eq!(world.sync().await.proofs.emergency_uses, 0);
        world.usage.pop();
        world.usage.push(("p04", "glass", "2026-11-01"));
        assert_eq!(world.sync().await.proofs.emergency_uses, 1);
        assert!(world.findings().await.iter().all(|f| f.kind == FindingKind::EmergencyUsed));
    }
}

#[tokio::test]
async fn a_finding_is_settled_once_by_who_may() {
    for mut world in each().await {
        world.usage.push(("p04", "glass", "2026-10-30"));
        world.sync().await;
        let finding = world.findings().await.remove(0).id;
        let form = SettleForm {
            attempt: world.attempt(),
            finding,
            outcome: Outcome::Accepted,
            note: Some("Fire drill of 30 October.".to_owned()),
        };
        assert!(matches!(settle(&world.ctx, &world.boss, &form).await, Err(Error::NotFound)));
        assert!(!settle(&world.ctx, &world.otto, &form).await.expect("settled").repeated);
        assert!(settle(&world.ctx, &world.otto, &form).await.expect("the same answer").repeated);
        let again = SettleForm { attempt: world.attempt(), ..form };
        assert!(matches!(settle(&world.ctx, &world.olga, &again).await, Err(Error::Stale(_))));
        assert!(world.findings().await.is_empty());
    }
}
