//! Identity Governance: what is final, what a batch is, what an end does.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Org, contracts};
use tenant::okta::{Deviation, group_id};

fn actions(campaign: &str) -> String {
    format!("/governance/api/v1/my/campaigns/{campaign}/reviews/actions")
}

/// The reviewer with most items, and their items.
fn busiest(reviews: &[Value]) -> (String, Vec<String>) {
    let mut reviewers: Vec<&str> = reviews.iter().map(|review| review["reviewerProfile"]["id"].as_str().unwrap()).collect();
    reviewers.sort_unstable();
    let reviewer = *reviewers.iter().max_by_key(|one| reviewers.iter().filter(|other| other == one).count()).unwrap();
    let own = reviews.iter().filter(|review| review["reviewerProfile"]["id"] == reviewer);
    (reviewer.to_owned(), own.map(|review| review["id"].as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn a_decision_is_final_and_takes_effect_at_once() {
    let org = Org::start(|_| {}).await;
    let admin = org.admin().await;
    let group = group_id("payables.enter");
    let campaign = org.campaign(&admin, &group, |_| {}).await;
    let whole = org.get(&admin, &format!("/governance/api/v1/campaigns/{campaign}")).await;
    assert_eq!((whole.json["status"].as_str(), whole.json["remediationSettings"]["noResponse"].as_str()), (Some("ACTIVE"), Some("DENY")));
    let reviews = org.reviews(&admin, &campaign).await;
    let (reviewer, mine) = busiest(&reviews);
    assert!(mine.len() >= 2, "{}", mine.len());
    let token = org.reviewer(&reviewer).await;
    let listed = org.get(&token, &format!("/governance/api/v1/my/campaigns/{campaign}/reviews?limit=200")).await;
    assert_eq!(listed.json["data"].as_array().unwrap().len(), mine.len());

    let decide =
        async |token: &str, reviews: Value| org.call(token, Method::POST, &actions(&campaign), Some(json!({ "reviews": reviews }))).await;
    let bare = decide(&token, json!([{ "reviewId": mine[0], "action": "REVOKE" }])).await;
    assert_eq!(bare.status, 400, "the campaign asks for a reason where access is taken away");
    let done = decide(
        &token,
        json!([{ "reviewId": mine[0], "action": "REVOKE", "note": "Not needed" }, { "reviewId": mine[1], "action": "APPROVE", "note": null }]),
    )
    .await;
    assert_eq!(done.status, 200, "{}", done.text);
    let decisions: Vec<_> = done.json["data"].as_array().unwrap().iter().map(|review| review["decision"].clone()).collect();
    assert_eq!(decisions, [json!("REVOKE"), json!("APPROVE")]);
    assert_eq!(decide(&token, json!([{ "reviewId": mine[0], "action": "APPROVE" }])).await.status, 400, "a decision cannot be changed");
    assert_eq!(decide(&admin, json!([{ "reviewId": mine[1], "action": "APPROVE" }])).await.status, 403);

    let review = org.get(&admin, &format!("/governance/api/v1/reviews/{}", mine[0])).await.json;
    assert_eq!((review["remediationStatus"].as_str(), review["note"]["note"].as_str()), (Some("SUCCESS"), Some("Not needed")));
    let principal = review["principalProfile"]["id"].as_str().unwrap();
    let members = org.get(&admin, &format!("/api/v1/groups/{group}/users")).await.json;
    assert!(members.as_array().unwrap().iter().all(|user| user["id"] != principal), "Okta takes the access away at once");
    org.judged_clean();
}

#[tokio::test]
async fn a_batch_has_at_most_fifty_actions_and_one_new_reviewer() {
    let org = Org::start(|config| config.specs = None).await;
    let admin = org.admin().await;
    let campaign = org.campaign(&admin, &group_id("mail.use"), |_| {}).await;
    let reviews = org.reviews(&admin, &campaign).await;
    let (reviewer, mine) = busiest(&reviews);
    let token = org.reviewer(&reviewer).await;
    let post =
        async |reviews: Vec<Value>| org.call(&token, Method::POST, &actions(&campaign), Some(json!({ "reviews": reviews }))).await.status;
    assert_eq!(post(vec![json!({ "reviewId": mine[0], "action": "APPROVE" }); 51]).await, 400);
    assert_eq!(post(Vec::new()).await, 400);
    let hand = |id: &str, to: &str| json!({ "reviewId": id, "action": "REASSIGN", "reviewerId": to, "note": "Yours" });
    let others: Vec<String> = org.handle.accounts().into_iter().map(|account| account.id).filter(|id| *id != reviewer).collect();
    assert_eq!(post(vec![hand(&mine[0], &others[0]), hand(&mine[1], &others[1])]).await, 400);
    assert_eq!(post(vec![json!({ "reviewId": mine[0], "action": "REASSIGN", "note": "Whose?" })]).await, 400);
    // One that is somebody else's spoils the batch; nothing of it is done.
    let other =
        reviews.iter().find(|review| review["reviewerProfile"]["id"] != json!(reviewer)).unwrap()["id"].as_str().unwrap().to_owned();
    let mixed = vec![json!({ "reviewId": mine[0], "action": "APPROVE" }), json!({ "reviewId": other, "action": "APPROVE" })];
    assert_eq!(post(mixed).await, 403);
    let first = org.get(&admin, &format!("/governance/api/v1/reviews/{}", mine[0])).await.json;
    assert_eq!(first["decision"], "UNREVIEWED");
}

#[tokio::test]
async fn a_batch_may_also_be_done_in_parts() {
    let org = Org::start(|config| {
        config.deviations.insert(Deviation::BatchInParts);
    })
    .await;
    let admin = org.admin().await;
    let campaign = org.campaign(&admin, &group_id("payables.enter"), |_| {}).await;
    let (reviewer, mine) = busiest(&org.reviews(&admin, &campaign).await);
    let token = org.reviewer(&reviewer).await;
    let mixed = json!({ "reviews": [{ "reviewId": mine[0], "action": "APPROVE" }, { "reviewId": "icrunknown", "action": "APPROVE" }] });
    let done = org.call(&token, Method::POST, &actions(&campaign), Some(mixed)).await;
    assert_eq!((done.status, done.json["data"].as_array().unwrap().len()), (200, 1));
}

#[tokio::test]
async fn an_administrator_hands_items_over_and_ends_the_campaign() {
    let org = Org::start(|_| {}).await;
    let admin = org.admin().await;
    let group = group_id("payables.enter");
    let campaign = org.campaign(&admin, &group, |_| {}).await;
    let (reviewer, mine) = busiest(&org.reviews(&admin, &campaign).await);
    let to = org.handle.accounts().into_iter().map(|account| account.id).find(|id| *id != reviewer).unwrap();
    let path = format!("/governance/api/v1/campaigns/{campaign}/reviews/reassign");
    let body = json!({ "reviewerId": to, "reviewIds": [mine[0]], "note": "Above this reviewer" });
    let handed = org.call(&admin, Method::POST, &path, Some(body.clone())).await;
    assert_eq!((handed.status, handed.json["data"][0]["reviewerProfile"]["id"].as_str()), (200, Some(to.as_str())), "{}", handed.text);
    let again = org.call(&admin, Method::POST, &path, Some(body)).await;
    assert_eq!((again.status, again.json["errorCode"].as_str()), (409, Some("E0000174")));

    let end = format!("/governance/api/v1/campaigns/{campaign}/end");
    assert_eq!(org.call(&admin, Method::POST, &end, Some(json!({ "skipRemediation": false }))).await.status, 202);
    assert_eq!(org.call(&admin, Method::POST, &end, None).await.json["errorCode"], "E0000170");
    let token = org.reviewer(&reviewer).await;
    let late = json!({ "reviews": [{ "reviewId": mine[1], "action": "APPROVE" }] });
    let late = org.call(&token, Method::POST, &actions(&campaign), Some(late)).await;
    assert_eq!((late.status, late.json["errorCode"].as_str()), (409, Some("E0000175")));
    let after = org.reviews(&admin, &campaign).await;
    assert!(
        after.iter().all(|review| review["decision"] == "UNREVIEWED" && review["remediationStatus"] == "SUCCESS"),
        "noResponse DENY takes away"
    );
    assert_eq!(org.get(&admin, &format!("/api/v1/groups/{group}/users")).await.json, json!([]));
    org.judged_clean();
}

#[tokio::test]
async fn real_items_lack_what_the_contract_requires() {
    let org = Org::start(|config| {
        config.deviations.insert(Deviation::ReviewItemShape);
    })
    .await;
    let admin = org.admin().await;
    let campaign = org.campaign(&admin, &group_id("payables.enter"), |_| {}).await;
    let reviews = org.reviews(&admin, &campaign).await;
    assert!(reviews[0]["principalProfile"].get("type").is_none() && reviews[0]["assignmentType"].is_string());
    if contracts().is_some() {
        assert!(!org.handle.violations().is_empty(), "the contract asks for principalProfile.type");
    }
}
