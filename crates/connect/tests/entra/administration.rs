//! Rule 29: use of a directory role is the audited actions that need it.

use crate::support::{NOW, Room};
use connect::{Covers, Cursor, Facts, PageRead, Reading, Sight, Source as _, Use, WarningKind};
use domain::{Grain, Timestamp, Usage, time::DAY};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tenant::company;

const CLOUD_APPLICATION: &str = "158c047a-c907-4556-b7ef-446551a6b5f7";
const GLOBAL: &str = "62e90394-69f5-4237-9190-012177145e10";

fn of_roles(reading: &Reading) -> BTreeMap<(&str, &str), Usage> {
    let roles = reading.usage.iter().filter(|one| one.entitlement_id.starts_with("role:"));
    roles.map(|one| ((one.person_id.as_str(), one.entitlement_id.as_str()), one.usage)).collect()
}

/// A tenant large enough that its directory has roles of its own.
async fn tenant() -> Room {
    Room::with(company::Config::new(7, NOW.micros()).people(400).applications(30), |_| {}, |_| {}).await
}

#[tokio::test]
async fn rule_29_a_role_was_used_when_what_needs_it_was_done_and_not_when_somebody_signed_in() {
    let room = tenant().await;
    let reading = room.read().await;
    assert_eq!((reading.unread.as_slice(), room.handle.violations()), ([].as_slice(), Vec::new()));
    let usage = of_roles(&reading);
    let roles: BTreeMap<&str, &str> = [
        ("cloud-console.administer", CLOUD_APPLICATION),
        ("directory.change", "fdd7a751-b60b-444a-984c-02652fe8fa1c"),
        ("directory.operate", "fe930be7-5e62-47db-91af-98c3a49a38b1"),
        ("directory.administer", "e8611ab8-c189-46e8-94e1-60213ab1f814"),
        ("directory.keys", "c4e39bd9-1100-46d3-8c65-fb160da0071f"),
    ]
    .into();
    let mut held: BTreeMap<String, Vec<(&str, &[i64])>> = BTreeMap::new();
    for act in room.company.acts() {
        if let Some(role) = roles.get(act.entitlement_id.as_str()) {
            held.entry(room.handle.user_id(&act.person_id)).or_default().push((role, &act.at));
        }
    }
    let (mut used, mut silent, mut away) = (0, 0, 0);
    for (user, held) in held.iter().filter(|(_, held)| held.len() == 1) {
        let (role, acts) = held[0];
        let key = format!("role:{role}");
        let seen = usage[&(user.as_str(), key.as_str())];
        let within: Vec<i64> = acts.iter().copied().filter(|at| NOW.since(Timestamp(at * 1_000_000)) <= 30 * DAY).collect();
        match (within.first(), seen.grain) {
            (Some(last), _) => {
                assert_eq!((seen.grain, seen.window_days, seen.last_used), (Grain::Action, 30, Some(Timestamp(last * 1_000_000))));
                let days: BTreeSet<i64> = within.iter().map(|at| at.div_euclid(86_400)).collect();
                assert_eq!(seen.days_used, u32::try_from(days.len()).ok());
                used += 1;
            }
            // A new password of one's own, and what a machine does, is no act of an administrator.
            (None, Grain::Action) => {
                assert_eq!((seen.last_used, seen.days_used, seen.window_days), (None, Some(0), 30), "{user} {role}");
                silent += 1;
            }
            // Who signed in nowhere for longer than the log is kept did nothing with it either.
            (None, grain) => {
                assert_eq!((grain, seen.window_days), (Grain::Tenant, 1_086));
                assert!(seen.last_used.is_none_or(|last| NOW.days_since(last) > 30));
                away += 1;
            }
        }
    }
    assert!(used > 10 && silent > 3, "{used} used, {silent} silent, {away} away");
    // Roles of which the log tells a part only are never judged by its silence.
    let partly: Vec<_> = usage.iter().filter(|((_, role), _)| !roles.values().any(|known| role.ends_with(known))).collect();
    assert!(!partly.is_empty() && partly.iter().all(|(_, seen)| seen.grain == Grain::Tenant || seen.last_used.is_some()), "{partly:?}");
    let left_out: u64 =
        reading.pages.iter().filter(|page| page.request.contains("directoryAudits")).filter_map(|page| page.dropped.get("not_use")).sum();
    assert!(left_out > 400, "a machine's lines are counted and left out: {left_out}");
}

#[tokio::test]
async fn the_log_is_read_in_pages_that_another_process_can_go_on_with() {
    let company = company::Config::new(7, NOW.micros()).people(1_200).applications(12);
    let room = Room::with(company, |config| config.contract = None, |_| {}).await;
    let pages = room.pages().await.unwrap();
    let is_audit = |page: &&PageRead| page.page.request.contains("directoryAudits");
    assert!(pages.iter().filter(is_audit).count() > 1);
    assert!(pages.iter().position(|page| is_audit(&page)) > pages.iter().rposition(|page| page.page.request.contains("signIns")));
    let whole = Reading::assemble(NOW, pages.clone(), 200).unwrap();
    let mut again: Vec<PageRead> = pages.iter().filter(|page| !is_audit(page)).cloned().collect();
    let mut cursor: Option<Cursor> = again.last().unwrap().next.clone();
    let other = Room::with(company, |config| config.contract = None, |_| {}).await;
    while let Some(at) = &cursor {
        // By a tenant and a connector that know nothing of the first.
        let page = other.source.read_page(Some(at)).await.unwrap();
        cursor.clone_from(&page.next);
        again.push(page);
    }
    assert_eq!(Reading::assemble(NOW, again, 200).unwrap().history_hash(), whole.history_hash());
}

#[tokio::test]
async fn a_log_that_may_not_be_read_leaves_the_use_of_roles_unknown_and_says_why() {
    let room = Room::open().await;
    let whole = room.read().await;
    assert!(of_roles(&whole).values().any(|usage| usage.grain == Grain::Action));
    room.handle.forbid("/auditLogs/directoryAudits");
    let reading = room.read().await;
    assert_eq!(reading.unread.len(), 1);
    assert_eq!(
        (reading.unread[0].part.as_str(), &reading.unread[0].covers),
        ("audit log", &Covers::UsageOf { prefix: "role:".to_owned() })
    );
    assert!(reading.unread[0].why.contains("AuditLog.Read.All"), "{}", reading.unread[0].why);
    assert_eq!(reading.warnings.count(WarningKind::PartUnread), 1);
    // What sign-ins show stays: whether somebody came at all. Use of everything else is as it was.
    assert!(of_roles(&reading).values().all(|usage| usage.grain == Grain::Tenant));
    let others =
        |reading: &Reading| reading.usage.iter().filter(|one| !one.entitlement_id.starts_with("role:")).cloned().collect::<Vec<_>>();
    assert_eq!(others(&reading), others(&whole));
    assert_eq!(reading.population_hash(), whole.population_hash());
    assert!(Covers::UsageOf { prefix: "role:".to_owned() }.is_within(&Covers::Usage));
}

/// How many cases: a few, or as many as `PROPTEST_CASES` asks for.
fn cases(few: u32) -> u32 {
    if std::env::var_os("PROPTEST_CASES").is_some() { ProptestConfig::default().cases } else { few }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(64), failure_persistence: None, ..ProptestConfig::default() })]
    /// Rule 26: of a role of which the log tells a part only, nothing is called unused for longer than nobody signed in.
    #[test]
    fn unknown_is_never_unused(
        acted in proptest::collection::vec((any::<bool>(), 0..30i64), 0..4),
        signed_in in proptest::option::of(0..200i64),
        log in any::<bool>(),
        days in 1..200u32,
    ) {
        let (person, role) = ("00000000-0000-4000-8000-000000000001", format!("role:{GLOBAL}"));
        let ago = |days: i64| NOW.plus(-days * DAY);
        let mut uses: Vec<Use> = acted.iter().map(|(global, days)| {
            let of = Sight::Role(if *global { GLOBAL } else { CLOUD_APPLICATION }.to_owned());
            Use { person: person.to_owned(), of, last: ago(*days), days: Some(BTreeSet::from([ago(*days).micros().div_euclid(DAY)])) }
        }).collect();
        uses.extend(signed_in.map(|days| Use { person: person.to_owned(), of: Sight::Tenant, last: ago(days), days: None }));
        let mut windows = vec![(Grain::Tenant, 1_086)];
        windows.extend(log.then_some((Grain::Action, 30)));
        let facts = Facts {
            scopes: vec![(role.clone(), Sight::RoleInPart(GLOBAL.to_owned()))],
            uses, windows, watched: vec![person.to_owned()],
            ..Facts::default()
        };
        let reading = held(person, &role, facts);
        let unused = reading.usage.iter().find_map(|one| one.usage.unused_for(days, NOW));
        let came = signed_in.is_some_and(|ago| ago < i64::from(days));
        let did = log && acted.iter().any(|(global, ago)| *global && *ago < i64::from(days));
        prop_assert!(unused != Some(true) || !(came || did), "{:?}", reading.usage);
    }
}

/// A reading of one person who holds one role.
fn held(person: &str, role: &str, facts: Facts) -> Reading {
    let blank = connect::PersonRecord {
        external_id: person.to_owned(),
        employee_id: None,
        name: None,
        email: None,
        title: None,
        department: None,
        manager_id: None,
        status: Some(domain::AccountStatus::Active),
        start: None,
        end: None,
        changed_job_on: None,
        employment: domain::Employment::default(),
        risk: None,
    };
    let thing = connect::EntitlementRecord {
        external_id: role.to_owned(),
        name: None,
        application: None,
        description: None,
        sensitivity: None,
        owner_id: None,
    };
    let grant = connect::GrantRecord {
        person_id: person.to_owned(),
        entitlement_id: role.to_owned(),
        path: domain::GrantPath::Direct,
        granted_on: None,
        held_by: None,
        granted_by: None,
    };
    let records = connect::Records {
        people: vec![(1, blank)],
        entitlements: vec![(1, thing)],
        grants: vec![(1, grant)],
        facts,
        ..connect::Records::default()
    };
    let page =
        connect::Page { request: "GET /".to_owned(), read_at: NOW, bytes: 1, sha256: [0; 32], rows: 1, kept: 1, dropped: BTreeMap::new() };
    let page = PageRead { page, records, problems: connect::ErrorReport::default(), warnings: connect::Warnings::default(), next: None };
    Reading::assemble(NOW, vec![page], 10).unwrap()
}
