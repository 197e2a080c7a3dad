//! Learned models over HTTP: the page, the file and its schema, putting one in force and taking it back.

use super::{
    api::schema,
    world::{Got, HERE, World},
};
use axum::http::{StatusCode, header};
use domain::{Answer, AttemptId, DecisionOrigin, ReviewState, RevokeWhy, Verdict};
use learn::{Artifact, Card, Promise, Settings, Table};
use ledger::SignedNote;
use serde_json::Value;
use store::{
    decisions::{Decision, ItemStep},
    models::StoredModel,
};

/// Keeps a small model, made and signed as the format says, and gives its hash in hexadecimal. It knows no decision.
pub async fn keep(world: &World) -> String {
    let rows: Vec<Vec<String>> = (0..60).map(|row| vec![format!("e{}", row % 4), format!("d{}", row % 3)]).collect();
    let approved: Vec<bool> = (0..60).map(|row| row % 4 != 0).collect();
    let table = Table::new(&["entitlement", "department"], 0, &rows).unwrap();
    let small = Settings { bags: 1, trees: 5, depth: 2, ..Settings::default() };
    let model = learn::train(&table, &approved, small).unwrap();
    let card = Card { text: "For a test.".to_owned(), promise: Some(Promise::set(50_000, 50_000, [])), ..Card::default() };
    let artifact = Artifact::write(&model, card).unwrap();
    let text = format!("countersign/model/1\n{}\n{}\n", world.ctx.origin, artifact.hash);
    let note = SignedNote::sign(text, &world.ctx.origin, &world.ctx.keys.signing).unwrap();
    let mut tx = world.ctx.store.begin().await.unwrap();
    let trained_by = tx.campaign(world.campaign).await.unwrap().unwrap().owner;
    let kept = StoredModel {
        sha256: ledger::sha256(&artifact.bytes),
        artifact: artifact.bytes,
        note: note.to_string(),
        trained_at: world.ctx.env.now(),
        trained_by,
        by_itself: false,
    };
    tx.keep_model(&kept, &[]).await.unwrap();
    tx.commit().await.unwrap();
    artifact.hash
}

/// Lets people have answered every item of the campaign without a recommendation in view.
async fn answered(world: &World) {
    let mut tx = world.ctx.store.begin().await.unwrap();
    let now = world.ctx.env.now();
    let mut after = 0;
    loop {
        let page = tx.review_items_in_state(world.campaign, ReviewState::Undecided, after, 500).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.number;
        for item in page {
            let answer = if item.verdict == Some(Verdict::Revoke) { Answer::Revoke } else { Answer::Approve };
            let decision = Decision {
                id: world.ctx.env.id(),
                campaign: item.campaign,
                item: item.id,
                stage: 1,
                reviewer: Some(item.reviewer),
                user: None,
                version: 1,
                answer,
                why: (answer == Answer::Revoke).then_some(RevokeWhy::NoLongerNeeded),
                origin: DecisionOrigin::PersonBlind,
                recommendation: item.recommendation,
                agreed: None,
                shown: None,
                on_old_data: false,
                decided_at: now,
                final_at: now,
                finalised_at: None,
                undone_at: None,
                attempt: world.ctx.env.id::<AttemptId>(),
                sign_in: "{}".to_owned(),
            };
            tx.insert_decision(&decision).await.unwrap();
            tx.set_decisions_finalised(&[decision.id], now).await.unwrap();
            let step = ItemStep { decision: Some(decision.id), ..item.step(ReviewState::Decided, now) };
            assert!(tx.step_item(&step).await.unwrap());
        }
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn too_few_answers_train_nothing_and_the_page_says_how_many_it_takes() {
    let world = World::new().await;
    let admin = world.sign_in("administrator").await;
    let page = world.get("/models", Some(&admin)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let text = page.body;
    for told in ["The stated weights alone", "A model takes 400 of them, at least 40 approvals and 40 removals", "No model was trained yet"]
    {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("action=\"/models/train\"") && !text.contains("action=\"/models/roll-back\""), "nothing to do yet");
    let none_offered = world.post("/models/train", Some(&admin), &[("attempt", world.attempt()), ("promise", "30000".to_owned())]).await;
    assert_eq!(none_offered.status, StatusCode::CONFLICT);
    assert!(none_offered.body.contains("Choose one of the promises"), "{}", none_offered.body);
    let refused = world.post("/models/train", Some(&admin), &[("attempt", world.attempt()), ("promise", "50000".to_owned())]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("0 approvals and 0 removals may teach so far"), "{}", refused.body);
}

#[tokio::test]
async fn a_model_is_put_in_force_after_its_comparison_was_read_and_taken_back_in_one_act() {
    for fresh in store::testing::each().await.unwrap() {
        let world = World::on(fresh, HERE).await;
        let model = keep(&world).await;
        let here = format!("/models/{model}");
        let admin = world.sign_in("administrator").await;
        let before = world.get(&here, Some(&admin)).await;
        assert_eq!(before.status, StatusCode::OK, "{}", before.body);
        assert!(before.body.contains("no decision yet") && !before.body.contains("/promote\""), "nothing to compare: no form");
        answered(&world).await;

        let file = world.get(&format!("{here}/report.json"), Some(&admin)).await;
        assert_eq!((file.status, file.headers[header::CONTENT_TYPE].as_bytes()), (StatusCode::OK, &b"application/json"[..]));
        assert!(file.headers[header::CONTENT_DISPOSITION].to_str().unwrap().starts_with("attachment; filename=\"model-"));
        let report: Value = serde_json::from_str(&file.body).unwrap();
        let schema = schema("model-report-1.json");
        let wrong: Vec<String> = schema.iter_errors(&report).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{report:#}");
        let mut more = report.clone();
        more["surplus"] = 1.into();
        assert!(!schema.is_valid(&more), "an unknown field is taken");
        assert!(report["decisions"].as_u64().unwrap() >= 50, "{report:#}");

        let form = format!("action=\"{here}/promote\"");
        let fields = |page: &Got, ticked: bool| {
            let mut fields: Vec<(&str, String)> =
                ["attempt", "expected_version", "report_sha256"].map(|name| (name, page.hidden(&form, name))).to_vec();
            fields.extend(ticked.then(|| ("acknowledge", "true".to_owned())));
            fields
        };
        let page = world.get(&here, Some(&admin)).await;
        assert_eq!(page.hidden(&form, "report_sha256"), ledger::sha256_hex(file.body.as_bytes()));
        let unticked = world.post(&format!("{here}/promote"), Some(&admin), &fields(&page, false)).await;
        assert_eq!(unticked.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unticked.body.contains("id=\"f-acknowledge-error\""), "{}", unticked.body);
        let mut old = fields(&page, true);
        old[2].1 = "00".repeat(32);
        let stale = world.post(&format!("{here}/promote"), Some(&admin), &old).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        assert!(stale.body.contains("The comparison changed") && !stale.body.contains("checked"), "{}", stale.body);
        let auditor = world.sign_in("auditor").await;
        let read = world.get(&here, Some(&auditor)).await;
        assert!(read.status == StatusCode::OK && !read.body.contains("/promote\""), "{}", read.body);
        let forbidden = world.post(&format!("{here}/promote"), Some(&auditor), &fields(&page, true)).await;
        assert_eq!(forbidden.status, StatusCode::NOT_FOUND);
        let done = world.post(&format!("{here}/promote"), Some(&admin), &fields(&unticked, true)).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/models".to_owned()), "{}", done.body);
        let again = world.post(&format!("{here}/promote"), Some(&admin), &fields(&unticked, true)).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER, "a repeat is answered: {}", again.body);

        let compliance = world.sign_in("compliance").await;
        let all = world.get("/models", Some(&compliance)).await;
        assert!(all.body.contains("put in force by"), "{}", all.body);
        let back = "action=\"/models/roll-back\"";
        let mut fields: Vec<(&str, String)> = ["attempt", "expected_version", "to"].map(|name| (name, all.hidden(back, name))).to_vec();
        assert_eq!(fields[2].1, "none");
        let owner = world.sign_in("owner").await;
        assert_eq!(world.post("/models/roll-back", Some(&owner), &fields).await.status, StatusCode::NOT_FOUND);
        let done = world.post("/models/roll-back", Some(&compliance), &fields).await;
        assert_eq!((done.status, done.location()), (StatusCode::SEE_OTHER, "/models".to_owned()), "{}", done.body);
        let all = world.get("/models", Some(&compliance)).await;
        assert_eq!(all.hidden(back, "to"), model, "what was in force before can be put back");
        fields[0].1 = world.attempt();
        let stale = world.post("/models/roll-back", Some(&compliance), &fields).await;
        assert_eq!(stale.status, StatusCode::CONFLICT, "{}", stale.body);
        let lost =
            world.post("/models/roll-back", Some(&compliance), &[("attempt", world.attempt()), ("to", "elsewhere".to_owned())]).await;
        assert_eq!(lost.status, StatusCode::UNPROCESSABLE_ENTITY);
        for nothing in ["0", "zz", &"0".repeat(64)] {
            assert_eq!(world.get(&format!("/models/{nothing}"), Some(&admin)).await.status, StatusCode::NOT_FOUND, "{nothing}");
        }
    }
}
