//! Rule 29 on the way to the reviewer: use of an administrative role is the audited actions that need it.

use crate::world::{Differing, World};
use domain::{Answer, Grain, SourceId};
use review::view::types::{Recommended, UsageView};
use store::{decisions::ReviewItem, testing};

/// What the pages of all items about administrative roles show: the item, its use, and the fact that says what was observed.
async fn shown(world: &World, source: SourceId) -> Vec<(ReviewItem, UsageView, Option<String>)> {
    let campaign = world.open(source).await;
    let mut shown = Vec::new();
    for (_, what, _, item) in world.items(campaign).await {
        if what.starts_with("role:") && item.seat == 0 && item.holder != item.reviewer {
            let page = review::view::item(&world.ctx, &world.reviewer(&item).await, item.id).await.unwrap();
            let of = page.facts.iter().find(|line| line.name == "Use is observed of").and_then(|line| line.value.clone());
            shown.push((item, page.usage, of));
        }
    }
    shown
}

#[tokio::test]
async fn rule_29_an_item_about_an_administrative_role_shows_what_was_done_with_it() {
    for fresh in testing::each().await.unwrap() {
        let world = World::new(fresh, Differing::default()).await;
        for (source, window) in [(world.in_okta, 90), (world.in_entra, 30)] {
            world.read(source).await;
            let mut items = shown(&world, source).await;
            items.retain(|(_, usage, _)| matches!(usage, UsageView::Watched { grain: Grain::Action, .. }));
            assert!(items.iter().all(|(.., of)| of.as_deref() == Some("audited actions that it allows")), "{items:?}");
            let used =
                |usage: &UsageView| matches!(usage, UsageView::Watched { last_used: Some(_), window_days, .. } if *window_days == window);
            let (item, ..) = items.iter().find(|(_, usage, _)| used(usage)).unwrap_or_else(|| panic!("nobody did anything: {items:?}"));
            // Once answered, the reasons are told: with what was done, and no more than that the role allows it.
            world.answer(item, Answer::Approve).await.unwrap();
            let page = review::view::item(&world.ctx, &world.reviewer(item).await, item.id).await.unwrap();
            let Recommended::Shown(made) = page.recommended else { panic!("not shown although answered") };
            let told: Vec<String> = made.reasons.into_iter().map(|reason| reason.sentence).collect();
            assert!(told.iter().any(|sentence| sentence.to_lowercase().contains("audited action")), "{told:?}");
            assert!(!told.iter().any(|sentence| sentence.starts_with("Used on") || sentence.starts_with("Last used")), "{told:?}");
        }
    }
}

#[tokio::test]
async fn a_log_of_acts_that_may_not_be_read_leaves_the_use_of_roles_unknown() {
    let world = World::new(testing::sqlite().await.unwrap(), Differing::default()).await;
    world.entra.forbid("/auditLogs/directoryAudits");
    world.read(world.in_entra).await;
    let items = shown(&world, world.in_entra).await;
    assert!(
        !items.is_empty() && items.iter().all(|(_, usage, _)| !matches!(usage, UsageView::Watched { grain: Grain::Action, .. })),
        "{items:?}"
    );
    let mut tx = world.ctx.store.read().await.unwrap();
    let reading = tx.readings(world.in_entra, None, 1).await.unwrap().pop().unwrap();
    let told: review::sync::ReadingReport = serde_json::from_str(&reading.report).unwrap();
    assert!(told.unread.iter().any(|part| part.part == "audit log" && part.why.contains("AuditLog.Read.All")), "{told:?}");
}
