//! A contract judges requests and answers as the vendor would, and the vendors' own documents can be read.
#![expect(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tenant::spec::{Answer, Request, Spec};

const JSON: &[(&str, &str)] = &[("content-type", "application/json; charset=utf-8")];

fn contract() -> Spec {
    let document = json!({
        "openapi": "3.0.3",
        "paths": {
            "/things": {
                "parameters": [{ "name": "x-tenant", "in": "header", "required": true, "schema": { "type": "string" } }],
                "get": {
                    "parameters": [
                        { "$ref": "#/components/parameters/limit" },
                        { "name": "orderBy", "in": "query", "explode": false, "schema": { "type": "array", "maxItems": 1, "items": { "type": "string" } } }
                    ],
                    "responses": { "200": { "description": "", "content": { "application/json": { "schema": { "type": "array", "items": { "$ref": "#/components/schemas/thing" } } } } } }
                },
                "post": {
                    "requestBody": { "required": true, "content": { "application/json": { "schema": { "$ref": "#/components/schemas/thing" } } } },
                    "responses": { "201": { "description": "" } }
                }
            },
            "/things/{id}": { "get": { "parameters": [{ "name": "id", "in": "path", "required": true, "schema": { "type": "string", "maxLength": 3 } }], "responses": {} } },
            "/things/latest": { "get": { "responses": { "default": { "description": "" } } } },
            "/token": { "post": {
                "requestBody": { "required": true, "content": { "application/x-www-form-urlencoded": { "schema": {
                    "type": "object", "required": ["grant_type"], "properties": { "grant_type": { "type": "string", "enum": ["client_credentials"] }, "ttl": { "type": "integer" } } } } } },
                "responses": {}
            } }
        },
        "components": {
            "parameters": { "limit": { "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 0, "exclusiveMinimum": true, "maximum": 200 } } },
            "schemas": {
                "thing": {
                    "type": "object", "required": ["id", "name", "kind"],
                    "properties": {
                        "id": { "type": "string", "readOnly": true },
                        "name": { "type": "string", "maxLength": 5 },
                        "note": { "type": "string", "nullable": true },
                        "default": { "$ref": "#/components/schemas/kind" },
                        "kind": { "$ref": "#/components/schemas/kind" },
                        "made": { "type": "string", "format": "date-time" }
                    }
                },
                "kind": { "type": "string", "enum": ["a", "b"] }
            }
        }
    });
    Spec::parse(document, "/v1").unwrap()
}

fn request<'a>(method: &'a str, path: &'a str, query: &'a str, headers: &'a [(&'a str, &'a str)], body: &'a [u8]) -> Request<'a> {
    Request { method, path, query, headers, body }
}

fn places(violations: &[tenant::spec::Violation]) -> Vec<&str> {
    violations.iter().map(|violation| violation.place.as_str()).collect()
}

#[test]
fn a_request_is_judged_by_path_parameters_and_body() {
    let spec = contract();
    let headers = [("X-Tenant", "t"), ("content-type", "application/json")];
    let judge = |method, path, query, body: &[u8]| spec.check_request(&request(method, path, query, &headers, body));
    assert!(judge("GET", "/v1/things", "limit=200&orderBy=name", b"").is_empty());
    assert_eq!(places(&judge("GET", "/things", "", b"")), ["path"], "the prefix belongs to the path");
    assert_eq!(places(&judge("PUT", "/v1/things", "", b"")), ["path"]);
    assert_eq!(places(&judge("GET", "/v1/things", "limit=0", b"")), ["query limit"], "an exclusive minimum");
    assert_eq!(places(&judge("GET", "/v1/things", "limit=many", b"")), ["query limit"]);
    assert_eq!(places(&judge("GET", "/v1/things", "limit=1&limit=2", b"")), ["query limit"]);
    assert_eq!(places(&judge("GET", "/v1/things", "orderBy=a,b", b"")), ["query orderBy"]);
    assert_eq!(places(&judge("GET", "/v1/things", "after=x", b"")), ["query after"]);
    assert_eq!(places(&judge("GET", "/v1/things", "", b"{}")), ["body"]);
    assert_eq!(places(&judge("GET", "/v1/things/toolong", "", b"")), ["path id"]);
    assert_eq!(spec.operation("GET", "/v1/things/latest"), Some("/v1/things/latest"), "fixed text goes before a name");
    assert_eq!(places(&spec.check_request(&request("GET", "/v1/things", "", &[], b""))), ["header x-tenant"]);

    let good = br#"{"name":"abc","kind":"a","note":null,"made":"2026-11-21T08:10:44Z"}"#;
    assert!(judge("POST", "/v1/things", "", good).is_empty(), "a read-only property is not asked of a request");
    assert_eq!(places(&judge("POST", "/v1/things", "", b"")), ["body"]);
    assert_eq!(places(&judge("POST", "/v1/things", "", b"{")), ["body"]);
    let wrong = br#"{"name":"abcdef","kind":"c","note":3,"default":"d","made":"yesterday"}"#;
    let mut found = places(&judge("POST", "/v1/things", "", wrong)).into_iter().map(str::to_owned).collect::<Vec<_>>();
    found.sort();
    assert_eq!(found, ["body /default", "body /kind", "body /made", "body /name", "body /note"]);
}

#[test]
fn a_form_is_judged_field_by_field() {
    let spec = contract();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let judge = |body: &[u8]| spec.check_request(&request("POST", "/v1/token", "", &headers, body));
    assert!(judge(b"grant_type=client_credentials&ttl=5").is_empty());
    assert_eq!(places(&judge(b"grant_type=password&ttl=x")), ["body /grant_type", "body /ttl"]);
    let headers = [("content-type", "text/plain")];
    assert_eq!(places(&spec.check_request(&request("POST", "/v1/token", "", &headers, b"x"))), ["content-type"]);
}

#[test]
fn an_answer_is_judged_by_status_type_and_body() {
    let spec = contract();
    let judge = |status, body: &str| {
        let answer = Answer { status, content_type: Some("application/json"), body: body.as_bytes() };
        spec.check_answer("GET", "/v1/things", &answer)
    };
    assert!(judge(200, r#"[{"id":"1","name":"abc","kind":"a"}]"#).is_empty());
    assert_eq!(places(&judge(200, r#"[{"name":"abc","kind":"a"}]"#)), ["body /0"], "an answer has what only the server knows");
    assert_eq!(places(&judge(204, "")), ["status"]);
    assert!(judge(429, "{}").is_empty(), "errors that a contract does not list are not judged");
    let html = Answer { status: 200, content_type: Some("text/html"), body: b"<p>" };
    assert_eq!(places(&spec.check_answer("GET", "/v1/things", &html)), ["content-type"]);
}

/// The folder of contracts beside the workspace; none where it is absent, which is said.
fn contracts() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/specs");
    if folder.is_dir() {
        return Some(folder);
    }
    #[expect(clippy::print_stderr, reason = "a test left out says so")]
    {
        eprintln!("LEFT OUT: ../shared/specs is not here");
    }
    None
}

#[test]
fn the_bodies_that_were_found_valid_are_valid_and_wrong_ones_are_not() {
    let Some(folder) = contracts() else { return };
    let specs: Vec<Spec> =
        ["slim-governance", "slim-management"].map(|name| Spec::read(&folder.join(format!("okta/{name}.json")), "").unwrap()).into();
    let examples: Value = serde_json::from_slice(&std::fs::read(folder.join("okta/request-examples.json")).unwrap()).unwrap();
    let mut judged = 0;
    for example in examples.as_array().unwrap() {
        let path = example["path"].as_str().unwrap().replace(['{', '}'], "");
        let method = example["method"].as_str().unwrap();
        let body = if example["body"].is_null() { Vec::new() } else { example["body"].to_string().into_bytes() };
        let spec = specs.iter().find(|spec| spec.operation(method, &path).is_some()).unwrap();
        let found = spec.check_request(&request(method, &path, "", JSON, &body));
        // The placeholders of the examples are longer than a real id.
        let found: Vec<_> = found.into_iter().filter(|violation| !violation.place.starts_with("path ")).collect();
        assert!(found.is_empty(), "{}: {found:?}", example["name"]);
        judged += 1;
    }
    assert!(judged >= 17, "{judged}");
    let path = "/governance/api/v1/my/campaigns/ici1/reviews/actions";
    for wrong in [
        json!({ "reviews": [] }),
        json!({ "reviews": [{ "reviewId": "icr1", "action": "ESCALATE" }] }),
        json!({ "reviews": vec![json!({ "reviewId": "icr1", "action": "APPROVE" }); 51] }),
        json!({ "reviews": [{ "reviewId": "icr1", "action": "REVOKE", "note": "x".repeat(301) }] }),
    ] {
        assert!(!specs[0].check_request(&request("POST", path, "", JSON, wrong.to_string().as_bytes())).is_empty(), "{wrong}");
    }
}
