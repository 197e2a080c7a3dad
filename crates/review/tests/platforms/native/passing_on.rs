//! Whom a platform asks, and whose answer stands there: both sides say the same, and whoever is concerned is told.

use super::{
    account, answer, browser, busiest, easy, entries, followed, form, item, launch, person_token, reassign, refused, sending, world,
};
use crate::world::World;
use domain::{
    Answer, OrderState, Policy, ReviewState, SendingState,
    time::{HOUR, MINUTE},
};
use ledger::EventKind;
use review::{
    handover::{HandOverForm, hand_over},
    native,
};
use serde_json::json;
use store::{decisions::ReviewItem, testing};

/// To whom the org gave questions of its campaigns, by its journal.
fn given_in_okta(world: &World) -> Vec<String> {
    let given = |entry: tenant::okta::Entry| match entry.change {
        tenant::okta::Change::ReviewReassigned { to, .. } => Some(to),
        _ => None,
    };
    tenant::okta::read_journal(world.journal()).unwrap().into_iter().filter_map(given).collect()
}

// Rule 12: a hand-over whose reply was lost after Okta made it, or whose process died before it was written down here, ends
// the same on both sides, whether somebody asks again or nobody does.
#[tokio::test]
async fn rule_12_a_hand_over_that_okta_made_and_nobody_wrote_down_is_found() {
    use tenant::okta::Misbehaviour;
    for fresh in testing::each().await.unwrap() {
        let world = world(fresh).await;
        let id = launch(&world).await;
        let (campaign, items) = followed(&world, world.in_okta, &id).await;
        let others = world.items(campaign).await;
        let [first, second] = [items[0].clone(), items[1].clone()];
        let suits = |one: &ReviewItem| one.reviewer != first.reviewer && ![first.holder, second.holder].contains(&one.reviewer);
        let (.., other) = others.iter().find(|(.., one)| suits(one)).unwrap();
        let to = account(&world, other).await;
        let who = world.reviewer(&first).await;
        let handed = |item: &ReviewItem| HandOverForm {
            attempt: world.ctx.env.id(),
            item: item.id,
            expected_version: item.version,
            to: to.clone(),
            note: None,
        };

        // The org makes the change, its reply is lost, and it is down when we look.
        world.okta.misbehave(Some(Misbehaviour::LostAnswerThenDown));
        let form = handed(&first);
        let why = refused(hand_over(&world.ctx, &who, &form).await);
        assert!(why.contains("Do the same again"), "{why}");
        assert_eq!(item(&world, first.id).await.reviewer, first.reviewer, "nothing was changed here");
        world.okta.misbehave(None);
        assert_eq!(given_in_okta(&world), std::slice::from_ref(&to));
        // Done again, it is recognised, and Okta is not asked to give it away a second time.
        hand_over(&world.ctx, &who, &form).await.unwrap();
        assert_eq!(item(&world, first.id).await.reviewer, other.reviewer);
        assert!(hand_over(&world.ctx, &who, &form).await.unwrap().repeated);
        assert_eq!(given_in_okta(&world).len(), 1);

        // The same, and nobody comes back to it: within a minute it is looked at, and the item follows.
        world.okta.misbehave(Some(Misbehaviour::LostAnswerThenDown));
        let form = handed(&second);
        refused(hand_over(&world.ctx, &who, &form).await);
        world.okta.misbehave(None);
        world.clock.advance(MINUTE);
        world.work().await;
        let moved = item(&world, second.id).await;
        assert_eq!((moved.reviewer, moved.state), (other.reviewer, ReviewState::HandedOver));
        let stale = hand_over(&world.ctx, &who, &form).await;
        assert!(matches!(stale, Err(review::Error::Stale(_) | review::Error::NotFound)), "{stale:?}");
        assert_eq!(given_in_okta(&world).len(), 2);
        let passed = entries(&world, campaign).await.into_iter().filter(|entry| entry.kind == EventKind::ItemHandedOver);
        assert_eq!(passed.count(), 2, "each is in the ledger once");
        assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap(), native::ReadBack::default(), "both agree");
    }
}

// Rules 12 and 14: an answer that was staged when the platform came to ask somebody else is taken back unsent, and who gave it is
// told.
#[tokio::test]
async fn rule_14_an_answer_of_who_is_no_longer_asked_is_taken_back_and_told() {
    for fresh in testing::each().await.unwrap() {
        let world = world(fresh).await;
        let id = launch(&world).await;
        world.read(world.in_okta).await;
        let policy = Policy { undo_window: HOUR, ..easy() };
        let campaign = native::open(&world.ctx, &world.owner, world.ctx.env.id(), &form(world.in_okta, &id), &policy).await.unwrap();
        let mine = busiest(&world, campaign).await[0].clone();
        let others = world.items(campaign).await;
        let (.., other) = others.iter().find(|(.., one)| one.reviewer != mine.reviewer && one.reviewer != mine.holder).unwrap();
        answer(&world, mine.id, Answer::Revoke).await;
        let native = world.ctx.store.read().await.unwrap().native_item(mine.id).await.unwrap().unwrap();
        reassign(&world, &id, &native, &account(&world, other).await).await;
        assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap().handed_over, 1);

        let now = item(&world, mine.id).await;
        assert_eq!((now.state, now.reviewer, now.decision), (ReviewState::HandedOver, other.reviewer, None));
        assert_eq!(world.order(mine.id).await.state, OrderState::Withdrawn);
        let withdrawn = world.ctx.store.read().await.unwrap().sendings_of_item(mine.id).await.unwrap().pop().unwrap();
        assert_eq!(withdrawn.state, SendingState::Withdrawn);
        let who = world.reviewer(&mine).await;
        let told = review::view::my_reviews(&world.ctx, &who).await.unwrap().overruled;
        assert_eq!(told.len(), 1);
        assert!(told[0].sentence.contains("You answered Revoke here. Okta asks somebody else about this now."), "{}", told[0].sentence);
        // Whoever is asked now answers, and there is nothing left to tell.
        answer(&world, mine.id, Answer::Approve).await;
        assert_eq!(review::view::my_reviews(&world.ctx, &who).await.unwrap().overruled, []);
        assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap(), native::ReadBack::default());
    }
}

// Rule 14: both people are told without looking for it: whoever answered here, and whoever answered on the platform.
#[tokio::test]
async fn rule_14_both_people_are_told_that_another_answer_stands() {
    for fresh in testing::each().await.unwrap() {
        let world = world(fresh).await;
        let id = launch(&world).await;
        let (campaign, items) = followed(&world, world.in_okta, &id).await;
        let others = world.items(campaign).await;
        let mine = items[0].clone();
        let (.., other) = others.iter().find(|(.., one)| one.reviewer != mine.reviewer && one.reviewer != mine.holder).unwrap();
        answer(&world, mine.id, Answer::Approve).await;
        world.work().await;
        // In Okta it is given to somebody else, who answers there at once, before anything of it is read back.
        let native = world.ctx.store.read().await.unwrap().native_item(mine.id).await.unwrap().unwrap();
        let there = account(&world, other).await;
        reassign(&world, &id, &native, &there).await;
        let token = person_token(&world, &there).await;
        let path = format!("{}/governance/api/v1/my/campaigns/{}/reviews/actions", world.okta.base(), id.campaign);
        let reviews = json!({ "reviews": [{ "reviewId": native, "action": "REVOKE", "note": "Decided in Okta" }] });
        assert_eq!(browser().post(path).bearer_auth(token).json(&reviews).send().await.unwrap().status(), 200);
        native::read_back(&world.ctx, campaign).await.unwrap();
        assert_eq!(sending(&world, mine.id).await.state, SendingState::AnotherStands);

        let (here, over_there) = (world.reviewer(&mine).await, world.reviewer(other).await);
        let name = async |who: domain::IdentityId| world.ctx.store.read().await.unwrap().identity_name(who).await.unwrap().unwrap();
        let (their_name, my_name) = (name(other.reviewer).await, name(mine.reviewer).await);
        let told = review::view::my_reviews(&world.ctx, &here).await.unwrap().overruled;
        assert_eq!(told.len(), 1);
        assert!(
            told[0].sentence.starts_with("You answered Approve here. Revoke was answered in Okta itself, and stands."),
            "{}",
            told[0].sentence
        );
        assert!(told[0].sentence.ends_with(&format!("{their_name} answered there.")), "{}", told[0].sentence);
        assert_eq!(told[0].href, Some(format!("/reviews/{campaign}?item={}", mine.id)));
        let queue = review::view::queue(&world.ctx, &here, campaign, &review::view::QueueArgs::default()).await.unwrap();
        assert_eq!(queue.overruled, told);
        let told = review::view::my_reviews(&world.ctx, &over_there).await.unwrap().overruled;
        assert_eq!((told.len(), told[0].href.clone()), (1, None));
        assert!(told[0].sentence.starts_with("You answered Revoke in Okta itself, and that stands."), "{}", told[0].sentence);
        assert!(told[0].sentence.contains(&format!("{my_name} had answered Approve here")), "{}", told[0].sentence);
        // The item and the campaign's page name both.
        let page = review::view::item(&world.ctx, &here, mine.id).await.unwrap();
        assert!(page.sending.unwrap().sentence.ends_with(&format!("{their_name} answered there.")));
        let page = review::view::campaign(&world.ctx, &world.owner, campaign, None).await.unwrap();
        let told = page.native.unwrap().overruled;
        assert_eq!(told.len(), 1);
        assert!(told[0].sentence.contains(&my_name) && told[0].sentence.contains(&their_name), "{}", told[0].sentence);
        // Nobody else is told anything.
        let (.., third) = others.iter().find(|(.., one)| ![mine.reviewer, other.reviewer].contains(&one.reviewer)).unwrap();
        assert_eq!(review::view::my_reviews(&world.ctx, &world.reviewer(third).await).await.unwrap().overruled, []);
    }
}
