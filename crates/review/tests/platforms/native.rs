//! Campaigns that the platforms run themselves: followed here, decided here, answered there.

mod passing_on;

use crate::world::{BACK, Differing, World, actor};
use connect::{
    http::{Authority as _, Client, ClientConfig, Limits, Method, SimulatedPause, Url},
    native::{NativeId, OnSilence},
    okta::{ServiceApp, ServiceAuthority, SigningKey},
};
use domain::{
    Answer, CampaignId, DecisionOrigin, ItemId, OrderState, Policy, ReviewState, RevokeWhy, Role, SendingState, Showing, SourceId,
    time::{DAY, HOUR, SECOND},
};
use ledger::{Entry, EventKind};
use review::{
    Actor, Error,
    decide::{DecideForm, Decided, decide},
    handover::{HandOverForm, hand_over},
    native::{self, Listed, NativeOpenForm, UnmatchedReason, link},
    orders,
    undo::{UndoForm, undo},
};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{decisions::ReviewItem, native::Sending, testing};

/// Nothing is stopped, and nothing waits.
fn easy() -> Policy {
    let brake = domain::policy::Brake {
        per_source_hour: 1_000,
        per_application_hour: 1_000,
        per_department_hour: 1_000,
        source_share_percent: 100,
        application_share_percent: 100,
        department_share_percent: 100,
        share_percent: 100,
        share_from: 1_000,
        ..domain::policy::Brake::default()
    };
    // The platforms ask so few questions that a draw would take those that tests need.
    Policy { undo_window: 0, blind_share: 0, brake, ..Policy::default() }
}

async fn world(fresh: testing::Fresh) -> World {
    World::new(fresh, Differing { native: true, ..Differing::default() }).await
}

async fn on_sqlite() -> World {
    world(testing::sqlite().await.unwrap()).await
}

/// A browser that follows no redirects.
fn browser() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// A call that an administrator makes in the org itself.
pub async fn in_okta(world: &World, method: Method, path: &str, body: Option<Value>) -> Value {
    let key = Arc::new(SigningKey::from_pem(&crate::world::pem(12)).unwrap());
    let app = ServiceApp { client_id: "0oaremover".to_owned(), key_id: "k1".to_owned(), key };
    let base = Url::parse(world.okta.base()).unwrap();
    let client = Client::new(ClientConfig {
        base: base.clone(),
        env: world.ctx.env.clone(),
        pause: Arc::new(SimulatedPause(world.clock.clone())),
        limits: Limits::default(),
        limit_headers: None,
    });
    let authority = ServiceAuthority::new(Arc::new(client.unwrap()), app, &[connect::okta::GOVERNANCE_MANAGE_SCOPE, "okta.groups.manage"]);
    let headers = authority.headers(&Method::GET, &base).await.unwrap();
    let request = browser().request(method, format!("{}{path}", world.okta.base())).header("authorization", headers[0].1.clone());
    let answer = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    let answer = answer.send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.json().await.unwrap_or_default()
}

/// An active campaign of Okta's over the group that most people hold.
async fn launch(world: &World) -> NativeId {
    launch_over(world, ("GROUP", &tenant::okta::group_id("mail.use")), "REQUIRED_FOR_REVOKE").await
}

/// An active campaign of Okta's over one thing, asking for reasons as it is told to.
async fn launch_over(world: &World, (kind, what): (&str, &str), justification: &str) -> NativeId {
    let fallback = world.okta.accounts()[0].id.clone();
    let body = json!({
        "name": "Autumn review", "campaignType": "RESOURCE",
        "scheduleSettings": { "type": "ONE_OFF", "startDate": "2026-12-01T00:00:00.000Z", "durationInDays": 21, "timeZone": "Europe/Paris" },
        "resourceSettings": { "targetTypes": [kind], "targetResources": [{ "resourceType": kind, "resourceId": what }] },
        "reviewerSettings": { "type": "REVIEWER_EXPRESSION", "reviewerScopeExpression": "user.profile.managerId",
            "fallBackReviewerId": fallback, "selfReviewDisabled": true, "justificationRequirement": justification },
        "remediationSettings": { "accessApproved": "NO_ACTION", "accessRevoked": "DENY", "noResponse": "NO_ACTION" },
    });
    let made = in_okta(world, Method::POST, "/governance/api/v1/campaigns", Some(body)).await;
    let id = made["id"].as_str().unwrap().to_owned();
    in_okta(world, Method::POST, &format!("/governance/api/v1/campaigns/{id}/launch"), None).await;
    NativeId { campaign: id, run: String::new() }
}

fn form(source: SourceId, id: &NativeId) -> NativeOpenForm {
    let (id, time_zone) = (id.clone(), "Europe/Berlin".to_owned());
    NativeOpenForm { source, id, time_zone, by_service: false, acknowledge: false, showing: Showing::Shown }
}

async fn open(world: &World, form: &NativeOpenForm) -> review::Result<CampaignId> {
    native::open(&world.ctx, &world.owner, world.ctx.env.id(), form, &easy()).await
}

/// Followed here, with the items of whoever has most of them.
async fn followed(world: &World, source: SourceId, id: &NativeId) -> (CampaignId, Vec<ReviewItem>) {
    world.read(source).await;
    let campaign = open(world, &NativeOpenForm { acknowledge: true, ..form(source, id) }).await.unwrap();
    (campaign, busiest(world, campaign).await)
}

async fn busiest(world: &World, campaign: CampaignId) -> Vec<ReviewItem> {
    let items: Vec<ReviewItem> = world.items(campaign).await.into_iter().map(|(.., item)| item).collect();
    let of = |item: &ReviewItem| items.iter().filter(|one| one.reviewer == item.reviewer).count();
    let reviewer = items.iter().max_by_key(|item| (of(item), item.reviewer)).unwrap().reviewer;
    items.into_iter().filter(|item| item.reviewer == reviewer).collect()
}

/// The Entra review of what teams hold that has the most items of one reviewer.
async fn team_review(world: &World) -> (CampaignId, Vec<ReviewItem>) {
    world.read(world.in_entra).await;
    let mut best: Option<(CampaignId, Vec<ReviewItem>)> = None;
    for one in listed(world, world.in_entra).await.into_iter().filter(|one| one.campaign.name.contains("applications")) {
        let campaign = open(world, &form(world.in_entra, &one.campaign.id)).await.unwrap();
        let items = busiest(world, campaign).await;
        if best.as_ref().is_none_or(|(_, most)| items.len() > most.len()) {
            best = Some((campaign, items));
        }
    }
    best.unwrap()
}

async fn listed(world: &World, source: SourceId) -> Vec<Listed> {
    let listing = native::list(&world.ctx, &world.owner).await.unwrap();
    assert_eq!(listing.unread, []);
    listing.campaigns.into_iter().filter(|one| one.source == source).collect()
}

async fn item(world: &World, id: ItemId) -> ReviewItem {
    world.ctx.store.read().await.unwrap().review_item(id).await.unwrap().unwrap()
}

async fn try_answer(world: &World, id: ItemId, answer: Answer, note: Option<&str>) -> review::Result<Decided> {
    let item = item(world, id).await;
    let form = DecideForm {
        attempt: world.ctx.env.id(),
        item: id,
        expected_version: item.version,
        answer,
        why: (answer == Answer::Revoke).then_some(RevokeWhy::NoLongerNeeded),
        note: note.map(str::to_owned),
        to: None,
        shown: world.shows(id).await,
    };
    decide(&world.ctx, &world.reviewer(&item).await, &form).await
}

async fn answer(world: &World, id: ItemId, answer: Answer) -> Decided {
    try_answer(world, id, answer, Some("In my own words, about Jo Doe")).await.unwrap()
}

async fn sending(world: &World, id: ItemId) -> Sending {
    let mut all = world.ctx.store.read().await.unwrap().sendings_of_item(id).await.unwrap();
    all.pop().unwrap()
}

/// Gives one of the questions of Okta's campaign to somebody else there.
async fn reassign(world: &World, id: &NativeId, question: &str, to: &str) {
    let body = json!({ "reviewerId": to, "reviewIds": [question], "note": "Yours" });
    in_okta(world, Method::POST, &format!("/governance/api/v1/campaigns/{}/reviews/reassign", id.campaign), Some(body)).await;
}

/// The platform's id of whoever answers for an item.
async fn account(world: &World, item: &ReviewItem) -> String {
    let mut tx = world.ctx.store.read().await.unwrap();
    let seq = tx.source(item.source).await.unwrap().unwrap().last_seq.unwrap();
    tx.account_of_identity(item.source, item.reviewer, seq).await.unwrap().unwrap().external_id
}

/// What a browser does at the platform: signs in as `account`, allows, and comes back.
async fn come_back(url: &str, account: &str) -> (String, String) {
    let url = Url::parse(url).unwrap();
    let mut form: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    form.extend([("sign_in_as".to_owned(), account.to_owned()), ("allow".to_owned(), "yes".to_owned())]);
    let mut action = url.clone();
    action.set_query(None);
    if action.path().ends_with("/oauth2/v2.0/authorize") {
        let tenant = action.path_segments().unwrap().next().unwrap().to_owned();
        action.set_path(&format!("/{tenant}/sign-in"));
    }
    let back = browser().post(action).form(&form).send().await.unwrap();
    let back = Url::parse(back.headers()["location"].to_str().unwrap()).unwrap();
    let part = |name: &str| back.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    (part("state"), part("code"))
}

async fn link_as(world: &World, who: &Actor, source: SourceId, account: &str) -> review::Result<link::Linked> {
    let begun = link::begin(&world.ctx, who, source, BACK).await.unwrap();
    let (state, code) = come_back(&begun.url, account).await;
    link::finish(&world.ctx, who, &begun.pending, &state, &code, BACK).await
}

/// The item's reviewer links their own account.
async fn link(world: &World, item: &ReviewItem) -> Actor {
    let who = world.reviewer(item).await;
    link_as(world, &who, item.source, &account(world, item).await).await.unwrap();
    who
}

/// A token of somebody's own that we know nothing of.
async fn person_token(world: &World, account: &str) -> String {
    use connect::native::{LinkBack, NativeSource as _, WebApp};
    use secrecy::ExposeSecret as _;
    let row = world.ctx.store.read().await.unwrap().source(world.in_okta).await.unwrap().unwrap();
    let review::connectors::Connector::Okta(source) = world.ctx.connectors.open(&world.ctx, &row).await.unwrap() else {
        panic!("Okta");
    };
    let app = WebApp {
        client_id: "0oaweb".to_owned(),
        client_secret: crate::world::WEB_SECRET.to_owned().into(),
        redirect_uri: BACK.to_owned(),
        offline: false,
    };
    let begun = source.begin_link(&app, None).unwrap();
    let (_, code) = come_back(begun.url.as_str(), account).await;
    let link = source.finish_link(&app, &LinkBack { code, verifier: begun.verifier, nonce: begun.nonce }).await.unwrap();
    link.tokens.access.expose_secret().to_owned()
}

async fn entries(world: &World, campaign: CampaignId) -> Vec<Entry> {
    let mut tx = world.ctx.store.read().await.unwrap();
    let stored = tx.entries_of_campaign(campaign, None, 10_000).await.unwrap();
    stored.iter().map(|stored| Entry::parse(&stored.bytes).unwrap()).collect()
}

/// How often the org accepted a decision on each item, and by whom.
fn decided_in_okta(world: &World) -> Vec<(String, String)> {
    let entries = tenant::okta::read_journal(world.journal()).unwrap();
    let decided = entries.into_iter().filter_map(|entry| match entry.change {
        tenant::okta::Change::ReviewDecided { review, .. } => Some((review, entry.by)),
        _ => None,
    });
    decided.collect()
}

fn decided_in_entra(world: &World) -> usize {
    world.entra.accepted().iter().filter(|entry| matches!(entry.change, tenant::entra::Change::Decided { .. })).count()
}

fn refused<T: std::fmt::Debug>(result: review::Result<T>) -> String {
    match result {
        Err(Error::Refused(why)) => why,
        other => panic!("{other:?}"),
    }
}

// Rules 2, 11 and 20: an answer waits for the reviewer's own sign-in, goes once with their token, and only a reading proves.
#[tokio::test]
async fn rule_11_answers_wait_for_the_sign_in_go_out_once_and_are_proven_by_a_reading() {
    for fresh in testing::each().await.unwrap() {
        let world = world(fresh).await;
        let id = launch(&world).await;
        let (campaign, items) = followed(&world, world.in_okta, &id).await;
        assert!(items.len() > 2);
        let (approved, revoked) = (items[0].id, items[1].id);
        let done = answer(&world, revoked, Answer::Revoke).await;
        assert!(done.sentence.contains("sent to Okta with your own sign-in there, where it is final at once"), "{}", done.sentence);
        answer(&world, approved, Answer::Approve).await;
        world.work().await;
        assert_eq!(sending(&world, approved).await.state, SendingState::WaitingForSignIn);
        assert_eq!(world.order(revoked).await.state, OrderState::WaitingForSignIn);
        assert_eq!(decided_in_okta(&world), []);
        let who = world.reviewer(&items[0]).await;
        let views = link::links(&world.ctx, &who).await.unwrap();
        let waiting = views.iter().find(|view| view.source == world.in_okta).unwrap();
        assert!(waiting.since.is_none() && waiting.waiting == 2, "{waiting:?}");

        link(&world, &items[0]).await;
        world.work().await;
        for one in [approved, revoked] {
            assert_eq!(sending(&world, one).await.state, SendingState::Sent, "{:?}", sending(&world, one).await);
        }
        let account = account(&world, &items[0]).await;
        let decided = decided_in_okta(&world);
        assert!(decided.len() == 2 && decided.iter().all(|(_, by)| *by == account), "{decided:?}");
        assert_eq!(world.order(revoked).await.state, OrderState::Sent);
        // Rule 15: what went there says recommendation and our id, and nothing of the reviewer's own words.
        let note = sending(&world, revoked).await.note;
        assert!(note.contains("Recommended:") && note.contains("[Countersign ") && !note.contains("Jo Doe"), "{note}");

        // Begun again, nothing is sent twice; read back, both stand there.
        native::send(&world.ctx, campaign, false).await.unwrap();
        let back = native::read_back(&world.ctx, campaign).await.unwrap();
        assert_eq!((back.standing, back.another, back.made_there), (2, 0, 0));
        assert_eq!(sending(&world, approved).await.state, SendingState::Stands);
        assert_eq!(decided_in_okta(&world).len(), 2);
        // Final there: no other answer from here.
        let why = refused(try_answer(&world, approved, Answer::Revoke, Some("No")).await);
        assert!(why.contains("final there"), "{why}");
        // Okta removed it at once; the reading proves it.
        let report = world.read(world.in_okta).await;
        assert_eq!(report.proofs.proven, 1);
        assert_eq!(world.order(revoked).await.state, OrderState::Proven);
        let by_us = world.removed_in_okta().iter().filter(|entry| is_removal(entry)).count();
        assert_eq!(by_us, 0, "we removed nothing ourselves");
        let sent = entries(&world, campaign).await.iter().filter(|entry| entry.kind == EventKind::DecisionSent).count();
        assert!(sent >= 4, "each step is in the ledger: {sent}");
    }
}

fn is_removal(entry: &tenant::okta::Entry) -> bool {
    matches!(entry.change, tenant::okta::Change::MemberRemoved { .. })
}

// Rule 14: what was decided on the platform stands; ours is withdrawn unsent, and the reviewer can see why.
#[tokio::test]
async fn rule_14_a_decision_made_on_the_platform_stands_and_ours_is_not_sent() {
    let world = on_sqlite().await;
    let id = launch(&world).await;
    let (campaign, items) = followed(&world, world.in_okta, &id).await;
    let (ours, open) = (items[0].id, items[1].id);
    answer(&world, ours, Answer::Approve).await;
    world.work().await;
    // The reviewer answers both in Okta itself, with a token of another app of theirs.
    let account = account(&world, &items[0]).await;
    let mut tx = world.ctx.store.read().await.unwrap();
    let natives = [tx.native_item(ours).await.unwrap().unwrap(), tx.native_item(open).await.unwrap().unwrap()];
    drop(tx);
    let reviews: Vec<Value> =
        natives.iter().map(|native| json!({ "reviewId": native, "action": "REVOKE", "note": "Decided in Okta" })).collect();
    let token = person_token(&world, &account).await;
    let path = format!("{}/governance/api/v1/my/campaigns/{}/reviews/actions", world.okta.base(), id.campaign);
    let done = browser().post(path).bearer_auth(token).json(&json!({ "reviews": reviews })).send().await.unwrap();
    assert_eq!(done.status(), 200);

    link(&world, &items[0]).await;
    world.work().await;
    let sent = sending(&world, ours).await;
    assert_eq!(sent.state, SendingState::AnotherStands);
    assert!(sent.remark.as_deref().unwrap().contains("Revoke was answered in Okta itself"), "{sent:?}");
    native::read_back(&world.ctx, campaign).await.unwrap();
    let mut tx = world.ctx.store.read().await.unwrap();
    for id in [ours, open] {
        let item = tx.review_item(id).await.unwrap().unwrap();
        assert_eq!((item.state, item.answer), (ReviewState::Decided, Some(Answer::Revoke)));
        let decision = tx.decision(item.decision.unwrap()).await.unwrap().unwrap();
        // The platform's, by the person who gave it there, and never agreement or override (rule 30).
        assert_eq!(
            (decision.origin, decision.reviewer, decision.user, decision.agreed),
            (DecisionOrigin::Platform, Some(item.reviewer), None, None)
        );
    }
    drop(tx);
    let again = native::read_back(&world.ctx, campaign).await.unwrap();
    assert_eq!(again, native::ReadBack::default(), "what was read back is not read back twice");
    assert_eq!(decided_in_okta(&world).len(), 2);
    let why = refused(try_answer(&world, open, Answer::Approve, Some("Yes")).await);
    assert!(why.contains("answered in Okta itself"), "{why}");
    world.read(world.in_okta).await;
    assert_eq!(world.order(open).await.state, OrderState::Proven);
}

// Rules 2, 5 and 13: Entra records now and acts at its end; what it did to what nobody decided is its own act.
#[tokio::test]
async fn rule_05_what_entra_did_by_itself_at_its_end_is_recorded_as_its_act() {
    for fresh in testing::each().await.unwrap() {
        let world = world(fresh).await;
        world.read(world.in_entra).await;
        // The role that most people hold: the brake asks a second person about the last holder of one.
        let mut roles: Option<(usize, Listed)> = None;
        for one in listed(&world, world.in_entra).await.into_iter().filter(|one| one.campaign.name.contains("roles")) {
            let items = native::preview(&world.ctx, &world.owner, world.in_entra, &one.campaign.id).await.unwrap().items();
            if roles.as_ref().is_none_or(|(most, _)| items > *most) {
                roles = Some((items, one));
            }
        }
        let (_, roles) = roles.unwrap();
        assert_eq!(roles.campaign.on_silence, OnSilence::Approves);
        let plan = native::preview(&world.ctx, &world.owner, world.in_entra, &roles.campaign.id).await.unwrap();
        assert!(plan.items() > 0 && !plan.acknowledgements().is_empty());
        assert!(
            native::what_happens(plan.kind, &plan.campaign)
                .iter()
                .any(|line| line.contains("carries all of them out by itself at the end"))
        );
        let unread = open(&world, &form(world.in_entra, &roles.campaign.id)).await;
        assert!(matches!(&unread, Err(Error::Invalid(fields)) if fields[0].field == "acknowledge"), "{unread:?}");
        let campaign = open(&world, &NativeOpenForm { acknowledge: true, ..form(world.in_entra, &roles.campaign.id) }).await.unwrap();
        let opened = entries(&world, campaign).await.into_iter().find(|entry| entry.kind == EventKind::CampaignOpened).unwrap();
        assert_eq!((opened.data_code("platform_default"), opened.data_int("acknowledged")), (Some("approves"), Some(1)));
        assert!(
            refused(open(&world, &NativeOpenForm { acknowledge: true, ..form(world.in_entra, &roles.campaign.id) }).await)
                .contains("already")
        );

        let items = busiest(&world, campaign).await;
        link(&world, &items[0]).await;
        let done = answer(&world, items[0].id, Answer::Revoke).await;
        assert!(done.sentence.contains("records it and takes the access away at the end of the review"), "{}", done.sentence);
        world.work().await;
        assert_eq!(sending(&world, items[0].id).await.state, SendingState::Sent);
        assert_eq!(decided_in_entra(&world), 1);
        assert_eq!(world.order(items[0].id).await.state, OrderState::Sent);
        world.read(world.in_entra).await;
        assert_eq!(world.order(items[0].id).await.state, OrderState::Sent, "recorded now, removed at the end");

        world.clock.advance(15 * DAY);
        let back = native::read_back(&world.ctx, campaign).await.unwrap();
        assert!(back.defaulted > 0, "{back:?}");
        let mut tx = world.ctx.store.read().await.unwrap();
        for (.., item) in world.items(campaign).await.iter().filter(|(.., item)| item.id != items[0].id) {
            assert_eq!(item.state, ReviewState::Unanswered, "nobody's silence is a decision");
            let decision = tx.decision(item.decision.unwrap()).await.unwrap().unwrap();
            assert_eq!((decision.origin, decision.answer, decision.reviewer), (DecisionOrigin::Platform, Answer::Approve, None));
        }
        drop(tx);
        let acts: Vec<Entry> =
            entries(&world, campaign).await.into_iter().filter(|entry| entry.kind == EventKind::DecisionDefaulted).collect();
        assert_eq!(acts.len() as u64, back.defaulted);
        assert!(acts.iter().all(|entry| entry.data_code("by") == Some("platform") && entry.data_code("action") == Some("approve")));
        assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap().defaulted, 0);
        let why = refused(try_answer(&world, items[0].id, Answer::Approve, Some("No")).await);
        assert!(why.contains("takes no answers"), "{why}");
        world.read(world.in_entra).await;
        assert_eq!(world.order(items[0].id).await.state, OrderState::Proven);
    }
}

// A change whose answer is lost, and a platform that then is down: whether it was made is looked at in seconds, and it is made once.
#[tokio::test]
async fn rule_20_an_answer_lost_at_a_platform_that_goes_down_is_looked_at_soon_and_made_once() {
    use tenant::entra::Misbehaviour;
    for (how, made_at_once) in [(Misbehaviour::LostAnswerThenDown, true), (Misbehaviour::LostChangeThenDown, false)] {
        for fresh in testing::each().await.unwrap() {
            let world = world(fresh).await;
            let (campaign, items) = team_review(&world).await;
            link(&world, &items[0]).await;
            answer(&world, items[0].id, Answer::Approve).await;
            answer(&world, items[1].id, Answer::Revoke).await;
            world.entra.misbehave(Some(how));
            world.work().await;
            let stood = decided_in_entra(&world);
            assert_eq!(stood, if made_at_once { 2 } else { 0 }, "{how}");
            for one in &items[..2] {
                assert_eq!(sending(&world, one.id).await.state, SendingState::Unknown, "{how}");
            }
            assert_eq!(world.order(items[1].id).await.state, OrderState::OutcomeUnknown, "{how}");
            // Looked at by a job of its own, with a limited number of attempts and more time between them.
            let job = world.ctx.store.read().await.unwrap().living_job(&format!("read_back:{campaign}")).await.unwrap().unwrap();
            assert!(job.run_at.since(world.ctx.env.now()) <= 2 * SECOND && job.max_attempts == 6, "{job:?}");

            let (lost_at, mut failed) = (world.ctx.env.now(), 0);
            while world.order(items[1].id).await.state != OrderState::Sent {
                assert!(world.ctx.env.now().since(lost_at) < 5 * domain::time::MINUTE, "{how}");
                world.work().await;
                let job = world.ctx.store.read().await.unwrap().job(job.id).await.unwrap().unwrap();
                failed = job.attempts - u32::from(job.state == store::JobState::Done);
            }
            assert!(failed >= 2, "{how}: the platform was down for some of the looks, {failed}");
            for one in &items[..2] {
                let there = sending(&world, one.id).await;
                assert!(matches!(there.state, SendingState::Sent | SendingState::Stands), "{how}: {there:?}");
            }
            assert_eq!(decided_in_entra(&world), 2, "{how}: each once");
            assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap().another, 0, "{how}");
        }
    }
}

// The same at Okta, where an answer is final when it arrives: it is neither sent twice nor called refused.
#[tokio::test]
async fn rule_20_an_answer_lost_at_an_org_that_goes_down_is_looked_at_soon_and_made_once() {
    use tenant::okta::Misbehaviour;
    for (how, made_at_once) in [(Misbehaviour::LostAnswerThenDown, 2), (Misbehaviour::LostChangeThenDown, 0)] {
        for fresh in testing::each().await.unwrap() {
            let world = world(fresh).await;
            let id = launch(&world).await;
            let (_, items) = followed(&world, world.in_okta, &id).await;
            link(&world, &items[0]).await;
            answer(&world, items[0].id, Answer::Approve).await;
            answer(&world, items[1].id, Answer::Revoke).await;
            world.okta.misbehave(Some(how));
            world.work().await;
            assert_eq!(decided_in_okta(&world).len(), made_at_once, "{how}");
            for one in &items[..2] {
                assert_eq!(sending(&world, one.id).await.state, SendingState::Unknown, "{how}");
            }
            assert_eq!(world.order(items[1].id).await.state, OrderState::OutcomeUnknown, "{how}");
            let lost_at = world.ctx.env.now();
            while world.order(items[1].id).await.state != OrderState::Sent {
                assert!(world.ctx.env.now().since(lost_at) < 5 * domain::time::MINUTE, "{how}");
                world.work().await;
            }
            for one in &items[..2] {
                let there = sending(&world, one.id).await;
                assert!(matches!(there.state, SendingState::Sent | SendingState::Stands), "{how}: {there:?}");
            }
            assert_eq!(decided_in_okta(&world).len(), 2, "{how}: each once");
        }
    }
}

// Rule 20: what the platform shows is believed over the word by which it refused.
#[tokio::test]
async fn an_answer_that_was_refused_and_stands_there_after_all_is_seen_standing() {
    for fresh in testing::each().await.unwrap() {
        let world = world(fresh).await;
        let id = launch(&world).await;
        let (campaign, items) = followed(&world, world.in_okta, &id).await;
        let one = &items[0];
        link(&world, one).await;
        let others = world.items(campaign).await;
        let (.., other) = others.iter().find(|(.., other)| other.reviewer != one.reviewer && other.reviewer != one.holder).unwrap();
        let native = world.ctx.store.read().await.unwrap().native_item(one.id).await.unwrap().unwrap();
        let reassign = async |to: String| reassign(&world, &id, &native, &to).await;
        reassign(account(&world, other).await).await;
        answer(&world, one.id, Answer::Revoke).await;
        world.clock.advance(SECOND);
        orders::run(&world.ctx).await.unwrap();
        native::send(&world.ctx, campaign, false).await.unwrap();
        let stuck = sending(&world, one.id).await;
        assert_eq!((stuck.state, world.order(one.id).await.state), (SendingState::Refused, OrderState::Refused));
        // The answer stands in Okta all the same, under our own note.
        let mine = account(&world, one).await;
        reassign(mine.clone()).await;
        let body = json!({ "reviews": [{ "reviewId": native, "action": "REVOKE", "note": stuck.note }] });
        let path = format!("{}/governance/api/v1/my/campaigns/{}/reviews/actions", world.okta.base(), id.campaign);
        let done = browser().post(path).bearer_auth(person_token(&world, &mine).await).json(&body).send().await.unwrap();
        assert_eq!(done.status(), 200);

        assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap().standing, 1);
        let (seen, order) = (sending(&world, one.id).await, world.order(one.id).await);
        assert_eq!((seen.state, seen.remark), (SendingState::Stands, None));
        assert_eq!((order.state, order.remark.clone()), (OrderState::Sent, None));
        assert!(order.left_at.is_some(), "{order:?}");
        world.clock.advance(SECOND);
        world.read(world.in_okta).await;
        assert_eq!(world.order(one.id).await.state, OrderState::Proven);
        assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap(), native::ReadBack::default());
    }
}

// Rule 20: what the platform says of carrying an answer out is told, and where it did not, a person is asked to.
#[tokio::test]
async fn rule_20_what_the_platform_leaves_undone_waits_for_a_person() {
    for fresh in testing::each().await.unwrap() {
        let world = world(fresh).await;
        world.read(world.in_okta).await;
        // Okta takes no application away that comes through a group.
        let mut tx = world.ctx.store.read().await.unwrap();
        let mut app = None;
        for grant in tx.grants_at(world.in_okta, 1).await.unwrap() {
            let what = tx.external_entitlement(grant.entitlement).await.unwrap().unwrap();
            if what.starts_with("0oa") && matches!(grant.path, domain::GrantPath::Group(_)) {
                app = Some(what);
                break;
            }
        }
        drop(tx);
        let id = launch_over(&world, ("APPLICATION", &app.unwrap()), "REQUIRED_FOR_REVOKE").await;
        let (campaign, items) = followed(&world, world.in_okta, &id).await;
        let all = world.items(campaign).await;
        let through =
            |one: &ReviewItem| all.iter().any(|(_, _, path, item)| item.id == one.id && matches!(path, domain::GrantPath::Group(_)));
        let one = items.iter().find(|one| through(one)).unwrap();
        link(&world, one).await;
        answer(&world, one.id, Answer::Revoke).await;
        world.work().await;
        // Leaving the group would end more than the campaign asks about; somebody else says that all of it goes.
        let held = world.order(one.id).await;
        assert_eq!(held.state, OrderState::Conflict);
        let second = actor(&world.ctx, "second", None, &[Role::Owner]).await;
        let go = orders::ReleaseForm { attempt: world.ctx.env.id(), order: held.id, expected_version: held.version };
        orders::release(&world.ctx, &second, &go).await.unwrap();
        world.work().await;
        assert_eq!(world.order(one.id).await.state, OrderState::Sent);
        assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap().left_undone, 1);
        let order = world.order(one.id).await;
        assert_eq!(order.state, OrderState::CannotBeRemovedHere);
        let why = order.remark.clone().unwrap();
        assert!(why.contains("Okta has the answer, and says that people have to carry it out"), "{why}");
        assert_eq!(sending(&world, one.id).await.state, SendingState::Stands);
        assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap(), native::ReadBack::default(), "noted once");

        // The campaign's owner finds it among what is stuck, and is not offered to send what stands there already.
        let page = review::view::campaign(&world.ctx, &world.owner, campaign, None).await.unwrap();
        let stuck = page.stuck.iter().find(|line| line.id == order.id).unwrap();
        assert_eq!((stuck.why.as_deref(), stuck.retry.is_some()), (Some(why.as_str()), false));
        let again = orders::RetryForm { attempt: world.ctx.env.id(), order: order.id, expected_version: order.version };
        let refusal = refused(orders::retry(&world.ctx, &world.owner, &again).await);
        assert!(refusal.contains("has the answer already"), "{refusal}");
    }
}

// Rule 15: where the campaign takes no reasons, none is sent, and our answer is still known when it is read back.
#[tokio::test]
async fn rule_15_an_answer_without_a_note_is_read_back_as_ours() {
    let world = on_sqlite().await;
    let id = launch_over(&world, ("GROUP", &tenant::okta::group_id("mail.use")), "DISABLED").await;
    let (campaign, items) = followed(&world, world.in_okta, &id).await;
    link(&world, &items[0]).await;
    answer(&world, items[0].id, Answer::Approve).await;
    world.work().await;
    assert_eq!(sending(&world, items[0].id).await.note, "");
    assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap().standing, 1);
    assert_eq!(sending(&world, items[0].id).await.state, SendingState::Stands);
    assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap(), native::ReadBack::default());
    assert_eq!(decided_in_okta(&world).len(), 1);
}

// Rule 11: a token that could do more than answer is used once and dropped.
#[tokio::test]
async fn rule_11_an_administrators_token_is_used_for_one_sending_and_dropped() {
    for fresh in testing::each().await.unwrap() {
        let world = world(fresh).await;
        world.read(world.in_entra).await;
        let mut administrators = std::collections::BTreeSet::new();
        let mut tx = world.ctx.store.read().await.unwrap();
        for grant in tx.grants_at(world.in_entra, 1).await.unwrap() {
            if tx.external_entitlement(grant.entitlement).await.unwrap().unwrap().starts_with("role:") {
                administrators.insert(tx.account_at(grant.account, 1).await.unwrap().unwrap().identity);
            }
        }
        drop(tx);
        let mut theirs = Vec::new();
        for one in listed(&world, world.in_entra).await {
            let campaign = open(&world, &NativeOpenForm { acknowledge: true, ..form(world.in_entra, &one.campaign.id) }).await.unwrap();
            theirs.extend(world.items(campaign).await.into_iter().map(|(.., item)| item));
        }
        theirs.retain(|item| administrators.contains(&item.reviewer) && item.reviewer != item.holder && item.seat == 0);
        let [first, later, ..] = &theirs[..] else { panic!("no administrator reviews two items") };
        let reviewer = first.reviewer;
        assert_eq!(later.reviewer, reviewer);
        answer(&world, first.id, Answer::Approve).await;
        let who = world.reviewer(first).await;
        let linked = link_as(&world, &who, first.source, &account(&world, first).await).await.unwrap();
        assert!(linked.sentence.contains("for one sending"), "{}", linked.sentence);
        world.work().await;
        assert_eq!(sending(&world, first.id).await.state, SendingState::Sent);
        assert_eq!(world.ctx.store.read().await.unwrap().reviewer_link(who.user, first.source).await.unwrap(), None);
        // The next answer waits for the next sign-in.
        answer(&world, later.id, Answer::Approve).await;
        world.work().await;
        assert_eq!(sending(&world, later.id).await.state, SendingState::WaitingForSignIn);
        let again = link_as(&world, &who, first.source, &account(&world, first).await).await.unwrap();
        assert!(again.sentence.contains("for one sending"), "{}", again.sentence);
        world.work().await;
        assert_eq!(sending(&world, later.id).await.state, SendingState::Sent);
    }
}

// A group of reviewers is its people: its questions are shared out among them, and nobody answers about their own access.
#[tokio::test]
async fn rule_37_what_a_group_is_to_answer_is_shared_out_and_never_to_the_holder() {
    let fresh = testing::sqlite().await.unwrap();
    let world = World::new(fresh, Differing { native: true, reviewed_by_group: true, ..Differing::default() }).await;
    world.read(world.in_entra).await;
    let all = listed(&world, world.in_entra).await;
    let by_group = all.into_iter().find(|one| one.campaign.name.contains("access reviewers")).unwrap();
    let plan = native::preview(&world.ctx, &world.owner, world.in_entra, &by_group.campaign.id).await.unwrap();
    let group = native::AskedGroup { name: "Access reviewers".to_owned(), people: 3, unknown: 0, others: vec!["RECEPTION-PC".to_owned()] };
    assert_eq!(plan.groups, [group]);
    assert_eq!((plan.reviewers.len(), plan.unmatched_counts().get(&UnmatchedReason::NoReviewer)), (3, None));
    let most = plan.reviewers.values().map(|(_, items)| *items).max().unwrap();
    assert!(most < plan.items() as u64 * 2 / 3, "shared out: {:?}", plan.reviewers);

    let campaign = open(&world, &form(world.in_entra, &by_group.campaign.id)).await.unwrap();
    let items: Vec<ReviewItem> = world.items(campaign).await.into_iter().map(|(.., item)| item).collect();
    assert!(items.iter().all(|item| item.reviewer != item.holder));
    let asked: std::collections::BTreeSet<_> = items.iter().map(|item| item.reviewer).collect();
    assert_eq!(items.iter().filter(|item| asked.contains(&item.holder)).count(), 3, "the three are asked about too, by the others");
    // Whoever of them is asked here may answer there.
    let mine = busiest(&world, campaign).await;
    link(&world, &mine[0]).await;
    answer(&world, mine[0].id, Answer::Revoke).await;
    world.work().await;
    assert_eq!(sending(&world, mine[0].id).await.state, SendingState::Sent);
    assert_eq!(decided_in_entra(&world), 1);
}

// Rule 11: by the service app only where the owner chose that before opening, and the ledger says so.
#[tokio::test]
async fn rule_11_the_service_app_answers_only_where_the_owner_chose_it() {
    let world = on_sqlite().await;
    let id = launch(&world).await;
    world.read(world.in_okta).await;
    let by_service = NativeOpenForm { by_service: true, ..form(world.in_okta, &id) };
    let wrong = open(&world, &by_service).await;
    assert!(matches!(&wrong, Err(Error::Invalid(fields)) if fields[0].field == "by_service"), "{wrong:?}");

    world.read(world.in_entra).await;
    let teams = listed(&world, world.in_entra).await.into_iter().find(|one| one.campaign.name.contains("applications")).unwrap();
    let campaign = open(&world, &NativeOpenForm { by_service: true, ..form(world.in_entra, &teams.campaign.id) }).await.unwrap();
    let items = busiest(&world, campaign).await;
    let done = answer(&world, items[0].id, Answer::Revoke).await;
    assert!(done.sentence.contains("by the service app, as the campaign's owner chose"), "{}", done.sentence);
    world.work().await;
    assert_eq!(sending(&world, items[0].id).await.state, SendingState::Sent);
    assert_eq!(decided_in_entra(&world), 1, "never the whole review");
    let all = entries(&world, campaign).await;
    let opened = all.iter().find(|entry| entry.kind == EventKind::CampaignOpened).unwrap();
    assert_eq!(opened.data_code("sent_by"), Some("service"));
    let sent = all.iter().find(|entry| entry.kind == EventKind::DecisionSent).unwrap();
    assert_eq!(sent.data_code("sent_by"), Some("service"));
}

// Shadow mode: the platform is told no recommendation either, and no number follows one.
#[tokio::test]
async fn a_hidden_campaign_tells_the_platform_no_recommendation() {
    let world = on_sqlite().await;
    let id = launch(&world).await;
    world.read(world.in_okta).await;
    let hidden = NativeOpenForm { acknowledge: true, showing: Showing::Hidden, ..form(world.in_okta, &id) };
    let campaign = open(&world, &hidden).await.unwrap();
    let opened = entries(&world, campaign).await.into_iter().find(|entry| entry.kind == EventKind::CampaignOpened).unwrap();
    assert_eq!(opened.data_code("recommendations"), Some("hidden"));
    let mut all: Vec<ReviewItem> = world.items(campaign).await.into_iter().map(|(.., item)| item).collect();
    all.sort_by_key(|item| item.number);
    assert!(all.is_sorted_by_key(|item| (item.account, item.entitlement, item.grant)));
    let items = busiest(&world, campaign).await;
    answer(&world, items[0].id, Answer::Approve).await;
    let note = sending(&world, items[0].id).await.note;
    assert!(note.starts_with("Recommendation not shown; decided by the reviewer. [Countersign "), "{note}");
    let page = review::view::item(&world.ctx, &world.reviewer(&items[1]).await, items[1].id).await.unwrap();
    assert_eq!(page.recommended, review::view::types::Recommended::Hidden);
}

// Rule 30: nor is it told one where the item is judged first, although it shows here right after the answer.
#[tokio::test]
async fn rule_30_what_is_judged_first_tells_the_platform_no_recommendation() {
    let world = on_sqlite().await;
    let id = launch(&world).await;
    world.read(world.in_okta).await;
    let shown = NativeOpenForm { acknowledge: true, ..form(world.in_okta, &id) };
    let policy = Policy { blind_share: 100, ..easy() };
    let plan = native::preview(&world.ctx, &world.owner, world.in_okta, &shown.id).await.unwrap();
    let said = review::view::open_platform_campaign(&plan, &shown, &policy, world.ctx.env.id(), Vec::new()).judged_first;
    let campaign = native::open(&world.ctx, &world.owner, world.ctx.env.id(), &shown, &policy).await.unwrap();
    let all: Vec<ReviewItem> = world.items(campaign).await.into_iter().map(|(.., item)| item).collect();
    let drawn = all.iter().filter(|item| item.blind).count();
    assert!(drawn > 0 && said.starts_with(&format!("About {drawn} of {drawn} item")), "{drawn}: {said}");
    let entries = entries(&world, campaign).await;
    let words = entries.iter().filter(|entry| entry.kind == EventKind::ItemCreated && entry.data_code("draw") == Some("drawn"));
    assert_eq!(words.count(), drawn);
    let item = all.iter().find(|item| item.blind && item.holder != item.reviewer).unwrap();
    answer(&world, item.id, Answer::Approve).await;
    let note = sending(&world, item.id).await.note;
    assert!(note.starts_with("Recommendation not shown; decided by the reviewer. [Countersign "), "{note}");
    let page = review::view::item(&world.ctx, &world.reviewer(item).await, item.id).await.unwrap();
    assert!(matches!(page.recommended, review::view::types::Recommended::Shown(_)));
}

// Rule 12: a hand-over is made on the platform first, and not offered where there is none.
#[tokio::test]
async fn rule_12_a_hand_over_goes_to_the_platform_first() {
    let world = on_sqlite().await;
    let id = launch(&world).await;
    let (campaign, items) = followed(&world, world.in_okta, &id).await;
    let others = world.items(campaign).await;
    let (.., other) = others.iter().find(|(.., one)| one.reviewer != items[0].reviewer && one.reviewer != items[0].holder).unwrap();
    let to = account(&world, other).await;
    let handed = |item: ReviewItem, to: String| HandOverForm {
        attempt: world.ctx.env.id(),
        item: item.id,
        expected_version: item.version,
        to,
        note: None,
    };
    let who = world.reviewer(&items[0]).await;
    hand_over(&world.ctx, &who, &handed(items[0].clone(), to.clone())).await.unwrap();
    assert_eq!(item(&world, items[0].id).await.reviewer, other.reviewer);
    let native = world.ctx.store.read().await.unwrap().native_item(items[0].id).await.unwrap().unwrap();
    let there = in_okta(&world, Method::GET, &format!("/governance/api/v1/reviews/{native}"), None).await;
    assert_eq!(there["reviewerProfile"]["id"], json!(to));
    assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap(), native::ReadBack::default());

    // Given to somebody else in Okta itself, the item follows.
    let second = items.iter().find(|one| one.id != items[0].id && one.holder != other.reviewer).unwrap();
    let native = world.ctx.store.read().await.unwrap().native_item(second.id).await.unwrap().unwrap();
    reassign(&world, &id, &native, &to).await;
    assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap().handed_over, 1);
    assert_eq!(item(&world, second.id).await.reviewer, other.reviewer);

    // Entra cannot give a single item to somebody else, so neither can we; nor does reading it back, whoever answers in a
    // manager's stead.
    let (reviews, teams) = team_review(&world).await;
    assert_eq!(native::read_back(&world.ctx, reviews).await.unwrap(), native::ReadBack::default());
    assert_eq!(item(&world, teams[0].id).await.reviewer, teams[0].reviewer);
    let who = world.reviewer(&teams[0]).await;
    let why = refused(hand_over(&world.ctx, &who, &handed(teams[0].clone(), "anybody@meridian.example".to_owned())).await);
    assert!(why.contains("cannot give a single item to somebody else"), "{why}");
}

// Rule 12: an escalation goes to the platform first too, taking it back brings it back there, and what is about to be sent is
// not given away under it.
#[tokio::test]
async fn rule_12_an_escalation_goes_to_the_platform_and_comes_back_from_it() {
    let world = on_sqlite().await;
    let id = launch(&world).await;
    world.read(world.in_okta).await;
    let policy = Policy { undo_window: HOUR, ..easy() };
    let campaign = native::open(&world.ctx, &world.owner, world.ctx.env.id(), &form(world.in_okta, &id), &policy).await.unwrap();
    let items = busiest(&world, campaign).await;
    let (mine, others) = (items[0].clone(), world.items(campaign).await);
    let (.., other) = others.iter().find(|(.., one)| one.reviewer != mine.reviewer && one.reviewer != mine.holder).unwrap();
    let who = world.reviewer(&mine).await;
    let native = world.ctx.store.read().await.unwrap().native_item(mine.id).await.unwrap().unwrap();
    let asked_there = async || {
        let there = in_okta(&world, Method::GET, &format!("/governance/api/v1/reviews/{native}"), None).await;
        there["reviewerProfile"]["id"].as_str().unwrap().to_owned()
    };
    let escalation = async |to: &ReviewItem| DecideForm {
        attempt: world.ctx.env.id(),
        item: mine.id,
        expected_version: item(&world, mine.id).await.version,
        answer: Answer::Escalate,
        why: None,
        note: None,
        to: Some(to.reviewer.to_string()),
        shown: world.shows(mine.id).await,
    };
    let take_back = |version: i64| UndoForm { attempt: world.ctx.env.id(), item: mine.id, expected_version: version };

    // Answered, and not final yet: while it may leave any moment, it is not given away.
    let answered = answer(&world, mine.id, Answer::Approve).await;
    let why = refused(decide(&world.ctx, &who, &escalation(other).await).await);
    assert!(why.contains("Take it back first"), "{why}");
    assert_eq!(asked_there().await, account(&world, &mine).await);
    undo(&world.ctx, &who, &take_back(answered.version)).await.unwrap();

    let escalated = decide(&world.ctx, &who, &escalation(other).await).await.unwrap();
    assert_eq!(escalated.state, ReviewState::Escalated);
    assert_eq!(asked_there().await, account(&world, other).await);
    let back = take_back(escalated.version);
    assert!(!undo(&world.ctx, &who, &back).await.unwrap().repeated);
    assert_eq!(asked_there().await, account(&world, &mine).await, "who answers here is whom the platform asks");
    assert!(undo(&world.ctx, &who, &back).await.unwrap().repeated);
    assert_eq!(native::read_back(&world.ctx, campaign).await.unwrap(), native::ReadBack::default());

    // Once its window is over, an escalation stays, there and here.
    let escalated = decide(&world.ctx, &who, &escalation(other).await).await.unwrap();
    world.clock.advance(HOUR);
    let why = refused(undo(&world.ctx, &who, &take_back(escalated.version)).await);
    assert!(why.contains("take this escalation back ended"), "{why}");
    assert_eq!(asked_there().await, account(&world, other).await);
}

// What the platform did not take goes again when the campaign's owner says so, unless it is about their own access.
#[tokio::test]
async fn a_refused_answer_goes_again_on_the_owners_word_and_never_on_the_holders() {
    for fresh in testing::each().await.unwrap() {
        let world = world(fresh).await;
        let id = launch(&world).await;
        let (campaign, items) = followed(&world, world.in_okta, &id).await;
        let one = &items[0];
        link(&world, one).await;
        let others = world.items(campaign).await;
        let (.., other) = others.iter().find(|(.., other)| other.reviewer != one.reviewer && other.reviewer != one.holder).unwrap();
        let native = world.ctx.store.read().await.unwrap().native_item(one.id).await.unwrap().unwrap();
        let reassign = async |to: String| reassign(&world, &id, &native, &to).await;
        // Given to somebody else there, and not read back yet: the answer comes too late.
        reassign(account(&world, other).await).await;
        answer(&world, one.id, Answer::Approve).await;
        world.clock.advance(SECOND);
        orders::run(&world.ctx).await.unwrap();
        native::send(&world.ctx, campaign, false).await.unwrap();
        let stuck = sending(&world, one.id).await;
        assert_eq!(stuck.state, SendingState::Refused, "{stuck:?}");
        assert_eq!(decided_in_okta(&world), []);
        reassign(account(&world, one).await).await;

        let form = |version: i64| native::SendAgainForm { attempt: world.ctx.env.id(), item: one.id, expected_version: version };
        let holder = Actor { identity: Some(one.holder), ..world.owner.clone() };
        let why = refused(native::send_again(&world.ctx, &holder, &form(stuck.version)).await);
        assert!(why.contains("your own access"), "{why}");
        assert_eq!(sending(&world, one.id).await, stuck);

        let again = form(stuck.version);
        let done = native::send_again(&world.ctx, &world.owner, &again).await.unwrap();
        assert_eq!(done.sentence, "The answer is sent to Okta again.");
        assert!(native::send_again(&world.ctx, &world.owner, &again).await.unwrap().repeated);
        let stale = native::send_again(&world.ctx, &world.owner, &form(stuck.version)).await;
        assert!(matches!(stale, Err(Error::Stale(_))), "{stale:?}");
        native::send(&world.ctx, campaign, false).await.unwrap();
        assert_eq!(sending(&world, one.id).await.state, SendingState::Sent);
        assert_eq!(decided_in_okta(&world).len(), 1);
    }
}

// Rules 2 and 15: taken back in time, nothing is sent; and both answers ask for a reason where the platform asks for one.
#[tokio::test]
async fn rule_02_what_is_taken_back_in_time_is_never_sent() {
    let world = on_sqlite().await;
    let id = launch(&world).await;
    world.read(world.in_okta).await;
    let policy = Policy { undo_window: HOUR, ..easy() };
    let campaign = native::open(&world.ctx, &world.owner, world.ctx.env.id(), &form(world.in_okta, &id), &policy).await.unwrap();
    let items = busiest(&world, campaign).await;
    let who = link(&world, &items[0]).await;
    for one in [Answer::Approve, Answer::Revoke] {
        let bare = try_answer(&world, items[0].id, one, None).await;
        assert!(matches!(&bare, Err(Error::Invalid(fields)) if fields[0].field == "note"), "{bare:?}");
    }
    let first = answer(&world, items[0].id, Answer::Revoke).await;
    world.work().await;
    assert_eq!(sending(&world, items[0].id).await.state, SendingState::Staged);
    let form = UndoForm { attempt: world.ctx.env.id(), item: items[0].id, expected_version: first.version };
    undo(&world.ctx, &who, &form).await.unwrap();
    assert_eq!(sending(&world, items[0].id).await.state, SendingState::Withdrawn);
    answer(&world, items[0].id, Answer::Approve).await;
    world.clock.advance(HOUR);
    // The token ended meanwhile: the answer waits, and goes when the reviewer has signed in again.
    world.work().await;
    assert_eq!(sending(&world, items[0].id).await.state, SendingState::WaitingForSignIn);
    link(&world, &items[0]).await;
    world.work().await;
    assert_eq!(sending(&world, items[0].id).await.state, SendingState::Sent);
    assert_eq!(decided_in_okta(&world).len(), 1);
    // The window ends before the platform does, however late an answer is given.
    let late = domain::Timestamp::parse_rfc3339("2026-12-21T23:30:00Z").unwrap();
    world.clock.advance(late.since(world.ctx.env.now()));
    world.read(world.in_okta).await;
    let late = answer(&world, items[1].id, Answer::Approve).await;
    assert_eq!(late.final_at.unwrap().to_rfc3339(), "2026-12-21T23:50:00Z");
}

#[tokio::test]
async fn a_link_with_somebody_elses_account_is_refused_and_not_kept() {
    let world = on_sqlite().await;
    let id = launch(&world).await;
    let (campaign, items) = followed(&world, world.in_okta, &id).await;
    let who = world.reviewer(&items[0]).await;
    let others = world.items(campaign).await;
    let (.., other) = others.iter().find(|(.., one)| one.reviewer != items[0].reviewer).unwrap();
    let theirs = account(&world, other).await;
    let why = refused(link_as(&world, &who, world.in_okta, &theirs).await);
    assert!(why.contains("belongs to somebody else"), "{why}");
    // Another's state, as of a link that somebody else began.
    let begun = link::begin(&world.ctx, &who, world.in_okta, BACK).await.unwrap();
    assert!(refused(link::finish(&world.ctx, &who, &begun.pending, "another", "code", BACK).await).contains("not begun here"));
    assert!(link::links(&world.ctx, &who).await.unwrap().iter().all(|view| view.since.is_none()));
    assert!(matches!(link::unlink(&world.ctx, &who, world.ctx.env.id(), world.in_okta).await, Err(Error::NotFound)));
    // Somebody who reviews nothing links nothing.
    let auditor = actor(&world.ctx, "auditor", None, &[Role::Auditor]).await;
    assert!(matches!(link::begin(&world.ctx, &auditor, world.in_okta, BACK).await, Err(Error::NotFound)));

    link(&world, &items[0]).await;
    let attempt = world.ctx.env.id();
    let done = link::unlink(&world.ctx, &who, attempt, world.in_okta).await.unwrap();
    assert!(done.sentence.contains("ended, there and here"), "{}", done.sentence);
}

#[tokio::test]
async fn what_cannot_be_matched_is_counted_and_listed() {
    let world = on_sqlite().await;
    let id = launch(&world).await;
    world.read(world.in_okta).await;
    let whole = native::preview(&world.ctx, &world.owner, world.in_okta, &id).await.unwrap();
    let items = u64::try_from(whole.items()).unwrap();
    let unmatched: u64 = whole.unmatched_counts().values().sum();
    assert_eq!(unmatched, whole.unmatched.len() as u64);
    assert_eq!(whole.reviewers.values().map(|(_, items)| items).sum::<u64>(), items);
    // Somebody leaves the group after the platform asked about them, and it is read again.
    let campaign = open(&world, &form(world.in_okta, &id)).await.unwrap();
    let (account, group, ..) = world.items(campaign).await.remove(0);
    in_okta(&world, Method::DELETE, &format!("/api/v1/groups/{group}/users/{account}"), None).await;
    world.read(world.in_okta).await;
    let after = native::preview(&world.ctx, &world.owner, world.in_okta, &id).await.unwrap();
    assert_eq!(
        after.unmatched_counts()[&UnmatchedReason::NoGrant],
        whole.unmatched_counts().get(&UnmatchedReason::NoGrant).unwrap_or(&0) + 1
    );
}
