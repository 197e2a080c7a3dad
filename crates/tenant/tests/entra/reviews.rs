//! Access reviews: who may answer, and when an answer counts.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tenant::entra::{Change, Deviation};

use crate::support::Room;

const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

#[tokio::test]
async fn only_a_reviewer_with_a_token_of_their_own_records_a_decision() {
    let room = Room::open(|_| {}).await;
    let app = room.app("all").await;
    let instance = room.instance(&app, "applications and groups").await;
    let reviewers = room.all(&format!("{instance}/contactedReviewers"), &app).await;
    let first = reviewers[0]["id"].as_str().unwrap();
    let person = room.person(first).await;
    let mine = room.all(&format!("{instance}/decisions/filterByCurrentUser(on='reviewer')"), &person).await;
    let path = format!("{instance}/decisions/{}", mine[0]["id"].as_str().unwrap());
    assert_eq!(mine[0]["reviewedBy"]["id"], NOBODY);
    let body = json!({ "decision": "Deny", "justification": "moved" });
    assert_eq!(room.call("PATCH", &path, &app, Some(body.clone())).await.status, 403, "an application");
    let administrator = room.person(&room.user(&room.company.cast().members[3].person_id.clone())).await;
    assert_eq!(room.call("PATCH", &path, &administrator, Some(body.clone())).await.status, 403, "an administrator who is no reviewer");
    let bare = json!({ "decision": "Approve", "justification": "" });
    assert_eq!(room.call("PATCH", &path, &person, Some(bare)).await.status, 400, "a reason is required to approve");
    assert_eq!(room.call("PATCH", &path, &person, Some(body)).await.status, 204);
    let after = room.get(&path, &person).await.json;
    assert_eq!((after["decision"].as_str(), after["reviewedBy"]["id"].as_str()), (Some("Deny"), Some(first)));
    // Final at the end only: the access is still there.
    assert_eq!(after["applyResult"], "New");
    assert_eq!(room.call("POST", &format!("{instance}/stop"), &app, None).await.status, 204);
    assert_ne!(room.get(&path, &app).await.json["applyResult"], "New");
    let late = json!({ "decision": "Approve", "justification": "late" });
    assert_eq!(room.call("PATCH", &path, &person, Some(late)).await.status, 400);
    room.follows_the_contract();
}

#[tokio::test]
async fn a_batch_without_both_ids_decides_everything() {
    let room = Room::open(|_| {}).await;
    let app = room.app("all").await;
    let instance = room.instance(&app, "directory roles").await;
    let items = room.all(&format!("{instance}/decisions"), &app).await;
    let path = format!("{instance}/batchRecordDecisions");
    let one = json!({ "decision": "Deny", "justification": "x", "principalId": items[0]["principal"]["id"], "resourceId": items[0]["resource"]["id"] });
    assert_eq!(room.call("POST", &path, &app, Some(one)).await.status, 204);
    assert_eq!(room.handle.accepted().len(), 1);
    assert_eq!(room.call("POST", &path, &app, Some(json!({ "decision": "Approve", "justification": "x" }))).await.status, 204);
    let decided: BTreeSet<String> = room
        .handle
        .accepted()
        .into_iter()
        .skip(1)
        .map(|entry| match entry.change {
            Change::Decided { item, decision, .. } if decision == "Approve" => item,
            other => panic!("{other:?}"),
        })
        .collect();
    let all: BTreeSet<String> = items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(decided, all);
}

#[tokio::test]
async fn at_the_end_the_platform_answers_and_applies_what_nobody_did() {
    let room = Room::open(|_| {}).await;
    let app = room.app("all").await;
    let instance = room.instance(&app, "directory roles").await;
    let items = room.all(&format!("{instance}/decisions"), &app).await;
    let gone = items.iter().find(|item| item["principal"]["id"].as_str().is_some()).unwrap();
    let (principal, role) = (gone["principal"]["id"].clone(), gone["resource"]["id"].clone());
    let body = json!({ "decision": "Deny", "justification": "x", "principalId": principal, "resourceId": role });
    assert_eq!(room.call("POST", &format!("{instance}/batchRecordDecisions"), &app, Some(body)).await.status, 204);
    let holds = |rows: &[Value]| rows.iter().any(|row| row["principalId"] == principal && row["roleDefinitionId"] == role);
    let direct = holds(&room.all("/roleManagement/directory/roleAssignments", &app).await);
    room.clock.pass(15 * 86_400);
    let app = room.app("all").await;
    let after = room.all(&format!("{instance}/decisions"), &app).await;
    for item in &after {
        if item["principal"]["id"] == principal {
            assert_eq!(item["applyResult"], if direct { "AppliedSuccessfully" } else { "ApplyNotSupported" });
        } else {
            assert_eq!((item["decision"].as_str(), item["reviewedBy"]["id"].as_str()), (Some("Approve"), Some(NOBODY)));
        }
    }
    assert!(!holds(&room.all("/roleManagement/directory/roleAssignments", &app).await));
    assert_eq!(room.get(&instance, &app).await.json["status"], "Completed");
    assert!(room.handle.accepted().iter().any(|entry| entry.app.is_empty() && matches!(entry.change, Change::Ended { .. })));
}

#[tokio::test]
async fn what_no_page_settles_can_be_either_way() {
    let room = Room::open(|config| {
        config.deviations = [Deviation::BatchRefusesApplications, Deviation::ResourceLeftOut, Deviation::ReviewerIdsDiffer].into();
    })
    .await;
    let app = room.app("all").await;
    let instance = room.instance(&app, "directory roles").await;
    let items = room.all(&format!("{instance}/decisions"), &app).await;
    assert!(items.iter().all(|item| item["resource"].is_null()));
    let body = json!({ "decision": "Deny", "justification": "x" });
    assert_eq!(room.call("POST", &format!("{instance}/batchRecordDecisions"), &app, Some(body)).await.status, 403);
    let reviewers = room.all(&format!("{instance}/contactedReviewers"), &app).await;
    assert_eq!(room.get(&format!("/users/{}", reviewers[0]["id"].as_str().unwrap()), &app).await.status, 404);
}
