//! The weekly reconciliation: what is held against what, who sees which part, and that a report is made once and never changes.

use crate::world::{World, each, easy, removing};
use domain::{Answer, Role, Showing, Verdict, time::DAY};
use ledger::{Entry, EventKind};
use review::{
    Actor, Error,
    close::{self, CloseForm},
    jobs::{self, Ran},
    reconcile::{self, Decided, Document, Kind, Made, Source, lines_sha256},
    view,
};
use std::collections::BTreeMap;

fn officer(world: &World) -> Actor {
    Actor { roles: [Role::Compliance].into(), ..world.otto.clone() }
}

/// The report of the week that has just ended.
async fn weekly(world: &World) -> Made {
    world.clock.advance(7 * DAY);
    reconcile::reconcile(&world.ctx, None).await.expect("a report").expect("a new one")
}

fn rows(document: &Document) -> BTreeMap<(Option<Verdict>, Decided, Source), u64> {
    document.campaigns.iter().flat_map(|of| &of.rows).map(|row| ((row.recommended, row.decided, row.source), row.items)).collect()
}

fn by(document: &Document, decided: Decided, source: Source) -> u64 {
    rows(document).iter().filter(|((_, d, s), _)| (*d, *s) == (decided, source)).map(|(_, items)| items).sum()
}

async fn kinds(world: &World, actor: &Actor, made: &Made) -> Vec<(Kind, String)> {
    let page = view::reconciliation(&world.ctx, actor, made.id, None, 0).await.expect("a page");
    page.list.into_iter().map(|line| (line.kind, format!("{} {}", line.person_id.unwrap_or_default(), line.access_id))).collect()
}

async fn told(world: &World) -> Vec<Entry> {
    let mut tx = world.ctx.store.read().await.expect("reads");
    let stored = tx.entries_of_no_campaign(EventKind::ReconciliationMade.as_str(), None, 100).await.expect("entries");
    stored.iter().map(|entry| Entry::parse(&entry.bytes).expect("a canonical entry")).collect()
}

#[tokio::test]
async fn every_item_is_counted_and_what_differs_has_a_line() {
    for mut world in each().await {
        world.open(easy()).await;
        for person in ["p01", "p02", "p03"] {
            world.revoke(&world.boss, person, "wiki").await;
        }
        world.approve(&world.boss, "p04", "wiki").await;
        world.approve(&world.boss, "p06", "wiki").await;
        world.later().await;
        // p01's removal is carried out and comes back; p02's is carried out; p03's is not. What p04 was left is gone.
        world.grants.retain(|grant| !(["p01", "p02", "p04"].contains(&grant.0) && grant.1 == "wiki"));
        world.sync().await;
        world.run().await;
        world.clock.advance(DAY);
        world.grants.push(("p01", "wiki", "direct", "2026-11-03", ""));
        // Nothing explains this one; somebody is named for the other.
        world.grants.push(("p05", "mail", "direct", "", ""));
        world.grants.push(("p05", "crm", "direct", "2026-11-03", "deputy"));
        world.sync().await;
        let made = weekly(&world).await;
        let document = &made.document;

        // Two items ask about what p01 holds: the settled one, and one about its return.
        let items: u64 = rows(document).values().sum();
        assert_eq!(items, world.items().await.len() as u64 + 1, "every item is counted once: {document:#?}");
        assert_eq!(by(document, Decided::Revoke, Source::Returned), 1, "{document:#?}");
        assert_eq!(by(document, Decided::Revoke, Source::Removed), 1);
        assert_eq!(by(document, Decided::Revoke, Source::Outstanding), 1);
        assert_eq!(by(document, Decided::Approve, Source::Gone), 1);
        assert_eq!(by(document, Decided::Approve, Source::Held), 1);

        let found = kinds(&world, &officer(&world), &made).await;
        let expected = [
            (Kind::Returned, "p01 wiki"),
            (Kind::Outstanding, "p03 wiki"),
            (Kind::KeptAndGone, "p04 wiki"),
            (Kind::Unexplained, "p05 mail"),
        ];
        assert_eq!(found, expected.map(|(kind, what)| (kind, what.to_owned())));
        let counted: BTreeMap<&str, u64> =
            document.lines.iter().filter(|(_, lines)| **lines > 0).map(|(kind, lines)| (kind.as_str(), *lines)).collect();
        assert_eq!(counted, BTreeMap::from([("returned", 1), ("outstanding", 1), ("kept_and_gone", 1), ("unexplained", 1)]));

        // A week later what came and went is no news; what stands open still is.
        let next = weekly(&world).await;
        let found = kinds(&world, &officer(&world), &next).await;
        assert_eq!(found.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [Kind::Returned, Kind::Outstanding]);
    }
}

#[tokio::test]
async fn what_the_default_removed_is_told_apart_from_what_people_revoked() {
    for mut world in each().await {
        let campaign = world.open(removing(easy())).await;
        world.revoke(&world.boss, "p01", "wiki").await;
        let preview = close::preview(&world.ctx, &world.olga, campaign).await.expect("a preview");
        let form = CloseForm {
            attempt: world.attempt(),
            campaign,
            expected_version: preview.version,
            preview_digest: preview.digest,
            acknowledge: true,
        };
        close::close(&world.ctx, &world.olga, &form).await.expect("closed");
        world.later().await;
        close::finish_due(&world.ctx).await.expect("finished");
        let made = weekly(&world).await;
        let of = |decided: Decided| rows(&made.document).iter().filter(|((_, d, _), _)| *d == decided).map(|(_, items)| items).sum::<u64>();
        assert_eq!(of(Decided::Revoke), 1);
        assert!(of(Decided::RemoveByDefault) > 5, "{:#?}", made.document);
        // Each removal that is not proven has its line, whoever decided it.
        let open: u64 = rows(&made.document)
            .iter()
            .filter(|((_, _, source), _)| matches!(source, Source::Outstanding | Source::Stuck))
            .map(|(_, items)| items)
            .sum();
        assert_eq!(made.document.lines["outstanding"] + made.document.lines["stuck"], open);
    }
}

#[tokio::test]
async fn each_reader_gets_their_part() {
    for mut world in each().await {
        world.open(easy()).await;
        world.revoke(&world.boss, "p03", "wiki").await;
        world.later().await;
        world.grants.push(("p05", "mail", "direct", "", ""));
        world.sync().await;
        let made = weekly(&world).await;

        let officer = officer(&world);
        let auditor = Actor { roles: [Role::Auditor].into(), ..world.otto.clone() };
        for reader in [&officer, &auditor] {
            assert_eq!(kinds(&world, reader, &made).await.len(), 2);
            let (document, bytes) = reconcile::whole(&world.ctx, reader, made.id).await.expect("the whole");
            assert_eq!(document, made.document);
            assert_eq!(document.to_canonical().expect("canonical"), bytes);
        }
        // The owner of the campaign sees it, and not access that no campaign asked about.
        assert_eq!(kinds(&world, &world.olga, &made).await, [(Kind::Outstanding, "p03 wiki".to_owned())]);
        let page = view::reconciliation(&world.ctx, &world.olga, made.id, None, 0).await.expect("a page");
        assert!(page.part && page.sha256.is_none() && page.report.lines.iter().all(|(kind, _)| *kind != Kind::Unexplained));
        let refused = reconcile::whole(&world.ctx, &world.olga, made.id).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
        // Another owner has no part in it; a reviewer, an administrator none in any.
        let other = Actor { roles: [Role::Owner].into(), ..world.otto.clone() };
        assert_eq!(view::reconciliations(&world.ctx, &other).await.expect("a list").reports, []);
        let administrator = Actor { roles: [Role::Administrator].into(), ..world.otto.clone() };
        for reader in [&other, &world.boss, &administrator] {
            let refused = view::reconciliation(&world.ctx, reader, made.id, None, 0).await;
            assert!(matches!(refused, Err(Error::NotFound)), "{}: {refused:?}", reader.name);
            let refused = view::reconciliation_lines(&world.ctx, reader, made.id, 0).await;
            assert!(matches!(refused, Err(Error::NotFound)), "{}", reader.name);
        }
        for reader in [&world.boss, &administrator] {
            assert!(matches!(view::reconciliations(&world.ctx, reader).await, Err(Error::NotFound)), "{}", reader.name);
        }
    }
}

#[tokio::test]
async fn a_report_is_new_until_it_is_opened() {
    for mut world in each().await {
        world.open(easy()).await;
        world.revoke(&world.boss, "p03", "wiki").await;
        world.later().await;
        let made = weekly(&world).await;
        let news = async |actor: &Actor| view::campaigns(&world.ctx, actor, None).await.expect("a page").report;
        let officer = officer(&world);
        for reader in [&officer, &world.olga] {
            let new = news(reader).await.expect("a new report");
            assert_eq!((new.id, new.lines), (made.id, 1));
            let listed = view::reconciliations(&world.ctx, reader).await.expect("a list").reports;
            assert!(listed[0].unread);
            view::reconciliation(&world.ctx, reader, made.id, None, 0).await.expect("a page");
            assert_eq!(news(reader).await, None);
            assert!(!view::reconciliations(&world.ctx, reader).await.expect("a list").reports[0].unread);
        }
        let other = Actor { roles: [Role::Owner].into(), ..world.boss.clone() };
        assert_eq!(news(&other).await, None, "nothing in it is theirs");
    }
}

#[tokio::test]
async fn a_week_has_one_report_which_stays_as_it_was_made() {
    for mut world in each().await {
        world.open(easy()).await;
        world.revoke(&world.boss, "p03", "wiki").await;
        world.later().await;
        world.clock.advance(7 * DAY);
        let run = async |world: &World| {
            jobs::enqueue_due(&world.ctx).await.expect("enqueues");
            let mut done = 0;
            while let Some(ran) = jobs::run_one(&world.ctx, "w1").await.expect("runs") {
                let Ran::Done(kind) = ran else { panic!("{ran:?}") };
                done += u32::from(kind.as_str() == "reconcile");
            }
            done
        };
        assert_eq!(run(&world).await, 1);
        assert_eq!(run(&world).await, 0);
        assert_eq!(reconcile::reconcile(&world.ctx, None).await.expect("nothing new"), None);
        let officer = officer(&world);
        let listed = view::reconciliations(&world.ctx, &officer).await.expect("a list").reports;
        assert_eq!(listed.len(), 1);
        let (before, bytes) = reconcile::whole(&world.ctx, &officer, listed[0].id).await.expect("the whole");

        world.grants.retain(|grant| (grant.0, grant.1) != ("p03", "wiki"));
        world.sync().await;
        world.run().await;
        assert_eq!(reconcile::whole(&world.ctx, &officer, listed[0].id).await.expect("the whole").1, bytes);
        let entries = told(&world).await;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].data_code("report_sha256"), Some(ledger::sha256_hex(&bytes).as_str()));
        assert_eq!(entries[0].data_code("lines_sha256"), Some(before.lines_sha256.as_str()));
        assert_eq!(entries[0].data_int("outstanding"), Some(1));
        let mut tx = world.ctx.store.read().await.expect("reads");
        let lines = tx.kept_reconciliation_lines(listed[0].id, 0, 100).await.expect("lines");
        drop(tx);
        assert_eq!(lines_sha256(&lines), before.lines_sha256);

        // Somebody asks: about the days since.
        let attempt = world.attempt();
        for _ in 0..2 {
            reconcile::ask(&world.ctx, &officer, attempt).await.expect("asked");
        }
        assert_eq!(run(&world).await, 1);
        let listed = view::reconciliations(&world.ctx, &officer).await.expect("a list").reports;
        assert_eq!(listed.len(), 2);
        assert_eq!((listed[0].from, listed[0].until), (listed[1].until, world.ctx.env.now()));
        let (now, _) = reconcile::whole(&world.ctx, &officer, listed[0].id).await.expect("the whole");
        assert_eq!((by(&now, Decided::Revoke, Source::Removed), by(&before, Decided::Revoke, Source::Outstanding)), (1, 1));
        for reader in [&world.olga, &world.boss] {
            assert!(matches!(reconcile::ask(&world.ctx, reader, world.attempt()).await, Err(Error::NotFound)), "{}", reader.name);
        }
    }
}

#[tokio::test]
async fn weeks_in_which_nothing_ran_are_told_with_the_next_one() {
    for mut world in each().await {
        world.open(easy()).await;
        let first = weekly(&world).await.document;
        let then = weekly(&world).await.document;
        assert_eq!(then.from, first.until);
        // Something comes and nothing explains it, and then nothing runs for two weeks more.
        world.clock.advance(DAY);
        world.grants.push(("p05", "mail", "direct", "", ""));
        world.sync().await;
        world.clock.advance(14 * DAY);
        let late = weekly(&world).await;
        assert_eq!(late.document.from, then.until, "from where the last week's report ended");
        let days = |document: &Document| {
            let [from, until] = [&document.from, &document.until].map(|at| at.parse::<domain::Timestamp>().expect("a moment"));
            until.days_since(from)
        };
        assert_eq!([days(&first), days(&then)], [7, 7]);
        assert!(days(&late.document) >= 21, "{} to {}", late.document.from, late.document.until);
        assert!(kinds(&world, &officer(&world), &late).await.iter().any(|(kind, of)| *kind == Kind::Unexplained && of == "p05 mail"));
    }
}

#[tokio::test]
async fn what_is_hidden_is_left_out_of_the_rows_and_the_lines() {
    for mut world in each().await {
        world.open_showing(easy(), Showing::Hidden).await;
        world.revoke(&world.boss, "p03", "wiki").await;
        world.later().await;
        let made = weekly(&world).await;
        assert!(made.document.campaigns[0].hidden);
        assert!(rows(&made.document).keys().all(|(recommended, _, _)| recommended.is_none()));
        let page = view::reconciliation(&world.ctx, &officer(&world), made.id, None, 0).await.expect("a page");
        assert!(page.list.iter().all(|line| line.recommended.is_none()), "{page:#?}");
        assert_eq!(Answer::Revoke.as_str(), page.list[0].decided.expect("decided").as_str());
    }
}
