//! Campaigns of our own over Okta and Microsoft Entra: read over HTTP, decided, removed there, and proven.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod native;
mod people;
mod retold;
mod risks;
mod roles;
mod rules;
mod unread;
mod world;

use domain::{Answer, GrantPath, OrderState, ReviewState, SourceId, time::DAY};
use store::{decisions::ReviewItem, testing};
use world::{Differing, World};

/// Items whose grant a single call ends, and which end nothing else: held directly, and no group.
async fn plain(world: &World, source: SourceId) -> Vec<(String, ReviewItem)> {
    let campaign = world.open(source).await;
    let items = world.items(campaign).await;
    let direct = items.into_iter().filter(|(_, what, path, item)| {
        *path == GrantPath::Direct
            && (what.starts_with("0oa") || what.starts_with("app:"))
            && item.seat == 0
            && item.holder != item.reviewer
    });
    direct.map(|(_, what, _, item)| (what, item)).collect()
}

#[tokio::test]
async fn what_is_revoked_is_removed_on_both_platforms_and_proven_by_a_look() {
    for fresh in testing::each().await.unwrap() {
        let world = World::new(fresh, Differing::default()).await;
        for source in [world.in_okta, world.in_entra] {
            let report = world.read(source).await;
            assert!(report.changes.accounts.total >= 60 && report.changes.grants.total > 100, "{report:?}");
            let items = plain(&world, source).await;
            let (_, revoked) = &items[0];
            let (_, approved) = &items[1];
            let done = world.answer(revoked, Answer::Revoke).await.unwrap();
            assert!(done.sentence.contains("it is looked at again at once"), "{}", done.sentence);
            assert!(!done.on_old_data);
            world.answer(approved, Answer::Approve).await.unwrap();
            world.work().await;
            let order = world.order(revoked.id).await;
            assert_eq!(order.state, OrderState::Proven, "{:?}", order.remark);
            let mut tx = world.ctx.store.read().await.unwrap();
            let proofs = tx.proofs_of(order.id).await.unwrap();
            // The proof names what was looked at, page by page, with its hash (rule 20).
            let pages = proofs[0].pages.clone().unwrap();
            assert!(proofs[0].gone && pages.contains("sha256"), "{proofs:?}");
            assert_eq!(proofs[0].population_hash, ledger::sha256(pages.as_bytes()));
            drop(tx);

            // The next whole reading agrees: the grant is gone, and nothing came back.
            let report = world.read(source).await;
            assert!(report.changes.grants.gone >= 1, "{report:?}");
            assert_eq!(report.proofs.returned, 0);
            assert_eq!(world.order(revoked.id).await.state, OrderState::Proven);
        }
        assert_eq!(world.removed_in_okta().len(), 1, "removed once, and nothing else");
        assert_eq!(world.entra.accepted().len(), 1, "removed once, and nothing else");
    }
}

/// A group is an entitlement of its own on a platform, so that what its membership gives is known, and what of it is held anyway.
#[tokio::test]
async fn what_comes_through_a_group_is_known_to_come_through_its_membership() {
    let world = World::new(testing::sqlite().await.unwrap(), Differing::default()).await;
    world.read(world.in_okta).await;
    let mut tx = world.ctx.store.read().await.unwrap();
    let now = world.ctx.env.now();
    let loaded = review::population::load(&mut tx, world.in_okta, 1, now).await.unwrap();
    let mut through = 0;
    for grant in &loaded.population.grants {
        let named = match &grant.path {
            domain::GrantPath::Group(group) => loaded.entitlements.values().find(|one| one.external_id == *group),
            _ => None,
        };
        assert_eq!(grant.through, named.map(|one| one.id), "{:?}", grant.path);
        through += usize::from(named.is_some());
    }
    assert!(through > 0);
    let judge = recommend::Judge::new(&loaded.population, now, recommend::Weights::default()).unwrap();
    let facts = (0..loaded.population.grants.len()).map(|at| judge.facts(at).unwrap());
    assert!(facts.filter(|facts| facts.get(recommend::FactId::GivenAnyway).is_some()).count() > 0);
}

/// Rule 34: what HR says of somebody in one place holds wherever the employee number shows the same person.
#[tokio::test]
async fn what_one_platform_says_of_a_person_is_known_of_their_account_on_the_other() {
    let world = World::new(testing::sqlite().await.unwrap(), Differing::default()).await;
    world.read(world.in_entra).await;
    let changed = async || {
        let mut tx = world.ctx.store.read().await.unwrap();
        let loaded = review::population::load(&mut tx, world.in_entra, 1, world.ctx.env.now()).await.unwrap();
        let moved = loaded.population.people.into_iter().filter(|person| person.changed_job_on.is_some());
        moved.flat_map(|person| person.elsewhere).filter(|told| told.attribute == recommend::Attribute::ChangedJobOn).collect::<Vec<_>>()
    };
    assert_eq!(changed().await, [], "Entra knows of no change of job");
    world.read(world.in_okta).await;
    let told = changed().await;
    assert!(!told.is_empty() && told.iter().all(|told| told.source == world.in_okta), "{told:?}");
    // Where somebody has a last day, the use that the other platform saw is known too (rule 28).
    let mut tx = world.ctx.store.read().await.unwrap();
    let here = review::population::load(&mut tx, world.in_entra, 1, world.ctx.env.now()).await.unwrap();
    let there = review::population::load(&mut tx, world.in_okta, 1, world.ctx.env.now()).await.unwrap();
    let active: Vec<_> = here.population.people.iter().filter(|person| person.active_elsewhere.is_some()).collect();
    assert!(!active.is_empty() && active.iter().all(|person| person.end.is_some()), "{active:?}");
    for person in active {
        let identity = here.accounts[&person.id].identity;
        let seen = there.population.usage.iter().filter(|used| there.accounts[&used.person].identity == identity);
        assert_eq!(person.active_elsewhere, seen.filter_map(|used| used.usage.last_used).max());
    }
    // And whoever left by that day and still has access here raises the alarm, although nothing here says so.
    let alarms = tx.open_findings(None, 1_000).await.unwrap();
    let alarms: Vec<_> = alarms.iter().filter(|of| of.kind == store::findings::FindingKind::LeaverActive).collect();
    let told_by_okta = alarms.iter().filter(|of| of.source == world.in_entra).filter(|of| here.accounts[&of.account].end.is_none());
    assert!(told_by_okta.count() > 0, "{} alarms", alarms.len());
}

/// Rule 4: what the other platform comes to say of the person weighs, so it is shown, and who was not shown it is asked again.
#[tokio::test]
async fn what_the_other_platform_says_meanwhile_is_shown_before_an_answer_is_taken() {
    let world = World::new(testing::sqlite().await.unwrap(), Differing::default()).await;
    world.read(world.in_entra).await;
    let items = plain(&world, world.in_entra).await;
    let mut before = Vec::new();
    for (_, item) in &items {
        before.push(world.shows(item.id).await);
    }
    world.clock.advance(domain::time::MINUTE);
    world.read(world.in_okta).await;
    let mut tx = world.ctx.store.read().await.unwrap();
    let here = review::population::load(&mut tx, world.in_entra, 1, world.ctx.env.now()).await.unwrap();
    drop(tx);
    let told = |item: &store::decisions::ReviewItem| {
        let person = here.population.people.iter().find(|person| person.id == item.account).unwrap();
        person.elsewhere.clone()
    };
    let (mut asked_again, mut as_before) = (None, None);
    for ((_, item), shown) in items.iter().zip(before) {
        let now = world.shows(item.id).await;
        assert_eq!(now == shown, told(item).is_empty(), "{:?}", told(item));
        if now == shown {
            as_before = Some((item, shown));
        } else if told(item).iter().any(|told| told.attribute == recommend::Attribute::ChangedJobOn) {
            asked_again = Some((item, shown, now));
        }
    }
    let answer = async |item: &store::decisions::ReviewItem, shown| {
        let form = review::decide::DecideForm {
            attempt: world.ctx.env.id(),
            item: item.id,
            expected_version: item.version,
            answer: Answer::Approve,
            why: None,
            note: None,
            to: None,
            shown,
        };
        review::decide::decide(&world.ctx, &world.reviewer(item).await, &form).await
    };
    // Somebody changed jobs, as the other platform knows.
    let (item, shown, now) = asked_again.unwrap();
    let Err(review::Error::Stale(sentence)) = answer(item, shown).await else { unreachable!("it was not shown") };
    assert!(sentence.contains("The last change of job was unknown when this was prepared, and is "), "{sentence}");
    answer(item, now).await.unwrap();
    // Of whom the other platform says nothing new, nobody is asked again; and reading it once more changes nothing.
    let (item, shown) = as_before.unwrap();
    world.read(world.in_okta).await;
    assert_eq!(world.shows(item.id).await, shown);
    answer(item, shown).await.unwrap();
}

/// Neither platform delivers what was decided before: the next campaign knows it all the same.
#[tokio::test]
async fn what_one_campaign_decided_is_known_to_the_next() {
    let world = World::new(testing::sqlite().await.unwrap(), Differing::default()).await;
    for source in [world.in_okta, world.in_entra] {
        world.read(source).await;
        let (_, item) = plain(&world, source).await.swap_remove(0);
        world.answer(&item, Answer::Approve).await.unwrap();
        world.work().await;
        world.clock.advance(DAY);
        let again = plain(&world, source).await;
        let (_, asked) = again.iter().find(|(_, other)| other.grant == item.grant).unwrap();
        let page = review::view::item(&world.ctx, &world.reviewer(asked).await, asked.id).await.unwrap();
        let told = page.facts.iter().find(|fact| fact.name == "Approved before").unwrap();
        assert!(told.value.as_ref().unwrap().ends_with("in a review") && told.source == "earlier answers", "{told:?}");
        let auditor = world::actor(&world.ctx, "auditor", None, &[domain::Role::Auditor]).await;
        for (_, other) in again.iter().take(5) {
            let made = review::recommendations::recompute(&world.ctx, &auditor, other.recommendation.unwrap()).await.unwrap();
            assert!(made.same(), "{made:?}");
        }
    }
}

/// Okta tells since when somebody is a member only as far as its log reaches: any other membership is older than that.
#[tokio::test]
async fn a_membership_that_began_before_the_log_was_held_by_then() {
    let world = World::new(testing::sqlite().await.unwrap(), Differing::default()).await;
    world.read(world.in_okta).await;
    let mut tx = world.ctx.store.read().await.unwrap();
    let grants = tx.grants_at(world.in_okta, 1).await.unwrap();
    let oldest = world.ctx.env.now().plus(-89 * DAY);
    let undated: Vec<_> = grants.iter().filter(|grant| grant.granted_on.is_none()).collect();
    assert!(undated.iter().any(|grant| grant.held_by.is_some_and(|held| held < oldest)));
    assert!(grants.iter().all(|grant| grant.granted_on.is_none() || grant.held_by.is_none()));
}

/// Rule 4: access that went meanwhile is not decided on, although no whole reading has shown it yet.
#[tokio::test]
async fn access_that_is_gone_this_moment_closes_as_no_longer_held() {
    let world = World::new(testing::sqlite().await.unwrap(), Differing::default()).await;
    world.read(world.in_entra).await;
    let items = plain(&world, world.in_entra).await;
    // Two campaigns ask about the same grant; the other one's removal takes it away first.
    let again = plain(&world, world.in_entra).await;
    world.answer(&items[0].1, Answer::Revoke).await.unwrap();
    world.work().await;
    let same = again.iter().find(|(_, item)| item.grant == items[0].1.grant).unwrap();
    let done = world.answer(&same.1, Answer::Approve).await.unwrap();
    assert_eq!((done.state, done.decision), (ReviewState::NoLongerHeld, None));
    assert!(done.sentence.contains("was asked this moment"), "{}", done.sentence);
    // The record names what showed it: the pages of that look, and no reading.
    let mut tx = world.ctx.store.read().await.unwrap();
    let entries = tx.entries_of_item(same.1.id, None, 100).await.unwrap();
    let entry = entries.iter().map(|stored| ledger::Entry::parse(&stored.bytes).unwrap()).next_back().unwrap();
    assert_eq!((entry.kind, entry.data_int("seq")), (ledger::EventKind::ItemNoLongerHeld, None));
    let texts = tx.texts_of_entries(&[entry.id]).await.unwrap();
    let (_, pages) = texts.iter().find(|text| text.field == "pages").and_then(|text| text.open.clone()).unwrap();
    let pages: Vec<connect::Page> = serde_json::from_str(&pages).unwrap();
    assert!(!pages.is_empty() && pages.iter().all(|page| page.bytes > 0), "{pages:?}");
}

/// A worker that died after it took orders, or after the platform removed, leaves nothing undone and does nothing twice.
#[tokio::test]
async fn orders_that_a_dead_worker_took_are_taken_over_and_done_once() {
    let world = World::new(
        testing::sqlite().await.unwrap(),
        Differing { okta: Some(tenant::okta::Misbehaviour::LostAnswer), ..Differing::default() },
    )
    .await;
    world.read(world.in_okta).await;
    let items = plain(&world, world.in_okta).await;
    for (_, item) in &items[..2] {
        world.answer(item, Answer::Revoke).await.unwrap();
    }
    world.clock.advance(domain::time::SECOND);
    let run = review::orders::run(&world.ctx).await.unwrap();
    assert_eq!(run.claimed, 2);
    // The first worker never comes back; its job's lease runs out, and the answer to the first removal is lost on its way.
    world.work().await;
    for (_, item) in &items[..2] {
        assert_eq!(world.order(item.id).await.state, OrderState::Proven);
    }
    assert_eq!(world.removed_in_okta().len(), 2);
}

/// Rule 19: the switch stops what was taken and not sent yet.
#[tokio::test]
async fn the_switch_stops_what_was_not_sent_yet() {
    let world = World::new(testing::sqlite().await.unwrap(), Differing::default()).await;
    world.read(world.in_okta).await;
    let items = plain(&world, world.in_okta).await;
    world.answer(&items[0].1, Answer::Revoke).await.unwrap();
    world.clock.advance(domain::time::SECOND);
    review::orders::run(&world.ctx).await.unwrap();
    let switch = |on| review::orders::SwitchForm { attempt: world.ctx.env.id(), on };
    review::orders::switch(&world.ctx, &world.owner, &switch(false)).await.unwrap();
    world.work().await;
    assert_eq!(world.order(items[0].1.id).await.state, OrderState::Claimed);
    assert_eq!(world.removed_in_okta().len(), 0);
    review::orders::switch(&world.ctx, &world.owner, &switch(true)).await.unwrap();
    world.work().await;
    assert_eq!(world.order(items[0].1.id).await.state, OrderState::Proven);
}

/// Rule 26: a log that may not be read leaves use unknown, and the reading says so.
#[tokio::test]
async fn a_log_that_may_not_be_read_leaves_use_unknown_and_says_so() {
    let world = World::new(
        testing::sqlite().await.unwrap(),
        Differing { okta: Some(tenant::okta::Misbehaviour::LogForbidden), ..Differing::default() },
    )
    .await;
    let report = world.read(world.in_okta).await;
    assert_eq!(report.changes.usage.total, 0);
    assert!(report.changes.grants.total > 100);
    let mut tx = world.ctx.store.read().await.unwrap();
    let reading = tx.readings(world.in_okta, None, 1).await.unwrap().pop().unwrap();
    let told: review::sync::ReadingReport = serde_json::from_str(&reading.report).unwrap();
    assert!(told.unread.iter().any(|part| part.covers == connect::Covers::Usage), "{told:?}");
    drop(tx);

    // A reviewer reads that it was not read, and not that the source keeps none.
    let items = plain(&world, world.in_okta).await;
    let reviewer = world.reviewer(&items[0].1).await;
    let page = review::view::item(&world.ctx, &reviewer, items[0].1.id).await.unwrap();
    assert_eq!(page.usage, review::view::types::UsageView::Unread);
    let mut said = Vec::new();
    for (_, item) in &items {
        let page = review::view::item(&world.ctx, &world.reviewer(item).await, item.id).await.unwrap();
        if let review::view::types::Recommended::Shown(made) = page.recommended {
            said.extend(made.reasons.into_iter().map(|reason| reason.sentence));
        }
    }
    assert!(said.iter().any(|sentence| sentence.contains("record of use could not be read")), "{said:?}");
    assert!(said.iter().all(|sentence| !sentence.contains("keeps no usage")), "{said:?}");
}

/// Rule 20: where nothing may be removed from here, that is said from the moment of decision.
#[tokio::test]
async fn without_an_app_that_removes_it_cannot_be_removed_here() {
    let world = World::new(testing::sqlite().await.unwrap(), Differing { okta_reads_only: true, ..Differing::default() }).await;
    world.read(world.in_okta).await;
    let items = plain(&world, world.in_okta).await;
    let done = world.answer(&items[0].1, Answer::Revoke).await.unwrap();
    assert_eq!(done.order_state, Some(OrderState::CannotBeRemovedHere));
    assert!(done.sentence.contains("No application that may remove access is set up for Okta"), "{}", done.sentence);
}

/// Rule 4: access in a part that later readings could not read is as old as the last reading that could.
#[tokio::test]
async fn rule_04_a_part_that_is_refused_ages_although_the_source_is_read() {
    for fresh in testing::each().await.unwrap() {
        let world = World::new(fresh, Differing::default()).await;
        world.read(world.in_okta).await;
        let read_at = world.ctx.env.now();
        world.okta.misbehave(Some(tenant::okta::Misbehaviour::RolesForbidden));
        // A part that was refused lately is still fresh enough, and nothing is looked at.
        world.clock.advance(DAY);
        world.read(world.in_okta).await;
        let campaign = world.open(world.in_okta).await;
        let items = world.items(campaign).await;
        let mut roles =
            items.iter().filter(|(_, what, _, item)| what.starts_with("role:") && item.holder != item.reviewer && item.seat == 0);
        let (role, later) = (&roles.next().unwrap().3, &roles.next().unwrap().3);
        assert!(!world.answer(role, Answer::Approve).await.unwrap().on_old_data);

        world.clock.advance(7 * DAY);
        world.read(world.in_okta).await;
        let why = match world.answer(later, Answer::Approve).await {
            Err(review::Error::Refused(why)) => why,
            other => panic!("{other:?}"),
        };
        assert!(
            why.contains("later readings could not read that part") && why.contains("The source's page says what Okta refuses"),
            "{why}"
        );
        let reviewer = world.reviewer(later).await;
        let page = review::view::item(&world.ctx, &reviewer, later.id).await.unwrap();
        assert_eq!((page.source.read_at, page.source.old, page.source.unread), (Some(read_at), true, true));
        // Everything else of the source was read this moment.
        let (.., other) = items
            .iter()
            .find(|(_, what, path, item)| {
                what.starts_with("0oa") && *path == GrantPath::Direct && item.holder != item.reviewer && item.seat == 0
            })
            .unwrap();
        let reviewer = world.reviewer(other).await;
        let page = review::view::item(&world.ctx, &reviewer, other.id).await.unwrap();
        assert_eq!((page.source.read_at, page.source.old, page.source.unread), (Some(world.ctx.env.now()), false, false));

        world.okta.misbehave(None);
        world.read(world.in_okta).await;
        assert!(!world.answer(later, Answer::Approve).await.unwrap().on_old_data);
    }
}
