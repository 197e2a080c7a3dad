//! A removal in conflict, which who answers for the access settles.

use super::world::{HERE, PEOPLE, World};
use axum::http::StatusCode;
use domain::{Action, Answer, Object, OrderId, OrderState, ReviewState, RevokeWhy, Role, rights};
use review::orders;

/// Revokes access of "reviewer"'s queue whose removal ends other access too, and lets it come to a conflict. From then on the
/// world's item is that one.
async fn conflict(world: &mut World) -> OrderId {
    let mut tx = world.ctx.store.read().await.unwrap();
    let items = tx.review_items_in_state(world.campaign, ReviewState::Undecided, 0, 2_000).await.unwrap();
    let mut found = None;
    for item in items.into_iter().filter(|item| item.reviewer == world.item.reviewer) {
        let (source, grant) = tx.grant(item.grant).await.unwrap().unwrap();
        let others = tx.same_path(source, item.account, &grant.path, item.grant, world.campaign).await.unwrap();
        let leaves = matches!(grant.path, domain::GrantPath::Group(_) | domain::GrantPath::Role(_) | domain::GrantPath::Package(_));
        if leaves && others.iter().any(|other| other.state == Some(ReviewState::Undecided)) {
            found = Some(item);
            break;
        }
    }
    tx.rollback().await.unwrap();
    world.item = found.expect("access that is held by one path with other access");
    let reviewer = world.sign_in("reviewer").await;
    let mut fields = world.answer_fields(&reviewer, Answer::Revoke).await;
    fields.push(("why", RevokeWhy::NoLongerNeeded.as_str().to_owned()));
    let done = world.post(&format!("/items/{}/decide", world.item.id), Some(&reviewer), &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    world.clock.advance(domain::Policy::default().undo_window);
    orders::run(&world.ctx).await.unwrap();
    let order = order(world).await;
    assert_eq!(order.state, OrderState::Conflict);
    order.id
}

async fn order(world: &World) -> store::orders::Order {
    world.ctx.store.read().await.unwrap().orders_of_item(world.item.id).await.unwrap().remove(0)
}

/// Has somebody be the owner of the access.
async fn give(world: &World, sub: &str) {
    let email = world.email(sub);
    let mut tx = world.ctx.store.begin().await.unwrap();
    let accounts = tx.accounts_at(world.item.source, world.item.seq).await.unwrap();
    let owner = accounts.into_iter().find(|account| account.email.as_deref() == Some(email.as_str())).expect("somebody of the source");
    let key: String = world.item.entitlement.0.simple().to_string();
    let row = if world.ctx.store.kind() == "SQLite" { format!("x'{key}'") } else { format!("'{key}'") };
    let told = format!("UPDATE entitlement_versions SET owner_external = '{}' WHERE entitlement_id = {row}", owner.external_id);
    assert_eq!(tx.tamper(&told).await.unwrap(), 1);
    tx.commit().await.unwrap();
}

/// Whoever answers for the access is asked, whatever else they are; for everybody else there is no such removal.
#[tokio::test]
async fn a_removal_in_conflict_is_settled_by_whom_the_access_names_and_by_nobody_else() {
    for fresh in store::testing::each().await.unwrap() {
        let mut world = World::on(fresh, HERE).await;
        let order = conflict(&mut world).await;
        let staff: Vec<(&str, &[Role])> = PEOPLE.into_iter().filter(|(sub, roles)| !roles.is_empty() && *sub != "reviewer").collect();
        world.employ(staff.iter().map(|(sub, _)| *sub).filter(|sub| *sub != "other-reviewer")).await;
        let link = "<a href=\"/removals\"";
        for (asked, roles) in &staff {
            give(&world, asked).await;
            for (sub, _) in PEOPLE.into_iter().filter(|(_, roles)| !roles.is_empty()) {
                let cookie = world.sign_in(sub).await;
                // The version is one that was never shown, so that nothing is carried out.
                for said in ["keep", "leave"] {
                    let fields = [("attempt", world.attempt()), ("expected_version", "999999".to_owned()), ("said", said.to_owned())];
                    let got = world.post(&format!("/orders/{order}/settle"), Some(&cookie), &fields).await;
                    let may = sub == *asked && rights::allows(&roles.iter().copied().collect(), Action::Settle, Object::Order, true);
                    let expected = if may { StatusCode::CONFLICT } else { StatusCode::NOT_FOUND };
                    assert_eq!(got.status, expected, "{sub} at {asked}'s, {said}: {}", got.body);
                    // Every page leads there while something waits, and to nobody else.
                    let page = world.get("/account", Some(&cookie)).await;
                    assert_eq!(page.body.contains(link), may, "{sub} at {asked}'s");
                }
            }
        }
        let mut tx = world.ctx.store.read().await.unwrap();
        assert_eq!(tx.order(order).await.unwrap().unwrap().state, OrderState::Conflict);
    }
}

#[tokio::test]
async fn the_form_that_was_shown_is_taken_once_and_what_is_true_now_is_said() {
    let mut world = World::new().await;
    let id = conflict(&mut world).await;
    let form = format!("/orders/{id}/settle");
    // Without the word of either answer, the form says that it is not whole.
    give(&world, "other-reviewer").await;
    let cookie = world.sign_in("other-reviewer").await;
    let page = world.get("/removals", Some(&cookie)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let mut fields = vec![("attempt", page.hidden(&form, "attempt")), ("expected_version", page.hidden(&form, "expected_version"))];
    let got = world.post(&form, Some(&cookie), &fields).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.body);
    fields.push(("said", "keep".to_owned()));
    for _ in 0..2 {
        let done = world.post(&form, Some(&cookie), &fields).await;
        assert_eq!((done.status, done.location().as_str()), (StatusCode::SEE_OTHER, "/removals"), "{}", done.body);
    }
    let page = world.get("/removals", Some(&cookie)).await;
    assert!(page.body.contains("The access stays: the removal is not carried out."), "{}", page.body);
    assert!(page.body.contains("No removal waits for you") && !page.body.contains("aria-current=\"page\">Removals"));
    assert_eq!(order(&world).await.state, OrderState::Withdrawn);
    // Another form of the same page comes too late.
    fields[0].1 = world.attempt();
    let late = world.post(&form, Some(&cookie), &fields).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.body.contains("it was withdrawn, and is not carried out"), "{}", late.body);
}
