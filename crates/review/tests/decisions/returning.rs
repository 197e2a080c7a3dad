//! Rule 21: access that returns after a proven removal is asked about anew.

use crate::world::{World, each, easy};
use domain::{Answer, CampaignId, ReviewState, Role, time::DAY};
use ledger::EventKind;
use review::{
    decide::{DecideForm, decide},
    export,
    open::{self, OpenForm, Scope},
    recommendations, sequence, view,
};
use store::{decisions::ReviewItem, findings::FindingKind};

/// A campaign in which p01 lost the wiki, and a reading that proved it.
async fn removed() -> Vec<World> {
    let mut worlds = each().await;
    for world in &mut worlds {
        world.open(easy()).await;
        world.revoke(&world.boss, "p01", "wiki").await;
        world.later().await;
        world.clock.advance(DAY);
        world.grants.retain(|g| (g.0, g.1) != ("p01", "wiki"));
        assert_eq!(world.sync().await.proofs.proven, 1);
        world.clock.advance(DAY);
    }
    worlds
}

async fn back(world: &mut World) -> u64 {
    world.grants.push(("p01", "wiki", "direct", "2026-11-03", "deputy"));
    let proofs = world.sync().await.proofs;
    assert_eq!(proofs.returned, 1);
    proofs.asked_anew
}

async fn open(world: &World, scope: Scope) -> CampaignId {
    let form = OpenForm {
        name: format!("Review {}", world.attempt()),
        sources: [world.source].into(),
        scope,
        due_at: world.ctx.env.now().plus(30 * DAY),
        time_zone: "Europe/Berlin".to_owned(),
        policy: easy(),
        showing: domain::Showing::Shown,
    };
    open::open(&world.ctx, &world.olga, world.attempt(), &form).await.expect("a campaign")
}

async fn asked(world: &World) -> Option<ReviewItem> {
    let finding = world.findings().await.into_iter().find(|f| f.kind == FindingKind::Returned).expect("a finding");
    let mut tx = world.ctx.store.read().await.expect("reads");
    match finding.asked_item {
        Some(item) => tx.review_item(item).await.expect("reads"),
        None => None,
    }
}

#[tokio::test]
async fn rule_21_what_returns_gets_an_item_in_the_open_campaign_and_the_closed_one_stays() {
    for mut world in removed().await {
        let settled = world.item("p01", "wiki").await;
        let before = world.items().await.len();
        assert_eq!(back(&mut world).await, 1);
        let item = asked(&world).await.expect("an item");
        assert_eq!((item.campaign, item.state, item.version), (world.campaign(), ReviewState::Undecided, 1));
        assert_ne!((item.grant, item.seq), (settled.grant, settled.seq));
        assert_eq!(i64::try_from(before).expect("few") + 1, item.number, "it is numbered after the others");
        assert_eq!((item.reviewer, item.reviewer_by.as_str()), (world.identity("boss").await, "manager"));
        assert_eq!(world.item("p01", "wiki").await, settled, "the settled item never changes");

        // It is frozen alike: the recommendation can be made again from the reading that showed the access.
        let auditor = world.actor("otto", &[Role::Auditor]).await;
        let again = recommendations::recompute(&world.ctx, &auditor, item.recommendation.expect("one")).await.expect("made again");
        assert!(again.same(), "{again:?}");
        let entries = world.entries(item.id).await;
        let created = entries.iter().find(|e| e.kind == EventKind::ItemCreated).expect("an entry");
        let finding = world.findings().await.into_iter().find(|f| f.kind == FindingKind::Returned).expect("a finding");
        assert_eq!(created.subjects.get("finding"), Some(&finding.id.to_string()));
        assert_eq!(created.data_int("seq"), Some(item.seq));
        assert!(entries.iter().any(|e| e.kind == EventKind::RecommendationMade));

        // The reviewer sees why, answers, and the campaign closes over both.
        let page = view::item(&world.ctx, &world.boss, item.id).await.expect("their item");
        assert!(page.returned.as_ref().is_some_and(|r| r.proven_at.is_some()), "{:?}", page.returned);
        assert!(page.changes.is_empty(), "{:?}", page.changes);
        let form = DecideForm {
            attempt: world.attempt(),
            item: item.id,
            expected_version: 1,
            answer: Answer::Approve,
            why: None,
            note: None,
            to: None,
            shown: None,
        };
        decide(&world.ctx, &world.boss, &form).await.expect("an answer");
        let line = view::findings(&world.ctx, &world.olga, None, None).await.expect("a page").open.remove(0);
        let told = line.asked.expect("the finding says where");
        assert_eq!((told.number, told.item, line.not_asked), (item.number, Some(item.id), false));
        world.close(world.campaign()).await.expect("closed");
        sequence::run(&world.ctx, "test").await.expect("sequenced");
        let made = export::make(&world.ctx, None, world.campaign(), None).await.expect("a pack");
        let rows = world.pack_rows(&made, "population");
        let row = rows.iter().find(|row| row["grant"] == item.grant.to_string()).expect("the grant that came back");
        assert_eq!((row["asked"].as_str(), row["holder"].as_str()), (Some("asked_when_it_came_back"), Some("Name of p01")));
    }
}

#[tokio::test]
async fn rule_21_where_no_open_campaign_covers_it_the_finding_says_so_and_the_next_asks() {
    for mut world in removed().await {
        world.close(world.campaign()).await.expect("closed");
        open(&world, Scope::Applications(["Payables".to_owned()].into())).await;
        assert_eq!(back(&mut world).await, 0, "neither a closed campaign nor one over other things asks");
        assert!(asked(&world).await.is_none());
        let page = view::findings(&world.ctx, &world.olga, None, None).await.expect("a page");
        assert!(page.may_open && page.open[0].not_asked && page.open[0].asked.is_none());
        let next = open(&world, Scope::Applications(["Wiki".to_owned()].into())).await;
        let item = asked(&world).await.expect("an item");
        assert_eq!(item.campaign, next);
        let created = world.entries(item.id).await.into_iter().find(|e| e.kind == EventKind::ItemCreated).expect("an entry");
        assert!(created.subjects.contains_key("finding"));
        let page = view::findings(&world.ctx, &world.otto, None, None).await.expect("a page");
        let told = page.open[0].asked.clone().expect("the finding says where");
        assert_eq!(told.item, None, "another owner's item is not this owner's to open");
    }
}

#[tokio::test]
async fn rule_21_one_campaign_asks_the_one_whose_removal_it_was_before_a_newer() {
    for mut world in removed().await {
        let newer = open(&world, Scope::All).await;
        assert_eq!(back(&mut world).await, 1);
        assert_eq!(asked(&world).await.expect("an item").campaign, world.campaign());
        world.close(world.campaign()).await.expect("closed");
        world.grants.retain(|g| (g.0, g.1) != ("p01", "wiki"));
        world.clock.advance(DAY);
        world.sync().await;
        world.clock.advance(DAY);
        world.grants.push(("p01", "wiki", "direct", "2026-11-06", "deputy"));
        assert_eq!(world.sync().await.proofs.asked_anew, 1);
        let mut campaigns: Vec<_> = Vec::new();
        let mut tx = world.ctx.store.read().await.expect("reads");
        for finding in tx.open_findings(None, 10).await.expect("findings") {
            let item = tx.review_item(finding.asked_item.expect("asked")).await.expect("reads").expect("an item");
            campaigns.push(item.campaign);
        }
        assert_eq!(campaigns, [world.campaign(), newer]);
    }
}
