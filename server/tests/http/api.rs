//! What programs ask: JSON that matches its schema, and errors that say what to do.

use super::world::World;
use axum::http::{StatusCode, header};
use serde_json::Value;
use std::path::Path;

pub fn schema(name: &str) -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas").join(name);
    jsonschema::validator_for(&serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn an_explanation_matches_its_schema_and_is_made_again() {
    for fresh in store::testing::each().await.unwrap() {
        let world = World::on(fresh, super::world::HERE).await;
        let address = format!("/api/v1/recommendations/{}/explanation", world.item.recommendation.unwrap());
        let schema = schema("explanation-1.json");
        for sub in ["reviewer", "owner", "auditor", "compliance"] {
            let cookie = world.sign_in(sub).await;
            let got = world.get(&address, Some(&cookie)).await;
            assert_eq!((got.status, got.headers[header::CONTENT_TYPE].as_bytes()), (StatusCode::OK, &b"application/json"[..]), "{sub}");
            let explained: Value = serde_json::from_str(&got.body).unwrap();
            let wrong: Vec<String> = schema.iter_errors(&explained).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert_eq!(wrong, Vec::<String>::new(), "{sub}");
            assert_eq!(explained["recomputed"]["same"], true);
        }

        let mut tx = world.ctx.store.begin().await.unwrap();
        tx.tamper("UPDATE recommendations SET score = score + 1").await.unwrap();
        tx.commit().await.unwrap();
        let cookie = world.sign_in("auditor").await;
        let explained: Value = serde_json::from_str(&world.get(&address, Some(&cookie)).await.body).unwrap();
        assert!(schema.is_valid(&explained));
        assert_eq!(
            (&explained["recomputed"]["same"], &explained["recomputed"]["differences"][0]["field"]),
            (&false.into(), &"score".into())
        );
    }
}

#[tokio::test]
async fn who_may_not_see_it_gets_404_and_who_is_not_signed_in_401_as_json() {
    let world = World::new().await;
    let address = format!("/api/v1/recommendations/{}/explanation", world.item.recommendation.unwrap());
    let problem = |got: &super::world::Got| serde_json::from_str::<Value>(&got.body).unwrap()["error"].as_str().unwrap().to_owned();
    let nobody = world.get(&address, None).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    assert!(problem(&nobody).contains("Sign in"), "{}", nobody.body);
    for sub in ["other-reviewer", "other-owner", "administrator"] {
        let cookie = world.sign_in(sub).await;
        let got = world.get(&address, Some(&cookie)).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{sub}");
        assert!(problem(&got).contains("no such thing"), "{sub}");
    }
    let cookie = world.sign_in("auditor").await;
    let wrong = world.get("/api/v1/recommendations/not-an-id/explanation", Some(&cookie)).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_proposed_grant_is_answered_for_in_its_schema() {
    for fresh in store::testing::each().await.unwrap() {
        let world = World::on(fresh, super::world::HERE).await;
        let cookie = world.sign_in("administrator").await;
        let ask = |body: String| {
            let request = axum::http::Request::post("/api/v1/sod/check")
                .header(header::CONTENT_TYPE, "application/json")
                .header("origin", &world.here)
                .header("sec-fetch-site", "same-origin")
                .header(header::COOKIE, &cookie);
            world.send(request.body(axum::body::Body::from(body)).unwrap())
        };
        let mut tx = world.ctx.store.read().await.unwrap();
        let seq = tx.sources().await.unwrap()[0].last_seq.unwrap();
        let holder = tx.account_at(world.item.account, seq).await.unwrap().unwrap().external_id;
        let held = tx.entitlement_at(world.item.entitlement, seq).await.unwrap().unwrap().external_id;
        let other =
            tx.entitlements_at(world.item.source, seq).await.unwrap().into_iter().find(|one| one.external_id != held).unwrap().external_id;
        drop(tx);
        let question =
            serde_json::json!({"person": {"source": "Meridian", "id": holder}, "entitlement": {"source": "Meridian", "id": other}});
        assert!(schema("sod-check-request-1.json").is_valid(&question));
        assert_eq!(ask(question.to_string()).await.status, StatusCode::CONFLICT, "there are no rules yet");

        let rules = "schema = \"countersign/duty-rules/1\"\nname = \"Ours\"\nduty = [{ id = \"a\", name = \"A\" }, { id = \"b\", name = \"B\" }]\n\
             [[rule]]\nid = \"a-b\"\nseverity = \"high\"\nrisk = \"Both.\"\nleft = { any = [\"a\"] }\nright = { any = [\"b\"] }\n\
             test = [{ holds = [\"a\", \"b\"], conflict = true }, { holds = [\"a\"], conflict = false }]\n";
        let set = [("attempt", world.attempt()), ("expected_version", "0".to_owned()), ("rules", rules.to_owned())];
        let done = world.post("/duties/rules", Some(&cookie), &set).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let map = format!(
            "schema = \"countersign/duty-map/1\"\n[[entitlement]]\nsource = \"Meridian\"\nid = {held:?}\nduties = [\"a\"]\n\
             [[entitlement]]\nsource = \"Meridian\"\nid = {other:?}\nduties = [\"b\"]\n"
        );
        let done = world.post("/duties/map", Some(&cookie), &[("attempt", world.attempt()), ("map", map.clone())]).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let got = ask(question.to_string()).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.body);
        let answer: Value = serde_json::from_str(&got.body).unwrap();
        let wrong: Vec<String> =
            schema("sod-check-1.json").iter_errors(&answer).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{answer:#}");
        assert_eq!((&answer["conflicts"][0]["rule"], &answer["clear"]), (&"a-b".into(), &false.into()));

        let taken = world.get("/duties/rules.toml", Some(&cookie)).await;
        assert_eq!((taken.status, taken.body.as_str()), (StatusCode::OK, rules));
        assert_eq!(ask("{\"person\": 1}".to_owned()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let bad = world
            .post(
                "/duties/rules",
                Some(&cookie),
                &[("attempt", world.attempt()), ("expected_version", "1".to_owned()), ("rules", "kept as typed".to_owned())],
            )
            .await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(bad.body.contains("kept as typed") && bad.body.contains("line 1"), "{}", bad.body);
    }
}
