//! The weekly reconciliation over HTTP: the page, both files, and who gets what.

use super::{api::schema, world::World};
use axum::http::{StatusCode, header};
use domain::{Answer, RevokeWhy, time::DAY};
use review::jobs::{self, Ran};
use serde_json::Value;

#[tokio::test]
async fn a_report_is_made_and_its_files_are_what_the_ledger_names() {
    for fresh in store::testing::each().await.unwrap() {
        let world = World::on(fresh, super::world::HERE).await;
        let reviewer = world.sign_in("reviewer").await;
        let mut answer = world.answer_fields(&reviewer, Answer::Revoke).await;
        answer.push(("why", RevokeWhy::NoLongerNeeded.as_str().to_owned()));
        let done = world.post(&format!("/items/{}/decide", world.item.id), Some(&reviewer), &answer).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        world.clock.advance(DAY);
        review::orders::run(&world.ctx).await.unwrap();

        let officer = world.sign_in("compliance").await;
        let page = world.get("/reconciliation", Some(&officer)).await;
        assert!(page.body.contains("No report yet"), "{}", page.body);
        let attempt = page.hidden("action=\"/reconciliation/make\"", "attempt");
        let asked = world.post("/reconciliation/make", Some(&officer), &[("attempt", attempt)]).await;
        assert_eq!((asked.status, asked.location()), (StatusCode::SEE_OTHER, "/reconciliation".to_owned()), "{}", asked.body);
        while let Some(ran) = jobs::run_one(&world.ctx, "w1").await.unwrap() {
            assert!(matches!(ran, Ran::Done(_)), "{ran:?}");
        }
        let overview = world.get("/campaigns", Some(&officer)).await;
        let here = overview.body.split("href=\"/reconciliation/").nth(1).map(|rest| format!("/reconciliation/{}", &rest[..36]));
        let here = here.expect("the list of campaigns tells of the new report");
        let page = world.get(&here, Some(&officer)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains("Removal under way"), "{}", page.body);
        assert!(!world.get("/campaigns", Some(&officer)).await.body.contains(&here), "it is no longer new");

        let file = world.get(&format!("{here}/report.json"), Some(&officer)).await;
        assert_eq!((file.status, file.headers[header::CONTENT_TYPE].as_bytes()), (StatusCode::OK, &b"application/json"[..]));
        assert!(page.body.contains(&ledger::sha256_hex(file.body.as_bytes())), "the page names the file's SHA-256");
        let report: Value = serde_json::from_str(&file.body).unwrap();
        let schema = schema("reconciliation-1.json");
        let wrong: Vec<String> = schema.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{report:#}");
        let mut more = report.clone();
        more["campaigns"][0]["surplus"] = 1.into();
        assert!(!schema.is_valid(&more), "an unknown field is taken");
        assert_eq!(report["lines"]["outstanding"], 1);

        let table = world.get(&format!("{here}/lines.csv"), Some(&officer)).await;
        assert_eq!((table.status, table.headers[header::CONTENT_TYPE].as_bytes()), (StatusCode::OK, &b"text/csv; charset=utf-8"[..]));
        let lines: Vec<&str> = table.body.lines().collect();
        assert!(lines[0].starts_with("kind,campaign,item,person,"), "{}", table.body);
        assert!(lines[1].starts_with("outstanding,Everything,"), "{}", table.body);
        let all: u64 = report["lines"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(lines.len() as u64, all + 1);

        for (sub, sees, whole) in [
            ("auditor", true, true),
            ("owner", true, false),
            ("other-owner", false, false),
            ("administrator", false, false),
            ("reviewer", false, false),
        ] {
            let cookie = world.sign_in(sub).await;
            let status = |path: String| {
                let (world, cookie) = (&world, cookie.clone());
                async move { world.get(&path, Some(&cookie)).await.status }
            };
            assert_eq!(status(here.clone()).await == StatusCode::OK, sees, "{sub}");
            assert_eq!(status(format!("{here}/lines.csv")).await == StatusCode::OK, sees, "{sub}");
            assert_eq!(status(format!("{here}/report.json")).await == StatusCode::OK, whole, "{sub}");
        }
    }
}
