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

#[tokio::test]
async fn a_review_of_fairness_is_signed_over_the_figures_that_were_shown() {
    const PLACE: &str = "/quality/fairness";
    for fresh in store::testing::each().await.unwrap() {
        let world = World::on(fresh, super::world::HERE).await;
        let officer = world.sign_in("compliance").await;
        let page = world.get(PLACE, Some(&officer)).await;
        assert!(page.status == StatusCode::OK && page.body.contains("Nothing is measured yet"), "{}", page.body);
        assert_eq!(world.get("/quality/fairness.json", Some(&officer)).await.status, StatusCode::NOT_FOUND);
        review::fairness::measure(&world.ctx).await.unwrap();

        let page = world.get(PLACE, Some(&officer)).await;
        let file = world.get("/quality/fairness.json", Some(&officer)).await;
        assert_eq!((file.status, file.headers[header::CONTENT_TYPE].as_bytes()), (StatusCode::OK, &b"application/json"[..]));
        let sha256 = ledger::sha256_hex(file.body.as_bytes());
        assert!(page.body.contains(&sha256), "the page names the file's SHA-256");
        let figures: Value = serde_json::from_str(&file.body).unwrap();
        let schema = schema("fairness-1.json");
        let wrong: Vec<String> = schema.iter_errors(&figures).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{figures:#}");
        let mut more = figures.clone();
        more["attributes"][0]["surplus"] = 1.into();
        assert!(!schema.is_valid(&more), "an unknown field is taken");
        assert!(!figures["attributes"][1]["groups"].as_array().unwrap().is_empty(), "{figures:#}");
        for person in 1..=60 {
            assert!(!file.body.contains(&format!("p{person:05}")), "nobody is named");
        }

        let form = "action=\"/quality/fairness\"";
        let fields = |page: &str, words: &str, tick: bool| {
            let mut fields = vec![("attempt", page.to_owned()), ("figures_sha256", sha256.clone()), ("conclusion", words.to_owned())];
            if tick {
                fields.push(("acknowledge", "true".to_owned()));
            }
            fields
        };
        let attempt = page.hidden(form, "attempt");
        let again = world.post(PLACE, Some(&officer), &fields(&attempt, "Contracts <b> end", false)).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", again.body);
        assert!(again.body.contains("Contracts &lt;b&gt; end") && again.body.contains("Tick the box"), "{}", again.body);
        assert_eq!(again.hidden(form, "attempt"), attempt, "a repeat of it is still answered once");

        // Newer figures were made since: 409, the words are kept, the tick is not.
        world.clock.advance(domain::time::HOUR);
        review::fairness::measure(&world.ctx).await.unwrap();
        let officer = world.sign_in("compliance").await;
        let stale = world.post(PLACE, Some(&officer), &fields(&attempt, "Contracts <b> end", true)).await;
        assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.body);
        assert!(stale.body.contains("The figures changed") && stale.body.contains("Contracts &lt;b&gt; end"), "{}", stale.body);
        assert_ne!(stale.hidden(form, "figures_sha256"), sha256);

        let sent = [
            ("attempt", stale.hidden(form, "attempt")),
            ("figures_sha256", stale.hidden(form, "figures_sha256")),
            ("conclusion", "Contracts <b> end".to_owned()),
            ("acknowledge", "true".to_owned()),
        ];
        for _ in 0..2 {
            let done = world.post(PLACE, Some(&officer), &sent).await;
            assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, PLACE.to_owned()), "{}", done.body);
        }
        let page = world.get(PLACE, Some(&officer)).await;
        assert!(page.body.contains("Contracts &lt;b&gt; end") && !page.body.contains("A signed review is due"), "{}", page.body);
        for (sub, sees, signs) in [("auditor", true, false), ("administrator", true, false), ("owner", false, false)] {
            let cookie = world.sign_in(sub).await;
            let page = world.get(PLACE, Some(&cookie)).await;
            assert_eq!((page.status == StatusCode::OK, page.body.contains(form)), (sees, signs), "{sub}");
            assert_eq!(world.post(PLACE, Some(&cookie), &sent).await.status, StatusCode::NOT_FOUND, "{sub}");
        }
    }
}
