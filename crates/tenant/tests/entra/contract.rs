//! Every route against the contract, every permission against the vendor's list.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Room, shared};

/// A template with `{}` for whatever varies, as the vendor's files and ours can be compared.
fn plain(template: &str) -> String {
    template.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
}

#[test]
fn every_call_is_in_the_contract_and_asks_for_permissions_that_the_vendor_lists() {
    let Some(path) = shared("specs/entra/entra-permissions-subset.json") else { return };
    let listed: serde_json::Map<String, Value> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let contract = shared("specs/entra/entra-graph-v1.0-subset.openapi31.json").unwrap();
    let contract: Value = serde_json::from_slice(&std::fs::read(contract).unwrap()).unwrap();
    let paths: BTreeSet<String> = contract["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| format!("{} {}", method.to_uppercase(), plain(path))))
        .collect();
    for (method, path, app, user) in tenant::entra::calls() {
        let name = format!("{method} {path}");
        if name == "DELETE /groups/{}/members/{}" {
            assert!(!paths.contains(&name), "the trap is not a call that anybody means");
            continue;
        }
        assert!(paths.contains(&name), "{name} is not in the contract");
        let entry =
            listed.iter().find(|(key, value)| plain(key.split_once(' ').unwrap().1) == path && key.starts_with(method) && !value.is_null());
        let Some((_, entry)) = entry else { continue };
        for (form, ours) in [("Application", app), ("DelegatedWork", user)] {
            let theirs: BTreeSet<&str> = entry[form].as_array().into_iter().flatten().filter_map(|one| one["name"].as_str()).collect();
            for permission in ours {
                assert!(theirs.contains(permission), "{name}: {permission} is not listed as {form}");
            }
            assert_eq!(ours.is_empty(), theirs.is_empty(), "{name}: {form}");
        }
    }
}

#[tokio::test]
async fn every_route_answers_as_the_contract_says() {
    let room = Room::open(|_| {}).await;
    let app = room.app("all").await;
    let groups = room.all("/groups?$select=id,displayName,groupTypes,isAssignableToRole&$top=999", &app).await;
    let owned = room.all("/groups?$select=id,groupTypes,isAssignableToRole&$expand=owners($select=id)&$top=999", &app).await;
    let owned = owned.iter().find(|group| !group["owners"].as_array().unwrap().is_empty()).unwrap()["id"].as_str().unwrap().to_owned();
    let mut held = None;
    for group in groups.iter().filter(|group| group["groupTypes"] == json!([]) && group["isAssignableToRole"].is_null()) {
        let id = group["id"].as_str().unwrap().to_owned();
        let members = room.all(&format!("/groups/{id}/members?$select=id&$top=999"), &app).await;
        if let Some(member) = members.iter().find(|one| one["@odata.type"] == "#microsoft.graph.user") {
            held = Some((id, member["id"].as_str().unwrap().to_owned()));
            break;
        }
    }
    let (group, member) = held.unwrap();
    let principals = room.all("/servicePrincipals?$select=id,displayName,appRoles&$top=999", &app).await;
    let mut assigned = None;
    for principal in &principals {
        let id = principal["id"].as_str().unwrap();
        let rows = room.all(&format!("/servicePrincipals/{id}/appRoleAssignedTo?$top=999"), &app).await;
        let users: Vec<&Value> = rows.iter().filter(|row| row["principalType"] == "User").collect();
        let of_group = rows.iter().find(|row| row["principalType"] == "Group");
        if let (true, Some(of_group)) = (users.len() > 2, of_group) {
            assigned = Some((id.to_owned(), users[0].clone(), users[1].clone(), of_group.clone()));
        }
    }
    let (application, first, second, of_group) = assigned.unwrap();
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let roles = room.all("/roleManagement/directory/roleAssignments?$expand=principal", &app).await;
    let definition_of_role = text(&roles[0], "roleDefinitionId");
    let role = text(&roles[0], "id");
    let boss = room.user(&room.company.cast().members[0].person_id.clone());
    let instance = room.instance(&app, "applications and groups").await;
    let (definition, _) = instance.split_once("/instances").unwrap();
    let decisions = room.all(&format!("{instance}/decisions?$expand=insights"), &app).await;
    let decision = text(&decisions[0], "id");
    let contacted = room.all(&format!("{instance}/contactedReviewers"), &app).await;
    let reviewer = text(&contacted[0], "id");
    let person = room.person(&reviewer).await;
    let mine = room.all(&format!("{instance}/decisions/filterByCurrentUser(on='reviewer')"), &person).await;
    let my_decision = text(&mine[0], "id");
    let body = room.get(definition, &app).await.json;

    for call in [
        "/users?$select=id,displayName,signInActivity,employeeLeaveDateTime&$expand=manager($select=id)&$top=50".to_owned(),
        format!("/users/{member}?$select=id,signInActivity"),
        format!("/users/{member}/manager?$select=id,displayName"),
        format!("/users/{boss}/directReports"),
        format!("/users/{member}/memberOf"),
        format!("/users/{member}/transitiveMemberOf"),
        format!("/users/{member}/appRoleAssignments"),
        format!("/users/{}/appRoleAssignments/{}", text(&first, "principalId"), text(&first, "id")),
        "/groups".to_owned(),
        format!("/groups/{group}"),
        format!("/groups/{group}/members"),
        format!("/groups/{group}/members/microsoft.graph.user?$count=true"),
        format!("/groups/{group}/transitiveMembers"),
        format!("/groups/{group}/transitiveMembers/microsoft.graph.user?$count=true"),
        format!("/groups/{owned}/owners"),
        format!("/groups/{}/appRoleAssignments", text(&of_group, "principalId")),
        "/servicePrincipals".to_owned(),
        format!("/servicePrincipals/{application}"),
        format!("/servicePrincipals/{application}/appRoleAssignedTo"),
        format!("/servicePrincipals/{application}/appRoleAssignedTo/{}", text(&first, "id")),
        format!("/servicePrincipals/{application}/appRoleAssignments"),
        "/roleManagement/directory/roleDefinitions".to_owned(),
        format!("/roleManagement/directory/roleDefinitions/{definition_of_role}"),
        "/roleManagement/directory/roleAssignments?$expand=principal".to_owned(),
        format!("/roleManagement/directory/roleAssignments/{role}"),
        "/roleManagement/directory/roleAssignmentScheduleInstances".to_owned(),
        "/roleManagement/directory/roleEligibilityScheduleInstances".to_owned(),
        "/auditLogs/signIns?$filter=createdDateTime ge 2026-10-25T00:00:00Z&$top=1000".to_owned(),
        "/auditLogs/directoryAudits?$filter=loggedByService eq 'Access Reviews'".to_owned(),
        "/auditLogs/directoryAudits?$filter=activityDateTime ge 2026-10-25T00:00:00Z&$top=1000".to_owned(),
        "/identityProtection/riskyUsers?$select=id,riskState,riskLevel&$top=5".to_owned(),
        "/subscribedSkus".to_owned(),
        "/organization".to_owned(),
        "/identityGovernance/accessReviews/definitions?$filter=status eq 'InProgress'".to_owned(),
        definition.to_owned(),
        format!("{definition}/instances"),
        instance.clone(),
        format!("{instance}/contactedReviewers"),
        format!("{instance}/decisions?$filter=decision eq 'NotReviewed'&$top=5&$skip=1"),
        format!("{instance}/decisions/{decision}"),
        format!("{instance}/stages"),
    ] {
        let got = room.get(&call, &app).await;
        assert_eq!(got.status, 200, "{call}: {got:?}");
    }
    for call in [
        "/identityGovernance/accessReviews/definitions/filterByCurrentUser(on='reviewer')".to_owned(),
        format!("{definition}/instances/filterByCurrentUser(on='reviewer')"),
        format!("{instance}/decisions/filterByCurrentUser(on='reviewer')"),
    ] {
        let got = room.get(&call, &person).await;
        assert_eq!((got.status, got.rows().is_empty()), (200, false), "{call}: {got:?}");
    }
    let scope = json!({ "@odata.type": "#microsoft.graph.accessReviewQueryScope", "query": format!("/groups/{group}/transitiveMembers"), "queryType": "MicrosoftGraph" });
    let fresh = json!({ "displayName": "New", "descriptionForAdmins": "a", "descriptionForReviewers": "b", "scope": scope,
        "reviewers": [{ "query": "./manager", "queryType": "MicrosoftGraph", "queryRoot": "decisions" }],
        "settings": { "instanceDurationInDays": 3, "autoApplyDecisionsEnabled": false, "defaultDecisionEnabled": false, "defaultDecision": "None" } });
    let made = room.call("POST", "/identityGovernance/accessReviews/definitions", &app, Some(fresh.clone())).await;
    assert_eq!(made.status, 201, "{made:?}");
    let made = format!("/identityGovernance/accessReviews/definitions/{}", text(&made.json, "id"));
    let mut replaced = fresh.clone();
    replaced["displayName"] = json!("Renamed");
    let everything = json!({ "decision": "Deny", "justification": "gone", "principalId": mine[0]["principal"]["id"], "resourceId": mine[0]["resource"]["id"] });
    let reference = json!({ "@odata.id": format!("https://graph.microsoft.com/v1.0/directoryObjects/{member}") });
    for (method, call, body, token, status) in [
        ("DELETE", format!("/groups/{group}/members/{member}/$ref"), None, &app, 204),
        ("POST", format!("/groups/{group}/members/$ref"), Some(reference), &app, 204),
        ("DELETE", format!("/users/{}/appRoleAssignments/{}", text(&first, "principalId"), text(&first, "id")), None, &app, 204),
        ("DELETE", format!("/servicePrincipals/{application}/appRoleAssignedTo/{}", text(&second, "id")), None, &app, 204),
        ("DELETE", format!("/groups/{}/appRoleAssignments/{}", text(&of_group, "principalId"), text(&of_group, "id")), None, &app, 204),
        ("DELETE", format!("/roleManagement/directory/roleAssignments/{role}"), None, &app, 204),
        ("DELETE", format!("/groups/{owned}/owners/{member}/$ref"), None, &app, 404),
        ("POST", format!("/users/{member}/revokeSignInSessions"), None, &app, 200),
        (
            "PATCH",
            format!("{instance}/decisions/{my_decision}"),
            Some(json!({ "decision": "Approve", "justification": "needed" })),
            &person,
            204,
        ),
        ("POST", format!("{instance}/acceptRecommendations"), None, &person, 204),
        ("POST", format!("{instance}/batchRecordDecisions"), Some(everything), &app, 204),
        ("POST", format!("{instance}/sendReminder"), None, &app, 204),
        ("POST", format!("{instance}/resetDecisions"), None, &app, 204),
        ("POST", format!("{instance}/stop"), None, &app, 204),
        ("POST", format!("{instance}/applyDecisions"), None, &app, 204),
        ("PUT", made.clone(), Some(replaced), &app, 204),
        ("DELETE", made, None, &app, 204),
    ] {
        let got = room.call(method, &call, token, body).await;
        assert_eq!(got.status, status, "{method} {call}: {got:?}");
    }
    assert_eq!(body["displayName"], "Quarterly review of applications and groups");
    room.follows_the_contract();
    // Each route was called, the trap aside.
    let called: BTreeSet<String> = room.handle.calls().into_keys().collect();
    for (method, path, ..) in tenant::entra::calls() {
        let name = format!("{method} {path}");
        assert!(called.contains(&name) || name == "DELETE /groups/{}/members/{}", "{name} was not tried");
    }
}

#[tokio::test]
async fn what_does_not_follow_the_contract_is_refused() {
    let room = Room::open(|_| {}).await;
    if crate::support::contract().is_none() {
        return;
    }
    let app = room.app("all").await;
    for (method, call, body) in [
        ("GET", "/users?$top=1000".to_owned(), None),
        ("GET", "/auditLogs/signIns?$top=1001".to_owned(), None),
        ("POST", "/$batch".to_owned(), Some(json!({ "calls": [] }))),
        (
            "POST",
            "/identityGovernance/accessReviews/definitions/d/instances/i/batchRecordDecisions".to_owned(),
            Some(json!({ "decision": "Revoke" })),
        ),
    ] {
        let got = room.call(method, &call, &app, body).await;
        assert_eq!((got.status, got.code()), (400, "Request_BadRequest"), "{call}: {got:?}");
    }
}
