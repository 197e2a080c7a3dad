//! Rule 44: where a restricted person appears, and who is told that it is them.

use crate::world::{World, each, easy};
use domain::{Answer, Role};
use review::{
    Actor, Error, Result, erase, explain,
    handover::HandedOver,
    privacy::NAME,
    sync::{self, Begun},
    view::{self, QueueArgs, types::Recommended},
};

async fn restrict(world: &World, person: &str) {
    let officer = world.actor("p06", &[Role::Compliance]).await;
    let person = world.identity(person).await;
    erase::restrict(&world.ctx, &officer, world.attempt(), person.0).await.expect("restricted");
}

/// What is said beside the field that names somebody.
fn said(done: Result<HandedOver>) -> String {
    match done {
        Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.message).collect(),
        other => panic!("not beside the field: {other:?}"),
    }
}

#[tokio::test]
async fn rule_44_a_restricted_reviewer_stays_named_and_nothing_else_is_told_of_them() {
    for mut world in each().await {
        world.open(easy()).await;
        world.people.iter_mut().filter(|of| of.0 == "boss").for_each(|of| of.2 = "leave");
        world.sync().await;
        restrict(&world, "boss").await;
        let line = async |reader: &Actor| {
            let page = view::campaign(&world.ctx, reader, world.campaign(), None).await.expect("the campaign");
            page.reviewers.into_iter().find(|of| of.name == "Name of boss").expect("whom to ask")
        };
        let owners = line(&world.olga).await;
        assert_eq!((owners.line, owners.remarks), (None, vec!["No longer active at the source.".to_owned()]));
        let auditors = line(&world.actor("p05", &[Role::Auditor]).await).await;
        assert_eq!(auditors.line.as_deref(), Some("clerk, Sales"));
        assert_eq!(auditors.remarks, ["No longer active at the source: leave."]);

        // As manager of the holder they are read from somebody else's record; as reviewer they answer for the item.
        let item = world.item("p01", "wiki").await.id;
        let owner = view::item(&world.ctx, &world.olga, item).await.expect("the owner's page");
        assert_eq!((owner.reviewer.as_str(), owner.person.manager.as_deref()), ("Name of boss", Some(NAME)));
        let own = view::item(&world.ctx, &world.boss, item).await.expect("the reviewer's page");
        assert_eq!(own.person.manager.as_deref(), Some("Name of boss"), "nobody's own name is kept from them");
        world.approve(&world.boss, "p01", "wiki").await;
        let owner = view::item(&world.ctx, &world.olga, item).await.expect("the owner's page");
        assert_eq!(owner.decision.expect("an answer").by.as_deref(), Some("Name of boss"), "who answers for it");
    }
}

/// What a platform or a ticket's people say of a removal is in their own words, which may name whom it is about.
#[tokio::test]
async fn rule_44_what_was_said_of_a_removal_is_told_without_a_restricted_name() {
    for mut world in each().await {
        world.open(easy()).await;
        let item = world.revoke(&world.boss, "p03", "auto").await.item;
        let mut tx = world.ctx.store.begin().await.expect("begins");
        let said = "Refused: NAME OF P03 (p03@example.com) is in it by a rule.";
        assert_eq!(
            tx.tamper(&format!("UPDATE orders SET remark = '{said}' WHERE state = 'cannot_be_removed_here'")).await.expect("said"),
            1
        );
        tx.commit().await.expect("commits");
        let told = async |reader: &Actor| {
            let page = view::item(&world.ctx, reader, item).await.expect("the item");
            let mut all = vec![page.order.expect("a removal").remark.expect("a remark")];
            all.extend(page.history.into_iter().filter_map(|record| match record.what {
                view::types::What::Order { detail, .. } => detail,
                _ => None,
            }));
            all
        };
        assert!(told(&world.olga).await.iter().all(|text| text == said), "{:?}", told(&world.olga).await);
        restrict(&world, "p03").await;
        let shown = told(&world.olga).await;
        assert!(
            shown.len() > 1 && shown.iter().all(|text| text == "Refused: Name restricted (Name restricted) is in it by a rule."),
            "{shown:?}"
        );
        let auditor = world.actor("p05", &[Role::Auditor]).await;
        assert!(told(&auditor).await.iter().all(|text| text == said));
    }
}

#[tokio::test]
async fn rule_44_a_restricted_owner_is_proposed_as_whom_to_ask_and_a_restricted_manager_is_not() {
    for mut world in each().await {
        world.open(easy()).await;
        world.actor("otto", &[Role::Owner, Role::Reviewer]).await;
        world.people.iter_mut().filter(|of| of.0 == "p01").for_each(|of| of.1 = "otto");
        world.sync().await;
        let item = world.item("p01", "wiki").await.id;
        let page = async || view::item(&world.ctx, &world.boss, item).await.expect("the reviewer's page");
        let proposed = async || page().await.decide.expect("the form").candidates.into_iter().map(|of| of.name).collect::<Vec<_>>();
        assert_eq!(proposed().await, ["Name of deputy", "Name of olga", "Name of otto"]);
        assert_eq!(page().await.changes, ["The manager changed since this was prepared."]);
        restrict(&world, "deputy").await;
        restrict(&world, "otto").await;
        assert_eq!(proposed().await, ["Name of deputy", "Name of olga"]);
        let shown = page().await;
        assert_eq!((shown.access.owner.as_deref(), shown.person.manager.as_deref()), (Some("Name of deputy"), Some(NAME)));
    }
}

#[tokio::test]
async fn rule_44_what_would_tell_who_a_restricted_holder_is_goes_with_the_name() {
    for mut world in each().await {
        world.open(easy()).await;
        let item = world.item("p01", "pay").await.id;
        world.people.iter_mut().filter(|of| of.0 == "p01").for_each(|of| of.1 = "otto");
        world.sync().await;
        let before = view::item(&world.ctx, &world.olga, item).await.expect("the owner's page");
        assert!(format!("{before:?}").contains("clerk") && !before.changes.is_empty());
        restrict(&world, "p01").await;
        let owner = view::item(&world.ctx, &world.olga, item).await.expect("the owner's page");
        for told in ["clerk", "Name of p01", "Name of otto", "p01@"] {
            assert!(!format!("{owner:?}").contains(told), "{told}: {owner:#?}");
        }
        assert!(owner.changes.is_empty() && owner.peers.is_empty());
        let Recommended::Shown(made) = owner.recommended else { panic!("a recommendation") };
        let apart = explain::explain(&world.ctx, Some(&world.olga), made.id).await.expect("the owner's explanation");
        assert!(!format!("{apart:?}").contains("clerk"));
        let apart = explain::explain(&world.ctx, Some(&world.boss), made.id).await.expect("the reviewer's explanation");
        assert!(format!("{apart:?}").contains("clerk"), "who must judge the access sees whose it is");
    }
}

#[tokio::test]
async fn rule_44_naming_people_in_a_form_tells_nothing_of_those_who_are_restricted() {
    for mut world in each().await {
        world.open(easy()).await;
        let olga = world.olga.clone();
        let before = said(world.hand_over(&olga, "p02", "wiki", "p02@example.com").await);
        assert_eq!(before, "Name of p02 holds this access, and nobody reviews their own. Name somebody else.");
        let before = said(world.hand_over(&olga, "p02", "wiki", "gone").await);
        assert_eq!(before, "The account of Name of gone is disabled, so nobody would answer. Name somebody else.");
        for person in ["p02", "gone", "deputy"] {
            restrict(&world, person).await;
        }
        let holder = said(world.hand_over(&olga, "p02", "wiki", "p02@example.com").await);
        assert_eq!(holder, "The person you named may not answer this item. Name somebody else.");
        let gone = said(world.hand_over(&olga, "p03", "wiki", "gone").await);
        assert_eq!(gone, "The person you named would not answer. Name somebody else.");

        // Whoever can answer is asked all the same, and stands there as reviewer.
        let done = world.hand_over(&olga, "p03", "wiki", "deputy@example.com").await.expect("handed over");
        assert!(done.sentence.starts_with("The person you named is asked now."), "{}", done.sentence);
        let item = view::item(&world.ctx, &olga, done.item).await.expect("the owner's page");
        assert_eq!(item.reviewer, "Name of deputy");

        // With the item goes the name of whose it is.
        let escalated = world.escalate(&world.boss, "p02", "wiki", "deputy").await.expect("escalated");
        let queue = view::queue(&world.ctx, &world.boss, world.campaign(), &QueueArgs::default()).await.expect("the queue");
        let done = queue.just_done.expect("what was just done");
        assert_eq!((done.item, done.answer, done.person.as_str()), (escalated.item, Answer::Escalate, NAME));
    }
}

#[tokio::test]
async fn rule_44_rows_that_could_not_be_taken_are_found_by_their_place_without_the_name() {
    for mut world in each().await {
        restrict(&world, "p03").await;
        let administrator = world.actor("p05", &[Role::Administrator]).await;
        let auditor = world.actor("p05", &[Role::Auditor]).await;
        // Two grants of somebody whom the file of people no longer lists, and as many of somebody else.
        world.people.retain(|of| !["p02", "p03"].contains(&of.0));
        world.write();
        let failed = sync::begin(&world.ctx, &administrator, world.source).await;
        let Err(Error::Source(why)) = failed else { panic!("taken: {:?}", failed.map(|done| matches!(done, Begun::Read(_)))) };
        assert!(why.contains(NAME) && why.contains("p02") && !why.contains("p03"), "{why}");
        let looked = sync::preview(&world.ctx, &administrator, world.source).await.expect("looked at");
        let page = async |reader: &Actor, looked| {
            view::source(&world.ctx, reader, world.source, looked, Vec::new()).await.expect("the source's page")
        };
        let theirs = page(&administrator, Some(view::import(looked))).await;
        let of_readings = theirs.readings.first().expect("the reading").problems.clone();
        let of_preview = theirs.preview.expect("a preview").problems;
        let of_list = view::sources(&world.ctx, &administrator).await.expect("the sources").sources;
        let of_list = of_list.first().and_then(|of| of.newest.clone()).expect("the reading").problems;
        for problems in [of_readings, of_preview, of_list] {
            let masked: Vec<_> = problems.iter().filter(|of| of.message.contains(NAME)).collect();
            assert_eq!(masked.len(), 3, "one for each grant: {problems:#?}");
            assert!(masked.iter().all(|of| of.file == "grants.csv" && of.row.is_some() && of.column.as_deref() == Some("person_id")));
            assert!(problems.iter().any(|of| of.message.contains("p02")) && problems.iter().all(|of| !of.message.contains("p03")));
        }
        let theirs = page(&auditor, None).await;
        assert!(theirs.readings.first().expect("the reading").problems.iter().any(|of| of.message.contains("p03")));
    }
}
