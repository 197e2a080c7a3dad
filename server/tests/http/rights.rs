//! Every line of the table of routes, tried by everybody, against the table of rights.

use super::{
    controls,
    world::{HERE, PEOPLE, World},
};
use axum::http::StatusCode;
use domain::{Answer, RevokeWhy, Role, rights};
use review::export;
use server::http::{Method, Right, table};
use std::collections::BTreeSet;

/// Whether the object of a route is this person's own; where a route names no object, it shows one's own.
fn is_own(sub: &str, path: &str) -> bool {
    if !path.contains('{') || path.starts_with("/reviews/") {
        return true;
    }
    match sub {
        "reviewer" => ["/items/", "/recommendations/", "/api/v1/recommendations/"].iter().any(|of| path.starts_with(of)),
        "owner" => ["/items/", "/campaigns/", "/reconciliation/", "/recommendations/", "/api/v1/recommendations/"]
            .iter()
            .any(|of| path.starts_with(of)),
        // Whoever a control names as its owner.
        "other-reviewer" => path.starts_with("/controls/"),
        _ => false,
    }
}

#[tokio::test]
async fn every_route_is_tried_with_every_role_on_every_database() {
    for fresh in store::testing::each().await.unwrap() {
        every_route_is_tried_with_every_role(World::on(fresh, HERE).await).await;
    }
}

async fn every_route_is_tried_with_every_role(mut world: World) {
    let conflict = controls::conflict(&mut world).await;
    let control = controls::propose(&world, conflict, "other-reviewer").await;
    let mut tx = world.ctx.store.read().await.unwrap();
    let source = tx.sources().await.unwrap()[0].id;
    let opened_by = tx.campaign(world.campaign).await.unwrap().unwrap().owner;
    tx.rollback().await.unwrap();
    let cookie = world.sign_in("owner").await;
    let findings = world.get("/findings", Some(&cookie)).await;
    let finding = findings.body.split("/findings/").nth(1).map_or_else(|| world.attempt(), |rest| rest[..36].to_owned());
    review::quality::measure(&world.ctx, None).await.unwrap();
    review::fairness::measure(&world.ctx).await.unwrap();
    let report = review::reconcile::reconcile(&world.ctx, Some(opened_by)).await.unwrap().unwrap().id;
    let pack = export::make(&world.ctx, None, world.campaign, None).await.unwrap().id;
    let model = super::models::keep(&world).await;
    let mut tried = 0;
    for (sub, roles) in PEOPLE {
        let set: BTreeSet<Role> = roles.iter().copied().collect();
        let mut cookie = if roles.is_empty() { None } else { Some(world.sign_in(sub).await) };
        for route in table() {
            let Right::To(action, object) = route.right else {
                continue;
            };
            // An order comes to be only by an answer; that of somebody unknown is as good as none for everybody.
            if route.path.starts_with("/orders/{order}/") {
                continue;
            }
            let parameter = [
                "{entitlement}",
                "{campaign}",
                "{item}",
                "{finding}",
                "{grant}",
                "{pack}",
                "{source}",
                "{recommendation}",
                "{report}",
                "{model}",
                "{control}",
                "{rule}",
            ];
            let values = [
                world.item.entitlement.to_string(),
                world.campaign.to_string(),
                world.item.id.to_string(),
                finding.clone(),
                world.item.grant.to_string(),
                pack.to_string(),
                source.to_string(),
                world.item.recommendation.unwrap().to_string(),
                report.to_string(),
                model.clone(),
                control.clone(),
                controls::RULE.to_owned(),
            ];
            let path = parameter.iter().zip(&values).fold(route.path.to_owned(), |path, (name, value)| path.replace(name, value));
            // Shadow mode has a report where something is hidden.
            let hidden = route.path.contains("/shadow");
            world.hide(hidden).await;
            let got = match route.method {
                Method::Get => world.get(&path, cookie.as_deref()).await,
                Method::Post => {
                    // Nothing is carried out: the version is one that was never shown.
                    let fields = [
                        ("attempt", world.attempt()),
                        ("expected_version", "999999".to_owned()),
                        ("answer", Answer::Approve.to_string()),
                        ("to", "nobody@elsewhere.example".to_owned()),
                        ("preview_digest", "00".repeat(32)),
                        ("report_sha256", "00".repeat(32)),
                        ("figures_sha256", "00".repeat(32)),
                        ("on", "false".to_owned()),
                        ("conflict", conflict.to_string()),
                        ("accept", "yes".to_owned()),
                    ];
                    world.post(&path, cookie.as_deref(), &fields).await
                }
            };
            tried += 1;
            let what = format!(
                "{} {sub} {:?} {}: {} {}",
                world.ctx.store.kind(),
                route.method,
                route.path,
                got.status,
                got.body.chars().take(3_000).collect::<String>()
            );
            if cookie.is_none() && route.path.starts_with("/api/") {
                assert_eq!(got.status, StatusCode::UNAUTHORIZED, "{what}");
                continue;
            }
            if cookie.is_none() {
                assert_eq!(got.status, StatusCode::SEE_OTHER, "{what}");
                assert!(got.location().starts_with("/sign-in"), "{what}");
                continue;
            }
            assert_ne!(got.status, StatusCode::INTERNAL_SERVER_ERROR, "{what}");
            let allowed = rights::allows(&set, action, object, is_own(sub, route.path));
            assert_eq!(got.status != StatusCode::NOT_FOUND, allowed, "{what}");
            if route.path.starts_with("/session/") {
                cookie = Some(world.sign_in(sub).await);
            }
        }
    }
    assert!(tried > 200, "only {tried} were tried");
}

#[tokio::test]
async fn a_removal_is_released_by_owners_only() {
    let world = World::new().await;
    let reviewer = world.sign_in("reviewer").await;
    let fields = world.answer_fields(&reviewer, Answer::Revoke).await;
    let mut fields = fields;
    fields.push(("why", RevokeWhy::NoLongerNeeded.as_str().to_owned()));
    let done = world.post(&format!("/items/{}/decide", world.item.id), Some(&reviewer), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let mut tx = world.ctx.store.read().await.unwrap();
    let order = tx.orders_of_item(world.item.id).await.unwrap()[0].id;
    tx.rollback().await.unwrap();
    for (sub, roles) in PEOPLE.into_iter().filter(|(_, roles)| !roles.is_empty()) {
        let cookie = world.sign_in(sub).await;
        let fields = [("attempt", world.attempt()), ("expected_version", "999999".to_owned())];
        let got = world.post(&format!("/orders/{order}/release"), Some(&cookie), &fields).await;
        let allowed = roles.contains(&Role::Owner);
        assert_eq!(got.status != StatusCode::NOT_FOUND, allowed, "{sub}: {} {}", got.status, got.body);
        // Whoever opened the campaign lets what was refused try again, and nobody else.
        let fields = [("attempt", world.attempt()), ("expected_version", "999999".to_owned())];
        let got = world.post(&format!("/orders/{order}/retry"), Some(&cookie), &fields).await;
        assert_eq!(got.status != StatusCode::NOT_FOUND, sub == "owner", "{sub}: {} {}", got.status, got.body);
    }
}

#[test]
fn every_right_has_a_route() {
    let asked: BTreeSet<_> =
        table().iter().filter_map(|route| if let Right::To(a, o) = route.right { Some((a, o)) } else { None }).collect();
    let known: BTreeSet<_> = rights::parse(rights::TABLE).unwrap().into_keys().map(|(a, o, _)| (a, o)).collect();
    let unknown: Vec<_> = asked.difference(&known).collect();
    assert!(unknown.is_empty(), "routes that ask for a right that nobody can have: {unknown:?}");
    // Two rights are used within pages that another right opens.
    let used_within = BTreeSet::from([(domain::Action::View, domain::Object::Order), (domain::Action::Change, domain::Object::Source)]);
    let missing: Vec<_> = known.difference(&asked).filter(|pair| !used_within.contains(pair)).collect();
    assert!(missing.is_empty(), "rights that no route serves: {missing:?}");
}

#[test]
fn no_address_stands_twice() {
    let mut seen = BTreeSet::new();
    for route in table() {
        assert!(seen.insert((route.method, route.path)), "{:?} {}", route.method, route.path);
    }
}

#[test]
fn the_router_is_built_from_the_table_alone() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut open = vec![folder];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if std::fs::read_to_string(&path)
                .is_ok_and(|text| text.contains(".route(") || text.contains(".nest(") || text.contains(".route_service("))
            {
                found.push(path.file_name().unwrap().to_string_lossy().into_owned());
            }
        }
    }
    assert_eq!(found, ["guard.rs"], "only the router itself adds routes");
}
