//! What the real platform does that nobody expects.

use serde_json::{Value, json};
use tenant::entra::{Change, Misbehaviour};
use tenant::pace::Pace;

use crate::support::Room;

#[tokio::test]
async fn a_removal_without_ref_deletes_the_user() {
    let room = Room::open(|_| {}).await;
    let app = room.app("all").await;
    let user = room.user(&room.company.cast().members[0].person_id.clone());
    let groups = room.all(&format!("/users/{user}/memberOf"), &app).await;
    let group = groups[0]["id"].as_str().unwrap();
    assert_eq!(room.call("DELETE", &format!("/groups/{group}/members/{user}"), &app, None).await.status, 204);
    assert_eq!(room.get(&format!("/users/{user}"), &app).await.status, 404);
    assert!(matches!(&room.handle.accepted()[..], [entry] if entry.change == Change::UserDeleted { user: user.clone() }));
}

#[tokio::test]
async fn a_second_removal_finds_nothing_and_a_dynamic_group_refuses() {
    let room = Room::open(|_| {}).await;
    let app = room.app("all").await;
    let groups = room.all("/groups?$top=999", &app).await;
    let (mut plain, mut dynamic) = (None, None);
    for group in &groups {
        let members = room.all(&format!("/groups/{}/members?$top=999", group["id"].as_str().unwrap()), &app).await;
        let Some(member) = members.iter().find(|one| one["@odata.type"] == "#microsoft.graph.user") else { continue };
        let path = format!("/groups/{}/members/{}/$ref", group["id"].as_str().unwrap(), member["id"].as_str().unwrap());
        if group["membershipRule"].is_null() { plain = Some(path) } else { dynamic = Some(path) }
    }
    let (plain, dynamic) = (plain.unwrap(), dynamic.unwrap());
    assert_eq!(room.call("DELETE", &plain, &app, None).await.status, 204);
    let again = room.call("DELETE", &plain, &app, None).await;
    assert_eq!((again.status, again.code()), (404, "Request_ResourceNotFound"));
    assert_eq!(room.call("DELETE", &dynamic, &app, None).await.status, 400);
    assert_eq!(room.handle.accepted().len(), 1);
}

#[tokio::test]
async fn reading_has_its_own_rules() {
    let room = Room::open(|_| {}).await;
    let reader = room.app("reader").await;
    let first = room.get("/users?$select=id,userPrincipalName,signInActivity&$top=1", &reader).await;
    assert_eq!(first.status, 200, "{first:?}");
    let upn = first.rows()[0]["userPrincipalName"].as_str().unwrap().replace('#', "%23");
    assert_eq!(room.get(&format!("/users/{upn}?$select=signInActivity"), &reader).await.status, 400, "by id only");
    assert_eq!(room.get(&format!("/users/{upn}"), &reader).await.status, 200);
    assert_eq!(room.get("/users?$select=id,signInActivity&$top=999", &reader).await.status, 400, "500 at most with activity");
    assert_eq!(room.get("/users?$select=id,employeeLeaveDateTime", &reader).await.status, 403, "its own permission");
    let whole = room.get("/users", &reader).await;
    assert!(whole.rows().iter().all(|row| row["signInActivity"].is_null()), "only on request");
    let refused = room.get("/roleManagement/directory/roleAssignments", &reader).await;
    assert_eq!((refused.status, refused.code()), (403, "Authorization_RequestDenied"));
    // A machine holds access, and no list of members says so.
    let all = room.app("all").await;
    let mut machines = 0;
    for application in room.all("/servicePrincipals?$top=999", &all).await {
        let rows = room.all(&format!("/servicePrincipals/{}/appRoleAssignedTo?$top=999", application["id"].as_str().unwrap()), &all).await;
        machines += rows.iter().filter(|row| row["principalType"] == "ServicePrincipal").count();
    }
    assert!(machines > 0);
    for group in room.all("/groups?$top=999", &all).await {
        let members = room.all(&format!("/groups/{}/members?$top=999", group["id"].as_str().unwrap()), &all).await;
        assert!(members.iter().all(|one| one["@odata.type"] != "#microsoft.graph.servicePrincipal"));
    }
    room.follows_the_contract();
}

#[tokio::test]
async fn a_batch_answers_each_by_itself_and_in_any_order() {
    let room = Room::open(|_| {}).await;
    let app = room.app("all").await;
    let user = room.user("p00001");
    let requests = json!([
        { "id": "1", "method": "GET", "url": format!("/users/{user}?$select=id") },
        { "id": "2", "method": "GET", "url": "/users/nobody" },
        { "id": "3", "method": "GET", "url": format!("/users/{user}?$select=id"), "dependsOn": ["2"] },
    ]);
    let got = room.call("POST", "/$batch", &app, Some(json!({ "requests": requests }))).await;
    let statuses: Vec<(&str, u64)> = got.json["responses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["id"].as_str().unwrap(), one["status"].as_u64().unwrap()))
        .collect();
    assert_eq!(statuses, [("3", 424), ("2", 404), ("1", 200)]);
    let many: Vec<Value> = (0..21).map(|id| json!({ "id": id.to_string(), "method": "GET", "url": "/users" })).collect();
    assert_eq!(room.call("POST", "/$batch", &app, Some(json!({ "requests": many }))).await.status, 400);
}

#[tokio::test]
async fn the_log_allows_five_calls_in_ten_seconds() {
    let room = Room::open(|config| config.pace = Some(Pace::Real)).await;
    let app = room.app("reader").await;
    for _ in 0..5 {
        assert_eq!(room.get("/auditLogs/signIns?$top=1", &app).await.status, 200);
    }
    let refused = room.get("/auditLogs/signIns?$top=1", &app).await;
    assert_eq!(refused.status, 429);
    let wait: i64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=10).contains(&wait), "{wait}");
    assert_eq!(room.get("/groups", &app).await.status, 200, "the directory has its own limit");
    room.clock.pass(wait);
    assert_eq!(room.get("/auditLogs/signIns?$top=1", &app).await.status, 200);
}

#[tokio::test]
async fn identity_protection_allows_one_call_in_a_second_and_says_not_how_long_to_wait() {
    let room = Room::open(|config| config.pace = Some(Pace::Real)).await;
    let app = room.app("all").await;
    assert_eq!(room.get("/identityProtection/riskyUsers?$top=1", &app).await.status, 200);
    let refused = room.get("/identityProtection/riskyUsers?$top=1", &app).await;
    assert_eq!((refused.status, refused.headers.get("retry-after")), (429, None));
    room.clock.pass(1);
    assert_eq!(room.get("/identityProtection/riskyUsers?$top=1", &app).await.status, 200);
}

#[tokio::test]
async fn a_tenant_that_was_stopped_stands_where_its_journal_stands() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tenants").join("entra.jsonl");
    let room = Room::open(|config| config.journal = Some(path.clone())).await;
    let app = room.app("all").await;
    let roles = room.all("/roleManagement/directory/roleAssignments", &app).await;
    let role = roles[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(room.call("DELETE", &format!("/roleManagement/directory/roleAssignments/{role}"), &app, None).await.status, 204);
    let instance = room.instance(&app, "directory roles").await;
    let body = json!({ "decision": "Deny", "justification": "none" });
    assert_eq!(room.call("POST", &format!("{instance}/batchRecordDecisions"), &app, Some(body)).await.status, 204);
    let before = room.all(&format!("{instance}/decisions"), &app).await;
    let accepted = room.handle.accepted();
    drop(room.http);
    room.handle.shutdown().await.unwrap();
    assert_eq!(tenant::journal::read::<tenant::entra::Entry>(&path).unwrap(), accepted);

    let room = Room::open(|config| config.journal = Some(path)).await;
    let app = room.app("all").await;
    assert_eq!(room.get(&format!("/roleManagement/directory/roleAssignments/{role}"), &app).await.status, 404);
    assert_eq!(room.all(&format!("{instance}/decisions"), &app).await, before);
}

#[tokio::test]
async fn every_way_to_misbehave_has_a_name_and_shows() {
    for how in Misbehaviour::ALL {
        assert_eq!(how.name().parse(), Ok(*how));
    }
    for deviation in tenant::entra::Deviation::ALL {
        assert_eq!(deviation.name().parse(), Ok(*deviation));
    }
    assert!("sulking".parse::<Misbehaviour>().is_err());
    let room = Room::open(|config| config.misbehave = Some(Misbehaviour::ForeignHost)).await;
    let app = room.app("reader").await;
    let page = room.get("/users?$top=5", &app).await;
    assert!(page.json["@odata.nextLink"].as_str().unwrap().starts_with("https://graph.attacker.example/v1.0/users?"), "{page:?}");
    room.handle.misbehave(Some(Misbehaviour::ThrottledSilently));
    let mut statuses = Vec::new();
    for _ in 0..7 {
        let got = room.get("/groups?$top=1", &app).await;
        assert!(got.headers.get("retry-after").is_none());
        statuses.push(got.status);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 429]);
}
