//! Rule 22: what a group rule of Okta's gives cannot be removed here, and the page says what excepting somebody would use up.

use crate::{
    native::in_okta,
    world::{Differing, World},
};
use connect::http::Method;
use domain::{Answer, GrantPath, OrderState};
use store::testing;

#[tokio::test]
async fn rule_22_what_a_rule_gives_says_how_many_of_its_exceptions_are_used() {
    for fresh in testing::each().await.unwrap() {
        let world = World::new(fresh, Differing::default()).await;
        world.read(world.in_okta).await;
        let campaign = world.open(world.in_okta).await;
        let items = world.items(campaign).await;
        let made: Vec<_> = items
            .iter()
            .filter(|(_, what, path, item)| {
                what.starts_with("00g") && matches!(path, GrantPath::Rule(_)) && item.seat == 0 && item.holder != item.reviewer
            })
            .collect();
        let (_, group, path, item) = made[0];
        let page = review::view::item(&world.ctx, &world.reviewer(item).await, item.id).await.unwrap();
        let way = page.ends.cannot.unwrap();
        assert!(way.contains("0 of at most 100 exceptions are used, so there is room for 100 more."), "{way}");

        // Somebody takes another member of the same rule out in Okta itself.
        let (other, ..) = made.iter().find(|(who, what, by, _)| what == group && by == path && *who != made[0].0).unwrap();
        in_okta(&world, Method::DELETE, &format!("/api/v1/groups/{group}/users/{other}"), None).await;
        world.read(world.in_okta).await;
        let page = review::view::item(&world.ctx, &world.reviewer(item).await, item.id).await.unwrap();
        assert!(page.ends.cannot.unwrap().contains("1 of at most 100 exceptions are used, so there is room for 99 more."));
        // From the moment of decision it is said, and nobody is excepted from here.
        let done = world.answer(item, Answer::Revoke).await.unwrap();
        assert_eq!(done.order_state, Some(OrderState::CannotBeRemovedHere));
        assert!(done.sentence.contains("1 of at most 100 exceptions are used"), "{}", done.sentence);
        world.work().await;
        assert_eq!(world.order(item.id).await.state, OrderState::CannotBeRemovedHere);
    }
}
