//! Shadow mode over HTTP: the box in the form, what is hidden, the report and its schema, and the owner's word.

use super::{api::schema, world::World};
use axum::http::{StatusCode, header};
use domain::{Answer, CampaignId, Showing};
use serde_json::Value;

/// The fields of the form that opens a campaign over everything.
fn opening(world: &World, page: &super::world::Got, step: &str) -> Vec<(&'static str, String)> {
    let source = page.body.split("name=\"sources\" value=\"").nth(1).map(|rest| rest[..36].to_owned()).expect("a source");
    vec![
        ("attempt", world.attempt()),
        ("name", "Shadow review".to_owned()),
        ("sources", source),
        ("scope", "all".to_owned()),
        ("due_on", "2099-01-01".to_owned()),
        ("due_time", "18:00".to_owned()),
        ("zone", "Europe/Zurich".to_owned()),
        ("default_action", "leave_as_exception".to_owned()),
        ("undo_minutes", "5".to_owned()),
        ("hidden", "true".to_owned()),
        ("step", step.to_owned()),
    ]
}

#[tokio::test]
async fn the_box_in_the_form_keeps_recommendations_hidden() {
    for fresh in store::testing::each().await.unwrap() {
        let world = World::on(fresh, super::world::HERE).await;
        let owner = world.sign_in("owner").await;
        let page = world.get("/campaigns/open", Some(&owner)).await;
        let ticked = "name=\"hidden\" id=\"f-hidden\" value=\"true\" checked";
        assert!(page.body.contains("Keep recommendations hidden") && !page.body.contains(ticked), "{}", page.body);
        let mut wanted = opening(&world, &page, "preview");
        let due = world.ctx.env.now().plus(20 * domain::time::DAY).in_zone("UTC").unwrap().date().to_string();
        wanted.iter_mut().find(|(name, _)| *name == "due_on").unwrap().1 = due;

        let mut by_cause = wanted.clone();
        by_cause.iter_mut().find(|(name, _)| *name == "scope").unwrap().1 = "causes".to_owned();
        by_cause.push(("causes", "unused".to_owned()));
        let refused = world.post("/campaigns/open", Some(&owner), &by_cause).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("id=\"f-hidden-error\"") && refused.body.contains(ticked), "{}", refused.body);

        let looked = world.post("/campaigns/open", Some(&owner), &wanted).await;
        assert_eq!(looked.status, StatusCode::OK, "{}", looked.body);
        assert!(looked.body.contains(ticked), "what was ticked stays");
        wanted.iter_mut().find(|(name, _)| *name == "step").unwrap().1 = "confirm".to_owned();
        let opened = world.post("/campaigns/open", Some(&owner), &wanted).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
        let id: CampaignId = opened.location().rsplit('/').next().unwrap().parse().unwrap();
        let mut tx = world.ctx.store.read().await.unwrap();
        assert_eq!(tx.campaign(id).await.unwrap().unwrap().showing, Showing::Hidden);
        assert_eq!(tx.campaign(world.campaign).await.unwrap().unwrap().showing, Showing::Shown);
        drop(tx);
        let page = world.get(&format!("/campaigns/{id}"), Some(&owner)).await;
        assert!(page.body.contains("Recommendations hidden") && page.body.contains(&format!("/campaigns/{id}/shadow")), "{}", page.body);
    }
}

#[tokio::test]
async fn no_address_tells_what_is_hidden_and_each_says_why() {
    let world = World::new().await;
    let recommendation = world.item.recommendation.unwrap();
    let told = |body: &str| {
        let signs = ["verdict keep", "verdict remove", "verdict raise", "Must not wait", "Not yet measured here", "How was this computed?"];
        signs.iter().copied().filter(|sign| body.contains(sign)).map(str::to_owned).collect::<Vec<_>>()
    };
    let reviewer = world.sign_in("reviewer").await;
    let pages = [format!("/items/{}", world.item.id), format!("/reviews/{}?item={}", world.campaign, world.item.id)];
    for page in &pages {
        assert_ne!(told(&world.get(page, Some(&reviewer)).await.body), Vec::<String>::new(), "{page}: there is something to hide");
    }
    let causes =
        |body: &str| body.split("?cause=").skip(1).map(|rest| rest.split(['"', '&']).next().unwrap().to_owned()).collect::<Vec<_>>();
    let known = causes(&world.get(&format!("/reviews/{}", world.campaign), Some(&reviewer)).await.body);
    assert!(known.len() > 1 && known.iter().all(|cause| cause != "all"), "{known:?}");

    world.hide(true).await;
    for page in &pages {
        let got = world.get(page, Some(&reviewer)).await;
        assert_eq!((got.status, told(&got.body)), (StatusCode::OK, Vec::new()), "{page}");
        assert!(!got.body.contains(&recommendation.to_string()), "{page}");
        assert!(known.iter().all(|cause| !got.body.contains(&format!("cause={cause}"))), "{page}");
    }
    for cause in known {
        let got = world.get(&format!("/reviews/{}?cause={cause}", world.campaign), Some(&reviewer)).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{cause}");
    }
    assert_eq!(world.get(&format!("/reviews/{}?cause=all", world.campaign), Some(&reviewer)).await.status, StatusCode::OK);
    for sub in ["reviewer", "owner", "auditor", "compliance"] {
        let cookie = world.sign_in(sub).await;
        let page = world.get(&format!("/recommendations/{recommendation}"), Some(&cookie)).await;
        assert_eq!(page.status, StatusCode::CONFLICT, "{sub}");
        assert!(page.body.contains("hidden (shadow mode)"), "{sub}: {}", page.body);
        let api = world.get(&format!("/api/v1/recommendations/{recommendation}/explanation"), Some(&cookie)).await;
        assert_eq!((api.status, api.headers[header::CONTENT_TYPE].as_bytes()), (StatusCode::CONFLICT, &b"application/json"[..]), "{sub}");
        let problem: Value = serde_json::from_str(&api.body).unwrap();
        assert!(problem["error"].as_str().unwrap().contains("hidden (shadow mode)"), "{sub}");
    }
    let compliance = world.sign_in("compliance").await;
    let pack = world.post(&format!("/evidence/{}/make", world.campaign), Some(&compliance), &[("attempt", world.attempt())]).await;
    assert_eq!(pack.status, StatusCode::CONFLICT, "{}", pack.body);
    let history = world.get(&format!("/history/{}", world.item.grant), Some(&world.sign_in("auditor").await)).await;
    assert!(history.body.contains("not shown yet") && !history.body.contains(&recommendation.to_string()), "{}", history.body);
    let metrics = world.get("/metrics", None).await;
    for told in ["verdict", "agreed", "overridden", "confidence"] {
        assert!(!metrics.body.contains(told), "{told}: {}", metrics.body);
    }
}

#[tokio::test]
async fn the_report_matches_its_schema_and_is_what_the_owner_accepts() {
    for fresh in store::testing::each().await.unwrap() {
        let world = World::on(fresh, super::world::HERE).await;
        world.hide(true).await;
        let reviewer = world.sign_in("reviewer").await;
        let answer = world.answer_fields(&reviewer, Answer::Approve).await;
        let here = format!("/campaigns/{}/shadow", world.campaign);
        let owner = world.sign_in("owner").await;
        let fields = |page: &super::world::Got, ticked: bool| {
            let form = format!("action=\"{here}\"");
            let mut fields: Vec<(&str, String)> =
                ["attempt", "expected_version", "report_sha256"].map(|name| (name, page.hidden(&form, name))).to_vec();
            fields.extend(ticked.then(|| ("acknowledge", "true".to_owned())));
            fields
        };
        let before = world.get(&here, Some(&owner)).await;
        assert_eq!(before.status, StatusCode::OK, "{}", before.body);
        let done = world.post(&format!("/items/{}/decide", world.item.id), Some(&reviewer), &answer).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);

        // What was seen before that answer is no longer true: the page says what is.
        let stale = world.post(&here, Some(&owner), &fields(&before, true)).await;
        assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.body);
        assert!(stale.body.contains("The report changed") && stale.body.contains("1 is approved or revoked"), "{}", stale.body);

        let file = world.get(&format!("{here}.json"), Some(&owner)).await;
        assert_eq!((file.status, file.headers[header::CONTENT_TYPE].as_bytes()), (StatusCode::OK, &b"application/json"[..]));
        assert!(file.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment; filename=\"shadow-"));
        let report: Value = serde_json::from_str(&file.body).unwrap();
        let schema = schema("shadow-report-1.json");
        let wrong: Vec<String> = schema.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{report:#}");
        let mut more = report.clone();
        more["surplus"] = 1.into();
        assert!(!schema.is_valid(&more), "an unknown field is taken");
        assert_eq!(stale.hidden(&format!("action=\"{here}\""), "report_sha256"), ledger::sha256_hex(file.body.as_bytes()));

        let unticked = world.post(&here, Some(&owner), &fields(&stale, false)).await;
        assert_eq!(unticked.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unticked.body.contains("id=\"f-acknowledge-error\""), "{}", unticked.body);
        let accepted = world.post(&here, Some(&owner), &fields(&unticked, true)).await;
        assert_eq!((accepted.status, accepted.location()), (StatusCode::SEE_OTHER, here.clone()), "{}", accepted.body);
        let again = world.post(&here, Some(&owner), &fields(&unticked, true)).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "a repeat is answered: {}", again.body);
        let page = world.get(&here, Some(&owner)).await;
        assert!(page.body.contains("kept as it was then") && !page.body.contains("name=\"report_sha256\""), "{}", page.body);
        assert_eq!(world.get(&format!("{here}.json"), Some(&owner)).await.body, file.body);
        let item = world.get(&format!("/items/{}", world.item.id), Some(&reviewer)).await;
        assert!(!item.body.contains("The recommendation is hidden") && item.body.contains("class=\"verdict "), "{}", item.body);
    }
}
