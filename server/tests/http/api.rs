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
