//! Campaigns that a platform runs, answers on their way there, and reviewers' links.

use crate::house::{self, SOURCE, T, answer, give};
use domain::{Answer, GrantId, SendingState, UserId};
use store::{
    Sealer, SealingKey,
    native::{Link, NativeCampaignRow, OverruledOf, Sending, Unmatched},
    testing,
};

fn row(native: &str) -> NativeCampaignRow {
    NativeCampaignRow {
        campaign: house::campaign(1),
        source: SOURCE,
        native_campaign: native.to_owned(),
        native_run: String::new(),
        settings: "{}".to_owned(),
        by_service: false,
        state: "open".to_owned(),
        ends_at: Some(T(900)),
        read_at: T(300),
    }
}

#[tokio::test]
async fn a_platforms_campaign_is_followed_once_and_read_back_in_time() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 2, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let campaign = house::campaign(1);
        tx.insert_native_campaign(&row("ici1")).await.unwrap();
        let ids: Vec<_> =
            items.iter().enumerate().map(|(at, item)| (item.id, format!("icr{at}"), vec![item.grant, GrantId(items[1].grant.0)])).collect();
        let distinct: Vec<_> = ids
            .iter()
            .map(|(item, native, grants)| {
                let mut grants = grants.clone();
                grants.sort_unstable();
                grants.dedup();
                (*item, native.clone(), grants)
            })
            .collect();
        tx.insert_native_items(campaign, &distinct).await.unwrap();
        let unmatched = Unmatched { native_id: "icr9".into(), account: "00u9".into(), what: "00g9".into(), reason: "no_grant".into() };
        tx.insert_native_unmatched(campaign, std::slice::from_ref(&unmatched)).await.unwrap();
        assert_eq!(tx.native_campaign(campaign).await.unwrap(), Some(row("ici1")));
        assert_eq!(tx.native_campaign(house::campaign(2)).await.unwrap(), None);
        assert_eq!(tx.native_campaigns_of(SOURCE).await.unwrap(), [row("ici1")]);
        assert_eq!(tx.native_item(items[0].id).await.unwrap().as_deref(), Some("icr0"));
        assert_eq!(tx.native_items(campaign).await.unwrap()["icr1"], items[1].id);
        assert_eq!(tx.native_grants(items[0].id).await.unwrap().len(), 2);
        assert_eq!(tx.native_unmatched(campaign, "", 10).await.unwrap(), [unmatched]);
        assert_eq!(tx.native_unmatched(campaign, "icr9", 10).await.unwrap(), []);
        assert_eq!(tx.native_unmatched_counts(campaign).await.unwrap()["no_grant"], 1);

        assert_eq!(tx.native_campaigns_to_read(T(300), T(0), 10).await.unwrap(), []);
        assert_eq!(tx.native_campaigns_to_read(T(301), T(0), 10).await.unwrap(), [campaign]);
        tx.set_native_read(campaign, "closed", Some(T(950)), T(400)).await.unwrap();
        assert_eq!(
            tx.native_campaigns_to_read(T(9_000), T(0), 10).await.unwrap(),
            [],
            "what is over, with nothing on its way, is read no more"
        );
        tx.set_campaign_due(campaign, T(950)).await.unwrap();
        assert_eq!(tx.campaign(campaign).await.unwrap().unwrap().due_at, T(950));

        // An item is gone when all that its answer covers is.
        tx.end_grants(2, &[items[0].grant]).await.unwrap();
        assert_eq!(tx.review_item(items[0].id).await.unwrap().unwrap().gone_at, None);
        assert_eq!(tx.unsettled_items_without_grant(SOURCE, 10).await.unwrap(), []);
        tx.end_grants(2, &[items[1].grant]).await.unwrap();
        assert_eq!(tx.review_item(items[0].id).await.unwrap().unwrap().gone_at, Some(2));
        assert_eq!(tx.unsettled_items_without_grant(SOURCE, 10).await.unwrap().len(), 2);

        assert!(matches!(tx.insert_native_campaign(&row("ici1")).await, Err(store::Error::Duplicate { .. })));
    }
}

#[tokio::test]
async fn an_answer_moves_once_and_leaves_when_it_counts() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 2, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let campaign = house::campaign(1);
        tx.insert_native_campaign(&row("ici1")).await.unwrap();
        let ids: Vec<_> = items.iter().enumerate().map(|(at, item)| (item.id, format!("icr{at}"), vec![item.grant])).collect();
        tx.insert_native_items(campaign, &ids).await.unwrap();
        let given = answer(1, &items[0], 1, Answer::Approve);
        give(tx, &given).await;
        let sending = Sending {
            decision: given.id,
            campaign,
            item: given.item,
            user: None,
            state: SendingState::Staged,
            note: "note".to_owned(),
            replaces: None,
            remark: None,
            sent_at: None,
            changed_at: T(300),
            version: 1,
        };
        tx.insert_sending(&sending).await.unwrap();
        assert_eq!(tx.sendings_to_leave(campaign, None, 10).await.unwrap(), [], "it can still be undone");
        assert_eq!(tx.campaigns_with_sendings(T(300)).await.unwrap(), []);
        assert_eq!(tx.set_decisions_finalised(&[given.id], T(400)).await.unwrap(), 1);
        let ready = tx.sendings_to_leave(campaign, None, 10).await.unwrap();
        assert_eq!((ready.len(), ready[0].native_id.as_str(), ready[0].answer, ready[0].order), (1, "icr0", Answer::Approve, None));
        assert_eq!(tx.campaigns_with_sendings(T(300)).await.unwrap(), [campaign]);
        let sent = Sending { state: SendingState::Sent, sent_at: Some(T(410)), version: 2, ..sending.clone() };
        assert!(tx.step_sending(&sending, &sent).await.unwrap());
        assert!(!tx.step_sending(&sending, &sent).await.unwrap(), "it moved on");
        assert_eq!(tx.sending(given.id).await.unwrap(), Some(sent.clone()));
        assert_eq!(tx.sendings_of_item(given.item).await.unwrap(), std::slice::from_ref(&sent));
        assert_eq!(tx.sendings_in_state(campaign, SendingState::Sent, None, 10).await.unwrap(), [sent]);
        assert_eq!(tx.sending_counts(campaign).await.unwrap()[&SendingState::Sent], 1);
        assert_eq!(tx.campaigns_with_sendings(T(300)).await.unwrap(), []);
        assert_eq!(tx.claimed_orders_already_sent(campaign).await.unwrap(), []);
        assert!(tx.sendings_of_user(UserId(uuid::Uuid::from_u128(5))).await.unwrap().is_empty());
    }
}

// Rule 14: who gave an answer that does not count is found, and so is whose stands in its place.
#[tokio::test]
async fn rule_14_answers_that_do_not_count_are_found_by_whose_they_are() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        let grants = house::company(tx, 2, 1).await;
        let items = house::campaign_about(tx, 1, &grants).await;
        let campaign = house::campaign(1);
        tx.insert_native_campaign(&row("ici1")).await.unwrap();
        let ids: Vec<_> = items.iter().enumerate().map(|(at, item)| (item.id, format!("icr{at}"), vec![item.grant])).collect();
        tx.insert_native_items(campaign, &ids).await.unwrap();
        let ours = answer(1, &items[0], 1, Answer::Approve);
        give(tx, &ours).await;
        let staged = Sending {
            decision: ours.id,
            campaign,
            item: ours.item,
            user: None,
            state: SendingState::Staged,
            note: "note".to_owned(),
            replaces: None,
            remark: None,
            sent_at: None,
            changed_at: T(300),
            version: 1,
        };
        tx.insert_sending(&staged).await.unwrap();
        let user = ours.user.unwrap();
        let all = [OverruledOf::Given(user), OverruledOf::Campaign(campaign)];
        for of in all {
            assert_eq!(tx.overruled(of, 10).await.unwrap(), [], "it may still count");
        }
        let another = Sending {
            state: SendingState::AnotherStands,
            remark: Some("why".to_owned()),
            changed_at: T(400),
            version: 2,
            ..staged.clone()
        };
        assert!(tx.step_sending(&staged, &another).await.unwrap());
        for of in all {
            let found = tx.overruled(of, 10).await.unwrap();
            assert_eq!(
                (found.len(), found[0].decision, found[0].answer, found[0].there, found[0].at),
                (1, ours.id, Answer::Approve, None, T(400))
            );
        }
        // Somebody else's answer on the platform takes its place.
        let other = house::identity(if ours.reviewer == Some(house::identity(1)) { 2 } else { 1 });
        let made = store::decisions::Decision {
            origin: domain::DecisionOrigin::Platform,
            reviewer: Some(other),
            user: None,
            version: 2,
            ..answer(2, &items[0], 1, Answer::Revoke)
        };
        give(tx, &made).await;
        let found = tx.overruled(OverruledOf::Given(user), 10).await.unwrap();
        assert_eq!((found[0].there, found[0].there_by), (Some(Answer::Revoke), Some(other)));
        assert_eq!(tx.overruled(OverruledOf::There(other), 10).await.unwrap(), found);
        assert_eq!(tx.overruled(OverruledOf::There(ours.reviewer.unwrap()), 10).await.unwrap(), [], "they answered here");
        assert_eq!(tx.overruled(OverruledOf::Given(UserId(uuid::Uuid::from_u128(77))), 10).await.unwrap(), []);
        assert_eq!(tx.overruled(OverruledOf::Campaign(house::campaign(2)), 10).await.unwrap(), []);
    }
}

// Rule 11: tokens are encrypted, and open at their place only.
#[tokio::test]
async fn rule_11_a_link_is_sealed_replaced_and_forgotten() {
    for fresh in testing::each().await.unwrap() {
        let tx = &mut fresh.store.begin().await.unwrap();
        house::company(tx, 2, 1).await;
        let sealer = Sealer::new(vec![SealingKey::new("a", [1; 32])]).unwrap();
        let user = house::OWNER;
        let link = Link {
            user,
            source: SOURCE,
            account: "00u1".to_owned(),
            scope: "s".to_owned(),
            renewable: false,
            ends_at: T(500),
            linked_at: T(300),
        };
        tx.set_reviewer_link(&sealer, [1; 24], &link, b"a secret token").await.unwrap();
        assert_eq!(tx.reviewer_link(user, SOURCE).await.unwrap(), Some(link.clone()));
        assert_eq!(tx.reviewer_tokens(&sealer, user, SOURCE).await.unwrap().unwrap(), b"a secret token");
        let other = Sealer::new(vec![SealingKey::new("b", [2; 32])]).unwrap();
        assert!(tx.reviewer_tokens(&other, user, SOURCE).await.is_err());
        let renewed = Link { ends_at: T(900), ..link };
        tx.set_reviewer_link(&sealer, [2; 24], &renewed, b"another").await.unwrap();
        assert_eq!(tx.reviewer_links_of(user).await.unwrap().iter().map(|of| of.link.clone()).collect::<Vec<_>>(), [renewed]);
        assert_eq!(tx.delete_reviewer_links_over(T(899)).await.unwrap(), 0);
        assert_eq!(tx.delete_reviewer_links_over(T(900)).await.unwrap(), 1);
        assert!(!tx.delete_reviewer_link(user, SOURCE).await.unwrap());
        assert_eq!(tx.delete_reviewer_links_of(user).await.unwrap(), 0);
    }
}
