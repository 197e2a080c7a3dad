//! Okta's own campaigns: read, decided with the reviewer's token, handed over, read back.

use crate::support::{World, web_app};
use connect::{
    Error, Seen, Source as _,
    http::{HttpError, Method},
    native::{
        HandingOver, Justification, LinkBack, LinkEnd, NativeAction, NativeAnswer, NativeApplied, NativeCampaign, NativeDecision,
        NativeItem, NativeSource as _, NativeState, OnRevoke, OnSilence, PersonTokens, Recorded, TakesEffect, match_items,
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use std::collections::BTreeMap;
use tenant::okta::{Change, Config, Deviation, Misbehaviour, group_id, read_journal};
use url::Url;

struct Stage {
    world: World,
    campaign: NativeCampaign,
    items: Vec<NativeItem>,
    reviewer: String,
    mine: Vec<NativeItem>,
    token: SecretString,
    journal: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

/// An active campaign over a group, and its busiest reviewer, linked.
async fn stage(group: &str, people: usize, with: impl FnOnce(&mut Config)) -> Stage {
    stage_asking("REQUIRED_FOR_REVOKE", group, people, with).await
}

/// The same, asking for reasons as it is told to.
async fn stage_asking(justification: &str, group: &str, people: usize, with: impl FnOnce(&mut Config)) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let journal = folder.path().join("okta.journal");
    let world = World::of(
        people,
        12,
        |config| {
            config.journal = Some(journal.clone());
            with(config);
        },
        |_| {},
    )
    .await;
    let fallback = world.org.accounts()[0].id.clone();
    let body = json!({
        "name": "Autumn review", "campaignType": "RESOURCE",
        "scheduleSettings": { "type": "ONE_OFF", "startDate": "2026-12-01T00:00:00.000Z", "durationInDays": 21, "timeZone": "Europe/Paris" },
        "resourceSettings": { "targetTypes": ["GROUP"], "targetResources": [{ "resourceType": "GROUP", "resourceId": group_id(group) }] },
        "reviewerSettings": { "type": "REVIEWER_EXPRESSION", "reviewerScopeExpression": "user.profile.managerId",
            "fallBackReviewerId": fallback, "selfReviewDisabled": true, "justificationRequirement": justification },
        "remediationSettings": { "accessApproved": "NO_ACTION", "accessRevoked": "DENY", "noResponse": "NO_ACTION" },
    });
    let (status, made) = world.elsewhere(Method::POST, "/governance/api/v1/campaigns", Some(body)).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    assert_eq!(world.elsewhere(Method::POST, &format!("/governance/api/v1/campaigns/{id}/launch"), None).await.0, 202);
    let campaign = world.source.campaigns().await.unwrap().remove(0);
    let items = world.source.items(&campaign).await.unwrap();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for item in &items {
        *count.entry(item.reviewer().unwrap()).or_default() += 1;
    }
    let reviewer = count.iter().max_by_key(|(_, items)| **items).unwrap().0.to_string();
    let mine = items.iter().filter(|item| item.reviewer() == Some(reviewer.as_str())).cloned().collect();
    let token = link(&world, &reviewer).await.access;
    Stage { world, campaign, items, reviewer, mine, token, journal, _folder: folder }
}

/// The reviewer's browser: signs in at Okta, allows, and comes back with a code.
async fn link(world: &World, reviewer: &str) -> PersonTokens {
    let app = web_app();
    let begun = world.source.begin_link(&app, None).unwrap();
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let mut form: Vec<(String, String)> = begun.url.query_pairs().into_owned().collect();
    form.extend([("sign_in_as".to_owned(), reviewer.to_owned()), ("allow".to_owned(), "yes".to_owned())]);
    let mut action = begun.url.clone();
    action.set_query(None);
    let back = http.post(action).form(&form).send().await.unwrap();
    let back = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
    let part = |name: &str| back.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    assert_eq!(part("state"), begun.state);
    let link = world
        .source
        .finish_link(&app, &LinkBack { code: part("code"), verifier: begun.verifier.clone(), nonce: begun.nonce.clone() })
        .await
        .unwrap();
    assert!(link.tokens.scope.contains("okta.governance.reviewer.manage") && link.tokens.refresh.is_some());
    assert_eq!(link.account, reviewer);
    link.tokens
}

fn answer(item: &NativeItem, action: NativeAction) -> NativeDecision {
    NativeDecision { item: item.id.clone(), action, note: format!("As reviewed. [{}]", item.id), replaces: None }
}

/// How often each item was decided, where it happened.
fn decided(stage: &Stage) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for entry in read_journal(&stage.journal).unwrap() {
        if let Change::ReviewDecided { review, .. } = entry.change {
            *count.entry(review).or_default() += 1;
        }
    }
    count
}

#[tokio::test]
async fn a_campaign_tells_its_defaults_its_end_and_its_items() {
    let stage = stage("payables.enter", 120, |_| {}).await;
    let campaign = &stage.campaign;
    assert_eq!(
        (campaign.state.clone(), campaign.on_revoke.clone(), campaign.on_silence.clone()),
        (NativeState::Open, OnRevoke::Removes, OnSilence::Nothing)
    );
    assert_eq!((campaign.justification, campaign.takes_effect, campaign.levels), (Justification::ForRevoke, TakesEffect::WhenSent, 1));
    assert!(!campaign.self_review_allowed && campaign.handing_over == HandingOver::Possible && !campaign.service_may_answer);
    assert_eq!(campaign.ends.unwrap().to_rfc3339(), "2026-12-22T00:00:00Z");
    let reading = stage.world.read().await.unwrap();
    let grants = reading.grants.iter().map(|grant| (grant.person_id.as_str(), grant.entitlement_id.as_str(), grant.key()));
    let matched = match_items(&stage.items, grants);
    assert_eq!(matched.len(), stage.items.len());
    assert!(matched.iter().all(|one| one.grants.len() == 1 && one.grants[0].entitlement_id == group_id("payables.enter")));
    stage.world.judged_clean();
}

#[tokio::test]
async fn rule_11_answers_go_out_with_the_reviewers_token_in_calls_of_fifty() {
    let stage = stage("mail.use", 400, |config| config.specs = None).await;
    // One reviewer for many: more than one call has room for.
    let others = stage.items.iter().filter(|item| item.reviewer() != Some(stage.reviewer.as_str()));
    let others: Vec<String> = others.filter(|item| item.principal != stage.reviewer).map(|item| item.id.clone()).take(120).collect();
    assert_eq!(others.len(), 120);
    let handed = stage.world.source.hand_over(&stage.campaign, &others, &stage.reviewer, "Yours now").await.unwrap();
    assert!(handed.len() == 120 && handed.iter().all(|item| item.reviewer() == Some(stage.reviewer.as_str())));
    let again = stage.world.source.hand_over(&stage.campaign, &others, &stage.reviewer, "Yours now").await.unwrap();
    assert_eq!(again.len(), 120, "a repeat hands nothing over twice");

    let items = stage.world.source.items(&stage.campaign).await.unwrap();
    let mine: Vec<&NativeItem> = items.iter().filter(|item| item.reviewer() == Some(stage.reviewer.as_str())).collect();
    let answers: Vec<NativeDecision> = mine
        .iter()
        .enumerate()
        .map(|(at, item)| answer(item, if at % 3 == 0 { NativeAction::Revoke } else { NativeAction::Approve }))
        .collect();
    let before = stage.world.source.client().calls().made["reviews"];
    let outcomes = stage.world.source.decide(&stage.campaign, &stage.token, &answers).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Recorded::Stands(_))), "{outcomes:?}");
    let calls = stage.world.source.client().calls().made["reviews"] - before;
    assert_eq!(calls, 1 + (answers.len() as u64).div_ceil(50), "one reading before, and fifty answers a call");
    let count = decided(&stage);
    assert!(count.len() == answers.len() && count.values().all(|times| *times == 1));
    assert!(
        read_journal(&stage.journal)
            .unwrap()
            .iter()
            .all(|entry| !matches!(entry.change, Change::ReviewDecided { .. }) || entry.by == stage.reviewer)
    );

    // Asked again, as after a crash: nothing is sent twice, and the answers are known as ours.
    let outcomes = stage.world.source.decide(&stage.campaign, &stage.token, &answers).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Recorded::Stands(_))), "{outcomes:?}");
    assert_eq!(decided(&stage), count);
    // What Okta removed at once is proven by looking, not by its word.
    let read_back = stage.world.source.items(&stage.campaign).await.unwrap();
    let revoked = read_back.iter().find(|item| item.answer == NativeAnswer::Revoke).unwrap();
    assert_eq!(revoked.applied, NativeApplied::Done);
    let key = connect::GrantKey {
        person_id: revoked.principal.clone(),
        entitlement_id: group_id("mail.use"),
        path: domain::GrantPath::Direct,
        granted_on: None,
    };
    assert_eq!(stage.world.source.reread(&[key]).await.unwrap().seen, [Seen::Gone]);
}

#[tokio::test]
async fn rule_14_a_decision_made_on_the_platform_stands() {
    let stage = stage("payables.enter", 120, |_| {}).await;
    let first = answer(&stage.mine[0], NativeAction::Approve);
    // The reviewer answers in Okta itself.
    let in_okta = json!({ "reviews": [{ "reviewId": first.item, "action": "REVOKE", "note": "Decided in Okta" }] });
    let path = format!("{}/governance/api/v1/my/campaigns/{}/reviews/actions", stage.world.org.base(), stage.campaign.id.campaign);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let done = http.post(path).bearer_auth(stage.token.expose_secret()).json(&in_okta).send().await.unwrap();
    assert_eq!(done.status(), 200);
    let outcomes = stage.world.source.decide(&stage.campaign, &stage.token, &[first, answer(&stage.mine[1], NativeAction::Approve)]).await;
    let [Recorded::AnotherStands(item), Recorded::Stands(_)] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!((item.answer.clone(), item.note.as_deref()), (NativeAnswer::Revoke, Some("Decided in Okta")));
    assert!(decided(&stage).values().all(|times| *times == 1));
    stage.world.judged_clean();
}

#[tokio::test]
async fn an_answer_lost_after_it_was_taken_is_found_and_not_sent_again() {
    // The campaign's two calls were changes too; the third, the batch, loses its answer.
    let stage = stage("payables.enter", 120, |config| config.misbehave = Some(Misbehaviour::LostBatch)).await;
    let answers: Vec<NativeDecision> = stage.mine.iter().map(|item| answer(item, NativeAction::Approve)).collect();
    let outcomes = stage.world.source.decide(&stage.campaign, &stage.token, &answers).await;
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Recorded::Stands(_))), "{outcomes:?}");
    assert!(decided(&stage).values().all(|times| *times == 1));
    let posts = stage.world.org.calls().into_iter().find(|(call, _)| call.starts_with("POST") && call.ends_with("actions"));
    assert_eq!(posts.unwrap().1, 1, "it was read instead of sent again");
}

/// Rule 20: what may have arrived is neither refused nor unsent, whatever then keeps it from being looked at.
#[tokio::test]
async fn rule_20_an_answer_that_may_have_arrived_stays_unknown_until_a_look_tells() {
    for (how, made_at_once) in [
        (Misbehaviour::LostAnswerThenDown, true),
        (Misbehaviour::LostChangeThenDown, false),
        (Misbehaviour::LostChangesThenDown, false),
        (Misbehaviour::LostAnswerThenSignedOut, true),
    ] {
        let stage = stage("payables.enter", 120, |_| {}).await;
        let answers: Vec<NativeDecision> = stage.mine.iter().map(|item| answer(item, NativeAction::Approve)).collect();
        stage.world.org.misbehave(Some(how));
        let outcomes = stage.world.source.decide(&stage.campaign, &stage.token, &answers).await;
        assert!(outcomes.iter().all(|outcome| *outcome == Recorded::Unknown), "{how}: {outcomes:?}");
        assert_eq!(decided(&stage).len(), if made_at_once { answers.len() } else { 0 }, "{how}");
        stage.world.org.misbehave(None);
        let token = link(&stage.world, &stage.reviewer).await.access;
        let outcomes = stage.world.source.decide(&stage.campaign, &token, &answers).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Recorded::Stands(_))), "{how}: {outcomes:?}");
        let count = decided(&stage);
        assert!(count.len() == answers.len() && count.values().all(|times| *times == 1), "{how}: each once");
    }
}

#[tokio::test]
async fn one_item_that_is_refused_does_not_spoil_the_others() {
    for deviation in [None, Some(Deviation::BatchInParts)] {
        let stage = stage("payables.enter", 120, |config| config.deviations.extend(deviation)).await;
        let mut answers: Vec<NativeDecision> = stage.mine.iter().map(|item| answer(item, NativeAction::Approve)).collect();
        // Okta does not know whom this goes to; the re-reading cannot tell before.
        answers[0].action = NativeAction::HandOver("00uNobodyAtAll000000".to_owned());
        let outcomes = stage.world.source.decide(&stage.campaign, &stage.token, &answers).await;
        assert!(outcomes[1..].iter().all(|outcome| matches!(outcome, Recorded::Stands(_))), "{outcomes:?}");
        assert!(matches!(&outcomes[0], Recorded::Refused(_) | Recorded::Unknown), "{:?}", outcomes[0]);
        assert!(decided(&stage).values().all(|times| *times == 1));
    }
}

#[tokio::test]
async fn what_the_campaign_does_not_allow_is_said_before_anything_is_sent() {
    let stage = stage("payables.enter", 120, |_| {}).await;
    let mut bare = answer(&stage.mine[0], NativeAction::Revoke);
    bare.note = String::new();
    let mut long = answer(&stage.mine[1], NativeAction::Approve);
    long.note = "x".repeat(301);
    let mut campaign = stage.campaign.clone();
    campaign.handing_over = HandingOver::Forbidden;
    let hand = answer(&stage.mine[0], NativeAction::HandOver(stage.reviewer.clone()));
    let stranger = NativeDecision {
        item: stage.items.iter().find(|item| item.reviewer() != Some(stage.reviewer.as_str())).unwrap().id.clone(),
        action: NativeAction::Approve,
        note: String::new(),
        replaces: None,
    };
    let outcomes = stage.world.source.decide(&campaign, &stage.token, &[bare, long, hand, stranger]).await;
    let said: Vec<&str> = outcomes.iter().map(|outcome| if let Recorded::Refused(why) = outcome { why.as_str() } else { "" }).collect();
    assert!(
        said[0].contains("reason") && said[1].contains("300") && said[2].contains("handed over") && said[3].contains("reviewer's any more"),
        "{said:?}"
    );
    assert!(decided(&stage).is_empty());
}

/// Rule 15: a campaign that takes no reasons gets none, and an answer that stands there is known again without one.
#[tokio::test]
async fn rule_15_a_campaign_without_reasons_gets_no_notes() {
    let stage = stage_asking("DISABLED", "payables.enter", 120, |_| {}).await;
    assert_eq!(stage.campaign.justification, Justification::Disabled);
    let answers = [answer(&stage.mine[0], NativeAction::Revoke), answer(&stage.mine[1], NativeAction::Approve)];
    for _ in 0..2 {
        let outcomes = stage.world.source.decide(&stage.campaign, &stage.token, &answers).await;
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Recorded::Stands(item) if item.note.is_none())), "{outcomes:?}");
    }
    assert!(decided(&stage).values().all(|times| *times == 1));
    let other = [answer(&stage.mine[1], NativeAction::Revoke)];
    let outcomes = stage.world.source.decide(&stage.campaign, &stage.token, &other).await;
    assert!(matches!(&outcomes[..], [Recorded::AnotherStands(_)]), "{outcomes:?}");
    stage.world.judged_clean();
}

#[tokio::test]
async fn a_hand_over_goes_to_the_platform_first() {
    let stage = stage("payables.enter", 120, |_| {}).await;
    let to = stage.world.org.accounts().into_iter().map(|account| account.id).find(|id| *id != stage.reviewer).unwrap();
    let outcomes =
        stage.world.source.decide(&stage.campaign, &stage.token, &[answer(&stage.mine[0], NativeAction::HandOver(to.clone()))]).await;
    assert!(matches!(&outcomes[..], [Recorded::Stands(item)] if item.reviewer() == Some(to.as_str())), "{outcomes:?}");
    let items = stage.world.source.items(&stage.campaign).await.unwrap();
    let handed = items.iter().find(|item| item.id == stage.mine[0].id).unwrap();
    assert_eq!((handed.reviewer(), handed.answer.clone()), (Some(to.as_str()), NativeAnswer::Unanswered));
    stage.world.judged_clean();
}

#[tokio::test]
async fn a_hand_over_whose_answer_was_lost_is_looked_at_and_made_once() {
    // The campaign was made and launched: the third change is the hand-over.
    let stage = stage("payables.enter", 120, |config| config.misbehave = Some(Misbehaviour::LostAnswers)).await;
    let to = stage.world.org.accounts().into_iter().map(|account| account.id).find(|id| *id != stage.reviewer).unwrap();
    let one = [stage.mine[0].id.clone()];
    let handed = stage.world.source.hand_over(&stage.campaign, &one, &to, "Yours now").await.unwrap();
    assert_eq!(handed.iter().map(NativeItem::reviewer).collect::<Vec<_>>(), [Some(to.as_str())]);
    let reassigned =
        read_journal(&stage.journal).unwrap().into_iter().filter(|entry| matches!(entry.change, Change::ReviewReassigned { .. }));
    assert_eq!(reassigned.count(), 1);
}

#[tokio::test]
async fn a_token_that_ended_waits_for_the_sign_in() {
    let stage = stage("payables.enter", 120, |_| {}).await;
    stage.world.clock.advance(3_601 * domain::time::SECOND);
    let one = [answer(&stage.mine[0], NativeAction::Approve)];
    assert_eq!(stage.world.source.decide(&stage.campaign, &stage.token, &one).await, [Recorded::WaitsForSignIn]);
    let fresh = link(&stage.world, &stage.reviewer).await;
    assert!(matches!(&stage.world.source.decide(&stage.campaign, &fresh.access, &one).await[..], [Recorded::Stands(_)]));
    assert_eq!(stage.world.source.end_link(&web_app(), &fresh).await.unwrap(), LinkEnd::AtPlatform);
    let ended = stage.world.source.items_of(&stage.campaign, &fresh.access).await;
    assert!(matches!(ended, Err(Error::Http(HttpError::Credentials(_)))), "{ended:?}");
    let renewed = stage.world.source.renew_link(&web_app(), &fresh.refresh.unwrap()).await;
    assert!(matches!(renewed, Err(Error::Http(HttpError::Credentials(_)))), "{renewed:?}");
}

#[tokio::test]
async fn a_campaign_that_ended_takes_nothing_and_an_org_without_the_interface_says_so() {
    let stage = stage("payables.enter", 120, |_| {}).await;
    let end = format!("/governance/api/v1/campaigns/{}/end", stage.campaign.id.campaign);
    assert_eq!(stage.world.elsewhere(Method::POST, &end, Some(json!({ "skipRemediation": true }))).await.0, 202);
    let one = [answer(&stage.mine[0], NativeAction::Approve)];
    let outcomes = stage.world.source.decide(&stage.campaign, &stage.token, &one).await;
    assert!(matches!(&outcomes[..], [Recorded::Refused(why)] if why.contains("active state")), "{outcomes:?}");
    assert_eq!(stage.world.source.campaign(&stage.campaign.id).await.unwrap().state, NativeState::Closed);
    assert!(stage.world.source.has_reviewer_api(&stage.campaign, &stage.token).await.unwrap());

    let without = self::stage("payables.enter", 120, |config| {
        config.deviations.insert(Deviation::NoReviewerApi);
    })
    .await;
    assert!(!without.world.source.has_reviewer_api(&without.campaign, &without.token).await.unwrap());
    let outcomes = without.world.source.decide(&without.campaign, &without.token, &[answer(&without.mine[0], NativeAction::Approve)]).await;
    assert!(matches!(&outcomes[..], [Recorded::Refused(why)] if why.contains("Decide in Okta")), "{outcomes:?}");
}

#[tokio::test]
async fn items_in_the_shape_that_was_recorded_are_read_too() {
    let stage = stage("payables.enter", 120, |config| {
        config.deviations.insert(Deviation::ReviewItemShape);
    })
    .await;
    assert!(!stage.items.is_empty() && stage.items.iter().all(|item| item.principal.starts_with("00u")));
    let outcomes = stage.world.source.decide(&stage.campaign, &stage.token, &[answer(&stage.mine[0], NativeAction::Approve)]).await;
    assert!(matches!(&outcomes[..], [Recorded::Stands(_)]));
}
