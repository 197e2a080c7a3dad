//! A conflict of duties with a control that somebody is asked to accept.

use super::world::{PEOPLE, World};
use axum::http::StatusCode;
use domain::{AttemptId, ConflictId, Policy, Role, time::DAY};
use review::{
    Actor, SignIn,
    open::{self, OpenForm, Scope},
    sod::{self, ProposeForm},
    users::{self, SignedIn},
};
use std::collections::BTreeSet;

/// The rule whose conflict is there.
pub const RULE: &str = "a-b";

const RULES: &str = r#"schema = "countersign/duty-rules/1"
name = "Ours"
duty = [{ id = "a", name = "A" }, { id = "b", name = "B" }]

[[rule]]
id = "a-b"
severity = "high"
risk = "Both."
left = { any = ["a"] }
right = { any = ["b"] }
control = [{ id = "weekly", does = "Somebody else reads the list each week." }]
test = [{ holds = ["a", "b"], conflict = true }, { holds = ["a"], conflict = false }]
"#;

/// A person as signing in makes them, with the roles of the list.
async fn actor(world: &World, sub: &str) -> Actor {
    let (_, roles) = PEOPLE.into_iter().find(|(known, _)| *known == sub).unwrap();
    let signed_in = SignedIn {
        issuer: world.provider.issuer().to_owned(),
        subject: sub.to_owned(),
        name: format!("Person {sub}"),
        email: Some(world.email(sub)),
        roles: roles.iter().copied().collect(),
        zone: None,
        sign_in: SignIn::default(),
    };
    users::signed_in(&world.ctx, &signed_in).await.unwrap()
}

/// Sets a rule that somebody breaks whose access "reviewer" answers for, and opens a campaign that shows it. From then on the
/// world's campaign and item are those.
pub async fn conflict(world: &mut World) -> ConflictId {
    let ctx = &world.ctx;
    let administrator = actor(world, "administrator").await;
    let owner = actor(world, "owner").await;
    let nobodys: BTreeSet<_> =
        [actor(world, "reviewer").await.identity, actor(world, "other-reviewer").await.identity].into_iter().flatten().collect();
    let mut tx = ctx.store.read().await.unwrap();
    let (source, seq) = (world.item.source, world.item.seq);
    let items = tx.review_items_in_state(world.campaign, domain::ReviewState::Undecided, 0, 2_000).await.unwrap();
    let theirs = || items.iter().filter(|item| item.reviewer == world.item.reviewer && !nobodys.contains(&item.holder));
    let two = theirs().find_map(|one| {
        let other = theirs().find(|other| other.holder == one.holder && other.entitlement != one.entitlement)?;
        Some((one.clone(), other.clone()))
    });
    let (one, other) = two.expect("somebody who holds two things");
    let mut external = Vec::new();
    for item in [&one, &other] {
        external.push(tx.entitlement_at(item.entitlement, seq).await.unwrap().unwrap().external_id);
    }
    drop(tx);
    sod::set_rules(ctx, &administrator, ctx.env.id::<AttemptId>(), 0, RULES).await.unwrap();
    let map = format!(
        "schema = \"countersign/duty-map/1\"\n[[entitlement]]\nsource = \"Meridian\"\nid = {:?}\nduties = [\"a\"]\n\
         [[entitlement]]\nsource = \"Meridian\"\nid = {:?}\nduties = [\"b\"]\n",
        external[0], external[1]
    );
    sod::set_map(ctx, &administrator, ctx.env.id::<AttemptId>(), &map).await.unwrap();
    let form = OpenForm {
        name: "Everything, with duties".to_owned(),
        sources: [source].into(),
        scope: Scope::All,
        due_at: ctx.env.now().plus(20 * DAY),
        time_zone: "Europe/Zurich".to_owned(),
        policy: Policy::default(),
        showing: domain::Showing::Shown,
    };
    let campaign = open::open(ctx, &owner, ctx.env.id::<AttemptId>(), &form).await.unwrap();
    let mut tx = ctx.store.read().await.unwrap();
    let items = tx.review_items_in_state(campaign, domain::ReviewState::Undecided, 0, 2_000).await.unwrap();
    let item = items.into_iter().find(|item| item.grant == one.grant && item.reviewer == one.reviewer).unwrap();
    let conflict = tx.conflicts_of_grant(campaign, item.grant).await.unwrap()[0].id;
    drop(tx);
    (world.campaign, world.item) = (campaign, item);
    conflict
}

/// A control for a conflict, proposed by "reviewer" to somebody who can sign in.
pub async fn propose(world: &World, conflict: ConflictId, to: &str) -> String {
    let form = ProposeForm {
        attempt: world.ctx.env.id(),
        item: world.item.id,
        conflict,
        control: "weekly".to_owned(),
        owner: world.email(to),
        until: world.ctx.env.now().plus(100 * DAY).to_string()[..10].to_owned(),
    };
    let proposed = sod::propose(&world.ctx, &actor(world, "reviewer").await, &form).await;
    proposed.unwrap().control.to_string()
}

/// Whoever is asked answers, whatever else they are; for everybody else there is no such control.
#[tokio::test]
async fn a_control_is_settled_by_whom_it_names_and_by_nobody_else() {
    for fresh in store::testing::each().await.unwrap() {
        let mut world = World::on(fresh, super::world::HERE).await;
        let conflict = conflict(&mut world).await;
        // Everybody who can sign in is somebody in the source, so that each of them could be asked.
        let staff: Vec<(&str, &[Role])> = PEOPLE.into_iter().filter(|(sub, roles)| !roles.is_empty() && *sub != "reviewer").collect();
        world.employ(staff.iter().map(|(sub, _)| *sub).filter(|sub| *sub != "other-reviewer")).await;
        for (asked, roles) in &staff {
            let control = propose(&world, conflict, asked).await;
            let settle = async |sub: &str, accept: &str| {
                let cookie = world.sign_in(sub).await;
                let fields = [("attempt", world.attempt()), ("accept", accept.to_owned())];
                world.post(&format!("/controls/{control}/settle"), Some(&cookie), &fields).await
            };
            for (sub, _) in PEOPLE.into_iter().filter(|(sub, roles)| !roles.is_empty() && sub != asked) {
                let got = settle(sub, "yes").await;
                assert_eq!(got.status, StatusCode::NOT_FOUND, "{sub} at {asked}'s: {}", got.body);
            }
            let mut tx = world.ctx.store.read().await.unwrap();
            assert_eq!(tx.mitigation(control.parse().unwrap()).await.unwrap().unwrap().state, "proposed");
            drop(tx);
            // Refused, so that the next one can be proposed.
            let got = settle(asked, "no").await;
            let may = domain::rights::allows(&roles.iter().copied().collect(), domain::Action::Settle, domain::Object::Control, true);
            assert_eq!(got.status == StatusCode::SEE_OTHER, may, "{asked}: {} {}", got.status, got.body);
            let mut tx = world.ctx.store.begin().await.unwrap();
            let state = tx.mitigation(control.parse().unwrap()).await.unwrap().unwrap().state;
            assert_eq!(state, if may { "refused" } else { "proposed" }, "{asked}");
            if !may {
                assert_eq!(got.status, StatusCode::NOT_FOUND, "{asked}: {}", got.body);
                tx.tamper("UPDATE mitigations SET state = 'refused' WHERE state = 'proposed'").await.unwrap();
            }
            tx.commit().await.unwrap();
        }
    }
}
