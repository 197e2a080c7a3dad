//! A recommendation is taken apart and made again, and one changed byte is found and named.

use crate::house::{House, NOW};
use domain::{ItemId, Policy, RecommendationId, Role, time::DAY};
use review::{
    Actor, Error,
    explain::{Explanation, Outcome, explain, text},
    open::{self, OpenForm, Scope},
    recommendations, sync, view,
};
use store::{campaigns::StoredRecommendation, decisions::ReviewItem};

async fn opened(fresh: store::testing::Fresh, seed: u64) -> (House, Actor, Vec<ReviewItem>) {
    let house = House::new(fresh, 80, seed).await;
    sync::sync(&house.ctx, None, house.source).await.unwrap();
    let owner = house.owner().await;
    let form = OpenForm {
        name: "Q4 access".to_owned(),
        sources: [house.source].into(),
        scope: Scope::All,
        due_at: NOW.plus(21 * DAY),
        time_zone: "Europe/Zurich".to_owned(),
        policy: Policy::default(),
        showing: domain::Showing::Shown,
    };
    let campaign = open::open(&house.ctx, &owner, house.ctx.env.id(), &form).await.unwrap();
    let mut tx = house.ctx.store.read().await.unwrap();
    let items = tx.review_items_in_state(campaign, domain::ReviewState::Undecided, 0, 1_000).await.unwrap();
    drop(tx);
    (house, owner, items)
}

async fn explained(house: &House, id: RecommendationId) -> Explanation {
    explain(&house.ctx, None, id).await.unwrap()
}

async fn stored(house: &House, id: RecommendationId) -> StoredRecommendation {
    let mut tx = house.ctx.store.read().await.unwrap();
    tx.recommendation(id).await.unwrap().unwrap()
}

/// Bytes as the database at hand writes them.
fn blob(house: &House, bytes: &[u8]) -> String {
    if house.ctx.store.kind() == "SQLite" { format!("X'{}'", hex::encode(bytes)) } else { format!("'\\x{}'::bytea", hex::encode(bytes)) }
}

fn id_of(house: &House, id: impl Into<uuid::Uuid>) -> String {
    let id: uuid::Uuid = id.into();
    if house.ctx.store.kind() == "SQLite" { blob(house, id.as_bytes()) } else { format!("'{id}'::uuid") }
}

async fn tamper(house: &House, sql: &str) {
    let mut tx = house.ctx.store.begin().await.unwrap();
    assert!(tx.tamper(sql).await.unwrap() > 0, "the attack does something: {sql}");
    tx.commit().await.unwrap();
}

/// Puts other bytes in the place of what is recommended.
pub(crate) async fn set_body(house: &House, id: RecommendationId, body: &[u8]) {
    let sql = format!("UPDATE recommendations SET body = {} WHERE id = {}", blob(house, body), id_of(house, id.0));
    tamper(house, &sql).await;
}

#[tokio::test]
async fn every_recommendation_is_made_again_byte_for_byte_and_its_terms_sum_to_the_score() {
    for fresh in store::testing::each().await.unwrap() {
        let (house, _, items) = opened(fresh, 31).await;
        let (mut ruled, mut weighed) = (0, 0);
        for item in items.iter().step_by(9) {
            let made = explained(&house, item.recommendation.unwrap()).await;
            assert!(made.recomputed.same, "{:?}", made.recomputed);
            assert_eq!(made.item, item.id);
            let (input, steps, result) = (made.input.unwrap(), made.steps.unwrap(), made.result.unwrap());
            assert!(!input.facts.is_empty() && input.facts.iter().all(|fact| fact.read_at.ends_with('Z')));
            assert_eq!(steps.score.sum, i64::from(result.score));
            assert_eq!(steps.score.terms.iter().map(|term| i64::from(term.weight)).sum::<i64>(), steps.score.sum);
            assert!(steps.score.terms.iter().all(|term| !term.says.is_empty()));
            assert_eq!(steps.rules.iter().find(|rule| rule.applied).map(|rule| rule.rule), result.rule);
            if let Some(weighing) = steps.weighing {
                assert_eq!(weighing.abstained, result.verdict == domain::Verdict::Escalate);
                weighed += 1;
            } else {
                assert!(result.rule.is_some());
                ruled += 1;
            }
        }
        assert!(ruled > 0 && weighed > 0, "both kinds were looked at: {ruled} by rule, {weighed} by weighing");
    }
}

#[tokio::test]
async fn one_changed_byte_of_what_is_stored_is_found_wherever_it_stands() {
    for fresh in store::testing::each().await.unwrap() {
        let (house, _, items) = opened(fresh, 32).await;
        let id = items[items.len() / 2].recommendation.unwrap();
        let whole = stored(&house, id).await.body;
        let step = if house.ctx.store.kind() == "SQLite" { 11 } else { 97 };
        for at in (0..whole.len()).step_by(step) {
            let mut body = whole.clone();
            body[at] ^= 1;
            set_body(&house, id, &body).await;
            let found = explained(&house, id).await;
            assert!(!found.recomputed.same, "byte {at} of {} was changed and not found", whole.len());
            let first = &found.recomputed.differences[0];
            assert!(!first.field.is_empty() && found.recomputed.says.contains(&first.field), "{:?}", found.recomputed);
        }
        set_body(&house, id, &whole).await;
        assert!(explained(&house, id).await.recomputed.same, "put back, it is the same again");
    }
}

#[tokio::test]
async fn the_field_that_differs_is_named() {
    for fresh in store::testing::each().await.unwrap() {
        let (house, _, items) = opened(fresh, 33).await;
        let item = items.iter().find(|item| item.verdict == Some(domain::Verdict::Revoke)).unwrap();
        let id = item.recommendation.unwrap();
        let (whole, row) = (stored(&house, id).await.body, id_of(&house, id.0));
        let fields = |found: &Explanation| found.recomputed.differences.iter().map(|one| one.field.clone()).collect::<Vec<_>>();

        // Another verdict in the bytes, all else as it was.
        let forged = String::from_utf8(whole.clone()).unwrap().replace("\"verdict\":\"revoke\"", "\"verdict\":\"approve\"");
        set_body(&house, id, forged.as_bytes()).await;
        let found = explained(&house, id).await;
        assert!(fields(&found).contains(&"verdict".to_owned()), "{:?}", found.recomputed);
        assert!(text(&found).contains("DIFFERENT: What is stored is not what was recommended."), "{}", text(&found));
        set_body(&house, id, &whole).await;

        // A column beside the bytes.
        tamper(&house, &format!("UPDATE recommendations SET verdict = 'approve' WHERE id = {row}")).await;
        assert_eq!(fields(&explained(&house, id).await), ["verdict"]);
        tamper(&house, &format!("UPDATE recommendations SET verdict = 'revoke' WHERE id = {row}")).await;

        // What the queue is ordered by.
        tamper(&house, &format!("UPDATE items SET risk = risk + 1 WHERE id = {}", id_of(&house, item.id.0))).await;
        assert_eq!(fields(&explained(&house, id).await), ["item.risk"]);
        tamper(&house, &format!("UPDATE items SET risk = risk - 1 WHERE id = {}", id_of(&house, item.id.0))).await;

        // A recommendation that hangs together in itself, put in the place of another: only the ledger knows.
        let other = items.iter().find(|other| other.verdict == Some(domain::Verdict::Approve)).unwrap().recommendation.unwrap();
        let (other_row, other_id) = (stored(&house, other).await, id_of(&house, other.0));
        let sql = format!(
            "UPDATE recommendations SET (verdict, meaning, confidence, score, alarm, bulk_allowed, input_hash, body) = \
             (SELECT verdict, meaning, confidence, score, alarm, bulk_allowed, input_hash, body FROM recommendations WHERE id = {other_id}) WHERE id = {row}"
        );
        tamper(&house, &sql).await;
        let found = explained(&house, id).await;
        assert!(
            fields(&found).contains(&"ledger.body_sha256".to_owned()) && fields(&found).contains(&"item.grant".to_owned()),
            "{found:?}"
        );
        assert_eq!(found.result.as_ref().unwrap().verdict.as_str(), other_row.verdict);
    }
}

#[tokio::test]
async fn changed_or_missing_weights_are_found() {
    for fresh in store::testing::each().await.unwrap() {
        let (house, _, items) = opened(fresh, 34).await;
        let id = items[0].recommendation.unwrap();
        let mut tx = house.ctx.store.read().await.unwrap();
        let kept = tx.weights(&stored(&house, id).await.weights_sha256).await.unwrap().unwrap();
        drop(tx);
        let heavier = String::from_utf8(kept.body.clone()).unwrap().replace("\"peers_most\":1600", "\"peers_most\":1601");
        assert_ne!(heavier.as_bytes(), kept.body, "the weight is there to be changed");
        tamper(&house, &format!("UPDATE recommendation_weights SET body = {}", blob(&house, heavier.as_bytes()))).await;
        let found = explained(&house, id).await;
        let fields: Vec<&str> = found.recomputed.differences.iter().map(|one| one.field.as_str()).collect();
        assert!(fields.contains(&"weights") && fields.contains(&"input_hash"), "{fields:?}");
    }
}

#[tokio::test]
async fn only_those_who_may_read_the_item_see_its_explanation() {
    for fresh in store::testing::each().await.unwrap() {
        let (house, owner, items) = opened(fresh, 35).await;
        let cast: Vec<String> =
            house.company.cast().of_role(tenant::company::Role::Reviewer).map(|reviewer| reviewer.person_id.clone()).collect();
        let reviewer = house.person(&cast[0], &[Role::Reviewer]).await;
        // What is to be judged first is taken apart for nobody before the answer.
        let shown = |item: &&ReviewItem| !item.blind;
        let own: &ReviewItem = items.iter().filter(shown).find(|item| Some(item.reviewer) == reviewer.identity).unwrap();
        let other: ItemId = items.iter().filter(shown).find(|item| Some(item.reviewer) != reviewer.identity).unwrap().id;
        let of = |id: ItemId| items.iter().find(|item| item.id == id).unwrap().recommendation.unwrap();
        assert!(explain(&house.ctx, Some(&reviewer), of(own.id)).await.unwrap().recomputed.same);
        assert!(matches!(explain(&house.ctx, Some(&reviewer), of(other)).await, Err(Error::NotFound)));
        assert!(explain(&house.ctx, Some(&owner), of(other)).await.is_ok(), "the campaign's owner");
        for (name, role, may) in [
            ("an-auditor", Role::Auditor, true),
            ("an-officer", Role::Compliance, true),
            ("an-administrator", Role::Administrator, false),
            ("another-owner", Role::Owner, false),
        ] {
            let somebody = house.person(name, &[role]).await;
            let got = explain(&house.ctx, Some(&somebody), of(own.id)).await;
            assert_eq!(got.is_ok(), may, "{name}");
        }
        let nothing = explain(&house.ctx, None, house.ctx.env.id()).await;
        assert!(matches!(nothing, Err(Error::NotFound)));
    }
}

/// Stores what another engine would have: other bytes, the hash over what went in, the row's columns, and the ledger's entry.
async fn store_as(house: &House, item: &ReviewItem, body: &str, input_hash: &str) {
    let id = item.recommendation.unwrap();
    set_body(house, id, body.as_bytes()).await;
    let mut tx = house.ctx.store.read().await.unwrap();
    let entries = tx.entries_of_recommendations(item.id).await.unwrap();
    drop(tx);
    let said = ledger::Entry::parse(&entries[0].bytes).unwrap();
    let bytes = String::from_utf8(entries[0].bytes.clone()).unwrap();
    let bytes = bytes.replace(said.data_code("body_sha256").unwrap(), &ledger::sha256_hex(body.as_bytes()));
    let bytes = bytes.replace(said.data_code("input_hash").unwrap(), input_hash);
    let (of, leaf) = (id_of(house, entries[0].id.0), ledger::leaf_hash(bytes.as_bytes()));
    let set = format!("bytes = {}, leaf = {}", blob(house, bytes.as_bytes()), blob(house, &leaf));
    tamper(house, &format!("UPDATE ledger_entries SET {set} WHERE id = {of}")).await;
    let hash = blob(house, &hex::decode(input_hash).unwrap());
    let set = format!("engine = 'countersign-rules/0', input_hash = {hash}");
    tamper(house, &format!("UPDATE recommendations SET {set} WHERE id = {}", id_of(house, id.0))).await;
}

#[tokio::test]
async fn what_another_engine_made_is_not_taken_for_tampering_and_tampering_with_it_is_found() {
    for fresh in store::testing::each().await.unwrap() {
        let (house, _, items) = opened(fresh, 36).await;
        let item = &items[3];
        let (id, whole) = (item.recommendation.unwrap(), stored(&house, item.recommendation.unwrap()).await);
        let made = recommend::Recommendation::from_canonical(&whole.body).unwrap();
        let input = recommend::input_bytes(made.grant, made.as_of, &made.facts, &recommend::Weights::default(), None).unwrap();
        let older = |text: &str| text.replace(recommend::ENGINE, "countersign-rules/0");
        let hash = ledger::sha256_hex(older(&String::from_utf8(input).unwrap()).as_bytes());
        let body = older(&String::from_utf8(whole.body).unwrap()).replace(&hex::encode(made.input_hash), &hash);
        let auditor = house.person("auditor", &[Role::Auditor]).await;
        // One that this program can read, and one with a field that only the other engine knows.
        let unknown = format!("{},\"zeal\":3}}", body.strip_suffix('}').unwrap());
        for (body, readable) in [(&body, true), (&unknown, false)] {
            store_as(&house, item, body, &hash).await;
            let found = explained(&house, id).await;
            assert_eq!((found.recomputed.outcome, found.recomputed.same), (Outcome::OtherEngine, false), "{:?}", found.recomputed);
            assert!(found.recomputed.says.contains("made by the engine countersign-rules/0"), "{}", found.recomputed.says);
            assert!(found.recomputed.says.contains(recommend::ENGINE) && found.recomputed.differences.is_empty());
            assert!(text(&found).contains("NOT MADE AGAIN: "), "{}", text(&found));
            assert_eq!((found.result.is_some(), found.steps.is_some()), (readable, false), "its rules are not this engine's");
            let again = recommendations::recompute(&house.ctx, &auditor, id).await.unwrap();
            assert_eq!((again.outcome(), again.same()), (Outcome::OtherEngine, false));
            let page = view::history_of_grant(&house.ctx, &auditor, item.grant, Some(id)).await.unwrap();
            assert_eq!(page.reviews[0].recomputed, Some(Outcome::OtherEngine));

            // A fact, the verdict, or the hash itself: each is found, and without that engine.
            let verdict = if body.contains("\"verdict\":\"approve\"") { "approve" } else { "escalate" };
            for (from, to) in [
                ("\"as_of\":1", "\"as_of\":2"),
                (&*format!("\"verdict\":\"{verdict}\""), "\"verdict\":\"revoke\""),
                (&hash[..8], "01234567"),
            ] {
                let changed = body.replacen(from, to, 1);
                if &changed == body {
                    continue;
                }
                set_body(&house, id, changed.as_bytes()).await;
                let found = explained(&house, id).await;
                assert_eq!(found.recomputed.outcome, Outcome::Different, "{from}");
                let fields: Vec<&str> = found.recomputed.differences.iter().map(|one| one.field.as_str()).collect();
                assert!(fields.contains(&"ledger.body_sha256"), "{fields:?}");
                assert!(to.contains("verdict") || fields.contains(&"input_hash"), "{fields:?}");
                let again = recommendations::recompute(&house.ctx, &auditor, id).await.unwrap();
                assert_eq!(again.outcome(), Outcome::Different);
            }
        }
    }
}
