//! What a platform knows of accounts in other hands, on the way to the reviewer.

use crate::world::{Differing, World};
use domain::{RiskLevel, Verdict};
use recommend::{Cause, FactId, FactValue, HardRule, Recommendation};
use store::{decisions::ReviewItem, testing};

const LINE: &str = "Account in other hands, as the platform sees it";

/// The items about accounts of this risk, each with what was recommended.
async fn about(world: &World, items: Vec<ReviewItem>, level: RiskLevel) -> Vec<(ReviewItem, Recommendation)> {
    let mut tx = world.ctx.store.read().await.unwrap();
    let mut found = Vec::new();
    for item in items {
        let Some((_, body)) = tx.recommendation_of_item(item.id).await.unwrap() else { continue };
        let made: Recommendation = serde_json::from_slice(&body).unwrap();
        if matches!(made.facts.value(FactId::AccountAtRisk), Some(FactValue::Risk(risk)) if risk.level == level) {
            found.push((item, made));
        }
    }
    found
}

#[tokio::test]
async fn an_account_at_high_risk_is_put_before_a_person_and_a_change_of_it_is_shown_first() {
    for fresh in testing::each().await.unwrap() {
        let world = World::new(fresh, Differing::default()).await;
        world.read(world.in_entra).await;
        let campaign = world.open(world.in_entra).await;
        let items: Vec<ReviewItem> = world.items(campaign).await.into_iter().map(|(.., item)| item).collect();
        let high = about(&world, items.clone(), RiskLevel::High).await;
        assert!(!high.is_empty() && high.len() < items.len() / 10, "{} of {}", high.len(), items.len());
        let ruled: Vec<_> = high.iter().filter(|(_, made)| made.rule == Some(HardRule::AccountAtRisk)).collect();
        assert!(ruled.iter().all(|(_, made)| (made.verdict, made.cause) == (Verdict::Escalate, Cause::AccountAtRisk)));
        assert!(high.iter().all(|(_, made)| made.verdict != Verdict::Approve), "{high:?}");
        let (item, _) = ruled.first().unwrap();
        let reviewer = world.reviewer(item).await;
        let page = review::view::item(&world.ctx, &reviewer, item.id).await.unwrap();
        let line = page.facts.iter().find(|line| line.name == LINE).and_then(|line| line.value.as_deref()).unwrap();
        assert!(line.starts_with("high risk since "), "{line}");

        // Rule 4: the list is no longer to be had, so that nothing is known any more.
        world.entra.forbid("/identityProtection/riskyUsers");
        world.read(world.in_entra).await;
        let mut tx = world.ctx.store.read().await.unwrap();
        let now = review::shown::of_item(&mut tx, item.id).await.unwrap().unwrap();
        let says = "The risk that the platform sees for the account was high when this was prepared, and is unknown now.";
        assert!(now.changes.iter().any(|change| change == says), "{:?}", now.changes);
    }
}
