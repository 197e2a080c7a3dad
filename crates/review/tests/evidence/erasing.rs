//! Erasure and restriction.

use crate::{story, world};
use domain::Role;
use ledger::{Trust, verify_pack};
use review::{Error, audit::audit, erase, export, privacy, sequence, view, view::types::What};

#[tokio::test]
async fn rule_44_an_erased_text_is_gone_and_every_proof_holds() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let campaign = world.campaign();
        let carla = story::sign_in(&world, "p06", &[Role::Compliance]).await;
        let before = export::make(&world.ctx, None, campaign, None).await.expect("a pack");
        export::taken(&world.ctx, &carla, before.id).await.expect("a copy");
        let holder = world.item("p02", "wiki").await.holder;
        assert!(matches!(erase::erase(&world.ctx, &world.olga, world.attempt(), holder.0).await, Err(Error::NotFound)), "an owner may not");
        let attempt = world.attempt();
        let done = erase::erase(&world.ctx, &carla, attempt, holder.0).await.expect("erased");
        assert_eq!((done.texts, done.restricted, done.handed_out.len()), (1, false, 1), "{}", done.sentence);
        assert!(erase::erase(&world.ctx, &carla, attempt, holder.0).await.expect("the same answer").repeated);
        sequence::checkpoint(&world.ctx).await.unwrap();
        let found = audit(&world.ctx).await.unwrap();
        assert!(found.is_whole(), "{:?}", found.differences);
        assert_eq!(found.erased, 1);

        let after = export::make(&world.ctx, None, campaign, None).await.expect("a pack");
        let bytes = std::fs::read(export::folder(&world.ctx).join(&after.file)).unwrap();
        assert!(verify_pack(&bytes, &Trust::Nothing).whole);
        let again = export::make_at(&world.ctx, campaign, before.checkpoint_size).await.expect("the earlier checkpoint");
        let report = verify_pack(&again, &Trust::Nothing);
        assert!(report.whole, "a pack of the earlier checkpoint says that it leaves the text out: {}", report.sentence);
    }
}

#[tokio::test]
async fn rule_44_under_retention_a_request_is_answered_by_restriction() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let carla = story::sign_in(&world, "p06", &[Role::Compliance]).await;
        let mut tx = world.ctx.store.begin().await.unwrap();
        tx.set_setting(erase::RETENTION, "on", world.ctx.env.now(), None).await.unwrap();
        tx.commit().await.unwrap();
        let holder = world.item("p02", "wiki").await.holder;
        let done = erase::erase(&world.ctx, &carla, world.attempt(), holder.0).await.expect("restricted");
        assert_eq!((done.texts, done.restricted), (0, true));
        let made = export::make(&world.ctx, None, world.campaign(), None).await.expect("a pack");
        let bytes = std::fs::read(export::folder(&world.ctx).join(&made.file)).unwrap();
        let report = verify_pack(&bytes, &Trust::Nothing);
        assert!(report.whole, "{}", report.sentence);
        let texts = report.checks.iter().find(|check| check.name == "texts").expect("the check");
        assert!(texts.sentence.contains("restricted"), "{}", texts.sentence);
        let kept = world.ctx.store.read().await.unwrap().texts_about(holder.0, None, 9).await.unwrap();
        assert!(kept.iter().all(|text| text.open.is_some()), "the text is still stored");
    }
}

#[tokio::test]
async fn rule_44_a_restricted_person_is_shown_to_those_who_must_and_to_nobody_else() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let carla = story::sign_in(&world, "p06", &[Role::Compliance]).await;
        let auditor = story::sign_in(&world, "p05", &[Role::Auditor]).await;
        let item = world.item("p02", "wiki").await;
        let holder = item.holder;
        let reviewer = if world.boss.identity == Some(item.reviewer) { world.boss.clone() } else { world.deputy.clone() };
        let notes = |page: &view::types::ItemPage| {
            page.history
                .iter()
                .filter_map(|record| match &record.what {
                    What::Answered { decision, .. } => decision.note.clone(),
                    What::Escalated { note, .. } | What::HandedOver { note, .. } => note.clone(),
                    _ => None,
                })
                .count()
        };
        let before = view::item(&world.ctx, &world.olga, item.id).await.expect("the owner's page");
        assert_eq!((before.person.name.as_str(), notes(&before)), ("Name of p02", 1));

        let done = erase::restrict(&world.ctx, &carla, world.attempt(), holder.0).await.expect("restricted");
        assert!(done.restricted && done.sentence.contains("restricted instead of erased"), "{}", done.sentence);
        let owner = view::item(&world.ctx, &world.olga, item.id).await.expect("the owner's page");
        assert_eq!((owner.person.name.as_str(), owner.person.title.as_deref(), notes(&owner)), (privacy::NAME, None, 0));
        let theirs = view::item(&world.ctx, &reviewer, item.id).await.expect("the reviewer's page");
        assert_eq!(
            (theirs.person.name.as_str(), notes(&theirs)),
            ("Name of p02", 0),
            "who must judge the access sees whose it is, and no texts"
        );
        let history = view::history_of_grant(&world.ctx, &auditor, item.grant, None).await.expect("the auditor's page");
        assert_eq!(history.person, "Name of p02");
        assert!(history.records.iter().any(|r| matches!(&r.what, What::Answered { decision, .. } if decision.note.is_some())
            || matches!(&r.what, What::Escalated { note: Some(_), .. } | What::HandedOver { note: Some(_), .. })));
        let campaign = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("the owner's campaign");
        assert!(!format!("{:?} {:?}", campaign.held, campaign.stuck).contains("Name of p02"));
        let findings = view::findings(&world.ctx, &world.olga, None, None).await.expect("findings");
        assert!(!format!("{findings:?}").contains("Name of p02"));

        let page = view::privacy(&world.ctx, &carla, "p02@example.com", None).await.expect("the officer's page");
        let found = page.found.expect("the person");
        assert_eq!((found.id, found.restricted, found.texts), (holder, true, 1));
        assert_eq!(page.restricted.iter().map(|p| p.id).collect::<Vec<_>>(), [holder], "one line for a person with their accounts");
        for refused in [&world.olga, &world.boss, &auditor] {
            assert!(matches!(view::privacy(&world.ctx, refused, "", None).await, Err(Error::NotFound)));
            assert!(matches!(erase::lift(&world.ctx, refused, world.attempt(), holder.0).await, Err(Error::NotFound)));
            assert!(matches!(erase::set_retention(&world.ctx, refused, world.attempt(), true).await, Err(Error::NotFound)));
        }
        let nobody = view::privacy(&world.ctx, &carla, "nobody@example.com", None).await.expect("a page");
        assert_eq!((nobody.found, nobody.errors[0].field.as_str()), (None, "person"));

        let attempt = world.attempt();
        let lifted = erase::lift(&world.ctx, &carla, attempt, holder.0).await.expect("lifted");
        assert_eq!(erase::lift(&world.ctx, &carla, attempt, holder.0).await.expect("the same answer"), lifted);
        assert!(matches!(erase::lift(&world.ctx, &carla, world.attempt(), holder.0).await, Err(Error::Stale(_))));
        let after = view::item(&world.ctx, &world.olga, item.id).await.expect("the owner's page");
        assert_eq!((&after.person, notes(&after)), (&before.person, 1));
    }
}

#[tokio::test]
async fn rule_44_retention_is_set_by_a_person_and_recorded_and_decides_how_requests_are_answered() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let carla = story::sign_in(&world, "p06", &[Role::Compliance]).await;
        let holder = world.item("p02", "wiki").await.holder;
        let made = export::make(&world.ctx, None, world.campaign(), None).await.expect("a pack");
        export::taken(&world.ctx, &carla, made.id).await.expect("a copy");
        erase::set_retention(&world.ctx, &carla, world.attempt(), true).await.expect("set");
        assert!(erase::erase(&world.ctx, &carla, world.attempt(), holder.0).await.expect("answered").restricted);
        erase::set_retention(&world.ctx, &carla, world.attempt(), false).await.expect("set");
        let done = erase::erase(&world.ctx, &carla, world.attempt(), holder.0).await.expect("answered");
        assert_eq!((done.texts, done.restricted, done.handed_out.len()), (1, false, 1));
        let page = view::privacy(&world.ctx, &carla, &holder.to_string(), None).await.expect("a page");
        let found = page.found.expect("the person");
        assert_eq!((found.texts, found.copies.len(), page.copies.len()), (0, 1, 1), "copies stay listed when the texts are gone");
        assert_eq!(found.copies[0].file, made.file);
        let mut tx = world.ctx.store.read().await.unwrap();
        let entries = tx.entries_of_no_campaign("policy.changed", None, 20).await.unwrap();
        assert_eq!(entries.len(), 2, "both changes are in the ledger");
        drop(tx);
        sequence::checkpoint(&world.ctx).await.unwrap();
        assert!(audit(&world.ctx).await.unwrap().is_whole());
    }
}

/// Rule 35: what sources say of the employment is for figures of fairness alone, and goes with a request to erase.
#[tokio::test]
async fn rule_44_what_sources_say_of_the_employment_is_erased_and_an_unchanged_reading_does_not_bring_it_back() {
    for mut world in world::each().await {
        world.employment.insert("p02", "Contractor,Graz,part_time");
        world.sync().await;
        let carla = story::sign_in(&world, "p06", &[Role::Compliance]).await;
        let holder = world.identity("p02").await;
        let said = async || {
            let mut tx = world.ctx.store.read().await.unwrap();
            let accounts: Vec<_> = tx.accounts_of_person(holder).await.unwrap().into_iter().map(|(account, _)| account).collect();
            tx.count_employment(&accounts).await.unwrap()
        };
        assert!(said().await > 0);
        let page = view::privacy(&world.ctx, &carla, "p02@example.com", None).await.expect("a page");
        assert!(page.found.expect("the person").employment);
        let restricted = erase::restrict(&world.ctx, &carla, world.attempt(), holder.0).await.expect("restricted");
        assert!(restricted.restricted && !restricted.employment && said().await > 0);
        erase::lift(&world.ctx, &carla, world.attempt(), holder.0).await.expect("lifted");

        let done = erase::erase(&world.ctx, &carla, world.attempt(), holder.0).await.expect("erased");
        assert!(done.employment && done.sentence.contains("employment type, site and working time"), "{}", done.sentence);
        assert_eq!(said().await, 0);
        world.sync().await;
        assert_eq!(said().await, 0, "the record has not changed");
        let again = erase::erase(&world.ctx, &carla, world.attempt(), holder.0).await;
        assert!(matches!(again, Err(Error::Refused(_))), "{again:?}");
        sequence::checkpoint(&world.ctx).await.unwrap();
        let found = audit(&world.ctx).await.unwrap();
        assert!(found.is_whole(), "{:?}", found.differences);
    }
}
