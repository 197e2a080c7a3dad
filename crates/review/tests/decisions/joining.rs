//! Rule 34: what is not sure is not joined, and told.

use crate::world::{World, each, easy};
use domain::{Answer, NotJoined, Role, SourceId, Verdict, time::DAY};
use ledger::EventKind;
use review::{
    Error,
    decide::decide,
    export, open, sequence, sod,
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

const RULES: &str = r#"schema = "countersign/duty-rules/1"
name = "Ours"
duty = [{ id = "pay.release", name = "Release payments" }, { id = "site.enter", name = "Enter the vault" }]

[[rule]]
id = "vault-payment"
severity = "critical"
risk = "One person could release a payment and carry it out."
left = { any = ["site.enter"] }
right = { any = ["pay.release"] }
control = [{ id = "weekly", does = "Somebody else reads the list each week." }]
test = [{ holds = ["site.enter", "pay.release"], conflict = true }, { holds = ["site.enter"], conflict = false }]
"#;

const MAP: &str = r#"schema = "countersign/duty-map/1"
[[entitlement]]
source = "Directory"
id = "pay"
duties = ["pay.release"]
[[entitlement]]
source = "Badges"
id = "door"
duties = ["site.enter"]
"#;

/// Rule 34: once an account turns out to be somebody's whom an open campaign asks about, the rules of duties are evaluated
/// anew, the ledger says so, and who was not shown what was found is asked again.
#[tokio::test]
async fn rule_34_joining_evaluates_duties_anew_in_open_campaigns() {
    for mut world in each().await {
        let folder = tempfile::tempdir().expect("a folder");
        let badges = second(&world, folder.path(), &[("b9", "nobody@example.com")]).await;
        let administrator = world.actor(ADMINISTRATORS, &[Role::Administrator]).await;
        sod::set_rules(&world.ctx, &administrator, world.attempt(), 0, RULES).await.expect("rules");
        sod::set_map(&world.ctx, &administrator, world.attempt(), MAP).await.expect("a map");
        let campaign = world.open(easy()).await;
        let item = world.item("p01", "pay").await;
        let before = world.shows(item.id).await;
        let page = async |person: &str| {
            let item = world.item(person, "pay").await;
            view::item(&world.ctx, &world.boss, item.id).await.expect("the item's page")
        };
        assert!(page("p01").await.conflicts.is_empty());
        let other = world.item("p02", "pay").await;
        let untouched = world.shows(other.id).await;

        // The register of badges lists p01 for the first time, with a way into the vault.
        world.clock.advance(DAY);
        write(folder.path(), &[("b1", "p01@example.com"), ("b9", "nobody@example.com")]);
        sync::sync(&world.ctx, None, badges).await.expect("read");
        let shown = page("p01").await;
        assert_eq!(shown.conflicts.len(), 1);
        let told = |changes: &[String]| changes.iter().filter(|change| change.starts_with("That one person has both sides of")).count();
        assert_eq!(told(&shown.changes), 1, "{:?}", shown.changes);
        assert_ne!(world.shows(item.id).await, before);
        assert_eq!(world.shows(other.id).await, untouched, "nobody else's item says anything new");

        // Whoever has the page of before is asked again; and both sides are not approved without a control.
        let form = review::decide::DecideForm { shown: before, ..world.form("p01", "pay", Answer::Approve).await };
        match decide(&world.ctx, &world.boss, &form).await {
            Err(Error::Stale(why)) => assert!(why.contains("both sides of"), "{why}"),
            other => panic!("{other:?}"),
        }
        let form = review::decide::DecideForm { shown: world.shows(item.id).await, ..world.form("p01", "pay", Answer::Approve).await };
        match decide(&world.ctx, &world.boss, &form).await {
            Err(Error::Refused(why)) => assert!(why.contains("leave both sides"), "{why}"),
            other => panic!("{other:?}"),
        }
        // The recommendation stays as it was made, and can be made again byte for byte.
        let auditor = world.actor("deputy", &[Role::Auditor]).await;
        let made = item.recommendation.expect("a recommendation");
        assert!(review::recommendations::recompute(&world.ctx, &auditor, made).await.expect("made again").same());

        // The ledger has it with the campaign, and so has the pack.
        let mut tx = world.ctx.store.read().await.expect("read");
        let mut entries = tx.entries_of_campaign(campaign, None, 10_000).await.expect("entries");
        entries.retain(|stored| stored.kind == EventKind::PeopleJoined.as_str());
        let entry = ledger::Entry::parse(&entries.pop().expect("an entry").bytes).expect("an entry");
        assert!(entries.is_empty(), "once");
        assert_eq!((entry.data_int("people"), entry.data_int("conflicts")), (Some(1), Some(1)));
        drop(tx);
        // Read again, nothing new is joined, and nothing is written about it.
        sync::sync(&world.ctx, None, badges).await.expect("read");
        assert_eq!(page("p01").await.conflicts.len(), 1);
    }
}

/// Rule 34: a join that is not sure carries nothing over, so that it never yields Revoke.
#[tokio::test]
async fn rule_34_an_uncertain_join_never_yields_revoke() {
    for mut world in each().await {
        // Elsewhere this person left long ago: where the join were sure, that would weigh.
        for (id, _, status, end) in &mut world.people {
            if *id == "p02" {
                (*status, *end) = ("left", "2026-01-31");
            }
        }
        world.sync().await;
        let folder = tempfile::tempdir().expect("a folder");
        let people = [("b2", "P02@Example.com"), ("b3", "p02@example.com"), ("b9", "nobody@example.com")];
        let badges = second(&world, folder.path(), &people).await;
        let grants = "person_id,entitlement_id,path\nb2,door,direct\nb3,door,direct\nb9,door,direct\n";
        fs::write(folder.path().join("grants.csv"), grants).expect("a file");
        sync::sync(&world.ctx, None, badges).await.expect("read");
        let form = open::OpenForm {
            name: "Badges".to_owned(),
            sources: [badges].into(),
            scope: open::Scope::All,
            due_at: world.ctx.env.now().plus(30 * DAY),
            time_zone: "Europe/Berlin".to_owned(),
            policy: easy(),
            showing: domain::Showing::Shown,
        };
        let campaign = open::open(&world.ctx, &world.olga, world.attempt(), &form).await.expect("a campaign");
        let items = world.items_of(campaign).await;
        let sure = &items[&("b9".to_owned(), "door".to_owned())];
        for unsure in ["b2", "b3"] {
            let item = &items[&(unsure.to_owned(), "door".to_owned())];
            assert_ne!(item.verdict, Some(Verdict::Revoke), "{unsure}");
            assert_eq!(item.verdict, sure.verdict, "as of somebody whom nobody else knows");
        }
    }
}

/// Rule 34: a pack names people as they were called at opening and as they are called when it is made.
#[tokio::test]
async fn rule_34_packs_show_the_name_at_the_time_and_todays() {
    for mut world in each().await {
        let campaign = world.open(easy()).await;
        world.write();
        let people = world.files.join("people.csv");
        let text = fs::read_to_string(&people).expect("the people").replace("Name of p01,", "Married name of p01,");
        fs::write(&people, text).expect("a file");
        sync::sync(&world.ctx, None, world.source).await.expect("read");
        sequence::run(&world.ctx, "test").await.expect("sequenced");
        let made = export::make(&world.ctx, None, campaign, None).await.expect("a pack");
        let rows = world.pack_rows(&made, "population");
        let named = |person: &str| rows.iter().find(|row| row["account_id_at_source"] == person).expect("a row").clone();
        let (changed, same) = (named("p01"), named("p02"));
        assert_eq!((changed["holder"].as_str(), changed["holder_now"].as_str()), (Some("Name of p01"), Some("Married name of p01")));
        assert_eq!((same["holder"].as_str(), same["holder_now"].as_str()), (Some("Name of p02"), Some("Name of p02")));
    }
}
