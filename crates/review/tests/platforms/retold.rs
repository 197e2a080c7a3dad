//! Access that a later reading tells under another name, or with another date, is not gone: its question stays open, and no
//! removal is proven by it.

use crate::world::{Differing, World};
use domain::{Answer, GrantId, GrantPath, OrderState, ReviewState, SourceId};
use std::collections::BTreeSet;
use store::{decisions::ReviewItem, testing};
use tenant::{entra, okta};

/// The grants of a source that its newest reading shows.
async fn held(world: &World, source: SourceId) -> Vec<(String, store::access::Grant)> {
    let mut tx = world.ctx.store.read().await.unwrap();
    let seq = tx.source(source).await.unwrap().unwrap().last_seq.unwrap();
    let mut all = Vec::new();
    for grant in tx.grants_at(source, seq).await.unwrap() {
        all.push((tx.external_entitlement(grant.entitlement).await.unwrap().unwrap(), grant));
    }
    all
}

async fn is_held(world: &World, source: SourceId, grant: GrantId) -> bool {
    held(world, source).await.iter().any(|(_, held)| held.id == grant)
}

/// Where Entra's applications were never read, memberships stand by themselves. Once they are read, a group that carries
/// something is asked by that; whoever is still in it has not lost anything.
#[tokio::test]
async fn rule_20_a_membership_that_is_told_by_what_it_carries_is_not_proven_gone() {
    for fresh in testing::each().await.unwrap() {
        let differing = Differing { entra: Some(entra::Misbehaviour::ApplicationsForbidden), ..Differing::default() };
        let world = World::new(fresh, differing).await;
        world.read(world.in_entra).await;
        let campaign = world.open(world.in_entra).await;
        let items = world.items(campaign).await;

        // What a tenant without that fault says shows which groups carry an application.
        world.entra.misbehave(None);
        let whole = World::new(testing::sqlite().await.unwrap(), Differing::default()).await;
        whole.read(whole.in_entra).await;
        let whole = held(&whole, whole.in_entra).await;
        let asked = |group: &str| whole.iter().any(|(what, _)| what == group);
        let carries =
            |group: &str| whole.iter().any(|(what, held)| what.starts_with("app:") && held.path == GrantPath::Group(group.to_owned()));
        let of_a_group = items.iter().filter(|(_, what, path, item)| {
            *path == GrantPath::Direct && carries(what) && !asked(what) && item.seat == 0 && item.holder != item.reviewer
        });
        let items: Vec<&ReviewItem> = of_a_group.map(|(.., item)| item).take(3).collect();
        let [revoked, open, settled] = items[..] else { panic!("{} memberships of groups that carry something", items.len()) };
        world.answer(settled, Answer::Approve).await.unwrap();
        world.answer(revoked, Answer::Revoke).await.unwrap();
        world.work().await;
        // The group turned out to carry more than was shown, so nothing left.
        let order = world.order(revoked.id).await;
        assert_eq!(order.state, OrderState::Refused, "{:?}", order.remark);

        let report = world.read(world.in_entra).await;
        assert!(report.changes.grants.gone > 0, "what nobody waits for is told by what it carries: {report:?}");
        assert_eq!((report.proofs.proven, report.proofs.no_longer_held), (0, 0), "everybody is still in their groups");
        assert_eq!(world.order(revoked.id).await.state, OrderState::Refused);
        assert!(is_held(&world, world.in_entra, revoked.grant).await && is_held(&world, world.in_entra, open.grant).await);
        assert!(!is_held(&world, world.in_entra, settled.grant).await, "nothing waits for its end");
        // It can still be answered, with all that was known of it.
        let page = review::view::item(&world.ctx, &world.reviewer(open).await, open.id).await.unwrap();
        assert!(!matches!(page.usage, review::view::types::UsageView::Unread), "{:?}", page.usage);
        let done = world.answer(open, Answer::Approve).await.unwrap();
        assert!(done.state != ReviewState::NoLongerHeld && !done.on_old_data, "{done:?}");

        // Another reading says the same; once nobody waits for it, it goes its way.
        world.work().await;
        world.clock.advance(domain::time::DAY);
        assert_eq!(world.read(world.in_entra).await.proofs.proven, 0);
        assert!(!is_held(&world, world.in_entra, open.grant).await && is_held(&world, world.in_entra, revoked.grant).await);

        // Ordered again, it is known now what else it ends, and a membership that has truly ended proves it.
        let order = world.order(revoked.id).await;
        let form = review::orders::RetryForm { attempt: world.ctx.env.id(), order: order.id, expected_version: order.version };
        review::orders::retry(&world.ctx, &world.owner, &form).await.unwrap();
        world.work().await;
        assert_eq!(world.order(revoked.id).await.state, OrderState::Proven);
        assert_eq!(world.entra.accepted().len(), 1, "one removal, once");
        let report = world.read(world.in_entra).await;
        assert_eq!(report.proofs.returned, 0);
        assert!(!is_held(&world, world.in_entra, revoked.grant).await);
    }
}

/// Okta dates a membership by its log. A log that is refused says nothing of the membership, which is listed as ever.
#[tokio::test]
async fn rule_20_a_membership_whose_date_is_no_longer_told_is_not_proven_gone() {
    for fresh in testing::each().await.unwrap() {
        let world = World::new(fresh, Differing::default()).await;
        world.read(world.in_okta).await;
        let campaign = world.open(world.in_okta).await;
        let dated: Vec<GrantId> =
            held(&world, world.in_okta).await.into_iter().filter(|(_, g)| g.granted_on.is_some()).map(|(_, g)| g.id).collect();
        let items = world.items(campaign).await;
        let own = items.iter().filter(|(_, what, path, item)| {
            what.starts_with("00g")
                && *path == GrantPath::Direct
                && item.seat == 0
                && item.holder != item.reviewer
                && dated.contains(&item.grant)
        });
        let revoked = &own.clone().next().unwrap().3;
        world.answer(revoked, Answer::Revoke).await.unwrap();
        world.okta.misbehave(Some(okta::Misbehaviour::LogForbidden));
        world.clock.advance(domain::time::SECOND);
        let report = world.read(world.in_okta).await;
        assert_eq!((report.changes.grants.new, report.changes.grants.gone), (0, 0), "nothing came or went");
        assert_eq!((report.proofs.proven, report.proofs.no_longer_held), (0, 0));
        assert_ne!(world.order(revoked.id).await.state, OrderState::Proven);
        let before: Vec<GrantId> =
            held(&world, world.in_okta).await.into_iter().filter(|(_, g)| g.granted_on.is_some()).map(|(_, g)| g.id).collect();
        assert_eq!(before, dated, "what was known of since when stays known");
    }
}

/// The other way round: a log that could not be read at first dates what was undated, and that is the same membership.
#[tokio::test]
async fn rule_20_a_membership_whose_date_becomes_known_is_not_proven_gone() {
    for fresh in testing::each().await.unwrap() {
        let differing = Differing { okta: Some(okta::Misbehaviour::LogForbidden), ..Differing::default() };
        let world = World::new(fresh, differing).await;
        world.read(world.in_okta).await;
        let campaign = world.open(world.in_okta).await;
        world.okta.misbehave(None);
        world.clock.advance(domain::time::DAY);
        let report = world.read(world.in_okta).await;
        assert_eq!((report.proofs.proven, report.proofs.no_longer_held), (0, 0), "every item of the campaign is open");
        let items = world.items(campaign).await;
        assert!(items.iter().all(|(.., item)| item.state != ReviewState::NoLongerHeld));
        let held: BTreeSet<GrantId> = held(&world, world.in_okta).await.into_iter().map(|(_, grant)| grant.id).collect();
        assert!(items.iter().all(|(.., item)| held.contains(&item.grant)), "each under the name that it was asked by");
    }
}
