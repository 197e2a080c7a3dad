//! Shadow mode: what is recommended is made, kept, and shown to nobody until the campaign's owner accepts the report about it.

use crate::world::{World, each, easy};
use domain::{
    AttemptId, CampaignState, Confidence, DecisionOrigin, EscalateMeaning, ItemId, ReviewState, Role, Showing, Verdict, time::DAY,
};
use ledger::{Entry, EventKind};
use recommend::{Cause, Recommendation};
use review::{
    Actor, Error, explain, export,
    open::{self, OpenForm, Scope},
    sequence,
    shadow::{self, AcceptForm, Accepted, Apart, Standing},
    shown,
    view::{
        self, QueueArgs,
        types::{ListedVerdict, Recommended, What},
    },
};
use serde_json::Value;
use std::collections::BTreeSet;
use store::decisions::ReviewItem;

async fn hidden() -> Vec<World> {
    let mut worlds = each().await;
    for world in &mut worlds {
        world.open_showing(easy(), Showing::Hidden).await;
    }
    worlds
}

async fn report(world: &World) -> Standing {
    shadow::report(&world.ctx, &world.olga, world.campaign()).await.expect("a report")
}

fn form(world: &World, seen: &Standing) -> AcceptForm {
    AcceptForm {
        attempt: world.attempt(),
        campaign: world.campaign(),
        expected_version: seen.version,
        report_sha256: seen.sha256,
        acknowledge: true,
    }
}

async fn accept(world: &World) -> Accepted {
    let seen = report(world).await;
    shadow::accept(&world.ctx, &world.olga, &form(world, &seen)).await.expect("accepted")
}

async fn campaign_entries(world: &World) -> Vec<Entry> {
    let mut tx = world.ctx.store.read().await.expect("reads");
    let stored = tx.entries_of_campaign(world.campaign(), None, 10_000).await.expect("entries");
    stored.iter().map(|entry| Entry::parse(&entry.bytes).expect("a canonical entry")).collect()
}

fn own_form(world: &World, scope: Scope, showing: Showing) -> OpenForm {
    OpenForm {
        name: "Another review".to_owned(),
        sources: [world.source].into(),
        scope,
        due_at: world.ctx.env.now().plus(30 * DAY),
        time_zone: "Europe/Berlin".to_owned(),
        policy: easy(),
        showing,
    }
}

#[tokio::test]
async fn the_ledger_says_at_opening_whether_recommendations_are_hidden() {
    for mut world in each().await {
        for showing in [Showing::Shown, Showing::Hidden] {
            world.open_showing(easy(), showing).await;
            let entries = campaign_entries(&world).await;
            let opened = entries.iter().find(|entry| entry.kind == EventKind::CampaignOpened).expect("the opening");
            assert_eq!(opened.data_code("recommendations"), Some(showing.as_str()));
            let made = entries.iter().filter(|entry| entry.kind == EventKind::RecommendationMade).count();
            assert_eq!(made, world.items().await.len(), "hidden ones are made like all others");
        }
    }
}

/// The numbers that people see are given in an order that has nothing to do with what is recommended.
#[tokio::test]
async fn no_number_follows_the_recommendations() {
    for world in hidden().await {
        let mut items: Vec<_> = world.items().await.into_values().collect();
        items.sort_by_key(|item| item.number);
        assert!(items.is_sorted_by_key(|item| (item.account, item.entitlement, item.grant, item.seat)));
        assert!(items.iter().map(|item| item.verdict).collect::<BTreeSet<_>>().len() > 1, "different things are recommended");
    }
}

#[tokio::test]
async fn a_choice_by_cause_would_give_them_away_and_is_refused() {
    for world in each().await {
        let by_cause = Scope::Causes([Cause::Unused, Cause::TooLittleKnown].into());
        let refused = open::open(&world.ctx, &world.olga, world.attempt(), &own_form(&world, by_cause, Showing::Hidden)).await;
        let Err(Error::Invalid(errors)) = refused else { panic!("{refused:?}") };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["hidden"]);
        open::open(&world.ctx, &world.olga, world.attempt(), &own_form(&world, Scope::All, Showing::Hidden)).await.expect("opened");
    }
}

/// Everything that anybody is shown of a campaign, as the pages' data, without what is new with each look.
pub async fn seen(world: &World) -> Vec<(String, Value)> {
    let ctx = &world.ctx;
    let auditor = Actor { roles: [Role::Auditor].into(), ..world.otto.clone() };
    let id = world.campaign();
    let mut all = Vec::new();
    let mut see = |what: String, page: Value| all.push((what, without_attempts(page)));
    for reviewer in [&world.boss, &world.deputy] {
        let args = QueueArgs::default();
        let queue = view::queue(ctx, reviewer, id, &args).await.expect("a queue");
        see(format!("queue of {}", reviewer.name), serde_json::to_value(&queue).expect("JSON"));
        let args = QueueArgs { q: Some("p0".to_owned()), ..QueueArgs::default() };
        let found = view::queue(ctx, reviewer, id, &args).await.expect("a search");
        see(format!("search of {}", reviewer.name), serde_json::to_value(&found).expect("JSON"));
        see(
            format!("reviews of {}", reviewer.name),
            serde_json::to_value(view::my_reviews(ctx, reviewer).await.expect("reviews")).expect("JSON"),
        );
    }
    for ((person, access), item) in world.items().await {
        for reader in [&world.boss, &world.deputy, &world.olga, &auditor] {
            match view::item(ctx, reader, item.id).await {
                Ok(page) => see(format!("{person} {access}, as {}", reader.name), serde_json::to_value(&page).expect("JSON")),
                Err(Error::NotFound) => {}
                Err(other) => panic!("{other}"),
            }
        }
        let history = view::history_of_grant(ctx, &auditor, item.grant, None).await.expect("a history");
        see(format!("history of {person} {access}"), serde_json::to_value(&history).expect("JSON"));
    }
    for reader in [&world.olga, &auditor] {
        let campaign = view::campaign(ctx, reader, id, None).await.expect("a page");
        see(format!("campaign, as {}", reader.name), serde_json::to_value(&campaign).expect("JSON"));
    }
    let close = view::close(ctx, &world.olga, id, None, Vec::new()).await.expect("a dry run");
    see("closing".to_owned(), serde_json::to_value(&close).expect("JSON"));
    // What is measured over all campaigns, of this one as of any other.
    review::quality::measure(ctx, None).await.expect("figures");
    let officer = Actor { roles: [Role::Compliance].into(), ..world.otto.clone() };
    let quality = view::quality(ctx, &officer).await.expect("a page");
    see("quality".to_owned(), serde_json::to_value(&quality).expect("JSON"));
    let made = review::reconcile::reconcile(ctx, Some(world.olga.user)).await.expect("a report").expect("a report");
    for reader in [&world.olga, &officer] {
        let report = view::reconciliation(ctx, reader, made.id, None, 0).await.expect("a page");
        let report = serde_json::to_value(report.campaigns.iter().filter(|of| of.id == id).collect::<Vec<_>>()).expect("JSON");
        see(format!("reconciliation, as {}", reader.name), report);
    }
    let figures = view::campaign_figures(ctx, &world.olga, id).await.expect("figures");
    see("figures".to_owned(), Value::String(format!("{figures:?}")));
    all
}

fn without_attempts(mut page: Value) -> Value {
    match &mut page {
        Value::Object(fields) => {
            fields.remove("attempt");
            for value in fields.values_mut() {
                *value = without_attempts(value.take());
            }
        }
        Value::Array(values) => {
            for value in values {
                *value = without_attempts(value.take());
            }
        }
        _ => {}
    }
    page
}

/// Puts another recommendation in the place of each of these, on the same facts: in its row, in the item's place, in the ledger.
pub async fn recommend_otherwise(world: &World, items: impl IntoIterator<Item = ReviewItem>) {
    let sqlite = world.ctx.store.kind() == "SQLite";
    let id = |id: uuid::Uuid| if sqlite { format!("X'{}'", id.simple()) } else { format!("'{id}'") };
    let bytes = |bytes: &[u8]| if sqlite { format!("X'{}'", hex::encode(bytes)) } else { format!("'\\x{}'", hex::encode(bytes)) };
    for item in items {
        let mut tx = world.ctx.store.begin().await.expect("begins");
        let (made_id, body) = tx.recommendation_of_item(item.id).await.expect("reads").expect("a recommendation");
        let mut made = Recommendation::from_canonical(&body).expect("canonical");
        (made.verdict, made.cause, made.meaning) = match made.verdict {
            Verdict::Approve => (Verdict::Revoke, Cause::NeverSeenUsed, None),
            Verdict::Revoke => (Verdict::Escalate, Cause::EvidenceDivided, Some(EscalateMeaning::NeedsYourJudgement)),
            Verdict::Escalate => (Verdict::Approve, Cause::InUse, None),
        };
        made.confidence = Confidence::new(made.confidence.parts() / 2 + 11);
        (made.alarm, made.bulk_allowed, made.rule) = (!made.alarm, !made.bulk_allowed, None);
        (made.score, made.risk) = (-made.score - 1, made.risk + 1);
        made.reasons.clear();
        let verdict = made.verdict;
        let sort = match verdict {
            Verdict::Escalate => 0,
            Verdict::Revoke => 1,
            Verdict::Approve => 2,
        };
        let body = bytes(&made.to_canonical().expect("canonical"));
        tx.tamper(&format!(
            "UPDATE recommendations SET verdict = '{verdict}', meaning = {}, confidence = {}, score = {}, alarm = {}, bulk_allowed = {}, body = {body} WHERE id = {}",
            made.meaning.map_or("NULL".to_owned(), |meaning| format!("'{meaning}'")),
            made.confidence.parts(),
            made.score,
            i64::from(made.alarm),
            i64::from(made.bulk_allowed),
            id(made_id.0),
        ))
        .await
        .expect("a row");
        tx.tamper(&format!(
            "UPDATE items SET cause = '{}', sort = {sort}, risk = {} WHERE id = {}",
            made.cause.as_str(),
            made.risk,
            id(item.id.0)
        ))
        .await
        .expect("a row");
        for stored in tx.entries_of_item(item.id, None, 1_000).await.expect("entries") {
            let entry = Entry::parse(&stored.bytes).expect("canonical");
            let changed = match entry.kind {
                EventKind::RecommendationMade => entry.code("verdict", verdict.as_str()).int("confidence", 1),
                // Whether an answer agrees with it is told as well.
                EventKind::DecisionMade if entry.data_int("agreed").is_some() => {
                    let agreed = entry.data_int("agreed").unwrap_or_default();
                    entry.int("agreed", 1 - agreed)
                }
                _ => continue,
            };
            let changed = bytes(&changed.to_bytes().expect("an entry"));
            tx.tamper(&format!("UPDATE ledger_entries SET bytes = {changed} WHERE id = {}", id(stored.id.0))).await.expect("a row");
        }
        let agreed = "UPDATE decisions SET agreed = CASE WHEN agreed = 1 THEN 0 WHEN agreed = 0 THEN 1 ELSE 1 END WHERE answer IN ('approve', 'revoke')";
        tx.tamper(&format!("{agreed} AND item_id = {}", id(item.id.0))).await.expect("rows");
        tx.commit().await.expect("commits");
    }
    // What a measurement counted once is counted again, and the next one is the newest although the clock stands still.
    let mut tx = world.ctx.store.begin().await.expect("begins");
    tx.tamper("DELETE FROM quality_counted").await.expect("rows");
    tx.tamper("DELETE FROM quality_measurements").await.expect("rows");
    tx.commit().await.expect("commits");
}

/// Whatever had been recommended, every page of a hidden campaign would be the same, to the last character. Where
/// recommendations are shown, the pages differ: so the comparison sees something.
#[tokio::test]
async fn what_is_recommended_changes_nothing_that_anybody_is_shown() {
    for mut world in each().await {
        for showing in [Showing::Hidden, Showing::Shown] {
            world.open_showing(easy(), showing).await;
            world.approve(&world.boss, "p01", "wiki").await;
            world.revoke(&world.boss, "p02", "wiki").await;
            world.revoke(&world.boss, "p06", "solo").await;
            world.escalate(&world.boss, "p03", "wiki", "deputy").await.expect("an escalation");
            // Final answers are measured.
            world.later().await;
            let before = seen(&world).await;
            assert!(before.len() > 60, "{}", before.len());
            recommend_otherwise(&world, world.items().await.into_values()).await;
            let after = seen(&world).await;
            let names = |all: &[(String, Value)]| all.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            assert_eq!(names(&before), names(&after));
            let differ: Vec<&str> = before.iter().zip(&after).filter(|(a, b)| a != b).map(|((name, _), _)| name.as_str()).collect();
            match showing {
                Showing::Hidden => {
                    let first = before.iter().zip(&after).find(|(a, b)| a != b);
                    assert!(differ.is_empty(), "{}: {differ:?}: {first:#?}", world.ctx.store.kind());
                }
                Showing::Shown => {
                    for part in ["queue", "p01 wiki", "history of", "campaign", "quality", "reconciliation"] {
                        assert!(differ.iter().any(|name| name.starts_with(part)), "{part}: {differ:?}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn an_explanation_is_refused_to_everybody_while_it_is_hidden() {
    for world in hidden().await {
        let item = world.item("p01", "wiki").await;
        let id = item.recommendation.expect("a recommendation");
        let auditor = Actor { roles: [Role::Auditor].into(), ..world.otto.clone() };
        let officer = Actor { roles: [Role::Compliance].into(), ..world.otto.clone() };
        for reader in [&world.boss, &world.olga, &auditor, &officer] {
            let refused = explain::explain(&world.ctx, Some(reader), id).await;
            let Err(Error::Refused(line)) = refused else { panic!("{}: {refused:?}", reader.name) };
            assert!(line.contains("hidden") && line.contains("accepts"), "{line}");
        }
        assert!(matches!(explain::explain(&world.ctx, Some(&world.otto), id).await, Err(Error::NotFound)), "no owner of this campaign");
        accept(&world).await;
        assert!(explain::explain(&world.ctx, Some(&world.boss), id).await.expect("an explanation").recomputed.same);
    }
}

#[tokio::test]
async fn rule_30_an_answer_given_while_hidden_is_kept_as_given_blind() {
    for world in hidden().await {
        let answer = world.approve(&world.boss, "p01", "wiki").await;
        let mut tx = world.ctx.store.read().await.expect("reads");
        let decision = tx.decision(answer.decision.expect("a decision")).await.expect("reads").expect("a decision");
        drop(tx);
        assert_eq!((decision.origin, decision.agreed), (DecisionOrigin::PersonBlind, answer.agreed));
        let item = world.item("p01", "wiki").await;
        let entries = world.entries(item.id).await;
        let made = entries.iter().find(|entry| entry.kind == EventKind::DecisionMade).expect("an entry");
        assert_eq!(made.data_code("origin"), Some("person_blind"));
        // Whether it agrees is kept, and nobody is told.
        let page = view::item(&world.ctx, &world.boss, item.id).await.expect("a page");
        assert_eq!((page.decision.expect("an answer").agreed, page.recommended), (None, Recommended::Hidden));
        let before = shown_digest(&world, item.id).await;

        accept(&world).await;
        assert_ne!(shown_digest(&world, item.id).await, before, "what is shown now holds a recommendation");
        let later = world.approve(&world.boss, "p02", "wiki").await;
        let mut tx = world.ctx.store.read().await.expect("reads");
        let decision = tx.decision(later.decision.expect("a decision")).await.expect("reads").expect("a decision");
        assert_eq!(decision.origin, DecisionOrigin::Person);
        drop(tx);
        let page = view::item(&world.ctx, &world.boss, item.id).await.expect("a page");
        assert_eq!(page.decision.expect("an answer").agreed, answer.agreed);
        assert!(matches!(page.recommended, Recommended::Shown(_)));
        let told = page.history.iter().find_map(|record| match &record.what {
            What::Recommended { verdict, .. } => Some(*verdict),
            _ => None,
        });
        assert!(told.expect("a record").is_some());
        let queue = view::queue(&world.ctx, &world.boss, world.campaign(), &QueueArgs::default()).await.expect("a queue");
        assert!(queue.causes.iter().all(|cause| cause.key != "all"));
        let before = QueueArgs { cause: Some("all".to_owned()), ..QueueArgs::default() };
        let from_before = view::queue(&world.ctx, &world.boss, world.campaign(), &before).await.expect("a page of before leads somewhere");
        assert_eq!(from_before.chosen, queue.chosen);
        assert!(queue.chosen.expect("a list").items.iter().all(|line| matches!(line.recommended, ListedVerdict::Shown { .. })));
    }
}

async fn shown_digest(world: &World, item: ItemId) -> [u8; 32] {
    let mut tx = world.ctx.store.read().await.expect("reads");
    shown::of_item(&mut tx, item).await.expect("reads").expect("an item").digest
}

/// A page that was loaded before the report was accepted can still be answered from, and the record says what it showed.
#[tokio::test]
async fn an_answer_from_a_page_of_before_still_counts() {
    for world in hidden().await {
        let item = world.item("p01", "wiki").await;
        let digest = shown_digest(&world, item.id).await;
        shown::shown(&world.ctx, &world.boss, item.id, digest).await.expect("recorded");
        let form = review::decide::DecideForm { shown: Some(digest), ..world.form("p01", "wiki", domain::Answer::Approve).await };
        accept(&world).await;
        let done = review::decide::decide(&world.ctx, &world.boss, &form).await.expect("an answer");
        let mut tx = world.ctx.store.read().await.expect("reads");
        let decision = tx.decision(done.decision.expect("a decision")).await.expect("reads").expect("a decision");
        // The recommendation may have been seen elsewhere since: it must not teach.
        assert_eq!((decision.origin, decision.shown), (DecisionOrigin::Person, Some(digest)));
    }
}

#[tokio::test]
async fn only_the_owner_and_those_who_check_open_the_report_and_only_the_owner_accepts_it() {
    for world in hidden().await {
        let with = |role: Role| Actor { roles: [role].into(), ..world.otto.clone() };
        let seen = report(&world).await;
        for role in [Role::Auditor, Role::Compliance] {
            assert_eq!(shadow::report(&world.ctx, &with(role), world.campaign()).await.expect("a report"), seen);
        }
        for nobody in [&world.boss, &world.otto, &with(Role::Administrator)] {
            assert!(matches!(shadow::report(&world.ctx, nobody, world.campaign()).await, Err(Error::NotFound)), "{}", nobody.name);
        }
        for nobody in [&world.boss, &world.otto, &with(Role::Administrator), &with(Role::Auditor), &with(Role::Compliance)] {
            assert!(matches!(shadow::accept(&world.ctx, nobody, &form(&world, &seen)).await, Err(Error::NotFound)), "{}", nobody.name);
        }
        assert!(report(&world).await.accepted_at.is_none());
    }
}

/// From the report one could read off, answer by answer, what was recommended: who has read it no longer answers blind.
#[tokio::test]
async fn who_has_read_the_report_no_longer_answers_blind() {
    for world in hidden().await {
        let item = world.item("p01", "wiki").await;
        assert_eq!(item.reviewer, world.boss.identity.expect("a person"));
        world.approve(&world.boss, "p01", "wiki").await;
        // The same person as an auditor of the campaign.
        let auditor = Actor { roles: [Role::Auditor].into(), ..world.boss.clone() };
        let before = shadow::report(&world.ctx, &auditor, world.campaign()).await.expect("a report").report;
        world.approve(&world.boss, "p02", "wiki").await;
        let change = world.form("p01", "wiki", domain::Answer::Revoke).await;
        review::decide::decide(&world.ctx, &world.boss, &change).await.expect("changed");
        world.hand_over(&world.boss, "p03", "wiki", "deputy").await.expect("handed over");
        world.approve(&world.deputy, "p03", "wiki").await;
        let after = report(&world).await.report;
        let decided = |report: &shadow::Report| report.compared.overall.tally.decided();
        assert_eq!((decided(&before), before.apart.after_reading), (1, 0));
        assert_eq!((decided(&after), after.apart.after_reading), (1, 2), "the deputy has read nothing");
    }
}

#[tokio::test]
async fn a_campaign_that_hides_nothing_has_no_report() {
    for mut world in each().await {
        world.open(easy()).await;
        assert!(matches!(shadow::report(&world.ctx, &world.olga, world.campaign()).await, Err(Error::NotFound)));
        assert_eq!(view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page").shadow, None);
    }
}

#[tokio::test]
async fn the_report_counts_the_answers_that_count() {
    for world in hidden().await {
        let items = world.items().await.len() as u64;
        assert_eq!(report(&world).await.report.apart, Apart { open: items, ..Apart::default() });
        world.approve(&world.boss, "p01", "wiki").await;
        world.revoke(&world.boss, "p02", "wiki").await;
        world.revoke(&world.boss, "p04", "wiki").await;
        world.undo(&world.boss, "p04", "wiki").await.expect("taken back");
        world.escalate(&world.boss, "p03", "wiki", "deputy").await.expect("an escalation");
        // An answer that replaces another counts once.
        let change = world.form("p01", "wiki", domain::Answer::Revoke).await;
        review::decide::decide(&world.ctx, &world.boss, &change).await.expect("changed");
        let found = report(&world).await;
        let tally = found.report.compared.overall.tally;
        assert_eq!((tally.decided(), tally.removed()), (2, 2));
        assert_eq!((found.report.apart.escalated, found.report.apart.open), (1, items - 3));
        // What cannot be read is counted apart, and the others are compared.
        let whole = world.set_recommendation("p02", "wiki", b"{}").await;
        let damaged = report(&world).await.report;
        assert_eq!((damaged.compared.overall.tally.decided(), damaged.apart.unreadable), (1, 1));
        world.set_recommendation("p02", "wiki", &whole).await;
        let apart = found.report.apart;
        assert_eq!(tally.decided() + apart.open + apart.escalated, found.report.items);
        assert_eq!(found.report.compared.overall.agreement.share, None, "two cases are too few to say");
        assert_eq!(found.report.sources.iter().map(|of| of.name.as_str()).collect::<Vec<_>>(), ["Directory"]);
        assert_eq!(found.report.compared.by_department[0].key.as_deref(), Some("Sales"));
        // By hand: what was recommended for the two, beside what was decided.
        let mut by_hand = (0, 0, 0);
        for item in [world.item("p01", "wiki").await, world.item("p02", "wiki").await] {
            match item.verdict.expect("a verdict") {
                Verdict::Revoke => by_hand.0 += 1,
                Verdict::Approve => by_hand.1 += 1,
                Verdict::Escalate => by_hand.2 += 1,
            }
        }
        assert_eq!((tally.agreed_removed, tally.removed_against, tally.silent_removed), by_hand);
        // The undo window ends, and the report stays: what is current and what is final count alike.
        world.later().await;
        assert_eq!(report(&world).await.sha256, found.sha256);
        assert_eq!(found.sha256, ledger::sha256(&found.bytes));
        world.approve(&world.boss, "p04", "wiki").await;
        assert_ne!(report(&world).await.sha256, found.sha256);
    }
}

#[tokio::test]
async fn accepting_is_bound_to_what_was_seen_done_once_and_in_the_ledger() {
    for world in hidden().await {
        world.approve(&world.boss, "p01", "wiki").await;
        let seen = report(&world).await;
        let stale = form(&world, &seen);
        world.revoke(&world.boss, "p02", "wiki").await;
        assert!(matches!(shadow::accept(&world.ctx, &world.olga, &stale).await, Err(Error::Stale(_))), "somebody answered meanwhile");
        let seen = report(&world).await;
        let wrong = AcceptForm { expected_version: seen.version + 1, ..form(&world, &seen) };
        assert!(matches!(shadow::accept(&world.ctx, &world.olga, &wrong).await, Err(Error::Stale(_))));
        let unread = AcceptForm { acknowledge: false, ..form(&world, &seen) };
        let Err(Error::Invalid(errors)) = shadow::accept(&world.ctx, &world.olga, &unread).await else { panic!("not ticked") };
        assert_eq!(errors.iter().map(|error| error.field.as_str()).collect::<Vec<_>>(), ["acknowledge"]);
        // What was refused changed nothing.
        assert!(report(&world).await.accepted_at.is_none());
        let page = view::item(&world.ctx, &world.boss, world.item("p03", "wiki").await.id).await.expect("a page");
        assert_eq!(page.recommended, Recommended::Hidden);
        let page = view::shadow(&world.ctx, &world.olga, world.campaign(), Some(&stale), Vec::new()).await.expect("a page");
        assert!(page.changed.is_some() && page.accept.is_some_and(|form| form.attempt == stale.attempt && !form.acknowledge));

        let right = form(&world, &seen);
        let done = shadow::accept(&world.ctx, &world.olga, &right).await.expect("accepted");
        let again = shadow::accept(&world.ctx, &world.olga, &right).await.expect("answered again");
        assert!(!done.repeated && again.repeated && done.sentence == again.sentence);
        let another = AcceptForm { attempt: world.ctx.env.id::<AttemptId>(), ..right.clone() };
        assert!(matches!(shadow::accept(&world.ctx, &world.olga, &another).await, Err(Error::Refused(_))));

        let entries = campaign_entries(&world).await;
        let told: Vec<&Entry> = entries.iter().filter(|entry| entry.kind == EventKind::RecommendationsShown).collect();
        assert_eq!(told.len(), 1, "once");
        assert_eq!(told[0].data_code("report_sha256"), Some(hex::encode(seen.sha256).as_str()));
        assert_eq!((told[0].data_int("decided"), told[0].data_int("campaign_version")), (Some(2), Some(seen.version + 1)));

        // What comes later does not change what was accepted.
        world.approve(&world.boss, "p03", "wiki").await;
        let kept = report(&world).await;
        assert_eq!((&kept.report, &kept.bytes, kept.sha256), (&seen.report, &seen.bytes, seen.sha256));
        assert!(kept.accepted_at.is_some() && kept.version == seen.version + 1);
        let page = view::shadow(&world.ctx, &world.olga, world.campaign(), None, Vec::new()).await.expect("a page");
        assert!(page.accept.is_none() && page.accepted_at.is_some());
        let page = view::campaign(&world.ctx, &world.olga, world.campaign(), None).await.expect("a page");
        assert!(!page.matrix.is_empty() && page.shadow.expect("a line").accepted_at.is_some());
    }
}

#[tokio::test]
async fn a_changed_report_is_found_and_not_shown() {
    for world in hidden().await {
        accept(&world).await;
        let mut tx = world.ctx.store.begin().await.expect("begins");
        tx.tamper("UPDATE shadow_reports SET body = replace(body, '\"fewest\":50', '\"fewest\":51')").await.expect("a row");
        tx.commit().await.expect("commits");
        let found = shadow::report(&world.ctx, &world.olga, world.campaign()).await;
        assert!(matches!(found, Err(Error::Inconsistent(_))), "{found:?}");
    }
}

#[tokio::test]
async fn a_pack_waits_while_people_answer_and_says_afterwards_that_it_was_hidden() {
    for world in hidden().await {
        world.approve(&world.boss, "p01", "wiki").await;
        sequence::run(&world.ctx, "test").await.expect("sequenced");
        let refused = export::make(&world.ctx, None, world.campaign(), None).await;
        let Err(Error::Refused(line)) = refused else { panic!("{refused:?}") };
        assert!(line.contains("No pack was made") && line.contains("closed"), "{line}");

        let seen = report(&world).await;
        accept(&world).await;
        world.revoke(&world.boss, "p02", "wiki").await;
        sequence::run(&world.ctx, "test").await.expect("sequenced");
        let made = export::make(&world.ctx, None, world.campaign(), None).await.expect("a pack");
        let rows = world.pack_rows(&made, "campaign");
        assert_eq!(rows[0]["recommendations_at_opening"], "hidden");
        assert!(rows[0]["recommendations_shown_at"].is_i64());
        assert_eq!(rows[0]["shadow_report"].as_str().map(str::as_bytes), Some(seen.bytes.as_slice()));
        let origins: Vec<_> =
            world.pack_rows(&made, "decisions").iter().map(|row| row["origin"].as_str().unwrap_or_default().to_owned()).collect();
        assert_eq!(origins.iter().filter(|origin| *origin == "person_blind").count(), 1);
        assert_eq!(origins.iter().filter(|origin| *origin == "person").count(), 1);
        assert_eq!(world.pack_rows(&made, "recommendations").len(), world.items().await.len());
    }
}

/// Closed without acceptance: nobody can answer any more, so a pack may say what was recommended; pages still do not.
#[tokio::test]
async fn a_closed_campaign_stays_hidden_until_its_report_is_accepted() {
    for world in hidden().await {
        world.approve(&world.boss, "p01", "wiki").await;
        let closed = world.close(world.campaign()).await.expect("closed");
        assert_eq!(closed.state, CampaignState::Closed);
        let item = world.item("p01", "wiki").await;
        assert_eq!(item.state, ReviewState::Decided);
        let page = view::item(&world.ctx, &world.olga, item.id).await.expect("a page");
        assert_eq!(page.recommended, Recommended::Hidden);
        sequence::run(&world.ctx, "test").await.expect("sequenced");
        let made = export::make(&world.ctx, None, world.campaign(), None).await.expect("a pack");
        let rows = world.pack_rows(&made, "campaign");
        assert_eq!((&rows[0]["recommendations_at_opening"], &rows[0]["recommendations_shown_at"]), (&"hidden".into(), &Value::Null));
        let found = report(&world).await;
        assert_eq!((found.report.compared.overall.tally.decided(), found.report.apart.open), (1, 0));
        assert!(found.report.apart.unanswered > 0);
        accept(&world).await;
        let page = view::item(&world.ctx, &world.olga, item.id).await.expect("a page");
        assert!(matches!(page.recommended, Recommended::Shown(_)));
    }
}
