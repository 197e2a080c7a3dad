//! The figures that tell a campaign's page to look again.

use crate::world::{World, each, easy};
use domain::{CampaignState, ReviewState};
use review::{
    Actor, Error,
    view::{self, types::CampaignFigures},
};

async fn figures(world: &World, actor: &Actor) -> review::Result<CampaignFigures> {
    view::campaign_figures(&world.ctx, actor, world.campaign()).await
}

#[tokio::test]
async fn figures_stand_still_until_something_happens_and_move_with_everything_that_does() {
    for mut world in each().await {
        world.open(easy()).await;
        let look = async |world: &World| figures(world, &world.olga).await.expect("figures");
        let opened = look(&world).await;
        assert_eq!(opened, look(&world).await, "looking changes nothing");
        let page = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page");
        let of = |figures: &CampaignFigures, state: ReviewState| {
            figures.items.iter().filter(|(of, _, _)| *of == state).map(|(_, _, items)| items).sum::<i64>()
        };
        for count in &page.states {
            assert_eq!(of(&opened, count.state), count.items, "{:?}, as the page has it", count.state);
        }
        world.approve(&world.boss, "p01", "wiki").await;
        let approved = look(&world).await;
        assert_eq!(of(&approved, ReviewState::Staged), 1);
        world.undo(&world.boss, "p01", "wiki").await.expect("taken back");
        assert_eq!(look(&world).await, opened, "taken back, all is as before");
        world.revoke(&world.boss, "p01", "wiki").await;
        let revoked = look(&world).await;
        assert_ne!(revoked, approved, "another answer");
        assert_eq!(revoked.orders.iter().map(|(_, _, orders)| orders).sum::<i64>(), page.orders.iter().map(|o| o.orders).sum::<i64>() + 1);
        world.later().await;
        assert_ne!(look(&world).await, revoked, "the removal left");

        world.close(world.campaign()).await.expect("closes");
        assert_ne!(look(&world).await.state, CampaignState::Open);
        assert!(
            matches!(figures(&world, &world.boss).await, Err(Error::NotFound)),
            "a reviewer has no campaign page, and no figures of it"
        );
    }
}
