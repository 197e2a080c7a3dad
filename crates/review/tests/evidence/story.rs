//! One campaign with something of everything.

use crate::world::{World, easy};
use domain::{Answer, AttemptId, Role};
use review::{
    Actor, close,
    decide::{DecideForm, decide},
    users::{SignedIn, signed_in},
};

/// Answers, a note, an undo, a removal that is proven, a campaign that is closed. Somebody of each role is signed in.
pub async fn told(world: &mut World) {
    world.boss = sign_in(world, "boss", &[Role::Reviewer]).await;
    world.olga = sign_in(world, "olga", &[Role::Owner, Role::Reviewer]).await;
    world.open(easy()).await;
    let boss = world.boss.clone();
    world.approve(&boss, "p01", "wiki").await;
    let mut form = world.form("p02", "wiki", Answer::Revoke).await;
    form.note = Some("Moved to another team in June.".to_owned());
    decide(&world.ctx, &boss, &form).await.expect("a revoke with a note");
    world.revoke(&boss, "p03", "wiki").await;
    world.undo(&boss, "p03", "wiki").await.expect("undone");
    world.later().await;
    // The ticket is carried out at the source, and the next reading shows it.
    world.grants.retain(|(person, entitlement, ..)| (*person, *entitlement) != ("p02", "wiki"));
    world.clock.advance(1_000_000);
    world.sync().await;
}

/// Closes the campaign of a told story.
pub async fn closed(world: &World) {
    world.close(world.campaign()).await.expect("closing is confirmed");
    close::finish_due(&world.ctx).await.expect("closed");
}

pub async fn sign_in(world: &World, person: &str, roles: &[Role]) -> Actor {
    // Ids follow time; what comes later has a greater one.
    world.clock.advance(1_000_000);
    let by = SignedIn {
        issuer: "https://idp.example".to_owned(),
        subject: person.to_owned(),
        name: format!("Name of {person}"),
        email: Some(format!("{person}@example.com")),
        roles: roles.iter().copied().collect(),
        zone: None,
        sign_in: review::SignIn::default(),
    };
    signed_in(&world.ctx, &by).await.expect("signed in")
}

/// Decides once more, so that the ledger moves on.
pub async fn goes_on(world: &World, person: &str) -> AttemptId {
    let form: DecideForm = world.form(person, "wiki", Answer::Approve).await;
    decide(&world.ctx, &world.boss, &form).await.expect("an approval");
    form.attempt
}
