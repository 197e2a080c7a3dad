//! One part of an Entra tenant that is refused from one reading to the next: what was known of it stays, and grows old.

use crate::world::{Differing, World};
use domain::{Answer, GrantPath, ReviewState, time::DAY};
use review::view::types::UsageView;
use store::{decisions::ReviewItem, testing};
use tenant::entra::Misbehaviour;

/// An item whose reviewer is not its holder, of access as `of` says.
fn some(items: &[(String, String, GrantPath, ReviewItem)], of: impl Fn(&str, &GrantPath) -> bool) -> ReviewItem {
    let mut fitting = items.iter().filter(|(_, what, path, item)| of(what, path) && item.seat == 0 && item.holder != item.reviewer);
    fitting.next().unwrap().3.clone()
}

/// Rules 4 and 26: nothing follows from the absence of what was refused, neither that it is gone nor that it is unused.
#[tokio::test]
async fn rule_04_each_part_of_entra_that_is_refused_is_kept_and_ages() {
    type Of = fn(&str, &GrantPath) -> bool;
    let parts: [(Misbehaviour, &str, Of, Of); 3] = [
        (
            Misbehaviour::GroupsForbidden,
            "groups",
            |what, path| what.starts_with("app:") && matches!(path, GrantPath::Group(_)),
            |what, path| what.starts_with("app:") && *path == GrantPath::Direct,
        ),
        (
            Misbehaviour::ApplicationsForbidden,
            "applications",
            |what, path| what.starts_with("app:") && *path == GrantPath::Direct,
            |what, _| what.starts_with("role:"),
        ),
        (
            Misbehaviour::RolesForbidden,
            "directory roles",
            |what, _| what.starts_with("role:"),
            |what, path| what.starts_with("app:") && *path == GrantPath::Direct,
        ),
    ];
    for (how, part, hidden, readable) in parts {
        for fresh in testing::each().await.unwrap() {
            let world = World::new(fresh, Differing::default()).await;
            let whole = world.read(world.in_entra).await;
            let read_at = world.ctx.env.now();
            let campaign = world.open(world.in_entra).await;
            let items = world.items(campaign).await;
            world.entra.misbehave(Some(how));
            world.clock.advance(8 * DAY);
            let report = world.read(world.in_entra).await;
            let grants = report.changes.grants;
            assert_eq!((grants.new, grants.gone, grants.total), (0, 0, whole.changes.grants.total), "{how}");
            assert_eq!((report.changes.accounts.gone, report.changes.entitlements.gone), (0, 0), "{how}");
            assert_eq!((report.proofs.proven, report.proofs.no_longer_held), (0, 0), "{how}");
            let mut tx = world.ctx.store.read().await.unwrap();
            let reading = tx.readings(world.in_entra, None, 1).await.unwrap().pop().unwrap();
            let told: review::sync::ReadingReport = serde_json::from_str(&reading.report).unwrap();
            assert!(told.unread[0].part == part && told.kept_known > 0, "{told:?}");
            drop(tx);

            // The page says that it is old and why, and of its use that it could not be read.
            let item = some(&items, hidden);
            let page = review::view::item(&world.ctx, &world.reviewer(&item).await, item.id).await.unwrap();
            assert_eq!((page.source.read_at, page.source.old, page.source.unread), (Some(read_at), true, true), "{how}");
            match world.answer(&item, Answer::Approve).await {
                Err(review::Error::Refused(why)) => assert!(why.contains("later readings could not read that part"), "{why}"),
                other => panic!("{how}: {other:?}"),
            }
            // Everything else was read this moment.
            let other = some(&items, readable);
            let page = review::view::item(&world.ctx, &world.reviewer(&other).await, other.id).await.unwrap();
            assert_eq!((page.source.read_at, page.source.old, page.source.unread), (Some(world.ctx.env.now()), false, false), "{how}");

            // A campaign that is opened now knows that use of it was not read, and does not say that none is kept.
            let later = world.open(world.in_entra).await;
            let item = some(&world.items(later).await, hidden);
            let page = review::view::item(&world.ctx, &world.reviewer(&item).await, item.id).await.unwrap();
            assert_eq!(page.usage, UsageView::Unread, "{how}");
            let review::view::types::Recommended::Shown(made) = page.recommended else { panic!("{how}: nothing recommended") };
            let said: Vec<String> = made.reasons.into_iter().map(|reason| reason.sentence).collect();
            assert!(said.iter().all(|sentence| !sentence.contains("keeps no usage") && !sentence.starts_with("No use")), "{said:?}");

            // Once it may be read again, everything is as it was and can be decided.
            world.entra.misbehave(None);
            let report = world.read(world.in_entra).await;
            assert_eq!((report.changes.grants.new, report.changes.grants.gone), (0, 0), "{how}");
            let done = world.answer(&item, Answer::Approve).await.unwrap();
            assert!(!done.on_old_data && done.state != ReviewState::NoLongerHeld, "{how}: {done:?}");
        }
    }
}

/// Rule 4: access that takes two parts is as old as the last reading that read both, whichever was refused since.
#[tokio::test]
async fn rule_04_what_takes_two_parts_of_entra_is_as_old_as_the_last_reading_of_both() {
    for fresh in testing::each().await.unwrap() {
        let world = World::new(fresh, Differing::default()).await;
        world.read(world.in_entra).await;
        let both = world.ctx.env.now();
        let campaign = world.open(world.in_entra).await;
        let items = world.items(campaign).await;
        world.clock.advance(4 * DAY);
        world.entra.misbehave(Some(Misbehaviour::ApplicationsForbidden));
        world.read(world.in_entra).await;
        let groups = world.ctx.env.now();
        world.clock.advance(4 * DAY);
        world.entra.misbehave(Some(Misbehaviour::GroupsForbidden));
        world.read(world.in_entra).await;

        // By way of a group, a role of an application was last seen eight days ago: the reading of four days ago did not see who
        // carries it, and this one does not see who is in the group.
        let through = some(&items, |what, path| what.starts_with("app:") && matches!(path, GrantPath::Group(_)));
        let page = review::view::item(&world.ctx, &world.reviewer(&through).await, through.id).await.unwrap();
        assert_eq!((page.source.read_at, page.source.old, page.source.unread), (Some(both), true, true));
        match world.answer(&through, Answer::Approve).await {
            Err(review::Error::Refused(why)) => assert!(why.contains("later readings could not read that part"), "{why}"),
            other => panic!("{other:?}"),
        }
        // Membership takes the groups alone, and what is held directly the applications.
        let member = some(&items, |what, path| what.starts_with("group:") && *path == GrantPath::Direct);
        let page = review::view::item(&world.ctx, &world.reviewer(&member).await, member.id).await.unwrap();
        assert_eq!((page.source.read_at, page.source.old), (Some(groups), false));
        let direct = some(&items, |what, path| what.starts_with("app:") && *path == GrantPath::Direct);
        let page = review::view::item(&world.ctx, &world.reviewer(&direct).await, direct.id).await.unwrap();
        assert_eq!((page.source.read_at, page.source.old), (Some(world.ctx.env.now()), false));
    }
}
