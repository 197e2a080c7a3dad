//! Rule 34: what is not sure is not joined, and told.

use crate::world::{World, each};
use domain::{NotJoined, Role, SourceId, time::DAY};
use review::{
    sources::{self, NewSource, Place},
    sync, view,
};
use std::{fmt::Write as _, fs, path::Path};

const ADMINISTRATORS: &str = "p05";

/// A second source that lists these people: id and address.
async fn second(world: &World, folder: &Path, people: &[(&str, &str)]) -> SourceId {
    write(folder, people);
    let new = NewSource {
        name: "Badges".to_owned(),
        place: Place::Files { folder: folder.to_owned() },
        settings: String::new(),
        max_age: 30 * DAY,
        read_every: None,
    };
    let id = sources::create(&world.ctx, None, &new).await.expect("a source");
    sync::sync(&world.ctx, None, id).await.expect("read");
    id
}

fn write(folder: &Path, people: &[(&str, &str)]) {
    let mut text = "person_id,name,email,status\n".to_owned();
    for (id, email) in people {
        writeln!(text, "{id},Name of {id},{email},active").expect("a line");
    }
    fs::write(folder.join("people.csv"), text).expect("a file");
    fs::write(folder.join("entitlements.csv"), "entitlement_id,name\ndoor,Door\n").expect("a file");
    fs::write(folder.join("grants.csv"), format!("person_id,entitlement_id,path\n{},door,direct\n", people[0].0)).expect("a file");
}

#[tokio::test]
async fn accounts_that_may_be_somebodys_are_listed_with_the_reason_until_it_is_gone() {
    for world in each().await {
        let folder = tempfile::tempdir().expect("a folder");
        let badges = second(
            &world,
            folder.path(),
            &[("b1", "p01@example.com"), ("b2", "P02@Example.com"), ("b3", "p02@example.com"), ("b4", "nobody@example.com")],
        )
        .await;
        let administrator = world.actor(ADMINISTRATORS, &[Role::Administrator]).await;
        let page = async || view::source(&world.ctx, &administrator, badges, None, Vec::new()).await.expect("the source's page");
        let told = async || page().await.not_joined.into_iter().map(|of| (of.external, of.why)).collect::<Vec<_>>();
        let named = |id: &str, why: NotJoined| (id.to_owned(), why);
        assert_eq!(told().await, [named("b2", NotJoined::SeveralAccounts), named("b3", NotJoined::SeveralAccounts)]);
        assert_eq!(page().await.not_joined_total, 2);

        // One of them has an address of its own now, and the other still is somebody of its own.
        write(
            folder.path(),
            &[("b1", "p01@example.com"), ("b2", "P02@Example.com"), ("b3", "door@example.com"), ("b4", "nobody@example.com")],
        );
        sync::sync(&world.ctx, None, badges).await.expect("read");
        assert_eq!(told().await, [named("b2", NotJoined::KnownBefore)]);
        // The first source knows of no doubt.
        let first = view::source(&world.ctx, &administrator, world.source, None, Vec::new()).await.expect("the source's page");
        assert_eq!(first.not_joined, []);
    }
}
