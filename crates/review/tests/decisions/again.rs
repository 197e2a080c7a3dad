//! A recommendation can be made again from what was known when it was made, whatever is read, declared or decided later.

use crate::world::{World, each, easy};
use domain::{
    Role, SourceId,
    time::{DAY, MINUTE},
};
use recommend::{Attribute, FactId, Origin, Recommendation};
use review::{
    sources::{self, NewSource, Place},
    sync, view,
};
use std::{fmt::Write as _, fs, path::Path};
use store::decisions::ReviewItem;

/// What the personnel files say of some people: id, last day, last change of job.
type Said<'a> = [(&'a str, &'a str, &'a str)];

fn write(folder: &Path, people: &Said<'_>) {
    let mut text = "person_id,name,email,title,department,manager_id,status,start,end,changed_job_on\n".to_owned();
    for (id, end, changed) in people {
        writeln!(text, "{id},Name of {id},,,,,active,2020-01-01,{end},{changed}").expect("a line");
    }
    let badge = "entitlement_id,name,application,description,sensitivity,owner_id\nbadge,Badge,Doors,,low,\n";
    let mut held = "person_id,entitlement_id,path,granted_on,granted_by\n".to_owned();
    for (id, ..) in people {
        writeln!(held, "{id},badge,direct,2020-01-01,").expect("a line");
    }
    for (file, text) in [("people.csv", text.as_str()), ("entitlements.csv", badge), ("grants.csv", &held)] {
        fs::write(folder.join(file), text).expect("a file");
    }
}

/// A source of personnel files beside the directory, joined with it by employee numbers.
async fn personnel(world: &World, folder: &Path, people: &Said<'_>) -> SourceId {
    declare(
        world,
        r#"{"emergency_entitlements":["glass"],"emergency_reviewers":["boss","deputy"],"person_ids_are_employee_numbers":true}"#,
    )
    .await;
    world.sync().await;
    write(folder, people);
    let new = NewSource {
        name: "Personnel".to_owned(),
        place: Place::Files { folder: folder.to_owned() },
        settings: r#"{"person_ids_are_employee_numbers":true}"#.to_owned(),
        max_age: 7 * DAY,
        read_every: None,
    };
    let source = sources::create(&world.ctx, None, &new).await.expect("a source");
    sync::sync(&world.ctx, None, source).await.expect("a reading");
    source
}

async fn declare(world: &World, settings: &str) {
    let administrator = world.actor("otto", &[Role::Administrator]).await;
    let mut tx = world.ctx.store.read().await.expect("reads");
    let version = tx.source(world.source).await.expect("reads").expect("the source").version;
    drop(tx);
    sources::change_settings(&world.ctx, &administrator, world.source, version, settings, 7 * DAY).await.expect("settings");
}

async fn stored(world: &World, item: &ReviewItem) -> Recommendation {
    let mut tx = world.ctx.store.read().await.expect("reads");
    let row = tx.recommendation(item.recommendation.expect("one")).await.expect("reads").expect("a recommendation");
    Recommendation::from_canonical(&row.body).expect("canonical bytes")
}

#[tokio::test]
async fn what_another_source_says_later_does_not_make_an_earlier_recommendation_look_changed() {
    for mut world in each().await {
        let folder = tempfile::tempdir().expect("a folder");
        let personnel = personnel(&world, folder.path(), &[("p01", "2026-12-31", ""), ("p02", "", "2026-09-01")]).await;
        world.clock.advance(MINUTE);
        world.open(easy()).await;
        let items = world.items().await;
        let of = |person: &str| items.get(&(person.to_owned(), "wiki".to_owned())).expect("an item").clone();
        let leaves = stored(&world, &of("p01")).await.facts;
        let leaves = leaves.get(FactId::LeavesOn).expect("a last day").clone();
        assert_eq!(leaves.origin, Origin::Source(personnel), "the last day is what the other source says");
        // And the page says so: each fact names the source that says it.
        let page = view::item(&world.ctx, &world.boss, of("p01").id).await.expect("their item");
        let said_by = |name: &str| page.facts.iter().find(|fact| fact.name == name).map(|fact| fact.source.clone());
        assert_eq!(said_by("Last day, to come").as_deref(), Some("Personnel"));
        assert_eq!(said_by("Sensitivity").as_deref(), Some("Directory"));

        // The other source is read again, and says something else of both, and something of a third for the first time.
        world.clock.advance(DAY);
        write(folder.path(), &[("p01", "2027-06-30", ""), ("p02", "", "2026-10-15"), ("p03", "2026-11-20", "")]);
        sync::sync(&world.ctx, None, personnel).await.expect("a reading");
        world.assert_all_same(&items).await;

        // Whoever asks anew is told what it says now.
        world.open(easy()).await;
        let now = stored(&world, &world.item("p01", "wiki").await).await;
        assert_ne!(now.facts.get(FactId::LeavesOn).expect("a last day").value, leaves.value);
        assert!(stored(&world, &world.item("p03", "wiki").await).await.facts.get(FactId::LeavesOn).is_some());
        let mut tx = world.ctx.store.read().await.expect("reads");
        let loaded = review::population::load(&mut tx, world.source, 2, world.ctx.env.now()).await.expect("a population");
        let told = loaded.population.people.iter().flat_map(|person| &person.elsewhere);
        assert_eq!(told.filter(|told| told.attribute == Attribute::End).count(), 2);
        drop(tx);
        world.assert_all_same(&items).await;
        world.assert_all_same(&world.items().await).await;
    }
}

#[tokio::test]
async fn what_is_declared_later_does_not_make_an_earlier_recommendation_look_changed() {
    for mut world in each().await {
        world.open(easy()).await;
        let items = world.items().await;
        world.clock.advance(DAY);
        // An emergency account is nobody's peer, so this moves what is said of everybody else.
        let of = r#""emergency_entitlements":["glass","wiki"],"emergency_reviewers":["boss","deputy"]"#;
        declare(&world, &format!(r#"{{{of},"emergency_accounts":["p01","p02"]}}"#)).await;
        world.assert_all_same(&items).await;
        world.clock.advance(DAY);
        let apart = r#""separated_duties":[{"name":"Write and pay","left":["wiki"],"right":["pay"]}]"#;
        declare(&world, &format!("{{{of},{apart}}}")).await;
        world.assert_all_same(&items).await;
    }
}

/// Who granted something is put right in its place, and that says nothing of what was recommended before.
#[tokio::test]
async fn who_granted_it_may_be_put_right_later() {
    for mut world in each().await {
        world.open(easy()).await;
        let items = world.items().await;
        world.clock.advance(DAY);
        for grant in &mut world.grants {
            grant.4 = grant.0;
        }
        assert!(world.sync().await.changes.grants.changed > 0);
        world.assert_all_same(&items).await;
        world.open(easy()).await;
        assert!(stored(&world, &world.item("p01", "wiki").await).await.facts.flag(FactId::SelfGranted));
    }
}
