//! Shadow mode: a campaign that hides what is recommended, what people answered in it, and the report that ends it.

use crate::house::{self, OWNER, SOURCE, T, answer, give, stand};
use domain::{Answer, CampaignKind, DecisionOrigin, GrantId, InView, ReviewState, Showing};
use store::{
    campaigns::NewItem,
    decisions::Decision,
    shadow::{AcceptedReport, ShadowItem},
    testing,
    views::queue::Which,
};

fn report(number: u32) -> AcceptedReport {
    let body = format!("{{\"n\":{number}}}");
    AcceptedReport { campaign: house::campaign(1), accepted_at: T(500), accepted_by: OWNER, sha256: [7; 32], body }
}

#[tokio::test]
async fn what_is_hidden_is_so_in_every_reading_until_the_report_is_accepted() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 2, 1).await;
        house::add_campaign_showing(tx, 1, OWNER, Showing::Hidden).await;
        house::add_campaign(tx, 2, OWNER).await;
        for campaign in [1, 2] {
            let items: Vec<NewItem> = grants.iter().map(|grant| house::asked(campaign, grant, 1)).collect();
            house::add_items(tx, campaign, &items).await;
        }
        for (expected, view, version) in [(Showing::Hidden, InView::Hidden, 1), (Showing::Shown, InView::Shown, 2)] {
            let campaign = tx.campaign(house::campaign(1)).await.unwrap().unwrap();
            assert_eq!((campaign.showing, campaign.version, campaign.kind), (expected, version, CampaignKind::Own));
            let item = house::item(1, 1);
            assert_eq!(tx.review_item(item).await.unwrap().unwrap().showing, view);
            assert_eq!(tx.item_line(item).await.unwrap().unwrap().showing, view);
            let lines = tx.reviewer_items(house::identity(1), house::campaign(1), Which::All, 0, 9).await.unwrap();
            assert_eq!(lines.iter().map(|line| (line.number, line.showing)).collect::<Vec<_>>(), [(1, view), (2, view)]);
            let of_grant = tx.items_of_grant(GrantId(grants[0].id.0)).await.unwrap();
            let of_grant: Vec<_> = of_grant.iter().map(|of| (of.campaign, of.showing)).collect();
            assert_eq!(of_grant, [(house::campaign(2), InView::Shown), (house::campaign(1), view)]);
            if expected == Showing::Shown {
                break;
            }
            assert_eq!(tx.accepted_report(house::campaign(1)).await.unwrap(), None);
            assert!(!tx.show_recommendations(2, &report(0)).await.unwrap(), "another version than was shown");
            assert_eq!(tx.accepted_report(house::campaign(1)).await.unwrap(), None);
            assert!(tx.show_recommendations(1, &report(1)).await.unwrap());
        }
        assert!(!tx.show_recommendations(2, &report(2)).await.unwrap(), "it is no longer hidden");
        assert_eq!(tx.accepted_report(house::campaign(1)).await.unwrap(), Some(report(1)));
        let other = AcceptedReport { campaign: house::campaign(2), ..report(3) };
        assert!(!tx.show_recommendations(1, &other).await.unwrap(), "it was never hidden");
        assert_eq!(tx.accepted_report(house::campaign(2)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn items_come_in_their_order_with_the_recommendation_where_it_was_not_seen() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 5, 1).await;
        house::add_campaign_showing(tx, 1, OWNER, Showing::Hidden).await;
        let items: Vec<NewItem> = grants.iter().map(|grant| house::asked(1, grant, 1)).collect();
        house::add_items(tx, 1, &items).await;
        let blind =
            |number: u32, what| Decision { origin: DecisionOrigin::PersonBlind, ..answer(number, &items[number as usize], 1, what) };
        give(tx, &blind(0, Answer::Approve)).await;
        give(tx, &blind(1, Answer::Revoke)).await;
        give(tx, &blind(2, Answer::Escalate)).await;
        stand(tx, &blind(2, Answer::Escalate), ReviewState::Escalated).await;
        give(tx, &Decision { origin: DecisionOrigin::Platform, ..answer(3, &items[3], 1, Answer::Revoke) }).await;
        let expected = |at: usize, state, answer, seen: bool| ShadowItem {
            item: items[at].id,
            number: items[at].number,
            source: SOURCE,
            // Of every other person the source does not say.
            department: (at % 2 == 1).then(|| "Sales".to_owned()),
            state,
            answer,
            body: seen.then(|| b"{}".to_vec()),
        };
        let origin = DecisionOrigin::PersonBlind;
        let all = [
            expected(0, ReviewState::Staged, Some((Answer::Approve, origin)), true),
            expected(1, ReviewState::Staged, Some((Answer::Revoke, origin)), true),
            expected(2, ReviewState::Escalated, Some((Answer::Escalate, origin)), false),
            expected(3, ReviewState::Staged, Some((Answer::Revoke, DecisionOrigin::Platform)), false),
            expected(4, ReviewState::Undecided, None, false),
        ];
        let campaign = house::campaign(1);
        assert_eq!(tx.shadow_items(campaign, 0, 9).await.unwrap(), all);
        assert_eq!(tx.shadow_items(campaign, 0, 2).await.unwrap(), all[..2]);
        assert_eq!(tx.shadow_items(campaign, 2, 2).await.unwrap(), all[2..4]);
        assert_eq!(tx.shadow_items(house::campaign(9), 0, 9).await.unwrap(), []);
    }
}

#[tokio::test]
async fn who_has_read_a_report_is_kept_once_with_the_first_time() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 1, 1).await;
        house::add_campaign_showing(tx, 1, OWNER, Showing::Hidden).await;
        house::add_campaign_showing(tx, 2, OWNER, Showing::Hidden).await;
        assert_eq!(tx.shadow_reader(house::campaign(1), OWNER).await.unwrap(), None);
        tx.keep_shadow_reader(house::campaign(1), OWNER, T(300)).await.unwrap();
        tx.keep_shadow_reader(house::campaign(1), OWNER, T(400)).await.unwrap();
        assert_eq!(tx.shadow_reader(house::campaign(1), OWNER).await.unwrap(), Some(T(300)));
        assert_eq!(tx.shadow_reader(house::campaign(2), OWNER).await.unwrap(), None);
    }
}
