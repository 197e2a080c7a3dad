//! Entra's own access reviews.

use crate::support::{NOW, Room, impatient};
use connect::{
    GrantKey, Reading, Seen,
    native::{
        HandingOver, Justification, NativeAction, NativeAnswer, NativeApplied, NativeCampaign, NativeDecision, NativeItem, NativeReviewer,
        NativeSource as _, NativeState, OnRevoke, OnSilence, Recorded, ReviewerGroup, TakesEffect, match_items,
    },
};
use secrecy::SecretString;
use tenant::{
    company,
    entra::{Change, Deviation, Misbehaviour},
};

/// The running review of what teams hold, on the resource with the most items; and a reviewer with several of them.
async fn team_review(room: &Room) -> (NativeCampaign, Vec<NativeItem>, SecretString) {
    let mut best: Option<(NativeCampaign, Vec<NativeItem>, SecretString)> = None;
    let reviews = room.source.campaigns().await.unwrap();
    for review in reviews.into_iter().filter(|review| review.name.contains("applications")) {
        let boss = room.handle.user_id(&room.company.cast().members[0].person_id);
        let token = room.link(&boss).await.tokens.access;
        let items = room.source.items_of(&review, &token).await.unwrap();
        if best.as_ref().is_none_or(|(_, most, _)| items.len() > most.len()) {
            best = Some((review, items, token));
        }
    }
    best.unwrap()
}

fn decision(item: &NativeItem, action: NativeAction) -> NativeDecision {
    NativeDecision { item: item.id.clone(), action, note: "Recommended; overridden; 01932c07".to_owned(), replaces: None }
}

fn stands(outcomes: &[Recorded]) -> bool {
    outcomes.iter().all(|outcome| matches!(outcome, Recorded::Stands(_)))
}

/// The grants that an item is about.
fn grants_of(item: &NativeItem, reading: &Reading) -> Vec<GrantKey> {
    let grants = reading.grants.iter().map(|grant| (grant.person_id.as_str(), grant.entitlement_id.as_str(), grant.key()));
    match_items(std::slice::from_ref(item), grants).remove(0).grants
}

fn decided(room: &Room) -> usize {
    room.handle.accepted().iter().filter(|entry| matches!(entry.change, Change::Decided { .. })).count()
}

#[tokio::test]
async fn rule_13_the_platforms_own_defaults_and_end_are_shown() {
    let room = Room::open().await;
    let reviews = room.source.campaigns().await.unwrap();
    let (roles, teams): (Vec<_>, Vec<_>) = reviews.iter().partition(|review| review.name.contains("roles"));
    assert!(!roles.is_empty() && !teams.is_empty());
    assert!(roles.iter().all(|review| review.on_silence == OnSilence::Approves
        && review.on_silence.may_approve()
        && review.takes_effect == TakesEffect::AtEnd));
    assert!(teams.iter().all(|review| review.on_silence == OnSilence::Nothing
        && review.takes_effect == TakesEffect::WhenApplied
        && review.justification == Justification::ForApprove
        && review.reviewers.first() == Some(&NativeReviewer::Manager)));
    for review in &reviews {
        assert_eq!((&review.state, &review.on_revoke), (&NativeState::Open, &OnRevoke::Removes));
        assert_eq!((review.handing_over, review.service_may_answer), (HandingOver::None, true));
        assert_eq!(review.ends.unwrap().days_since(review.starts.unwrap()), 14);
        assert_eq!(&room.source.campaign(&review.id).await.unwrap(), review);
    }
}

#[tokio::test]
async fn items_are_matched_to_the_grants_they_are_about() {
    let room = Room::open().await;
    let reading = room.read().await;
    for review in room.source.campaigns().await.unwrap() {
        let items = room.source.items(&review).await.unwrap();
        assert!(!items.is_empty());
        for item in items {
            let grants = grants_of(&item, &reading);
            assert!(!grants.is_empty(), "{item:?}");
            assert!(grants.iter().all(|grant| grant.person_id == item.principal));
            assert_eq!((item.answer.clone(), item.by.as_ref(), &item.applied), (NativeAnswer::Unanswered, None, &NativeApplied::NotYet));
        }
    }
}

#[tokio::test]
async fn rule_11_a_reviewers_answer_goes_by_the_reviewers_own_token() {
    let room = Room::open().await;
    let (review, items, token) = team_review(&room).await;
    assert!(items.len() > 1);
    let decisions: Vec<NativeDecision> = items
        .iter()
        .enumerate()
        .map(|(at, item)| decision(item, if at % 2 == 0 { NativeAction::Revoke } else { NativeAction::Approve }))
        .collect();
    let outcomes = room.source.decide(&review, &token, &decisions).await;
    assert!(stands(&outcomes), "{outcomes:?}");
    assert_eq!(decided(&room), decisions.len());
    let boss = room.handle.user_id(&room.company.cast().members[0].person_id);
    assert!(room.handle.accepted().iter().all(|entry| entry.user.as_deref() == Some(boss.as_str())));
    // The same again changes nothing: what stands, stands.
    assert!(stands(&room.source.decide(&review, &token, &decisions).await));
    assert_eq!(decided(&room), decisions.len());
    // Read back with the reviewer's name.
    let after = room.source.items(&review).await.unwrap();
    for item in &items {
        let now = after.iter().find(|one| one.id == item.id).unwrap();
        assert_eq!(now.by.as_ref().map(|by| by.id.as_str()), Some(boss.as_str()));
    }
    assert_eq!(room.handle.violations(), Vec::<String>::new());
}

#[tokio::test]
async fn rule_14_an_answer_made_on_the_platform_stands() {
    let room = Room::open().await;
    let (review, items, token) = team_review(&room).await;
    let first = [decision(&items[0], NativeAction::Approve)];
    assert!(stands(&room.source.decide(&review, &token, &first).await));
    let ours = [decision(&items[0], NativeAction::Revoke), decision(&items[1], NativeAction::Revoke)];
    let outcomes = room.source.decide(&review, &token, &ours).await;
    assert!(
        matches!(&outcomes[..], [Recorded::AnotherStands(item), Recorded::Stands(_)] if item.answer == NativeAnswer::Approve),
        "{outcomes:?}"
    );
    assert_eq!(decided(&room), 2);
}

#[tokio::test]
async fn an_answer_of_ours_can_be_changed_until_the_end_and_nobody_elses() {
    let room = Room::open().await;
    let (review, items, token) = team_review(&room).await;
    let first = NativeDecision { note: "first".to_owned(), ..decision(&items[0], NativeAction::Approve) };
    assert!(stands(&room.source.decide(&review, &token, std::slice::from_ref(&first)).await));
    let second = |replaces: &str| NativeDecision {
        note: "second".to_owned(),
        replaces: Some(replaces.to_owned()),
        ..decision(&items[0], NativeAction::Revoke)
    };
    let outcomes = room.source.decide(&review, &token, &[second("a note that does not stand there")]).await;
    assert!(matches!(&outcomes[..], [Recorded::AnotherStands(item)] if item.answer == NativeAnswer::Approve), "{outcomes:?}");
    assert!(stands(&room.source.decide(&review, &token, &[second("first")]).await));
    let back = NativeDecision { note: String::new(), replaces: Some("second".to_owned()), ..decision(&items[0], NativeAction::TakeBack) };
    assert!(stands(&room.source.decide(&review, &token, &[back]).await));
    assert_eq!(decided(&room), 3);
    let now = room.source.items(&review).await.unwrap();
    assert!(now.iter().find(|item| item.id == items[0].id).unwrap().is_open());
}

#[tokio::test]
async fn rule_15_a_reason_that_the_review_asks_for_is_asked_for_before_anything_is_sent() {
    let room = Room::open().await;
    let (review, items, token) = team_review(&room).await;
    let bare = NativeDecision { note: " ".to_owned(), ..decision(&items[0], NativeAction::Approve) };
    let hand = decision(&items[1], NativeAction::HandOver("somebody".to_owned()));
    let outcomes = room.source.decide(&review, &token, &[bare, hand]).await;
    let [Recorded::Refused(bare), Recorded::Refused(hand)] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert!(bare.contains("asks for a reason") && hand.contains("no hand-over"), "{bare} {hand}");
    assert_eq!(decided(&room), 0);
}

#[tokio::test]
async fn a_token_that_ended_waits_for_the_reviewer() {
    let room = Room::open().await;
    let (review, items, token) = team_review(&room).await;
    room.clock.advance(2 * 3_600 * 1_000_000);
    let outcomes = room.source.decide(&review, &token, &[decision(&items[0], NativeAction::Revoke)]).await;
    assert_eq!(outcomes, [Recorded::WaitsForSignIn]);
    assert_eq!(decided(&room), 0);
}

#[tokio::test]
async fn an_answer_whose_answer_was_lost_is_looked_at_and_recorded_once() {
    for how in [
        Misbehaviour::LostAnswer,
        Misbehaviour::LostAnswers,
        Misbehaviour::Conflict,
        Misbehaviour::Throttled,
        Misbehaviour::Failing,
        Misbehaviour::Truncated,
    ] {
        let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
        let room = Room::with(company, |_| {}, impatient).await;
        let (review, items, token) = team_review(&room).await;
        let decisions: Vec<NativeDecision> = items.iter().map(|item| decision(item, NativeAction::Revoke)).collect();
        room.handle.misbehave(Some(how));
        let outcomes = room.source.decide(&review, &token, &decisions).await;
        assert!(stands(&outcomes), "{how}: {outcomes:?}");
        assert_eq!(decided(&room), decisions.len(), "{how}: each once");
    }
}

/// Rule 20: a token that ended on the way says nothing of what may stand there already.
#[tokio::test]
async fn rule_20_an_answer_that_may_have_arrived_does_not_wait_for_a_sign_in() {
    for how in [Misbehaviour::LostAnswerThenDown, Misbehaviour::LostAnswerThenSignedOut] {
        let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
        let room = Room::with(company, |_| {}, impatient).await;
        let (review, items, token) = team_review(&room).await;
        let decisions: Vec<NativeDecision> = items.iter().map(|item| decision(item, NativeAction::Revoke)).collect();
        room.handle.misbehave(Some(how));
        let outcomes = room.source.decide(&review, &token, &decisions).await;
        assert!(outcomes.iter().all(|outcome| *outcome == Recorded::Unknown), "{how}: {outcomes:?}");
        assert_eq!(decided(&room), decisions.len(), "{how}");
    }
}

#[tokio::test]
async fn the_service_application_answers_one_item_at_a_time() {
    for deviations in
        [vec![], vec![Deviation::ResourceLeftOut, Deviation::BatchNamesNobody], vec![Deviation::ResourceTypeCapital, Deviation::OldTarget]]
    {
        let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
        let room = Room::with(company, |config| config.deviations = deviations.iter().copied().collect(), |_| {}).await;
        let review = room.source.campaigns().await.unwrap().into_iter().find(|review| review.name.contains("roles")).unwrap();
        let items = room.source.items(&review).await.unwrap();
        let outcomes = room.source.decide_by_service(&review, &[decision(&items[0], NativeAction::DoNotKnow)]).await;
        assert!(outcomes.len() == 1 && stands(&outcomes), "{deviations:?}: {outcomes:?}");
        assert_eq!(decided(&room), 1, "never the whole review");
    }
}

#[tokio::test]
async fn a_group_of_reviewers_is_resolved_to_its_people_and_what_else_is_in_it_is_named() {
    for deviations in [vec![], vec![Deviation::EmptyPages]] {
        let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
        let with_group = |config: &mut tenant::entra::Config| {
            config.reviewed_by_group = true;
            config.deviations = deviations.iter().copied().collect();
        };
        let room = Room::with(company, with_group, |_| {}).await;
        let review = room.source.campaigns().await.unwrap().into_iter().find(|review| review.name.contains("access reviewers")).unwrap();
        let [NativeReviewer::Group(group)] = &review.reviewers[..] else { panic!("{:?}", review.reviewers) };
        assert!(group.people.is_empty() && group.others.is_empty(), "nobody was asked for yet: {group:?}");
        let named = room.source.with_people(review.clone()).await.unwrap();
        let [NativeReviewer::Group(group)] = &named.reviewers[..] else { panic!("{:?}", named.reviewers) };
        assert_eq!((group.people.len(), &group.others[..]), (3, &["RECEPTION-PC".to_owned()][..]));
        // Whoever is in it, through a group within it too, may answer everything.
        let items = room.source.items(&named).await.unwrap();
        assert!(items.len() > 3 && items.iter().all(|item| item.reviewer().is_none() && item.reviewers == named.reviewers));
        for person in &group.people {
            let token = room.link(person).await.tokens.access;
            assert_eq!(room.source.items_of(&named, &token).await.unwrap().len(), items.len());
        }
        let other = room.handle.user_id(&room.company.cast().members[0].person_id);
        assert!(!group.people.contains(&other));
        let token = room.link(&other).await.tokens.access;
        assert!(!matches!(room.source.items_of(&named, &token).await, Ok(items) if !items.is_empty()));

        // A group that is gone has nobody in it; campaigns of other reviewers stay as they are.
        let gone = ReviewerGroup { id: "aaaaaaaa-0000-4000-8000-000000000001".to_owned(), ..ReviewerGroup::default() };
        let gone = NativeCampaign { reviewers: vec![NativeReviewer::Manager, NativeReviewer::Group(gone)], ..review };
        assert_eq!(room.source.with_people(gone.clone()).await.unwrap(), gone);
        assert_eq!(room.handle.violations(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_platform_that_refuses_is_told_as_such() {
    let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
    let deviations = [Deviation::BatchRefusesApplications, Deviation::ReviewersNeedARole];
    let room = Room::with(company, |config| config.deviations = deviations.into(), |_| {}).await;
    let (review, items, token) = team_review(&room).await;
    let ours = [decision(&items[0], NativeAction::Revoke)];
    assert!(matches!(&room.source.decide_by_service(&review, &ours).await[..], [Recorded::Refused(_)]));
    assert!(matches!(&room.source.decide(&review, &token, &ours).await[..], [Recorded::Refused(_)]));
    assert_eq!(decided(&room), 0);
}

#[tokio::test]
async fn entra_removes_at_the_end_and_says_so() {
    let room = Room::open().await;
    let reading = room.read().await;
    let (review, items, token) = team_review(&room).await;
    let decisions: Vec<NativeDecision> = items.iter().map(|item| decision(item, NativeAction::Revoke)).collect();
    room.source.decide(&review, &token, &decisions).await;
    let before = room.read().await;
    assert!(
        items.iter().flat_map(|item| grants_of(item, &reading)).all(|grant| before.seen(&grant) == Seen::Still),
        "recorded now, removed at the end"
    );
    room.source.stop_review(&review).await.unwrap();
    assert_eq!(room.source.campaign(&review.id).await.unwrap().state, NativeState::Closed);
    let after = room.read().await;
    for item in room.source.items(&review).await.unwrap().iter().filter(|item| item.answer == NativeAnswer::Revoke) {
        let direct = grants_of(item, &reading).into_iter().filter(|grant| grant.path == domain::GrantPath::Direct);
        match item.applied {
            NativeApplied::Done => assert!(direct.clone().all(|grant| after.seen(&grant) == Seen::Gone), "{item:?}"),
            NativeApplied::CannotBeApplied => assert_eq!(direct.count(), 0, "{item:?}"),
            _ => panic!("{item:?}"),
        }
    }
    assert!(room.source.apply_review(&review).await.is_ok(), "what is applied already is applied again without effect");
}
