//! The simulated Okta org from outside, judged by Okta's own contracts where they are at hand.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "../common/mod.rs"]
mod common;
mod governance;
mod support;
mod tokens;

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use support::Org;
use tenant::idp::Clock as _;
use tenant::okta::{Change, Misbehaviour, app_id, group_id, read_journal, user_id};
use tenant::pace::Pace;

#[tokio::test]
async fn every_call_follows_the_contract() {
    let org = Org::start(|_| {}).await;
    let admin = org.admin().await;
    let group = group_id("payables.enter");
    let members = org.get(&admin, &format!("/api/v1/groups/{group}/users")).await;
    let member = members.json[0]["id"].as_str().unwrap().to_owned();
    let app = app_id("Staff Portal");
    let user = org.get(&admin, &format!("/api/v1/apps/{app}/users?limit=500")).await.json[0]["id"].as_str().unwrap().to_owned();
    let holder = org.get(&admin, "/api/v1/iam/assignees/users?limit=100").await.json["value"][0]["id"].as_str().unwrap().to_owned();
    for path in [
        "/.well-known/openid-configuration".to_owned(),
        "/oauth2/v1/keys".to_owned(),
        "/api/v1/users?limit=200".to_owned(),
        format!("/api/v1/users/{member}"),
        format!("/api/v1/users/{member}/groups"),
        format!("/api/v1/users/{holder}/roles"),
        "/api/v1/groups?limit=200&expand=stats".to_owned(),
        "/api/v1/groups/rules?limit=200".to_owned(),
        format!("/api/v1/groups/{group}"),
        format!("/api/v1/groups/{group}/apps"),
        format!("/api/v1/groups/{group}/owners"),
        format!("/api/v1/groups/{group}/roles"),
        "/api/v1/apps?limit=200".to_owned(),
        format!("/api/v1/apps/{app}"),
        format!("/api/v1/apps/{app}/users/{user}"),
        format!("/api/v1/apps/{app}/groups?limit=200"),
        "/api/v1/logs?since=2026-09-01T00:00:00Z&until=2026-11-21T08:00:00Z&limit=1000&sortOrder=ASCENDING".to_owned(),
        "/governance/api/v1/campaigns?limit=200".to_owned(),
    ] {
        let answer = org.get(&admin, &path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    }
    assert_eq!(org.call(&admin, Method::DELETE, &format!("/api/v1/groups/{group}/users/{member}"), None).await.status, 204);
    assert_eq!(org.call(&admin, Method::PUT, &format!("/api/v1/groups/{group}/users/{member}"), None).await.status, 204);
    let roles = org.get(&admin, &format!("/api/v1/users/{holder}/roles")).await.json;
    for role in roles.as_array().unwrap().iter().filter(|role| role["assignmentType"] == "USER") {
        let path = format!("/api/v1/users/{holder}/roles/{}", role["id"].as_str().unwrap());
        assert_eq!(org.call(&admin, Method::DELETE, &path, None).await.status, 204);
    }
    org.judged_clean();
}

#[tokio::test]
async fn a_call_that_breaks_the_contract_is_refused_and_noted() {
    let org = Org::start(|_| {}).await;
    if support::contracts().is_none() {
        return;
    }
    let admin = org.admin().await;
    assert_eq!(org.get(&admin, "/api/v1/groups/rules?limit=201").await.status, 400);
    assert_eq!(org.get(&admin, "/api/v1/users?pageSize=5").await.status, 400);
    // A browser asks for the picture of the tab by itself; that is no call of ours.
    assert_eq!(org.get(&admin, "/favicon.ico").await.status, 404);
    assert_eq!(org.handle.violations().len(), 2, "{:?}", org.handle.violations());
}

#[tokio::test]
async fn pages_hold_every_row_once_and_end() {
    let org = Org::start(|_| {}).await;
    let admin = org.admin().await;
    let (mut seen, mut path) = (Vec::new(), "/api/v1/users?limit=7".to_owned());
    loop {
        let page = org.get(&admin, &path).await;
        seen.extend(page.json.as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned()));
        let next =
            page.headers.get_all("link").iter().find_map(|link| link.to_str().unwrap().strip_suffix("; rel=\"next\"").map(str::to_owned));
        let Some(next) = next else { break };
        path = next.trim_matches(['<', '>']).strip_prefix(org.handle.base()).unwrap().to_owned();
    }
    let distinct: BTreeSet<&String> = seen.iter().collect();
    assert_eq!(distinct.len(), seen.len());
    let left = "/api/v1/users?limit=200&search=status%20eq%20%22DEPROVISIONED%22%20or%20status%20pr";
    let all = org.get(&admin, left).await.json.as_array().unwrap().len();
    assert!(all > seen.len(), "who left is listed only when asked for: {all} and {}", seen.len());
}

#[tokio::test]
async fn removals_do_what_okta_does_and_no_more() {
    let org = Org::start(|_| {}).await;
    let admin = org.admin().await;
    let rules = org.get(&admin, "/api/v1/groups/rules?limit=200").await.json;
    let rule = &rules[0];
    let group = rule["actions"]["assignUserToGroups"]["groupIds"][0].as_str().unwrap().to_owned();
    let code = rule["conditions"]["expression"]["value"].as_str().unwrap().split('"').nth(1).unwrap().to_owned();
    let members = org.get(&admin, &format!("/api/v1/groups/{group}/users")).await.json;
    let made = members
        .as_array()
        .unwrap()
        .iter()
        .find(|user| user["profile"]["birthright"].as_array().is_some_and(|codes| codes.contains(&json!(code))));
    let made = made.unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/groups/{group}/users/{made}");
    assert_eq!(org.call(&admin, Method::DELETE, &path, None).await.status, 204);
    let again = org.call(&admin, Method::DELETE, &path, None).await;
    assert_eq!((again.status, again.json["errorCode"].as_str()), (404, Some("E0000007")));
    let rules = org.get(&admin, "/api/v1/groups/rules?limit=200").await.json;
    let same = |one: &&Value| one["id"] == rule["id"];
    let excluded = &rules.as_array().unwrap().iter().find(same).unwrap()["conditions"]["people"]["users"]["exclude"];
    assert_eq!(*excluded, json!([made]), "a rule's member that was taken out is excluded from the rule");

    // What comes through a group is not ended at the application.
    let app = app_id("Payables");
    let users = org.get(&admin, &format!("/api/v1/apps/{app}/users?limit=500")).await.json;
    let through = users.as_array().unwrap().iter().find(|user| user["scope"] == "GROUP").unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/apps/{app}/users/{through}");
    assert_eq!(org.call(&admin, Method::DELETE, &path, None).await.status, 204);
    assert_eq!(org.get(&admin, &path).await.json["scope"], "GROUP");

    // The group of everybody is nobody's to change.
    let everyone = org.get(&admin, "/api/v1/groups?limit=10000").await.json;
    let everyone =
        everyone.as_array().unwrap().iter().find(|group| group["type"] == "BUILT_IN").unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(org.call(&admin, Method::DELETE, &format!("/api/v1/groups/{everyone}/users/{through}"), None).await.status, 403);
    org.judged_clean();
}

#[tokio::test]
async fn scopes_and_roles_are_both_needed() {
    let org = Org::start(|_| {}).await;
    let reader = org.service("0oareader", "okta.users.read okta.groups.read").await;
    assert_eq!(org.get(&reader, "/api/v1/users?limit=1").await.status, 200);
    let lacking = org.get(&reader, "/api/v1/apps?limit=200").await;
    assert_eq!((lacking.status, lacking.json["errorCode"].as_str()), (403, Some("E0000006")));
    let path = format!("/api/v1/groups/{}/users/{}", group_id("payables.enter"), user_id("p00001"));
    assert_eq!(org.call(&reader, Method::DELETE, &path, None).await.status, 403);
    assert_eq!(org.get("nonsense", "/api/v1/users").await.json["errorCode"], "E0000011");
}

#[tokio::test]
async fn limits_are_kept_and_told() {
    let org = Org::start(|config| config.pace = Some(Pace::Real)).await;
    let admin = org.admin().await;
    for left in (0..50).rev() {
        let page = org.get(&admin, "/governance/api/v1/campaigns").await;
        assert_eq!((page.status, page.headers["x-rate-limit-remaining"].to_str().unwrap()), (200, left.to_string().as_str()));
    }
    let refused = org.get(&admin, "/governance/api/v1/campaigns").await;
    assert_eq!((refused.status, refused.json["errorCode"].as_str()), (429, Some("E0000047")));
    let reset: i64 = refused.headers["x-rate-limit-reset"].to_str().unwrap().parse().unwrap();
    assert_eq!(reset, org.clock.now_micros() / 1_000_000 + 60);
    org.clock.pass(60);
    assert_eq!(org.get(&admin, "/governance/api/v1/campaigns").await.status, 200);
}

#[tokio::test]
async fn an_org_that_was_killed_goes_on_where_it_stood() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("okta.journal");
    let keep = |config: &mut tenant::okta::Config| config.journal = Some(path.clone());
    let org = Org::start(keep).await;
    let admin = org.admin().await;
    let group = group_id("payables.enter");
    let member = org.get(&admin, &format!("/api/v1/groups/{group}/users")).await.json[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(org.call(&admin, Method::DELETE, &format!("/api/v1/groups/{group}/users/{member}"), None).await.status, 204);
    let campaign = org.campaign(&admin, &group, |_| {}).await;
    let before = org.reviews(&admin, &campaign).await;
    assert!(!before.is_empty());
    org.handle.shutdown().await.unwrap();

    let org = Org::start(keep).await;
    assert_eq!(org.reviews(&admin, &campaign).await, before, "tokens, campaigns and items survive");
    let members = org.get(&admin, &format!("/api/v1/groups/{group}/users")).await.json;
    assert!(members.as_array().unwrap().iter().all(|user| user["id"] != json!(member)));
    let entries = read_journal(&path).unwrap();
    assert!(matches!(entries[0].change, Change::Began(origin) if origin.people == 120 && origin.part.is_none()));
    assert_eq!(entries.iter().filter(|entry| matches!(entry.change, Change::MemberRemoved { .. })).count(), 1);
}

#[tokio::test]
async fn misbehaviour_and_deviations_have_names() {
    for one in Misbehaviour::ALL {
        assert_eq!(one.name().parse::<Misbehaviour>().unwrap(), *one);
    }
    assert!("no-such".parse::<Misbehaviour>().unwrap_err().contains("lost-answer"));
}
