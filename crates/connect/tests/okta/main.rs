//! The Okta connector against a simulated org, over real HTTP, judged by Okta's contracts where they are at hand.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod administration;
mod checking;
mod events;
mod misbehaving;
mod native;
mod removing;
mod support;

use connect::{
    Covers, Cursor, Error, PageRead, Source as _, Unread, WarningKind,
    http::Url,
    okta::{ServiceApp, SigningKey},
};
use domain::{AccountStatus, Clock as _, Grain, GrantPath, SourceKind, WorkingTime, time::SECOND};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use support::{NOW, World};
use tenant::{
    okta::{Deviation, app_id, group_id, user_id},
    pace::Pace,
};

/// The company's entitlements that are administrator roles of the org.
const ROLES: [&str; 5] =
    ["cloud-console.administer", "source-code.administer", "service-desk.administer", "people-hub.administer", "audit-room.administer"];

#[tokio::test]
async fn a_reading_holds_the_people_access_and_use_of_the_company() {
    let world = World::start(|_| {}).await;
    assert_eq!(world.source.kind(), SourceKind::Okta);
    let reading = world.read().await.unwrap();
    world.judged_clean();
    assert_eq!(reading.people.len(), world.company.people().len());
    assert!(reading.unread.is_empty() && reading.warnings.count(WarningKind::CountDiffers) == 0, "{:?}", reading.warnings);

    for person in world.company.people() {
        let read = reading.person(&user_id(&person.person_id)).unwrap();
        assert_eq!(read.name.as_deref(), Some(person.name.as_str()));
        let manager = Some(user_id(&person.manager_id)).filter(|_| !person.manager_id.is_empty());
        if reading.person(manager.as_deref().unwrap_or_default()).is_some() && person.manager_id != person.person_id {
            assert_eq!(read.manager_id, manager, "{}", person.person_id);
        }
        let status = match person.status.as_str() {
            "active" if person.person_id.starts_with("emergency") => AccountStatus::Service,
            "left" => AccountStatus::Left,
            other => other.parse().unwrap(),
        };
        assert_eq!(read.status, Some(status), "{}", person.person_id);
        // Rule 35: what the profile says of the employment, for people.
        if !person.employment_type.is_empty() {
            assert_eq!(read.employment.kind.as_ref(), Some(&person.employment_type), "{}", person.person_id);
        }
        let site = Some(&person.site).filter(|site| !site.is_empty());
        assert_eq!(read.employment.site.as_ref(), site, "{}", person.person_id);
        let working_time = Some(&person.working_time).filter(|time| !time.is_empty()).map(|time| time.parse().unwrap());
        assert_eq!(read.employment.working_time, working_time, "{}", person.person_id);
    }
    assert!(reading.people.iter().any(|person| person.employment.working_time == Some(WorkingTime::PartTime)));
    // Every grant of the company is there, by a path that Okta can tell.
    let mut by_rule = 0;
    for grant in world.company.grants() {
        let user = user_id(&grant.person_id);
        if ROLES.contains(&grant.entitlement_id.as_str()) {
            assert!(reading.grants.iter().any(|held| held.person_id == user && held.entitlement_id.starts_with("role:")));
            continue;
        }
        let application = &world.company.entitlements().iter().find(|one| one.entitlement_id == grant.entitlement_id).unwrap().application;
        let held_app = reading.grants.iter().any(|held| held.person_id == user && held.entitlement_id == app_id(application));
        assert!(held_app, "{} has {application}", grant.person_id);
        if ["use", "view", "read", "work"].contains(&grant.entitlement_id.split_once('.').unwrap().1) && grant.path == "direct" {
            assert!(reading.grant(&user, &app_id(application), &GrantPath::Direct).unwrap().granted_on.is_some());
            continue;
        }
        let group = group_id(&grant.entitlement_id);
        let path = &reading.grants.iter().find(|held| held.person_id == user && held.entitlement_id == group).unwrap().path;
        if grant.path.starts_with("rule:") {
            assert!(matches!(path, GrantPath::Rule(_)), "{} {path}", grant.path);
            by_rule += 1;
        }
    }
    assert!(by_rule > 20, "{by_rule}");
}

#[tokio::test]
async fn use_carries_its_grain_and_the_window_that_was_observed() {
    let world = World::start(|_| {}).await;
    let reading = world.read().await.unwrap();
    let usage: BTreeMap<(&str, &str), _> =
        reading.usage.iter().map(|one| ((one.person_id.as_str(), one.entitlement_id.as_str()), one.usage)).collect();
    // Where somebody has one way into an application only, its sign-ins are uses of that way.
    let mut ways: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for grant in world.company.grants().iter().filter(|grant| !ROLES.contains(&grant.entitlement_id.as_str())) {
        let application = &world.company.entitlements().iter().find(|one| one.entitlement_id == grant.entitlement_id).unwrap().application;
        ways.entry((&grant.person_id, application)).or_default().insert(&grant.entitlement_id);
    }
    let ways_beside = |person: &str, entitlement: &str| {
        let inside = ways.iter().find(|((holder, _), held)| *holder == person && held.contains(entitlement)).unwrap().1;
        inside.len() - 1
    };
    let (mut compared, mut grains) = (0, BTreeMap::<Grain, u32>::new());
    let told = |seen: &&tenant::company::Usage| seen.grain == "entitlement" && !seen.last_used.is_empty();
    for seen in world.company.usage().iter().filter(told).filter(|seen| !ROLES.contains(&seen.entitlement_id.as_str())) {
        let last: domain::Timestamp = seen.last_used.parse().unwrap();
        let (user, group) = (user_id(&seen.person_id), group_id(&seen.entitlement_id));
        let Some(usage) = usage.get(&(user.as_str(), group.as_str())) else { continue };
        let grain = if ways_beside(&seen.person_id, &seen.entitlement_id) == 0 { Grain::Entitlement } else { Grain::Application };
        assert_eq!((usage.window_days, usage.grain), (90, grain), "{seen:?}");
        *grains.entry(grain).or_default() += 1;
        if NOW.days_since(last) < 89 {
            assert!(usage.last_used.is_some_and(|found| found >= last), "{seen:?} {usage:?}");
            compared += 1;
        }
    }
    assert!(compared > 100, "{compared}");
    assert!(grains[&Grain::Entitlement] > 20 && grains[&Grain::Application] > 20, "{grains:?}");
    // Nobody sees the use of a bookmark: it is unknown, not "unused".
    let blind = app_id("Supplier Portal");
    assert!(reading.grants.iter().any(|grant| grant.entitlement_id == blind));
    assert!(reading.usage.iter().all(|usage| usage.entitlement_id != blind));
}

/// Where somebody may have another way in that was not read, sign-ins are uses of the application only.
#[tokio::test]
async fn an_only_way_in_is_one_where_all_ways_were_read() {
    let world = World::start(|_| {}).await;
    let pages = world.pages().await.unwrap();
    let of_groups = |covers: Covers| {
        let mut pages = pages.clone();
        pages[0].records.facts.unread.push(Unread { part: "a part".to_owned(), why: "A test left it out.".to_owned(), covers });
        let reading = world.another_source().assemble(world.clock.now(), pages, 200).unwrap();
        let groups = reading.usage.iter().filter(|usage| usage.entitlement_id.starts_with("00g"));
        groups.filter(|usage| usage.usage.grain == Grain::Entitlement).count()
    };
    assert!(of_groups(Covers::GrantsLike { prefix: "role:".to_owned() }) > 20, "a role of the org opens no application");
    assert_eq!(of_groups(Covers::Paths), 0);
    assert_eq!(of_groups(Covers::GrantsOf { entitlement_id: app_id("Supplier Portal") }), 0);
}

#[tokio::test]
async fn a_reading_goes_on_in_another_process_page_by_page() {
    let world = World::start(|_| {}).await;
    let whole = world.read().await.unwrap();
    let mut pages = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        // Every page by a source that knows nothing but the cursor.
        let page = world.another_source().read_page(cursor.as_ref()).await.unwrap();
        cursor.clone_from(&page.next);
        pages.push(page);
        if cursor.is_none() || pages.len() > 60 {
            break;
        }
    }
    // The rest by one that goes on.
    let source = world.another_source();
    while cursor.is_some() {
        let page = source.read_page(cursor.as_ref()).await.unwrap();
        cursor.clone_from(&page.next);
        pages.push(page);
    }
    let resumed = source.assemble(world.clock.now(), pages, 200).unwrap();
    assert_eq!(resumed.population_hash(), whole.population_hash());
    assert_eq!(resumed.history_hash(), whole.history_hash());
    let refused = source.read_page(Some(&Cursor("grants.csv".to_owned()))).await;
    assert!(matches!(refused, Err(Error::Cursor(_))));
}

#[tokio::test]
async fn each_page_is_kept_with_its_counts_and_its_hash() {
    let world = World::start(|_| {}).await;
    let pages = world.pages().await.unwrap();
    assert!(pages.iter().all(|page| page.page.request.starts_with("GET /api/v1/") && page.page.bytes > 0));
    assert!(pages.iter().all(|page| page.page.kept + page.page.dropped.values().sum::<u64>() == page.page.rows));
    let groups = pages.iter().find(|page| page.page.request.starts_with("GET /api/v1/groups?")).unwrap();
    assert_eq!(groups.page.dropped.get("Okta's own group of everybody"), Some(&1));
    let hashes: BTreeSet<_> = pages.iter().map(|page| page.page.sha256).collect();
    assert!(hashes.len() > pages.len() / 2);
}

#[tokio::test]
async fn a_company_of_two_thousand_is_read_with_the_fewest_calls_and_no_longer_than_the_limits_ask() {
    let world = World::of(
        2_000,
        60,
        |config| {
            config.pace = Some(Pace::Real);
            config.specs = None;
            config.events_per_app = 1;
        },
        |_| {},
    )
    .await;
    let pages = world.pages().await.unwrap();
    let fewest: u64 = world.org.fewest_calls().values().sum();
    let calls = world.source.client().calls();
    let made = calls.total() - calls.made["token"];
    assert_eq!(made, pages.len() as u64, "every call is a page");
    assert_eq!(calls.limited, 0, "no call was one too many");
    assert!(made * 100 <= fewest * 105, "{made} calls where {fewest} do");
    // What the limits alone allow: the lists one after the other, and the log beside them.
    let fewest_of = world.org.fewest_calls();
    let minutes = |calls: u64, limit: u64| calls.saturating_sub(1) / limit;
    let groups = fewest_of["groups"] + fewest_of["rules"] + fewest_of["members"] + fewest_of["owners"];
    let apps = fewest_of["app users"] + fewest_of["app groups"];
    let least = (minutes(groups, 500) + minutes(apps, 500)).max(minutes(fewest_of["log"], 60));
    let took = world.clock.now().since(NOW) / SECOND;
    assert!(took * 10 <= i64::try_from(least).unwrap() * 60 * 11, "{took} seconds where {least} minutes do");
    assert!(least >= 1, "the limits were met: {fewest_of:?}");

    // The log is read between the lists, and once more when they are over: from where it was read to, up to then.
    let is_log = |page: &PageRead| page.page.request.contains("/api/v1/logs");
    let first = pages.iter().position(is_log).unwrap();
    assert!(first < pages.iter().rposition(|page| !is_log(page)).unwrap() && is_log(pages.last().unwrap()));
    let of = |page: &PageRead, name: &str| {
        let url = Url::parse("https://org.example").unwrap().join(page.page.request.split_once(' ').unwrap().1).unwrap();
        url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned()).unwrap()
    };
    let windows: BTreeSet<(String, String)> =
        pages.iter().filter(|page| is_log(page)).map(|page| (of(page, "since"), of(page, "until"))).collect();
    let windows: Vec<_> = windows.into_iter().collect();
    assert_eq!(windows.len(), 2, "{windows:?}");
    assert_eq!(windows[0].1, windows[1].0, "nothing between them is left out");
}

#[tokio::test]
async fn a_platform_that_differs_as_it_may_gives_the_same_reading() {
    let plain = World::start(|_| {}).await.read().await.unwrap();
    for deviation in [Deviation::EmptyLastPage, Deviation::LowerCaseKeys, Deviation::CamelCaseDebugData] {
        let world = World::start(|config| {
            config.specs = None;
            config.deviations.insert(deviation);
        })
        .await;
        let reading = world.read().await.unwrap();
        assert_eq!(reading.population_hash(), plain.population_hash(), "{}", deviation.name());
        assert_eq!(reading.history_hash(), plain.history_hash(), "{}", deviation.name());
    }
}

#[tokio::test]
async fn an_org_that_demands_proof_of_possession_is_given_it() {
    let world = World::start(|config| {
        for service in &mut config.services {
            service.dpop = true;
        }
    })
    .await;
    let reading = world.read().await.unwrap();
    assert!(!reading.grants.is_empty());
    assert_eq!(world.source.client().calls().made["token"], 3, "asked, told to prove, told the nonce");
    world.judged_clean();
}

#[tokio::test]
async fn an_rsa_key_as_oktas_console_makes_it_signs_too() {
    // Made anew each time, by the openssl that `make setup` asks for: no key lies in the repository.
    let made =
        std::process::Command::new("openssl").args(["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let pem = secrecy::SecretString::from(String::from_utf8(made.stdout).unwrap());
    let reader = ServiceApp { key: Arc::new(SigningKey::from_pem(&pem).unwrap()), ..support::app("0oareader", 11) };
    let (ours, mut jwk) = (reader.clone(), reader.key.public());
    jwk["kid"] = serde_json::json!(reader.key_id);
    let world = World::of(120, 12, |config| config.services[0].keys = vec![jwk], |config| config.reader = ours).await;
    assert!(!world.read().await.unwrap().people.is_empty());
    assert!(SigningKey::from_pem(&secrecy::SecretString::from("-----BEGIN EC PRIVATE KEY-----".to_owned())).is_err());
}

#[tokio::test]
async fn wrong_credentials_say_so_and_nothing_is_kept() {
    let world = World::of(120, 12, |_| {}, |config| config.reader = support::app("0oareader", 99)).await;
    let refused = world.read().await.unwrap_err().to_string();
    assert!(refused.contains("0oareader") && refused.contains("invalid_client") && refused.contains("scopes"), "{refused}");
}

#[tokio::test]
async fn a_scope_that_was_not_granted_leaves_its_part_unread() {
    let world = World::start(|config| config.services[0].roles = vec!["REPORT_ADMIN".to_owned()]).await;
    let refused = world.read().await.unwrap_err();
    assert!(matches!(&refused, Error::Refused { status: 403, what_to_do, .. } if what_to_do.contains("okta.users.read")), "{refused}");
    let world = World::start(|config| config.misbehave = Some(tenant::okta::Misbehaviour::RolesForbidden)).await;
    let reading = world.read().await.unwrap();
    assert_eq!(reading.unread.len(), 1);
    assert_eq!(reading.unread[0].covers, Covers::GrantsLike { prefix: "role:".to_owned() });
    assert!(reading.unread[0].why.contains("okta.roles.read"), "{}", reading.unread[0].why);
    assert!(!reading.grants.is_empty() && !reading.usage.is_empty());
}
