//! A Revoke that turned out to be wrong teaches that the access is needed (rule 30).

use crate::world::{World, each, easy};
use domain::{Role, time::DAY};
use review::{Actor, view};

async fn carry_out(world: &mut World, people: &[&str]) {
    world.grants.retain(|grant| grant.1 != "wiki" || !people.contains(&grant.0));
    world.sync().await;
    world.run().await;
}

/// How many answers teach, by how they arose, and how many of them say that the access stays.
async fn teaching(world: &World) -> (Vec<(String, u64)>, u64) {
    let administrator = Actor { roles: [Role::Administrator].into(), ..world.otto.clone() };
    let teaching = view::models(&world.ctx, &administrator).await.expect("a page").teaching;
    assert_eq!(teaching.kept.iter().map(|(_, count)| count).sum::<u64>(), teaching.approved + teaching.revoked);
    (teaching.kept, teaching.approved)
}

#[tokio::test]
async fn rule_30_access_that_was_asked_for_again_and_granted_within_thirty_days_corrects_its_revoke() {
    for mut world in each().await {
        world.open(easy()).await;
        let people = ["p01", "p02", "p03", "p04"];
        for person in people {
            world.revoke(&world.boss, person, "wiki").await;
        }
        world.later().await;
        carry_out(&mut world, &people).await;
        assert_eq!(teaching(&world).await, (vec![], 0), "answers that were given with the recommendation in view teach nothing");
        world.clock.advance(29 * DAY);
        // Asked for and granted by somebody; there again, and nobody says how.
        world.grants.push(("p01", "wiki", "direct", "2026-12-20", "deputy"));
        world.grants.push(("p02", "wiki", "direct", "2026-12-20", ""));
        world.sync().await;
        assert_eq!(teaching(&world).await, (vec![("reversal".to_owned(), 1)], 1));
        world.clock.advance(2 * DAY);
        world.grants.push(("p03", "wiki", "direct", "2026-12-22", "deputy"));
        world.sync().await;
        assert_eq!(teaching(&world).await, (vec![("reversal".to_owned(), 1)], 1), "the third came back too late");
        // Asked about anew, it is revoked again: it was no mistake.
        let revoked = world.item("p01", "wiki").await;
        let found = world.findings().await.into_iter().find(|found| found.account == revoked.account).expect("a finding");
        let anew = found.asked_item.expect("an item that asks anew");
        let mut tx = world.ctx.store.read().await.expect("reads");
        let item = tx.review_item(anew).await.expect("reads").expect("an item");
        drop(tx);
        let form = review::decide::DecideForm {
            attempt: world.attempt(),
            item: anew,
            expected_version: item.version,
            answer: domain::Answer::Revoke,
            why: Some(domain::RevokeWhy::NeverAuthorised),
            note: None,
            to: None,
            shown: None,
        };
        review::decide::decide(&world.ctx, &world.boss, &form).await.expect("an answer");
        assert_eq!(teaching(&world).await, (vec![], 0));
    }
}

/// Rule 30: the first answer to an item that was judged first is corrected as well where it was a Revoke.
#[tokio::test]
async fn rule_30_a_blind_revoke_that_was_reversed_teaches_once_as_a_reversal() {
    for mut world in each().await {
        world.open(domain::Policy { blind_share: 100, ..easy() }).await;
        for person in ["p01", "p02"] {
            world.revoke(&world.boss, person, "wiki").await;
        }
        world.approve(&world.boss, "p03", "wiki").await;
        world.later().await;
        carry_out(&mut world, &["p01", "p02"]).await;
        assert_eq!(teaching(&world).await, (vec![("blind-first".to_owned(), 3)], 1));
        world.clock.advance(20 * DAY);
        world.grants.push(("p01", "wiki", "direct", "2026-12-10", "deputy"));
        world.sync().await;
        assert_eq!(teaching(&world).await, (vec![("blind-first".to_owned(), 2), ("reversal".to_owned(), 1)], 2));
    }
}
