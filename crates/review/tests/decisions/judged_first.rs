//! Items that are judged before what is recommended shows (rule 30): what is drawn, what stays out of sight, and which answer
//! measures and teaches.

use crate::{
    shadow::{recommend_otherwise, seen},
    world::{WINDOW, World, each, easy},
};
use domain::{Answer, DecisionOrigin, InView, ItemId, Policy, ReviewState, Role, Showing, Verdict, time::DAY};
use ledger::{
    EventKind, Trust,
    draw::{BY_A_RULE, DRAWN, NOT_DRAWN, is_drawn},
    verify_pack,
};
use recommend::Cause;
use review::{
    Actor, Error,
    decide::{DecideForm, decide},
    explain, export,
    open::{self, OpenForm, Scope},
    view::{
        self, QueueArgs,
        types::{CauseSort, ListedVerdict, Recommended},
    },
};
use std::collections::BTreeSet;
use store::decisions::ReviewItem;

/// How soon access has to be granted again for a Revoke to be reversed.
const WITHIN: i64 = 30 * DAY;

/// Every item is judged first where it can be drawn, so that each test finds its own.
fn all_first() -> Policy {
    Policy { blind_share: 100, ..easy() }
}

async fn opened(policy: Policy) -> Vec<World> {
    let mut worlds = each().await;
    for world in &mut worlds {
        world.open(policy.clone()).await;
    }
    worlds
}

fn count(items: usize) -> i64 {
    i64::try_from(items).expect("few")
}

fn auditor(world: &World) -> Actor {
    Actor { roles: [Role::Auditor].into(), ..world.otto.clone() }
}

async fn recommended(world: &World, reader: &Actor, item: ItemId) -> Recommended {
    view::item(&world.ctx, reader, item).await.expect("a page").recommended
}

/// The word of each item's first entry about the draw.
async fn words(world: &World) -> Vec<(ReviewItem, Option<String>)> {
    let mut all = Vec::new();
    for item in world.items().await.into_values() {
        let entries = world.entries(item.id).await;
        let created = entries.iter().find(|entry| entry.kind == EventKind::ItemCreated).expect("an entry");
        all.push((item, created.data_code("draw").map(str::to_owned)));
    }
    all
}

async fn cause_of(world: &World, item: ItemId) -> Cause {
    let mut tx = world.ctx.store.read().await.expect("reads");
    let (_, body) = tx.recommendation_of_item(item).await.expect("reads").expect("a recommendation");
    recommend::Recommendation::from_canonical(&body).expect("canonical").cause
}

#[tokio::test]
async fn rule_30_the_draw_follows_the_seed_and_the_item_and_nothing_is_drawn_where_a_named_rule_decides() {
    for share in [30, 100] {
        for mut world in each().await {
            let leaver = world.people.iter_mut().find(|person| person.0 == "p06").expect("a person");
            (leaver.2, leaver.3) = ("left", "2026-10-01");
            world.sync().await;
            world.open(Policy { blind_share: share, ..easy() }).await;
            let mut tx = world.ctx.store.read().await.expect("reads");
            let campaign = tx.campaign(world.campaign()).await.expect("reads").expect("a campaign");
            let seed = campaign.draw_seed.expect("a seed");
            let opening = tx.entries_of_campaign(campaign.id, None, 10_000).await.expect("entries");
            drop(tx);
            let opening: Vec<_> = opening.iter().map(|stored| ledger::Entry::parse(&stored.bytes).expect("canonical")).collect();
            let opened = opening.iter().find(|entry| entry.kind == EventKind::CampaignOpened).expect("an entry");
            assert_eq!(
                (opened.data_int("blind_share"), opened.data_code("blind_seed")),
                (Some(i64::from(share)), Some(&*hex::encode(seed)))
            );
            let words = words(&world).await;
            let mut found = BTreeSet::new();
            for (item, word) in &words {
                let expected = if cause_of(&world, item.id).await.is_of_a_rule() {
                    BY_A_RULE
                } else if is_drawn(&seed, share, item.id) {
                    DRAWN
                } else {
                    NOT_DRAWN
                };
                assert_eq!(word.as_deref(), Some(expected), "{item:?}");
                assert_eq!((item.blind, item.showing == InView::AfterAnswer), (expected == DRAWN, expected == DRAWN));
                found.insert(expected);
            }
            assert!(found.contains(BY_A_RULE), "{found:?}: somebody has left");
            // Those to be judged first come first, and stand as if nothing were recommended.
            let place = |(item, _): &(ReviewItem, _)| (!item.blind, item.number);
            let mut by_number: Vec<_> = words.iter().map(place).collect();
            by_number.sort_by_key(|(_, number)| *number);
            assert!(by_number.is_sorted(), "{by_number:?}");
            let mut first: Vec<&ReviewItem> = words.iter().map(|(item, _)| item).filter(|item| item.blind).collect();
            first.sort_by_key(|item| item.number);
            assert!(first.is_sorted_by_key(|item| (item.account, item.entitlement, item.grant)), "what one person holds stands together");
        }
    }
}

#[tokio::test]
async fn rule_30_nothing_is_drawn_where_all_is_hidden_where_the_scope_tells_and_where_the_policy_says_so() {
    for world in each().await {
        let form = |scope, showing, policy| OpenForm {
            name: "Another review".to_owned(),
            sources: [world.source].into(),
            scope,
            due_at: world.ctx.env.now().plus(domain::time::DAY),
            time_zone: "UTC".to_owned(),
            policy,
            showing,
        };
        let causes = Scope::Causes(Cause::ALL.iter().copied().collect());
        for (form, says) in [
            (form(Scope::All, Showing::Hidden, all_first()), "all recommendations are hidden"),
            (form(causes, Showing::Shown, all_first()), "a choice by what is recommended"),
            (form(Scope::All, Showing::Shown, easy()), "blind_share to 0"),
        ] {
            let plan = open::preview(&world.ctx, &world.olga, &form).await.expect("a preview");
            let said = view::open_preview(&plan, &form).judged_first;
            assert!(said.starts_with("Nothing is drawn") && said.contains(says), "{said}");
            let id = open::open(&world.ctx, &world.olga, world.attempt(), &form).await.expect("a campaign");
            assert!(world.items_of(id).await.values().all(|item| !item.blind), "{says}");
            assert_eq!(view::campaign(&world.ctx, &world.olga, id, None).await.expect("a page").judged_first, None);
            let mut tx = world.ctx.store.read().await.expect("reads");
            assert_eq!(tx.campaign(id).await.expect("reads").expect("a campaign").draw_seed, None);
        }
        let form = form(Scope::All, Showing::Shown, all_first());
        let plan = open::preview(&world.ctx, &world.olga, &form).await.expect("a preview");
        let said = view::open_preview(&plan, &form).judged_first;
        let id = open::open(&world.ctx, &world.olga, world.attempt(), &form).await.expect("a campaign");
        let drawn = world.items_of(id).await.values().filter(|item| item.blind).count();
        assert!(said.starts_with(&format!("About {drawn} of {drawn} items are drawn by chance, 100 in 100")), "{said}");
        let line = view::campaign(&world.ctx, &world.olga, id, None).await.expect("a page").judged_first.expect("a line");
        assert_eq!((line.share, line.items, line.open), (100, count(drawn), count(drawn)));
    }
}

/// Whatever had been recommended for items that are to be judged first, every page would be the same, to the last character.
#[tokio::test]
async fn rule_30_nothing_that_anybody_is_shown_tells_what_is_recommended_before_the_answer() {
    for world in opened(all_first()).await {
        world.approve(&world.boss, "p01", "wiki").await;
        world.revoke(&world.boss, "p02", "wiki").await;
        world.escalate(&world.boss, "p03", "wiki", "deputy").await.expect("an escalation");
        world.later().await;
        let unanswered: Vec<ReviewItem> = world.items().await.into_values().filter(|item| item.showing == InView::AfterAnswer).collect();
        assert!(unanswered.len() > 3, "{}", unanswered.len());
        let before = seen(&world).await;
        recommend_otherwise(&world, unanswered).await;
        let after = seen(&world).await;
        for ((name, page), (same, again)) in before.iter().zip(&after) {
            assert_eq!(name, same);
            // Sums over everything that was recommended name no item.
            assert!(page == again || name == "quality", "{}: {name}: {page:#} {again:#}", world.ctx.store.kind());
        }
        // The comparison sees something: of what is answered, it is told.
        recommend_otherwise(&world, [world.item("p01", "wiki").await]).await;
        let told = seen(&world).await;
        let differ: BTreeSet<&str> = after.iter().zip(&told).filter(|(a, b)| a != b).map(|((name, _), _)| name.as_str()).collect();
        assert!(differ.iter().any(|name| name.starts_with("p01 wiki")), "{differ:?}");
        assert!(differ.iter().any(|name| name.starts_with("campaign")), "{differ:?}");
    }
}

#[tokio::test]
async fn rule_30_the_queue_lists_them_together_and_after_the_answer_with_what_was_recommended() {
    for world in opened(all_first()).await {
        let queue = |q: Option<&str>| {
            let args = QueueArgs { q: q.map(str::to_owned), ..QueueArgs::default() };
            let world = &world;
            async move { view::queue(&world.ctx, &world.boss, world.campaign(), &args).await.expect("a queue") }
        };
        let before = queue(None).await;
        let first = before.causes.first().expect("a list");
        let drawn = count(world.items().await.values().filter(|item| item.blind && Some(item.reviewer) == world.boss.identity).count());
        assert_eq!((first.sort, first.key.as_str(), first.open, first.items), (CauseSort::First, "judged-first", drawn, drawn));
        let others: i64 = before.causes.iter().skip(1).map(|cause| cause.items).sum();
        assert_eq!(others + drawn, before.progress.items, "no cause counts them");
        let chosen = before.chosen.expect("the first list");
        assert_eq!(count(chosen.items.len()), drawn);
        assert!(chosen.items.iter().all(|line| line.recommended == ListedVerdict::AfterAnswer && line.judged_first && !line.alarm));
        let found = queue(Some("p01")).await.chosen.expect("what was found");
        assert!(!found.items.is_empty() && found.items.iter().all(|line| line.recommended == ListedVerdict::AfterAnswer));

        world.approve(&world.boss, "p01", "wiki").await;
        let item = world.item("p01", "wiki").await;
        let after = queue(None).await;
        let first = after.causes.first().expect("a list");
        assert_eq!((first.open, first.items), (drawn - 1, drawn), "it stays where it was");
        let chosen = after.chosen.expect("the first list");
        let line = chosen.items.iter().find(|line| line.id == item.id).expect("its line");
        assert!(matches!(line.recommended, ListedVerdict::Shown { .. }) && line.judged_first, "{line:?}");
        // What the person holds is shown as a whole, and what overlaps is advised on, only where all of it is in view.
        let person = view::person(&world.ctx, &world.boss, item.id).await.expect("a page");
        assert_eq!(person.risk, None, "much of a risk is what a recommendation rests on");
    }
}

#[tokio::test]
async fn rule_30_the_first_answer_is_kept_as_given_blind_and_a_change_decides() {
    for world in opened(all_first()).await {
        let item = world.item("p01", "wiki").await;
        assert_eq!(recommended(&world, &world.boss, item.id).await, Recommended::AfterAnswer);
        assert_eq!(recommended(&world, &world.olga, item.id).await, Recommended::AfterAnswer, "to nobody");
        let refused = explain::explain(&world.ctx, Some(&auditor(&world)), item.recommendation.expect("one")).await;
        assert!(matches!(&refused, Err(Error::Refused(line)) if line.contains("judged first")), "{refused:?}");

        world.approve(&world.boss, "p01", "wiki").await;
        assert!(matches!(recommended(&world, &world.boss, item.id).await, Recommended::Shown(_)));
        explain::explain(&world.ctx, Some(&world.boss), item.recommendation.expect("one")).await.expect("an explanation");
        world.revoke(&world.boss, "p01", "wiki").await;
        let page = view::item(&world.ctx, &world.boss, item.id).await.expect("a page");
        let (first, counts) = (page.first_answer.expect("the first"), page.decision.expect("an answer"));
        assert_eq!((first.answer, first.origin), (Answer::Approve, DecisionOrigin::PersonBlind));
        assert_eq!((counts.answer, counts.origin), (Answer::Revoke, DecisionOrigin::Person));
        let entries = world.entries(item.id).await;
        let origins: Vec<_> = entries.iter().filter(|e| e.kind == EventKind::DecisionMade).filter_map(|e| e.data_code("origin")).collect();
        assert_eq!(origins, ["person_blind", "person"], "the ledger says that the first was given without it");

        let lessons = |world: &World| {
            let ctx = world.ctx.clone();
            async move { ctx.store.read().await.expect("reads").teaching_answers(WITHIN, None, 100).await.expect("answers") }
        };
        assert!(lessons(&world).await.is_empty(), "nothing is final");
        world.later().await;
        let taught = lessons(&world).await;
        let [lesson] = &taught[..] else { panic!("{taught:?}") };
        assert_eq!((lesson.item, lesson.answer), (item.id, Answer::Approve), "the first answer teaches");
        let measured = review::quality::measure(&world.ctx, None).await.expect("figures").document.measured;
        let overall = &measured.versions[0].overall;
        assert_eq!((overall.blind.decided(), overall.shown.decided()), (1, 0), "and it measures, once");
        assert_eq!(world.order("p01", "wiki").await.state, domain::OrderState::Ticketed, "the last answer decides");
        world.assert_all_same(&world.items().await).await;
    }
}

#[tokio::test]
async fn rule_30_what_was_seen_stays_seen_after_an_undo_and_what_nobody_answers_again_teaches_nothing() {
    for world in opened(all_first()).await {
        let item = world.item("p01", "wiki").await;
        world.approve(&world.boss, "p01", "wiki").await;
        world.undo(&world.boss, "p01", "wiki").await.expect("taken back");
        assert_eq!(world.item("p01", "wiki").await.state, ReviewState::Undecided);
        assert!(matches!(recommended(&world, &world.boss, item.id).await, Recommended::Shown(_)), "it cannot be unseen");
        world.later().await;
        let blind = |world: &World| {
            let ctx = world.ctx.clone();
            async move { ctx.store.read().await.expect("reads").teaching_answers(WITHIN, None, 100).await.expect("answers") }
        };
        assert!(blind(&world).await.is_empty(), "taken back, and nobody answered since");
        world.revoke(&world.boss, "p01", "wiki").await;
        world.later().await;
        assert_eq!(blind(&world).await.iter().map(|one| one.answer).collect::<Vec<_>>(), [Answer::Approve]);
    }
}

#[tokio::test]
async fn rule_30_passing_the_question_on_shows_nothing_and_whoever_is_asked_next_judges_first() {
    for world in opened(all_first()).await {
        let item = world.item("p01", "wiki").await;
        world.escalate(&world.boss, "p01", "wiki", "deputy").await.expect("an escalation");
        for reader in [&world.boss, &world.deputy] {
            assert_eq!(recommended(&world, reader, item.id).await, Recommended::AfterAnswer, "{}", reader.name);
        }
        world.undo(&world.boss, "p01", "wiki").await.expect("taken back");
        assert_eq!(recommended(&world, &world.boss, item.id).await, Recommended::AfterAnswer);
        world.hand_over(&world.boss, "p01", "wiki", "deputy").await.expect("handed over");
        assert_eq!(recommended(&world, &world.deputy, item.id).await, Recommended::AfterAnswer);
        world.approve(&world.deputy, "p01", "wiki").await;
        let page = view::item(&world.ctx, &world.deputy, item.id).await.expect("a page");
        assert_eq!(page.decision.expect("an answer").origin, DecisionOrigin::PersonBlind);
        assert!(page.first_answer.is_none(), "it is the one that counts");
    }
}

#[tokio::test]
async fn rule_30_who_was_shown_it_elsewhere_does_not_answer_blind() {
    for mut world in each().await {
        let first = world.open(all_first()).await;
        let blind = world.item("p01", "wiki").await;
        let policy = Policy { blind_share: 0, ..easy() };
        world.open(policy).await;
        assert_eq!(world.item("p01", "wiki").await.showing, InView::Shown, "another campaign shows it");
        let items = world.items_of(first).await;
        let item = &items[&("p01".to_owned(), "wiki".to_owned())];
        assert_eq!((item.id, item.showing), (blind.id, InView::AfterAnswer));
        let form = DecideForm {
            attempt: world.attempt(),
            item: item.id,
            expected_version: item.version,
            answer: Answer::Approve,
            why: None,
            note: None,
            to: None,
            shown: None,
        };
        decide(&world.ctx, &world.boss, &form).await.expect("an answer");
        let mut tx = world.ctx.store.read().await.expect("reads");
        let item = tx.review_item(blind.id).await.expect("reads").expect("an item");
        let decision = tx.decision(item.decision.expect("a decision")).await.expect("reads").expect("a decision");
        assert_eq!(decision.origin, DecisionOrigin::Person);
    }
}

#[tokio::test]
async fn rule_30_closing_brings_into_view_what_nobody_answered() {
    for world in opened(all_first()).await {
        let item = world.item("p01", "wiki").await;
        world.close(world.campaign()).await.expect("closed");
        world.clock.advance(WINDOW);
        world.run().await;
        assert!(matches!(recommended(&world, &world.boss, item.id).await, Recommended::Shown(_)), "nobody can answer any more");
        assert_eq!(
            view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page").judged_first.expect("a line").open,
            0
        );
    }
}

#[tokio::test]
async fn rule_30_a_pack_says_what_was_drawn_and_whoever_takes_one_no_longer_answers_blind() {
    for world in opened(Policy { blind_share: 60, ..easy() }).await {
        let made = export::make(&world.ctx, None, world.campaign(), None).await.expect("a pack");
        let bytes = std::fs::read(export::folder(&world.ctx).join(&made.file)).expect("the pack");
        let report = verify_pack(&bytes, &Trust::Nothing);
        let check = report.checks.iter().find(|check| check.name == "draw").expect("it is drawn again");
        let drawn = world.items().await.values().filter(|item| item.blind).count();
        assert!(report.whole && check.sentence.starts_with(&format!("drawn again, {drawn} of ")), "{}", check.sentence);
        let rows = world.pack_rows(&made, "items");
        assert_eq!(rows.iter().filter(|row| row["draw"] == DRAWN).count(), drawn);

        // Of a reviewer who is an auditor as well, what they answer from then on was not given blind.
        let both = Actor { roles: [Role::Auditor, Role::Reviewer].into(), ..world.boss.clone() };
        export::taken(&world.ctx, &both, made.id).await.expect("a copy");
        let found = world.items().await.into_iter().find(|(_, item)| item.blind && Some(item.reviewer) == world.boss.identity);
        let ((person, access), item) = found.expect("an item");
        world.approve(&world.boss, &person, &access).await;
        let mut tx = world.ctx.store.read().await.expect("reads");
        let answered = tx.review_item(item.id).await.expect("reads").expect("an item");
        let decision = tx.decision(answered.decision.expect("a decision")).await.expect("reads").expect("a decision");
        assert_eq!(decision.origin, DecisionOrigin::Person);
        tx.rollback().await.expect("ends");

        // A row that says otherwise than the ledger makes no pack.
        let mut tx = world.ctx.store.begin().await.expect("begins");
        assert!(tx.tamper("UPDATE items SET blind = 1 - blind").await.expect("rows") > 0);
        tx.commit().await.expect("commits");
        let refused = export::make(&world.ctx, None, world.campaign(), None).await;
        assert!(matches!(&refused, Err(Error::Refused(line)) if line.contains("judged first")), "{refused:?}");
    }
}

/// Rules 21 and 30: what comes back is drawn about as everything else, from the campaign's own seed.
#[tokio::test]
async fn rule_30_access_that_came_back_is_drawn_about_as_well() {
    for mut world in opened(all_first()).await {
        world.revoke(&world.boss, "p01", "wiki").await;
        world.later().await;
        world.grants.retain(|line| (line.0, line.1) != ("p01", "wiki"));
        world.sync().await;
        world.grants.push(("p01", "wiki", "direct", "2026-11-03", "deputy"));
        let proofs = world.sync().await.proofs;
        assert_eq!((proofs.returned, proofs.asked_anew), (1, 1));
        let mut tx = world.ctx.store.read().await.expect("reads");
        let finding = tx.open_findings(None, 100).await.expect("findings").into_iter().find_map(|found| found.asked_item).expect("an item");
        let item = tx.review_item(finding).await.expect("reads").expect("an item");
        drop(tx);
        let by_rule = cause_of(&world, item.id).await.is_of_a_rule();
        assert_eq!((item.blind, by_rule), (true, false));
        let made = export::make(&world.ctx, None, world.campaign(), None).await.expect("a pack");
        assert!(world.pack_rows(&made, "items").iter().any(|row| row["item"] == item.id.to_string() && row["draw"] == DRAWN));
    }
}

/// What is recommended does not decide what is drawn: over many campaigns each verdict is drawn about alike.
#[tokio::test]
async fn rule_30_no_verdict_is_drawn_more_than_another() {
    let mut world = World::new(store::testing::sqlite().await.expect("a database")).await;
    let mut counts = std::collections::BTreeMap::<Verdict, (u32, u32)>::new();
    for _ in 0..40 {
        let id = world.open(Policy { blind_share: 50, ..easy() }).await;
        for item in world.items_of(id).await.into_values() {
            if cause_of(&world, item.id).await.is_of_a_rule() {
                continue;
            }
            let of = counts.entry(item.verdict.expect("a verdict")).or_default();
            of.0 += u32::from(item.blind);
            of.1 += 1;
        }
    }
    assert!(counts.len() > 1, "{counts:?}");
    for (verdict, (drawn, of)) in counts {
        // Five standard deviations.
        let (expected, width) = (f64::from(of) / 2.0, 5.0 * (f64::from(of) / 4.0).sqrt());
        assert!((f64::from(drawn) - expected).abs() < width, "{verdict}: {drawn} of {of}");
    }
}
