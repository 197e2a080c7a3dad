//! Rows of a small company, for tests of what is done with them. Numbers make ids: person 3 has account 3.

use domain::{
    AccountId, AccountRisk, AccountStatus, Answer, AttemptId, CampaignId, CampaignKind, CampaignState, DecisionId, DecisionOrigin,
    EntitlementId, EscalateMeaning, GrantId, GrantPath, HoldReason, IdentityId, ItemId, OrderId, OrderState, RecommendationId, ReviewState,
    RevokeWhy, RiskLevel, Role, Sensitivity, Showing, SourceId, SourceKind, Timestamp, UserId, Verdict,
};
use store::{
    Tx, User,
    access::{Account, Entitlement, Grant},
    campaigns::{Campaign, CampaignSource, NewItem, NewRecommendation},
    decisions::{Decision, ItemStep},
    orders::Order,
    sources::{Snapshot, Source},
};
use uuid::Uuid;

/// A moment, in seconds.
pub const T: fn(i64) -> Timestamp = |seconds| Timestamp(seconds * 1_000_000);
/// The one source.
pub const SOURCE: SourceId = SourceId(Uuid::from_u128(1));
/// The owner of the campaigns, as they sign in.
pub const OWNER: UserId = UserId(Uuid::from_u128(7));

/// Ids of different things never meet, and those of one kind are in the order of their numbers.
pub fn id<I: From<Uuid>>(kind: u8, number: u32) -> I {
    I::from(Uuid::from_u128((u128::from(kind) << 64) | u128::from(number)))
}

pub fn identity(number: u32) -> IdentityId {
    id(2, number)
}

pub fn account(number: u32) -> AccountId {
    id(3, number)
}

pub fn entitlement(number: u32) -> EntitlementId {
    id(4, number)
}

pub fn grant(number: u32) -> GrantId {
    id(5, number)
}

pub fn campaign(number: u32) -> CampaignId {
    id(6, number)
}

/// The item of a campaign about a grant.
pub fn item(campaign: u32, grant: u32) -> ItemId {
    id(8, campaign * 10_000 + grant)
}

pub fn decision(number: u32) -> DecisionId {
    id(9, number)
}

pub fn order(number: u32) -> OrderId {
    id(10, number)
}

pub fn digest(number: u32) -> [u8; 32] {
    let mut digest = [0; 32];
    digest[..4].copy_from_slice(&number.to_be_bytes());
    digest
}

/// A sealed snapshot of the source that shows nothing.
pub fn sealed() -> Snapshot {
    Snapshot {
        id: Uuid::nil(),
        source_id: SOURCE.0,
        seq: 1,
        taken_at: 0,
        sealed_at: 0,
        population_hash: vec![1; 32],
        manifest: "{}".into(),
        accounts: 0,
        entitlements: 0,
        grants: 0,
        usages: 0,
    }
}

pub async fn snapshot(tx: &mut Tx, seq: i64) {
    let id = id(11, u32::try_from(seq).unwrap());
    let snapshot = Snapshot { id, seq, taken_at: T(seq * 100).0, sealed_at: T(seq * 100 + 1).0, ..sealed() };
    tx.insert_snapshot(&snapshot).await.unwrap();
    let before = if seq > 1 { Some(seq - 1) } else { None };
    assert!(tx.advance_source(SOURCE, before, seq, T(seq * 100)).await.unwrap());
}

/// The source, never read.
pub fn source() -> Source {
    Source {
        id: SOURCE,
        name: "Directory".into(),
        kind: SourceKind::Files,
        config: "{}".into(),
        settings: "{}".into(),
        max_age: 7,
        read_every: None,
        last_seq: None,
        last_read_at: None,
        version: 1,
    }
}

/// The source with its first reading, still empty, and the owner.
pub async fn begin(tx: &mut Tx) {
    tx.insert_source(&source(), T(0)).await.unwrap();
    snapshot(tx, 1).await;
    user(tx, OWNER, "owner", None).await;
}

pub async fn user(tx: &mut Tx, id: UserId, name: &str, identity: Option<IdentityId>) {
    let user = User {
        id,
        issuer: "https://idp.example".into(),
        subject: name.into(),
        name: name.into(),
        email: None,
        identity,
        roles: [Role::Owner].into(),
        zone: store::ReaderZone::default(),
        first_seen: T(0),
        last_seen: T(0),
    };
    tx.upsert_user(&user).await.unwrap();
}

pub fn person(number: u32) -> Account {
    Account {
        id: account(number),
        identity: identity(number),
        external_id: format!("p{number}"),
        employee_id: Some(format!("n{number}")),
        name: Some(format!("Person {number}")),
        email: Some(format!("Person.{number}@Example.com")),
        title: Some("Clerk".into()),
        department: number.is_multiple_of(2).then(|| "Sales".to_owned()),
        manager_external: None,
        status: Some(AccountStatus::Active),
        start: Some(T(1)),
        end: None,
        changed_job_on: None,
        employment: domain::Employment::default(),
        risk: number.is_multiple_of(2).then(|| AccountRisk { level: RiskLevel::Medium, since: number.is_multiple_of(4).then_some(T(9)) }),
    }
}

pub async fn add_people(tx: &mut Tx, numbers: impl IntoIterator<Item = u32>) {
    let people: Vec<Account> = numbers.into_iter().map(person).collect();
    let ids: Vec<_> = people.iter().map(|p| (p.id, p.identity, p.external_id.clone())).collect();
    tx.insert_accounts(SOURCE, &ids, T(0)).await.unwrap();
    let versions: Vec<_> = people.into_iter().map(|p| (p, digest(1))).collect();
    tx.insert_account_versions(1, &versions).await.unwrap();
}

pub fn access(number: u32) -> Entitlement {
    Entitlement {
        id: entitlement(number),
        external_id: format!("e{number}"),
        name: Some(format!("Access {number}")),
        application: (number > 1).then(|| "Ledgerline".to_owned()),
        description: None,
        sensitivity: (number > 2).then_some(Sensitivity::High),
        owner_external: None,
    }
}

pub async fn add_entitlements(tx: &mut Tx, numbers: impl IntoIterator<Item = u32>) {
    let all: Vec<Entitlement> = numbers.into_iter().map(access).collect();
    let ids: Vec<_> = all.iter().map(|e| (e.id, e.external_id.clone())).collect();
    tx.insert_entitlements(SOURCE, &ids).await.unwrap();
    let versions: Vec<_> = all.into_iter().map(|e| (e, digest(2))).collect();
    tx.insert_entitlement_versions(1, &versions).await.unwrap();
}

/// Grant `number`: who holds what, directly, from the first reading on.
pub fn held(number: u32, holder: u32, what: u32) -> Grant {
    Grant {
        id: grant(number),
        account: account(holder),
        entitlement: entitlement(what),
        path: GrantPath::Direct,
        granted_on: Some(T(5)),
        held_by: Some(T(7)),
        granted_by: None,
        digest: digest(number),
        valid_from: 1,
        valid_until: None,
    }
}

pub async fn add_grants(tx: &mut Tx, grants: &[Grant]) {
    tx.insert_grants(SOURCE, grants).await.unwrap();
}

pub async fn add_campaign(tx: &mut Tx, number: u32, owner: UserId) {
    add_campaign_showing(tx, number, owner, Showing::Shown).await;
}

/// A campaign that shows what is recommended, or hides it.
pub async fn add_campaign_showing(tx: &mut Tx, number: u32, owner: UserId, showing: Showing) {
    let new = Campaign {
        id: campaign(number),
        name: format!("Campaign {number}"),
        kind: CampaignKind::Own,
        state: CampaignState::Open,
        owner,
        scope: "\"all\"".into(),
        policy: "{}".into(),
        time_zone: "UTC".into(),
        due_at: T(9_000),
        created_at: T(200),
        opened_at: Some(T(200)),
        closing_at: None,
        closed_at: None,
        items: 0,
        left_out: "{}".into(),
        showing,
        draw_seed: Some([9; 32]),
        version: 1,
    };
    tx.insert_campaign(&new, &[CampaignSource { source: SOURCE, seq: 1 }]).await.unwrap();
    assert_eq!(tx.campaign(new.id).await.unwrap(), Some(new));
}

/// An item about a grant of `campaign`, for `reviewer`. Its number is the grant's.
pub fn asked(campaign: u32, about: &Grant, reviewer: u32) -> NewItem {
    let number = u32::try_from(about.id.0.as_u128() & 0xffff_ffff).unwrap();
    NewItem {
        id: item(campaign, number),
        number: i64::from(number),
        seat: 0,
        source: SOURCE,
        seq: 1,
        grant: about.id,
        account: about.account,
        entitlement: about.entitlement,
        reviewer: identity(reviewer),
        reviewer_by: "manager",
        cause: "unused",
        sort: 1,
        risk: i64::from(number),
        blind: false,
        recommendation: NewRecommendation {
            id: recommendation(campaign, number),
            verdict: Verdict::Escalate,
            meaning: Some(EscalateMeaning::NeedsYourJudgement),
            confidence: 5_000,
            score: 12,
            alarm: false,
            bulk_allowed: true,
            engine: "rules-1".into(),
            input_hash: [3; 32],
            weights_sha256: WEIGHTS,
            model_sha256: None,
            body: b"{}".to_vec(),
        },
    }
}

pub fn recommendation(campaign: u32, number: u32) -> RecommendationId {
    id(12, campaign * 10_000 + number)
}

/// The SHA-256 under which the weights of every recommendation here are kept.
pub const WEIGHTS: [u8; 32] = [4; 32];

pub async fn add_items(tx: &mut Tx, campaign_number: u32, items: &[NewItem]) {
    tx.keep_weights(WEIGHTS, "rules-1", b"{}", T(200)).await.unwrap();
    tx.insert_items(campaign(campaign_number), items, T(200)).await.unwrap();
}

/// A person's answer to an item, given at 300 and final at 400.
pub fn answer(number: u32, of: &NewItem, campaign_number: u32, answer: Answer) -> Decision {
    Decision {
        id: decision(number),
        campaign: campaign(campaign_number),
        item: of.id,
        stage: 1,
        reviewer: Some(of.reviewer),
        user: Some(OWNER),
        version: 1,
        answer,
        why: (answer == Answer::Revoke).then_some(RevokeWhy::NoLongerNeeded),
        origin: DecisionOrigin::Person,
        recommendation: Some(of.recommendation.id),
        agreed: Some(false),
        shown: Some([4; 32]),
        on_old_data: true,
        decided_at: T(300),
        final_at: T(400),
        finalised_at: None,
        undone_at: None,
        attempt: id::<AttemptId>(13, number),
        sign_in: "{}".into(),
    }
}

/// Stores an answer and lets it count: the item is staged with it.
pub async fn give(tx: &mut Tx, given: &Decision) {
    tx.insert_decision(given).await.unwrap();
    stand(tx, given, ReviewState::Staged).await;
}

/// Moves the item of an answer to a state in which that answer counts.
pub async fn stand(tx: &mut Tx, given: &Decision, state: ReviewState) {
    let now = tx.review_item(given.item).await.unwrap().unwrap();
    let step = ItemStep { decision: Some(given.id), ..now.step(state, T(300)) };
    assert!(tx.step_item(&step).await.unwrap());
}

/// The order of a revoke, held for its undo window.
pub fn removal(number: u32, of: &NewItem, given: &Decision) -> Order {
    Order {
        id: order(number),
        campaign: given.campaign,
        item: of.id,
        decision: given.id,
        source: SOURCE,
        grant: of.grant,
        account: of.account,
        entitlement: of.entitlement,
        application: Some("Ledgerline".into()),
        department: None,
        created_at: T(300),
        state: OrderState::Held,
        hold_reason: Some(HoldReason::UndoWindow),
        hold_until: Some(T(400)),
        also_ends: "[]".into(),
        fence: 0,
        ticket: None,
        remark: None,
        released_by: None,
        left_at: None,
        proven_at: None,
        version: 1,
    }
}

/// `people` people of whom each holds every one of `entitlements`: grants 1, 2, 3 …, person by person.
pub async fn company(tx: &mut Tx, people: u32, entitlements: u32) -> Vec<Grant> {
    begin(tx).await;
    add_people(tx, 1..=people).await;
    add_entitlements(tx, 1..=entitlements).await;
    let pairs = (1..=people).flat_map(|p| (1..=entitlements).map(move |e| (p, e)));
    let grants: Vec<Grant> = (1..).zip(pairs).map(|(number, (p, e))| held(number, p, e)).collect();
    add_grants(tx, &grants).await;
    grants
}

/// A campaign that asks person 1 about every grant.
pub async fn campaign_about(tx: &mut Tx, number: u32, grants: &[Grant]) -> Vec<NewItem> {
    add_campaign(tx, number, OWNER).await;
    let items: Vec<NewItem> = grants.iter().map(|grant| asked(number, grant, 1)).collect();
    add_items(tx, number, &items).await;
    items
}
