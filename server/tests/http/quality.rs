//! Quality over HTTP: the page, the file and its schema, and the request to measure now.

use super::{api::schema, world::World};
use axum::http::{StatusCode, header};
use domain::Answer;
use review::jobs::{self, Ran};
use serde_json::Value;

#[tokio::test]
async fn the_page_and_the_file_say_what_was_measured() {
    for fresh in store::testing::each().await.unwrap() {
        let world = World::on(fresh, super::world::HERE).await;
        let officer = world.sign_in("compliance").await;
        let page = world.get("/quality", Some(&officer)).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("Nothing is measured yet"), "{}", page.body);
        assert_eq!(world.get("/quality.json", Some(&officer)).await.status, StatusCode::NOT_FOUND, "there is no file yet");

        let reviewer = world.sign_in("reviewer").await;
        let answer = world.answer_fields(&reviewer, Answer::Approve).await;
        let done = world.post(&format!("/items/{}/decide", world.item.id), Some(&reviewer), &answer).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        world.clock.advance(domain::time::DAY);
        review::orders::run(&world.ctx).await.unwrap();

        let officer = world.sign_in("compliance").await;
        let page = world.get("/quality", Some(&officer)).await;
        let attempt = page.hidden("action=\"/quality/measure\"", "attempt");
        let asked = world.post("/quality/measure", Some(&officer), &[("attempt", attempt)]).await;
        assert_eq!((asked.status, asked.location()), (StatusCode::SEE_OTHER, "/quality".to_owned()), "{}", asked.body);
        assert!(world.get("/quality", Some(&officer)).await.body.contains("A measurement is under way"));
        while let Some(ran) = jobs::run_one(&world.ctx, "w1").await.unwrap() {
            assert!(matches!(ran, Ran::Done(_)), "{ran:?}");
        }
        let page = world.get("/quality", Some(&officer)).await;
        assert!(page.body.contains(recommend::ENGINE) && page.body.contains("Where the bands come from"), "{}", page.body);
        assert!(!page.body.contains("Person reviewer"), "nobody is named");

        let file = world.get("/quality.json", Some(&officer)).await;
        assert_eq!((file.status, file.headers[header::CONTENT_TYPE].as_bytes()), (StatusCode::OK, &b"application/json"[..]));
        assert!(page.body.contains(&ledger::sha256_hex(file.body.as_bytes())), "the page names the file's SHA-256");
        let figures: Value = serde_json::from_str(&file.body).unwrap();
        let schema = schema("quality-1.json");
        let wrong: Vec<String> = schema.iter_errors(&figures).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{figures:#}");
        let mut more = figures.clone();
        more["measured"]["versions"][0]["surplus"] = 1.into();
        assert!(!schema.is_valid(&more), "an unknown field is taken");
        let answers = &figures["measured"]["versions"][0]["overall"]["shown"];
        let counted: u64 = answers.as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(counted, 1, "{figures:#}");

        for (sub, sees, measures) in
            [("auditor", true, false), ("administrator", true, true), ("owner", false, false), ("reviewer", false, false)]
        {
            let cookie = world.sign_in(sub).await;
            let page = world.get("/quality", Some(&cookie)).await;
            assert_eq!(page.status == StatusCode::OK, sees, "{sub}");
            assert_eq!(page.body.contains("action=\"/quality/measure\""), measures, "{sub}");
            assert_eq!(page.body.contains("href=\"/quality\""), sees, "{sub}");
        }
        let metrics = world.get("/metrics", None).await;
        for figure in review::quality::Figure::ALL {
            let line = format!("countersign_quality_outside_band{{figure=\"{figure}\"}} 0");
            assert!(metrics.body.contains(&line), "{figure}: {}", metrics.body);
        }
    }
}
