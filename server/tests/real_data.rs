//! Real access decisions of a company, from import through a whole campaign to a verified pack.
//!
//! 24,698 approved rows: a person for each distinct set of attributes and manager, an entitlement
//! for each resource, a reviewer for each manager. Through the use cases, without HTTP.
//! Skips, visibly, where the data is not there. Durations are printed, and nothing hangs on them.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a failed expectation is a failed test; durations are printed for people"
)]

use domain::{
    Answer, CampaignId, CampaignState, Env, HoldReason, ItemId, ManualClock, OrderState, Policy, ReviewState, RevokeWhy, Role, SourceId,
    Timestamp, Verdict,
    policy::Brake,
    time::{DAY, HOUR},
};
use ledger::{PseudonymKey, SigningKey, Trust, verify::Signer, verify_pack};
use review::{
    Actor, Context, Keys, SignIn, audit, close,
    close::CloseForm,
    connectors::Connectors,
    decide::{DecideForm, decide},
    export,
    open::{self, OpenForm, Scope},
    orders::{self, ReleaseForm},
    sequence,
    sources::{self, NewSource, Place},
    sync,
    users::{self, SignedIn},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};
use store::{
    Sealer, SealingKey, Store,
    testing::{self, Fresh},
};

/// 21 November 2026, 08:00 UTC.
const NOW: Timestamp = Timestamp(1_795_248_000_000_000);
/// Has it run on PostgreSQL too, which takes as long again.
const ON_BOTH: &str = "COUNTERSIGN_REAL_DATA_ON_BOTH";
/// Every so manieth item is revoked whatever is recommended, so that removals of all sorts occur.
const REVOKED: i64 = 50;

fn data() -> Option<PathBuf> {
    let shared =
        std::env::var_os("COUNTERSIGN_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    let path = shared.join("data/access-decisions/train.csv");
    path.exists().then_some(path)
}

/// What the files hold.
struct Written {
    people: usize,
    managers: usize,
    grants: usize,
}

/// Writes the approved rows as a source of files.
fn write(data: &Path, folder: &Path) -> Written {
    let text = std::fs::read_to_string(data).unwrap();
    let mut employees: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut managers = BTreeSet::new();
    let mut resources = BTreeSet::new();
    let mut grants = "person_id,entitlement_id,path,granted_on,granted_by\n".to_owned();
    let mut count = 0;
    // Every field is a number, so nothing is quoted.
    for row in text.lines().skip(1) {
        let row: Vec<&str> = row.split(',').collect();
        if row[0] != "1" {
            continue;
        }
        // Columns 2 to 9: the manager and seven attributes.
        let attributes: Vec<String> = row[2..].iter().map(|field| (*field).to_owned()).collect();
        managers.insert(row[2].to_owned());
        resources.insert(row[1].to_owned());
        let next = employees.len();
        let person = *employees.entry(attributes).or_insert(next);
        writeln!(grants, "e{person},r{},direct,2024-03-01T00:00:00Z,", row[1]).unwrap();
        count += 1;
    }
    let mut people = "person_id,name,email,title,department,manager_id,status,start,end,changed_job_on\n".to_owned();
    for manager in &managers {
        writeln!(people, "m{manager},Manager {manager},m{manager}@example.com,,,,active,2015-01-01,,").unwrap();
    }
    for (attributes, person) in &employees {
        // MGR_ID, ROLE_ROLLUP_1, ROLE_ROLLUP_2, ROLE_DEPTNAME, ROLE_TITLE, …
        let (manager, department, title) = (&attributes[0], &attributes[3], &attributes[4]);
        writeln!(
            people,
            "e{person},Employee {person},e{person}@example.com,Title {title},Department {department},m{manager},active,2020-01-01,,"
        )
        .unwrap();
    }
    let mut entitlements = "entitlement_id,name,application,description,sensitivity,owner_id\n".to_owned();
    for resource in &resources {
        writeln!(entitlements, "r{resource},Resource {resource},Application {},,,", resource.bytes().next().map_or('0', char::from))
            .unwrap();
    }
    std::fs::create_dir_all(folder).unwrap();
    for (name, text) in [("people.csv", people), ("entitlements.csv", entitlements), ("grants.csv", grants)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    Written { people: employees.len(), managers: managers.len(), grants: count }
}

/// Says how long each step took.
struct Watch(Instant);

impl Watch {
    fn step(&mut self, what: &str) {
        println!("real data: {what}: {} ms", self.0.elapsed().as_millis());
        self.0 = Instant::now();
    }
}

async fn signed_in(ctx: &Context, person: &str, roles: &[Role]) -> Actor {
    let by = SignedIn {
        issuer: "https://idp.example".to_owned(),
        subject: person.to_owned(),
        name: format!("Name of {person}"),
        email: Some(format!("{person}@example.com")),
        roles: roles.iter().copied().collect(),
        zone: None,
        sign_in: SignIn::default(),
    };
    users::signed_in(ctx, &by).await.unwrap()
}

/// An item as its reviewer answers it.
struct Owed {
    item: ItemId,
    version: i64,
    answer: Answer,
}

/// Everything that is owed, by reviewer.
async fn owed(ctx: &Context, campaign: CampaignId) -> BTreeMap<String, Vec<Owed>> {
    let mut tx = ctx.store.read().await.unwrap();
    let mut all: BTreeMap<String, Vec<Owed>> = BTreeMap::new();
    for item in tx.owed_items(campaign).await.unwrap() {
        let revoke = item.verdict == Some(Verdict::Revoke) || item.number % REVOKED == 0;
        let answer = if revoke { Answer::Revoke } else { Answer::Approve };
        // Every item of a fresh campaign is at version 1.
        all.entry(item.reviewer_external).or_default().push(Owed { item: item.item, version: 1, answer });
    }
    all
}

async fn orders_in(ctx: &Context, campaign: CampaignId, wanted: impl Fn(OrderState, Option<HoldReason>) -> bool) -> i64 {
    let mut tx = ctx.store.read().await.unwrap();
    let totals = tx.order_totals(campaign).await.unwrap();
    totals.iter().filter(|(state, reason, _)| wanted(*state, *reason)).map(|(_, _, count)| count).sum()
}

/// A second person lets every removal go that the brake holds. Returns how many.
async fn release_braked(ctx: &Context, owner: &Actor) -> u64 {
    let mut released = 0;
    loop {
        let held = ctx.store.read().await.unwrap().orders_held_for(HoldReason::Brake, None, 200).await.unwrap();
        if held.is_empty() {
            return released;
        }
        for order in held {
            let form = ReleaseForm { attempt: ctx.env.id(), order: order.id, expected_version: order.version };
            orders::release(ctx, owner, &form).await.unwrap();
            released += 1;
        }
    }
}

async fn install(folder: &Path, store: Store) -> (Context, Arc<ManualClock>, SourceId) {
    let (env, clock) = Env::simulated(NOW, 11);
    let keys = Keys { pseudonyms: PseudonymKey::new("k1", [7; 32]), signing: SigningKey::from_bytes(&[9; 32]) };
    let sealer = Sealer::new(vec![SealingKey::new("k1", [5; 32])]).unwrap();
    let ctx = Context {
        store,
        env,
        origin: "reviews.test".into(),
        keys: Arc::new(keys),
        folder: Arc::new(folder.join("data")),
        connectors: Arc::new(Connectors::new(sealer)),
    };
    let new = NewSource {
        name: "Directory".to_owned(),
        place: Place::Files { folder: folder.join("source") },
        settings: String::new(),
        max_age: 7 * DAY,
        read_every: None,
    };
    let source = sources::create(&ctx, None, &new).await.unwrap();
    (ctx, clock, source)
}

#[tokio::test(flavor = "multi_thread")]
async fn real_access_goes_from_import_to_a_verified_pack_with_every_item_decided() {
    from_import_to_a_verified_pack(&testing::sqlite().await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn real_access_goes_from_import_to_a_verified_pack_on_postgresql() {
    if std::env::var_os(ON_BOTH).is_none() {
        println!("real data: left out on PostgreSQL: {ON_BOTH} is not set (make test-long sets it)");
        return;
    }
    match testing::postgres().await.unwrap() {
        Some(fresh) => from_import_to_a_verified_pack(&fresh).await,
        None => println!("real data: left out on PostgreSQL: COUNTERSIGN_TEST_POSTGRES is not set (make test-long sets it)"),
    }
}

async fn from_import_to_a_verified_pack(fresh: &Fresh) {
    let Some(data) = data() else {
        println!("real data: skipped: data/access-decisions/train.csv is not in the shared folder (COUNTERSIGN_SHARED names another)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut watch = Watch(Instant::now());
    let written = write(&data, &folder.path().join("source"));
    watch.step("files written");
    assert_eq!((written.people, written.managers, written.grants), (8_524, 3_978, 24_698));

    let (ctx, clock, source) = install(folder.path(), fresh.store.clone()).await;
    let first = sync::sync(&ctx, None, source).await.unwrap();
    assert_eq!(first.changes.grants.total, 24_698);
    watch.step("24,698 grants read and sealed");

    let owner = signed_in(&ctx, "owner", &[Role::Owner]).await;
    let brake = Brake {
        per_source_hour: 100_000,
        per_application_hour: 100_000,
        per_department_hour: 100_000,
        source_share_percent: 100,
        application_share_percent: 100,
        department_share_percent: 100,
        ..Brake::default()
    };
    let form = OpenForm {
        name: "Everything".to_owned(),
        sources: BTreeSet::from([source]),
        scope: Scope::All,
        due_at: NOW.plus(21 * DAY),
        time_zone: "Europe/Zurich".to_owned(),
        policy: Policy { undo_window: 0, brake, ..Policy::default() },
        showing: domain::Showing::Shown,
    };
    let campaign = open::open(&ctx, &owner, ctx.env.id(), &form).await.unwrap();
    watch.step("campaign opened over everything, with recommendations");

    let owed = owed(&ctx, campaign).await;
    assert_eq!(owed.values().map(Vec::len).sum::<usize>(), 24_698, "every grant has its item and its reviewer");
    let mut reviewers = Vec::with_capacity(owed.len());
    for person in owed.keys() {
        reviewers.push(signed_in(&ctx, person, &[Role::Reviewer]).await);
    }
    watch.step(&format!("{} reviewers signed in", reviewers.len()));
    let mut revoked = 0;
    for (reviewer, items) in reviewers.iter().zip(owed.values()) {
        for owed in items {
            let form = DecideForm {
                attempt: ctx.env.id(),
                item: owed.item,
                expected_version: owed.version,
                answer: owed.answer,
                why: (owed.answer == Answer::Revoke).then_some(RevokeWhy::NoLongerNeeded),
                note: None,
                to: None,
                shown: None,
            };
            let done = decide(&ctx, reviewer, &form).await.unwrap();
            assert!(done.decision.is_some() && !done.repeated);
            revoked += u64::from(owed.answer == Answer::Revoke);
        }
    }
    watch.step(&format!("24,698 items decided by their reviewers, {revoked} of them to be removed"));

    clock.advance(HOUR);
    let run = orders::run(&ctx).await.unwrap();
    watch.step(&format!("answers made final and removals sent ({run:?})"));
    let preview = close::preview(&ctx, &owner, campaign).await.unwrap();
    assert_eq!(preview.open, 0, "every item was answered");
    let close =
        CloseForm { attempt: ctx.env.id(), campaign, expected_version: preview.version, preview_digest: preview.digest, acknowledge: true };
    let closed = close::close(&ctx, &owner, &close).await.unwrap();
    assert_eq!(closed.state, CampaignState::Closed);
    watch.step("campaign closed after its dry run");

    let released = release_braked(&ctx, &owner).await;
    orders::run(&ctx).await.unwrap();
    watch.step(&format!("{released} removals let go that the brake had held, and sent"));
    let ticketed = orders_in(&ctx, campaign, |state, _| state == OrderState::Ticketed).await;
    assert_eq!(u64::try_from(ticketed).unwrap(), revoked, "every removal left as a ticket");
    let (files, tickets, journal) = (folder.path().join("source"), ctx.folder.join("tickets"), folder.path().join("desk.jsonl"));
    let applied = tenant::desk::apply(&files, &tickets, &journal).unwrap();
    assert_eq!(applied.removed as u64, revoked, "{:?}", applied.refused);
    watch.step("tickets carried out");

    let second = sync::sync(&ctx, None, source).await.unwrap();
    assert_eq!(second.changes.grants.gone, revoked);
    let proven = orders_in(&ctx, campaign, |state, _| state == OrderState::Proven).await;
    assert_eq!(u64::try_from(proven).unwrap(), revoked, "every removal is proven by the reading");
    watch.step("source read again, removals proven");
    let states = ctx.store.read().await.unwrap().closing_counts(campaign).await.unwrap();
    assert_eq!(states.values().sum::<i64>(), 24_698);
    assert!(!states.contains_key(&ReviewState::Unanswered) && !states.contains_key(&ReviewState::Excepted), "{states:?}");

    let sequenced = sequence::run(&ctx, "real-data").await.unwrap();
    watch.step(&format!("{} ledger entries in their places", sequenced.placed));
    let audit = audit::audit(&ctx).await.unwrap();
    assert!(audit.is_whole(), "{:?}", audit.differences);
    watch.step("ledger computed anew");
    let made = export::make(&ctx, None, campaign, None).await.unwrap();
    watch.step(&format!("evidence pack made: {} bytes", made.bytes));
    let bytes = std::fs::read(export::folder(&ctx).join(&made.file)).unwrap();
    let report = verify_pack(&bytes, &Trust::fingerprint(&made.fingerprint).unwrap());
    assert!(report.whole && report.signer == Signer::Established, "{}", report.sentence());
    watch.step("evidence pack verified");
    ctx.store.close().await;
}
