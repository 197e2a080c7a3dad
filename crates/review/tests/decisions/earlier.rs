//! What was decided here before is known to the next campaign, and what is decided later changes nothing of it.

use crate::world::{World, each, easy, removing};
use domain::{Answer, time::DAY};
use recommend::{FactId, Recommendation};
use review::view::{self, types::Recommended};
use std::collections::BTreeMap;

/// What the item's page says of earlier answers: facts and reasons.
async fn told(world: &World, person: &str) -> (BTreeMap<String, (Option<String>, String)>, Vec<String>) {
    let item = world.item(person, "wiki").await;
    let page = view::item(&world.ctx, &world.boss, item.id).await.expect("their item");
    let past = ["Approved before", "Revoked before", "Granted anew after a revoke"];
    let facts = page.facts.into_iter().filter(|fact| past.contains(&fact.name.as_str()));
    let Recommended::Shown(shown) = page.recommended else { panic!("nothing is recommended") };
    let of_past = |said: &String| said.starts_with("Approved on") || said.starts_with("Revoked on");
    let said = shown.reasons.into_iter().map(|reason| reason.sentence).filter(of_past).collect();
    (facts.map(|fact| (fact.name, (fact.value, fact.source))).collect(), said)
}

#[tokio::test]
async fn the_next_campaign_says_how_it_was_decided_last_time() {
    for mut world in each().await {
        world.open(easy()).await;
        let asked_first = world.items().await;
        world.approve(&world.boss, "p01", "wiki").await;
        world.revoke(&world.boss, "p02", "wiki").await;
        world.revoke(&world.boss, "p03", "wiki").await;
        world.revoke(&world.boss, "p04", "wiki").await;
        // Two answers, of which the last counts; one taken back; and one that can still be taken back when the next opens.
        world.revoke(&world.boss, "p06", "wiki").await;
        world.undo(&world.boss, "p06", "wiki").await.expect("taken back");
        world.later().await;
        // p03 and p04 lose it, and get it back: one with a date, one without.
        world.clock.advance(DAY);
        world.grants.retain(|grant| grant.1 != "wiki" || !["p03", "p04"].contains(&grant.0));
        assert_eq!(world.sync().await.proofs.proven, 2);
        world.clock.advance(DAY);
        world.grants.push(("p03", "wiki", "direct", "2026-11-04", ""));
        world.grants.push(("p04", "wiki", "direct", "", ""));
        world.sync().await;
        world.clock.advance(DAY);
        world.approve(&world.boss, "p05", "wiki").await;

        world.open(easy()).await;
        let asked = world.items().await;
        let (facts, said) = told(&world, "p01").await;
        assert_eq!(facts["Approved before"], (Some("2 November 2026, in a review".to_owned()), "earlier answers".to_owned()));
        assert_eq!(said, ["Approved on 2 November 2026."]);
        let (facts, said) = told(&world, "p02").await;
        assert_eq!(facts["Granted anew after a revoke"].0.as_deref(), Some("no"));
        assert_eq!(said, ["Revoked on 2 November 2026, and still held."]);
        assert_eq!(told(&world, "p03").await.1, ["Revoked on 2 November 2026 and granted anew on 4 November 2026."]);
        assert_eq!(told(&world, "p04").await.1, ["Revoked on 2 November 2026, and granted anew since."]);
        assert_eq!(told(&world, "p06").await, (BTreeMap::new(), vec![]), "what was taken back says nothing");
        assert_eq!(told(&world, "p05").await, (BTreeMap::new(), vec![]), "what can still be taken back says nothing");

        // Later answers change nothing of what was recommended before, in either campaign.
        world.clock.advance(DAY);
        world.later().await;
        world.revoke(&world.boss, "p01", "wiki").await;
        world.approve(&world.boss, "p02", "wiki").await;
        world.later().await;
        world.assert_all_same(&asked).await;
        world.assert_all_same(&asked_first).await;
        world.clock.advance(DAY);
        world.open(easy()).await;
        let (_, said) = told(&world, "p01").await;
        assert_eq!(said.len(), 2, "both are told: {said:?}");
        assert!(said.iter().any(|said| said.starts_with("Revoked on 6 November 2026")), "{said:?}");
        assert_eq!(told(&world, "p05").await.1, ["Approved on 5 November 2026."]);
    }
}

/// Rule 5: what a default did is nobody's answer, and says nothing in the next campaign.
#[tokio::test]
async fn rule_5_a_default_says_nothing_in_the_next_campaign() {
    for mut world in each().await {
        let first = world.open(removing(easy())).await;
        world.approve(&world.boss, "p01", "wiki").await;
        world.later().await;
        world.close(first).await.expect("closed");
        let mut tx = world.ctx.store.read().await.expect("reads");
        let before = tx.decided_before(world.source, world.ctx.env.now().plus(1)).await.expect("answers");
        drop(tx);
        assert!(before.iter().any(|answer| answer.answer == Answer::Revoke && answer.origin == domain::DecisionOrigin::Default));
        world.clock.advance(DAY);
        world.open(easy()).await;
        let items = world.items().await;
        let mut tx = world.ctx.store.read().await.expect("reads");
        let mut told = Vec::new();
        for (of, item) in &items {
            let row = tx.recommendation(item.recommendation.expect("one")).await.expect("reads").expect("a recommendation");
            let made = Recommendation::from_canonical(&row.body).expect("canonical bytes");
            assert!(made.facts.get(FactId::PastRevoked).is_none(), "{of:?}");
            told.extend(made.facts.get(FactId::PastApproved).map(|_| of.clone()));
        }
        assert_eq!(told, [("p01".to_owned(), "wiki".to_owned())]);
    }
}
