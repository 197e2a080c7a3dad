//! Entra's own access reviews.

use crate::support::{NOW, Room, impatient};
use connect::{
    Seen,
    entra::ReviewerToken,
    native::{NativeAnswer, NativeApplied, NativeDecision, NativeItem, NativeReview, NativeState, PlatformDefault, Recorded},
};
use tenant::{
    company,
    entra::{Change, Deviation, Misbehaviour},
};

/// The running review of what teams hold, on the resource with the most items; and a reviewer with several of them.
async fn team_review(room: &Room) -> (NativeReview, Vec<NativeItem>, ReviewerToken) {
    let mut best: Option<(NativeReview, Vec<NativeItem>, ReviewerToken)> = None;
    let reviews = room.source.reviews().await.unwrap();
    for review in reviews.into_iter().filter(|review| review.name.contains("applications")) {
        let boss = room.handle.user_id(&room.company.cast().members[0].person_id);
        let token = room.token_of(&boss).await;
        let items = room.source.items_of_reviewer(&review, &token).await.unwrap();
        if best.as_ref().is_none_or(|(_, most, _)| items.len() > most.len()) {
            best = Some((review, items, token));
        }
    }
    best.unwrap()
}

fn decision(item: &NativeItem, answer: NativeAnswer) -> NativeDecision {
    NativeDecision { item: item.id.clone(), answer, justification: "Recommended; overridden; 01932c07".to_owned() }
}

fn decided(room: &Room) -> usize {
    room.handle.accepted().iter().filter(|entry| matches!(entry.change, Change::Decided { .. })).count()
}

#[tokio::test]
async fn rule_13_the_platforms_own_defaults_and_end_are_shown() {
    let room = Room::open().await;
    let reviews = room.source.reviews().await.unwrap();
    let (roles, teams): (Vec<_>, Vec<_>) = reviews.iter().partition(|review| review.name.contains("roles"));
    assert!(!roles.is_empty() && !teams.is_empty());
    assert!(
        roles.iter().all(|review| review.default == PlatformDefault::Approves && review.default.may_approve() && review.applies_by_itself)
    );
    assert!(teams.iter().all(|review| review.default == PlatformDefault::Nothing && !review.applies_by_itself && review.reason_to_approve));
    for review in &reviews {
        assert_eq!(review.state, NativeState::Open);
        assert_eq!(review.ends.unwrap().days_since(review.starts.unwrap()), 14);
        assert_eq!(&room.source.review(review).await.unwrap(), review);
    }
}

#[tokio::test]
async fn items_are_matched_to_the_grants_they_are_about() {
    let room = Room::open().await;
    let reading = room.read().await;
    for review in room.source.reviews().await.unwrap() {
        let items = room.source.review_items(&review).await.unwrap();
        assert!(!items.is_empty());
        for item in items {
            let grants = item.grants(&reading);
            assert!(!grants.is_empty(), "{item:?}");
            assert!(grants.iter().all(|grant| grant.person_id == item.principal));
            assert_eq!((item.answer, item.by.as_ref(), &item.applied), (NativeAnswer::Unanswered, None, &NativeApplied::NotYet));
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
        .map(|(at, item)| decision(item, if at % 2 == 0 { NativeAnswer::Revoke } else { NativeAnswer::Approve }))
        .collect();
    let outcomes = room.source.decide(&review, &token, &decisions).await.unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == Recorded::Stands), "{outcomes:?}");
    assert_eq!(decided(&room), decisions.len());
    let boss = room.handle.user_id(&room.company.cast().members[0].person_id);
    assert!(room.handle.accepted().iter().all(|entry| entry.user.as_deref() == Some(boss.as_str())));
    // The same again changes nothing: what stands, stands.
    assert!(room.source.decide(&review, &token, &decisions).await.unwrap().iter().all(|outcome| *outcome == Recorded::Stands));
    assert_eq!(decided(&room), decisions.len());
    // Read back with the reviewer's name.
    let after = room.source.review_items(&review).await.unwrap();
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
    let first = [decision(&items[0], NativeAnswer::Approve)];
    assert_eq!(room.source.decide(&review, &token, &first).await.unwrap(), [Recorded::Stands]);
    let ours = [decision(&items[0], NativeAnswer::Revoke), decision(&items[1], NativeAnswer::Revoke)];
    let outcomes = room.source.decide(&review, &token, &ours).await.unwrap();
    assert!(
        matches!(&outcomes[..], [Recorded::AnotherStands(item), Recorded::Stands] if item.answer == NativeAnswer::Approve),
        "{outcomes:?}"
    );
    assert_eq!(decided(&room), 2);
}

#[tokio::test]
async fn a_token_that_ended_waits_for_the_reviewer() {
    let room = Room::open().await;
    let (review, items, token) = team_review(&room).await;
    room.clock.advance(2 * 3_600 * 1_000_000);
    let outcomes = room.source.decide(&review, &token, &[decision(&items[0], NativeAnswer::Revoke)]).await.unwrap();
    assert_eq!(outcomes, [Recorded::WaitsForSignIn]);
    assert_eq!(decided(&room), 0);
}

#[tokio::test]
async fn an_answer_whose_answer_was_lost_is_looked_at_and_recorded_once() {
    for how in [Misbehaviour::AnswerLost, Misbehaviour::Conflict, Misbehaviour::Throttled, Misbehaviour::Failing, Misbehaviour::Truncated] {
        let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
        let room = Room::with(company, |_| {}, impatient).await;
        let (review, items, token) = team_review(&room).await;
        let decisions: Vec<NativeDecision> = items.iter().map(|item| decision(item, NativeAnswer::Revoke)).collect();
        room.handle.misbehave(Some(how));
        let outcomes = room.source.decide(&review, &token, &decisions).await.unwrap();
        assert!(outcomes.iter().all(|outcome| *outcome == Recorded::Stands), "{how}: {outcomes:?}");
        assert_eq!(decided(&room), decisions.len(), "{how}: each once");
    }
}

#[tokio::test]
async fn the_service_application_answers_one_item_at_a_time() {
    for deviations in
        [vec![], vec![Deviation::ResourceLeftOut, Deviation::BatchNamesNobody], vec![Deviation::ResourceTypeCapital, Deviation::OldTarget]]
    {
        let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
        let room = Room::with(company, |config| config.deviations = deviations.iter().copied().collect(), |_| {}).await;
        let review = room.source.reviews().await.unwrap().into_iter().find(|review| review.name.contains("roles")).unwrap();
        let items = room.source.review_items(&review).await.unwrap();
        let outcomes = room.source.record_by_application(&review, &[decision(&items[0], NativeAnswer::DoNotKnow)]).await.unwrap();
        assert_eq!(outcomes, [Recorded::Stands], "{deviations:?}");
        assert_eq!(decided(&room), 1, "never the whole review");
    }
}

#[tokio::test]
async fn a_platform_that_refuses_is_told_as_such() {
    let company = company::Config::new(7, NOW.micros()).people(150).applications(12);
    let deviations = [Deviation::BatchRefusesApplications, Deviation::ReviewersNeedARole];
    let room = Room::with(company, |config| config.deviations = deviations.into(), |_| {}).await;
    let (review, items, token) = team_review(&room).await;
    let ours = [decision(&items[0], NativeAnswer::Revoke)];
    assert!(matches!(&room.source.record_by_application(&review, &ours).await.unwrap()[..], [Recorded::Refused(_)]));
    assert!(matches!(&room.source.decide(&review, &token, &ours).await.unwrap()[..], [Recorded::Refused(_)]));
    assert_eq!(decided(&room), 0);
}

#[tokio::test]
async fn entra_removes_at_the_end_and_says_so() {
    let room = Room::open().await;
    let reading = room.read().await;
    let (review, items, token) = team_review(&room).await;
    let decisions: Vec<NativeDecision> = items.iter().map(|item| decision(item, NativeAnswer::Revoke)).collect();
    room.source.decide(&review, &token, &decisions).await.unwrap();
    let before = room.read().await;
    assert!(
        items.iter().flat_map(|item| item.grants(&reading)).all(|grant| before.seen(&grant) == Seen::Still),
        "recorded now, removed at the end"
    );
    room.source.stop_review(&review).await.unwrap();
    assert_eq!(room.source.review(&review).await.unwrap().state, NativeState::Closed);
    let after = room.read().await;
    for item in room.source.review_items(&review).await.unwrap().iter().filter(|item| item.answer == NativeAnswer::Revoke) {
        let direct = item.grants(&reading).into_iter().filter(|grant| grant.path == domain::GrantPath::Direct);
        match item.applied {
            NativeApplied::Done => assert!(direct.clone().all(|grant| after.seen(&grant) == Seen::Gone), "{item:?}"),
            NativeApplied::CannotBeApplied => assert_eq!(direct.count(), 0, "{item:?}"),
            _ => panic!("{item:?}"),
        }
    }
    assert!(room.source.apply_review(&review).await.is_ok(), "what is applied already is applied again without effect");
}
