//! Evidence packs from the database.

use crate::{story, world};
use domain::{Role, time::DAY};
use ledger::{
    Trust,
    pack::{container::Container, lines::LineReader},
    verify_pack,
};
use recommend::Cause;
use review::{
    Error, export,
    open::{self, OpenForm, Scope},
    sequence,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[tokio::test]
async fn a_pack_verifies_and_is_the_same_when_made_again() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let campaign = world.campaign();
        let carla = story::sign_in(&world, "p06", &[Role::Compliance]).await;
        let attempt = world.attempt();
        let made = export::make(&world.ctx, Some(&carla), campaign, Some(attempt)).await.expect("a pack");
        let bytes = std::fs::read(export::folder(&world.ctx).join(&made.file)).expect("the file");
        assert_eq!(ledger::sha256_hex(&bytes), made.sha256);
        let report = verify_pack(&bytes, &Trust::fingerprint(&made.fingerprint).expect("a fingerprint"));
        assert!(report.whole, "{}", report.sentence);

        let again = export::make(&world.ctx, Some(&carla), campaign, Some(attempt)).await.expect("the same answer");
        assert!(again.repeated && again.id == made.id, "a repeated form makes no second pack");

        // The campaign goes on, is closed, and another reading changes who has what.
        story::goes_on(&world, "p04").await;
        world.later().await;
        story::closed(&world).await;
        world.grants.retain(|(person, ..)| *person != "p06");
        world.sync().await;
        sequence::checkpoint(&world.ctx).await.expect("a checkpoint");
        let later = export::make_at(&world.ctx, campaign, made.checkpoint_size).await.expect("made again");
        assert!(later == bytes, "the same checkpoint gives the same bytes");

        let last = export::make(&world.ctx, None, campaign, None).await.expect("a pack of the closed campaign");
        assert!(last.checkpoint_size > made.checkpoint_size);
        let bytes = std::fs::read(export::folder(&world.ctx).join(&last.file)).expect("the file");
        let report = verify_pack(&bytes, &Trust::Nothing);
        assert!(report.whole, "{}", report.sentence);
        assert!(report.sentence.contains("signer not established"), "{}", report.sentence);
    }
}

#[tokio::test]
async fn several_campaigns_go_into_one_pack() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        story::closed(&world).await;
        let first = world.campaign();
        let early = sequence::checkpoint(&world.ctx).await.unwrap().unwrap().size;
        world.clock.advance(DAY);
        let second = world.open(world::easy()).await;
        let boss = world.boss.clone();
        world.approve(&boss, "p03", "wiki").await;
        let both = export::Campaigns::of([second, first]).expect("two");
        let carla = story::sign_in(&world, "p06", &[Role::Compliance]).await;
        let attempt = world.attempt();
        let made = export::make(&world.ctx, Some(&carla), both.clone(), Some(attempt)).await.expect("a pack");
        let bytes = std::fs::read(export::folder(&world.ctx).join(&made.file)).expect("the file");
        let report = verify_pack(&bytes, &Trust::fingerprint(&made.fingerprint).expect("a fingerprint"));
        assert!(report.whole, "{:#?}", report.failures().collect::<Vec<_>>());
        let ids = both.ids().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!((report.campaign, &report.campaigns), (None, &ids));

        // What stands in the packs of each stands in this one, under its campaign.
        let mut decisions = 0;
        for campaign in [first, second] {
            let alone = export::make_at(&world.ctx, campaign, made.checkpoint_size).await.expect("a pack of one");
            for table in ["campaign", "items", "population", "sources"] {
                let of_it: Vec<Value> =
                    rows(&bytes, table).into_iter().filter(|row| row["campaign"] == campaign.to_string().as_str()).collect();
                assert_eq!(of_it, rows(&alone, table), "{table}");
                assert!(!of_it.is_empty(), "{table}");
            }
            decisions += rows(&alone, "decisions").len();
            for table in ["decisions", "orders", "proofs-of-removal", "recommendations", "texts"] {
                let whole = rows(&bytes, table);
                assert!(rows(&alone, table).iter().all(|row| whole.contains(row)), "{table}");
            }
        }
        assert_eq!(rows(&bytes, "decisions").len(), decisions, "and no more");

        // One form, one pack; the form does not serve for another.
        let again = export::make(&world.ctx, Some(&carla), both.clone(), Some(attempt)).await.expect("the same answer");
        assert!(again.repeated && again.id == made.id);
        assert!(matches!(export::make(&world.ctx, Some(&carla), first, Some(attempt)).await, Err(Error::Refused(_))));
        world.close(second).await.expect("closed");
        sequence::checkpoint(&world.ctx).await.expect("a checkpoint");
        assert!(
            export::make_at(&world.ctx, both.clone(), made.checkpoint_size).await.unwrap() == bytes,
            "the same checkpoint, the same bytes"
        );
        assert!(matches!(export::make_at(&world.ctx, both.clone(), early).await, Err(Error::NotFound)), "from before the second");
        let mut tx = world.ctx.store.read().await.unwrap();
        for campaign in [first, second] {
            assert_eq!(tx.packs_of(campaign, None, 10).await.unwrap().iter().map(|pack| pack.id).collect::<Vec<_>>(), [made.id]);
        }
        drop(tx);

        // None of them may hide what it recommends while people answer; and some there must be.
        let hidden = world.open_showing(world::easy(), domain::Showing::Hidden).await;
        let with_hidden = export::Campaigns::of([first, hidden]).expect("two");
        assert!(matches!(export::make(&world.ctx, Some(&carla), with_hidden, None).await, Err(Error::Refused(_))));
        assert!(matches!(export::Campaigns::of([]), Err(Error::Invalid(_))));
        let unknown = export::Campaigns::of([first, world.ctx.env.id()]).expect("two");
        assert!(matches!(export::make(&world.ctx, Some(&carla), unknown, None).await, Err(Error::NotFound)));
    }
}

#[tokio::test]
async fn a_pack_at_a_random_checkpoint_is_the_same_again_and_says_what_stood_then() {
    let mut world = world::World::new(store::testing::sqlite().await.unwrap()).await;
    world.open(world::easy()).await;
    let first = sequence::checkpoint(&world.ctx).await.unwrap().unwrap().size;
    let campaign = world.campaign();
    let early = export::make_at(&world.ctx, campaign, first).await.expect("a pack of the opening");
    assert!(verify_pack(&early, &Trust::Nothing).whole);
    story::goes_on(&world, "p01").await;
    sequence::checkpoint(&world.ctx).await.unwrap();
    assert!(export::make_at(&world.ctx, campaign, first).await.unwrap() == early);
    assert!(matches!(export::make_at(&world.ctx, campaign, first + 1_000).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn who_takes_a_copy_is_listed_and_who_may_not_finds_nothing() {
    for mut world in world::each().await {
        story::told(&mut world).await;
        let campaign = world.campaign();
        let made = export::make(&world.ctx, None, campaign, None).await.expect("a pack");
        for refused in [&world.boss, &world.olga, &world.otto] {
            assert!(matches!(export::make(&world.ctx, Some(refused), campaign, None).await, Err(Error::NotFound)));
            assert!(matches!(export::taken(&world.ctx, refused, made.id).await, Err(Error::NotFound)));
        }
        let auditor = story::sign_in(&world, "p05", &[Role::Auditor]).await;
        assert!(matches!(export::make(&world.ctx, Some(&auditor), campaign, None).await, Err(Error::NotFound)), "an auditor makes none");
        let taken = export::taken(&world.ctx, &auditor, made.id).await.expect("a copy");
        assert_eq!(taken.sha256, made.sha256);
        assert!(taken.path.is_file());
        let mut tx = world.ctx.store.read().await.unwrap();
        let copies = tx.pack_copies_of(campaign, None, 10).await.unwrap();
        assert_eq!(copies.iter().map(|copy| (copy.pack, copy.user)).collect::<Vec<_>>(), [(made.id, auditor.user)]);
        assert_eq!(tx.packs_of(campaign, None, 10).await.unwrap().len(), 1);
        assert_eq!(tx.packs(None, 10).await.unwrap().len(), 1);
        drop(tx);
        std::fs::write(&taken.path, b"short").unwrap();
        assert!(matches!(export::taken(&world.ctx, &auditor, made.id).await, Err(Error::Source(_))), "what is not whole is not given away");
    }
}

/// The rows of a table of a pack.
fn rows(pack: &[u8], table: &str) -> Vec<Value> {
    let container = Container::read(pack);
    let member = container.member(&format!("tables/{table}.jsonl.gz")).expect("the table");
    LineReader::new(member.data).unwrap().map(|line| serde_json::from_slice(&line.unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn every_grant_of_the_population_is_asked_about_or_says_why_not_whatever_the_scope() {
    for mut world in world::each().await {
        // Nobody is left to answer: the campaign's owner holds it, and the access's owner provisioned it.
        world.grants.push(("olga", "wiki", "direct", "2024-03-01", "deputy"));
        world.sync().await;
        world.open(world::easy()).await;
        let asked_of = |pack: &[u8]| -> BTreeMap<String, String> {
            let text = |row: &Value, column: &str| row[column].as_str().unwrap().to_owned();
            rows(pack, "population").iter().map(|row| (text(row, "grant"), text(row, "asked"))).collect()
        };
        let made = export::make(&world.ctx, None, world.campaign(), None).await.expect("a pack");
        let whole = asked_of(&std::fs::read(export::folder(&world.ctx).join(&made.file)).unwrap());
        let unanswerable: BTreeSet<&String> = whole.iter().filter(|(_, why)| *why == "nobody_may_answer").map(|(grant, _)| grant).collect();
        assert!(!unanswerable.is_empty() && whole.values().all(|why| why == "asked" || why == "nobody_may_answer"), "{whole:?}");

        // Each cause by itself, so that every grant is in scope exactly once.
        let mut reasons: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for cause in Cause::ALL {
            let form = OpenForm {
                name: format!("Only {}", cause.as_str()),
                sources: [world.source].into(),
                scope: Scope::Causes([*cause].into()),
                due_at: world.ctx.env.now().plus(30 * DAY),
                time_zone: "Europe/Berlin".to_owned(),
                policy: world::easy(),
                showing: domain::Showing::Shown,
            };
            let campaign = match open::open(&world.ctx, &world.olga, world.attempt(), &form).await {
                Ok(campaign) => campaign,
                Err(Error::Refused(_)) => continue,
                Err(error) => unreachable!("{error}"),
            };
            sequence::checkpoint(&world.ctx).await.unwrap();
            let made = export::make(&world.ctx, None, campaign, None).await.expect("a pack");
            let bytes = std::fs::read(export::folder(&world.ctx).join(&made.file)).unwrap();
            assert!(verify_pack(&bytes, &Trust::Nothing).whole);
            for (grant, why) in asked_of(&bytes).into_iter().filter(|(_, why)| why != "out_of_scope") {
                reasons.entry(grant).or_default().push(why);
            }
        }
        for (grant, why) in &reasons {
            assert_eq!(why, &[whole[grant].clone()], "{grant}");
        }
        assert!(reasons.len() > whole.len() / 2, "{} of {} grants were in one of the scopes", reasons.len(), whole.len());
    }
}

#[tokio::test]
async fn a_reason_that_was_changed_makes_no_pack() {
    for sql in [
        "DELETE FROM campaign_left_out",
        "UPDATE campaign_left_out SET reason = 'out_of_scope'",
        "INSERT INTO campaign_left_out (campaign_id, grant_id, reason) SELECT campaign_id, grant_id, 'nobody_may_answer' FROM items WHERE number = 1",
    ] {
        for mut world in world::each().await {
            world.grants.push(("olga", "wiki", "direct", "2024-03-01", "deputy"));
            world.sync().await;
            world.open(world::easy()).await;
            let mut tx = world.ctx.store.begin().await.unwrap();
            assert!(tx.tamper(sql).await.unwrap() > 0, "the attack does something: {sql}");
            tx.commit().await.unwrap();
            let refused = export::make(&world.ctx, None, world.campaign(), None).await.expect_err(sql);
            assert!(matches!(&refused, Error::Refused(sentence) if sentence.contains("got no item")), "{sql}: {refused}");
        }
    }
}
